//! What calls have come to, against exact values.

use apiclient::{
    Call, Client, ErrorKind, Method, Retry,
    prelude::*,
    testing::{ManualClock, SeededRandom, Stub},
    time::Clock,
    transport::Reply,
};
use futures_util::FutureExt;
use std::{sync::Mutex, time::Duration};

const MS: Duration = Duration::from_millis(1);

#[api_client(base_url = "http://api.test")]
trait Users {
    #[get("/users/{id}")]
    fn user(&self, id: u64) -> Call<u64>;
    #[post("/users")]
    fn add(&self, #[body] name: &str) -> Call<u64>;
}

/// Answers after so many milliseconds with that status, one after the other.
fn service(clock: &ManualClock, answers: Vec<(u64, u16)>) -> Stub {
    let (clock, answers) = (clock.clone(), Mutex::new(answers.into_iter()));
    Stub::with_async(move |_| {
        let (wait, status) = answers.lock().unwrap().next().expect("another answer");
        let sleep = clock.sleep(MS * u32::try_from(wait).unwrap());
        Box::pin(async move {
            sleep.await;
            Ok(Reply::new(status, if status == 299 { "\"no number\"" } else { "7" }))
        })
    })
}

fn client(clock: &ManualClock, answers: Vec<(u64, u16)>) -> UsersClient {
    let builder = UsersClient::builder().transport(service(clock, answers)).clock(clock.clone());
    builder.random(SeededRandom::new(1)).retry(Retry::new().base(MS * 100)).build().unwrap()
}

#[test]
fn totals_kinds_and_endpoints() {
    let clock = ManualClock::new();
    let answers = vec![(10, 200), (20, 503), (20, 200), (30, 404), (5, 299), (40, 200)];
    let users = client(&clock, answers);
    let stats = users.client().stats();
    assert_eq!((stats.total().calls(), stats.total().success_rate()), (0, 1.0));
    assert_eq!((stats.total().latency(), stats.total().quantile(0.5)), (Default::default(), None));
    assert!(stats.endpoints().is_empty());
    clock.run(users.user(1)).unwrap();
    clock.run(users.user(2)).unwrap();
    clock.run(users.user(3)).unwrap_err();
    clock.run(users.user(4)).unwrap_err();
    clock.run(users.add("ada")).unwrap();
    clock.run(users.user(5).timeout(Duration::ZERO)).unwrap_err();
    let total = stats.total();
    assert_eq!((total.calls(), total.successes(), total.failures()), (6, 3, 3));
    assert_eq!((total.attempts(), total.retries(), total.dropped(), total.in_flight()), (6, 1, 0, 0));
    assert!((total.success_rate() - 0.5).abs() < 1e-9);
    let mut kinds = total.failures_by_kind();
    kinds.sort_by_key(|(kind, _)| kind.as_str());
    assert_eq!(kinds, [(ErrorKind::Decode, 1), (ErrorKind::Status, 1), (ErrorKind::Timeout, 1)]);
    let names: Vec<_> = stats.endpoints().iter().map(|(at, _)| at.map_or("", |at| at.name())).collect();
    assert_eq!(names, ["add", "user"]);
    let add = stats.endpoint(&UsersClient::ENDPOINTS.add).unwrap();
    assert_eq!((add.calls(), add.latency().min, add.latency().max), (1, MS * 40, MS * 40));
    // Untyped calls have no endpoint; a clone counts for the same.
    let again = users.client().clone();
    let _ = clock.run(again.call(Method::GET, "/{id}").param("id", 1).fetch::<u64>().timeout(Duration::ZERO));
    assert!(stats.endpoints()[0].0.is_none());
    stats.reset();
    assert_eq!(
        (stats.total().calls(), stats.total().retries(), stats.total().latency()),
        (0, 0, Default::default())
    );
}

/// Percentiles of a distribution that is known: right to one in a hundred, and never beyond what there was.
#[test]
fn percentiles_against_exact_values() {
    for spread in [1_u64, 7, 50] {
        let clock = ManualClock::new();
        // In no order, each once.
        let mut times: Vec<u64> = (1..=1_000).map(|n| (n * 617 % 1_009) * spread + 1).collect();
        let users = client(&clock, times.iter().map(|time| (*time, 200)).collect());
        for _ in 0..times.len() {
            clock.run(users.user(1).timeout(MS * 600_000)).unwrap();
        }
        times.sort_unstable();
        let total = users.client().stats().total();
        let latency = total.latency();
        let exact = |quantile: f64| {
            #[expect(clippy::cast_possible_truncation, clippy::cast_sign_loss, clippy::cast_precision_loss)]
            let at = (quantile * times.len() as f64).ceil() as usize;
            Duration::from_millis(times[at.max(1) - 1])
        };
        assert_eq!((latency.min, latency.max), (exact(0.0), exact(1.0)));
        let mean = Duration::from_millis(times.iter().sum::<u64>()) / 1_000;
        assert!(latency.mean.abs_diff(mean) < MS, "{latency:?}");
        let found = [(0.5, latency.p50), (0.95, latency.p95), (0.99, latency.p99)];
        let more = [0.001, 0.1, 0.9, 0.999].map(|quantile| (quantile, total.quantile(quantile).unwrap()));
        for (quantile, found) in found.into_iter().chain(more) {
            let exact = exact(quantile);
            assert!(found.abs_diff(exact) <= exact / 100 + MS / 100, "{quantile}: {found:?}, not {exact:?}");
        }
        for odd in [f64::NAN, -1.0, 2.0, f64::INFINITY] {
            assert!(total.quantile(odd).is_some());
        }
    }
}

/// Those that nobody waits for, and those under way.
#[test]
fn under_way_and_dropped() {
    let clock = ManualClock::new();
    let users = client(&clock, vec![(1_000, 200); 3]);
    let mut calls: Vec<_> = (0..3).map(|id| Box::pin(users.user(id))).collect();
    for call in &mut calls {
        assert!(call.now_or_never().is_none());
    }
    let total = || users.client().stats().total();
    assert_eq!((total().in_flight(), total().calls()), (3, 0));
    drop(calls.pop());
    assert_eq!((total().in_flight(), total().dropped()), (2, 1));
    users.client().stats().reset();
    assert_eq!((total().in_flight(), total().dropped()), (2, 0));
    for call in calls {
        clock.run(call).unwrap();
    }
    assert_eq!((total().in_flight(), total().calls()), (0, 2));
}

/// For a page of status, or a log.
#[test]
fn as_json() {
    let clock = ManualClock::new();
    let users = client(&clock, vec![(250, 200), (10, 404)]);
    clock.run(users.user(1)).unwrap();
    clock.run(users.user(1)).unwrap_err();
    let json = serde_json::to_value(users.client().stats().total()).unwrap();
    assert_eq!(
        (&json["calls"], &json["failures"]["status"], &json["max"]),
        (&2.into(), &1.into(), &0.25.into())
    );
    assert_eq!(json.as_object().unwrap().len(), 15);
    assert!(format!("{:?}", users.client().stats()).contains("calls: 2"));
}

#[test]
fn without() {
    let clock = ManualClock::new();
    let builder = UsersClient::builder().transport(Stub::json("7")).clock(clock.clone());
    let users = builder.without_stats().build().unwrap();
    clock.run(users.user(1)).unwrap();
    assert_eq!(users.client().stats().total().calls(), 0);
    let _ = Client::builder();
}

/// From many threads nothing is lost.
#[test]
fn many_at_once() {
    let users = UsersClient::builder().transport(Stub::json("7")).clock(ManualClock::new()).build().unwrap();
    std::thread::scope(|scope| {
        for _ in 0..8 {
            scope.spawn(|| {
                for id in 0..500 {
                    assert!(users.user(id).now_or_never().unwrap().is_ok());
                    assert!(users.add("x").now_or_never().unwrap().is_ok());
                }
            });
        }
    });
    let stats = users.client().stats();
    let each: Vec<_> = stats.endpoints().iter().map(|(_, tally)| tally.calls()).collect();
    assert_eq!((stats.total().calls(), each), (8_000, vec![4_000, 4_000]));
}
