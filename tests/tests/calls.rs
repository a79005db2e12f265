//! What can be done with a call: awaited, tuned, spawned, joined, selected, stored, faked. Always a bare `Call`.

use apiclient::{Decode, prelude::*, testing::Stub, transport::Reply};
use futures_util::{StreamExt, future::join_all, stream};
use serde::{Deserialize, Serialize};
use std::{sync::Arc, time::Duration};
use tokio::task::JoinSet;

#[derive(Debug, thiserror::Error)]
pub enum MyError {
    #[error(transparent)]
    Api(#[from] apiclient::Error),
    #[error("no such thing")]
    Missing,
}

type Result<T> = std::result::Result<T, MyError>;

mod house {
    /// A user's own alias of the house form.
    pub type Call<T> = apiclient::Call<T, super::MyError>;
}

#[derive(Debug, Clone, PartialEq, Deserialize, Serialize)]
pub struct Repo {
    id: u64,
}

#[api_client(base_url = "https://api.example.com/v1")]
pub trait GitHub {
    #[get("/repos/{owner}/{name}")]
    async fn repo(&self, owner: &str, name: &str) -> Result<Repo>;

    #[get("/repos/{id}")]
    fn get(&self, id: u64) -> house::Call<Repo>;

    #[get("/any/{kind}")]
    fn any<T: Decode>(&self, kind: impl Serialize) -> Call<T>;

    #[get("/ids/{id}")]
    fn by_id<'a>(&'a self, id: &'a str, #[query] r#type: Option<&'a str>) -> Call<Repo>;

    /// Fit for `dyn`: a plain method that returns a call.
    fn name_of(&self, id: u64) -> house::Call<String> {
        let repo = self.get(id);
        Call::from_future(async move { Ok(format!("repo {}", repo.await?.id)) })
    }

    /// For sized implementors.
    async fn twice(&self, owner: &str) -> Result<u64> {
        let one = self.repo(owner, "a").await?.id;
        Ok(one + self.repo(owner, "b").await?.id)
    }

    /// Generic, sync.
    fn show<T: std::fmt::Debug>(&self, value: T) -> String {
        format!("{value:?}")
    }

    /// Not even a method.
    fn limit() -> u32 {
        100
    }
}

fn api() -> (GitHubClient, Stub) {
    let stub = Stub::json(r#"{"id":7}"#);
    let api = GitHubClient::builder().transport(stub.clone()).build().unwrap();
    (api, stub)
}

const REPO: Repo = Repo { id: 7 };

fn paths(stub: &Stub) -> Vec<String> {
    stub.requests().iter().map(|r| r.url().path_and_query().unwrap().to_string()).collect()
}

#[tokio::test]
async fn a_bare_call_is_a_future() {
    let (api, stub) = api();
    assert_eq!(api.repo("rust-lang", "a/b").await.unwrap(), REPO);
    assert_eq!(tokio::spawn(api.repo("o", "r")).await.unwrap().unwrap(), REPO);

    let mut set = JoinSet::new();
    set.spawn(api.get(1));
    set.spawn(api.get(2));
    assert_eq!(set.join_all().await.into_iter().map(|r| r.unwrap().id).sum::<u64>(), 14);

    let many = join_all([1, 2, 3].map(|id| api.get(id))).await;
    assert_eq!(many.len(), 3);
    let buffered: Vec<_> = stream::iter(0..5).map(|id| api.get(id)).buffer_unordered(2).collect().await;
    assert!(buffered.iter().all(|r| r.as_ref().unwrap() == &REPO));

    tokio::select! {
        repo = api.get(9) => assert_eq!(repo.unwrap(), REPO),
        () = std::future::pending() => unreachable!(),
    }
    assert_eq!(paths(&stub)[0], "/v1/repos/rust-lang/a%2Fb");
    assert_eq!(stub.requests().len(), 1 + 1 + 2 + 3 + 5 + 1);
}

#[tokio::test]
async fn a_call_is_stored_and_outlives_its_client() {
    struct Job {
        call: Call<Repo, MyError>,
        label: &'static str,
    }
    let (api, stub) = api();
    let jobs = {
        let owner = String::from("gone");
        vec![Job { call: api.repo(&owner, "r"), label: "a" }, Job { call: api.get(1), label: "b" }]
    };
    drop(api);
    assert_eq!(stub.requests().len(), 0, "a recipe sends nothing");
    for job in jobs {
        assert_eq!(job.call.await.unwrap(), REPO, "{}", job.label);
    }
}

#[tokio::test]
async fn a_trait_object_calls_and_a_fake_takes_its_place() {
    struct Fake;
    impl GitHub for Fake {
        fn repo(&self, _: &str, name: &str) -> house::Call<Repo> {
            if name == "none" { Call::ready(Err(MyError::Missing)) } else { Call::ready(Ok(Repo { id: 1 })) }
        }
        fn get(&self, id: u64) -> house::Call<Repo> {
            Call::from_future(async move {
                tokio::task::yield_now().await;
                Ok(Repo { id })
            })
        }
        fn any<T: Decode>(&self, _: impl Serialize) -> Call<T> {
            unimplemented!()
        }
        fn by_id<'a>(&'a self, _: &'a str, _: Option<&'a str>) -> Call<Repo> {
            Call::ready(Ok(REPO))
        }
    }
    let real: Arc<dyn GitHub> = Arc::new(api().0);
    assert_eq!(real.name_of(3).await.unwrap(), "repo 7");
    let fake: Arc<dyn GitHub> = Arc::new(Fake);
    assert_eq!(fake.name_of(3).await.unwrap(), "repo 3");
    assert!(matches!(fake.repo("o", "none").await, Err(MyError::Missing)));
    let full = fake.repo("o", "r").timeout(Duration::from_secs(1)).send().await.unwrap();
    assert_eq!((full.status().as_u16(), full.attempts(), full.into_body().id), (200, 0, 1));
    assert_eq!(tokio::spawn(async move { fake.get(5).await }).await.unwrap().unwrap().id, 5);
}

#[tokio::test]
async fn helpers_pass_through() {
    let (api, stub) = api();
    assert_eq!(api.twice("o").await.unwrap(), 14);
    let spawned = tokio::spawn({
        let api = api.clone();
        async move { api.twice("o").await }
    });
    assert_eq!(spawned.await.unwrap().unwrap(), 14);
    assert_eq!(api.show([1]), "[1]");
    assert_eq!(GitHubClient::limit(), 100);
    assert_eq!(paths(&stub)[1], "/v1/repos/o/b");
}

#[tokio::test]
async fn the_type_asks_for_what_it_wants() {
    let (api, stub) = api();
    assert_eq!(api.any::<String>("a").await.unwrap(), r#"{"id":7}"#);
    assert_eq!(api.any::<serde_json::Value>(Some(1)).await.unwrap()["id"], 7);
    assert_eq!(api.any::<apiclient::Bytes>('c').await.unwrap().len(), 8);
    assert_eq!(api.any::<Option<Repo>>(2.5).await.unwrap(), Some(REPO));
    api.any::<()>(u128::MAX).await.unwrap();
    let nested: Response<Repo> = api.any(true).await.unwrap();
    assert_eq!((nested.status().as_u16(), nested.attempts(), nested.body()), (200, 1, &REPO));
    let twice = api.any::<Response<Json<Repo>>>(0).send().await.unwrap();
    assert_eq!(twice.headers()["content-type"], "application/json");
    assert_eq!(twice.body().headers()["content-type"], "application/json");
    assert_eq!(paths(&stub)[4], format!("/v1/any/{}", u128::MAX));
}

#[tokio::test]
async fn a_call_takes_options() {
    let (api, stub) = api();
    let call = api
        .by_id("a", Some("x y"))
        .header("x-trace", "1")
        .header("accept", "text/plain")
        .query("tag", ["a&b", "c"])
        .query("none", None::<u8>)
        .extension(5_u8);
    let answer = call.send().await.unwrap();
    let request = &stub.requests()[0];
    assert_eq!(request.url(), "https://api.example.com/v1/ids/a?type=x%20y&tag=a%26b&tag=c");
    assert_eq!(answer.url(), *request.url());
    assert_eq!(request.headers()["x-trace"], "1");
    assert_eq!(request.headers().get_all("accept").iter().count(), 1);
    assert_eq!(request.headers()["accept"], "text/plain");
}

#[tokio::test]
async fn a_request_is_built_without_sending() {
    let (api, stub) = api();
    let call =
        api.by_id("it's", Some("s3cret")).header("authorization", "Bearer s3cret").header("x-any", "s3cret");
    let request = call.into_request().unwrap();
    assert_eq!(request.headers()["authorization"], "Bearer s3cret");
    let line = request.to_string();
    assert!(!line.contains("s3cret") && !format!("{request:?}").contains("s3cret"), "{line}");
    assert!(line.starts_with("curl -X 'GET' 'https://api.example.com/v1/ids/it%27s?type=***' -H "), "{line}");
    assert_eq!(stub.requests().len(), 0);

    let refused = Call::<u8>::ready(Ok(1)).into_request().unwrap_err();
    assert_eq!(refused.kind(), apiclient::ErrorKind::Config);
    assert!(api.get(1).into_request().is_ok());
    assert!(format!("{:?}", api.get(1)).contains("GET /repos/{id}"));
}

#[tokio::test]
async fn untyped_calls_go_the_same_way() {
    let (api, stub) = api();
    let call = api.client().call(apiclient::Method::PUT, "/teams/{team}{?notify,tags*}");
    let call = call.param("team", "a/b").param("notify", true).param("tags", ["x", "y"]).json(&REPO);
    let repo: Repo = call.fetch().header("x-a", "b").await.unwrap();
    assert_eq!(repo, REPO);
    let request = &stub.requests()[0];
    assert_eq!(request.url(), "https://api.example.com/v1/teams/a%2Fb?notify=true&tags=x&tags=y");
    assert_eq!((request.method().as_str(), request.body().bytes().unwrap()), ("PUT", &"{\"id\":7}".into()));
    assert_eq!(request.headers()["user-agent"], concat!("apiclient-tests/", env!("CARGO_PKG_VERSION")));

    for (template, param, why) in [
        ("/a/{b}", "c", "no such parameter"),
        ("/a", "c", "not in the template"),
        ("/a/{b", "b", "never closed"),
        ("//evil/{b}", "b", "another host"),
        ("https://evil/{b}", "b", "not a URL"),
    ] {
        let e = api
            .client()
            .call(apiclient::Method::GET, template)
            .param(param, 1)
            .fetch::<()>()
            .await
            .unwrap_err();
        assert!(e.to_string().contains(why), "{e}");
        assert_eq!((e.kind(), e.attempts()), (apiclient::ErrorKind::Argument, 0));
    }
    let raw = api.client().call(apiclient::Method::POST, "/raw").body("text/csv", "a,b").fetch::<()>();
    raw.await.unwrap();
    assert_eq!(stub.requests()[1].headers()["content-type"], "text/csv");
    assert_eq!(stub.requests().len(), 2);
}

#[tokio::test]
async fn polling_a_finished_call_panics_and_nothing_else_does() {
    let mut call = Call::<u8>::ready(Ok(1));
    assert_eq!((&mut call).await.unwrap(), 1);
    let again = tokio::spawn(call).await.unwrap_err();
    assert!(again.is_panic());
}

#[tokio::test]
async fn one_client_serves_several_traits() {
    #[api_client(base_url = "https://other.example.com", base_path = "v2/", name = "Others", client = Another)]
    trait Other {
        #[head("/x")]
        fn peek(&self) -> Call<()>;
    }
    let stub = Stub::with(|_| Ok(Reply::new(204, "")));
    let shared = Client::builder().transport(stub.clone()).header("x-shared", "1").build().unwrap();
    let other = Another::from_client(shared.clone());
    other.peek().await.unwrap();
    let github = GitHubClient::from_client(shared.clone());
    github.any::<()>(1).await.unwrap();
    let urls: Vec<_> = stub.requests().iter().map(|r| r.url().to_string()).collect();
    assert_eq!(urls, ["https://other.example.com/v2/x", "https://api.example.com/v1/any/1"]);
    assert!(stub.requests().iter().all(|r| r.headers()["x-shared"] == "1"));
    assert_eq!(Another::ENDPOINTS.peek.api().name(), "Others");

    let none = shared.call(apiclient::Method::GET, "/x").fetch::<()>().await.unwrap_err();
    assert_eq!(none.kind(), apiclient::ErrorKind::Config);
    assert!(none.to_string().contains("has no base URL"), "{none}");
}
