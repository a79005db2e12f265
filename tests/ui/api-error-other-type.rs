//! The rest is kept in a field of another type.
use apiclient::prelude::*;

#[derive(Debug, thiserror::Error, ApiError)]
enum ShopError {
    #[error("x")]
    #[api(other)]
    Other(String),
}

fn main() {}
