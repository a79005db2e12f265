//! Names and media types that are none.
use apiclient::prelude::*;

#[api_client(base_url = "https://api.example.com")]
trait Users {
    #[post("/one")]
    fn one(&self, #[cookie("a b")] a: u8, #[part(mime = "png")] b: u8, #[part(file_name = 7)] c: u8) -> Call<String>;
    #[get("/two")]
    fn two(&self, #[query("")] a: u8, #[query("a", "b")] b: u8, #[query(7)] c: u8) -> Call<String>;
    #[get("/three{?per-page}")]
    fn three(&self, per_page: u8) -> Call<String>;
}

async fn caller(users: &UsersClient) {
    let _ = users.one(7, 8, 9).await;
}

fn main() {}
