//! An `async fn` that returns no result.
use apiclient::prelude::*;

#[derive(serde::Deserialize)]
struct User;

#[api_client(base_url = "https://api.example.com")]
trait Users {
    #[get("/users/{id}")]
    async fn one(&self, id: u64) -> User;
}

fn main() {}
