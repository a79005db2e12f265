//! When a call is tried again, how long it waits, and when it is not: in virtual time, with the numbers of the hostile list.

use apiclient::{
    Body, Client, Error, ErrorKind, HeaderName, HeaderValue, Method, Random, Retry,
    prelude::*,
    testing::{ManualClock, SeededRandom, Stub},
    time::Clock,
    transport::{Progress, Reply, TransportError, TransportErrorKind},
};
use futures_util::{FutureExt, stream};
use std::{
    collections::BTreeSet,
    io,
    sync::{Arc, Mutex},
    time::Duration,
};

#[api_client(base_url = "https://shop.test")]
trait Shop {
    #[get("/items")]
    fn items(&self) -> Call<String>;

    #[post("/orders")]
    fn order(&self) -> Call<String>;

    #[post("/search")]
    #[idempotent]
    fn search(&self) -> Call<String>;

    #[post("/payments")]
    #[idempotency_key("Idempotency-Key")]
    fn pay(&self) -> Call<String>;
}

/// Every wait as long as it can be, and keys that are all the same.
#[derive(Debug)]
struct Longest;

impl Random for Longest {
    fn next_u64(&self) -> u64 {
        u64::MAX
    }
}

/// The least there can be.
#[derive(Debug)]
struct Shortest;

impl Random for Shortest {
    fn next_u64(&self) -> u64 {
        0
    }
}

type Answer = Result<Reply, TransportError>;

fn status(status: u16) -> Answer {
    Ok(Reply::new(status, ""))
}

fn with(status: u16, name: &'static str, value: &'static str) -> Answer {
    Ok(Reply::new(status, "").with_header(HeaderName::from_static(name), HeaderValue::from_static(value)))
}

fn fails(kind: TransportErrorKind) -> Answer {
    Err(TransportError::new(kind, "no luck"))
}

fn fails_at(progress: Progress) -> Answer {
    Err(TransportError::new(TransportErrorKind::Broken, "no luck").with_progress(progress))
}

/// A server that answers by a script, whose last line stays, and when it was asked.
struct World {
    clock: ManualClock,
    stub: Stub,
    shop: ShopClient,
    asked: Arc<Mutex<Vec<Duration>>>,
}

fn world_with(random: impl Random + 'static, script: Vec<Answer>) -> World {
    let (clock, asked) = (ManualClock::new(), Arc::<Mutex<Vec<Duration>>>::default());
    let script = Mutex::new(script.into_iter().rev().collect::<Vec<_>>());
    let (now, log) = (clock.clone(), asked.clone());
    let stub = Stub::with(move |_| {
        log.lock().unwrap().push(now.elapsed());
        let mut script = script.lock().unwrap();
        match &script[..] {
            [Ok(last)] => Ok(last.clone()),
            [Err(last)] => Err(again(last)),
            _ => script.pop().unwrap(),
        }
    });
    let shop =
        ShopClient::builder().transport(stub.clone()).clock(clock.clone()).random(random).build().unwrap();
    World { clock, stub, shop, asked }
}

fn again(error: &TransportError) -> TransportError {
    TransportError::new(error.kind(), "no luck").with_progress(error.progress())
}

fn world(script: Vec<Answer>) -> World {
    world_with(Longest, script)
}

impl World {
    fn run<T>(&self, call: Call<T>) -> Result<T, Error> {
        self.clock.run(call)
    }

    fn times(&self) -> usize {
        self.asked.lock().unwrap().len()
    }

    /// Between one request and the next, in milliseconds.
    fn waits(&self) -> Vec<u128> {
        self.asked.lock().unwrap().windows(2).map(|pair| (pair[1] - pair[0]).as_millis()).collect()
    }
}

#[test]
fn what_is_idempotent_is_tried_again() {
    for failed in [
        status(408),
        status(425),
        status(429),
        status(500),
        status(502),
        status(503),
        status(504),
        fails(TransportErrorKind::Connect),
        fails(TransportErrorKind::Broken),
        fails(TransportErrorKind::Timeout),
    ] {
        let text = format!("{failed:?}");
        let world = world(vec![failed, status(200)]);
        assert!(world.run(world.shop.items()).is_ok(), "{text}");
        assert_eq!(world.times(), 2, "{text}");
    }
}

#[test]
fn what_is_of_no_use_is_not() {
    for failed in [
        status(400),
        status(401),
        status(403),
        status(404),
        status(409),
        status(422),
        status(501),
        fails(TransportErrorKind::Request),
        fails(TransportErrorKind::TooLarge),
        fails(TransportErrorKind::Encoding),
    ] {
        let text = format!("{failed:?}");
        let world = world(vec![failed, status(200)]);
        let error = world.run(world.shop.items()).unwrap_err();
        assert_eq!((world.times(), error.attempts()), (1, 1), "{text}");
    }
}

#[test]
fn every_verb_that_is_idempotent_and_no_other() {
    for (verb, times) in [
        ("GET", 2),
        ("HEAD", 2),
        ("OPTIONS", 2),
        ("TRACE", 2),
        ("PUT", 2),
        ("DELETE", 2),
        ("QUERY", 2),
        ("POST", 1),
        ("PATCH", 1),
        ("LOCK", 1),
        ("get", 1),
    ] {
        let world = world(vec![status(503), status(200)]);
        let method = Method::from_bytes(verb.as_bytes()).unwrap();
        let call = world.shop.client().call(method, "/x").fetch::<()>();
        assert_eq!(world.run(call).is_ok(), times == 2, "{verb}");
        assert_eq!(world.times(), times, "{verb}");
    }
}

/// A6: what may have been done is not done twice.
#[test]
fn a6_a_post_without_a_key_is_sent_once() {
    for failed in [
        status(500),
        status(502),
        status(503),
        status(429),
        fails(TransportErrorKind::Timeout),
        fails_at(Progress::PartlyWritten),
        fails_at(Progress::Written),
        fails_at(Progress::Answered),
    ] {
        let text = format!("{failed:?}");
        let world = world(vec![failed, status(200)]);
        assert!(world.run(world.shop.order()).is_err(), "{text}");
        assert_eq!(world.times(), 1, "{text}");
    }
    for failed in [
        fails(TransportErrorKind::Connect),
        fails_at(Progress::NotConnected),
        fails_at(Progress::NotWritten),
        fails_at(Progress::Refused),
    ] {
        let text = format!("{failed:?}");
        let world = world(vec![failed, status(200)]);
        assert!(world.run(world.shop.order()).is_ok(), "{text}");
        assert_eq!(world.times(), 2, "{text}");
    }
}

#[test]
fn a_mark_or_a_key_make_it_safe() {
    let marked = world(vec![status(503), status(200)]);
    assert!(marked.run(marked.shop.search()).is_ok());
    let keyed = world(vec![status(503), status(200)]);
    assert!(keyed.run(keyed.shop.pay()).is_ok());
    let by_call = world(vec![status(503), status(200)]);
    assert!(by_call.run(by_call.shop.order().idempotency_key("order-17")).is_ok());
    let sent = by_call.stub.requests();
    let keys: Vec<_> = sent.iter().map(|sent| sent.header::<String>("idempotency-key").unwrap()).collect();
    assert_eq!(keys, ["order-17", "order-17"]);
}

/// A7: one key for all tries of a call, and another one for the next call.
#[test]
fn a7_one_key_per_call() {
    let world =
        world_with(SeededRandom::new(7), vec![status(503), fails(TransportErrorKind::Broken), status(200)]);
    assert!(world.run(world.shop.pay()).is_ok());
    assert!(world.run(world.shop.pay()).is_ok());
    let sent = world.stub.requests();
    let keys: Vec<_> = sent.iter().map(|sent| sent.header::<String>("idempotency-key").unwrap()).collect();
    assert_eq!(keys.len(), 4);
    assert!(keys[0] == keys[1] && keys[1] == keys[2] && keys[2] != keys[3], "{keys:?}");
    let groups: Vec<_> = keys[0].split('-').map(str::len).collect();
    assert_eq!(groups, [8, 4, 4, 4, 12]);
    assert!(keys[0].as_bytes()[14] == b'4' && b"89ab".contains(&keys[0].as_bytes()[19]), "{}", keys[0]);
}

/// A8: a call that is dropped while it waits sends nothing more, and nobody waits for it.
#[test]
fn a8_a_call_that_is_dropped_is_over() {
    let world = world(vec![status(503)]);
    let mut call = Box::pin(world.shop.items());
    assert!((&mut call).now_or_never().is_none());
    assert_eq!((world.times(), world.clock.sleepers()), (1, 1));
    drop(call);
    assert_eq!(world.clock.sleepers(), 0);
    world.clock.advance(Duration::from_secs(100));
    assert_eq!(world.times(), 1);
}

/// RESILIENCE 1.3, after OpenAI's own table: what is no number of seconds and no date was not said, and what is over 120 s is not
/// waited for.
#[test]
fn a2_what_servers_say_about_the_wait() {
    const OUR_OWN: u128 = 50;
    for (said, wait) in [
        ("20", Some(20_000)),
        ("60", Some(60_000)),
        ("61", Some(61_000)),
        ("120", Some(120_000)),
        ("121", None),
        ("86400", None),
        ("99999999999999999999999999999999999", None),
        ("0", Some(OUR_OWN)),
        ("-10", Some(OUR_OWN)),
        ("", Some(OUR_OWN)),
        ("inf", Some(OUR_OWN)),
        ("nan", Some(OUR_OWN)),
        ("Zun, 29 Sep 2023 16:26:27 GMT", Some(OUR_OWN)),
        ("Fri, 29 Sep 100000 16:26:57 GMT", Some(OUR_OWN)),
        ("Fri, 29 Sep 2023 16:26:57 GMT", Some(20_000)),
        ("Fri, 29 Sep 2023 16:26:37 GMT", Some(OUR_OWN)),
        ("Fri, 29 Sep 2023 16:26:27 GMT", Some(OUR_OWN)),
        ("Fri, 29 Sep 2023 16:08:17 GMT", Some(OUR_OWN)),
    ] {
        let date = HeaderValue::from_static("Fri, 29 Sep 2023 16:26:37 GMT");
        let failed = with(500, "retry-after", said)
            .map(|reply| reply.with_header(HeaderName::from_static("date"), date));
        // Nothing is drawn on top, and our own wait is as long as it can be.
        let random = if wait == Some(OUR_OWN) { Drawn(u64::MAX) } else { Drawn(0) };
        let world = world_with(random, vec![failed, status(200)]);
        let call = world.shop.items().timeout(Duration::from_secs(200));
        let result = world.run(call);
        match wait {
            Some(wait) => assert_eq!((result.is_ok(), world.waits()), (true, vec![wait]), "{said:?}"),
            None => {
                let error = result.unwrap_err();
                assert_eq!((world.times(), world.clock.elapsed()), (1, Duration::ZERO), "{said:?}");
                assert!(error.retry_after().unwrap() > Duration::from_secs(120), "{said:?}");
                assert!(
                    error.to_string().contains("not tried again: the server asks for too long a wait"),
                    "{error}"
                );
            }
        }
    }
}

/// One number for ever.
#[derive(Debug)]
struct Drawn(u64);

impl Random for Drawn {
    fn next_u64(&self) -> u64 {
        self.0
    }
}

/// Never sooner than asked, and at most a tenth later.
#[test]
fn not_all_come_back_at_the_same_moment() {
    for (random, wait) in [(Drawn(0), 20_000), (Drawn(u64::MAX), 22_000), (Drawn(1 << 63), 21_000)] {
        let world = world_with(random, vec![with(503, "retry-after", "20"), status(200)]);
        assert!(world.run(world.shop.items()).is_ok());
        assert_eq!(world.waits(), [wait]);
    }
}

#[test]
fn case_32_zero_for_ever() {
    let world = world(vec![with(503, "retry-after", "0")]);
    let error = world.run(world.shop.items().retry(Retry::new().attempts(5))).unwrap_err();
    assert_eq!((world.times(), error.attempts()), (5, 5));
    assert_eq!(world.waits(), [1000, 2000, 4000, 8000]);
}

#[test]
fn case_33_what_is_no_number_is_not_said() {
    for said in ["-1", "1.5", "1e3", "+5", "5, 10", "0x10", "", "5 s", "５"] {
        let reply = Reply::new(500, "");
        let Ok(value) = HeaderValue::from_bytes(said.as_bytes()) else { panic!("{said}") };
        let world =
            world(vec![Ok(reply.with_header(HeaderName::from_static("retry-after"), value)), status(200)]);
        assert!(world.run(world.shop.items()).is_ok(), "{said:?}");
        assert_eq!(world.waits(), [50], "{said:?}");
    }
}

#[test]
fn case_35_a_day_is_not_waited_for() {
    let world = world(vec![with(429, "retry-after", "86400"), status(200)]);
    let error = world.run(world.shop.items()).unwrap_err();
    assert_eq!(
        (error.retry_after(), world.clock.elapsed()),
        (Some(Duration::from_secs(86_400)), Duration::ZERO)
    );
    assert!(error.is_rate_limited());
}

#[test]
fn case_36_a_date_that_is_over() {
    let date = HeaderValue::from_static("Fri, 29 Sep 2023 16:26:37 GMT");
    let failed = with(503, "retry-after", "Thu, 28 Sep 2023 16:26:37 GMT");
    let failed = failed.map(|reply| reply.with_header(HeaderName::from_static("date"), date));
    let world = world(vec![failed, status(200)]);
    assert!(world.run(world.shop.items()).is_ok());
    assert_eq!(world.waits(), [1000], "the wait of our own");
}

#[test]
fn case_37_milliseconds_that_are_none() {
    let declared = Retry::new().retry_after_ms("retry-after-ms");
    for (said, wait) in [("1500", 1650), ("NaN", 50), ("inf", 50), ("-1", 50), ("1.5", 50), ("", 50)] {
        let world = world(vec![with(500, "retry-after-ms", said), status(200)]);
        assert!(world.run(world.shop.items().retry(declared)).is_ok(), "{said}");
        assert_eq!(world.waits(), [wait], "{said}");
    }
    let undeclared = world(vec![with(500, "retry-after-ms", "1500"), status(200)]);
    assert!(undeclared.run(undeclared.shop.items()).is_ok());
    assert_eq!(undeclared.waits(), [50]);
}

#[test]
fn case_38_a_success_is_not_waited_for() {
    let world = world(vec![with(200, "retry-after", "20")]);
    assert!(world.run(world.shop.items()).is_ok());
    assert_eq!((world.times(), world.clock.elapsed()), (1, Duration::ZERO));
    let moved = self::world(vec![with(302, "retry-after", "20")]);
    assert!(moved.run(moved.shop.items().timeout(Duration::from_secs(5))).is_err());
    assert!(moved.clock.elapsed() < Duration::from_secs(5));
}

#[test]
fn case_40_the_server_says_yes_or_no() {
    let declared = Retry::new().should_retry("x-should-retry");
    let yes = world(vec![with(400, "x-should-retry", "true")]);
    assert!(yes.run(yes.shop.order().retry(declared)).is_err());
    assert_eq!(yes.times(), 3, "though it is a POST, and never without end");
    let no = world(vec![with(503, "x-should-retry", "false")]);
    assert!(no.run(no.shop.items().retry(declared)).is_err());
    assert_eq!(no.times(), 1);
    let undeclared = world(vec![with(400, "x-should-retry", "true")]);
    assert!(undeclared.run(undeclared.shop.items()).is_err());
    assert_eq!(undeclared.times(), 1);
    let neither = world(vec![with(503, "x-should-retry", "perhaps"), status(200)]);
    assert!(neither.run(neither.shop.items().retry(declared)).is_ok());
}

#[test]
fn case_41_a_stream_is_not_sent_again() {
    let world = world(vec![status(503), status(200)]);
    let body = || Body::stream(stream::iter([Ok::<_, io::Error>("once")]));
    let call = world.shop.client().call(Method::PUT, "/x").body("text/plain", body()).fetch::<()>();
    let error = world.run(call).unwrap_err();
    assert_eq!(world.times(), 1);
    assert_eq!(
        error.to_string(),
        "PUT /x: 503 Service Unavailable (not tried again: its body can be sent only once)"
    );
}

#[test]
fn case_42_a_key_that_is_taken() {
    let outstanding = world(vec![status(409), status(200)]);
    assert!(outstanding.run(outstanding.shop.pay()).is_ok());
    assert_eq!(outstanding.waits(), [1000]);
    let reused = world(vec![status(422), status(200)]);
    assert!(reused.run(reused.shop.pay()).is_err());
    assert_eq!(reused.times(), 1);
}

/// A wait that would outlive the call is not begun.
#[test]
fn the_time_limit_ends_it() {
    let world = world(vec![with(503, "retry-after", "30")]);
    let error = world.run(world.shop.items().timeout(Duration::from_secs(30))).unwrap_err();
    assert_eq!((world.times(), world.clock.elapsed()), (1, Duration::ZERO));
    assert_eq!((error.kind(), error.retry_after()), (ErrorKind::Status, Some(Duration::from_secs(30))));
    assert!(
        error.to_string().ends_with("(not tried again: the wait would outlive the time limit of the call)"),
        "{error}"
    );
}

/// Case 28: an attempt has at most what is left of the call.
#[test]
fn case_28_attempts_are_clipped() {
    let clock = ManualClock::new();
    let shop = ShopClient::builder()
        .transport(Stub::silent())
        .clock(clock.clone())
        .random(Shortest)
        .build()
        .unwrap();
    let error = clock
        .run(shop.items().timeout(Duration::from_secs(50)).attempt_timeout(Duration::from_secs(30)))
        .unwrap_err();
    assert_eq!(
        (error.attempts(), error.elapsed(), clock.elapsed()),
        (2, Duration::from_secs(50), Duration::from_secs(50))
    );
    assert!(error.is_timeout());
    assert_eq!(clock.sleepers(), 0);
}

/// A server that says nothing is left when the attempt is over, and asked again if that is safe.
#[test]
fn case_3_silence_is_left() {
    let clock = ManualClock::new();
    let count = Arc::new(Mutex::new(0));
    let (now, counted) = (clock.clone(), count.clone());
    let stub = Stub::with_async(move |_| {
        let mut count = counted.lock().unwrap();
        *count += 1;
        let pause = now.sleep(Duration::from_secs(if *count == 1 { 3600 } else { 1 }));
        Box::pin(pause.map(|()| Ok(Reply::new(200, ""))))
    });
    let shop = ShopClient::builder().transport(stub).clock(clock.clone()).random(Shortest).build().unwrap();
    assert!(clock.run(shop.items()).is_ok());
    assert_eq!((*count.lock().unwrap(), clock.elapsed()), (2, Duration::from_secs(31)));
    *count.lock().unwrap() = 0;
    assert!(clock.run(shop.order()).unwrap_err().is_timeout());
    assert_eq!(*count.lock().unwrap(), 1, "what may have been done is not done twice");
}

/// The furthest of all attempts is what the error says.
#[test]
fn the_furthest_attempt_counts() {
    let world = world(vec![fails_at(Progress::Written), fails(TransportErrorKind::Connect)]);
    let error = world.run(world.shop.items()).unwrap_err();
    assert_eq!((error.kind(), error.progress()), (ErrorKind::Connect, Some(Progress::Written)));
}

/// Seeded: the same waits each time, others for another seed.
#[test]
fn waits_are_drawn() {
    let waits = |seed| {
        let world = world_with(SeededRandom::new(seed), vec![status(500)]);
        let _ = world.run(world.shop.items().retry(Retry::new().attempts(6)));
        world.asked.lock().unwrap().clone()
    };
    assert_eq!(waits(1), waits(1));
    let all: BTreeSet<_> = (0..20).map(waits).collect();
    assert_eq!(all.len(), 20);
}

/// An idempotency key, attempts and the like go over the wire as they were said.
#[test]
fn what_the_server_is_told() {
    let world = world(vec![status(503), status(503), status(200)]);
    let retry = Retry::new().attempt_header("x-attempt");
    assert!(world.run(world.shop.items().retry(retry)).is_ok());
    let sent = world.stub.requests();
    let numbers: Vec<_> = sent.iter().map(|sent| sent.header::<u32>("x-attempt").unwrap()).collect();
    assert_eq!(numbers, [1, 2, 3]);
}

/// Two origins have two budgets.
#[test]
fn a_dead_origin_costs_the_others_nothing() {
    let stub =
        Stub::with(|sent| Ok(Reply::new(if sent.url().host() == Some("dead.test") { 500 } else { 200 }, "")));
    let clock = ManualClock::new();
    let client = Client::builder()
        .base_url("https://alive.test")
        .allow_origin("https://dead.test")
        .transport(stub.clone())
        .clock(clock.clone())
        .build()
        .unwrap();
    for _ in 0..40 {
        let _ = clock.run(client.call_url(Method::GET, "https://dead.test/").fetch::<()>());
    }
    let dead = stub.requests().len();
    assert_eq!(dead, 40 + 500 / 14, "the budget is spent");
    assert_eq!(client.retry_tokens(), 500);
}
