//! Randomness as a parameter: whatever is made up (the boundary of a multipart body) comes from a [`Random`].

use std::{
    fmt,
    hash::{BuildHasher, RandomState},
};

/// Where a client gets its random numbers from.
///
/// The default is [`SystemRandom`]; tests use `testing::SeededRandom`, which makes a request the same each time. Nobody
/// may be able to guess the numbers: who knows the boundary of a multipart body can forge parts of it.
///
/// ```
/// use apiclient::Random;
///
/// /// Drawn by a fair roll of a die.
/// #[derive(Debug)]
/// struct Die;
///
/// impl Random for Die {
///     fn next_u64(&self) -> u64 {
///         4
///     }
/// }
///
/// let client = apiclient::Client::builder().base_url("http://dice.test").random(Die);
/// ```
pub trait Random: fmt::Debug + Send + Sync {
    /// The next number; every one of them is as likely.
    fn next_u64(&self) -> u64;
}

/// The operating system's random numbers.
///
/// Where it has none to give, which a running system never is in, those that the standard library keys its hash maps
/// with take their place.
#[derive(Debug, Clone, Copy, Default)]
#[non_exhaustive]
pub struct SystemRandom;

impl SystemRandom {
    /// The system's.
    pub fn new() -> Self {
        SystemRandom
    }
}

impl Random for SystemRandom {
    #[expect(clippy::disallowed_methods, reason = "this is where they come from")]
    fn next_u64(&self) -> u64 {
        getrandom::u64().unwrap_or_else(|_| from_hash_keys())
    }
}

/// `SipHash` of nothing under keys that the standard library made for us.
#[expect(clippy::disallowed_methods, reason = "this is where they come from")]
fn from_hash_keys() -> u64 {
    RandomState::new().hash_one(())
}

const _: fn(&dyn Random) = |_| ();

#[cfg(test)]
mod tests {
    use super::*;
    use std::collections::HashSet;

    #[test]
    fn numbers_do_not_repeat() {
        let system: HashSet<u64> = (0..1000).map(|_| SystemRandom.next_u64()).collect();
        assert_eq!(system.len(), 1000);
        let fallback: HashSet<u64> = (0..1000).map(|_| from_hash_keys()).collect();
        assert_eq!(fallback.len(), 1000);
    }
}
