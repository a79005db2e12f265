//! A stub on a loopback socket.

mod exchange;
mod tasks;
mod tls;

use super::Stub;
use crate::{
    error::{BoxError, Error, ErrorKind},
    time::{Clock, TokioClock},
};
use exchange::Desk;
use hyper::service::service_fn;
use hyper_util::{rt::TokioIo, server::conn::auto};
use std::{
    fmt,
    net::Ipv4Addr,
    sync::{
        Arc,
        atomic::{AtomicUsize, Ordering},
    },
};
use tasks::Tasks;
use tls::Identity;
use tokio::{
    io::{AsyncRead, AsyncWrite},
    net::{TcpListener, TcpStream},
    runtime::Handle,
};
use tokio_rustls::TlsAcceptor;

/// A [`Stub`] as a server on a loopback socket: for what a transport in memory does not show (connections, TLS, HTTP/2), and for
/// clients of any kind. Feature `test-server`.
///
/// It speaks HTTP/1.1, and HTTP/2 with prior knowledge. What the stub answers is sent as it is, with the right `Content-Length` and
/// no `Date`. Where the stub fails with `Connect` or `Broken`, the connection ends (of HTTP/2: the stream) and nothing is answered;
/// any other failure is a 500 whose text says which, a request that no route takes for instance. A body of more than 64 MiB is
/// refused with 413.
///
/// Routes stand at the root of the server: where a client's base URL has a path of its own, routes by template begin with it.
///
/// ```
/// use apiclient::{prelude::*, testing::{Stub, TestServer}};
///
/// #[api_client(base_url = "https://api.example.com")]
/// trait Users {
///     #[get("/users/{id}/name")]
///     async fn name(&self, id: u64) -> Result<String, apiclient::Error>;
/// }
///
/// # #[cfg(not(feature = "reqwest"))]
/// # fn main() {}
/// # #[cfg(feature = "reqwest")]
/// # #[tokio::main(flavor = "current_thread")]
/// # async fn main() -> Result<(), apiclient::Error> {
/// let stub = Stub::new();
/// stub.on(&UsersClient::ENDPOINTS.name).returns("Ada");
///
/// let server = TestServer::start(stub.clone()).await?;
/// let users = UsersClient::builder().base_url(server.url()).transport(server.transport()?).build()?;
/// assert_eq!(users.name(7).await?, "Ada");
/// assert_eq!(users.name(8).await?, "Ada");
/// assert_eq!(server.connections(), 1);
/// stub.verify();
/// # Ok(()) }
/// ```
///
/// When it is dropped, it no longer listens, its connections end and so does whatever the stub was about to answer.
pub struct TestServer {
    url: String,
    protocols: Protocols,
    ca: Option<Vec<u8>>,
    connections: Arc<AtomicUsize>,
    tasks: Tasks,
}

/// Which of them a server speaks.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
enum Protocols {
    Both,
    Http1,
    Http2,
}

impl TestServer {
    /// A server without TLS, over HTTP/1.1 and HTTP/2.
    ///
    /// # Errors
    ///
    /// Those of [`TestServerBuilder::start`].
    ///
    /// # Panics
    ///
    /// As [`TestServerBuilder::start`].
    pub async fn start(stub: Stub) -> Result<Self, Error> {
        Self::builder(stub).start().await
    }

    /// A server with settings: TLS, one protocol only, another clock.
    pub fn builder(stub: Stub) -> TestServerBuilder {
        TestServerBuilder { stub, clock: None, tls: false, protocols: Protocols::Both }
    }

    /// Where it listens, without a slash at its end: `http://127.0.0.1:41234`, with TLS `https://localhost:41234`.
    pub fn url(&self) -> &str {
        &self.url
    }

    /// The certificate of the throw-away authority that a client has to trust, in DER; none without TLS. Each server has an authority
    /// of its own, whose key is gone once the server has started.
    pub fn ca_der(&self) -> Option<&[u8]> {
        self.ca.as_deref()
    }

    /// The same in PEM.
    pub fn ca_pem(&self) -> Option<String> {
        self.ca.as_deref().map(tls::pem)
    }

    /// How many connections were made to it so far: calls that share one count once.
    pub fn connections(&self) -> usize {
        self.connections.load(Ordering::Relaxed)
    }

    /// Settings of a [`Hyper`](crate::transport::Hyper) that trusts this server (and with TLS nobody else), and speaks what it speaks. It has
    /// no proxy. Feature `hyper`; for TLS `rustls`, for HTTP/2 only `http2` as well.
    ///
    /// ```
    /// # use apiclient::{Client, Method, testing::{Stub, TestServer}, transport::Reply};
    /// # #[tokio::main(flavor = "current_thread")]
    /// # async fn main() -> Result<(), apiclient::Error> {
    /// let server = TestServer::start(Stub::with(|_| Ok(Reply::new(200, "7")))).await?;
    /// let client = Client::builder().base_url(server.url()).transport(server.hyper().build()?).build()?;
    /// assert_eq!(client.call(Method::GET, "/number").fetch::<u8>().await?, 7);
    /// # Ok(()) }
    /// ```
    #[cfg(feature = "hyper")]
    pub fn hyper(&self) -> crate::transport::HyperBuilder {
        let builder = crate::transport::Hyper::builder().no_proxy();
        let builder = match (self.protocols, &self.ca) {
            (Protocols::Http1, _) => builder.http1_only(),
            #[cfg(feature = "http2")]
            (Protocols::Http2, None) => builder.http2_prior_knowledge(),
            _ => builder,
        };
        #[cfg(feature = "rustls")]
        if let Some(pem) = self.ca_pem() {
            // A name that is looked up could be another machine's.
            return builder.tls_certs_only(pem).resolve("localhost", [Ipv4Addr::LOCALHOST.into()]);
        }
        builder
    }

    /// A transport that trusts this server (and with TLS nobody else), and speaks what it speaks: HTTP/2 without TLS if it is
    /// [`http2_only`](TestServerBuilder::http2_only). Each has connections of its own. It has no proxy. Feature `reqwest`.
    ///
    /// # Errors
    ///
    /// If it would need a feature that is off: `rustls` for TLS, `http2` for HTTP/2 only. Kind [`Config`](ErrorKind::Config).
    #[cfg(feature = "reqwest")]
    pub fn transport(&self) -> Result<crate::transport::Reqwest, Error> {
        use crate::transport::{Http, Reqwest};
        let http = match self.protocols {
            Protocols::Both => Http::Any,
            Protocols::Http1 => Http::One,
            Protocols::Http2 => Http::Two,
        };
        Reqwest::for_loopback(self.ca.as_deref(), http)
            .map_err(|e| failed("the transport to the test server cannot be made", e))
    }
}

impl Drop for TestServer {
    fn drop(&mut self) {
        self.tasks.end();
    }
}

impl fmt::Debug for TestServer {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.debug_struct("TestServer")
            .field("url", &self.url)
            .field("protocols", &self.protocols)
            .field("connections", &self.connections())
            .finish_non_exhaustive()
    }
}

/// Settings of a [`TestServer`], from [`TestServer::builder`].
#[derive(Debug)]
#[must_use = "a server listens once it is started"]
pub struct TestServerBuilder {
    stub: Stub,
    clock: Option<Arc<dyn Clock>>,
    tls: bool,
    protocols: Protocols,
}

impl TestServerBuilder {
    /// With TLS, by a certificate for `localhost` and `127.0.0.1`, from an authority that lives as long as the server. ALPN offers
    /// what the server speaks. Default: without.
    pub fn tls(mut self) -> Self {
        self.tls = true;
        self
    }

    /// Speaks HTTP/1.1 and nothing else. Default: both, as the client likes.
    pub fn http1_only(mut self) -> Self {
        self.protocols = Protocols::Http1;
        self
    }

    /// Speaks HTTP/2 and nothing else. Default: both, as the client likes.
    pub fn http2_only(mut self) -> Self {
        self.protocols = Protocols::Http2;
        self
    }

    /// The time of answers that come [`after`](super::Route::after) a while. Default: Tokio.
    pub fn clock(mut self, clock: impl Clock + 'static) -> Self {
        self.clock = Some(Arc::new(clock));
        self
    }

    /// Listens on a free port of `127.0.0.1`, in the Tokio runtime that it is called in, and as long as that runs.
    ///
    /// # Errors
    ///
    /// If there is no port, no certificate or no runtime. Kind [`Config`](ErrorKind::Config).
    ///
    /// # Panics
    ///
    /// In a Tokio runtime that was built without `enable_io`.
    pub async fn start(self) -> Result<TestServer, Error> {
        if Handle::try_current().is_err() {
            let message = "a test server needs a Tokio runtime, and none is running here";
            return Err(Error::new(ErrorKind::Config, message));
        }
        let identity = self.tls.then(|| Identity::new(self.protocols)).transpose();
        let identity = identity.map_err(|e| failed("no certificate could be made", e))?;
        let listener = TcpListener::bind((Ipv4Addr::LOCALHOST, 0)).await;
        let listener = listener.map_err(|e| failed("no port of 127.0.0.1 could be had", e))?;
        let address = listener.local_addr().map_err(|e| failed("the port is not known", e))?;
        let (scheme, host) = if self.tls { ("https", "localhost") } else { ("http", "127.0.0.1") };
        let authority = format!("{host}:{}", address.port());
        let url = format!("{scheme}://{authority}");
        let (ca, acceptor) = identity.map(|identity| (identity.ca, identity.acceptor)).unzip();
        let connections = Arc::new(AtomicUsize::new(0));
        let tasks = Tasks::new(listener);
        let clock = self.clock.unwrap_or_else(|| Arc::new(TokioClock::default()));
        let server = Server {
            desk: Desk { stub: self.stub, clock, scheme, authority },
            acceptor,
            protocols: self.protocols,
            connections: connections.clone(),
            tasks: tasks.clone(),
        };
        tasks.spawn(Arc::new(server).run());
        Ok(TestServer { url, protocols: self.protocols, ca, connections, tasks })
    }
}

fn failed(what: &'static str, why: impl Into<BoxError>) -> Error {
    let why = why.into();
    Error::new(ErrorKind::Config, format!("{what}: {why}")).with_source(why)
}

/// What its tasks share.
struct Server {
    desk: Desk,
    acceptor: Option<TlsAcceptor>,
    protocols: Protocols,
    connections: Arc<AtomicUsize>,
    tasks: Tasks,
}

impl Server {
    async fn run(self: Arc<Self>) {
        while let Some(stream) = self.tasks.accept().await {
            self.connections.fetch_add(1, Ordering::Relaxed);
            self.tasks.spawn(self.clone().connection(stream));
        }
    }

    /// Whatever goes wrong here is the client's to see.
    async fn connection(self: Arc<Self>, stream: TcpStream) {
        let _ = stream.set_nodelay(true);
        match &self.acceptor {
            None => self.serve(stream).await,
            Some(acceptor) => {
                if let Ok(stream) = acceptor.accept(stream).await {
                    self.serve(stream).await;
                }
            }
        }
    }

    async fn serve(&self, stream: impl AsyncRead + AsyncWrite + Unpin + Send + 'static) {
        let mut builder = auto::Builder::new(self.tasks.clone());
        // A `Date` would be the time of no clock of ours.
        builder.http1().auto_date_header(false).http2().auto_date_header(false);
        let builder = match self.protocols {
            Protocols::Both => builder,
            Protocols::Http1 => builder.http1_only(),
            Protocols::Http2 => builder.http2_only(),
        };
        let service = service_fn(|request| {
            let desk = self.desk.clone();
            async move { desk.exchange(request).await }
        });
        let _ = builder.serve_connection(TokioIo::new(stream), service).await;
    }
}
