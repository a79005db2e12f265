//! An `Auth` of one's own: what it sees, when it is asked, and what a challenge leads to.

use super::{clock, header, stub};
use apiclient::{
    Body, Client, ClientBuilder, ErrorKind, Method, Redirects, Retry,
    auth::{Auth, AuthError, Authorizing, Bearer, Outgoing, Refusal, Verdict},
    prelude::*,
    testing::{ManualClock, Stub},
    time::BoxFuture,
    transport::Reply,
};
use futures_util::stream;
use std::sync::{Arc, Mutex};

fn builder(stub: &Stub, clock: &ManualClock) -> ClientBuilder<Client> {
    Client::builder().base_url("http://api.test/v1").transport(stub.clone()).clock(clock.clone())
}

/// Signs what it sees, and waits for its key or not.
#[derive(Debug, Default)]
struct Signer {
    waits: bool,
    seen: Mutex<Vec<String>>,
}

impl Auth for Signer {
    fn authorize<'a>(&'a self, request: &mut Outgoing<'_>) -> Authorizing<'a> {
        let body =
            request.body().bytes().map_or_else(|| "?".into(), |b| String::from_utf8_lossy(b).into_owned());
        let names: Vec<_> = ["content-type", "x-attempt"]
            .into_iter()
            .filter_map(|name| request.headers().get(name))
            .collect();
        let seen = format!(
            "{} {} {body} {names:?} {:?} {}",
            request.method(),
            request.url(),
            request.scopes(),
            request.unix_time().as_secs()
        );
        self.seen.lock().unwrap().push(seen);
        if !self.waits {
            request.secret_header("x-signature", "s1gned");
            return Authorizing::done();
        }
        let sleep = request.clock().sleep(std::time::Duration::from_secs(2));
        Authorizing::wait(async move {
            sleep.await;
            Ok(|request: &mut Outgoing<'_>| request.secret_header("x-signature", "s1gned"))
        })
    }
}

#[api_client(base_url = "http://api.test/v1")]
#[auth(custom, scopes = ["read"])]
#[retry(attempts = 2, attempt_header = "x-attempt")]
trait Signed {
    #[put("/orders/{id}{?dry}")]
    #[auth(custom, scopes = ["write", "orders"])]
    fn order(&self, id: &str, dry: bool, #[body] order: &[u8; 2]) -> Call<String>;
    #[get("/orders")]
    fn orders(&self) -> Call<String>;
    #[get("/refunds")]
    #[auth(scopes = ["refunds"])]
    fn refunds(&self) -> Call<String>;
}

#[test]
fn it_sees_what_is_sent_on_each_attempt() {
    for waits in [false, true] {
        let (stub, clock) = (Stub::new(), clock());
        stub.on("PUT /orders/{id}{?dry}").reply(Reply::new(503, "")).reply(Reply::new(200, "\"yes\""));
        stub.on("GET /orders").returns(&"yes");
        stub.on("GET /refunds").returns(&"yes");
        let signer = Arc::new(Signer { waits, ..Signer::default() });
        let builder = SignedClient::builder().transport(stub.clone()).clock(clock.clone());
        let signed =
            builder.auth(signer.clone()).random(apiclient::testing::SeededRandom::new(1)).build().unwrap();
        clock.run(signed.order("a b/ü", true, b"12")).unwrap();
        clock.run(signed.orders()).unwrap();
        clock.run(signed.refunds()).unwrap();
        let seen = signer.seen.lock().unwrap();
        let url = "http://api.test/v1/orders/a%20b%2F%C3%BC?dry=true";
        assert!(
            seen[0].starts_with(&format!(
                "PUT {url} [49,50] [\"application/json\", \"1\"] [\"write\", \"orders\"] 1767225600"
            )),
            "{}",
            seen[0]
        );
        assert!(
            seen[1].starts_with(&format!("PUT {url} [49,50] [\"application/json\", \"2\"]")),
            "{}",
            seen[1]
        );
        assert!(seen[2].contains("[\"read\"]") && seen[3].contains("[\"refunds\"]"), "{seen:?}");
        assert_eq!(stub.requests().iter().filter(|r| r.headers()["x-signature"] == "s1gned").count(), 4);
    }
}

/// Those that must not be sent end the call: nothing was, and it is not tried again.
#[test]
fn no_credentials() {
    #[derive(Debug)]
    struct Locked(bool);
    impl Auth for Locked {
        fn authorize<'a>(&'a self, _: &mut Outgoing<'_>) -> Authorizing<'a> {
            let e = || AuthError::reauth_required("the vault is locked").with_source("no key");
            if self.0 {
                Authorizing::wait(async move { Err::<fn(&mut Outgoing<'_>), _>(e()) })
            } else {
                Authorizing::fail(e())
            }
        }
    }
    for waits in [false, true] {
        let (stub, clock) = (stub(), clock());
        let client = builder(&stub, &clock).auth(Locked(waits)).build().unwrap();
        let e = clock.run(client.call(Method::GET, "/x").fetch::<String>()).unwrap_err();
        assert_eq!(e.to_string(), "GET /x: there are no credentials: the vault is locked");
        assert_eq!((e.kind(), e.attempts(), e.progress()), (ErrorKind::Auth, 0, None));
        assert!(e.is_reauth_required() && e.kind().as_str() == "auth");
        let causes = std::iter::successors(std::error::Error::source(&e), |e| e.source());
        assert_eq!(causes.map(ToString::to_string).collect::<Vec<_>>(), ["the vault is locked", "no key"]);
        assert!(stub.requests().is_empty());
    }
}

/// A token that is replaced when it is refused.
#[derive(Debug, Default)]
struct Renewed {
    token: Mutex<u32>,
    asked: Mutex<Vec<u16>>,
    fails: bool,
}

impl Auth for Renewed {
    fn authorize<'a>(&'a self, request: &mut Outgoing<'_>) -> Authorizing<'a> {
        request.bearer(&format!("secret-token-{}", self.token.lock().unwrap()));
        Authorizing::done()
    }

    fn challenged<'a>(&'a self, refusal: Refusal<'a>) -> BoxFuture<'a, Result<Verdict, AuthError>> {
        self.asked.lock().unwrap().push(refusal.status().as_u16());
        let sent = refusal.sent().map(|value| value.to_str().unwrap().to_owned());
        let result = match refusal.status().as_u16() {
            401 if self.fails => Err(AuthError::reauth_required("the session is over")),
            401 => {
                assert_eq!(sent, Some(format!("Bearer secret-token-{}", self.token.lock().unwrap())));
                *self.token.lock().unwrap() += 1;
                Ok(Verdict::Again)
            }
            _ => Ok(Verdict::Refused),
        };
        Box::pin(std::future::ready(result))
    }
}

fn server(good: u32) -> Stub {
    Stub::with(move |sent| {
        let token = format!("Bearer secret-token-{good}");
        Ok(match sent.headers().get("authorization") {
            Some(value) if *value == token => Reply::new(200, "\"yes\""),
            other => Reply::new(
                401,
                format!("{{\"message\":\"{} is over\"}}", other.map_or("", |v| v.to_str().unwrap())),
            ),
        })
    })
}

#[test]
fn refused_once_and_sent_again() {
    let (stub, clock) = (server(1), clock());
    let renewed = Arc::new(Renewed::default());
    let client = builder(&stub, &clock).auth(renewed.clone()).build().unwrap();
    // A POST as well: what was refused was not done.
    let answer = clock.run(client.call(Method::POST, "/x").json(&1).fetch::<String>().send()).unwrap();
    assert_eq!((&**answer.body(), answer.attempts(), stub.requests().len()), ("\"yes\"", 1, 2));
    assert_eq!(stub.requests()[1].body().bytes().map(|b| &b[..]), Some(&b"1"[..]));
    assert_eq!(*renewed.asked.lock().unwrap(), [401]);
}

/// 63: a second 401 is the caller's; what the server repeats of the token is not.
#[test]
fn refused_twice() {
    let (stub, clock) = (server(7), clock());
    let renewed = Arc::new(Renewed::default());
    let client =
        builder(&stub, &clock).auth(renewed.clone()).retry(Retry::new().attempts(5)).build().unwrap();
    let e = clock.run(client.call(Method::GET, "/x").fetch::<String>()).unwrap_err();
    assert!(e.is_unauthorized() && e.kind() == ErrorKind::Status);
    assert_eq!((stub.requests().len(), renewed.asked.lock().unwrap().len()), (2, 1));
    assert!(!format!("{e} {e:?}").contains("secret-token"), "{e:?}");
    assert_eq!(e.to_string(), "GET /x: 401 Unauthorized: *** is over");
}

/// Once per call, and not once per try.
#[test]
fn once_per_call() {
    let (clock, count) = (clock(), Arc::new(Mutex::new(0)));
    let number = count.clone();
    let stub = Stub::with(move |_| {
        let mut number = number.lock().unwrap();
        *number += 1;
        Ok(Reply::new([401, 503, 401][(*number - 1) % 3], ""))
    });
    let renewed = Arc::new(Renewed::default());
    let client = builder(&stub, &clock).auth(renewed.clone()).build().unwrap();
    let e = clock.run(client.call(Method::GET, "/x").fetch::<String>()).unwrap_err();
    assert!(e.is_unauthorized(), "{e}");
    assert_eq!((e.attempts(), *count.lock().unwrap()), (2, 3));
    assert_eq!(*renewed.asked.lock().unwrap(), [401]);
}

#[test]
fn what_ends_the_call() {
    let (stub, clock) = (server(1), clock());
    let renewed = Arc::new(Renewed { fails: true, ..Renewed::default() });
    let client = builder(&stub, &clock).auth(renewed).build().unwrap();
    let e = clock.run(client.call(Method::GET, "/x").fetch::<String>()).unwrap_err();
    assert_eq!((e.kind(), e.status().map(|s| s.as_u16())), (ErrorKind::Auth, Some(401)));
    assert!(e.is_reauth_required() && e.is_unauthorized());
    assert_eq!(e.to_string(), "GET /x: 401 Unauthorized, and the session is over");
    assert!(!format!("{e:?}").contains("secret-token"), "{e:?}");

    // A body that can be sent only once.
    let renewed = Arc::new(Renewed::default());
    let client = builder(&stub, &clock).auth(renewed).build().unwrap();
    let body = Body::stream(stream::iter([Ok::<_, std::io::Error>("x")]));
    let e =
        clock.run(client.call(Method::POST, "/x").body("text/plain", body).fetch::<String>()).unwrap_err();
    assert!(e.to_string().ends_with("(not tried again: its body can be sent only once)"), "{e}");
}

/// Redirects that stay at home are authorized anew, those that leave are not; links go without, but for origins that were named.
#[test]
fn credentials_stay_at_home() {
    let stub = Stub::with(|sent| {
        let to = |place: &str| {
            Reply::new(307, "").with_header("location".parse().unwrap(), place.parse().unwrap())
        };
        Ok(match sent.url().path() {
            "/v1/home" => to("/v1/there"),
            "/v1/away" => to("http://other.test/x"),
            "/x" if sent.url().host() == Some("other.test") => to("http://api.test/v1/there"),
            _ => Reply::new(200, "\"yes\""),
        })
    });
    let clock = clock();
    let builder = builder(&stub, &clock).auth(Bearer::new("t")).allow_origin("http://linked.test");
    let client =
        builder.auth_origin("http://uploads.test:80").redirects(Redirects::new().most(3)).build().unwrap();
    let carried = || -> Vec<bool> {
        stub.requests().iter().map(|r| r.headers().contains_key("authorization")).collect()
    };
    clock.run(client.call(Method::GET, "/home").fetch::<String>()).unwrap();
    assert_eq!(carried(), [true, true]);
    clock.run(client.call(Method::GET, "/away").fetch::<String>()).unwrap();
    assert_eq!(carried()[2..], [true, false, false]);
    clock.run(client.call_url(Method::GET, "http://linked.test/a").fetch::<String>()).unwrap();
    assert_eq!(header(&stub, "authorization"), None);
    clock.run(client.call_url(Method::GET, "http://uploads.test/a").fetch::<String>()).unwrap();
    assert!(header(&stub, "authorization").is_some());
    clock.run(client.call_url(Method::GET, "http://api.test/v1/a").fetch::<String>()).unwrap();
    assert!(header(&stub, "authorization").is_some());
    clock
        .run(client.call_url(Method::GET, "http://linked.test/a").fetch::<String>().auth(Bearer::new("own")))
        .unwrap();
    assert_eq!(header(&stub, "authorization").unwrap(), "Bearer own");
}
