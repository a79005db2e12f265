//! Two sets overlap, and neither is part of the other.
use apiclient::prelude::*;

enum ShopError {
    Missing,
    Conflict(String),
    Other(apiclient::Error),
}

impl From<apiclient::Error> for ShopError {
    fn from(error: apiclient::Error) -> Self {
        ShopError::Other(error)
    }
}

#[api_client(base_url = "https://shop.example.com")]
trait Shop {
    #[get("/carts/{id}")]
    #[errors(400..=410 => ShopError::Missing, 405..=420 => ShopError::Conflict(body))]
    async fn cart(&self, id: u64) -> Result<String, ShopError>;
}

async fn caller(shop: &ShopClient) {
    let _ = shop.cart(7).await;
}

fn main() {}
