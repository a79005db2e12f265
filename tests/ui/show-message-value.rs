//! It is shown, or it is not.
use apiclient::prelude::*;

#[api_client(base_url = "https://shop.example.com", show_message = "no")]
trait Shop {
    #[get("/carts/{id}")]
    async fn cart(&self, id: u64) -> Result<String, apiclient::Error>;
}

fn main() {}
