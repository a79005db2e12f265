//! A request that is done but for its credentials.

use super::{AuthError, Means, Standing, Supply};
use crate::{
    endpoint::{Endpoint, Scheme},
    origin::Origin,
    random::Random,
    request::{Body, encode, parse_name, parse_value},
    time::{BoxFuture, Clock},
};
use http::{
    HeaderMap, HeaderName, HeaderValue, Method, Uri,
    header::{AUTHORIZATION, COOKIE},
};
use std::{
    fmt,
    sync::Arc,
    time::{Duration, Instant},
};

/// A request that is done but for its credentials.
pub struct Outgoing<'a> {
    pub(crate) method: &'a Method,
    pub(crate) origin: &'a Arc<Origin>,
    pub(crate) target: &'a [u8],
    pub(crate) headers: &'a mut HeaderMap,
    pub(crate) body: &'a Body,
    pub(crate) endpoint: Option<&'static Endpoint>,
    pub(crate) scheme: Option<&'static Scheme>,
    pub(crate) scopes: &'static [&'static str],
    pub(crate) clock: &'a dyn Clock,
    pub(crate) supply: &'a dyn Supply,
    pub(crate) started: Instant,
    pub(crate) sent: &'a mut Sent,
    /// The header that stands ready for a secret, as long as it is empty: to fill it is cheaper than to add one.
    pub(crate) empty: Option<&'a HeaderName>,
}

/// What credentials have added to a request: nothing that is printed repeats the secrets. Small, since it is in the future of every
/// call.
#[derive(Default)]
pub(crate) struct Sent {
    /// The secret that most requests have, and they have one.
    first: First,
    rest: Option<Box<Rest>>,
}

#[derive(Default)]
enum First {
    #[default]
    None,
    Value(HeaderValue),
    /// It stands in the headers of all requests.
    Standing(Arc<Standing>),
}

#[derive(Default)]
struct Rest {
    secrets: Vec<String>,
    /// Path and query in the place of the request's own.
    target: Option<Vec<u8>>,
    problem: Option<AuthError>,
}

impl Sent {
    /// One header, and nothing else.
    #[inline]
    pub(crate) fn one(value: HeaderValue) -> Self {
        Sent { first: First::Value(value), rest: None }
    }

    /// One header of a ready map.
    #[inline]
    pub(crate) fn standing(standing: Arc<Standing>) -> Self {
        Sent { first: First::Standing(standing), rest: None }
    }

    /// That map.
    #[inline]
    pub(crate) fn headers(&self) -> Option<&HeaderMap> {
        match &self.first {
            First::Standing(standing) => Some(&standing.headers),
            First::None | First::Value(_) => None,
        }
    }

    #[inline]
    pub(crate) fn is_empty(&self) -> bool {
        matches!(self.first, First::None) && self.rest.is_none()
    }

    pub(crate) fn first(&self) -> Option<&HeaderValue> {
        match &self.first {
            First::None => None,
            First::Value(value) => Some(value),
            First::Standing(standing) => Some(standing.value()),
        }
    }

    /// Whether this secret is among them, or a part of one.
    pub(crate) fn has(&self, secret: &str) -> bool {
        self.all().any(|sent| sent.contains(secret))
    }

    /// Path and query, where they are not the request's own any more.
    pub(crate) fn target(&self) -> Option<&[u8]> {
        self.rest.as_ref().and_then(|rest| rest.target.as_deref())
    }

    /// What could not be added.
    pub(crate) fn take_problem(&mut self) -> Option<AuthError> {
        self.rest.as_mut().and_then(|rest| rest.problem.take())
    }

    /// One that is among the headers already.
    #[cfg(feature = "cookies")]
    pub(crate) fn add_secret(&mut self, secret: &str) {
        self.rest().secrets.push(secret.to_owned());
    }

    fn rest(&mut self) -> &mut Rest {
        self.rest.get_or_insert_default()
    }

    fn add(&mut self, value: &HeaderValue) {
        match self.first {
            First::None => self.first = First::Value(value.clone()),
            First::Value(_) | First::Standing(_) => {
                self.rest().secrets.push(String::from_utf8_lossy(value.as_bytes()).into_owned());
            }
        }
    }

    /// All secrets as text.
    pub(crate) fn all(&self) -> impl Iterator<Item = String> {
        let first = self.first().map(|value| String::from_utf8_lossy(value.as_bytes()).into_owned());
        let rest = self.rest.iter().flat_map(|rest| rest.secrets.iter().cloned());
        first.into_iter().chain(rest)
    }
}

/// What is done with a request once its credentials are there.
type Apply<'a> = Box<dyn FnOnce(&mut Outgoing<'_>) + Send + 'a>;

/// Whether a request has got its credentials, or has to wait for them.
#[must_use = "the request may have to wait"]
pub struct Authorizing<'a>(pub(crate) Step<'a>);

pub(crate) enum Step<'a> {
    Done,
    Fail(AuthError),
    Wait(BoxFuture<'a, Result<Apply<'a>, AuthError>>),
}

impl<'a> Authorizing<'a> {
    /// All is added.
    pub fn done() -> Self {
        Authorizing(Step::Done)
    }

    /// There are no credentials.
    pub fn fail(error: AuthError) -> Self {
        Authorizing(Step::Fail(error))
    }

    /// Credentials that have to be waited for; what `work` gives in the end adds them.
    ///
    /// ```
    /// use apiclient::auth::{Auth, AuthError, Authorizing, Outgoing};
    ///
    /// # async fn of_the_vault() -> Result<String, AuthError> { Ok("s3cret".into()) }
    /// #[derive(Debug)]
    /// struct Vault;
    ///
    /// impl Auth for Vault {
    ///     fn authorize<'a>(&'a self, _request: &mut Outgoing<'_>) -> Authorizing<'a> {
    ///         Authorizing::wait(async {
    ///             let token = of_the_vault().await?;
    ///             Ok(move |request: &mut Outgoing<'_>| request.secret_header("x-vault-token", &token))
    ///         })
    ///     }
    /// }
    /// ```
    pub fn wait<F: FnOnce(&mut Outgoing<'_>) + Send + 'a>(
        work: impl Future<Output = Result<F, AuthError>> + Send + 'a,
    ) -> Self {
        Authorizing(Step::Wait(Box::pin(async { work.await.map(|apply| Box::new(apply) as Apply<'a>) })))
    }
}

impl<'a> Authorizing<'a> {
    /// Both of them.
    pub(super) fn and(self, other: Self) -> Self {
        Authorizing(match (self.0, other.0) {
            (Step::Fail(e), _) | (_, Step::Fail(e)) => Step::Fail(e),
            (Step::Done, other) => other,
            (one, Step::Done) => one,
            (Step::Wait(one), Step::Wait(other)) => Step::Wait(Box::pin(async move {
                let (one, other) = (one.await?, other.await?);
                Ok(Box::new(move |request: &mut Outgoing<'_>| {
                    one(request);
                    other(request);
                }) as Apply<'a>)
            })),
        })
    }
}

impl fmt::Debug for Authorizing<'_> {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str(match self.0 {
            Step::Done => "Authorizing(done)",
            Step::Fail(_) => "Authorizing(failed)",
            Step::Wait(_) => "Authorizing(waiting)",
        })
    }
}

/// A header that may stand ready, and empty: it is one of the first then, and to look there is cheaper than to look it up.
#[inline]
pub(crate) fn fill(headers: &mut HeaderMap, name: HeaderName, value: HeaderValue) {
    match headers.iter_mut().take(FIRST).find(|(first, _)| **first == name) {
        Some((_, empty)) => *empty = value,
        None => drop(headers.insert(name, value)),
    }
}

/// Behind `Host`, which comes first.
const FIRST: usize = 2;

impl Outgoing<'_> {
    /// The method.
    pub fn method(&self) -> &Method {
        self.method
    }

    /// Where it goes.
    pub fn origin(&self) -> &Origin {
        self.origin
    }

    /// Path and query as they are sent, percent-encoded ASCII that begins with a slash.
    pub fn target(&self) -> &str {
        // What was built as a target is ASCII.
        std::str::from_utf8(self.target_bytes()).unwrap_or_default()
    }

    pub(super) fn target_bytes(&self) -> &[u8] {
        self.sent.target().unwrap_or(self.target)
    }

    /// The whole URL.
    pub fn url(&self) -> Uri {
        crate::answer::uri(self.origin, self.target_bytes()).unwrap_or_default()
    }

    /// The headers; what the transport adds, such as `Content-Length`, may be missing.
    pub fn headers(&self) -> &HeaderMap {
        self.headers
    }

    /// The body: its [`bytes`](Body::bytes), where it is in memory, can be hashed.
    pub fn body(&self) -> &Body {
        self.body
    }

    /// The endpoint; none for a call that no trait declares.
    pub fn endpoint(&self) -> Option<&'static Endpoint> {
        self.endpoint
    }

    /// How the trait declares these credentials (`#[auth(..)]`); none where it does not.
    pub fn scheme(&self) -> Option<&'static Scheme> {
        self.scheme
    }

    /// What the credentials have to be good for: the method's `scopes`, or the scheme's.
    pub fn scopes(&self) -> &'static [&'static str] {
        self.scopes
    }

    /// The time of the client.
    pub fn clock(&self) -> &dyn Clock {
        self.clock
    }

    /// When the attempt began.
    pub fn started(&self) -> Instant {
        self.started
    }

    /// The random numbers of the client.
    pub fn random(&self) -> &dyn Random {
        self.supply.random()
    }

    pub(super) fn means(&self) -> Means {
        self.supply.means()
    }

    /// The time of day, since 1970 (UTC), by the server's clock where that is known to be another one: it has refused credentials before and
    /// said in `Date` what time it is.
    pub fn unix_time(&self) -> Duration {
        let (time, skew) = (self.clock.unix_time(), self.supply.skew());
        let by = Duration::from_secs(skew.unsigned_abs());
        if skew < 0 { time.saturating_sub(by) } else { time.saturating_add(by) }
    }

    /// A header in the place of all others of its name, for everybody to see. A name or a value that cannot be sent ends the call.
    pub fn header(&mut self, name: &str, value: &str) {
        if let Some((name, value)) = self.parse(name, value) {
            self.put(name, value);
        }
    }

    #[inline]
    fn put(&mut self, name: HeaderName, value: HeaderValue) {
        if self.empty == Some(&name) {
            self.empty = None;
            fill(self.headers, name, value);
        } else {
            self.headers.insert(name, value);
        }
    }

    /// The same for a value that is a secret: nothing that is printed repeats it.
    pub fn secret_header(&mut self, name: &str, value: &str) {
        if let Some((name, mut value)) = self.parse(name, value) {
            value.set_sensitive(true);
            self.insert(name, value);
        }
    }

    /// `Authorization: Bearer ..` (RFC 6750).
    pub fn bearer(&mut self, token: &str) {
        self.secret_header(AUTHORIZATION.as_str(), &format!("Bearer {token}"));
    }

    /// A value that was checked before, and is sensitive.
    #[inline]
    pub(super) fn insert(&mut self, name: HeaderName, value: HeaderValue) {
        self.sent.add(&value);
        self.put(name, value);
    }

    fn parse(&mut self, name: &str, value: &str) -> Option<(HeaderName, HeaderValue)> {
        let parsed =
            parse_name(name).and_then(|name| Ok((name.clone(), parse_value(&name, value.as_bytes())?)));
        // Neither of the messages holds the value.
        parsed.map_err(|e| self.fail(e)).ok()
    }

    fn fail(&mut self, message: String) {
        self.sent.rest().problem.get_or_insert_with(|| AuthError::new(message));
    }

    /// Path and query in the place of the request's own.
    #[cfg(feature = "sigv4")]
    pub(super) fn replace_target(&mut self, target: Vec<u8>) {
        self.sent.rest().target = Some(target);
    }

    /// A parameter of the query more, which is a secret.
    pub fn secret_query(&mut self, name: &str, value: &str) {
        let mut target = self.target_bytes().to_vec();
        target.push(if target.contains(&b'?') { b'&' } else { b'?' });
        encode(&mut target, name.as_bytes(), false);
        target.push(b'=');
        encode(&mut target, value.as_bytes(), false);
        let rest = self.sent.rest();
        rest.secrets.push(value.to_owned());
        rest.target = Some(target);
    }

    /// A cookie more (RFC 6265, section 5.4), which is a secret.
    pub fn secret_cookie(&mut self, name: &str, value: &str) {
        let is_plain = |b: u8| b.is_ascii_graphic() && !matches!(b, b'"' | b',' | b';' | b'\\');
        if name.is_empty() || name.contains('=') || !name.bytes().chain(value.bytes()).all(is_plain) {
            let message =
                format!("the cookie `{}` cannot be sent: it holds what no cookie can", name.escape_debug());
            self.fail(message);
            return;
        }
        let mut all: Vec<u8> = Vec::new();
        for own in self.headers.get_all(COOKIE) {
            all.extend_from_slice(own.as_bytes());
            all.extend_from_slice(b"; ");
        }
        all.extend_from_slice(format!("{name}={value}").as_bytes());
        match HeaderValue::from_bytes(&all) {
            Ok(mut cookies) => {
                cookies.set_sensitive(true);
                self.sent.rest().secrets.push(value.to_owned());
                self.headers.insert(COOKIE, cookies);
            }
            Err(_) => self.fail("the cookies cannot be sent".into()),
        }
    }
}

impl fmt::Debug for Outgoing<'_> {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        let path = self.target().split('?').next().unwrap_or_default().to_owned();
        write!(f, "Outgoing({} {}{path})", self.method, self.origin)
    }
}
