//! What a call keeps cannot be borrowed.
use apiclient::prelude::*;

#[api_client(base_url = "https://api.example.com")]
trait Users {
    #[get("/one")]
    fn one(&self, #[extension] tag: &str) -> Call<String>;
}

async fn caller(users: &UsersClient) {
    let _ = users.one("x").await;
}

fn main() {}
