//! `on` has statuses, `connect` and `timeout`.
use apiclient::prelude::*;

#[api_client(base_url = "http://x.test")]
trait Api {
    #[get("/a")]
    #[retry(on = 503 | conect)]
    fn a(&self) -> Call<u8>;
}

fn main() {}
