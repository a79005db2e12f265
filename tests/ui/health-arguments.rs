use apiclient::prelude::*;

#[api_client(base_url = "https://api.example.com")]
trait Users {
    #[health]
    #[get("/health/{zone}")]
    fn ping(&self, zone: &str) -> Call<()>;
}

fn main() {}
