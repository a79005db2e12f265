//! The same parameter and the same header twice.
use apiclient::prelude::*;

#[api_client(base_url = "https://api.example.com")]
trait Users {
    #[get("/users{?id}")]
    fn one(&self, id: u64, #[query("id")] other: u64) -> Call<String>;
    #[get("/two")]
    fn two(&self, #[header("X-A")] a: u8, #[header("x-a")] b: u8) -> Call<String>;
}

async fn caller(users: &UsersClient) {
    let _ = users.one(7, 8).await;
}

fn main() {}
