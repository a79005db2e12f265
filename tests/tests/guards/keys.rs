//! Whose quota it is.

use super::{MS, SECOND};
use apiclient::{
    Call, Client, Full, Method, Rate, RateLimit,
    prelude::*,
    testing::{ManualClock, Stub},
    transport::Reply,
};
use futures_util::future::join_all;
use std::time::Duration;

#[api_client(base_url = "http://a.test")]
#[rate_limit("1/s", burst = 1, key = "{tenant}")]
trait Keyed {
    #[get("/repos/{owner}")]
    #[rate_limit("1/s", burst = 1, key = "{owner}:{kind}")]
    fn repos(&self, owner: &str, #[query] kind: Option<&str>) -> Call<u8>;
    #[get("/users/{tenant}")]
    fn users(&self, tenant: u64) -> Call<u8>;
    #[get("/other")]
    fn other(&self) -> Call<u8>;
}

fn keyed(tenant: &str) -> (KeyedClient, ManualClock) {
    let clock = ManualClock::new();
    let stub = Stub::with(|_| Ok(Reply::new(200, "1")));
    let builder = KeyedClient::builder().transport(stub).clock(clock.clone()).value("tenant", tenant);
    (builder.build().unwrap(), clock)
}

/// R8: each key has a quota of its own.
#[test]
fn each_key_has_its_own() {
    let (keyed, clock) = keyed("t");
    clock.run(join_all((0..10).map(|n| keyed.users(n)))).into_iter().for_each(|r| assert_eq!(r.unwrap(), 1));
    assert_eq!(clock.elapsed(), Duration::ZERO);
    clock.run(join_all((0..3).map(|_| keyed.users(3)))).into_iter().for_each(|r| assert_eq!(r.unwrap(), 1));
    assert_eq!(clock.elapsed(), SECOND * 3);
    // Those without the argument count for the client's own value.
    clock.run(join_all((0..2).map(|_| keyed.other()))).into_iter().for_each(|r| assert_eq!(r.unwrap(), 1));
    assert_eq!(clock.elapsed(), SECOND * 4);
    let limits = keyed.client().limits();
    let names: Vec<_> = limits.rates().iter().map(apiclient::LimitState::name).collect();
    assert!(names.contains(&"Keyed[t]") && names.contains(&"Keyed[7]"), "{names:?}");
}

/// The method's and the trait's, each by its key.
#[test]
fn two_keys() {
    let (keyed, clock) = keyed("t");
    let all = [keyed.repos("a", Some("x")), keyed.repos("b", None)];
    clock.run(join_all(all)).into_iter().for_each(|r| assert_eq!(r.unwrap(), 1));
    assert_eq!(clock.elapsed(), SECOND, "the trait's");
    let limits = keyed.client().limits();
    let names: Vec<_> = limits.rates().iter().map(apiclient::LimitState::name).collect();
    // What is absent is an empty key.
    assert_eq!(names, ["Keyed::repos", "Keyed::repos[a:x]", "Keyed[t]"]);
    let e = KeyedClient::builder().transport(Stub::new()).build().unwrap_err();
    assert!(e.to_string().contains("Keyed needs a value `tenant`"), "{e}");
}

#[test]
fn per_call() {
    let clock = ManualClock::new();
    let stub = Stub::with(|_| Ok(Reply::new(200, "1")));
    let builder = Client::builder().base_url("http://a.test").transport(stub).clock(clock.clone());
    let client = builder.rate_limit(RateLimit::new().rate(Rate::new(10, SECOND)).burst(10)).build().unwrap();
    let get = || client.call(Method::GET, "/x").fetch::<u8>();
    clock.run(get().rate_limit(RateLimit::new().cost(9))).unwrap();
    let e = clock.run(get().rate_limit(RateLimit::new().cost(2).full(Full::Reject))).unwrap_err();
    assert_eq!(e.retry_after(), Some(MS * 100));
    clock.run(get().limit_key("somebody").rate_limit(RateLimit::new().cost(10))).unwrap();
    assert_eq!(clock.elapsed(), Duration::ZERO);
    // A rate of its own, beside the client's, for all calls with the same.
    let own = RateLimit::new().rate(Rate::new(1, SECOND * 10)).burst(1);
    clock
        .run(join_all((0..2).map(|_| get().rate_limit(own))))
        .into_iter()
        .for_each(|r| assert_eq!(r.unwrap(), 1));
    assert_eq!(clock.elapsed(), SECOND * 10);
    let none = RateLimit::new().rate(Rate::new(0, SECOND));
    assert!(clock.run(get().rate_limit(none)).unwrap_err().to_string().contains("nothing would be sent"));
}

/// Keys that come and go leave nothing behind.
#[test]
fn keys_do_not_pile_up() {
    let (keyed, clock) = keyed("t");
    for n in 0..20_000 {
        clock.run(keyed.users(n)).unwrap();
        clock.advance(MS * 10);
    }
    assert!(keyed.client().limits().rates().len() < 600, "{}", keyed.client().limits().rates().len());
}
