//! A queue before a quota: first come, first served; whoever leaves it gives the place back.

use super::gcra::{Quota, Taken, Used};
use crate::time::{BoxFuture, Clock};
use std::{
    collections::VecDeque,
    pin::Pin,
    sync::{Mutex, MutexGuard, PoisonError},
    task::{Context, Poll, Waker},
    time::{Duration, Instant},
};

/// A quota, and who waits for it. Its lock is never held over an await, and nobody is woken or dropped within it.
#[derive(Debug)]
pub(crate) struct Limiter {
    quota: Quota,
    began: Instant,
    state: Mutex<State>,
}

#[derive(Debug, Default)]
struct State {
    used: Used,
    /// Their numbers rise.
    waiting: VecDeque<Waiter>,
    /// What all of those cost together.
    waiting_cost: u64,
    next: u64,
}

#[derive(Debug)]
struct Waiter {
    number: u64,
    cost: u32,
    waker: Option<Waker>,
}

/// What a quota says to one who does not wait, or not as long.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(crate) struct Full {
    /// After how long there would be room.
    pub(crate) wait: Duration,
}

impl Limiter {
    pub(crate) fn new(quota: Quota, now: Instant) -> Self {
        Limiter { quota, began: now, state: Mutex::default() }
    }

    pub(crate) fn burst(&self) -> u32 {
        self.quota.burst()
    }

    fn state(&self) -> MutexGuard<'_, State> {
        // Nothing in here is half done when something panics.
        self.state.lock().unwrap_or_else(PoisonError::into_inner)
    }

    fn nanos(&self, now: Instant) -> u64 {
        u64::try_from(now.saturating_duration_since(self.began).as_nanos()).unwrap_or(u64::MAX)
    }

    /// Lets one through that costs so much, now or not at all.
    pub(crate) fn try_admit(&self, now: Instant, cost: u32) -> Result<Taken, Full> {
        let now = self.nanos(now);
        let mut state = self.state();
        if state.waiting.is_empty() {
            if let Ok(taken) = state.used.admit(self.quota, cost, now) {
                return Ok(taken);
            }
        }
        Err(Full { wait: self.wait(&state, cost, now) })
    }

    /// How long whoever comes now would wait.
    fn wait(&self, state: &State, cost: u32, now: u64) -> Duration {
        let before = self.quota.takes(1).saturating_mul(state.waiting_cost);
        let used = state.used.after(now, before);
        Duration::from_nanos(used.wait(self.quota, cost, now))
    }

    /// Lets one through as soon as it is its turn; at once an error where that would be later than `due`.
    pub(crate) async fn admit(&self, clock: &dyn Clock, cost: u32, due: Instant) -> Result<Taken, Full> {
        let now = clock.now();
        let full = match self.try_admit(now, cost) {
            Ok(taken) => return Ok(taken),
            Err(full) => full,
        };
        if now.checked_add(full.wait).is_none_or(|then| then >= due) {
            return Err(full);
        }
        let number = self.enter(cost);
        Ok(Turn { limiter: self, clock, number, cost, sleep: None, is_over: false }.await)
    }

    fn enter(&self, cost: u32) -> u64 {
        let mut state = self.state();
        let number = state.next;
        state.next += 1;
        state.waiting_cost += u64::from(cost);
        state.waiting.push_back(Waiter { number, cost, waker: None });
        number
    }

    /// What was let through was not used after all.
    pub(crate) fn give_back(&self, taken: Taken) {
        let mut state = self.state();
        let next = if state.used.give_back(taken) { state.head() } else { None };
        drop(state);
        next.into_iter().for_each(Waker::wake);
    }

    /// How many calls there is room for, and how many wait.
    pub(crate) fn look(&self, now: Instant) -> (u32, usize) {
        let state = self.state();
        (state.used.left(self.quota, self.nanos(now)), state.waiting.len())
    }
}

impl State {
    /// Whom to wake: whoever is the next.
    fn head(&mut self) -> Option<Waker> {
        self.waiting.front_mut().and_then(|waiter| waiter.waker.take())
    }

    fn remove(&mut self, number: u64) {
        if let Ok(at) = self.waiting.binary_search_by_key(&number, |waiter| waiter.number) {
            let gone = self.waiting.remove(at);
            self.waiting_cost -= gone.map_or(0, |gone| u64::from(gone.cost));
        }
    }
}

/// A place in the queue.
struct Turn<'a> {
    limiter: &'a Limiter,
    clock: &'a dyn Clock,
    number: u64,
    cost: u32,
    /// Only the first of the queue waits for time; the others wait for it.
    sleep: Option<BoxFuture<'static, ()>>,
    is_over: bool,
}

impl Turn<'_> {
    /// Whether it is its turn, and there is room; else how long to sleep, if it is the first.
    fn step(&mut self, cx: &Context<'_>) -> Step {
        let now = self.limiter.nanos(self.clock.now());
        let mut state = self.limiter.state();
        if state.waiting.front().is_none_or(|first| first.number != self.number) {
            let at = state.waiting.binary_search_by_key(&self.number, |waiter| waiter.number);
            let replaced = at.ok().and_then(|at| state.waiting[at].waker.replace(cx.waker().clone()));
            drop(state);
            drop(replaced);
            return Step::Behind;
        }
        match state.used.admit(self.limiter.quota, self.cost, now) {
            Ok(taken) => {
                state.remove(self.number);
                let next = state.head();
                drop(state);
                next.into_iter().for_each(Waker::wake);
                Step::Through(taken)
            }
            Err(wait) => {
                // What is given back may let it through sooner.
                let replaced = state.waiting[0].waker.replace(cx.waker().clone());
                drop(state);
                drop(replaced);
                Step::Wait(Duration::from_nanos(wait))
            }
        }
    }
}

enum Step {
    Through(Taken),
    Behind,
    Wait(Duration),
}

impl Future for Turn<'_> {
    type Output = Taken;

    fn poll(mut self: Pin<&mut Self>, cx: &mut Context<'_>) -> Poll<Taken> {
        loop {
            match self.step(cx) {
                Step::Through(taken) => {
                    self.is_over = true;
                    return Poll::Ready(taken);
                }
                Step::Behind => return Poll::Pending,
                Step::Wait(wait) => {
                    let mut sleep = self.clock.sleep(wait);
                    if sleep.as_mut().poll(cx).is_pending() {
                        self.sleep = Some(sleep);
                        return Poll::Pending;
                    }
                }
            }
        }
    }
}

impl Drop for Turn<'_> {
    fn drop(&mut self) {
        if self.is_over {
            return;
        }
        let mut state = self.limiter.state();
        state.remove(self.number);
        let next = state.head();
        drop(state);
        next.into_iter().for_each(Waker::wake);
    }
}
