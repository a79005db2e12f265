//! The macro on something else: what it stands on stays defined.
use apiclient::prelude::*;

#[api_client(base_url = "https://api.example.com")]
struct Users {
    id: u64,
}

fn main() {
    let _ = Users { id: 7 };
}
