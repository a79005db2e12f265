//! A status that is taken.
use apiclient::prelude::*;

#[derive(FromStatus)]
enum Job {
    #[api(status = 2xx)]
    Done(String),
    #[api(status = 202)]
    Waiting,
}

fn main() {}
