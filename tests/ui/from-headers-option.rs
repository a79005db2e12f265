//! Options that the struct does not have.
use apiclient::prelude::*;

#[derive(FromHeaders)]
#[api(rename_all = "kebab-case")]
struct Meta {
    etag: String,
}

fn main() {}
