use apiclient::prelude::*;
use apiclient::testing::Stub;
use serde::{Deserialize, Serialize};
use std::sync::Arc;

#[derive(Debug, thiserror::Error)]
pub enum MyError {
    #[error(transparent)]
    Api(#[from] apiclient::Error),
}
type Result<T> = std::result::Result<T, MyError>;

#[derive(Debug, Deserialize, PartialEq, Clone)]
pub struct Repo {
    id: u64,
}
#[derive(Serialize)]
pub struct NewRepo<'a> {
    name: &'a str,
}

#[api_client(base_url = "https://api.example.com", base_path = "/v1")]
#[timeout("20s", attempt = "5s")]
#[header("X-Api-Version", "7")]
pub trait GitHub {
    /// One repository.
    #[get("/repos/{owner}/{repo}")]
    async fn repo(&self, owner: &str, repo: &str) -> Result<Repo>;
    #[get("/repos/{id}")]
    #[timeout("1s")]
    fn get(&self, id: u64, #[query] page: Option<u32>, #[header("X-A")] a: &str) -> Call<Repo, MyError>;
    #[post("/repos")]
    fn create(&self, #[body] repo: &NewRepo<'_>) -> Call<Repo>;
    async fn id(&self, owner: &str) -> Result<u64> {
        Ok(self.repo(owner, "x").await?.id)
    }
}

#[tokio::test]
async fn works() {
    let stub = Stub::json(r#"{"id":7}"#);
    let api = GitHubClient::builder().transport(stub.clone()).build().unwrap();
    assert_eq!(api.repo("a/b", "c").await.unwrap(), Repo { id: 7 });
    let dynamic: Arc<dyn GitHub> = Arc::new(api.clone());
    assert_eq!(tokio::spawn(dynamic.get(7, Some(2), "x")).await.unwrap().unwrap(), Repo { id: 7 });
    api.create(&NewRepo { name: "n" }).await.unwrap();
    assert_eq!(api.id("x").await.unwrap(), 7);
    for r in stub.requests() { println!("{r}"); }
    println!("{:?} {:?}", api, GitHubClient::ENDPOINTS.iter().map(|e| e.template()).collect::<Vec<_>>());
}
