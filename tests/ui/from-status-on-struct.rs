//! Only an enum has variants.
use apiclient::prelude::*;

#[derive(FromStatus)]
struct Job(String);

fn main() {}
