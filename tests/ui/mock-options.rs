use apiclient::prelude::*;

#[api_client(base_url = "https://api.example.com", mock = true)]
trait A {
    #[get("/a")]
    fn a(&self) -> Call<u8>;
}

#[api_client(base_url = "https://api.example.com", mock(test))]
trait B {
    #[get("/a")]
    fn a(&self) -> Call<u8>;
}

#[api_client(base_url = "https://api.example.com", mock, mock(cfg(test)))]
trait C {
    #[get("/a")]
    fn a(&self) -> Call<u8>;
}

#[api_client(base_url = "https://api.example.com", mock(cfg()))]
trait D {
    #[get("/a")]
    fn a(&self) -> Call<u8>;
}

#[api_client(base_url = "https://api.example.com", mocks)]
trait E {
    #[get("/a")]
    fn a(&self) -> Call<u8>;
}

fn main() {}
