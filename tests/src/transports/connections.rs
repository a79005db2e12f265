//! What becomes of connections.

use super::{Raw, Site, Subject, client, take_turns};
use crate::{
    Fault, FaultServer,
    faults::{End, Entry, Reads, Side, broken},
};
use apiclient::{Bytes, ErrorKind, Method, testing::Stub, transport::Reply};
use futures_util::future::try_join_all;
use std::sync::Arc;
use tokio::sync::Barrier;

fn good() -> Fault {
    Fault::answer("200 OK", b"7")
}

pub async fn calls_after_each_other_share_one<S: Subject>() {
    let raw = Raw::of::<S>(FaultServer::start(good()).await);
    for i in 0..10 {
        assert_eq!(raw.get().await.unwrap(), "7", "{i}");
        take_turns().await;
    }
    assert_eq!((raw.server.journal.connections(), raw.server.requests().len()), (1, 10));
}

/// Nobody is answered before the last one is there; then each has its own answer.
pub async fn sixty_four_calls_at_the_same_time<S: Subject>() {
    const CALLS: usize = 64;
    let barrier = Arc::new(Barrier::new(CALLS));
    let stub = Stub::with_async(move |sent| {
        let (barrier, path) = (barrier.clone(), sent.url().path().to_owned());
        Box::pin(async move {
            barrier.wait().await;
            Ok(Reply::new(200, path))
        })
    });
    let site = Site::of::<S>(stub).await;
    for _ in 0..2 {
        let paths: Vec<String> = (0..CALLS).map(|i| format!("/{i}")).collect();
        let said = try_join_all(paths.iter().map(|path| site.get(path))).await.unwrap();
        assert!(said.iter().eq(paths.iter().map(String::as_bytes)));
    }
    let connections = site.server.as_ref().map_or(CALLS, apiclient::testing::TestServer::connections);
    assert!((CALLS..=2 * CALLS).contains(&connections), "{connections}");
}

/// A call that is given up, before and within its answer, takes its connection along; the next one has another.
pub async fn a_dropped_call_closes_its_own<S: Subject>() {
    for silent in ["", "HTTP/1.1 200 OK\r\ncontent-length: 100\r\n\r\nhalf"] {
        let raw = Raw::of::<S>(FaultServer::script([Fault::stall(silent), good()]).await);
        let call = tokio::spawn(raw.get().into_future());
        raw.server.journal.wait_for(|all| all.contains(&Entry::Silent { connection: 1 })).await;
        take_turns().await;
        call.abort();
        assert!(call.await.unwrap_err().is_cancelled());
        assert_eq!(raw.server.journal.closed(1).await, Side::Client);
        assert_eq!(raw.get().await.unwrap(), "7");
        assert_eq!((raw.server.journal.connections(), raw.server.requests().len()), (2, 2));
    }
}

pub async fn a_late_call_closes_its_own<S: Subject>() {
    for (silent, reads) in
        [("", Reads::Head), ("", Reads::Request), ("HTTP/1.1 200 OK\r\ncont", Reads::Request)]
    {
        let raw = Raw::of::<S>(FaultServer::script([Fault::stall(silent).after(reads), good()]).await);
        let e = raw.outwait().await.unwrap_err();
        assert_eq!(e.kind(), ErrorKind::Timeout, "{e}");
        assert_eq!(raw.server.journal.closed(1).await, Side::Client);
        assert_eq!(raw.get().await.unwrap(), "7");
        assert_eq!(raw.server.journal.connections(), 2);
    }
}

/// After an answer whose end is the connection's, one with an unread rest, one with too much, or one that says so.
pub async fn one_that_is_spoiled_is_not_used_again<S: Subject>() {
    let long = format!("HTTP/1.1 500 No\r\ncontent-length: {}\r\n\r\n{}", 1 << 20, "x".repeat(1 << 20));
    for (name, fault) in [
        ("says so", Fault::answer("200 OK\r\nconnection: close", b"7").then(End::Silence)),
        ("HTTP/1.0", Fault::stall("HTTP/1.0 200 OK\r\ncontent-length: 1\r\n\r\n7")),
        ("too much", Fault::send(broken::SHORT_LENGTH).then(End::Stay)),
        ("an unread rest", Fault::send(long).then(End::Stay)),
        ("until it is closed", Fault::send("HTTP/1.1 200 OK\r\n\r\n7")),
        ("another protocol", Fault::send("HTTP/1.1 101 Switching Protocols\r\n\r\n").then(End::Stay)),
    ] {
        let raw = Raw::of::<S>(FaultServer::script([fault, good()]).await);
        let _ = raw.get().await;
        assert_eq!(raw.recorder.outcomes().len(), 1, "{name}");
        take_turns().await;
        assert_eq!(raw.get().await.unwrap(), "7", "{name}");
        assert_eq!((raw.server.journal.connections(), raw.server.requests().len()), (2, 2), "{name}");
    }
}

/// One that was closed while nobody waited for it costs no call.
pub async fn one_that_was_closed_while_idle<S: Subject>() {
    for fault in [Fault::hangup(), Fault::reset()] {
        let raw = Raw::of::<S>(FaultServer::script([good(), fault, good()]).await);
        assert_eq!(raw.get().await.unwrap(), "7");
        assert_eq!(raw.server.journal.closed(1).await, Side::Server);
        take_turns().await;
        assert_eq!(raw.get().await.unwrap(), "7");
        assert_eq!((raw.server.journal.connections(), raw.server.requests().len()), (2, 2));
    }
}

/// A request that was sent on a connection that then broke is the pipeline's to send again.
pub async fn nothing_is_sent_twice<S: Subject>() {
    for fault in [Fault::hangup(), Fault::reset()] {
        for reads in [Reads::Begin, Reads::Head, Reads::Request] {
            let raw = Raw::of::<S>(FaultServer::script([good(), fault.clone().after(reads), good()]).await);
            assert_eq!(raw.get().await.unwrap(), "7");
            let e = raw.client.call(Method::GET, "/number").fetch::<()>().await.unwrap_err();
            assert_eq!(e.kind(), ErrorKind::Transport, "{reads:?}: {e}");
            assert_eq!(raw.server.journal.connections(), 1, "{reads:?}");
            assert!(!raw.recorder.failure().1.is_unsent(), "{reads:?}");
            assert_eq!(raw.get().await.unwrap(), "7");
        }
    }
}

/// A connection that ends as soon as it is made.
pub async fn a_server_that_is_gone<S: Subject>() {
    let raw = Raw::of::<S>(FaultServer::script([Fault::hangup(), good()]).await);
    let result = raw.get().await;
    // Whether the end was seen before anything was written is a race; that it is no answer is none.
    assert!(result.is_err_and(|e| matches!(e.kind(), ErrorKind::Transport | ErrorKind::Connect)));
    assert_eq!(raw.get().await.unwrap(), "7");
    assert_eq!((raw.server.journal.connections(), raw.server.requests().len()), (2, 1));
}

/// One transport, two clients of the same server.
pub async fn clients_share_them<S: Subject>() {
    let raw = Raw::of::<S>(FaultServer::start(good()).await);
    let other = client(&raw.server.url, &raw.recorder, &raw.clock);
    for _ in 0..3 {
        assert_eq!(raw.get().await.unwrap(), "7");
        take_turns().await;
        other.call(Method::GET, "/other").fetch::<()>().await.unwrap();
        take_turns().await;
    }
    assert_eq!((raw.server.journal.connections(), raw.server.requests().len()), (1, 6));
}

/// One transport, two servers, by turns.
pub async fn origins_do_not_share_them<S: Subject>() {
    let raw = Raw::of::<S>(FaultServer::start(good()).await);
    let server = FaultServer::start(Fault::answer("200 OK", b"8")).await;
    let other = client(&server.url, &raw.recorder, &raw.clock);
    for _ in 0..3 {
        assert_eq!(raw.get().await.unwrap(), "7");
        take_turns().await;
        assert_eq!(other.call(Method::GET, "/").fetch::<Bytes>().await.unwrap(), "8");
        take_turns().await;
    }
    for journal in [&raw.server.journal, &server.journal] {
        assert_eq!((journal.connections(), journal.requests().len()), (1, 3));
    }
}

/// Idle ones live no longer than the transport.
pub async fn they_end_with_the_transport<S: Subject>() {
    let raw = Raw::of::<S>(FaultServer::start(good()).await);
    assert_eq!(raw.get().await.unwrap(), "7");
    take_turns().await;
    let Raw { client, server, recorder, .. } = raw;
    drop((client, recorder));
    assert_eq!(server.journal.closed(1).await, Side::Client);
}

/// What a runtime held went with it; the next one has a connection of its own.
pub async fn a_runtime_that_is_gone<S: Subject>() {
    let raw = Arc::new(Raw::of::<S>(FaultServer::start(good()).await));
    for _ in 0..2 {
        let raw = raw.clone();
        let call = move || {
            let runtime =
                tokio::runtime::Builder::new_current_thread().enable_all().build().expect("a runtime");
            runtime.block_on(raw.get())
        };
        let result = tokio::task::spawn_blocking(call).await.expect("no panic");
        assert_eq!(result.unwrap(), "7");
    }
    assert_eq!((raw.server.journal.connections(), raw.server.requests().len()), (2, 2));
}

/// An error, and nothing sent.
pub async fn no_runtime_at_all<S: Subject>() {
    let raw = Raw::of::<S>(FaultServer::start(good()).await);
    let call = raw.get();
    let thread = std::thread::spawn(move || apiclient::testing::run(call));
    let e = thread.join().expect("no panic").unwrap_err();
    assert_eq!(e.kind(), ErrorKind::Config, "{e}");
    assert_eq!(raw.server.journal.connections(), 0);
}
