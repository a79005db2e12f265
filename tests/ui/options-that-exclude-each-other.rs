//! Options that fit alone and not together.
use apiclient::prelude::*;

#[api_client(base_url = "https://api.example.com")]
trait Users {
    #[get("/one")]
    fn one(&self, #[query(style = indexed, explode = true)] a: u8) -> Call<String>;
    #[get("/two")]
    fn two(&self, #[query(flag, style = form)] a: bool, #[query(display, with = f)] b: u8) -> Call<String>;
    #[post("/three")]
    fn three(&self, #[body(text, json)] a: &str) -> Call<String>;
    #[post("/four")]
    fn four(&self, #[body(text, style = brackets)] a: &str) -> Call<String>;
}

async fn caller(users: &UsersClient) {
    let _ = users.one(7).await;
}

fn main() {}
