//! Nothing says what an argument is for.
use apiclient::prelude::*;

#[api_client(base_url = "https://api.example.com")]
trait Users {
    #[get("/users")]
    fn users(&self, page: u64) -> Call<String>;
}

fn main() {}
