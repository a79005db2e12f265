//! A number, an origin, or none.
use apiclient::prelude::*;

#[api_client(base_url = "http://x.test")]
trait Api {
    #[get("/a")]
    #[redirects(follow)]
    fn a(&self) -> Call<u8>;

    #[get("/b")]
    #[redirects]
    fn b(&self) -> Call<u8>;

    #[get("/c")]
    #[redirects(most = 5)]
    fn c(&self) -> Call<u8>;

    #[get("/d")]
    #[redirects(0)]
    fn d(&self) -> Call<u8>;

    #[get("/e")]
    #[redirects(none, 5)]
    fn e(&self) -> Call<u8>;
}

fn main() {}
