//! A return type that is no call, and one that is no result.
use apiclient::prelude::*;

#[derive(serde::Deserialize)]
struct User;

#[api_client(base_url = "https://api.example.com")]
trait Users {
    #[get("/users/{id}")]
    fn one(&self, id: u64) -> User;
}

fn main() {}
