//! Where redirects lead, and what never goes there: every chain, every status, every place of a credential.

use apiclient::{
    Body, Client, Error, ErrorKind, HeaderName, HeaderValue, Method, Redirects, Retry,
    prelude::*,
    testing::{ManualClock, Sent, Stub, TestServer},
    transport::{Reply, Reqwest},
};
use futures_util::stream;
use std::{
    io,
    sync::{Arc, OnceLock},
    time::Duration,
};

const SECRET: &str = "xqz-canary-7";

#[api_client(base_url = "https://api.a.test/v1", allow_origins = ["https://allowed.test"])]
#[header("X-Api-Key", "xqz-canary-7")]
#[query("trait_key", "xqz-canary-7")]
trait Vault {
    #[http("POST", "/begin")]
    #[idempotent]
    fn post(
        &self,
        #[header("Authorization")] authorization: &str,
        #[header("X-Key")] key: &str,
        #[cookie("sid")] cookie: &str,
        #[query] token: &str,
        #[body(text)] body: &str,
    ) -> Call<String>;

    #[get("/begin")]
    fn get(
        &self,
        #[header("Authorization")] authorization: &str,
        #[header("X-Key")] key: &str,
        #[cookie("sid")] cookie: &str,
        #[query] token: &str,
    ) -> Call<String>;
}

const HOME: &str = "https://api.a.test";

/// The places that a chain leads to, one after the other.
const CHAINS: [(&str, &[&str]); 8] = [
    ("the same origin", &["https://api.a.test/next"]),
    ("another port", &["https://api.a.test:8443/next"]),
    ("another scheme, less safe", &["http://api.a.test/next"]),
    ("a name below", &["https://www.api.a.test/next"]),
    ("a name above", &["https://a.test/next"]),
    ("another host", &["https://b.test/next"]),
    ("A, B, B", &["https://b.test/next", "https://b.test/last"]),
    ("A, B, A", &["https://b.test/next", "https://api.a.test/v1/last"]),
];

/// Answers `/begin` and every place of the chain but the last with a redirect to the next.
fn chained(status: u16, chain: &'static [&'static str]) -> Stub {
    Stub::with(move |sent| {
        let url = sent.url().to_string();
        let at = chain.iter().position(|place| url.starts_with(place));
        Ok(match chain.get(at.map_or(0, |at| at + 1)) {
            Some(next) => redirect(status, next),
            None => Reply::new(200, ""),
        })
    })
}

fn redirect(status: u16, to: &'static str) -> Reply {
    Reply::new(status, "").with_header(HeaderName::from_static("location"), HeaderValue::from_static(to))
}

fn vault(stub: &Stub) -> (VaultClient, ManualClock) {
    let clock = ManualClock::new();
    let vault = VaultClient::builder()
        .transport(stub.clone())
        .clock(clock.clone())
        .header("X-Builder-Key", SECRET)
        .header("Proxy-Authorization", SECRET)
        .retry(Retry::none())
        .build()
        .unwrap();
    (vault, clock)
}

fn tuned(call: Call<String>) -> Call<String> {
    call.header("X-Call-Key", SECRET)
        .header("Cookie", format!("other={SECRET}"))
        .idempotency_key(SECRET)
        .query("call_key", SECRET)
}

/// Everything of a request that goes over the wire.
fn wire(sent: &Sent) -> String {
    let headers: Vec<_> = sent
        .headers()
        .iter()
        .map(|(name, value)| format!("{name}: {}", String::from_utf8_lossy(value.as_bytes())))
        .collect();
    format!(
        "{} {}\n{}\n\n{}",
        sent.method(),
        sent.url(),
        headers.join("\n"),
        String::from_utf8_lossy(sent.bytes())
    )
}

fn is_home(sent: &Sent) -> bool {
    sent.url().to_string().starts_with(&format!("{HOME}/"))
}

/// T5 of the plan: 8 chains, 5 statuses, 10 places of credentials at once, with and without a body. Once a chain has left the
/// origin it began at, nothing of them is sent, also not when it comes back.
#[test]
fn t5_case_77_case_78_no_credential_leaves_its_origin() {
    let (mut runs, mut foreign, mut refused, mut kept) = (0, 0, 0, 0);
    for (name, chain) in CHAINS {
        for status in [301, 302, 303, 307, 308] {
            for has_body in [false, true] {
                let stub = chained(status, chain);
                let (vault, clock) = vault(&stub);
                let call = match has_body {
                    true => vault.post(SECRET, SECRET, SECRET, SECRET, SECRET),
                    false => vault.get(SECRET, SECRET, SECRET, SECRET),
                };
                let result = clock.run(tuned(call));
                let sent = stub.requests();
                let what = format!("{name}, {status}, body: {has_body}");
                assert_eq!(
                    wire(&sent[0]).matches(SECRET).count(),
                    if has_body { 13 } else { 12 },
                    "{what}: {}",
                    wire(&sent[0])
                );
                let mut left = false;
                for request in &sent[1..] {
                    left |= !is_home(request);
                    let wire = wire(request);
                    if left {
                        foreign += 1;
                        assert!(!wire.contains(SECRET), "{what}: {wire}");
                        assert!(!wire.to_lowercase().contains("referer"), "{what}: {wire}");
                    } else {
                        kept += 1;
                        // The query is that of the place that was named.
                        assert!(wire.matches(SECRET).count() >= 8, "{what}: {wire}");
                    }
                }
                // Whoever is refused says so, and has sent nothing.
                let crosses = chain[0] != "https://api.a.test/next";
                let must_refuse =
                    chain[0].starts_with("http:") || (has_body && matches!(status, 307 | 308) && crosses);
                assert_eq!(
                    (result.is_err(), sent.len()),
                    (must_refuse, if must_refuse { 1 } else { chain.len() + 1 }),
                    "{what}"
                );
                if let Err(error) = result {
                    refused += 1;
                    assert_eq!(error.kind(), ErrorKind::Redirect, "{what}");
                    assert!(!format!("{error:#?} {error:#}").contains(SECRET), "{what}: {error:#?}");
                }
                runs += 1;
            }
        }
    }
    assert_eq!((runs, foreign, refused, kept), (80, 64, 22, 10));
}

fn simple(answer: impl Fn(&Sent) -> Reply + Send + Sync + 'static) -> (Client, Stub, ManualClock) {
    let stub = Stub::with(move |sent| Ok(answer(sent)));
    let clock = ManualClock::new();
    let client = Client::builder().base_url("https://a.test").transport(stub.clone()).clock(clock.clone());
    (client.build().unwrap(), stub, clock)
}

/// Answers `/begin` with a redirect, everything else with 200.
fn once(status: u16, location: &[u8]) -> (Client, Stub, ManualClock) {
    let location = HeaderValue::from_bytes(location).unwrap();
    simple(move |sent| match sent.url().path() {
        "/begin" => Reply::new(status, "").with_header(HeaderName::from_static("location"), location.clone()),
        _ => Reply::new(200, "here"),
    })
}

fn begin(client: &Client, clock: &ManualClock) -> Result<String, Error> {
    clock.run(client.call(Method::GET, "/begin?q=secret").fetch::<String>())
}

#[test]
fn methods_follow_rfc_9110() {
    for (status, from, to, has_body) in [
        (301, "POST", "GET", false),
        (302, "POST", "GET", false),
        (303, "POST", "GET", false),
        (307, "POST", "POST", true),
        (308, "POST", "POST", true),
        (301, "PUT", "PUT", true),
        (302, "PATCH", "PATCH", true),
        (303, "PUT", "GET", false),
        (303, "DELETE", "GET", false),
        (307, "PATCH", "PATCH", true),
        (301, "GET", "GET", true),
        (303, "HEAD", "HEAD", true),
        (301, "HEAD", "HEAD", true),
    ] {
        let (client, stub, clock) = once(status, b"/there");
        let call = client.call(Method::from_bytes(from.as_bytes()).unwrap(), "/begin");
        let call = call.body("text/plain", Body::from("a body")).fetch::<()>();
        assert!(clock.run(call).is_ok(), "{status} {from}");
        let sent = &stub.requests()[1];
        let body = if has_body { "a body" } else { "" };
        assert_eq!((sent.method().as_str(), sent.bytes()), (to, body.as_bytes()), "{status} {from}");
        assert_eq!(sent.headers().contains_key("content-type"), has_body, "{status} {from}");
    }
}

#[test]
fn what_is_no_redirect_is_not_followed() {
    for status in [300, 304, 305, 306, 399] {
        let (client, stub, clock) = once(status, b"/there");
        assert_eq!(begin(&client, &clock).unwrap_err().kind(), ErrorKind::Redirect, "{status}");
        assert_eq!(stub.requests().len(), 1, "{status}");
    }
    let (client, _, clock) = simple(|_| Reply::new(302, ""));
    assert_eq!(
        begin(&client, &clock).unwrap_err().to_string(),
        "GET /begin: 302 Found, and it does not say where to"
    );
}

/// References of every kind, as RFC 3986 resolves them.
#[test]
fn places_are_resolved() {
    for (location, url) in [
        (&b"/there"[..], "https://a.test/there"),
        (b"there?x=1", "https://a.test/there?x=1"),
        (b"?page=2", "https://a.test/begin?page=2"),
        (b"/there#part", "https://a.test/there"),
        (b"//a.test/there", "https://a.test/there"),
        (b"HTTPS://A.TEST:443/there", "https://a.test/there"),
        (b"./a/../there", "https://a.test/there"),
        ("/gr\u{fc}n".as_bytes(), "https://a.test/gr%C3%BCn"),
        (b"/a b", "https://a.test/a%20b"),
        (b"/a%2Fb", "https://a.test/a%2Fb"),
        (b"https://b.test", "https://b.test/"),
    ] {
        let text = String::from_utf8_lossy(location).into_owned();
        if text.starts_with("?page") {
            continue; // that is a loop of this server
        }
        let (client, stub, clock) = once(302, location);
        assert!(begin(&client, &clock).is_ok(), "{text}");
        assert_eq!(stub.requests()[1].url().to_string(), url, "{text}");
    }
}

#[test]
fn case_79_never_from_https_to_http() {
    let (client, stub, clock) = once(302, b"http://a.test/there");
    let error = begin(&client, &clock).unwrap_err();
    assert_eq!(stub.requests().len(), 1);
    assert_eq!(
        error.to_string(),
        "GET /begin: 302 Found, and it leads from https to http://a.test, where everybody can read along"
    );
}

#[test]
fn case_80_places_that_are_none() {
    let long = format!("/{}", "x".repeat(1 << 20));
    for (location, why) in [
        (&b"file:///etc/passwd"[..], "is no URL"),
        (b"javascript:alert(1)", "is no URL"),
        (b"data:text/html,x", "is no URL"),
        (b"//", "is no URL"),
        (b"http://", "is no URL"),
        (b"http://[::1", "is no URL"),
        (b"https://a.test:99999/", "is no URL"),
        (b"https://user:pw@a.test/", "holds credentials"),
        (b"", "is empty"),
        (long.as_bytes(), "longer than 16 KiB"),
    ] {
        let (client, stub, clock) = once(302, location);
        let error = begin(&client, &clock).unwrap_err();
        let said = error.to_string();
        assert_eq!((error.kind(), stub.requests().len()), (ErrorKind::Redirect, 1), "{said}");
        assert!(said.contains(why) && said.len() < 200, "{said}");
    }
    let (client, stub, clock) = simple(|_| {
        redirect(302, "https://a.test/one")
            .with_header(HeaderName::from_static("location"), HeaderValue::from_static("/two"))
    });
    let error = begin(&client, &clock).unwrap_err();
    assert_eq!(stub.requests().len(), 1);
    assert!(error.to_string().ends_with("and it names several places"), "{error}");
}

#[test]
fn case_81_loops_end() {
    let (client, stub, clock) = simple(|_| redirect(302, "/begin?q=secret"));
    let error = begin(&client, &clock).unwrap_err();
    assert_eq!((stub.requests().len(), error.attempts()), (11, 1), "ten are followed");
    let said = error.to_string();
    assert!(
        said.starts_with("GET /begin: 302 Found, after 10 redirects, the limit: https://a.test/begin -> "),
        "{said}"
    );
    assert!(!format!("{error:#?}{said}").contains("secret"), "{error:#?}");
    let call = client.call(Method::GET, "/begin").fetch::<String>().redirects(Redirects::new().most(1));
    assert!(clock.run(call).unwrap_err().to_string().contains("after 1 redirect, the limit"));
}

#[test]
fn case_82_a_stream_is_not_sent_again() {
    let body = || Body::stream(stream::iter([Ok::<_, io::Error>("once")]));
    let (client, stub, clock) = once(307, b"/there");
    let error =
        clock.run(client.call(Method::POST, "/begin").body("text/plain", body()).fetch::<()>()).unwrap_err();
    assert_eq!(stub.requests().len(), 1);
    assert!(error.to_string().contains("the body of the request can be sent only once"), "{error}");
    let (client, stub, clock) = once(303, b"/there");
    assert!(clock.run(client.call(Method::POST, "/begin").body("text/plain", body()).fetch::<()>()).is_ok());
    assert_eq!(stub.requests()[1].method(), Method::GET);
}

/// Where it ended is where the answer is from.
#[test]
fn an_answer_knows_where_it_is_from() {
    let (client, _, clock) = once(302, b"https://b.test/there?x=1");
    let full = clock.run(client.call(Method::GET, "/begin").fetch::<String>().send()).unwrap();
    assert_eq!((full.url().to_string().as_str(), full.attempts()), ("https://b.test/there?x=1", 1));
}

/// A try begins where the call began; what follows on a redirect is not unsent.
#[test]
fn a_chain_that_fails_is_tried_from_its_beginning() {
    let broken = || {
        let count = std::sync::atomic::AtomicU32::new(0);
        simple(move |sent| match sent.url().path() {
            "/begin" => redirect(303, "/there"),
            _ if count.fetch_add(1, std::sync::atomic::Ordering::Relaxed) == 0 => Reply::new(503, ""),
            _ => Reply::new(200, ""),
        })
    };
    let (client, stub, clock) = broken();
    assert!(begin(&client, &clock).is_ok());
    let paths: Vec<_> = stub.requests().iter().map(|sent| sent.url().path().to_owned()).collect();
    assert_eq!(paths, ["/begin", "/there", "/begin", "/there"]);
    let (client, stub, clock) = broken();
    assert!(clock.run(client.call(Method::POST, "/begin").fetch::<()>()).is_err());
    assert_eq!(stub.requests().len(), 2, "the POST was done");
}

/// The time of an attempt is that of its whole chain.
#[test]
fn a_slow_chain_is_cut_off() {
    let stub = Stub::new();
    let clock = ManualClock::new();
    stub.on((Method::GET, "/{+any}")).answers(|_| Ok(redirect(302, "/next"))).after(Duration::from_secs(4));
    let client = Client::builder()
        .base_url("https://a.test")
        .transport(stub.clone())
        .clock(clock.clone())
        .retry(Retry::none());
    let client = client.build().unwrap();
    let call = client.call(Method::GET, "/begin").fetch::<String>().attempt_timeout(Duration::from_secs(10));
    let error = clock.run(call).unwrap_err();
    assert!(error.is_timeout(), "{error}");
    assert_eq!((clock.elapsed(), stub.requests().len()), (Duration::from_secs(10), 3));
}

#[api_client(base_url = "https://a.test")]
trait Moves {
    #[get("/begin")]
    #[success(200 | 302)]
    fn found(&self) -> Call<Response<String>>;
}

/// Whoever calls a redirect a success gets it.
#[test]
fn a_redirect_that_is_a_success_is_not_followed() {
    let stub = Stub::with(|_| Ok(redirect(302, "/there")));
    let clock = ManualClock::new();
    let moves = MovesClient::builder().transport(stub.clone()).clock(clock.clone()).build().unwrap();
    let found = clock.run(moves.found()).unwrap();
    assert_eq!((found.status().as_u16(), stub.requests().len()), (302, 1));
}

/// Two origins on loopback, one of which sends its guests to the other and, if told so, back; in plain text and over TLS, over
/// both transports.
#[tokio::test]
async fn t5_over_sockets() {
    for is_tls in [false, true] {
        for comes_back in [false, true] {
            for status in [301, 302, 303, 307, 308] {
                for over_hyper in [false, true] {
                    crossing(is_tls, comes_back, status, over_hyper).await;
                }
            }
        }
    }
}

async fn crossing(is_tls: bool, comes_back: bool, status: u16, over_hyper: bool) {
    let what = format!("tls: {is_tls}, comes back: {comes_back}, {status}, hyper: {over_hyper}");
    let places = Arc::new(OnceLock::<[String; 2]>::new());
    let stub = |own: usize| {
        let places = places.clone();
        Stub::with(move |sent| {
            let [here, there] = places.get().unwrap();
            let next = match (own, sent.url().path()) {
                (0, "/v1/begin") => format!("{there}/next"),
                (1, "/next") if comes_back => format!("{here}/last"),
                (1, "/next") => format!("{there}/last"),
                _ => return Ok(Reply::new(200, "")),
            };
            let location = HeaderValue::try_from(next).unwrap();
            Ok(Reply::new(status, "").with_header(HeaderName::from_static("location"), location))
        })
    };
    let (stubs, start) = ([stub(0), stub(1)], async |stub: &Stub| {
        let builder = TestServer::builder(stub.clone());
        if is_tls { builder.tls() } else { builder }.start().await.unwrap()
    });
    let (here, there) = (start(&stubs[0]).await, start(&stubs[1]).await);
    places.set([here.url().to_owned(), there.url().to_owned()]).unwrap();
    let builder = VaultClient::builder().base_url(format!("{}/v1", here.url())).clock(ManualClock::new());
    let builder = builder.header("X-Builder-Key", SECRET).retry(Retry::none());
    let vault = match over_hyper {
        true => {
            let mut hyper = here.hyper();
            if let Some(ca) = there.ca_pem() {
                hyper = hyper.tls_certs_merge(ca);
            }
            builder.transport(hyper.build().unwrap())
        }
        false => {
            let cas = [here.ca_der(), there.ca_der()].into_iter().flatten();
            let cas = cas.map(|ca| apiclient::reqwest::Certificate::from_der(ca).unwrap());
            let http = apiclient::reqwest::Client::builder()
                .no_proxy()
                .redirect(apiclient::reqwest::redirect::Policy::none());
            let http = http
                .retry(apiclient::reqwest::retry::never())
                .referer(false)
                .tls_certs_only(cas)
                .build()
                .unwrap();
            builder.transport(Reqwest::from(http))
        }
    };
    let vault = vault.build().unwrap();
    tuned(vault.get(SECRET, SECRET, SECRET, SECRET)).await.unwrap_or_else(|e| panic!("{what}: {e:#}"));
    let [home, foreign] = stubs.map(|stub| stub.requests());
    assert_eq!((home.len(), foreign.len()), if comes_back { (2, 1) } else { (1, 2) }, "{what}");
    assert!(wire(&home[0]).matches(SECRET).count() > 8, "{what}");
    for request in home[1..].iter().chain(&foreign) {
        let wire = wire(request).to_lowercase();
        assert!(!wire.contains(SECRET) && !wire.contains("referer"), "{what}: {wire}");
    }
}
