//! Properties of limits, for arbitrary schedules, the same ones each time; `governor` is asked what it would have let through.

use apiclient::{
    Call, Client, Full, Method, Rate, RateLimit,
    testing::{ManualClock, Stub},
    time::Clock,
    transport::Reply,
};
use futures_util::{StreamExt, future::Either, stream::FuturesUnordered};
use governor::{Quota, RateLimiter, clock::FakeRelativeClock};
use proptest::{
    collection::vec,
    prelude::*,
    test_runner::{Config, RngSeed},
};
use std::{
    num::NonZeroU32,
    sync::{Arc, Mutex},
    time::Duration,
};

const MS: Duration = Duration::from_millis(1);

fn config(cases: u32) -> Config {
    Config { cases, failure_persistence: None, rng_seed: RngSeed::Fixed(0x6570), ..Config::default() }
}

/// A client with this limit, and when which of its calls were let through.
fn client(each: Duration, burst: u32, full: Full) -> (Client, ManualClock, Arc<Mutex<Vec<Duration>>>) {
    let clock = ManualClock::new();
    let times = Arc::<Mutex<Vec<_>>>::default();
    let (now, noted) = (clock.clone(), times.clone());
    let stub = Stub::with(move |_| {
        noted.lock().unwrap().push(now.elapsed());
        Ok(Reply::new(200, ""))
    });
    let limit = RateLimit::new().rate(Rate::new(1, each)).burst(burst).full(full);
    let builder = Client::builder().base_url("http://limits.test").transport(stub).clock(clock.clone());
    (builder.rate_limit(limit).timeout(MS * 100_000_000).build().unwrap(), clock, times)
}

fn get(client: &Client) -> Call<()> {
    client.call(Method::GET, "/").fetch()
}

/// In each window as long as the time between two admissions there are at most a burst and what the rate gives in it.
fn check_windows(times: &[Duration], each: Duration, burst: u32) {
    for (first, from) in times.iter().enumerate() {
        for (last, to) in times.iter().enumerate().skip(first) {
            let admitted = u128::try_from(last - first + 1).unwrap();
            let most = u128::from(burst) + (*to - *from).as_nanos() / each.as_nanos();
            assert!(admitted <= most, "{admitted} of {most} from {from:?} to {to:?}");
        }
    }
}

proptest! {
    #![proptest_config(config(10_000))]

    #[test]
    fn what_is_let_through_is_what_governor_lets_through(
        each in 1..500_u32,
        burst in 1..20_u32,
        schedule in vec((0..700_u32, 1..8_usize), 1..40),
    ) {
        let each = MS * each;
        let (client, clock, times) = client(each, burst, Full::Reject);
        let theirs = FakeRelativeClock::default();
        let quota = Quota::with_period(each).unwrap().allow_burst(NonZeroU32::new(burst).unwrap());
        let oracle = RateLimiter::direct_with_clock(quota, theirs.clone());
        for (pause, calls) in schedule {
            clock.advance(MS * pause);
            theirs.advance(MS * pause);
            for _ in 0..calls {
                let ours = clock.run(get(&client)).is_ok();
                prop_assert_eq!(ours, oracle.check().is_ok(), "at {:?}", clock.elapsed());
            }
        }
        check_windows(&times.lock().unwrap(), each, burst);
    }
}

proptest! {
    #![proptest_config(config(2_000))]

    /// R1, R2 and R6: whoever waits and whoever leaves, never more than the quota in any window, never less while somebody waits.
    #[test]
    fn who_waits_and_who_leaves(
        each in 1..200_u32,
        burst in 1..6_u32,
        arrivals in vec((0..300_u32, prop::option::weighted(0.3, 0..2_000_u32)), 1..60),
    ) {
        let each = MS * each;
        let (client, clock, times) = client(each, burst, Full::Wait);
        let left = clock.run(async {
            let mut running = FuturesUnordered::new();
            let mut at = Duration::ZERO;
            for (pause, leaves) in &arrivals {
                at += MS * *pause;
                let (client, clock, arrives, leaves) = (client.clone(), clock.clone(), at, *leaves);
                running.push(async move {
                    clock.sleep(arrives).await;
                    let call = Box::pin(get(&client));
                    match leaves {
                        None => call.await.is_ok(),
                        Some(after) => {
                            let gone = clock.sleep(MS * after);
                            matches!(futures_util::future::select(call, gone).await, Either::Left((Ok(()), _)))
                        }
                    }
                });
            }
            let mut left = 0;
            while let Some(is_good) = running.next().await {
                left += usize::from(!is_good);
            }
            left
        });
        let times = times.lock().unwrap();
        // Nobody is lost: all that did not leave were let through.
        prop_assert_eq!(times.len(), arrivals.len() - left);
        check_windows(&times, each, burst);
        prop_assert_eq!(client.limits().rates()[0].waiting(), 0);
    }
}
