//! A header that the server hands out when it refuses.

use super::{Auth, AuthError, Authorizing, Outgoing, Refusal, TokenState, Verdict};
use crate::time::BoxFuture;
use http::{HeaderName, HeaderValue};
use std::{
    collections::HashMap,
    fmt,
    sync::{Mutex, MutexGuard, PoisonError},
    time::Instant,
};

/// A header that the server hands out with a refusal, and wants to see from then on: a session, or a token against forged requests.
///
/// ```
/// use apiclient::{auth::{Basic, HandedOut}, prelude::*};
///
/// #[api_client(base_url = "http://localhost:9091")]
/// #[auth(custom)]
/// trait Transmission {
///     #[post("/transmission/rpc")]
///     fn rpc(&self, #[body] request: &[String]) -> Call<String>;
/// }
///
/// // Without its header it answers 409, which has it.
/// let session = HandedOut::on(409, "X-Transmission-Session-Id");
/// let transmission = TransmissionClient::builder().auth((Basic::new("ada", "correct horse"), session)).build()?;
/// # Ok::<_, apiclient::Error>(())
/// ```
pub struct HandedOut {
    status: u16,
    name: Result<HeaderName, String>,
    known: Mutex<HashMap<String, HeaderValue>>,
}

/// More origins than that are asked anew.
const MOST: usize = 64;

impl HandedOut {
    /// An answer of this status has the header of this name: it is kept for its origin, sent from then on, and the request is sent
    /// once more.
    pub fn on(status: u16, header: impl AsRef<str>) -> Self {
        let name = crate::request::parse_name(header.as_ref());
        HandedOut { status, name, known: Mutex::default() }
    }

    fn known(&self) -> MutexGuard<'_, HashMap<String, HeaderValue>> {
        // Nothing in here is half done when something panics.
        self.known.lock().unwrap_or_else(PoisonError::into_inner)
    }

    fn learn(&self, refusal: &Refusal<'_>) -> Verdict {
        let Ok(name) = &self.name else { return Verdict::Refused };
        let Some(value) = refusal.headers().get(name) else { return Verdict::Refused };
        if refusal.status().as_u16() != self.status {
            return Verdict::Refused;
        }
        let mut value = value.clone();
        value.set_sensitive(true);
        let mut known = self.known();
        if known.len() >= MOST {
            known.clear();
        }
        known.insert(refusal.origin().to_owned(), value);
        Verdict::Again
    }
}

impl Auth for HandedOut {
    fn authorize<'a>(&'a self, request: &mut Outgoing<'_>) -> Authorizing<'a> {
        let name = match &self.name {
            Ok(name) => name.clone(),
            Err(e) => return Authorizing::fail(AuthError::new(e.clone())),
        };
        let known = self.known().get(&request.origin().to_string()).cloned();
        if let Some(value) = known {
            request.insert(name, value);
        }
        Authorizing::done()
    }

    fn challenged<'a>(&'a self, refusal: Refusal<'a>) -> BoxFuture<'a, Result<Verdict, AuthError>> {
        Box::pin(std::future::ready(Ok(self.learn(&refusal))))
    }
}

impl fmt::Debug for HandedOut {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.debug_struct("HandedOut").field("status", &self.status).finish_non_exhaustive()
    }
}

/// Both: each adds what it has, without seeing what the other one adds, and either may answer a refusal.
impl<A: Auth, B: Auth> Auth for (A, B) {
    fn authorize<'a>(&'a self, request: &mut Outgoing<'_>) -> Authorizing<'a> {
        self.0.authorize(request).and(self.1.authorize(request))
    }

    fn challenged<'a>(&'a self, refusal: Refusal<'a>) -> BoxFuture<'a, Result<Verdict, AuthError>> {
        Box::pin(async move {
            match self.0.challenged(refusal).await? {
                Verdict::Again => Ok(Verdict::Again),
                Verdict::Refused => self.1.challenged(refusal).await,
            }
        })
    }

    fn token_state(&self, now: Instant) -> Option<TokenState> {
        self.0.token_state(now).or_else(|| self.1.token_state(now))
    }
}
