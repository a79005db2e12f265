//! A part that serde cannot write.
struct Opaque;

use apiclient::prelude::*;

#[api_client(base_url = "https://api.example.com")]
trait Users {
    #[post("/one")]
    fn one(&self, #[part] part: Opaque) -> Call<String>;
}

async fn caller(users: &UsersClient) {
    let _ = users.one(Opaque).await;
}

fn main() {}
