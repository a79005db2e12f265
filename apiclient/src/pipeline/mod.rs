//! What happens to a call, in which order. The only room that knows it.

mod auth;
mod guards;
mod levels;
mod usual;
mod watch;

use crate::{
    address::{self, Addresses, NotPublic},
    answer::{Absent, Answer, Context, KEPT, Reply, uri},
    auth::Sent,
    endpoint::{Api, Endpoint, IdempotencyKey, Policies, Retry, StaticHeader},
    error::{Error, ErrorKind, Said},
    hooks::{End, Hooks, Watched},
    limit::Keeper,
    origin::Origin,
    progress::Progress,
    random::Random,
    redirect::{self, Hop},
    request::{Base, Body, BodyFailed, Echo, Ground, Held, Prepared, Recipe, is_secret},
    response::{blot, said, says_failed},
    retry::{Asked, Budget, Budgets, Failed, RetryPolicy, Rules, Standard},
    safe::Safe,
    span::AttemptSpan,
    time::{self, Clock, Late, Watch},
    transport::{Attempt, Limits as BodyLimits, Trace, Transport, TransportError, TransportErrorKind},
};
use arc_swap::ArcSwap;
pub(crate) use auth::{CallAuth, Keyring, Keys, place};
use bytes::Bytes;
pub(crate) use guards::{Bases, Ready, Words};
use http::{
    HeaderMap, HeaderName, HeaderValue, StatusCode,
    header::{
        self, ACCEPT_ENCODING, CONTENT_ENCODING, CONTENT_LENGTH, CONTENT_TYPE, COOKIE, LOCATION, RANGE,
    },
};
pub(crate) use levels::Levels;
#[cfg(feature = "config")]
use std::any::Any;
use std::{
    borrow::Cow,
    cell::LazyCell,
    io,
    sync::{Arc, atomic::AtomicU64},
    time::{Duration, Instant},
};
use usual::Times;
pub(crate) use usual::Usual;
pub(crate) use watch::{begin, dropped, over};

/// The crate's own numbers, for whatever no level says.
pub(crate) mod default {
    use std::time::Duration;

    /// Everything together. The first users' 30 s per attempt, twice.
    pub(crate) const TOTAL: Duration = Duration::from_secs(60);
    pub(crate) const ATTEMPT: Duration = Duration::from_secs(30);
    /// AWS's grace for a stalled stream.
    pub(crate) const IDLE: Duration = Duration::from_secs(20);
    #[cfg(any(feature = "reqwest", feature = "hyper"))]
    pub(crate) const CONNECT: Duration = Duration::from_secs(5);
    /// A buffered body.
    pub(crate) const BODY: usize = 64 << 20;
    /// AWS's standard mode 2.1.
    pub(crate) const ATTEMPTS: u32 = 3;
    pub(crate) const RETRY_CAP: Duration = Duration::from_secs(20);
    /// That of `OpenAI`'s SDKs.
    pub(crate) const MAX_RETRY_AFTER: Duration = Duration::from_secs(120);
}

/// What all clones of a client and all traits on it share.
pub(crate) struct Core {
    pub(crate) transport: Arc<dyn Transport>,
    pub(crate) clock: Arc<dyn Clock>,
    pub(crate) random: Arc<dyn Random>,
    /// The builder's own, which win over a trait's.
    pub(crate) base_urls: Vec<String>,
    pub(crate) user_agent: Option<HeaderValue>,
    pub(crate) headers: Vec<(HeaderName, HeaderValue)>,
    /// What files and variables say about limits, below what the builder says: it may change while calls are made.
    pub(crate) levels: ArcSwap<Levels>,
    /// What a later configuration is compared with.
    #[cfg(feature = "config")]
    pub(crate) known: Option<Box<dyn Any + Send + Sync>>,
    /// Values for headers and queries that name them.
    pub(crate) held: Held,
    /// Beside those of a trait.
    pub(crate) allow_origins: Vec<String>,
    /// The same.
    pub(crate) safe: Safe,
    pub(crate) addresses: Addresses,
    /// Whether answers are asked for packed, and unpacked.
    pub(crate) decompress: bool,
    /// The builder's own, in the place of the standard rules.
    pub(crate) retry_policy: Option<Arc<dyn RetryPolicy>>,
    pub(crate) budgets: Budgets,
    pub(crate) keeper: Keeper,
    pub(crate) keys: Keys,
    /// Of several base URLs, which one a call goes to.
    pub(crate) bases: Bases,
    pub(crate) hooks: Arc<Hooks>,
    #[cfg(feature = "stats")]
    pub(crate) stats: crate::stats::Stats,
    /// How many of its calls were watched.
    pub(crate) calls: AtomicU64,
}

/// A core as one trait sees it: where it goes, with which headers, by which rules.
pub(crate) struct Bound {
    pub(crate) core: Arc<Core>,
    /// Or why there is none: said by `build()`, and else by each call.
    pub(crate) base: Result<Base, String>,
    /// That of the base URL's origin.
    pub(crate) budget: Option<Arc<Budget>>,
    /// What calls to the base URL have to pass, as far as builder and trait say something.
    pub(crate) ready_guards: Option<Box<Ready>>,
    /// Credentials, in the order in which the trait declares them.
    pub(crate) keyring: Vec<Keyring>,
    /// A header that stands empty in `ready`, for credentials to fill it.
    pub(crate) place: Option<HeaderName>,
    /// Nothing stands before or beside a request, as far as builder and trait say.
    pub(crate) is_plain: bool,
    /// Whose words those are.
    pub(crate) words: Words,
    /// The how many-th base URL of the client it is.
    pub(crate) base_number: usize,
    /// The same client with its other base URLs.
    pub(crate) others: Vec<Bound>,
    /// Defaults, trait and builder.
    pub(crate) headers: HeaderMap,
    /// The same with what the transport adds, in one ready map: an attempt clones it, which is cheaper than inserting again.
    pub(crate) ready: HeaderMap,
    /// Whether `Host` is in that.
    pub(crate) adds_host: bool,
    /// Whether [`ROOM`] is.
    pub(crate) has_room: bool,
    /// The same for origins that are not the base URL's: nothing of the builder, nothing that is secret.
    pub(crate) abroad: HeaderMap,
    /// The codings that are asked for, where nobody says another thing.
    pub(crate) accepts: Option<HeaderValue>,
    /// The builder's over the trait's.
    pub(crate) policies: Policies,
    /// What follows from that for most calls.
    pub(crate) usual: Usual,
    /// For methods of which files or variables say something.
    #[cfg(feature = "config")]
    pub(crate) of_methods: Option<Box<levels::OfMethods>>,
    /// The trait.
    pub(crate) api: Option<&'static Api>,
    /// Which [`Levels`] it was made of.
    #[cfg(feature = "config")]
    pub(crate) number: u64,
    /// The same of later levels.
    #[cfg(feature = "config")]
    pub(crate) renewed: arc_swap::ArcSwapOption<Bound>,
    /// What may be printed; none where nothing was named.
    pub(crate) safe: Option<Arc<Safe>>,
}

impl Bound {
    /// What the calls of this client stand on.
    pub(crate) fn ground(&self) -> Ground<'_> {
        Ground { base: self.base.as_ref().ok(), held: &self.core.held }
    }

    /// What is said about this method.
    #[cfg_attr(
        not(feature = "config"),
        expect(clippy::unused_self, reason = "its twin with the feature needs it")
    )]
    #[inline]
    fn of_method(&self, endpoint: Option<&'static Endpoint>) -> Option<&Policies> {
        #[cfg(feature = "config")]
        if let (Some(all), Some(endpoint)) = (self.of_methods.as_deref(), endpoint) {
            if let Some(policies) = all.of(endpoint) {
                return Some(policies);
            }
        }
        endpoint.map(Endpoint::policies)
    }

    /// Whether this is the origin of the base URL.
    fn is_own(&self, origin: &Arc<Origin>) -> bool {
        self.base.as_ref().is_ok_and(|base| base.origin == *origin)
    }

    fn base(&self) -> Result<&Base, Error> {
        self.base.as_ref().map_err(|e| Error::new(ErrorKind::Config, e.clone()))
    }
}

/// Runs a call to its end. On the way out every answer and every error learns where and when it happened.
pub(crate) async fn execute(
    bound: &Bound,
    recipe: &mut Recipe,
    watching: &mut Option<Watched>,
    // Written where it is read: each time that an answer is moved costs.
    outcome: &mut Option<Result<Answer, Error>>,
) {
    let clock = &*bound.core.clock;
    let started = watching.as_ref().map_or_else(|| clock.now(), |watched| watched.started);
    let tried = Tried::new(bound, 1, watching.as_ref());
    let mut run = Run { bound, started, attempts: 0, progress: None, tried, paid: 1 };
    let result = run.call(recipe).await;
    let (attempts, elapsed) = (run.attempts, clock.now().saturating_duration_since(run.started));
    let (tried_bound, hop) = (run.tried.bound, run.tried.hop);
    let (origin, target) = match hop {
        None => {
            let origin = tried_bound.base.as_ref().ok().map(|base| origin(base, recipe).clone());
            (origin, std::mem::take(&mut recipe.writing.target))
        }
        Some(hop) => (Some(hop.origin), hop.target),
    };
    let place = Some(recipe.take_place());
    let context = Context { place, origin, target, attempts, elapsed, safe: bound.safe.clone() };
    *outcome = Some(match result {
        Ok((reply, nothing)) => {
            let absent = nothing.map(|refusal| Box::new(Absent::new(refusal.of(context.clone()))));
            Ok(Answer { reply, context, absent, kept: false })
        }
        Err(e) => {
            let e = e.of(context);
            if let Some(watched) = watching.take() {
                watched.over(e.context(), &recipe.extensions, End::Failed(&e));
            }
            Err(e)
        }
    });
}

/// A success, and for one that stands for nothing (`#[none_on]`) the error that it would be otherwise.
type Answered = (Reply, Option<Error>);

/// One call under way.
struct Run<'a> {
    bound: &'a Bound,
    started: Instant,
    attempts: u32,
    /// The furthest that any attempt came which has failed.
    progress: Option<Progress>,
    /// The attempt that counts.
    tried: Tried<'a>,
    /// What a success gives back to the budget: what the last try cost, or one for the first.
    paid: u32,
}

/// One attempt.
struct Tried<'a> {
    /// The client with the base URL that it goes to.
    bound: &'a Bound,
    number: u32,
    /// Where a redirect has led.
    hop: Option<Box<Hop>>,
    /// It was given to the transport.
    is_sent: bool,
    /// Its credentials were refused once, and it was sent again with others.
    is_replayed: bool,
    /// When it was sent again, elsewhere or with other credentials.
    again_at: Option<Instant>,
    /// Who wants to know.
    watched: Option<&'a Watched>,
    /// How many requests of the call were before it.
    sends: u32,
}

/// What follows on an attempt that failed.
enum Next {
    Again(Duration, Error),
    Fail(Error),
    FailAfter(Duration, Error),
}

impl<'b> Run<'b> {
    // Here and below: an `async fn` keeps each of its arguments twice, and this future is moved into a box.
    #[expect(clippy::manual_async_fn, reason = "a smaller future")]
    fn call<'a>(
        &'a mut self,
        recipe: &'a mut Recipe,
    ) -> impl Future<Output = Result<Answered, Error>> + Send + use<'a, 'b> {
        async move {
            self.bound.base()?;
            let clock = &*self.bound.core.clock;
            if let Some(problem) = recipe.problem.take() {
                return Err(problem);
            }
            let times = usual::times(self.bound, recipe);
            if times.total.min(times.attempt).is_zero() {
                return Err(Error::new(ErrorKind::Timeout, "the time limit is zero: nothing was sent"));
            }
            recipe.writing.seal();
            if let Some(key) = key(self.bound, recipe) {
                add_key(self.bound, recipe, key);
                if let Some(problem) = recipe.problem.take() {
                    return Err(problem);
                }
            }
            let mut started = self.started;
            let mut limit = later(started, times.total.min(times.attempt));
            let mut failed: Option<Error> = None;
            loop {
                // An answer is large: it is moved once, and not to the end of both branches.
                let error = if self.is_plain(recipe) {
                    match self.tried.attempt(recipe, times, started, limit).await {
                        Ok(answered) => {
                            self.good(recipe);
                            return Ok(answered);
                        }
                        Err(error) => error,
                    }
                } else {
                    match self.guarded(recipe, times, (started, limit)).await {
                        Ok(answered) => {
                            self.good(recipe);
                            return Ok(answered);
                        }
                        Err(error) => error,
                    }
                };
                self.attempts += u32::from(self.tried.is_sent);
                if let Some(note) = guards::held_back(&error) {
                    return Err(failed.map_or(error, |failed| failed.with_note(note)));
                }
                let due = later(self.started, times.total);
                match self.next(recipe, error, due) {
                    Next::Again(wait, error) => {
                        if let Some(watched) = self.tried.watched {
                            watched.retry(recipe, self.attempts, wait, &error);
                        }
                        failed = Some(error);
                        clock.sleep(wait).await;
                    }
                    Next::Fail(error) => return Err(error),
                    Next::FailAfter(wait, error) => {
                        clock.sleep(wait).await;
                        return Err(error);
                    }
                }
                started = clock.now();
                limit = later(started, times.attempt).min(due);
                self.tried.number = self.attempts + 1;
                self.tried.hop = None;
                self.tried.again_at = None;
                self.tried.is_sent = false;
            }
        }
    }

    /// What a success gives back.
    fn good(&mut self, recipe: &Recipe) {
        self.attempts += 1;
        let bound = self.tried.bound;
        match (&bound.budget, &bound.base) {
            (Some(budget), _) if recipe.origin.is_none() => budget.give(self.paid),
            (_, Ok(base)) => bound.core.budgets.of(origin(base, recipe)).give(self.paid),
            _ => {}
        }
    }

    /// Whether there is another try, and when.
    #[cold]
    fn next(&mut self, recipe: &Recipe, error: Error, due: Instant) -> Next {
        let base = match self.tried.bound.base() {
            Ok(base) => base,
            Err(error) => return Next::Fail(error),
        };
        if self.tried.hop.is_some() {
            // A redirect was an answer.
            self.progress = Some(Progress::Answered);
        }
        self.progress = self.progress.max(error.progress());
        let error = match self.progress {
            Some(progress) => error.with_progress(progress).at(recipe.place()),
            // Nothing was sent, and nothing would be the next time.
            None => return Next::Fail(error),
        };
        if is_of_body(&error) || is_of_certificate(&error) {
            return Next::Fail(error);
        }
        let said = retry(self.bound, recipe);
        let rules = Rules {
            attempts: said.attempts.unwrap_or(default::ATTEMPTS),
            base: said.base,
            cap: said.cap.unwrap_or(default::RETRY_CAP),
            max_retry_after: said.max_retry_after.unwrap_or(default::MAX_RETRY_AFTER),
            on: said.on,
            should_retry: said.should_retry,
            retry_after_ms: said.retry_after_ms,
        };
        let core = &self.bound.core;
        if self.attempts >= rules.attempts {
            return Next::Fail(error);
        }
        let failed = Failed {
            error: &error,
            attempt: self.attempts,
            rules: &rules,
            endpoint: recipe.endpoint,
            is_keyed: recipe.is_keyed,
            is_limited: self.is_limited(recipe, &error),
            random: &*core.random,
        };
        let of_call = said.policy.and_then(crate::endpoint::PolicyRef::get);
        let policy = of_call.or(core.retry_policy.as_deref()).unwrap_or(&Standard);
        let Some(again) = policy.again(&failed) else {
            let is_long = error.retry_after().is_some_and(|asked| asked > rules.max_retry_after);
            return Next::Fail(if is_long {
                error.with_note("the server asks for too long a wait")
            } else {
                error
            });
        };
        let is_unsent = self.progress.is_some_and(Progress::is_unsent);
        if !is_unsent && !is_safe(recipe) && again.is_asked == Asked::No {
            return Next::Fail(error);
        }
        if !recipe.body.is_replayable() {
            return Next::Fail(error.with_note(ONCE));
        }
        let now = core.clock.now();
        if now >= due {
            return Next::Fail(error);
        }
        let mut again = again;
        if self.goes_elsewhere(recipe, &error) {
            again.after = Duration::ZERO;
        }
        if now.checked_add(again.after).is_none_or(|then| then >= due) {
            return Next::Fail(error.with_note("the wait would outlive the time limit of the call"));
        }
        if !core.budgets.of(origin(base, recipe)).take(again.cost) {
            let error = error.with_note("too much fails at this origin");
            return if again.waits_anyway { Next::FailAfter(again.after, error) } else { Next::Fail(error) };
        }
        self.paid = again.cost;
        Next::Again(again.after, error)
    }
}

impl<'b> Tried<'b> {
    #[inline]
    fn new(bound: &'b Bound, number: u32, watched: Option<&'b Watched>) -> Self {
        Tried {
            bound,
            number,
            hop: None,
            is_sent: false,
            is_replayed: false,
            again_at: None,
            watched,
            sends: 0,
        }
    }

    /// One try, with the redirects that follow from it.
    #[expect(clippy::manual_async_fn, reason = "a smaller future")]
    fn attempt<'a>(
        &'a mut self,
        recipe: &'a Recipe,
        times: Times,
        started: Instant,
        due: Instant,
    ) -> impl Future<Output = Result<Answered, Error>> + Send + use<'a, 'b> {
        async move {
            let clock = &*self.bound.core.clock;
            let base = self.bound.base()?;
            self.is_sent = true;
            loop {
                let mut trace = Trace::default();
                let watched = self.body(recipe).watched(&mut trace.upload);
                let origin = self.hop.as_ref().map_or_else(|| origin(base, recipe), |hop| &hop.origin);
                let span = self.span(recipe, origin);
                let is_hop = self.hop.is_some() || self.is_replayed;
                let given = auth::given(self.bound, self.hop.as_deref(), recipe)
                    .inspect_err(|_| self.is_sent = is_hop)?;
                let mut credentials = match (given, self.watched) {
                    (Some(given), None) => auth::standing(self.bound, given, recipe, started),
                    // A hook is not to see them.
                    _ => Sent::default(),
                };
                // In a scope of its own: an attempt is large, and would stay in this future.
                let sent = {
                    let bound = self.bound;
                    let ready = credentials.headers().unwrap_or(&bound.ready);
                    let mut attempt = build(bound, ready, recipe, (origin, &trace, started))
                        .inspect_err(|_| self.is_sent = is_hop)?;
                    attempt.number = self.number;
                    let empty = self.bound.place.as_ref();
                    if usual::has_more_to_say(bound, recipe) {
                        self.say_more(recipe, due, &mut attempt);
                    }
                    if let Some(hop) = &self.hop {
                        redirected(&mut attempt, hop);
                    }
                    if let Some(body) = &watched {
                        attempt.body = body;
                    }
                    if self.bound.core.addresses != Addresses::Any {
                        self.guard(base, &mut attempt).inspect_err(|_| self.is_sent = is_hop)?;
                    }
                    if let Some(watched) = self.watched {
                        watched.attempt(self, recipe, &mut attempt, &span);
                    }
                    #[cfg(feature = "cookies")]
                    if let Some(jar) = &self.bound.core.keys.jar {
                        jar.fill(&mut attempt, &mut credentials);
                    }
                    // They stand there already, or there are none.
                    let is_done = credentials.headers().is_some() || (given.is_none() && empty.is_none());
                    let left = match is_done {
                        true => None,
                        false => auth::at_once(given, &mut attempt, &mut credentials, empty),
                    };
                    match left {
                        None => bound.core.transport.send(attempt),
                        Some(given) => auth::send(&bound.core, given, attempt, &mut credentials, empty),
                    }
                };
                // What the limit of the attempt ends sooner need not be looked at.
                let watch = Watch { started, limit: &times.idle, body: &trace, standstill: None };
                let watch = (times.attempt > times.idle).then_some(watch);
                let sent = span.around(sent);
                self.sends += 1;
                let ended = match time::moving(clock, due, watch, sent).await {
                    Ok(Ok(reply)) => Ok(reply),
                    Ok(Err(e)) => {
                        let (error, is_unsent) = failed(e, given.is_some(), origin);
                        self.is_sent = !is_unsent || is_hop;
                        Err(error)
                    }
                    Err(late) => match trace.take_head() {
                        // The server has answered: what it said counts more than how slowly it says the rest.
                        Some((status, headers)) => Ok(Reply::from_parts(status, headers, Bytes::new())),
                        None => Err(unanswered(late, times, clock.now() < due, &trace, origin)),
                    },
                };
                if let Some(watched) = self.watched {
                    watched.attempt_end(self, recipe, (origin, &credentials, ended.as_ref()), started, &span);
                }
                let mut reply = ended?;
                self.received(recipe, origin, &trace, &mut reply);
                if redirect::is_one(reply.status) {
                    if let Some(hop) = self.follow(base, recipe, &reply)? {
                        self.hop = Some(Box::new(hop));
                        self.again_at = self.watched.map(|_| clock.now());
                        continue;
                    }
                }
                if let (Some(given), 400.., false) = (&given, reply.status.as_u16(), self.is_replayed) {
                    let target = self.hop.as_ref().map_or(&recipe.writing.target, |hop| &hop.target);
                    let core = &self.bound.core;
                    if !recipe.successes().contains(reply.status)
                        && auth::challenged(core, *given, recipe, (origin, target, &credentials), &reply, due)
                            .await?
                    {
                        if !self.body(recipe).is_replayable() {
                            let refusal = classify(self.bound, recipe, &credentials, &mut reply);
                            return Ok((reply, refusal.map_err(|e| e.with_note(ONCE))?));
                        }
                        self.is_replayed = true;
                        self.again_at = self.watched.map(|_| clock.now());
                        continue;
                    }
                }
                let nothing = classify(self.bound, recipe, &credentials, &mut reply)?;
                return Ok((reply, nothing));
            }
        }
    }

    /// Around one request.
    #[inline]
    fn span(&self, recipe: &Recipe, origin: &Origin) -> AttemptSpan {
        match self.watched {
            None => AttemptSpan::none(),
            Some(watched) => {
                let method = self.hop.as_ref().map_or(&recipe.method, |hop| &hop.method);
                let length = self.body(recipe).length();
                AttemptSpan::new(method, &recipe.template, origin, self.sends, length, watched.span())
            }
        }
    }

    /// What is done with every answer, whatever it says.
    #[cfg_attr(not(feature = "cookies"), expect(unused_variables, clippy::unused_self))]
    #[inline]
    fn received(&self, recipe: &Recipe, origin: &Origin, trace: &Trace, reply: &mut Reply) {
        if trace.is_unpacked() {
            // RFC 9110, section 8.4: they are of the body as it was sent.
            reply.headers.remove(CONTENT_ENCODING);
            reply.headers.remove(CONTENT_LENGTH);
        }
        #[cfg(feature = "cookies")]
        if let Some(jar) = &self.bound.core.keys.jar {
            let target = self.hop.as_ref().map_or(&recipe.writing.target, |hop| &hop.target);
            jar.keep(origin, target, &reply.headers);
        }
    }

    /// Headers that say the how many-th try it is, and how much time it has.
    #[cold]
    fn say_more(&self, recipe: &Recipe, due: Instant, attempt: &mut Attempt<'_>) {
        let number = first(self.bound, recipe, |p| p.retry?.attempt_header);
        let time = first(self.bound, recipe, |p| p.timeout.forward);
        let left = due.saturating_duration_since(self.bound.core.clock.now());
        let said = [(number, u128::from(self.number)), (time, left.as_millis())];
        for (name, value) in said {
            if let Some(name) = name.and_then(|name| HeaderName::from_bytes(name.as_bytes()).ok()) {
                let value = HeaderValue::from(u64::try_from(value).unwrap_or(u64::MAX));
                attempt.headers.insert(name, value);
            }
        }
    }

    /// Where a redirect leads, if it is to be followed.
    #[cold]
    fn follow(&self, base: &Base, recipe: &Recipe, reply: &Reply) -> Result<Option<Hop>, Error> {
        let limits = redirect::Limits {
            most: first(self.bound, recipe, |p| p.redirects.most).unwrap_or(redirect::Limits::MOST),
            same_origin: first(self.bound, recipe, |p| p.redirects.same_origin).unwrap_or_default(),
        };
        if limits.most == 0 || recipe.successes().contains(reply.status) {
            return Ok(None);
        }
        redirect::next(limits, recipe, origin(base, recipe), self.hop.as_deref(), reply)
    }

    /// Holds an attempt to public addresses.
    #[cold]
    fn guard(&self, base: &Base, attempt: &mut Attempt<'_>) -> Result<(), Error> {
        attempt.is_public_only = match self.bound.core.addresses {
            Addresses::Any => false,
            Addresses::PublicElsewhere => *attempt.origin != base.origin,
            Addresses::Public => true,
        };
        if !attempt.is_public_only {
            return Ok(());
        }
        let refused = |e| failure(TransportError::new(TransportErrorKind::Request, e), attempt.origin);
        address::check_literal(attempt.origin.host()).map_err(refused)
    }

    /// What is sent now: the call's own body, or what a redirect has made of it.
    fn body<'a>(&'a self, recipe: &'a Recipe) -> &'a Body {
        self.hop.as_ref().and_then(|hop| hop.body.as_ref()).unwrap_or(&recipe.body)
    }
}

const ONCE: &str = "its body can be sent only once";

/// An attempt that has failed; whether it was not sent, for want of credentials.
#[cold]
fn failed(error: TransportError, has_credentials: bool, origin: &Origin) -> (Error, bool) {
    match if has_credentials { auth::is_failed(error) } else { Err(error) } {
        Ok(error) => (error, true),
        Err(error) => (failure(error, origin), false),
    }
}

/// An attempt without an answer.
#[cold]
fn unanswered(late: Late, times: Times, is_early: bool, trace: &Trace, origin: &Origin) -> Error {
    let progress = trace.progress();
    let error = match late {
        Late::Still => stands_still(times, origin, progress),
        Late::Due if is_early => no_timer(),
        Late::Due => too_late(times, origin),
    };
    error.with_progress(progress)
}

/// What the caller's body says is not about the server, and it would say it again.
fn is_of_body(error: &Error) -> bool {
    let first = std::error::Error::source(error);
    std::iter::successors(first, |e| e.source()).any(<dyn std::error::Error>::is::<BodyFailed>)
}

/// A certificate that is not trusted is not trusted the next time either, and whoever stands in between sees no more of it.
fn is_of_certificate(error: &Error) -> bool {
    let first = std::error::Error::source(error).filter(|_| error.kind() == ErrorKind::Connect);
    std::iter::successors(first, |e| e.source())
        .any(|e| e.to_string().to_ascii_lowercase().contains("certificate"))
}

/// The request of a hop in the place of the call's own.
#[cold]
fn redirected<'a>(attempt: &mut Attempt<'a>, hop: &'a Hop) {
    attempt.method = &hop.method;
    attempt.target = &hop.target;
    attempt.body = hop.body.as_ref().unwrap_or(attempt.body);
    attempt.prefix = if hop.is_foreign { "" } else { attempt.prefix };
    attempt.is_ready &= !hop.is_foreign;
    attempt.headers = hop.headers(std::mem::take(&mut attempt.headers));
}

/// Whether sending it twice does what sending it once does.
fn is_safe(recipe: &Recipe) -> bool {
    // RFC 9110, section 9.2.2, and the draft of `QUERY`.
    const IDEMPOTENT: [&str; 7] = ["GET", "HEAD", "OPTIONS", "TRACE", "PUT", "DELETE", "QUERY"];
    recipe.is_keyed
        || IDEMPOTENT.contains(&recipe.method.as_str())
        || recipe.endpoint.is_some_and(|endpoint| endpoint.policies.idempotent)
}

/// Key by key: call, method, builder, trait.
fn retry(bound: &Bound, recipe: &Recipe) -> Retry {
    let method = bound.of_method(recipe.endpoint);
    let levels = [recipe.policies.as_deref(), method, Some(&bound.policies)];
    levels.into_iter().flatten().filter_map(|p| p.retry).fold(Retry::new(), Retry::over)
}

/// By which header a call says that it is the same one, if it does.
fn key(bound: &Bound, recipe: &Recipe) -> Option<IdempotencyKey> {
    let said = usual::key(bound, recipe);
    // Where nobody has said it: the draft's own name (draft-ietf-httpapi-idempotency-key-header).
    said.or_else(|| {
        (recipe.wants_key || recipe.key.is_some()).then(|| IdempotencyKey::new("idempotency-key"))
    })
}

/// One key per call, which each of its tries repeats: the caller's, or one that nobody else has.
#[cold]
fn add_key(bound: &Bound, recipe: &mut Recipe, key: IdempotencyKey) {
    recipe.is_keyed = true;
    if recipe.writing.headers.iter().any(|(name, _)| name.as_str() == key.header) {
        return;
    }
    let text = recipe.key.take().unwrap_or_else(|| uuid(&*bound.core.random));
    match key.quoted {
        false => recipe.header_text(key.header, text.as_bytes()),
        true => {
            let quoted = format!("\"{}\"", text.replace('\\', "\\\\").replace('"', "\\\""));
            recipe.header_text(key.header, quoted.as_bytes());
        }
    }
}

/// RFC 9562, section 5.4: version 4.
fn uuid(random: &dyn Random) -> String {
    let bits = (u128::from(random.next_u64()) << 64) | u128::from(random.next_u64());
    let bits = bits & !(0xF << 76) & !(0x3 << 62) | (0x4 << 76) | (0x2 << 62);
    let hex = format!("{bits:032x}");
    format!("{}-{}-{}-{}-{}", &hex[..8], &hex[8..12], &hex[12..16], &hex[16..20], &hex[20..])
}

/// Call, method, builder, trait: the first level that says something.
fn first<T>(bound: &Bound, recipe: &Recipe, pick: impl Fn(&Policies) -> Option<T>) -> Option<T> {
    let method = bound.of_method(recipe.endpoint);
    if recipe.policies.is_none() && method.is_none_or(|method| method.is_silent) {
        return pick(&bound.policies);
    }
    let levels = [recipe.policies.as_deref(), method, Some(&bound.policies)];
    levels.into_iter().flatten().find_map(pick)
}

/// A limit of a thousand years is none.
fn later(from: Instant, by: Duration) -> Instant {
    const FAR: Duration = Duration::from_secs(100 * 365 * 24 * 3600);
    from.checked_add(by.min(FAR)).unwrap_or(from)
}

/// Where an attempt goes, what is known of its way, and since when.
type At<'a> = (&'a Arc<Origin>, &'a Trace, Instant);

/// An attempt as it is sent. It is built anew for each try, so that nothing has to be "cloneable".
fn build<'a>(
    bound: &'a Bound,
    ready: &HeaderMap,
    recipe: &'a Recipe,
    (origin, trace, started): At<'a>,
) -> Result<Attempt<'a>, Error> {
    check_length(&recipe.writing.target)?;
    let body = usual::max_body(bound, recipe);
    Ok(Attempt {
        method: &recipe.method,
        endpoint: recipe.endpoint,
        origin,
        prefix: bound.base.as_ref().map_or("", |base| &base.prefix),
        target: &recipe.writing.target,
        headers: headers_over(bound, ready, recipe)?,
        body: &recipe.body,
        extensions: &recipe.extensions,
        limits: BodyLimits {
            body,
            error_body: KEPT.min(body),
            successes: recipe.successes(),
            unpacks: bound.core.decompress,
        },
        trace,
        clock: &bound.core.clock,
        started,
        is_ready: bound.adds_host && recipe.origin.is_none(),
        is_public_only: false,
        number: 1,
    })
}

/// What an `http::Uri` can hold, and no server reads as much.
fn check_length(target: &[u8]) -> Result<(), Error> {
    const LONGEST: usize = 65_534;
    match target.len() {
        0..=LONGEST => Ok(()),
        length => {
            let message = format!("path and query are {length} bytes long; at most {LONGEST} can be sent");
            Err(Error::new(ErrorKind::Argument, message))
        }
    }
}

/// Where a call goes: to the base URL, or where the trait lets its URL lead.
fn origin<'a>(base: &'a Base, recipe: &'a Recipe) -> &'a Arc<Origin> {
    recipe.origin.as_ref().unwrap_or(&base.origin)
}

/// All that users say, and nothing of the transport.
fn headers(bound: &Bound, recipe: &Recipe) -> Result<HeaderMap, Error> {
    headers_over(bound, &bound.headers, recipe)
}

/// A header of a higher level replaces those of its name below it.
fn headers_over(bound: &Bound, own: &HeaderMap, recipe: &Recipe) -> Result<HeaderMap, Error> {
    let abroad = recipe.origin.as_ref().is_some_and(|other| !bound.is_own(other));
    let ready = if abroad { &bound.abroad } else { own };
    let mut headers = if bound.has_room { roomy(ready) } else { ready.clone() };
    overlay(&mut headers, recipe.endpoint.map_or(&[], |e| e.headers));
    let mut last = None;
    for (name, value) in &recipe.writing.headers {
        match last.replace(name) == Some(name) {
            true => drop(headers.append(name, value.clone())),
            false => drop(headers.insert(name, value.clone())),
        }
    }
    let is_tuned =
        recipe.endpoint.is_some_and(|e| !e.headers.is_empty()) || !recipe.writing.headers.is_empty();
    if is_tuned && headers.contains_key(RANGE) && headers.get(ACCEPT_ENCODING) == bound.accepts.as_ref() {
        // The range would be one of the packed body.
        headers.remove(ACCEPT_ENCODING);
    }
    match &recipe.content_type {
        Some(_)
            if recipe.is_multipart && recipe.writing.headers.iter().any(|(name, _)| name == CONTENT_TYPE) =>
        {
            let message = "the `Content-Type` of a multipart body has its boundary: no other can be set";
            return Err(Error::new(ErrorKind::Argument, message));
        }
        Some(content_type) if recipe.is_multipart => drop(headers.insert(CONTENT_TYPE, content_type.clone())),
        Some(content_type) => drop(headers.entry(CONTENT_TYPE).or_insert_with(|| content_type.clone())),
        None => {}
    }
    if !recipe.writing.cookies.is_empty() {
        add_cookies(&mut headers, &recipe.writing.cookies)?;
    }
    Ok(headers)
}

/// What stands in a ready map of [`Bound`] so that its copies have room: hyper puts the headers of the answer into the map of the
/// request, and a copy without room would have to grow for them. Nobody's request has these.
pub(crate) const ROOM: [HeaderName; 2] = [header::PUBLIC_KEY_PINS, header::PUBLIC_KEY_PINS_REPORT_ONLY];

/// A copy with room for a few more. To insert each header anew would cost twice as much.
fn roomy(ready: &HeaderMap) -> HeaderMap {
    let mut headers = ready.clone();
    // The last one first: nothing has to be moved.
    for name in ROOM.iter().rev() {
        headers.remove(name);
    }
    headers
}

/// RFC 6265, section 5.4: one `Cookie` header for all of them.
fn add_cookies(headers: &mut HeaderMap, cookies: &[u8]) -> Result<(), Error> {
    let mut all = Vec::new();
    for declared in headers.get_all(COOKIE) {
        all.extend_from_slice(declared.as_bytes());
        all.extend_from_slice(b"; ");
    }
    all.extend_from_slice(cookies);
    let mut value = HeaderValue::from_bytes(&all)
        .map_err(|_| Error::new(ErrorKind::Argument, "the name of a cookie holds what no header can"))?;
    value.set_sensitive(true);
    headers.insert(COOKIE, value);
    Ok(())
}

/// Sets or removes each.
pub(crate) fn overlay(headers: &mut HeaderMap, over: &[StaticHeader]) {
    for (name, value) in over {
        match value {
            Some(value) => {
                let mut value = value.clone();
                if is_secret(name) {
                    value.set_sensitive(true);
                }
                headers.insert(name, value)
            }
            None => headers.remove(name),
        };
    }
}

/// The request of a call, without sending it.
pub(crate) fn prepare(bound: &Bound, recipe: &mut Recipe) -> Result<Prepared, Error> {
    let prepared = bound.base().and_then(|base| match recipe.problem.take() {
        Some(problem) => Err(problem),
        None => {
            check_length(recipe.writing.seal())?;
            let url = uri(origin(base, recipe), &recipe.writing.target)
                .ok_or_else(|| Error::new(ErrorKind::Argument, "path and query make no URL"))?;
            let headers = headers(bound, recipe)?;
            let safe = bound.safe.clone();
            Ok(Prepared { method: recipe.method.clone(), url, headers, body: recipe.body.clone(), safe })
        }
    });
    prepared.map_err(|e| e.at(recipe.place()))
}

/// What an answer is to its endpoint: a success, an error, or nothing (`#[none_on]`), with the error for types that cannot be.
fn classify(bound: &Bound, recipe: &Recipe, sent: &Sent, reply: &mut Reply) -> Result<Option<Error>, Error> {
    if recipe.successes().contains(reply.status) {
        return match says_failed(recipe.endpoint, reply) {
            false => Ok(None),
            true => Err(refusal(bound, recipe, sent, ErrorKind::ErrorBody, reply)),
        };
    }
    let kind = if reply.status.is_redirection() { ErrorKind::Redirect } else { ErrorKind::Status };
    let absent = recipe.endpoint.and_then(Endpoint::absences).is_some_and(|set| set.contains(reply.status));
    let (status, headers) = (reply.status, absent.then(|| reply.headers.clone()));
    let refusal = refusal(bound, recipe, sent, kind, reply);
    let Some(headers) = headers else { return Err(refusal) };
    *reply = Reply::from_parts(status, headers, Bytes::new());
    Ok(Some(refusal))
}

/// An answer that is no success, with what the server says about it.
#[cold]
fn refusal(bound: &Bound, recipe: &Recipe, sent: &Sent, kind: ErrorKind, reply: &mut Reply) -> Error {
    let message: Cow<'static, str> = match (kind, reply.status) {
        (ErrorKind::ErrorBody, _) => "but the body says that it failed".into(),
        (_, StatusCode::NOT_MODIFIED) => "and nothing is cached here".into(),
        (ErrorKind::Redirect, status)
            if redirect::is_one(status) && !reply.headers.contains_key(LOCATION) =>
        {
            "and it does not say where to".into()
        }
        (ErrorKind::Redirect, status) if redirect::is_one(status) => "and redirects are not followed".into(),
        (ErrorKind::Redirect, _) => "".into(),
        (_, status) if status.is_success() => {
            format!("and only {} is a success here", recipe.successes()).into()
        }
        _ => "".into(),
    };
    let safe = bound.safe.as_deref();
    let echo =
        LazyCell::new(|| Echo::new(&headers(bound, recipe).unwrap_or_default(), recipe, sent.all(), safe));
    let clean = |text: &str| blot(&echo.hide(text), &|word| echo.knows(word)).into_owned();
    // The page behind a redirect says that it is one.
    let said = match kind {
        ErrorKind::Redirect => Said::default(),
        _ => said(recipe.endpoint, reply, safe, &clean),
    };
    Error::new(kind, message).with_reply(std::mem::take(reply)).with_said(said)
}

/// The clock could not wait.
fn no_timer() -> Error {
    Error::new(
        ErrorKind::Config,
        "nothing here can keep a time limit: a call needs a running Tokio runtime that was built with `enable_time`",
    )
}

fn failure(error: TransportError, origin: &Origin) -> Error {
    let (kind, what) = match error.kind {
        TransportErrorKind::Connect => (ErrorKind::Connect, "no connection to"),
        TransportErrorKind::Timeout => (ErrorKind::Timeout, "the transport gave up waiting for"),
        TransportErrorKind::TooLarge => (ErrorKind::TooLarge, "too long an answer from"),
        TransportErrorKind::Request => (ErrorKind::Config, "nothing was sent to"),
        TransportErrorKind::Broken => (ErrorKind::Transport, "a broken connection to"),
        TransportErrorKind::Encoding => (ErrorKind::Decode, "an unreadable answer from"),
    };
    let why = reason(&*error.source);
    let progress = error.progress();
    Error::new(kind, format!("{what} {origin} ({why})")).with_source(error.source).with_progress(progress)
}

/// In few words, for those who print the line without its causes: our own, or those of the deepest cause.
fn reason(error: &(dyn std::error::Error + 'static)) -> Cow<'static, str> {
    let causes = || std::iter::successors(Some(error), |e| e.source());
    let last = || causes().last().map(ToString::to_string).unwrap_or_default();
    known_reason(error).map_or_else(|| last().into(), Cow::Borrowed)
}

fn known_reason(error: &(dyn std::error::Error + 'static)) -> Option<&'static str> {
    // What the caller's body says is not about this connection.
    let all = || std::iter::successors(Some(error), |e| e.source());
    let causes = || all().take_while(|cause| !cause.is::<BodyFailed>());
    let io = causes().filter_map(|e| e.downcast_ref::<io::Error>()).last().map(io::Error::kind);
    let says = |what: &str| causes().any(|e| e.to_string().contains(what));
    match io {
        Some(io::ErrorKind::ConnectionRefused) => Some("it was refused"),
        Some(io::ErrorKind::ConnectionReset | io::ErrorKind::BrokenPipe) => Some("it was reset"),
        Some(io::ErrorKind::HostUnreachable | io::ErrorKind::NetworkUnreachable) => Some("no route to it"),
        Some(io::ErrorKind::TimedOut) => Some("too slow"),
        Some(io::ErrorKind::UnexpectedEof) => Some("it ended too early"),
        _ if says("connection closed before message completed") => {
            Some("it was closed before the answer was whole")
        }
        _ if says("connection error received: not a result of an error") => {
            Some("the server is shutting it down")
        }
        _ if says("stream error received: refused stream") => Some("the server refused the request unseen"),
        // It was found, and left out.
        _ if causes().any(<dyn std::error::Error>::is::<NotPublic>) => None,
        _ if says("dns error") => Some("its name is not known"),
        _ if says("certificate") => Some("its certificate is not trusted"),
        _ => None,
    }
}

#[cold]
fn stands_still(times: Times, origin: &Origin, progress: Progress) -> Error {
    let message = match progress {
        Progress::Answered => {
            format!("the answer of {origin} stands still: less than a byte a second for {:?}", times.idle)
        }
        _ => format!("{origin} takes no more of the body: less than a byte a second for {:?}", times.idle),
    };
    Error::new(ErrorKind::Timeout, message)
}

fn too_late(times: Times, origin: &Origin) -> Error {
    let message = match times.attempt < times.total {
        true => format!("no answer from {origin} within {:?}, the limit of an attempt", times.attempt),
        false => format!("no answer from {origin} within {:?}, the limit of the call", times.total),
    };
    Error::new(ErrorKind::Timeout, message)
}
