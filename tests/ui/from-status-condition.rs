//! A success is chosen by its status alone.
use apiclient::prelude::*;

#[derive(FromStatus)]
enum Job {
    #[api(status = 200, code = "x")]
    Done(String),
    #[api(code = "x")]
    Rest,
}

fn main() {}
