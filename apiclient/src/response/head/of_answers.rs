//! What the headers say, at the answers and the errors that have them.

use super::retry_after;
use crate::error::Error;
use std::time::Duration;

impl Error {
    /// How long the server asks to wait before another try (`Retry-After`, RFC 9110, section 10.2.3): a number of seconds, or
    /// a date, which is counted from the answer's own `Date`, so that no clock of ours has to agree with the server's. Of
    /// several the longest. `None` where it is absent or neither, and for a date in an answer without a `Date`; zero for a
    /// date that is over. More seconds than can be said are `u64::MAX` seconds: add with `checked_add`.
    pub fn retry_after(&self) -> Option<Duration> {
        retry_after(self.headers()?, None, false)
    }
}
