#[api_client]
trait Roles {
    #[get("/a/{id}{/rest*}{?page,tags*}{&x:3}")]
    fn template(&self, id: u64, rest: &[&str], page: Option<u32>, tags: &[&str], x: &str) -> Call<User>;
    #[get("/search?kind=user&q={q}")]
    fn query(&self, q: &str, #[query] page: u32, #[query("per-page")] per_page: Option<u8>) -> Call<User, MyError>;
    #[post("/users")]
    fn body(&self, #[header("X-Tag")] tag: &str, #[body] user: &NewUser<'_>, #[timeout] wait: Duration) -> Call<User>;
    #[http("PROPFIND", "/ünder")]
    async fn custom(&self) -> house::Result<String>;
}
