//! Methods that are being typed: the others stay.
use apiclient::prelude::*;

#[api_client(base_url = "https://api.example.com")]
trait Users {
    #[get("/users/{id}")]
    fn one(&self, id: u64) -> Call<String>
    #[get("/two")]
    fn two(&self) -> Call<String>;
    #[get("/three")]
    async
    fn four(&self, -> Call<String>);
    #[get("/five")]
    fn five(&self) -> Call<String>;
    #[get("/six")]
}

async fn caller(users: &UsersClient) {
    let _: Result<String, apiclient::Error> = users.one(7).await;
    let _: Result<String, apiclient::Error> = users.two().await;
    let _: Result<String, apiclient::Error> = users.five().await;
}

fn main() {}
