//! An enum without variants.
use apiclient::prelude::*;

#[derive(FromStatus)]
enum Job {}

fn main() {}
