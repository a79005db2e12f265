//! Fields that are no header.
use apiclient::prelude::*;

#[derive(FromHeaders)]
struct Meta {
    #[api(body)]
    body: String,
    #[api("etag")]
    etag: String,
    #[api(header)]
    age: u64,
}

fn main() {}
