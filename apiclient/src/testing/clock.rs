//! A clock that stands still until it is moved.

use crate::{time::Clock, transport::BoxFuture};
use std::{
    collections::BTreeMap,
    pin::Pin,
    sync::{Arc, Mutex, MutexGuard, PoisonError},
    task::{Context, Poll, Waker},
    time::{Duration, Instant},
};

/// A [`Clock`] that stands still until [`advance`](ManualClock::advance) moves it. Clones share the time.
///
/// ```
/// use apiclient::testing::ManualClock;
/// use apiclient::time::Clock;
/// use std::time::Duration;
///
/// let clock = ManualClock::new();
/// let before = clock.now();
/// clock.advance(Duration::from_secs(3600));
/// assert_eq!(clock.now() - before, Duration::from_secs(3600));
/// ```
#[derive(Debug, Clone, Default)]
pub struct ManualClock(Arc<Mutex<Hands>>);

#[derive(Debug)]
struct Hands {
    now: Instant,
    /// By number, so that whoever is dropped is no longer waited for.
    sleepers: BTreeMap<u64, (Instant, Waker)>,
    last: u64,
}

impl Default for Hands {
    fn default() -> Self {
        Hands { now: Instant::now(), sleepers: BTreeMap::new(), last: 0 }
    }
}

impl ManualClock {
    /// A clock that stands still.
    pub fn new() -> Self {
        Self::default()
    }

    fn hands(&self) -> MutexGuard<'_, Hands> {
        self.0.lock().unwrap_or_else(PoisonError::into_inner)
    }

    /// Moves the time, by at most a century, and wakes, in order, whoever sleeps no longer than that.
    pub fn advance(&self, by: Duration) {
        let mut hands = self.hands();
        hands.now = later(hands.now, by);
        let now = hands.now;
        let (due, later) =
            std::mem::take(&mut hands.sleepers).into_iter().partition(|(_, (at, _))| *at <= now);
        hands.sleepers = later;
        drop(hands);
        let due: BTreeMap<u64, (Instant, Waker)> = due;
        let mut due: Vec<_> = due.into_values().collect();
        due.sort_by_key(|(at, _)| *at);
        for (_, waker) in due {
            waker.wake();
        }
    }

    /// How many wait for this clock.
    pub fn sleepers(&self) -> usize {
        self.hands().sleepers.len()
    }
}

fn later(from: Instant, by: Duration) -> Instant {
    const CENTURY: Duration = Duration::from_secs(100 * 365 * 24 * 3600);
    from.checked_add(by.min(CENTURY)).unwrap_or(from)
}

impl Clock for ManualClock {
    fn now(&self) -> Instant {
        self.hands().now
    }

    fn sleep(&self, duration: Duration) -> BoxFuture<'static, ()> {
        let at = later(self.now(), duration);
        Box::pin(Sleep { clock: self.clone(), at, number: None })
    }
}

struct Sleep {
    clock: ManualClock,
    at: Instant,
    number: Option<u64>,
}

impl Future for Sleep {
    type Output = ();

    fn poll(mut self: Pin<&mut Self>, cx: &mut Context<'_>) -> Poll<()> {
        let this = &mut *self;
        let mut hands = this.clock.hands();
        if hands.now >= this.at {
            return Poll::Ready(());
        }
        hands.last += 1;
        let number = *this.number.get_or_insert(hands.last);
        let replaced = hands.sleepers.insert(number, (this.at, cx.waker().clone()));
        drop(hands);
        drop(replaced);
        Poll::Pending
    }
}

impl Drop for Sleep {
    fn drop(&mut self) {
        if let Some(number) = self.number {
            let gone = self.clock.hands().sleepers.remove(&number);
            drop(gone);
        }
    }
}
