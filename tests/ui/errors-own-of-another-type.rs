//! A method with another error type and rules of its own.
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

#[derive(Debug)]
enum Own {
    Gone,
}

impl From<apiclient::Error> for Own {
    fn from(_: apiclient::Error) -> Self {
        Own::Gone
    }
}

#[api_client(base_url = "https://shop.example.com")]
#[errors(404 => ShopError::Missing)]
trait Shop {
    #[get("/carts/{id}")]
    async fn cart(&self, id: u64) -> Result<String, ShopError>;
    #[get("/carts/{id}")]
    #[errors(410 => Own::Gone)]
    async fn cart1(&self, id: u64) -> Result<String, Own>;
}

async fn caller(shop: &ShopClient) {
    let _ = shop.cart(7).await;
}

fn main() {}
