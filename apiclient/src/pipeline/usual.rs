//! What holds for calls of which neither method nor call says anything: most of them, and so it is found out once.

use super::{Bound, Recipe, default, first};
use crate::endpoint::{IdempotencyKey, Policies};
use std::time::Duration;

/// How long a call and its attempts may take.
#[derive(Clone, Copy)]
pub(super) struct Times {
    pub(super) total: Duration,
    pub(super) attempt: Duration,
    /// A body that stands still.
    pub(super) idle: Duration,
}

impl Times {
    /// Each limit by itself: total, attempt, idle.
    fn new(total: Option<Duration>, attempt: Option<Duration>, idle: Option<Duration>) -> Self {
        // Whoever gives a call five minutes does not mean thirty seconds.
        let or_total = || total.map_or(default::ATTEMPT, |total| total.max(default::ATTEMPT));
        Times {
            total: total.unwrap_or(default::TOTAL),
            attempt: attempt.unwrap_or_else(or_total),
            idle: idle.unwrap_or(default::IDLE),
        }
    }
}

/// Of builder, files and trait together.
pub(crate) struct Usual {
    times: Times,
    body: usize,
    key: Option<IdempotencyKey>,
    says_more: bool,
}

impl Usual {
    pub(crate) fn new(policies: &Policies) -> Self {
        let timeout = policies.timeout;
        Usual {
            times: Times::new(timeout.total, timeout.attempt, timeout.idle),
            body: policies.max_body.unwrap_or(default::BODY),
            key: policies.idempotency_key,
            says_more: says_more(policies),
        }
    }
}

/// Whether requests say the how many-th try they are, or how much time they have.
fn says_more(policies: &Policies) -> bool {
    policies.timeout.forward.is_some() || policies.retry.is_some_and(|retry| retry.attempt_header.is_some())
}

#[inline]
fn usual<'a>(bound: &'a Bound, recipe: &Recipe) -> Option<&'a Usual> {
    let method = bound.of_method(recipe.endpoint);
    let is_usual = recipe.policies.is_none() && method.is_none_or(|method| method.is_silent);
    is_usual.then_some(&bound.usual)
}

#[inline]
pub(super) fn times(bound: &Bound, recipe: &Recipe) -> Times {
    match usual(bound, recipe) {
        Some(usual) => usual.times,
        None => Times::new(
            first(bound, recipe, |p| p.timeout.total),
            first(bound, recipe, |p| p.timeout.attempt),
            first(bound, recipe, |p| p.timeout.idle),
        ),
    }
}

/// How long a body may be.
#[inline]
pub(super) fn max_body(bound: &Bound, recipe: &Recipe) -> usize {
    match usual(bound, recipe) {
        Some(usual) => usual.body,
        None => first(bound, recipe, |p| p.max_body).unwrap_or(default::BODY),
    }
}

/// In which header a call says that it is the same one.
#[inline]
pub(super) fn key(bound: &Bound, recipe: &Recipe) -> Option<IdempotencyKey> {
    match usual(bound, recipe) {
        Some(usual) => usual.key,
        None => first(bound, recipe, |p| p.idempotency_key),
    }
}

/// Whether anything of it is said by requests: [`Tried::say_more`](super::Tried::say_more).
#[inline]
pub(super) fn has_more_to_say(bound: &Bound, recipe: &Recipe) -> bool {
    match usual(bound, recipe) {
        Some(usual) => usual.says_more,
        None => first(bound, recipe, |p| says_more(p).then_some(())).is_some(),
    }
}
