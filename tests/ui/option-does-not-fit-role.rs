//! Options of other roles.
use apiclient::prelude::*;

#[api_client(base_url = "https://api.example.com")]
trait Users {
    #[get("/{id}")]
    fn one(&self, #[param(style = form)] id: u8) -> Call<String>;
    #[post("/two")]
    fn two(&self, #[header("X-A", explode = false)] a: u8, #[cookie(encoded)] b: u8, #[field(flag)] c: u8) -> Call<String>;
    #[post("/three")]
    fn three(&self, #[headers("x")] a: &str, #[part(style = form)] b: u8, #[query(mime = "a/b")] c: u8) -> Call<String>;
    #[post("/four")]
    fn four(&self, #[body(encoded)] a: u8, #[extension(display)] b: u8, #[query(exlode = false)] c: u8) -> Call<String>;
}

async fn caller(users: &UsersClient) {
    let _ = users.one(7).await;
}

fn main() {}
