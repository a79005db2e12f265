use apiclient::prelude::*;

#[api_client(base_url = "https://api.example.com", mock)]
trait Users {
    #[get("/users/{id}")]
    async fn user(&self, name: u64) -> Result<String, apiclient::Error>;
    #[get("/users")]
    async fn users(&self) -> Result<String, apiclient::Error>;
}

fn main() {
    let mock = UsersMock::new();
    mock.users.returns(String::new());
    let _ = mock.user(7);
}
