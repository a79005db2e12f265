#[api_client(base_url = "https://api.github.com", mock(cfg(test)))]
#[errors(404 => GhError::NotFound)]
pub trait GitHub {
    #[get("/repos/{owner}/{repo}")]
    async fn repo(&self, owner: &str, repo: &str) -> Result<Repo, GhError>;
    #[get("/user")]
    fn me(&self) -> Call<User, GhError>;
    #[get("/issues/{id}")]
    #[cfg(feature = "issues")]
    async fn issue(&self, id: u64) -> Result<Issue, GhError>;
    #[get("/search{?labels*}")]
    fn search(&self, labels: Option<&[&str]>, #[query] sort: Option<Sort>, #[header("X-A")] a: Cow<'_, str>) -> Call<Vec<Issue>, GhError>;
    #[post("/issues")]
    #[errors(422 => GhError::Invalid(body))]
    async fn create(&self, #[body] new: &NewIssue<'_>, #[timeout] limit: Option<Duration>) -> Result<Issue, GhError>;
    #[post("/any")]
    async fn any<B: Serialize>(&self, #[body] body: B, #[query] q: impl Serialize) -> Result<(), GhError>;
    #[get("/{path}")]
    #[errors(none)]
    async fn read<T: Decode>(&self, path: &str) -> Result<T, apiclient::Error>;
}
