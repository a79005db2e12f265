//! Quotas that several clients share.

use super::{MS, SECOND};
use apiclient::{
    Call, Client, Full, Kept, LimitStore, LimitStoreError, MemoryStore, Method, Rate, RateLimit,
    testing::{ManualClock, Stub},
    time::{BoxFuture, Clock},
    transport::Reply,
};
use futures_util::future::join_all;
use std::{
    sync::{
        Arc, Mutex,
        atomic::{AtomicUsize, Ordering},
    },
    time::Duration,
};

type Log = Arc<Mutex<Vec<Duration>>>;

fn client(clock: &ManualClock, store: impl LimitStore + 'static, full: Full, log: &Log) -> Client {
    let (now, log) = (clock.clone(), log.clone());
    let stub = Stub::with(move |_| {
        log.lock().unwrap().push(now.elapsed());
        Ok(Reply::new(200, ""))
    });
    let limit = RateLimit::new().rate(Rate::new(5, SECOND)).burst(5).full(full);
    let builder = Client::builder().base_url("http://a.test").transport(stub).clock(clock.clone());
    builder.rate_limit(limit).limit_store(store).timeout(SECOND * 100).build().unwrap()
}

fn get(client: &Client) -> Call<()> {
    client.call(Method::GET, "/x").fetch()
}

/// Eight clients, as eight processes would be: together what the quota permits, and nearly all of it.
#[test]
fn eight_clients_of_one_quota() {
    let (clock, log) = (ManualClock::new(), Log::default());
    let store = MemoryStore::with_clock(clock.clone());
    let clients: Vec<_> = (0..8).map(|_| client(&clock, store.clone(), Full::Wait, &log)).collect();
    let tasks = (0..64).map(|n| {
        let (client, clock) = (clients[n % 8].clone(), clock.clone());
        async move {
            while clock.elapsed() < SECOND * 60 {
                get(&client).await.unwrap();
            }
        }
    });
    clock.run(join_all(tasks));
    let log = log.lock().unwrap();
    for (first, from) in log.iter().enumerate() {
        for (last, to) in log.iter().enumerate().skip(first).step_by(7) {
            assert!((last - first + 1) as f64 <= 5.0 + (*to - *from).as_secs_f64() * 5.0 + 1e-6);
        }
    }
    let within = log.iter().filter(|at| **at < SECOND * 60).count();
    assert!((300..=305).contains(&within), "{within}");
}

#[test]
fn refused_without_a_wait() {
    let (clock, log) = (ManualClock::new(), Log::default());
    let store = MemoryStore::with_clock(clock.clone());
    let (one, two) = (
        client(&clock, store.clone(), Full::Reject, &log),
        client(&clock, store.clone(), Full::Reject, &log),
    );
    for n in 0..5 {
        clock.run(get(if n % 2 == 0 { &one } else { &two })).unwrap();
    }
    let e = clock.run(get(&two)).unwrap_err();
    assert_eq!((e.is_rate_limited(), e.retry_after()), (true, Some(MS * 200)));
    // Another quota of the store is another matter.
    clock.run(get(&two).limit_key("other")).unwrap();
}

/// What a store does that is not well.
#[derive(Debug)]
enum Ill {
    Fails,
    Hangs,
    /// Somebody else is always quicker.
    Contended(AtomicUsize),
}

impl LimitStore for Ill {
    fn get<'a>(&'a self, _: &'a str) -> BoxFuture<'a, Result<Kept, LimitStoreError>> {
        Box::pin(async move {
            match self {
                Ill::Fails => Err("READONLY".into()),
                Ill::Hangs => std::future::pending().await,
                Ill::Contended(_) => Ok(Kept::new(Some(u64::MAX / 2), Duration::from_nanos(u64::MAX / 2))),
            }
        })
    }

    fn compare_and_set<'a>(
        &'a self,
        _: &'a str,
        _: Option<u64>,
        _: u64,
        _: Duration,
    ) -> BoxFuture<'a, Result<bool, LimitStoreError>> {
        Box::pin(async move {
            if let Ill::Contended(tries) = self {
                tries.fetch_add(1, Ordering::Relaxed);
            }
            Ok(false)
        })
    }
}

/// R4: each client goes on by itself, at the same quota, and nobody waits for the store for long.
#[test]
fn a_store_that_is_ill() {
    for (ill, patience) in [
        (Ill::Fails, Duration::ZERO),
        (Ill::Hangs, MS * 50),
        (Ill::Contended(AtomicUsize::new(0)), Duration::ZERO),
    ] {
        let (clock, log) = (ManualClock::new(), Log::default());
        let told = format!("{ill:?}");
        let client = client(&clock, ill, Full::Wait, &log);
        clock.run(get(&client)).unwrap();
        assert_eq!(clock.elapsed(), patience, "{told}");
        clock.run(join_all((0..20).map(|_| get(&client)))).into_iter().for_each(|r| r.unwrap());
        let log = log.lock().unwrap();
        // 21 at 5/s with a burst of 5.
        assert!(log.last().unwrap() >= &(MS * 3200), "{told}: {log:?}");
        assert!(log.last().unwrap() <= &(MS * 3200 + patience * 21), "{told}: {log:?}");
    }
}

/// Whoever waits and leaves gives the turn to the next.
#[test]
fn whoever_leaves_holds_nobody_up() {
    let (clock, log) = (ManualClock::new(), Log::default());
    let client = client(&clock, MemoryStore::with_clock(clock.clone()), Full::Wait, &log);
    clock.run(async {
        join_all((0..5).map(|_| get(&client))).await;
        let mut calls: Vec<_> = (0..4).map(|_| Box::pin(get(&client))).collect();
        for call in &mut calls {
            assert!(futures_util::FutureExt::now_or_never(call).is_none());
        }
        assert_eq!(client.limits().rates()[0].waiting(), 4);
        drop(calls.remove(2));
        drop(calls.remove(0));
        join_all(calls).await.into_iter().for_each(|r| r.unwrap());
    });
    assert_eq!(log.lock().unwrap()[5..], [MS * 200, MS * 400]);
    let _ = clock.now();
}
