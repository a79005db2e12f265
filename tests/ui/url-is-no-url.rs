//! An absent URL, and a number of bytes.
use apiclient::prelude::*;

#[api_client(base_url = "https://api.example.com")]
trait Users {
    #[get]
    fn one(&self, #[url] link: Option<&str>) -> Call<String>;
}

async fn caller(users: &UsersClient) {
    let _ = users.one(None).await;
}

fn main() {}
