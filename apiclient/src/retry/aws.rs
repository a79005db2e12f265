//! AWS's own rules.

use super::{
    policy::{Again, Failed, RetryPolicy},
    standard::milliseconds,
};
use crate::error::{Error, ErrorKind};
use std::time::Duration;

/// AWS's standard retry mode, version 2.1, to the letter: for AWS's services, and for comparison. It differs from the default in what
/// a server says about the wait (`x-amz-retry-after`, in milliseconds, kept between the wait of our own and five seconds more) and in
/// how it says that it is overloaded (a code in the body).
///
/// Retried are 500, 502, 503 and 504, connections that fail, time limits, and the throttling codes of AWS's services.
#[derive(Debug, Clone, Copy, Default)]
pub struct Aws21 {
    long_polling: bool,
}

/// Where AWS's services say how long to wait, in milliseconds.
const RETRY_AFTER: &str = "x-amz-retry-after";
/// How much more than our own wait a server may ask for.
const MOST_MORE: Duration = Duration::from_secs(5);

/// Codes that mean that there is too much to do.
const THROTTLING: [&str; 14] = [
    "Throttling",
    "ThrottlingException",
    "ThrottledException",
    "RequestThrottledException",
    "TooManyRequestsException",
    "ProvisionedThroughputExceededException",
    "TransactionInProgressException",
    "RequestLimitExceeded",
    "BandwidthLimitExceeded",
    "LimitExceededException",
    "RequestThrottled",
    "SlowDown",
    "PriorRequestNotComplete",
    "EC2ThrottledException",
];

impl Aws21 {
    /// For calls that end.
    pub const fn new() -> Self {
        Aws21 { long_polling: false }
    }

    /// For operations that poll in a loop: where the budget is spent, they fail after the wait and not at once.
    pub const fn long_polling() -> Self {
        Aws21 { long_polling: true }
    }
}

impl RetryPolicy for Aws21 {
    fn again(&self, failed: &Failed<'_>) -> Option<Again> {
        let error = failed.error();
        let is_throttled = is_throttled(error);
        if !is_throttled && !is_transient(error) {
            return None;
        }
        let (base, cost) =
            if is_throttled { (Duration::from_secs(1), 5) } else { (Duration::from_millis(50), 14) };
        // Only the wait for what is no throttling can be set.
        let base = if is_throttled { base } else { failed.rules().base.unwrap_or(base) };
        let own = failed.backoff(base);
        let asked = milliseconds(error, RETRY_AFTER);
        let wait = asked.map_or(own, |asked| asked.clamp(own, own.saturating_add(MOST_MORE)));
        let again = Again::after(wait).cost(cost);
        Some(if self.long_polling { again.or_wait() } else { again })
    }
}

fn is_throttled(error: &Error) -> bool {
    error.status().is_some() && error.code().is_some_and(|code| THROTTLING.contains(&&*code))
}

fn is_transient(error: &Error) -> bool {
    match error.kind() {
        ErrorKind::Connect | ErrorKind::Transport | ErrorKind::Timeout => true,
        _ => matches!(error.status().map(|status| status.as_u16()), Some(500 | 502 | 503 | 504)),
    }
}
