//! An argument of the path that comes and goes.
use apiclient::prelude::*;

#[api_client(base_url = "https://api.example.com")]
trait Users {
    #[get("/users/{id}")]
    fn one(&self, #[cfg(all())] id: u64) -> Call<String>;
    #[post("/users")]
    fn two(&self, #[cfg(all())] #[body] id: u64) -> Call<String>;
}

async fn caller(users: &UsersClient) {
    let _ = users.one(7).await;
}

fn main() {}
