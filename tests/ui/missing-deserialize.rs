//! The type that an endpoint returns cannot be read.
use apiclient::prelude::*;

struct User;

#[api_client(base_url = "https://api.example.com")]
trait Users {
    #[get("/users/{id}")]
    async fn user(&self, id: u64) -> Result<User, apiclient::Error>;
}

async fn caller(users: &UsersClient) {
    let _: Result<User, _> = users.user(7).await;
}

fn main() {}
