//! An argument that is taken apart, and one without a name.
use apiclient::prelude::*;

#[api_client(base_url = "https://api.example.com")]
trait Users {
    #[post("/users")]
    fn one(&self, #[body] (a, b): (u8, u8)) -> Call<String>;
    #[get("/two")]
    fn two(&self, #[query] _: u8) -> Call<String>;
}

fn main() {}
