//! One suite for every transport: what a client gets through it, over sockets and in memory, and how it fails.

pub mod answers;
pub mod connections;
pub mod failures;
mod recorder;
pub mod requests;
mod subjects;
pub mod wire;

pub use recorder::{Outcome, Recorder};
pub use subjects::{Hyper, InMemory, Reqwest, Tower};

use crate::FaultServer;
use apiclient::{
    Client, Error, Method, Untyped,
    testing::{ManualClock, Stub, TestServer},
    transport::Transport,
};
use std::{any::type_name, sync::Arc};

/// A transport under test.
pub trait Subject: Send + Sync + 'static {
    /// As the table of failures calls it.
    const NAME: &'static str;
    /// Cases that it fails, and is known to.
    const FAILS: &'static [&'static str] = &[];

    /// A transport with connections of its own, which speaks HTTP/1.1 and goes through no proxy; none where a stub is the
    /// transport.
    fn transport() -> Option<Arc<dyn Transport>>;

    /// One that knows beforehand that servers speak HTTP/2, if it can.
    fn http2() -> Option<Arc<dyn Transport>> {
        None
    }

    /// Whether it can speak TLS.
    fn has_tls() -> bool {
        false
    }
}

/// Runs a case of a subject; one that is known to fail has to.
///
/// # Panics
///
/// If the case fails, or no longer does.
pub async fn check<S: Subject>(name: &str, case: impl Future<Output = ()> + Send + 'static) {
    let fails = S::FAILS.contains(&name);
    match tokio::spawn(case).await {
        Ok(()) => assert!(!fails, "{name} no longer fails: take it off the list of {}", type_name::<S>()),
        Err(e) if fails && e.is_panic() => {}
        Err(e) => std::panic::resume_unwind(e.into_panic()),
    }
}

/// A client over the subject, and what it talks to. Its clock stands still: nothing is ever too late.
#[derive(Debug)]
pub struct Site {
    pub client: Client,
    pub stub: Stub,
    pub recorder: Recorder,
    /// None in memory.
    pub server: Option<TestServer>,
}

impl Site {
    /// This stub on a socket, or in memory.
    ///
    /// # Panics
    ///
    /// If there is no port.
    pub async fn of<S: Subject>(stub: Stub) -> Self {
        let (server, transport) = match S::transport() {
            Some(transport) => (Some(TestServer::start(stub.clone()).await.expect("a server")), transport),
            None => (None, Arc::new(stub.clone()) as Arc<dyn Transport>),
        };
        let recorder = Recorder::of(transport);
        let url = server.as_ref().map_or("http://stub.test", TestServer::url);
        let client = client(url, &recorder, &ManualClock::new());
        Site { client, stub, recorder, server }
    }

    /// A call of a path without variables.
    pub fn call(&self, method: &Method, path: &str) -> Untyped<'_> {
        self.client.call(method.clone(), path)
    }

    /// A `GET`, as bytes.
    pub fn get(&self, path: &str) -> apiclient::Call<apiclient::Bytes, Error> {
        self.call(&Method::GET, path).fetch()
    }
}

/// A client over the subject to a raw server.
#[derive(Debug)]
pub struct Raw {
    pub client: Client,
    pub server: FaultServer,
    pub recorder: Recorder,
    pub clock: ManualClock,
}

impl Raw {
    /// To this server.
    ///
    /// # Panics
    ///
    /// For a subject without sockets.
    pub fn of<S: Subject>(server: FaultServer) -> Self {
        let recorder = Recorder::of(S::transport().expect("a subject over sockets"));
        let clock = ManualClock::new();
        let client = client(&server.url, &recorder, &clock);
        Raw { client, server, recorder, clock }
    }

    /// A `GET`, as bytes.
    pub fn get(&self) -> apiclient::Call<apiclient::Bytes, Error> {
        self.client.call(Method::GET, "/number").fetch()
    }

    /// What comes of a `GET`; once the server is silent, an hour passes.
    ///
    /// # Errors
    ///
    /// Those of the call.
    pub async fn outwait(&self) -> Result<apiclient::Bytes, Error> {
        self.server.outwait(&self.clock, tokio::spawn(self.get().into_future())).await
    }
}

/// A client to a server.
///
/// # Panics
///
/// If that is no URL.
pub fn client(url: &str, recorder: &Recorder, clock: &ManualClock) -> Client {
    let builder = Client::builder()
        .retry(apiclient::Retry::none())
        .redirects(apiclient::Redirects::none())
        .base_url(url)
        .transport(recorder.clone())
        .clock(clock.clone());
    builder.build().expect("a client")
}

/// The turns that a client needs to read what has been sent.
pub async fn take_turns() {
    for _ in 0..2_000 {
        tokio::task::yield_now().await;
    }
}
