//! A header that is secret by its name.
use apiclient::prelude::*;

#[api_client(base_url = "https://shop.example.com", show_headers = ["Authorization"])]
trait Shop {
    #[get("/carts/{id}")]
    async fn cart(&self, id: u64) -> Result<String, apiclient::Error>;
}

fn main() {}
