//! How a service is: by its own word, by breakers, limits and tokens, through an outage, in virtual time.

use apiclient::{
    Breaker, Call, Client, ErrorKind, Full, HealthState, HealthWatch, Rate, RateLimit, Retry,
    auth::{AuthError, Renewing, Token, TokenState},
    prelude::*,
    testing::{ManualClock, Sent, Stub},
    time::Clock,
    transport::{Reply, TransportError, TransportErrorKind},
};
use std::{
    sync::{
        Arc, Mutex,
        atomic::{AtomicBool, Ordering},
    },
    time::Duration,
};

const SECOND: Duration = Duration::from_secs(1);

#[api_client(base_url = "http://api.test")]
trait Shop {
    #[health]
    #[get("/health")]
    fn ping(&self) -> Call<()>;
    #[get("/items")]
    fn items(&self) -> Call<String>;
}

#[api_client(base_url = "http://api.test")]
trait Silent {
    #[get("/items")]
    fn items(&self) -> Call<String>;
}

fn refused() -> TransportError {
    TransportError::new(TransportErrorKind::Connect, "refused")
}

/// A service that is down from one second to another.
fn outage(clock: &ManualClock, from: u64, to: u64) -> Stub {
    let began = clock.now();
    let clock = clock.clone();
    Stub::with(move |_| {
        let now = (clock.now() - began).as_secs();
        match (from..to).contains(&now) {
            true => Err(refused()),
            false => {
                Ok(Reply::new(200, "\"ok\"").with_header(http_type(), "application/json".parse().unwrap()))
            }
        }
    })
}

fn http_type() -> apiclient::HeaderName {
    apiclient::HeaderName::from_static("content-type")
}

/// A watcher, somebody who calls, and somebody who waits, through an outage of half a minute.
#[test]
fn through_an_outage() {
    let clock = ManualClock::new();
    let began = clock.now();
    let breaker = Breaker::new().min(3).window(10 * SECOND).open(5 * SECOND);
    let shop = ShopClient::builder().transport(outage(&clock, 10, 40)).clock(clock.clone()).breaker(breaker);
    let shop = shop.retry(Retry::none()).build().unwrap();
    let seen = Mutex::new(Vec::new());
    let waited = Mutex::new(None);
    clock.run(async {
        let mut watch: HealthWatch = shop.client().watch_health(SECOND);
        let watcher = async {
            while let Some(health) = watch.next().await {
                let at = (clock.now() - began).as_secs();
                seen.lock().unwrap().push((at, health.to_string()));
            }
        };
        let caller = async {
            for _ in 0..60 {
                let _ = shop.items().await;
                clock.sleep(SECOND).await;
            }
        };
        let waiter = async {
            clock.sleep(20 * SECOND).await;
            let early = shop.client().wait_until_healthy(5 * SECOND, SECOND).await.unwrap_err();
            assert_eq!(early.kind(), ErrorKind::Timeout);
            assert!(
                early
                    .to_string()
                    .contains("was not healthy within 5s; it is unhealthy: GET /health: no connection"),
                "{early}"
            );
            assert_eq!((clock.now() - began).as_secs(), 25);
            let health = shop.client().wait_until_healthy(60 * SECOND, SECOND).await.unwrap();
            assert!(health.is_healthy() && health.checks()[0].latency() == Duration::ZERO);
            *waited.lock().unwrap() = Some((clock.now() - began).as_secs());
        };
        let all = futures_util::future::join(caller, waiter);
        futures_util::future::select(Box::pin(watcher), Box::pin(all)).await;
    });
    let seen = seen.into_inner().unwrap();
    let states: Vec<_> =
        seen.iter().map(|(at, said)| (*at, said.split(':').next().unwrap().to_owned())).collect();
    let state = |at: u64, said: &str| (at, said.to_owned());
    // The check succeeds at once when the service is back; the breaker lets calls through when it is tried again.
    assert_eq!(states[..3], [state(0, "healthy"), state(10, "unhealthy"), state(40, "degraded")], "{seen:?}");
    assert_eq!(states[3].1, "healthy");
    assert_eq!(states.len(), 4);
    assert!(seen[2].1.contains("the breaker of http://api.test is open for"), "{}", seen[2].1);
    assert_eq!(waited.into_inner().unwrap(), Some(states[3].0));
    assert!(states[3].0 <= 45, "{states:?}");
}

/// Five seconds, one attempt, and past all limits.
#[test]
fn a_check_is_made_once_and_in_time() {
    let clock = ManualClock::new();
    let limit = RateLimit::new().rate(Rate::new(1, 3600 * SECOND)).full(Full::Reject);
    let shop = ShopClient::builder()
        .transport(Stub::silent())
        .clock(clock.clone())
        .rate_limit(limit)
        .build()
        .unwrap();
    let began = clock.now();
    for _ in 0..3 {
        let health = clock.run(shop.client().health());
        assert_eq!(health.state(), HealthState::Unhealthy);
        assert_eq!(health.checks()[0].latency(), 5 * SECOND);
        assert!(health.reasons()[0].contains("within 5s"), "{health}");
        assert_eq!(health.checks()[0].status(), None);
    }
    assert_eq!(clock.now() - began, 15 * SECOND);
    assert_eq!(shop.client().limits().rates()[0].left(), 1, "nothing of the quota was taken");

    let stub = Stub::with(|_| Ok(Reply::new(503, "down")));
    let shop = ShopClient::builder().transport(stub.clone()).clock(clock.clone()).build().unwrap();
    let health = clock.run(shop.client().health());
    assert_eq!((health.state(), stub.requests().len()), (HealthState::Unhealthy, 1));
    assert_eq!(health.checks()[0].status().unwrap(), 503);
    assert_eq!(health.to_string(), "unhealthy: GET /health: 503 Service Unavailable: down");
}

/// What is not as it should be, though the service answers.
#[test]
fn degraded() {
    let clock = ManualClock::new();
    let answer = |status: u16, headers: &'static [(&'static str, &'static str)]| {
        Stub::with(move |_| {
            let reply = Reply::new(status, "");
            Ok(headers.iter().fold(reply, |reply, (name, value)| {
                reply.with_header(apiclient::HeaderName::from_static(name), value.parse().unwrap())
            }))
        })
    };
    let health = |stub: Stub| {
        let limit = RateLimit::new();
        let shop =
            ShopClient::builder().transport(stub).clock(clock.clone()).rate_limit(limit).build().unwrap();
        let _ = clock.run(shop.items());
        clock.run(shop.client().health())
    };
    assert!(health(answer(200, &[("content-type", "application/json")])).is_healthy());
    let limited = health(answer(429, &[]));
    assert_eq!(limited.state(), HealthState::Degraded, "{limited}");
    let used_up = health(answer(
        204,
        &[("ratelimit-limit", "10"), ("ratelimit-remaining", "0"), ("ratelimit-reset", "30")],
    ));
    assert_eq!(used_up.to_string(), "degraded: a quota of http://api.test is used up for 30s");

    // Nothing left for other tries: 4 tokens are not enough for one.
    let failing = Stub::with(|_| Err(refused()));
    let shop =
        ShopClient::builder().transport(failing).clock(clock.clone()).retry_budget(18).build().unwrap();
    let _ = clock.run(shop.items());
    let health = clock.run(shop.client().health());
    assert_eq!(health.retry_tokens(), 4);
    assert_eq!(health.reasons().last().unwrap(), "there is nothing left for other tries");
    let none = ShopClient::builder()
        .transport(answer(204, &[]))
        .clock(clock.clone())
        .retry_budget(0)
        .build()
        .unwrap();
    assert!(clock.run(none.client().health()).is_healthy());

    // One of two base URLs.
    let half = |sent: &Sent| match sent.url().host() {
        Some("b.test") => Err(refused()),
        _ => Ok(Reply::new(204, "")),
    };
    let shop =
        ShopClient::builder().base_urls(["http://a.test", "http://b.test"]).transport(Stub::with(half));
    let shop = shop.clock(clock.clone()).build().unwrap();
    let health = clock.run(shop.client().health());
    assert_eq!(health.state(), HealthState::Degraded);
    let origins: Vec<_> =
        health.checks().iter().map(|check| (check.origin().unwrap(), check.error().is_some())).collect();
    assert_eq!(origins, [("http://a.test", false), ("http://b.test", true)]);
}

/// Without a `#[health]` endpoint nothing is sent, and what is known is said.
#[test]
fn without_an_endpoint() {
    let clock = ManualClock::new();
    let stub = Stub::with(|_| Ok(Reply::new(500, "")));
    let breaker = Breaker::new().min(3);
    let client = SilentClient::builder().transport(stub.clone()).clock(clock.clone()).breaker(breaker);
    let client = client.retry(Retry::none()).build().unwrap();
    assert!(clock.run(client.client().health()).is_healthy());
    for _ in 0..3 {
        clock.run(client.items()).unwrap_err();
    }
    let health = clock.run(client.client().health());
    assert_eq!(health.to_string(), "unhealthy: the breaker of http://api.test is open for 5s");
    assert_eq!((stub.requests().len(), health.checks().len()), (3, 0));
    let bare = Client::builder().transport(stub.clone()).clock(clock.clone()).build().unwrap();
    assert!(clock.run(bare.health()).is_healthy());
}

/// Tokens: not there yet, good, over, not to be had, refused for good.
#[test]
fn tokens() {
    let clock = ManualClock::new();
    let (fails, refuses) = (Arc::new(AtomicBool::new(false)), Arc::new(AtomicBool::new(false)));
    let token = {
        let (fails, refuses) = (fails.clone(), refuses.clone());
        Renewing::by(move |_| {
            let (fails, refuses) = (fails.load(Ordering::Relaxed), refuses.load(Ordering::Relaxed));
            async move {
                match (fails, refuses) {
                    (_, true) => Err(AuthError::reauth_required("the grant was revoked")),
                    (true, _) => Err(AuthError::new("the issuer is down")),
                    _ => Ok(Token::new("t-1").expires_in(100 * SECOND)),
                }
            }
        })
    };
    #[api_client(base_url = "http://api.test")]
    #[auth(bearer)]
    trait Reports {
        #[health]
        #[auth(none)]
        #[get("/health")]
        fn ping(&self) -> Call<()>;
        #[get("/reports")]
        fn reports(&self) -> Call<()>;
    }
    let stub = Stub::with(|_| Ok(Reply::new(204, "")));
    let reports = ReportsClient::builder().auth(token).transport(stub).clock(clock.clone()).build().unwrap();
    let health = || clock.run(reports.client().health());
    assert_eq!(health().tokens()[0].state(), &TokenState::Absent);
    clock.run(reports.reports()).unwrap();
    clock.advance(40 * SECOND);
    assert_eq!(health().tokens()[0].state(), &TokenState::Good(Some(60 * SECOND)));
    assert_eq!(health().tokens()[0].name(), "default");
    clock.advance(70 * SECOND);
    let over = health();
    assert_eq!((over.tokens()[0].state(), over.is_healthy()), (&TokenState::Expired, true));
    fails.store(true, Ordering::Relaxed);
    clock.run(reports.reports()).unwrap_err();
    let failed = health();
    assert_eq!(failed.to_string(), "degraded: the token of `default` cannot be renewed: the issuer is down");
    clock.advance(60 * SECOND);
    refuses.store(true, Ordering::Relaxed);
    clock.run(reports.reports()).unwrap_err();
    let out = health();
    assert_eq!(out.to_string(), "unhealthy: `default` is logged out: the grant was revoked");
    assert_eq!(out.tokens()[0].state().as_str(), "logged_out");
}

/// As JSON, with nothing that is secret.
#[test]
fn as_json() {
    let clock = ManualClock::new();
    let stub = Stub::with(|_| Ok(Reply::new(204, "")));
    let token = Renewing::by(|_| async { Ok(Token::new("canary").expires_in(100 * SECOND)) });
    let shop = ShopClient::builder().auth(token).transport(stub).clock(clock.clone()).build().unwrap();
    let health = clock.run(async {
        shop.items().await.ok();
        shop.client().health().await
    });
    let json = serde_json::to_value(&health).unwrap();
    let expected = serde_json::json!({
        "state": "healthy",
        "reasons": [],
        "checks": [{"origin": "http://api.test", "status": 204, "latency_ms": 0, "error": null}],
        "tokens": [{"name": "default", "state": "good", "expires_in_ms": 100_000}],
        "limits": {"rates": [], "servers": [], "concurrency": [], "breakers": []},
        "retry_tokens": 500,
    });
    assert_eq!(json, expected);
}

/// A service that does not answer does not make a wait longer than it was to be.
#[test]
fn a_wait_ends_in_time() {
    let clock = ManualClock::new();
    let stub = Stub::new();
    stub.on("GET /health").returns(&()).after(Duration::from_secs(3600));
    let users = ShopClient::builder().transport(stub).clock(clock.clone()).build().unwrap();
    let began = clock.now();
    let second = Duration::from_secs(1);
    let error = clock.run(users.client().wait_until_healthy(second, second)).unwrap_err();
    assert!(error.is_timeout(), "{error}");
    assert!(clock.now() - began <= second + Duration::from_millis(200), "{:?}", clock.now() - began);
}
