//! Twenty-two ways to fail over a socket, and what a transport says of each.

use super::{Outcome, Recorder, Subject, client, take_turns};
use crate::{
    Fault, FaultServer, Nobody,
    faults::{Behaviour, End, Http2, Reads, Side, broken},
};
use apiclient::{Body, Bytes, Call, Client, Method, testing::ManualClock, transport::Transport};
use futures_util::stream;
use std::{io, sync::Arc};

/// A way to fail.
pub struct Way {
    pub name: &'static str,
    over: Over,
    server: Server,
    call: Calls,
}

enum Over {
    Http1,
    Tls,
    Http2,
}

enum Server {
    Nobody,
    Script(Vec<Behaviour>),
}

/// What is called, and what comes before it.
enum Calls {
    Get,
    /// A call that succeeds on the same connection.
    Second(Method),
    /// The same, and then the server closes the connection while nobody waits for it.
    AfterTheEnd,
    /// With a body that breaks off.
    HalfABody,
    /// With a limit of one byte.
    Limited,
}

fn way(name: &'static str, fault: Fault) -> Way {
    Way { name, over: Over::Http1, server: Server::Script(vec![fault.into()]), call: Calls::Get }
}

fn stale(name: &'static str, fault: Fault) -> Way {
    let script = vec![good().into(), fault.into(), good().into()];
    Way { name, over: Over::Http1, server: Server::Script(script), call: Calls::Second(Method::GET) }
}

fn tls(name: &'static str, fault: Fault) -> Way {
    Way { over: Over::Tls, ..way(name, fault.after(Reads::Begin)) }
}

fn http2(name: &'static str, act: Http2) -> Way {
    Way { name, over: Over::Http2, server: Server::Script(vec![act.into()]), call: Calls::Get }
}

fn good() -> Fault {
    Fault::answer("200 OK", b"7")
}

/// All of them, in the order of the table.
pub fn ways() -> Vec<Way> {
    let headers = Fault::flood("HTTP/1.1 200 OK\r\n", "x: y\r\n".repeat(1000));
    let too_long = Fault::stall("HTTP/1.1 200 OK\r\ncontent-length: 1000\r\n\r\n");
    let tunnel = Fault::send("HTTP/1.1 200 OK\r\n\r\n").then(End::Stay);
    // A record of TLS 1.2: a fatal alert, `handshake_failure`.
    let alert = Fault::stall(b"\x15\x03\x03\x00\x02\x02\x28");
    vec![
        Way { server: Server::Nobody, ..way("nobody listens", good()) },
        way("closed before the request was read", Fault::hangup().after(Reads::Begin)),
        way("reset before the request was read", Fault::reset().after(Reads::Begin)),
        way("closed once the request was read", Fault::hangup().after(Reads::Request)),
        way("reset once the request was read", Fault::reset().after(Reads::Request)),
        Way {
            call: Calls::AfterTheEnd,
            ..stale("an idle connection is closed before the call", Fault::hangup())
        },
        stale("an idle connection is closed as the request comes", Fault::hangup().after(Reads::Begin)),
        stale("an idle connection is reset as the request comes", Fault::reset().after(Reads::Begin)),
        Way { call: Calls::Second(Method::CONNECT), ..stale("a `CONNECT` on an idle connection", tunnel) },
        way("half a head", Fault::send(broken::HALF_HEAD)),
        way("half a body of known length", Fault::send(broken::LONG_LENGTH)),
        way("half a body in chunks", Fault::send(broken::NO_LAST_CHUNK)),
        way("a chunk size that is none", Fault::send(broken::BAD_CHUNK_SIZE)),
        way("garbage instead of HTTP", Fault::send(broken::GARBAGE)),
        way("a head that is too large", headers),
        Way { call: Calls::Limited, ..way("a body that is longer than the limit", too_long) },
        Way { call: Calls::HalfABody, ..way("the caller's body breaks off", good()) },
        tls("TLS is refused", alert),
        tls("closed within the TLS handshake", Fault::hangup()),
        http2("HTTP/2: `GOAWAY`, the stream was not seen to", Http2::GoAway(Http2::NO_ERROR)),
        http2("HTTP/2: `REFUSED_STREAM`", Http2::Reset(Http2::REFUSED_STREAM)),
        http2("HTTP/2: `INTERNAL_ERROR`", Http2::Reset(Http2::INTERNAL_ERROR)),
    ]
}

/// What comes of it: kind and progress; or `answered`; or that it does not end; or a dash where the subject cannot be asked.
///
/// # Panics
///
/// If a call that has to succeed does not.
pub async fn measure<S: Subject>(way: &Way) -> String {
    let transport = match way.over {
        Over::Http2 => S::http2(),
        Over::Tls if !S::has_tls() => None,
        Over::Http1 | Over::Tls => S::transport(),
    };
    match transport {
        Some(transport) => way.run(transport).await,
        None => "–".into(),
    }
}

impl Way {
    async fn run(&self, transport: Arc<dyn Transport>) -> String {
        let nobody = Nobody::new();
        let server = match &self.server {
            Server::Nobody => None,
            Server::Script(script) => Some(FaultServer::script(script.iter().cloned()).await),
        };
        let url = server.as_ref().map_or(&nobody.url, |server| &server.url);
        let url = match self.over {
            Over::Tls => url.replace("http:", "https:"),
            Over::Http1 | Over::Http2 => url.clone(),
        };
        let recorder = Recorder::of(transport);
        let client = client(&url, &recorder, &ManualClock::new());
        if matches!(self.call, Calls::Second(_) | Calls::AfterTheEnd) {
            assert_eq!(call(&client, &Method::GET).await.expect("the first call"), "7", "{}", self.name);
            take_turns().await;
        }
        if let (Calls::AfterTheEnd, Some(server)) = (&self.call, &server) {
            assert_eq!(server.journal.closed(1).await, Side::Server);
            take_turns().await;
        }
        let before = recorder.outcomes().len();
        let result = tokio::spawn(self.call(&client).into_future());
        for _ in 0..100 {
            if result.is_finished() {
                break;
            }
            take_turns().await;
        }
        said(recorder.outcomes().get(before))
    }

    fn call(&self, client: &Client) -> Call<Bytes> {
        match &self.call {
            Calls::Get | Calls::AfterTheEnd => call(client, &Method::GET),
            Calls::Second(method) => call(client, method),
            Calls::Limited => call(client, &Method::GET).max_body(1),
            Calls::HalfABody => {
                let half = || stream::iter([Ok("a"), Err(io::Error::other("disk on fire"))]);
                client.call(Method::POST, "/number").body("a/b", Body::factory(Some(2), half)).fetch()
            }
        }
    }
}

fn call(client: &Client, method: &Method) -> Call<Bytes> {
    client.call(method.clone(), "/number").fetch()
}

fn said(outcome: Option<&Outcome>) -> String {
    match outcome {
        Some(Outcome::Failure(kind, progress)) => format!("`{kind:?}`, `{progress:?}`"),
        Some(Outcome::Reply(reply)) => format!("answered: {}", reply.status().as_u16()),
        None => "no end".into(),
    }
}
