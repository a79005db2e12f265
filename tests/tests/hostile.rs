//! Bad input and bad servers: each a typed, readable error before the deadline, never a panic.

use apiclient::{
    Error, ErrorKind, HeaderName,
    prelude::*,
    testing::{ManualClock, Stub},
    transport::Reply,
};
use apiclient_tests::{Fault, FaultServer};
use serde::Deserialize;
use std::time::Duration;

#[derive(Debug, Deserialize)]
#[allow(dead_code, reason = "only whether it can be read matters")]
pub struct User {
    id: u64,
    friends: Vec<Friend>,
}

#[derive(Debug, Deserialize)]
#[allow(dead_code, reason = "only whether it can be read matters")]
pub struct Friend {
    name: String,
}

#[api_client(base_url = "http://stub.test/v1")]
#[retry(none)]
pub trait Users {
    #[get("/users/{id}/profile")]
    fn user(&self, id: &str) -> Call<User>;
    #[get("/files/{+path}")]
    fn file(&self, path: &str) -> Call<String>;
    #[get("/search")]
    fn search(&self, #[query] q: &str, #[header("X-Tag")] tag: &str) -> Call<String>;
    #[post("/users")]
    fn create(&self, #[body] name: &str) -> Call<()>;
}

fn stubbed(stub: &Stub) -> UsersClient {
    UsersClient::builder().transport(stub.clone()).build().unwrap()
}

#[test]
fn every_bad_setting_is_named_in_one_error() {
    let builder =
        UsersClient::builder().base_url("ftp://x").timeout(Duration::ZERO).attempt_timeout(Duration::ZERO);
    let builder =
        builder.user_agent("a\nb").header("content-length", "5").header("x y", "z").header("x-a", "s3cret\n");
    let e = builder
        .max_body(0)
        .connect_timeout(Duration::from_secs(1))
        .transport(Stub::json("1"))
        .build()
        .unwrap_err();
    let said = e.to_string();
    for what in [
        "scheme",
        "`timeout`",
        "`attempt_timeout`",
        "user-agent",
        "content-length",
        "\"x y\" cannot be",
        "`x-a`",
        "max_body",
        "connect_timeout",
    ] {
        assert!(said.contains(what), "{what}: {said}");
    }
    assert!(!said.contains("s3cret") && !said.contains('\n'), "{said}");
}

/// Calls the server once with a clock that stands still until the server is silent; then an hour passes.
async fn fail(fault: Fault) -> Error {
    let server = FaultServer::start(fault).await;
    let clock = ManualClock::new();
    let api = UsersClient::builder().base_url(&server.url).clock(clock.clone()).build().unwrap();
    let call = tokio::spawn(api.user("7"));
    server.outwait(&clock, call).await.expect_err("a failure")
}

fn json(body: &[u8]) -> Fault {
    Fault::answer("200 OK\r\ncontent-type: application/json", body)
}

#[tokio::test]
async fn a_success_that_is_none() {
    for (fault, why) in [
        (
            Fault::answer("200 OK\r\ncontent-type: text/html", b"<html>s3cret</html>"),
            "it is HTML or XML (text/html), not JSON",
        ),
        (json(b""), "it is empty, not struct User"),
        (
            json(b"{\"id\":7,\"friends\":[{\"name\":\"s3cret\"},{\"na"),
            "at `friends[1]`: the JSON ends too early",
        ),
        (json(b"{\"id\":\"s3cret\"}"), "at `id`: invalid type: string, expected u64"),
        (
            json(b"{\"id\":7,\"friends\":[{\"name\":\"a\"},{\"name\":5}]}"),
            "at `friends[1].name`: invalid type: integer, expected a string",
        ),
        (json(b"\xff\xfe"), "expected value"),
        (json("[".repeat(100_000).as_bytes()), "at `[0]`: invalid type: sequence, expected u64"),
    ] {
        let e = fail(fault).await;
        let said = e.to_string();
        assert!(e.is_decode() && e.status().unwrap() == 200 && e.attempts() == 1, "{said}");
        assert!(
            said.starts_with("GET /users/{id}/profile: 200 OK, but the body could not be read: "),
            "{said}"
        );
        assert!(said.ends_with(why), "{said}");
        assert!(!said.contains("s3cret") && !format!("{e:?}").contains("s3cret"), "{e:?}");
        assert!(e.excerpt().is_some() && e.body().unwrap().len() <= 64 * 1024);
    }
}

#[tokio::test]
async fn a_body_that_is_too_long_is_not_read() {
    const CHUNK: &[u8] = &[b'x'; 1 << 16];
    let announced = Fault::flood(b"HTTP/1.1 200 OK\r\ncontent-length: 104857600\r\n\r\n", CHUNK);
    let mut chunk = b"10000\r\n".to_vec();
    chunk.extend_from_slice(CHUNK);
    chunk.extend_from_slice(b"\r\n");
    let endless = Fault::flood(b"HTTP/1.1 200 OK\r\ntransfer-encoding: chunked\r\n\r\n", chunk);
    for fault in [announced, endless] {
        let e = fail(fault).await;
        assert_eq!(e.kind(), ErrorKind::TooLarge);
        assert!(e.to_string().ends_with(" (the body is longer than 67108864 bytes)"), "{e}");
    }
    let error = Fault::flood(b"HTTP/1.1 500 Oops\r\ncontent-length: 104857600\r\n\r\n", CHUNK);
    let e = fail(error).await;
    assert_eq!(
        (e.is_server_error(), e.body().unwrap().len()),
        (true, 64 * 1024),
        "an error's body is cut off"
    );
}

#[tokio::test]
async fn an_error_counts_also_without_its_body() {
    let half = b"HTTP/1.1 503 No\r\nx-request-id: r-7\r\ncontent-length: 100\r\n\r\nhalf".to_vec();
    let e = fail(Fault::send(half.clone())).await;
    assert_eq!((e.kind(), e.status().unwrap().as_u16()), (ErrorKind::Status, 503));
    assert_eq!((e.body().unwrap().as_ref(), e.request_id()), (&b"half"[..], Some("r-7")));
    let e = fail(Fault::stall(half)).await;
    assert_eq!(
        (e.kind(), e.status().unwrap().as_u16(), e.request_id()),
        (ErrorKind::Status, 503, Some("r-7"))
    );
}

#[tokio::test]
async fn lengths_that_announce_no_body() {
    let head = Fault::send(b"HTTP/1.1 200 OK\r\ncontent-length: 10000000000\r\n\r\n");
    let server = FaultServer::start(head).await;
    let client = Client::builder().retry(apiclient::Retry::none()).base_url(&server.url).build().unwrap();
    let answer = client.call(apiclient::Method::HEAD, "/x").fetch::<()>().send().await.unwrap();
    assert_eq!(answer.headers()["content-length"], "10000000000");

    let server = FaultServer::start(Fault::answer("200 OK", b"")).await;
    let client = Client::builder().retry(apiclient::Retry::none()).base_url(&server.url).build().unwrap();
    for method in ["POST", "PUT", "PATCH", "DELETE", "GET"] {
        client
            .call(apiclient::Method::from_bytes(method.as_bytes()).unwrap(), "/x")
            .fetch::<()>()
            .await
            .unwrap();
    }
    let said: Vec<_> = server.heads().iter().map(|head| head.contains("content-length: 0\r\n")).collect();
    assert_eq!(said, [true, true, true, false, false]);
}

#[tokio::test]
async fn the_media_type_of_a_body_can_be_declared() {
    #[api_client(base_url = "http://stub.test")]
    #[retry(none)]
    trait Merge {
        #[patch("/x")]
        #[header("Content-Type", "application/merge-patch+json")]
        fn declared(&self, #[body(json)] patch: &[u8]) -> Call<u8>;
        #[patch("/x")]
        fn argument(
            &self,
            #[header("Content-Type")] media_type: &str,
            #[body(json)] patch: &[u8],
        ) -> Call<u8>;
        #[patch("/x")]
        fn plain(&self, #[body(json)] patch: &[u8]) -> Call<u8>;
    }
    let stub = Stub::json("1");
    let api = MergeClient::builder().transport(stub.clone()).build().unwrap();
    api.declared(&[1]).await.unwrap();
    api.argument("text/x", &[1]).await.unwrap();
    api.plain(&[1]).await.unwrap();
    api.plain(&[1]).header("content-type", "a/b").await.unwrap();
    let types: Vec<_> =
        stub.requests().iter().map(|r| r.headers()["content-type"].to_str().unwrap().to_owned()).collect();
    assert_eq!(types, ["application/merge-patch+json", "text/x", "application/json", "a/b"]);
}

#[tokio::test]
async fn statuses_are_typed() {
    type Is = fn(&Error) -> bool;
    for (status, is) in [
        (401, Error::is_unauthorized as Is),
        (403, Error::is_forbidden),
        (404, Error::is_not_found),
        (409, Error::is_conflict),
        (429, Error::is_rate_limited),
        (500, Error::is_server_error),
        (599, Error::is_server_error),
    ] {
        let stub = Stub::with(move |_| {
            let mut reply = Reply::new(status, "why");
            reply.headers_mut().insert(HeaderName::from_static("x-request-id"), "r-1".parse().unwrap());
            Ok(reply)
        });
        let e = stubbed(&stub).user("s3cret").await.unwrap_err();
        assert!(is(&e) && e.kind() == ErrorKind::Status, "{e}");
        assert_eq!((e.request_id(), e.body().unwrap().as_ref(), e.attempts()), (Some("r-1"), &b"why"[..], 1));
        assert_eq!(e.endpoint().unwrap().name(), "user");
        assert!(e.to_string().starts_with(&format!("GET /users/{{id}}/profile: {status}")), "{e}");
        assert!(e.to_string().ends_with("(request id r-1)") && !e.to_string().contains("s3cret"), "{e}");
    }
    let moved = stubbed(&Stub::with(|_| Ok(Reply::new(302, "")))).create("x").await.unwrap_err();
    assert_eq!(moved.to_string(), "POST /users: 302 Found, and it does not say where to");
    assert_eq!(moved.kind(), ErrorKind::Redirect);
}

#[tokio::test]
async fn whatever_is_too_late_says_which_limit() {
    let clock = ManualClock::new();
    let api = || UsersClient::builder().transport(Stub::silent()).clock(clock.clone());
    let late = async |call: Call<User>, advance: u64| {
        let call = tokio::spawn(call);
        while clock.sleepers() == 0 {
            tokio::task::yield_now().await;
        }
        clock.advance(Duration::from_secs(advance));
        call.await.unwrap().unwrap_err()
    };
    let e = late(api().build().unwrap().user("1"), 30).await;
    assert_eq!(
        e.to_string(),
        "GET /users/{id}/profile: no answer from http://stub.test within 30s, the limit of an attempt"
    );
    assert_eq!((e.elapsed(), e.attempts(), e.is_timeout()), (Duration::from_secs(30), 1, true));
    let e = late(api().timeout(Duration::from_secs(5)).build().unwrap().user("1"), 5).await;
    assert_eq!(
        e.to_string(),
        "GET /users/{id}/profile: no answer from http://stub.test within 5s, the limit of the call"
    );
    let e = late(api().build().unwrap().user("1").timeout(Duration::from_millis(1500)), 2).await;
    assert!(e.to_string().contains("1.5s"), "{e}");
    let e = late(
        api().build().unwrap().user("1").attempt_timeout(Duration::from_secs(1)).timeout(Duration::MAX),
        1,
    )
    .await;
    assert!(e.to_string().contains("1s, the limit of an attempt"), "{e}");
    assert_eq!(clock.sleepers(), 0);
}

#[tokio::test(start_paused = true)]
async fn the_default_clock_keeps_deadlines() {
    let api =
        UsersClient::builder().transport(Stub::silent()).timeout(Duration::from_secs(7)).build().unwrap();
    let calls: Vec<_> = (0..100).map(|_| tokio::spawn(api.user("1"))).collect();
    for call in calls {
        assert!(call.await.unwrap().unwrap_err().is_timeout());
    }
    // And again, after the wheel has stood still.
    tokio::time::sleep(Duration::from_secs(5)).await;
    assert!(api.user("1").await.unwrap_err().is_timeout());
}

/// A paused runtime that is driven only where a test does it.
fn paused() -> tokio::runtime::Runtime {
    tokio::runtime::Builder::new_current_thread().enable_all().start_paused(true).build().unwrap()
}

#[tokio::test(start_paused = true)]
async fn the_default_clock_is_at_most_a_tick_late() {
    let api = UsersClient::builder().transport(Stub::silent()).build().unwrap();
    for limit in [1, 19, 20, 21, 1000, 25_000] {
        let limit = Duration::from_millis(limit);
        let began = tokio::time::Instant::now();
        let e = api.user("1").timeout(limit).await.unwrap_err();
        let took = began.elapsed();
        assert!(
            e.is_timeout() && took >= limit && took <= limit + Duration::from_millis(22),
            "{limit:?}: {took:?}"
        );
    }
    let e = api.user("1").timeout(Duration::ZERO).await.unwrap_err();
    assert!(e.is_timeout() && e.attempts() == 0, "{e}");
}

#[test]
fn a_runtime_that_stands_still_holds_no_deadline_up() {
    let api =
        UsersClient::builder().transport(Stub::silent()).timeout(Duration::from_secs(7)).build().unwrap();
    let still = paused();
    still.spawn(api.user("1"));
    still.block_on(tokio::task::yield_now());
    let other = paused();
    let call = api.user("2");
    let result = other.block_on(async { tokio::time::timeout(Duration::from_secs(60), call).await });
    assert!(result.expect("before the minute is over").unwrap_err().is_timeout());
}

#[test]
fn a_paused_runtime_takes_no_other_runtimes_time() {
    let api = UsersClient::builder()
        .transport(Stub::silent())
        .attempt_timeout(Duration::from_secs(3600))
        .build()
        .unwrap();
    let hour = api.user("1").timeout(Duration::from_secs(3600));
    assert!(paused().block_on(hour).unwrap_err().is_timeout());
    let other = paused();
    let e = other.block_on(api.user("1").timeout(Duration::from_secs(1))).unwrap_err();
    assert!(e.is_timeout() && e.elapsed() >= Duration::from_secs(1), "{e:#?}");
}

#[test]
fn a_runtime_that_is_over_fails_a_call_at_once() {
    let api = UsersClient::builder().transport(Stub::silent()).build().unwrap();
    let over = paused();
    let handle = over.handle().clone();
    drop(over);
    let e = handle.block_on(api.user("1")).unwrap_err();
    assert_eq!(e.kind(), ErrorKind::Config);
}

#[test]
fn a_runtime_without_time_says_so_and_spoils_no_other() {
    let api =
        UsersClient::builder().transport(Stub::silent()).timeout(Duration::from_secs(7)).build().unwrap();
    let timeless = tokio::runtime::Builder::new_current_thread().build().unwrap();
    for _ in 0..2 {
        let e = timeless.block_on(api.user("1")).unwrap_err();
        assert_eq!(e.kind(), ErrorKind::Config);
        assert!(e.to_string().contains("enable_time"), "{e}");
    }
    assert!(paused().block_on(api.user("1")).unwrap_err().is_timeout());
}

#[test]
fn a_runtime_that_ends_takes_no_deadline_with_it() {
    let api =
        UsersClient::builder().transport(Stub::silent()).timeout(Duration::from_secs(7)).build().unwrap();
    let first = paused();
    let half_done = first.spawn(api.user("1"));
    first.block_on(tokio::task::yield_now());
    drop(first);
    drop(half_done);
    assert!(paused().block_on(api.user("2")).unwrap_err().is_timeout());
}

#[test]
fn outside_a_runtime_a_call_fails_and_does_not_panic() {
    let api = UsersClient::builder().base_url("http://127.0.0.1:9").build().unwrap();
    let e = futures_util::FutureExt::now_or_never(api.user("1")).unwrap().unwrap_err();
    assert!(e.to_string().contains("needs a Tokio runtime"), "{e}");
}
