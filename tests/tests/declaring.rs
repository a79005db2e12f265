//! What a trait may look like: names that could collide, places where it may stand, what is kept of what was written.
#![deny(warnings, missing_docs, unused)]

use apiclient::{
    Method,
    prelude::*,
    testing::{ManualClock, Stub},
};
use std::{sync::Arc, time::Duration};

type Result<T> = std::result::Result<T, apiclient::Error>;

fn stub<C: apiclient::ApiClient>() -> (C, Stub) {
    let stub = Stub::json("7");
    let api = Client::builder().base_url("http://stub.test").transport(stub.clone()).build().unwrap();
    (C::from_client(api), stub)
}

fn lines(stub: &Stub) -> Vec<String> {
    stub.requests().iter().map(|r| format!("{} {}", r.method(), r.url())).collect()
}

/// Every verb, and every name that a client could want for itself.
#[api_client]
pub trait Names {
    /// get
    #[get("/stats")]
    async fn stats(&self) -> Result<u8>;
    /// post
    #[post("/health")]
    async fn health(&self) -> Result<u8>;
    /// put
    #[put("/new")]
    async fn new(&self) -> Result<u8>;
    /// patch
    #[patch("/builder")]
    async fn builder(&self) -> Result<u8>;
    /// delete
    #[delete("/iter")]
    async fn iter(&self) -> Result<u8>;
    /// options
    #[options("/build")]
    async fn build(&self) -> Result<u8>;
    /// head
    #[head("/send")]
    async fn send(&self) -> Result<()>;
    /// A method of one's own.
    #[http("PROPFIND", "/call")]
    async fn call(&self) -> Result<u8>;
    /// A GET with a body.
    #[http("GET", "/from_client")]
    async fn from_client(&self, #[body(json)] body: &[u8]) -> Result<u8>;
    /// raw
    #[get("/type/{type}")]
    async fn r#type(&self, r#type: u8, #[query] r#fn: u8, #[header("x-self")] self_: u8) -> Result<u8>;
}

#[tokio::test]
async fn no_name_is_taken() {
    let (api, stub) = stub::<NamesClient>();
    let _ = api.stats().await.unwrap();
    let _ = api.health().await.unwrap();
    let _ = api.new().await.unwrap();
    let _ = api.builder().await.unwrap();
    let _ = api.iter().await.unwrap();
    let _ = api.build().await.unwrap();
    api.send().await.unwrap();
    let _ = api.call().await.unwrap();
    let _ = api.from_client(&[1]).await.unwrap();
    let _ = api.r#type(1, 2, 3).await.unwrap();
    let said = lines(&stub).join("\n").replace("http://stub.test", "");
    assert_eq!(
        said,
        "GET /stats\nPOST /health\nPUT /new\nPATCH /builder\nDELETE /iter\nOPTIONS /build\nHEAD /send\nPROPFIND /call\n\
         GET /from_client\nGET /type/1?fn=2"
    );
    assert_eq!(stub.requests()[8].body().bytes().unwrap(), "[1]");
    assert_eq!(stub.requests()[9].headers()["x-self"], "3");
    let names: Vec<_> = NamesClient::ENDPOINTS.iter().map(|e| e.name()).collect();
    assert_eq!(names[9], "type");
    assert_eq!(NamesClient::ENDPOINTS.call.method(), Method::from_bytes(b"PROPFIND").unwrap());
    assert_eq!(NamesClient::ENDPOINTS.r#type.template(), "/type/{type}");
}

mod elsewhere {
    use apiclient::prelude::*;

    pub trait Marker {
        fn mark(&self) -> &'static str {
            "marked"
        }
    }

    /// With a supertrait, visible in the crate only.
    #[api_client(name = "Inner")]
    pub(crate) trait Elsewhere: Marker + 'static {
        /// Old.
        #[get("/old")]
        #[deprecated(note = "use `young`")]
        fn old(&self) -> Call<u8>;
        /// Never there.
        #[cfg(any())]
        #[get("/never")]
        fn never(&self) -> Call<DoesNotExist>;
        /// There.
        #[cfg(not(any()))]
        #[get("/young")]
        fn young(
            &self,
            #[cfg(any())]
            #[query]
            gone: u8,
            #[query] page: u8,
        ) -> Call<u8>;
    }

    impl Marker for ElsewhereClient {}
}

#[tokio::test]
async fn attributes_reach_what_is_made_of_a_method() {
    use elsewhere::{Elsewhere, ElsewhereClient};
    let (api, stub) = stub::<ElsewhereClient>();
    let any: Arc<dyn Elsewhere> = Arc::new(api);
    assert_eq!(any.mark(), "marked");
    let _ = any.young(3).await.unwrap();
    #[expect(deprecated)]
    let _ = any.old().await.unwrap();
    assert_eq!(lines(&stub), ["GET http://stub.test/young?page=3", "GET http://stub.test/old"]);
    let names: Vec<_> = ElsewhereClient::ENDPOINTS.iter().map(apiclient::Endpoint::name).collect();
    assert_eq!(names, ["old", "young"]);
}

#[tokio::test]
async fn a_trait_may_stand_in_a_function() {
    #[derive(serde::Serialize)]
    struct Local {
        a: u8,
    }
    #[api_client]
    trait Inside {
        #[get("/{a}")]
        fn one(&self, a: impl serde::Serialize, #[query] local: &Local) -> Call<u8>;
    }
    let (api, stub) = stub::<InsideClient>();
    let _ = api.one("x", &Local { a: 1 }).await.unwrap();
    assert_eq!(lines(&stub), ["GET http://stub.test/x?a=1"]);
}

const BASE: &str = concat!("http://", "const.test", "/v1");

#[tokio::test]
async fn a_base_url_may_be_a_constant() {
    #[api_client(base_url = self::BASE)]
    trait Constant {
        #[get("/x")]
        fn x(&self) -> Call<u8>;
    }
    let stub = Stub::json("7");
    let api = ConstantClient::builder().transport(stub.clone()).build().unwrap();
    let _ = api.x().await.unwrap();
    assert_eq!(lines(&stub), ["GET http://const.test/v1/x"]);

    #[api_client(base_url = "x")]
    #[cfg(any())]
    trait Gone {}

    const BAD: &str = "ftp://x";
    #[api_client(base_url = BAD)]
    trait Bad {
        #[get("/x")]
        fn x(&self) -> Call<u8>;
    }
    let e = BadClient::new().unwrap_err().to_string();
    assert_eq!(
        e,
        "the base URL of Bad cannot be used: its scheme is `ftp`; only `http` and `https` are spoken"
    );
}

#[test]
fn a_missing_base_url_is_said_at_build() {
    let e = NamesClient::new().unwrap_err();
    assert_eq!(e.kind(), apiclient::ErrorKind::Config);
    assert_eq!(
        e.to_string(),
        "Names has no base URL: give it one with `.base_url(\"https://..\")` on the builder"
    );
}

/// Levels of headers and time limits.
#[api_client(base_url = "http://x.test")]
#[header("X-Level", "trait")]
#[header("User-Agent", "trait")]
#[header("X-Trait", "1")]
#[header("Accept", none)]
pub trait Levels {
    /// method
    #[get("/")]
    #[header("X-Level", "method")]
    #[header("X-Trait", none)]
    fn method(&self, #[header("X-Level")] level: Option<&str>) -> Call<u8>;
    /// plain
    #[get("")]
    fn plain(&self) -> Call<u8>;
}

#[tokio::test]
async fn a_header_of_a_higher_level_replaces() {
    let stub = Stub::json("1");
    let api = LevelsClient::builder()
        .transport(stub.clone())
        .header("x-level", "builder")
        .user_agent("mine/1")
        .build()
        .unwrap();
    let _ = api.plain().await;
    let _ = api.method(None).await;
    let _ = api.method(Some("argument")).await;
    let _ = api.method(Some("argument")).header("X-Level", "call").await;
    let levels: Vec<_> =
        stub.requests().iter().map(|r| r.headers()["x-level"].to_str().unwrap().to_owned()).collect();
    assert_eq!(levels, ["builder", "method", "argument", "call"]);
    let first = &stub.requests()[0];
    assert_eq!(
        (&first.headers()["user-agent"], first.headers().get("accept")),
        (&"mine/1".parse().unwrap(), None)
    );
    assert!(first.headers().contains_key("x-trait") && !stub.requests()[1].headers().contains_key("x-trait"));
}

/// Levels of time limits: trait, builder, method, argument, call.
#[api_client(base_url = "http://x.test")]
#[timeout("50s", attempt = "49s")]
pub trait Limits {
    /// The trait's.
    #[get("/")]
    fn plain(&self) -> Call<u8>;
    /// The method's own total; the attempt is the trait's, and ends with the call.
    #[get("/")]
    #[timeout(LIMIT)]
    fn method(&self) -> Call<u8>;
    /// An argument's.
    #[get("/")]
    #[timeout(LIMIT, attempt = "3s")]
    fn argument(&self, #[timeout] limit: Option<Duration>) -> Call<u8>;
}

const LIMIT: Duration = Duration::from_secs(20);

#[tokio::test]
async fn a_limit_of_a_higher_level_wins_key_by_key() {
    let clock = ManualClock::new();
    let api = LimitsClient::builder().transport(Stub::silent()).clock(clock.clone());
    let api = api.timeout(Duration::from_secs(40)).retry(apiclient::Retry::none()).build().unwrap();
    let ends_after = async |call: Call<u8>| {
        let call = tokio::spawn(call);
        while clock.sleepers() == 0 {
            tokio::task::yield_now().await;
        }
        while !call.is_finished() {
            clock.advance(Duration::from_millis(500));
            tokio::task::yield_now().await;
        }
        let e = call.await.unwrap().unwrap_err();
        assert!(e.is_timeout());
        e.elapsed().as_secs_f64()
    };
    assert_eq!(ends_after(api.plain()).await.floor(), 40.0, "builder over trait");
    assert_eq!(ends_after(api.method()).await.floor(), 20.0, "method over builder");
    assert_eq!(ends_after(api.argument(None)).await.floor(), 3.0, "the attempt is shorter");
    assert_eq!(
        ends_after(api.argument(Some(Duration::from_secs(2)))).await.floor(),
        2.0,
        "argument over method"
    );
    let call = api.argument(Some(Duration::from_secs(2))).timeout(Duration::from_secs(1));
    assert_eq!(ends_after(call).await.floor(), 1.0, "call over argument");
}

#[tokio::test]
async fn a_transport_finds_what_a_call_carries() {
    use apiclient::transport::{Attempt, BoxFuture, Reply, Transport, TransportError};
    #[derive(Debug)]
    struct Carried;
    impl Transport for Carried {
        fn send<'a>(
            &'a self,
            attempt: Attempt<'a>,
        ) -> BoxFuture<'a, std::result::Result<Reply, TransportError>> {
            let carried = attempt.extensions().get::<u8>().copied().unwrap_or_default();
            let text = format!("{} {} {}{}", carried, attempt.method(), attempt.origin(), attempt.target());
            Box::pin(async move { Ok(Reply::new(200, text)) })
        }
    }
    let client =
        Client::builder().base_url("HTTPS://Example.test:443/v1/").transport(Carried).build().unwrap();
    let call = client.call(Method::GET, "/x{?q}").param("q", "a b").fetch::<String>();
    assert_eq!(call.extension(7_u8).await.unwrap(), "7 GET https://example.test/v1/x?q=a%20b");
}

/// Hostile case 96, texts: */ "quotes" #{} {braces} \\ ` and a lone `{`
#[api_client(base_url = "http://x.test")]
pub trait Texts {
    /// Ends nothing: */ and quotes nothing: "x" 'y' r#"z"# #{} {id} \u{202e}
    #[doc = "*/ \" #![forbid(everything)]"]
    #[get("/{match}/{self_}/{async}")]
    fn r#match(&self, r#match: &str, self_: &str, r#async: &str) -> Call<u8>;
}

#[tokio::test]
async fn case_96_texts_and_keywords_become_nothing_else() {
    let (api, stub) = stub::<TextsClient>();
    let _ = api.r#match("*/", "\"", "#{}").await.unwrap();
    assert_eq!(lines(&stub), ["GET http://stub.test/%2A%2F/%22/%23%7B%7D"]);
    assert_eq!(TextsClient::ENDPOINTS.r#match.name(), "match");
}

/// What is said of retries and rates is there as data.
#[api_client(base_url = "http://x.test")]
#[retry(attempts = 4)]
#[rate_limit("5000/h", burst = 20)]
pub trait Recorded {
    #![allow(clippy::missing_errors_doc)]

    /// Unsafe, and never repeated.
    #[post("/a")]
    #[retry(none)]
    fn never(&self) -> Call<u8>;
    /// Once is no retry.
    #[post("/b")]
    #[retry(attempts = 1)]
    #[rate_limit(RATE)]
    fn once(&self) -> Call<u8>;
    /// Keyed.
    #[post("/c")]
    #[retry(attempts = 2)]
    #[idempotency_key("Idempotency-Key")]
    #[max_body("3B")]
    fn keyed(&self) -> Call<String>;
}

const RATE: apiclient::Rate = apiclient::Rate::new(7, Duration::from_secs(1));

#[tokio::test]
async fn policies_are_data() {
    use apiclient::{RateLimit, Retry};
    let endpoints = RecordedClient::ENDPOINTS;
    assert_eq!(endpoints.never.policies().retry(), Some(Retry::none()));
    assert_eq!(endpoints.once.policies().rate_limit(), Some(RateLimit::new().rate(RATE)));
    assert_eq!(endpoints.keyed.policies().idempotency_key().map(|key| key.header()), Some("idempotency-key"));
    let hourly = RateLimit::new().rate(apiclient::Rate::new(5000, Duration::from_secs(3600))).burst(20);
    assert_eq!(endpoints.never.api().policies().rate_limit(), Some(hourly));

    // This one acts already.
    let api = RecordedClient::builder().transport(Stub::json("1234")).build().unwrap();
    assert_eq!(api.keyed().await.unwrap_err().kind(), apiclient::ErrorKind::TooLarge);
}
