//! Two attributes on one variant.
use apiclient::prelude::*;

#[derive(FromStatus)]
enum Job {
    #[api(status = 200)]
    #[api(status = 201)]
    Done(String),
}

fn main() {}
