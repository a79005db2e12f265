//! A service that is down, and a thousand calls a second that want it: what retries add, and how it comes back. Virtual time, seeded.

use apiclient::{
    Client, Method, Random,
    testing::{ManualClock, SeededRandom, Stub},
    time::Clock,
    transport::{Reply, TransportError},
};
use futures_util::{
    FutureExt, StreamExt,
    future::{Either, select},
    stream::FuturesUnordered,
};
use std::{
    sync::{Arc, Mutex},
    time::Duration,
};

const TICK: Duration = Duration::from_millis(10);
const PER_TICK: usize = 10;

/// What a server answers at a time: none fail, some, all.
type Weather = fn(Duration) -> Answer;

#[derive(Clone, Copy)]
enum Answer {
    Fine,
    Down,
    /// So many of a hundred are answered with this status.
    Some(u64, u16),
}

/// Per second: requests that came, and calls that ended well.
#[derive(Default, Clone)]
struct Second {
    offered: usize,
    good: usize,
}

struct Storm {
    seconds: Vec<Second>,
    calls: usize,
}

impl Storm {
    fn offered(&self) -> usize {
        self.seconds.iter().map(|second| second.offered).sum()
    }

    fn retries(&self) -> usize {
        self.offered() - self.calls
    }
}

/// A thousand calls a second for so many seconds.
fn storm(seed: u64, length: usize, weather: Weather) -> Storm {
    let clock = ManualClock::new();
    let seconds = Arc::new(Mutex::new(vec![Second::default(); length + 61]));
    let dice = SeededRandom::new(seed ^ 0x5EED);
    let (now, log) = (clock.clone(), seconds.clone());
    let stub = Stub::with(move |_| {
        let at = now.elapsed();
        log.lock().unwrap()[usize::try_from(at.as_secs()).unwrap()].offered += 1;
        let status = match weather(at) {
            Answer::Some(percent, status) if dice.next_u64() % 100 < percent => status,
            Answer::Fine | Answer::Some(..) => 200,
            Answer::Down => 503,
        };
        Ok::<_, TransportError>(Reply::new(status, ""))
    });
    let client = Client::builder()
        .base_url("https://storm.test")
        .transport(stub)
        .clock(clock.clone())
        .random(SeededRandom::new(seed))
        .build()
        .unwrap();
    let mut calls = 0;
    clock.run(async {
        let mut running = FuturesUnordered::new();
        for _ in 0..length * 100 {
            for _ in 0..PER_TICK {
                let call = client.call(Method::GET, "/").fetch::<()>();
                running.push(call.map(|result| result.is_ok()));
                calls += 1;
            }
            let mut next = clock.sleep(TICK);
            loop {
                match select(next, running.next()).await {
                    Either::Left(_) => break,
                    Either::Right((Some(ended), waits)) => {
                        count(&seconds, ended, &clock);
                        next = waits;
                    }
                    Either::Right((None, waits)) => {
                        waits.await;
                        break;
                    }
                }
            }
        }
        while let Some(ended) = running.next().await {
            count(&seconds, ended, &clock);
        }
    });
    let seconds = seconds.lock().unwrap().clone();
    Storm { seconds, calls }
}

fn count(seconds: &Mutex<Vec<Second>>, is_good: bool, clock: &ManualClock) {
    if is_good {
        seconds.lock().unwrap()[usize::try_from(clock.elapsed().as_secs()).unwrap()].good += 1;
    }
}

/// A3: at most a fifth of the calls, and ten a second.
#[test]
fn a3_case_39_a_service_that_is_down_gets_no_storm() {
    let storm = storm(1, 60, |_| Answer::Down);
    assert_eq!(storm.calls, 60_000);
    assert!(storm.retries() <= storm.calls / 5 + 10 * 60, "{}", storm.retries());
    // AWS's bucket: 500 tokens at 14.
    assert_eq!(storm.retries(), 500 / 14);
}

#[test]
fn a3_half_of_it_fails() {
    let weathers: [(u16, Weather); 3] = [
        (503, |_| Answer::Some(50, 503)),
        (500, |_| Answer::Some(50, 500)),
        (429, |_| Answer::Some(50, 429)),
    ];
    for (status, weather) in weathers {
        let storm = storm(status.into(), 60, weather);
        let load = offered_per_call(&storm);
        println!("half fails with {status}: {load:.3} x");
        assert!(load <= 1.25, "{status}: {load}");
    }
}

#[expect(clippy::cast_precision_loss, reason = "a ratio")]
fn offered_per_call(storm: &Storm) -> f64 {
    storm.offered() as f64 / storm.calls as f64
}

#[test]
fn a3_it_comes_back_within_five_seconds() {
    let down = |at: Duration| if (20..50).contains(&at.as_secs()) { Answer::Down } else { Answer::Fine };
    let storm = storm(1, 80, down);
    let good: Vec<_> = storm.seconds.iter().map(|second| second.good).collect();
    assert!(good[19] >= 990 && good[30] == 0, "{good:?}");
    assert!(good[50..80].iter().all(|good| *good >= 990), "at once: {:?}", &good[48..60]);
    // What a call costs more when all is well again is nothing: the budget fills up by what succeeds.
    assert_eq!(storm.seconds[60..80].iter().map(|second| second.offered).sum::<usize>(), 20_000);
}

/// A bad minute for one call in a hundred costs nobody anything: all of them are tried again, and nearly all succeed.
#[test]
fn what_fails_seldom_is_mended() {
    let storm = storm(5, 60, |_| Answer::Some(1, 503));
    let good: usize = storm.seconds.iter().map(|second| second.good).sum();
    assert!(good >= storm.calls - 2, "{good}");
    assert!(offered_per_call(&storm) <= 1.015);
}

/// The same seed is the same storm.
#[test]
fn the_same_seed_is_the_same_storm() {
    let all = |seed| {
        let storm = storm(seed, 5, |_| Answer::Some(30, 503));
        storm.seconds.iter().map(|second| (second.offered, second.good)).collect::<Vec<_>>()
    };
    assert_eq!(all(7), all(7));
    assert_ne!(all(7), all(8));
}
