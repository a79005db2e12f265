//! Links, challenges, limits and waits, at the answers and the errors of calls.

use apiclient::{
    Client, Error, ErrorKind, HeaderName, HeaderValue, Method, Response,
    testing::{self, ManualClock, Stub, failure},
    transport::Reply,
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
    let client = Client::builder().base_url("https://api.test/v1").transport(stub).clock(ManualClock::new());
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
    assert_eq!(wait("Mon, 06 Nov 1994 08:49:36 GMT"), None);
}
