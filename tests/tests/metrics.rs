//! What the `metrics` facade is told: names, labels, and how many series there are.

use apiclient::{
    Call, Method, Rate, RateLimit, Retry,
    metrics::Metrics,
    prelude::*,
    testing::{ManualClock, SeededRandom, Stub},
    transport::Reply,
};
use futures_util::FutureExt;
use metrics_util::debugging::{DebugValue, DebuggingRecorder};
use std::{collections::BTreeMap, sync::Mutex, time::Duration};

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

const USER: &str = "api=Users endpoint=user http.request.method=GET";

#[test]
fn of_calls_well_and_not() {
    let clock = ManualClock::new();
    let answers = Mutex::new([200_u16, 503, 200, 404].into_iter());
    let stub = Stub::with(move |_| Ok(Reply::new(answers.lock().unwrap().next().unwrap_or(200), "7")));
    let all = told(|| {
        let builder = UsersClient::builder().transport(stub).clock(clock.clone()).hook(Metrics::new());
        let builder = builder.random(SeededRandom::new(2)).retry(Retry::new().base(Duration::from_secs(1)));
        let users = builder.rate_limit(RateLimit::new().rate(Rate::new(1, Duration::from_secs(1))).burst(1));
        let users = users.build().unwrap();
        clock.run(users.user(1)).unwrap();
        clock.run(users.user(2)).unwrap();
        clock.run(users.user(3)).unwrap_err();
        clock.run(users.add("ada")).unwrap();
        let report = users.client().call(Method::from_bytes(b"REPORT").unwrap(), "/x").fetch::<u64>();
        clock.run(report).unwrap();
        drop(Box::pin(users.user(4)).now_or_never());
    });
    let value = |name: &str| all.get(name).unwrap_or_else(|| panic!("no {name} in {:#?}", all.keys()));
    let template = "url.template=/users/{id}";
    let lengths = |name: &str| match value(name) {
        DebugValue::Histogram(all) => all.len(),
        other => panic!("{other:?}"),
    };
    let status = "http.response.status_code";
    assert_eq!(lengths(&format!("apiclient.call.duration {USER} {status}=200 outcome=ok {template}")), 2);
    assert_eq!(lengths(&format!("apiclient.call.duration {USER} {status}=404 outcome=status {template}")), 1);
    assert_eq!(lengths(&format!("apiclient.call.duration {USER} outcome=dropped {template}")), 1);
    let untyped = format!("apiclient.call.duration {status}=200 http.request.method=_OTHER outcome=ok");
    let untyped = untyped.replace(
        &format!("{status}=200 http.request.method=_OTHER"),
        &format!("http.request.method=_OTHER {status}=200"),
    );
    assert_eq!(lengths(&untyped), 1);
    assert!(lengths(&format!("apiclient.call.wait {USER} {template}")) > 0);
    let own = format!("{USER} {template}");
    assert_eq!(*value(&format!("http.client.requests {own}")), DebugValue::Counter(4));
    assert_eq!(*value(&format!("http.client.response.body.size {own}")), DebugValue::Counter(2));
    let retries = format!(
        "apiclient.call.retries api=Users endpoint=user error.type=status http.request.method=GET {template}"
    );
    assert_eq!(*value(&retries), DebugValue::Counter(1));
    assert_eq!(*value(&format!("apiclient.call.active {own}")), DebugValue::Gauge(0.0.into()));
    let add = "api=Users endpoint=add http.request.method=POST url.template=/users";
    assert_eq!(*value(&format!("http.client.request.body.size {add}")), DebugValue::Counter(5));
}

/// Ten thousand ids, as many methods that nobody knows, and as many templates: the series are as many as the endpoints.
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
    // Six of an endpoint and one for its outcome; the same for all others together.
    assert_eq!(all.len(), 12, "{:#?}", all.keys());
}
