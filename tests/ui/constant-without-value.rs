//! A header and a query parameter without what they need.
use apiclient::prelude::*;

#[api_client(base_url = "https://api.example.com")]
trait Users {
    #[get("/one")]
    #[query("v")]
    fn one(&self, a: u8) -> Call<String>;
    #[get("/two")]
    #[query(v, "2")]
    #[header("X-A", 2)]
    fn two(&self) -> Call<String>;
}

async fn caller(users: &UsersClient) {
    let _ = users.one(7).await;
}

fn main() {}
