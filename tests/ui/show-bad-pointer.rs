//! A pointer that is none.
use apiclient::prelude::*;

#[api_client(base_url = "https://shop.example.com", show_body = ["error.param"])]
trait Shop {
    #[get("/carts/{id}")]
    async fn cart(&self, id: u64) -> Result<String, apiclient::Error>;
}

fn main() {}
