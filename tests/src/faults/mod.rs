//! A raw server on a loopback socket that does to each request what a script says, and keeps what happened.

mod behaviour;
pub mod broken;
mod connection;
mod http2;
mod journal;
mod request;

pub use behaviour::{Behaviour, End, Fault, Reads};
pub use http2::Http2;
pub use journal::{Entry, Journal, Side};

use apiclient::testing::ManualClock;
use behaviour::Script;
use connection::Connection;
use std::time::Duration;
use tokio::{
    net::{TcpListener, TcpSocket},
    task::{JoinHandle, yield_now},
};

/// Head and body of a request.
pub type Request = (String, Vec<u8>);

/// A server that misbehaves as told. It ends with the runtime of its test, not when it is dropped.
#[derive(Debug)]
pub struct FaultServer {
    /// Where it listens, without a slash at its end.
    pub url: String,
    /// What happened so far.
    pub journal: Journal,
}

impl FaultServer {
    /// A server that does the same to each request.
    pub async fn start(behaviour: impl Into<Behaviour>) -> Self {
        Self::script([behaviour]).await
    }

    /// A server that does the first to its first request, the second to its second, and the last to all others, on
    /// whichever connection they arrive.
    ///
    /// What acts before anything is read is due as soon as a connection is free: when it is opened, or has been answered.
    ///
    /// # Panics
    ///
    /// If the script is empty.
    pub async fn script<B: Into<Behaviour>>(behaviours: impl IntoIterator<Item = B>) -> Self {
        let script = Script::new(behaviours.into_iter().map(Into::into));
        let listener = TcpListener::bind("127.0.0.1:0").await.expect("a loopback port");
        let url = format!("http://{}", listener.local_addr().expect("bound"));
        let journal = Journal::default();
        let kept = journal.clone();
        tokio::spawn(async move {
            let mut number = 0;
            while let Ok((stream, _)) = listener.accept().await {
                number += 1;
                tokio::spawn(Connection::new(stream, number, kept.clone()).serve(script.clone()));
            }
        });
        FaultServer { url, journal }
    }

    /// The head of each request, be its body there or not.
    pub fn heads(&self) -> Vec<String> {
        self.journal.heads()
    }

    /// The requests that arrived whole.
    pub fn requests(&self) -> Vec<Request> {
        self.journal.requests()
    }

    /// What comes of `call`, which waits for this server and for `clock`: once the server has fallen silent, and the call
    /// has had its turns to read what was sent, an hour passes. It is for the first silence of a server.
    ///
    /// # Panics
    ///
    /// If the call does.
    pub async fn outwait<T>(&self, clock: &ManualClock, mut call: JoinHandle<T>) -> T {
        let silence = self.journal.wait_for(|all| all.iter().any(|e| matches!(e, Entry::Silent { .. })));
        tokio::select! {
            biased;
            result = &mut call => return result.expect("no panic"),
            () = silence => {}
        }
        while !call.is_finished() {
            for _ in 0..2_000 {
                yield_now().await;
            }
            clock.advance(Duration::from_secs(3600));
        }
        call.await.expect("no panic")
    }
}

/// A port at which nobody listens, and at which nobody else can while this is held.
#[derive(Debug)]
pub struct Nobody {
    /// Where nobody is, without a slash at its end.
    pub url: String,
    _socket: TcpSocket,
}

impl Nobody {
    /// Takes a loopback port.
    ///
    /// # Panics
    ///
    /// If there is none.
    #[allow(clippy::new_without_default, reason = "it takes a port")]
    pub fn new() -> Self {
        let socket = TcpSocket::new_v4().expect("a socket");
        socket.bind(([127, 0, 0, 1], 0).into()).expect("a loopback port");
        let url = format!("http://{}", socket.local_addr().expect("bound"));
        Nobody { url, _socket: socket }
    }
}
