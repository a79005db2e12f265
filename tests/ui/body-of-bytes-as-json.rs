//! Bytes as JSON are a list of numbers.
use apiclient::prelude::*;

#[api_client(base_url = "https://api.example.com")]
trait Users {
    #[put("/one")]
    fn one(&self, #[body] data: Vec<u8>) -> Call<String>;
    #[put("/two")]
    fn two(&self, #[body(json)] data: Vec<u8>) -> Call<String>;
}

async fn caller(users: &UsersClient) {
    let _ = users.one(vec![7]).await;
}

fn main() {}
