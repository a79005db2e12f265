//! Many calls: how many at a time, in which order, and what is held meanwhile.

use apiclient::{
    BatchProgress, Call, ErrorKind, Rate, RateLimit, Retry, batch, batch_stream,
    indicatif::{InMemoryTerm, ProgressBar, ProgressDrawTarget},
    prelude::*,
    testing::{ManualClock, Stub},
    time::Clock,
    transport::Reply,
};
use futures_util::{FutureExt, Stream, StreamExt, stream};
use std::{
    sync::{
        Arc,
        atomic::{AtomicUsize, Ordering},
    },
    time::Duration,
};

const MS: Duration = Duration::from_millis(1);

#[api_client(base_url = "http://api.test")]
trait Users {
    #[get("/users/{id}")]
    fn user(&self, id: u64) -> Call<u64>;
}

/// Answers each with its id, after `wait(id)` milliseconds; those whose id ends in 13 with 404. How many it sees at a time.
#[derive(Clone, Default)]
struct Seen {
    now: Arc<AtomicUsize>,
    most: Arc<AtomicUsize>,
    all: Arc<AtomicUsize>,
}

fn service(clock: &ManualClock, wait: fn(u64) -> u64) -> (UsersClient, Seen) {
    let seen = Seen::default();
    let stub = {
        let (clock, seen) = (clock.clone(), seen.clone());
        Stub::with_async(move |sent| {
            let id: u64 = sent.url().path().rsplit('/').next().unwrap().parse().unwrap();
            seen.all.fetch_add(1, Ordering::Relaxed);
            let now = seen.now.fetch_add(1, Ordering::Relaxed) + 1;
            seen.most.fetch_max(now, Ordering::Relaxed);
            let (sleep, seen) = (clock.sleep(MS * u32::try_from(wait(id)).unwrap()), seen.clone());
            Box::pin(async move {
                sleep.await;
                seen.now.fetch_sub(1, Ordering::Relaxed);
                let status = if id % 100 == 13 { 404 } else { 200 };
                Ok(Reply::new(status, id.to_string()))
            })
        })
    };
    let builder = UsersClient::builder().transport(stub).clock(clock.clone());
    (builder.retry(Retry::none()).build().unwrap(), seen)
}

#[test]
fn as_they_come_and_in_order() {
    let clock = ManualClock::new();
    // The first takes longest.
    let (users, seen) = service(&clock, |id| 100 - id);
    let came: Vec<u64> = clock.run(batch(0..12, |id| users.user(*id)).map(|(id, _)| id).collect());
    assert_eq!(came, [7, 6, 5, 4, 3, 2, 1, 0, 8, 9, 10, 11]);
    assert_eq!(seen.most.load(Ordering::Relaxed), 8, "the default");
    let in_order = batch(0..50, |id| users.user(*id)).concurrency(5).in_order();
    assert_eq!(in_order.size_hint(), (50, Some(50)));
    let results: Vec<_> = clock.run(in_order.collect());
    for (at, (id, result)) in results.iter().enumerate() {
        assert_eq!(*id, at as u64);
        assert_eq!(result.as_ref().ok(), (*id != 13).then_some(id));
    }
    seen.most.store(0, Ordering::Relaxed);
    let _: Vec<_> = clock.run(batch(0..20, |id| users.user(*id)).concurrency(0).collect());
    assert_eq!(seen.most.load(Ordering::Relaxed), 1);
    let none: Vec<_> = clock.run(batch(Vec::<u64>::new(), |id| users.user(*id)).collect());
    assert!(none.is_empty());
}

/// Each error is its item's, and others go on; or no other begins, and those under way are given.
#[test]
fn errors() {
    let clock = ManualClock::new();
    let (users, seen) = service(&clock, |_| 10);
    let summary = clock.run(batch(0..1_000, |id| users.user(*id)).run(|id, result| {
        assert_eq!(result.is_err(), id % 100 == 13);
    }));
    assert_eq!((summary.calls(), summary.successes(), summary.failures()), (1_000, 990, 10));
    assert_eq!(summary.failures_by_kind(), [(ErrorKind::Status.as_str(), 10)]);
    assert_eq!(summary.to_string(), "1000 calls: 990 well, 10 status");
    seen.all.store(0, Ordering::Relaxed);
    let stopped = batch(0..1_000, |id| users.user(*id)).concurrency(4).stop_on_error();
    assert_eq!(stopped.size_hint(), (0, Some(1_000)));
    let results: Vec<_> = clock.run(stopped.collect());
    // 12 to 15 are under way when 13 fails, and 12 makes room for another one before that.
    assert!((14..=17).contains(&results.len()), "{}", results.len());
    assert_eq!(seen.all.load(Ordering::Relaxed), results.len());
    assert_eq!(results.iter().filter(|(_, result)| result.is_err()).count(), 1);
}

/// Inputs are taken only where there is room, also of a stream that does not end, and one that is slow is waited for.
#[test]
fn a_hundred_thousand_in_constant_memory() {
    let clock = ManualClock::new();
    let (taken, given) = (Arc::new(AtomicUsize::new(0)), AtomicUsize::new(0));
    let count = taken.clone();
    let endless = (0_u64..).inspect(move |_| {
        count.fetch_add(1, Ordering::Relaxed);
    });
    for (in_order, calls) in [(false, 100_000), (true, 20_000)] {
        let (users, seen) = service(&clock, |id| id % 7);
        let mut all = batch(endless.clone(), |id| users.user(*id)).concurrency(32);
        if in_order {
            all = all.in_order();
        }
        taken.store(0, Ordering::Relaxed);
        given.store(0, Ordering::Relaxed);
        clock.run(async {
            while given.fetch_add(1, Ordering::Relaxed) < calls {
                let (id, result) = all.next().await.unwrap();
                assert_eq!(result.is_err(), id % 100 == 13);
                let held = taken.load(Ordering::Relaxed) - given.load(Ordering::Relaxed);
                assert!(held <= 32, "{held} are held");
            }
        });
        // Some are answered at once.
        assert!((20..=32).contains(&seen.most.load(Ordering::Relaxed)));
    }
    let (users, _) = service(&clock, |id| id % 7);
    let slow = stream::unfold(0_u64, |id| {
        let sleep = clock.sleep(MS * 50);
        async move {
            sleep.await;
            (id < 20).then_some((id, id + 1))
        }
    });
    let summary = clock.run(batch_stream(slow, |id| users.user(*id)).run(|_, _| ()));
    assert_eq!(summary.calls(), 20);
}

/// What is waited for besides loses nothing, and a batch that is dropped drops what is under way.
#[test]
fn cancellation() {
    let clock = ManualClock::new();
    let (users, seen) = service(&clock, |_| 1_000);
    let mut all = batch(0..20, |id| users.user(*id));
    for _ in 0..5 {
        assert!(all.next().now_or_never().is_none());
        clock.advance(MS * 100);
    }
    let mut ids: Vec<u64> = Vec::new();
    while let Some((id, result)) = clock.run(all.next()) {
        ids.push(result.unwrap_or(id));
        // Somebody else was quicker, each time.
        let _ = all.next().now_or_never().flatten().map(|(id, _)| ids.push(id));
    }
    ids.sort_unstable();
    assert_eq!(ids, (0..20).collect::<Vec<_>>());
    let mut all = batch(0..20, |id| users.user(*id));
    assert!(all.next().now_or_never().is_none());
    let before = seen.all.load(Ordering::Relaxed);
    drop(all);
    clock.advance(MS * 10_000);
    assert_eq!(seen.all.load(Ordering::Relaxed), before);
}

/// What the calls are limited to counts here as well: nobody is refused, and nobody is early.
#[test]
fn limits_count() {
    let clock = ManualClock::new();
    let stub = Stub::json("7");
    let limit = RateLimit::new().rate(Rate::new(10, MS * 1_000)).burst(1);
    let builder = UsersClient::builder().transport(stub).clock(clock.clone()).rate_limit(limit);
    let users = builder.timeout(MS * 60_000).build().unwrap();
    let began = clock.elapsed();
    let summary = clock.run(batch(0..101, |id| users.user(*id)).concurrency(20).run(|_, _| ()));
    assert_eq!((summary.successes(), clock.elapsed() - began), (101, MS * 10_000));
}

/// What somebody at a terminal sees: the numbers of the client, in its own time.
#[test]
fn a_bar_shows_how_far_it_is() {
    let clock = ManualClock::new();
    let again = AtomicUsize::new(0);
    // Every fifth answer is an error, which is tried again.
    let stub = {
        let clock = clock.clone();
        Stub::with_async(move |sent| {
            let (clock, number) = (clock.clone(), again.fetch_add(1, Ordering::Relaxed));
            let is_13 = sent.url().path().ends_with("13");
            Box::pin(async move {
                clock.sleep(10 * MS).await;
                let status = match (is_13, number % 5) {
                    (true, _) => 404,
                    (false, 4) => 503,
                    (false, _) => 200,
                };
                Ok(Reply::new(status, "7"))
            })
        })
    };
    let users = UsersClient::builder().transport(stub).clock(clock.clone());
    let users = users.retry(Retry::new().base(MS).cap(MS)).retry_budget(1_000_000).build().unwrap();
    let term = InMemoryTerm::new(4, 120);
    let target = ProgressDrawTarget::term_like_with_hz(Box::new(term.clone()), 255);
    let bar = ProgressBar::with_draw_target(None, target);
    let progress = BatchProgress::with_bar(users.client(), bar.clone());
    let summary = clock.run(async {
        let mut all = batch(1..=1_000_u64, |id| users.user(*id)).concurrency(1).progress(progress);
        for _ in 0..500 {
            assert!(all.next().await.is_some());
        }
        bar.force_draw();
        let half = term.contents();
        assert!(half.contains(" 4") && half.contains("/1,000  "), "{half}");
        assert!(half.contains("/s, ") && half.contains(" retries, ") && half.contains("s left"), "{half}");
        all.run(|_, _| {}).await
    });
    assert_eq!((summary.calls(), summary.failures()), (500, 5));
    let end = term.contents();
    let total = users.client().stats().total();
    assert!(total.retries() > 100, "{total:?}");
    let retries = format!(" {} retries, 10 failed", total.retries());
    assert!(end.contains("1,000/1,000  ") && end.contains(&retries), "{end}");
    assert!(!end.contains("left"), "{end}");

    // How many there will be is not known; it is given up.
    let term = InMemoryTerm::new(4, 120);
    let target = ProgressDrawTarget::term_like_with_hz(Box::new(term.clone()), 255);
    let bar = ProgressBar::with_draw_target(None, target);
    let limit = RateLimit::new().rate(Rate::new(10, Duration::from_secs(1))).burst(1);
    let builder = UsersClient::builder().transport(Stub::json("7")).clock(clock.clone());
    let users = builder.rate_limit(limit).build().unwrap();
    clock.run(async {
        let progress = BatchProgress::with_bar(users.client(), bar.clone());
        let endless = stream::unfold(0, |id| async move { Some((id, id + 1)) });
        let mut all = batch_stream(Box::pin(endless), |id: &u64| users.user(*id)).progress(progress);
        for _ in 0..30 {
            all.next().await.unwrap().1.unwrap();
        }
    });
    let end = term.contents();
    assert!(bar.is_finished());
    assert!(end.contains(" 30  10/s, 29 waits") && !end.contains("left"), "{end}");
}

/// With an error type of one's own: what its variants keep counts as what it is, and the others are answers.
#[test]
fn a_summary_for_errors_of_ones_own() {
    #[derive(Debug, ApiError)]
    enum Mine {
        #[api(status = 404)]
        NotFound,
        #[api(status = 410)]
        Gone(#[api(error)] apiclient::Error),
        #[api(other)]
        Other(apiclient::Error),
    }
    #[api_client(base_url = "http://api.test")]
    trait Things {
        #[get("/things/{id}")]
        fn thing(&self, id: u64) -> Call<u64, Mine>;
    }
    let stub = Stub::with(|sent| {
        Ok(match sent.url().path() {
            "/things/1" => Reply::new(404, ""),
            "/things/2" => Reply::new(410, ""),
            "/things/3" => Reply::new(200, "no number"),
            _ => Reply::new(200, "7"),
        })
    });
    let clock = ManualClock::new();
    let things = ThingsClient::builder().transport(stub).clock(clock.clone()).build().unwrap();
    let mut kept = 0;
    let summary = clock.run(batch(0..5, |id| things.thing(*id)).run(|_, result| match result {
        Err(Mine::Gone(e) | Mine::Other(e)) => kept += usize::from(e.status().is_some()),
        Err(Mine::NotFound) | Ok(_) => {}
    }));
    assert_eq!(summary.to_string(), "5 calls: 2 well, 2 status, 1 decode");
    assert_eq!(kept, 2);
}
