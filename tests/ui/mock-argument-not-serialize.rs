use apiclient::prelude::*;

struct Filter<'a>(&'a str);

#[api_client(base_url = "https://api.example.com", mock)]
trait Users {
    #[get("/users")]
    async fn users(&self, #[query] filter: Filter<'_>) -> Result<Vec<String>, apiclient::Error>;
}

fn main() {}
