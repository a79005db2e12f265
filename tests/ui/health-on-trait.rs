use apiclient::prelude::*;

#[api_client(base_url = "https://api.example.com")]
#[health]
trait Users {
    #[get("/live")]
    fn live(&self) -> Call<()>;
}

fn main() {}
