//! A variable that no field gives, and a field that the path does not name.
use apiclient::prelude::*;

#[derive(Params)]
struct All<'a> {
    #[api(param)]
    id: u64,
    #[api(query)]
    name: Option<&'a str>,
}

#[api_client(base_url = "https://api.example.com")]
trait Users {
    #[get("/one/{id}/{other}")]
    fn one(&self, #[params] all: All<'_>) -> Call<String>;
    #[get("/two")]
    fn two(&self, #[params] all: &All<'_>, #[params] more: &All<'_>) -> Call<String>;
    #[get("/three")]
    fn three(&self, #[params] all: &All<'_>) -> Call<String>;
}

async fn caller(users: &UsersClient) {
    let _ = users.one(All::new(7)).await;
}

fn main() {}
