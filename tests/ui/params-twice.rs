//! What a struct of arguments sends once more, and a body where none belongs.
use apiclient::prelude::*;

#[derive(Params)]
struct All {
    #[api(query)]
    page: u8,
}

#[derive(Params)]
struct Form {
    #[api(field)]
    name: u8,
}

#[derive(Params)]
struct Twice {
    #[api(query)]
    page: u8,
    #[api(query = "page")]
    again: u8,
    #[api(query)]
    new: Option<u8>,
}

#[api_client(base_url = "https://api.example.com")]
trait Users {
    #[get("/one")]
    fn one(&self, #[params] all: &All, #[query] page: u8) -> Call<String>;
    #[get("/two")]
    #[query("page", "1")]
    fn two(&self, #[params] all: &All) -> Call<String>;
    #[get("/three")]
    fn three(&self, #[params] form: &Form) -> Call<String>;
    #[post("/four")]
    fn four(&self, #[params] form: &Form, #[body] all: u8) -> Call<String>;
}

async fn caller(users: &UsersClient) {
    let _ = users.one(&All::new(7), 7).await;
}

fn main() {}
