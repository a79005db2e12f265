#[api_client(base_url = "https://api.example.com/v1", allow_origins = ["https://uploads.example.com"])]
#[header("X-Tenant", "{tenant}")]
#[header("Accept", "application/json")]
#[query("api-version", "2024-01")]
trait Parameters {
    #[get("items/{id}/copies{?last.name,page}")]
    #[query("q", "a {id}")]
    async fn template(&self, #[param(with = short)] id: &Id, last_name: &str, page: Option<u8>) -> Result<(), E>;

    #[get("/search")]
    #[query("api-version", none)]
    fn styles(
        &self,
        #[query(style = deep_object)] filter: &Filter,
        #[query("tag s", explode = false)] tags: &[&str],
        #[query("", style = indexed)] rest: &Rest,
        #[query(flag)] dry_run: bool,
        #[query(default = 20)] per_page: Option<u32>,
        #[query(display)] at: Time,
        #[query("raw%20name", encoded)] raw: &str,
    ) -> Call<()>;

    #[put("/x")]
    #[header("Authorization", "Bearer {token}")]
    fn headers(&self, tenant: &str, #[headers] more: &Map, #[cookie("sid")] session: Option<&str>, token: &str) -> Call<()>;

    #[post("/form")]
    fn form(&self, #[field("a b", style = brackets)] a: &[u8], #[field] b: Option<&str>) -> Call<()>;

    #[post("/text")]
    fn text(&self, #[body(text)] text: &str) -> Call<()>;

    #[post("/bytes")]
    fn bytes(&self, #[body(bytes)] bytes: Vec<u8>) -> Call<()>;

    #[post("/all")]
    fn all(&self, #[body(form, style = brackets)] all: &Filter) -> Call<()>;

    #[post("https://uploads.example.com/files/{name}")]
    fn upload(&self, name: &str, #[part(file_name = "a.png", mime = "image/png")] file: Bytes, #[part] note: &str) -> Call<()>;

    #[get]
    fn next(&self, #[url] link: &str, #[query] more: u8, #[extension] tag: Tag) -> Call<()>;
}
