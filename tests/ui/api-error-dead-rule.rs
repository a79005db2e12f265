//! The wider set stands before the narrower one.
use apiclient::prelude::*;

#[derive(Debug, thiserror::Error, ApiError)]
enum ShopError {
    #[error("x")]
    #[api(status = 4xx)]
    Client,
    #[error("x")]
    #[api(status = 404)]
    Missing,
    #[error("x")]
    #[api(status = 409, code = "locked")]
    Locked,
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
