//! A body cannot be written as JSON.
use apiclient::prelude::*;

struct NewUser;

#[api_client(base_url = "https://api.example.com")]
trait Users {
    #[post("/users")]
    fn create(&self, #[body] user: &NewUser) -> Call<String>;
}

async fn caller(users: &UsersClient) {
    let _ = users.create(&NewUser).await;
}

fn main() {}
