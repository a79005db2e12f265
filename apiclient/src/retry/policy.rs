//! Who decides, and by what.

use super::backoff::full_jitter;
use crate::{
    endpoint::{Endpoint, RetryOn},
    error::Error,
    random::Random,
};
use std::{fmt, time::Duration};

/// Decides whether an attempt that failed is worth another one, and when. What is safe, whether there are tries left, whether the
/// origin can bear it and whether there is time is not its business: those are checked whatever it says.
///
/// The default is [`Standard`](super::Standard). One's own is set for a client with
/// [`ClientBuilder::retry_policy`](crate::ClientBuilder::retry_policy), or by attribute:
///
/// ```
/// use apiclient::{prelude::*, retry::{Again, Failed, RetryPolicy}};
/// use std::time::Duration;
///
/// /// A second, whatever it was.
/// #[derive(Debug)]
/// struct EverySecond;
///
/// impl RetryPolicy for EverySecond {
///     fn again(&self, failed: &Failed<'_>) -> Option<Again> {
///         failed.error().is_retryable().then(|| Again::after(Duration::from_secs(1)))
///     }
/// }
///
/// #[api_client(base_url = "https://api.example.com")]
/// #[retry(policy = EverySecond)]
/// trait Slow {
///     #[get("/")]
///     async fn index(&self) -> Result<String, apiclient::Error>;
/// }
/// ```
#[diagnostic::on_unimplemented(
    message = "`{Self}` is no retry policy",
    label = "this decides nothing about retries",
    note = "a policy implements `apiclient::retry::RetryPolicy`; numbers of your own stand in `#[retry(attempts = 4, base = \"50ms\")]`"
)]
pub trait RetryPolicy: fmt::Debug + Send + Sync {
    /// When to try again; `None` if that is of no use.
    fn again(&self, failed: &Failed<'_>) -> Option<Again>;
}

/// A policy as a constant, for [`PolicyRef::new`](super::PolicyRef::new).
#[derive(Debug, Clone, Copy)]
pub struct By(pub &'static dyn RetryPolicy);

/// Another try: after which wait, at which price.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub struct Again {
    pub(crate) after: Duration,
    pub(crate) cost: u32,
    pub(crate) is_asked: Asked,
    pub(crate) waits_anyway: bool,
}

/// Whether the server has asked for the try, so that it is safe whatever the request.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(crate) enum Asked {
    No,
    Yes,
}

impl Again {
    /// After this wait, for 14 tokens.
    pub const fn after(wait: Duration) -> Self {
        Again { after: wait, cost: 14, is_asked: Asked::No, waits_anyway: false }
    }

    /// How many tokens of the origin's budget it costs. Default: 14.
    pub const fn cost(mut self, tokens: u32) -> Self {
        self.cost = tokens;
        self
    }

    /// The server itself has asked for it, so it is safe though the request is not idempotent.
    pub const fn asked_by_server(mut self) -> Self {
        self.is_asked = Asked::Yes;
        self
    }

    /// Without tokens the call fails after the wait and not before: for calls in a loop (long polling), which would spin otherwise.
    pub const fn or_wait(mut self) -> Self {
        self.waits_anyway = true;
        self
    }
}

/// The numbers that count for a call: those that were said, and the defaults.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
#[non_exhaustive]
pub struct Rules {
    /// All tries together.
    pub attempts: u32,
    /// The first wait, if it was said.
    pub base: Option<Duration>,
    /// The longest wait that nobody has asked for.
    pub cap: Duration,
    /// The longest wait that a server may ask for.
    pub max_retry_after: Duration,
    /// What is worth another try, if it was said.
    pub on: Option<RetryOn>,
    /// The header by which the server says yes or no.
    pub should_retry: Option<&'static str>,
    /// The header by which the server says milliseconds.
    pub retry_after_ms: Option<&'static str>,
}

/// An attempt that failed, and what there is to know for deciding about another one.
pub struct Failed<'a> {
    pub(crate) error: &'a Error,
    pub(crate) attempt: u32,
    pub(crate) rules: &'a Rules,
    pub(crate) endpoint: Option<&'static Endpoint>,
    pub(crate) is_keyed: bool,
    pub(crate) is_limited: bool,
    pub(crate) random: &'a dyn Random,
}

impl<'a> Failed<'a> {
    /// What went wrong.
    pub fn error(&self) -> &'a Error {
        self.error
    }

    /// Which attempt it was, the first one being 1.
    pub fn attempt(&self) -> u32 {
        self.attempt
    }

    /// The numbers of the call.
    pub fn rules(&self) -> &'a Rules {
        self.rules
    }

    /// What was called; none for a call that no trait declares.
    pub fn endpoint(&self) -> Option<&'static Endpoint> {
        self.endpoint
    }

    /// Whether the request carries an idempotency key.
    pub fn is_keyed(&self) -> bool {
        self.is_keyed
    }

    /// Whether the answer is a server's word for its limits, in a dialect that says so with another status than 429:
    /// [`RateLimitDialect::GitHub`](crate::RateLimitDialect::GitHub) with 403.
    pub fn is_limited(&self) -> bool {
        self.is_limited
    }

    /// A wait between zero and `base`, doubled with each attempt up to the [`cap`](Rules::cap).
    pub fn backoff(&self, base: Duration) -> Duration {
        full_jitter(base, self.rules.cap, self.attempt, self.random)
    }

    /// Anything between `wait` and a tenth more.
    pub fn a_little_later(&self, wait: Duration) -> Duration {
        super::upwards(wait, self.random)
    }
}

impl fmt::Debug for Failed<'_> {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.debug_struct("Failed")
            .field("attempt", &self.attempt)
            .field("error", &self.error.kind())
            .finish_non_exhaustive()
    }
}
