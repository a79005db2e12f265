//! When a second request is worth it: how long calls take, and how many second requests there were.

use crate::endpoint::{Endpoint, HedgeAfter};
use std::{
    collections::HashMap,
    sync::{Mutex, MutexGuard, PoisonError},
    time::Duration,
};

/// What the endpoints of a client have seen.
#[derive(Debug, Default)]
pub(crate) struct Hedges {
    of: Mutex<HashMap<usize, Seen>>,
}

/// Of one endpoint.
#[derive(Debug)]
struct Seen {
    times: Times,
    /// What there is for second requests, in parts of one.
    fund: u32,
}

/// A second request costs as much as twenty calls bring: at most one of twenty has one.
const COST: u32 = 20;
/// What is not used is not kept for long.
const MOST: u32 = 10 * COST;
/// Fewer say nothing about a percentile.
const LEAST: u32 = 100;
/// No second request goes sooner.
const SOONEST: Duration = Duration::from_millis(1);

impl Hedges {
    fn of(&self) -> MutexGuard<'_, HashMap<usize, Seen>> {
        // Nothing in here is half done when something panics.
        self.of.lock().unwrap_or_else(PoisonError::into_inner)
    }

    /// A call begins: after how long a second request would be sent.
    pub(crate) fn begin(&self, endpoint: Option<&'static Endpoint>, after: HedgeAfter) -> Option<Duration> {
        let mut of = self.of();
        let seen = of.entry(address(endpoint)).or_insert_with(Seen::new);
        seen.fund = (seen.fund + 1).min(MOST);
        match after {
            HedgeAfter::Fixed(after) => Some(after.max(SOONEST)),
            HedgeAfter::Permille(permille) => seen.times.quantile(permille).map(|after| after.max(SOONEST)),
        }
    }

    /// Whether there may be a second request.
    pub(crate) fn may(&self, endpoint: Option<&'static Endpoint>) -> bool {
        self.of().get(&address(endpoint)).is_some_and(|seen| seen.fund >= COST)
    }

    /// There is a second request, if there may be.
    pub(crate) fn take(&self, endpoint: Option<&'static Endpoint>) -> bool {
        let mut of = self.of();
        let Some(seen) = of.get_mut(&address(endpoint)) else { return false };
        let left = seen.fund.checked_sub(COST);
        seen.fund = left.unwrap_or(seen.fund);
        left.is_some()
    }

    /// A request was answered after so long.
    pub(crate) fn answered(&self, endpoint: Option<&'static Endpoint>, took: Duration) {
        if let Some(seen) = self.of().get_mut(&address(endpoint)) {
            seen.times.add(took);
        }
    }
}

/// By identity: it is a static.
fn address(endpoint: Option<&'static Endpoint>) -> usize {
    endpoint.map_or(0, |endpoint| std::ptr::from_ref(endpoint).addr())
}

impl Seen {
    fn new() -> Self {
        Seen { times: Times::default(), fund: 0 }
    }
}

/// How long requests took, in steps of an eighth of each power of two; what is long ago counts less and less.
#[derive(Debug)]
struct Times {
    counts: Vec<u32>,
    total: u32,
}

/// Eight for each power of two of microseconds.
const STEPS: usize = 8 * 40;
/// After so many everything counts half.
const HALVED_AT: u32 = 2000;

impl Default for Times {
    fn default() -> Self {
        Times { counts: vec![0; STEPS], total: 0 }
    }
}

impl Times {
    fn step(took: Duration) -> usize {
        let micros = u64::try_from(took.as_micros()).unwrap_or(u64::MAX).max(1);
        let power = micros.ilog2();
        let within = (micros << (63 - power) >> 60) & 7;
        let step = power as usize * 8 + within as usize;
        step.min(STEPS - 1)
    }

    /// The end of a step.
    fn end(step: usize) -> Duration {
        let (power, within) = (step / 8, (step % 8) as u64);
        // 8 + within + 1 eighths of the power.
        Duration::from_micros(((9 + within) << power).div_ceil(8))
    }

    fn add(&mut self, took: Duration) {
        self.counts[Self::step(took)] += 1;
        self.total += 1;
        if self.total >= HALVED_AT {
            self.counts.iter_mut().for_each(|count| *count /= 2);
            self.total = self.counts.iter().sum();
        }
    }

    /// Of a thousand so many took no longer.
    fn quantile(&self, permille: u16) -> Option<Duration> {
        if self.total < LEAST {
            return None;
        }
        let wanted = (u64::from(self.total) * u64::from(permille.min(1000))).div_ceil(1000);
        let mut below = 0;
        let found = self.counts.iter().position(|count| {
            below += u64::from(*count);
            below >= wanted
        });
        found.map(Self::end)
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn quantiles_are_found_to_an_eighth() {
        let mut times = Times::default();
        assert_eq!(times.quantile(950), None);
        for ms in 1..=1000 {
            times.add(Duration::from_millis(ms));
        }
        for (permille, exact) in [(10, 10.0), (500, 500.0), (950, 950.0), (990, 990.0), (1000, 1000.0)] {
            let found = times.quantile(permille).unwrap().as_secs_f64() * 1000.0;
            assert!((exact..=exact * 1.13).contains(&found), "{permille}: {found}");
        }
    }

    #[test]
    fn every_time_has_a_step() {
        for took in [Duration::ZERO, Duration::from_nanos(1), Duration::from_secs(3600), Duration::MAX] {
            assert!(Times::step(took) < STEPS);
        }
        for step in 24..STEPS - 1 {
            assert!(Times::end(step) < Times::end(step + 1), "{step}");
        }
    }

    #[test]
    fn at_most_one_of_twenty() {
        let hedges = Hedges::default();
        let mut second = 0;
        for _ in 0..10_000 {
            hedges.begin(None, HedgeAfter::Fixed(SOONEST));
            second += u32::from(hedges.take(None));
        }
        assert_eq!(second, 500);
    }
}
