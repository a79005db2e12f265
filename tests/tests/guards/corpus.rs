//! The corpus of response headers, its rate limits: each answer drives a client, whose next call goes when the case says.

use super::{SECOND, get};
use apiclient::{
    Client, HeaderName, HeaderValue, Limits, RateLimit, RateLimitDialect, Retry,
    testing::{ManualClock, Stub},
    transport::Reply,
};
use apiclient_tests::corpus::folder;
use chrono::DateTime;
use serde::Deserialize;
use serde_json::Value;
use std::{
    fs,
    sync::{Arc, Mutex},
    time::Duration,
};

#[derive(Debug, Clone, Deserialize)]
struct Case {
    id: String,
    kind: String,
    headers: Vec<(String, String)>,
    status: Option<u16>,
    now_unix: Option<i64>,
    expected: Value,
}

/// What is known once a call was answered so, and how long the next one waits.
fn told(case: &Case, headers: &[(String, String)]) -> (Limits, Duration) {
    let dialect =
        if case.kind == "ratelimit-legacy" { RateLimitDialect::Guess } else { RateLimitDialect::Ietf };
    let mut reply = Reply::new(case.status.unwrap_or(200), "");
    for (name, value) in headers {
        let name = HeaderName::from_bytes(name.as_bytes()).unwrap();
        reply.headers_mut().append(name, HeaderValue::from_str(value).unwrap());
    }
    if let Some(now) = case.now_unix {
        let date = DateTime::from_timestamp(now, 0).unwrap().format("%a, %d %b %Y %H:%M:%S GMT");
        reply.headers_mut().insert("date", HeaderValue::from_str(&date.to_string()).unwrap());
    }
    let clock = ManualClock::new();
    let times = Arc::new(Mutex::new(Vec::new()));
    let (now, log) = (clock.clone(), times.clone());
    let stub = Stub::with(move |_| {
        log.lock().unwrap().push(now.elapsed());
        Ok(reply.clone())
    });
    let builder = Client::builder().base_url("http://a.test").transport(stub).clock(clock.clone());
    let builder = builder.rate_limit(RateLimit::new().headers(Some(dialect))).retry(Retry::none());
    let client = builder.timeout(SECOND * 100_000).build().unwrap();
    // The answer may be a 429.
    let _ = clock.run(get(&client, 0));
    let limits = client.limits();
    let _ = clock.run(get(&client, 1));
    let times = times.lock().unwrap();
    (limits, times[1] - times[0])
}

/// Nobody is kept for longer.
fn at_most_an_hour(seconds: &Value) -> Duration {
    SECOND * u32::try_from(seconds.as_u64().unwrap()).unwrap().min(3600)
}

/// The items of the case, and no others; where nothing is left of them, the next call waits for the last of them to come back.
fn items(case: &Case) {
    let (limits, wait) = told(case, &case.headers);
    let Some(items) = case.expected["items"].as_array() else {
        assert_eq!((limits.servers().len(), wait), (0, Duration::ZERO), "{}: it is ignored", case.id);
        return;
    };
    assert_eq!((limits.servers().len(), wait), (items.len(), Duration::ZERO), "{}", case.id);
    let mut used_up = case.headers.clone();
    for item in items {
        let name = item["policy"].as_str();
        let known = limits.servers().iter().find(|known| known.name() == name).expect("it is known");
        assert_eq!(known.left(), item["remaining"].as_u64(), "{}", case.id);
        assert_eq!(
            known.resets_after().map(|reset| reset.as_secs()),
            item["reset_s"].as_u64().map(|s| s.min(3600))
        );
        for (_, value) in &mut used_up {
            *value = value.replacen(&format!("r={}", item["remaining"]), "r=0", 1);
        }
    }
    let last = items
        .iter()
        .filter(|item| item["reset_s"].is_u64())
        .map(|item| at_most_an_hour(&item["reset_s"]))
        .max();
    assert_eq!(told(case, &used_up).1, last.unwrap_or_default(), "{}: {used_up:?}", case.id);
}

/// A policy by itself stops nobody; beside a `RateLimit` it says how much there is when nothing is used.
fn policies(case: &Case) {
    let (limits, wait) = told(case, &case.headers);
    assert_eq!((limits.servers().len(), wait), (0, Duration::ZERO), "{}", case.id);
    for item in case.expected["items"].as_array().expect("items") {
        let mut headers = case.headers.clone();
        headers.push(("RateLimit".into(), format!("{};r=0;t=9", item["policy"])));
        let (limits, wait) = told(case, &headers);
        let [known] = limits.servers() else { panic!("{}: one", case.id) };
        assert_eq!(
            (known.name(), known.quota()),
            (item["policy"].as_str(), item["quota"].as_u64()),
            "{}",
            case.id
        );
        assert_eq!(wait, SECOND * 9, "{}", case.id);
    }
}

fn legacy(case: &Case) {
    let expected = &case.expected;
    if let Some(reset) = expected.get("reset_requests_s") {
        let mut headers = case.headers.clone();
        headers.push(("x-ratelimit-remaining-requests".into(), "0".into()));
        assert_eq!(told(case, &headers).1, at_most_an_hour(reset), "{}", case.id);
        return;
    }
    let (limits, wait) = told(case, &case.headers);
    let [known] = limits.servers() else { panic!("{}: one", case.id) };
    assert_eq!(
        (known.quota(), known.left()),
        (expected["limit"].as_u64(), expected["remaining"].as_u64()),
        "{}",
        case.id
    );
    assert_eq!(wait, at_most_an_hour(&expected["wait_s"]), "{}", case.id);
}

#[test]
fn corpus() {
    let Some(folder) = folder("headers") else { return };
    let text = fs::read_to_string(folder.join("cases.json")).expect("the corpus has its cases");
    let cases: Vec<Value> = serde_json::from_str(&text).expect("the corpus is a JSON list");
    let mut driven = [("ratelimit", 0), ("ratelimit-policy", 0), ("ratelimit-legacy", 0)];
    for case in cases {
        let kind = case["kind"].as_str().unwrap_or_default().to_owned();
        let Some((_, count)) = driven.iter_mut().find(|(name, _)| *name == kind) else { continue };
        *count += 1;
        let case = serde_json::from_value(case).expect("a case of this kind");
        match &*kind {
            "ratelimit" => items(&case),
            "ratelimit-policy" => policies(&case),
            _ => legacy(&case),
        }
    }
    println!("driven: {driven:?}");
    assert!(driven.iter().all(|(_, count)| *count > 0), "{driven:?}");
}
