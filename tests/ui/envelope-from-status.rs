//! A type that is more than a value in JSON.
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

#[derive(FromStatus)]
enum Cart {
    #[api(status = 200)]
    Full(String),
}

#[api_client(base_url = "https://shop.example.com")]
trait Shop {
    #[get("/carts/{id}")]
    #[envelope("/data")]
    async fn cart(&self, id: u64) -> Result<Cart, ShopError>;
}

async fn caller(shop: &ShopClient) {
    let _ = shop.cart(7).await;
}

fn main() {}
