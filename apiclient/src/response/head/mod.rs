//! What the headers of an answer say about links, credentials, limits and waiting, each read by its grammar.
//!
//! | header | from | read by |
//! |---|---|---|
//! | `Link` | RFC 8288 | [`Response::links`], [`Error::links`], [`Links::read`] |
//! | `WWW-Authenticate`, `Proxy-Authenticate` | RFC 9110, section 11 | [`Error::challenges`], [`Challenge::of_server`], [`Challenge::of_proxy`] |
//! | `RateLimit`, `RateLimit-Policy`, `X-RateLimit-*` | drafts of the IETF, vendors | [`Response::rate_limits`], [`Error::rate_limits`], [`RateLimits::read`] |
//! | `Retry-After` | RFC 9110, section 10.2.3 | [`Response::retry_after`], [`Error::retry_after`] |
//!
//! A server may say anything: what is malformed is ignored, what is too large is as large as can be said, and nothing
//! takes longer than to read it once.
//!
//! [`Response::links`]: crate::Response::links
//! [`Response::rate_limits`]: crate::Response::rate_limits
//! [`Response::retry_after`]: crate::Response::retry_after
//! [`Error::links`]: crate::Error::links
//! [`Error::challenges`]: crate::Error::challenges
//! [`Error::rate_limits`]: crate::Error::rate_limits
//! [`Error::retry_after`]: crate::Error::retry_after

mod challenge;
mod date;
mod ext_value;
mod link;
mod number;
mod of_answers;
mod rate_limit;
mod retry_after;
mod structured;
mod words;

pub use challenge::Challenge;
pub(crate) use date::http_date;
pub use link::{Link, Links};
pub use rate_limit::{QuotaPolicy, QuotaUnit, RateLimitDialect, RateLimits, ServiceLimit};
pub(crate) use retry_after::retry_after;

/// For tests.
#[cfg(test)]
fn headers(lines: &[(&'static str, &str)]) -> http::HeaderMap {
    let value = |text: &str| http::HeaderValue::from_bytes(text.as_bytes()).unwrap();
    lines.iter().map(|(name, text)| (http::HeaderName::from_static(name), value(text))).collect()
}
