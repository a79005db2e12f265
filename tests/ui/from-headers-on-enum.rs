//! Only a struct has fields.
use apiclient::prelude::*;

#[derive(FromHeaders)]
enum Meta {
    A,
}

fn main() {}
