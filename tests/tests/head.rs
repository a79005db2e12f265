//! Links, challenges, limits and waits, at the answers and the errors of calls.

use apiclient::{
    Client, Error, ErrorKind, HeaderMap, HeaderName, HeaderValue, Method, Response,
    head::{Challenge, Links, RateLimitDialect, RateLimits},
    http::Uri,
    testing::{self, ManualClock, Stub, failure},
    transport::Reply,
};
use proptest::{
    collection::vec,
    prelude::*,
    sample::select,
    test_runner::{Config, RngSeed},
};
use std::time::Duration;

const NOW: &str = "Sun, 06 Nov 1994 08:49:37 GMT";

fn reply(status: u16, headers: &[(&'static str, &'static str)]) -> Reply {
    headers.iter().fold(Reply::new(status, "[]"), |reply, (name, value)| {
        reply.with_header(HeaderName::from_static(name), HeaderValue::from_static(value))
    })
}

async fn called(
    status: u16,
    headers: &'static [(&'static str, &'static str)],
) -> Result<Response<Vec<u8>>, Error> {
    let stub = Stub::with(move |_| Ok(reply(status, headers)));
    let client = Client::builder()
        .base_url("https://api.test/v1")
        .retry(apiclient::Retry::none())
        .transport(stub)
        .clock(ManualClock::new());
    let client = client.build().unwrap();
    client.call(Method::GET, "/users/all?page=2").fetch::<Vec<u8>>().send().await
}

#[tokio::test]
async fn links_are_those_of_the_url_that_was_asked() {
    const LINKS: &[(&str, &str)] = &[
        ("link", "<?page=3>; rel=next, </v1/users/all>; rel=first"),
        ("link", "<../help>; rel=help, <https://other.test/x>; rel=\"up\""),
    ];
    let answer = called(200, LINKS).await.unwrap();
    let error = called(404, LINKS).await.unwrap_err();
    for links in [answer.links(), error.links()] {
        let url = |rel| links.url(rel).map(|url| url.to_string());
        assert_eq!(url("next").unwrap(), "https://api.test/v1/users/all?page=3");
        assert_eq!(url("first").unwrap(), "https://api.test/v1/users/all");
        assert_eq!(url("help").unwrap(), "https://api.test/v1/help");
        assert_eq!(url("up").unwrap(), "https://other.test/x");
        assert_eq!((url("prev"), links.len()), (None, 4));
    }
    assert_eq!(answer.map(|_| ()).links().len(), 4);
}

#[tokio::test]
async fn challenges_are_the_servers_or_the_proxys() {
    const BOTH: &[(&str, &str)] =
        &[("www-authenticate", "Bearer realm=\"api\""), ("proxy-authenticate", "Basic, Negotiate abc==")];
    let error = called(401, BOTH).await.unwrap_err();
    let schemes: Vec<_> = error.challenges().iter().map(|c| c.scheme().to_owned()).collect();
    assert_eq!((schemes, error.challenges()[0].realm()), (vec!["Bearer".to_owned()], Some("api")));
    let error = called(407, BOTH).await.unwrap_err();
    let found = error.challenges();
    let tokens: Vec<_> = found.iter().map(|c| (c.scheme(), c.token68())).collect();
    assert_eq!(tokens, [("Basic", None), ("Negotiate", Some("abc=="))]);
}

#[tokio::test]
async fn limits_and_waits_of_answers_and_errors() {
    const LIMITS: &[(&str, &str)] = &[
        ("x-ratelimit-limit", "60"),
        ("x-ratelimit-remaining", "0"),
        ("x-ratelimit-reset", "1700000010"),
        ("retry-after", "Tue, 14 Nov 2023 22:13:50 GMT"),
        ("date", "Tue, 14 Nov 2023 22:13:20 GMT"),
    ];
    let answer = called(202, LIMITS).await.unwrap();
    let error = called(429, LIMITS).await.unwrap_err();
    for (limits, wait) in
        [(answer.rate_limits(), answer.retry_after()), (error.rate_limits(), error.retry_after())]
    {
        assert_eq!(wait, Some(Duration::from_secs(30)));
        assert_eq!(limits.wait(), Some(Duration::from_secs(10)));
        assert_eq!((limits.limits().len(), limits.limits()[0].quota()), (1, Some(60)));
    }
}

/// Nothing is absent in another way than by being absent.
#[tokio::test]
async fn where_nothing_is_said() {
    let answer = called(200, &[]).await.unwrap();
    assert!(answer.links().is_empty() && answer.rate_limits().is_empty() && answer.retry_after().is_none());
    let silent = called(500, &[]).await.unwrap_err();
    for error in [silent, failure(ErrorKind::Connect), testing::error(500, "")] {
        assert!(error.links().is_empty() && error.challenges().is_empty() && error.rate_limits().is_empty());
        assert_eq!(error.retry_after(), None);
    }
}

/// A date that is over and a zero are an answer; what is malformed is none.
#[tokio::test]
async fn zero_is_not_absent() {
    let wait = |value| reply(503, &[("retry-after", value), ("date", NOW)]);
    let wait = |value| testing::error_from(wait(value)).retry_after();
    assert_eq!(wait("0"), Some(Duration::ZERO));
    assert_eq!(wait("Sun, 06 Nov 1994 08:49:36 GMT"), Some(Duration::ZERO));
    assert_eq!(wait("Mon, 06 Nov 1994 08:49:36 GMT"), Some(Duration::ZERO));
    assert_eq!(wait("Zun, 06 Nov 1994 08:49:36 GMT"), None);
}

const NAMES: [&str; 12] = [
    "link",
    "www-authenticate",
    "retry-after",
    "date",
    "ratelimit",
    "ratelimit-policy",
    "ratelimit-limit",
    "ratelimit-reset",
    "x-ratelimit-remaining",
    "x-ratelimit-reset",
    "x-ratelimit-reset-tokens",
    "x-shopify-shop-api-call-limit",
];

const PIECES: [&str; 32] = [
    "<",
    ">",
    ";",
    ",",
    "=",
    "\"",
    "\\",
    " ",
    "\t",
    "(",
    ")",
    "/",
    ":",
    "?",
    "@",
    "%",
    "-",
    ".",
    "*",
    "a",
    "rel",
    "next",
    "0",
    "9999999999999999",
    "UTF-8''%c3",
    "r=0",
    "q=1",
    "w=0",
    "limit=1",
    "1h2m",
    "Sun, 06 Nov 1994 08:49:37 GMT",
    "\u{fc}",
];

/// A field of odd pieces, and of whatever a field can hold.
fn value() -> impl Strategy<Value = Vec<u8>> {
    let piece = prop_oneof![
        4 => select(&PIECES[..]).prop_map(|piece| piece.as_bytes().to_vec()),
        1 => prop_oneof![32_u8..127, 128_u8..].prop_map(|byte| vec![byte]),
    ];
    vec(piece, 0..24).prop_map(|pieces| pieces.concat())
}

proptest! {
    #![proptest_config(Config {
        cases: 5000,
        failure_persistence: None,
        rng_seed: RngSeed::Fixed(8288),
        ..Config::default()
    })]

    #[test]
    fn no_header_is_too_odd(lines in vec((select(&NAMES[..]), value()), 0..6), now in any::<Option<u64>>()) {
        let mut reply = Reply::new(503, "");
        for (name, value) in lines {
            reply.headers_mut().append(HeaderName::from_static(name), HeaderValue::from_bytes(&value).unwrap());
        }
        let headers: HeaderMap = reply.headers().clone();
        for link in &Links::read(&headers, &Uri::from_static("https://api.test/a/b?c")) {
            prop_assert!(link.url().is_none_or(|url| url.host().is_some()), "{link:?}");
            prop_assert!(!link.target().contains('>'));
        }
        for challenge in Challenge::of_server(&headers) {
            prop_assert!(challenge.token68().is_none() || challenge.params().next().is_none(), "{challenge:?}");
        }
        for dialect in [RateLimitDialect::Guess, RateLimitDialect::GitHub, RateLimitDialect::OpenAi] {
            let limits = RateLimits::read(&headers, dialect, now.map(Duration::from_secs));
            prop_assert!(limits.wait().is_none() || limits.limits().iter().any(|l| l.is_used_up()));
        }
        let error = testing::error_from(reply);
        prop_assert!(headers.contains_key("retry-after") || error.retry_after().is_none());
        prop_assert_eq!(error.links().len(), Links::read(&headers, &Uri::default()).len());
    }
}
