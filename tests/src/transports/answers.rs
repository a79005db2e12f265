//! What comes of an answer, whatever brings it.

use super::{Site, Subject, requests::megabyte};
use apiclient::{
    Bytes, ErrorKind, HeaderName, HeaderValue, Method,
    testing::Stub,
    transport::{Progress, Reply, TransportErrorKind},
};

fn answers(reply: Reply) -> Stub {
    Stub::with(move |_| Ok(reply.clone()))
}

fn header(name: &'static str) -> HeaderName {
    HeaderName::from_static(name)
}

pub async fn every_status<S: Subject>() {
    let stub = Stub::with(|sent| {
        let status = sent.url().path()[1..].parse().expect("a status");
        Ok(Reply::new(status, ""))
    });
    let site = Site::of::<S>(stub).await;
    for status in
        (200..=206).chain([226]).chain(300..=308).chain(400..=431).chain(500..=511).chain([599, 999])
    {
        let result = site.get(&format!("/{status}")).await;
        assert_eq!(site.recorder.reply().status().as_u16(), status, "{result:?}");
    }
}

/// Neither followed nor repeated.
pub async fn one_attempt_is_one_request<S: Subject>() {
    for status in [301, 302, 303, 307, 308, 408, 421, 425, 429, 500, 502, 503, 504] {
        let reply = Reply::new(status, "").with_header(header("location"), HeaderValue::from_static("/b"));
        let reply = reply.with_header(header("retry-after"), HeaderValue::from_static("0"));
        let site = Site::of::<S>(answers(reply)).await;
        let e = site.get("/a").await.unwrap_err();
        assert_eq!((e.attempts(), site.stub.requests().len()), (1, 1), "{e}");
        assert_eq!(site.recorder.reply().headers()["location"], "/b");
    }
}

pub async fn headers_come_as_they_are<S: Subject>() {
    let mut reply = Reply::new(200, "x");
    let sent = [
        ("x-tag", &b"b"[..]),
        ("x-tag", b"a"),
        ("x-latin", b"caf\xe9"),
        ("x-empty", b""),
        ("x-tag", b"b"),
        ("set-cookie", b"a=1"),
        ("set-cookie", b"b=2; Path=/"),
        ("www-authenticate", b"Basic realm=\"a, b\", Digest x=y"),
    ];
    for (name, value) in sent {
        reply = reply.with_header(header(name), HeaderValue::from_bytes(value).expect("opaque"));
    }
    let big = HeaderValue::from_str(&"x".repeat(16 << 10)).expect("ASCII");
    let site = Site::of::<S>(answers(reply.clone().with_header(header("x-big"), big.clone()))).await;
    site.get("/").await.unwrap();
    let came = site.recorder.reply();
    for (name, _) in sent {
        let values = |reply: &Reply| reply.headers().get_all(name).iter().cloned().collect::<Vec<_>>();
        assert_eq!(values(&came), values(&reply), "{name}");
    }
    assert_eq!(came.headers()["x-big"], big);
}

pub async fn a_megabyte_comes<S: Subject>() {
    let site = Site::of::<S>(answers(Reply::new(200, megabyte()))).await;
    let came = site.get("/").await.unwrap();
    assert!(came == megabyte(), "{} bytes", came.len());
}

/// The length is that of a body which is not sent.
pub async fn head_has_no_body<S: Subject>() {
    let length = HeaderValue::from_static("1000000000");
    let site =
        Site::of::<S>(answers(Reply::new(200, "").with_header(header("content-length"), length.clone())))
            .await;
    for _ in 0..2 {
        let answer = site.call(&Method::HEAD, "/").fetch::<Bytes>().send().await.unwrap();
        assert_eq!((answer.headers().get("content-length"), answer.body().len()), (Some(&length), 0));
    }
}

pub async fn no_content_has_no_body<S: Subject>() {
    for status in [204, 304] {
        let site = Site::of::<S>(answers(Reply::new(status, ""))).await;
        for method in [Method::GET, Method::POST, Method::DELETE] {
            let _ = site.call(&method, "/").fetch::<()>().await;
            let reply = site.recorder.reply();
            assert_eq!((reply.status().as_u16(), reply.body().len()), (status, 0), "{method}");
        }
    }
}

pub async fn a_body_within_its_limit<S: Subject>() {
    let site = Site::of::<S>(answers(Reply::new(200, "0123456789"))).await;
    assert_eq!(site.get("/").max_body(10).await.unwrap(), "0123456789");
    let e = site.get("/").max_body(9).await.unwrap_err();
    assert_eq!(e.kind(), ErrorKind::TooLarge, "{e}");
    assert_eq!(site.recorder.failure(), (TransportErrorKind::TooLarge, Progress::Answered));
    assert_eq!(site.get("/").max_body(10).await.unwrap(), "0123456789");
}

pub async fn the_body_of_an_error_is_cut<S: Subject>() {
    let site = Site::of::<S>(answers(Reply::new(500, megabyte()))).await;
    for _ in 0..2 {
        let e = site.get("/").await.unwrap_err();
        assert_eq!((e.kind(), e.status().map(|s| s.as_u16())), (ErrorKind::Status, Some(500)));
        assert!(e.body().unwrap() == &megabyte()[..64 << 10], "{} bytes", e.body().unwrap().len());
    }
}

/// Each transport hands over what arrives, and it is unpacked in one place.
///
/// # Panics
///
/// If it is not.
pub async fn a_packed_body_is_unpacked<S: Subject>() {
    const PACKED: [u8; 28] = [
        0x1f, 0x8b, 0x08, 0x00, 0x00, 0x00, 0x00, 0x00, 0x02, 0x03, 0xcb, 0x48, 0xcd, 0xc9, 0xc9, 0x57, 0xc8,
        0x40, 0x27, 0x01, 0xe3, 0x51, 0x3d, 0x8d, 0x17, 0x00, 0x00, 0x00,
    ];
    for (coding, plain, left) in [
        ("gzip", &b"hello hello hello hello"[..], None),
        ("identity", &PACKED[..], Some("identity")),
        ("x", &PACKED[..], Some("x")),
    ] {
        let reply = Reply::new(200, PACKED.to_vec());
        let reply = reply.with_header(header("content-encoding"), HeaderValue::from_static(coding));
        let site = Site::of::<S>(answers(reply)).await;
        let answer = site.get("/").send().await.unwrap();
        assert_eq!(answer.body(), plain, "{coding}");
        let said = answer.headers().get("content-encoding").map(|v| v.to_str().unwrap().to_owned());
        assert_eq!(said.as_deref(), left, "{coding}");
        // The transport itself says what was sent.
        assert_eq!(site.recorder.reply().headers()["content-encoding"], coding);
    }
}
