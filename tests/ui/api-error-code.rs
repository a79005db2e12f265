//! A code is a text or a whole number.
use apiclient::prelude::*;

#[derive(Debug, thiserror::Error, ApiError)]
enum ShopError {
    #[error("x")]
    #[api(code = 1.5)]
    A,
    #[error("x")]
    #[api(code = NOT_FOUND)]
    B,
    #[error("x")]
    #[api(code)]
    C,
    #[error("x")]
    #[api(code = "x" | "x")]
    D,
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
