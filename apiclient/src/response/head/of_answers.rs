//! What the headers say, at the answers and the errors that have them.

use super::{Challenge, Links, RateLimitDialect, RateLimits, retry_after};
use crate::{answer::Response, error::Error};
use http::StatusCode;
use std::time::Duration;

impl Error {
    /// How long the server asks to wait before another try (`Retry-After`, RFC 9110, section 10.2.3): a number of seconds, or
    /// a date, which is counted from the answer's own `Date`, so that no clock of ours has to agree with the server's. Of
    /// several the longest. `None` where it is absent or neither, and for a date in an answer without a `Date`; zero for a
    /// date that is over. More seconds than can be said are `u64::MAX` seconds: add with `checked_add`.
    ///
    /// Where a limit of the client itself had no room ([`RateLimited`](crate::ErrorKind::RateLimited)): after how long it has.
    pub fn retry_after(&self) -> Option<Duration> {
        self.own_wait().or_else(|| retry_after(self.headers()?, None, false))
    }

    /// The links of the answer (`Link`, RFC 8288), such as a problem's `help`; none if there was no answer. Relative ones are
    /// resolved against the URL of the request.
    pub fn links(&self) -> Links {
        let links = self.headers().map(|headers| Links::read(headers, &self.url().unwrap_or_default()));
        links.unwrap_or_default()
    }

    /// How the server wants to know who is asking (`WWW-Authenticate`, RFC 9110, section 11.6.1), or, for a 407, the proxy. Of
    /// several the order is the server's.
    ///
    /// ```
    /// # fn is_expired(error: &apiclient::Error) -> bool {
    /// error.challenges().iter().any(|c| c.is_scheme("Bearer") && c.param("error") == Some("invalid_token"))
    /// # }
    /// ```
    pub fn challenges(&self) -> Vec<Challenge> {
        let by_proxy = self.status() == Some(StatusCode::PROXY_AUTHENTICATION_REQUIRED);
        let read = if by_proxy { Challenge::of_proxy } else { Challenge::of_server };
        self.headers().map(read).unwrap_or_default()
    }

    /// What the server says about its limits, in whatever words ([`RateLimitDialect::Guess`]); a moment is counted from the
    /// answer's own `Date`. [`RateLimits::read`] reads the headers in words that are known.
    pub fn rate_limits(&self) -> RateLimits {
        self.headers()
            .map(|headers| RateLimits::read(headers, RateLimitDialect::Guess, None))
            .unwrap_or_default()
    }
}

impl<T> Response<T> {
    /// The links of the answer (`Link`, RFC 8288): the next page, say. Relative ones are resolved against the URL of the request.
    pub fn links(&self) -> Links {
        Links::read(self.headers(), &self.url())
    }

    /// What the server says about its limits, as [`Error::rate_limits`] has it.
    pub fn rate_limits(&self) -> RateLimits {
        RateLimits::read(self.headers(), RateLimitDialect::Guess, None)
    }

    /// How long the server asks to wait before the next request, as [`Error::retry_after`] has it: of a 202, say.
    pub fn retry_after(&self) -> Option<Duration> {
        retry_after(self.headers(), None, false)
    }
}
