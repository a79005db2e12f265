//! A success has no error.
use apiclient::prelude::*;

#[derive(FromStatus)]
enum Job {
    #[api(status = 200)]
    Done(#[api(error)] String),
}

fn main() {}
