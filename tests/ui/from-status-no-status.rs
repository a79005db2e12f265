//! A variant of no status.
use apiclient::prelude::*;

#[derive(FromStatus)]
enum Job {
    #[api(status = 200)]
    Done(String),
    Waiting,
}

fn main() {}
