//! One error for everything that can go wrong with a call: opaque, one pointer wide, readable in a line.

use crate::endpoint::Endpoint;
use bytes::Bytes;
use http::{HeaderMap, Method, StatusCode};
use std::{borrow::Cow, error::Error as StdError, fmt, time::Duration};

pub(crate) type BoxError = Box<dyn StdError + Send + Sync>;

/// Why a call failed, with what is known about it.
///
/// The line of `Display` ends with the cause; `source()` has it once more, with all that is beneath it.
///
/// `Display` is one line that a person can act on: method, template, what happened, request id, cause. It never
/// holds a header's value, a query, a body or a base URL's credentials. The answer itself is at hand through
/// [`status`](Error::status), [`headers`](Error::headers) and [`body`](Error::body).
///
/// ```
/// use apiclient::{Client, Method};
/// # async fn run() -> Result<(), apiclient::Error> {
/// let client = Client::builder().base_url("https://api.example.com").build()?;
/// match client.call(Method::GET, "/users/{id}").param("id", 7).fetch::<String>().await {
///     Err(e) if e.is_not_found() => println!("nobody has that id"),
///     Err(e) if e.is_timeout() => println!("too slow: {e}"),
///     other => println!("{}", other?),
/// }
/// # Ok(()) }
/// ```
pub struct Error(Box<Inner>);

struct Inner {
    kind: ErrorKind,
    place: Option<Place>,
    origin: Option<String>,
    answer: Option<Answer>,
    attempts: u32,
    elapsed: Duration,
    message: Cow<'static, str>,
    source: Option<BoxError>,
}

/// What kind of failure an [`Error`] is.
///
/// More kinds come with more features; ask with the `is_*` methods where there is one.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Hash)]
#[non_exhaustive]
pub enum ErrorKind {
    /// A setting of the client is wrong or missing. Nothing was sent.
    Config,
    /// An argument cannot be written into the request. Nothing was sent.
    Argument,
    /// No connection was made: name look-up, TCP or TLS failed. Nothing was sent.
    Connect,
    /// The time was over: the call's in total, or the attempt's.
    Timeout,
    /// The connection broke, or what came over it was not HTTP.
    Transport,
    /// The answer was a redirect, which is not followed.
    Redirect,
    /// The answer was a client or a server error (4xx, 5xx).
    Status,
    /// The body is longer than the limit.
    TooLarge,
    /// The answer was a success, but its body could not be read as the type that was asked for.
    Decode,
}

/// The answer that an error keeps.
pub(crate) struct Answer {
    pub(crate) status: StatusCode,
    pub(crate) headers: HeaderMap,
    pub(crate) body: Bytes,
}

/// Which call failed: its endpoint, or the method and template of an untyped call.
#[derive(Debug, Clone, Default)]
pub(crate) struct Place {
    pub(crate) endpoint: Option<&'static Endpoint>,
    pub(crate) method: Method,
    pub(crate) template: Cow<'static, str>,
}

impl fmt::Display for Place {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        write!(f, "{} ", self.method)?;
        // A literal part can hold a constant query, and that can hold a key: of a query only the names in braces are shown.
        let (mut rest, mut query) = (&*self.template, false);
        while let Some(c) = rest.chars().next() {
            let length =
                if c == '{' { rest.find('}').map_or(rest.len(), |end| end + 1) } else { c.len_utf8() };
            let (piece, tail) = rest.split_at(length);
            query |= c == '?' || piece.starts_with("{?");
            if !query || piece.starts_with("{?") || piece.starts_with("{&") {
                f.write_str(piece)?;
            }
            rest = tail;
        }
        Ok(())
    }
}

impl Error {
    pub(crate) fn new(kind: ErrorKind, message: impl Into<Cow<'static, str>>) -> Self {
        let message = message.into();
        let elapsed = Duration::ZERO;
        Error(Box::new(Inner {
            kind,
            place: None,
            origin: None,
            answer: None,
            attempts: 0,
            elapsed,
            message,
            source: None,
        }))
    }

    pub(crate) fn with_source(mut self, source: impl Into<BoxError>) -> Self {
        self.0.source = Some(source.into());
        self
    }

    pub(crate) fn with_answer(mut self, answer: Answer) -> Self {
        self.0.answer = Some(answer);
        self
    }

    /// Says which call failed; the first word counts.
    pub(crate) fn at(mut self, place: impl FnOnce() -> Place) -> Self {
        self.0.place.get_or_insert_with(place);
        self
    }

    pub(crate) fn after(mut self, attempts: u32, elapsed: Duration) -> Self {
        (self.0.attempts, self.0.elapsed) = (attempts, elapsed);
        self
    }

    pub(crate) fn bound_for(mut self, origin: Option<String>) -> Self {
        self.0.origin = origin;
        self
    }

    /// What kind of failure this is.
    pub fn kind(&self) -> ErrorKind {
        self.0.kind
    }

    /// The endpoint whose call failed; `None` for an untyped call or a wrong setting.
    pub fn endpoint(&self) -> Option<&'static Endpoint> {
        self.0.place.as_ref()?.endpoint
    }

    /// Scheme, host and port that the call was for: `https://api.example.com`.
    pub fn origin(&self) -> Option<&str> {
        self.0.origin.as_deref()
    }

    /// How many attempts were made; 0 if the call failed before the first.
    pub fn attempts(&self) -> u32 {
        self.0.attempts
    }

    /// From the first poll of the call to its failure.
    pub fn elapsed(&self) -> Duration {
        self.0.elapsed
    }

    /// The status, if there was an answer.
    pub fn status(&self) -> Option<StatusCode> {
        self.0.answer.as_ref().map(|a| a.status)
    }

    /// The headers, if there was an answer.
    pub fn headers(&self) -> Option<&HeaderMap> {
        self.0.answer.as_ref().map(|a| &a.headers)
    }

    /// The body, if there was an answer. At most the first 64 KiB of an error's, what came of it if the connection broke, and
    /// nothing if the time was over before it was read.
    pub fn body(&self) -> Option<&Bytes> {
        self.0.answer.as_ref().map(|a| &a.body)
    }

    /// The beginning of the body as text, for a log of your own: at most 200 characters, control characters
    /// replaced. It is not in `Display`, since a body can hold secrets.
    pub fn excerpt(&self) -> Option<String> {
        self.body().map(|body| excerpt(body))
    }

    /// The id that the server gave to the request, for its operators: the first of `x-request-id`, `request-id`,
    /// `x-amzn-requestid`, `x-amz-request-id`, `x-github-request-id`, `x-correlation-id`, `x-trace-id`, `cf-ray`.
    pub fn request_id(&self) -> Option<&str> {
        request_id(self.headers()?)
    }

    /// 401: the server does not know who is asking.
    pub fn is_unauthorized(&self) -> bool {
        self.status() == Some(StatusCode::UNAUTHORIZED)
    }

    /// 403: the server knows who is asking, and refuses.
    pub fn is_forbidden(&self) -> bool {
        self.status() == Some(StatusCode::FORBIDDEN)
    }

    /// 404.
    pub fn is_not_found(&self) -> bool {
        self.status() == Some(StatusCode::NOT_FOUND)
    }

    /// 409: the resource's state does not allow it.
    pub fn is_conflict(&self) -> bool {
        self.status() == Some(StatusCode::CONFLICT)
    }

    /// 429: too many requests.
    pub fn is_rate_limited(&self) -> bool {
        self.status() == Some(StatusCode::TOO_MANY_REQUESTS)
    }

    /// Any 5xx.
    pub fn is_server_error(&self) -> bool {
        self.status().is_some_and(|s| s.is_server_error())
    }

    /// The time was over, the call's or the attempt's.
    pub fn is_timeout(&self) -> bool {
        self.0.kind == ErrorKind::Timeout
    }

    /// No connection was made; nothing was sent.
    pub fn is_connect(&self) -> bool {
        self.0.kind == ErrorKind::Connect
    }

    /// The answer was a success, but not of the type that was asked for.
    pub fn is_decode(&self) -> bool {
        self.0.kind == ErrorKind::Decode
    }
}

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
    let value = NAMES.iter().find_map(|name| headers.get(*name))?.to_str().ok()?;
    (value.len() <= 128).then_some(value)
}

fn excerpt(body: &[u8]) -> String {
    const CHARACTERS: usize = 200;
    let text = String::from_utf8_lossy(&body[..body.len().min(4 * CHARACTERS)]);
    let clean = |c: char| if c.is_control() { ' ' } else { c };
    let mut out: String = text.chars().take(CHARACTERS).map(clean).collect();
    if out.len() < body.len() {
        out.push('…');
    }
    out
}

impl fmt::Display for Error {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        let Inner { place, answer, attempts, message, .. } = &*self.0;
        if let Some(place) = place {
            write!(f, "{place}: ")?;
        }
        if let Some(Answer { status, .. }) = answer {
            write!(f, "{}", status.as_u16())?;
            if let Some(reason) = status.canonical_reason() {
                write!(f, " {reason}")?;
            }
        }
        if let Some(id) = self.request_id() {
            write!(f, " (request id {id})")?;
        }
        if !message.is_empty() {
            f.write_str(if answer.is_some() { ", " } else { "" })?;
            f.write_str(message)?;
        }
        if *attempts > 1 {
            write!(f, ", after {attempts} attempts")?;
        }
        Ok(())
    }
}

/// `{:?}` is the line of `Display`, which a `main` that returns the error prints; `{:#?}` has all fields.
impl fmt::Debug for Error {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        if !f.alternate() {
            return write!(f, "{:?}({self})", self.0.kind);
        }
        let mut out = f.debug_struct("Error");
        out.field("kind", &self.0.kind);
        if let Some(place) = &self.0.place {
            out.field("call", &format_args!("{place}"));
        }
        if let Some(origin) = &self.0.origin {
            out.field("origin", origin);
        }
        if let Some(answer) = &self.0.answer {
            out.field("status", &answer.status.as_u16());
            out.field("body", &format_args!("{} bytes", answer.body.len()));
        }
        if let Some(id) = self.request_id() {
            out.field("request_id", &id);
        }
        if !self.0.message.is_empty() {
            out.field("message", &self.0.message);
        }
        out.field("attempts", &self.0.attempts).field("elapsed", &self.0.elapsed);
        if let Some(source) = &self.0.source {
            out.field("source", &format_args!("{source}"));
        }
        out.finish()
    }
}

impl StdError for Error {
    fn source(&self) -> Option<&(dyn StdError + 'static)> {
        self.0.source.as_deref().map(|e| e as _)
    }
}

/// `From<Error>` under a name of our own, only to say what is missing in our own words.
#[doc(hidden)]
#[diagnostic::on_unimplemented(
    message = "`{Self}` cannot be the error type of an endpoint",
    label = "every failure of a call has to become a `{Self}`",
    note = "implement `From<apiclient::Error>` for it, or use `apiclient::Error` itself"
)]
pub trait FromError: Sized {
    fn from_error(error: Error) -> Self;
}

#[diagnostic::do_not_recommend]
impl<E: From<Error>> FromError for E {
    fn from_error(error: Error) -> E {
        error.into()
    }
}

const _: () = assert!(size_of::<Result<(), Error>>() == size_of::<usize>(), "one pointer wide");

#[cfg(test)]
mod tests {
    use super::*;

    fn at(template: &'static str) -> Place {
        Place { endpoint: None, method: Method::GET, template: template.into() }
    }

    #[test]
    fn display_is_one_line_without_the_query() {
        let mut headers = HeaderMap::new();
        headers.insert("x-request-id", http::HeaderValue::from_static("abc"));
        let answer = Answer { status: StatusCode::NOT_FOUND, headers, body: Bytes::from_static(b"secret\n") };
        let e = Error::new(ErrorKind::Status, "").with_answer(answer).at(|| at("/a/{id}?key=secret"));
        assert_eq!(e.to_string(), "GET /a/{id}: 404 Not Found (request id abc)");
        assert!(!format!("{e:#?}").contains("secret"), "{e:#?}");
        assert_eq!(format!("{e:?}"), "Status(GET /a/{id}: 404 Not Found (request id abc))");
        assert_eq!(e.excerpt().as_deref(), Some("secret "));
        assert_eq!(at("/a{?page}&key=secret{&b}").to_string(), "GET /a{?page}{&b}");
        assert_eq!(at("/a/{id}?key=secret&page={page}&b").to_string(), "GET /a/{id}");
    }

    #[test]
    fn an_excerpt_is_short_and_clean() {
        assert_eq!(excerpt(&[b'x'; 999]).chars().count(), 201);
        assert_eq!(excerpt("ü\u{0}\r".as_bytes()), "ü  ");
        assert_eq!(excerpt(b"\xff"), "\u{fffd}");
    }
}
