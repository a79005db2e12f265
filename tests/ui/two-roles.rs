//! An argument with two roles, and one that the path has already.
use apiclient::prelude::*;

#[api_client(base_url = "https://api.example.com")]
trait Users {
    #[get("/users/{id}")]
    fn one(&self, #[query] id: u64) -> Call<String>;
    #[get("/two")]
    fn two(&self, #[query] #[header("X-A")] a: u64) -> Call<String>;
}

async fn caller(users: &UsersClient) {
    let _ = users.one(7).await;
}

fn main() {}
