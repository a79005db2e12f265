//! A clock that stands still until it is moved.

use crate::{time::Clock, transport::BoxFuture};
use std::{
    future::poll_fn,
    sync::{Arc, Mutex, MutexGuard, PoisonError},
    task::{Poll, Waker},
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
    sleepers: Vec<(Instant, Waker)>,
}

impl Default for Hands {
    fn default() -> Self {
        Hands { now: Instant::now(), sleepers: Vec::new() }
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

    /// Moves the time and wakes, in order, whoever sleeps no longer than that.
    pub fn advance(&self, by: Duration) {
        let mut hands = self.hands();
        hands.now += by;
        let now = hands.now;
        let (mut due, later): (Vec<_>, Vec<_>) = hands.sleepers.drain(..).partition(|(at, _)| *at <= now);
        hands.sleepers = later;
        drop(hands);
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

impl Clock for ManualClock {
    fn now(&self) -> Instant {
        self.hands().now
    }

    fn sleep(&self, duration: Duration) -> BoxFuture<'static, ()> {
        let clock = self.clone();
        let at = self.now() + duration;
        Box::pin(poll_fn(move |cx| {
            let mut hands = clock.hands();
            if hands.now >= at {
                return Poll::Ready(());
            }
            if !hands.sleepers.iter().any(|(due, waker)| *due == at && waker.will_wake(cx.waker())) {
                hands.sleepers.push((at, cx.waker().clone()));
            }
            Poll::Pending
        }))
    }
}
