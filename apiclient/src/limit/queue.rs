//! A queue before something that has room now and then: first come, first served; whoever leaves it gives the place back.

use crate::time::{self, BoxFuture, Clock};
use std::{
    collections::VecDeque,
    fmt,
    pin::Pin,
    sync::{Mutex, MutexGuard, PoisonError},
    task::{Context, Poll, Waker},
    time::{Duration, Instant},
};

/// What is waited for. Times are nanoseconds since the queue was made.
pub(crate) trait Rule {
    /// What one admission took.
    type Taken;

    /// Whether there is room for `cost` now.
    fn admit(&mut self, cost: u32, now: u64) -> Result<Self::Taken, Wait>;

    /// How long whoever comes now has to wait, behind others who need `ahead`.
    fn estimate(&self, ahead: u64, cost: u32, now: u64) -> Option<u64>;

    /// What was taken was not used; whether there is more room now.
    fn give_back(&mut self, taken: Self::Taken) -> bool;
}

/// When there may be room.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(crate) enum Wait {
    For(u64),
    /// Once [`Queue::change`] has made some.
    UntilWoken,
}

/// A rule, and who waits for it. Its lock is never held over an await, and nobody is woken or dropped within it.
pub(crate) struct Queue<R> {
    began: Instant,
    state: Mutex<State<R>>,
}

struct State<R> {
    rule: R,
    /// Their numbers rise.
    waiting: VecDeque<Waiter>,
    /// What all of those need together.
    ahead: u64,
    next: u64,
}

struct Waiter {
    number: u64,
    cost: u32,
    waker: Option<Waker>,
}

/// What is said to one who does not wait, or not as long.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(crate) struct Full {
    /// After how long there would be room, where that is known.
    pub(crate) wait: Option<Duration>,
}

impl<R: fmt::Debug> fmt::Debug for Queue<R> {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        let state = self.state();
        f.debug_struct("Queue").field("rule", &state.rule).field("waiting", &state.waiting.len()).finish()
    }
}

impl<R> Queue<R> {
    pub(crate) fn new(rule: R, now: Instant) -> Self {
        let state = State { rule, waiting: VecDeque::new(), ahead: 0, next: 0 };
        Queue { began: now, state: Mutex::new(state) }
    }

    fn state(&self) -> MutexGuard<'_, State<R>> {
        // Nothing in here is half done when something panics.
        self.state.lock().unwrap_or_else(PoisonError::into_inner)
    }

    pub(crate) fn nanos(&self, now: Instant) -> u64 {
        u64::try_from(now.saturating_duration_since(self.began).as_nanos()).unwrap_or(u64::MAX)
    }

    /// What the rule is now, and how many wait for it.
    pub(crate) fn look<T>(&self, look: impl FnOnce(&R) -> T) -> (T, usize) {
        let state = self.state();
        (look(&state.rule), state.waiting.len())
    }

    /// Something happens to the rule; whoever is the next looks whether there is room.
    pub(crate) fn change<T>(&self, change: impl FnOnce(&mut R) -> T) -> T {
        let mut state = self.state();
        let changed = change(&mut state.rule);
        let next = state.head();
        drop(state);
        next.into_iter().for_each(Waker::wake);
        changed
    }
}

impl<R: Rule> Queue<R> {
    /// Lets one through that needs so much, now or not at all.
    pub(crate) fn try_admit(&self, now: Instant, cost: u32) -> Result<R::Taken, Full> {
        let now = self.nanos(now);
        let mut state = self.state();
        if state.waiting.is_empty() {
            if let Ok(taken) = state.rule.admit(cost, now) {
                return Ok(taken);
            }
        }
        let wait = state.rule.estimate(state.ahead, cost, now).map(Duration::from_nanos);
        Err(Full { wait })
    }

    /// Lets one through as soon as it is its turn; an error where that would be later than `due`, at once if that is known.
    pub(crate) async fn admit(&self, clock: &dyn Clock, cost: u32, due: Instant) -> Result<R::Taken, Full> {
        let now = clock.now();
        let full = match self.try_admit(now, cost) {
            Ok(taken) => return Ok(taken),
            Err(full) => full,
        };
        let is_late = |wait| now.checked_add(wait).is_none_or(|then| then >= due);
        if full.wait.is_some_and(is_late) {
            return Err(full);
        }
        let turn = Turn { queue: self, clock, number: self.enter(cost), cost, sleep: None, is_over: false };
        // What is known can change: a server says that it takes longer.
        let full = Full { wait: None };
        time::within(clock, due, turn).await.ok_or(full)
    }

    fn enter(&self, cost: u32) -> u64 {
        let mut state = self.state();
        let number = state.next;
        state.next += 1;
        state.ahead += u64::from(cost);
        state.waiting.push_back(Waiter { number, cost, waker: None });
        number
    }

    /// What was let through was not used after all.
    pub(crate) fn give_back(&self, taken: R::Taken) {
        let mut state = self.state();
        let next = if state.rule.give_back(taken) { state.head() } else { None };
        drop(state);
        next.into_iter().for_each(Waker::wake);
    }
}

impl<R> State<R> {
    /// Whom to wake: whoever is the next.
    fn head(&mut self) -> Option<Waker> {
        self.waiting.front_mut().and_then(|waiter| waiter.waker.take())
    }

    fn remove(&mut self, number: u64) {
        if let Ok(at) = self.waiting.binary_search_by_key(&number, |waiter| waiter.number) {
            let gone = self.waiting.remove(at);
            self.ahead -= gone.map_or(0, |gone| u64::from(gone.cost));
        }
    }
}

/// A place in the queue.
struct Turn<'a, R: Rule> {
    queue: &'a Queue<R>,
    clock: &'a dyn Clock,
    number: u64,
    cost: u32,
    /// Only the first of the queue waits for time; the others wait for it.
    sleep: Option<BoxFuture<'static, ()>>,
    is_over: bool,
}

enum Step<T> {
    Through(T),
    Wait(Wait),
}

impl<R: Rule> Turn<'_, R> {
    /// Whether it is its turn, and there is room.
    fn step(&mut self, cx: &Context<'_>) -> Step<R::Taken> {
        let now = self.queue.nanos(self.clock.now());
        let mut state = self.queue.state();
        let is_first = state.waiting.front().is_some_and(|first| first.number == self.number);
        let step = match is_first {
            true => state.rule.admit(self.cost, now).map_or_else(Step::Wait, Step::Through),
            false => Step::Wait(Wait::UntilWoken),
        };
        let woken = match &step {
            Step::Through(_) => {
                state.remove(self.number);
                state.head()
            }
            Step::Wait(_) => None,
        };
        let replaced = match &step {
            Step::Through(_) => None,
            // Whatever is given back may let it through sooner.
            Step::Wait(_) => {
                let at = state.waiting.binary_search_by_key(&self.number, |waiter| waiter.number);
                at.ok().and_then(|at| state.waiting[at].waker.replace(cx.waker().clone()))
            }
        };
        drop(state);
        drop(replaced);
        woken.into_iter().for_each(Waker::wake);
        step
    }
}

/// Nothing in it is pinned in place.
impl<R: Rule> Unpin for Turn<'_, R> {}

impl<R: Rule> Future for Turn<'_, R> {
    type Output = R::Taken;

    fn poll(mut self: Pin<&mut Self>, cx: &mut Context<'_>) -> Poll<R::Taken> {
        loop {
            match self.step(cx) {
                Step::Through(taken) => {
                    self.is_over = true;
                    return Poll::Ready(taken);
                }
                Step::Wait(Wait::UntilWoken) => return Poll::Pending,
                Step::Wait(Wait::For(nanos)) => {
                    let mut sleep = self.clock.sleep(Duration::from_nanos(nanos));
                    if sleep.as_mut().poll(cx).is_pending() {
                        self.sleep = Some(sleep);
                        return Poll::Pending;
                    }
                }
            }
        }
    }
}

impl<R: Rule> Drop for Turn<'_, R> {
    fn drop(&mut self) {
        if self.is_over {
            return;
        }
        let mut state = self.queue.state();
        state.remove(self.number);
        let next = state.head();
        drop(state);
        next.into_iter().for_each(Waker::wake);
    }
}
