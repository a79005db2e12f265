#[api_client(base_url = "https://user@example.com", nmae = "x")]
pub trait Broken {
    #[get("/good/{id}")]
    async fn good(&self, id: u64) -> Result<User>;
    #[get("/bad/{idd}")]
    async fn bad(&self, id: u64) -> Result<User>;
    #[pots("/x")]
    fn slip(&self) -> Call<User>;
    #[get("/x")]
    fn nothing(&self);
}
