//! Patterns that an earlier one takes.
use apiclient::prelude::*;

#[derive(Debug, thiserror::Error, ApiError)]
enum ShopError {
    #[error("x")]
    #[api(code = "a*")]
    A,
    #[error("x")]
    #[api(code = "abc")]
    B,
    #[error("x")]
    #[api(header("x", "a*"))]
    C,
    #[error("x")]
    #[api(header("X", "ab"))]
    D,
    #[error("x")]
    #[api(status = 3xx)]
    E,
    #[error("x")]
    #[api(kind = redirect)]
    F,
    #[error("x")]
    #[api(status = 404, kind = redirect)]
    G,
    #[error(transparent)]
    #[api(other)]
    Other(apiclient::Error),
}

fn main() {}
