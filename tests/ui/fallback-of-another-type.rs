use apiclient::prelude::*;

fn number(_: apiclient::Error) -> Result<u8, apiclient::Error> {
    Ok(1)
}

#[api_client(base_url = "https://api.example.com")]
trait Api {
    #[get("/name")]
    #[fallback(number)]
    fn name(&self) -> Call<String>;

    #[get("/size")]
    #[fallback(number)]
    fn size(&self) -> Call<u8>;
}

fn main() {
    let _ = number;
}
