//! Fields without names.
use apiclient::prelude::*;

#[derive(FromHeaders)]
struct Meta(String);

fn main() {}
