//! A retry of a request that may act twice.
use apiclient::prelude::*;

#[api_client(base_url = "https://api.example.com")]
trait Users {
    #[post("/users/{id}")]
    #[retry(attempts = 4)]
    fn one(&self, id: u64) -> Call<String>;
    #[patch("/users/{id}")]
    #[idempotent]
    #[retry(attempts = 4)]
    fn marked(&self, id: u64) -> Call<String>;
    #[post("/keyed")]
    #[idempotency_key("Idempotency-Key")]
    #[retry(attempts = 4)]
    fn keyed(&self) -> Call<String>;
}

async fn caller(users: &UsersClient) {
    let _ = users.one(7).await;
}

fn main() {}
