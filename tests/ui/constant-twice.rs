//! The same header and the same query parameter from one node, and from two places of one method.
use apiclient::prelude::*;

#[api_client(base_url = "https://api.example.com")]
trait Users {
    #[get("/one{?v}")]
    #[query("v", "2")]
    fn one(&self, v: u8) -> Call<String>;
    #[get("/two")]
    #[query("a", "1")]
    #[query("a", "2")]
    #[header("X-A", "1")]
    #[header("x-a", "2")]
    fn two(&self, #[query("a")] a: u8) -> Call<String>;
    #[post("/three")]
    fn three(&self, #[field] a: u8, #[field("a")] b: u8, #[cookie("s")] c: u8, #[cookie("s")] d: u8) -> Call<String>;
}

async fn caller(users: &UsersClient) {
    let _ = users.one(7).await;
}

fn main() {}
