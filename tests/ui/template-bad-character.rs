//! A character that no URL has.
use apiclient::prelude::*;

#[api_client(base_url = "https://api.example.com")]
trait Users {
    #[get("/all|users/{id}")]
    fn one(&self, id: u64) -> Call<String>;
}

async fn caller(users: &UsersClient) {
    let _ = users.one(7).await;
}

fn main() {}
