//! How many are under way at a time.

use super::{Dice, Held, MS, SECOND, get, held};
use apiclient::{
    Call, Client, Concurrency, ErrorKind, Full, Method, Retry, prelude::*, testing::ManualClock, time::Clock,
};
use futures_util::{FutureExt, future::join_all};
use std::{collections::VecDeque, pin::Pin};

fn poll(call: &mut Pin<Box<Call<()>>>) -> bool {
    call.now_or_never().is_some()
}

#[test]
fn so_many_at_a_time_first_come_first_served() {
    let (held, _, builder) = held();
    let client = builder.concurrency(Concurrency::new(2)).retry(Retry::none()).build().unwrap();
    let mut calls: Vec<_> = (0..5).map(|n| Box::pin(get(&client, n))).collect();
    assert!(!calls.iter_mut().any(poll));
    assert_eq!(held.asked(), ["a.test/0", "a.test/1"]);
    let state = client.limits();
    let [state] = state.concurrency() else { panic!("one") };
    assert_eq!((state.under_way(), state.waiting(), state.limit(), state.is_adaptive()), (2, 3, 2, false));
    assert_eq!((state.name(), state.origin()), ("client", Some("http://a.test")));
    held.answer("a.test/1", 200);
    assert!(poll(&mut calls[1]));
    calls.iter_mut().enumerate().filter(|(n, _)| *n != 1).for_each(|(_, call)| assert!(!poll(call)));
    assert_eq!(held.asked().last().unwrap(), "a.test/2");
    // One who waits leaves, and one who is under way does: the next one goes.
    drop(calls.remove(3));
    drop(calls.remove(0));
    let mut last = calls.pop().unwrap();
    assert!(!poll(&mut last));
    assert_eq!(held.asked().last().unwrap(), "a.test/4");
    assert_eq!(held.gone(), ["a.test/0"]);
    drop((calls, last));
    assert_eq!(client.limits().concurrency()[0].under_way(), 0);
}

#[test]
fn too_late_or_refused() {
    let (held, clock, builder) = held();
    let client = builder.concurrency(Concurrency::new(1)).build().unwrap();
    let mut first = Box::pin(get(&client, 0));
    assert!(!poll(&mut first));
    let e = clock.run(get(&client, 1).timeout(SECOND)).unwrap_err();
    assert_eq!((e.kind(), e.attempts(), clock.elapsed()), (ErrorKind::RateLimited, 0, MS * 500));
    assert_eq!(
        e.to_string(),
        "GET /{n}: nothing was sent: its limit of concurrent calls has no room in time"
    );
    held.answer("a.test/0", 200);
    assert!(poll(&mut first));

    let (_held, _, builder) = super::held();
    let client = builder.concurrency(Concurrency::new(1).full(Full::Reject)).build().unwrap();
    let mut first = Box::pin(get(&client, 0));
    assert!(!poll(&mut first));
    assert!(get(&client, 1).now_or_never().unwrap().unwrap_err().is_rate_limited());
    assert!(Client::builder().concurrency(Concurrency::new(0)).build().is_err());
}

/// Whoever comes behind many who wait, and would be too late by what calls have taken so far, is told so at once.
#[test]
fn a_queue_that_is_too_long() {
    let (held, clock, builder) = held();
    let client = builder.concurrency(Concurrency::new(1)).build().unwrap();
    let mut first = Box::pin(get(&client, 0));
    assert!(!poll(&mut first));
    clock.advance(SECOND * 4);
    held.answer("a.test/0", 200);
    assert!(poll(&mut first));
    let mut waiting: Vec<_> = (1..6).map(|n| Box::pin(get(&client, n))).collect();
    assert!(!waiting.iter_mut().any(poll));
    // Four who wait, 4 s each, and half of 30 s.
    let e = get(&client, 9).timeout(SECOND * 30).now_or_never().unwrap().unwrap_err();
    assert_eq!((e.kind(), e.retry_after()), (ErrorKind::RateLimited, Some(SECOND * 16)), "{e}");
    assert!(get(&client, 9).timeout(SECOND * 40).now_or_never().is_none(), "it has the time");
}

/// A server that nobody listens at has not too much to do, one that takes long and fails has.
#[test]
fn failures_of_two_kinds() {
    use apiclient::transport::TransportErrorKind::{Broken, Connect};
    for (takes, kind, shrinks) in [(MS, Connect, false), (SECOND, Broken, true)] {
        let (held, clock, builder) = held();
        let client = builder.concurrency(Concurrency::adaptive()).retry(Retry::none()).build().unwrap();
        let one = |n: usize, takes, answer: super::Answer| {
            let mut call = Box::pin(get(&client, n));
            assert!(!poll(&mut call));
            clock.advance(takes);
            held.answer(&format!("a.test/{n}"), answer);
            assert!(poll(&mut call));
        };
        (0..60).for_each(|n| one(n, MS * 100, 200.into()));
        let before = client.limits().concurrency()[0].limit();
        (60..120).for_each(|n| one(n, takes, kind.into()));
        let after = client.limits().concurrency()[0].limit();
        assert_eq!(after < before, shrinks, "{kind:?}: {before}, {after}");
    }
}

/// C5: one that is dead takes no place of another's.
#[test]
fn each_origin_has_places_of_its_own() {
    let (held, _, builder) = held();
    let client = builder.concurrency(Concurrency::new(1)).allow_origin("http://b.test").build().unwrap();
    let mut dead = Box::pin(get(&client, 0));
    assert!(!poll(&mut dead));
    let mut alive = Box::pin(client.call_url(Method::GET, "http://b.test/x").fetch::<()>());
    assert!(!poll(&mut alive));
    held.answer("b.test/x", 200);
    assert!(poll(&mut alive));
}

#[api_client(base_url = "http://a.test")]
#[concurrency(3)]
trait Words {
    #[get("/one")]
    fn one(&self) -> Call<()>;
    #[get("/two")]
    #[concurrency(1, full = reject)]
    fn two(&self) -> Call<()>;
}

#[test]
fn the_words() {
    let (held, clock) = (Held::default(), ManualClock::new());
    let words = WordsClient::builder().transport(held.clone()).clock(clock).build().unwrap();
    let mut calls: Vec<_> = [words.two(), words.one(), words.one(), words.one()].map(Box::pin).into();
    assert!(!calls.iter_mut().any(poll));
    assert_eq!(held.asked(), ["a.test/two", "a.test/one", "a.test/one"]);
    drop(calls.pop());
    drop(calls.pop());
    assert!(
        words.two().now_or_never().unwrap().is_err(),
        "there is a place of the trait's, and none of its own"
    );
    let limits = words.client().limits();
    let names: Vec<_> = limits.concurrency().iter().map(|c| (c.name(), c.under_way())).collect();
    assert_eq!(names, [("Words", 2), ("Words::two", 1)]);
}

/// C6: whatever panics within leaves no place behind.
#[test]
fn a_panic_leaves_no_place_behind() {
    let (_, clock, builder) = held();
    let builder = builder.transport(apiclient::testing::Stub::with(|_| panic!("as the test has it")));
    let client = builder.concurrency(Concurrency::new(1)).clock(clock.clone()).build().unwrap();
    for _ in 0..3 {
        let run = std::panic::AssertUnwindSafe(|| clock.run(get(&client, 0)));
        assert!(std::panic::catch_unwind(run).is_err());
    }
    assert_eq!(client.limits().concurrency()[0].under_way(), 0);
}

/// Ten thousand sequences of calls that come, end and leave: those who are under way and those who wait are what a list would say.
#[test]
fn as_the_model_has_it() {
    let mut dice = Dice(5);
    let mut waited = 0;
    for sequence in 0..10_000 {
        let most = 1 + dice.throw(4);
        let (held, _, builder) = held();
        let limit = Concurrency::new(u32::try_from(most).unwrap());
        let client = builder.concurrency(limit).retry(Retry::none()).build().unwrap();
        let mut calls: Vec<(usize, Pin<Box<Call<()>>>)> = Vec::new();
        let (mut busy, mut queue, mut asked) = (Vec::new(), VecDeque::new(), Vec::new());
        for step in 0..30 {
            match dice.throw(5) {
                0..=2 => {
                    let mut call = Box::pin(get(&client, step));
                    assert!(!poll(&mut call));
                    calls.push((step, call));
                    queue.push_back(step);
                }
                3 if !busy.is_empty() => {
                    let number = busy.swap_remove(dice.throw(busy.len()));
                    held.answer(&format!("a.test/{number}"), [200, 404, 500, 429][dice.throw(4)]);
                    let at = calls.iter().position(|(n, _)| *n == number).unwrap();
                    assert!(poll(&mut calls.swap_remove(at).1));
                }
                4 if !calls.is_empty() => {
                    let (number, call) = calls.swap_remove(dice.throw(calls.len()));
                    drop(call);
                    busy.retain(|n| *n != number);
                    queue.retain(|n| *n != number);
                }
                _ => {}
            }
            while busy.len() < most && !queue.is_empty() {
                let next = queue.pop_front().unwrap();
                busy.push(next);
                asked.push(format!("a.test/{next}"));
            }
            // In no order: whoever was woken is polled some time.
            for (_, call) in &mut calls {
                assert!(!poll(call), "sequence {sequence}, step {step}");
            }
            for (_, call) in calls.iter_mut().rev() {
                assert!(!poll(call));
            }
            let mut sorted = (held.asked(), asked.clone());
            sorted.0.sort();
            sorted.1.sort();
            assert_eq!(sorted.0, sorted.1, "sequence {sequence}, step {step}");
            let state = client.limits();
            if let Some(state) = state.concurrency().first() {
                assert_eq!((state.under_way() as usize, state.waiting()), (busy.len(), queue.len()));
            }
            waited += usize::from(!queue.is_empty());
        }
    }
    assert!(waited > 50_000, "{waited}");
}

/// A server with room for `room` requests at a time, each of which takes 100 ms; the others wait within it, and what would wait for
/// more than two seconds is refused with a 503.
fn server(clock: &ManualClock, room: usize) -> apiclient::testing::Stub {
    use apiclient::{testing::Stub, transport::Reply};
    use std::sync::{Arc, Mutex};
    let (clock, free) = (clock.clone(), Arc::new(Mutex::new(vec![std::time::Duration::ZERO; room])));
    Stub::with_async(move |_| {
        let now = clock.elapsed();
        let mut free = free.lock().unwrap();
        let next = free.iter_mut().min().unwrap();
        let began = now.max(*next);
        let is_refused = began > now + SECOND * 2;
        let ends = if is_refused { now } else { began + MS * 100 };
        if !is_refused {
            *next = ends;
        }
        let sleep = clock.sleep(ends - now);
        Box::pin(async move {
            sleep.await;
            Ok(Reply::new(if is_refused { 503 } else { 200 }, ""))
        })
    })
}

/// It finds out how many the server has room for, from below and from above, without an error.
#[test]
fn as_many_as_the_server_can_take() {
    for room in [5, 40, 200] {
        let clock = ManualClock::new();
        let builder =
            Client::builder().base_url("http://a.test").clock(clock.clone()).transport(server(&clock, room));
        let client = builder.concurrency(Concurrency::adaptive()).timeout(SECOND * 600).build().unwrap();
        let calls = (0..room * 300).map(|n| get(&client, n));
        let bad = clock.run(join_all(calls)).iter().filter(|r| r.is_err()).count();
        let (limit, took) = (client.limits().concurrency()[0].limit() as usize, clock.elapsed());
        // All of them, with all of the room, take 30 s.
        assert!(took < SECOND * 40, "{room}: {took:?}");
        assert!((room..room * 2 + 10).contains(&limit), "{room}: {limit}");
        assert_eq!(bad, 0, "{room}");
    }
}
