//! What arrives of a request, whatever brings it.

use super::{Site, Subject};
use crate::root;
use apiclient::{
    Body, Bytes, HeaderMap, HeaderValue, Method,
    prelude::*,
    testing::{Sent, Stub},
    transport::Reply,
};
use futures_util::stream;
use std::{fs, io};

#[api_client(base_url = "http://tags.test")]
trait Tags {
    #[get("/tags")]
    #[header("X-Tag", "first")]
    #[header("X-Empty", "")]
    fn tags(&self, #[header("X-Tag")] more: &[&str]) -> Call<()>;
}

fn ok() -> Stub {
    Stub::with(|_| Ok(Reply::new(200, "")))
}

fn last(site: &Site) -> Sent {
    site.stub.requests().pop().expect("a request")
}

/// Its own headers, without those that frame the request and name its server.
fn own(mut headers: HeaderMap) -> HeaderMap {
    for name in ["host", "content-length", "transfer-encoding"] {
        headers.remove(name);
    }
    headers
}

/// About a million bytes that repeat late.
pub(super) fn megabyte() -> Bytes {
    (0..1_u32 << 20).map(|i| i.to_le_bytes()[(i % 3) as usize]).collect()
}

pub async fn every_verb<S: Subject>() {
    let site = Site::of::<S>(ok()).await;
    for verb in
        ["GET", "POST", "PUT", "PATCH", "DELETE", "OPTIONS", "TRACE", "HEAD", "PURGE", "PROPFIND", "x"]
    {
        let verb = Method::from_bytes(verb.as_bytes()).expect("a verb");
        site.call(&verb, "/verbs").fetch::<()>().await.unwrap();
        assert_eq!((last(&site).method(), last(&site).url().path()), (&verb, "/verbs"));
    }
}

/// Byte for byte what the pipeline says.
pub async fn the_target_is_kept<S: Subject>() {
    let long = format!("/{}?q={}", "a".repeat(8_000), "b".repeat(8_000));
    let targets = [
        "/",
        "/a%2Fb",
        "/a%2fb",
        "/it's",
        "/a%7Cb?x=a%7Cb",
        "/a|b?x=a|b",
        "/%7B%7D?%7B",
        "/{a}?{a}",
        "/%C3%A9",
        "//evil.test/x",
        "/a//b//",
        "/a?",
        "/a?b=c?d/e",
        "/a;b,c:@&=+$!*()?;b,c:@&=+$!*()",
        "/a%20b+c?a%20b+c",
        "/%41?%41",
        "/a%2E%2E/b",
        "/a/%2e%2e/b",
        "/~user/-._~",
        "/a?x=%00%0A",
        "/a\\b",
        "/a%5Cb",
        "/a?x=\"<>`^",
        &long,
    ];
    assert_targets::<S>(&targets, 15).await;
}

pub async fn a_quote_in_a_query_is_kept<S: Subject>() {
    assert_targets::<S>(&["/it's?q=it's"], 1).await;
}

async fn assert_targets<S: Subject>(targets: &[&str], at_least: usize) {
    let site = Site::of::<S>(ok()).await;
    let mut wrong = Vec::new();
    for target in targets {
        let before = site.stub.requests().len();
        let result = site.client.call_url(Method::GET, *target).fetch::<()>().await;
        let asked = site.recorder.asked();
        if result.is_err() {
            // What the pipeline refuses is no transport's affair.
            assert_eq!(asked.len(), before, "{target}: {result:?}");
            continue;
        }
        let arrived = last(&site).url().path_and_query().map_or(String::new(), |t| t.as_str().to_owned());
        let sent = &asked.last().expect("an attempt").0;
        if arrived != *sent {
            wrong.push((sent.clone(), arrived));
        }
    }
    assert!(wrong.is_empty(), "{wrong:?}");
    assert!(site.stub.requests().len() >= at_least, "{} can be sent", site.stub.requests().len());
}

/// As long as the pipeline lets through.
pub async fn the_longest_target<S: Subject>() {
    let site = Site::of::<S>(ok()).await;
    let target = format!("/{}?{}", "a".repeat(32_000), "b".repeat(65_534 - 32_002));
    site.client.call_url(Method::GET, &*target).fetch::<()>().await.unwrap();
    assert!(last(&site).url().path_and_query().is_some_and(|t| t.as_str() == target));
}

pub async fn headers_arrive_as_they_are<S: Subject>() {
    let site = Site::of::<S>(ok()).await;
    let big = "x".repeat(16 << 10);
    let call = site.call(&Method::GET, "/").fetch::<()>();
    let call = call.header("x-empty", "").header("x-big", big).header("x-inner", "a  b\tc");
    call.await.unwrap();
    let asked = site.recorder.asked().pop().expect("an attempt").1;
    assert_eq!(asked["x-empty"], "");
    assert_eq!(own(last(&site).headers().clone()), own(asked));
}

pub async fn headers_of_one_name_keep_their_order<S: Subject>() {
    let site = Site::of::<S>(ok()).await;
    let tags = TagsClient::from_client(site.client.clone());
    tags.tags(&["b", "a", "c"]).await.unwrap();
    let asked = site.recorder.asked().pop().expect("an attempt").1;
    let values = |headers: &HeaderMap| headers.get_all("x-tag").iter().cloned().collect::<Vec<_>>();
    assert!(!values(&asked).is_empty());
    assert_eq!(values(last(&site).headers()), values(&asked));
    assert_eq!(own(last(&site).headers().clone()), own(asked));
}

/// No `Referer`, no cookie of an earlier answer, no `Accept-Encoding` of the transport's own.
pub async fn nothing_is_added<S: Subject>() {
    let stub = Stub::with(|_| {
        let cookie = HeaderValue::from_static("session=1; Path=/");
        Ok(Reply::new(200, "").with_header("set-cookie".parse().expect("a name"), cookie))
    });
    let site = Site::of::<S>(stub).await;
    for path in ["/a", "/b"] {
        site.get(path).await.unwrap();
        let asked = site.recorder.asked().pop().expect("an attempt").1;
        assert_eq!(own(last(&site).headers().clone()), own(asked));
    }
}

fn parts() -> impl futures_util::Stream<Item = Result<&'static str, io::Error>> + Send + 'static {
    stream::iter(["ab", "", "cde"].map(Ok))
}

pub async fn bodies_of_every_kind<S: Subject>() {
    let site = Site::of::<S>(ok()).await;
    let file = root().join("Cargo.toml");
    let read = Bytes::from(fs::read(&file).expect("a file"));
    for (body, wanted) in [
        (Body::default(), Bytes::new()),
        (Body::from("abc"), "abc".into()),
        (Body::from(megabyte()), megabyte()),
        (Body::stream(parts()), "abcde".into()),
        (Body::stream(parts()).with_length(5), "abcde".into()),
        (Body::factory(None, parts), "abcde".into()),
        (Body::factory(Some(5), parts), "abcde".into()),
        (Body::factory(Some(0), || stream::iter([Ok::<_, io::Error>("")])), Bytes::new()),
        (Body::factory(None, || stream::iter([Ok::<_, io::Error>("")])), Bytes::new()),
        (Body::file(&file).expect("a file"), read),
    ] {
        let name = format!("{body:?}");
        for method in [Method::POST, Method::PUT, Method::DELETE, Method::GET] {
            if method != Method::POST && !body.is_replayable() {
                continue;
            }
            site.call(&method, "/").body("a/b", body.clone()).fetch::<()>().await.unwrap();
            let sent = last(&site);
            assert!(sent.bytes() == wanted, "{method} {name}: {} bytes", sent.bytes().len());
        }
    }
}

/// Whoever waits for the rest of such a body gets none, and nobody takes its beginning for the whole.
pub async fn a_body_that_cannot_be_read<S: Subject>() {
    let failing = || stream::iter([Ok("a"), Err(io::Error::other("disk on fire")), Ok("b")]);
    let long = || stream::iter(["ab", "c"].map(Ok::<_, io::Error>));
    for (length, body) in [
        ("unknown", Body::factory(None, failing)),
        ("known", Body::factory(Some(2), failing)),
        ("too long", Body::factory(Some(2), long)),
        ("too short", Body::factory(Some(4), long)),
    ] {
        assert_refused::<S>(length, body).await;
    }
}

/// What is said to be empty has to show it.
pub async fn an_empty_body_that_is_none<S: Subject>() {
    assert_refused::<S>("empty", Body::factory(Some(0), || stream::iter([Ok::<_, io::Error>("a")]))).await;
}

async fn assert_refused<S: Subject>(name: &str, body: Body) {
    let site = Site::of::<S>(ok()).await;
    let e = site.call(&Method::POST, "/").body("a/b", body).fetch::<()>().await.expect_err(name);
    assert!(e.status().is_none(), "{name}: {e}");
    assert!(site.stub.requests().is_empty(), "{name}");
    site.get("/").await.unwrap();
}
