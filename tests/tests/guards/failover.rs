//! Several base URLs.

use super::{SECOND, held};
use apiclient::{
    Breaker, Call, Client, Method, Retry,
    testing::{ManualClock, SeededRandom, Stub},
    transport::{Reply, TransportError, TransportErrorKind},
};
use std::sync::{
    Arc,
    atomic::{AtomicU16, Ordering},
};

fn get(client: &Client) -> Call<()> {
    client.call(Method::GET, "/x").fetch()
}

const HOSTS: [&str; 3] = ["http://a.test/v1", "http://b.test/v1", "http://c.test/v1"];

/// Three of them; `down` says which do not answer (1), or only fail (16), as bits.
fn three(down: &Arc<AtomicU16>) -> (Stub, ManualClock) {
    let down = down.clone();
    let stub = Stub::with(move |sent| {
        let host = usize::from(sent.url().host().unwrap().as_bytes()[0] - b'a');
        let down = down.load(Ordering::Relaxed);
        match () {
            () if down & (1 << host) != 0 => {
                Err(TransportError::new(TransportErrorKind::Connect, "nobody there"))
            }
            () if down & (16 << host) != 0 => Ok(Reply::new(500, "")),
            () => Ok(Reply::new(200, "")),
        }
    });
    (stub, ManualClock::new())
}

fn hosts(stub: &Stub) -> String {
    stub.requests().iter().map(|sent| sent.url().host().unwrap()[..1].to_owned()).collect()
}

#[test]
fn the_next_one_answers() {
    let down = Arc::new(AtomicU16::new(0));
    let (stub, clock) = three(&down);
    let builder = Client::builder().base_urls(HOSTS).transport(stub.clone()).clock(clock.clone());
    let client = builder.build().unwrap();
    clock.run(get(&client)).unwrap();
    assert_eq!(stub.requests()[0].url().to_string(), "http://a.test/v1/x");
    // The first one is not there: the next, at once, and the others do not ask the first any more.
    down.store(1, Ordering::Relaxed);
    let answer = clock.run(get(&client).send()).unwrap();
    assert_eq!(
        (answer.attempts(), answer.url().to_string().as_str(), clock.elapsed().as_millis()),
        (2, "http://b.test/v1/x", 0)
    );
    clock.run(get(&client)).unwrap();
    assert_eq!(hosts(&stub), "aabb");
    // Both; and after five seconds the first one is asked again.
    down.store(3, Ordering::Relaxed);
    clock.run(get(&client)).unwrap();
    assert_eq!(hosts(&stub), "aabbbc");
    clock.advance(SECOND * 5);
    down.store(0, Ordering::Relaxed);
    clock.run(get(&client)).unwrap();
    assert_eq!(hosts(&stub), "aabbbca");
    // None: the error is the last one's.
    down.store(7, Ordering::Relaxed);
    let e = clock.run(get(&client)).unwrap_err();
    assert_eq!((e.attempts(), e.origin().unwrap().to_string().as_str()), (3, "http://c.test"));
}

/// One that fails for good, or may not be sent twice, is not tried elsewhere; one that is told no by the server is.
#[test]
fn what_is_tried_elsewhere() {
    let down = Arc::new(AtomicU16::new(16));
    let (stub, clock) = three(&down);
    let builder = Client::builder().base_urls(HOSTS).transport(stub.clone()).clock(clock.clone());
    let client = builder.build().unwrap();
    clock.run(get(&client)).unwrap();
    assert_eq!(hosts(&stub), "ab");
    let e = clock.run(client.call(Method::POST, "/x").fetch::<()>()).unwrap_err();
    assert_eq!((e.attempts(), hosts(&stub).as_str()), (1, "aba"), "an answer is no sign that it is down");
    assert!(clock.run(get(&client).retry(Retry::none())).is_err());
    // A connection that was never made carried nothing.
    down.store(1, Ordering::Relaxed);
    clock.run(client.call(Method::POST, "/x").fetch::<()>()).unwrap();
    assert_eq!(hosts(&stub), "abaaab");
}

#[test]
fn an_open_breaker_leads_elsewhere() {
    let down = Arc::new(AtomicU16::new(16));
    let (stub, clock) = three(&down);
    let builder = Client::builder().base_urls(HOSTS).transport(stub.clone()).clock(clock.clone());
    let breaker = Breaker::new().min(2).ratio(1.0).open(SECOND * 60);
    let client = builder.breaker(breaker).retry(Retry::none()).build().unwrap();
    for _ in 0..2 {
        clock.run(get(&client)).unwrap_err();
    }
    for _ in 0..3 {
        clock.run(get(&client)).unwrap();
    }
    assert_eq!(hosts(&stub), "aabbb");
    assert_eq!(client.limits().breakers().len(), 3);
}

#[test]
fn by_weight() {
    let down = Arc::new(AtomicU16::new(0));
    let (stub, clock) = three(&down);
    let weights = HOSTS.into_iter().zip([6, 3, 1]);
    let builder = Client::builder().weighted_base_urls(weights).transport(stub.clone()).clock(clock.clone());
    let client = builder.random(SeededRandom::new(1)).build().unwrap();
    for _ in 0..10_000 {
        clock.run(get(&client)).unwrap();
    }
    let all = hosts(&stub);
    for (host, share) in [('a', 6000), ('b', 3000), ('c', 1000)] {
        let found = all.chars().filter(|c| *c == host).count();
        assert!(found.abs_diff(share) < 200, "{host}: {found}");
    }
    // One that is down has no share.
    down.store(1, Ordering::Relaxed);
    for _ in 0..100 {
        clock.run(get(&client)).unwrap();
    }
    assert_eq!(hosts(&stub)[10_000..].chars().filter(|c| *c == 'a').count(), 1);
}

#[test]
fn what_cannot_be() {
    let e = |builder: apiclient::ClientBuilder| builder.build().unwrap_err().to_string();
    assert!(e(Client::builder().base_urls(["http://a.test/v1", "http://b.test/v2"])).contains("differ"));
    assert!(e(Client::builder().base_urls(Vec::<String>::new())).contains("none"));
    assert!(e(Client::builder().base_urls(["http://a.test", "nonsense"])).contains("cannot be used"));
    assert!(e(Client::builder().weighted_base_urls([("http://a.test", 0)])).contains("weight"));
    let (_, _, builder) = held();
    assert!(builder.base_urls(["http://a.test"]).build().is_ok());
}
