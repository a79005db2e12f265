//! What no variant takes has to go somewhere.
use apiclient::prelude::*;

#[derive(Debug, thiserror::Error, ApiError)]
enum ShopError {
    #[error("x")]
    #[api(status = 404)]
    Missing,
}

#[api_client(base_url = "https://shop.example.com")]
trait Shop {
    #[get("/carts/{id}")]
    async fn cart(&self, id: u64) -> Result<String, ShopError>;
}

async fn caller(shop: &ShopClient) -> Result<String, ShopError> {
    shop.cart(7).await
}

fn main() {}
