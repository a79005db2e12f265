//! The rules of the trait are for another error type.
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
#[errors(404 => ShopError::Missing)]
trait Shop {
    #[get("/carts/{id}")]
    async fn cart(&self, id: u64) -> Result<String, ShopError>;
    #[get("/carts/{id}")]
    async fn cart1(&self, id: u64) -> Result<String, apiclient::Error>;
}

async fn caller(shop: &ShopClient) {
    let _ = shop.cart(7).await;
}

fn main() {}
