use apiclient::prelude::*;

#[api_client(base_url = "https://api.example.com")]
trait Users {
    #[health]
    #[get("/live")]
    fn live(&self) -> Call<()>;
    #[health]
    #[get("/ready")]
    fn ready(&self) -> Call<()>;
}

fn main() {}
