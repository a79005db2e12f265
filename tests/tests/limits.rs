//! Limits of a client's own: what they let through and when, who waits, and what becomes of those who leave. Virtual time.

use apiclient::{
    Call, Client, Error, ErrorKind, Full, Method, Rate, RateLimit, Retry,
    prelude::*,
    testing::{ManualClock, Stub},
    transport::Reply,
};
use futures_util::{FutureExt, StreamExt, future::join_all, stream::FuturesUnordered};
use std::{
    sync::{Arc, Mutex},
    time::Duration,
};

const SECOND: Duration = Duration::from_secs(1);

/// A server that notes when it is asked.
struct Noted {
    clock: ManualClock,
    stub: Stub,
    times: Arc<Mutex<Vec<(Duration, String)>>>,
}

impl Noted {
    fn new() -> Self {
        let clock = ManualClock::new();
        let times = Arc::<Mutex<Vec<_>>>::default();
        let (now, noted) = (clock.clone(), times.clone());
        let stub = Stub::with(move |sent| {
            noted.lock().unwrap().push((now.elapsed(), sent.url().path().to_owned()));
            Ok(Reply::new(200, "1"))
        });
        Noted { clock, stub, times }
    }

    fn client(&self, limit: RateLimit) -> Client {
        let builder = Client::builder().base_url("http://limits.test").transport(self.stub.clone());
        builder.clock(self.clock.clone()).rate_limit(limit).timeout(SECOND * 3600).build().unwrap()
    }

    fn at(&self) -> Vec<Duration> {
        self.times.lock().unwrap().iter().map(|(at, _)| *at).collect()
    }

    fn paths(&self) -> Vec<String> {
        self.times.lock().unwrap().iter().map(|(_, path)| path.clone()).collect()
    }
}

fn limit(calls: u32, burst: u32) -> RateLimit {
    RateLimit::new().rate(Rate::new(calls, SECOND)).burst(burst)
}

fn get(client: &Client, n: usize) -> Call<u8> {
    client.call(Method::GET, "/{n}").param("n", n).fetch()
}

/// Five at once, then one every 200 ms, in the order in which they came; whose turn would be too late is told so at once.
#[test]
fn a_thousand_tasks_at_five_a_second() {
    let noted = Noted::new();
    let client = noted.client(limit(5, 5));
    // A turn leaves a tenth of the time for the call itself.
    let calls = (0..1_000).map(|n| get(&client, n).timeout(SECOND * 600 / 9));
    let good = noted.clock.run(join_all(calls)).iter().filter(|result| result.is_ok()).count();
    let at = noted.at();
    for (number, at) in at.iter().enumerate() {
        let expected = Duration::from_millis(200) * u32::try_from(number.saturating_sub(4)).unwrap();
        assert_eq!(*at, expected, "{number}");
    }
    // A burst, and one at each fifth of a second until the last before 60 s.
    assert_eq!((good, at.len()), (304, 304));
    let order: Vec<usize> = noted.paths().iter().map(|path| path[1..].parse().unwrap()).collect();
    assert_eq!(order, (0..304).collect::<Vec<_>>(), "first come, first served");
}

/// Whoever has had a turn queues up again: nobody has many more turns than the others. The first one is back in the queue before
/// anybody else has come.
#[test]
fn nobody_starves() {
    let noted = Noted::new();
    let client = noted.client(limit(5, 1));
    let tasks = (0..1_000).map(|n| {
        let (client, clock) = (client.clone(), noted.clock.clone());
        async move {
            let mut turns = 0;
            while clock.elapsed() < SECOND * 600 {
                get(&client, n).await.unwrap();
                turns += 1;
            }
            turns
        }
    });
    let turns = noted.clock.run(join_all(tasks));
    let (least, most) = (turns.iter().min().unwrap(), turns.iter().max().unwrap());
    assert!(*least >= 3 && most - least <= 2, "{least} to {most}");
    let at = noted.at();
    assert!(
        at.iter()
            .enumerate()
            .all(|(number, at)| *at == Duration::from_millis(200) * u32::try_from(number).unwrap())
    );
}

#[test]
fn whoever_leaves_gives_the_place_back() {
    let noted = Noted::new();
    let client = noted.client(limit(1, 1));
    assert!(noted.clock.run(get(&client, 0)).is_ok());
    let mut calls: Vec<_> = (0..10).map(|n| Some(Box::pin(get(&client, n)))).collect();
    // That one is over.
    calls[0] = None;
    for call in calls.iter_mut().flatten() {
        assert!(call.now_or_never().is_none());
    }
    // The next one of all, one in the middle, and the last.
    for gone in [1, 2, 5, 9] {
        calls[gone] = None;
    }
    noted.clock.run(join_all(calls.into_iter().flatten()));
    assert_eq!(noted.paths(), ["/0", "/3", "/4", "/6", "/7", "/8"]);
    assert_eq!(noted.at().last(), Some(&(SECOND * 5)));
}

/// Where the turn would come too late, nobody begins to wait.
#[test]
fn a_turn_that_would_be_too_late() {
    let noted = Noted::new();
    let client = noted.client(limit(1, 1));
    let mut calls: FuturesUnordered<_> = (0..20).map(|n| get(&client, n).timeout(SECOND * 5)).collect();
    let (mut good, mut refused) = (0, Vec::new());
    noted.clock.run(async {
        while let Some(result) = calls.next().await {
            match result {
                Ok(_) => good += 1,
                Err(e) => refused.push((e, noted.clock.elapsed())),
            }
        }
    });
    assert_eq!((good, refused.len(), noted.stub.requests().len()), (5, 15, 5));
    for (e, at) in &refused {
        assert_eq!((e.kind(), e.attempts(), *at), (ErrorKind::RateLimited, 0, Duration::ZERO), "{e}");
        assert!(e.is_rate_limited() && e.retry_after() == Some(SECOND * 5), "{e} {:?}", e.retry_after());
    }
    assert_eq!(refused[0].0.to_string(), "GET /{n}: nothing was sent: its rate limit has room in 5s");
}

#[test]
fn refused_at_once() {
    let noted = Noted::new();
    let client = noted.client(limit(10, 2).full(Full::Reject));
    let all = noted.clock.run(join_all((0..5).map(|n| get(&client, n))));
    assert_eq!(all.iter().filter(|result| result.is_ok()).count(), 2);
    let e = all.into_iter().find_map(Result::err).unwrap();
    assert_eq!((e.kind(), e.retry_after()), (ErrorKind::RateLimited, Some(Duration::from_millis(100))));
    noted.clock.advance(Duration::from_millis(100));
    assert!(noted.clock.run(get(&client, 6)).is_ok());
}

#[api_client(base_url = "http://limits.test")]
#[rate_limit("2/s", burst = 2)]
#[retry(none)]
trait Shop {
    #[get("/items")]
    fn items(&self) -> Call<u8>;
    #[get("/search")]
    #[rate_limit("60/m", burst = 1)]
    fn search(&self) -> Call<u8>;
    #[get("/report")]
    #[rate_limit(cost = 2)]
    fn report(&self) -> Call<u8>;
    #[get("/now")]
    #[rate_limit(full = reject)]
    fn now(&self) -> Call<u8>;
}

#[api_client(base_url = "http://limits.test")]
trait Other {
    #[get("/other")]
    fn other(&self) -> Call<u8>;
}

fn shop(noted: &Noted) -> ShopClient {
    let builder = ShopClient::builder().transport(noted.stub.clone()).clock(noted.clock.clone());
    builder.timeout(SECOND * 100).build().unwrap()
}

/// The trait's limit holds for all its methods and clones, a method's beside it.
#[test]
fn the_words() {
    let noted = Noted::new();
    let shop = shop(&noted);
    let clones = [shop.clone(), shop.clone()];
    noted.clock.run(join_all((0..6).map(|n| clones[n % 2].items())));
    assert_eq!(noted.at().last(), Some(&(SECOND * 2)));

    let noted = Noted::new();
    let shop = self::shop(&noted);
    noted.clock.run(join_all((0..3).map(|_| shop.search())));
    assert_eq!(noted.at(), [Duration::ZERO, SECOND, SECOND * 2]);

    let noted = Noted::new();
    let shop = self::shop(&noted);
    noted.clock.run(join_all((0..3).map(|_| shop.report())));
    assert_eq!(noted.at(), [Duration::ZERO, SECOND, SECOND * 2]);
    assert!(noted.clock.run(shop.now()).unwrap_err().is_rate_limited());
}

/// One limit for everything that uses a client.
#[test]
fn all_traits_on_a_client_share_its_limit() {
    let noted = Noted::new();
    let client = noted.client(limit(1, 1));
    let (shop, other) = (ShopClient::from_client(client.clone()), OtherClient::from_client(client.clone()));
    noted.clock.run(async {
        join_all([shop.items(), other.other(), shop.items(), get(&client, 1)]).await;
    });
    assert_eq!(noted.at(), [0, 1, 2, 3].map(|n| SECOND * n));
}

/// A try more is a request more: it waits for its turn, too, and where there is none in time the call fails with what it has.
#[test]
fn each_attempt_counts() {
    let clock = ManualClock::new();
    let stub = Stub::with(|_| Ok(Reply::new(503, "")));
    let builder =
        Client::builder().base_url("http://limits.test").transport(stub.clone()).clock(clock.clone());
    let limit = RateLimit::new().rate(Rate::new(1, SECOND * 10)).burst(1);
    let client = builder.rate_limit(limit).build().unwrap();
    let e = clock.run(get(&client, 1).timeout(SECOND * 15)).unwrap_err();
    assert_eq!(
        (e.status().map(|s| s.as_u16()), e.attempts(), stub.requests().len()),
        (Some(503), 2, 2),
        "{e}"
    );
    assert!(e.to_string().contains("not tried again: its rate limit has no room in time"), "{e}");
    assert!((SECOND * 10..SECOND * 11).contains(&clock.elapsed()));
}

/// The wait counts against the time of the call, and not against that of the attempt.
#[test]
fn the_limit_of_an_attempt_begins_after_the_wait() {
    let noted = Noted::new();
    let client = noted.client(RateLimit::new().rate(Rate::new(1, SECOND * 10)).burst(1));
    let call = || get(&client, 1).attempt_timeout(SECOND).retry(Retry::none());
    let (one, two) = noted.clock.run(async { futures_util::future::join(call(), call()).await });
    assert!(one.is_ok() && two.is_ok());
}

#[test]
fn limits_that_let_nothing_through() {
    for limit in [
        RateLimit::new().rate(Rate::new(0, SECOND)),
        RateLimit::new().rate(Rate::new(1, Duration::ZERO)),
        RateLimit::new().rate(Rate::new(1, SECOND)).burst(0),
    ] {
        let e: Error = Client::builder().rate_limit(limit).build().unwrap_err();
        assert!(e.to_string().contains("nothing would be sent"), "{e}");
    }
}
