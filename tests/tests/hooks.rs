//! What hooks are told of a call, and in which order.

use apiclient::{
    Bytes, Call, Client, ErrorKind, Hedge, HedgeAfter, Method, Rate, RateLimit, Retry,
    auth::{Auth, AuthError, Authorizing, Outgoing, Refusal, Verdict},
    hooks::{AttemptInfo, CallInfo, EndInfo, Hook, RetryInfo},
    prelude::*,
    testing::{ManualClock, SeededRandom, Stub},
    time::{BoxFuture, Clock},
    transport::Reply,
};
use futures_util::FutureExt;
use std::{
    sync::{Arc, Mutex},
    time::Duration,
};

const SECOND: Duration = Duration::from_secs(1);

/// Notes all that it is told, behind its name.
#[derive(Debug, Clone)]
struct Notes(&'static str, Arc<Mutex<Vec<String>>>);

impl Notes {
    fn new() -> Self {
        Notes("", Arc::default())
    }

    fn note(&self, call: &CallInfo<'_>, what: &str) {
        let text = format!("{}{} {what}", self.0, call.id());
        self.1.lock().unwrap().push(text);
    }

    fn take(&self) -> Vec<String> {
        std::mem::take(&mut self.1.lock().unwrap())
    }
}

impl Hook for Notes {
    fn on_call(&self, call: &CallInfo<'_>) {
        let tenant = call.extension::<Tenant>().map_or("nobody", |tenant| tenant.0);
        let endpoint = call.endpoint().map_or("untyped", |endpoint| endpoint.name());
        let origin = call.origin().unwrap();
        self.note(call, &format!("{endpoint} {} {} {origin} {tenant}", call.method(), call.template()));
    }

    fn on_attempt(&self, call: &CallInfo<'_>, attempt: &mut AttemptInfo<'_>) {
        let value = format!("{}", attempt.number()).parse().unwrap();
        attempt.headers_mut().insert("x-try", value);
        let (number, resends) = (attempt.number(), attempt.resends());
        let length = attempt.body_length().unwrap_or(99);
        let told = format!("attempt {number}.{resends} {} {} {length}", attempt.method(), attempt.origin());
        self.note(call, &told);
    }

    fn on_wait(&self, call: &CallInfo<'_>, wait: Duration) {
        self.note(call, &format!("waited {wait:?}"));
    }

    fn on_retry(&self, call: &CallInfo<'_>, retry: &RetryInfo<'_>) {
        let status = retry.error().status().map_or(0, |status| status.as_u16());
        self.note(call, &format!("again after {} in {:?}: {status}", retry.attempt(), retry.wait()));
    }

    fn on_end(&self, call: &CallInfo<'_>, end: &EndInfo<'_>) {
        let (status, length) = (end.status().map_or(0, |s| s.as_u16()), end.body_length().unwrap_or(99));
        let told = format!(
            "{} {status} {length} {} {:?} {}{}",
            end.outcome(),
            end.attempts(),
            end.elapsed(),
            u8::from(end.is_success()),
            u8::from(end.is_dropped())
        );
        assert_eq!(end.error().is_some(), !end.is_success() && !end.is_dropped());
        self.note(call, &told);
    }
}

#[derive(Clone)]
struct Tenant(&'static str);

#[api_client(base_url = "http://api.test/v1")]
trait Users {
    #[get("/users/{id}")]
    fn user(&self, id: u64, #[extension] tenant: Tenant) -> Call<u64>;
    #[post("/users")]
    fn add(&self, #[body] user: &str) -> Call<()>;
}

fn builder(stub: &Stub, clock: &ManualClock, notes: &Notes) -> apiclient::ClientBuilder<UsersClient> {
    let builder = UsersClient::builder().transport(stub.clone()).clock(clock.clone());
    builder.random(SeededRandom::new(3)).hook(notes.clone())
}

fn answers(all: &[(u16, &str)]) -> Stub {
    let all =
        Mutex::new(all.iter().rev().map(|(status, body)| (*status, (*body).to_owned())).collect::<Vec<_>>());
    Stub::with(move |_| {
        let (status, body) = all.lock().unwrap().pop().unwrap();
        let reply = Reply::new(status, body);
        Ok(match status {
            302 | 307 => {
                reply.with_header("location".parse().unwrap(), "https://other.test/x".parse().unwrap())
            }
            _ => reply.with_header("content-type".parse().unwrap(), "application/json".parse().unwrap()),
        })
    })
}

#[test]
fn a_call_from_its_beginning_to_its_end() {
    let (clock, notes) = (ManualClock::new(), Notes::new());
    let stub = answers(&[(503, ""), (200, "7"), (200, "\"no number\""), (404, ""), (201, "")]);
    let users = builder(&stub, &clock, &notes).retry(Retry::new().base(SECOND)).build().unwrap();
    assert_eq!(clock.run(users.user(7, Tenant("red"))).unwrap(), 7);
    let told = notes.take();
    assert_eq!(told[0], "0 user GET /users/{id} http://api.test red");
    assert_eq!(told[1], "0 attempt 1.0 GET http://api.test 0");
    assert!(told[2].starts_with("0 again after 1 in ") && told[2].ends_with(": 503"), "{told:?}");
    assert_eq!(told[3], "0 attempt 2.1 GET http://api.test 0");
    assert!(told[4].starts_with("0 ok 200 1 2 ") && told[4].ends_with(" 10"), "{told:?}");
    assert_eq!(told.len(), 5);
    assert_eq!(stub.requests()[1].headers()["x-try"], "2");
    // A body that cannot be read is a failure, too.
    assert_eq!(clock.run(users.user(7, Tenant("red"))).unwrap_err().kind(), ErrorKind::Decode);
    assert!(notes.take().last().unwrap().starts_with("1 decode 200 99 1 "));
    clock.run(users.user(7, Tenant("red"))).unwrap_err();
    assert_eq!(notes.take().last().unwrap(), "2 status 404 99 1 0ns 00");
    clock.run(users.add("ada")).unwrap();
    assert_eq!(
        notes.take(),
        [
            "3 add POST /users http://api.test nobody",
            "3 attempt 1.0 POST http://api.test 5",
            "3 ok 201 0 1 0ns 10"
        ]
    );
}

#[test]
fn redirects_and_other_credentials_are_attempts() {
    #[derive(Debug)]
    struct Stubborn;
    impl Auth for Stubborn {
        fn authorize<'a>(&'a self, request: &mut Outgoing<'_>) -> Authorizing<'a> {
            assert!(request.headers().contains_key("x-try"), "hooks come first");
            request.bearer("token");
            Authorizing::done()
        }
        fn challenged<'a>(&'a self, _: Refusal<'a>) -> BoxFuture<'a, Result<Verdict, AuthError>> {
            Box::pin(async { Ok(Verdict::Again) })
        }
    }
    let (clock, notes) = (ManualClock::new(), Notes::new());
    let stub = answers(&[(401, ""), (302, ""), (200, "1")]);
    let users = builder(&stub, &clock, &notes).auth(Stubborn).build();
    // The trait declares none; an untyped client is given some.
    drop(users);
    let builder = Client::builder().base_url("http://api.test/v1").transport(stub).clock(clock.clone());
    let client = builder.hook(notes.clone()).auth(Stubborn).build().unwrap();
    clock.run(client.call(Method::GET, "/users/{id}").param("id", 1).fetch::<u8>()).unwrap();
    assert_eq!(
        notes.take(),
        [
            "0 untyped GET /users/{id} http://api.test nobody",
            "0 attempt 1.0 GET http://api.test 0",
            "0 attempt 1.1 GET http://api.test 0",
            "0 attempt 1.2 GET https://other.test 0",
            "0 ok 200 1 1 0ns 10",
        ]
    );
}

#[test]
fn one_that_nobody_waits_for_ends_too() {
    let (clock, notes) = (ManualClock::new(), Notes::new());
    let never = Stub::new();
    never.on("GET /v1/users/{id}").returns(&7_u64).after(SECOND * 3600);
    let users = builder(&never, &clock, &notes).build().unwrap();
    // Never polled: it has not begun.
    drop(users.user(1, Tenant("red")));
    assert!(notes.take().is_empty());
    let mut call = Box::pin(users.user(1, Tenant("red")));
    assert!((&mut call).now_or_never().is_none());
    clock.advance(SECOND * 2);
    drop(call);
    let told = notes.take();
    assert_eq!(told.last().unwrap(), "0 dropped 0 99 1 2s 01");
    assert_eq!(told.len(), 3);
    // One that fails before anything is sent.
    let e = clock.run(users.user(1, Tenant("red")).timeout(Duration::ZERO)).unwrap_err();
    assert_eq!((e.attempts(), notes.take().last().unwrap().as_str()), (0, "1 timeout 0 99 0 0ns 00"));
}

#[test]
fn waits_are_told_and_hooks_keep_their_order() {
    let (clock, notes) = (ManualClock::new(), Notes::new());
    let stub = Stub::with(|_| Ok(Reply::new(200, "1")));
    let limit = RateLimit::new().rate(Rate::new(1, SECOND)).burst(1);
    let users = builder(&stub, &clock, &notes).hook(Notes("second ", notes.1.clone())).rate_limit(limit);
    let users = users.build().unwrap();
    for _ in 0..2 {
        clock.run(users.user(1, Tenant("red"))).unwrap();
    }
    let told = notes.take();
    let order: Vec<_> = told.iter().map(|line| line.starts_with("second ")).collect();
    assert!(order.chunks(2).all(|pair| pair == [false, true]), "{told:?}");
    assert!(told.contains(&"1 waited 1s".to_owned()), "{told:?}");
}

/// A hedge is an attempt of the same call, and the call ends once.
#[test]
fn a_hedge_is_an_attempt() {
    let (clock, notes) = (ManualClock::new(), Notes::new());
    let slow = Mutex::new(0);
    let stub = {
        let clock = clock.clone();
        Stub::with_async(move |_| {
            let mut count = slow.lock().unwrap();
            *count += 1;
            let wait = if *count == 41 { SECOND * 20 } else { Duration::from_millis(10) };
            let sleep = clock.sleep(wait);
            Box::pin(async move {
                sleep.await;
                Ok(Reply::new(200, Bytes::from_static(b"1")))
            })
        })
    };
    let users =
        builder(&stub, &clock, &notes).hedge(Hedge::new().after(HedgeAfter::Fixed(SECOND))).build().unwrap();
    // At most one of twenty may be sent twice.
    for _ in 0..40 {
        clock.run(users.user(1, Tenant("red"))).unwrap();
    }
    notes.take();
    clock.run(users.user(1, Tenant("red"))).unwrap();
    let told = notes.take();
    assert_eq!(told.iter().filter(|line| line.contains("attempt")).count(), 2, "{told:?}");
    assert_eq!(told.iter().filter(|line| line.contains(" ok ")).count(), 1, "{told:?}");
}
