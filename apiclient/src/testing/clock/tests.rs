use super::*;
use futures_util::{
    FutureExt, StreamExt,
    future::{join, join3},
    stream::FuturesUnordered,
    task::{ArcWake, noop_waker},
};
use std::future::{pending, poll_fn};

fn ms(ms: u64) -> Duration {
    Duration::from_millis(ms)
}

/// A sleeper that was polled once.
fn asleep(clock: &ManualClock, duration: Duration) -> BoxFuture<'static, ()> {
    let mut sleep = clock.sleep(duration);
    assert!((&mut sleep).now_or_never().is_none());
    sleep
}

/// Writes down who was woken and when.
struct Note {
    name: u64,
    clock: ManualClock,
    notes: Arc<Mutex<Vec<(u64, Duration)>>>,
}

impl ArcWake for Note {
    fn wake_by_ref(this: &Arc<Self>) {
        this.notes.lock().unwrap().push((this.name, this.clock.elapsed()));
    }
}

fn poll(sleep: &mut BoxFuture<'static, ()>, waker: &Waker) -> Poll<()> {
    sleep.as_mut().poll(&mut Context::from_waker(waker))
}

#[test]
fn a_thousand_sleepers_wake_in_exact_order() {
    let clock = ManualClock::new();
    let notes = Arc::default();
    // 7 and 1000 have no common divisor: every number once, shuffled; four of them are due at the same moment.
    let shuffled: Vec<u64> = (0..1000).map(|i| i * 7 % 1000).collect();
    let sleepers: Vec<_> = shuffled
        .iter()
        .map(|name| {
            let note = Note { name: *name, clock: clock.clone(), notes: Arc::clone(&notes) };
            let mut sleep = clock.sleep(ms(name % 250 + 1));
            assert!(poll(&mut sleep, &futures_util::task::waker(Arc::new(note))).is_pending());
            sleep
        })
        .collect();
    let mut expected: Vec<_> = shuffled.iter().map(|name| (*name, ms(name % 250 + 1))).collect();
    expected.sort_by_key(|(_, due)| *due);
    clock.advance(Duration::from_secs(1));
    assert_eq!(*notes.lock().unwrap(), expected);
    assert_eq!((clock.sleepers(), clock.elapsed()), (0, Duration::from_secs(1)));
    drop(sleepers);
}

#[test]
fn a_sleeper_that_is_polled_again_keeps_its_place() {
    let clock = ManualClock::new();
    let notes = Arc::default();
    let note = |name| {
        futures_util::task::waker(Arc::new(Note { name, clock: clock.clone(), notes: Arc::clone(&notes) }))
    };
    let (mut first, mut second) = (clock.sleep(ms(5)), clock.sleep(ms(5)));
    assert!(poll(&mut first, &note(0)).is_pending());
    assert!(poll(&mut second, &note(2)).is_pending());
    assert!(poll(&mut first, &note(1)).is_pending());
    clock.advance(ms(5));
    assert_eq!(*notes.lock().unwrap(), [(1, ms(5)), (2, ms(5))]);
    assert!(poll(&mut first, &noop_waker()).is_ready() && poll(&mut second, &noop_waker()).is_ready());
}

#[test]
fn a_sleeper_that_is_dropped_is_not_waited_for() {
    let clock = ManualClock::new();
    let (short, long) = (asleep(&clock, ms(5)), asleep(&clock, ms(7)));
    assert_eq!((clock.sleepers(), clock.next_timer()), (2, Some(ms(5))));
    drop(short);
    assert_eq!((clock.sleepers(), clock.next_timer()), (1, Some(ms(7))));
    assert_eq!(clock.advance_to_next(), Some(ms(7)));
    assert!(long.now_or_never().is_some());
    assert_eq!((clock.advance_to_next(), clock.next_timer(), clock.elapsed()), (None, None, ms(7)));
}

#[test]
fn a_sleeper_is_due_neither_early_nor_late() {
    let clock = ManualClock::new();
    let mut sleep = asleep(&clock, ms(5));
    clock.advance(Duration::from_nanos(4_999_999));
    assert!((&mut sleep).now_or_never().is_none());
    assert_eq!(clock.next_timer(), Some(Duration::from_nanos(1)));
    clock.advance(Duration::from_nanos(1));
    assert!(sleep.now_or_never().is_some());
    assert!(clock.sleep(Duration::ZERO).now_or_never().is_some(), "zero is over at once");
}

#[test]
fn a_century_is_far_enough() {
    let clock = ManualClock::new();
    let mut sleep = asleep(&clock, Duration::MAX);
    for _ in 0..10 {
        clock.advance(Duration::MAX);
    }
    assert!((&mut sleep).now_or_never().is_some());
    assert_eq!(clock.elapsed(), Duration::from_secs(1000 * 365 * 24 * 3600));
    clock.run(clock.sleep(Duration::MAX));
    assert_eq!(clock.elapsed(), Duration::from_secs(1100 * 365 * 24 * 3600));
}

/// What it does when it is woken is as awkward as can be.
struct Meddler(ManualClock, Mutex<Vec<BoxFuture<'static, ()>>>);

impl ArcWake for Meddler {
    fn wake_by_ref(this: &Arc<Self>) {
        let mut sleeps = this.1.lock().unwrap();
        if sleeps.len() < 3 {
            let mut sleep = this.0.sleep(ms(2));
            assert!(this.0.sleepers() < 3);
            assert!(poll(&mut sleep, &futures_util::task::waker(Arc::clone(this))).is_pending());
            sleeps.push(sleep);
        }
        this.0.advance(ms(1));
    }
}

#[test]
fn whoever_is_woken_may_sleep_again_and_move_the_time() {
    let clock = ManualClock::new();
    let meddler = Arc::new(Meddler(clock.clone(), Mutex::default()));
    let mut sleep = clock.sleep(ms(1));
    assert!(poll(&mut sleep, &futures_util::task::waker(meddler.clone())).is_pending());
    clock.advance(ms(100));
    assert_eq!((clock.sleepers(), clock.elapsed()), (0, ms(100)));
    assert_eq!(meddler.1.lock().unwrap().len(), 3);
}

#[test]
fn while_it_runs_time_goes_from_sleeper_to_sleeper() {
    let transcript = || {
        let clock = ManualClock::new();
        let said = Mutex::new(Vec::new());
        let say = |what: &str| said.lock().unwrap().push(format!("{:?} {what}", clock.elapsed()));
        clock.run(async {
            let steps = |name: &'static str, naps: &'static [u64]| {
                let (clock, say) = (&clock, &say);
                async move {
                    for nap in naps {
                        clock.sleep(ms(*nap)).await;
                        say(name);
                    }
                }
            };
            // Polled in the order of writing; `b` begins to wait for 6 ms before `a` does.
            join3(steps("a", &[3, 3]), steps("b", &[6, 0, 1]), steps("c", &[2, 4, 1])).await;
            say("end");
        });
        assert_eq!(clock.sleepers(), 0);
        said.into_inner().unwrap()
    };
    let said = transcript();
    assert_eq!(said, ["2ms c", "3ms a", "6ms b", "6ms b", "6ms c", "6ms a", "7ms b", "7ms c", "7ms end"]);
    assert_eq!(said, transcript());
}

#[test]
fn many_at_once_end_in_the_order_of_their_timers() {
    let clock = ManualClock::new();
    let ended = clock.run(async {
        let sleeper = |i: u64| clock.sleep(ms(i * 7 % 100)).map(move |()| i * 7 % 100);
        let mut all: FuturesUnordered<_> = (0..100).map(sleeper).collect();
        let mut ended = Vec::new();
        while let Some(one) = all.next().await {
            ended.push(one);
        }
        ended
    });
    assert_eq!(ended, (0..100).collect::<Vec<_>>());
    assert_eq!(clock.elapsed(), ms(99));
}

#[test]
fn whoever_wakes_itself_runs_before_the_time_moves() {
    let clock = ManualClock::new();
    let mut left = 3;
    let yields = poll_fn(|cx| {
        cx.waker().wake_by_ref();
        left -= 1;
        if left == 0 { Poll::Ready(clock.elapsed()) } else { Poll::Pending }
    });
    let (at, ()) = clock.run(join(yields, clock.sleep(ms(1))));
    assert_eq!((at, clock.elapsed()), (Duration::ZERO, ms(1)));
}

#[test]
fn a_sleeper_of_someone_else_only_moves_the_time() {
    let clock = ManualClock::new();
    let theirs = asleep(&clock, ms(1));
    clock.run(clock.sleep(ms(2)));
    assert!(theirs.now_or_never().is_some());
    assert_eq!(clock.run(async { clock.run(async { 7 }) }), 7, "within itself");
}

#[test]
#[should_panic(expected = "the future waits for something that is not this clock")]
fn whatever_would_hang_fails() {
    let clock = ManualClock::new();
    clock.run(join(clock.sleep(ms(1)), pending::<()>()));
}

#[test]
fn a_future_that_wakes_itself_for_ever_is_given_up() {
    let clock = ManualClock::new();
    let busy = poll_fn(|cx| {
        cx.waker().wake_by_ref();
        Poll::<()>::Pending
    });
    assert!(clock.drive(busy).is_none());
    let mut turns = 10_000;
    let patient = poll_fn(|cx| {
        turns -= 1;
        cx.waker().wake_by_ref();
        if turns == 0 { Poll::Ready(()) } else { Poll::Pending }
    });
    assert!(clock.drive(patient).is_some());
}
