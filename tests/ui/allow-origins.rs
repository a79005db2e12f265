//! Origins that are none.
use apiclient::prelude::*;

#[api_client(base_url = "https://api.example.com", allow_origins = ["https://files.example.com", "ftp://x", "https://a/b", 7])]
trait Users {
    #[get("https://files.example.com/{id}")]
    fn one(&self, id: u8) -> Call<String>;
    #[get("https://other.example.com/{id}")]
    fn two(&self, id: u8) -> Call<String>;
    #[get("https://files.example.com:99999/{id}")]
    fn three(&self, id: u8) -> Call<String>;
}

async fn caller(users: &UsersClient) {
    let _ = users.one(7).await;
}

fn main() {}
