#[api_client(base_url = "http://127.0.0.1:8080/")]
pub trait Methods {
    #[get("/{kind}")]
    async fn generic<'a, T: Decode, const N: usize>(&'a self, kind: impl Serialize, #[query] n: [u8; N]) -> Result<T>
    where
        T: Send;
    #[delete("/{type}")]
    fn r#type(&self, r#type: &str) -> Call<()>;
    /// A helper.
    fn helper(&self) -> u8 {
        1
    }
    async fn waits<T: Send>(&self, t: T) -> T {
        self.r#type("a").await.ok();
        t
    }
    fn new() -> Self {
        todo!()
    }
}
