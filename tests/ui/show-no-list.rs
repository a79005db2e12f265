//! Names are a list.
use apiclient::prelude::*;

#[api_client(base_url = "https://shop.example.com", show_query = "page")]
trait Shop {
    #[get("/carts/{id}")]
    async fn cart(&self, id: u64) -> Result<String, apiclient::Error>;
}

fn main() {}
