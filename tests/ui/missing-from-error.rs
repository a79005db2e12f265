//! The error type of an endpoint cannot be made of an `apiclient::Error`.
use apiclient::prelude::*;

#[derive(Debug)]
struct MyError;

#[api_client(base_url = "https://api.example.com")]
trait Users {
    #[get("/users/{id}")]
    fn user(&self, id: u64) -> Call<String, MyError>;
}

async fn caller(users: &UsersClient) {
    let _: Result<String, MyError> = users.user(7).await;
}

fn main() {}
