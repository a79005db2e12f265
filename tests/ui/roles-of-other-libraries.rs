//! Words that other libraries have.
use apiclient::prelude::*;

#[api_client(base_url = "https://api.example.com")]
trait Users {
    #[post("/one")]
    fn one(&self, #[json] a: u8) -> Call<String>;
    #[post("/two")]
    fn two(&self, #[multipart] a: u8, #[form] b: u8) -> Call<String>;
    #[post("/three")]
    fn three(&self, #[part(content_type = "a/b")] a: u8, #[query(rename = "x")] b: u8, #[query(flag = true, explode)] c: u8) -> Call<String>;
    #[get("/four/{id:int}")]
    fn four(&self, id: u8) -> Call<String>;
    #[get("/five/{*rest}")]
    fn five(&self, rest: &str) -> Call<String>;
    #[get("/six/{user_id}")]
    fn six(&self, id: u8) -> Call<String>;
}

async fn caller(users: &UsersClient) {
    let _ = users.one(7).await;
}

fn main() {}
