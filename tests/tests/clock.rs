//! Calls under a clock that is moved by hand: no runtime, no waiting, and each time the same.

use apiclient::{
    prelude::*,
    testing::{ManualClock, Stub},
    time::Clock,
    transport::Reply,
};
use futures_util::{FutureExt, future::join_all};
use std::{sync::Mutex, time::Duration};

#[api_client(base_url = "http://stub.test")]
#[retry(none)]
pub trait Slow {
    #[get("/{name}")]
    fn get(&self, name: u64) -> Call<String>;
}

fn ms(ms: u64) -> Duration {
    Duration::from_millis(ms)
}

fn client(clock: &ManualClock, stub: Stub) -> SlowClient {
    SlowClient::builder().transport(stub).clock(clock.clone()).timeout(ms(100)).build().unwrap()
}

/// Answers `/7` after 7 ms.
fn as_slow_as_told(clock: &ManualClock) -> Stub {
    let clock = clock.clone();
    Stub::with_async(move |request| {
        let name = request.url().path()[1..].to_owned();
        let pause = clock.sleep(ms(name.parse().unwrap()));
        Box::pin(pause.map(move |()| Ok(Reply::new(200, name))))
    })
}

#[test]
fn a_silent_server_takes_no_time_of_ours() {
    let clock = ManualClock::new();
    let client = client(&clock, Stub::silent());
    let e = clock.run(client.get(7)).unwrap_err();
    assert_eq!((e.is_timeout(), e.elapsed(), clock.elapsed()), (true, ms(100), ms(100)));
    let e = clock.run(client.get(7).timeout(Duration::MAX).attempt_timeout(ms(5))).unwrap_err();
    assert_eq!((e.is_timeout(), e.elapsed(), clock.elapsed()), (true, ms(5), ms(105)));
    assert_eq!(clock.sleepers(), 0);
}

#[test]
fn an_answer_at_the_last_moment_is_in_time() {
    let clock = ManualClock::new();
    let client = client(&clock, as_slow_as_told(&clock));
    assert_eq!(clock.run(client.get(100)).unwrap(), "100");
    assert!(clock.run(client.get(101)).unwrap_err().is_timeout());
    assert_eq!((clock.elapsed(), clock.sleepers()), (ms(200), 0));
}

/// Which call, when, and whether well.
type Ended = (u64, Duration, bool);

#[test]
fn calls_at_once_go_the_same_way_each_time() {
    let transcript = || {
        let clock = ManualClock::new();
        let client = client(&clock, as_slow_as_told(&clock));
        let ended = Mutex::new(Vec::new());
        clock.run(join_all((0..120).map(|i| {
            let name = i * 7 % 120;
            let (call, ended, clock) = (client.get(name), &ended, &clock);
            call.map(move |result| ended.lock().unwrap().push((name, clock.elapsed(), result.is_ok())))
        })));
        assert_eq!((clock.elapsed(), clock.sleepers()), (ms(100), 0));
        ended.into_inner().unwrap()
    };
    let first = transcript();
    let (answered, late): (Vec<Ended>, Vec<Ended>) = first.iter().partition(|(.., is_ok)| *is_ok);
    let names: Vec<_> = answered.iter().map(|(name, ..)| *name).collect();
    assert_eq!(names, (0..=100).collect::<Vec<_>>());
    assert!(answered.iter().all(|(name, at, _)| *at == ms(*name)));
    assert!(late.len() == 19 && late.iter().all(|(_, at, _)| *at == ms(100)));
    assert_eq!(first, transcript());
}
