//! Names that no header has, or that are not the caller's to set.
use apiclient::prelude::*;

#[api_client(base_url = "https://api.example.com")]
trait Users {
    #[get("/users")]
    fn one(&self, #[header("X Id")] id: u64) -> Call<String>;
    #[get("/two")]
    #[header("Content-Length", "5")]
    fn two(&self, #[header] a: u8) -> Call<String>;
    #[get("/three")]
    fn three(&self, #[header("Host")] a: u8) -> Call<String>;
}

async fn caller(users: &UsersClient) {
    let _ = users.one(7).await;
}

fn main() {}
