//! The rest has no variant of its own.
use apiclient::prelude::*;

#[derive(FromStatus)]
enum Job {
    #[api(status = 200)]
    Done(String),
    #[api(other)]
    Rest,
}

fn main() {}
