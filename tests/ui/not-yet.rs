//! Words of the language that are not built yet.
use apiclient::prelude::*;

#[api_client(base_url = "https://api.example.com")]
trait Users {
    #[get("/users/{id}")]
    #[paginate(cursor)]
    fn one(&self, id: u64) -> Call<String>;
    #[post("/three")]
    fn three(&self, #[body(xml)] c: u8) -> Call<String>;
}

async fn caller(users: &UsersClient) {
    let _ = users.one(7).await;
}

fn main() {}
