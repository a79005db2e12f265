//! Random numbers that are the same each time.

use crate::random::Random;
use std::sync::{
    Arc,
    atomic::{AtomicU64, Ordering},
};

/// A [`Random`] that gives the same numbers for the same seed. Clones share the sequence.
///
/// ```
/// use apiclient::{Random, testing::SeededRandom};
///
/// let (a, b) = (SeededRandom::new(7), SeededRandom::new(7));
/// assert_eq!(a.next_u64(), b.next_u64());
/// assert_ne!(a.next_u64(), a.next_u64());
/// ```
#[derive(Debug, Clone, Default)]
pub struct SeededRandom(Arc<AtomicU64>);

impl SeededRandom {
    /// The numbers of this seed. Default: 0.
    pub fn new(seed: u64) -> Self {
        SeededRandom(Arc::new(AtomicU64::new(seed)))
    }
}

impl Random for SeededRandom {
    /// `SplitMix64` (Steele, Lea, Flood: Fast Splittable Pseudorandom Number Generators, 2014).
    fn next_u64(&self) -> u64 {
        const GAMMA: u64 = 0x9E37_79B9_7F4A_7C15;
        let state = self.0.fetch_add(GAMMA, Ordering::Relaxed).wrapping_add(GAMMA);
        let state = (state ^ (state >> 30)).wrapping_mul(0xBF58_476D_1CE4_E5B9);
        let state = (state ^ (state >> 27)).wrapping_mul(0x94D0_49BB_1331_11EB);
        state ^ (state >> 31)
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn the_reference_sequence() {
        let random = SeededRandom::new(1_234_567);
        let first: Vec<u64> = (0..3).map(|_| random.next_u64()).collect();
        assert_eq!(first, [6_457_827_717_110_365_317, 3_203_168_211_198_807_973, 9_817_491_932_198_370_423]);
    }
}
