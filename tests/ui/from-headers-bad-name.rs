//! A name that no header has.
use apiclient::prelude::*;

#[derive(FromHeaders)]
struct Meta {
    #[api(header = "e tag")]
    etag: String,
}

fn main() {}
