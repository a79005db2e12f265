//! Byte for byte, over sockets: how a request is framed, and which odd answers are good.

use super::{Raw, Subject, requests::megabyte};
use crate::{
    Fault, FaultServer,
    faults::{End, Entry, Reads, broken},
};
use apiclient::{Body, Bytes, ErrorKind, Method};
use futures_util::stream;
use std::io;

fn parts() -> impl futures_util::Stream<Item = Result<&'static str, io::Error>> + Send + 'static {
    stream::iter(["ab", "cde"].map(Ok))
}

fn line<'a>(head: &'a str, name: &str) -> Vec<&'a str> {
    let lines = head.lines().filter_map(|line| line.split_once(": "));
    lines.filter(|(n, _)| n.eq_ignore_ascii_case(name)).map(|(_, value)| value).collect()
}

/// A length where it is known, chunks where it is not, neither where nothing is sent and none is expected.
pub async fn the_framing_of_bodies<S: Subject>() {
    let raw = Raw::of::<S>(FaultServer::start(Fault::answer("200 OK", b"")).await);
    let known = || Body::factory(Some(5), parts);
    let unknown = || Body::factory(None, parts);
    for (method, body, length, coding) in [
        (Method::GET, Body::default(), None, None),
        (Method::HEAD, Body::default(), None, None),
        (Method::DELETE, Body::default(), None, None),
        (Method::OPTIONS, Body::default(), None, None),
        (Method::POST, Body::default(), Some("0"), None),
        (Method::PUT, Body::default(), Some("0"), None),
        (Method::PATCH, Body::default(), Some("0"), None),
        (Method::POST, Body::factory(Some(0), || stream::iter([Ok::<_, io::Error>("")])), Some("0"), None),
        (Method::GET, Body::from("abcde"), Some("5"), None),
        (Method::POST, Body::from("abcde"), Some("5"), None),
        (Method::DELETE, Body::from("abcde"), Some("5"), None),
        (Method::GET, known(), Some("5"), None),
        (Method::POST, known(), Some("5"), None),
        (Method::GET, unknown(), None, Some("chunked")),
        (Method::POST, unknown(), None, Some("chunked")),
        (Method::DELETE, unknown(), None, Some("chunked")),
        (Method::from_bytes(b"PURGE").expect("a verb"), unknown(), None, Some("chunked")),
    ] {
        let name = format!("{method} {body:?}");
        let sent = if body.is_empty() { Bytes::new() } else { "abcde".into() };
        raw.client.call(method.clone(), "/number").body("a/b", body).fetch::<()>().await.unwrap();
        let (head, arrived) = raw.server.requests().pop().expect("a request");
        let framing = (line(&head, "content-length"), line(&head, "transfer-encoding"));
        assert_eq!(framing, (length.into_iter().collect(), coding.into_iter().collect()), "{name}");
        assert_eq!(arrived, sent, "{name}");
    }
    // Whatever was sent last was whole.
    assert_eq!(raw.server.journal.connections(), 1);
}

/// Its origin form, and the host with its port, once.
pub async fn the_request_line_and_the_host<S: Subject>() {
    let raw = Raw::of::<S>(FaultServer::start(Fault::answer("200 OK", b"")).await);
    raw.client.call_url(Method::GET, "/a/it's%2F?b=c").fetch::<()>().await.unwrap();
    let head = raw.server.heads().pop().expect("a head");
    let target = raw.recorder.asked().pop().expect("an attempt").0;
    assert!(head.starts_with(&format!("GET {target} HTTP/1.1\r\n")), "{head}");
    assert_eq!(line(&head, "host"), [raw.server.url.trim_start_matches("http://")]);
}

pub async fn odd_answers_that_are_good<S: Subject>() {
    let chunked = "HTTP/1.1 200 OK\r\ntransfer-encoding: chunked\r\n\r\n";
    let plain = "HTTP/1.1 200 OK\r\ncontent-length: 1\r\n\r\n7";
    let interim = |status: &str| format!("HTTP/1.1 {status}\r\nlink: </x>\r\n\r\n").repeat(100);
    for (name, fault) in [
        ("chunks", Fault::send(format!("{chunked}1\r\n7\r\n0\r\n\r\n"))),
        ("chunks and trailers", Fault::send(format!("{chunked}1\r\n7\r\n0\r\nx-sum: 9\r\n\r\n"))),
        ("chunks with extensions", Fault::send(format!("{chunked}1;a=b\r\n7\r\n0\r\n\r\n"))),
        ("each byte by itself", Fault::singly(format!("{chunked}1\r\n7\r\n0\r\n\r\n"))),
        ("until it is closed", Fault::send("HTTP/1.1 200 OK\r\n\r\n7")),
        ("HTTP/1.0", Fault::send("HTTP/1.0 200 OK\r\n\r\n7")),
        ("no reason", Fault::send("HTTP/1.1 200 \r\ncontent-length: 1\r\n\r\n7")),
        ("an odd reason", Fault::send("HTTP/1.1 200 caf\u{e9} (no)\r\ncontent-length: 1\r\n\r\n7")),
        (
            "the same length twice",
            Fault::send("HTTP/1.1 200 OK\r\ncontent-length: 1\r\ncontent-length: 1\r\n\r\n7"),
        ),
        ("100 again and again", Fault::send(plain).behind(interim("100 Continue"))),
        ("103 again and again", Fault::send(plain).behind(interim("103 Early Hints"))),
        ("too much", Fault::send(broken::SHORT_LENGTH)),
        ("silence once all is said", Fault::stall(plain)),
    ] {
        let raw = Raw::of::<S>(FaultServer::start(fault).await);
        let body = raw.outwait().await.unwrap_or_else(|e| panic!("{name}: {e}"));
        assert_eq!(body, "7", "{name}");
        assert_eq!((raw.server.journal.connections(), raw.server.requests().len()), (1, 1), "{name}");
    }
}

/// `HEAD`, 204 and 304 end with their heads, whatever these say of a length; the connection stays.
pub async fn answers_that_end_with_their_head<S: Subject>() {
    for (method, head) in [
        (Method::HEAD, "200 OK\r\ncontent-length: 100"),
        (Method::HEAD, "200 OK\r\ntransfer-encoding: chunked"),
        (Method::HEAD, "500 No\r\ncontent-length: 100"),
        (Method::GET, "204 No Content"),
        (Method::GET, "304 Not Modified\r\ncontent-length: 100"),
    ] {
        let fault = Fault::send(format!("HTTP/1.1 {head}\r\n\r\n")).then(End::Stay);
        let raw = Raw::of::<S>(FaultServer::start(fault).await);
        for _ in 0..2 {
            let _ = raw.client.call(method.clone(), "/number").fetch::<Bytes>().await;
            assert_eq!(raw.recorder.reply().body().len(), 0, "{method} {head}");
            super::take_turns().await;
        }
        assert_eq!(
            (raw.server.requests().len(), raw.server.journal.connections()),
            (2, 1),
            "{method} {head}"
        );
    }
}

/// An error counts with what has come of it.
pub async fn an_error_whose_body_does_not_come<S: Subject>() {
    let half = "HTTP/1.1 503 No\r\nx-request-id: r-7\r\ncontent-length: 100\r\n\r\nhalf";
    for (end, body) in [(End::Close, &b"half"[..]), (End::Silence, b"")] {
        let raw = Raw::of::<S>(FaultServer::start(Fault::send(half).then(end)).await);
        let e = raw.outwait().await.unwrap_err();
        let seen = (e.kind(), e.status().map(|s| s.as_u16()), e.request_id());
        assert_eq!(seen, (ErrorKind::Status, Some(503), Some("r-7")), "{end:?}");
        assert_eq!(e.body().map_or(&b""[..], |b| b), body, "{end:?}");
    }
}

/// A server that answers before it has read all of a body. Whoever calls next does not wait for that body.
pub async fn an_answer_before_the_request_is_sent<S: Subject>() {
    let fault = Fault::answer("413 Too Large", b"no").after(Reads::Head).then(End::Silence);
    let raw = Raw::of::<S>(FaultServer::script([fault, Fault::answer("200 OK", b"7")]).await);
    let endless = Body::stream(stream::iter([Ok::<_, io::Error>(megabyte())]).chain_pending());
    let call = raw.client.call(Method::POST, "/number").body("a/b", endless).fetch::<()>();
    let e = soon(call).await.unwrap_err();
    assert_eq!(e.status().map(|s| s.as_u16()), Some(413), "{e}");
    assert_eq!(soon(raw.get()).await.unwrap(), "7");
    assert_eq!(raw.server.journal.connections(), 2);
}

/// What waits for nothing but sockets is there after some turns.
async fn soon<T: Send + 'static>(call: apiclient::Call<T>) -> Result<T, apiclient::Error> {
    let call = tokio::spawn(call.into_future());
    for _ in 0..100 {
        if call.is_finished() {
            break;
        }
        super::take_turns().await;
    }
    assert!(call.is_finished(), "it hangs");
    call.await.expect("no panic")
}

/// A stream that never ends once its items are through.
trait ChainPending: futures_util::Stream + Sized {
    fn chain_pending(self) -> futures_util::stream::Chain<Self, stream::Pending<Self::Item>> {
        futures_util::StreamExt::chain(self, stream::pending())
    }
}

impl<S: futures_util::Stream> ChainPending for S {}

/// What is for TLS does not go out without it.
pub async fn https_is_never_in_the_clear<S: Subject>() {
    let server = FaultServer::start(Fault::answer("200 OK", b"7")).await;
    let server = FaultServer { url: server.url.replace("http:", "https:"), journal: server.journal };
    let raw = Raw::of::<S>(server);
    let call = tokio::spawn(raw.get().into_future());
    let is_through =
        |all: &[Entry]| all.iter().any(|e| matches!(e, Entry::Head { .. } | Entry::Closed { .. }));
    // A client of TLS waits for an answer to its hello, which is no head: an hour later it has given up.
    for _ in 0..20 {
        super::take_turns().await;
        if raw.server.journal.connections() > 0 || call.is_finished() {
            break;
        }
    }
    super::take_turns().await;
    raw.clock.advance(std::time::Duration::from_secs(3600));
    let result = call.await.expect("no panic");
    if raw.server.journal.connections() > 0 {
        raw.server.journal.wait_for(is_through).await;
    }
    assert!(raw.server.heads().is_empty(), "{:?}", raw.server.heads());
    assert!(result.is_err());
}
