//! The seam to the network: a [`Transport`] sends one attempt and gives back one reply.
//!
//! Retries, redirects, deadlines and limits are the pipeline's, in one place, the same over every transport.

#[cfg(feature = "hyper")]
mod hyper;
#[cfg(feature = "reqwest")]
mod reqwest;
#[cfg(feature = "tower")]
mod service;
#[cfg(feature = "tower")]
mod tower;

mod collector;
mod error;

pub use self::collector::Collector;
pub(crate) use self::collector::Limits;
#[cfg(any(feature = "reqwest", feature = "hyper"))]
use self::error::certain_progress;
pub use self::error::{TransportError, TransportErrorKind};
#[cfg(feature = "hyper")]
pub use self::hyper::{Hyper, HyperBuilder, Resolve};
#[cfg(all(feature = "reqwest", feature = "test-server"))]
pub(crate) use self::reqwest::Http;
#[cfg(feature = "reqwest")]
pub use self::reqwest::Reqwest;
#[cfg(feature = "tower")]
pub use self::{service::TransportService, tower::Tower};
pub use crate::{answer::Reply, progress::Progress, request::BodyStream, time::BoxFuture};
/// The version that [`HyperBuilder::tls_config`] takes.
#[cfg(all(feature = "hyper", feature = "rustls"))]
pub use tokio_rustls::rustls;

use crate::{
    coding::Unpacker,
    endpoint::Endpoint,
    origin::Origin,
    pace::{Moves, Turn, Upload},
    request::Body,
    time::Clock,
};
use http::{
    Extensions, HeaderMap, Method, StatusCode, Uri,
    header::{CONTENT_LENGTH, TRANSFER_ENCODING},
};
use std::{
    fmt,
    sync::{
        Arc, Mutex, PoisonError,
        atomic::{AtomicBool, AtomicU8, AtomicU64, Ordering},
    },
    time::Instant,
};

/// Sends one attempt of a call.
///
/// The default is `Reqwest`; tests use `testing::Stub`. A transport neither retries nor
/// follows redirects nor decompresses: it says what happened. It need not time out either: a future that takes too long
/// is dropped, and dropping it must end the attempt.
///
/// ```
/// use apiclient::transport::{Attempt, BoxFuture, Reply, Transport, TransportError};
///
/// /// Answers everything with its own request line.
/// #[derive(Debug)]
/// struct Echo;
///
/// impl Transport for Echo {
///     fn send<'a>(&'a self, attempt: Attempt<'a>) -> BoxFuture<'a, Result<Reply, TransportError>> {
///         let line = format!("{} {}", attempt.method(), attempt.target());
///         Box::pin(async move { Ok(Reply::new(200, line)) })
///     }
/// }
///
/// let client = apiclient::Client::builder().base_url("http://echo.test").transport(Echo).build()?;
/// # Ok::<_, apiclient::Error>(())
/// ```
pub trait Transport: fmt::Debug + Send + Sync {
    /// Sends `attempt` and gives back the reply, its body read as far as [`Attempt::collector`] allows.
    fn send<'a>(&'a self, attempt: Attempt<'a>) -> BoxFuture<'a, Result<Reply, TransportError>>;

    /// What every attempt to `origin` carries over this transport, such as its `Host`: asked once per client, for the origin of
    /// its base URL, and then found in [`Attempt::headers`]. For transports to which that is cheaper than adding it each time.
    /// Default: nothing.
    fn default_headers(&self, origin: &Origin) -> HeaderMap {
        let _ = origin;
        HeaderMap::new()
    }

    /// Whether it keeps to public addresses where [`Attempt::is_public_only`] asks for it. Without that
    /// [`ClientBuilder::addresses`](crate::ClientBuilder::addresses) is an error of `build()`. Default: it does not.
    fn checks_addresses(&self) -> bool {
        false
    }
}

/// One that others use, too, or one of those that a program chooses between.
impl<T: Transport + ?Sized> Transport for Arc<T> {
    fn send<'a>(&'a self, attempt: Attempt<'a>) -> BoxFuture<'a, Result<Reply, TransportError>> {
        (**self).send(attempt)
    }

    fn default_headers(&self, origin: &Origin) -> HeaderMap {
        (**self).default_headers(origin)
    }

    fn checks_addresses(&self) -> bool {
        (**self).checks_addresses()
    }
}

/// One attempt: everything that goes over the wire, built anew for each try.
pub struct Attempt<'a> {
    pub(crate) method: &'a Method,
    pub(crate) endpoint: Option<&'static Endpoint>,
    pub(crate) origin: &'a Arc<Origin>,
    /// The path of the base URL, without a slash at its end.
    pub(crate) prefix: &'a str,
    pub(crate) target: &'a [u8],
    pub(crate) headers: HeaderMap,
    pub(crate) body: &'a Body,
    pub(crate) extensions: &'a Extensions,
    pub(crate) limits: Limits,
    pub(crate) trace: &'a Trace,
    pub(crate) clock: &'a Arc<dyn Clock>,
    pub(crate) started: Instant,
    /// Whether the transport's own headers are among them.
    pub(crate) is_ready: bool,
    pub(crate) is_public_only: bool,
    pub(crate) number: u32,
}

/// Status and headers of an error whose body is still on its way.
pub(crate) type Head = (StatusCode, HeaderMap);

/// What is known of an attempt that is dropped because its time is over.
#[derive(Default)]
pub(crate) struct Trace {
    head: Mutex<Option<Head>>,
    /// A [`Progress`], or nothing yet.
    progress: AtomicU8,
    /// The body is not in the coding any more that its head says.
    is_unpacked: AtomicBool,
    /// How much of the body of the answer has come; one more than that, and 0 before its head has.
    arrived: AtomicU64,
    /// A streamed body on its way out.
    pub(crate) upload: Option<Arc<Upload>>,
}

impl Moves for Trace {
    /// The body of an answer is the server's to send, and before that a streamed request is its to take.
    fn turn(&self) -> Turn {
        match self.arrived.load(Ordering::Relaxed) {
            0 => self.upload.as_ref().map_or(Turn::Ours, |upload| upload.turn()),
            arrived => Turn::Theirs(arrived),
        }
    }
}

impl Trace {
    /// What an error said before its body came.
    pub(crate) fn take_head(&self) -> Option<Head> {
        self.head.lock().unwrap_or_else(PoisonError::into_inner).take()
    }

    /// Whether the head speaks of another body than the one that was read.
    pub(crate) fn is_unpacked(&self) -> bool {
        self.is_unpacked.load(Ordering::Relaxed)
    }

    /// So much more of the body has come.
    fn arrive(&self, bytes: usize) {
        // Nobody else writes.
        let before = self.arrived.load(Ordering::Relaxed);
        self.arrived.store(before.saturating_add(bytes as u64), Ordering::Relaxed);
    }

    /// The worst that can be, where the transport said nothing.
    pub(crate) fn progress(&self) -> Progress {
        let said = Progress::from_u8(self.progress.load(Ordering::Relaxed)).unwrap_or(Progress::Written);
        match said {
            _ if self.arrived.load(Ordering::Relaxed) > 0 => Progress::Answered,
            Progress::Written if self.upload.as_ref().is_some_and(|upload| !upload.is_whole()) => {
                Progress::PartlyWritten
            }
            _ => said,
        }
    }
}

impl<'a> Attempt<'a> {
    /// The method.
    pub fn method(&self) -> &'a Method {
        self.method
    }

    /// Which endpoint it is an attempt of; none for a call that no trait declares. A label of low cardinality.
    pub fn endpoint(&self) -> Option<&'static Endpoint> {
        self.endpoint
    }

    /// The time of the call, for a transport that waits.
    pub fn clock(&self) -> &'a dyn Clock {
        &**self.clock
    }

    /// Which try of its call it is: 1 for the first. A redirect belongs to the try that it came of.
    pub fn number(&self) -> u32 {
        self.number
    }

    /// When it began.
    pub fn started(&self) -> Instant {
        self.started
    }

    /// Where it goes; the same `Arc` for every attempt of a client.
    pub fn origin(&self) -> &'a Arc<Origin> {
        self.origin
    }

    /// Whether it may go to public addresses only ([`Addresses`](crate::Addresses)): then a transport refuses a name that has no
    /// such address, a socket of the machine and a proxy, with an error of kind [`Request`](TransportErrorKind::Request). That a
    /// host which is an address is a public one was checked before.
    pub fn is_public_only(&self) -> bool {
        self.is_public_only
    }

    /// The path of the client's base URL, with which the target of every call begins that stays at home: `/v1`, or nothing.
    pub fn base_path(&self) -> &'a str {
        self.prefix
    }

    /// Path and query, percent-encoded ASCII that begins with a slash.
    pub fn target(&self) -> &'a str {
        // What was built as a target is ASCII.
        std::str::from_utf8(self.target).unwrap_or_default()
    }

    /// The whole URL.
    pub fn url(&self) -> Uri {
        // What was built as a target is one.
        crate::answer::uri(self.origin, self.target).unwrap_or_default()
    }

    /// The headers; `Host` and `Content-Length` are the transport's to add ([`Transport::default_headers`]).
    pub fn headers(&self) -> &HeaderMap {
        &self.headers
    }

    /// The headers, to be sent without a copy.
    pub fn take_headers(&mut self) -> HeaderMap {
        self.is_ready = false;
        std::mem::take(&mut self.headers)
    }

    /// The body: its [`bytes`](Body::bytes) if it is in memory, else what [`open`](Body::open) gives.
    pub fn body(&self) -> &'a Body {
        self.body
    }

    /// What the call carries for its transport and its hooks.
    pub fn extensions(&self) -> &'a Extensions {
        self.extensions
    }

    /// Says how far it came, for the case that its time is over and nobody can ask any more. Default: the worst that can be,
    /// [`Progress::Written`]. It goes forward only: before the first byte is written, it has to be said.
    pub fn reached(&self, progress: Progress) {
        self.trace.progress.store(progress.to_u8(), Ordering::Relaxed);
    }

    /// Gathers the body of the reply, as far as the limits allow.
    ///
    /// What an error says in its head is kept from here on: it counts even where its body never comes.
    ///
    /// # Errors
    ///
    /// If `Content-Length` says that the body is longer than the limit: then it is not read at all.
    pub fn collector(
        &self,
        status: StatusCode,
        headers: &HeaderMap,
    ) -> Result<Collector<'a>, TransportError> {
        let length = headers.get(CONTENT_LENGTH).and_then(|v| v.to_str().ok()?.parse().ok());
        let length = length.filter(|_| !headers.contains_key(TRANSFER_ENCODING));
        self.collector_of(status, headers, length)
    }

    /// The same where the transport knows how long the body is.
    pub(crate) fn collector_of(
        &self,
        status: StatusCode,
        headers: &HeaderMap,
        length: Option<u64>,
    ) -> Result<Collector<'a>, TransportError> {
        if !self.limits.successes.contains(status) {
            let head = (status, headers.clone());
            *self.trace.head.lock().unwrap_or_else(PoisonError::into_inner) = Some(head);
        }
        let collector = self.limits.collector(status, self.trace);
        // RFC 9112, section 6.3: one length or the other, and whoever sends both may be after what comes behind.
        if length.is_none() && headers.contains_key(CONTENT_LENGTH) && headers.contains_key(TRANSFER_ENCODING)
        {
            let e = "it has both a `Content-Length` and a `Transfer-Encoding`";
            return Err(TransportError::new(TransportErrorKind::Broken, e).with_progress(Progress::Answered));
        }
        // RFC 9110, section 8.6: there the length is that of a body which is not sent, and its coding as well.
        if *self.method == Method::HEAD || matches!(status, StatusCode::NO_CONTENT | StatusCode::NOT_MODIFIED)
        {
            return Ok(collector);
        }
        // A part of a packed body cannot be unpacked.
        let unpacks = self.limits.unpacks && status != StatusCode::PARTIAL_CONTENT;
        match unpacks.then(|| Unpacker::of(headers)).transpose() {
            Ok(Some(Some(unpacker))) => {
                self.trace.is_unpacked.store(true, Ordering::Relaxed);
                collector.unpacking(unpacker, length)
            }
            Ok(_) => collector.expecting(length),
            Err(e) => Err(TransportError::new(TransportErrorKind::Encoding, e)),
        }
    }
}

impl fmt::Debug for Attempt<'_> {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        let path = self.target().split('?').next().unwrap_or_default();
        write!(f, "Attempt({} {}{path}, {:?})", self.method, self.origin, self.body)
    }
}

#[cfg(any(feature = "reqwest", feature = "hyper", feature = "tower"))]
fn open(body: &Body) -> Result<BodyStream, TransportError> {
    body.open().map_err(|e| TransportError::new(TransportErrorKind::Request, e))
}

#[cfg(any(feature = "reqwest", feature = "hyper", feature = "tower"))]
/// Nobody polls a body of length 0: a file that was empty would be sent as empty even if it is not any more.
async fn check_empty(mut stream: BodyStream) -> Result<(), TransportError> {
    use http_body::Body as _;
    match std::future::poll_fn(|cx| std::pin::Pin::new(&mut stream).poll_frame(cx)).await {
        Some(Err(e)) => Err(TransportError::new(TransportErrorKind::Request, e)),
        _ => Ok(()),
    }
}

/// What HTTP/1.1 needs beside the headers of a call.
#[cfg(any(feature = "hyper", feature = "tower"))]
fn frame(method: &Method, length: Option<u64>, headers: &mut HeaderMap) {
    match length {
        // RFC 9110, section 8.6: some servers answer 411 without it.
        Some(0) if matches!(*method, Method::POST | Method::PUT | Method::PATCH) => {
            headers.insert(CONTENT_LENGTH, http::HeaderValue::from_static("0"));
        }
        None if matches!(*method, Method::GET | Method::HEAD) => {
            // Without it hyper leaves out a body of unknown length.
            headers.insert(TRANSFER_ENCODING, http::HeaderValue::from_static("chunked"));
        }
        _ => {}
    }
}

const _: fn(&dyn Transport) = |_| ();
