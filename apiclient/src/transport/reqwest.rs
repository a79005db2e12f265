//! The default transport. The only file that names reqwest.

use super::{
    Attempt, BoxFuture, Progress, Reply, Transport, TransportError, TransportErrorKind, certain_progress,
    check_empty, open,
};
use crate::{
    address::{self, NotPublic},
    error::BoxError,
    origin::Origin,
    pace,
    request::{BodyFailed, BodyStream},
};
use http::{
    HeaderValue, Method,
    header::{CONTENT_LENGTH, TRANSFER_ENCODING},
};
use reqwest::{Client, ClientBuilder, Request, Url};
use std::{
    sync::{Arc, OnceLock},
    time::Duration,
};

/// Sends attempts with [`reqwest`](https://docs.rs/reqwest).
///
/// The client that `ClientBuilder` makes has everything switched off that the pipeline does itself: redirects, retries,
/// the `Referer`, time-outs, decompression. A client of your own can be handed in with
/// [`ClientBuilder::transport`](crate::ClientBuilder::transport); what is switched on in it then stays on, beneath the
/// pipeline:
///
/// ```
/// use apiclient::{Client, reqwest, transport::Reqwest};
///
/// let http = reqwest::Client::builder()
///     .tcp_nodelay(true)
///     .redirect(reqwest::redirect::Policy::none())
///     .retry(reqwest::retry::never())
///     .build()?;
/// let transport = Reqwest::from(http).sends_once();
/// let client = Client::builder().base_url("https://api.example.com").transport(transport).build()?;
/// # Ok::<_, Box<dyn std::error::Error>>(())
/// ```
#[derive(Debug)]
pub struct Reqwest {
    client: Client,
    /// The origin of the first attempt with its parsed URL: a clone of it costs half of a parse, and a client has one
    /// origin.
    base: OnceLock<(Arc<Origin>, Url)>,
    /// It neither follows redirects nor sends again by itself.
    sends_once: bool,
    /// For what may go to public addresses only; made when it is needed, where that is known how.
    public: Option<Public>,
}

#[derive(Debug)]
struct Public {
    connect_timeout: Duration,
    client: OnceLock<Client>,
}

impl From<Client> for Reqwest {
    fn from(client: Client) -> Self {
        Reqwest { client, base: OnceLock::new(), sends_once: false, public: None }
    }
}

impl Reqwest {
    /// The default client: idle connections live 50 s, at most 32 of them per host; proxies from the environment.
    pub(crate) fn with_connect_timeout(connect_timeout: Duration) -> Result<Self, reqwest::Error> {
        let builder = quiet().connect_timeout(connect_timeout);
        let builder = if proxies_may_be_set() { builder } else { builder.no_proxy() };
        let mut transport = Self::from(builder.build()?).sends_once();
        transport.public = Some(Public { connect_timeout, client: OnceLock::new() });
        Ok(transport)
    }

    /// Says of a client of your own that it neither follows redirects nor sends a request again by itself
    /// (`redirect::Policy::none()` and `retry::never()`): then its failures tell how far a request came
    /// ([`Progress`]). Default: they do not, since they may be those of another place; all that failed counts as sent.
    pub fn sends_once(mut self) -> Self {
        self.sends_once = true;
        self
    }

    /// To a test server: nothing else is trusted, and no proxy stands before it.
    #[cfg(feature = "test-server")]
    pub(crate) fn for_loopback(ca: Option<&[u8]>, http: Http) -> Result<Self, BoxError> {
        if let Some(missing) = missing(ca.is_some(), http) {
            return Err(missing.into());
        }
        // A name that is looked up could be another machine's.
        let address = std::net::SocketAddr::from((std::net::Ipv4Addr::LOCALHOST, 0));
        let builder = speaking(http, quiet().no_proxy().resolve("localhost", address));
        #[cfg(feature = "rustls")]
        let builder = builder.tls_certs_only(ca.map(reqwest::Certificate::from_der).transpose()?);
        Ok(Self::from(builder.build()?).sends_once())
    }

    /// The origin comes from the client and path and query are set on it, never joined with it: `join` takes
    /// `//evil.example/x` for another host, `set_path` cannot leave this one.
    fn url(&self, attempt: &Attempt<'_>) -> Result<Url, TransportError> {
        let mut url = self.base(attempt.origin)?;
        let target = attempt.target();
        match target.split_once('?') {
            Some((path, query)) => {
                url.set_path(path);
                url.set_query(Some(query));
            }
            None => url.set_path(target),
        }
        Ok(url)
    }

    fn base(&self, origin: &Arc<Origin>) -> Result<Url, TransportError> {
        match self.base.get() {
            Some((known, url)) if Arc::ptr_eq(known, origin) => Ok(url.clone()),
            _ => {
                let parsed = Url::parse(&origin.to_string());
                let url = parsed.map_err(|e| TransportError::new(TransportErrorKind::Request, e))?;
                // Whoever came first stays: another origin is parsed each time.
                let _ = self.base.set((origin.clone(), url.clone()));
                Ok(url)
            }
        }
    }

    /// What sends an attempt to public addresses only.
    #[cold]
    fn public_client(&self, attempt: &Attempt<'_>, url: &Url) -> Result<Client, TransportError> {
        let refused = |e: BoxError| TransportError::new(TransportErrorKind::Request, e);
        let host = attempt.origin.host();
        // It knows more spellings of addresses than we do, and looks none of them up.
        address::check_literal(url.host_str().unwrap_or_default()).map_err(|e| refused(e.into()))?;
        let Some(public) = self.public.as_ref().filter(|_| !proxies_are_set()) else {
            return Err(refused(NotPublic::unseen(host).into()));
        };
        if let Some(client) = public.client.get() {
            return Ok(client.clone());
        }
        let builder = quiet().connect_timeout(public.connect_timeout).no_proxy().dns_resolver(PublicNames);
        let client = builder.build().map_err(|e| refused(e.into()))?;
        Ok(public.client.get_or_init(|| client).clone())
    }

    /// The request, and what is to be known of its body.
    fn request(&self, attempt: &mut Attempt<'_>) -> Result<(Request, Upload), TransportError> {
        let mut request = Request::new(attempt.method.clone(), self.url(attempt)?);
        *request.headers_mut() = attempt.take_headers();
        let body = attempt.body;
        match body.bytes() {
            Some(bytes) if !bytes.is_empty() => *request.body_mut() = Some(bytes.clone().into()),
            None if !body.is_empty() => return Ok(stream(open(body)?, request)),
            // RFC 9110, section 8.6: some servers answer 411 without it.
            _ if matches!(*attempt.method, Method::POST | Method::PUT | Method::PATCH) => {
                request.headers_mut().insert(CONTENT_LENGTH, HeaderValue::from_static("0"));
            }
            _ => {}
        }
        match body.bytes() {
            Some(_) => Ok((request, Upload::Whole)),
            None => Ok((request, Upload::Nothing(Box::new(open(body)?)))),
        }
    }
}

/// What is to be known of the body of a request.
enum Upload {
    /// It is in memory.
    Whole,
    /// It is said to be empty, and has to show it first.
    Nothing(Box<BodyStream>),
    /// Whether all of it was sent.
    Stream(Arc<pace::Upload>),
}

/// Everything switched off that the pipeline does itself.
fn quiet() -> ClientBuilder {
    Client::builder()
        .redirect(reqwest::redirect::Policy::none())
        .retry(reqwest::retry::never())
        .referer(false)
        .no_gzip()
        .no_brotli()
        .no_zstd()
        .no_deflate()
        .pool_idle_timeout(Duration::from_secs(50))
        .pool_max_idle_per_host(32)
}

/// What a test server speaks.
#[cfg(feature = "test-server")]
#[derive(Clone, Copy)]
pub(crate) enum Http {
    Any,
    One,
    Two,
}

#[cfg(feature = "test-server")]
fn missing(tls: bool, http: Http) -> Option<&'static str> {
    match (tls, http) {
        (true, _) if !cfg!(feature = "rustls") => Some("for TLS it needs the feature `rustls`"),
        (_, Http::Two) if !cfg!(feature = "http2") => Some("for HTTP/2 only it needs the feature `http2`"),
        _ => None,
    }
}

#[cfg(feature = "test-server")]
fn speaking(http: Http, builder: ClientBuilder) -> ClientBuilder {
    match http {
        Http::One => builder.http1_only(),
        #[cfg(feature = "http2")]
        Http::Two => builder.http2_prior_knowledge(),
        _ => builder,
    }
}

/// A body that is not in memory.
fn stream(mut stream: BodyStream, mut request: Request) -> (Request, Upload) {
    let sent = stream.watch();
    let length = http_body::Body::size_hint(&stream).exact();
    if length.is_none() && matches!(*request.method(), Method::GET | Method::HEAD) {
        // Without it hyper leaves out a body of unknown length.
        request.headers_mut().insert(TRANSFER_ENCODING, HeaderValue::from_static("chunked"));
    }
    *request.body_mut() = Some(reqwest::Body::wrap(stream));
    (request, Upload::Stream(sent))
}

/// Without any, reqwest need not ask for one on each request (1.4 k instructions). macOS and Windows have settings
/// beside the environment.
fn proxies_may_be_set() -> bool {
    cfg!(any(target_os = "macos", windows)) || proxies_are_set()
}

fn proxies_are_set() -> bool {
    let set = |name: &str| std::env::var_os(name).is_some_and(|v| !v.is_empty());
    let names = ["http_proxy", "https_proxy", "all_proxy", "HTTP_PROXY", "HTTPS_PROXY", "ALL_PROXY"];
    names.into_iter().any(set)
}

/// The system's look-up, of which public addresses are left.
struct PublicNames;

impl reqwest::dns::Resolve for PublicNames {
    fn resolve(&self, name: reqwest::dns::Name) -> reqwest::dns::Resolving {
        Box::pin(async move {
            let found = tokio::net::lookup_host((name.as_str(), 0)).await?;
            let public: Vec<_> = found.filter(|socket| address::is_public(socket.ip())).collect();
            match public.is_empty() {
                true => Err(NotPublic::of(name.as_str()).into()),
                false => Ok(Box::new(public.into_iter()) as reqwest::dns::Addrs),
            }
        })
    }
}

impl Transport for Reqwest {
    fn checks_addresses(&self) -> bool {
        self.public.is_some()
    }

    fn send<'a>(&'a self, mut attempt: Attempt<'a>) -> BoxFuture<'a, Result<Reply, TransportError>> {
        // reqwest panics outside a Tokio runtime, and a library must not.
        if tokio::runtime::Handle::try_current().is_err() {
            let e = "this transport needs a Tokio runtime, and none is running here";
            return Box::pin(std::future::ready(Err(TransportError::new(TransportErrorKind::Request, e))));
        }
        let made = self.request(&mut attempt).and_then(|(request, upload)| {
            let client = match attempt.is_public_only {
                true => &self.public_client(&attempt, request.url())?,
                false => &self.client,
            };
            Ok((client.execute(request), upload))
        });
        let (pending, upload) = match made {
            Ok(made) => made,
            Err(e) => return Box::pin(std::future::ready(Err(e))),
        };
        Box::pin(async move {
            let sent = match upload {
                Upload::Whole => None,
                Upload::Nothing(stream) => {
                    check_empty(*stream).await?;
                    None
                }
                Upload::Stream(sent) => Some(sent),
            };
            let mut response = match pending.await {
                Ok(response) => response,
                Err(e) => return Err(failure(e, self.sends_once).with_body(sent.as_deref())),
            };
            let status = response.status();
            let headers = std::mem::take(response.headers_mut());
            let mut body = attempt.collector(status, &headers)?;
            loop {
                match response.chunk().await {
                    Ok(Some(chunk)) => {
                        if !body.push(chunk)? {
                            break;
                        }
                    }
                    Ok(None) => break,
                    Err(e) => {
                        break body.broken(failure(e, self.sends_once).with_progress(Progress::Answered))?;
                    }
                }
            }
            Ok(Reply::from_parts(status, headers, body.finish()?))
        })
    }
}

/// What became of a request; `sends_once`: it is that of the first place that was asked.
fn failure(error: reqwest::Error, sends_once: bool) -> TransportError {
    let causes = || super::error::causes(&error);
    // The caller's body may be another request.
    let is_body = causes().find_map(|cause| cause.downcast_ref::<BodyFailed>()).is_some();
    // A connect that took too long is a connect error first: nothing was sent.
    let kind = match () {
        () if is_body => TransportErrorKind::Broken,
        () if NotPublic::is_cause(&error) => TransportErrorKind::Request,
        () if error.is_connect() => TransportErrorKind::Connect,
        () if error.is_timeout() => TransportErrorKind::Timeout,
        () if error.is_builder() => TransportErrorKind::Request,
        () => TransportErrorKind::Broken,
    };
    let known = certain_progress(&error);
    // Its URL has the query.
    let error = TransportError::new(kind, error.without_url());
    match (kind, known) {
        // It may have been led elsewhere, by a server that has acted on the request.
        (TransportErrorKind::Connect | TransportErrorKind::Broken, _) if !sends_once => {
            error.with_progress(Progress::Written)
        }
        (TransportErrorKind::Broken, Some(progress)) => error.with_progress(progress),
        _ => error,
    }
}
