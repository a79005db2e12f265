#[api_client(base_url = "https://api.example.com")]
trait Tracker {
    #[get("/repos/{owner}/{repo}/issues{?page}")]
    fn issues(&self, owner: &str, #[params] rest: &Rest<'_>) -> Call<()>;
}
