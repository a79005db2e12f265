//! What the `metrics` facade is told: names, labels, and how many series there are.

use apiclient::{
    Call, ErrorKind, Method, Rate, RateLimit, Retry,
    auth::{AuthError, Renewing, Token},
    metrics::Metrics,
    prelude::*,
    testing::{ManualClock, SeededRandom, Stub},
    transport::{Reply, TransportError, TransportErrorKind},
};
use futures_util::FutureExt;
use metrics_util::debugging::{DebugValue, DebuggingRecorder};
use std::{
    collections::{BTreeMap, BTreeSet},
    sync::{
        Arc, Mutex,
        atomic::{AtomicBool, AtomicUsize, Ordering},
    },
    time::Duration,
};

#[api_client(base_url = "http://api.test")]
trait Users {
    #[get("/users/{id}")]
    fn user(&self, id: u64) -> Call<u64>;
    #[post("/users")]
    fn add(&self, #[body] name: &str) -> Call<u64>;
}

/// Each series, as a text, with its value.
fn told(work: impl FnOnce()) -> BTreeMap<String, DebugValue> {
    let recorder = DebuggingRecorder::new();
    let snapshotter = recorder.snapshotter();
    metrics::with_local_recorder(&recorder, work);
    let series = snapshotter.snapshot().into_vec().into_iter().map(|(key, _, _, value)| {
        let mut labels: Vec<_> = key.key().labels().map(|l| format!("{}={}", l.key(), l.value())).collect();
        labels.sort();
        (format!("{} {}", key.key().name(), labels.join(" ")), value)
    });
    series.collect()
}

const USER: &str = "api=Users endpoint=user";
const GET: &str = "http.request.method=GET";
const REST: &str = "server.address=api.test server.port=80 url.template=/users/{id}";

/// How many times a histogram was told something.
fn times(all: &BTreeMap<String, DebugValue>, name: &str) -> usize {
    match all.get(name).unwrap_or_else(|| panic!("no {name} in {:#?}", all.keys())) {
        DebugValue::Histogram(all) => all.len(),
        other => panic!("{other:?}"),
    }
}

#[test]
fn of_calls_well_and_not() {
    let clock = ManualClock::new();
    let answers = Mutex::new([200_u16, 503, 200, 404].into_iter());
    let stub = Stub::with(move |sent| {
        if sent.url().path() == "/users/9" {
            return Err(TransportError::new(TransportErrorKind::Broken, std::io::Error::other("gone")));
        }
        Ok(Reply::new(answers.lock().unwrap().next().unwrap_or(200), "7"))
    });
    let all = told(|| {
        let builder = UsersClient::builder().transport(stub).clock(clock.clone()).hook(Metrics::new());
        let builder = builder.random(SeededRandom::new(2)).retry(Retry::new().base(Duration::from_secs(1)));
        let users = builder.rate_limit(RateLimit::new().rate(Rate::new(1, Duration::from_secs(1))).burst(1));
        let users = users.build().unwrap();
        clock.run(users.user(1)).unwrap();
        clock.run(users.user(2)).unwrap();
        clock.run(users.user(3)).unwrap_err();
        clock.run(users.user(9).retry(Retry::none())).unwrap_err();
        clock.run(users.add("ada")).unwrap();
        let report = users.client().call(Method::from_bytes(b"REPORT").unwrap(), "/x").fetch::<u64>();
        clock.run(report).unwrap();
        drop(Box::pin(users.user(4)).now_or_never());
    });
    let value = |name: &str| all.get(name).unwrap_or_else(|| panic!("no {name} in {:#?}", all.keys()));
    let status = "http.response.status_code";
    // Calls: one outcome each.
    let call = "apiclient.call.duration";
    assert_eq!(times(&all, &format!("{call} {USER} {GET} {status}=200 outcome=ok {REST}")), 2);
    assert_eq!(times(&all, &format!("{call} {USER} {GET} {status}=404 outcome=status {REST}")), 1);
    assert_eq!(times(&all, &format!("{call} {USER} {GET} outcome=transport {REST}")), 1);
    assert_eq!(times(&all, &format!("{call} {USER} {GET} outcome=dropped {REST}")), 1);
    let untyped = format!(
        "{call} http.request.method=_OTHER {status}=200 outcome=ok server.address=api.test server.port=80"
    );
    assert_eq!(times(&all, &untyped), 1);
    assert!(times(&all, &format!("apiclient.call.wait {USER} {GET} {REST}")) > 0);
    assert_eq!(*value(&format!("apiclient.call.active {USER} {GET} {REST}")), DebugValue::Gauge(0.0.into()));
    let retries = format!("apiclient.call.retries {USER} error.type=status {GET} {REST}");
    assert_eq!(*value(&retries), DebugValue::Counter(1));
    // Requests: a retry is one of its own.
    let request = "http.client.request.duration";
    assert_eq!(times(&all, &format!("{request} {USER} {GET} {status}=200 {REST}")), 2);
    assert_eq!(times(&all, &format!("{request} {USER} error.type=503 {GET} {status}=503 {REST}")), 1);
    assert_eq!(times(&all, &format!("{request} {USER} error.type=404 {GET} {status}=404 {REST}")), 1);
    assert_eq!(times(&all, &format!("{request} {USER} error.type=transport {GET} {REST}")), 1);
    let bodies = |name: &str, labels: &str| match value(&format!("{name} {labels}")) {
        DebugValue::Histogram(all) => all.iter().map(|length| length.into_inner()).sum::<f64>(),
        other => panic!("{other:?}"),
    };
    let own = format!("{USER} {GET} {REST}");
    // Each answer has a byte, those of errors as well.
    assert!((bodies("http.client.response.body.size", &own) - 4.0).abs() < f64::EPSILON);
    let add = "api=Users endpoint=add http.request.method=POST server.address=api.test server.port=80 url.template=/users";
    assert!((bodies("http.client.request.body.size", add) - 5.0).abs() < f64::EPSILON);
    assert_eq!(times(&all, &format!("http.client.request.body.size {own}")), 0, "a GET has none");
}

/// Ten thousand ids, as many methods that nobody knows, as many templates, and as many hosts: the series are as many as the endpoints.
#[test]
fn as_many_series_as_endpoints() {
    let all = told(|| {
        let builder = UsersClient::builder().transport(Stub::json("7")).clock(ManualClock::new());
        let users = builder.hook(Metrics::new()).build().unwrap();
        for id in 0..10_000_u64 {
            assert!(users.user(id).now_or_never().unwrap().is_ok());
            if id % 10 == 0 {
                let method = Method::from_bytes(format!("M{id}").as_bytes()).unwrap();
                let call = users.client().call(method, format!("/thing/{id}")).fetch::<u64>();
                assert!(call.now_or_never().unwrap().is_ok());
            }
        }
    });
    // Four of an endpoint, one for its outcome and one for its requests; the same for all others together.
    assert_eq!(all.len(), 12, "{:#?}", all.keys());

    let all = told(|| {
        let metrics = Arc::new(Metrics::new());
        for host in 0..100 {
            let builder = UsersClient::builder().base_url(format!("http://h{host}.test"));
            let builder = builder.transport(Stub::json("7")).clock(ManualClock::new());
            let users = builder.hook(metrics.clone()).build().unwrap();
            assert!(users.user(host).now_or_never().unwrap().is_ok());
        }
    });
    let hosts: BTreeSet<_> = all.keys().filter_map(|key| key.split("server.address=").nth(1)).collect();
    let hosts: BTreeSet<_> = hosts.iter().filter_map(|rest| rest.split(' ').next()).collect();
    assert_eq!(hosts.len(), 17, "{hosts:?}");
    assert!(hosts.contains("_OTHER"));
}

/// A breaker that opens, tries, and closes again; what limits hold; a token that is renewed, and one that is not.
#[test]
fn of_breakers_limits_and_tokens() {
    #[api_client(base_url = "http://api.test")]
    #[auth(bearer)]
    #[breaker(min = 2, ratio = 0.5, open = "5s")]
    #[concurrency(4)]
    #[rate_limit("100/s", key = "{id}")]
    trait Guarded {
        #[get("/users/{id}")]
        fn user(&self, id: u64) -> Call<u64>;
    }
    let clock = ManualClock::new();
    let is_down = Arc::new(AtomicBool::new(true));
    let down = is_down.clone();
    let stub = Stub::with(move |_| Ok(Reply::new(if down.load(Ordering::Relaxed) { 503 } else { 200 }, "7")));
    let number = AtomicUsize::new(0);
    let token = Renewing::by(move |_| {
        let is_first = number.fetch_add(1, Ordering::Relaxed) == 0;
        async move {
            match is_first {
                true => Ok(Token::new("t-1").expires_in(Duration::from_secs(60))),
                false => Err(AuthError::new("the issuer is down")),
            }
        }
    });
    let metrics = Arc::new(Mutex::new(None));
    let kept = metrics.clone();
    let all = told(move || {
        let metrics = Arc::new(Metrics::new());
        let builder = GuardedClient::builder().transport(stub).clock(clock.clone()).hook(metrics.clone());
        let users = builder.auth(token).retry(Retry::none()).build().unwrap();
        clock.run(users.user(1)).unwrap_err();
        clock.run(users.user(2)).unwrap_err();
        assert_eq!(clock.run(users.user(3)).unwrap_err().kind(), ErrorKind::CircuitOpen);
        is_down.store(false, Ordering::Relaxed);
        clock.advance(Duration::from_secs(6));
        clock.run(users.user(4)).unwrap();
        metrics.record(users.client());
        clock.advance(Duration::from_secs(90));
        clock.run(users.user(5)).unwrap_err();
        *kept.lock().unwrap() = Some(metrics);
    });
    let of = "breaker=Guarded server.address=api.test server.port=80";
    let value = |name: &str| all.get(name).unwrap_or_else(|| panic!("no {name} in {:#?}", all.keys()));
    for state in ["open", "half_open", "closed"] {
        let changes = format!("apiclient.breaker.changes {of} state={state}");
        assert_eq!(*value(&changes), DebugValue::Counter(1), "{state}");
    }
    let gauge = |number: f64| DebugValue::Gauge(number.into());
    assert_eq!(*value(&format!("apiclient.breaker.state {of}")), gauge(0.0));
    // One for all keys, with the least that is left.
    assert_eq!(*value("apiclient.rate_limit.left limit=Guarded"), gauge(99.0));
    assert_eq!(*value("apiclient.rate_limit.waiting limit=Guarded"), gauge(0.0));
    assert_eq!(
        *value("apiclient.concurrency.limit limit=Guarded server.address=api.test server.port=80"),
        gauge(4.0)
    );
    assert_eq!(
        *value("apiclient.concurrency.active limit=Guarded server.address=api.test server.port=80"),
        gauge(0.0)
    );
    assert!(all.contains_key("apiclient.retry_budget.left server=http://api.test"));
    assert_eq!(times(&all, "apiclient.token.renewal.duration outcome=ok"), 1);
    assert_eq!(times(&all, "apiclient.token.renewal.duration outcome=failed"), 1);
    assert!(format!("{:?}", metrics.lock().unwrap()).contains("endpoints: 1"));
}

/// Calls that end elsewhere than they have begun: at another base URL, or where a redirect leads. None is under way in the end, and each request counts where it
/// went.
#[test]
fn calls_that_end_elsewhere() {
    let clock = ManualClock::new();
    let stub = Stub::with(|sent| {
        let location = || ("location".parse().unwrap(), "http://c.test/users/2".parse().unwrap());
        Ok(match (sent.url().host(), sent.url().path()) {
            (Some("a.test"), "/users/1") => Reply::new(503, ""),
            (Some("c.test"), _) => Reply::new(200, "7"),
            (_, "/users/2") => {
                let (name, value) = location();
                Reply::new(307, "").with_header(name, value)
            }
            _ => Reply::new(200, "7"),
        })
    });
    let all = told(|| {
        let builder = UsersClient::builder().transport(stub).clock(clock.clone()).hook(Metrics::new());
        let builder = builder.weighted_base_urls([("http://a.test", 1), ("http://b.test", 1)]);
        let users = builder.random(SeededRandom::new(2)).build().unwrap();
        for _ in 0..50 {
            clock.run(users.user(1)).unwrap();
            clock.run(users.user(2)).unwrap();
        }
    });
    let active: Vec<_> = all.iter().filter(|(name, _)| name.starts_with("apiclient.call.active ")).collect();
    assert!(active.iter().all(|(_, value)| **value == DebugValue::Gauge(0.0.into())), "{active:?}");
    let requests = |host: &str| {
        let of = all.iter().filter(|(name, _)| {
            name.starts_with("http.client.request.duration ") && name.contains(&format!("address={host} "))
        });
        of.map(|(_, value)| if let DebugValue::Histogram(all) = value { all.len() } else { 0 }).sum::<usize>()
    };
    assert_eq!(requests("c.test"), 50, "where the redirects lead");
    assert!(requests("a.test") > 10 && requests("b.test") > 50, "{:#?}", all.keys());
}
