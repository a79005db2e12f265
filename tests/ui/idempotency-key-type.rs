//! A key is a text.
use apiclient::prelude::*;

#[api_client(base_url = "http://x.test")]
trait Api {
    #[post("/a")]
    fn a(&self, #[idempotency_key] key: u64) -> Call<u8>;
}

fn main() {}
