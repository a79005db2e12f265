//! The macro on an `impl`.
use apiclient::prelude::*;

struct Users;

#[api_client(base_url = "https://api.example.com")]
impl Users {}

fn main() {
    let _ = Users;
}
