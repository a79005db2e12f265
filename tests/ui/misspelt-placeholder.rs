//! One letter too many in a placeholder: one error, there, and none in callers.
use apiclient::prelude::*;

#[api_client(base_url = "https://api.example.com")]
trait Users {
    #[get("/users/{idd}")]
    fn user(&self, id: u64) -> Call<String>;
}

async fn caller(users: &UsersClient) {
    let _: Result<String, apiclient::Error> = users.user(7).await;
}

fn main() {}
