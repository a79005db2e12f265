//! What is no status.
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
    #[success(OK)]
    async fn cart(&self, id: u64) -> Result<String, ShopError>;
}

async fn caller(shop: &ShopClient) {
    let _ = shop.cart(7).await;
}

fn main() {}
