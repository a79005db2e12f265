//! The cookies that a service sets (RFC 6265).

use super::{AuthError, Sent};
use crate::{origin::Origin, secret::Secret, transport::Attempt};
use cookie_store::{CookieDomain, CookieStore, RawCookie};
use http::{
    HeaderMap, HeaderValue,
    header::{COOKIE, SET_COOKIE},
};
use std::{
    convert::Infallible,
    fmt,
    sync::{Arc, Mutex, MutexGuard, PoisonError},
};
use url::Url;
use zeroize::Zeroizing;

/// The cookies that a service sets, sent back with each request they are for (RFC 6265): [`ClientBuilder::cookie_jar`](crate::ClientBuilder::cookie_jar).
/// A clone is the same jar, so that a client that logs in and one that makes calls can share it.
///
/// It is over the crate `cookie_store`, and stricter: a cookie is sent to the host that has set it and to no other, whatever its `Domain` says, but for
/// the domains that [`shared_by`](Self::shared_by) names. One of more than 4 KiB is left out, and so are those beyond 180 of a host or 3,000 in all. What a jar adds
/// is hidden in all that is printed. Cookies expire by the time of the system.
///
/// ```
/// use apiclient::{auth::CookieJar, prelude::*};
///
/// #[api_client(base_url = "https://shop.test")]
/// trait Shop {
///     #[post("/login")]
///     fn log_in(&self, #[field] user: &str, #[field] password: &str) -> Call<()>;
///     #[get("/cart")]
///     fn cart(&self) -> Call<Vec<u64>>;
/// }
///
/// let jar = CookieJar::new();
/// let shop = ShopClient::builder().cookie_jar(jar.clone()).build()?;
/// # Ok::<_, apiclient::Error>(())
/// ```
#[derive(Clone, Default)]
pub struct CookieJar(Arc<Mutex<Inner>>);

#[derive(Default)]
struct Inner {
    store: CookieStore,
    /// Lower case, without a dot in front.
    shared: Vec<String>,
}

/// Browsers' limits.
const LONGEST: usize = 4096;
const OF_A_HOST: usize = 180;
const OF_ALL: usize = 3000;

impl CookieJar {
    /// An empty one.
    pub fn new() -> Self {
        CookieJar::default()
    }

    /// Cookies with this `Domain` are sent to all its hosts, as `example.com` for a login at `login.example.com` and an API at `api.example.com`. It must be a domain
    /// of yours as a whole, and none of which others have a part.
    pub fn shared_by(self, domain: impl AsRef<str>) -> Self {
        let domain = domain.as_ref().trim_start_matches('.').to_ascii_lowercase();
        self.inner().shared.push(domain);
        self
    }

    /// The value of a cookie that would be sent to this URL: a session, say, or a token that a form has to repeat.
    pub fn value(&self, url: &str, name: &str) -> Option<Secret> {
        let url = Url::parse(url).ok()?;
        let inner = self.inner();
        let found = inner.store.get_request_values(&url).find(|(known, _)| *known == name);
        found.map(|(_, value)| Secret::from(value))
    }

    /// Forgets all of them.
    pub fn clear(&self) {
        self.inner().store.clear();
    }

    /// All cookies that are not over, as JSON, for a file that only its owner can read; those of a session, too.
    ///
    /// # Errors
    ///
    /// If one of them cannot be written.
    pub fn export(&self) -> Result<Secret, AuthError> {
        let mut out = Zeroizing::new(Vec::new());
        let inner = self.inner();
        cookie_store::serde::json::save_incl_expired_and_nonpersistent(&inner.store, &mut *out)
            .map_err(|_| AuthError::new("the cookies cannot be written"))?;
        Ok(Secret::from(String::from_utf8_lossy(&out).as_ref()))
    }

    /// Puts what [`export`](Self::export) has written in the place of what is in the jar.
    ///
    /// # Errors
    ///
    /// If that is no such text; then nothing is changed.
    pub fn import(&self, text: &str) -> Result<(), AuthError> {
        let store = cookie_store::serde::json::load(text.as_bytes())
            .map_err(|_| AuthError::new("the cookies cannot be read"))?;
        let mut inner = self.inner();
        // Those of a domain that is not shared here stay with nobody.
        let is_ours = |cookie: &cookie_store::Cookie<'_>| match &cookie.domain {
            CookieDomain::Suffix(domain) => inner.shared.contains(domain),
            _ => true,
        };
        let kept = store.iter_unexpired().filter(|cookie| is_ours(cookie)).cloned();
        let kept: Result<CookieStore, Infallible> = CookieStore::from_cookies(kept.map(Ok), false);
        inner.store = kept.unwrap_or_default();
        Ok(())
    }

    fn inner(&self) -> MutexGuard<'_, Inner> {
        // Each change is one step.
        self.0.lock().unwrap_or_else(PoisonError::into_inner)
    }

    /// Adds the cookies that are for this request; one that the call sends itself is left as it is.
    #[cold]
    pub(crate) fn fill(&self, attempt: &mut Attempt<'_>, sent: &mut Sent) {
        let Some(url) = url(attempt.origin, attempt.target) else { return };
        let mut line: Vec<u8> = Vec::new();
        for own in attempt.headers.get_all(COOKIE) {
            let separator: &[u8] = if line.is_empty() { b"" } else { b"; " };
            line.extend_from_slice(separator);
            line.extend_from_slice(own.as_bytes());
        }
        let said = line.clone();
        let is_said = |name: &str| {
            let mut pairs = said.split(|b| *b == b';').map(<[u8]>::trim_ascii);
            pairs.any(|pair| pair.strip_prefix(name.as_bytes()).is_some_and(|rest| rest.starts_with(b"=")))
        };
        let before = line.len();
        let inner = self.inner();
        for (name, value) in inner.store.get_request_values(&url).filter(|(name, _)| !is_said(name)) {
            if !line.is_empty() {
                line.extend_from_slice(b"; ");
            }
            line.extend_from_slice(format!("{name}={value}").as_bytes());
            sent.add_secret(value);
        }
        drop(inner);
        match HeaderValue::from_bytes(&line) {
            Ok(mut value) if line.len() > before => {
                value.set_sensitive(true);
                attempt.headers.insert(COOKIE, value);
            }
            _ => {}
        }
    }

    /// Keeps what an answer sets.
    #[cold]
    pub(crate) fn keep(&self, origin: &Origin, target: &[u8], headers: &HeaderMap) {
        let Some(url) = headers.contains_key(SET_COOKIE).then(|| url(origin, target)).flatten() else {
            return;
        };
        let host = url.host_str().unwrap_or_default().to_owned();
        let mut inner = self.inner();
        for cookie in headers.get_all(SET_COOKIE).iter().take(OF_A_HOST) {
            let text = cookie.to_str().ok().filter(|text| text.len() <= LONGEST);
            let Some(Ok(mut cookie)) = text.map(|text| RawCookie::parse(text.to_owned())) else { continue };
            let is_shared = cookie.domain().is_some_and(|domain| {
                let domain = domain.trim_start_matches('.').to_ascii_lowercase();
                inner.shared.contains(&domain)
            });
            if !is_shared {
                cookie.unset_domain();
            }
            let of_host =
                |known: &&cookie_store::Cookie<'_>| known.domain.as_cow().is_some_and(|it| it == host);
            let is_full = inner.store.iter_any().filter(of_host).count() >= OF_A_HOST
                || inner.store.iter_any().count() >= OF_ALL;
            if is_full {
                inner.sweep();
            }
            let is_full = inner.store.iter_any().filter(of_host).count() >= OF_A_HOST
                || inner.store.iter_any().count() >= OF_ALL;
            // What is there already is replaced or taken away.
            let is_known =
                |known: &cookie_store::Cookie<'_>| of_host(&known) && known.name() == cookie.name();
            if !is_full || inner.store.iter_any().any(is_known) {
                // One that is not for this host, or of no use, is left out.
                let _ = inner.store.insert_raw(&cookie, &url);
            }
        }
    }
}

impl Inner {
    /// Takes away what is over.
    fn sweep(&mut self) {
        let living: Result<CookieStore, Infallible> =
            CookieStore::from_cookies(self.store.iter_unexpired().cloned().map(Ok), false);
        self.store = living.unwrap_or_default();
    }
}

fn url(origin: &Origin, target: &[u8]) -> Option<Url> {
    Url::parse(&format!("{origin}{}", std::str::from_utf8(target).ok()?)).ok()
}

impl fmt::Debug for CookieJar {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        let inner = self.inner();
        let names: Vec<&str> = inner.store.iter_any().map(|cookie| cookie.name()).collect();
        f.debug_tuple("CookieJar").field(&names).finish()
    }
}
