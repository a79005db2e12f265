use apiclient::prelude::*;

#[derive(Debug, serde::Deserialize)]
struct Once(u8);

#[api_client(base_url = "https://api.example.com", mock)]
trait Users {
    #[get("/users/{id}")]
    async fn name(&self, id: u64) -> Result<String, apiclient::Error>;
    #[get("/once")]
    async fn once(&self) -> Result<Once, apiclient::Error>;
    #[get("/{any}")]
    async fn any<T: apiclient::Decode>(&self, any: &str) -> Result<T, apiclient::Error>;
}

fn main() {
    let mock = UsersMock::new();
    mock.name.returns(7);
    mock.name.answers(|(id, _)| Ok(String::new()));
    mock.once.returns(Once(1));
    mock.any.returns(1);
}
