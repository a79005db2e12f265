//! AWS Signature Version 4: the published vectors, and a server whose clock is another one.

use apiclient::{
    Client, Method,
    auth::SigV4,
    testing::{ManualClock, Stub},
    transport::Reply,
};
use serde_json::Value;
use std::{path::PathBuf, process::Command, time::Duration};

const SECRET: &str = "wJalrXUtnFEMI/K7MDENG/bPxRfiCYEXAMPLEKEY";
/// 2013-05-24T00:00:00Z, and when clocks of tests begin.
const S3_DAY: u64 = 1_369_353_600;
const BEGINS: u64 = 1_767_225_600;

/// A client whose clock is that of another day: it learns it from a server that refuses it once.
fn at(day: u64, key: SigV4, base: &str) -> (Client, Stub, ManualClock) {
    let stub = Stub::with(move |sent| {
        let is_first = sent.url().path() == "/what-time-is-it";
        let date = http_date(day).parse().unwrap();
        Ok(Reply::new(if is_first { 403 } else { 200 }, "1").with_header("date".parse().unwrap(), date))
    });
    let clock = ManualClock::new();
    let builder = Client::builder().base_url(base).transport(stub.clone()).clock(clock.clone()).auth(key);
    let client = builder.build().unwrap();
    clock.run(client.call(Method::GET, "/what-time-is-it").fetch::<()>()).unwrap_err();
    (client, stub, clock)
}

/// RFC 9110, section 5.6.7, of two days only.
fn http_date(day: u64) -> &'static str {
    match day {
        S3_DAY => "Fri, 24 May 2013 00:00:00 GMT",
        _ => "Sun, 30 Aug 2015 12:36:00 GMT",
    }
}

fn signature(stub: &Stub) -> (String, String) {
    let authorization = super::header(stub, "authorization").unwrap();
    let part = |name: &str| {
        let rest = authorization.split_once(name).unwrap().1;
        rest.split(',').next().unwrap().to_owned()
    };
    assert!(authorization.starts_with("AWS4-HMAC-SHA256 Credential=AKI"), "{authorization}");
    (part("SignedHeaders="), part("Signature="))
}

/// "Authenticating Requests (AWS Signature Version 4)" of the documents of S3: its examples; but for the upload, which has no
/// `Content-Type`, and a body of ours has one.
#[test]
fn the_examples_of_s3() {
    let key = SigV4::new("us-east-1", "s3", "AKIAIOSFODNN7EXAMPLE", SECRET);
    let (client, stub, clock) = at(S3_DAY, key, "https://examplebucket.s3.amazonaws.com");
    clock.run(client.call(Method::GET, "/test.txt").fetch::<u8>().header("range", "bytes=0-9")).unwrap();
    assert_eq!(
        signature(&stub),
        (
            "host;range;x-amz-content-sha256;x-amz-date".into(),
            "f0e8bdb87c964420e857bd35b5d6ed310bd44f0170aba48dd91039c6036bdb41".into()
        )
    );
    assert_eq!(super::header(&stub, "x-amz-date").unwrap(), "20130524T000000Z");
    for (target, expected) in [
        ("/?lifecycle", "fea454ca298b7da1c68078a5d1bdbfbbe0d65c699e0f91ac7a200a0136783543"),
        ("/?max-keys=2&prefix=J", "34b48302e7b5fa45bde8084f4b7868a86f0a534bc59db6670ed5711ef69dc6f7"),
    ] {
        clock.run(client.call(Method::GET, target).fetch::<u8>()).unwrap();
        assert_eq!(signature(&stub).1, expected, "{target}");
    }
    let all: Vec<_> = stub.requests().iter().map(|sent| format!("{sent:?}")).collect();
    assert!(!all.concat().contains(SECRET));
}

/// Packages of other platforms need not be there.
const HOST: &str =
    if cfg!(target_os = "macos") { "aarch64-apple-darwin" } else { "x86_64-unknown-linux-gnu" };

/// The test suite that AWS publishes, where the crate `aws-sigv4` has it.
fn suite() -> PathBuf {
    let cargo = std::env::var("CARGO").unwrap_or_else(|_| "cargo".into());
    let metadata = Command::new(cargo)
        .args(["metadata", "--format-version", "1", "--locked", "--filter-platform", HOST])
        .output()
        .unwrap();
    let metadata: Value = serde_json::from_slice(&metadata.stdout).unwrap();
    let packages = metadata["packages"].as_array().unwrap();
    let ours = packages.iter().find(|package| package["name"] == "aws-sigv4").unwrap();
    PathBuf::from(ours["manifest_path"].as_str().unwrap()).with_file_name("aws-signing-test-suite").join("v4")
}

/// Not those that hash the body into a header (S3 does), sign before a session's token is added, do not normalize a path outside of S3, or send
/// what no client of ours does: a path that is not encoded, or is not to be encoded twice, a header of several
/// lines, twice, or with white space around its value.
#[test]
fn the_published_suite() {
    let mut done = Vec::new();
    let mut names: Vec<_> = std::fs::read_dir(suite()).unwrap().map(|entry| entry.unwrap().path()).collect();
    names.sort();
    for path in names {
        let read = |name: &str| std::fs::read_to_string(path.join(name));
        let Ok(context) = read("context.json") else { continue };
        let context: Value = serde_json::from_str(&context).unwrap();
        let request = read("request.txt").unwrap();
        let (head, body) = request.split_once("\n\n").unwrap_or((&request, ""));
        let mut lines = head.lines();
        let (method, rest) = lines.next().unwrap().split_once(' ').unwrap();
        let target = rest.strip_suffix(" HTTP/1.1").unwrap();
        let is_ours = context["sign_body"] == false
            && context["normalize"] == true
            && context.get("omit_session_token").is_none()
            && target.is_ascii()
            && !target.contains([' ', '.', '%'])
            && !target.contains("//")
            && !head.contains("\n ")
            && !head.contains(": ")
            && head.matches("My-Header1").count() < 2;
        if !is_ours {
            continue;
        }
        let credentials = |name: &str| context["credentials"][name].as_str().unwrap().to_owned();
        let mut key = SigV4::new(
            context["region"].as_str().unwrap(),
            context["service"].as_str().unwrap(),
            credentials("access_key_id"),
            credentials("secret_access_key"),
        );
        if let Some(token) = context["credentials"].get("token") {
            key = key.session_token(token.as_str().unwrap());
        }
        let (client, stub, clock) = at(1_440_938_160, key, "https://example.amazonaws.com");
        // Literal, but for what a template would take for one of its own.
        let method: Method = method.parse().unwrap();
        let mut call = client.call(method, target).fetch::<u8>();
        let mut is_possible = true;
        for line in lines {
            let (name, value) = line.split_once(':').unwrap();
            match name.to_ascii_lowercase().as_str() {
                "host" => {}
                "content-length" => is_possible = false,
                _ => call = call.header(name, value),
            }
        }
        if !body.is_empty() || !is_possible {
            continue;
        }
        let name = path.file_name().unwrap().to_string_lossy().into_owned();
        if let Err(e) = clock.run(call) {
            panic!("{name}: {e}");
        }
        assert_eq!(signature(&stub).1, read("header-signature.txt").unwrap().trim(), "{name}");
        done.push(name);
    }
    assert_eq!(done.len(), 11, "{done:?}");
}

/// 67: ten minutes apart. The time comes from the refusal, the request is sent once more, and the next one is right at once.
#[test]
fn a_clock_that_is_wrong() {
    let clock = ManualClock::new();
    let stub = Stub::with({
        let clock = clock.clone();
        move |sent| {
            let ours = BEGINS + 600 + clock.elapsed().as_secs();
            let (hour, minute, second) = (ours / 3600 % 24, ours / 60 % 60, ours % 60);
            let says = sent.headers()["x-amz-date"].to_str().unwrap().to_owned();
            let is_right = says == format!("20260101T{hour:02}{minute:02}{second:02}Z");
            let date = format!("Thu, 01 Jan 2026 {hour:02}:{minute:02}:{second:02} GMT");
            let reply = Reply::new(if is_right { 200 } else { 403 }, "1");
            Ok(reply.with_header("date".parse().unwrap(), date.parse().unwrap()))
        }
    });
    let key = SigV4::new("us-east-1", "s3", "AKIAIOSFODNN7EXAMPLE", SECRET);
    let builder = Client::builder().base_url("https://b.test").transport(stub.clone()).clock(clock.clone());
    let client = builder.auth(key).build().unwrap();
    let put = || client.call(Method::POST, "/a").body("text/plain", "x").fetch::<u8>();
    clock.run(put()).unwrap();
    assert_eq!(stub.requests().len(), 2);
    clock.advance(Duration::from_secs(100));
    clock.run(put()).unwrap();
    assert_eq!(stub.requests().len(), 3);
    // One that refuses for another reason is not asked again.
    let no = Stub::with(|_| {
        let date = "Thu, 01 Jan 2026 00:00:30 GMT".parse().unwrap();
        Ok(Reply::new(403, "").with_header("date".parse().unwrap(), date))
    });
    let builder =
        Client::builder().base_url("https://b.test").transport(no.clone()).clock(ManualClock::new());
    let key = SigV4::new("us-east-1", "s3", "AKIAIOSFODNN7EXAMPLE", SECRET);
    let client = builder.auth(key).build().unwrap();
    assert!(clock.run(client.call(Method::GET, "/a").fetch::<()>()).is_err());
    assert_eq!(no.requests().len(), 1);
}

/// What is sent is what is signed: a path is encoded in one way only, and a stream is not signed where it would have to be.
#[test]
fn what_is_signed() {
    let stub = Stub::with(|_| Ok(Reply::new(200, "1")));
    let key = |service: &str| SigV4::new("us-east-1", service, "AKIAIOSFODNN7EXAMPLE", SECRET);
    let clock = ManualClock::new();
    let client = |service: &str| {
        let builder =
            Client::builder().base_url("https://b.test").transport(stub.clone()).clock(clock.clone());
        builder.auth(key(service)).build().unwrap()
    };
    let s3 = client("s3");
    clock.run(s3.call(Method::GET, "/{+key}").param("key", "a+b/(c) ü~!*'").fetch::<u8>()).unwrap();
    assert_eq!(stub.requests().last().unwrap().url().path(), "/a%2Bb/%28c%29%20%C3%BC~%21%2A%27");
    let stream = || {
        apiclient::Body::factory(None, || {
            Box::pin(futures_util::stream::empty::<Result<apiclient::Bytes, std::io::Error>>())
        })
    };
    clock.run(s3.call(Method::PUT, "/x").body("text/plain", stream()).fetch::<u8>()).unwrap();
    assert_eq!(super::header(&stub, "x-amz-content-sha256").unwrap(), "UNSIGNED-PAYLOAD");
    let e = clock
        .run(client("lambda").call(Method::PUT, "/x").body("text/plain", stream()).fetch::<u8>())
        .unwrap_err();
    assert!(e.to_string().contains("a body that is not in memory cannot be signed for `lambda`"), "{e}");
    assert!(!format!("{:?}", key("s3")).contains("wJal"));
}
