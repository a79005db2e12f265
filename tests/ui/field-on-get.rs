//! A form where a body means nothing.
use apiclient::prelude::*;

#[api_client(base_url = "https://api.example.com")]
trait Users {
    #[get("/one")]
    fn one(&self, #[field] a: u8, #[field] b: u8) -> Call<String>;
    #[head("/two")]
    fn two(&self, #[part] a: u8) -> Call<String>;
}

async fn caller(users: &UsersClient) {
    let _ = users.one(7, 8).await;
}

fn main() {}
