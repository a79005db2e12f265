//! A clock on which waits take no time.

use apiclient::{
    testing::ManualClock,
    time::{BoxFuture, Clock, Timer},
};
use std::{
    sync::{Arc, Mutex, PoisonError},
    task::{Context, Poll},
    time::{Duration, Instant},
};

/// Whoever sleeps has slept, so that waits between attempts over sockets need nobody to move the clock. Limits of time are those
/// of the manual clock beneath.
#[derive(Debug, Clone)]
pub struct Leaping {
    clock: ManualClock,
    slept: Arc<Mutex<Vec<Duration>>>,
}

impl Leaping {
    /// Over this clock, which moves by each sleep.
    pub fn over(clock: ManualClock) -> Self {
        Leaping { clock, slept: Arc::default() }
    }

    /// How long each sleep would have been.
    pub fn slept(&self) -> Vec<Duration> {
        self.slept.lock().unwrap_or_else(PoisonError::into_inner).clone()
    }
}

impl Clock for Leaping {
    fn now(&self) -> Instant {
        self.clock.now()
    }

    fn sleep(&self, duration: Duration) -> BoxFuture<'static, ()> {
        let this = self.clone();
        Box::pin(async move {
            this.slept.lock().unwrap_or_else(PoisonError::into_inner).push(duration);
            this.clock.advance(duration);
        })
    }

    fn poll_timer(&self, timer: &mut Timer, cx: &mut Context<'_>) -> Poll<()> {
        self.clock.poll_timer(timer, cx)
    }

    fn cancel(&self, timer: &mut Timer) {
        self.clock.cancel(timer);
    }
}
