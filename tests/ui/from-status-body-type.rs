//! A body of a type that cannot be read.
use apiclient::prelude::*;

struct Report;

#[derive(FromStatus)]
enum Job {
    #[api(status = 200)]
    Done(Report),
}

fn main() {}
