//! The cases of single headers, read through the public face: links, dates, waiting, challenges, limits.

use apiclient::{
    Error, HeaderMap, HeaderName, HeaderValue,
    head::{Challenge, Link, Links, QuotaPolicy, RateLimitDialect, RateLimits, ServiceLimit},
    http::Uri,
    testing,
    transport::Reply,
};
use serde::Deserialize;
use serde_json::{Map, Value, json};
use std::time::Duration;

/// The kinds that are judged here.
pub const KINDS: [&str; 7] = [
    "http-date",
    "link",
    "ratelimit",
    "ratelimit-legacy",
    "ratelimit-policy",
    "retry-after",
    "www-authenticate",
];

const EPOCH: &str = "Thu, 01 Jan 1970 00:00:00 GMT";

/// The moments that the cases are seen from, as a server says them.
const MOMENTS: [(&str, &str); 1] = [("2019-06-03T11:00:00Z", "Mon, 03 Jun 2019 11:00:00 GMT")];

/// What a case of these kinds has.
#[derive(Debug, Deserialize)]
struct Given {
    #[serde(default)]
    headers: Vec<(String, String)>,
    value: Option<String>,
    base_url: Option<String>,
    resolved_next: Option<String>,
    now: Option<String>,
    now_unix: Option<u64>,
}

/// # Errors
///
/// What is wrong with the case, or what came out instead.
pub fn judge(kind: &str, rest: &Value, expected: &Map<String, Value>) -> Result<(), String> {
    let given = Given::deserialize(rest).map_err(|e| format!("its headers cannot be read: {e}"))?;
    if expected.is_empty() {
        return Err("it expects nothing".into());
    }
    match kind {
        "http-date" => is(expected, &json!({ "unix_s": date(given)? })),
        "retry-after" => is(expected, &json!({ "delay_s": delay(given)? })),
        "link" => link(&given, expected),
        "www-authenticate" => is(&lower_schemes(expected), &challenges(&headers(&given)?)),
        "ratelimit-legacy" => legacy(&given, expected),
        "ratelimit" | "ratelimit-policy" => {
            let read = RateLimits::read(&headers(&given)?, RateLimitDialect::Ietf, None);
            let limits = read.limits().iter().map(limit);
            let items: Vec<_> = limits.chain(read.policies().iter().map(policy)).collect();
            is(expected, &json!({ "items": if items.is_empty() { Value::Null } else { items.into() } }))
        }
        kind => Err(format!("unknown kind {kind:?}")),
    }
}

fn is(expected: &Map<String, Value>, found: &Value) -> Result<(), String> {
    let expected = Value::Object(expected.clone());
    if expected == *found { Ok(()) } else { Err(format!("expected {expected}, found {found}")) }
}

fn headers(given: &Given) -> Result<HeaderMap, String> {
    let mut headers = HeaderMap::new();
    for (name, value) in &given.headers {
        let name = HeaderName::from_bytes(name.as_bytes()).map_err(|e| format!("{name:?}: {e}"))?;
        let value = HeaderValue::from_bytes(value.as_bytes()).map_err(|e| format!("{name}: {e}"))?;
        headers.append(name, value);
    }
    Ok(headers)
}

fn error(headers: HeaderMap) -> Error {
    let mut reply = Reply::new(503, "");
    *reply.headers_mut() = headers;
    testing::error_from(reply)
}

/// A wait until then, of a server that lives in 1970.
fn date(given: Given) -> Result<Option<u64>, String> {
    let value = given.value.clone().ok_or("it has no value")?;
    let lines = vec![("Retry-After".to_owned(), value), ("Date".to_owned(), EPOCH.to_owned())];
    let headers = headers(&Given { headers: lines, ..given })?;
    Ok(error(headers).retry_after().map(|wait| wait.as_secs()))
}

/// More than a million years is huge.
fn delay(mut given: Given) -> Result<Value, String> {
    if let Some(now) = &given.now {
        let moment = MOMENTS.iter().find(|(name, _)| name == now).ok_or(format!("unknown moment {now:?}"))?;
        given.headers.push(("Date".into(), moment.1.into()));
    }
    let wait = error(headers(&given)?).retry_after().map(|wait| wait.as_secs());
    Ok(if wait > Some(1 << 45) { json!("huge") } else { json!(wait) })
}

fn link(given: &Given, expected: &Map<String, Value>) -> Result<(), String> {
    let base = given.base_url.as_deref().ok_or("it has no base_url")?;
    let base: Uri = base.parse().map_err(|e| format!("{base:?}: {e}"))?;
    let links = Links::read(&headers(given)?, &base);
    let next = links.url("next").map(|url| url.to_string());
    if given.resolved_next.is_some() && next != given.resolved_next {
        return Err(format!("next: expected {:?}, found {next:?}", given.resolved_next));
    }
    for link in &links {
        let elsewhere = link.anchor().is_some_and(|anchor| !anchor.is_empty());
        if elsewhere && link.rel().any(|rel| links.find(rel) == Some(link)) {
            return Err("a link with another context is taken for this one's".into());
        }
    }
    let found = json!({ "links": links.iter().map(one_link).collect::<Vec<_>>() });
    match expected.get("any_of").and_then(Value::as_array) {
        Some(any) if any.contains(&found) => Ok(()),
        _ => is(expected, &found),
    }
}

/// What is empty is left out, as the cases do.
fn one_link(link: &Link) -> Value {
    let mut found = json!({ "target": link.target() });
    let rel: Vec<_> = link.rel().collect();
    if !rel.is_empty() {
        found["rel"] = json!(rel);
    }
    let attributes: Map<_, _> = link.attributes().map(|(name, value)| (name.into(), value.into())).collect();
    if !attributes.is_empty() {
        found["attrs"] = attributes.into();
    }
    found
}

fn challenges(headers: &HeaderMap) -> Value {
    let one = |challenge: &Challenge| {
        let scheme = challenge.scheme().to_ascii_lowercase();
        let params: Map<_, _> = challenge.params().map(|(name, value)| (name.into(), value.into())).collect();
        match challenge.token68() {
            Some(token) => json!({ "scheme": scheme, "token68": token }),
            None => json!({ "scheme": scheme, "params": params }),
        }
    };
    json!({ "challenges": Challenge::of_server(headers).iter().map(one).collect::<Vec<_>>() })
}

/// Schemes are the same in any case.
fn lower_schemes(expected: &Map<String, Value>) -> Map<String, Value> {
    let mut expected = expected.clone();
    let all = expected.get_mut("challenges").and_then(Value::as_array_mut);
    for scheme in all.into_iter().flatten().filter_map(|challenge| challenge.get_mut("scheme")) {
        *scheme = scheme.as_str().unwrap_or_default().to_ascii_lowercase().into();
    }
    expected
}

fn limit(limit: &ServiceLimit) -> Value {
    let reset = limit.reset().map(|reset| reset.as_secs());
    item(limit.name(), limit.partition_key(), [("remaining", limit.remaining()), ("reset_s", reset)])
}

fn policy(policy: &QuotaPolicy) -> Value {
    let window = policy.window().map(|window| window.as_secs());
    item(policy.name(), policy.partition_key(), [("quota", Some(policy.quota())), ("window_s", window)])
}

fn item(name: Option<&str>, key: Option<&[u8]>, numbers: [(&str, Option<u64>); 2]) -> Value {
    let mut found = json!({ "policy": name });
    for (name, number) in numbers {
        if let Some(number) = number {
            found[name] = number.into();
        }
    }
    if let Some(key) = key {
        found["partition_key_base64"] = base64(key).into();
    }
    found
}

fn base64(bytes: &[u8]) -> String {
    const DIGITS: &[u8; 64] = b"ABCDEFGHIJKLMNOPQRSTUVWXYZabcdefghijklmnopqrstuvwxyz0123456789+/";
    let group = |group: &[u8]| {
        let byte = |i: usize| u32::from(group.get(i).copied().unwrap_or_default());
        let bits = byte(0) << 16 | byte(1) << 8 | byte(2);
        let digit = |i: usize| char::from(DIGITS[(bits >> (18 - 6 * i) & 63) as usize]);
        (0..4).map(|i| if i <= group.len() { digit(i) } else { '=' }).collect::<String>()
    };
    bytes.chunks(3).map(group).collect()
}

/// What the case names; `Retry-After` comes before the reset.
fn legacy(given: &Given, expected: &Map<String, Value>) -> Result<(), String> {
    let headers = headers(given)?;
    let read = RateLimits::read(&headers, RateLimitDialect::Guess, given.now_unix.map(Duration::from_secs));
    let wait = error(headers).retry_after().or(read.wait()).unwrap_or_default();
    let first = read.limits().first();
    let of_requests = read.find("requests").and_then(ServiceLimit::reset);
    let found = |name: &str| match name {
        "limit" => Ok(json!(first.and_then(ServiceLimit::quota))),
        "remaining" => Ok(json!(first.and_then(ServiceLimit::remaining))),
        "wait_s" => Ok(json!(wait.as_secs())),
        "reset_requests_s" => Ok(json!(of_requests.map(|reset| reset.as_secs()))),
        _ => Err(format!("unknown expectation {name:?}")),
    };
    let found: Result<Map<_, _>, _> = expected.keys().map(|name| Ok((name.clone(), found(name)?))).collect();
    found.and_then(|found| is(expected, &found.into()))
}
