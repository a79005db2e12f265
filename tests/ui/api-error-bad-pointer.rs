//! Pointers that are none.
use apiclient::prelude::*;

#[derive(Debug, thiserror::Error, ApiError)]
#[api(code_at = "$.error.code")]
enum ShopError {
    #[error("x")]
    #[api(status = 400)]
    A(#[api(pointer("error.code"))] String),
    #[error("x")]
    #[api(status = 401)]
    B(#[api(pointer("/a~b"))] String),
    #[error("x")]
    #[api(status = 402)]
    C(#[api(pointer = 5)] String),
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
