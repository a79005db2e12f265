use apiclient::prelude::*;
use serde::Serialize;

#[derive(Serialize)]
struct New {
    name: String,
}

#[api_client(base_url = "https://api.example.com", mock)]
trait Users {
    #[post("/users")]
    async fn create(&self, #[body] new: &New) -> Result<(), apiclient::Error>;
    #[post("/users/all")]
    async fn create_all(&self, #[body] new: Vec<New>) -> Result<(), apiclient::Error>;
}

fn main() {}
