//! A client that is called like its trait.
use apiclient::prelude::*;

#[api_client(base_url = "https://api.example.com", client = Users)]
trait Users {
    #[get("/users/{id}")]
    fn one(&self, id: u64) -> Call<String>;
}

fn main() {}
