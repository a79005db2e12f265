//! Values that no header holds.
use apiclient::prelude::*;

#[api_client(base_url = "https://api.example.com")]
trait Users {
    #[get("/users/{id}")]
    #[header("X-A", "a\nb")]
    #[header("X-B", " b")]
    #[header("X-C", 5)]
    #[header("X-D")]
    fn one(&self, id: u64) -> Call<String>;
}

async fn caller(users: &UsersClient) {
    let _ = users.one(7).await;
}

fn main() {}
