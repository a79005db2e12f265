//! `display` for what does not print.
use apiclient::prelude::*;

#[api_client(base_url = "https://api.example.com")]
trait Users {
    #[get("/one")]
    fn one(&self, #[query(display)] page: Option<u8>) -> Call<String>;
}

async fn caller(users: &UsersClient) {
    let _ = users.one(None).await;
}

fn main() {}
