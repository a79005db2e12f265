//! A predicate with another signature.
use apiclient::prelude::*;

fn is_late(_: u16) -> bool {
    true
}

#[derive(Debug, thiserror::Error, ApiError)]
enum ShopError {
    #[error("x")]
    #[api(when = is_late)]
    Late,
    #[error(transparent)]
    #[api(other)]
    Other(apiclient::Error),
}

fn main() {}
