//! Only the variants of an enum can be told apart.
use apiclient::prelude::*;

#[derive(Debug, thiserror::Error, ApiError)]
#[error("x")]
struct ShopError(apiclient::Error);

fn main() {}
