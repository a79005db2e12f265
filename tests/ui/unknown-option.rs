//! An option that a word does not have.
use apiclient::prelude::*;

#[api_client(base_url = "https://api.example.com")]
trait Users {
    #[get("/users/{id}", timeout = "5s")]
    fn one(&self, id: u64) -> Call<String>;
    #[get("/two")]
    #[timeout("5s", atempt = "1s")]
    #[retry(tries = 4)]
    #[rate_limit("1/s", brust = 2)]
    fn two(&self, #[query("q", style = form)] q: u8) -> Call<String>;
}

async fn caller(users: &UsersClient) {
    let _ = users.one(7).await;
}

fn main() {}
