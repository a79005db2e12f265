//! Proxies: which one a request goes through, and what is said to it before.

use super::connect::Io;
use crate::error::BoxError;
use http::{HeaderValue, Uri, uri::Authority};
use hyper_util::client::{
    legacy::connect::proxy::{SocksV4, SocksV5, Tunnel},
    proxy::matcher::{Intercept, Matcher},
};
use std::{
    future::{Ready, ready},
    net::IpAddr,
    task::{Context, Poll},
};
use tower_service::Service;

/// A proxy that passes a request of plain HTTP on.
pub(super) struct Forward {
    pub(super) authorization: Option<HeaderValue>,
}

/// What stands between the client and an origin.
pub(super) struct Proxy {
    pub(super) uri: Uri,
    kind: Kind,
}

enum Kind {
    Http(Option<HeaderValue>),
    Socks4 { resolve: bool },
    Socks5 { resolve: bool, login: Option<(String, String)> },
}

impl Proxy {
    /// The one for `url`, if there is one.
    pub(super) fn of(matcher: &Matcher, url: &Uri) -> Result<Option<Self>, BoxError> {
        matcher.intercept(url).as_ref().map(Self::new).transpose()
    }

    fn new(found: &Intercept) -> Result<Self, BoxError> {
        let uri = found.uri().clone();
        let login = found.raw_auth().map(|(name, password)| (name.to_owned(), password.to_owned()));
        let kind = match uri.scheme_str() {
            Some("http" | "https") => Kind::Http(found.basic_auth().cloned()),
            Some("socks4") => Kind::Socks4 { resolve: true },
            Some("socks4a") => Kind::Socks4 { resolve: false },
            Some("socks5") => Kind::Socks5 { resolve: true, login },
            Some("socks5h") => Kind::Socks5 { resolve: false, login },
            other => {
                let other = other.unwrap_or("nothing");
                return Err(format!(
                    "a proxy speaks http, https, socks4, socks4a, socks5 or socks5h, not {other}"
                )
                .into());
            }
        };
        Ok(Proxy { uri, kind })
    }

    /// Whether the connection to the proxy itself has TLS.
    pub(super) fn has_tls(&self) -> bool {
        self.uri.scheme_str() == Some("https")
    }

    /// Whether it is told each request; else it is asked for a way through, once.
    pub(super) fn forward(&self, needs_tunnel: bool) -> Option<Forward> {
        match &self.kind {
            Kind::Http(authorization) if !needs_tunnel => {
                Some(Forward { authorization: authorization.clone() })
            }
            _ => None,
        }
    }

    /// Whether it wants the address of the host, not its name.
    pub(super) fn wants_address(&self) -> bool {
        matches!(self.kind, Kind::Socks4 { resolve: true } | Kind::Socks5 { resolve: true, .. })
    }

    /// A way through it to `target`, whose host is `address` if it has been looked up.
    pub(super) async fn through(
        &self,
        io: Io,
        target: &Uri,
        port: u16,
        address: Option<IpAddr>,
    ) -> Result<Io, BoxError> {
        let open = Opened(Some(io));
        let host = match address {
            Some(IpAddr::V4(address)) => address.to_string(),
            Some(IpAddr::V6(address)) => format!("[{address}]"),
            None => target.host().unwrap_or_default().to_owned(),
        };
        let target = at(target, &host, port)?;
        match &self.kind {
            Kind::Http(authorization) => {
                let tunnel = Tunnel::new(self.uri.clone(), open);
                let mut tunnel = match authorization {
                    Some(secret) => tunnel.with_auth(secret.clone()),
                    None => tunnel,
                };
                Ok(tunnel.call(target).await?)
            }
            Kind::Socks4 { .. } => Ok(SocksV4::new(self.uri.clone(), open).call(target).await?),
            Kind::Socks5 { login, .. } => {
                let socks = SocksV5::new(self.uri.clone(), open);
                let mut socks = match login.clone() {
                    Some((name, password)) => socks.with_auth(name, password),
                    None => socks,
                };
                Ok(socks.call(target).await?)
            }
        }
    }
}

/// The same with this host and this port: the handshakes take 443 for one that is not said.
fn at(target: &Uri, host: &str, port: u16) -> Result<Uri, BoxError> {
    let authority: Authority = format!("{host}:{port}").parse()?;
    let mut parts = target.clone().into_parts();
    parts.authority = Some(authority);
    Ok(Uri::from_parts(parts)?)
}

/// A connection that is there already, for handshakes that want to make it themselves.
struct Opened(Option<Io>);

impl Service<Uri> for Opened {
    type Response = Io;
    type Error = BoxError;
    type Future = Ready<Result<Io, BoxError>>;

    fn poll_ready(&mut self, _: &mut Context<'_>) -> Poll<Result<(), BoxError>> {
        Poll::Ready(Ok(()))
    }

    fn call(&mut self, _: Uri) -> Self::Future {
        ready(self.0.take().ok_or_else(|| "the connection to the proxy was used".into()))
    }
}
