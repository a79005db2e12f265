//! Everything that a server can do wrong, over the default transport: what the error says, and that nothing is sent twice.

use apiclient::{Error, ErrorKind, prelude::*, testing::ManualClock};
use apiclient_tests::{
    Fault, FaultServer, Nobody,
    faults::{End, Entry, Http2, Reads, Side, broken},
};
use std::time::Duration;

#[api_client(base_url = "http://stub.test")]
#[retry(none)]
trait Numbers {
    #[get("/number")]
    fn number(&self) -> Call<u8>;
    #[put("/number")]
    fn set_number(&self, #[body] n: &str) -> Call<u8>;
}

const SEVEN: &[u8] = b"HTTP/1.1 200 OK\r\ncontent-length: 1\r\n\r\n7";
const SECOND: Duration = Duration::from_secs(1);
/// How the line goes on after the endpoint.
const BROKEN: &str = "a broken connection to ";
const LATE: &str = "no answer from ";

/// What the default transport makes of a server; once the server is silent, an hour passes.
async fn call(server: &FaultServer) -> Result<u8, Error> {
    let clock = ManualClock::new();
    let api = NumbersClient::builder().base_url(&server.url).clock(clock.clone()).build().unwrap();
    server.outwait(&clock, tokio::spawn(api.number())).await
}

/// The turns that a client needs to read what has been sent.
async fn take_turns() {
    for _ in 0..2_000 {
        tokio::task::yield_now().await;
    }
}

fn line(what: &str, server: &FaultServer, why: &str) -> String {
    format!("GET /number: {what}{}{why}", server.url)
}

/// One attempt that failed in this way, in one line.
fn check(name: &str, server: &FaultServer, error: &Error, kind: ErrorKind, line: &str) {
    let said = error.to_string();
    assert_eq!(error.kind(), kind, "{name}: {said}");
    assert!(said.starts_with(line) && !said.contains('\n'), "{name}: {said}");
    assert_eq!(error.attempts(), 1, "{name}: {said}");
    assert_eq!(error.origin().unwrap().to_string(), server.url, "{name}");
    assert_eq!(error.is_timeout(), kind == ErrorKind::Timeout, "{name}");
}

#[tokio::test]
async fn a_port_without_a_server() {
    let nobody = Nobody::new();
    let api = NumbersClient::builder().base_url(&nobody.url).build().unwrap();
    let e = api.number().await.unwrap_err();
    assert!(e.is_connect(), "{e}");
    assert_eq!(e.to_string(), format!("GET /number: no connection to {} (it was refused)", nobody.url));
}

#[tokio::test]
async fn a_connection_that_is_reset_at_once() {
    let server = FaultServer::start(Fault::reset()).await;
    let e = call(&server).await.unwrap_err();
    // The reset may be there before the client has looked whether it is connected.
    let is_seen_early = e.kind() == ErrorKind::Connect;
    let what = if is_seen_early { "no connection to " } else { BROKEN };
    let kind = if is_seen_early { ErrorKind::Connect } else { ErrorKind::Transport };
    check("reset", &server, &e, kind, &line(what, &server, " (it was reset)"));
    assert_eq!((server.journal.connections(), server.heads().len()), (1, 0));
    assert_eq!(server.journal.closed(1).await, Side::Server);
}

/// The connection breaks, or nothing comes, before there is an answer.
#[tokio::test]
async fn a_server_that_does_not_answer() {
    let (hangup, reset, silence) = (Fault::hangup, Fault::reset, || Fault::stall(""));
    for (fault, reads, heads, requests) in [
        (hangup(), Reads::Nothing, 0, 0),
        (hangup(), Reads::Begin, 0, 0),
        (hangup(), Reads::Head, 1, 0),
        (hangup(), Reads::Request, 1, 1),
        (reset(), Reads::Begin, 0, 0),
        (reset(), Reads::Head, 1, 0),
        (reset(), Reads::Request, 1, 1),
        (silence(), Reads::Nothing, 0, 0),
        (silence(), Reads::Begin, 0, 0),
        (silence(), Reads::Head, 1, 0),
        (silence(), Reads::Request, 1, 1),
    ] {
        let fault = fault.after(reads);
        let name = format!("{fault:?}");
        let (kind, what, by) = match fault.end() {
            End::Silence => (ErrorKind::Timeout, LATE, Side::Client),
            _ => (ErrorKind::Transport, BROKEN, Side::Server),
        };
        let server = FaultServer::start(fault).await;
        let e = call(&server).await.unwrap_err();
        check(&name, &server, &e, kind, &line(what, &server, ""));
        assert_eq!(server.journal.closed(1).await, by, "{name}");
        let seen = (server.journal.connections(), server.heads().len(), server.requests().len());
        assert_eq!((seen, server.journal.written()), ((1, heads, requests), 0), "{name}");
    }
}

/// The connection ends within an answer.
#[tokio::test]
async fn half_an_answer() {
    const EARLY: &str = " (it was closed before the answer was whole)";
    for (name, answer, closed) in [
        ("half a head", broken::HALF_HEAD, EARLY),
        ("half a body", broken::LONG_LENGTH, " (it ended too early)"),
        ("no last chunk", broken::NO_LAST_CHUNK, " (it ended too early)"),
    ] {
        for (end, kind, what, why) in [
            (End::Close, ErrorKind::Transport, BROKEN, closed),
            (End::Reset, ErrorKind::Transport, BROKEN, " (it was reset)"),
            (End::Silence, ErrorKind::Timeout, LATE, " within 30s, the limit of an attempt"),
        ] {
            let server = FaultServer::start(Fault::send(answer).then(end)).await;
            let e = call(&server).await.unwrap_err();
            check(name, &server, &e, kind, &line(what, &server, why));
            assert_eq!((server.requests().len(), server.journal.written()), (1, answer.len()), "{name}");
        }
    }
}

/// It is no HTTP, whichever way the connection ends.
#[tokio::test]
async fn an_answer_that_is_none() {
    const LENGTH: &str = " (invalid content-length parsed)";
    const VERSION: &str = " (invalid HTTP version parsed)";
    for (name, answer, why) in [
        ("two lengths", broken::TWO_LENGTHS, LENGTH),
        ("a negative length", broken::NEGATIVE_LENGTH, LENGTH),
        ("a length that is no number", broken::GARBAGE_LENGTH, LENGTH),
        ("a length beyond all numbers", broken::HUGE_LENGTH, LENGTH),
        ("a chunk size that is none", broken::BAD_CHUNK_SIZE, " (Invalid chunk size line"),
        ("a chunk that is too long", broken::LONG_CHUNK, " (Invalid chunk body"),
        ("garbage", broken::GARBAGE, VERSION),
        ("another protocol", broken::OTHER_PROTOCOL, VERSION),
        ("a status that is none", b"HTTP/1.1 99 No\r\n\r\n", " (invalid HTTP status-code parsed)"),
        ("a header that is none", b"HTTP/1.1 200 OK\r\nx: \x00\r\n\r\n", " (invalid HTTP header parsed)"),
    ] {
        for end in [End::Close, End::Silence] {
            let server = FaultServer::start(Fault::send(answer).then(end)).await;
            let e = call(&server).await.unwrap_err();
            check(name, &server, &e, ErrorKind::Transport, &line(BROKEN, &server, why));
            assert_eq!((server.requests().len(), server.journal.connections()), (1, 1), "{name}");
        }
    }
    let server = FaultServer::start(Http2::Silence).await;
    let e = call(&server).await.unwrap_err();
    check("HTTP/2 unasked", &server, &e, ErrorKind::Transport, &line(BROKEN, &server, VERSION));
}

#[tokio::test]
async fn an_endless_answer() {
    let much = vec![b'x'; 1 << 16];
    for (name, fault, kind, what, why) in [
        ("garbage", Fault::flood("", &*much), ErrorKind::Transport, BROKEN, " (invalid HTTP version parsed)"),
        (
            "headers",
            Fault::flood("HTTP/1.1 200 OK\r\n", "x: y\r\n".repeat(1000)),
            ErrorKind::Transport,
            BROKEN,
            " (message head is too large)",
        ),
        (
            "a body",
            Fault::flood("HTTP/1.1 200 OK\r\n\r\n", &*much),
            ErrorKind::TooLarge,
            "too long an answer from ",
            " (the body is longer than 67108864 bytes)",
        ),
    ] {
        let server = FaultServer::start(fault).await;
        let e = call(&server).await.unwrap_err();
        check(name, &server, &e, kind, &line(what, &server, why));
        assert_eq!((server.journal.closed(1).await, server.requests().len()), (Side::Client, 1), "{name}");
        let is_gone = |entry: &Entry| matches!(entry, Entry::Failed { connection: 1, .. });
        assert!(server.journal.entries().iter().any(is_gone), "{name}: the server was cut off");
    }
}

/// What comes before an answer is no answer, and no reason to wait any longer.
#[tokio::test]
async fn endless_interim_answers_are_too_late() {
    let server = FaultServer::start(Fault::flood("", "HTTP/1.1 100 Continue\r\n\r\n".repeat(1000))).await;
    let clock = ManualClock::new();
    let api = NumbersClient::builder().base_url(&server.url).clock(clock.clone()).build().unwrap();
    let call = tokio::spawn(api.number());
    server.journal.sent(1 << 20).await;
    clock.advance(Duration::from_secs(3600));
    let e = call.await.unwrap().unwrap_err();
    check("interim", &server, &e, ErrorKind::Timeout, &line(LATE, &server, " within 30s"));
    assert_eq!((server.journal.closed(1).await, server.requests().len()), (Side::Client, 1));
}

#[tokio::test]
async fn odd_answers_that_are_good() {
    let interim = |status: &str| format!("HTTP/1.1 {status}\r\nlink: </x>\r\n\r\n").repeat(1000);
    for (name, fault) in [
        ("a good one", Fault::answer("200 OK", b"7")),
        // What follows is no part of it, and spoils only the connection.
        ("too short a length", Fault::send(broken::SHORT_LENGTH)),
        ("too short a length, and silence", Fault::stall(broken::SHORT_LENGTH)),
        ("no length", Fault::send("HTTP/1.1 200 OK\r\n\r\n7")),
        ("each byte by itself", Fault::singly(SEVEN)),
        ("100 again and again", Fault::send(SEVEN).behind(interim("100 Continue"))),
        ("102 again and again", Fault::send(SEVEN).behind(interim("102 Processing"))),
        ("103 again and again", Fault::singly(SEVEN).behind(interim("103 Early Hints"))),
        ("silence once all is said", Fault::stall(SEVEN)),
    ] {
        let server = FaultServer::start(fault).await;
        let result = call(&server).await;
        assert_eq!(result.unwrap_or_else(|e| panic!("{name}: {e}")), 7);
        assert_eq!((server.journal.connections(), server.requests().len()), (1, 1), "{name}");
    }
    let server = FaultServer::start(Fault::send("HTTP/1.1 101 Switching Protocols\r\n\r\n")).await;
    let e = call(&server).await.unwrap_err();
    check("101", &server, &e, ErrorKind::Status, "GET /number: 101 Switching Protocols");
}

/// The bytes after a body are not taken for the next answer.
#[tokio::test]
async fn a_connection_with_too_much_on_it_is_not_used_again() {
    let server = FaultServer::start(Fault::send(broken::SHORT_LENGTH).then(End::Stay)).await;
    let api = NumbersClient::builder().base_url(&server.url).build().unwrap();
    for _ in 0..2 {
        assert_eq!(api.number().await.unwrap(), 7);
        take_turns().await;
    }
    assert_eq!((server.journal.connections(), server.requests().len()), (2, 2));
}

/// A byte each second: time is up in the midst of it, or not.
#[tokio::test]
async fn a_slow_answer() {
    for limit in [30, 60] {
        let clock = ManualClock::new();
        let server = FaultServer::start(Fault::slowly(SEVEN, clock.clone(), SECOND)).await;
        let api = NumbersClient::builder().base_url(&server.url).clock(clock.clone()).build().unwrap();
        let call = tokio::spawn(api.number().attempt_timeout(SECOND * limit));
        while !call.is_finished() {
            // The call's limit and the server's pause.
            if clock.sleepers() == 2 {
                clock.advance(SECOND);
            }
            tokio::task::yield_now().await;
        }
        let result = call.await.unwrap();
        if limit == 60 {
            assert_eq!((result.unwrap(), server.journal.written()), (7, SEVEN.len()));
            continue;
        }
        let e = result.unwrap_err();
        check("slow", &server, &e, ErrorKind::Timeout, &line(LATE, &server, " within 30s"));
        assert_eq!(e.elapsed(), SECOND * 30);
        assert!((29..=30).contains(&server.journal.written()), "{:?}", server.journal.entries());
    }
}

/// A connection that was good once, and ends when it is used again.
#[tokio::test]
async fn a_connection_that_has_gone_stale() {
    for (fault, why) in [
        (Fault::hangup(), " (it was closed before the answer was whole)"),
        (Fault::reset(), " (it was reset)"),
    ] {
        for reads in [Reads::Begin, Reads::Head, Reads::Request] {
            let good = || Fault::answer("200 OK", b"7");
            let server = FaultServer::script([good(), fault.clone().after(reads), good()]).await;
            let api = NumbersClient::builder().base_url(&server.url).build().unwrap();
            assert_eq!(api.number().await.unwrap(), 7);
            // hyper sends it again only where not a byte of it has left: it is the pipeline's to decide.
            let e = api.number().await.unwrap_err();
            check("stale", &server, &e, ErrorKind::Transport, &line(BROKEN, &server, why));
            assert_eq!(server.journal.connections(), 1);
            assert_eq!(api.number().await.unwrap(), 7);
            let heads = if reads == Reads::Begin { 2 } else { 3 };
            assert_eq!((server.journal.connections(), server.heads().len()), (2, heads), "{reads:?}");
        }
    }
}

/// One that was closed before that is left alone.
#[tokio::test]
async fn a_connection_that_is_closed_while_idle() {
    for fault in [Fault::hangup(), Fault::reset()] {
        let good = || Fault::answer("200 OK", b"7");
        let server = FaultServer::script([good(), fault, good()]).await;
        let api = NumbersClient::builder().base_url(&server.url).build().unwrap();
        assert_eq!(api.number().await.unwrap(), 7);
        assert_eq!(server.journal.closed(1).await, Side::Server);
        take_turns().await;
        assert_eq!(api.number().await.unwrap(), 7);
        assert_eq!((server.journal.connections(), server.requests().len()), (2, 2));
    }
}

/// Who did what, in order.
#[tokio::test]
async fn the_journal_of_a_server() {
    let server = FaultServer::script([Fault::stall(SEVEN), Fault::hangup().after(Reads::Head)]).await;
    let api = NumbersClient::builder().base_url(&server.url).build().unwrap();
    assert_eq!(api.set_number("five").await.unwrap(), 7);
    server.journal.wait_for(|all| all.contains(&Entry::Silent { connection: 1 })).await;
    drop(api);
    assert_eq!(server.journal.closed(1).await, Side::Client);
    let (head, body) = server.requests().remove(0);
    assert!(head.starts_with("PUT /number HTTP/1.1\r\n") && head.ends_with("\r\n\r\n"), "{head}");
    assert_eq!(body, b"\"five\"");
    let connection = 1;
    let expected = [
        Entry::Opened { connection },
        Entry::Head { connection, head: head.clone() },
        Entry::Request { connection, head, body },
        Entry::Wrote { connection, bytes: SEVEN.len() },
        Entry::Silent { connection },
        Entry::Closed { connection, by: Side::Client },
    ];
    assert_eq!(server.journal.entries(), expected);
    call(&server).await.unwrap_err();
    assert_eq!((server.journal.closed(2).await, server.journal.connections()), (Side::Server, 2));
    assert_eq!((server.heads().len(), server.requests().len()), (2, 1));
}
