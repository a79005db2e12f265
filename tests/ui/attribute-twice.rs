//! The same attribute twice.
use apiclient::prelude::*;

#[api_client(base_url = "https://a.example", base_url = "https://b.example")]
#[retry(attempts = 2)]
#[retry(attempts = 3)]
trait Users {
    #[get("/users/{id}")]
    #[timeout("5s")]
    #[timeout("6s")]
    #[header("X-A", "1")]
    #[header("x-a", "2")]
    fn one(&self, id: u64) -> Call<String>;
}

async fn caller(users: &UsersClient) {
    let _ = users.one(7).await;
}

fn main() {}
