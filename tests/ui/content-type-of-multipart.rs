//! A multipart body has its boundary in its type.
use apiclient::prelude::*;

#[api_client(base_url = "https://api.example.com")]
trait Users {
    #[post("/one")]
    #[header("Content-Type", "multipart/form-data")]
    fn one(&self, #[part] a: u8) -> Call<String>;
    #[post("/two")]
    fn two(&self, #[part] a: u8, #[header("content-type")] b: &str) -> Call<String>;
}

async fn caller(users: &UsersClient) {
    let _ = users.one(7).await;
}

fn main() {}
