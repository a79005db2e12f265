//! Who is asking: credentials that are added to each attempt, last of all, and what is done when a server refuses them.
//!
//! `#[auth(bearer)]` on a trait says how its credentials are sent, [`ClientBuilder::auth`](crate::ClientBuilder::auth) says which they
//! are. [`Bearer`], [`Basic`] and [`ApiKey`] are such credentials; another kind is an [`Auth`] of your own:
//!
//! ```
//! use apiclient::{HeaderName, HeaderValue, Secret, auth::{Auth, Authorizing, Outgoing}, prelude::*};
//!
//! /// Signs method, URL, time and body with a key that both sides know.
//! #[derive(Debug)]
//! struct Signer { id: String, key: Secret }
//!
//! # fn hmac_sha256_hex(_key: &[u8], parts: &[&[u8]]) -> String { format!("{:x}", parts.concat().len()) }
//! impl Auth for Signer {
//!     fn authorize<'a>(&'a self, request: &mut Outgoing<'_>) -> Authorizing<'a> {
//!         let time = request.unix_time().as_secs().to_string();
//!         let body = request.body().bytes().map(|body| &body[..]).unwrap_or_default();
//!         let parts = [request.method().as_str().as_bytes(), request.target().as_bytes(), time.as_bytes(), body];
//!         let signature = hmac_sha256_hex(self.key.expose().as_bytes(), &parts);
//!         request.header("x-key-id", &self.id);
//!         request.header("x-time", &time);
//!         request.secret_header("x-signature", &signature);
//!         Authorizing::done()
//!     }
//! }
//!
//! #[api_client(base_url = "https://exchange.test")]
//! #[auth(custom)]
//! trait Exchange {
//!     #[get("/balance")]
//!     fn balance(&self) -> Call<String>;
//! }
//!
//! # let stub = apiclient::testing::Stub::new();
//! # stub.on("GET /balance").returns(&"12");
//! let signer = Signer { id: "me".into(), key: "not so secret".into() };
//! let exchange = ExchangeClient::builder().auth(signer)
//! #     .transport(stub.clone()).clock(apiclient::testing::ManualClock::new())
//!     .build()?;
//! # assert_eq!(apiclient::testing::ManualClock::new().run(exchange.balance())?, "12");
//! # assert!(stub.requests()[0].headers().contains_key("x-signature"));
//! # Ok::<_, apiclient::Error>(())
//! ```
//!
//! Credentials belong to the origin of the base URL: they are sent there, and to the origins that
//! [`ClientBuilder::auth_origin`](crate::ClientBuilder::auth_origin) names, and never where a redirect or a link leads. What they add is hidden in
//! all that is printed.

mod api_key;
mod basic;
mod bearer;
#[cfg(feature = "cookies")]
mod cookie_jar;
#[cfg(feature = "digest")]
mod digest;
mod error;
mod handed_out;
mod outgoing;
mod renewing;
#[cfg(feature = "sigv4")]
mod sigv4;
mod standing;
mod store;
mod token;

#[cfg(feature = "cookies")]
pub use self::cookie_jar::CookieJar;
#[cfg(feature = "digest")]
pub use self::digest::Digest;
#[cfg(feature = "sigv4")]
pub use self::sigv4::SigV4;
#[cfg(all(feature = "file-store", unix))]
pub use self::store::FileStore;
pub use self::{
    api_key::ApiKey,
    basic::Basic,
    bearer::Bearer,
    error::AuthError,
    handed_out::HandedOut,
    outgoing::{Authorizing, Outgoing},
    renewing::Renewing,
    store::{MemoryStore, TokenEntry, TokenKey, TokenStore},
    token::{Token, TokenRequest, TokenSource},
};
pub(crate) use self::{
    outgoing::{Sent, Step, fill},
    standing::{Stand, Standing},
    token::{Means, Supply},
};

use crate::{
    endpoint::{Endpoint, Scheme, SchemeKind},
    error::{Error, ErrorKind},
    response::head,
    secret::Secret,
    time::{BoxFuture, Clock},
};
use http::{HeaderMap, HeaderValue, StatusCode};
use std::{
    any::{Any, TypeId},
    fmt,
    sync::Arc,
    time::{Duration, Instant},
};

/// Adds credentials to what is about to be sent, and answers a server that refuses them.
///
/// It is shared by all calls of a client, and asked for every attempt anew: by whoever sends it a second time, and by each redirect
/// that stays at home.
pub trait Auth: fmt::Debug + Send + Sync {
    /// Adds credentials to a request that is otherwise done: nothing changes it afterwards. Where they have to be waited for, the
    /// wait counts against the time limits of the attempt ([`Authorizing::wait`]).
    ///
    /// # Errors
    ///
    /// One ends the call with [`ErrorKind::Auth`], and nothing is sent.
    fn authorize<'a>(&'a self, request: &mut Outgoing<'_>) -> Authorizing<'a>;

    /// The server has answered with a status of 400 or more, such as 401: whether other credentials are there now, so that it is worth asking once
    /// more. That happens once per call, and only where the body can be sent again. Default: they are not.
    ///
    /// # Errors
    ///
    /// One ends the call with [`ErrorKind::Auth`]; the answer stays with it.
    fn challenged<'a>(&'a self, refusal: Refusal<'a>) -> BoxFuture<'a, Result<Verdict, AuthError>> {
        let _ = refusal;
        Box::pin(std::future::ready(Ok(Verdict::Refused)))
    }

    /// How the token is that it has, for those who ask how the client is; [`Client::health`](crate::Client::health). Default: there is none to speak of.
    fn token_state(&self, now: Instant) -> Option<TokenState> {
        let _ = now;
        None
    }
}

/// How a token is that comes and goes.
#[derive(Debug, Clone, PartialEq, Eq)]
#[non_exhaustive]
pub enum TokenState {
    /// It was not needed yet.
    Absent,
    /// It is good, for so long if that is known.
    Good(Option<Duration>),
    /// It is over, and the next call asks for another one.
    Expired,
    /// It could not be renewed, for this reason; it is tried again.
    Failed(String),
    /// Somebody has to log in again, for this reason.
    LoggedOut(String),
}

impl TokenState {
    /// In a word.
    pub fn as_str(&self) -> &'static str {
        match self {
            TokenState::Absent => "absent",
            TokenState::Good(_) => "good",
            TokenState::Expired => "expired",
            TokenState::Failed(_) => "failed",
            TokenState::LoggedOut(_) => "logged_out",
        }
    }
}

/// Credentials that others use, too.
impl<T: Auth + ?Sized> Auth for Arc<T> {
    fn authorize<'a>(&'a self, request: &mut Outgoing<'_>) -> Authorizing<'a> {
        (**self).authorize(request)
    }

    fn challenged<'a>(&'a self, refusal: Refusal<'a>) -> BoxFuture<'a, Result<Verdict, AuthError>> {
        (**self).challenged(refusal)
    }

    fn token_state(&self, now: Instant) -> Option<TokenState> {
        (**self).token_state(now)
    }
}

/// What follows from a refusal.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
#[non_exhaustive]
pub enum Verdict {
    /// There are other credentials now: the request is sent once more.
    Again,
    /// There are none: the error is the caller's.
    Refused,
}

/// An answer that is an error, and what it refuses.
#[derive(Clone, Copy)]
pub struct Refusal<'a> {
    pub(crate) origin: &'a str,
    pub(crate) target: &'a [u8],
    pub(crate) status: StatusCode,
    pub(crate) headers: &'a HeaderMap,
    pub(crate) sent: &'a Sent,
    pub(crate) endpoint: Option<&'static Endpoint>,
    pub(crate) scopes: &'static [&'static str],
    pub(crate) supply: &'a dyn Supply,
    pub(crate) clock: &'a dyn Clock,
    pub(crate) found_skew: bool,
}

impl<'a> Refusal<'a> {
    pub(crate) fn means(&self) -> Means {
        self.supply.means()
    }

    /// The status: 401 where the credentials are none or are no longer good (RFC 9110, section 15.5.2).
    pub fn status(&self) -> StatusCode {
        self.status
    }

    /// The headers.
    pub fn headers(&self) -> &'a HeaderMap {
        self.headers
    }

    /// What is wanted, by `WWW-Authenticate` (RFC 9110, section 11.6.1).
    pub fn challenges(&self) -> Vec<head::Challenge> {
        head::Challenge::of_server(self.headers)
    }

    /// Where it comes from: scheme, host and port.
    pub fn origin(&self) -> &'a str {
        self.origin
    }

    /// Whether this secret was sent with the request: one that was replaced since then need not be replaced again.
    pub fn has_sent(&self, secret: &str) -> bool {
        self.sent.has(secret)
    }

    /// Path and query of the request, percent-encoded ASCII that begins with a slash.
    pub fn target(&self) -> &'a str {
        std::str::from_utf8(self.target).unwrap_or_default()
    }

    /// The first secret header that was sent: credentials that were replaced since then need not be replaced again.
    pub fn sent(&self) -> Option<&'a HeaderValue> {
        self.sent.first()
    }

    /// The endpoint; none for a call that no trait declares.
    pub fn endpoint(&self) -> Option<&'static Endpoint> {
        self.endpoint
    }

    /// What the credentials have to be good for.
    pub fn scopes(&self) -> &'static [&'static str] {
        self.scopes
    }

    /// The time of the client.
    pub fn clock(&self) -> &'a dyn Clock {
        self.clock
    }

    /// Whether the answer has shown that the server's clock is another one, by a minute or more: what was signed with the time of before is worth
    /// signing once more ([`Outgoing::unix_time`]). It is looked at where the status is 400, 401 or 403.
    pub fn found_skew(&self) -> bool {
        self.found_skew
    }
}

impl fmt::Debug for Refusal<'_> {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.debug_struct("Refusal").field("status", &self.status).finish_non_exhaustive()
    }
}

/// What an environment variable holds.
fn from_env(variable: &str) -> Result<Secret, Error> {
    let problem =
        |what: &str| Error::new(ErrorKind::Config, format!("the environment variable `{variable}` {what}"));
    match std::env::var(variable) {
        Ok(text) if text.trim().is_empty() => Err(problem("is empty")),
        Ok(text) => Ok(Secret::from(text.trim())),
        Err(std::env::VarError::NotPresent) => Err(problem("is not set")),
        Err(std::env::VarError::NotUnicode(_)) => Err(problem("holds what is not Unicode")),
    }
}

/// Credentials as they were given to a builder, with what is known of their type.
#[derive(Clone)]
pub(crate) struct Credentials {
    pub(crate) auth: Arc<dyn Auth>,
    pub(crate) ready: Option<Ready>,
    known: Option<Known>,
}

/// Those that are one header which is there before anybody asks, most of the time: that need not be asked through the seam.
#[derive(Clone)]
pub(crate) enum Ready {
    Bearer(HeaderValue),
    Renewing(Renewing),
}

impl Ready {
    fn of(auth: &dyn Any) -> Option<Self> {
        let bearer = auth.downcast_ref::<Bearer>().and_then(Bearer::header).map(Ready::Bearer);
        let renewing = || auth.downcast_ref::<Renewing>().filter(|renewing| renewing.is_bearer()).cloned();
        bearer.or_else(|| renewing().map(Ready::Renewing))
    }

    /// What `Authorization` says, if nobody has to wait or to ask for it, and until when.
    pub(crate) fn authorization(&self, now: Instant) -> Option<(HeaderValue, Option<Instant>)> {
        match self {
            Ready::Bearer(value) => Some((value.clone(), None)),
            Ready::Renewing(renewing) => renewing.authorization(now),
        }
    }

    /// Another number, other credentials.
    #[inline]
    pub(crate) fn number(&self) -> u64 {
        match self {
            Ready::Bearer(_) => 0,
            Ready::Renewing(renewing) => renewing.number(),
        }
    }
}

/// Those of this crate that are sent in one way only.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
enum Known {
    Bearer,
    Basic,
    ApiKey,
    #[cfg(feature = "digest")]
    Digest,
}

impl Credentials {
    pub(crate) fn new<A: Auth + 'static>(auth: A) -> Self {
        let is = |known: TypeId| known == TypeId::of::<A>();
        let known = match () {
            () if is(TypeId::of::<Bearer>()) => Some(Known::Bearer),
            () if is(TypeId::of::<Basic>()) => Some(Known::Basic),
            () if is(TypeId::of::<ApiKey>()) => Some(Known::ApiKey),
            #[cfg(feature = "digest")]
            () if is(TypeId::of::<Digest>()) => Some(Known::Digest),
            () => None,
        };
        Credentials { ready: Ready::of(&auth), auth: Arc::new(auth), known }
    }

    /// Why they can never be sent.
    pub(crate) fn problem(auth: &dyn Any) -> Option<String> {
        let bearer = auth.downcast_ref::<Bearer>().and_then(Bearer::problem);
        bearer.or_else(|| auth.downcast_ref::<Basic>().and_then(Basic::problem))
    }

    /// Whether they cannot be what the trait declares; then what they are.
    pub(crate) fn differ(&self, scheme: &Scheme) -> Option<&'static str> {
        let (fits, name) = match (self.known?, scheme.kind()) {
            (Known::Bearer, kind) => (matches!(kind, SchemeKind::Bearer), "a `Bearer`"),
            (Known::Basic, kind) => (matches!(kind, SchemeKind::Basic), "a `Basic`"),
            #[cfg(feature = "digest")]
            (Known::Digest, kind) => (matches!(kind, SchemeKind::Digest), "a `Digest`"),
            (Known::ApiKey, kind) => {
                (!matches!(kind, SchemeKind::Bearer | SchemeKind::Basic | SchemeKind::Digest), "an `ApiKey`")
            }
        };
        let fits = fits || matches!(scheme.kind(), SchemeKind::Custom);
        (!fits).then_some(name)
    }
}

impl fmt::Debug for Credentials {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str("Credentials")
    }
}
