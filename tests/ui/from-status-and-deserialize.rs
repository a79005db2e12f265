//! A type is read in one way.
use apiclient::prelude::*;

#[derive(FromStatus, serde::Deserialize)]
enum Job {
    #[api(status = 200)]
    Done(String),
}

fn main() {}
