//! Limits that real servers keep: with the same limit on our side, or with an ear for what they say, nobody is refused. `tests/servers/run`
//! starts them; one that does not answer is skipped with a word, `APICLIENT_REQUIRE=1` makes that an error.

use apiclient::{
    Call, Client, Origin, RateLimit, Retry,
    http::HeaderMap,
    prelude::*,
    transport::{Attempt, BoxFuture, Hyper, Reply, Transport, TransportError},
};
use apiclient_tests::is_up;
use futures_util::{StreamExt, future::join_all, stream};
use serde_json::{Value, json};
use std::{
    collections::BTreeMap,
    sync::{Arc, Mutex},
    time::Duration,
};
use tokio::time::Instant;

const NGINX: &str = "http://127.0.0.1:18040";
const AIMOCK: &str = "http://127.0.0.1:18100";
const VERDACCIO: &str = "http://127.0.0.1:18140";

/// How often the server has answered with which status.
#[derive(Debug, Clone)]
struct Counting(Arc<Hyper>, Arc<Mutex<BTreeMap<u16, usize>>>);

impl Counting {
    fn new() -> Self {
        Counting(Arc::new(Hyper::builder().no_proxy().build().unwrap()), Arc::default())
    }

    fn of(&self, status: u16) -> usize {
        self.1.lock().unwrap().get(&status).copied().unwrap_or_default()
    }
}

impl Transport for Counting {
    fn send<'a>(&'a self, attempt: Attempt<'a>) -> BoxFuture<'a, Result<Reply, TransportError>> {
        Box::pin(async move {
            let reply = self.0.send(attempt).await?;
            *self.1.lock().unwrap().entry(reply.status().as_u16()).or_default() += 1;
            Ok(reply)
        })
    }

    fn default_headers(&self, origin: &Origin) -> HeaderMap {
        self.0.default_headers(origin)
    }
}

#[api_client(base_url = "http://127.0.0.1:18040")]
#[timeout("60s")]
trait Nginx {
    #[get("/limited")]
    #[rate_limit("5/s", burst = 2)]
    fn limited(&self) -> Call<Value>;

    /// The same, and nothing that holds it back.
    #[get("/limited")]
    #[retry(attempts = 40)]
    fn unlimited(&self) -> Call<Value>;

    /// A little less than the two a second that it lets through: what is evenly spaced here is not quite so there.
    #[get("/perkey")]
    #[rate_limit("108/m", burst = 1, key = "{key}")]
    fn per_key(&self, #[header("X-API-Key")] key: &str) -> Call<Value>;

    #[get("/two-at-once")]
    #[concurrency(2)]
    fn two_at_once(&self) -> Call<String>;
}

/// So many calls by eight tasks.
async fn eight<T>(calls: impl IntoIterator<Item = Call<T>>) -> Vec<Result<T, apiclient::Error>> {
    stream::iter(calls).buffer_unordered(8).collect().await
}

// One after the other: nginx counts both for this address.
#[tokio::test]
async fn nginx_refuses_nobody_who_keeps_to_its_limit() {
    if !is_up(NGINX) {
        return;
    }
    let counting = Counting::new();
    let nginx = NginxClient::builder().transport(counting.clone()).build().unwrap();
    let began = Instant::now();
    let all = eight((0..40).map(|_| nginx.limited())).await;
    assert!(all.iter().all(Result::is_ok), "{all:?}");
    assert_eq!((counting.of(200), counting.of(429)), (40, 0));
    // 38 that wait for a fifth of a second each.
    assert!(began.elapsed() > Duration::from_millis(7500), "{:?}", began.elapsed());

    // Without a limit each of them is told to wait, and all succeed by being tried again.
    let counting = Counting::new();
    let builder = NginxClient::builder().transport(counting.clone()).retry_budget(u32::MAX);
    let nginx = builder.build().unwrap();
    let all = eight((0..40).map(|_| nginx.unlimited())).await;
    assert!(all.iter().all(Result::is_ok), "{all:?}");
    assert_eq!(counting.of(200), 40);
    assert!(counting.of(429) > 10, "{:?}", counting.1);
}

#[tokio::test]
async fn nginx_has_a_limit_for_each_key() {
    if !is_up(NGINX) {
        return;
    }
    let counting = Counting::new();
    let nginx = NginxClient::builder().transport(counting.clone()).build().unwrap();
    let began = Instant::now();
    let keys = ["red", "green", "blue", "grey"];
    let all = join_all((0..24).map(|n| nginx.per_key(keys[n % 4]))).await;
    assert!(all.iter().all(Result::is_ok), "{all:?}");
    assert_eq!((counting.of(200), counting.of(429)), (24, 0));
    // Six each, at the same time.
    assert!(began.elapsed() < Duration::from_secs(6), "{:?}", began.elapsed());
    assert_eq!(nginx.client().limits().rates().len(), 4);
}

#[tokio::test]
async fn nginx_serves_two_at_once() {
    if !is_up(NGINX) {
        return;
    }
    let counting = Counting::new();
    let nginx = NginxClient::builder().transport(counting.clone()).build().unwrap();
    let all = join_all((0..8).map(|_| nginx.two_at_once())).await;
    assert!(all.iter().all(Result::is_ok), "{all:?}");
    assert_eq!((counting.of(200), counting.of(429)), (8, 0));
}

/// Five in five seconds, says its `X-RateLimit-Remaining`: the client waits before it is refused.
#[tokio::test]
async fn verdaccio_says_what_is_left() {
    if !is_up(VERDACCIO) {
        return;
    }
    let counting = Counting::new();
    let builder = Client::builder().base_url(VERDACCIO).transport(counting.clone());
    let client = builder.rate_limit(RateLimit::new()).timeout(Duration::from_secs(60)).build().unwrap();
    let began = Instant::now();
    let call = || client.call(apiclient::Method::GET, "/-/user/token").fetch::<Value>();
    let all: Vec<_> = stream::iter((0..12).map(|_| call())).buffer_unordered(3).collect().await;
    assert!(all.iter().all(Result::is_ok), "{all:?}");
    assert_eq!((counting.of(200), counting.of(429)), (12, 0));
    // Its window may have been under way.
    assert!(began.elapsed() > Duration::from_secs(4), "{:?}", began.elapsed());
    let limits = client.limits();
    assert_eq!(limits.servers()[0].quota(), Some(5), "{limits:?}");
}

#[api_client(base_url = "http://127.0.0.1:18100")]
#[header("Authorization", "Bearer sk-test")]
#[timeout("120s")]
trait Chat {
    #[post("/v1/chat/completions")]
    #[idempotent]
    fn complete(&self, #[body] body: &Value) -> Call<Value>;

    /// The same, with an ear for what the server says.
    #[post("/v1/chat/completions")]
    #[idempotent]
    #[rate_limit(headers = openai)]
    fn careful(&self, #[body] body: &Value) -> Call<Value>;
}

/// Half of its answers are a 429 with `Retry-After: 1`: all calls succeed. Whoever listens leaves it alone for that second, with
/// all that wait.
#[tokio::test]
async fn aimock_refuses_half_of_all() {
    if !is_up(AIMOCK) {
        return;
    }
    let counting = Counting::new();
    let builder = ChatClient::builder().transport(counting.clone()).retry_budget(u32::MAX);
    let chat = builder.retry(Retry::new().attempts(40)).build().unwrap();
    let hello = json!({"model": "gpt-4o", "messages": [{"role": "user", "content": "hello"}]});
    let calls = (0..200).map(|_| chat.complete(&hello));
    let all: Vec<_> = stream::iter(calls).buffer_unordered(50).collect().await;
    assert!(all.iter().all(Result::is_ok), "{:?}", all.iter().find(|one| one.is_err()));
    assert_eq!(counting.of(200), 200);
    assert!(counting.of(429) > 50, "{:?}", counting.1);

    let calls = (0..30).map(|_| chat.careful(&hello));
    let all: Vec<_> = stream::iter(calls).buffer_unordered(10).collect().await;
    assert!(all.iter().all(Result::is_ok), "{:?}", all.iter().find(|one| one.is_err()));
    assert_eq!(chat.client().limits().servers()[0].name(), Some("requests"));
}
