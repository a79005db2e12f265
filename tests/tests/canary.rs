//! Canaries: a secret in every place of a request and of an answer, a failure of every kind, and everything that can be
//! printed. None of it holds a secret; what was called safe is shown.

use apiclient::{
    Error, ErrorKind, HeaderValue, Method,
    prelude::*,
    testing::{ManualClock, Stub},
    transport::{Reply, TransportError, TransportErrorKind},
};
use apiclient_tests::{Fault, FaultServer, Nobody};
use serde::{Deserialize, Serialize};
use serde_json::json;
use std::{
    error::Error as StdError,
    fmt::{Debug, Display},
    panic::{AssertUnwindSafe, catch_unwind},
    time::Duration,
};

/// Stands in every secret, and nowhere else.
const MARK: &str = "xqz";

/// Every secret of a request. Some are words, some have signs that are written in other ways elsewhere.
const SECRETS: [&str; 12] = [
    "xqzbearer.7-f",
    "xqzcookie",
    "xqzapikey",
    "xqztenant",
    "xqzconstant",
    "xqz/que ry+é",
    "xqzheld&1",
    "xqz\"json\\body",
    "xqzplain",
    "xqz&form=1 %",
    "xqztextbody",
    "xqzplace",
];

#[derive(Debug, Serialize)]
pub struct Login<'a> {
    password: &'a str,
    nested: Vec<&'a str>,
}

#[derive(Debug, Deserialize)]
#[allow(dead_code, reason = "only whether it can be read matters")]
pub struct Opened {
    id: u64,
}

#[api_client(base_url = "http://stub.test/v1")]
#[retry(none)]
#[max_body("4KiB")]
#[header("X-Tenant", "{tenant}")]
#[query("held", "{held}")]
#[error_body(fail_if("/failed"))]
pub trait Vault {
    #[post("/vault/{id}?key=xqzconstant")]
    fn json(
        &self,
        id: u64,
        #[query] token: &str,
        #[header("Authorization")] authorization: &str,
        #[header("X-Api-Key")] key: &str,
        #[cookie] session: &str,
        #[header("X-Place")] place: &str,
        #[body] login: &Login<'_>,
    ) -> Call<Opened>;
    #[post("/vault")]
    fn form(&self, #[field] password: &str) -> Call<Opened>;
    #[post("/vault")]
    fn text(&self, #[body(text)] text: &str) -> Call<Opened>;
    #[get]
    fn at(&self, #[url] url: &str) -> Call<Opened>;
    #[get("/vault")]
    fn placed(&self, #[header("X-Place")] place: &str) -> Call<Opened>;
}

#[derive(Debug, thiserror::Error, ApiError)]
enum Transparent {
    #[error(transparent)]
    #[api(other)]
    Other(Error),
}

#[derive(Debug, thiserror::Error, ApiError)]
enum Wrapping {
    #[error("{0}")]
    #[api(other)]
    Other(Error),
}

fn client(transport: impl apiclient::transport::Transport + 'static) -> VaultClient {
    let held = VaultClient::builder().value("tenant", SECRETS[3]).value("held", SECRETS[6]);
    held.transport(transport).clock(ManualClock::new()).build().unwrap()
}

/// The same secrets in three kinds of bodies.
fn calls(vault: &VaultClient) -> [Call<Opened>; 3] {
    let bearer = format!("Bearer {}", SECRETS[0]);
    let login = Login { password: SECRETS[7], nested: vec![SECRETS[8]] };
    [
        vault.json(7, SECRETS[5], &bearer, SECRETS[2], SECRETS[1], SECRETS[11], &login),
        vault.form(SECRETS[9]).query("token", SECRETS[5]),
        vault.text(SECRETS[10]).header("x-place", SECRETS[11]),
    ]
}

/// Which secrets each of the calls has sent.
const SENT: [&[usize]; 3] = [&[0, 1, 2, 3, 4, 5, 6, 7, 8, 11], &[3, 5, 6, 9], &[3, 6, 10, 11]];

fn answering(status: u16, media_type: &str, body: impl Into<String>) -> Stub {
    let (media_type, body) = (HeaderValue::from_str(media_type).unwrap(), body.into());
    Stub::with(move |_| {
        let mut reply = Reply::new(status, body.clone());
        reply.headers_mut().insert("content-type", media_type.clone());
        for (name, value) in [
            ("set-cookie", "session=xqzset; HttpOnly"),
            ("location", "/next?token=xqzlocation"),
            ("www-authenticate", "Bearer realm=\"xqzrealm\""),
            ("x-harmless", "xqzharmless"),
        ] {
            reply.headers_mut().insert(name, HeaderValue::from_static(value));
        }
        Ok(reply)
    })
}

// ---- what can be printed

fn all_of(what: &str, value: &(impl Display + Debug + ?Sized)) -> Vec<String> {
    [format!("{value}"), format!("{value:#}"), format!("{value:?}"), format!("{value:#?}")]
        .map(|text| format!("{what}: {text}"))
        .into()
}

fn failed<E>(error: E) -> Result<(), E> {
    Err(error)
}

/// The error alone, its causes, and a panic that has it.
fn of_error(what: &str, error: &(impl StdError + 'static)) -> Vec<String> {
    let mut all = all_of(what, error);
    let mut next = error.source();
    while let Some(cause) = next {
        all.extend(all_of(&format!("{what}, a cause"), cause));
        next = cause.source();
    }
    let panic = catch_unwind(AssertUnwindSafe(|| failed(error).unwrap())).unwrap_err();
    all.push(format!("{what}, a panic: {}", panic.downcast::<String>().unwrap()));
    all
}

/// Everything of an error, and of the errors that are made of it.
async fn everything(fail: impl AsyncFn() -> Error) -> Vec<String> {
    let error = fail().await;
    let mut all = of_error("an error", &error);
    all.push(format!("its kind: {:?} {}", error.kind(), error.kind()));
    all.push(format!("its endpoint: {:?}", error.endpoint()));
    all.push(format!("what it says: {:?} {:?}", error.message(), error.request_id()));
    all.push(format!("where it reads: {:?}", error.path()));
    all.extend(of_error("transparent", &Transparent::from(fail().await)));
    all.extend(of_error("wrapping", &Wrapping::from(fail().await)));
    for report in [anyhow::Error::from(error), anyhow::Error::from(Wrapping::from(fail().await))] {
        all.extend(all_of("anyhow", &report.context("the vault")));
    }
    all
}

fn leaks(printed: &[String]) -> Vec<&String> {
    printed.iter().filter(|text| text.to_lowercase().contains(MARK)).collect()
}

/// Fails with everything that has a secret in it.
async fn assert_quiet(what: &str, kind: ErrorKind, fail: impl AsyncFn() -> Error) {
    let error = fail().await;
    assert_eq!(error.kind(), kind, "{what}");
    let printed = everything(fail).await;
    assert!(leaks(&printed).is_empty(), "{what}: {:#?}", leaks(&printed));
}

/// A call that fails, by its number.
async fn failing(transport: &(impl apiclient::transport::Transport + Clone + 'static), call: usize) -> Error {
    let calls = calls(&client(transport.clone()));
    calls.into_iter().nth(call).unwrap().await.unwrap_err()
}

// ---- each kind of failure

/// The secrets of the request, and fields of the answer that hold others; nobody repeats anything.
#[tokio::test]
async fn each_kind_of_failure_is_quiet() {
    let fields = r#"{"id":"xqzid","token":"xqztoken","more":["xqzmore"]}"#;
    let failed = r#"{"failed":true,"id":"xqzid"}"#;
    let page = "<html><body>xqzpage</body></html>";
    let json = "application/json";
    for (kind, stub) in [
        (ErrorKind::Status, answering(400, json, fields)),
        (ErrorKind::Status, answering(500, "text/html", page)),
        (ErrorKind::Status, answering(404, "application/octet-stream", "xqzbytes")),
        (ErrorKind::Status, answering(404, "application/problem+json", r#"{"instance":"xqz","x":"xqz"}"#)),
        (ErrorKind::Redirect, answering(302, json, fields)),
        (ErrorKind::Redirect, answering(304, json, "")),
        (ErrorKind::ErrorBody, answering(200, json, failed)),
        (ErrorKind::Decode, answering(200, json, fields)),
        (ErrorKind::Decode, answering(200, json, "\"xqzscalar\"")),
        (ErrorKind::Decode, answering(200, json, "{\"id\":1} xqztrailing")),
        (ErrorKind::Decode, answering(200, json, "{\"id\":xqznone}")),
        (ErrorKind::ContentType, answering(200, "text/html", page)),
        (ErrorKind::ContentType, answering(200, "text/plain", "xqzplain")),
        (ErrorKind::TooLarge, answering(200, json, "xqz".repeat(4096))),
        (ErrorKind::Timeout, refusing(TransportErrorKind::Timeout)),
        (ErrorKind::Connect, refusing(TransportErrorKind::Connect)),
        (ErrorKind::Transport, refusing(TransportErrorKind::Broken)),
        (ErrorKind::Config, refusing(TransportErrorKind::Request)),
    ] {
        for call in 0..3 {
            assert_quiet(&format!("{kind}, call {call}"), kind, async || failing(&stub, call).await).await;
        }
    }
}

fn refusing(kind: TransportErrorKind) -> Stub {
    Stub::with(move |_| Err(TransportError::new(kind, "no luck")))
}

/// The default transport, whose errors know the URL.
#[tokio::test]
async fn the_default_transport_is_quiet() {
    let nobody = Nobody::new();
    let held = || VaultClient::builder().value("tenant", SECRETS[3]).value("held", SECRETS[6]);
    let refused = held().base_url(format!("{}/v1", nobody.url)).build().unwrap();
    let unknown = held().base_url("http://no-such-host.invalid/v1").build().unwrap();
    for call in 0..3 {
        let fail = async |vault: &VaultClient| calls(vault).into_iter().nth(call).unwrap().await.unwrap_err();
        assert_quiet("refused", ErrorKind::Connect, async || fail(&refused).await).await;
        assert_quiet("unknown", ErrorKind::Connect, async || fail(&unknown).await).await;
    }
    let garbage = Fault::send(b"HTTP/1.1 200 OK\r\nx-a: xqz\x00\r\n\r\nxqz");
    let server = FaultServer::start(garbage).await;
    let garbled = held().base_url(&server.url).build().unwrap();
    assert_quiet("garbled", ErrorKind::Transport, async || garbled.text("xqztext").await.unwrap_err()).await;
}

#[tokio::test]
async fn a_call_that_is_too_late_is_quiet() {
    let late = async || {
        let clock = ManualClock::new();
        let held = VaultClient::builder().value("tenant", SECRETS[3]).value("held", SECRETS[6]);
        let vault = held.transport(Stub::silent()).clock(clock.clone()).build().unwrap();
        let [call, ..] = calls(&vault);
        let call = tokio::spawn(call);
        while clock.sleepers() == 0 {
            tokio::task::yield_now().await;
        }
        clock.advance(Duration::from_secs(3600));
        call.await.unwrap().unwrap_err()
    };
    assert_quiet("too late", ErrorKind::Timeout, late).await;
}

/// What is refused is named, and not shown.
#[tokio::test]
async fn arguments_that_are_refused_are_not_shown() {
    let vault = client(Stub::json("1"));
    let untyped = Client::builder().base_url("http://stub.test").transport(Stub::json("1")).build().unwrap();
    type Broken<'a> = (&'a str, Box<dyn Fn() -> Call<Opened> + 'a>);
    let calls: Vec<Broken<'_>> = vec![
        ("a line break", Box::new(|| vault.placed("xqz\r\nx-a: b"))),
        ("not ASCII", Box::new(|| vault.placed("xqzé"))),
        ("a header", Box::new(|| vault.text("").header("x-a", "xqz\n"))),
        ("a header's bytes", Box::new(|| vault.text("").header("authorization", &b"xqz\xff"[..]))),
        ("userinfo", Box::new(|| vault.at("http://user:xqzpass@stub.test/v1/x"))),
        ("a user", Box::new(|| vault.at("http://xqzuser@stub.test/v1/x?k=xqz"))),
        ("another origin", Box::new(|| vault.at("http://xqz.test/?token=xqz"))),
        ("another scheme", Box::new(|| vault.at("xqz:abc"))),
        ("no scheme", Box::new(|| vault.at("//user:xqz@stub.test/"))),
        ("a space", Box::new(|| vault.at("/v1/ xqz"))),
        ("a fragment of userinfo", Box::new(|| vault.at("http://stub.test@xqz#/"))),
        ("untyped userinfo", Box::new(|| untyped.call_url(Method::GET, "http://u:xqz@stub.test/").fetch())),
        ("a long query", Box::new(|| vault.text("").query("a", "xqz".repeat(30_000)))),
        ("a nested query", Box::new(|| vault.text("").query("a", json!({"b": {"c": "xqz"}, "d": ["xqz"]})))),
        ("dots", Box::new(|| untyped.call(Method::GET, "/a/{b}?key=xqz").param("b", "..").fetch())),
        ("no template", Box::new(|| untyped.call(Method::GET, "/a{?b}&key=xqz{").param("b", "xqz").fetch())),
        (
            "a missing parameter",
            Box::new(|| untyped.call(Method::GET, "/a/{b}?key=xqz").param("c", "xqz").fetch()),
        ),
        (
            "a parameter too many",
            Box::new(|| untyped.call(Method::GET, "/a?key=xqz").param("c", "xqz").fetch()),
        ),
    ];
    for (what, call) in calls {
        let error = call().await.expect_err(what);
        assert_quiet(what, error.kind(), async || call().await.unwrap_err()).await;
        if let Err(error) = call().into_request() {
            assert!(leaks(&of_error(what, &error)).is_empty(), "{what}: {error:#?}");
        }
    }
}

#[tokio::test]
async fn settings_that_are_refused_are_not_shown() {
    let builder = || Client::builder().transport(Stub::json("1"));
    for (what, builder) in [
        ("userinfo", builder().base_url("https://user:xqz@api.test")),
        ("a user", builder().base_url("https://xqz@api.test/v1")),
        ("a query", builder().base_url("https://api.test/?key=xqz")),
        ("a fragment", builder().base_url("https://api.test/#xqz")),
        ("no scheme", builder().base_url("user:xqz@api.test")),
        ("another scheme", builder().base_url("xqz!://api.test")),
        ("a port", builder().base_url("https://api.test:xqz")),
        ("an origin", builder().base_url("https://api.test").allow_origin("https://user:xqz@files.test")),
        ("a header", builder().base_url("https://api.test").header("x-a", "xqz\n")),
        ("a secret", builder().base_url("https://api.test").header("authorization", "Bearer xqzé")),
        ("an agent", builder().base_url("https://api.test").user_agent("xqz\r\n")),
        ("a value", builder().base_url("https://api.test").value("held", json!({"a": "xqz"}))),
    ] {
        let shown = format!("{builder:?} {builder:#?}");
        assert!(!shown.contains(MARK), "{what}: {shown}");
        let error = builder.build().expect_err(what);
        assert_eq!(error.kind(), ErrorKind::Config, "{what}");
        assert!(leaks(&of_error(what, &error)).is_empty(), "{what}: {error:#?}");
    }
    let header = VaultClient::builder().transport(Stub::json("1")).value("tenant", "xqz\n").value("held", 1);
    let error = header.build().unwrap_err();
    assert!(leaks(&of_error("a held value", &error)).is_empty(), "{error:#?}");
}

// ---- a server that repeats what it was sent

/// As RFC 3986 has it: everything but letters, digits and `-._~`.
fn percent(text: &str) -> String {
    let plain = |b: u8| b.is_ascii_alphanumeric() || b"-._~".contains(&b);
    text.bytes().map(|b| if plain(b) { char::from(b).to_string() } else { format!("%{b:02X}") }).collect()
}

/// Ways in which people write down what they have got.
fn repeated(secret: &str) -> Vec<String> {
    let encoded = percent(secret);
    let form = encoded.replace("%20", "+");
    vec![
        secret.to_owned(),
        format!("{secret} is wrong"),
        format!("not '{secret}'"),
        format!("not \"{secret}\"!"),
        format!("not `{secret}`, sorry"),
        format!("not ({secret})."),
        format!("[{secret}]"),
        format!("password={secret}"),
        format!("password=\"{secret}\""),
        format!("password: {secret}"),
        format!("password:{secret}"),
        format!("got {}", json!({"password": secret})),
        format!("see http://api.test/x?token={encoded}&y=1"),
        format!("see http://api.test/x/{encoded}/y"),
        format!("see http://api.test/x/{encoded}?y=1"),
        format!("see /x/{secret}"),
        format!("see http://u:{encoded}@api.test/"),
        format!("not {encoded}"),
        format!("not '{encoded}'"),
        format!("not {}", encoded.to_lowercase()),
        format!("not {form}"),
        format!("a={form}&b=2"),
        format!("{secret},{secret};{secret}"),
        format!("Bearer {secret}"),
        format!("line\n{secret}\n"),
        format!("prefix-{secret}-suffix"),
    ]
}

/// Where a server says something.
fn said(message: &str) -> Vec<(u16, &'static str, String)> {
    let json = "application/json";
    vec![
        (400, json, json!({"message": message}).to_string()),
        (401, json, json!({"error": {"message": "no", "code": message}}).to_string()),
        (422, json, json!({"errors": [{"detail": message}]}).to_string()),
        (400, "application/problem+json", json!({"title": "no", "detail": message}).to_string()),
        (400, "text/plain", message.to_owned()),
        (302, json, json!({"message": message}).to_string()),
        (200, json, json!({"failed": true, "error": message}).to_string()),
    ]
}

#[tokio::test]
async fn what_a_server_repeats_is_blotted_out() {
    let mut leaked = std::collections::BTreeMap::<String, Vec<String>>::new();
    for (call, sent) in SENT.iter().enumerate() {
        for secret in sent.iter().map(|n| SECRETS[*n]) {
            for message in repeated(secret) {
                for (status, media_type, body) in said(&message) {
                    let error = failing(&answering(status, media_type, body), call).await;
                    let shown = format!("{error:#} {error:?} {error:#?} {:?}", error.message());
                    if shown.contains(MARK) {
                        let what = format!("{message:?}: {:?}", error.message());
                        leaked.entry(format!("call {call}, {secret}")).or_default().push(what);
                    }
                }
            }
        }
    }
    leaked.values_mut().for_each(|all| {
        all.sort();
        all.dedup();
    });
    assert!(leaked.is_empty(), "{leaked:#?}");
}

/// All that is printed, once for each way in which a status says it.
#[tokio::test]
async fn what_a_server_repeats_is_in_nothing_that_is_printed() {
    for (call, sent) in SENT.iter().enumerate() {
        for secret in sent.iter().map(|n| SECRETS[*n]) {
            for (status, media_type, body) in said(&format!("{secret} is not '{secret}'")) {
                let stub = answering(status, media_type, body);
                let printed = everything(async || failing(&stub, call).await).await;
                assert!(leaks(&printed).is_empty(), "{secret}: {:#?}", leaks(&printed));
            }
        }
    }
}

// ---- what is no error

#[tokio::test]
async fn calls_clients_and_requests_are_quiet() {
    let stub = answering(200, "application/json", r#"{"id":1,"token":"xqztoken"}"#);
    let vault = client(stub.clone());
    let untyped = Client::builder().base_url("http://stub.test").transport(stub.clone()).build().unwrap();
    let mut printed = vec![format!("{vault:?} {vault:#?} {untyped:?} {untyped:#?} {stub:?}")];
    for call in calls(&vault) {
        printed.push(format!("{call:?} {call:#?}"));
        let sending = call.send();
        printed.push(format!("{sending:?} {sending:#?}"));
        let answer = sending.await.unwrap();
        assert!(answer.url().to_string().contains(MARK) || answer.headers().contains_key("set-cookie"));
        printed.push(format!("{answer:?} {answer:#?}"));
    }
    for call in calls(&vault) {
        let endpoint = format!("{call:?}");
        let request = call.into_request().unwrap();
        printed.extend(all_of(&endpoint, &request));
        printed.push(format!("{:?}", request.body()));
    }
    let call = untyped.call(Method::POST, "/x{?token}&key=xqz").param("token", "xqz").json(&["xqz"]);
    printed.push(format!("{call:?} {call:#?}"));
    printed.extend(all_of("untyped", &call.fetch::<()>().into_request().unwrap()));
    printed.extend(stub.requests().iter().flat_map(|request| all_of("a stub's", request)));
    assert!(leaks(&printed).is_empty(), "{:#?}", leaks(&printed));
    assert!(stub.requests().iter().any(|request| request.url().to_string().contains(MARK)), "it was sent");
}

/// A running call, and what a transport prints of an attempt.
#[tokio::test]
async fn attempts_are_quiet() {
    #[derive(Debug)]
    struct Printing(std::sync::Mutex<Vec<String>>);
    impl apiclient::transport::Transport for Printing {
        fn send<'a>(
            &'a self,
            attempt: apiclient::transport::Attempt<'a>,
        ) -> apiclient::transport::BoxFuture<'a, Result<Reply, TransportError>> {
            let reply = Reply::new(200, "{\"id\":1,\"x\":\"xqz\"}");
            self.0.lock().unwrap().push(format!("{attempt:?} {attempt:#?} {reply:?} {:?}", attempt.body()));
            Box::pin(std::future::ready(Ok(reply)))
        }
    }
    let printing = std::sync::Arc::new(Printing(std::sync::Mutex::default()));
    let held = VaultClient::builder().value("tenant", SECRETS[3]).value("held", SECRETS[6]);
    let vault = held.shared_transport(printing.clone()).build().unwrap();
    for call in calls(&vault) {
        call.await.unwrap();
    }
    let printed = printing.0.lock().unwrap();
    assert_eq!((printed.len(), leaks(&printed)), (3, vec![]));
}

// ---- what is called safe

#[api_client(
    base_url = "http://stub.test",
    show_headers = ["x-plan"],
    show_query = ["page", "v"],
    show_body = ["/error/param", "/error/secret/0"]
)]
trait Shown {
    #[get("/plans?v=2&key=xqzkey")]
    fn plans(&self, #[query] page: &str, #[query] token: &str, #[header("X-Plan")] plan: &str) -> Call<()>;
}

#[api_client(base_url = "http://stub.test", show_message = false)]
trait Hushed {
    #[get("/plans")]
    fn plans(&self) -> Call<()>;
}

#[api_client(base_url = "http://stub.test")]
trait Silent {
    #[get("/plans?v=2&key=xqzkey")]
    fn plans(&self, #[query] page: &str, #[query] token: &str, #[header("X-Plan")] plan: &str) -> Call<()>;
}

/// The plan and the page are repeated, as are the secrets beside them.
fn over_plan() -> Stub {
    let error = json!({"error": {
        "message": "golden is over on eleventh for xqztoken", "code": "over", "param": "amount", "other": "xqzother",
        "secret": [7],
    }});
    Stub::with(move |_| {
        let mut reply = Reply::new(402, error.to_string());
        reply.headers_mut().insert("content-type", HeaderValue::from_static("application/json"));
        reply.headers_mut().insert("x-plan", HeaderValue::from_static("silver"));
        reply.headers_mut().insert("x-other", HeaderValue::from_static("xqzheader"));
        Ok(reply)
    })
}

#[tokio::test]
async fn what_is_called_safe_is_shown() {
    let of_trait = ShownClient::builder().transport(over_plan()).build().unwrap();
    let builder = SilentClient::builder().transport(over_plan()).show_header("X-Plan");
    let builder = builder.show_query("page").show_query("v");
    let of_builder = builder.show_body("/error/param").show_body("/error/secret/0").build().unwrap();
    for (call, request) in [
        (of_trait.plans("eleventh", "xqztoken", "golden"), of_trait.plans("eleventh", "xqztoken", "golden")),
        (
            of_builder.plans("eleventh", "xqztoken", "golden"),
            of_builder.plans("eleventh", "xqztoken", "golden"),
        ),
    ] {
        let error = call.await.unwrap_err();
        assert_eq!(
            error.to_string(),
            "GET /plans?v=2: 402 Payment Required: golden is over on eleventh for *** (code over, param amount, 0 7)"
        );
        let fields = format!("{error:#?}");
        for shown in ["\"x-plan\"", "\"silver\"", "\"x-other\"", "\"***\"", "param: \"amount\""] {
            assert!(fields.contains(shown), "{shown}: {fields}");
        }
        assert!(leaks(&of_error("shown", &error)).is_empty(), "{fields}");
        let curl = request.into_request().unwrap().to_string();
        for shown in ["?v=2&key=***&page=eleventh&token=***'", "-H 'x-plan: golden'"] {
            assert!(curl.contains(shown), "{shown}: {curl}");
        }
        assert!(!curl.contains(MARK), "{curl}");
    }
    // Unnamed they are not.
    let silent = SilentClient::builder().transport(over_plan()).build().unwrap();
    let error = silent.plans("eleventh", "xqztoken", "golden").await.unwrap_err();
    assert_eq!(error.to_string(), "GET /plans: 402 Payment Required: *** is over on *** for *** (code over)");
    let fields = format!("{error:#?}");
    assert!(!fields.contains("silver") && !fields.contains("amount"), "{fields}");
}

#[tokio::test]
async fn a_message_can_be_hushed() {
    let of_trait = HushedClient::builder().transport(over_plan()).build().unwrap();
    let of_builder = SilentClient::builder().transport(over_plan()).show_message(false).build().unwrap();
    for error in [
        of_trait.plans().await.unwrap_err(),
        of_builder.plans("eleventh", "xqztoken", "golden").await.unwrap_err(),
    ] {
        assert_eq!(error.to_string(), "GET /plans: 402 Payment Required");
        assert_eq!((error.message(), error.code().as_deref()), (None, Some("over")), "programs are told");
        let printed = of_error("hushed", &error).concat();
        for word in ["over", "golden", "eleventh", "amount", MARK] {
            assert!(!printed.contains(word), "{word}: {printed}");
        }
    }
}

/// A name that says that it is a secret cannot be called safe.
#[test]
fn secrets_cannot_be_called_safe() {
    for name in ["Authorization", "cookie", "Set-Cookie", "X-Api-Key", "x-auth-token"] {
        let builder = Client::builder().base_url("http://stub.test").transport(Stub::json("1"));
        let error = builder.show_header(name).build().unwrap_err();
        assert!(error.to_string().contains("is a secret by its name"), "{error}");
    }
}
