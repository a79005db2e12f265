//! The generic cell rate algorithm (ITU-T I.371): one number per quota, exact for every schedule.

use super::queue::{Rule, Wait};
use std::time::Duration;

/// So many calls in a period, so many of them at once.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(crate) struct Quota {
    /// What one call takes, in nanoseconds; rounded up, so that never more is let through than was said.
    each: u64,
    burst: u32,
}

/// The most that a quota lets through at once where nobody says another number.
const MOST_BURST: u32 = 100;

impl Quota {
    /// None for a rate without calls.
    pub(crate) fn new(calls: u32, period: Duration, burst: Option<u32>) -> Option<Self> {
        let each = period.as_nanos().checked_add(u128::from(calls).checked_sub(1)?)? / u128::from(calls);
        let each = u64::try_from(each).unwrap_or(u64::MAX).max(1);
        Some(Quota { each, burst: burst.unwrap_or(calls.min(MOST_BURST)).max(1) })
    }

    pub(crate) fn burst(self) -> u32 {
        self.burst
    }

    /// How long it takes until there is room for so much more.
    pub(crate) fn takes(self, cost: u32) -> u64 {
        self.each.saturating_mul(u64::from(cost))
    }
}

/// How much of a quota is used: the moment at which all of it is free again, in nanoseconds ("theoretical arrival time").
#[derive(Debug, Clone, Copy, Default, PartialEq, Eq)]
pub(crate) struct Used(u64);

/// What one admission took.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(crate) struct Taken {
    before: Used,
    after: Used,
}

impl Used {
    pub(crate) fn at(end: u64) -> Self {
        Used(end)
    }

    /// When nothing is used any more.
    pub(crate) fn end(self) -> u64 {
        self.0
    }

    /// Whether there is room for `cost` now; if not, how many nanoseconds later there is. What costs more than a burst has room
    /// where a whole burst has.
    pub(crate) fn admit(&mut self, quota: Quota, cost: u32, now: u64) -> Result<Taken, u64> {
        let wait = self.wait(quota, cost, now);
        if wait > 0 {
            return Err(wait);
        }
        let before = *self;
        *self = self.after(now, quota.takes(cost));
        Ok(Taken { before, after: *self })
    }

    /// How long until there is room.
    pub(crate) fn wait(self, quota: Quota, cost: u32, now: u64) -> u64 {
        let room = quota.takes(quota.burst.saturating_sub(cost));
        self.0.saturating_sub(now.saturating_add(room))
    }

    /// As it is once so much more was let through.
    pub(crate) fn after(self, now: u64, more: u64) -> Self {
        Used(self.0.max(now).saturating_add(more))
    }

    /// What was admitted was not used: as it was before, if nothing came after it. Else it stays taken, for what came later was
    /// counted from there, and less would let too many through.
    pub(crate) fn give_back(&mut self, taken: Taken) -> bool {
        let is_last = *self == taken.after;
        if is_last {
            *self = taken.before;
        }
        is_last
    }

    /// Whether nothing of it is used any more.
    pub(crate) fn is_free(self, now: u64) -> bool {
        self.0 <= now
    }

    /// How many calls there is room for.
    pub(crate) fn left(self, quota: Quota, now: u64) -> u32 {
        let room = quota.takes(quota.burst).saturating_sub(self.0.saturating_sub(now));
        u32::try_from(room / quota.each).unwrap_or(u32::MAX)
    }
}

/// A quota with what is used of it.
#[derive(Debug)]
pub(crate) struct Gcra {
    pub(crate) quota: Quota,
    pub(crate) used: Used,
}

impl Gcra {
    pub(crate) fn new(quota: Quota) -> Self {
        Gcra { quota, used: Used::default() }
    }
}

impl Rule for Gcra {
    type Taken = Taken;

    fn admit(&mut self, cost: u32, now: u64) -> Result<Taken, Wait> {
        self.used.admit(self.quota, cost, now).map_err(Wait::For)
    }

    fn estimate(&self, ahead: u64, cost: u32, now: u64) -> Option<u64> {
        let before = self.quota.takes(1).saturating_mul(ahead);
        Some(self.used.after(now, before).wait(self.quota, cost, now))
    }

    fn give_back(&mut self, taken: Taken) -> bool {
        self.used.give_back(taken)
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    const SECOND: u64 = 1_000_000_000;

    fn quota(calls: u32, seconds: u64, burst: impl Into<Option<u32>>) -> Quota {
        Quota::new(calls, Duration::from_secs(seconds), burst.into()).unwrap()
    }

    #[test]
    fn a_burst_and_then_the_rate() {
        let (quota, mut used) = (quota(5, 1, 3), Used::default());
        for _ in 0..3 {
            assert!(used.admit(quota, 1, 0).is_ok());
        }
        assert_eq!(used.admit(quota, 1, 0), Err(SECOND / 5));
        assert_eq!(used.admit(quota, 1, SECOND / 5 - 1), Err(1));
        assert!(used.admit(quota, 1, SECOND / 5).is_ok());
        assert_eq!((used.left(quota, SECOND / 5), used.left(quota, SECOND)), (0, 3));
    }

    #[test]
    fn what_is_not_used_is_not_kept_for_longer_than_a_burst() {
        let (quota, mut used) = (quota(1, 1, 2), Used::default());
        let hours = 3600 * SECOND;
        assert_eq!((0..5).filter(|_| used.admit(quota, 1, hours).is_ok()).count(), 2);
    }

    #[test]
    fn what_costs_more_counts_more() {
        let (quota, mut used) = (quota(10, 1, 10), Used::default());
        assert!(used.admit(quota, 8, 0).is_ok());
        assert_eq!(used.admit(quota, 3, 0), Err(SECOND / 10));
        assert!(used.admit(quota, 2, 0).is_ok());
        // More than there ever is at once: after everything else, and then for long.
        assert_eq!(used.admit(quota, 25, 0), Err(SECOND));
        assert!(used.admit(quota, 25, SECOND).is_ok());
        assert_eq!(used.wait(quota, 1, SECOND), 16 * SECOND / 10);
    }

    #[test]
    fn what_was_taken_last_can_be_given_back() {
        let (quota, mut used) = (quota(1, 1, 2), Used::default());
        let first = used.admit(quota, 1, 0).unwrap();
        let second = used.admit(quota, 1, SECOND / 2).unwrap();
        assert!(!used.give_back(first), "something came after it");
        assert!(used.give_back(second) && used.give_back(first));
        assert_eq!(used, Used::default());
    }

    #[test]
    fn rates_are_rounded_to_less() {
        let (quota, mut used) = (quota(3, 1, 1), Used::default());
        let mut admitted = 0;
        for now in (0..300 * SECOND).step_by(1_000_000) {
            admitted += u32::from(used.admit(quota, 1, now).is_ok());
        }
        assert!((890..=900).contains(&admitted), "{admitted}");
    }

    #[test]
    fn defaults() {
        assert_eq!(quota(5000, 3600, None).burst(), 100);
        assert_eq!(quota(5, 1, None).burst(), 5);
        assert_eq!(Quota::new(0, Duration::from_secs(1), None), None);
        assert!(Quota::new(1, Duration::MAX, None).is_some());
    }
}
