//! Properties of retries, for arbitrary outcomes and settings, the same ones each time: A4, A5 and C7 of what a call promises.

use apiclient::{
    Body, Bytes, Client, Error, HeaderMap, Method, Retry, StatusCode,
    testing::{ManualClock, SeededRandom},
    time::{BoxFuture, Clock, Timer},
    transport::{Attempt, Progress, Reply, Transport, TransportError, TransportErrorKind},
};
use futures_util::{future::join_all, stream};
use proptest::{
    collection::vec,
    option,
    prelude::*,
    test_runner::{Config, RngSeed},
};
use std::{
    collections::HashMap,
    io,
    sync::{Arc, Mutex, OnceLock},
    task::{Context, Poll},
    time::{Duration, Instant},
};

const MS: Duration = Duration::from_millis(1);
const SECOND: Duration = Duration::from_secs(1);
const HOST: &str = "http://props.test";

/// A manual clock that keeps how long was slept.
#[derive(Debug, Clone, Default)]
struct Kept {
    clock: ManualClock,
    sleeps: Arc<Mutex<Vec<(Instant, Duration)>>>,
}

impl Clock for Kept {
    fn now(&self) -> Instant {
        self.clock.now()
    }

    fn sleep(&self, duration: Duration) -> BoxFuture<'static, ()> {
        self.sleeps.lock().unwrap().push((self.now(), duration));
        self.clock.sleep(duration)
    }

    fn poll_timer(&self, timer: &mut Timer, cx: &mut Context<'_>) -> Poll<()> {
        self.clock.poll_timer(timer, cx)
    }

    fn cancel(&self, timer: &mut Timer) {
        self.clock.cancel(timer);
    }
}

/// What becomes of an attempt.
#[derive(Debug, Clone)]
enum Outcome {
    Answer { status: u16, retry_after: Option<u32>, body_after: u16 },
    Fails(TransportErrorKind, Progress),
    Hangs,
}

#[derive(Debug, Clone)]
struct Step {
    after: u16,
    outcome: Outcome,
}

/// What the attempts of each call meet, in order, the last of them for ever; and how many there were.
#[derive(Debug)]
struct World {
    clock: ManualClock,
    calls: Vec<Vec<Step>>,
    seen: Mutex<HashMap<usize, usize>>,
    client: OnceLock<Client>,
    /// The most tokens that there may be.
    capacity: u32,
    wrong: Mutex<Option<u32>>,
}

impl World {
    fn tokens_are_within_bounds(&self) {
        let tokens = self.client.get().map(Client::retry_tokens);
        if let Some(tokens) = tokens.filter(|tokens| *tokens > self.capacity) {
            *self.wrong.lock().unwrap() = Some(tokens);
        }
    }

    async fn answer(&self, attempt: Attempt<'_>) -> Result<Reply, TransportError> {
        let call: usize = attempt.headers()["x-call"].to_str().unwrap().parse().unwrap();
        let number = {
            let mut seen = self.seen.lock().unwrap();
            let number = seen.entry(call).or_default();
            *number += 1;
            *number
        };
        assert_eq!(attempt.number() as usize, number);
        self.tokens_are_within_bounds();
        let steps = &self.calls[call];
        let step = steps.get(number - 1).unwrap_or_else(|| steps.last().unwrap());
        self.clock.sleep(MS * step.after.into()).await;
        match &step.outcome {
            Outcome::Answer { status, retry_after, body_after } => {
                let mut headers = HeaderMap::new();
                if let Some(after) = retry_after {
                    headers.insert("retry-after", (*after).into());
                }
                let status = StatusCode::from_u16(*status).unwrap();
                let mut collector = attempt.collector(status, &headers)?;
                collector.push(Bytes::from_static(b"x"))?;
                self.clock.sleep(MS * (*body_after).into()).await;
                Ok(Reply::from_parts(status, headers, collector.finish()?))
            }
            Outcome::Fails(kind, progress) => {
                Err(TransportError::new(*kind, "it fails").with_progress(*progress))
            }
            Outcome::Hangs => std::future::pending().await,
        }
    }
}

impl Transport for World {
    fn send<'a>(&'a self, attempt: Attempt<'a>) -> BoxFuture<'a, Result<Reply, TransportError>> {
        Box::pin(self.answer(attempt))
    }
}

fn outcome() -> impl Strategy<Value = Outcome> {
    let status = prop::sample::select(vec![200, 400, 408, 409, 425, 429, 500, 502, 503, 504]);
    let kind = prop::sample::select(vec![
        TransportErrorKind::Connect,
        TransportErrorKind::Broken,
        TransportErrorKind::Timeout,
        TransportErrorKind::TooLarge,
        TransportErrorKind::Request,
    ]);
    let progress = prop::sample::select(vec![
        Progress::NotConnected,
        Progress::NotWritten,
        Progress::Refused,
        Progress::PartlyWritten,
        Progress::Written,
        Progress::Answered,
    ]);
    let retry_after = option::weighted(0.3, prop_oneof![0..5_u32, 0..200_u32, any::<u32>()]);
    prop_oneof![
        6 => (status, retry_after, prop_oneof![Just(0), 0..3_000_u16])
            .prop_map(|(status, retry_after, body_after)| Outcome::Answer { status, retry_after, body_after }),
        3 => (kind, progress).prop_map(|(kind, progress)| Outcome::Fails(kind, progress)),
        1 => Just(Outcome::Hangs),
    ]
}

fn step() -> impl Strategy<Value = Step> {
    (prop_oneof![Just(0), 0..2_000_u16, 0..40_000_u16], outcome())
        .prop_map(|(after, outcome)| Step { after, outcome })
}

#[derive(Debug, Clone, Copy, PartialEq)]
enum Kind {
    Get,
    Post,
    Keyed,
}

#[derive(Debug, Clone)]
struct Settings {
    attempts: u32,
    base: Option<u16>,
    cap: Option<u16>,
    max_retry_after: Option<u16>,
    aws: bool,
    tokens: u32,
    total: u16,
    seed: u64,
}

impl Settings {
    fn retry(&self) -> Retry {
        let of = |ms: u16| MS * ms.into();
        let mut retry = if self.aws { Retry::aws_2_1() } else { Retry::new() }.attempts(self.attempts);
        if let Some(base) = self.base {
            retry = retry.base(of(base));
        }
        if let Some(cap) = self.cap {
            retry = retry.cap(of(cap));
        }
        match self.max_retry_after {
            Some(max) => retry.max_retry_after(of(max)),
            None => retry,
        }
    }

    fn total(&self) -> Duration {
        MS * self.total.into()
    }
}

fn settings() -> impl Strategy<Value = Settings> {
    let some = || option::of(0..10_000_u16);
    (1..6_u32, some(), some(), some(), any::<bool>(), 0..80_u32, 1..60_000_u16, any::<u64>()).prop_map(
        |(attempts, base, cap, max_retry_after, aws, tokens, total, seed)| Settings {
            attempts,
            base,
            cap,
            max_retry_after,
            aws,
            tokens,
            total,
            seed,
        },
    )
}

fn config(cases: u32) -> Config {
    Config { cases, failure_persistence: None, rng_seed: RngSeed::Fixed(0x6570), ..Config::default() }
}

/// How a call ended, and after how long.
type Ended = (Result<Bytes, Error>, Duration);

/// Makes these calls, one after the other or all at once, and says how each ended, and after how long.
fn make(settings: &Settings, calls: &[(Kind, Vec<Step>)], at_once: bool) -> (Arc<World>, Kept, Vec<Ended>) {
    let kept = Kept::default();
    let world = Arc::new(World {
        clock: kept.clock.clone(),
        calls: calls.iter().map(|(_, steps)| steps.clone()).collect(),
        seen: Mutex::default(),
        client: OnceLock::new(),
        capacity: settings.tokens,
        wrong: Mutex::default(),
    });
    let builder = Client::builder().base_url(HOST).shared_transport(world.clone()).clock(kept.clone());
    let builder = builder.random(SeededRandom::new(settings.seed)).retry_budget(settings.tokens);
    let client = builder.retry(settings.retry()).timeout(settings.total()).build().unwrap();
    world.client.set(client.clone()).unwrap();
    let one = |number: usize| {
        let (client, clock) = (client.clone(), kept.clone());
        let kind = calls[number].0;
        let total = settings.total();
        async move {
            let method = if kind == Kind::Get { Method::GET } else { Method::POST };
            let call = client.call(method, "/").fetch::<Bytes>().header("x-call", number.to_string());
            let call = if kind == Kind::Keyed { call.idempotency_key("k") } else { call };
            let began = clock.now();
            let result = call.await;
            let took = clock.now() - began;
            assert!(took <= total + 5 * MS, "{took:?} of {total:?}: {result:?}");
            (result, took)
        }
    };
    let results = match at_once {
        true => kept.clock.run(join_all((0..calls.len()).map(one))),
        false => (0..calls.len()).map(|number| kept.clock.run(one(number))).collect(),
    };
    world.tokens_are_within_bounds();
    (world, kept, results)
}

fn is_unsent(outcome: &Outcome) -> bool {
    matches!(outcome, Outcome::Fails(_, progress) if progress.is_unsent())
}

proptest! {
    #![proptest_config(config(1_500))]

    #[test]
    fn a4_tokens_attempts_and_waits_stay_within_their_bounds(
        settings in settings(),
        calls in vec((prop::sample::select(vec![Kind::Get, Kind::Post, Kind::Keyed]), vec(step(), 1..6)), 1..6),
        at_once in any::<bool>(),
    ) {
        let (world, kept, results) = make(&settings, &calls, at_once);
        prop_assert_eq!(*world.wrong.lock().unwrap(), None, "tokens");
        let seen = world.seen.lock().unwrap();
        for (number, (result, _)) in results.iter().enumerate() {
            let (kind, steps) = &calls[number];
            let attempts = seen.get(&number).copied().unwrap_or(0);
            prop_assert!(attempts <= settings.attempts as usize, "{} attempts", attempts);
            if let Err(e) = result {
                prop_assert_eq!(e.attempts() as usize, attempts);
            }
            if *kind == Kind::Post && attempts > 1 {
                let before = &steps[..steps.len().min(attempts - 1)];
                prop_assert!(before.iter().all(|step| is_unsent(&step.outcome)), "{:?} {:?}", before, result);
            }
        }
        // Of one call alone it is known which sleeps are its own.
        if let [(result, _)] = &results[..] {
            let sleeps = kept.sleeps.lock().unwrap();
            let sum: Duration = sleeps.iter().map(|(_, duration)| *duration).sum();
            prop_assert!(sum <= settings.total(), "{:?} {:?}", sleeps, result);
            let due = kept.now() - results[0].1 + settings.total();
            prop_assert!(sleeps.iter().all(|(at, duration)| *at + *duration <= due), "{:?} {:?}", sleeps, result);
        }
    }

    #[test]
    fn c7_whatever_takes_how_long_a_call_ends_in_time(
        total in 1..20_000_u16,
        attempt in option::of(1..20_000_u16),
        steps in vec(step(), 1..6),
        seed in any::<u64>(),
    ) {
        let settings = Settings {
            attempts: 5, base: None, cap: None, max_retry_after: None, aws: false, tokens: 500, total, seed,
        };
        let clock = ManualClock::new();
        let world = Arc::new(World {
            clock: clock.clone(),
            calls: vec![steps],
            seen: Mutex::default(),
            client: OnceLock::new(),
            capacity: 500,
            wrong: Mutex::default(),
        });
        let builder = Client::builder().base_url(HOST).shared_transport(world).clock(clock.clone());
        let client = builder.random(SeededRandom::new(seed)).retry(settings.retry()).build().unwrap();
        let call = client.call(Method::GET, "/").fetch::<Bytes>().header("x-call", "0").timeout(settings.total());
        let call = match attempt {
            Some(attempt) => call.attempt_timeout(MS * attempt.into()),
            None => call,
        };
        let _ = clock.run(call);
        prop_assert!(clock.elapsed() <= settings.total() + 5 * MS, "{:?}", clock.elapsed());
    }
}

/// The distance of what was drawn from what is uniform up to `most`: the statistic of Kolmogorov and Smirnov.
fn distance(mut drawn: Vec<f64>, most: f64) -> f64 {
    drawn.sort_by(f64::total_cmp);
    let count = drawn.len() as f64;
    let each = drawn.iter().enumerate().map(|(number, value)| {
        let (below, up_to, expected) = (number as f64 / count, (number + 1) as f64 / count, value / most);
        (expected - below).abs().max((up_to - expected).abs())
    });
    each.fold(0.0, f64::max)
}

/// The waits before each attempt, of so many calls that fail each time.
fn waits(retry: Retry, calls: usize) -> Vec<Vec<Duration>> {
    let kept = Kept::default();
    let world = World {
        clock: kept.clock.clone(),
        calls: vec![
            vec![Step {
                after: 0,
                outcome: Outcome::Answer { status: 500, retry_after: None, body_after: 0 },
            }];
            calls
        ],
        seen: Mutex::default(),
        client: OnceLock::new(),
        capacity: u32::MAX,
        wrong: Mutex::default(),
    };
    let builder =
        Client::builder().base_url(HOST).transport(world).clock(kept.clone()).timeout(SECOND * 100_000);
    let client = builder.random(SeededRandom::new(7)).retry(retry).retry_budget(u32::MAX).build().unwrap();
    let each = (0..calls).map(|number| {
        let call = client.call(Method::GET, "/").fetch::<Bytes>().header("x-call", number.to_string());
        let _ = kept.clock.run(call).unwrap_err();
        let waits = std::mem::take(&mut *kept.sleeps.lock().unwrap());
        waits.into_iter().map(|(_, wait)| wait).collect()
    });
    each.collect()
}

/// At a level of 1 %: 1.6276 over the root of how many were drawn.
#[test]
fn a5_ten_thousand_waits_are_uniform() {
    const DRAWS: usize = 10_000;
    let limit = 1.6276 / (DRAWS as f64).sqrt();
    for (base, cap, at_most) in [
        (50 * MS, 20 * SECOND, [50 * MS, 100 * MS, 200 * MS]),
        (SECOND, 3 * SECOND, [SECOND, 2 * SECOND, 3 * SECOND]),
        (SECOND * 30, SECOND * 20, [SECOND * 20; 3]),
    ] {
        let waits = waits(Retry::new().attempts(4).base(base).cap(cap), DRAWS);
        for (number, most) in at_most.into_iter().enumerate() {
            let drawn: Vec<_> = waits.iter().map(|waits| waits[number]).collect();
            assert!(drawn.iter().all(|wait| *wait <= most), "{number}: more than {most:?}");
            let distance = distance(drawn.iter().map(Duration::as_secs_f64).collect(), most.as_secs_f64());
            assert!(distance < limit, "{number}: {distance} of {limit}");
        }
    }
    // What is not uniform is found: half of the range, and a wait without jitter.
    assert!(distance(vec![0.5; DRAWS], 1.0) > limit);
    assert!(distance((0..DRAWS).map(|n| n as f64 / (2 * DRAWS) as f64).collect(), 1.0) > limit);
}

/// Where an attempt stands when its time is over.
#[derive(Debug, Clone, Copy, PartialEq)]
enum Place {
    Connecting,
    Head,
    Body,
    ErrorBody,
    SecondHop,
    ManyHops,
    Upload,
}

#[derive(Debug)]
struct Stuck(Place, ManualClock);

impl Stuck {
    async fn answer(&self, attempt: Attempt<'_>) -> Result<Reply, TransportError> {
        let forever = || std::future::pending::<()>();
        let is_first = attempt.target() == "/";
        let moved = |to: &str| {
            let reply = Reply::new(307, "").with_header("location".parse().unwrap(), to.parse().unwrap());
            Ok(reply)
        };
        match self.0 {
            Place::Connecting => attempt.reached(Progress::NotConnected),
            Place::Head => attempt.reached(Progress::Written),
            Place::Body | Place::ErrorBody => {
                let status = if self.0 == Place::Body { StatusCode::OK } else { StatusCode::BAD_GATEWAY };
                let mut collector = attempt.collector(status, &HeaderMap::new())?;
                loop {
                    // It moves, so that it is not what stands still.
                    collector.push(Bytes::from_static(b"0123456789"))?;
                    self.1.sleep(SECOND).await;
                }
            }
            Place::SecondHop if is_first => return moved("/second"),
            Place::ManyHops => {
                self.1.sleep(SECOND * 3).await;
                return moved(&format!("{}x", attempt.target()));
            }
            Place::Upload => {
                let mut body = attempt.body().open().expect("it can be read");
                let next =
                    std::future::poll_fn(|cx| http_body::Body::poll_frame(std::pin::Pin::new(&mut body), cx));
                next.await.expect("a piece").expect("no error");
            }
            Place::SecondHop => {}
        }
        forever().await;
        unreachable!()
    }
}

impl Transport for Stuck {
    fn send<'a>(&'a self, attempt: Attempt<'a>) -> BoxFuture<'a, Result<Reply, TransportError>> {
        Box::pin(self.answer(attempt))
    }
}

#[test]
fn c7_at_every_await_of_an_attempt() {
    for place in [
        Place::Connecting,
        Place::Head,
        Place::Body,
        Place::ErrorBody,
        Place::SecondHop,
        Place::ManyHops,
        Place::Upload,
    ] {
        // The limit of the call, that of the attempt, and the first of them where there are several attempts.
        for (total, attempt, attempts, ends) in [(10, 30, 3, 10), (60, 7, 1, 7), (20, 7, 3, 20)] {
            let clock = ManualClock::new();
            let builder =
                Client::builder().base_url(HOST).transport(Stuck(place, clock.clone())).clock(clock.clone());
            let client = builder.random(SeededRandom::new(3)).timeout(SECOND * total).build().unwrap();
            // A stream that gives nothing is the caller's own, and ends with the call all the same.
            let body = match place {
                Place::Upload => Body::factory(None, stream::pending::<io::Result<&[u8]>>),
                _ => Body::default(),
            };
            let call = client.call(Method::PUT, "/").body("text/plain", body).fetch::<Bytes>();
            let call = call.attempt_timeout(SECOND * attempt).idle_timeout(SECOND * 3600);
            let e = clock.run(call.retry(Retry::new().attempts(attempts))).unwrap_err();
            let late = clock.elapsed().saturating_sub(SECOND * ends);
            assert!(late <= 5 * MS, "{place:?}: {:?} of {ends} s: {e}", clock.elapsed());
            // It may give up sooner, where the next wait would be too long, but not before an attempt was over.
            assert!(clock.elapsed() >= SECOND * ends.min(attempt), "{place:?}: {:?}: {e}", clock.elapsed());
        }
    }
}

/// A wait between attempts that would be too long is not begun.
#[test]
fn c7_while_waiting_for_another_attempt() {
    let step = |retry_after| Step {
        after: 100,
        outcome: Outcome::Answer { status: 503, retry_after, body_after: 0 },
    };
    for (retry_after, total, at_least, at_most) in [
        (Some(100), 5_000, 100, 100),
        (Some(3), 5_000, 3_100, 5_000),
        (Some(4), 4_099, 100, 100),
        (None, 30_000, 100, 30_000),
    ] {
        let settings = Settings {
            attempts: 5,
            base: retry_after.is_none().then_some(10_000),
            cap: None,
            max_retry_after: None,
            aws: false,
            tokens: 500,
            total,
            seed: 1,
        };
        let (_, kept, results) = make(&settings, &[(Kind::Get, vec![step(retry_after)])], false);
        let took = results[0].1;
        assert!(
            (MS * at_least..=MS * at_most).contains(&took),
            "{retry_after:?}: {took:?} {:?}",
            results[0].0
        );
        let sleeps = kept.sleeps.lock().unwrap();
        assert_eq!(sleeps.is_empty(), at_most == at_least, "{sleeps:?}");
    }
}
