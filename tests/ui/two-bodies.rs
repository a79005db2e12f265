//! Two bodies.
use apiclient::prelude::*;

#[api_client(base_url = "https://api.example.com")]
trait Users {
    #[post("/users")]
    fn one(&self, #[body] id: u64, #[body(json)] other: u8) -> Call<String>;
}

async fn caller(users: &UsersClient) {
    let _ = users.one(7, 8).await;
}

fn main() {}
