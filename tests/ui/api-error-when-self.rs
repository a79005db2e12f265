//! A predicate that is an associated function.
use apiclient::prelude::*;

#[derive(Debug, thiserror::Error, ApiError)]
enum ShopError {
    #[error("x")]
    #[api(when = Self::is_late)]
    Late,
    #[error(transparent)]
    #[api(other)]
    Other(apiclient::Error),
}

impl ShopError {
    fn is_late(_: &apiclient::Error) -> bool {
        true
    }
}

fn main() {}
