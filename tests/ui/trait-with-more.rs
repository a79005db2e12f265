//! Generics, types and constants.
use apiclient::prelude::*;

#[api_client(base_url = "https://api.example.com")]
trait Users<T> {
    type User;
    const LIMIT: u32;
    #[get("/users/{id}")]
    fn one(&self, id: u64) -> Call<String>;
}

fn main() {}
