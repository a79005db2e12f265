//! A verb with a slip, and a policy with one.
use apiclient::prelude::*;

#[api_client(base_url = "https://api.example.com")]
trait Users {
    #[gte("/users/{id}")]
    fn one(&self, id: u64) -> Call<String>;
    #[get("/two")]
    #[timeuot("5s")]
    fn two(&self) -> Call<String>;
}

async fn caller(users: &UsersClient) {
    let _ = users.one(7).await;
}

fn main() {}
