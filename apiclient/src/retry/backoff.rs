//! How long to wait.

use crate::random::Random;
use std::time::Duration;

/// Full jitter: anything up to `base`, doubled with each try that failed, and never more than `cap`.
pub(crate) fn full_jitter(base: Duration, cap: Duration, failed: u32, random: &dyn Random) -> Duration {
    let doubled = 2_u32.checked_pow(failed.saturating_sub(1)).and_then(|by| base.checked_mul(by));
    part(doubled.map_or(cap, |doubled| doubled.min(cap)), random)
}

/// What a server asks for, and up to a tenth more, so that not all who were told the same come back at the same moment.
pub(crate) fn upwards(asked: Duration, random: &dyn Random) -> Duration {
    asked.saturating_add(part(asked / 10, random))
}

/// Any part of it, the whole included; every one is as likely.
fn part(whole: Duration, random: &dyn Random) -> Duration {
    let nanos = whole.as_nanos().min(u128::from(u64::MAX));
    let drawn = (nanos * (u128::from(random.next_u64()) + 1)) >> 64;
    Duration::from_nanos(u64::try_from(drawn).unwrap_or(u64::MAX))
}
