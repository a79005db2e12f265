//! What is forwarded goes into a header.
use apiclient::prelude::*;

#[api_client(base_url = "http://x.test")]
trait Api {
    #[get("/a")]
    #[timeout("10s", forward = 5)]
    fn a(&self) -> Call<u8>;
}

fn main() {}
