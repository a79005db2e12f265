//! A transport that misbehaves: what each fault is to a client, that the same seed brings the same, and the search for the
//! faults that it takes to break a program.

use apiclient::{
    Error, ErrorKind,
    prelude::*,
    testing::{self, Chaos, Fault, Latency, ManualClock, Stub, World},
    transport::Reply,
};
use futures_util::future::join_all;
use std::{
    cell::Cell,
    panic::{AssertUnwindSafe, catch_unwind},
    time::Duration,
};

#[api_client(base_url = "http://stub.test/v1")]
#[retry(none)]
pub trait Users {
    #[get("/users/{id}{?token}")]
    fn user(&self, id: u64, token: Option<&str>) -> Call<String>;
    #[post("/users")]
    fn create(&self, #[body] name: &str) -> Call<String>;
}

fn ms(ms: u64) -> Duration {
    Duration::from_millis(ms)
}

fn stub() -> Stub {
    Stub::json("\"Ada Lovelace\"")
}

fn client(chaos: &Chaos, clock: &ManualClock) -> UsersClient {
    UsersClient::builder().transport(chaos.clone()).clock(clock.clone()).timeout(ms(1000)).build().unwrap()
}

/// The error of one call with this fault, and whether the server has seen it.
fn fail(fault: Fault, stub: Stub) -> (Error, bool) {
    let clock = ManualClock::new();
    let chaos = Chaos::new(stub.clone()).script([Some(fault)]);
    let e = clock.run(client(&chaos, &clock).user(7, Some("s3cret"))).unwrap_err();
    assert_eq!((chaos.history().len(), clock.sleepers()), (1, 0));
    assert!(!chaos.history()[0].to_string().contains("s3cret"), "{:?}", chaos.history());
    (e, !stub.requests().is_empty())
}

#[test]
fn what_each_fault_is_to_a_client() {
    for (fault, kind, seen, said) in [
        (Fault::Refuse, ErrorKind::Connect, false, "no connection to http://stub.test (it was refused)"),
        (
            Fault::ResetBefore,
            ErrorKind::Transport,
            false,
            "a broken connection to http://stub.test (it was reset)",
        ),
        (Fault::Reset, ErrorKind::Transport, true, "a broken connection to http://stub.test (it was reset)"),
        (
            Fault::Truncate,
            ErrorKind::Transport,
            true,
            "a broken connection to http://stub.test (it ended too early)",
        ),
        (
            Fault::NoHttp,
            ErrorKind::Transport,
            false,
            "a broken connection to http://stub.test (the other side spoke no HTTP)",
        ),
        (
            Fault::Garbage,
            ErrorKind::Decode,
            true,
            "200 OK, but the body could not be read: the text is not UTF-8",
        ),
        (Fault::Status(503), ErrorKind::Status, false, "503 Service Unavailable: made up by a test"),
        (Fault::storm(429, 9), ErrorKind::Status, false, "429 Too Many Requests: made up by a test"),
        (
            Fault::Hang,
            ErrorKind::Timeout,
            false,
            "no answer from http://stub.test within 1s, the limit of the call",
        ),
    ] {
        let (e, was_seen) = fail(fault.clone(), stub());
        assert_eq!((e.kind(), was_seen), (kind, seen), "{fault:?}");
        assert_eq!(e.to_string(), format!("GET /users/{{id}}{{?token}}: {said}"), "{fault:?}");
        assert_eq!(e.elapsed(), if fault == Fault::Hang { ms(1000) } else { Duration::ZERO });
    }
}

/// As over a socket: the status counts, and what came of the body.
#[test]
fn an_error_that_breaks_off_is_still_an_error() {
    let text = "s".repeat(1000);
    let whole = text.clone();
    let (e, seen) = fail(Fault::Truncate, Stub::with(move |_| Ok(Reply::new(500, text.clone()))));
    assert_eq!((e.kind(), e.status().unwrap().as_u16(), seen), (ErrorKind::Status, 500, true));
    let body = e.body().unwrap();
    assert!(!body.is_empty() && body.len() < 1000 && whole.as_bytes().starts_with(body), "{}", body.len());
}

#[test]
fn garbage_is_as_long_as_what_it_replaces() {
    let (e, _) = fail(Fault::Garbage, stub());
    assert_eq!(e.body().unwrap().len(), "\"Ada Lovelace\"".len());
    assert_eq!(e.headers().unwrap()["content-type"], "application/json");
}

/// A limit that is over on the way back: the server has seen the request, and of its answer nothing is known.
#[test]
fn a_latency_is_there_and_back() {
    let clock = ManualClock::new();
    let stub = Stub::with(|_| Ok(Reply::new(500, "")));
    let chaos = Chaos::new(stub.clone()).latency(Latency::fixed(ms(80)));
    let client = client(&chaos, &clock);
    let call = |limit| clock.run(client.user(7, None).timeout(ms(limit))).unwrap_err();
    assert!(call(39).is_timeout() && stub.requests().is_empty());
    assert!(call(79).is_timeout() && stub.requests().len() == 1);
    let e = call(81);
    assert_eq!((e.status().unwrap().as_u16(), e.elapsed(), stub.requests().len()), (500, ms(80), 2));
    assert_eq!(chaos.history()[2].latency(), ms(80));
    assert_eq!(clock.sleepers(), 0);
}

fn rough(seed: u64) -> Chaos {
    Chaos::new(stub())
        .seed(seed)
        .latency(Latency::between(ms(5), ms(80)))
        .rate(Fault::Refuse, 0.2)
        .rate(Fault::storm(503, 3), 0.1)
        .rate(Fault::Hang, 0.1)
}

/// Fifty calls of each endpoint at once, begun in this order; the history of one of them.
fn course(seed: u64, turned_round: bool, name: &str) -> Vec<(Option<Fault>, Duration)> {
    let (clock, chaos) = (ManualClock::new(), rough(seed));
    let client = client(&chaos, &clock);
    let calls = (0..100).map(|i| match (i % 2 == 0) == turned_round {
        true => client.user(i, None),
        false => client.create("Ada"),
    });
    let _ = clock.run(join_all(calls));
    let events = chaos.history().into_iter().filter(|event| event.name() == name);
    events.map(|event| (event.fault().cloned(), event.latency())).collect()
}

#[test]
fn the_same_seed_brings_the_same() {
    let user = course(7, true, "Users::user");
    assert_eq!(user.len(), 50);
    assert_eq!(user, course(7, true, "Users::user"));
    assert_eq!(user, course(7, false, "Users::user"), "whatever else is called in between");
    assert_ne!(user, course(8, true, "Users::user"));
    assert_ne!(user, course(7, true, "Users::create"));
    let at_once = rough(7);
    let clock = ManualClock::new();
    let client = client(&at_once, &clock);
    for _ in 0..50 {
        let _ = clock.run(client.user(1, None));
    }
    let one_by_one: Vec<_> =
        at_once.history().iter().map(|event| (event.fault().cloned(), event.latency())).collect();
    assert_eq!(user, one_by_one, "at once or one by one");
}

#[test]
fn rates_are_kept() {
    let clock = ManualClock::new();
    let chaos = Chaos::new(stub())
        .seed(7)
        .rate(Fault::Refuse, 0.05)
        .rate(Fault::Reset, 0.02)
        .rate(Fault::Garbage, 0.01)
        .rate(Fault::Hang, 0.1);
    let client = client(&chaos, &clock);
    for i in 0..10_000 {
        let _ = clock.run(client.user(i, None));
    }
    let history = chaos.history();
    let count = |fault: Option<Fault>| history.iter().filter(|event| event.fault() == fault.as_ref()).count();
    let counts =
        [Some(Fault::Refuse), Some(Fault::Reset), Some(Fault::Garbage), Some(Fault::Hang), None].map(count);
    for (found, rate) in counts.into_iter().zip([0.05, 0.02, 0.01, 0.1, 0.82]) {
        let deviation = f64::sqrt(10_000.0 * rate * (1.0 - rate));
        let found = f64::from(u32::try_from(found).unwrap());
        assert!((found - 10_000.0 * rate).abs() < 3.0 * deviation, "{counts:?}");
    }
    assert_eq!(counts.iter().sum::<usize>(), 10_000);
}

#[test]
fn rules_of_an_endpoint_replace_the_general_ones() {
    let clock = ManualClock::new();
    let chaos = Chaos::new(stub())
        .latency(Latency::fixed(ms(9)))
        .script([Some(Fault::Refuse), None])
        .rate(Fault::Reset, 1.0)
        .on(&UsersClient::ENDPOINTS.create, |rules| {
            rules.latency(Latency::fixed(ms(1))).script([Some(Fault::storm(500, 2))]).rate(Fault::NoHttp, 1.0)
        });
    let client = client(&chaos, &clock);
    for i in 0..4 {
        let _ = clock.run(client.user(i, Some("s3cret")));
        let _ = clock.run(client.create("Ada"));
    }
    let builder =
        apiclient::Client::builder().base_url("http://stub.test/v1").retry(apiclient::Retry::none());
    let builder = builder.transport(chaos.clone());
    let free = builder.clock(clock.clone()).build().unwrap();
    let call =
        free.call(apiclient::Method::GET, "/free/{id}{?token}").param("id", 7).param("token", "s3cret");
    let _ = clock.run(call.fetch::<String>());
    let lines: Vec<_> = chaos.history().iter().map(ToString::to_string).collect();
    assert_eq!(
        lines,
        [
            "GET /users/{id} (Users::user): the connection was refused, after 9ms",
            "POST /users (Users::create): answered with 500, after 1ms",
            "GET /users/{id} (Users::user): left alone, after 9ms",
            "POST /users (Users::create): answered with 500, after 1ms",
            "GET /users/{id} (Users::user): the connection was reset after the server saw it, after 9ms",
            "POST /users (Users::create): what answered spoke no HTTP, after 1ms",
            "GET /users/{id} (Users::user): the connection was reset after the server saw it, after 9ms",
            "POST /users (Users::create): what answered spoke no HTTP, after 1ms",
            "GET /v1/free/7: the connection was reset after the server saw it, after 9ms",
        ]
    );
}

#[test]
fn a_storm_is_over_after_its_attempts() {
    let clock = ManualClock::new();
    let chaos = Chaos::new(stub()).seed(7).rate(Fault::storm(503, 4), 0.05);
    let client = client(&chaos, &clock);
    for i in 0..1000 {
        let _ = clock.run(client.user(i, None));
    }
    let history = chaos.history();
    let runs: Vec<usize> = history
        .chunk_by(|a, b| a.fault() == b.fault())
        .filter(|run| run[0].fault() == Some(&Fault::Status(503)))
        .map(<[_]>::len)
        .collect();
    // The last one may be cut short by the end.
    let (last, whole) = runs.split_last().unwrap();
    assert!(whole.len() > 20 && whole.iter().all(|run| run % 4 == 0) && *last > 0, "{runs:?}");
}

#[test]
fn rates_that_are_too_much_are_refused() {
    let built = catch_unwind(|| Chaos::new(stub()).rate(Fault::Refuse, 0.7).rate(Fault::Hang, 0.4));
    assert!(message(built).contains("which is more than 1"));
    let read = catch_unwind(|| Chaos::new(stub()).replay("7"));
    assert_eq!(
        message(read),
        "no history to replay: a history begins with its seed: `seed 7; GitHub::repo 3 refuse`"
    );
}

/// What a test that fails says.
fn message<T>(result: std::thread::Result<T>) -> String {
    let panic = result.err().expect("a panic");
    panic
        .downcast_ref::<String>()
        .cloned()
        .or_else(|| panic.downcast_ref::<&str>().map(ToString::to_string))
        .unwrap()
}

/// Breaks after a refusal that is followed by a 500, some time; sixty calls of which five in six have a fault.
async fn touchy(world: World) -> Result<(), String> {
    let chaos = world
        .chaos(stub())
        .latency(Latency::between(ms(5), ms(80)))
        .rate(Fault::Refuse, 0.2)
        .rate(Fault::Status(500), 0.2)
        .rate(Fault::Reset, 0.2)
        .rate(Fault::Garbage, 0.2);
    let client = client(&chaos, &world.clock());
    let (mut refused, mut broken) = (0, 0);
    for i in 0..60 {
        match client.user(i, Some("s3cret")).await {
            Err(e) if e.is_connect() => refused += 1,
            Err(e) if e.is_server_error() && refused > 0 => broken += 1,
            _ => {}
        }
    }
    if broken > 0 {
        Err(format!("calls that went wrong: {broken}, refused before: {refused}"))
    } else {
        Ok(())
    }
}

#[test]
fn the_two_faults_that_it_takes_are_found_among_fifty() {
    let said = message(catch_unwind(|| testing::explore(0..200, touchy)));
    assert_eq!(said, include_str!("../snapshots/chaos.txt").trim_end(), "\n{said}\n");
    assert!(!said.contains("s3cret"));
    let line = said.lines().last().unwrap();
    let history = line.split('"').nth(1).unwrap();
    let again = message(catch_unwind(|| testing::replay(history, touchy)));
    assert!(
        again.starts_with("the scenario fails: calls that went wrong: 1, refused before: 1\n"),
        "{again}"
    );
    let (without, _) = history.rsplit_once("; ").unwrap();
    testing::replay(without, touchy);
}

#[test]
fn a_scenario_that_holds_runs_once_for_each_seed() {
    let runs = Cell::new(0);
    testing::explore(10..30, |world| {
        runs.set(runs.get() + 1);
        let seed = world.seed();
        async move { if (10..30).contains(&seed) { Ok(()) } else { Err("another seed") } }
    });
    assert_eq!(runs.get(), 20);
}

#[test]
fn a_failure_that_needs_no_fault_says_so() {
    let said = message(catch_unwind(|| {
        testing::explore([7], |world| async move {
            let chaos = world.chaos(stub()).rate(Fault::Reset, 0.5);
            for i in 0..20 {
                let _ = client(&chaos, &world.clock()).user(i, None).await;
            }
            Err::<(), _>("it never works")
        });
    }));
    assert_eq!(
        said,
        "the scenario fails with seed 7: it never works\n\
         it takes 0 faults (10 other faults made no difference; 2 replays):\n\
         \x20   1. GET /users/{id} (Users::user): left alone\n\
         \x20      and 19 more that were left alone\n\
         to repeat it: testing::replay(\"seed 7\", scenario)"
    );
}

/// Each of them is needed, so that leaving out takes longer than it may.
#[test]
fn the_search_has_an_end() {
    let runs = Cell::new(0);
    let said = message(catch_unwind(AssertUnwindSafe(|| {
        testing::explore([7], |world| {
            runs.set(runs.get() + 1);
            async move {
                let chaos = world.chaos(stub()).rate(Fault::Refuse, 1.0);
                let client = client(&chaos, &world.clock());
                for i in 0..150 {
                    if client.user(i, None).await.is_ok() {
                        return Ok(());
                    }
                }
                Err("nothing but refusals")
            }
        });
    })));
    let takes =
        "it takes 150 faults (no other happened; 200 replays, the most that are made: fewer faults may do):";
    assert_eq!((said.lines().nth(1), runs.get()), (Some(takes), 201));
}

#[test]
fn a_panic_and_a_scenario_that_hangs_are_failures() {
    let panics = |_: World| async { if true { panic!("an {}", "oath") } else { Ok::<(), String>(()) } };
    let said = message(catch_unwind(|| testing::explore([7], panics)));
    assert!(
        said.starts_with("the scenario fails with seed 7: it panics: an oath\nit takes 0 faults"),
        "{said}"
    );
    let hangs = |_: World| std::future::pending::<Result<(), String>>();
    let said = message(catch_unwind(|| testing::explore([7], hangs)));
    assert!(
        said.contains("it waits for something that is not the clock of its world, `world.clock()`"),
        "{said}"
    );
}

#[test]
fn a_failure_that_does_not_come_back_is_not_shrunk() {
    let runs = Cell::new(0);
    let said = message(catch_unwind(AssertUnwindSafe(|| {
        testing::explore([7], |world| {
            runs.set(runs.get() + 1);
            let first = runs.get() == 1;
            async move {
                let _ = client(&world.chaos(stub()), &world.clock()).user(1, None).await;
                if first { Err("only once") } else { Ok(()) }
            }
        });
    })));
    assert!(
        said.starts_with("the scenario fails with seed 7: only once\nand does not fail when the same"),
        "{said}"
    );
    assert!(said.ends_with("    1. GET /users/{id} (Users::user): left alone\n"), "{said}");
}

#[test]
fn two_in_one_world_draw_for_themselves() {
    let said = message(catch_unwind(|| {
        testing::explore([7], |world| async move {
            let (first, second) = (world.chaos(stub()), world.chaos(stub()).rate(Fault::Refuse, 1.0));
            let first = client(&first, &world.clock()).user(1, None).await;
            let second = client(&second, &world.clock()).user(1, None).await;
            match (first, second) {
                (Ok(_), Err(e)) if e.is_connect() => Err(e),
                _ => Ok(()),
            }
        });
    }));
    assert!(
        said.ends_with("to repeat it: testing::replay(\"seed 7; 2/Users::user 1 refuse\", scenario)"),
        "{said}"
    );
}
