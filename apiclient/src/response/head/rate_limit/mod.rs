//! What an answer says about limits of its API: how much is left, and until when.

mod dialect;
mod draft;
mod duration;
mod spelling;

pub use crate::endpoint::RateLimitDialect;

use super::{number::whole, retry_after::server_time};
use http::{HeaderMap, header};
use std::time::Duration;

/// What an answer says about its API's limits: the fields `RateLimit` and `RateLimit-Policy` of the IETF's draft
/// (draft-ietf-httpapi-ratelimit-headers-10, and what came before it), or the `X-RateLimit-*` of a vendor.
///
/// A field that is malformed is ignored, and numbers that are too large are as large as can be said: what is in here is a
/// server's word, and who waits for it should set a limit. An answer out of a cache (`Age` above 0) says nothing.
///
/// ```
/// use apiclient::{HeaderMap, HeaderValue, head::{RateLimitDialect, RateLimits}};
/// use std::time::Duration;
///
/// let mut headers = HeaderMap::new();
/// headers.insert("ratelimit", HeaderValue::from_static(r#""hour";r=0;t=60, "day";r=900;t=36000"#));
/// headers.insert("ratelimit-policy", HeaderValue::from_static(r#""hour";q=100;w=3600, "day";q=1000;w=86400"#));
/// let limits = RateLimits::read(&headers, RateLimitDialect::Guess, None);
/// assert_eq!(limits.wait(), Some(Duration::from_secs(60)));
/// assert_eq!(limits.find("day").unwrap().remaining(), Some(900));
/// assert_eq!(limits.policies()[1].quota(), 1000);
/// ```
#[derive(Debug, Clone, Default, PartialEq, Eq)]
pub struct RateLimits {
    limits: Vec<ServiceLimit>,
    policies: Vec<QuotaPolicy>,
}

/// What is left of one limit.
#[derive(Debug, Clone, Default, PartialEq, Eq)]
pub struct ServiceLimit {
    name: Option<String>,
    quota: Option<u64>,
    remaining: Option<u64>,
    reset: Option<Duration>,
    partition_key: Option<Vec<u8>>,
}

/// How one limit is made: so much in such a time.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct QuotaPolicy {
    name: Option<String>,
    quota: u64,
    unit: QuotaUnit,
    window: Option<Duration>,
    partition_key: Option<Vec<u8>>,
}

/// What a quota counts.
#[derive(Debug, Clone, Default, PartialEq, Eq)]
#[non_exhaustive]
pub enum QuotaUnit {
    /// Requests; also where nothing is said.
    #[default]
    Requests,
    /// Bytes of bodies.
    ContentBytes,
    /// Requests at a time.
    ConcurrentRequests,
    /// Something else, by its name.
    Other(String),
}

impl RateLimits {
    /// Reads them. Moments are counted from the answer's own `Date`; where it has none, from `now`, the time since 1970 by
    /// your own clock, if you know it.
    pub fn read(headers: &HeaderMap, dialect: RateLimitDialect, now: Option<Duration>) -> Self {
        let is_cached =
            headers.get(header::AGE).is_some_and(|age| whole(age.as_bytes().trim_ascii()) > Some(0));
        if is_cached {
            return RateLimits::default();
        }
        let now = server_time(headers, now);
        if dialect.has_draft() {
            let found = draft::read(headers, dialect, now);
            if !found.is_empty() {
                return found;
            }
        }
        let limits =
            dialect.spellings(headers).into_iter().filter_map(|spelling| spelling.read(headers, now));
        let limits = limits.chain(dialect.is_shopify().then(|| spelling::shopify(headers)).flatten());
        RateLimits { limits: limits.collect(), policies: Vec::new() }
    }

    /// What is left of each limit.
    pub fn limits(&self) -> &[ServiceLimit] {
        &self.limits
    }

    /// How the limits are made, where that is said.
    pub fn policies(&self) -> &[QuotaPolicy] {
        &self.policies
    }

    /// Whether nothing is said.
    pub fn is_empty(&self) -> bool {
        self.limits.is_empty() && self.policies.is_empty()
    }

    /// The limit of this name.
    pub fn find(&self, name: &str) -> Option<&ServiceLimit> {
        self.limits.iter().find(|limit| limit.name() == Some(name))
    }

    /// How long it takes until nothing is used up any more. `None` where nothing is, or nobody says until when. `Retry-After`,
    /// where there is one, comes before it. Not limited: a hostile server may say a thousand years.
    pub fn wait(&self) -> Option<Duration> {
        self.limits.iter().filter(|limit| limit.is_used_up()).filter_map(ServiceLimit::reset).max()
    }
}

impl ServiceLimit {
    /// The name of its policy, or what a vendor calls it: the resource of GitHub, the bucket of Discord, `requests` and
    /// `tokens` of `OpenAI`.
    pub fn name(&self) -> Option<&str> {
        self.name.as_deref()
    }

    /// How much there is in all. Fields of the IETF's draft have that in the [policy](RateLimits::policies).
    pub fn quota(&self) -> Option<u64> {
        self.quota
    }

    /// How much of it is left. More than 0 is no promise.
    pub fn remaining(&self) -> Option<u64> {
        self.remaining
    }

    /// From the answer until it is all there again; zero where that was before.
    pub fn reset(&self) -> Option<Duration> {
        self.reset
    }

    /// Whom it is for, in words of the server.
    pub fn partition_key(&self) -> Option<&[u8]> {
        self.partition_key.as_deref()
    }

    /// Whether nothing is left.
    pub fn is_used_up(&self) -> bool {
        self.remaining == Some(0)
    }
}

impl QuotaPolicy {
    /// Its name; older drafts have none.
    pub fn name(&self) -> Option<&str> {
        self.name.as_deref()
    }

    /// How much, in its [unit](Self::unit).
    pub fn quota(&self) -> u64 {
        self.quota
    }

    /// What is counted.
    pub fn unit(&self) -> &QuotaUnit {
        &self.unit
    }

    /// In which time; never zero.
    pub fn window(&self) -> Option<Duration> {
        self.window
    }

    /// Whom it is for, in words of the server.
    pub fn partition_key(&self) -> Option<&[u8]> {
        self.partition_key.as_deref()
    }
}

#[cfg(test)]
mod tests;
