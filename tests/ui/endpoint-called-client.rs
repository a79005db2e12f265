//! The one name that is taken.
use apiclient::prelude::*;

#[api_client(base_url = "https://api.example.com")]
trait Users {
    #[get("/users/{id}")]
    fn client(&self, id: u64) -> Call<String>;
}

fn main() {}
