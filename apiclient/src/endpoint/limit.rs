//! What is said about how much is asked for, and of whom no longer: limits, breakers, second requests.

use serde::{Serialize, Serializer};
use std::time::Duration;

/// So many in a period: `"5000/h"` in an attribute, or a constant of this type.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Hash)]
pub struct Rate {
    calls: u32,
    period: Duration,
}

impl Rate {
    /// `calls` in each `period`.
    pub const fn new(calls: u32, period: Duration) -> Self {
        Rate { calls, period }
    }

    /// How many.
    pub const fn calls(&self) -> u32 {
        self.calls
    }

    /// In which time.
    pub const fn period(&self) -> Duration {
        self.period
    }
}

/// What becomes of a call that a limit has no room for.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
#[non_exhaustive]
pub enum Full {
    /// It waits for its turn, first come, first served, if that is in time.
    Wait,
    /// It fails at once with [`RateLimited`](crate::ErrorKind::RateLimited).
    Reject,
}

/// Whose word about limits counts beside the client's own.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(crate) enum Heeds {
    Server(RateLimitDialect),
    Nobody,
}

/// `#[rate_limit(..)]` as data: how much a client asks for. Whoever comes too early waits for a turn, if that is in time.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Default)]
pub struct RateLimit {
    pub(crate) rate: Option<Rate>,
    pub(crate) burst: Option<u32>,
    pub(crate) cost: Option<u32>,
    pub(crate) waits: Option<bool>,
    pub(crate) heeds: Option<Heeds>,
    pub(crate) warn_below: Option<u32>,
    pub(crate) is_keyed: bool,
}

impl RateLimit {
    /// Nothing said.
    pub const fn new() -> Self {
        RateLimit {
            rate: None,
            burst: None,
            cost: None,
            waits: None,
            heeds: None,
            warn_below: None,
            is_keyed: false,
        }
    }

    /// There is a quota for each key: `#[rate_limit(key = "{owner}")]`, or [`Call::limit_key`](crate::Call::limit_key).
    pub const fn keyed(mut self) -> Self {
        self.is_keyed = true;
        self
    }

    /// So many calls in a period.
    pub const fn rate(mut self, rate: Rate) -> Self {
        self.rate = Some(rate);
        self
    }

    /// So many at once. Default: what one period has, at most 100.
    pub const fn burst(mut self, burst: u32) -> Self {
        self.burst = Some(burst);
        self
    }

    /// What one call counts for. Default: 1.
    pub const fn cost(mut self, cost: u32) -> Self {
        self.cost = Some(cost);
        self
    }

    /// What happens where there is no room: by default a call waits for its turn; `Full::Reject` lets it fail at once.
    pub const fn full(mut self, full: Full) -> Self {
        self.waits = Some(matches!(full, Full::Wait));
        self
    }

    /// In which words the server says what is left, so that a client slows down before it has to say no. `None`: nobody listens.
    /// Default, where there is any `#[rate_limit]`: [`RateLimitDialect::Guess`].
    pub const fn headers(mut self, dialect: Option<RateLimitDialect>) -> Self {
        self.heeds = Some(match dialect {
            Some(dialect) => Heeds::Server(dialect),
            None => Heeds::Nobody,
        });
        self
    }

    /// From how little left on the client is told, see
    /// [`ClientBuilder::on_low_limit`](crate::ClientBuilder::on_low_limit). Default: it is not.
    pub const fn warn_below(mut self, left: u32) -> Self {
        self.warn_below = Some(left);
        self
    }

    /// Key by key: these words, or those of the lower level.
    pub(crate) fn over(self, lower: RateLimit) -> RateLimit {
        RateLimit {
            rate: self.rate.or(lower.rate),
            burst: self.burst.or(lower.burst),
            cost: self.cost.or(lower.cost),
            waits: self.waits.or(lower.waits),
            heeds: self.heeds.or(lower.heeds),
            warn_below: self.warn_below.or(lower.warn_below),
            is_keyed: self.is_keyed || lower.is_keyed,
        }
    }

    /// Why no call could ever pass.
    pub(crate) fn problem(&self) -> Option<String> {
        let rate = self.rate?;
        let is_none = rate.calls == 0 || rate.period.is_zero() || self.burst == Some(0);
        is_none.then(|| "`rate_limit` has no calls, no period or no burst: nothing would be sent".to_owned())
    }
}

/// In which words an API speaks of its limits. The reset is what they disagree about: a time from now, or a moment.
///
/// | dialect | fields | reset |
/// |---|---|---|
/// | [`Guess`](Self::Guess) | those of [`Ietf`](Self::Ietf) if there are any, else all that follow | by its size and form |
/// | [`Ietf`](Self::Ietf) | `RateLimit`, `RateLimit-Policy`; `RateLimit-Limit`, `-Remaining`, `-Reset` | seconds from now |
/// | [`GitHub`](Self::GitHub) | `X-RateLimit-Limit`, `-Remaining`, `-Reset`, `-Resource` | seconds since 1970 |
/// | [`X`](Self::X) | `X-Rate-Limit-Limit`, `-Remaining`, `-Reset` | seconds since 1970 |
/// | [`Discord`](Self::Discord) | `X-RateLimit-Limit`, `-Remaining`, `-Reset-After`, `-Bucket` | seconds from now, with a fraction |
/// | [`OpenAi`](Self::OpenAi) | `X-RateLimit-Limit-Requests`, `-Remaining-Requests`, `-Reset-Requests`, and the same with `-Tokens` | `6m0s`, `12ms` from now |
/// | [`Shopify`](Self::Shopify) | `X-Shopify-Shop-Api-Call-Limit: 32/40` | not said; a twentieth of it comes back each second |
/// | [`Slack`](Self::Slack) | `Retry-After` alone, for each method by itself | seconds from now |
#[derive(Debug, Clone, Copy, Default, PartialEq, Eq, Hash)]
#[non_exhaustive]
pub enum RateLimitDialect {
    /// Whatever there is. A reset above 10¹² is milliseconds since 1970, above 10⁹ seconds since 1970, and anything else
    /// seconds from now. To say the dialect is better.
    #[default]
    Guess,
    /// The IETF's draft: version 10, the dictionary of version 7, the three fields of those before.
    Ietf,
    /// GitHub, and many that followed it.
    GitHub,
    /// X, once Twitter.
    X,
    /// Discord.
    Discord,
    /// `OpenAI`, and those that speak like it.
    OpenAi,
    /// Shopify's REST API.
    Shopify,
    /// Slack: nothing but `Retry-After` with a 429, which is about the method that was called.
    Slack,
}

/// `#[concurrency(8)]` as data: how many requests are under way at a time. The others wait, first come, first served.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub struct Concurrency {
    pub(crate) most: Option<u32>,
    pub(crate) waits: bool,
}

impl Concurrency {
    /// At most so many.
    pub const fn new(most: u32) -> Self {
        Concurrency { most: Some(most), waits: true }
    }

    /// As many as the server can take: found out by how long its answers take, and by what it refuses.
    pub const fn adaptive() -> Self {
        Concurrency { most: None, waits: true }
    }

    /// What happens where as many are under way: by default a call waits for its turn; `Full::Reject` lets it fail at once.
    pub const fn full(mut self, full: Full) -> Self {
        self.waits = matches!(full, Full::Wait);
        self
    }

    /// Why no call could ever pass.
    pub(crate) fn problem(&self) -> Option<String> {
        (self.most == Some(0)).then(|| "`concurrency` is 0: nothing would be sent".to_owned())
    }
}

/// Of what a circuit breaker keeps count.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Default)]
#[non_exhaustive]
pub enum Per {
    /// All calls to an origin: scheme, host and port.
    #[default]
    Origin,
    /// The calls of one method to an origin.
    Endpoint,
}

/// `#[breaker(..)]` as data: when an origin that fails is left alone. Counted are answers of 500 and more, attempts that took too
/// long, and connections that failed; not other answers, not 429, nothing that was given up and nothing that was never sent.
///
/// The numbers are Polly's.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Default)]
pub struct Breaker {
    /// Of a million.
    pub(crate) ratio: Option<u32>,
    pub(crate) min: Option<u32>,
    pub(crate) window: Option<Duration>,
    pub(crate) open: Option<Duration>,
    pub(crate) probes: Option<u32>,
    pub(crate) per: Option<Per>,
    pub(crate) is_off: bool,
}

impl Breaker {
    /// The defaults.
    pub const fn new() -> Self {
        Breaker { ratio: None, min: None, window: None, open: None, probes: None, per: None, is_off: false }
    }

    /// `#[breaker(none)]`: none, whatever the lower level says.
    pub const fn none() -> Self {
        Breaker { is_off: true, ..Breaker::new() }
    }

    /// How much of what was tried has to fail, of 1. Default: 0.1.
    pub const fn ratio(mut self, ratio: f64) -> Self {
        #[expect(clippy::cast_possible_truncation, clippy::cast_sign_loss, reason = "it saturates")]
        let millionths = (ratio * 1e6) as u32;
        self.ratio = Some(millionths);
        self
    }

    /// How much has to be tried within the window before anything is concluded. Default: 100.
    pub const fn min(mut self, min: u32) -> Self {
        self.min = Some(min);
        self
    }

    /// How far back is looked. Default: 30 s.
    pub const fn window(mut self, window: Duration) -> Self {
        self.window = Some(window);
        self
    }

    /// How long it is left alone, until it is tried again. Default: 5 s.
    pub const fn open(mut self, open: Duration) -> Self {
        self.open = Some(open);
        self
    }

    /// How many calls try it then, all of which have to succeed. Default: 1.
    pub const fn probes(mut self, probes: u32) -> Self {
        self.probes = Some(probes);
        self
    }

    /// Whether all of an origin is left alone or one method of it. Default: all of it.
    pub const fn per(mut self, per: Per) -> Self {
        self.per = Some(per);
        self
    }

    pub(crate) fn over(self, lower: Breaker) -> Breaker {
        if self.is_off || lower.is_off {
            return self;
        }
        Breaker {
            ratio: self.ratio.or(lower.ratio),
            min: self.min.or(lower.min),
            window: self.window.or(lower.window),
            open: self.open.or(lower.open),
            probes: self.probes.or(lower.probes),
            per: self.per.or(lower.per),
            is_off: false,
        }
    }

    /// Why it could never do anything, or never stop.
    pub(crate) fn problem(&self) -> Option<String> {
        let zero = |d: Option<Duration>| d.is_some_and(|d| d.is_zero());
        let is_wrong = self.ratio.is_some_and(|ratio| ratio == 0 || ratio > 1_000_000)
            || self.min == Some(0)
            || self.probes == Some(0)
            || zero(self.window)
            || zero(self.open);
        let why = "`breaker` has a number that is zero, or a ratio above 1";
        is_wrong.then(|| why.to_owned())
    }
}

/// When a second request is sent.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
#[non_exhaustive]
pub enum HedgeAfter {
    /// After a time that is known.
    Fixed(Duration),
    /// Once the call takes longer than so many of a thousand have taken.
    Permille(u16),
}

impl From<Duration> for HedgeAfter {
    fn from(after: Duration) -> Self {
        HedgeAfter::Fixed(after)
    }
}

/// `#[hedge(after = "50ms")]` as data: a request that may be sent twice and that is slow is sent a second time beside the first, and
/// whoever answers first counts. At most one of twenty is, and only while the budget for tries more has something left.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub struct Hedge {
    pub(crate) after: Option<HedgeAfter>,
}

impl Hedge {
    /// Where 95 of 100 calls of the same method would have been answered.
    pub const fn new() -> Self {
        Hedge { after: Some(HedgeAfter::Permille(950)) }
    }

    /// `#[hedge(none)]`: never, whatever the lower level says.
    pub const fn none() -> Self {
        Hedge { after: None }
    }

    /// After a time that is known, or after that of so many of the calls.
    pub const fn after(mut self, after: HedgeAfter) -> Self {
        self.after = Some(after);
        self
    }
}

impl Default for Hedge {
    fn default() -> Self {
        Self::new()
    }
}

/// What a breaker does at the moment.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
#[non_exhaustive]
pub enum BreakerPhase {
    /// Everything passes.
    Closed,
    /// Nothing does.
    Open,
    /// A few try it.
    HalfOpen,
}

impl BreakerPhase {
    /// A name for machines, which stays as it is: `half_open`.
    pub const fn as_str(self) -> &'static str {
        match self {
            BreakerPhase::Closed => "closed",
            BreakerPhase::Open => "open",
            BreakerPhase::HalfOpen => "half_open",
        }
    }
}

impl Serialize for BreakerPhase {
    fn serialize<S: Serializer>(&self, serializer: S) -> Result<S::Ok, S::Error> {
        serializer.serialize_str(self.as_str())
    }
}
