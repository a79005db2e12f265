//! Styles that there are not, under names that they have elsewhere.
use apiclient::prelude::*;

#[api_client(base_url = "https://api.example.com")]
trait Users {
    #[get("/one")]
    fn one(&self, #[query(style = braces)] a: u8) -> Call<String>;
    #[get("/two")]
    fn two(&self, #[query(style = "pipe")] a: u8, #[query(style = deepObject)] b: u8) -> Call<String>;
    #[get("/three")]
    fn three(&self, #[query(style = csv)] a: u8, #[query(style = bracket)] b: u8) -> Call<String>;
}

async fn caller(users: &UsersClient) {
    let _ = users.one(7).await;
}

fn main() {}
