//! A clock that stands still until it is moved.

mod run;

use crate::{time::Clock, transport::BoxFuture};
use std::{
    collections::BTreeMap,
    fmt,
    pin::Pin,
    sync::{Arc, Mutex, MutexGuard, PoisonError},
    task::{Context, Poll, Waker},
    time::{Duration, Instant},
};

/// A [`Clock`] that stands still until it is moved: by hand with [`advance`](ManualClock::advance), or by
/// [`run`](ManualClock::run), which needs no runtime. Clones share the time.
///
/// Whoever sleeps is woken in an exact order, the same each time: by when it is due, and at the same moment by who began to
/// wait first. While one of them is woken, the time is exactly when it was due.
///
/// ```
/// use apiclient::{Client, Method, testing::{ManualClock, Stub}};
/// use std::time::Duration;
///
/// let clock = ManualClock::new();
/// let client = Client::builder()
///     .base_url("http://stub.test")
///     .transport(Stub::silent())
///     .clock(clock.clone())
///     .timeout(Duration::from_secs(10))
///     .build()?;
///
/// let result: Result<String, _> = clock.run(client.call(Method::GET, "/slow").fetch());
/// assert!(result.unwrap_err().is_timeout());
/// assert_eq!(clock.elapsed(), Duration::from_secs(10));
/// # Ok::<_, apiclient::Error>(())
/// ```
#[derive(Clone, Default)]
pub struct ManualClock(Arc<Mutex<Hands>>);

struct Hands {
    began: Instant,
    now: Instant,
    sleepers: BTreeMap<Place, Waker>,
    last: u64,
}

/// When a sleeper is due, and its number among all sleepers: the order in which they are woken.
type Place = (Instant, u64);

impl Default for Hands {
    #[expect(
        clippy::disallowed_methods,
        reason = "an `Instant` has no other beginning; only what is added to it counts"
    )]
    fn default() -> Self {
        let began = Instant::now();
        Hands { began, now: began, sleepers: BTreeMap::new(), last: 0 }
    }
}

impl ManualClock {
    /// A clock that stands still.
    pub fn new() -> Self {
        Self::default()
    }

    fn hands(&self) -> MutexGuard<'_, Hands> {
        // Nothing in here is half done when something panics.
        self.0.lock().unwrap_or_else(PoisonError::into_inner)
    }

    /// Moves the time, by at most a century, and wakes, in order, whoever sleeps no longer than that.
    ///
    /// The time stands at each one's own moment while it is woken. What is polled only later, by a runtime, finds the time at
    /// its end: [`run`](Self::run) polls in between.
    ///
    /// ```
    /// use apiclient::{testing::ManualClock, time::Clock};
    /// use std::time::Duration;
    ///
    /// let clock = ManualClock::new();
    /// let before = clock.now();
    /// clock.advance(Duration::from_secs(3600));
    /// assert_eq!(clock.now() - before, Duration::from_secs(3600));
    /// ```
    pub fn advance(&self, by: Duration) {
        let end = later(self.now(), by);
        self.advance_to(end);
    }

    /// Moves the time to when the next sleeper is due and wakes whoever is due then. Says how far it went; none where
    /// nobody sleeps.
    ///
    /// ```
    /// use apiclient::{testing::ManualClock, time::Clock};
    /// use futures_util::FutureExt;
    /// use std::time::Duration;
    ///
    /// let clock = ManualClock::new();
    /// let mut nap = clock.sleep(Duration::from_secs(5));
    /// assert!((&mut nap).now_or_never().is_none());
    /// assert_eq!(clock.advance_to_next(), Some(Duration::from_secs(5)));
    /// assert!(nap.now_or_never().is_some());
    /// ```
    pub fn advance_to_next(&self) -> Option<Duration> {
        let (due, now) = {
            let hands = self.hands();
            (hands.next()?, hands.now)
        };
        self.advance_to(due);
        Some(due.saturating_duration_since(now))
    }

    fn advance_to(&self, end: Instant) {
        // One at a time and outside of the lock: a waker may sleep, wake and move the time itself.
        while let Some(waker) = self.wake_until(end) {
            waker.wake();
        }
        let mut hands = self.hands();
        hands.now = hands.now.max(end);
    }

    /// Moves the time to the first sleeper that is due by `end` and takes its waker.
    fn wake_until(&self, end: Instant) -> Option<Waker> {
        let mut hands = self.hands();
        let next = hands.sleepers.first_entry().filter(|next| next.key().0 <= end)?;
        let ((due, _), waker) = next.remove_entry();
        hands.now = hands.now.max(due);
        Some(waker)
    }

    /// The same for the first sleeper, whenever it is due.
    fn wake_next(&self) -> Option<Waker> {
        let next = self.hands().next()?;
        self.wake_until(next)
    }

    /// How many wait for this clock.
    pub fn sleepers(&self) -> usize {
        self.hands().sleepers.len()
    }

    /// How long it was moved since it was made.
    pub fn elapsed(&self) -> Duration {
        let hands = self.hands();
        hands.now.saturating_duration_since(hands.began)
    }

    /// How long until the next sleeper is due; none where nobody sleeps.
    pub fn next_timer(&self) -> Option<Duration> {
        let hands = self.hands();
        Some(hands.next()?.saturating_duration_since(hands.now))
    }
}

impl Hands {
    /// When the next sleeper is due.
    fn next(&self) -> Option<Instant> {
        self.sleepers.keys().next().map(|(due, _)| *due)
    }
}

impl fmt::Debug for ManualClock {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        let (elapsed, sleepers) = (self.elapsed(), self.sleepers());
        f.debug_struct("ManualClock").field("elapsed", &elapsed).field("sleepers", &sleepers).finish()
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

    /// At the beginning it is midnight of 1 January 2026 (UTC), for every clock.
    fn unix_time(&self) -> Duration {
        const BEGAN: Duration = Duration::from_secs(1_767_225_600);
        BEGAN + self.elapsed()
    }

    fn sleep(&self, duration: Duration) -> BoxFuture<'static, ()> {
        let due = later(self.now(), duration);
        Box::pin(Sleep { clock: self.clone(), due, number: None })
    }
}

struct Sleep {
    clock: ManualClock,
    due: Instant,
    /// From the first poll that had to wait.
    number: Option<u64>,
}

impl Future for Sleep {
    type Output = ();

    fn poll(mut self: Pin<&mut Self>, cx: &mut Context<'_>) -> Poll<()> {
        let this = &mut *self;
        let waker = cx.waker().clone();
        let mut hands = this.clock.hands();
        let replaced = match this.number {
            None if hands.now >= this.due => return Poll::Ready(()),
            None => {
                hands.last += 1;
                let number = *this.number.insert(hands.last);
                hands.sleepers.insert((this.due, number), waker)
            }
            // Its turn counts, not the time: of those who are due at the same moment each waits for its own.
            Some(number) => match hands.sleepers.get_mut(&(this.due, number)) {
                Some(known) => Some(std::mem::replace(known, waker)),
                None => return Poll::Ready(()),
            },
        };
        drop(hands);
        drop(replaced);
        Poll::Pending
    }
}

impl Drop for Sleep {
    fn drop(&mut self) {
        if let Some(number) = self.number {
            let gone = self.clock.hands().sleepers.remove(&(self.due, number));
            drop(gone);
        }
    }
}

#[cfg(test)]
mod tests;
