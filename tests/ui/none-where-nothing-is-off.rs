//! `none` where there is nothing to switch off, and beside what it would switch off.
use apiclient::prelude::*;

#[api_client(base_url = "https://api.example.com")]
#[timeout(none)]
trait Users {
    #[get("/users/{id}")]
    #[retry(none, attempts = 2)]
    #[rate_limit(none)]
    #[max_body(none)]
    fn one(&self, id: u64) -> Call<String>;
}

fn main() {}
