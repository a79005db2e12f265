//! `none` for what the trait does not declare.
use apiclient::prelude::*;

#[api_client(base_url = "https://api.example.com")]
#[query("api-version", "1")]
#[header("X-Tenant", "a")]
trait Users {
    #[get("/one")]
    #[query("apiversion", none)]
    #[header("X-Tenat", none)]
    fn one(&self) -> Call<String>;
}

async fn caller(users: &UsersClient) {
    let _ = users.one().await;
}

fn main() {}
