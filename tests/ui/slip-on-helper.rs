//! A slip above a helper: one error, and the helper is there all the same.
use apiclient::prelude::*;

#[api_client(base_url = "https://api.example.com")]
trait Users {
    #[get("/users/{id}")]
    fn one(&self, id: u64) -> Call<String>;
    #[idempotant]
    async fn helper(&self) -> Option<u32> {
        None
    }
}

async fn caller(users: &UsersClient) {
    let _: Option<u32> = users.helper().await;
}

fn main() {}
