//! One of our attributes within `cfg_attr`.
use apiclient::prelude::*;

#[api_client(base_url = "https://api.example.com")]
trait Users {
    #[cfg_attr(all(), get("/users/{id}"))]
    fn one(&self, id: u64) -> Call<String>;
}

async fn caller(users: &UsersClient) {
    let _ = users.one(7).await;
}

fn main() {}
