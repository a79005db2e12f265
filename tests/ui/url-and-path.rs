//! A path and a URL, two URLs.
use apiclient::prelude::*;

#[api_client(base_url = "https://api.example.com")]
trait Users {
    #[get("/one")]
    fn one(&self, #[url] link: &str) -> Call<String>;
    #[get]
    fn two(&self, #[url] link: &str, #[url] other: &str) -> Call<String>;
    #[get]
    fn three(&self, #[url("x")] link: &str) -> Call<String>;
}

async fn caller(users: &UsersClient) {
    let _ = users.one("x").await;
}

fn main() {}
