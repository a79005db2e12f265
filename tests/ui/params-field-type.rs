//! Types of fields: the error stands at the field.
use apiclient::prelude::*;

struct Opaque;

#[derive(Params)]
struct All {
    #[api(query)]
    one: Opaque,
    #[api(query, default = 1)]
    two: u8,
}

fn main() {}
