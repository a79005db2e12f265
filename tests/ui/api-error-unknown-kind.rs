//! Kinds that do not exist, or not yet.
use apiclient::prelude::*;

#[derive(Debug, thiserror::Error, ApiError)]
enum ShopError {
    #[error("x")]
    #[api(kind = timout)]
    A,
    #[error("x")]
    #[api(kind = cancelled)]
    B,
    #[error("x")]
    #[api(kind = "timeout")]
    C,
    #[error(transparent)]
    #[api(other)]
    Other(apiclient::Error),
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
