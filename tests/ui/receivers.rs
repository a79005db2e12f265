//! Every receiver but `&self`.
use apiclient::prelude::*;

#[api_client(base_url = "https://api.example.com")]
trait Users {
    #[get("/1")]
    fn one(&mut self) -> Call<String>;
    #[get("/2")]
    fn two(self) -> Call<String>;
    #[get("/3")]
    fn three() -> Call<String>;
    #[get("/4")]
    fn four(self: Box<Self>) -> Call<String>;
}

fn main() {}
