//! A literal base URL is checked at compile time; the client is there all the same.
use apiclient::prelude::*;

#[api_client(base_url = "https://user:password@api.example.com")]
trait Users {
    #[get("/users/{id}")]
    fn user(&self, id: u64) -> Call<String>;
}

async fn caller() {
    let _ = UsersClient::new().unwrap().user(7).await;
}

fn main() {}
