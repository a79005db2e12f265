//! Fields that come from nowhere.
use apiclient::prelude::*;

#[derive(Debug, thiserror::Error, ApiError)]
enum ShopError {
    #[error("x")]
    #[api(status = 400)]
    A(#[api(boddy)] String),
    #[error("x")]
    #[api(status = 401)]
    B(#[api(query("x"))] String),
    #[error("x")]
    #[api(status = 402)]
    C(#[api(header)] String),
    #[error("x")]
    #[api(status = 403)]
    D(#[api(header("a", "b"))] String),
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
