//! The words of retries, redirects and keys, on trait and method: each acts, key by key.

use apiclient::{
    HeaderName, HeaderValue,
    prelude::*,
    retry::{Again, Failed, RetryPolicy},
    testing::{ManualClock, SeededRandom, Stub},
    transport::{Reply, TransportError, TransportErrorKind},
};
use std::{sync::Mutex, time::Duration};

/// A second, whatever it was.
#[derive(Debug)]
struct EverySecond;

impl RetryPolicy for EverySecond {
    fn again(&self, failed: &Failed<'_>) -> Option<Again> {
        assert_eq!(failed.endpoint().map(|endpoint| endpoint.name()), Some("by_policy"));
        Some(Again::after(Duration::from_secs(failed.attempt().into())))
    }
}

#[api_client(base_url = "https://words.test")]
#[retry(attempts = 4, attempt_header = "X-Try")]
#[redirects(2)]
trait Words {
    #[get("/")]
    fn plain(&self) -> Call<String>;

    #[get("/")]
    #[retry(attempts = 2)]
    fn twice(&self) -> Call<String>;

    #[get("/")]
    #[retry(none)]
    fn once(&self) -> Call<String>;

    #[get("/")]
    #[retry(on = 404 | 5xx | connect)]
    fn on(&self) -> Call<String>;

    #[get("/")]
    #[retry(on = timeout)]
    fn on_time(&self) -> Call<String>;

    #[get("/")]
    #[retry(policy = EverySecond)]
    fn by_policy(&self) -> Call<String>;

    #[post("/")]
    #[retry(should_retry = "X-Should-Retry")]
    #[idempotent]
    fn asked(&self) -> Call<String>;

    #[get("/")]
    #[retry(retry_after_ms = "retry-after-ms")]
    fn in_milliseconds(&self) -> Call<String>;

    #[get("/")]
    #[timeout("10s", attempt = "4s", forward = "X-Time-Left")]
    fn told(&self) -> Call<String>;

    #[post("/")]
    #[idempotency_key("X-Key", quoted = true)]
    fn keyed(&self) -> Call<String>;

    #[post("/")]
    #[retry(attempts = 2)]
    fn named(&self, #[idempotency_key] key: &str) -> Call<String>;

    #[post("/")]
    #[idempotency_key("X-Key")]
    fn perhaps(&self, #[idempotency_key] key: Option<String>) -> Call<String>;

    #[get("/")]
    #[redirects(none)]
    fn stays(&self) -> Call<String>;

    #[get("/")]
    #[redirects(same_origin)]
    fn at_home(&self) -> Call<String>;
}

type Answer = Result<Reply, TransportError>;

fn answers(script: Vec<Answer>) -> (WordsClient, Stub, ManualClock) {
    let script = Mutex::new(script.into_iter().rev().collect::<Vec<_>>());
    let stub = Stub::with(move |_| {
        let mut script = script.lock().unwrap();
        script.pop().unwrap_or_else(|| Ok(Reply::new(200, "")))
    });
    let clock = ManualClock::new();
    let words =
        WordsClient::builder().transport(stub.clone()).clock(clock.clone()).random(SeededRandom::new(7));
    (words.build().unwrap(), stub, clock)
}

fn status(status: u16) -> Answer {
    Ok(Reply::new(status, ""))
}

fn with(status: u16, name: &'static str, value: &'static str) -> Answer {
    Ok(Reply::new(status, "").with_header(HeaderName::from_static(name), HeaderValue::from_static(value)))
}

fn fails(kind: TransportErrorKind) -> Answer {
    Err(TransportError::new(kind, "no luck"))
}

/// How often it is sent where all of it is answered so.
fn times(answer: impl Fn() -> Answer, call: impl Fn(&WordsClient) -> Call<String>) -> usize {
    let (words, stub, clock) = answers((0..10).map(|_| answer()).collect());
    let _ = clock.run(call(&words));
    stub.requests().len()
}

fn headers(stub: &Stub, name: &str) -> Vec<Option<String>> {
    stub.requests().iter().map(|sent| sent.header(name).unwrap()).collect()
}

#[test]
fn the_method_wins_over_the_trait_key_by_key() {
    assert_eq!(times(|| status(503), WordsClient::plain), 4);
    assert_eq!(times(|| status(503), WordsClient::twice), 2);
    assert_eq!(times(|| status(503), WordsClient::once), 1);
    let (words, stub, clock) = answers(vec![status(503), status(503)]);
    let _ = clock.run(words.twice());
    assert_eq!(headers(&stub, "x-try"), [Some("1".into()), Some("2".into())], "the trait's other keys stay");
}

#[test]
fn on_replaces_the_set() {
    for (failed, count) in [(404, 4), (500, 4), (599, 4), (429, 1), (400, 1)] {
        assert_eq!(times(|| status(failed), WordsClient::on), count, "{failed}");
    }
    assert_eq!(times(|| fails(TransportErrorKind::Connect), WordsClient::on), 4);
    assert_eq!(times(|| fails(TransportErrorKind::Timeout), WordsClient::on), 1);
    assert_eq!(times(|| fails(TransportErrorKind::Timeout), WordsClient::on_time), 4);
    assert_eq!(times(|| status(503), WordsClient::on_time), 1);
}

#[test]
fn a_policy_of_ones_own() {
    let (words, stub, clock) = answers(vec![status(418), status(404), status(200)]);
    assert!(clock.run(words.by_policy()).is_ok());
    assert_eq!((stub.requests().len(), clock.elapsed()), (3, Duration::from_secs(3)));
}

#[test]
fn the_server_says_so() {
    assert_eq!(times(|| with(400, "x-should-retry", "true"), WordsClient::asked), 4);
    assert_eq!(times(|| with(503, "x-should-retry", "false"), WordsClient::asked), 1);
    let (words, _, clock) = answers(vec![with(503, "retry-after-ms", "3000"), status(200)]);
    assert!(clock.run(words.in_milliseconds()).is_ok());
    assert!(clock.elapsed() >= Duration::from_secs(3) && clock.elapsed() <= Duration::from_millis(3300));
}

#[test]
fn the_server_is_told_how_long() {
    let (words, stub, clock) = answers(vec![with(503, "retry-after", "8"), status(200)]);
    assert!(clock.run(words.told()).is_ok());
    let left: Vec<u64> = stub.requests().iter().map(|sent| sent.header("x-time-left").unwrap()).collect();
    assert_eq!(left[0], 4000, "the attempt's");
    assert!(left[1] <= 2000 && left[1] >= 1200, "what is left of the call: {left:?}");
}

/// A9: what depends on when it is sent, as a signature will, is made for each attempt; what is one for the call stays.
#[test]
fn a9_headers_are_made_anew_for_each_attempt() {
    let (words, stub, clock) =
        answers(vec![status(503), fails(TransportErrorKind::Broken), with(503, "retry-after", "2")]);
    assert!(clock.run(words.told()).is_ok());
    assert_eq!(headers(&stub, "x-try"), ["1", "2", "3", "4"].map(|number| Some(number.to_owned())));
    let left: Vec<u64> = stub.requests().iter().map(|sent| sent.header("x-time-left").unwrap()).collect();
    assert!(left.iter().all(|left| *left <= 4000) && left[3] == 4000, "{left:?}");
    assert_eq!(headers(&stub, "user-agent").iter().flatten().count(), 4);
    let (words, stub, clock) = answers(vec![status(503), status(503)]);
    assert!(clock.run(words.keyed()).is_ok());
    let keys = headers(&stub, "x-key");
    assert!(keys.len() == 3 && keys[0].is_some() && keys.iter().all(|key| *key == keys[0]), "{keys:?}");
}

#[test]
fn keys() {
    let (words, stub, clock) = answers(vec![status(503)]);
    assert!(clock.run(words.keyed()).is_ok());
    let keys = headers(&stub, "x-key");
    let key = keys[0].clone().unwrap();
    assert!(keys[0] == keys[1] && key.starts_with('"') && key.ends_with('"') && key.len() == 38, "{keys:?}");

    let (words, stub, clock) = answers(vec![status(503)]);
    assert!(clock.run(words.named("order-17")).is_ok());
    assert_eq!(headers(&stub, "idempotency-key"), [Some("order-17".into()), Some("order-17".into())]);

    let (words, stub, clock) = answers(vec![]);
    assert!(clock.run(words.perhaps(Some("mine".into()))).is_ok());
    assert!(clock.run(words.perhaps(None)).is_ok());
    assert!(clock.run(words.keyed().idempotency_key("say \"hi\"")).is_ok());
    let keys = headers(&stub, "x-key");
    assert_eq!(keys[0].as_deref(), Some("mine"));
    assert_eq!(keys[1].as_ref().map(String::len), Some(36));
    assert_eq!(keys[2].as_deref(), Some(r#""say \"hi\"""#));

    let (words, stub, clock) = answers(vec![]);
    let error = clock.run(words.named("no\nheader")).unwrap_err();
    assert!(stub.requests().is_empty() && !error.to_string().contains("no\n"), "{error}");
}

#[test]
fn redirects() {
    let moved = |to: &'static str| with(302, "location", to);
    let (words, stub, clock) = answers(vec![moved("/a"), moved("/b"), moved("/c")]);
    let error = clock.run(words.plain()).unwrap_err();
    assert_eq!(stub.requests().len(), 3, "two are followed");
    assert_eq!(
        error.to_string(),
        "GET /: 302 Found, after 2 redirects, the limit: https://words.test/ -> https://words.test/a -> https://words.test/b"
    );
    let (words, stub, clock) = answers(vec![moved("/a")]);
    let error = clock.run(words.stays()).unwrap_err();
    assert_eq!(
        (stub.requests().len(), error.to_string().as_str()),
        (1, "GET /: 302 Found, and redirects are not followed")
    );
    let (words, stub, clock) = answers(vec![moved("/a"), moved("https://other.test/x?secret=1")]);
    let error = clock.run(words.at_home()).unwrap_err();
    assert_eq!(stub.requests().len(), 2);
    assert_eq!(error.to_string(), "GET /: 302 Found, and it leads to another origin, https://other.test");
}
