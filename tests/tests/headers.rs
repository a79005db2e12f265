//! The corpus of response headers and error documents: a server that answers so, and what the caller makes of it.

use apiclient::{
    HeaderName, HeaderValue, Method, Random, Redirects, Retry,
    prelude::*,
    testing::{ManualClock, Stub},
    transport::{Reply, TransportError},
};
use apiclient_tests::corpus::{
    folder, head,
    report::{Report, Verdict},
};
use serde::Deserialize;
use serde_json::{Map, Value, json};
use std::{
    collections::BTreeMap,
    fs,
    path::Path,
    sync::{Arc, Mutex},
};

const LEVELS: &[&str] = &["core", "option", "dialect", "unread"];

/// Kinds whose feature does not exist yet.
const NOT_BUILT: [&str; 0] = [];

/// Where the sources disagree: what we make of it instead, and why.
const CHOSEN: [(&str, &str, &str); 3] = [
    ("hdr-052", r#"{"unix_s": null}"#, "a date is in GMT; another zone is refused, not guessed"),
    ("hdr-053", r#"{"unix_s": null}"#, "a date with something behind it is refused"),
    ("hdr-100", r#"{"action": "follow after 0 s"}"#, "a redirect is followed at once, as by most clients"),
];

/// What every case has; the rest is its kind's.
#[derive(Debug, Deserialize)]
struct Case {
    id: String,
    kind: String,
    level: String,
    expected: Map<String, Value>,
    #[serde(flatten)]
    rest: Value,
}

/// An answer, of the kind `problem`.
#[derive(Debug, Clone, Deserialize)]
struct Given {
    status: u16,
    headers: Vec<(String, String)>,
    body: String,
}

/// The same answer by way of the derive.
#[derive(Debug, thiserror::Error, ApiError)]
enum Sorted {
    #[error("{0}")]
    #[api(status = 300..=599)]
    Problem(Problem),
    #[error(transparent)]
    #[api(other)]
    Other(apiclient::Error),
}

/// What became of the cases, and how many there are of each kind that is not built yet.
struct Checked {
    report: Report,
    not_built: BTreeMap<String, usize>,
}

impl Checked {
    fn print(&self) {
        for (kind, count) in &self.not_built {
            println!("not built yet: {kind} ({count} cases)");
        }
        println!("{}", self.report.text());
    }
}

async fn check(folder: &Path) -> Checked {
    let text = fs::read_to_string(folder.join("cases.json")).expect("the corpus has its cases");
    let cases: Vec<Value> = serde_json::from_str(&text).expect("the corpus is a JSON list");
    let mut checked =
        Checked { report: Report { groups: LEVELS, verdicts: Vec::new() }, not_built: BTreeMap::new() };
    for case in cases {
        let id = case["id"].as_str().unwrap_or("a case without an id").to_owned();
        match serde_json::from_value::<Case>(case) {
            Ok(case) if NOT_BUILT.contains(&&*case.kind) => {
                *checked.not_built.entry(case.kind).or_default() += 1;
            }
            Ok(case) => {
                let verdict = verdict(&case).await;
                checked.report.verdicts.push((case.id, level(case.level), verdict));
            }
            Err(e) => checked.report.verdicts.push((
                id,
                "unread".into(),
                Verdict::Failed(format!("it cannot be read: {e}")),
            )),
        }
    }
    checked
}

async fn verdict(case: &Case) -> Verdict {
    let judged = judge(case, &case.expected).await;
    let Some((_, instead, why)) = CHOSEN.iter().find(|(id, ..)| *id == case.id) else {
        return judged.map_or_else(Verdict::Failed, |()| Verdict::Passed);
    };
    let instead = serde_json::from_str(instead).expect("a choice is JSON");
    match (judged, judge(case, &instead).await) {
        (Ok(()), _) => Verdict::Failed("it is as its source has it, and no choice of ours".into()),
        (_, Ok(())) => Verdict::Chosen((*why).into()),
        (_, Err(found)) => Verdict::Failed(found),
    }
}

/// One that no count would have is not lost.
fn level(level: String) -> String {
    if LEVELS.contains(&&*level) { level } else { "unread".into() }
}

async fn judge(case: &Case, expected: &Map<String, Value>) -> Result<(), String> {
    match &*case.kind {
        _ if !LEVELS.contains(&&*case.level) => Err(format!("unknown level {:?}", case.level)),
        "problem" => {
            let given =
                Given::deserialize(&case.rest).map_err(|e| format!("its answer cannot be read: {e}"))?;
            problem(given, expected).await
        }
        "retry-after-status" => {
            let found = action(&case.rest).await?;
            let found = Map::from_iter([("action".to_owned(), json!(found))]);
            match found == *expected {
                true => Ok(()),
                false => Err(format!("expected {}, found {}", json!(expected), json!(found))),
            }
        }
        kind if head::KINDS.contains(&kind) => head::judge(kind, &case.rest, expected),
        kind => Err(format!("unknown kind {kind:?}")),
    }
}

/// What a client does with that status and these headers: whether it asks again, and when.
async fn action(rest: &Value) -> Result<String, String> {
    let mut rest = rest.clone();
    rest["body"] = "".into();
    let given = Given::deserialize(rest).map_err(|e| format!("its answer cannot be read: {e}"))?;
    answer(&given)?;
    let (clock, status) = (ManualClock::new(), given.status);
    let (now, asked) = (clock.clone(), Arc::new(Mutex::new(Vec::new())));
    let log = asked.clone();
    let stub = Stub::with(move |_| {
        let mut log = log.lock().expect("nobody panics");
        log.push(now.elapsed().as_millis());
        match log.len() {
            1 => answer(&given).map_err(|e| TransportError::new(BROKEN, e)),
            _ => Ok(Reply::new(200, "")),
        }
    });
    let client = Client::builder().base_url("http://stub.test").transport(stub).clock(clock.clone());
    let client = client.random(Shortest).build().map_err(|e| e.to_string())?;
    let _ = clock.run(client.call(Method::GET, "/a").fetch::<()>());
    let asked = asked.lock().expect("nobody panics");
    Ok(match asked[..] {
        [_] => "no retry".into(),
        [first, second] if status < 400 => format!("follow after {} s", (second - first) / 1000),
        [first, second] if (second - first) % 1000 == 0 => {
            format!("retry after {} s", (second - first) / 1000)
        }
        ref other => format!("{other:?}"),
    })
}

/// Every wait as short as it can be.
#[derive(Debug)]
struct Shortest;

impl Random for Shortest {
    fn next_u64(&self) -> u64 {
        0
    }
}

async fn problem(given: Given, expected: &Map<String, Value>) -> Result<(), String> {
    let error = refused(given.clone()).await?;
    is_kept(&given, &error)?;
    is_as_expected(error.problem().as_ref(), expected)?;
    // The derive has the same words, and where it has none nothing is lost.
    match Sorted::from(error) {
        Sorted::Problem(problem) => is_as_expected(Some(&problem), expected),
        Sorted::Other(error) => is_as_expected(None, expected).and_then(|()| is_kept(&given, &error)),
    }
}

/// The error of a call that is answered so.
async fn refused(given: Given) -> Result<apiclient::Error, String> {
    answer(&given)?;
    let stub = Stub::with(move |_| answer(&given).map_err(|e| TransportError::new(BROKEN, e)));
    let client = Client::builder()
        .base_url("http://stub.test")
        .transport(stub)
        .retry(Retry::none())
        .redirects(Redirects::none())
        .build();
    let call = client.expect("a client").call(Method::GET, "/x").fetch::<Value>();
    call.await.err().ok_or_else(|| "its status is no error".into())
}

const BROKEN: apiclient::transport::TransportErrorKind = apiclient::transport::TransportErrorKind::Broken;

fn answer(given: &Given) -> Result<Reply, String> {
    let mut reply = Reply::new(given.status, given.body.clone());
    for (name, value) in &given.headers {
        let name = HeaderName::from_bytes(name.as_bytes()).map_err(|e| format!("{name:?}: {e}"))?;
        let value = HeaderValue::from_bytes(value.as_bytes()).map_err(|e| format!("{name}: {e}"))?;
        reply.headers_mut().append(name, value);
    }
    Ok(reply)
}

/// Status, headers and raw body, whatever the body is.
fn is_kept(given: &Given, error: &apiclient::Error) -> Result<(), String> {
    let status = error.status().map(|status| status.as_u16());
    let headers = error.headers().map_or(0, apiclient::HeaderMap::len);
    let body = error.body().map(|body| &body[..]);
    match (status, headers, body) == (Some(given.status), given.headers.len(), Some(given.body.as_bytes())) {
        true => Ok(()),
        false => Err(format!("not kept: status {status:?}, {headers} headers, body {body:?}")),
    }
}

fn is_as_expected(problem: Option<&Problem>, expected: &Map<String, Value>) -> Result<(), String> {
    if expected.is_empty() {
        return Err("it expects nothing".into());
    }
    let wrong = expected.iter().filter_map(|(name, value)| member(problem, name, value).err());
    let wrong: Vec<_> = wrong.collect();
    if wrong.is_empty() { Ok(()) } else { Err(wrong.join("; ")) }
}

fn member(problem: Option<&Problem>, name: &str, expected: &Value) -> Result<(), String> {
    let found = match (name, problem) {
        ("problem", found) if expected.is_null() => {
            return found.map_or(Ok(()), |p| Err(format!("problem: expected none, found {p:?}")));
        }
        ("type", Some(p)) => json!(p.type_uri()),
        ("title", Some(p)) => json!(p.title()),
        ("status", Some(p)) => json!(p.status().as_u16()),
        ("detail", Some(p)) => json!(p.detail()),
        ("instance", Some(p)) => json!(p.instance()),
        ("extensions", Some(p)) => json!(p.extensions()),
        ("type" | "title" | "status" | "detail" | "instance" | "extensions", None) => {
            return Err(format!("{name}: there is no problem document"));
        }
        _ => return Err(format!("unknown expectation {name:?}: {expected}")),
    };
    if found == *expected { Ok(()) } else { Err(format!("{name}: expected {expected}, found {found}")) }
}

#[tokio::test]
async fn every_header_is_understood() {
    let Some(folder) = folder("headers") else { return };
    let checked = check(&folder).await;
    checked.print();
    let failed = checked.report.failed();
    assert!(!checked.report.verdicts.is_empty(), "there are cases");
    assert!(failed.is_empty(), "failed: {failed:?}");
    for (id, ..) in CHOSEN {
        assert!(checked.report.verdicts.iter().any(|(known, ..)| known == id), "{id} is no case any more");
    }
}

/// A corpus in which something is wrong on purpose: exactly that fails, and by name.
#[tokio::test]
async fn what_is_wrong_fails_by_name() {
    let folder = Path::new(env!("CARGO_TARGET_TMPDIR")).join("wrong-headers");
    fs::create_dir_all(&folder).unwrap();
    fs::write(folder.join("cases.json"), WRONG).unwrap();
    let checked = check(&folder).await;
    checked.print();
    let expected: Vec<_> = WRONG.lines().filter_map(|line| line.split('"').nth(3)).collect();
    let expected: Vec<_> = expected.into_iter().filter(|id| !id.starts_with("right")).collect();
    assert_eq!(checked.report.failed(), expected);
    assert_eq!(checked.not_built, BTreeMap::new());
    let text = checked.report.text();
    assert!(text.contains("core: 40 cases, 5 passed, 35 failed\n"), "{text}");
    for why in [
        "FAILED core wrong-type: type: expected \"/b\", found \"/a\"",
        "FAILED core wrong-none: problem: expected none",
        "FAILED core unknown-kind: unknown kind \"telepathy\"",
        "FAILED core unknown-expectation: unknown expectation \"colour\": \"red\"",
        "FAILED core link-next: next: expected Some(\"http://x.test/c\"), found Some(\"http://x.test/b\")",
        "FAILED core delay-moment: unknown moment",
        "FAILED core limit-some: expected {\"items\":null}, found {\"items\":[{",
        "FAILED core retry-other: expected {\"action\":\"retry after 2 s\"}, found {\"action\":\"retry after 1 s\"}",
        "FAILED dialect hdr-052: it is as its source has it",
        "FAILED dialect hdr-053: expected {\"unix_s\":null}, found {\"unix_s\":0}",
        "FAILED unread unknown-level: unknown level \"maybe\"",
    ] {
        assert!(text.contains(why), "{why}: {text}");
    }
}

const WRONG: &str = r#"[
{"id": "right", "kind": "problem", "level": "core", "status": 400, "headers": [["Content-Type", "application/problem+json"]], "body": "{\"type\":\"/a\",\"title\":\"t\",\"status\":1,\"detail\":\"d\",\"instance\":\"/i\",\"x\":[1]}", "expected": {"type": "/a", "title": "t", "status": 400, "detail": "d", "instance": "/i", "extensions": {"x": [1]}}},
{"id": "right-none", "kind": "problem", "level": "core", "status": 500, "headers": [], "body": "{}", "expected": {"problem": null}},
{"id": "right-no-retry", "kind": "retry-after-status", "level": "core", "status": 404, "headers": [["Retry-After", "1"]], "expected": {"action": "no retry"}},
{"id": "right-retry", "kind": "retry-after-status", "level": "option", "status": 503, "headers": [["Retry-After", "7"]], "expected": {"action": "retry after 7 s"}},
{"id": "retry-other", "kind": "retry-after-status", "level": "core", "status": 503, "headers": [["Retry-After", "1"]], "expected": {"action": "retry after 2 s"}},
{"id": "retry-not", "kind": "retry-after-status", "level": "core", "status": 503, "headers": [["Retry-After", "1"]], "expected": {"action": "no retry"}},
{"id": "retry-no-status", "kind": "retry-after-status", "level": "core", "headers": [], "expected": {"action": "no retry"}},
{"id": "right-link", "kind": "link", "level": "core", "headers": [["Link", "</b>; rel=Next"]], "base_url": "http://x.test/a", "resolved_next": "http://x.test/b", "expected": {"links": [{"target": "/b", "rel": ["Next"]}]}},
{"id": "right-challenge", "kind": "www-authenticate", "level": "core", "headers": [["WWW-Authenticate", "bAsIc"]], "expected": {"challenges": [{"scheme": "Basic", "params": {}}]}},
{"id": "wrong-type", "kind": "problem", "level": "core", "status": 400, "headers": [["Content-Type", "application/problem+json"]], "body": "{\"type\":\"/a\"}", "expected": {"type": "/b"}},
{"id": "wrong-title", "kind": "problem", "level": "core", "status": 400, "headers": [["Content-Type", "application/problem+json"]], "body": "{}", "expected": {"title": "t"}},
{"id": "wrong-status", "kind": "problem", "level": "core", "status": 400, "headers": [["Content-Type", "application/problem+json"]], "body": "{\"status\":401}", "expected": {"status": 401}},
{"id": "wrong-detail", "kind": "problem", "level": "dialect", "status": 400, "headers": [["Content-Type", "application/problem+json"]], "body": "{\"detail\":\"d\"}", "expected": {"detail": null}},
{"id": "wrong-instance", "kind": "problem", "level": "core", "status": 400, "headers": [["Content-Type", "application/problem+json"]], "body": "{\"instance\":\"/i\"}", "expected": {"instance": "/j"}},
{"id": "wrong-extensions", "kind": "problem", "level": "core", "status": 400, "headers": [["Content-Type", "application/problem+json"]], "body": "{\"x\":1}", "expected": {"extensions": {}}},
{"id": "wrong-none", "kind": "problem", "level": "core", "status": 400, "headers": [["Content-Type", "application/problem+json"]], "body": "{}", "expected": {"problem": null}},
{"id": "wrong-some", "kind": "problem", "level": "option", "status": 400, "headers": [], "body": "{}", "expected": {"title": null}},
{"id": "no-error", "kind": "problem", "level": "core", "status": 200, "headers": [["Content-Type", "application/problem+json"]], "body": "{}", "expected": {"type": "about:blank"}},
{"id": "no-header", "kind": "problem", "level": "core", "status": 400, "headers": [["Content Type", "x"]], "body": "{}", "expected": {"problem": null}},
{"id": "expects-nothing", "kind": "problem", "level": "core", "status": 400, "headers": [], "body": "", "expected": {}},
{"id": "unknown-kind", "kind": "telepathy", "level": "core", "headers": [], "expected": {"problem": null}},
{"id": "unknown-expectation", "kind": "problem", "level": "core", "status": 400, "headers": [["Content-Type", "application/problem+json"]], "body": "{}", "expected": {"type": "about:blank", "colour": "red"}},
{"id": "unknown-level", "kind": "problem", "level": "maybe", "status": 500, "headers": [], "body": "", "expected": {"problem": null}},
{"id": "link-target", "kind": "link", "level": "core", "headers": [["Link", "</b>"]], "base_url": "http://x.test/a", "expected": {"links": [{"target": "/c"}]}},
{"id": "link-rel", "kind": "link", "level": "core", "headers": [["Link", "</b>; rel=next"]], "base_url": "http://x.test/a", "expected": {"links": [{"target": "/b"}]}},
{"id": "link-attribute", "kind": "link", "level": "core", "headers": [["Link", "</b>; a=b"]], "base_url": "http://x.test/a", "expected": {"links": [{"target": "/b", "attrs": {"a": "c"}}]}},
{"id": "link-next", "kind": "link", "level": "core", "headers": [["Link", "</b>; rel=next"]], "base_url": "http://x.test/a", "resolved_next": "http://x.test/c", "expected": {"links": [{"target": "/b", "rel": ["next"]}]}},
{"id": "link-any", "kind": "link", "level": "core", "headers": [["Link", "</b>"]], "base_url": "http://x.test/a", "expected": {"any_of": [{"links": []}, "error"]}},
{"id": "link-base", "kind": "link", "level": "core", "headers": [["Link", "</b>"]], "expected": {"links": [{"target": "/b"}]}},
{"id": "link-nothing", "kind": "link", "level": "core", "headers": [], "base_url": "http://x.test/a", "expected": {}},
{"id": "date-other", "kind": "http-date", "level": "core", "value": "Sun, 06 Nov 1994 08:49:37 GMT", "expected": {"unix_s": 784111778}},
{"id": "date-none", "kind": "http-date", "level": "core", "value": "yesterday", "expected": {"unix_s": 0}},
{"id": "date-no-value", "kind": "http-date", "level": "core", "expected": {"unix_s": null}},
{"id": "hdr-052", "kind": "http-date", "level": "dialect", "value": "Thu, 01 Jan 1970 00:00:00 GMT", "expected": {"unix_s": 0}},
{"id": "hdr-053", "kind": "http-date", "level": "dialect", "value": "Thu, 01 Jan 1970 00:00:00 GMT", "expected": {"unix_s": 1}},
{"id": "delay-other", "kind": "retry-after", "level": "core", "headers": [["Retry-After", "1"]], "expected": {"delay_s": 2}},
{"id": "delay-huge", "kind": "retry-after", "level": "core", "headers": [["Retry-After", "86400"]], "expected": {"delay_s": "huge"}},
{"id": "delay-zero", "kind": "retry-after", "level": "core", "headers": [["Retry-After", "0"]], "expected": {"delay_s": null}},
{"id": "delay-moment", "kind": "retry-after", "level": "core", "headers": [["Retry-After", "1"]], "now": "2019-06-03T11:00:01Z", "expected": {"delay_s": 1}},
{"id": "challenge-scheme", "kind": "www-authenticate", "level": "core", "headers": [["WWW-Authenticate", "Basic"]], "expected": {"challenges": [{"scheme": "Bearer", "params": {}}]}},
{"id": "challenge-param", "kind": "www-authenticate", "level": "core", "headers": [["WWW-Authenticate", "Basic realm=x"]], "expected": {"challenges": [{"scheme": "Basic", "params": {}}]}},
{"id": "challenge-token", "kind": "www-authenticate", "level": "core", "headers": [["WWW-Authenticate", "Basic abc="]], "expected": {"challenges": [{"scheme": "Basic", "token68": "abc"}]}},
{"id": "limit-some", "kind": "ratelimit", "level": "core", "headers": [["RateLimit", "\"a\";r=1"]], "expected": {"items": null}},
{"id": "limit-other", "kind": "ratelimit", "level": "core", "headers": [["RateLimit", "\"a\";r=1;t=2"]], "expected": {"items": [{"policy": "a", "remaining": 1}]}},
{"id": "limit-key", "kind": "ratelimit", "level": "core", "headers": [["RateLimit", "\"a\";r=1;pk=:QQ==:"]], "expected": {"items": [{"policy": "a", "remaining": 1, "partition_key_base64": "Qg=="}]}},
{"id": "policy-other", "kind": "ratelimit-policy", "level": "core", "headers": [["RateLimit-Policy", "\"a\";q=1"]], "expected": {"items": [{"policy": "a", "quota": 2}]}},
{"id": "legacy-limit", "kind": "ratelimit-legacy", "level": "option", "headers": [["X-RateLimit-Limit", "5"]], "expected": {"limit": 6}},
{"id": "legacy-wait", "kind": "ratelimit-legacy", "level": "option", "headers": [["X-RateLimit-Remaining", "0"], ["X-RateLimit-Reset", "5"]], "expected": {"wait_s": 0}},
{"id": "legacy-requests", "kind": "ratelimit-legacy", "level": "option", "headers": [["X-RateLimit-Reset-Requests", "1s"]], "expected": {"reset_requests_s": null}},
{"id": "legacy-unknown", "kind": "ratelimit-legacy", "level": "option", "headers": [], "expected": {"colour": "red"}},
{"id": "unread", "kind": "problem", "level": "core"},
{"id": "no-answer", "kind": "problem", "level": "dialect", "headers": 7, "expected": {"problem": null}}
]"#;
