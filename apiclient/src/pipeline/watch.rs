//! What hooks are told, and what spans are made of it.

use super::{Bound, Tried, headers, origin};
use crate::{
    answer::{Answer, Reply},
    auth::Sent,
    error::Error,
    hooks::{AttemptEnd, AttemptInfo, CallInfo, End, EndInfo, RetryInfo, Watched},
    request::{Echo, Recipe},
    response::blot,
    span::{AttemptSpan, CallSpan, is_on},
    transport::Attempt,
};
use std::{
    cell::LazyCell,
    sync::atomic::Ordering,
    time::{Duration, Instant},
};

/// A call begins. Where nobody wants to know, to find that out is all that it costs.
#[inline]
pub(crate) fn begin(bound: &Bound, recipe: &Recipe, watched: &mut Option<Watched>) {
    if !bound.core.hooks.0.is_empty() || is_on() {
        Watched::begin(bound, recipe, watched);
    }
}

impl Watched {
    /// Where it stays: it is large.
    #[cold]
    fn begin(bound: &Bound, recipe: &Recipe, place: &mut Option<Self>) {
        let core = &bound.core;
        let started = core.clock.now();
        let id = core.calls.fetch_add(1, Ordering::Relaxed);
        let watched =
            place.insert(Watched { hooks: core.hooks.clone(), id, started, span: CallSpan::none() });
        let call = watched.info(bound, recipe);
        watched.span = CallSpan::new(&call);
        watched.span.inside(|| watched.hooks.each(|hook| hook.on_call(&call)));
    }

    pub(super) fn span(&self) -> &CallSpan {
        &self.span
    }

    fn info<'a>(&self, bound: &'a Bound, recipe: &'a Recipe) -> CallInfo<'a> {
        CallInfo {
            id: self.id,
            endpoint: recipe.endpoint,
            method: &recipe.method,
            template: &recipe.template,
            origin: bound.base.as_ref().ok().map(|base| origin(base, recipe)),
            extensions: &recipe.extensions,
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
        if self.hooks.0.is_empty() {
            return;
        }
        let call = self.info(tried.bound, recipe);
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
        (sent, result): (&Sent, Result<&Reply, &Error>),
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
        let call = self.info(tried.bound, recipe);
        let (since, until) = (tried.again_at.unwrap_or(started), tried.bound.core.clock.now());
        let safe = tried.bound.safe.as_deref();
        let own = || headers(tried.bound, recipe).unwrap_or_default();
        // It costs as much as the request has values, and nobody may ask.
        let echo = LazyCell::new(|| Echo::new(&own(), recipe, sent.all(), safe));
        let clean = |text: &str| blot(&echo.hide(text), &|word| echo.knows(word)).into_owned();
        let end = AttemptEnd { number: tried.number, since, until, result, clean: &clean };
        span.inside(|| self.hooks.each(|hook| hook.on_attempt_end(&call, &end)));
    }

    #[cold]
    pub(super) fn wait(&self, bound: &Bound, recipe: &Recipe, wait: Duration) {
        let call = self.info(bound, recipe);
        self.hooks.each(|hook| hook.on_wait(&call, wait));
        self.span.waited(wait);
    }

    #[cold]
    pub(super) fn retry(&self, bound: &Bound, recipe: &Recipe, attempt: u32, wait: Duration, error: &Error) {
        let call = self.info(bound, recipe);
        let retry = RetryInfo { attempt, wait, error };
        self.hooks.each(|hook| hook.on_retry(&call, &retry));
        self.span.again(&retry);
    }
}

/// Nobody waits for it any more.
#[cold]
pub(crate) fn dropped(watched: &Watched, bound: &Bound, recipe: &Recipe) {
    let elapsed = bound.core.clock.now().saturating_duration_since(watched.started);
    let call = watched.info(bound, recipe);
    watched.end(&call, &EndInfo { end: End::Dropped, attempts: 0, elapsed });
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
