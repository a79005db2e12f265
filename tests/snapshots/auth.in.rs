#[api_client(base_url = "https://api.example.com")]
#[auth(bearer, scopes = ["read"])]
#[auth(admin = basic)]
#[auth(key = api_key("X-Key"))]
#[auth(q = api_key(query = "key"))]
#[auth(c = api_key(cookie = "k"))]
trait Secured {
    #[get("/a")]
    fn a(&self) -> Call<()>;
    #[get("/b")]
    #[auth(admin, scopes = ["all", "users"])]
    fn b(&self) -> Call<()>;
    #[get("/c")]
    #[auth(none)]
    fn c(&self) -> Call<()>;
    #[get("/d")]
    #[auth(scopes = ["write"])]
    fn d(&self) -> Call<()>;
}
