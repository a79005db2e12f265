//! Credentials: whose a call carries, how they are added last of all, and what follows where a server refuses them.

use super::{Bound, Core};
use crate::{
    auth::{
        self, Auth, AuthError, Credentials, Means, Outgoing, Ready, Refusal, Sent, Stand, Step, Supply,
        Verdict,
    },
    endpoint::{Api, AuthChoice, Scheme, SchemeKind},
    error::{Error, ErrorKind},
    origin::Origin,
    random::Random,
    redirect::Hop,
    request::Recipe,
    response::head,
    time::{self, BoxFuture, Clock},
    transport::{Attempt, Reply, TransportError, TransportErrorKind},
};
use http::{
    HeaderMap, HeaderName, HeaderValue,
    header::{self, AUTHORIZATION},
};
use std::{
    fmt::Write,
    future::ready,
    sync::{
        Arc,
        atomic::{AtomicI64, Ordering},
    },
    time::Instant,
};

impl Supply for Core {
    fn means(&self) -> Means {
        Means {
            transport: self.transport.clone(),
            clock: self.clock.clone(),
            random: self.random.clone(),
            hooks: self.hooks.clone(),
        }
    }

    fn random(&self) -> &dyn Random {
        &*self.random
    }

    fn skew(&self) -> i64 {
        self.keys.skew.load(Ordering::Relaxed)
    }
}

/// What a builder was given.
#[derive(Debug, Default)]
pub(crate) struct Keys {
    pub(crate) default: Option<Credentials>,
    pub(crate) named: Vec<(String, Credentials)>,
    #[cfg(feature = "cookies")]
    pub(crate) jar: Option<auth::CookieJar>,
    /// Calls go without what is missing.
    pub(crate) is_anonymous: bool,
    /// By how many seconds the server's clock is ahead of ours: learnt where it refuses credentials.
    pub(crate) skew: AtomicI64,
    /// Origins beside the base URL's that get credentials.
    pub(crate) origins: Vec<Origin>,
}

impl Keys {
    fn named(&self, name: &str) -> Option<&Credentials> {
        self.named.iter().find(|(known, _)| known == name).map(|(_, credentials)| credentials)
    }

    /// Those for the scheme that a trait declares at this place.
    fn of(&self, at: usize, scheme: &Scheme) -> Option<&Credentials> {
        self.named(scheme.name()).or(self.default.as_ref().filter(|_| at == 0))
    }

    /// What is wrong with them, for a trait.
    pub(crate) fn problems(&self, api: &Api) -> Vec<String> {
        let mut problems = Vec::new();
        for (at, scheme) in api.schemes.iter().enumerate() {
            match self.of(at, scheme) {
                None if self.is_anonymous => {}
                None => problems.push(lacking(api, at, scheme)),
                Some(given) => problems.extend(given.differ(scheme).map(|given| {
                    format!("{} declares `{}` and was given {given} for it", api.name(), scheme.declared())
                })),
            }
        }
        let is_declared = |name: &str| api.schemes.iter().any(|scheme| scheme.name() == name);
        for (name, _) in self.named.iter().filter(|(name, _)| !is_declared(name)) {
            let mut problem = format!("{} declares no `#[auth]` called `{name}`", api.name());
            for (at, scheme) in api.schemes.iter().enumerate() {
                let _ = write!(problem, "{} `{}`", if at == 0 { "; there is" } else { "," }, scheme.name());
            }
            problems.push(problem);
        }
        problems
    }
}

/// Nobody has given what a trait declares.
fn lacking(api: &Api, at: usize, scheme: &Scheme) -> String {
    let method =
        if at == 0 { "`.auth(..)`".to_owned() } else { format!("`.auth_for(\"{}\", ..)`", scheme.name()) };
    format!(
        "{} declares `{}` and has no credentials for it: give it some with {method} on the builder, or say `.anonymous()`",
        api.name(),
        scheme.declared()
    )
}

/// A scheme of a trait with its credentials, or those of a client without any scheme.
pub(crate) struct Keyring {
    scheme: Option<&'static Scheme>,
    auth: Option<Arc<dyn Auth>>,
    ready: Option<Ready>,
    /// Those of `ready` in the headers of a request.
    stand: Option<Stand>,
}

impl Keyring {
    /// In the order of the trait; for one that declares none those that the builder was given, if it was.
    pub(crate) fn new(core: &Core, api: Option<&'static Api>) -> Vec<Self> {
        let ring = |scheme: Option<&'static Scheme>, given: Option<&Credentials>| {
            let ready = given.and_then(|given| given.ready.clone());
            let stand = ready.as_ref().map(Stand::new);
            Keyring { scheme, auth: given.map(|given| given.auth.clone()), ready, stand }
        };
        match api.map_or(&[][..], |api| api.schemes) {
            [] => core.keys.default.iter().map(|given| ring(None, Some(given))).collect(),
            schemes => {
                let all = schemes.iter().enumerate();
                all.map(|(at, scheme)| ring(Some(scheme), core.keys.of(at, scheme))).collect()
            }
        }
    }
}

/// The header that these credentials fill, as far as that is known.
pub(crate) fn place(keyring: &[Keyring]) -> Option<HeaderName> {
    let first = keyring.first().filter(|first| first.auth.is_some())?;
    match first.scheme.map(Scheme::kind) {
        None | Some(SchemeKind::Bearer | SchemeKind::Basic) => Some(AUTHORIZATION),
        Some(SchemeKind::HeaderKey(name)) => HeaderName::from_bytes(name.as_bytes()).ok(),
        Some(_) => None,
    }
}

/// What one call says about its credentials.
#[derive(Clone)]
pub(crate) enum CallAuth {
    Off,
    Named(String),
    Own(Arc<dyn Auth>),
}

/// Whose credentials an attempt carries. Small, since it is in the future of every call.
#[derive(Clone, Copy)]
pub(super) struct Given<'a> {
    auth: &'a dyn Auth,
    ring: Option<&'a Keyring>,
    /// What the method says about them.
    choice: Option<&'static AuthChoice>,
    whose: Whose,
}

#[derive(Clone, Copy, PartialEq, Eq)]
enum Whose {
    /// The client's, for a call that says nothing of headers or credentials.
    Common,
    Client,
    /// The call's own, sent as the ring's are.
    Call,
}

impl<'a> Given<'a> {
    fn scheme(&self) -> Option<&'static Scheme> {
        self.ring?.scheme
    }

    fn ready(&self) -> Option<&'a Ready> {
        self.ring.filter(|_| self.whose != Whose::Call)?.ready.as_ref()
    }

    fn scopes(&self) -> &'static [&'static str] {
        if self.whose == Whose::Call {
            return &[];
        }
        let chosen = self.choice.and_then(|choice| choice.scopes);
        chosen.unwrap_or_else(|| self.scheme().map_or(&[][..], Scheme::asks))
    }
}

/// Whose credentials an attempt carries, `hop` being where a redirect has led it.
#[inline]
pub(super) fn given<'a>(
    bound: &'a Bound,
    hop: Option<&Hop>,
    recipe: &'a Recipe,
) -> Result<Option<Given<'a>>, Error> {
    if bound.keyring.is_empty() && recipe.extensions.is_empty() {
        return Ok(None);
    }
    // The common case.
    if recipe.origin.is_none()
        && hop.is_none()
        && recipe.extensions.is_empty()
        && recipe.writing.headers.is_empty()
        && recipe.endpoint.is_none_or(|endpoint| endpoint.auth.is_none())
    {
        if let Some(ring @ Keyring { auth: Some(auth), .. }) = bound.keyring.first() {
            let (ring, whose) = (Some(ring), Whose::Common);
            return Ok(Some(Given { auth: &**auth, ring, choice: None, whose }));
        }
    }
    look_for(bound, hop, recipe)
}

fn look_for<'a>(bound: &'a Bound, hop: Option<&Hop>, recipe: &'a Recipe) -> Result<Option<Given<'a>>, Error> {
    let call = recipe.extensions.get::<CallAuth>();
    let choice = recipe.endpoint.and_then(|endpoint| endpoint.auth.as_ref());
    // Credentials stay at the origin that they belong to. A call that brings its own goes where it says.
    let is_at_home = match &recipe.origin {
        None => true,
        Some(origin) => bound.is_own(origin) || bound.core.keys.origins.contains(origin),
    };
    let has_left = hop.is_some_and(|hop| hop.is_foreign);
    let is_own = matches!(call, Some(CallAuth::Own(_)));
    if has_left || !(is_at_home || is_own) {
        return Ok(None);
    }
    let ring = match (call, choice) {
        (Some(CallAuth::Off), _) => return Ok(None),
        (Some(CallAuth::Own(auth)), _) => {
            let ring = bound.keyring.first();
            return Ok(Some(Given { auth: &**auth, ring, choice, whose: Whose::Call }));
        }
        (Some(CallAuth::Named(name)), _) => Some(named(bound, name)?),
        (None, Some(choice)) => match choice.scheme {
            None => return Ok(None),
            Some(at) => bound.keyring.get(at),
        },
        (None, None) => bound.keyring.first(),
    };
    let Some(ring) = ring else { return Ok(None) };
    // Who says it by hand means it.
    let is_said = recipe.writing.headers.iter().any(|(name, _)| *name == AUTHORIZATION);
    if is_said {
        return Ok(None);
    }
    match &ring.auth {
        Some(auth) => Ok(Some(Given { auth: &**auth, ring: Some(ring), choice, whose: Whose::Client })),
        None if bound.core.keys.is_anonymous => Ok(None),
        None => {
            let scheme = ring.scheme.map(Scheme::declared).unwrap_or_default();
            let message = format!(
                "it needs `{scheme}`, and this client has no credentials for it: give it some with `.auth(..)` on the builder, or say `.anonymous()`"
            );
            Err(Error::new(ErrorKind::Config, message))
        }
    }
}

/// Those of a name.
fn named<'a>(bound: &'a Bound, name: &str) -> Result<&'a Keyring, Error> {
    let mut all = bound.keyring.iter();
    let is_named = |ring: &&Keyring| ring.scheme.is_some_and(|scheme| scheme.name() == name);
    all.find(is_named)
        .ok_or_else(|| Error::new(ErrorKind::Config, format!("no `#[auth]` of its trait is called `{name}`")))
}

/// Credentials that stand in the headers of a request already: where they are ready, and nobody else says something of these headers.
// Calls without credentials do not pay for it.
#[inline(never)]
pub(super) fn standing(bound: &Bound, given: Given<'_>, recipe: &Recipe, now: Instant) -> Sent {
    let is_said = recipe.endpoint.is_some_and(|endpoint| !endpoint.headers.is_empty());
    match given.ring {
        Some(Keyring { ready: Some(ready), stand: Some(stand), .. })
            if given.whose == Whose::Common && !is_said =>
        {
            stand.get(ready, &bound.ready, now).map_or_else(Sent::default, Sent::standing)
        }
        _ => Sent::default(),
    }
}

/// Adds credentials that are ready. Those that have to be asked are left.
// Calls without credentials do not pay for it: inlined, it would make their path longer.
#[inline(never)]
pub(super) fn at_once<'a>(
    given: Option<Given<'a>>,
    attempt: &mut Attempt<'_>,
    sent: &mut Sent,
    empty: Option<&HeaderName>,
) -> Option<Given<'a>> {
    let Some(given) = given else {
        if let Some(empty) = empty {
            clear(&mut attempt.headers, empty);
        }
        return None;
    };
    let is_place = empty == Some(&AUTHORIZATION) && sent.is_empty();
    let value = given.ready().filter(|_| is_place).and_then(|ready| ready.authorization(attempt.started));
    let Some((value, _)) = value else { return Some(given) };
    *sent = Sent::one(value.clone());
    auth::fill(&mut attempt.headers, AUTHORIZATION, value);
    None
}

/// Adds the credentials, and sends.
#[inline]
pub(super) fn send<'a>(
    core: &'a Core,
    given: Given<'a>,
    mut attempt: Attempt<'a>,
    sent: &'a mut Sent,
    empty: Option<&'a HeaderName>,
) -> BoxFuture<'a, Result<Reply, TransportError>> {
    let no = |e| TransportError::new(TransportErrorKind::Request, e);
    let transport = &*core.transport;
    let mut out = outgoing(core, given, &mut attempt, sent, empty);
    let step = given.auth.authorize(&mut out).0;
    let empty = empty.filter(|_| out.empty.is_some() || matches!(step, Step::Wait(_)));
    match step {
        Step::Done => match put(&mut attempt, sent, empty) {
            Ok(()) => transport.send(attempt),
            Err(e) => Box::pin(ready(Err(no(e)))),
        },
        Step::Fail(e) => Box::pin(ready(Err(no(e)))),
        Step::Wait(work) => Box::pin(async move {
            let apply = work.await.map_err(no)?;
            let mut out = outgoing(core, given, &mut attempt, sent, empty);
            apply(&mut out);
            let is_empty = out.empty.is_some();
            put(&mut attempt, sent, empty.filter(|_| is_empty)).map_err(no)?;
            transport.send(attempt).await
        }),
    }
}

/// The attempt as credentials see it.
#[inline]
fn outgoing<'o>(
    core: &'o Core,
    given: Given<'o>,
    attempt: &'o mut Attempt<'_>,
    sent: &'o mut Sent,
    empty: Option<&'o HeaderName>,
) -> Outgoing<'o> {
    Outgoing {
        method: attempt.method,
        origin: attempt.origin,
        target: attempt.target,
        headers: &mut attempt.headers,
        body: attempt.body,
        endpoint: attempt.endpoint,
        scheme: given.scheme(),
        scopes: given.scopes(),
        clock: &**attempt.clock,
        supply: core,
        started: attempt.started,
        sent,
        empty,
    }
}

/// The target that credentials have made of it, and no header that is still empty.
#[inline]
fn put<'a>(
    attempt: &mut Attempt<'a>,
    sent: &'a mut Sent,
    empty: Option<&HeaderName>,
) -> Result<(), AuthError> {
    if let Some(empty) = empty {
        clear(&mut attempt.headers, empty);
    }
    if let Some(problem) = sent.take_problem() {
        return Err(problem);
    }
    if let Some(target) = sent.target() {
        attempt.target = target;
    }
    Ok(())
}

/// Nobody has filled it.
pub(super) fn clear(headers: &mut HeaderMap, empty: &HeaderName) {
    if headers.get(empty).is_some_and(HeaderValue::is_empty) {
        headers.remove(empty);
    }
}

/// There are no credentials: nothing was sent.
#[cold]
pub(super) fn failed(error: AuthError) -> Error {
    let needs_login = error.is_reauth_required();
    let message = format!("there are no credentials: {error}");
    Error::new(ErrorKind::Auth, message).with_source(error).with_login(needs_login)
}

/// The same of credentials that had to be waited for.
pub(super) fn is_failed(error: TransportError) -> Result<Error, TransportError> {
    match error.source.is::<AuthError>() {
        false => Err(error),
        true => match error.source.downcast::<AuthError>() {
            Ok(error) => Ok(failed(*error)),
            Err(source) => Ok(Error::new(ErrorKind::Auth, source.to_string())),
        },
    }
}

/// Whether it is worth asking once more, where the server has answered with an error.
#[cold]
pub(super) fn challenged<'a>(
    core: &'a Core,
    given: Given<'a>,
    recipe: &'a Recipe,
    (origin, target, sent): (&'a Origin, &'a [u8], &'a Sent),
    reply: &'a Reply,
    due: Instant,
) -> BoxFuture<'a, Result<bool, Error>> {
    Box::pin(async move {
        let clock = &*core.clock;
        let origin = origin.to_string();
        let refusal = Refusal {
            origin: &origin,
            target,
            status: reply.status,
            headers: &reply.headers,
            sent,
            endpoint: recipe.endpoint,
            scopes: given.scopes(),
            supply: core,
            clock,
            found_skew: found_skew(core, reply, clock),
        };
        match time::within(clock, due, given.auth.challenged(refusal)).await {
            Some(Ok(verdict)) => Ok(verdict == Verdict::Again),
            // There is no time for another request either.
            None => Ok(false),
            Some(Err(e)) => {
                let needs_login = e.is_reauth_required();
                let error = Error::new(ErrorKind::Auth, format!("and {e}")).with_source(e);
                Err(error.with_login(needs_login).with_reply(reply.clone()))
            }
        }
    })
}

/// Whether the server's clock is another one than was known: by the `Date` of a refusal. Smaller differences are of no concern to those
/// who check times, and may come of the way.
fn found_skew(core: &Core, reply: &Reply, clock: &dyn Clock) -> bool {
    const LEAST: u64 = 60;
    // A clock without a battery says 1970; beyond that the server is wrong, or means no good.
    const MOST: u64 = 100 * 365 * 24 * 3600;
    let date = reply.headers.get(header::DATE).filter(|_| matches!(reply.status.as_u16(), 400 | 401 | 403));
    let Some(date) = date.and_then(|date| head::http_date(date.as_bytes(), None)) else { return false };
    let now = i64::try_from(clock.unix_time().as_secs()).unwrap_or(i64::MAX);
    let skew = date.saturating_sub(now);
    let is_other =
        skew.unsigned_abs() <= MOST && skew.abs_diff(core.keys.skew.load(Ordering::Relaxed)) >= LEAST;
    if is_other {
        core.keys.skew.store(skew, Ordering::Relaxed);
    }
    is_other
}
