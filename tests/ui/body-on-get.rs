//! A body on GET and on HEAD.
use apiclient::prelude::*;

#[api_client(base_url = "https://api.example.com")]
trait Users {
    #[get("/users")]
    fn one(&self, #[body] id: u64) -> Call<String>;
    #[head("/users")]
    fn two(&self, #[body] id: u64) -> Call<()>;
}

async fn caller(users: &UsersClient) {
    let _ = users.one(7).await;
}

fn main() {}
