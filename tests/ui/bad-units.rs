//! Durations, rates, sizes and counts that are none.
use apiclient::prelude::*;

#[api_client(base_url = "https://api.example.com")]
trait Users {
    #[get("/users/{id}")]
    #[timeout("5 minutes", attempt = 30)]
    #[retry(attempts = 0, base = "50")]
    #[rate_limit("10 per second")]
    #[max_body("64MB")]
    fn one(&self, id: u64) -> Call<String>;
    #[get("/two")]
    #[timeout("0s")]
    #[retry(attempts = "four")]
    #[rate_limit(10)]
    #[max_body]
    fn two(&self) -> Call<String>;
    #[get("/three")]
    #[timeout]
    #[rate_limit(burst = 5)]
    fn three(&self) -> Call<String>;
}

async fn caller(users: &UsersClient) {
    let _ = users.one(7).await;
}

fn main() {}
