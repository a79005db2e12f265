//! A time limit that is no duration.
use apiclient::prelude::*;

#[api_client(base_url = "https://api.example.com")]
trait Users {
    #[get("/users/{id}")]
    fn one(&self, id: u64, #[timeout] seconds: u64) -> Call<String>;
}

async fn caller(users: &UsersClient) {
    let _ = users.one(7, 5).await;
}

fn main() {}
