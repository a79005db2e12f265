//! Driving a future by the clock alone.

use super::ManualClock;
use std::{
    pin::pin,
    sync::{
        Arc,
        atomic::{AtomicBool, Ordering},
    },
    task::{Context, Poll, Wake, Waker},
};

/// Whether the future was woken since it was last polled.
#[derive(Default)]
struct Woken(AtomicBool);

impl Wake for Woken {
    fn wake(self: Arc<Self>) {
        self.wake_by_ref();
    }

    fn wake_by_ref(self: &Arc<Self>) {
        self.0.store(true, Ordering::Release);
    }
}

/// How often a future may wake itself while no time passes.
const POLLS: u32 = 1_000_000;

impl ManualClock {
    /// Runs `future` to its end on this thread, without any runtime and without waiting: as soon as nothing can go on, the
    /// time moves to when the next sleeper is due.
    ///
    /// Those who are due at the same moment are woken one by one, and what they wake runs before the next of them: what
    /// happens, and in which order, is the same each time. Several calls at once are a `join!` of them, or what collects
    /// futures, such as `FuturesUnordered`.
    ///
    /// ```
    /// use apiclient::{testing::ManualClock, time::Clock};
    /// use std::time::Duration;
    ///
    /// let clock = ManualClock::new();
    /// let answer = clock.run(async {
    ///     clock.sleep(Duration::from_secs(3600)).await;
    ///     42
    /// });
    /// assert_eq!((answer, clock.elapsed()), (42, Duration::from_secs(3600)));
    /// ```
    ///
    /// # Panics
    ///
    /// If the future waits for something else than this clock, such as a socket, another thread or another clock: nobody
    /// sleeps, and it was not woken, or it wakes itself a million times while no time passes. Waiting for that could last for
    /// ever. Whatever needs a runtime belongs into one, such as Tokio's with paused time.
    #[track_caller]
    pub fn run<F: Future>(&self, future: F) -> F::Output {
        match self.drive(future) {
            Some(output) => output,
            None => stuck(),
        }
    }

    /// The same; none where the future waits for something else.
    pub(crate) fn drive<F: Future>(&self, future: F) -> Option<F::Output> {
        let mut future = pin!(future);
        let woken = Arc::new(Woken::default());
        let waker = Waker::from(woken.clone());
        let mut cx = Context::from_waker(&waker);
        let mut polls = 0;
        while polls < POLLS {
            if let Poll::Ready(output) = future.as_mut().poll(&mut cx) {
                return Some(output);
            }
            polls += 1;
            // A sleeper may be someone else's: whoever wakes nothing here is followed by the next.
            while !woken.0.swap(false, Ordering::Acquire) {
                self.wake_next()?.wake();
                polls = 0;
            }
        }
        None
    }
}

#[track_caller]
#[expect(clippy::panic, reason = "a test that would hang fails instead")]
fn stuck() -> ! {
    panic!(
        "the future waits for something that is not this clock: nobody sleeps, and nothing has woken it. Give the client \
         this clock with `.clock(clock.clone())`, or test with Tokio's paused time what needs a runtime"
    )
}
