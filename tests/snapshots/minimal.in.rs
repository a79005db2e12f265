#[api_client(base_url = "https://api.github.com")]
pub trait GitHub {
    /// One repository.
    #[get("/repos/{owner}/{repo}")]
    async fn repo(&self, owner: &str, repo: &str) -> Result<Repo>;
}
