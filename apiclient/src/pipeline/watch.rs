//! What hooks are told, and what spans are made of it.

use super::{Bound, Tried, headers, origin};
use crate::{
    answer::{Answer, Reply},
    auth::Sent,
    error::Error,
    hooks::{AttemptEnd, AttemptInfo, CallInfo, Clean, End, EndInfo, RetryInfo, Watched},
    origin::Origin,
    request::{Echo, Recipe},
    response::blot,
    span::{AttemptSpan, CallSpan, is_on},
    transport::Attempt,
};
use std::{
    cell::OnceCell,
    sync::{
        Arc,
        atomic::{AtomicU32, Ordering},
    },
    time::{Duration, Instant},
};

/// A call begins. Where nobody wants to know, to find that out is all that it costs.
#[inline]
pub(crate) fn begin(bound: &Bound, recipe: &Recipe, watched: &mut Option<Watched>) {
    if !bound.core.hooks.0.is_empty() || is_on() {
        Watched::begin(bound, recipe, watched);
    }
}

/// What it takes is found out when somebody asks: it costs as much as the request has values.
struct Cleaner<'a> {
    bound: &'a Bound,
    recipe: &'a Recipe,
    sent: &'a Sent,
    echo: OnceCell<Echo>,
}

impl Clean for Cleaner<'_> {
    #[cold]
    fn clean(&self, text: &str) -> String {
        let echo = self.echo.get_or_init(|| {
            let own = headers(self.bound, self.recipe).unwrap_or_default();
            Echo::new(&own, self.recipe, self.sent.all(), self.bound.safe.as_deref())
        });
        blot(&echo.hide(text), &|word| echo.knows(word)).into_owned()
    }
}

impl Watched {
    /// Where it stays: it is large.
    #[cold]
    fn begin(bound: &Bound, recipe: &Recipe, place: &mut Option<Self>) {
        let core = &bound.core;
        let started = core.clock.now();
        let id = core.calls.fetch_add(1, Ordering::Relaxed);
        let origin = bound.base.as_ref().ok().map(|base| origin(base, recipe).clone());
        let (hooks, attempts, span) = (core.hooks.clone(), AtomicU32::new(0), CallSpan::none());
        let watched = place.insert(Watched { hooks, id, started, origin, attempts, span });
        if is_on() {
            let span = CallSpan::new(&watched.info(recipe));
            watched.span = span;
        }
        let call = watched.info(recipe);
        watched.span.inside(|| watched.hooks.each(|hook| hook.on_call(&call)));
    }

    pub(super) fn span(&self) -> &CallSpan {
        &self.span
    }

    fn info<'a>(&'a self, recipe: &'a Recipe) -> CallInfo<'a> {
        CallInfo {
            id: self.id,
            endpoint: recipe.endpoint,
            method: &recipe.method,
            template: &recipe.template,
            origin: self.origin.as_ref(),
            extensions: &recipe.extensions,
            span: &self.span,
        }
    }

    #[cold]
    pub(super) fn attempt(
        &self,
        tried: &Tried<'_>,
        recipe: &Recipe,
        attempt: &mut Attempt<'_>,
        span: &AttemptSpan,
    ) {
        self.attempts.store(tried.number, Ordering::Relaxed);
        if self.hooks.0.is_empty() {
            return;
        }
        let call = self.info(recipe);
        let mut info = AttemptInfo {
            number: tried.number,
            resends: tried.sends,
            method: attempt.method,
            origin: attempt.origin,
            length: attempt.body.length(),
            body: attempt.body.bytes(),
            headers: &mut attempt.headers,
        };
        span.inside(|| self.hooks.0.iter().for_each(|hook| hook.on_attempt(&call, &mut info)));
    }

    #[cold]
    pub(super) fn attempt_end(
        &self,
        tried: &Tried<'_>,
        recipe: &Recipe,
        (origin, sent, result): (&Arc<Origin>, &Sent, Result<&Reply, &Error>),
        started: Instant,
        span: &AttemptSpan,
    ) {
        match result {
            Ok(reply) => span.answered(reply.status, reply.body.len()),
            Err(error) => span.failed(error),
        }
        if self.hooks.0.is_empty() {
            return;
        }
        let call = self.info(recipe);
        let (since, until) = (tried.again_at.unwrap_or(started), tried.bound.core.clock.now());
        let clean = Cleaner { bound: tried.bound, recipe, sent, echo: OnceCell::new() };
        let end = AttemptEnd { number: tried.number, origin, since, until, result, clean: &clean };
        span.inside(|| self.hooks.each(|hook| hook.on_attempt_end(&call, &end)));
    }

    #[cold]
    pub(super) fn wait(&self, recipe: &Recipe, wait: Duration) {
        let call = self.info(recipe);
        self.hooks.each(|hook| hook.on_wait(&call, wait));
        self.span.waited(wait);
    }

    #[cold]
    pub(super) fn retry(&self, recipe: &Recipe, attempt: u32, wait: Duration, error: &Error) {
        let call = self.info(recipe);
        let retry = RetryInfo { attempt, wait, error };
        self.hooks.each(|hook| hook.on_retry(&call, &retry));
        self.span.again(&retry);
    }
}

/// Nobody waits for it any more.
#[cold]
pub(crate) fn dropped(watched: &Watched, bound: &Bound, recipe: &Recipe) {
    let elapsed = bound.core.clock.now().saturating_duration_since(watched.started);
    let (call, attempts) = (watched.info(recipe), watched.attempts.load(Ordering::Relaxed));
    watched.end(&call, &EndInfo { end: End::Dropped, attempts, elapsed });
}

/// Its answer was read, or could not be.
#[cold]
pub(crate) fn over(
    watched: &Watched,
    recipe: &Recipe,
    answer: &Answer,
    error: Option<&Error>,
    length: usize,
) {
    match error {
        None => {
            let end = End::Answered(answer.reply.status, length);
            watched.over(&answer.context, &recipe.extensions, end);
        }
        Some(error) => watched.over(error.context(), &recipe.extensions, End::Failed(error)),
    }
}
