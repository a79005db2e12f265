//! Where the server says yes or no is a header.
use apiclient::prelude::*;

#[api_client(base_url = "http://x.test")]
trait Api {
    #[get("/a")]
    #[retry(should_retry = true)]
    fn a(&self) -> Call<u8>;

    #[get("/b")]
    #[retry(attempt_header = "x try")]
    fn b(&self) -> Call<u8>;
}

fn main() {}
