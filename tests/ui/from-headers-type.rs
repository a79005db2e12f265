//! A header of a type that cannot be read.
use apiclient::prelude::*;

struct Etag;

#[derive(FromHeaders)]
struct Meta {
    etag: Etag,
}

fn main() {}
