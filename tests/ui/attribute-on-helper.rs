//! A policy on a method that sends nothing.
use apiclient::prelude::*;

#[api_client(base_url = "https://api.example.com")]
trait Users {
    #[timeout("5s")]
    fn one(&self, id: u64) -> Call<String> {
        todo!()
    }
}

async fn caller(users: &UsersClient) {
    let _ = users.one(7).await;
}

fn main() {}
