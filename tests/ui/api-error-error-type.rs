//! The error is kept in a field of another type.
use apiclient::prelude::*;

#[derive(Debug, thiserror::Error, ApiError)]
enum ShopError {
    #[error("x")]
    #[api(status = 404)]
    Missing(#[api(error)] std::io::Error),
    #[error(transparent)]
    #[api(other)]
    Other(apiclient::Error),
}

fn main() {}
