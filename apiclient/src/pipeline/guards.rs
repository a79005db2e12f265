//! What stands before an attempt, and what stands beside it: limits and breakers, a second request, other base URLs.

use super::{
    Answered, Bound, Core, Error, ErrorKind, Run, Times, Tried, first, is_of_body, is_safe, later, origin,
};
use crate::{
    endpoint::{Breaker, Concurrency, HedgeAfter, Heeds, Per, Policies, RateLimit, RateLimitDialect},
    limit::{Ended, Guards, Name, Pass, Places, Quotas, Refused, Route, Whose},
    origin::Origin,
    random::Random,
    request::{Probe, Recipe},
    time::{BoxFuture, Clock},
};
use http::StatusCode;
use std::{
    future::poll_fn,
    pin::pin,
    sync::{
        Arc,
        atomic::{AtomicU64, Ordering},
    },
    task::Poll,
    time::{Duration, Instant},
};

/// What builder and trait say about the calls to one base URL, looked up once.
pub(crate) struct Ready {
    quota: Option<Quotas>,
    places: Option<Places>,
    breaker: Option<Arc<crate::limit::Circuit>>,
    route: Option<Route>,
}

/// Whose word it is: the builder's, which all traits of a client share, or the trait's.
#[derive(Clone, Copy)]
pub(crate) struct Words {
    pub(crate) rate_limit: Whose,
    pub(crate) concurrency: Whose,
    pub(crate) breaker: Whose,
}

impl Words {
    pub(crate) fn new(of_builder: &Policies, of_trait: Option<&'static crate::endpoint::Api>) -> Self {
        let trait_or_client = of_trait.map_or(Whose::Client, Whose::Trait);
        let whose = |is_said: bool| if is_said { Whose::Client } else { trait_or_client };
        Words {
            rate_limit: whose(of_builder.rate_limit.is_some()),
            concurrency: whose(of_builder.concurrency.is_some()),
            breaker: whose(of_builder.breaker.is_some()),
        }
    }
}

impl Ready {
    /// None where nothing is said.
    pub(crate) fn new(
        core: &Core,
        words: Words,
        policies: &Policies,
        at: Option<&Arc<Origin>>,
    ) -> Option<Box<Self>> {
        if !policies.guards() {
            return None;
        }
        let clock = &*core.clock;
        let limit = policies.rate_limit;
        let (keeper, breaker) = (&core.keeper, policies.breaker.filter(|said| !said.is_off));
        Some(Box::new(Ready {
            quota: limit
                .filter(|said| !said.is_keyed)
                .and_then(|said| keeper.quota(Name::new(words.rate_limit), said, clock)),
            places: policies.concurrency.zip(at).map(|(said, at)| Places {
                slots: keeper.slots(Name::at(words.concurrency, at), said, clock),
                waits: said.waits,
            }),
            breaker: breaker
                .filter(|said| said.per.unwrap_or_default() == Per::Origin)
                .zip(at)
                .map(|(said, at)| keeper.circuit(Name::at(words.breaker, at), said, clock)),
            route: limit
                .zip(at)
                .and_then(|(said, at)| keeper.route(Name::at(Whose::Client, at), None, said, clock)),
        }))
    }
}

impl<'b> Run<'b> {
    /// Nothing stands before or beside this attempt: the common case, which should cost nothing.
    #[inline]
    pub(super) fn is_plain(&self, recipe: &Recipe) -> bool {
        let is_silent =
            |policies: &Policies| policies.is_silent || !(policies.guards() || policies.hedge.is_some());
        let is_plain = self.bound.is_plain
            && recipe.policies.as_deref().is_none_or(is_silent)
            && self.bound.of_method(recipe.endpoint).is_none_or(is_silent);
        is_plain || recipe.extensions.get::<Probe>().is_some()
    }

    /// What this attempt has to pass; none where no level says something.
    fn guards(&self, recipe: &Recipe) -> Option<Guards> {
        let bound = self.tried.bound;
        let method = bound.of_method(recipe.endpoint).filter(|policies| policies.guards());
        let call = recipe.policies.as_deref().filter(|policies| policies.guards());
        if bound.ready_guards.is_none() && method.is_none() && call.is_none() {
            return None;
        }
        self.look_up(recipe, method, call)
    }

    fn look_up(&self, recipe: &Recipe, method: Option<&Policies>, call: Option<&Policies>) -> Option<Guards> {
        let bound = self.tried.bound;
        let base = bound.base.as_ref().ok()?;
        let at = origin(base, recipe);
        let (core, clock) = (&bound.core, &*bound.core.clock);
        let keys = recipe.writing.limit_keys.as_deref();
        let (key_of_trait, key_of_method) = (keys.map(|[key, _]| key), keys.map(|[_, key]| key));
        let ready = bound.ready_guards.as_deref().filter(|_| recipe.origin.is_none());
        let own = recipe.endpoint.map_or(Whose::Client, Whose::Endpoint);
        let said =
            |pick: fn(&Policies) -> Option<RateLimit>| [call, method].into_iter().flatten().find_map(pick);
        let limits = [call, method, Some(&bound.policies)].into_iter().flatten().filter_map(|p| p.rate_limit);
        let limit = limits.reduce(RateLimit::over);
        let of_bound = bound.policies.rate_limit;
        let of_trait = match key_of_trait.filter(|key| !key.is_empty()) {
            None => match ready.filter(|_| of_bound.is_some_and(|said| !said.is_keyed)) {
                Some(ready) => ready.quota.clone(),
                None => of_bound
                    .and_then(|said| core.keeper.quota(Name::new(bound.words.rate_limit), said, clock)),
            },
            key => of_bound.and_then(|said| {
                core.keeper.quota(Name::new(bound.words.rate_limit).keyed(key), said, clock)
            }),
        };
        let of_method = said(|p| p.rate_limit.filter(|limit| limit.rate.is_some()))
            .and_then(|said| core.keeper.quota(Name::new(own).keyed(key_of_method), said, clock));
        let route = match (ready, key_of_trait, call, method) {
            (Some(Ready { route, .. }), None, None, None) => {
                route.clone().map(|route| Route { endpoint: recipe.endpoint, ..route })
            }
            _ => limit.and_then(|said| {
                let name = Name::at(Whose::Client, at).keyed(key_of_trait.or(key_of_method));
                core.keeper.route(name, recipe.endpoint, said, clock)
            }),
        };
        let places = |whose, said: Concurrency| Places {
            slots: core.keeper.slots(Name::at(whose, at), said, clock),
            waits: said.waits,
        };
        let slots = [
            match ready {
                Some(ready) => ready.places.clone(),
                None => bound.policies.concurrency.map(|said| places(bound.words.concurrency, said)),
            },
            method.and_then(|p| p.concurrency).map(|said| places(own, said)),
        ];
        Some(Guards {
            circuit: self.circuit(recipe, method, ready, at),
            route,
            quotas: [of_trait, of_method],
            slots,
            cost: limit.and_then(|limit| limit.cost).unwrap_or(1),
            waits: limit.and_then(|limit| limit.waits).unwrap_or(true),
        })
    }

    fn circuit(
        &self,
        recipe: &Recipe,
        method: Option<&Policies>,
        ready: Option<&Ready>,
        at: &Arc<Origin>,
    ) -> Option<Arc<crate::limit::Circuit>> {
        let bound = self.tried.bound;
        let of_method = method.and_then(|p| p.breaker);
        let said = [of_method, bound.policies.breaker].into_iter().flatten().reduce(Breaker::over)?;
        if said.is_off {
            return None;
        }
        let own = recipe.endpoint.map(Whose::Endpoint);
        // What a method says is about itself, unless it says another thing.
        let per =
            of_method.map_or(said.per, |of_method| of_method.per.or(Some(Per::Endpoint))).unwrap_or_default();
        let whose = match (per, own) {
            (Per::Endpoint, Some(own)) => own,
            _ => match ready.and_then(|ready| ready.breaker.as_ref()).filter(|_| of_method.is_none()) {
                Some(ready) => return Some(ready.clone()),
                None => bound.words.breaker,
            },
        };
        Some(bound.core.keeper.circuit(Name::at(whose, at), said, &*bound.core.clock))
    }

    /// When a second request would be sent, if this one may be sent twice.
    fn hedge(&self, recipe: &Recipe) -> Option<HedgeAfter> {
        let hedge = first(self.bound, recipe, |p| p.hedge)?;
        hedge.after.filter(|_| is_safe(recipe) && recipe.body.is_replayable())
    }

    /// Whether the next attempt goes to another base URL than one that does not answer, or fails: then it need not wait.
    pub(super) fn goes_elsewhere(&self, recipe: &Recipe, error: &Error) -> bool {
        error.status().is_none_or(|status| status.is_server_error())
            && self.choose(recipe).base_number != self.tried.bound.base_number
    }

    /// A 403 that is GitHub's word for its limits, and no lack of permission.
    pub(super) fn is_limited(&self, recipe: &Recipe, error: &Error) -> bool {
        let is_github = || {
            first(self.bound, recipe, |p| p.rate_limit?.heeds)
                == Some(Heeds::Server(RateLimitDialect::GitHub))
        };
        error.status() == Some(StatusCode::FORBIDDEN)
            && is_github()
            && (error.retry_after().is_some() || error.rate_limits().wait().is_some())
    }

    /// An attempt with something before it or beside it. In a box, so that others need not carry it.
    #[cold]
    pub(super) fn guarded<'a>(
        &'a mut self,
        recipe: &'a Recipe,
        times: Times,
        span: (Instant, Instant),
    ) -> BoxFuture<'a, Result<Answered, Error>> {
        Box::pin(self.run_guarded(recipe, times, span))
    }

    async fn run_guarded(
        &mut self,
        recipe: &Recipe,
        times: Times,
        (mut started, mut limit): (Instant, Instant),
    ) -> Result<Answered, Error> {
        self.tried.bound = self.choose(recipe);
        let core = &self.bound.core;
        let clock = &*core.clock;
        let mut pass = None;
        if let Some(guards) = self.guards(recipe) {
            let may_wait = guards.may_wait();
            pass = match guards.try_pass(started) {
                Ok(passed) => Some(passed),
                Err(Refused::Full(..)) if may_wait => {
                    let due = later(self.started, times.total);
                    let passed = match self.guards(recipe) {
                        Some(guards) => Some(Box::pin(guards.pass(clock, due)).await.map_err(refused)?),
                        None => None,
                    };
                    let asked = std::mem::replace(&mut started, clock.now());
                    limit = later(started, times.attempt).min(due);
                    if let Some(watched) = self.tried.watched {
                        watched.wait(recipe, started.saturating_duration_since(asked));
                    }
                    passed
                }
                Err(no) => return Err(refused(no)),
            };
        }
        let result = match self.hedge(recipe) {
            None => self.tried.attempt(recipe, times, started, limit).await,
            Some(after) => {
                let guards = self.guards(recipe);
                let hedged = self.hedged(recipe, times, (started, limit), guards, after);
                let (result, other) = Box::pin(hedged).await;
                // The first one was given up, and says nothing.
                pass = other.unwrap_or(pass);
                result
            }
        };
        let ended = ended(&result);
        if let Some(pass) = pass {
            pass.end(ended, &core.keeper, clock.now());
        }
        core.bases.learn(self.tried.bound.base_number, ended, clock);
        result
    }

    /// An attempt, and a second one beside it if it is slow. Whoever gives a success first counts, or whoever fails in a way that
    /// the other would, too; the pass of the second, if that counts.
    async fn hedged(
        &mut self,
        recipe: &Recipe,
        times: Times,
        (started, limit): (Instant, Instant),
        guards: Option<Guards>,
        after: HedgeAfter,
    ) -> (Result<Answered, Error>, Option<Option<Box<Pass>>>) {
        const COST: u32 = 14;
        let (bound, number) = (self.tried.bound, self.attempts + 2);
        let core = &bound.core;
        let (clock, hedges) = (&*core.clock, &core.keeper.hedges);
        let delay = hedges.begin(recipe.endpoint, after);
        let mut second = Tried::new(bound, number, self.tried.watched);
        second.sends = self.tried.sends + 1;
        let mut other: Option<Option<Box<Pass>>> = None;
        let result = {
            let mut one = pin!(self.tried.attempt(recipe, times, started, limit));
            let mut sleep = delay.map(|delay| clock.sleep(delay));
            let early = poll_fn(|cx| match (one.as_mut().poll(cx), &mut sleep) {
                (Poll::Ready(result), _) => Poll::Ready(Some(result)),
                (Poll::Pending, Some(sleep)) => sleep.as_mut().poll(cx).map(|()| None),
                (Poll::Pending, None) => Poll::Pending,
            });
            match early.await {
                Some(result) => result,
                None => match second_pass(guards, recipe, bound, limit).await {
                    None => one.await,
                    Some(pass) => {
                        let due = later(clock.now(), times.attempt).min(later(self.started, times.total));
                        let mut two = pin!(second.attempt(recipe, times, clock.now(), due));
                        let mut failed: [Option<Result<Answered, Error>>; 2] = [None, None];
                        let (result, is_second) = poll_fn(|cx| {
                            if failed[0].is_none() {
                                if let Poll::Ready(result) = one.as_mut().poll(cx) {
                                    failed[0] = Some(result);
                                }
                            }
                            if failed[1].is_none() && !failed[0].as_ref().is_some_and(counts) {
                                if let Poll::Ready(result) = two.as_mut().poll(cx) {
                                    failed[1] = Some(result);
                                }
                            }
                            let [first, second] = &mut failed;
                            match (first.as_ref().map(counts), second.as_ref().map(counts)) {
                                (Some(true), _) | (Some(false), Some(false)) => {
                                    first.take().map_or(Poll::Pending, |result| Poll::Ready((result, false)))
                                }
                                (_, Some(true)) => {
                                    second.take().map_or(Poll::Pending, |result| Poll::Ready((result, true)))
                                }
                                _ => Poll::Pending,
                            }
                        })
                        .await;
                        if is_second {
                            other = Some(pass);
                        }
                        self.paid = COST;
                        result
                    }
                },
            }
        };
        if result.is_ok() {
            hedges.answered(recipe.endpoint, clock.now().saturating_duration_since(started));
        }
        if other.is_some() {
            std::mem::swap(&mut self.tried, &mut second);
        }
        self.attempts += u32::from(second.is_sent);
        (result, other)
    }

    /// To which of the base URLs this attempt goes.
    fn choose(&self, recipe: &Recipe) -> &'b Bound {
        if self.bound.others.is_empty() || recipe.origin.is_some() {
            return self.bound;
        }
        let core = &self.bound.core;
        let now = core.clock.now();
        let last = (self.attempts > 0).then_some(self.tried.bound.base_number);
        let is_shut = |bound: &Bound| {
            let ready = bound.ready_guards.as_deref();
            let breaker = ready.and_then(|ready| ready.breaker.as_ref());
            breaker.is_some_and(|breaker| breaker.refuses(now).is_some())
        };
        let all = || std::iter::once(self.bound).chain(&self.bound.others);
        let fit = |bound: &&Bound| {
            last != Some(bound.base_number) && !core.bases.is_down(bound.base_number, now) && !is_shut(bound)
        };
        let fit: Vec<&Bound> = all().filter(fit).collect();
        // Where none is fit, one that has not just failed is better than none.
        let rest = || all().find(|bound| last != Some(bound.base_number)).unwrap_or(self.bound);
        core.bases.pick(&fit, &*core.random).unwrap_or_else(rest)
    }
}

/// Leave for a second request, at once or not at all.
async fn second_pass(
    guards: Option<Guards>,
    recipe: &Recipe,
    bound: &Bound,
    due: Instant,
) -> Option<Option<Box<Pass>>> {
    const COST: u32 = 14;
    let core = &bound.core;
    let origin = origin(bound.base().ok()?, recipe);
    if !core.keeper.hedges.may(recipe.endpoint) || !core.budgets.of(origin).take(COST) {
        return None;
    }
    let pass = match guards {
        None => None,
        Some(guards) => match Box::pin(guards.for_hedge().pass(&*core.clock, due)).await {
            Ok(pass) => Some(pass),
            Err(_) => {
                core.budgets.of(origin).give(COST);
                return None;
            }
        },
    };
    core.keeper.hedges.take(recipe.endpoint);
    Some(pass)
}

/// Whether the other request need not be waited for.
fn counts(result: &Result<Answered, Error>) -> bool {
    result.as_ref().err().is_none_or(|error| !error.is_retryable())
}

/// What the end of an attempt says about the server.
fn ended(result: &Result<Answered, Error>) -> Ended<'_> {
    match result {
        Ok((reply, _)) => Ended::Answered(reply.status, &reply.headers),
        Err(error) => match (error.status().zip(error.headers()), error.kind()) {
            (Some((status, headers)), _) => Ended::Answered(status, headers),
            (None, ErrorKind::Connect | ErrorKind::Timeout | ErrorKind::Transport) if !is_of_body(error) => {
                Ended::Failed
            }
            (None, _) => Ended::Aside,
        },
    }
}

#[cold]
fn refused(refused: Refused) -> Error {
    match refused {
        Refused::Open(wait) => {
            let message =
                format!("nothing was sent: too much has failed there, and it is left alone for {wait:?}");
            Error::new(ErrorKind::CircuitOpen, message).with_wait(wait)
        }
        Refused::Full(what, Some(wait)) => {
            let message = format!("nothing was sent: {what} has room in {wait:?}");
            Error::new(ErrorKind::RateLimited, message).with_wait(wait)
        }
        Refused::Full(what, None) => {
            Error::new(ErrorKind::RateLimited, format!("nothing was sent: {what} has no room in time"))
        }
    }
}

/// Why a call was not tried again, if it was the client itself that did not let it.
pub(super) fn held_back(error: &Error) -> Option<&'static str> {
    match error.kind() {
        ErrorKind::RateLimited => Some("its rate limit has no room in time"),
        ErrorKind::CircuitOpen => Some("its circuit breaker is open"),
        _ => None,
    }
}

/// Several base URLs: which of them do not answer, and what share each has.
#[derive(Debug)]
pub(crate) struct Bases {
    began: Instant,
    /// Until when each is left alone, in nanoseconds, and its weight.
    all: Vec<(AtomicU64, u32)>,
    /// By weight, and not one after the other.
    is_weighted: bool,
}

/// How long a base URL that does not answer is left alone: as long as an open breaker.
const LEFT_ALONE: Duration = Duration::from_secs(5);

impl Bases {
    pub(crate) fn new(weights: Vec<u32>, is_weighted: bool, now: Instant) -> Self {
        let all = weights.into_iter().map(|weight| (AtomicU64::new(0), weight)).collect();
        Bases { began: now, all, is_weighted }
    }

    fn nanos(&self, now: Instant) -> u64 {
        u64::try_from(now.saturating_duration_since(self.began).as_nanos()).unwrap_or(u64::MAX)
    }

    fn is_down(&self, number: usize, now: Instant) -> bool {
        self.all.get(number).is_some_and(|(until, _)| until.load(Ordering::Relaxed) > self.nanos(now))
    }

    pub(super) fn learn(&self, number: usize, ended: Ended<'_>, clock: &dyn Clock) {
        if self.all.len() < 2 {
            return;
        }
        let Some((until, _)) = self.all.get(number) else { return };
        match ended {
            Ended::Failed => {
                let then = self.nanos(clock.now()).saturating_add(self.nanos(self.began + LEFT_ALONE));
                until.store(then, Ordering::Relaxed);
            }
            Ended::Answered(..) => until.store(0, Ordering::Relaxed),
            Ended::Aside => {}
        }
    }

    fn pick<'b>(&self, fit: &[&'b Bound], random: &dyn Random) -> Option<&'b Bound> {
        if !self.is_weighted {
            return fit.first().copied();
        }
        let weight =
            |bound: &&Bound| self.all.get(bound.base_number).map_or(0, |(_, weight)| u64::from(*weight));
        let total: u64 = fit.iter().map(weight).sum();
        let mut at = random.next_u64().checked_rem(total)?;
        fit.iter().copied().find(|bound| match at.checked_sub(weight(bound)) {
            Some(rest) => {
                at = rest;
                false
            }
            None => true,
        })
    }
}
