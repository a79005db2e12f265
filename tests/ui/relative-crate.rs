//! A path that is none.
use apiclient::prelude::*;

#[api_client(base_url = "https://api.example.com", crate = "apiclient")]
trait Users {
    #[get("/users/{id}")]
    fn one(&self, id: u64) -> Call<String>;
}

fn main() {}
