//! The answer of a call: head, body, and how it was got.

use crate::{
    error::{self, Place, request_id},
    request::Origin,
};
use bytes::Bytes;
use http::{HeaderMap, StatusCode, Uri};
use std::{fmt, sync::Arc, time::Duration};

/// The answer of one call with its body read: what a type is decoded from.
pub struct Answer {
    pub(crate) status: StatusCode,
    pub(crate) headers: HeaderMap,
    pub(crate) body: Bytes,
    pub(crate) origin: Arc<Origin>,
    pub(crate) target: Vec<u8>,
    pub(crate) attempts: u32,
    pub(crate) elapsed: Duration,
    /// For the error, if the body is not what was asked for.
    pub(crate) place: Place,
}

impl Answer {
    /// The status.
    pub fn status(&self) -> StatusCode {
        self.status
    }

    /// The headers.
    pub fn headers(&self) -> &HeaderMap {
        &self.headers
    }

    /// The body.
    pub fn body(&self) -> &Bytes {
        &self.body
    }

    /// Whether the media type is JSON; also where the server did not say.
    pub(crate) fn is_json(&self) -> bool {
        let Some(value) = self.headers.get(http::header::CONTENT_TYPE) else { return true };
        let essence = value.as_bytes().split(|b| *b == b';').next().unwrap_or_default().trim_ascii();
        let ends_with = |suffix: &[u8]| {
            let at = essence.len().checked_sub(suffix.len());
            at.is_some_and(|at| essence[at..].eq_ignore_ascii_case(suffix))
        };
        ends_with(b"/json") || ends_with(b"+json")
    }

    /// What an error keeps of it.
    pub(crate) fn keep(&mut self) -> error::Answer {
        let headers = std::mem::take(&mut self.headers);
        error::Answer { status: self.status, headers, body: std::mem::take(&mut self.body) }
    }

    pub(crate) fn into_response<T>(self, body: T) -> Response<T> {
        let Answer { status, headers, origin, target, attempts, elapsed, .. } = self;
        Response { status, headers, origin, target, attempts, elapsed, body }
    }

    /// The head beside a decoded body. The headers are copied where a `Response` within the type has them too.
    pub(crate) fn respond<T>(&mut self, body: T) -> Response<T> {
        Response {
            status: self.status,
            headers: self.headers.clone(),
            origin: self.origin.clone(),
            target: self.target.clone(),
            attempts: self.attempts,
            elapsed: self.elapsed,
            body,
        }
    }
}

impl fmt::Debug for Answer {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        write!(f, "Answer({}, {} bytes)", self.status.as_u16(), self.body.len())
    }
}

/// A body with what came beside it: status, headers, final URL, attempts, timing.
///
/// Any call gives one with `.send()`; a method may also name it in its signature: `Result<Response<Repo>>`.
#[derive(Clone)]
pub struct Response<T> {
    status: StatusCode,
    headers: HeaderMap,
    origin: Arc<Origin>,
    target: Vec<u8>,
    attempts: u32,
    elapsed: Duration,
    body: T,
}

impl<T> Response<T> {
    /// The status, always a success.
    pub fn status(&self) -> StatusCode {
        self.status
    }

    /// The headers.
    pub fn headers(&self) -> &HeaderMap {
        &self.headers
    }

    /// The URL that was asked. (A transport of your own that follows redirects does so unseen.)
    pub fn url(&self) -> Uri {
        uri(&self.origin, &self.target).unwrap_or_default()
    }

    /// How often the request was sent, 1 or more; 0 for a value of `Call::ready`.
    pub fn attempts(&self) -> u32 {
        self.attempts
    }

    /// From the first poll of the call to its answer, the body included.
    pub fn elapsed(&self) -> Duration {
        self.elapsed
    }

    /// The id that the server gave to the request; see [`Error::request_id`](crate::Error::request_id).
    pub fn request_id(&self) -> Option<&str> {
        request_id(&self.headers)
    }

    /// The body.
    pub fn body(&self) -> &T {
        &self.body
    }

    /// The body alone.
    pub fn into_body(self) -> T {
        self.body
    }

    /// The same head beside another body.
    pub fn map<U>(self, f: impl FnOnce(T) -> U) -> Response<U> {
        let Response { status, headers, origin, target, attempts, elapsed, body } = self;
        Response { status, headers, origin, target, attempts, elapsed, body: f(body) }
    }

    /// What `.send()` gives for a value that no server sent.
    pub(crate) fn unsent(body: T) -> Self {
        Answer::unsent().into_response(body)
    }
}

impl Answer {
    pub(crate) fn unsent() -> Self {
        Answer {
            status: StatusCode::OK,
            headers: HeaderMap::new(),
            body: Bytes::new(),
            origin: Arc::new(Origin::none()),
            target: Vec::new(),
            attempts: 0,
            elapsed: Duration::ZERO,
            place: Place::default(),
        }
    }
}

impl<T: fmt::Debug> fmt::Debug for Response<T> {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.debug_struct("Response")
            .field("status", &self.status.as_u16())
            .field("attempts", &self.attempts)
            .field("elapsed", &self.elapsed)
            .field("body", &self.body)
            .finish_non_exhaustive()
    }
}

/// A URL of parts that were checked when they were written.
pub(crate) fn uri(origin: &Origin, target: &[u8]) -> Option<Uri> {
    let parts = Uri::builder().scheme(origin.scheme()).authority(origin.authority()).path_and_query(target);
    parts.build().ok()
}
