//! An unsafe trait.
use apiclient::prelude::*;

#[api_client(base_url = "https://api.example.com")]
unsafe trait Users {
    #[get("/users/{id}")]
    fn one(&self, id: u64) -> Call<String>;
}

fn main() {}
