//! What servers say about their limits, in the words of each, and a client that keeps to it.

use super::{Held, MS, SECOND, get, held};
use apiclient::{
    Call, Client, Method, Rate, RateLimit, RateLimitDialect, Retry,
    prelude::*,
    testing::{ManualClock, Stub},
    transport::Reply,
};
use futures_util::{FutureExt, future::join_all};
use std::{
    sync::{Arc, Mutex},
    time::Duration,
};

/// 2026-11-23, 12:00:00.
const DATE: &str = "Mon, 23 Nov 2026 12:00:00 GMT";
const NOW: u64 = 1_795_435_200;

fn reply(status: u16, headers: &[(&'static str, &str)]) -> Reply {
    let reply = Reply::new(status, "").with_header("date".parse().unwrap(), DATE.parse().unwrap());
    headers
        .iter()
        .fold(reply, |reply, (name, value)| reply.with_header(name.parse().unwrap(), value.parse().unwrap()))
}

fn listening(dialect: RateLimitDialect) -> RateLimit {
    RateLimit::new().headers(Some(dialect))
}

/// After how long the next call goes, once a call was answered so.
fn next_after(dialect: RateLimitDialect, status: u16, headers: &[(&'static str, &str)]) -> Duration {
    let clock = ManualClock::new();
    let answer = reply(status, headers);
    let times = Arc::new(Mutex::new(Vec::new()));
    let (now, noted) = (clock.clone(), times.clone());
    let stub = Stub::with(move |_| {
        noted.lock().unwrap().push(now.elapsed());
        Ok(answer.clone())
    });
    let builder = Client::builder().base_url("http://a.test").transport(stub).clock(clock.clone());
    let client = builder.rate_limit(listening(dialect)).retry(Retry::none()).build().unwrap();
    let call = || get(&client, 0).timeout(SECOND * 100_000);
    let _ = clock.run(call());
    let _ = clock.run(call());
    let times = times.lock().unwrap();
    times[1] - times[0]
}

/// One answer of each vendor, as its documents have them: nothing is left, and until when.
#[test]
fn the_words_of_each() {
    use RateLimitDialect as Of;
    let epoch = (NOW + 90).to_string();
    let after = |dialect, status, headers: &[(&'static str, &str)]| {
        next_after(dialect, status, headers).as_secs_f64()
    };
    // The draft, of now (10), of before (7), and of long before (3).
    assert_eq!(after(Of::Ietf, 200, &[("ratelimit", r#""default";r=0;t=30"#)]), 30.0);
    assert_eq!(after(Of::Ietf, 200, &[("ratelimit", "limit=100, remaining=0, reset=30")]), 30.0);
    assert_eq!(
        after(
            Of::Ietf,
            200,
            &[("ratelimit-limit", "100"), ("ratelimit-remaining", "0"), ("ratelimit-reset", "30")]
        ),
        30.0
    );
    // GitHub says it with 403 or 429 (docs.github.com, "Rate limits for the REST API").
    let github = [
        ("x-ratelimit-limit", "5000"),
        ("x-ratelimit-remaining", "0"),
        ("x-ratelimit-used", "5000"),
        ("x-ratelimit-reset", &epoch),
        ("x-ratelimit-resource", "core"),
    ];
    assert_eq!(after(Of::GitHub, 403, &github), 90.0);
    assert_eq!(after(Of::GitHub, 200, &github), 90.0);
    // Its secondary limits.
    assert_eq!(after(Of::GitHub, 403, &[("retry-after", "60")]), 60.0);
    // X (docs.x.com, "Rate limits").
    let x = [("x-rate-limit-limit", "900"), ("x-rate-limit-remaining", "0"), ("x-rate-limit-reset", &epoch)];
    assert_eq!(after(Of::X, 200, &x), 90.0);
    // Discord (discord.com/developers, "Rate Limits").
    let discord = [
        ("x-ratelimit-limit", "5"),
        ("x-ratelimit-remaining", "0"),
        ("x-ratelimit-reset", "1470173023"),
        ("x-ratelimit-reset-after", "1.5"),
        ("x-ratelimit-bucket", "abcd1234"),
    ];
    assert_eq!(after(Of::Discord, 200, &discord), 1.5);
    // OpenAI (platform.openai.com, "Rate limits").
    let openai = [
        ("x-ratelimit-limit-requests", "60"),
        ("x-ratelimit-limit-tokens", "150000"),
        ("x-ratelimit-remaining-requests", "59"),
        ("x-ratelimit-remaining-tokens", "0"),
        ("x-ratelimit-reset-requests", "1s"),
        ("x-ratelimit-reset-tokens", "6m0s"),
    ];
    assert_eq!(after(Of::OpenAi, 200, &openai), 360.0);
    // Shopify: two a second come back of forty.
    assert_eq!(after(Of::Shopify, 200, &[("x-shopify-shop-api-call-limit", "40/40")]), 0.5);
    assert_eq!(after(Of::Shopify, 200, &[("x-shopify-shop-api-call-limit", "80/80")]), 0.25);
    assert_eq!(after(Of::Shopify, 200, &[("x-shopify-shop-api-call-limit", "39/40")]), 0.0);
    assert_eq!(after(Of::Shopify, 429, &[("retry-after", "2.0")]), 2.0);
    // Slack.
    assert_eq!(after(Of::Slack, 429, &[("retry-after", "30")]), 30.0);
    // Whoever guesses finds most of them.
    assert_eq!(after(Of::Guess, 200, &github), 90.0);
    assert_eq!(after(Of::Guess, 200, &discord), 1.5);
}

/// 43 to 46, 50, 51, 53: what is hostile or means nothing stops nobody for long.
#[test]
fn what_a_hostile_server_says() {
    use RateLimitDialect as Of;
    let hour = SECOND * 3600;
    // 43, 44: a limit of an hour, however long the server says.
    for (dialect, reset) in [
        (Of::GitHub, "1000000000000000000"),
        (Of::GitHub, "4102444800"),
        (Of::GitHub, "1795435290000"),
        (Of::Guess, "99999999999999999999"),
    ] {
        let headers =
            [("x-ratelimit-remaining", "0"), ("x-ratelimit-limit", "1"), ("x-ratelimit-reset", reset)];
        assert_eq!(next_after(dialect, 200, &headers), hour, "{reset}");
    }
    let ietf = |field: &str| next_after(Of::Ietf, 200, &[("ratelimit", field)]);
    assert_eq!(ietf(r#""default";r=0;t=999999999999999"#), hour);
    // 45, 46: malformed, ignored.
    assert_eq!(ietf(r#""default";r=99999999999999999999;t=0"#), Duration::ZERO);
    assert_eq!(ietf("default;r=0"), Duration::ZERO);
    assert_eq!(ietf(&vec![r#""a";r=0;t=1"#; 10_000].join(", ")), Duration::ZERO);
    for field in ["-1/40", "a/b", "0/0", "41/", "/40", "1/0"] {
        assert_eq!(
            next_after(Of::Shopify, 200, &[("x-shopify-shop-api-call-limit", field)]),
            Duration::ZERO,
            "{field}"
        );
    }
    assert_eq!(next_after(Of::Shopify, 200, &[("x-shopify-shop-api-call-limit", "41/40")]), MS * 500);
    // 51: no permission is no limit.
    let left =
        [("x-ratelimit-limit", "60"), ("x-ratelimit-remaining", "59"), ("x-ratelimit-reset", "1795435290")];
    assert_eq!(next_after(Of::GitHub, 403, &left), Duration::ZERO);
    assert_eq!(next_after(Of::GitHub, 403, &[]), Duration::ZERO);
    // 53: an answer out of a cache says nothing.
    assert_eq!(next_after(Of::Ietf, 200, &[("ratelimit", r#""a";r=0;t=30"#), ("age", "5")]), Duration::ZERO);
    // Nobody listens.
    let none = RateLimit::new().headers(None);
    let (held, _, builder) = held();
    let client = builder.rate_limit(none).build().unwrap();
    for n in 0..2 {
        let mut call = Box::pin(get(&client, n));
        assert!((&mut call).now_or_never().is_none());
        held.answer(&format!("a.test/{n}"), reply(200, &[("ratelimit", r#""a";r=0;t=30"#)]));
        assert!(call.now_or_never().unwrap().is_ok());
    }
    assert!(client.limits().servers().is_empty());
}

/// R7: whatever the headers hold, no panic, and nobody waits for longer than an hour.
#[test]
fn ten_thousand_answers_of_chance() {
    const NAMES: [&str; 12] = [
        "ratelimit",
        "ratelimit-policy",
        "ratelimit-limit",
        "ratelimit-remaining",
        "ratelimit-reset",
        "x-ratelimit-limit",
        "x-ratelimit-remaining",
        "x-ratelimit-reset",
        "x-ratelimit-reset-after",
        "x-ratelimit-bucket",
        "x-shopify-shop-api-call-limit",
        "retry-after",
    ];
    const BITS: [&str; 24] = [
        "0",
        "0",
        "1",
        "-",
        "9999999999",
        "18446744073709551616",
        "\"a\";r=0",
        ";t=30",
        ";q=9",
        ";w=60",
        ",",
        " ",
        "/40",
        ".5",
        "6m0s",
        "1h",
        "e3",
        "NaN",
        "inf",
        "\\",
        "\"",
        "limit=9,",
        "remaining=0,",
        "reset=5",
    ];
    let mut dice = super::Dice(7);
    let mut waits = 0;
    for _ in 0..10_000 {
        let headers: Vec<(&'static str, String)> = (0..1 + dice.throw(4))
            .map(|_| {
                (
                    NAMES[dice.throw(NAMES.len())],
                    (0..1 + dice.throw(3)).map(|_| BITS[dice.throw(BITS.len())]).collect(),
                )
            })
            .collect();
        let headers: Vec<_> = headers.iter().map(|(name, value)| (*name, value.as_str())).collect();
        let dialect = [
            RateLimitDialect::Guess,
            RateLimitDialect::Ietf,
            RateLimitDialect::Discord,
            RateLimitDialect::Shopify,
        ][dice.throw(4)];
        let wait = next_after(dialect, [200, 429][dice.throw(2)], &headers);
        assert!(wait <= SECOND * 3600, "{wait:?}: {headers:?}");
        waits += usize::from(!wait.is_zero());
    }
    assert!(waits > 50, "{waits}");
}

/// 47: two limits, and the tighter one counts. 48: what is said only now and then stays.
#[test]
fn several_limits() {
    let two = r#""burst";r=0;t=5, "day";r=0;t=600"#;
    assert_eq!(next_after(RateLimitDialect::Ietf, 200, &[("ratelimit", two)]), SECOND * 600);
    // A policy alone says nothing about what is left, and bytes are no requests.
    assert_eq!(
        next_after(RateLimitDialect::Ietf, 200, &[("ratelimit-policy", r#""a";q=1;w=60"#)]),
        Duration::ZERO
    );
    let bytes =
        [("ratelimit-policy", r#""a";q=9;w=60;qu="content-bytes""#), ("ratelimit", r#""a";r=0;t=30"#)];
    assert_eq!(next_after(RateLimitDialect::Ietf, 200, &bytes), Duration::ZERO);

    let (held, clock, builder) = held();
    let client = builder.rate_limit(listening(RateLimitDialect::Ietf)).build().unwrap();
    for (n, headers) in [(0, vec![("ratelimit", r#""a";r=2;t=30"#)]), (1, vec![]), (2, vec![])] {
        let mut call = Box::pin(get(&client, n));
        clock.advance(SECOND * 10);
        assert!((&mut call).now_or_never().is_none());
        held.answer(&format!("a.test/{n}"), reply(200, &headers));
        assert!(call.now_or_never().unwrap().is_ok());
    }
    assert_eq!(client.limits().servers()[0].left(), Some(0));
    assert_eq!(client.limits().servers()[0].resets_after(), Some(SECOND * 10));
}

type Log = Arc<Mutex<Vec<(Duration, u16)>>>;

/// A server with a quota for each window of time, which counts, and says so.
fn windowed(clock: &ManualClock, quota: u32, window: Duration) -> (Stub, Log) {
    let seen = Arc::new(Mutex::new(Vec::<(Duration, u16)>::new()));
    let (clock, log) = (clock.clone(), seen.clone());
    let stub = Stub::with_async(move |_| {
        let now = clock.elapsed();
        let began = now.as_millis() / window.as_millis();
        let mut log = log.lock().unwrap();
        let used = log
            .iter()
            .filter(|(at, status)| at.as_millis() / window.as_millis() == began && *status == 200)
            .count();
        let left = (quota as usize).saturating_sub(used + 1);
        let status = if used < quota as usize { 200 } else { 429 };
        log.push((now, status));
        let ends = Duration::from_millis(u64::try_from((began + 1) * window.as_millis()).unwrap());
        let reset = (ends - now).as_secs_f64().ceil();
        let answer = reply(
            status,
            &[
                ("ratelimit-policy", &format!(r#""q";q={quota};w={}"#, window.as_secs())),
                ("ratelimit", &format!(r#""q";r={left};t={reset}"#)),
            ],
        );
        let takes = apiclient::time::Clock::sleep(&clock, MS * 50);
        Box::pin(async move {
            takes.await;
            Ok(answer)
        })
    });
    (stub, seen)
}

/// It slows down before the server says no: of what some tasks ask for in five windows, nothing is refused, and nearly all of the
/// quota is used; also where more of them wait than there is for all, so that nobody knows how long the next window is.
#[test]
fn it_slows_down_before_it_is_told_to() {
    for (quota, tasks) in [(10, 8), (50, 8), (200, 8), (10, 40), (50, 300)] {
        let clock = ManualClock::new();
        let (stub, seen) = windowed(&clock, quota, SECOND * 10);
        let builder = Client::builder().base_url("http://a.test").transport(stub).clock(clock.clone());
        let client =
            builder.rate_limit(listening(RateLimitDialect::Ietf)).timeout(SECOND * 6000).build().unwrap();
        // Before the first answer nobody knows of a limit.
        clock.run(get(&client, 0)).unwrap();
        let tasks = (0..tasks).map(|_| {
            let (client, clock) = (client.clone(), clock.clone());
            async move {
                while clock.elapsed() < SECOND * 50 {
                    get(&client, 0).await.unwrap();
                }
            }
        });
        clock.run(join_all(tasks));
        let seen = seen.lock().unwrap();
        let refused = seen.iter().filter(|(_, status)| *status == 429).count();
        let used = seen.iter().filter(|(at, _)| *at < SECOND * 50).count();
        assert!(refused == 0, "{quota}: {refused} of {}", seen.len());
        assert!(used as f64 >= f64::from(quota) * 5.0 * 0.9, "{quota}: {used}");
        // The last tenth does not go all at once.
        let last = seen.iter().filter(|(at, _)| (SECOND * 5..SECOND * 10).contains(at)).count();
        assert!(quota < 50 || last > 0, "{quota}: {last}");
    }
}

/// One that says nothing more about its limits is not waited for.
#[test]
fn a_server_that_falls_silent() {
    let (held, clock, builder) = held();
    let client = builder.rate_limit(listening(RateLimitDialect::Ietf)).build().unwrap();
    let mut first = Box::pin(get(&client, 0));
    assert!((&mut first).now_or_never().is_none());
    held.answer(
        "a.test/0",
        reply(200, &[("ratelimit-limit", "2"), ("ratelimit-remaining", "1"), ("ratelimit-reset", "5")]),
    );
    assert!(first.now_or_never().unwrap().is_ok());
    clock.advance(SECOND * 6);
    let mut calls: Vec<_> = (1..9).map(|n| Box::pin(get(&client, n))).collect();
    let asked = |calls: &mut Vec<_>| {
        calls
            .iter_mut()
            .for_each(|call: &mut std::pin::Pin<Box<Call<()>>>| assert!(call.now_or_never().is_none()));
        held.asked().len() - 1
    };
    assert_eq!(asked(&mut calls), 2, "as many as there were, and who knows until when");
    held.answer("a.test/1", 200);
    assert!(calls.remove(0).now_or_never().unwrap().is_ok());
    assert_eq!(asked(&mut calls), 8);
}

/// R3: a limit that is used up stops those who fall under it, and nobody else.
#[test]
fn buckets_are_learnt() {
    #[api_client(base_url = "http://a.test")]
    #[rate_limit(headers = discord, key = "{channel}")]
    #[retry(none)]
    trait Discord {
        #[get("/channels/{channel}/messages")]
        fn messages(&self, channel: u64) -> Call<()>;
        #[get("/channels/{channel}/pins")]
        fn pins(&self, channel: u64) -> Call<()>;
    }
    let (held, clock) = (Held::default(), ManualClock::new());
    let discord = DiscordClient::builder().transport(held.clone()).clock(clock.clone()).build().unwrap();
    let ask = |call: Call<()>, path: &str, headers: &[(&'static str, &str)]| {
        let mut call = Box::pin(call);
        if (&mut call).now_or_never().is_some() {
            return false;
        }
        if held.asked().last().is_none_or(|last| last != &format!("a.test{path}")) {
            return false;
        }
        held.answer(&format!("a.test{path}"), reply(200, headers));
        call.now_or_never().is_some()
    };
    let bucket = |left: &'static str| {
        [
            ("x-ratelimit-bucket", "b1"),
            ("x-ratelimit-remaining", left),
            ("x-ratelimit-limit", "5"),
            ("x-ratelimit-reset-after", "2"),
        ]
    };
    assert!(ask(discord.messages(1), "/channels/1/messages", &bucket("1")));
    assert!(ask(discord.pins(1), "/channels/1/pins", &bucket("0")));
    assert!(!ask(discord.messages(1), "/channels/1/messages", &[]), "the same bucket, of the same channel");
    assert!(ask(discord.messages(2), "/channels/2/messages", &bucket("4")), "another channel");
    let limits = discord.client().limits();
    let names: Vec<_> = limits.servers().iter().map(|s| (s.server(), s.name(), s.left())).collect();
    assert_eq!(names, [("http://a.test[1]", Some("b1"), Some(0)), ("http://a.test[2]", Some("b1"), Some(4))]);
    // All of it, for a while.
    assert!(ask(discord.pins(3), "/channels/3/pins", &bucket("3")));
    clock.advance(SECOND * 3);
    assert!(ask(discord.messages(1), "/channels/1/messages", &bucket("3")), "it is there again");
}

/// 429 with `Retry-After`: whoever comes next waits, too, and is not refused once more.
#[test]
fn one_is_told_and_all_wait() {
    let clock = ManualClock::new();
    let seen = Arc::new(Mutex::new(Vec::new()));
    let (now, log) = (clock.clone(), seen.clone());
    let stub = Stub::with(move |_| {
        let at = now.elapsed();
        log.lock().unwrap().push(at);
        Ok(if at < SECOND * 10 { reply(429, &[("retry-after", "10")]) } else { reply(200, &[]) })
    });
    let builder = Client::builder().base_url("http://a.test").transport(stub).clock(clock.clone());
    let limit = RateLimit::new().rate(Rate::new(100, SECOND)).burst(100);
    let client = builder.rate_limit(limit).build().unwrap();
    clock.run(async {
        let first = get(&client, 0);
        let others = async {
            apiclient::time::Clock::sleep(&clock, SECOND).await;
            join_all((0..20).map(|n| get(&client, n))).await
        };
        let (first, others) = futures_util::future::join(first, others).await;
        assert!(first.is_ok() && others.iter().all(Result::is_ok));
    });
    let seen = seen.lock().unwrap();
    assert_eq!(seen[0], Duration::ZERO);
    assert!(seen[1..].iter().all(|at| *at >= SECOND * 10), "{seen:?}");
    assert_eq!(seen.len(), 22);
}

/// GitHub's 403 is tried again when it says that it is a limit, and when it does not it is not.
#[test]
fn a_403_that_is_a_limit() {
    let builder = |stub: Stub, clock: &ManualClock| {
        let builder = Client::builder().base_url("http://a.test").transport(stub).clock(clock.clone());
        builder.rate_limit(listening(RateLimitDialect::GitHub)).timeout(SECOND * 300).build().unwrap()
    };
    let clock = ManualClock::new();
    let limit =
        [("x-ratelimit-remaining", "0"), ("x-ratelimit-limit", "5"), ("x-ratelimit-reset", "1795435290")];
    let answers = Mutex::new(vec![reply(200, &[]), reply(403, &limit)]);
    let stub = Stub::with(move |_| Ok(answers.lock().unwrap().pop().expect("two are asked for")));
    let client = builder(stub.clone(), &clock);
    clock.run(get(&client, 1)).unwrap();
    assert_eq!(stub.requests().len(), 2);
    assert!((SECOND * 90..SECOND * 91).contains(&clock.elapsed()), "{:?}", clock.elapsed());

    let stub = Stub::with(|_| Ok(reply(403, &[])));
    let client = builder(stub.clone(), &clock);
    assert!(clock.run(get(&client, 1)).unwrap_err().is_forbidden());
    assert_eq!(stub.requests().len(), 1);
}

#[test]
fn somebody_is_told() {
    let (held, _, builder) = held();
    let told = Arc::new(Mutex::new(Vec::new()));
    let log = told.clone();
    let limit = listening(RateLimitDialect::Ietf).warn_below(10);
    let builder = builder
        .on_low_limit(move |limit| log.lock().unwrap().push((limit.name().map(str::to_owned), limit.left())));
    let client = builder.rate_limit(limit).build().unwrap();
    for (n, left) in [50, 10, 9, 8, 60, 5].into_iter().enumerate() {
        let mut call = Box::pin(client.call(Method::GET, "/{n}").param("n", n).fetch::<()>());
        assert!((&mut call).now_or_never().is_none());
        held.answer(&format!("a.test/{n}"), reply(200, &[("ratelimit", &format!(r#""a";r={left}"#))]));
        call.now_or_never().unwrap().unwrap();
    }
    let name = Some("a".to_owned());
    assert_eq!(*told.lock().unwrap(), [(name.clone(), Some(9)), (name, Some(5))]);
}
