//! Numbers of the shape that is needed, from random ones.

use crate::{random::Random, testing::SeededRandom};
use bytes::Bytes;

/// From 0 to, but without, 1: its 52 bits are drawn.
pub(super) fn unit(random: &dyn Random) -> f64 {
    const ONE: u64 = 0x3FF0_0000_0000_0000;
    f64::from_bits(ONE | (random.next_u64() >> 12)) - 1.0
}

/// From 0 to `most`, both included.
pub(super) fn between(random: &dyn Random, most: u64) -> u64 {
    let scaled = u128::from(random.next_u64()) * (u128::from(most) + 1);
    u64::try_from(scaled >> 64).unwrap_or(most)
}

/// A place within so many bytes, before the last.
pub(super) fn index(random: &dyn Random, length: usize) -> usize {
    let most = u64::try_from(length).unwrap_or(u64::MAX).saturating_sub(1);
    usize::try_from(between(random, most)).unwrap_or(0)
}

/// So many bytes.
pub(super) fn bytes(random: &dyn Random, length: usize) -> Bytes {
    let words = std::iter::repeat_with(|| random.next_u64().to_le_bytes());
    words.flatten().take(length).collect()
}

/// The numbers of one attempt: they depend on nothing but the seed, whose attempt it is and which.
pub(super) fn stream(seed: u64, key: &str, nth: u64) -> SeededRandom {
    let (seed, nth) = (seed.to_le_bytes(), nth.to_le_bytes());
    // FNV-1a: the same on every machine and in every version, which the hashes of the standard library are not.
    let fold = |hash: u64, byte: &u8| (hash ^ u64::from(*byte)).wrapping_mul(0x0100_0000_01B3);
    let bytes = seed.iter().chain(key.as_bytes()).chain(&nth);
    SeededRandom::new(bytes.fold(0xCBF2_9CE4_8422_2325, fold))
}

#[cfg(test)]
mod tests {
    use super::*;

    #[derive(Debug)]
    struct Always(u64);

    impl Random for Always {
        fn next_u64(&self) -> u64 {
            self.0
        }
    }

    #[test]
    fn the_ends_of_the_range() {
        assert_eq!((unit(&Always(0)), between(&Always(0), 9)), (0.0, 0));
        assert!(unit(&Always(u64::MAX)) < 1.0 && unit(&Always(u64::MAX)) > 0.999_999);
        assert_eq!((between(&Always(u64::MAX), 9), between(&Always(u64::MAX), u64::MAX)), (9, u64::MAX));
    }

    #[test]
    fn bytes_and_places_among_them() {
        let random = SeededRandom::new(7);
        assert_eq!((index(&random, 0), index(&random, 1), bytes(&random, 0).len()), (0, 0, 0));
        assert!((0..100).all(|_| index(&random, 3) < 3));
        let (a, b) = (bytes(&random, 11), bytes(&random, 11));
        assert!(a.len() == 11 && b.len() == 11 && a != b);
    }

    #[test]
    fn streams_are_their_own() {
        let first = |seed, key, nth| stream(seed, key, nth).next_u64();
        assert_eq!(first(7, "a", 1), first(7, "a", 1));
        let all: std::collections::BTreeSet<u64> =
            [(7, "a", 1), (8, "a", 1), (7, "b", 1), (7, "a", 2)].map(|(s, k, n)| first(s, k, n)).into();
        assert_eq!(all.len(), 4);
    }
}
