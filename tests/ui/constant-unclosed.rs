//! A brace that is forgotten, and a name that nobody has.
use apiclient::prelude::*;

#[api_client(base_url = "https://api.example.com")]
trait Users {
    #[get("/one")]
    #[header("X-Tenant", "{tenant")]
    fn one(&self, #[query] tenant: &str) -> Call<String>;
    #[get("/two")]
    #[header("X-Tenant", "{tennant}")]
    fn two(&self, tenant: &str) -> Call<String>;
}

async fn caller(users: &UsersClient) {
    let _ = users.one("x").await;
}

fn main() {}
