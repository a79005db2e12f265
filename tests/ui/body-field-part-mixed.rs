//! Fields, parts and a whole body exclude each other.
use apiclient::prelude::*;

#[api_client(base_url = "https://api.example.com")]
trait Users {
    #[post("/one")]
    fn one(&self, #[field] a: u8, #[part] b: u8) -> Call<String>;
    #[post("/two")]
    fn two(&self, #[part] a: u8, #[body] b: u8) -> Call<String>;
    #[put("/three")]
    fn three(&self, #[body(form)] a: &[(u8, u8)], #[field] b: u8) -> Call<String>;
}

async fn caller(users: &UsersClient) {
    let _ = users.one(7, 8).await;
}

fn main() {}
