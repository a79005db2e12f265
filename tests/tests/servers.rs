//! Real servers, started by `tests/servers/run`. One that does not answer is skipped with a word; `APICLIENT_REQUIRE=1`
//! makes that an error.

use apiclient::{HeaderMap, Method, Redirects, Retry, prelude::*};
use apiclient_tests::{
    corpus::{Workshop, find, httpbin},
    is_up,
};
use serde::{Deserialize, Serialize};
use serde_json::{Value, json};
use std::{collections::BTreeMap, time::Duration};

const HTTPBIN: &str = "http://127.0.0.1:18001";
const JSON_SERVER: &str = "http://127.0.0.1:18095";

/// What httpbin saw.
#[derive(Debug, Deserialize)]
pub struct Echo {
    method: String,
    url: String,
    args: BTreeMap<String, Value>,
    headers: BTreeMap<String, String>,
    data: String,
    json: Value,
}

#[derive(Debug, Serialize)]
pub struct Thing<'a> {
    name: &'a str,
    tags: Vec<u8>,
}

#[derive(Debug, Serialize)]
pub struct Filter {
    color: &'static str,
    size: Option<u8>,
}

#[api_client(base_url = HTTPBIN, base_path = "/anything")]
#[header("X-Trait", "trait")]
pub trait Anything {
    #[get("/{id}/x{?page,tags*}")]
    async fn get(
        &self,
        id: &str,
        page: Option<u32>,
        tags: &[&str],
        #[query] filter: &Filter,
    ) -> Result<Echo, apiclient::Error>;
    #[post("/{id}")]
    async fn post(&self, id: u64, #[body] thing: &Thing<'_>) -> Result<Echo, apiclient::Error>;
    #[put("/{id}")]
    async fn put(
        &self,
        id: u64,
        #[header("X-Tag")] tag: &str,
        #[body] thing: &Thing<'_>,
    ) -> Result<Echo, apiclient::Error>;
    #[patch("/{id}")]
    #[header("X-Trait", "method")]
    async fn patch(&self, id: u64, #[body] thing: Option<&Thing<'_>>) -> Result<Echo, apiclient::Error>;
    #[delete("/{id}")]
    async fn delete(&self, id: u64) -> Result<Echo, apiclient::Error>;
    #[head("/{id}")]
    async fn head(&self, id: u64) -> Result<Response<()>, apiclient::Error>;
    #[options("/{id}")]
    async fn options(&self, id: u64) -> Result<Response<()>, apiclient::Error>;
    #[http("TRACE", "/{id}")]
    async fn trace(&self, id: u64) -> Result<Echo, apiclient::Error>;
}

#[tokio::test]
async fn httpbin_echoes_what_was_declared() {
    if !is_up(HTTPBIN) {
        return;
    }
    let api = AnythingClient::new().unwrap();
    let thing = Thing { name: "ü \"x\"", tags: vec![1, 2] };
    let sent = json!({"name": "ü \"x\"", "tags": [1, 2]});

    let echo = api.get("a/b c", Some(2), &["x&y", "z"], &Filter { color: "r=d", size: None }).await.unwrap();
    assert_eq!(echo.method, "GET");
    assert_eq!(echo.url, "http://127.0.0.1:18001/anything/a/b%20c/x?page=2&tags=x%26y&tags=z&color=r%3Dd");
    assert_eq!(json!(echo.args), json!({"page": "2", "tags": ["x&y", "z"], "color": "r=d"}));
    assert_eq!(echo.headers["X-Trait"], "trait");
    assert_eq!(echo.headers["User-Agent"], concat!("apiclient-tests/", env!("CARGO_PKG_VERSION")));
    assert_eq!(echo.headers["Accept"], "application/json, */*;q=0.5");
    assert!(
        !echo.headers.contains_key("Referer") && echo.headers["Accept-Encoding"] == "gzip, br, zstd, deflate",
        "{:?}",
        echo.headers
    );

    let echo = api.post(1, &thing).await.unwrap();
    assert_eq!((echo.method.as_str(), &echo.json), ("POST", &sent));
    assert_eq!(
        (echo.headers["Content-Type"].as_str(), echo.headers["Content-Length"].as_str()),
        ("application/json", "32")
    );
    let echo = api.put(2, "a, b", &thing).await.unwrap();
    assert_eq!((echo.method.as_str(), &echo.json, echo.headers["X-Tag"].as_str()), ("PUT", &sent, "a, b"));
    let echo = api.patch(3, Some(&thing)).await.unwrap();
    assert_eq!(
        (echo.method.as_str(), &echo.json, echo.headers["X-Trait"].as_str()),
        ("PATCH", &sent, "method")
    );
    let echo = api.patch(3, None).await.unwrap();
    assert_eq!((echo.data.as_str(), echo.headers.contains_key("Content-Type")), ("", false));
    let echo = api.delete(4).await.unwrap();
    assert_eq!((echo.method.as_str(), echo.url.as_str()), ("DELETE", "http://127.0.0.1:18001/anything/4"));
    let echo = api.trace(5).await.unwrap();
    assert_eq!(echo.method, "TRACE");
    let allow = |headers: &HeaderMap| headers["allow"].to_str().unwrap().to_owned();
    assert!(allow(api.options(6).await.unwrap().headers()).contains("PATCH"));
    assert_eq!(api.head(7).await.unwrap().headers()["content-type"], "application/json");
}

#[tokio::test]
async fn httpbin_answers_of_every_kind() {
    if !is_up(HTTPBIN) {
        return;
    }
    let client = Client::builder().base_url(HTTPBIN).retry(Retry::none()).build().unwrap();
    let get = |template: &str| client.call(Method::GET, template);
    for status in [400_u16, 401, 403, 404, 409, 418, 429, 500, 503] {
        let e = get("/status/{code}").param("code", status).fetch::<Value>().await.unwrap_err();
        assert_eq!(e.status().unwrap(), status);
    }
    let answer = get("/redirect/3").fetch::<Value>().send().await.unwrap();
    assert_eq!(answer.url(), "http://127.0.0.1:18001/get");
    let e = get("/redirect/3").fetch::<Value>().redirects(Redirects::none()).await.unwrap_err();
    assert_eq!(e.to_string(), "GET /redirect/3: 302 Found, and redirects are not followed");
    let e = get("/html").fetch::<Echo>().await.unwrap_err();
    assert!(e.to_string().ends_with("it is HTML or XML (text/html), not JSON"), "{e}");
    let e = get("/delay/5").fetch::<Value>().timeout(Duration::from_millis(200)).await.unwrap_err();
    assert!(e.is_timeout() && e.elapsed() < Duration::from_secs(1), "{e}");
    assert_eq!(get("/bytes/1000").fetch::<apiclient::Bytes>().await.unwrap().len(), 1000);
    assert!(get("/html").fetch::<String>().await.unwrap().contains("Moby-Dick"));
    assert_eq!(get("/status/204").fetch::<Option<Value>>().await.unwrap(), None);
    let e = get("/bytes/1000").fetch::<apiclient::Bytes>().max_body(999).await.unwrap_err();
    assert_eq!(e.kind(), apiclient::ErrorKind::TooLarge);
}

#[derive(Debug, Clone, PartialEq, Serialize, Deserialize)]
pub struct Post {
    #[serde(skip_serializing_if = "Option::is_none")]
    id: Option<Value>,
    title: String,
}

#[derive(Debug, thiserror::Error, ApiError)]
pub enum BlogError {
    #[error("no such post")]
    #[api(status = 404)]
    NotFound,
    #[error(transparent)]
    #[api(other)]
    Other(apiclient::Error),
}

type BlogResult<T> = Result<T, BlogError>;

#[api_client(base_url = JSON_SERVER)]
pub trait Blog {
    #[get("/posts{?_page,_limit}")]
    async fn posts(&self, _page: u32, _limit: u32) -> BlogResult<Response<Vec<Post>>>;
    #[get("/posts/{id}")]
    async fn post(&self, id: &str) -> BlogResult<Post>;
    #[post("/posts")]
    async fn write(&self, #[body] post: &Post) -> BlogResult<Post>;
    #[patch("/posts/{id}")]
    async fn retitle(&self, id: &Value, #[body] title: &BTreeMap<&str, &str>) -> BlogResult<Post>;
    #[delete("/posts/{id}")]
    async fn delete(&self, id: &Value) -> BlogResult<()>;
}

#[tokio::test]
async fn json_server_is_read_written_and_listed() {
    if !is_up(JSON_SERVER) {
        return;
    }
    let blog = BlogClient::new().unwrap();
    assert_eq!(blog.post("1").await.unwrap().title, "t1");
    let page = blog.posts(2, 10).await.unwrap();
    assert_eq!(
        (page.body().len(), page.headers()["x-total-count"].to_str().unwrap().parse::<u32>().unwrap() >= 25),
        (10, true)
    );
    assert_eq!(page.url(), "http://127.0.0.1:18095/posts?_page=2&_limit=10");

    let written = blog.write(&Post { id: None, title: "new".into() }).await.unwrap();
    let id = written.id.clone().unwrap();
    let changed = blog.retitle(&id, &BTreeMap::from([("title", "newer")])).await.unwrap();
    assert_eq!(changed, Post { id: Some(id.clone()), title: "newer".into() });
    blog.delete(&id).await.unwrap();
    assert!(matches!(blog.post(id.as_str().unwrap()).await, Err(BlogError::NotFound)));
}

/// The core of the corpus of requests, as httpbin sees it.
#[test]
fn httpbin_sees_the_requests_of_the_corpus() {
    let Some(folder) = find("requests").filter(|_| is_up(HTTPBIN)) else { return };
    let workshop = Workshop::new(env!("CARGO_TARGET_TMPDIR"), "httpbin");
    let report = httpbin::check(&folder, workshop, HTTPBIN);
    println!("{}", report.text());
    assert!(report.failed().is_empty(), "failed: {:?}", report.failed());
}
