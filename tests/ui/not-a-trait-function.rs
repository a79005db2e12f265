//! The macro on a function.
use apiclient::prelude::*;

#[api_client(base_url = "https://api.example.com")]
fn users() {}

fn main() {
    users();
}
