//! A function for another type, and none at all.
fn shout(text: &str) -> String {
    text.to_uppercase()
}

use apiclient::prelude::*;

#[api_client(base_url = "https://api.example.com")]
trait Users {
    #[get("/one")]
    fn one(&self, #[query(with = shout)] page: u8) -> Call<String>;
    #[get("/two")]
    fn two(&self, #[query(with = "shout")] page: &str) -> Call<String>;
}

async fn caller(users: &UsersClient) {
    let _ = users.one(7).await;
}

fn main() {}
