//! When an origin is left alone, and when it is tried again.

use super::{Dice, Held, MS, SECOND, get, held};
use apiclient::{
    Breaker, BreakerPhase, Call, Client, Error, ErrorKind, Per, Retry, prelude::*, testing::ManualClock,
    transport::TransportErrorKind,
};
use futures_util::{FutureExt, future::join_all};
use std::{collections::BTreeMap, pin::Pin, time::Duration};

fn breaker() -> Breaker {
    Breaker::new().ratio(0.5).min(4).window(SECOND * 10).open(SECOND * 5)
}

/// One call with this outcome.
fn one(held: &Held, client: &Client, status: u16) -> Result<(), Error> {
    let mut call = Box::pin(get(client, 0).retry(Retry::none()));
    if let Some(result) = (&mut call).now_or_never() {
        return result;
    }
    held.answer("a.test/0", status);
    call.now_or_never().expect("it was answered")
}

fn phase(client: &Client) -> BreakerPhase {
    client.limits().breakers()[0].phase()
}

#[test]
fn it_opens_is_tried_and_closes() {
    let (held, clock, builder) = held();
    let client = builder.breaker(breaker()).build().unwrap();
    for status in [200, 500, 200] {
        let _ = one(&held, &client, status);
    }
    assert_eq!(phase(&client), BreakerPhase::Closed, "three are too few");
    let _ = one(&held, &client, 503);
    assert_eq!(phase(&client), BreakerPhase::Open, "two of four");
    clock.advance(SECOND);
    let e = one(&held, &client, 200).unwrap_err();
    assert_eq!((e.kind(), e.retry_after(), e.attempts()), (ErrorKind::CircuitOpen, Some(SECOND * 4), 0));
    assert_eq!(
        e.to_string(),
        "GET /{n}: nothing was sent: too much has failed there, and it is left alone for 4s"
    );
    assert_eq!(held.asked().len(), 4);
    // One try, which fails: as long again.
    clock.advance(SECOND * 4);
    assert_eq!(one(&held, &client, 500).unwrap_err().kind(), ErrorKind::Status);
    assert_eq!(one(&held, &client, 200).unwrap_err().retry_after(), Some(SECOND * 5));
    clock.advance(SECOND * 5);
    one(&held, &client, 200).unwrap();
    let limits = client.limits();
    let [state] = limits.breakers() else { panic!("one: {limits:?}") };
    assert_eq!((state.phase(), state.tried(), state.failed()), (BreakerPhase::Closed, 0, 0));
    assert_eq!((state.name(), state.origin()), ("client", Some("http://a.test")));
    let json = serde_json::to_value(&limits).unwrap();
    assert_eq!(json["breakers"][0]["phase"], "closed");
}

/// What a breaker counts, and what not.
#[test]
fn what_counts() {
    for (status, opens) in
        [(500, true), (503, true), (599, true), (404, false), (429, false), (302, false), (200, false)]
    {
        let (held, _, builder) = held();
        let client = builder.breaker(breaker().ratio(1.0)).build().unwrap();
        for _ in 0..4 {
            let _ = one(&held, &client, status);
        }
        assert_eq!(phase(&client) == BreakerPhase::Open, opens, "{status}");
    }
    for (kind, opens) in [
        (TransportErrorKind::Connect, true),
        (TransportErrorKind::Broken, true),
        (TransportErrorKind::Request, false),
    ] {
        let (held, _, builder) = held();
        let client = builder.breaker(breaker()).build().unwrap();
        for _ in 0..4 {
            let mut call = Box::pin(get(&client, 0).retry(Retry::none()));
            assert!((&mut call).now_or_never().is_none());
            held.answer("a.test/0", kind);
            call.now_or_never().unwrap().unwrap_err();
        }
        assert_eq!(phase(&client) == BreakerPhase::Open, opens, "{kind:?}");
    }
    // Attempts that took too long count, calls that were given up do not.
    let (_held, clock, builder) = held();
    let client = builder.breaker(breaker()).build().unwrap();
    for _ in 0..10 {
        assert!(get(&client, 0).now_or_never().is_none());
    }
    assert_eq!((phase(&client), client.limits().breakers()[0].tried()), (BreakerPhase::Closed, 0));
    let late = (0..4).map(|n| get(&client, n).timeout(SECOND).retry(Retry::none()));
    assert!(clock.run(join_all(late)).iter().all(|r| r.as_ref().unwrap_err().is_timeout()));
    assert_eq!(phase(&client), BreakerPhase::Open);
}

/// C2: of a thousand callers at once exactly as many as it says try it.
#[test]
fn so_many_try_it() {
    for probes in [1, 3, 10] {
        let (held, clock, builder) = held();
        let client = builder.breaker(breaker().probes(probes)).build().unwrap();
        for _ in 0..4 {
            let _ = one(&held, &client, 500);
        }
        clock.advance(SECOND * 5);
        let probes = probes as usize;
        let mut calls: Vec<_> =
            (0..1000).map(|n| Box::pin(get(&client, n + 1).retry(Retry::none()))).collect();
        let refused = calls.iter_mut().filter_map(|call| call.now_or_never()).filter(Result::is_err).count();
        assert_eq!((refused, held.asked().len()), (1000 - probes, 4 + probes));
        // One is given up: its place is free for another, and no more than that.
        drop(calls.remove(0));
        let mut another = Box::pin(get(&client, 5000));
        assert!((&mut another).now_or_never().is_none());
        assert!((0..1000).all(|n| get(&client, n + 2000).now_or_never().is_some()));
        drop((calls, another));
        assert_eq!(phase(&client), BreakerPhase::HalfOpen);
    }
}

/// Threads as well.
#[test]
fn so_many_of_many_threads_try_it() {
    let (held, clock, builder) = held();
    let client = builder.breaker(breaker().probes(5)).build().unwrap();
    for _ in 0..4 {
        let _ = one(&held, &client, 500);
    }
    clock.advance(SECOND * 5);
    let kept: Vec<_> = std::thread::scope(|scope| {
        let threads: Vec<_> = (0..8)
            .map(|thread| {
                let client = client.clone();
                scope.spawn(move || {
                    let calls = (0..125).map(|n| Box::pin(get(&client, thread * 1000 + n)));
                    calls.map(|mut call| ((&mut call).now_or_never().is_none(), call)).collect::<Vec<_>>()
                })
            })
            .collect();
        threads.into_iter().flat_map(|thread| thread.join().unwrap()).collect()
    });
    assert_eq!(kept.iter().filter(|(waits, _)| *waits).count(), 5);
    assert_eq!(held.asked().len(), 9);
}

/// C5: another origin is another matter; and a method of its own, where that is said.
#[test]
fn each_origin_by_itself() {
    let (held, _, builder) = held();
    let client = builder.breaker(breaker()).allow_origin("http://b.test").build().unwrap();
    for _ in 0..4 {
        let _ = one(&held, &client, 500);
    }
    let mut call = Box::pin(client.call_url(apiclient::Method::GET, "http://b.test/x").fetch::<()>());
    assert!((&mut call).now_or_never().is_none());
    held.answer("b.test/x", 200);
    call.now_or_never().unwrap().unwrap();
    let limits = client.limits();
    let origins: Vec<_> = limits.breakers().iter().map(|b| (b.origin().unwrap(), b.phase())).collect();
    assert_eq!(origins, [("http://a.test", BreakerPhase::Open), ("http://b.test", BreakerPhase::Closed)]);
}

#[api_client(base_url = "http://a.test")]
#[breaker(ratio = 0.5, min = 4, window = "10s", open = "5s", per = endpoint)]
#[retry(none)]
trait Words {
    #[get("/one")]
    fn one(&self) -> Call<()>;
    #[get("/two")]
    fn two(&self) -> Call<()>;
    #[get("/three")]
    #[breaker(min = 1)]
    fn three(&self) -> Call<()>;
    #[get("/four")]
    #[breaker(none)]
    fn four(&self) -> Call<()>;
}

#[test]
fn the_words() {
    let (held, clock) = (Held::default(), ManualClock::new());
    let words = WordsClient::builder().transport(held.clone()).clock(clock).build().unwrap();
    let fail = |call: Call<()>, path: &str| {
        let mut call = Box::pin(call);
        if let Some(result) = (&mut call).now_or_never() {
            return result.unwrap_err().kind();
        }
        held.answer(&format!("a.test/{path}"), 500);
        call.now_or_never().unwrap().unwrap_err().kind()
    };
    for _ in 0..4 {
        assert_eq!(fail(words.one(), "one"), ErrorKind::Status);
        assert_eq!(fail(words.four(), "four"), ErrorKind::Status);
    }
    assert_eq!(fail(words.one(), "one"), ErrorKind::CircuitOpen);
    assert_eq!(fail(words.two(), "two"), ErrorKind::Status, "it has its own");
    assert_eq!(fail(words.three(), "three"), ErrorKind::Status);
    assert_eq!(fail(words.three(), "three"), ErrorKind::CircuitOpen, "one is enough for it");
    assert_eq!(fail(words.four(), "four"), ErrorKind::Status, "it has none");
    let names: Vec<_> = words.client().limits().breakers().iter().map(|b| b.name().to_owned()).collect();
    assert_eq!(names, ["Words::one", "Words::three", "Words::two"]);
}

/// Once it is open, a call is not tried again: it fails with what it has.
#[test]
fn a_retry_meets_an_open_breaker() {
    let (held, clock, builder) = held();
    let client = builder.breaker(breaker().min(1)).build().unwrap();
    let e = clock.run(async {
        let call = get(&client, 0);
        let (result, ()) = futures_util::future::join(call, async { held.answer("a.test/0", 500) }).await;
        result.unwrap_err()
    });
    assert_eq!((e.status().map(|s| s.as_u16()), e.attempts()), (Some(500), 1));
    assert!(e.to_string().ends_with("(not tried again: its circuit breaker is open)"), "{e}");
}

#[test]
fn numbers_that_cannot_be() {
    for wrong in [
        Breaker::new().ratio(0.0),
        Breaker::new().ratio(1.5),
        Breaker::new().ratio(f64::NAN),
        Breaker::new().ratio(-1.0),
        Breaker::new().min(0),
        Breaker::new().probes(0),
        Breaker::new().window(Duration::ZERO),
        Breaker::new().open(Duration::ZERO),
    ] {
        assert!(
            Client::builder().breaker(wrong).build().unwrap_err().to_string().contains("`breaker`"),
            "{wrong:?}"
        );
    }
    assert!(Client::builder().breaker(Breaker::new().per(Per::Endpoint)).build().is_ok());
}

/// What a breaker is, said in another way: all that has happened, looked at anew each time.
struct Model {
    min: usize,
    half: usize,
    probes: usize,
    /// The part of the window, and whether it failed.
    counted: Vec<(u64, bool)>,
    phase: ModelPhase,
    /// Changes so far.
    round: usize,
}

#[derive(Clone, Copy, PartialEq, Debug)]
enum ModelPhase {
    Closed,
    Open(Duration),
    Half { out: usize, good: usize },
}

impl Model {
    fn pass(&mut self, now: Duration) -> Option<usize> {
        match self.phase {
            ModelPhase::Closed => {}
            ModelPhase::Open(until) if now < until => return None,
            ModelPhase::Open(_) => self.go(ModelPhase::Half { out: 1, good: 0 }),
            ModelPhase::Half { out, good } if out + good < self.probes => {
                self.phase = ModelPhase::Half { out: out + 1, good };
            }
            ModelPhase::Half { .. } => return None,
        }
        Some(self.round)
    }

    fn go(&mut self, phase: ModelPhase) {
        self.phase = phase;
        self.round += 1;
        if phase == ModelPhase::Closed {
            self.counted.clear();
        }
    }

    fn end(&mut self, round: usize, failed: Option<bool>, now: Duration) {
        if round != self.round {
            return;
        }
        match (self.phase, failed) {
            (ModelPhase::Half { out, good }, None) => self.phase = ModelPhase::Half { out: out - 1, good },
            (ModelPhase::Half { .. }, Some(true)) => self.go(ModelPhase::Open(now + SECOND * 5)),
            (ModelPhase::Half { good, .. }, Some(false)) if good + 1 == self.probes => {
                self.go(ModelPhase::Closed)
            }
            (ModelPhase::Half { out, good }, Some(false)) => {
                self.phase = ModelPhase::Half { out: out - 1, good: good + 1 };
            }
            (ModelPhase::Closed, Some(failed)) => {
                let part = u64::try_from(now.as_millis()).unwrap() / 1000;
                self.counted.push((part, failed));
                let within: Vec<_> = self.counted.iter().filter(|(of, _)| of + 10 > part).collect();
                let bad = within.iter().filter(|(_, failed)| *failed).count();
                if failed && within.len() >= self.min && bad * self.half >= within.len() {
                    self.go(ModelPhase::Open(now + SECOND * 5));
                }
            }
            (ModelPhase::Closed, None) | (ModelPhase::Open(_), _) => {}
        }
    }
}

/// The number of a call, in which round it began, and itself.
type UnderWay = (usize, usize, Pin<Box<Call<()>>>);

/// C1 and C6: ten thousand sequences of calls that begin, end well or badly, and are given up, while time goes on.
#[test]
fn as_the_model_has_it() {
    let mut dice = Dice(9);
    let mut seen = BTreeMap::<&str, usize>::new();
    for sequence in 0..10_000 {
        let (held, clock, builder) = held();
        let (min, half, probes) = (1 + dice.throw(6), 1 + dice.throw(4), 1 + dice.throw(3));
        let told = Breaker::new().min(u32::try_from(min).unwrap()).ratio(1.0 / half as f64);
        let told = told.window(SECOND * 10).open(SECOND * 5).probes(u32::try_from(probes).unwrap());
        let client = builder.breaker(told).retry(Retry::none()).timeout(SECOND * 1000).build().unwrap();
        let mut model = Model { min, half, probes, counted: Vec::new(), phase: ModelPhase::Closed, round: 0 };
        let mut open: Vec<UnderWay> = Vec::new();
        for step in 0..30 {
            let now = clock.elapsed();
            let at = || format!("sequence {sequence}, step {step}, at {now:?}");
            match dice.throw(8) {
                0..=3 => {
                    let mut call = Box::pin(get(&client, step));
                    let result = (&mut call).now_or_never();
                    match model.pass(now) {
                        Some(round) => {
                            assert!(result.is_none(), "{}: it passes", at());
                            open.push((step, round, call));
                        }
                        None => {
                            *seen.entry("refused").or_default() += 1;
                            let e = result.unwrap_or_else(|| panic!("{}: it is refused", at())).unwrap_err();
                            assert_eq!(e.kind(), ErrorKind::CircuitOpen, "{}", at());
                            assert!(e.retry_after().is_some_and(|wait| wait > Duration::ZERO), "{}", at());
                        }
                    }
                }
                4..=5 if !open.is_empty() => {
                    let (number, round, call) = open.swap_remove(dice.throw(open.len()));
                    let (status, failed) = [
                        (200, Some(false)),
                        (500, Some(true)),
                        (503, Some(true)),
                        (404, Some(false)),
                        (429, None),
                    ][dice.throw(5)];
                    held.answer(&format!("a.test/{number}"), status);
                    assert!(call.now_or_never().is_some(), "{}: it was answered", at());
                    model.end(round, failed, now);
                }
                6 if !open.is_empty() => {
                    let (_, round, call) = open.swap_remove(dice.throw(open.len()));
                    drop(call);
                    model.end(round, None, now);
                }
                _ => clock.advance(MS * [1, 400, 1000, 2500, 5000, 12_000][dice.throw(6)]),
            }
            let (phase, expected) = match model.phase {
                ModelPhase::Closed => (BreakerPhase::Closed, "closed"),
                ModelPhase::Open(_) => (BreakerPhase::Open, "open"),
                ModelPhase::Half { .. } => (BreakerPhase::HalfOpen, "half open"),
            };
            *seen.entry(expected).or_default() += 1;
            assert_eq!(self::phase(&client), phase, "{}", at());
        }
    }
    assert!(seen.values().all(|times| *times > 5_000) && seen.len() == 4, "{seen:?}");
}
