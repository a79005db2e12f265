//! Makes connections: look-up, TCP, proxy, TLS, HTTP.

#[cfg(feature = "rustls")]
use super::tls::Tls;
use super::{
    line::{Driver, Line, Place, Wire},
    proxy::Proxy,
    resolve::Resolver,
};
use crate::{address::NotPublic, error::BoxError, origin::Origin};
use http::Uri;
use hyper::{
    client::conn::http1,
    rt::{Read, Write},
};
use hyper_util::{
    client::{legacy::connect::HttpConnector, proxy::matcher::Matcher},
    rt::TokioIo,
};
use std::{fmt, sync::Arc, time::Duration};
use tower_service::Service;

/// Bytes there and back, whatever they go over.
pub(super) trait Stream: Read + Write + Send + Unpin {}

impl<T: Read + Write + Send + Unpin> Stream for T {}

/// One type for all of them: hyper's connection is compiled once.
pub(super) type Io = Box<dyn Stream>;

/// Which HTTP is spoken.
#[derive(Debug, Clone, Copy, PartialEq)]
pub(super) enum Versions {
    /// HTTP/2 where TLS offers it, else HTTP/1.1.
    Any,
    One,
    /// From the first byte, also without TLS.
    #[cfg(feature = "http2")]
    Two,
}

impl Versions {
    fn begin_with_two(self) -> bool {
        match self {
            Versions::Any | Versions::One => false,
            #[cfg(feature = "http2")]
            Versions::Two => true,
        }
    }
}

pub(super) struct Connector {
    pub(super) tcp: HttpConnector<Resolver>,
    /// To public addresses only.
    pub(super) public_tcp: HttpConnector<Resolver>,
    pub(super) resolver: Resolver,
    /// For the whole of it.
    pub(super) timeout: Duration,
    pub(super) versions: Versions,
    pub(super) proxies: Option<Matcher>,
    #[cfg(unix)]
    pub(super) unix_socket: Option<Arc<std::path::Path>>,
    #[cfg(feature = "rustls")]
    pub(super) tls: Tls,
}

impl Connector {
    /// Whether a connection there can turn out to be one for everybody.
    pub(super) fn may_share(&self, origin: &Origin) -> bool {
        match self.versions {
            Versions::Any => cfg!(feature = "http2") && origin.scheme() == "https",
            Versions::One => false,
            #[cfg(feature = "http2")]
            Versions::Two => true,
        }
    }

    /// `is_public`: only where its address is a public one.
    pub(super) async fn open(&self, origin: &Origin, is_public: bool) -> Result<Line, BoxError> {
        let url: Uri = format!("{origin}/").parse()?;
        let has_tls = origin.scheme() == "https";
        let proxy = self.proxy(&url)?;
        if is_public && (proxy.is_some() || self.has_socket()) {
            return Err(NotPublic::unseen(origin.host()).into());
        }
        // Proxies pass on HTTP/1.1, and nothing else.
        let needs_tunnel = has_tls || self.versions.begin_with_two();
        let forward = proxy.as_ref().and_then(|proxy| proxy.forward(needs_tunnel));
        let io = match &proxy {
            Some(proxy) => self.proxied(proxy, origin, &url, forward.is_some()).await?,
            None => self.direct(url, is_public).await?,
        };
        let (io, speaks_two) = match has_tls {
            true => self.encrypt(io, origin.host(), self.versions).await?,
            false => (io, false),
        };
        let place = Arc::new(Place::new(origin, forward)?);
        let wire = self.greet(io, speaks_two).await?;
        Ok(Line { wire, place, permit: None })
    }

    fn proxy(&self, url: &Uri) -> Result<Option<Proxy>, BoxError> {
        #[cfg(unix)]
        if self.unix_socket.is_some() {
            return Ok(None);
        }
        match &self.proxies {
            Some(matcher) => Proxy::of(matcher, url),
            None => Ok(None),
        }
    }

    #[cfg(unix)]
    fn has_socket(&self) -> bool {
        self.unix_socket.is_some()
    }

    #[cfg(not(unix))]
    fn has_socket(&self) -> bool {
        false
    }

    async fn direct(&self, url: Uri, is_public: bool) -> Result<Io, BoxError> {
        #[cfg(unix)]
        if let Some(path) = &self.unix_socket {
            let stream = tokio::net::UnixStream::connect(path).await;
            let stream =
                stream.map_err(|e| std::io::Error::new(e.kind(), format!("{}: {e}", path.display())))?;
            return Ok(Box::new(TokioIo::new(stream)));
        }
        let tcp = if is_public { &self.public_tcp } else { &self.tcp };
        Ok(Box::new(tcp.clone().call(url).await?))
    }

    async fn proxied(
        &self,
        proxy: &Proxy,
        origin: &Origin,
        url: &Uri,
        is_forwarded: bool,
    ) -> Result<Io, BoxError> {
        let host = proxy.uri.host().unwrap_or_default();
        let mut io: Io = Box::new(self.tcp.clone().call(proxy.uri.clone()).await.map_err(ProxyError::new)?);
        if proxy.has_tls() {
            // To the proxy itself HTTP/1.1 is spoken.
            io = self.encrypt(io, host, Versions::One).await.map_err(ProxyError::new)?.0;
        }
        if is_forwarded {
            return Ok(io);
        }
        let address = match proxy.wants_address() {
            true => Some(self.resolver.first(origin.host()).await?),
            false => None,
        };
        proxy.through(io, url, origin.port(), address).await.map_err(|e| ProxyError::new(e).into())
    }

    /// TLS, and whether HTTP/2 was agreed upon in it.
    #[cfg(feature = "rustls")]
    async fn encrypt(&self, io: Io, host: &str, versions: Versions) -> Result<(Io, bool), BoxError> {
        let stream = self.tls.connect(TokioIo::new(io), host, versions).await?;
        let speaks_two = stream.get_ref().1.alpn_protocol() == Some(b"h2");
        Ok((Box::new(TokioIo::new(stream)), speaks_two))
    }

    #[cfg(not(feature = "rustls"))]
    #[expect(clippy::unused_async, reason = "its twin with the feature needs it")]
    async fn encrypt(&self, _: Io, _: &str, _: Versions) -> Result<(Io, bool), BoxError> {
        Err("for `https` this transport needs the feature `rustls`".into())
    }

    #[cfg(not(feature = "http2"))]
    async fn greet(&self, io: Io, _: bool) -> Result<Wire, BoxError> {
        one(io).await
    }

    #[cfg(feature = "http2")]
    async fn greet(&self, io: Io, speaks_two: bool) -> Result<Wire, BoxError> {
        use hyper_util::rt::{TokioExecutor, TokioTimer};
        if !speaks_two && self.versions != Versions::Two {
            return one(io).await;
        }
        let mut builder = hyper::client::conn::http2::Builder::new(TokioExecutor::new());
        // A peer that is gone is found out by whoever waits for it, not by the time limit of each call.
        builder.timer(TokioTimer::new()).keep_alive_interval(KEEP_ALIVE).keep_alive_timeout(KEEP_ALIVE);
        let (sender, connection) = builder.handshake(io).await?;
        tokio::spawn(connection);
        Ok(Wire::Two(sender))
    }
}

/// How long nothing may come over a connection of HTTP/2 that is in use before it is asked whether it lives, and how long it may
/// take to say so.
#[cfg(feature = "http2")]
const KEEP_ALIVE: Duration = Duration::from_secs(20);

async fn one(io: Io) -> Result<Wire, BoxError> {
    let (sender, connection) = http1::handshake(io).await?;
    let driver = Driver(tokio::spawn(connection).abort_handle());
    Ok(Wire::One { sender, driver })
}

/// It was the proxy, and not the server behind it.
#[derive(Debug)]
struct ProxyError(BoxError);

impl ProxyError {
    fn new(source: impl Into<BoxError>) -> Self {
        ProxyError(source.into())
    }
}

impl fmt::Display for ProxyError {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str("proxy")
    }
}

impl std::error::Error for ProxyError {
    fn source(&self) -> Option<&(dyn std::error::Error + 'static)> {
        Some(&*self.0)
    }
}

impl fmt::Debug for Connector {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        // A proxy's URL may have a password: hyper-util leaves it out.
        let mut out = f.debug_struct("Connector");
        out.field("timeout", &self.timeout).field("versions", &self.versions).field("proxies", &self.proxies);
        #[cfg(unix)]
        out.field("unix_socket", &self.unix_socket);
        out.field("resolver", &self.resolver).finish_non_exhaustive()
    }
}
