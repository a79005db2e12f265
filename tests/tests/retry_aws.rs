//! AWS's published cases of its standard retry mode 2.1, waits and tokens to the letter, under its own rules; and those that our
//! default shares with it. The cases are those of smithy-kotlin and smithy-rs (Apache-2.0), as facts.

use apiclient::{
    Client, ErrorKind, HeaderName, HeaderValue, Method, Random, Retry,
    retry::{Aws21, RetryPolicy, Standard},
    testing::{ManualClock, Stub},
    transport::Reply,
};
use futures_util::future::join;
use std::{
    collections::BTreeMap,
    sync::{Arc, Mutex, OnceLock},
    time::Duration,
};

/// "Jitter 1": every wait is as long as it can be.
#[derive(Debug)]
struct Longest;

impl Random for Longest {
    fn next_u64(&self) -> u64 {
        u64::MAX
    }
}

/// What a server answers: a status, with a header or a code.
#[derive(Debug, Clone, Copy)]
enum Answer {
    Status(u16),
    Throttled,
    Asks(&'static str),
}

use Answer::{Asks, Status, Throttled};

#[derive(Debug, Clone, Copy, PartialEq)]
enum Mode {
    Aws,
    Ours,
}

const BOTH: [Mode; 2] = [Mode::Aws, Mode::Ours];

impl Mode {
    fn reply(self, answer: Answer) -> Reply {
        match (self, answer) {
            (_, Status(status)) => Reply::new(status, ""),
            (Mode::Aws, Throttled) => Reply::new(400, r#"{"__type": "Throttling"}"#).with_header(
                HeaderName::from_static("content-type"),
                HeaderValue::from_static("application/json"),
            ),
            (Mode::Ours, Throttled) => Reply::new(429, ""),
            (Mode::Aws, Asks(text)) => Reply::new(500, "")
                .with_header(HeaderName::from_static("x-amz-retry-after"), HeaderValue::from_static(text)),
            (Mode::Ours, Asks(text)) => Reply::new(500, "")
                .with_header(HeaderName::from_static("retry-after"), HeaderValue::from_static(text)),
        }
    }

    fn policy(self) -> Arc<dyn RetryPolicy> {
        match self {
            Mode::Aws => Arc::new(Aws21::new()),
            Mode::Ours => Arc::new(Standard::new()),
        }
    }
}

/// A policy that is shared, for a builder that wants one of its own.
#[derive(Debug)]
struct Shared(Arc<dyn RetryPolicy>);

impl RetryPolicy for Shared {
    fn again(&self, failed: &apiclient::retry::Failed<'_>) -> Option<apiclient::retry::Again> {
        self.0.again(failed)
    }
}

/// When requests came, in milliseconds, and how many tokens there were then.
type Seen = Arc<Mutex<Vec<(u64, u32)>>>;

/// A client whose server answers each path by a script, and which has seen when requests came and what the budget was then.
struct World {
    clock: ManualClock,
    client: Client,
    seen: Seen,
}

impl World {
    fn new(policy: Arc<dyn RetryPolicy>, tokens: u32, retry: Retry, script: &[(&str, Vec<Reply>)]) -> World {
        let clock = ManualClock::new();
        let scripts: BTreeMap<String, Vec<Reply>> = script
            .iter()
            .map(|(path, replies)| ((*path).to_owned(), replies.iter().rev().cloned().collect()))
            .collect();
        let (seen, client) = (Arc::default(), Arc::new(OnceLock::<Client>::new()));
        let stub = {
            let (seen, clock, client): (Seen, _, _) = (Arc::clone(&seen), clock.clone(), Arc::clone(&client));
            let scripts = Mutex::new(scripts);
            Stub::with(move |sent| {
                let at = u64::try_from(clock.elapsed().as_millis()).unwrap();
                seen.lock().unwrap().push((at, client.get().unwrap().retry_tokens()));
                let mut scripts = scripts.lock().unwrap();
                let script = scripts.get_mut(sent.url().path()).expect("a script");
                Ok(script.pop().expect("an answer more"))
            })
        };
        let built = Client::builder()
            .base_url("https://aws.test")
            .transport(stub)
            .clock(clock.clone())
            .random(Longest)
            .retry(retry)
            .retry_policy(Shared(policy))
            .retry_budget(tokens)
            .build()
            .unwrap();
        client.set(built.clone()).unwrap();
        World { clock, client: built, seen }
    }

    fn of(mode: Mode, tokens: u32, retry: Retry, answers: &[Answer]) -> World {
        let replies = answers.iter().map(|answer| mode.reply(*answer)).collect();
        World::new(mode.policy(), tokens, retry, &[("/a", replies)])
    }

    fn call(&self, path: &str) -> Result<String, apiclient::Error> {
        self.clock.run(self.client.call(Method::GET, path).fetch::<String>())
    }

    /// Waits in milliseconds and the tokens when they began, then the tokens at the end; the script is used up.
    fn steps(&self) -> (Vec<(u64, u32)>, u32) {
        let seen = self.seen.lock().unwrap();
        let steps = seen.windows(2).map(|pair| (pair[1].0 - pair[0].0, pair[1].1)).collect();
        (steps, self.client.retry_tokens())
    }
}

/// One call: its waits with the tokens after paying, whether it succeeds, and the tokens left.
fn check(mode: Mode, tokens: u32, retry: Retry, answers: &[Answer], waits: &[(u64, u32)], ends: (bool, u32)) {
    let world = World::of(mode, tokens, retry, answers);
    let result = world.call("/a");
    assert_eq!(world.steps(), (waits.to_vec(), ends.1), "{mode:?} {answers:?}");
    assert_eq!(result.is_ok(), ends.0, "{mode:?} {answers:?}");
    let slept: u64 = waits.iter().map(|(wait, _)| wait).sum();
    assert_eq!(world.clock.elapsed(), Duration::from_millis(slept), "{mode:?} {answers:?}");
    assert_eq!(world.clock.sleepers(), 0);
}

const NOTHING: Retry = Retry::new();
const FIVE: Retry = Retry::new().attempts(5);

#[test]
fn v1_it_succeeds_in_the_end() {
    for mode in BOTH {
        check(
            mode,
            500,
            NOTHING,
            &[Status(500), Status(500), Status(200)],
            &[(50, 486), (100, 472)],
            (true, 486),
        );
    }
}

#[test]
fn v2_three_attempts_and_no_more() {
    for mode in BOTH {
        check(mode, 500, NOTHING, &[Status(500); 3], &[(50, 486), (100, 472)], (false, 472));
    }
}

#[test]
fn v3_the_budget_is_spent_after_one() {
    for mode in BOTH {
        check(mode, 14, NOTHING, &[Status(500); 2], &[(50, 0)], (false, 0));
    }
}

#[test]
fn v4_there_is_no_budget() {
    for mode in BOTH {
        check(mode, 0, NOTHING, &[Status(500)], &[], (false, 0));
    }
}

#[test]
fn v5_what_is_left_is_not_enough() {
    for mode in BOTH {
        check(mode, 20, FIVE, &[Status(500); 2], &[(50, 6)], (false, 6));
    }
}

#[test]
fn v6_waits_double() {
    for mode in BOTH {
        let waits = [(50, 486), (100, 472), (200, 458), (400, 444)];
        check(mode, 500, FIVE, &[Status(500); 5], &waits, (false, 444));
    }
}

#[test]
fn v7_waits_have_a_cap() {
    for mode in BOTH {
        let waits = [(50, 486), (100, 472), (200, 458), (200, 444)];
        check(mode, 500, FIVE.cap(Duration::from_millis(200)), &[Status(500); 5], &waits, (false, 444));
    }
}

#[test]
fn v8_an_overloaded_server_is_given_a_second() {
    for mode in BOTH {
        check(mode, 500, NOTHING, &[Throttled, Status(200)], &[(1000, 495)], (true, 500));
    }
}

#[test]
fn v9_the_server_says_how_long() {
    check(Mode::Aws, 500, NOTHING, &[Asks("1500"), Status(200)], &[(1500, 486)], (true, 500));
}

#[test]
fn v10_zero_is_no_wait_of_its_own() {
    for mode in BOTH {
        check(mode, 500, NOTHING, &[Asks("0"), Status(200)], &[(50, 486)], (true, 500));
    }
}

#[test]
fn v11_five_seconds_more_at_most() {
    check(Mode::Aws, 500, NOTHING, &[Asks("10000"), Status(200)], &[(5050, 486)], (true, 500));
}

#[test]
fn v12_what_is_no_number_is_not_said() {
    for mode in BOTH {
        check(mode, 500, NOTHING, &[Asks("invalid"), Status(200)], &[(50, 486)], (true, 500));
    }
}

#[test]
fn v13_calls_one_after_the_other_share_the_budget() {
    for mode in BOTH {
        let answers = [Status(500), Status(500), Status(200), Status(500), Status(200)];
        let world = World::of(mode, 30, NOTHING, &answers);
        assert!(world.call("/a").is_ok());
        assert_eq!(world.steps(), (vec![(50, 16), (100, 2)], 16), "{mode:?}");
        assert!(world.call("/a").is_ok());
        assert_eq!(world.steps(), (vec![(50, 16), (100, 2), (0, 16), (50, 2)], 16), "{mode:?}");
    }
}

#[test]
fn v14_calls_at_once_share_the_budget() {
    for mode in BOTH {
        let replies = |answers: &[Answer]| answers.iter().map(|answer| mode.reply(*answer)).collect();
        let script = [
            ("/a", replies(&[Status(500), Status(500), Status(200)])),
            ("/b", replies(&[Status(500), Status(200)])),
        ];
        let world = World::new(mode.policy(), 500, FIVE, &script);
        let (one, two) = (world.client.call(Method::GET, "/a"), world.client.call(Method::GET, "/b"));
        let both = world.clock.run(join(one.fetch::<String>(), two.fetch::<String>()));
        assert!(both.0.is_ok() && both.1.is_ok());
        assert_eq!(world.client.retry_tokens(), 486, "{mode:?}");
    }
}

#[test]
fn v15_a_poll_without_tokens_waits_before_it_fails() {
    let policy = || Arc::new(Aws21::long_polling());
    let world = |retry, answer| World::new(policy(), 0, retry, &[("/a", vec![Mode::Aws.reply(answer)])]);
    for (answer, retry, slept) in [
        (Status(500), NOTHING, 50),
        (Throttled, NOTHING, 1000),
        (Status(500), Retry::none(), 0),
        (Status(400), NOTHING, 0),
        (Status(200), NOTHING, 0),
    ] {
        let world = world(retry, answer);
        let result = world.call("/a");
        assert_eq!(result.is_ok(), matches!(answer, Status(200)));
        assert_eq!(world.seen.lock().unwrap().len(), 1, "{answer:?}");
        assert_eq!(world.clock.elapsed(), Duration::from_millis(slept), "{answer:?}");
    }
}

#[test]
fn v16_dynamo_db_has_four_attempts_and_half_the_wait() {
    for mode in BOTH {
        let retry = Retry::new().attempts(4).base(Duration::from_millis(25));
        let answers = [Status(500), Status(500), Status(500), Status(200)];
        check(mode, 500, retry, &answers, &[(25, 486), (50, 472), (100, 458)], (true, 472));
    }
}

/// Every code of AWS's list, and transient failures of every sort.
#[test]
fn what_aws_tries_again() {
    for (reply, again) in [
        (Reply::new(502, ""), true),
        (Reply::new(503, ""), true),
        (Reply::new(504, ""), true),
        (Reply::new(501, ""), false),
        (Reply::new(429, ""), false),
        (Reply::new(400, r#"{"__type": "SlowDown"}"#), true),
        (Reply::new(400, r#"{"code": "TooManyRequestsException"}"#), true),
        (Reply::new(400, r#"{"code": "ValidationException"}"#), false),
    ] {
        let reply = reply.with_header(
            HeaderName::from_static("content-type"),
            HeaderValue::from_static("application/json"),
        );
        let world = World::new(
            Arc::new(Aws21::new()),
            500,
            NOTHING,
            &[("/a", vec![reply.clone(), Reply::new(200, "")])],
        );
        assert_eq!(world.call("/a").is_ok(), again, "{reply:?}");
    }
}

/// An attempt of number 100,000 waits as long as the cap says: nothing overflows.
#[test]
fn many_attempts_overflow_nothing() {
    let retry = Retry::new().attempts(u32::MAX).base(Duration::from_secs(10)).cap(Duration::from_millis(1));
    let (clock, count) = (ManualClock::new(), Arc::new(Mutex::new(0_u32)));
    let counted = count.clone();
    let stub = Stub::with(move |_| {
        let mut count = counted.lock().unwrap();
        *count += 1;
        Ok(Reply::new(if *count == 2000 { 200 } else { 500 }, ""))
    });
    let client =
        Client::builder().base_url("https://aws.test").transport(stub).clock(clock.clone()).random(Longest);
    let client = client.retry(retry).retry_budget(u32::MAX).build().unwrap();
    assert!(clock.run(client.call(Method::GET, "/").fetch::<()>()).is_ok());
    assert_eq!(clock.elapsed(), Duration::from_millis(1999));
}

/// The error says how often, and what the server said last.
#[test]
fn the_error_says_how_often() {
    let world = World::of(Mode::Ours, 500, NOTHING, &[Status(500); 3]);
    let error = world.call("/a").unwrap_err();
    assert_eq!(
        (error.kind(), error.attempts(), error.elapsed()),
        (ErrorKind::Status, 3, Duration::from_millis(150))
    );
    assert_eq!(error.to_string(), "GET /a: 500 Internal Server Error (3 attempts)");
    let world = World::of(Mode::Ours, 0, NOTHING, &[Status(500)]);
    let error = world.call("/a").unwrap_err();
    assert_eq!(
        error.to_string(),
        "GET /a: 500 Internal Server Error (not tried again: too much fails at this origin)"
    );
}
