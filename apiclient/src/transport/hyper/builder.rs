//! The settings of the lean transport.

#[cfg(feature = "rustls")]
use super::tls::{self, Tls};
use super::{
    Hyper, Resolve,
    connect::{Connector, Versions},
    pool::{Limits, Pool},
    resolve::Resolver,
};
use crate::error::{Error, ErrorKind};
use http::Uri;
use hyper_util::client::{
    legacy::connect::{HttpConnector, dns::GaiResolver},
    proxy::matcher::Matcher,
};
use std::{collections::BTreeMap, fmt, net::IpAddr, sync::Arc, time::Duration};

/// The settings of a [`Hyper`]. Each setter says its default; what is wrong is said by [`build`](Self::build), all at once.
///
/// ```
/// use apiclient::transport::Hyper;
/// use std::time::Duration;
///
/// let transport = Hyper::builder()
///     .connect_timeout(Duration::from_secs(2))
///     .pool_max_idle_per_host(8)
///     .no_proxy()
///     .build()?;
/// # Ok::<_, apiclient::Error>(())
/// ```
#[must_use = "a builder does nothing until `.build()`"]
pub struct HyperBuilder {
    connect_timeout: Duration,
    limits: Limits,
    tcp_keepalive: Option<Duration>,
    local_address: Option<IpAddr>,
    known: BTreeMap<String, Vec<IpAddr>>,
    resolver: Option<Arc<dyn Resolve>>,
    versions: Versions,
    proxy: Proxies,
    exceptions: String,
    #[cfg(unix)]
    unix_socket: Option<Arc<std::path::Path>>,
    #[cfg(feature = "rustls")]
    tls: Tls,
    problems: Vec<String>,
}

enum Proxies {
    Environment,
    None,
    One(String),
}

/// RFC 8305, section 8.
const HAPPY_EYEBALLS: Duration = Duration::from_millis(250);

impl HyperBuilder {
    pub(super) fn new() -> Self {
        HyperBuilder {
            connect_timeout: Duration::from_secs(5),
            limits: Limits { idle: Duration::from_secs(50), most_idle: 32, most: None },
            tcp_keepalive: Some(Duration::from_secs(15)),
            local_address: None,
            known: BTreeMap::new(),
            resolver: None,
            versions: Versions::Any,
            proxy: Proxies::Environment,
            exceptions: String::new(),
            #[cfg(unix)]
            unix_socket: None,
            #[cfg(feature = "rustls")]
            tls: Tls::default(),
            problems: Vec::new(),
        }
    }

    /// How long making a connection may take: name look-up, TCP, proxy, TLS. Default: 5 s. Where a name has several addresses,
    /// each gets its share of it.
    pub fn connect_timeout(mut self, timeout: Duration) -> Self {
        if timeout.is_zero() {
            self.problems.push("`connect_timeout` is zero: no connection could be made".into());
        }
        self.connect_timeout = timeout;
        self
    }

    /// How long a connection may be idle before it is closed. Default: 50 s, which is less than servers wait. It is looked at when
    /// a connection is wanted, and else once in as much time.
    pub fn pool_idle_timeout(mut self, timeout: Duration) -> Self {
        if timeout.is_zero() {
            self.problems.push("`pool_idle_timeout` is zero: `.pool_max_idle_per_host(0)` keeps none".into());
        }
        self.limits.idle = timeout;
        self
    }

    /// How many idle connections are kept per origin. Default: 32. The oldest is closed for one more; 0 keeps none.
    pub fn pool_max_idle_per_host(mut self, most: usize) -> Self {
        self.limits.most_idle = most;
        self
    }

    /// How many connections of HTTP/1.1 may be in use per origin; a call that finds all of them in use waits for one, within
    /// its time limits. Default: as many as there are calls.
    pub fn max_connections_per_host(mut self, most: usize) -> Self {
        if most == 0 {
            self.problems.push("`max_connections_per_host` is 0: no call could be made".into());
        }
        self.limits.most = Some(most.min(tokio::sync::Semaphore::MAX_PERMITS));
        self
    }

    /// After how much silence TCP asks whether the other side is still there; `None` never does. Default: 15 s.
    pub fn tcp_keepalive(mut self, after: impl Into<Option<Duration>>) -> Self {
        self.tcp_keepalive = after.into();
        self
    }

    /// The address that connections come from. Default: the system's choice.
    pub fn local_address(mut self, address: impl Into<Option<IpAddr>>) -> Self {
        self.local_address = address.into();
        self
    }

    /// What finds the addresses of a host. Default: the system (`getaddrinfo`), asked on a thread of its own.
    pub fn resolver(mut self, resolver: impl Resolve + 'static) -> Self {
        self.resolver = Some(Arc::new(resolver));
        self
    }

    /// The addresses of one host, which is then not looked up. Default: none. The name that TLS checks stays the same.
    pub fn resolve(mut self, host: impl Into<String>, addresses: impl IntoIterator<Item = IpAddr>) -> Self {
        let host = host.into();
        let addresses: Vec<IpAddr> = addresses.into_iter().collect();
        if addresses.is_empty() {
            self.problems.push(format!("`resolve` names no address for {host:?}"));
        }
        self.known.insert(host.to_ascii_lowercase(), addresses);
        self
    }

    /// HTTP/1.1 only. Default: HTTP/2 where it is offered by ALPN (feature `http2`), else HTTP/1.1.
    pub fn http1_only(mut self) -> Self {
        self.versions = Versions::One;
        self
    }

    /// HTTP/2 from the first byte, with and without TLS, for servers that are known to speak it.
    #[cfg(feature = "http2")]
    pub fn http2_prior_knowledge(mut self) -> Self {
        self.versions = Versions::Two;
        self
    }

    /// One proxy for everything: `http://proxy:3128`, `https://..`, `socks5://..` (`socks5h` and `socks4a` look names up
    /// themselves), with `name:password@` before the host where it wants them. Default: what `HTTP_PROXY`, `HTTPS_PROXY`, `ALL_PROXY`
    /// and `NO_PROXY` say.
    pub fn proxy(mut self, url: impl Into<String>) -> Self {
        self.proxy = Proxies::One(url.into());
        self
    }

    /// Hosts that need no proxy, as `NO_PROXY` has them: `localhost,10.0.0.0/8,.internal`. For [`proxy`](Self::proxy) only.
    pub fn proxy_exceptions(mut self, hosts: impl Into<String>) -> Self {
        self.exceptions = hosts.into();
        self
    }

    /// No proxy, whatever the environment says.
    pub fn no_proxy(mut self) -> Self {
        self.proxy = Proxies::None;
        self
    }

    /// Every connection goes to this socket, whatever host the base URL names (`http://localhost` is customary). Proxies are not
    /// asked. Default: none.
    #[cfg(unix)]
    pub fn unix_socket(mut self, path: impl AsRef<std::path::Path>) -> Self {
        self.unix_socket = Some(path.as_ref().into());
        self
    }

    /// Certificates of authorities, in PEM, that are trusted beside the platform's.
    #[cfg(feature = "rustls")]
    pub fn tls_certs_merge(mut self, pem: impl AsRef<[u8]>) -> Self {
        self.add_roots("tls_certs_merge", pem.as_ref());
        self
    }

    /// Certificates of authorities, in PEM, that are trusted instead of the platform's.
    #[cfg(feature = "rustls")]
    pub fn tls_certs_only(mut self, pem: impl AsRef<[u8]>) -> Self {
        self.tls.only_these = true;
        self.add_roots("tls_certs_only", pem.as_ref());
        self
    }

    #[cfg(feature = "rustls")]
    fn add_roots(&mut self, setting: &str, pem: &[u8]) {
        match tls::certificates(pem) {
            Ok(roots) => self.tls.roots.extend(roots),
            Err(e) => self.problems.push(format!("`{setting}`: {e}")),
        }
    }

    /// By what this client proves who it is: its certificate with those above it, and its private key, both in PEM.
    #[cfg(feature = "rustls")]
    pub fn identity(mut self, chain: impl AsRef<[u8]>, key: impl AsRef<[u8]>) -> Self {
        match tls::certificates(chain.as_ref()).and_then(|chain| Ok((chain, tls::private_key(key.as_ref())?)))
        {
            Ok(identity) => self.tls.identity = Some(identity),
            Err(e) => self.problems.push(format!("`identity`: {e}")),
        }
        self
    }

    /// A whole configuration of rustls, for what has no setter here: another provider, a verifier of your own. The protocols of
    /// ALPN are set by the transport. Certificates and identity that were set beside it are not looked at.
    #[cfg(feature = "rustls")]
    pub fn tls_config(mut self, config: tokio_rustls::rustls::ClientConfig) -> Self {
        self.tls.given = Some(config);
        self
    }

    /// Checks the settings and makes the transport. No connection is made yet.
    ///
    /// # Errors
    ///
    /// One, of kind [`Config`](ErrorKind::Config), that names every setting that is wrong.
    pub fn build(mut self) -> Result<Hyper, Error> {
        if let Proxies::One(url) = &self.proxy {
            // The URL may have a password.
            if matcher(url, "").intercept(&Uri::from_static("http://example.com/")).is_none() {
                self.problems.push(
                    "`proxy` is no URL of a proxy: `http://host:port`, or https, socks4, socks4a, socks5, socks5h".into(),
                );
            }
        }
        #[cfg(feature = "rustls")]
        if self.problems.is_empty() && self.tls.is_said() {
            self.problems.extend(self.tls.make().err().map(|e| format!("TLS cannot be set up: {e}")));
        }
        match self.problems.is_empty() {
            true => Ok(self.finish()),
            false => Err(Error::new(ErrorKind::Config, self.problems.join("; "))),
        }
    }

    pub(super) fn finish(self) -> Hyper {
        let (keepalive, local_address, timeout) =
            (self.tcp_keepalive, self.local_address, self.connect_timeout);
        let tcp = |resolver: &Resolver| {
            let mut tcp = HttpConnector::new_with_resolver(resolver.clone());
            tcp.enforce_http(false);
            tcp.set_nodelay(true);
            tcp.set_connect_timeout(Some(timeout));
            tcp.set_happy_eyeballs_timeout(Some(HAPPY_EYEBALLS));
            tcp.set_keepalive(keepalive);
            tcp.set_keepalive_interval(keepalive);
            tcp.set_local_address(local_address);
            tcp
        };
        let resolver = Resolver {
            known: Arc::new(self.known),
            other: self.resolver,
            system: GaiResolver::new(),
            is_public: false,
        };
        let connector = Connector {
            tcp: tcp(&resolver),
            public_tcp: tcp(&Resolver { is_public: true, ..resolver.clone() }),
            resolver,
            timeout: self.connect_timeout,
            versions: self.versions,
            proxies: match self.proxy {
                Proxies::Environment => Some(Matcher::from_env()),
                Proxies::None => None,
                Proxies::One(url) => Some(matcher(&url, &self.exceptions)),
            },
            #[cfg(unix)]
            unix_socket: self.unix_socket,
            #[cfg(feature = "rustls")]
            tls: self.tls,
        };
        Hyper { pool: Pool::new(self.limits), connector }
    }
}

fn matcher(url: &str, exceptions: &str) -> Matcher {
    Matcher::builder().all(url).no(exceptions).build()
}

impl fmt::Debug for HyperBuilder {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.debug_struct("HyperBuilder")
            .field("connect_timeout", &self.connect_timeout)
            .field("limits", &self.limits)
            .finish_non_exhaustive()
    }
}
