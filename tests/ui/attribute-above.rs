//! One of our attributes above the macro: rustc meets it first, and says so in its own words.
use apiclient::prelude::*;

#[timeout("5s")]
#[api_client(base_url = "https://api.example.com")]
trait Users {
    #[get("/users/{id}")]
    fn one(&self, id: u64) -> Call<String>;
}

async fn caller(users: &UsersClient) {
    let _ = users.one(7).await;
}

fn main() {}
