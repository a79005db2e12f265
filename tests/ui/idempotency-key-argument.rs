//! A key is a text, there is one of it, and it is the argument itself.
use apiclient::prelude::*;

#[api_client(base_url = "http://x.test")]
trait Api {
    #[post("/a")]
    fn a(&self, #[idempotency_key("Idempotency-Key")] key: &str) -> Call<u8>;

    #[post("/b")]
    fn b(&self, #[idempotency_key] one: &str, #[idempotency_key] two: &str) -> Call<u8>;
}

fn main() {}
