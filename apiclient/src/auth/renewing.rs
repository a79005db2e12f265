//! A token that is renewed before it expires, once for all who need it.

use super::{
    Auth, AuthError, Authorizing, MemoryStore, Outgoing, Refusal, Token, TokenKey, TokenRequest, TokenSource,
    TokenState, TokenStore, Verdict, bearer,
    store::{Found, Kept},
    token::Means,
};
use crate::{
    hooks::RenewalInfo,
    secret::Secret,
    span,
    time::{self, BoxFuture},
};
use arc_swap::ArcSwapOption;
use futures_util::{FutureExt, future::Shared};
use http::{HeaderValue, StatusCode, header::AUTHORIZATION};
use std::{
    fmt,
    panic::AssertUnwindSafe,
    sync::{
        Arc, Mutex, MutexGuard, PoisonError,
        atomic::{AtomicU64, Ordering},
    },
    time::{Duration, Instant},
};

/// A token in `Authorization: Bearer ..` that comes from a [`TokenSource`] and is renewed before it expires.
///
/// It is renewed early, by a tenth of its life, at least 30 s, at most half of its life, and up to half of that earlier by chance, so that
/// many clients do not ask at once. Until shortly before it expires nobody waits for that but the call that has noticed it (in a
/// Tokio runtime not even that one); after that, all who come. It is asked for once, however many need it. One that cannot be renewed
/// is used as long as it is good. A 401 renews it as well, if it is still the one that was refused, and the call is sent once more.
///
/// A token without a known life is used until a server refuses it; one that is said to live for no time at all, too.
///
/// ```
/// use apiclient::{auth::{Renewing, Token}, prelude::*};
/// use std::time::Duration;
///
/// #[api_client(base_url = "https://api.example.com")]
/// #[auth(bearer)]
/// trait Reports {
///     #[get("/reports/{id}")]
///     fn report(&self, id: u64) -> Call<String>;
/// }
///
/// let token = Renewing::by(|_| async {
///     // Whatever gives one: a sidecar, a vault, a command.
///     Ok(Token::new("2YotnFZFEjr1zCsicMWpAA").expires_in(Duration::from_secs(3600)))
/// });
/// let reports = ReportsClient::builder().auth(token).build()?;
/// # Ok::<_, apiclient::Error>(())
/// ```
#[derive(Clone)]
pub struct Renewing {
    inner: Arc<Inner>,
    place: Place,
}

/// Where the token goes.
#[derive(Clone)]
enum Place {
    Bearer,
    /// A header of this name, with this in front of the token.
    Header(String, String),
    Cookie(String),
    /// Nowhere: a jar sends it.
    #[cfg(feature = "cookies")]
    Jar,
}

struct Inner {
    source: Box<dyn TokenSource>,
    kept: Option<Kept>,
    /// Read by every call, and so without a lock.
    held: ArcSwapOption<Held>,
    /// Counted up whenever `held` has become another one.
    number: AtomicU64,
    state: Mutex<State>,
    /// How often it was told to forget what it has: what is under way then comes too late.
    forgotten: AtomicU64,
}

/// What is done about the next token.
enum State {
    Idle,
    Asking(Flight),
    /// Until when nobody asks again; none: for ever.
    Failed(Option<Instant>, AuthError),
}

/// The token of now.
struct Held {
    token: Token,
    header: HeaderValue,
    /// From when on somebody renews it.
    renew_at: Option<Instant>,
    /// From when on all wait for that.
    wait_at: Option<Instant>,
    expires_at: Option<Instant>,
}

type Outcome = Result<Arc<Held>, AuthError>;

/// A request for a token that is under way: whoever waits for it drives it.
type Flight = Shared<BoxFuture<'static, Outcome>>;

/// What becomes of somebody who wants another token.
enum Renewal {
    /// It was replaced meanwhile.
    Replaced,
    /// It is asked for; whether that is seen to by others.
    Asked(Flight, bool),
    Failed(AuthError),
}

/// Nobody asks again sooner after a failure (google-cloud-auth).
const SLACK: Duration = Duration::from_secs(10);

impl Renewing {
    /// Tokens of this source.
    pub fn new(source: impl TokenSource + 'static) -> Self {
        // What can be used once only is counted, if only by this process.
        let counts = |_| Kept::new(Arc::new(MemoryStore::new()), TokenKey::new(""));
        let kept = source.grace().map(counts);
        Renewing { inner: Arc::new(Inner::new(Box::new(source), kept)), place: Place::Bearer }
    }

    /// The token is kept in a store, which others may share: it is asked for once among all of them, and is there when a process begins.
    /// Default: it is kept in memory, for as long as this lives.
    ///
    /// Say it before clones are made and it is given to a builder: a clone of before keeps its own.
    ///
    /// ```
    /// use apiclient::auth::{MemoryStore, Renewing, Token, TokenKey};
    ///
    /// let store = MemoryStore::new(); // or a `FileStore`
    /// let session = Renewing::by(|_| async { Ok(Token::new("s-1")) }).stored(store, TokenKey::new("shop").subject("ada"));
    /// # let _ = session;
    /// ```
    pub fn stored(self, store: impl TokenStore + 'static, key: TokenKey) -> Self {
        let kept = Kept::new(Arc::new(store), key);
        let inner = match Arc::try_unwrap(self.inner) {
            Ok(inner) => Inner::new(inner.source, Some(kept)),
            Err(shared) => Inner::new(Box::new(OfOther(shared)), Some(kept)),
        };
        Renewing { inner: Arc::new(inner), ..self }
    }

    /// Forgets the token, here and in the store: the next call asks for another one. What the token was, for a service that is told of
    /// the end of a session (RFC 7009).
    ///
    /// # Errors
    ///
    /// If the store fails.
    pub async fn forget(&self) -> Result<Option<Token>, AuthError> {
        let inner = &self.inner;
        let held = {
            let mut state = inner.state();
            inner.forgotten.fetch_add(1, Ordering::Relaxed);
            *state = State::Idle;
            inner.hold(None)
        };
        let stored = match &inner.kept {
            Some(kept) => kept.forget().await?,
            None => None,
        };
        Ok(held.map(|held| held.token.clone()).or(stored))
    }

    /// The token goes in another header, as it is: `X-Auth-Token`, say, or a session.
    pub fn in_header(self, name: impl Into<String>) -> Self {
        Renewing { place: Place::Header(name.into(), String::new()), ..self }
    }

    /// The token goes in a cookie of this name.
    pub fn in_cookie(self, name: impl Into<String>) -> Self {
        Renewing { place: Place::Cookie(name.into()), ..self }
    }

    /// The token is a cookie of the client's [jar](crate::ClientBuilder::cookie_jar), which sends it: its source logs in with the same jar, and
    /// says what the cookie's [value](super::CookieJar::value) is.
    ///
    /// ```
    /// use apiclient::{auth::{AuthError, CookieJar, Renewing, Token}, prelude::*};
    ///
    /// #[api_client(base_url = "https://shop.test")]
    /// trait Login {
    ///     #[post("/login")]
    ///     fn log_in(&self, #[field] user: &str, #[field] password: &str) -> Call<()>;
    /// }
    /// # #[api_client(base_url = "https://shop.test")]
    /// # #[auth(cookie)]
    /// # trait Shop { #[get("/cart")] fn cart(&self) -> Call<Vec<u64>>; }
    ///
    /// let jar = CookieJar::new();
    /// let login = LoginClient::builder().cookie_jar(jar.clone()).build()?;
    /// let cookies = jar.clone();
    /// let session = Renewing::by(move |_| {
    ///     let (call, cookies) = (login.log_in("ada", "correct horse"), cookies.clone());
    ///     async move {
    ///         call.await?;
    ///         let sid = cookies.value("https://shop.test/", "sid");
    ///         sid.map(Token::new).ok_or_else(|| AuthError::new("the login sets no `sid`"))
    ///     }
    /// });
    /// let shop = ShopClient::builder().auth(session.in_jar()).cookie_jar(jar).build()?;
    /// # Ok::<_, apiclient::Error>(())
    /// ```
    #[cfg(feature = "cookies")]
    pub fn in_jar(self) -> Self {
        Renewing { place: Place::Jar, ..self }
    }

    /// The token goes in `Authorization` with another word in front of it than `Bearer`: `token`, say.
    pub fn with_scheme(self, scheme: impl AsRef<str>) -> Self {
        let before = format!("{} ", scheme.as_ref().trim());
        Renewing { place: Place::Header("authorization".into(), before), ..self }
    }

    /// Tokens that a function gives; it is handed the last one.
    pub fn by<F, W>(source: F) -> Self
    where
        F: Fn(Option<Token>) -> W + Send + Sync + 'static,
        W: Future<Output = Result<Token, AuthError>> + Send + 'static,
    {
        Renewing::new(ByFunction(move |last| Box::pin(source(last)) as BoxFuture<'static, _>))
    }
}

/// The source of one that has clones already.
struct OfOther(Arc<Inner>);

impl fmt::Debug for OfOther {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        self.0.source.fmt(f)
    }
}

impl TokenSource for OfOther {
    fn token<'a>(&'a self, asked: TokenRequest<'a>) -> BoxFuture<'a, Result<Token, AuthError>> {
        self.0.source.token(asked)
    }

    fn patience(&self) -> Duration {
        self.0.source.patience()
    }

    fn grace(&self) -> Option<Duration> {
        self.0.source.grace()
    }

    fn first(&self) -> Option<&Secret> {
        self.0.source.first()
    }
}

struct ByFunction<F>(F);

impl<F> fmt::Debug for ByFunction<F> {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str("a function")
    }
}

impl<F> TokenSource for ByFunction<F>
where
    F: Fn(Option<Token>) -> BoxFuture<'static, Result<Token, AuthError>> + Send + Sync,
{
    fn token<'a>(&'a self, asked: TokenRequest<'a>) -> BoxFuture<'a, Result<Token, AuthError>> {
        (self.0)(asked.last().cloned())
    }
}

impl Held {
    /// `chance` brings the renewal forward.
    fn new(token: Token, now: Instant, chance: u64) -> Result<Self, AuthError> {
        const LEAST: Duration = Duration::from_secs(30);
        // A life of a thousand years is one without an end.
        const FAR: Duration = Duration::from_secs(100 * 365 * 24 * 3600);
        let header = bearer::value("Bearer ", token.access_token().expose()).map_err(AuthError::new)?;
        let life = token.life().filter(|life| !life.is_zero() && *life < FAR);
        let early = life.map(|life| (life / 10).max(LEAST).min(life / 2));
        let at = |before: Duration| life.and_then(|life| now.checked_add(life.saturating_sub(before)));
        // The upper 32 bits: from none to half of it.
        let jitter = |early: Duration| early / 2 * u32::try_from(chance >> 48).unwrap_or(0) / (1 << 16);
        Ok(Held {
            renew_at: early.and_then(|early| at(early + jitter(early))),
            wait_at: early.and_then(|early| at(early / 4)),
            expires_at: at(Duration::ZERO),
            token,
            header,
        })
    }
}

impl Place {
    #[inline]
    fn put(&self, held: &Held, request: &mut Outgoing<'_>) {
        match self {
            Place::Bearer => request.insert(AUTHORIZATION, held.header.clone()),
            Place::Header(name, before) => {
                request.secret_header(name, &format!("{before}{}", held.token.access_token().expose()));
            }
            Place::Cookie(name) => request.secret_cookie(name, held.token.access_token().expose()),
            #[cfg(feature = "cookies")]
            Place::Jar => {}
        }
    }
}

fn is_over(at: Option<Instant>, now: Instant) -> bool {
    at.is_some_and(|at| now >= at)
}

impl Inner {
    fn new(source: Box<dyn TokenSource>, kept: Option<Kept>) -> Self {
        let (held, state) = (ArcSwapOption::empty(), Mutex::new(State::Idle));
        Inner { source, kept, held, number: AtomicU64::new(0), state, forgotten: AtomicU64::new(0) }
    }

    /// The number last: who has read it before has what belongs to it, or something newer.
    fn hold(&self, held: Option<Arc<Held>>) -> Option<Arc<Held>> {
        let last = self.held.swap(held);
        self.number.fetch_add(1, Ordering::Release);
        last
    }

    fn state(&self) -> MutexGuard<'_, State> {
        // Nothing in here is half done when something panics.
        self.state.lock().unwrap_or_else(PoisonError::into_inner)
    }

    /// Asks for a token in the place of this one, if nobody does yet. `is_refused`: a server has taken it no longer.
    fn renew(self: &Arc<Self>, replaces: Option<&Arc<Held>>, is_refused: bool, means: &Means) -> Renewal {
        let mut state = self.state();
        if !is_same(self.held.load().as_ref(), replaces) {
            return Renewal::Replaced;
        }
        match &*state {
            State::Asking(flight) => return Renewal::Asked(flight.clone(), true),
            State::Failed(until, e) if until.is_none_or(|until| means.clock.now() < until) => {
                return Renewal::Failed(e.clone());
            }
            State::Failed(..) | State::Idle => {}
        }
        let flight = self.clone().ask(is_refused, means.clone()).boxed().shared();
        *state = State::Asking(flight.clone());
        drop(state);
        // Where an answer that is lost costs a login, whoever has asked waits for it: its process may end with the call.
        let is_driven = drive(&flight) && self.source.grace().is_none();
        Renewal::Asked(flight, is_driven)
    }

    async fn ask(self: Arc<Self>, is_refused: bool, means: Means) -> Outcome {
        let last = self.held.load_full();
        let last = last.as_ref().map(|held| &held.token);
        let forgotten = self.forgotten.load(Ordering::Relaxed);
        let began = means.clock.now();
        let patience = self.kept.as_ref().map_or(self.source.patience(), |_| Kept::patience(&*self.source));
        let found = {
            // In the block, so that a panic before its first wait is caught, too.
            let work = AssertUnwindSafe(async {
                match &self.kept {
                    Some(kept) => kept.next(&*self.source, last, is_refused, &means).await,
                    None => {
                        let token = self.source.token(TokenRequest { last, refused: None, means: &means });
                        // From when it was asked for: it is not good for longer than that.
                        Ok(Found { token: token.await?, since: began, is_unsaved: false })
                    }
                }
            });
            let due = began.checked_add(patience).unwrap_or(began);
            match time::within(&*means.clock, due, work.catch_unwind()).await {
                Some(Ok(result)) => result,
                Some(Err(_)) => Err(AuthError::new("the source of tokens has panicked")),
                None => Err(AuthError::late(patience)),
            }
        };
        let held = found.and_then(|found| {
            let mut held = Held::new(found.token, found.since, means.random.next_u64())?;
            if found.is_unsaved {
                // To be stored as soon as that is possible.
                let soon = means.clock.now().checked_add(SLACK);
                held.renew_at = held.renew_at.min(soon).or(soon);
            }
            Ok(Arc::new(held))
        });
        span::renewed(held.as_ref().err());
        let error = held.as_ref().err().map(|error| error as &(dyn std::error::Error + Send + Sync));
        let elapsed = means.clock.now().saturating_duration_since(began);
        means.hooks.each(|hook| hook.on_renewal(&RenewalInfo { error, elapsed }));
        let mut state = self.state();
        if self.forgotten.load(Ordering::Relaxed) != forgotten {
            return held.and_then(|_| Err(AuthError::new("the token was forgotten while it was asked for")));
        }
        *state = match &held {
            Ok(held) => {
                self.hold(Some(held.clone()));
                State::Idle
            }
            // With a store somebody else may have logged in.
            Err(e) if e.is_reauth_required() && self.kept.is_none() => State::Failed(None, e.clone()),
            Err(e) => State::Failed(means.clock.now().checked_add(SLACK), e.clone()),
        };
        drop(state);
        held
    }
}

fn is_same(one: Option<&Arc<Held>>, other: Option<&Arc<Held>>) -> bool {
    match (one, other) {
        (Some(one), Some(other)) => Arc::ptr_eq(one, other),
        (None, None) => true,
        _ => false,
    }
}

/// Somebody sees to it, whatever becomes of those who wait: where there is a Tokio runtime.
fn drive(flight: &Flight) -> bool {
    #[cfg(feature = "tokio")]
    if let Ok(runtime) = tokio::runtime::Handle::try_current() {
        runtime.spawn(flight.clone().map(drop));
        return true;
    }
    let _ = flight;
    false
}

impl Auth for Renewing {
    fn authorize<'a>(&'a self, request: &mut Outgoing<'_>) -> Authorizing<'a> {
        let held = self.inner.held.load();
        match &*held {
            Some(held) if !is_over(held.renew_at, request.started()) => {
                self.place.put(held, request);
                Authorizing::done()
            }
            held => self.renewed(held.as_ref(), request),
        }
    }

    fn challenged<'a>(&'a self, refusal: Refusal<'a>) -> BoxFuture<'a, Result<Verdict, AuthError>> {
        Box::pin(async move {
            if refusal.status() != StatusCode::UNAUTHORIZED {
                return Ok(Verdict::Refused);
            }
            let held = self.inner.held.load_full();
            // Another call may have been refused before, and it was replaced since.
            let is_current =
                held.as_ref().is_none_or(|held| refusal.has_sent(held.token.access_token().expose()));
            if !is_current {
                return Ok(Verdict::Again);
            }
            match self.inner.renew(held.as_ref(), true, &refusal.means()) {
                Renewal::Replaced => Ok(Verdict::Again),
                Renewal::Failed(e) => Err(e),
                Renewal::Asked(flight, _) => flight.await.map(|_| Verdict::Again),
            }
        })
    }

    fn token_state(&self, now: Instant) -> Option<TokenState> {
        let failed = match &*self.inner.state() {
            State::Failed(_, e) if e.is_reauth_required() => Some(TokenState::LoggedOut(e.to_string())),
            State::Failed(_, e) => Some(TokenState::Failed(e.to_string())),
            State::Idle | State::Asking(_) => None,
        };
        let held = self.inner.held.load();
        Some(match (&*held, failed) {
            // One that cannot be renewed is used as long as it is good.
            (Some(held), failed) if !is_over(held.expires_at, now) => match failed {
                Some(logged_out @ TokenState::LoggedOut(_)) => logged_out,
                _ => TokenState::Good(held.expires_at.map(|at| at.saturating_duration_since(now))),
            },
            (_, Some(failed)) => failed,
            (Some(_), None) => TokenState::Expired,
            (None, None) => TokenState::Absent,
        })
    }
}

impl Renewing {
    /// Whether it goes where a [`Bearer`](super::Bearer) does.
    pub(super) fn is_bearer(&self) -> bool {
        matches!(self.place, Place::Bearer)
    }

    /// What `Authorization` says, where the token is there and not due, and until when.
    pub(super) fn authorization(&self, now: Instant) -> Option<(HeaderValue, Option<Instant>)> {
        let held = self.inner.held.load();
        let held = held.as_ref().filter(|held| !is_over(held.renew_at, now));
        held.map(|held| (held.header.clone(), held.renew_at))
    }

    #[inline]
    pub(super) fn number(&self) -> u64 {
        self.inner.number.load(Ordering::Acquire)
    }

    /// The same for one that is not borrowed for as long.
    pub(crate) fn authorize_owned<'a>(self, request: &mut Outgoing<'_>) -> Authorizing<'a> {
        let held = self.inner.held.load_full();
        match held {
            Some(held) if !is_over(held.renew_at, request.started()) => {
                self.place.put(&held, request);
                Authorizing::done()
            }
            held => self.renewed(held.as_ref(), request),
        }
    }

    /// The token is due, or there is none.
    #[cold]
    fn renewed<'a>(&self, held: Option<&Arc<Held>>, request: &mut Outgoing<'_>) -> Authorizing<'a> {
        let now = request.started();
        let good = held.filter(|held| !is_over(held.expires_at, now)).cloned();
        let may_go = good.as_ref().is_some_and(|good| !is_over(good.wait_at, now));
        let with = |held: &Held, request: &mut Outgoing<'_>| {
            self.place.put(held, request);
            Authorizing::done()
        };
        match (self.inner.renew(held, false, &request.means()), good) {
            (Renewal::Replaced, _) => match &*self.inner.held.load() {
                Some(new) => with(new, request),
                None => Authorizing::fail(AuthError::new("there is no token")),
            },
            (Renewal::Failed(_), Some(good)) => with(&good, request),
            (Renewal::Failed(e), None) => Authorizing::fail(e),
            (Renewal::Asked(_, true), Some(good)) if may_go => with(&good, request),
            (Renewal::Asked(flight, _), good) => {
                let place = self.place.clone();
                Authorizing::wait(async move {
                    // What cannot be renewed is used as long as it is good.
                    let held = match (flight.await, good) {
                        (Ok(new), _) => new,
                        (Err(_), Some(good)) => good,
                        (Err(e), None) => return Err(e),
                    };
                    Ok(move |request: &mut Outgoing<'_>| place.put(&held, request))
                })
            }
        }
    }
}

impl fmt::Debug for Renewing {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.debug_tuple("Renewing").field(&self.inner.source).finish()
    }
}
