//! A verb without a path, with two, with something else.
use apiclient::prelude::*;

#[api_client(base_url = "https://api.example.com")]
trait Users {
    #[get]
    fn one(&self, id: u64) -> Call<String>;
    #[get("/a", "/b")]
    fn two(&self) -> Call<String>;
    #[get(PATH)]
    fn three(&self) -> Call<String>;
    #[http("/x")]
    fn four(&self) -> Call<String>;
    #[http("PROP FIND", "/x")]
    fn five(&self) -> Call<String>;
}

async fn caller(users: &UsersClient) {
    let _ = users.one(7).await;
}

fn main() {}
