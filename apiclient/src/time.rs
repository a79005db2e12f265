//! Time as a parameter: every wait of this crate goes through a [`Clock`].

use crate::pace::{self, Moves, Standstill};
use std::{
    fmt,
    pin::Pin,
    task::{Context, Poll},
    time::{Duration, Instant},
};

/// A boxed future, as the dyn-safe seams of this crate return it.
pub type BoxFuture<'a, T> = Pin<Box<dyn Future<Output = T> + Send + 'a>>;

/// Where a client gets its time from.
///
/// The default is `TokioClock`; tests use `testing::ManualClock`.
pub trait Clock: fmt::Debug + Send + Sync {
    /// The time, from a clock that never goes back.
    fn now(&self) -> Instant;

    /// Ready once `duration` is over.
    fn sleep(&self, duration: Duration) -> BoxFuture<'static, ()>;

    /// Ready once `timer` is due: never before, perhaps a little later. It is polled whenever the call is, so it must be
    /// cheap; the default makes a [`sleep`](Clock::sleep) at the first poll.
    fn poll_timer(&self, timer: &mut Timer, cx: &mut Context<'_>) -> Poll<()> {
        let left = timer.due.saturating_duration_since(self.now());
        timer.sleep.get_or_insert_with(|| self.sleep(left)).as_mut().poll(cx)
    }

    /// The time of day since 1970 (UTC), which may jump: for signatures, and for what servers date. Default: the system's.
    #[expect(clippy::disallowed_methods, clippy::disallowed_types, reason = "the default time of day")]
    fn unix_time(&self) -> Duration {
        std::time::SystemTime::now().duration_since(std::time::UNIX_EPOCH).unwrap_or_default()
    }

    /// Called for a timer that is no longer needed and that [`poll_timer`](Clock::poll_timer) has seen.
    fn cancel(&self, timer: &mut Timer) {
        timer.sleep = None;
    }
}

/// The same moment as the standard library's.
#[cfg(feature = "sigv4")]
#[expect(clippy::disallowed_types, reason = "for an interface, and not to know the time")]
pub(crate) fn system_time(unix_time: Duration) -> std::time::SystemTime {
    std::time::UNIX_EPOCH + unix_time
}

/// A moment that an unfinished call waits for.
pub struct Timer {
    due: Instant,
    /// Its place in the wheel.
    #[cfg(feature = "tokio")]
    place: Option<wheel::Place>,
    sleep: Option<BoxFuture<'static, ()>>,
}

impl Timer {
    pub(crate) fn new(due: Instant) -> Self {
        Timer {
            due,
            #[cfg(feature = "tokio")]
            place: None,
            sleep: None,
        }
    }

    /// When it is due.
    pub fn due(&self) -> Instant {
        self.due
    }
}

impl fmt::Debug for Timer {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.debug_struct("Timer").field("due", &self.due).finish_non_exhaustive()
    }
}

/// Polls `work` until `due`; `None` when the time was over first. Work that is ready in time wins.
pub(crate) async fn within<F: Future>(clock: &dyn Clock, due: Instant, work: F) -> Option<F::Output> {
    let work = std::pin::pin!(work);
    Within { work, clock, timer: Timer::new(due), due, armed: false, watch: None }.await.ok()
}

/// The same for work that moves a body, which may not stand still either.
// Not an `async fn`, which would keep each argument twice: this is a part of the future of every call.
pub(crate) fn moving<'a, F: Future + Unpin>(
    clock: &'a dyn Clock,
    due: Instant,
    watch: Option<Watch<'a>>,
    work: F,
) -> impl Future<Output = Result<F::Output, Late>> + use<'a, F> {
    let timer = match &watch {
        Some(watch) => Timer::new((watch.started + watch.first_look()).min(due)),
        None => Timer::new(due),
    };
    Within { work, clock, timer, due, armed: false, watch }
}

/// Why work was given up.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(crate) enum Late {
    /// Its time is over.
    Due,
    /// It stands still.
    Still,
}

/// What is looked at, and how long it may stand still. Small, since it is in the future of every call.
pub(crate) struct Watch<'a> {
    pub(crate) started: Instant,
    pub(crate) limit: &'a Duration,
    pub(crate) body: &'a dyn Moves,
    /// Made at the first look, which few calls live to see.
    pub(crate) standstill: Option<Box<Standstill>>,
}

impl Watch<'_> {
    fn first_look(&self) -> Duration {
        const USUAL: Duration = Duration::from_secs(20);
        const FIRST: Duration = Duration::from_secs(1);
        if *self.limit >= USUAL { FIRST } else { pace::interval(*self.limit) }
    }
}

struct Within<'a, F> {
    work: F,
    clock: &'a dyn Clock,
    timer: Timer,
    due: Instant,
    armed: bool,
    watch: Option<Watch<'a>>,
}

impl<F: Future + Unpin> Future for Within<'_, F> {
    type Output = Result<F::Output, Late>;

    fn poll(mut self: Pin<&mut Self>, cx: &mut Context<'_>) -> Poll<Self::Output> {
        let this = &mut *self;
        if let Poll::Ready(output) = Pin::new(&mut this.work).poll(cx) {
            return Poll::Ready(Ok(output));
        }
        this.armed = true;
        while this.clock.poll_timer(&mut this.timer, cx).is_ready() {
            if let Some(late) = this.look() {
                return Poll::Ready(Err(late));
            }
        }
        Poll::Pending
    }
}

impl<F> Within<'_, F> {
    /// The timer is due: whether that is the end, or only another look at what moves.
    #[cold]
    fn look(&mut self) -> Option<Late> {
        let Some(watch) = &mut self.watch else { return Some(Late::Due) };
        let now = self.clock.now();
        // Before its time it is due where nothing can be waited for.
        if now >= self.due || now < self.timer.due {
            return Some(Late::Due);
        }
        let standstill = watch.standstill.get_or_insert_with(|| Box::new(Standstill::new(*watch.limit)));
        if standstill.is_reached(now, watch.body.turn()) {
            return Some(Late::Still);
        }
        let next = now.checked_add(pace::interval(*watch.limit)).unwrap_or(self.due);
        self.clock.cancel(&mut self.timer);
        self.timer = Timer::new(next.min(self.due));
        None
    }
}

impl<F> Drop for Within<'_, F> {
    fn drop(&mut self) {
        if self.armed {
            self.clock.cancel(&mut self.timer);
        }
    }
}

#[cfg(feature = "tokio")]
pub use wheel::TokioClock;

#[cfg(feature = "tokio")]
mod wheel {
    use super::{BoxFuture, Clock, Context, Duration, Instant, Poll, Timer};
    use std::{
        fmt,
        future::poll_fn,
        pin::pin,
        sync::{Arc, Mutex, MutexGuard, PoisonError, Weak},
        task::Waker,
    };
    use tokio::runtime::{Handle, Id};

    /// Tokio's time. One task per client keeps the deadlines of all its calls, and wakes for the earliest of them: half the
    /// cost of a timer per call, and an idle process is not woken. A deadline is kept at most a tick of 20 ms late, never early.
    ///
    /// Each runtime that waits has such a task, so none depends on another that stands still or ends.
    ///
    /// # Panics
    ///
    /// A runtime that was built without `enable_time` can wait for nothing. Tokio says so by a panic in a task of that
    /// runtime, whose message is printed; the call itself fails with an error. Where a panic aborts the process, it does.
    #[derive(Debug, Default)]
    pub struct TokioClock {
        wheel: Arc<Wheel>,
    }

    /// Tokio's, so that a test with paused time moves it.
    #[expect(clippy::disallowed_methods, reason = "this is where the time comes from")]
    fn now() -> Instant {
        tokio::time::Instant::now().into_std()
    }

    const TICK_MILLIS: u64 = 20;
    const TICK: Duration = Duration::from_millis(TICK_MILLIS);
    /// A look is taken every second at least; after two in vain none is, so that an idle process is not woken.
    const LOOK: u64 = 50;
    const IDLE: u32 = 2;

    /// Where a timer waits, and for which tick.
    #[derive(Clone, Copy)]
    pub(super) struct Place {
        slot: usize,
        tick: u64,
    }

    struct Wheel {
        began: Instant,
        waiting: Mutex<Waiting>,
    }

    #[derive(Default)]
    struct Waiting {
        slots: Vec<Option<(u64, Waker)>>,
        free: Vec<usize>,
        turners: Vec<(Id, Turner)>,
    }

    /// What a runtime does for the wheel.
    enum Turner {
        /// It sleeps until that tick, unless it is woken. The first look is without a waker: it is still to come.
        Sleeps { until: u64, waker: Option<Waker> },
        /// It has no time.
        Cannot,
    }

    /// What somebody who waits has to do about the turner of this runtime.
    enum Todo {
        Nothing,
        Start,
        Wake(Waker),
        GiveUp,
    }

    impl Default for Wheel {
        fn default() -> Self {
            Wheel { began: now(), waiting: Mutex::default() }
        }
    }

    impl fmt::Debug for Wheel {
        fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
            f.debug_struct("Wheel").finish_non_exhaustive()
        }
    }

    impl Wheel {
        fn waiting(&self) -> MutexGuard<'_, Waiting> {
            // Nothing in here is half done when something panics.
            self.waiting.lock().unwrap_or_else(PoisonError::into_inner)
        }

        /// Rounded up: never early.
        fn tick_of(&self, due: Instant) -> u64 {
            let after = due.saturating_duration_since(self.began).as_nanos();
            u64::try_from(after.div_ceil(TICK.as_nanos())).unwrap_or(u64::MAX)
        }

        fn time_of(&self, tick: u64) -> Instant {
            let after = Duration::from_millis(tick.saturating_mul(TICK_MILLIS));
            self.began.checked_add(after).unwrap_or_else(now)
        }

        fn ticks(&self) -> u64 {
            let ticks = now().saturating_duration_since(self.began).as_nanos() / TICK.as_nanos();
            u64::try_from(ticks).unwrap_or(u64::MAX)
        }
    }

    impl TokioClock {
        /// A clock of its own.
        pub fn new() -> Self {
            Self::default()
        }

        /// Has `runtime` move the wheel; false if it does not run any more.
        fn start(&self, runtime: &Handle) -> bool {
            let turning = Turning { wheel: Arc::downgrade(&self.wheel), id: runtime.id(), ticked: false };
            !runtime.spawn(turn(turning)).is_finished()
        }
    }

    impl Clock for TokioClock {
        fn now(&self) -> Instant {
            now()
        }

        #[expect(clippy::disallowed_methods, reason = "this is where the time comes from")]
        fn sleep(&self, duration: Duration) -> BoxFuture<'static, ()> {
            // Lazy: outside a runtime, or in one without time, only the await would panic.
            Box::pin(async move { tokio::time::sleep(duration).await })
        }

        fn poll_timer(&self, timer: &mut Timer, cx: &mut Context<'_>) -> Poll<()> {
            let wheel = &self.wheel;
            // Whoever turns the wheel may have another time (a test's, that is paused): what counts is the time here.
            if timer.place.is_some() && now() >= timer.due {
                return Poll::Ready(());
            }
            // A call that may never end is worse than one that fails, here and below.
            let Ok(runtime) = Handle::try_current() else { return Poll::Ready(()) };
            let mut waiting = wheel.waiting();
            let replaced = match timer.place {
                Some(place) => waiting.renew(place, cx.waker()),
                None => {
                    let tick = wheel.tick_of(timer.due);
                    timer.place = Some(Place { slot: waiting.insert(tick, cx.waker()), tick });
                    None
                }
            };
            let todo = waiting.todo(runtime.id(), timer.place.map_or(0, |place| place.tick));
            // Whatever a waker or a task does when it is dropped, it does outside of the lock.
            drop(waiting);
            drop(replaced);
            match todo {
                Todo::Nothing => Poll::Pending,
                Todo::Wake(turner) => {
                    turner.wake();
                    Poll::Pending
                }
                Todo::Start if self.start(&runtime) => Poll::Pending,
                _ => Poll::Ready(()),
            }
        }

        fn cancel(&self, timer: &mut Timer) {
            if let Some(Place { slot, .. }) = timer.place.take() {
                let mut waiting = self.wheel.waiting();
                let waker = waiting.slots[slot].take();
                waiting.free.push(slot);
                drop(waiting);
                drop(waker);
            }
        }
    }

    impl Waiting {
        fn insert(&mut self, tick: u64, waker: &Waker) -> usize {
            let entry = Some((tick, waker.clone()));
            if let Some(slot) = self.free.pop() {
                self.slots[slot] = entry;
                return slot;
            }
            self.slots.push(entry);
            self.slots.len() - 1
        }

        /// Puts the waker of this poll in the place of the last one's, and gives that back.
        fn renew(&mut self, Place { slot, tick }: Place, waker: &Waker) -> Option<Waker> {
            match &self.slots[slot] {
                Some((_, known)) if known.will_wake(waker) => None,
                _ => self.slots[slot].replace((tick, waker.clone())).map(|(_, replaced)| replaced),
            }
        }

        /// Sees to it that this runtime looks at the wheel at `tick` at the latest.
        fn todo(&mut self, id: Id, tick: u64) -> Todo {
            match self.turners.iter_mut().find(|(other, _)| *other == id).map(|(_, turner)| turner) {
                Some(Turner::Sleeps { until, waker: Some(waker) }) if *until > tick => {
                    *until = tick;
                    Todo::Wake(waker.clone())
                }
                Some(Turner::Sleeps { .. }) => Todo::Nothing,
                Some(Turner::Cannot) => Todo::GiveUp,
                None => {
                    self.turners.push((id, Turner::Sleeps { until: 0, waker: None }));
                    Todo::Start
                }
            }
        }

        /// The turner of this runtime goes to sleep; until which tick.
        fn sleep(&mut self, id: Id, now: u64, by: &Waker) -> u64 {
            let due = self.slots.iter().flatten().map(|(tick, _)| *tick).min().unwrap_or(u64::MAX);
            let due = due.min(now + LOOK);
            for (_, turner) in self.turners.iter_mut().filter(|(other, _)| *other == id) {
                match turner {
                    Turner::Sleeps { until, waker: Some(known) } if known.will_wake(by) => *until = due,
                    _ => *turner = Turner::Sleeps { until: due, waker: Some(by.clone()) },
                }
            }
            due
        }

        /// Who is to be woken, outside the lock. Whoever is woken too early comes back.
        fn take_due(&mut self, now: u64) -> Vec<Waker> {
            let due =
                self.slots.iter_mut().filter(|slot| slot.as_ref().is_some_and(|(tick, _)| *tick <= now));
            due.filter_map(|slot| slot.take().map(|(_, waker)| waker)).collect()
        }

        fn is_idle(&self) -> bool {
            self.slots.iter().all(Option::is_none)
        }
    }

    /// The task that moves the wheel for one runtime. When it ends, for whatever reason, everyone who waits is woken, and
    /// whoever still runs there starts it anew.
    struct Turning {
        wheel: Weak<Wheel>,
        id: Id,
        ticked: bool,
    }

    impl Drop for Turning {
        fn drop(&mut self) {
            let Some(wheel) = self.wheel.upgrade() else { return };
            let mut waiting = wheel.waiting();
            // A panic in the first sleep is Tokio's word for a runtime without time.
            let cannot = !self.ticked && std::thread::panicking();
            waiting.turners.retain(|(id, _)| *id != self.id);
            if cannot {
                // Of many such runtimes the last few are remembered; the others would panic once more.
                waiting.turners.retain(|(_, turner)| matches!(turner, Turner::Sleeps { .. }));
                waiting.turners.push((self.id, Turner::Cannot));
            }
            let wakers = waiting.take_due(u64::MAX);
            drop(waiting);
            wakers.into_iter().for_each(Waker::wake);
        }
    }

    #[expect(clippy::disallowed_methods, reason = "this is where the time comes from")]
    async fn turn(mut turning: Turning) {
        let mut sleep = pin!(tokio::time::sleep(TICK));
        let mut idle = 0;
        let work = poll_fn(|cx| {
            loop {
                let Some(wheel) = turning.wheel.upgrade() else { return Poll::Ready(()) };
                let now = wheel.ticks();
                let mut waiting = wheel.waiting();
                let due = waiting.take_due(now);
                idle = if waiting.is_idle() { idle + 1 } else { 0 };
                let until = waiting.sleep(turning.id, now, cx.waker());
                drop(waiting);
                due.into_iter().for_each(Waker::wake);
                if idle > IDLE {
                    return Poll::Ready(());
                }
                sleep.as_mut().reset(wheel.time_of(until).into());
                let is_asleep = sleep.as_mut().poll(cx).is_pending();
                turning.ticked = true;
                if is_asleep {
                    return Poll::Pending;
                }
            }
        });
        work.await;
    }
}
