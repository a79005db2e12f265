//! Answers of any kind to endpoints that read them in every way: typed or refused, printed in one line, and what the request
//! held is nowhere in it.
#![no_main]

use apiclient::{
    Created, HeaderMap, HeaderName, HeaderValue, Retry, StatusCode,
    prelude::*,
    testing::ManualClock,
    transport::{Attempt, BoxFuture, Reply, Transport, TransportError},
};
use libfuzzer_sys::{
    arbitrary::{Result, Unstructured},
    fuzz_target,
};
use serde::Deserialize;
use std::{
    collections::BTreeMap,
    future::Future,
    pin::pin,
    sync::{LazyLock, Mutex, PoisonError},
    task::{Context, Poll, Waker},
};

const SECRET: &str = "hunter2-canary";

#[derive(Debug, Deserialize)]
#[allow(dead_code)]
struct Item {
    id: u64,
    name: Option<String>,
    rest: Option<BTreeMap<String, f64>>,
}

#[derive(Debug, ApiError)]
#[api(code_at = "/error/code")]
#[allow(dead_code)]
enum Failure {
    #[api(status = 402 | 418, code = "a*" | 7, header("x-a", "*b*"))]
    Coded(#[api(pointer("/error/0/x"))] Vec<Item>, #[api(header("x-a"))] Option<i32>),
    #[api(status = 4xx)]
    Problem(apiclient::Problem),
    #[api(status = 400..=599)]
    Typed {
        body: Item,
        #[api(status)]
        status: u16,
        #[api(error)]
        source: apiclient::Error,
    },
    #[api(code = "*")]
    Text(String),
    #[api(kind = decode)]
    Garbled,
    #[api(other)]
    Other(apiclient::Error),
}

#[derive(Debug, FromStatus)]
#[allow(dead_code)]
enum Many {
    #[api(status = 200)]
    Full(Item),
    #[api(status = 201 | 304)]
    Tagged(#[api(header("etag"))] String),
    #[api(status = 2xx)]
    Rest,
}

#[derive(Debug, FromHeaders)]
#[allow(dead_code)]
struct Meta {
    etag: Option<String>,
    #[api(header = "x-a")]
    numbers: Vec<u8>,
    #[api(header = "retry-after")]
    float: Option<f32>,
}

#[api_client(base_url = "http://api.test/base", show_body = ["/error/param", "/a/0"], show_headers = ["x-a"])]
#[header("X-Tenant", "hunter2-canary")]
trait Api {
    #[get("/item")]
    fn item(&self) -> Call<Item, Failure>;
    #[get("/plain")]
    fn plain(&self) -> Call<Json<Vec<Item>>>;
    #[get("/many")]
    fn many(&self) -> Call<Response<Many>>;
    #[head("/meta")]
    fn meta(&self) -> Call<Meta>;
    #[post("/made")]
    fn made(&self) -> Call<Created<Option<String>>>;
    #[get("/within")]
    #[envelope("/data/0/a~1b")]
    #[none_on(404)]
    #[error_body(fail_if("/error"), fail_unless("/status/0", "ok*"))]
    fn within(&self) -> Call<Option<Item>>;
    #[get("/unit")]
    #[success(100..=999)]
    #[envelope("/data")]
    fn unit(&self) -> Call<()>;
}

static ANSWER: Mutex<Option<(StatusCode, HeaderMap, Vec<u8>)>> = Mutex::new(None);

/// A stub would remember millions of requests.
#[derive(Debug)]
struct Memory;

impl Transport for Memory {
    fn send<'a>(&'a self, _: Attempt<'a>) -> BoxFuture<'a, std::result::Result<Reply, TransportError>> {
        let answer = ANSWER.lock().unwrap_or_else(PoisonError::into_inner).clone();
        let (status, headers, body) = answer.expect("it is set before each call");
        Box::pin(std::future::ready(Ok(Reply::from_parts(status, headers, body.into()))))
    }
}

static CLIENT: LazyLock<ApiClient> = LazyLock::new(|| {
    // One answer for each call: what is tried again has tests of its own.
    let builder = ApiClient::builder().transport(Memory).clock(ManualClock::new()).retry(Retry::none());
    builder.header("authorization", format!("Bearer {SECRET}")).build().expect("all it needs")
});

const WORDS: [&str; 32] = [
    "{",
    "}",
    "[",
    "]",
    ":",
    ",",
    "\"",
    "\"error\"",
    "\"code\"",
    "\"message\"",
    "\"data\"",
    "\"a/b\"",
    "\"status\"",
    "\"ok\"",
    "\"title\"",
    "\"errors\"",
    "\"id\"",
    "1",
    "0",
    "-1e400",
    "null",
    "true",
    "\"\\ud800\"",
    "\"x\"",
    "<title>",
    "</title>",
    "\n",
    " hunter2-canary ",
    "?k=hunter2-canary&",
    "\u{feff}",
    "\"abc\"",
    "[[[[[[[[[[[[[[[[",
];
const TYPES: [&[u8]; 8] = [
    b"application/json",
    b"application/problem+json",
    b"text/plain",
    b"text/html; charset=utf-8",
    b"",
    b"application/vnd.x+json",
    b"a/b",
    b"\xff;",
];

fn answer(u: &mut Unstructured<'_>) -> Result<(StatusCode, HeaderMap, Vec<u8>)> {
    const STATUSES: [u16; 16] =
        [200, 201, 204, 207, 299, 304, 400, 402, 404, 409, 418, 422, 429, 500, 599, 999];
    let status = StatusCode::from_u16(*u.choose(&STATUSES)?).expect("a status");
    let mut headers = HeaderMap::new();
    if let Ok(value) = HeaderValue::from_bytes(u.choose(&TYPES)?) {
        headers.insert("content-type", value);
    }
    for name in ["etag", "x-a", "retry-after", "location", "date", "x-request-id"] {
        let length = u.int_in_range(0..=12)?;
        if let (true, Ok(value)) = (length > 0, HeaderValue::from_bytes(u.bytes(length)?)) {
            headers.append(HeaderName::from_static(name), value);
        }
    }
    let mut body = Vec::new();
    while !u.is_empty() && body.len() < 4096 {
        match u.int_in_range(0..=4)? {
            0 => body.push(u.arbitrary()?),
            _ => body.extend_from_slice(u.choose(&WORDS)?.as_bytes()),
        }
    }
    Ok((status, headers, body))
}

/// Everything answers at once.
fn now<T>(call: impl Future<Output = T>) -> T {
    match pin!(call).poll(&mut Context::from_waker(Waker::noop())) {
        Poll::Ready(value) => value,
        Poll::Pending => panic!("an answer in memory keeps nobody waiting"),
    }
}

fn check(error: &apiclient::Error) {
    for line in [format!("{error}"), format!("{error:#}"), format!("{error:?}"), format!("{error:#?}")] {
        assert!(!line.contains(SECRET), "{line}");
        assert!(line.starts_with("Error {") || !line.contains(char::is_control), "{line:?}");
    }
    assert!(error.message().is_none_or(|m| m.chars().count() <= 210 && !m.trim().is_empty()), "{error}");
    let _ =
        (error.code(), error.retry_after(), error.json::<Item>(), error.problem::<Item>(), error.response());
}

fn run(u: &mut Unstructured<'_>) -> Result<()> {
    *ANSWER.lock().unwrap_or_else(PoisonError::into_inner) = Some(answer(u)?);
    if let Err(error) = now(CLIENT.item()) {
        error.error().into_iter().for_each(check);
        let _ = (error.status(), error.is_retryable());
    }
    let errors = [
        now(CLIENT.plain()).err(),
        now(CLIENT.many()).err(),
        now(CLIENT.meta()).err(),
        now(CLIENT.made()).err(),
        now(CLIENT.within()).err(),
        now(CLIENT.unit()).err(),
    ];
    errors.iter().flatten().for_each(check);
    Ok(())
}

fuzz_target!(|bytes: &[u8]| {
    // Too few bytes make no answer.
    let _ = run(&mut Unstructured::new(bytes));
});
