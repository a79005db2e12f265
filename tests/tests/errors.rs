//! Errors by attribute: failures as the user's own types, over a transport that answers in memory.

use apiclient::{
    Created, ErrorKind, StatusCode,
    prelude::*,
    testing::{self, Stub},
    transport::{Reply, TransportError, TransportErrorKind},
};
use serde::Deserialize;
use serde_json::json;
use std::sync::Arc;

/// A reply with headers `name: value`.
fn reply(status: u16, headers: &[(&'static str, &str)], body: impl Into<Vec<u8>>) -> Reply {
    let mut reply = Reply::new(status, body.into());
    for (name, value) in headers {
        reply.headers_mut().append(*name, value.parse().unwrap());
    }
    reply
}

fn json_reply(status: u16, body: &serde_json::Value) -> Reply {
    reply(status, &[("content-type", "application/json")], body.to_string())
}

fn is_maintenance(error: &apiclient::Error) -> bool {
    error.headers().is_some_and(|headers| headers.contains_key("x-maintenance"))
}

#[derive(Debug, Deserialize, PartialEq)]
pub struct Quota {
    limit: u32,
}

#[derive(Debug, thiserror::Error, ApiError)]
#[api(code_at = "/error/code")]
pub enum ShopError {
    #[error("declined: {message}")]
    #[api(status = 402, code = "card_declined" | "card_expired")]
    Declined {
        #[api(pointer("/error/message"))]
        message: String,
        #[api(header("x-attempts"))]
        attempts: Option<u8>,
        #[api(status)]
        status: u16,
        #[api(error)]
        source: apiclient::Error,
    },
    #[error("no such thing")]
    #[api(code = "*#ResourceNotFoundException" | 5)]
    #[api(status = 404)]
    Missing,
    #[error("invalid: {0}")]
    #[api(status = 400 | 422)]
    Invalid(Problem),
    #[error("over quota")]
    #[api(status = 429)]
    Quota(#[api(pointer = "/quota")] Quota, #[api(error)] Box<apiclient::Error>),
    #[error("it said {0:?}")]
    #[api(status = 4xx, header("content-type", "text/plain*"))]
    Text(String),
    #[error("closed until later")]
    #[api(status = 500..=599, when = is_maintenance)]
    Closed(#[api(error)] Arc<apiclient::Error>),
    #[error("too slow")]
    #[api(kind = timeout)]
    #[api(kind = connect)]
    Unreachable,
    #[error("not readable")]
    #[api(kind = decode)]
    Garbled,
    #[error("made by hand")]
    Stopped,
    #[error("made by hand of {1}")]
    Refunded(u8, #[api(error)] apiclient::Error),
    #[error(transparent)]
    #[api(other)]
    Other(apiclient::Error),
}

#[api_client(base_url = "https://shop.test")]
trait Shop {
    #[get("/x")]
    async fn x(&self) -> Result<u64, ShopError>;
}

async fn failed(answer: impl Fn() -> Result<Reply, TransportError> + Send + Sync + 'static) -> ShopError {
    let shop = ShopClient::builder().transport(Stub::with(move |_| answer())).build().unwrap();
    shop.x().await.unwrap_err()
}

#[tokio::test]
async fn each_failure_is_its_own_variant() {
    let declined = json!({"error": {"code": "card_expired", "message": "It is over."}});
    let body = declined.to_string();
    let error =
        failed(move || Ok(reply(402, &[("x-attempts", "3"), ("content-type", "application/json")], &*body)))
            .await;
    let ShopError::Declined { message, attempts, status, source } = &error else { panic!("{error:?}") };
    assert_eq!((&**message, *attempts, *status), ("It is over.", Some(3), 402));
    assert_eq!(source.status(), Some(StatusCode::PAYMENT_REQUIRED));
    assert_eq!(error.status(), Some(StatusCode::PAYMENT_REQUIRED));
    assert!(!error.is_retryable());

    let other = failed(move || Ok(json_reply(402, &json!({"error": {"code": "other"}})))).await;
    assert!(matches!(other, ShopError::Other(e) if e.status() == Some(StatusCode::PAYMENT_REQUIRED)));

    for (status, code) in
        [(400, json!("com.amazonaws#ResourceNotFoundException")), (409, json!(5)), (404, json!(null))]
    {
        let error = failed(move || Ok(json_reply(status, &json!({"error": {"code": code}})))).await;
        assert!(matches!(error, ShopError::Missing), "{error:?}");
        assert_eq!(error.status(), None, "two rules, and only one has a status");
        assert!(error.error().is_none() && !error.is_retryable());
    }

    let problem = json!({"title": "Bad name", "detail": "too long"}).to_string();
    let error =
        failed(move || Ok(reply(422, &[("content-type", "application/problem+json")], &*problem))).await;
    assert_eq!(error.to_string(), "invalid: Bad name: too long");

    let error = failed(|| Ok(json_reply(429, &json!({"quota": {"limit": 7}})))).await;
    let ShopError::Quota(quota, kept) = &error else { panic!("{error:?}") };
    assert_eq!((quota, kept.is_rate_limited()), (&Quota { limit: 7 }, true));
    assert!(error.is_retryable());

    let error =
        failed(|| Ok(reply(403, &[("content-type", "text/plain; charset=utf-8")], "CSRF Error\n"))).await;
    assert!(matches!(error, ShopError::Text(text) if text == "CSRF Error\n"));

    let error = failed(|| Ok(reply(503, &[("x-maintenance", "yes")], ""))).await;
    assert!(matches!(&error, ShopError::Closed(kept) if kept.is_server_error()));
    let error = failed(|| Ok(reply(503, &[], ""))).await;
    assert!(matches!(error, ShopError::Other(_)));

    let error = failed(|| Err(TransportError::new(TransportErrorKind::Timeout, "slow"))).await;
    assert!(matches!(error, ShopError::Unreachable));
    assert!(error.is_retryable());
    let error = failed(|| Err(TransportError::new(TransportErrorKind::Broken, "cut"))).await;
    assert!(matches!(&error, ShopError::Other(e) if e.kind() == ErrorKind::Transport));

    for body in ["{", "<html>"] {
        assert!(matches!(failed(move || Ok(reply(200, &[], body))).await, ShopError::Garbled));
    }
    assert_eq!(ShopError::Stopped.error().map(|_| ()), None);
    assert_eq!(ShopError::Refunded(1, testing::error(409, "")).status(), Some(StatusCode::CONFLICT));
    let limited = failed(|| Ok(reply(403, &[("retry-after", "60")], ""))).await;
    assert!(limited.is_retryable(), "the server says when");
}

/// Several rules for one answer: the first that can be built.
#[test]
fn rules_that_can_be_passed_over_hide_nothing() {
    #[derive(Debug, thiserror::Error, ApiError)]
    enum Two {
        #[error("json")]
        #[api(status = 404)]
        Json(Quota),
        #[error("text")]
        #[api(status = 404)]
        Text(String),
        #[error(transparent)]
        #[api(other)]
        Other(apiclient::Error),
    }
    assert!(matches!(Two::from(testing::error(404, "{\"limit\":1}")), Two::Json(Quota { limit: 1 })));
    assert!(matches!(Two::from(testing::error(404, "no")), Two::Text(text) if text == "no"));
    assert!(
        matches!(Two::from(testing::error(404, vec![0xff])), Two::Other(e) if e.body().unwrap() == &[0xff][..])
    );
}

/// A typed body that does not parse falls through to the next rule, and nothing is lost.
#[tokio::test]
async fn what_cannot_be_read_is_passed_over() {
    for headers in [&[][..], &[("content-type", "application/problem+json")]] {
        let error = failed(move || Ok(reply(422, headers, "not a problem"))).await;
        let ShopError::Other(error) = error else { panic!("{error:?}") };
        assert_eq!(error.status(), Some(StatusCode::UNPROCESSABLE_ENTITY));
        assert_eq!(error.body().unwrap(), "not a problem");
        assert_eq!(error.headers().unwrap().len(), headers.len());
        assert_eq!(error.endpoint().unwrap().name(), "x");
        assert_eq!(error.attempts(), 1);
    }
    let error = failed(|| Ok(reply(422, &[("content-type", "text/plain")], "no"))).await;
    assert!(matches!(error, ShopError::Text(text) if text == "no"), "the next rule that can be built");
    let error = failed(|| Ok(json_reply(429, &json!({"quota": "much"})))).await;
    assert!(matches!(error, ShopError::Other(e) if e.is_rate_limited()));
}

/// A status rule is about answers: a timeout has none, and neither has a body that does not fit.
#[test]
fn a_failure_of_our_own_has_no_status() {
    for kind in [ErrorKind::Transport, ErrorKind::TooLarge, ErrorKind::Config, ErrorKind::Argument] {
        assert!(matches!(ShopError::from(testing::failure(kind)), ShopError::Other(_)), "{kind}");
    }
    assert!(matches!(ShopError::from(testing::error(404, "")), ShopError::Missing));
}

// ---- #[errors]

#[derive(Debug, PartialEq)]
pub enum Plain {
    Gone,
    Conflict(Vec<u8>),
    Busy { seconds: Option<u64>, status: StatusCode },
    Late,
    Text(String),
    Other(Option<u16>),
}

fn plain(error: apiclient::Error) -> Plain {
    Plain::Other(error.status().map(|status| status.as_u16()))
}

impl From<apiclient::Error> for Plain {
    fn from(error: apiclient::Error) -> Self {
        match error.status() {
            Some(StatusCode::IM_A_TEAPOT) => Plain::Text("from".into()),
            _ => plain(error),
        }
    }
}

/// Cannot be made of an error: its rules have to end in `_`.
#[derive(Debug, PartialEq)]
pub struct Own(u16);

fn own(error: apiclient::Error) -> Own {
    Own(error.status().map_or(0, |status| status.as_u16()))
}

#[api_client(base_url = "https://shop.test")]
#[errors(404 | 410 => Plain::Gone, 429 | 503 => Plain::Busy { seconds: header("retry-after"), status }, _ if kind = timeout => Plain::Late)]
trait Mapped {
    #[get("/a")]
    async fn a(&self) -> Result<u64, Plain>;

    #[get("/b")]
    #[errors(404 if code = "nobody" => Plain::Text(pointer("/code")), 409 => Plain::Conflict(body), 5xx => with(plain))]
    fn b(&self) -> Call<u64, Plain>;

    #[get("/c")]
    #[errors(none)]
    async fn c(&self) -> Result<u64, apiclient::Error>;

    #[get("/d")]
    #[errors(_ => with(own))]
    async fn d<T: serde::de::DeserializeOwned>(&self) -> Result<T, Own>;
}

fn mapped(answer: impl Fn() -> Result<Reply, TransportError> + Send + Sync + 'static) -> MappedClient {
    MappedClient::builder().transport(Stub::with(move |_| answer())).build().unwrap()
}

#[tokio::test]
async fn rules_of_the_method_go_before_those_of_the_trait() {
    let gone = mapped(|| Ok(json_reply(404, &json!({"code": "nobody"}))));
    assert_eq!(gone.a().await, Err(Plain::Gone));
    assert_eq!(gone.b().await, Err(Plain::Text("nobody".into())));
    assert!(gone.c().await.unwrap_err().is_not_found());
    assert_eq!(gone.d::<u64>().await, Err(Own(404)));

    let other = mapped(|| Ok(json_reply(404, &json!({"code": "somebody"}))));
    assert_eq!(other.b().await, Err(Plain::Gone), "the trait's rule behind the method's");

    let busy = mapped(|| Ok(reply(503, &[("retry-after", "7")], "")));
    assert_eq!(
        busy.a().await,
        Err(Plain::Busy { seconds: Some(7), status: StatusCode::SERVICE_UNAVAILABLE })
    );
    assert_eq!(busy.b().await, Err(Plain::Other(Some(503))), "the method's own");

    let conflict = mapped(|| Ok(reply(409, &[], "[1,2]")));
    assert_eq!(conflict.b().await, Err(Plain::Conflict(vec![1, 2])));
    assert_eq!(conflict.a().await, Err(Plain::Other(Some(409))), "`From` is the end of it");
    let teapot = mapped(|| Ok(reply(418, &[], "")));
    assert_eq!(teapot.b().await, Err(Plain::Text("from".into())));
    assert_eq!(mapped(|| Ok(reply(409, &[], "x"))).b().await, Err(Plain::Other(Some(409))), "no such body");

    let late = mapped(|| Err(TransportError::new(TransportErrorKind::Timeout, "slow")));
    assert_eq!(late.a().await, Err(Plain::Late));
    assert_eq!(late.b().await, Err(Plain::Late));
    assert_eq!(late.d::<u64>().await, Err(Own(0)));
}

// ---- #[success], #[none_on], #[envelope], #[error_body]

#[derive(Debug, Deserialize, PartialEq)]
pub struct Item {
    id: u64,
}

#[api_client(base_url = "https://shop.test")]
#[none_on(404 | 410)]
#[envelope("/data")]
#[error_body(code = "/err/no", message = "/err/text", fail_if("/status", "error"), fail_if("/errors"))]
trait Wrapped {
    #[get("/item")]
    async fn item(&self) -> Result<Item, apiclient::Error>;
    #[get("/maybe")]
    async fn maybe(&self) -> Result<Option<Item>, apiclient::Error>;
    #[get("/whole")]
    async fn whole(&self) -> Result<Response<Option<Item>>, apiclient::Error>;
    #[delete("/item")]
    async fn remove(&self) -> Result<(), apiclient::Error>;
    #[get("/deep")]
    #[envelope("/data/list/1")]
    async fn deep(&self) -> Result<Json<String>, apiclient::Error>;
    #[head("/item")]
    #[envelope(none)]
    async fn meta(&self) -> Result<Seen, apiclient::Error>;
    #[get("/text")]
    #[envelope(none)]
    async fn text(&self) -> Result<String, apiclient::Error>;
    #[get("/strict")]
    #[none_on(none)]
    #[envelope(none)]
    async fn strict(&self) -> Result<Option<Item>, apiclient::Error>;
    #[get("/fresh")]
    #[success(200 | 304 | 404)]
    #[none_on(410)]
    #[envelope(none)]
    async fn fresh(&self) -> Result<Response<Option<Item>>, apiclient::Error>;
    #[get("/own")]
    #[envelope(none)]
    #[error_body(fail_unless("/ok", true))]
    async fn own(&self) -> Result<serde_json::Value, apiclient::Error>;
}

#[derive(Debug, FromHeaders)]
pub struct Seen {
    #[allow(dead_code, reason = "it is not there")]
    etag: Option<String>,
}

fn wrapped(status: u16, body: &'static str) -> WrappedClient {
    let reply = move || Ok(reply(status, &[("content-type", "application/json"), ("x-a", "b")], body));
    WrappedClient::builder().transport(Stub::with(move |_| reply())).build().unwrap()
}

#[tokio::test]
async fn an_envelope_is_unwrapped() {
    let api = wrapped(200, r#"{"meta":{"data":1},"data":{"id":7,"more":[]},"status":"success"}"#);
    assert_eq!(api.item().await.unwrap(), Item { id: 7 });
    assert_eq!(api.maybe().await.unwrap(), Some(Item { id: 7 }));
    let full = api.whole().await.unwrap();
    assert_eq!((full.headers()["x-a"].to_str().unwrap(), full.body()), ("b", &Some(Item { id: 7 })));
    api.remove().await.unwrap();
    assert_eq!(wrapped(200, r#"{"data":{"list":[0,"x"]}}"#).deep().await.unwrap().0, "x");
    for nothing in ["", "{}", r#"{"data":null}"#] {
        assert_eq!(wrapped(200, nothing).maybe().await.unwrap(), None, "{nothing}");
        wrapped(204, nothing).remove().await.unwrap();
    }
    for (body, expected) in [
        ("{}", "nothing is at \"/data\""),
        ("[]", "nothing is at \"/data\""),
        (r#"{"data":{"id":"s3cret"}}"#, "at `data.id`: invalid type: string, expected u64"),
        (r#"{"data":{"id":1},"data":{"id":1}}"#, "a key on the way to the value stands twice"),
        (r#"{"data":{"id":1}"#, "the JSON ends too early"),
        ("", "it is empty, not struct Item"),
        ("<html>", "it is HTML or XML (application/json), not JSON"),
    ] {
        let error = wrapped(200, body).item().await.unwrap_err();
        assert!(error.to_string().ends_with(expected), "{body}: {error}");
    }
}

#[tokio::test]
async fn nothing_is_an_option_that_is_none() {
    let api = wrapped(404, r#"{"err":{"no":5,"text":"Not here."}}"#);
    assert_eq!(api.maybe().await.unwrap(), None);
    let whole = api.whole().await.unwrap();
    assert_eq!((whole.status(), whole.body()), (StatusCode::NOT_FOUND, &None));
    assert_eq!(whole.headers()["x-a"].to_str().unwrap(), "b");
    // What is no option stays an error, for `()` and text as well, and whole.
    let errors =
        [api.item().await.unwrap_err(), api.remove().await.unwrap_err(), api.text().await.unwrap_err()];
    let head = api.meta().await.unwrap_err();
    assert_eq!(head.to_string(), "HEAD /item: 404 Not Found", "an answer without a body says no more");
    for error in errors {
        assert!(error.is_not_found(), "{error:?}");
        assert!(error.to_string().ends_with("404 Not Found: Not here. (code 5)"), "{error}");
        assert_eq!(error.headers().unwrap()["x-a"], "b");
        assert_eq!(error.attempts(), 1);
    }
    assert!(api.strict().await.unwrap_err().is_not_found(), "switched off");
    let fresh = api.fresh().await.unwrap_err();
    assert_eq!(fresh.kind(), ErrorKind::Decode, "a success here, and no item");
    assert_eq!(wrapped(304, "").fresh().await.unwrap().status(), StatusCode::NOT_MODIFIED);
    assert_eq!(wrapped(201, "{}").fresh().await.unwrap_err().kind(), ErrorKind::Status);
    assert_eq!(wrapped(410, "").fresh().await.unwrap().body(), &None);
}

#[tokio::test]
async fn a_success_can_say_that_it_failed() {
    for (body, shown) in [
        (
            r#"{"status":"error","err":{"no":"E1","text":"Bad query"}}"#,
            "GET /item: 200 OK, but the body says that it failed: Bad query (code E1)",
        ),
        (
            r#"{"errors":[{"message":"x"}],"data":{"id":1}}"#,
            "GET /item: 200 OK, but the body says that it failed: x",
        ),
    ] {
        let error = wrapped(200, body).item().await.unwrap_err();
        assert_eq!((error.kind(), error.to_string().as_str()), (ErrorKind::ErrorBody, shown));
        assert_eq!(error.body().unwrap(), body);
    }
    for body in [r#"{"errors":[],"data":{"id":1}}"#, r#"{"errors":null,"status":"ok","data":{"id":1}}"#] {
        assert_eq!(wrapped(200, body).item().await.unwrap(), Item { id: 1 });
    }
    let own = wrapped(200, r#"{"ok":false,"err":{"text":"why"},"errors":[1]}"#).own().await.unwrap_err();
    assert!(own.to_string().ends_with(": why"), "the method's words and the trait's, key by key: {own}");
    assert!(wrapped(200, r#"{"ok":true,"errors":[1]}"#).own().await.is_ok());
    assert_eq!(wrapped(200, "{}").own().await.unwrap_err().kind(), ErrorKind::ErrorBody, "nothing is not it");
}

// ---- derives for answers

#[derive(Debug, PartialEq, FromStatus)]
pub enum Job {
    #[api(status = 200 | 203)]
    Done(Item),
    #[api(status = 202)]
    Waiting {
        #[api(header("location"))]
        at: String,
        #[api(header = "retry-after")]
        after: Option<u64>,
        #[api(status)]
        status: StatusCode,
    },
    #[api(status = 304)]
    Same,
    #[api(status = 207)]
    Partly(Vec<Item>),
}

#[derive(Debug, PartialEq, FromHeaders)]
pub struct Meta {
    content_length: u64,
    #[api(header = "ETag")]
    tag: Option<String>,
    #[api(header("x-a"))]
    all: Vec<String>,
    #[api(status)]
    status: u16,
}

#[api_client(base_url = "https://shop.test/v1")]
trait Answers {
    #[get("/job")]
    async fn job(&self) -> Result<Job, apiclient::Error>;
    #[get("/job")]
    async fn full(&self) -> Result<Response<Job>, apiclient::Error>;
    #[get("/job")]
    #[success(201)]
    async fn forced(&self) -> Result<Job, apiclient::Error>;
    #[head("/file")]
    async fn meta(&self) -> Result<Meta, apiclient::Error>;
    #[post("/items/{id}/parts")]
    async fn create(&self, id: u64) -> Result<Created<Option<Item>>, apiclient::Error>;
    #[get("/item")]
    async fn item(&self) -> Result<Item, apiclient::Error>;
}

fn answers(
    status: u16,
    headers: &'static [(&'static str, &'static str)],
    body: &'static str,
) -> AnswersClient {
    AnswersClient::builder().transport(Stub::with(move |_| Ok(reply(status, headers, body)))).build().unwrap()
}

#[tokio::test]
async fn statuses_become_variants() {
    assert_eq!(answers(200, &[], "{\"id\":1}").job().await.unwrap(), Job::Done(Item { id: 1 }));
    let waiting = answers(202, &[("location", "/job/7"), ("retry-after", "3")], "").job().await.unwrap();
    assert_eq!(waiting, Job::Waiting { at: "/job/7".into(), after: Some(3), status: StatusCode::ACCEPTED });
    assert_eq!(answers(304, &[], "").job().await.unwrap(), Job::Same);
    assert_eq!(answers(304, &[], "").full().await.unwrap().body(), &Job::Same);
    assert_eq!(answers(207, &[], "[{\"id\":1}]").job().await.unwrap(), Job::Partly(vec![Item { id: 1 }]));

    let created = answers(201, &[], "{}").job().await.unwrap_err();
    assert_eq!(
        created.to_string(),
        "GET /job: 201 Created, and only 200 | 203 | 202 | 304 | 207 is a success here"
    );
    let forced = answers(201, &[], "{}").forced().await.unwrap_err();
    assert!(forced.to_string().ends_with("no variant of the type has this status"), "{forced}");
    let lacking = answers(202, &[], "").job().await.unwrap_err();
    assert!(lacking.to_string().ends_with("the header `location` is missing"), "{lacking}");
    assert!(answers(500, &[], "").job().await.unwrap_err().is_server_error());
}

#[tokio::test]
async fn headers_become_fields() {
    let meta = answers(200, &[("content-length", "7"), ("etag", "\"x\""), ("x-a", "1, 2"), ("x-a", "3")], "")
        .meta()
        .await;
    let expected = Meta {
        content_length: 7,
        tag: Some("\"x\"".into()),
        all: vec!["1, 2".into(), "3".into()],
        status: 200,
    };
    assert_eq!(meta.unwrap(), expected);
    let error = answers(200, &[("content-length", "many")], "").meta().await.unwrap_err();
    assert!(error.to_string().ends_with("the header `content-length` is not a whole number"), "{error}");
}

#[tokio::test]
async fn what_was_created_has_a_place() {
    for (location, expected) in [
        ("/v1/parts/9", Some("https://shop.test/v1/parts/9")),
        ("9", Some("https://shop.test/v1/items/7/9")),
        ("https://files.test/9?x=1#f", Some("https://files.test/9?x=1")),
        ("javascript:alert(1)", None),
    ] {
        let headers: &[(&str, &str)] = Box::leak(Box::new([("location", location)]));
        let created = answers(201, headers, "{\"id\":9}").create(7).await.unwrap();
        assert_eq!(created.location().map(ToString::to_string).as_deref(), expected, "{location}");
        assert_eq!(created.into_value(), Some(Item { id: 9 }));
    }
    assert_eq!(answers(201, &[], "").create(7).await.unwrap().location(), None);
}

#[tokio::test]
async fn html_where_json_was_asked_for_is_an_error_of_its_own() {
    let page = "<!DOCTYPE html><title>Sign in &ndash; Proxy</title>";
    let error = answers(200, &[("content-type", "text/html; charset=utf-8")], page).item().await.unwrap_err();
    assert_eq!(
        (error.kind(), error.kind().as_str(), error.is_decode()),
        (ErrorKind::ContentType, "content_type", true)
    );
    assert!(error.to_string().ends_with("it is HTML or XML (text/html), not JSON"), "{error}");
    let error = answers(200, &[("content-type", "text/plain")], "hello").item().await.unwrap_err();
    assert_eq!(error.kind(), ErrorKind::ContentType);
    let mislabelled = answers(200, &[("content-type", "text/html")], "{\"id\":1}").item().await.unwrap();
    assert_eq!(mislabelled, Item { id: 1 }, "what is JSON is read");
    let broken = answers(200, &[("content-type", "application/json")], "{\"id\":").item().await.unwrap_err();
    assert_eq!((broken.kind(), broken.path()), (ErrorKind::Decode, Some("id")));
}

/// A trait's words, and methods for which they are wrong.
#[tokio::test]
async fn a_failure_by_body_needs_a_body_of_words() {
    #[api_client(base_url = "https://shop.test")]
    #[error_body(fail_unless("/status", "ok"), code = "/why")]
    #[none_on(404)]
    #[errors(404 => Plain::Gone, 200 if code = "a*" => Plain::Late)]
    trait Words {
        #[get("/x")]
        async fn json(&self) -> Result<serde_json::Value, Plain>;
        #[get("/x")]
        async fn bytes(&self) -> Result<apiclient::Bytes, Plain>;
        #[delete("/x")]
        async fn unit(&self) -> Result<(), Plain>;
        #[get("/x")]
        #[error_body(none)]
        async fn none(&self) -> Result<serde_json::Value, Plain>;
        #[get("/x")]
        #[errors(_ => Plain::Conflict(body))]
        async fn own(&self) -> Result<u64, Plain>;
    }
    let api = |status, media_type: &'static str, body: &'static str| {
        let stub = Stub::with(move |_| Ok(reply(status, &[("content-type", media_type)], body)));
        WordsClient::builder().transport(stub).build().unwrap()
    };
    let refused = api(200, "application/json", r#"{"why":"abc"}"#);
    assert_eq!(refused.json().await, Err(Plain::Late));
    assert!(refused.none().await.is_ok());
    assert!(api(200, "image/png", "PNG").bytes().await.is_ok());
    assert!(api(204, "application/json", "").unit().await.is_ok());
    let gone = api(404, "application/json", "{}");
    assert_eq!(gone.unit().await, Err(Plain::Gone), "no option: an error, and the trait's rule");
    assert_eq!(gone.own().await, Err(Plain::Gone), "the method's rule cannot be built");
}

/// Numbers keep what their type can hold.
#[tokio::test]
async fn big_and_exact_numbers_are_kept() {
    #[derive(Debug, Deserialize)]
    struct Numbers {
        big: u128,
        low: i128,
        price: Box<serde_json::value::RawValue>,
    }
    #[api_client(base_url = "https://shop.test")]
    trait Bank {
        #[get("/x")]
        async fn whole(&self) -> Result<Numbers, apiclient::Error>;
        #[get("/x")]
        #[envelope("/a")]
        async fn within(&self) -> Result<Numbers, apiclient::Error>;
    }
    let numbers = r#"{"big":340282366920938463463374607431768211455,"low":-170141183460469231731687303715884105728,"price":0.10000000000000000000000001}"#;
    for body in [numbers.to_owned(), format!("{{\"a\":{numbers}}}")] {
        let enveloped = body.starts_with("{\"a\"");
        let bank = BankClient::builder()
            .transport(Stub::with(move |_| Ok(reply(200, &[], &*body))))
            .build()
            .unwrap();
        let read = if enveloped { bank.within().await } else { bank.whole().await }.unwrap();
        assert_eq!((read.big, read.low), (u128::MAX, i128::MIN));
        let price = rust_decimal::Decimal::from_str_exact(read.price.get()).unwrap();
        assert_eq!(price.to_string(), "0.10000000000000000000000001");
    }
}

/// `Retry-After` is seconds or a date, and the date is counted from the answer's own.
#[tokio::test]
async fn a_server_says_how_long_to_wait() {
    const NOW: (&str, &str) = ("date", "Sun, 06 Nov 1994 08:49:37 GMT");
    for (headers, seconds) in [
        (&[("retry-after", "120")][..], Some(120)),
        (&[("retry-after", "0")], Some(0)),
        (&[("retry-after", " 7 ")], Some(7)),
        (&[("retry-after", "Sun, 06 Nov 1994 08:50:07 GMT"), NOW], Some(30)),
        (&[("retry-after", "Sun, 06 Nov 1994 08:00:00 GMT"), NOW], Some(0)),
        (&[("retry-after", "Sun, 06 Nov 1994 08:50:07 GMT")], None),
        (&[("retry-after", "-1")], None),
        (&[("retry-after", "1.5")], None),
        (&[("retry-after", "99999999999999999999999")], Some(u64::MAX)),
        (&[("retry-after", "")], None),
        (&[], None),
    ] {
        let error = failed(move || Ok(reply(503, headers, ""))).await;
        let error = error.error().unwrap();
        assert_eq!(error.retry_after().map(|wait| wait.as_secs()), seconds, "{headers:?}");
        assert!(error.is_retryable());
    }
}
