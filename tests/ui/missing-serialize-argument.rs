//! An argument cannot be written into the request.
use apiclient::prelude::*;

struct Id(u64);

#[api_client(base_url = "https://api.example.com")]
trait Users {
    #[get("/users/{id}")]
    fn user(&self, id: Id) -> Call<String>;
}

async fn caller(users: &UsersClient) {
    let _ = users.user(Id(7)).await;
}

fn main() {}
