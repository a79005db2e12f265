//! The default.

use super::policy::{Again, Failed, RetryPolicy};
use crate::error::{Error, ErrorKind, is_retryable};
use http::StatusCode;
use std::time::Duration;

/// The rules that this [room](crate::retry) is about.
#[derive(Debug, Clone, Copy, Default)]
#[non_exhaustive]
pub struct Standard;

/// The first wait at its longest, and what a try costs.
const TRANSIENT: (Duration, u32) = (Duration::from_millis(50), 14);
/// The same where the server is overloaded.
const THROTTLED: (Duration, u32) = (Duration::from_secs(1), 5);

impl Standard {
    /// The only one.
    pub const fn new() -> Self {
        Standard
    }
}

impl RetryPolicy for Standard {
    fn again(&self, failed: &Failed<'_>) -> Option<Again> {
        let (error, rules) = (failed.error(), failed.rules());
        let said = rules.should_retry.and_then(|header| word(error, header));
        if said == Some(false) || (said.is_none() && !is_worth_it(failed)) {
            return None;
        }
        let asked = rules.retry_after_ms.and_then(|header| milliseconds(error, header));
        let asked = asked.or_else(|| error.retry_after());
        if asked.is_some_and(|asked| asked > rules.max_retry_after) {
            return None;
        }
        let (base, cost) = if failed.is_limited() || is_throttled(error) { THROTTLED } else { TRANSIENT };
        let backoff = failed.backoff(rules.base.unwrap_or(base));
        let again = Again::after(asked.map_or(backoff, |asked| backoff.max(failed.a_little_later(asked))));
        let again = if said == Some(true) { again.asked_by_server() } else { again };
        Some(again.cost(cost))
    }
}

/// By what went wrong alone.
fn is_worth_it(failed: &Failed<'_>) -> bool {
    let error = failed.error();
    match (failed.rules().on, error.kind()) {
        (None, ErrorKind::Status) if failed.is_limited() => true,
        (_, ErrorKind::Status) if failed.is_keyed() && error.status() == Some(StatusCode::CONFLICT) => true,
        (None, ErrorKind::Connect | ErrorKind::Transport | ErrorKind::Timeout) => true,
        (None, ErrorKind::Status) => error.status().is_some_and(is_retryable),
        (None, _) => false,
        (Some(on), ErrorKind::Connect | ErrorKind::Transport) => on.connect,
        (Some(on), ErrorKind::Timeout) => on.timeout,
        (Some(on), _) => error.status().is_some_and(|status| on.statuses.contains(status)),
    }
}

/// The server has too much to do, and says so.
fn is_throttled(error: &Error) -> bool {
    match error.status() {
        Some(StatusCode::TOO_MANY_REQUESTS | StatusCode::CONFLICT) => true,
        Some(StatusCode::SERVICE_UNAVAILABLE) => error.retry_after().is_some(),
        _ => false,
    }
}

fn text<'e>(error: &'e Error, header: &str) -> Option<&'e str> {
    error.headers()?.get(header)?.to_str().ok().map(str::trim)
}

fn word(error: &Error, header: &str) -> Option<bool> {
    match text(error, header)? {
        yes if yes.eq_ignore_ascii_case("true") => Some(true),
        no if no.eq_ignore_ascii_case("false") => Some(false),
        _ => None,
    }
}

/// A whole number; what is none was not said.
pub(crate) fn milliseconds(error: &Error, header: &str) -> Option<Duration> {
    let text = text(error, header)?;
    let is_number = !text.is_empty() && text.bytes().all(|b| b.is_ascii_digit());
    is_number.then(|| Duration::from_millis(text.parse().unwrap_or(u64::MAX)))
}
