//! The seam to the network: a [`Transport`] sends one attempt and gives back one reply.
//!
//! Retries, redirects, deadlines and limits are the pipeline's, in one place, the same over every transport.

#[cfg(feature = "reqwest")]
mod reqwest;

#[cfg(all(feature = "reqwest", feature = "test-server"))]
pub(crate) use self::reqwest::Http;
#[cfg(feature = "reqwest")]
pub use self::reqwest::Reqwest;
pub use crate::{answer::Reply, request::BodyStream, time::BoxFuture};

use crate::{
    endpoint::{Endpoint, Statuses},
    error::BoxError,
    origin::Origin,
    request::Body,
    response::DecodeError,
    time::Clock,
};
use bytes::Bytes;
use http::{Extensions, HeaderMap, Method, StatusCode, Uri};
use std::{
    fmt,
    sync::{Arc, Mutex, PoisonError},
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
}

/// One attempt: everything that goes over the wire, built anew for each try.
pub struct Attempt<'a> {
    pub(crate) method: &'a Method,
    pub(crate) endpoint: Option<&'static Endpoint>,
    pub(crate) origin: &'a Arc<Origin>,
    /// The path of the base URL, without a slash at its end.
    pub(crate) prefix: &'a str,
    pub(crate) target: &'a str,
    pub(crate) headers: HeaderMap,
    pub(crate) body: &'a Body,
    pub(crate) extensions: &'a Extensions,
    pub(crate) limits: Limits,
    pub(crate) early: &'a Mutex<Option<Head>>,
    pub(crate) clock: &'a dyn Clock,
}

/// Status and headers of an error whose body is still on its way.
pub(crate) type Head = (StatusCode, HeaderMap);

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
        self.clock
    }

    /// Where it goes; the same `Arc` for every attempt of a client.
    pub fn origin(&self) -> &'a Arc<Origin> {
        self.origin
    }

    /// The path of the client's base URL, with which the target of every call begins that stays at home: `/v1`, or nothing.
    pub fn base_path(&self) -> &'a str {
        self.prefix
    }

    /// Path and query, percent-encoded ASCII that begins with a slash.
    pub fn target(&self) -> &'a str {
        self.target
    }

    /// The whole URL.
    pub fn url(&self) -> Uri {
        // What was built as a target is one.
        crate::answer::uri(self.origin, self.target.as_bytes()).unwrap_or_default()
    }

    /// The headers; `Host` and `Content-Length` are the transport's to add.
    pub fn headers(&self) -> &HeaderMap {
        &self.headers
    }

    /// The headers, to be sent without a copy.
    pub fn take_headers(&mut self) -> HeaderMap {
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

    /// Gathers the body of the reply, as far as the limits allow.
    ///
    /// What an error says in its head is kept from here on: it counts even where its body never comes.
    ///
    /// # Errors
    ///
    /// If `Content-Length` says that the body is longer than the limit: then it is not read at all.
    pub fn collector(&self, status: StatusCode, headers: &HeaderMap) -> Result<Collector, TransportError> {
        if !self.limits.successes.contains(status) {
            let head = (status, headers.clone());
            *self.early.lock().unwrap_or_else(PoisonError::into_inner) = Some(head);
        }
        let mut collector = self.limits.collector(status);
        // RFC 9110, section 8.6: there the length is that of a body which is not sent.
        if *self.method != Method::HEAD && status != StatusCode::NO_CONTENT {
            collector.expect(headers)?;
        }
        Ok(collector)
    }
}

impl fmt::Debug for Attempt<'_> {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        let path = self.target.split('?').next().unwrap_or_default();
        write!(f, "Attempt({} {}{path}, {:?})", self.method, self.origin, self.body)
    }
}

/// How much of a body is read.
#[derive(Debug, Clone, Copy)]
pub(crate) struct Limits {
    /// A success: more is an error.
    pub(crate) body: usize,
    /// Anything else: more is cut off.
    pub(crate) error_body: usize,
    /// Which statuses are a success.
    pub(crate) successes: Statuses,
}

impl Limits {
    fn collector(self, status: StatusCode) -> Collector {
        let (limit, cut) =
            if self.successes.contains(status) { (self.body, false) } else { (self.error_body, true) };
        Collector { limit, cut, first: Bytes::new(), all: Vec::new(), length: None }
    }
}

/// Gathers the chunks of a body up to a limit. A body of one chunk is not copied.
pub struct Collector {
    limit: usize,
    cut: bool,
    first: Bytes,
    all: Vec<u8>,
    length: Option<usize>,
}

impl Collector {
    fn expect(&mut self, headers: &HeaderMap) -> Result<(), TransportError> {
        let length =
            headers.get(http::header::CONTENT_LENGTH).and_then(|v| v.to_str().ok()?.parse::<u64>().ok());
        let length = length.map(|l| usize::try_from(l).unwrap_or(usize::MAX));
        if !self.cut && length.is_some_and(|l| l > self.limit) {
            return Err(self.too_large());
        }
        self.length = length;
        Ok(())
    }

    /// What to make of a body that breaks off: an error's is what came of it, a success without its body is none.
    ///
    /// # Errors
    ///
    /// The given one, for a success.
    pub fn broken(&self, error: TransportError) -> Result<(), TransportError> {
        if self.cut { Ok(()) } else { Err(error) }
    }

    /// Takes one chunk; `false` when no more is wanted.
    ///
    /// # Errors
    ///
    /// If the body is longer than the limit.
    pub fn push(&mut self, mut chunk: Bytes) -> Result<bool, TransportError> {
        let room = self.limit - self.first.len().max(self.all.len());
        let full = chunk.len() > room;
        if full && !self.cut {
            return Err(self.too_large());
        }
        chunk.truncate(room);
        if self.first.is_empty() && self.all.is_empty() {
            self.first = chunk;
        } else {
            if self.all.is_empty() {
                // The length is the server's word: it is trusted up to a megabyte.
                self.all.reserve(self.length.unwrap_or_default().min(1 << 20));
                self.all.extend_from_slice(&std::mem::take(&mut self.first));
            }
            self.all.extend_from_slice(&chunk);
        }
        Ok(!full)
    }

    /// The body.
    pub fn finish(self) -> Bytes {
        if self.all.is_empty() { self.first } else { self.all.into() }
    }

    fn too_large(&self) -> TransportError {
        TransportError::new(
            TransportErrorKind::TooLarge,
            format!("the body is longer than {} bytes", self.limit),
        )
    }
}

impl fmt::Debug for Collector {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        let read = self.first.len().max(self.all.len());
        f.debug_struct("Collector").field("read", &read).field("limit", &self.limit).finish_non_exhaustive()
    }
}

/// Why no reply came.
#[derive(Debug)]
pub struct TransportError {
    pub(crate) kind: TransportErrorKind,
    pub(crate) source: BoxError,
}

/// What a transport knows about its failure.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
#[non_exhaustive]
pub enum TransportErrorKind {
    /// No connection was made: nothing was sent.
    Connect,
    /// The connection broke or spoke no HTTP. Whether the server has seen the request is not known.
    Broken,
    /// The body is longer than the limit.
    TooLarge,
    /// A time limit of the transport's own was over.
    Timeout,
    /// The request cannot be sent as it is: nothing was sent.
    Request,
}

impl TransportError {
    /// A failure of `kind`. The source is printed: it must not hold a query or a credential.
    pub fn new(kind: TransportErrorKind, source: impl Into<BoxError>) -> Self {
        TransportError { kind, source: source.into() }
    }

    /// What kind of failure it is.
    pub fn kind(&self) -> TransportErrorKind {
        self.kind
    }
}

/// For transports that read what they send, as stubs do: nothing was sent.
impl From<DecodeError> for TransportError {
    fn from(error: DecodeError) -> Self {
        TransportError::new(TransportErrorKind::Request, error)
    }
}

/// For transports that make their replies themselves, as stubs do: nothing was sent.
impl From<serde_json::Error> for TransportError {
    fn from(error: serde_json::Error) -> Self {
        TransportError::new(TransportErrorKind::Request, error)
    }
}

/// The two deepest causes: those above them say that something failed, these say what.
impl fmt::Display for TransportError {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        let first: &(dyn std::error::Error + 'static) = &*self.source;
        let mut said: Vec<String> =
            std::iter::successors(Some(first), |e| e.source()).map(ToString::to_string).collect();
        said.dedup_by(|deeper, above| above.contains(&**deeper));
        f.write_str(&said[said.len().saturating_sub(2)..].join(": "))
    }
}

impl std::error::Error for TransportError {
    fn source(&self) -> Option<&(dyn std::error::Error + 'static)> {
        Some(&*self.source)
    }
}

const _: fn(&dyn Transport) = |_| ();

#[cfg(test)]
mod tests {
    use super::*;

    fn limits(status: u16) -> Collector {
        Limits { body: 10, error_body: 4, successes: Statuses::SUCCESS }
            .collector(StatusCode::from_u16(status).unwrap())
    }

    fn length(value: &'static str) -> HeaderMap {
        HeaderMap::from_iter([(http::header::CONTENT_LENGTH, http::HeaderValue::from_static(value))])
    }

    #[test]
    fn a_success_that_is_too_long_is_an_error() {
        let mut one = limits(200);
        assert!(one.push(Bytes::from_static(b"0123456789")).unwrap());
        assert_eq!(one.push(Bytes::from_static(b"x")).unwrap_err().kind, TransportErrorKind::TooLarge);
        assert!(limits(200).expect(&length("11")).is_err());
        assert!(limits(200).expect(&length("18446744073709551615")).is_err());
        assert!(limits(200).expect(&length("10")).is_ok());
        assert!(limits(200).expect(&length("-1")).is_ok(), "the transport's affair");
    }

    #[test]
    fn an_error_that_is_too_long_is_cut() {
        let mut two = limits(500);
        two.expect(&length("1099511627776")).unwrap();
        assert!(two.push(Bytes::from_static(b"012")).unwrap());
        assert!(!two.push(Bytes::from_static(b"3456")).unwrap());
        assert_eq!(two.finish(), "0123");
        assert_eq!(limits(200).finish(), "");
    }
}
