//! One error for everything that can go wrong with a call: opaque, one pointer wide, readable in a line.

use crate::{
    answer::{Answer, Context, Place, Reply, Response, request_id, respond, uri},
    endpoint::Endpoint,
    origin::Origin,
    progress::Progress,
};
use bytes::Bytes;
use http::{HeaderMap, StatusCode, Uri, header};
use std::{
    borrow::Cow,
    error::Error as StdError,
    fmt::{self, Write as _},
    time::Duration,
};

pub(crate) type BoxError = Box<dyn StdError + Send + Sync>;

/// Why a call failed, with what is known about it.
///
/// `Display` is one line that a person can act on: method and template, status, what the server says, its code, the
/// request id.
///
/// | format | what it gives |
/// |---|---|
/// | `{}` | the line |
/// | `{:#}` | the line, and behind it the chain of causes, which [`source`](StdError::source) has as well |
/// | `{:?}` | the kind and the line with its chain, which a `main` that returns the error prints |
/// | `{:#?}` | every field |
///
/// None of them holds a value of a header, of a query or of a body, unless its name was called safe
/// (`show_headers`, `show_query` and `show_body` of `#[api_client]` and of [`ClientBuilder`](crate::ClientBuilder)). The
/// one exception is what the server says for people to read, its message and its code, taken from the places where APIs
/// put it; in it whatever repeats a secret of the request, or looks like a credential, is `***`. `show_message = false`
/// leaves both out.
///
/// The answer itself is at hand: [`status`](Error::status), [`headers`](Error::headers), [`body`](Error::body),
/// [`json`](Error::json), [`problem`](Error::problem).
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
///
/// [`ApiError`](crate::ApiError) makes an error type of your own of it.
pub struct Error(Box<Inner>);

struct Inner {
    kind: ErrorKind,
    context: Context,
    reply: Option<Reply>,
    said: Said,
    message: Cow<'static, str>,
    source: Option<BoxError>,
    /// As the transport knows it.
    progress: Option<Progress>,
    /// Why there was not another try.
    note: Option<&'static str>,
    /// After how long the client itself would have room.
    wait: Option<Duration>,
    /// Somebody has to log in again.
    needs_login: bool,
}

/// What the server says and may be printed: secrets are taken out of it.
#[derive(Default)]
pub(crate) struct Said {
    pub(crate) message: Option<Box<str>>,
    pub(crate) code: Option<Box<str>>,
    /// Fields of the body that were called safe.
    pub(crate) fields: Vec<(String, String)>,
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
    /// The client's own limit has no room for the call, now or in time. Nothing was sent.
    RateLimited,
    /// So much has failed at the origin that it is left alone for a while (`#[breaker]`). Nothing was sent.
    CircuitOpen,
    /// There are no credentials: they could not be had, or are no longer good and could not be renewed. Where the server has refused
    /// them, its answer is with it; else nothing was sent.
    Auth,
    /// The answer was a redirect that is not followed: there were too many, it leads where a request must not go, or nowhere.
    Redirect,
    /// The answer was a client or a server error (4xx, 5xx), or another status that is no success here.
    Status,
    /// The status was a success, but the body says that the call failed (`#[error_body(fail_if(..))]`).
    ErrorBody,
    /// The body is longer than the limit.
    TooLarge,
    /// The answer was a success, but its body could not be read as the type that was asked for.
    Decode,
    /// The answer was a success, but of another kind than was asked for: HTML, say, where JSON should be.
    ContentType,
}

impl ErrorKind {
    /// A name for machines, which stays as it is: `timeout`, `content_type`.
    pub const fn as_str(self) -> &'static str {
        match self {
            ErrorKind::Config => "config",
            ErrorKind::Argument => "argument",
            ErrorKind::Connect => "connect",
            ErrorKind::Timeout => "timeout",
            ErrorKind::Transport => "transport",
            ErrorKind::RateLimited => "rate_limited",
            ErrorKind::CircuitOpen => "circuit_open",
            ErrorKind::Auth => "auth",
            ErrorKind::Redirect => "redirect",
            ErrorKind::Status => "status",
            ErrorKind::ErrorBody => "error_body",
            ErrorKind::TooLarge => "too_large",
            ErrorKind::Decode => "decode",
            ErrorKind::ContentType => "content_type",
        }
    }
}

impl fmt::Display for ErrorKind {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str(self.as_str())
    }
}

impl Error {
    pub(crate) fn new(kind: ErrorKind, message: impl Into<Cow<'static, str>>) -> Self {
        Error(Box::new(Inner {
            kind,
            context: Context::default(),
            reply: None,
            said: Said::default(),
            message: message.into(),
            source: None,
            progress: None,
            note: None,
            wait: None,
            needs_login: false,
        }))
    }

    pub(crate) fn with_source(mut self, source: impl Into<BoxError>) -> Self {
        self.0.source = Some(source.into());
        self
    }

    pub(crate) fn with_progress(mut self, progress: Progress) -> Self {
        self.0.progress = Some(progress);
        self
    }

    /// Somebody has to log in again.
    pub(crate) fn with_login(mut self, is_needed: bool) -> Self {
        self.0.needs_login = is_needed;
        self
    }

    /// After how long it is of use to try again, where the client itself knows.
    pub(crate) fn with_wait(mut self, wait: Duration) -> Self {
        self.0.wait = Some(wait);
        self
    }

    pub(crate) fn own_wait(&self) -> Option<Duration> {
        self.0.wait
    }

    /// Says why there was not another try, although there might have been.
    pub(crate) fn with_note(mut self, note: &'static str) -> Self {
        self.0.note = Some(note);
        self
    }

    /// What the server answered.
    pub(crate) fn with_reply(mut self, reply: Reply) -> Self {
        self.0.reply = Some(reply);
        self
    }

    pub(crate) fn with_said(mut self, said: Said) -> Self {
        self.0.said = said;
        self
    }

    /// Says which call failed, and how it went.
    pub(crate) fn of(mut self, context: Context) -> Self {
        self.0.context = context;
        self
    }

    /// Says which call failed.
    pub(crate) fn at(mut self, place: Place) -> Self {
        self.0.context.place = Some(place);
        self
    }

    pub(crate) fn context(&self) -> &Context {
        &self.0.context
    }

    /// Reads the answer, and keeps it.
    pub(crate) fn read<T>(&mut self, read: impl FnOnce(&mut Answer) -> T) -> Option<T> {
        let mut answer = Answer::new(self.0.reply.take()?, std::mem::take(&mut self.0.context));
        answer.kept = true;
        let value = read(&mut answer);
        (self.0.reply, self.0.context) = (Some(answer.reply), answer.context);
        Some(value)
    }

    /// Why the body could not be read.
    pub(crate) fn reason(&self) -> Option<&BoxError> {
        self.0.source.as_ref().filter(|_| self.is_decode())
    }

    /// What kind of failure this is.
    pub fn kind(&self) -> ErrorKind {
        self.0.kind
    }

    /// The endpoint whose call failed; `None` for an untyped call or a wrong setting.
    pub fn endpoint(&self) -> Option<&'static Endpoint> {
        self.0.context.place.as_ref()?.endpoint
    }

    /// Scheme, host and port that the call was for: `https://api.example.com`.
    pub fn origin(&self) -> Option<&Origin> {
        self.0.context.origin.as_deref()
    }

    /// How many attempts were made; 0 if the call failed before the first.
    pub fn attempts(&self) -> u32 {
        self.0.context.attempts
    }

    /// From the first poll of the call to its failure.
    pub fn elapsed(&self) -> Duration {
        self.0.context.elapsed
    }

    /// The status, if there was an answer.
    pub fn status(&self) -> Option<StatusCode> {
        self.0.reply.as_ref().map(|reply| reply.status)
    }

    /// The headers, if there was an answer.
    pub fn headers(&self) -> Option<&HeaderMap> {
        self.0.reply.as_ref().map(|reply| &reply.headers)
    }

    /// The URL that was asked.
    pub(crate) fn url(&self) -> Option<Uri> {
        uri(self.0.context.origin.as_ref()?, &self.0.context.target)
    }

    /// The body, if there was an answer. At most the first 64 KiB of an error's, what came of it if the connection broke, and
    /// nothing if the time was over before it was read; all of it where a success says that it failed.
    pub fn body(&self) -> Option<&Bytes> {
        self.0.reply.as_ref().map(|reply| &reply.body)
    }

    /// The whole answer, if there was one: status, headers, URL, and the body as far as [`body`](Self::body) has it. A copy.
    pub fn response(&self) -> Option<Response<Bytes>> {
        let reply = self.0.reply.as_ref()?;
        Some(respond(reply, &self.0.context, reply.body.clone()))
    }

    /// The beginning of the body as text, for a log of your own: at most 200 characters, control characters
    /// replaced. It is not in `Display`, since a body can hold secrets.
    pub fn excerpt(&self) -> Option<String> {
        self.body().map(|body| excerpt(body))
    }

    /// What the server says to people, in one line, as `Display` has it: `***` stands for what repeats a secret of the request or
    /// looks like a credential. It is looked for where `#[error_body(message = "/pointer")]` says, else where APIs commonly put
    /// it: problem documents, `message`, `error.message`, `error_description`, `error`, `errors[0].message` and the like, the
    /// first line of a text, the title of an HTML page.
    pub fn message(&self) -> Option<&str> {
        self.0.said.message.as_deref()
    }

    /// The id that the server gave to the request, for its operators: the first of `x-request-id`, `request-id`,
    /// `x-amzn-requestid`, `x-amz-request-id`, `x-github-request-id`, `x-correlation-id`, `x-trace-id`, `cf-ray`.
    pub fn request_id(&self) -> Option<&str> {
        request_id(self.headers()?)
    }

    /// How far the call came: whether the server can have acted on it. Of several attempts that which came furthest counts. `None` if
    /// there was no attempt.
    ///
    /// ```
    /// use apiclient::{Error, transport::Progress};
    ///
    /// /// Whether a payment has certainly not been made.
    /// fn is_nothing_paid(error: &Error) -> bool {
    ///     error.progress().is_none_or(Progress::is_unsent)
    /// }
    /// ```
    pub fn progress(&self) -> Option<Progress> {
        match &self.0.reply {
            Some(_) => Some(Progress::Answered),
            None => self.0.progress,
        }
    }

    /// Whether the same call might succeed later: no connection, a broken one, the time was over, one of 408, 425, 429, 500,
    /// 502, 503 and 504, or another 4xx or 5xx with a `Retry-After`. Whether it is safe to send it again is another question: that depends on the call.
    pub fn is_retryable(&self) -> bool {
        matches!(self.0.kind, ErrorKind::Connect | ErrorKind::Timeout | ErrorKind::Transport)
            || (self.is_refused() && self.status().is_some_and(is_retryable))
            || (self.0.kind == ErrorKind::Status && self.asks_to_wait())
    }

    fn asks_to_wait(&self) -> bool {
        self.headers().is_some_and(|headers| headers.contains_key(header::RETRY_AFTER))
    }

    /// The server answered, and it said no: by its status, or by its body.
    pub(crate) fn is_refused(&self) -> bool {
        matches!(self.0.kind, ErrorKind::Status | ErrorKind::Redirect | ErrorKind::ErrorBody)
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

    /// Too many requests: by the server's word, a 429, or by a limit of the client, which has sent nothing then.
    pub fn is_rate_limited(&self) -> bool {
        self.0.kind == ErrorKind::RateLimited || self.status() == Some(StatusCode::TOO_MANY_REQUESTS)
    }

    /// Any 5xx.
    pub fn is_server_error(&self) -> bool {
        self.status().is_some_and(|s| s.is_server_error())
    }

    /// The time was over, the call's or the attempt's.
    pub fn is_timeout(&self) -> bool {
        self.0.kind == ErrorKind::Timeout
    }

    /// Somebody has to log in again: the credentials are no longer good, and cannot be renewed.
    pub fn is_reauth_required(&self) -> bool {
        self.0.kind == ErrorKind::Auth && self.0.needs_login
    }

    /// No connection was made; nothing was sent.
    pub fn is_connect(&self) -> bool {
        self.0.kind == ErrorKind::Connect
    }

    /// The answer was a success, but not of the type that was asked for; also where it was HTML instead of JSON.
    pub fn is_decode(&self) -> bool {
        matches!(self.0.kind, ErrorKind::Decode | ErrorKind::ContentType)
    }
}

/// Statuses that may be others a moment later.
pub(crate) fn is_retryable(status: StatusCode) -> bool {
    matches!(status.as_u16(), 408 | 425 | 429 | 500 | 502 | 503 | 504)
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

/// The line; `{:#}` has the causes behind it.
impl fmt::Display for Error {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        match f.alternate() {
            false => self.write_line(f),
            true => {
                let mut line = String::new();
                self.write_line(&mut line)?;
                self.write_causes(&mut line)?;
                f.write_str(&line)
            }
        }
    }
}

impl Error {
    fn write_line(&self, f: &mut dyn fmt::Write) -> fmt::Result {
        let Inner { context, reply, message, said, .. } = &*self.0;
        if let Some(place) = &context.place {
            self.write_place(place, f)?;
            f.write_str(": ")?;
        }
        if let Some(Reply { status, .. }) = reply {
            write!(f, "{}", status.as_u16())?;
            if let Some(reason) = status.canonical_reason() {
                write!(f, " {reason}")?;
            }
        }
        if !message.is_empty() {
            f.write_str(if reply.is_some() { ", " } else { "" })?;
            f.write_str(message)?;
        }
        if let Some(message) = &said.message {
            write!(f, ": {message}")?;
        }
        self.write_details(f)
    }

    fn write_place(&self, place: &Place, out: &mut dyn fmt::Write) -> fmt::Result {
        place.write(out, &|key| self.0.context.safe.as_ref().is_some_and(|safe| safe.query(key)))
    }

    /// `(code card_declined, request id req_1, 3 attempts)`
    fn write_details(&self, f: &mut dyn fmt::Write) -> fmt::Result {
        let Inner { said, context, .. } = &*self.0;
        let mut details: Vec<String> = Vec::new();
        details.extend(said.code.as_ref().map(|code| format!("code {code}")));
        details.extend(said.fields.iter().map(|(name, value)| format!("{name} {value}")));
        details.extend(self.request_id().map(|id| format!("request id {id}")));
        details.extend((context.attempts > 1).then(|| format!("{} attempts", context.attempts)));
        details.extend(self.0.note.map(|note| format!("not tried again: {note}")));
        if details.is_empty() { Ok(()) } else { write!(f, " ({})", details.join(", ")) }
    }

    /// Each cause once: what the line or the cause above says already is left out.
    fn write_causes(&self, line: &mut String) -> fmt::Result {
        let mut next = self.source();
        while let Some(cause) = next {
            let said = cause.to_string();
            if !line.contains(&said) {
                write!(line, ": {said}")?;
            }
            next = cause.source();
        }
        Ok(())
    }

    /// The headers with the values that may be seen.
    fn safe_headers(&self) -> Vec<(&str, &str)> {
        let is_safe = |name| self.0.context.safe.as_ref().is_some_and(|safe| safe.header(name));
        let all = self.headers().into_iter().flatten();
        all.map(|(name, value)| {
            let value = if is_safe(name) { value.to_str().unwrap_or("***") } else { "***" };
            (name.as_str(), value)
        })
        .collect()
    }
}

/// `{:?}` is the kind and the line with its causes; `{:#?}` has all fields.
impl fmt::Debug for Error {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        let Inner { kind, context, reply, message, said, source, .. } = &*self.0;
        if !f.alternate() {
            return write!(f, "{kind:?}({self:#})");
        }
        let mut out = f.debug_struct("Error");
        out.field("kind", kind);
        if let Some(place) = &context.place {
            let mut call = String::new();
            self.write_place(place, &mut call)?;
            out.field("call", &format_args!("{call}"));
        }
        if let Some(origin) = &context.origin {
            out.field("origin", &format_args!("{origin}"));
        }
        if let Some(reply) = reply {
            out.field("status", &reply.status.as_u16());
            out.field("headers", &self.safe_headers());
            out.field("body", &format_args!("{} bytes", reply.body.len()));
        }
        if !message.is_empty() {
            out.field("what", message);
        }
        if let Some(message) = &said.message {
            out.field("message", message);
        }
        if let Some(code) = &said.code {
            out.field("code", code);
        }
        for (name, value) in &said.fields {
            out.field(name, value);
        }
        if let Some(id) = self.request_id() {
            out.field("request_id", &id);
        }
        out.field("attempts", &context.attempts).field("elapsed", &context.elapsed);
        if let Some(source) = source {
            out.field("source", &format_args!("{source}"));
        }
        out.finish()
    }
}

impl StdError for Error {
    fn source(&self) -> Option<&(dyn StdError + 'static)> {
        // What is wrong with a body is in the line already.
        let source = self.0.source.as_deref().filter(|_| !self.is_decode());
        source.map(|e| e as _)
    }
}

/// `From<Error>` under a name of our own, only to say what is missing in our own words.
#[doc(hidden)]
#[diagnostic::on_unimplemented(
    message = "`{Self}` cannot be the error type of an endpoint",
    label = "every failure of a call has to become a `{Self}`",
    note = "derive `apiclient::ApiError` for it, implement `From<apiclient::Error>`, or use `apiclient::Error` itself"
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
    use http::Method;

    fn at(template: &'static str) -> Place {
        Place { endpoint: None, method: Method::GET, template: template.into() }
    }

    #[test]
    fn display_is_one_line_without_the_query() {
        let mut headers = HeaderMap::new();
        headers.insert("x-request-id", http::HeaderValue::from_static("abc"));
        let reply = Reply::from_parts(StatusCode::NOT_FOUND, headers, Bytes::from_static(b"secret\n"));
        let e = Error::new(ErrorKind::Status, "").with_reply(reply).at(at("/a/{id}?key=secret"));
        assert_eq!(e.to_string(), "GET /a/{id}: 404 Not Found (request id abc)");
        assert!(!format!("{e:#?}").contains("secret"), "{e:#?}");
        assert_eq!(format!("{e:?}"), "Status(GET /a/{id}: 404 Not Found (request id abc))");
        assert_eq!(e.excerpt().as_deref(), Some("secret "));
    }

    #[test]
    fn an_excerpt_is_short_and_clean() {
        assert_eq!(excerpt(&[b'x'; 999]).chars().count(), 201);
        assert_eq!(excerpt("ü\u{0}\r".as_bytes()), "ü  ");
        assert_eq!(excerpt(b"\xff"), "\u{fffd}");
    }
}
