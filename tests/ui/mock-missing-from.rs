use apiclient::prelude::*;

#[derive(Debug)]
struct MyError;

#[api_client(base_url = "https://api.example.com", mock)]
trait Users {
    #[get("/users")]
    async fn users(&self) -> Result<Vec<String>, MyError>;
}

fn main() {}
