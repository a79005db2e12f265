//! Words of the language that are not built yet.
use apiclient::prelude::*;

#[api_client(base_url = "https://api.example.com")]
#[breaker(min = 5)]
trait Users {
    #[get("/users/{id}")]
    #[hedge(after = "1s")]
    fn one(&self, id: u64) -> Call<String>;
    #[get("/two")]
    #[rate_limit("5/s", key = tenant)]
    fn two(&self) -> Call<String>;
    #[post("/three")]
    fn three(&self, #[body(xml)] c: u8) -> Call<String>;
}

async fn caller(users: &UsersClient) {
    let _ = users.one(7).await;
}

fn main() {}
