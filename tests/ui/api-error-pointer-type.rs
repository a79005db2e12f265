//! A value in JSON of a type that cannot be read.
use apiclient::prelude::*;

#[derive(Debug)]
struct Fault;

#[derive(Debug, thiserror::Error, ApiError)]
enum ShopError {
    #[error("x")]
    #[api(status = 422)]
    Invalid(#[api(pointer("/x"))] Fault),
    #[error(transparent)]
    #[api(other)]
    Other(apiclient::Error),
}

fn main() {}
