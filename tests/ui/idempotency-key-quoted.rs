//! A key is quoted or not.
use apiclient::prelude::*;

#[api_client(base_url = "http://x.test")]
trait Api {
    #[post("/a")]
    #[idempotency_key("Idempotency-Key", quoted = "yes")]
    fn a(&self) -> Call<u8>;

    #[post("/b")]
    #[idempotency_key("Idempotency-Key", quote = true)]
    fn b(&self) -> Call<u8>;
}

fn main() {}
