//! A policy decides; a number does not.
use apiclient::prelude::*;

#[api_client(base_url = "http://x.test")]
trait Api {
    #[get("/a")]
    #[retry(policy = 7_u8)]
    fn a(&self) -> Call<u8>;
}

fn main() {}
