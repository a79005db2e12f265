//! `unsafe`, `const`, `extern`.
use apiclient::prelude::*;

#[api_client(base_url = "https://api.example.com")]
trait Users {
    #[get("/1")]
    unsafe fn one(&self) -> Call<String>;
    #[get("/2")]
    const fn two(&self) -> Call<String>;
    #[get("/3")]
    extern "C" fn three(&self) -> Call<String>;
}

fn main() {}
