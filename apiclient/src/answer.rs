//! What came back of a call: the reply as it was sent, what is known about the call beside it, and both together as
//! they are decoded and handed out.

use crate::{endpoint::Endpoint, error::Error, origin::Origin, safe::Safe};
use bytes::Bytes;
use http::{HeaderMap, HeaderName, HeaderValue, Method, StatusCode, Uri, header};
use serde::Serialize;
use std::{borrow::Cow, fmt, sync::Arc, time::Duration};

/// What an error keeps of a body, and what is looked at for a message. In bytes.
pub(crate) const KEPT: usize = 64 << 10;

const JSON: HeaderValue = HeaderValue::from_static("application/json");

/// What came back.
#[derive(Clone, Default)]
pub struct Reply {
    pub(crate) status: StatusCode,
    pub(crate) headers: HeaderMap,
    pub(crate) body: Bytes,
    /// What to do if it cannot be read, said by the stub that made it.
    #[cfg(feature = "testing")]
    pub(crate) help: Option<&'static str>,
}

impl Reply {
    /// A reply without headers. A `status` outside 100 to 999 counts as 500.
    pub fn new(status: u16, body: impl Into<Bytes>) -> Self {
        let status = StatusCode::from_u16(status).unwrap_or(StatusCode::INTERNAL_SERVER_ERROR);
        Reply { status, body: body.into(), ..Reply::default() }
    }

    /// A reply of ready parts.
    pub fn from_parts(status: StatusCode, headers: HeaderMap, body: Bytes) -> Self {
        Reply {
            status,
            headers,
            body,
            #[cfg(feature = "testing")]
            help: None,
        }
    }

    /// An answer with this value as JSON, as a server would send it.
    ///
    /// # Errors
    ///
    /// If the value cannot be written as JSON: a map whose keys are no texts, a `Serialize` that fails.
    pub fn json(status: u16, value: &(impl Serialize + ?Sized)) -> Result<Self, serde_json::Error> {
        Ok(Reply::new(status, serde_json::to_vec(value)?).with_header(header::CONTENT_TYPE, JSON))
    }

    /// The same reply with one header more.
    pub fn with_header(mut self, name: HeaderName, value: HeaderValue) -> Self {
        self.headers.append(name, value);
        self
    }

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

    /// For the end of an error's line.
    #[cfg_attr(
        not(feature = "testing"),
        expect(clippy::unused_self, reason = "its twin with the feature needs it")
    )]
    pub(crate) fn help(&self) -> &'static str {
        #[cfg(feature = "testing")]
        let help = self.help.unwrap_or_default();
        #[cfg(not(feature = "testing"))]
        let help = "";
        help
    }

    /// The headers, to be added to.
    pub fn headers_mut(&mut self) -> &mut HeaderMap {
        &mut self.headers
    }
}

impl fmt::Debug for Reply {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        write!(f, "Reply({}, {} bytes)", self.status.as_u16(), self.body.len())
    }
}

/// Which call it was and how it went, as an answer and as an error know it.
#[derive(Clone, Default)]
pub(crate) struct Context {
    pub(crate) place: Option<Place>,
    pub(crate) origin: Option<Arc<Origin>>,
    /// Path and query.
    pub(crate) target: Vec<u8>,
    pub(crate) attempts: u32,
    pub(crate) elapsed: Duration,
    /// What may be printed; none where nothing was named.
    pub(crate) safe: Option<Arc<Safe>>,
}

/// Which call it is: its endpoint, or the method and template of an untyped call.
#[derive(Debug, Clone, Default)]
pub(crate) struct Place {
    pub(crate) endpoint: Option<&'static Endpoint>,
    pub(crate) method: Method,
    pub(crate) template: Cow<'static, str>,
}

impl Place {
    /// Method and template. A literal part can hold a constant query, and that can hold a key: of a query the names in braces
    /// are shown, and the pairs whose key is safe.
    pub(crate) fn write(&self, out: &mut dyn fmt::Write, is_safe: &dyn Fn(&str) -> bool) -> fmt::Result {
        write!(out, "{} ", self.method)?;
        let (mut rest, mut query) = (&*self.template, false);
        while let Some(first) = rest.chars().next() {
            query |= first == '?';
            let ends = if query { ['{', '&'] } else { ['{', '?'] };
            let length = match first {
                '{' => rest.find('}').map_or(rest.len(), |end| end + 1),
                _ => rest[first.len_utf8()..].find(ends).map_or(rest.len(), |end| end + first.len_utf8()),
            };
            let (piece, tail) = rest.split_at(length);
            query |= piece.starts_with("{?");
            if !query || is_shown(piece, tail, is_safe) {
                write_in_line(piece, out)?;
            }
            rest = tail;
        }
        Ok(())
    }
}

/// A template of an untyped call that is refused for a line break is still shown in one line.
fn write_in_line(piece: &str, out: &mut dyn fmt::Write) -> fmt::Result {
    if !piece.contains(char::is_control) {
        return out.write_str(piece);
    }
    piece.chars().try_for_each(|c| out.write_char(if c.is_control() { '\u{fffd}' } else { c }))
}

/// Of a query: parameters by name, and constants whose key is safe.
fn is_shown(piece: &str, tail: &str, is_safe: &dyn Fn(&str) -> bool) -> bool {
    let (key, value) = piece.trim_start_matches(['?', '&']).split_once('=').unwrap_or_default();
    // With a variable behind it the value is no constant.
    let constant = !value.is_empty() && !tail.starts_with('{');
    piece.starts_with("{?") || piece.starts_with("{&") || (constant && is_safe(key))
}

impl fmt::Display for Place {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        self.write(f, &|_| false)
    }
}

/// The answer of one call with its body read: what a type is decoded from.
pub struct Answer {
    pub(crate) reply: Reply,
    pub(crate) context: Context,
    /// Its status stands for "nothing there" (`#[none_on]`).
    // Boxed: it is rare, and an answer is moved about.
    pub(crate) absent: Option<Box<Absent>>,
    /// It belongs to an error, which keeps all of it.
    pub(crate) kept: bool,
}

/// An answer that an `Option` reads as `None`, and anything else as an error.
pub(crate) struct Absent {
    pub(crate) refusal: Error,
    /// An `Option` was asked for, and was told that it is `None`.
    pub(crate) taken: bool,
}

impl Absent {
    pub(crate) fn new(refusal: Error) -> Self {
        Absent { refusal, taken: false }
    }
}

impl Answer {
    pub(crate) fn new(reply: Reply, context: Context) -> Self {
        Answer { reply, context, absent: None, kept: false }
    }

    /// The error of an answer that stands for nothing, unless an `Option` has taken it: a type that reads no body, or reads it
    /// in its own way, would take a 404 for an answer.
    pub(crate) fn refused(&mut self) -> Option<Error> {
        self.absent.take_if(|absent| !absent.taken).map(|absent| absent.refusal)
    }

    /// The status.
    pub fn status(&self) -> StatusCode {
        self.reply.status
    }

    /// The headers.
    pub fn headers(&self) -> &HeaderMap {
        &self.reply.headers
    }

    /// The body.
    pub fn body(&self) -> &Bytes {
        &self.reply.body
    }

    pub(crate) fn take_response<T>(&mut self, body: T) -> Response<T> {
        let Answer { reply, context, .. } = self;
        let (status, headers) = (reply.status, std::mem::take(&mut reply.headers));
        let (origin, target) = (context.origin.take(), std::mem::take(&mut context.target));
        let (attempts, elapsed) = (context.attempts, context.elapsed);
        Response { status, headers, origin, target, attempts, elapsed, body }
    }

    /// The head beside a decoded body. The headers are copied where a `Response` within the type has them too.
    pub(crate) fn respond<T>(&mut self, body: T) -> Response<T> {
        respond(&self.reply, &self.context, body)
    }
}

/// A copy of the head beside a body.
pub(crate) fn respond<T>(reply: &Reply, context: &Context, body: T) -> Response<T> {
    Response {
        status: reply.status,
        headers: reply.headers.clone(),
        origin: context.origin.clone(),
        target: context.target.clone(),
        attempts: context.attempts,
        elapsed: context.elapsed,
        body,
    }
}

/// Type and subtype of a `Content-Type`, as it was written.
pub(crate) fn media_type(headers: &HeaderMap) -> Option<&[u8]> {
    let value = headers.get(header::CONTENT_TYPE)?.as_bytes();
    Some(value.split(|b| *b == b';').next().unwrap_or_default().trim_ascii())
}

/// Whether the media type is JSON; also where the server did not say.
pub(crate) fn is_json(headers: &HeaderMap) -> bool {
    let Some(essence) = media_type(headers) else { return true };
    let ends_with = |suffix: &[u8]| {
        let at = essence.len().checked_sub(suffix.len());
        at.is_some_and(|at| essence[at..].eq_ignore_ascii_case(suffix))
    };
    ends_with(b"/json") || ends_with(b"+json")
}

/// The id that the server gave to the request, for its operators.
pub(crate) fn request_id(headers: &HeaderMap) -> Option<&str> {
    const NAMES: [&str; 8] = [
        "x-request-id",
        "request-id",
        "x-amzn-requestid",
        "x-amz-request-id",
        "x-github-request-id",
        "x-correlation-id",
        "x-trace-id",
        "cf-ray",
    ];
    let values = NAMES.iter().filter_map(|name| headers.get(*name)?.to_str().ok());
    // It is printed: what no id is, is none.
    let is_id =
        |value: &&str| (1..=128).contains(&value.len()) && value.bytes().all(|b| b.is_ascii_graphic());
    values.into_iter().find(is_id)
}

impl fmt::Debug for Answer {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        write!(f, "Answer({}, {} bytes)", self.reply.status.as_u16(), self.reply.body.len())
    }
}

/// A body with what came beside it: status, headers, final URL, attempts, timing.
///
/// Any call gives one with `.send()`; a method may also name it in its signature: `Result<Response<Repo>>`.
#[derive(Clone)]
pub struct Response<T> {
    status: StatusCode,
    headers: HeaderMap,
    origin: Option<Arc<Origin>>,
    target: Vec<u8>,
    attempts: u32,
    elapsed: Duration,
    body: T,
}

impl<T> Response<T> {
    /// The status: a success, or what `#[success]` counts as one.
    pub fn status(&self) -> StatusCode {
        self.status
    }

    /// The headers.
    pub fn headers(&self) -> &HeaderMap {
        &self.headers
    }

    /// The URL that was asked. (A transport of your own that follows redirects does so unseen.)
    pub fn url(&self) -> Uri {
        self.origin.as_ref().and_then(|origin| uri(origin, &self.target)).unwrap_or_default()
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

    /// The same with one header more, for fakes. A name or a value that no header has is left out.
    #[cfg(feature = "testing")]
    pub fn with_header(mut self, name: &str, value: &str) -> Self {
        if let (Ok(name), Ok(value)) = (HeaderName::from_bytes(name.as_bytes()), HeaderValue::from_str(value))
        {
            self.headers.append(name, value);
        }
        self
    }

    /// What `.send()` gives for a value that no server sent.
    pub(crate) fn unsent(body: T) -> Self {
        Answer::new(Reply::new(200, Bytes::new()), Context::default()).take_response(body)
    }
}

/// Without the body, which can hold secrets: print that on purpose.
impl<T> fmt::Debug for Response<T> {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.debug_struct("Response")
            .field("status", &self.status.as_u16())
            .field("attempts", &self.attempts)
            .field("elapsed", &self.elapsed)
            .finish_non_exhaustive()
    }
}

/// A URL of parts that were checked when they were written.
pub(crate) fn uri(origin: &Origin, target: &[u8]) -> Option<Uri> {
    let parts = Uri::builder().scheme(origin.scheme()).authority(origin.authority()).path_and_query(target);
    parts.build().ok()
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn of_a_query_only_safe_pairs_are_shown() {
        let shown = |template: &'static str| {
            let place = Place { endpoint: None, method: Method::GET, template: template.into() };
            let mut safe = String::new();
            place.write(&mut safe, &|key| key == "v").unwrap();
            (place.to_string(), safe)
        };
        for (template, plain, safe) in [
            ("/a/{id}", "GET /a/{id}", "GET /a/{id}"),
            ("/a{?page}&key=secret{&b}", "GET /a{?page}{&b}", "GET /a{?page}{&b}"),
            ("/a/{id}?key=secret&page={page}&b", "GET /a/{id}", "GET /a/{id}"),
            ("/a?v=2&key=secret", "GET /a", "GET /a?v=2"),
            ("/a?v={v}", "GET /a", "GET /a"),
            ("/a?key=secret&v=2", "GET /a", "GET /a&v=2"),
            ("/a{?", "GET /a{?", "GET /a{?"),
            ("/ü{ü}?ü", "GET /ü{ü}", "GET /ü{ü}"),
            ("/a\r\nb{c\n}", "GET /a\u{fffd}\u{fffd}b{c\u{fffd}}", "GET /a\u{fffd}\u{fffd}b{c\u{fffd}}"),
        ] {
            assert_eq!(shown(template), (plain.to_owned(), safe.to_owned()), "{template}");
        }
    }
}
