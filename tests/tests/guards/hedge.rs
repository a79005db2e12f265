//! A second request beside one that is slow, and who has the last word.

use super::{Held, MS, SECOND, get, held};
use apiclient::{
    Call, Client, Error, ErrorKind, Hedge, HedgeAfter, Method, RateLimit, Retry,
    prelude::*,
    testing::{ManualClock, Stub},
    time::Clock,
    transport::Reply,
};
use futures_util::FutureExt;
use std::{
    sync::{
        Arc, Mutex,
        atomic::{AtomicUsize, Ordering},
    },
    time::Duration,
};

fn fixed() -> Hedge {
    Hedge::new().after(HedgeAfter::Fixed(MS * 50))
}

/// Twenty calls that are answered at once: now there may be a second request.
fn fund(held: &Held, client: &Client) {
    for n in 100..120 {
        let mut call = Box::pin(get(client, n));
        assert!((&mut call).now_or_never().is_none());
        held.answer(&format!("a.test/{n}"), 200);
        call.now_or_never().unwrap().unwrap();
    }
}

fn asked(held: &Held) -> usize {
    held.asked().iter().filter(|path| *path == "a.test/0").count()
}

#[test]
fn the_second_one_wins() {
    let (held, clock, builder) = held();
    let client = builder.hedge(fixed()).build().unwrap();
    fund(&held, &client);
    let mut call = Box::pin(get(&client, 0).send());
    assert!((&mut call).now_or_never().is_none());
    clock.advance(MS * 49);
    assert!((&mut call).now_or_never().is_none());
    assert_eq!(asked(&held), 1);
    clock.advance(MS);
    assert!((&mut call).now_or_never().is_none());
    assert_eq!(asked(&held), 2);
    let slow = held.open.lock().unwrap().get_mut("a.test/0").unwrap().remove(0);
    held.answer("a.test/0", 200);
    let answer = call.now_or_never().unwrap().unwrap();
    assert_eq!(answer.attempts(), 2);
    assert!(slow.is_closed(), "the first one is given up");
    assert_eq!(held.gone(), ["a.test/0"]);
    assert_eq!(client.retry_tokens(), 500);
}

#[test]
fn the_first_one_wins() {
    let (held, clock, builder) = held();
    let client = builder.hedge(fixed()).build().unwrap();
    fund(&held, &client);
    let mut call = Box::pin(get(&client, 0));
    assert!((&mut call).now_or_never().is_none());
    clock.advance(MS * 50);
    assert!((&mut call).now_or_never().is_none());
    assert_eq!((asked(&held), client.retry_tokens()), (2, 486));
    held.answer("a.test/0", 200);
    call.now_or_never().unwrap().unwrap();
    assert_eq!((held.gone().len(), client.retry_tokens()), (1, 500));
}

/// One that fails in a way that could pass is no word: the other one is waited for. One that fails for good is.
#[test]
fn which_failures_count() {
    for (status, counts) in [(503, false), (404, true)] {
        let (held, clock, builder) = held();
        let client = builder.hedge(fixed()).retry(Retry::none()).build().unwrap();
        fund(&held, &client);
        let mut call = Box::pin(get(&client, 0));
        assert!((&mut call).now_or_never().is_none());
        clock.advance(MS * 50);
        assert!((&mut call).now_or_never().is_none());
        held.answer("a.test/0", status);
        let result = (&mut call).now_or_never();
        assert_eq!(result.is_some(), counts, "{status}");
        if !counts {
            held.answer("a.test/0", 200);
            call.now_or_never().unwrap().unwrap();
        }
    }
    // Both of them: what the first one says.
    let (held, clock, builder) = held();
    let client = builder.hedge(fixed()).retry(Retry::none()).build().unwrap();
    fund(&held, &client);
    let mut call = Box::pin(get(&client, 0));
    assert!((&mut call).now_or_never().is_none());
    clock.advance(MS * 50);
    assert!((&mut call).now_or_never().is_none());
    let first = held.open.lock().unwrap().get_mut("a.test/0").unwrap().remove(0);
    held.answer("a.test/0", 500);
    assert!((&mut call).now_or_never().is_none());
    let _ = first.send(Ok(Reply::new(503, "")));
    let e = call.now_or_never().unwrap().unwrap_err();
    assert_eq!((e.status().map(|s| s.as_u16()), e.attempts()), (Some(503), 2));
}

/// What may not be sent twice is not, nor what no budget pays for, nor where a limit has no room.
#[test]
fn when_there_is_none() {
    let second = |builder: apiclient::ClientBuilder<Client>,
                  held: &Held,
                  clock: &ManualClock,
                  method: Method,
                  funded: bool| {
        let client = builder.hedge(fixed()).build().unwrap();
        if funded {
            fund(held, &client);
        }
        let mut call = Box::pin(client.call(method, "/0").fetch::<()>());
        assert!((&mut call).now_or_never().is_none());
        clock.advance(MS * 60);
        assert!((&mut call).now_or_never().is_none());
        asked(held) == 2
    };
    let (one, clock, builder) = held();
    assert!(second(builder, &one, &clock, Method::GET, true));
    let (one, clock, builder) = held();
    assert!(!second(builder, &one, &clock, Method::POST, true));
    let (one, clock, builder) = held();
    assert!(!second(builder, &one, &clock, Method::GET, false), "nothing has been paid in yet");
    let (one, clock, builder) = held();
    assert!(!second(builder.retry_budget(0), &one, &clock, Method::GET, true));
    let (one, clock, builder) = held();
    let limit = RateLimit::new().rate(apiclient::Rate::new(1, SECOND * 3600)).burst(21);
    assert!(!second(builder.rate_limit(limit), &one, &clock, Method::GET, true));
    let (one, clock, builder) = held();
    let client = builder.hedge(fixed()).build().unwrap();
    fund(&one, &client);
    let mut call = Box::pin(get(&client, 0).hedge(Hedge::none()));
    assert!((&mut call).now_or_never().is_none());
    clock.advance(MS * 60);
    assert!((&mut call).now_or_never().is_none());
    assert_eq!(asked(&one), 1);
}

/// C3: one of a hundred answers takes a second. The percentile is found out, and the load grows by hardly more than that one.
#[test]
fn a_server_of_two_minds() {
    let run = |hedge: Hedge| {
        let clock = ManualClock::new();
        let requests = Arc::new(AtomicUsize::new(0));
        let (time, count) = (clock.clone(), requests.clone());
        let dice = Mutex::new(super::Dice(3));
        let all = AtomicUsize::new(0);
        let stub = Stub::with_async(move |_| {
            count.fetch_add(1, Ordering::Relaxed);
            let mut dice = dice.lock().unwrap();
            let takes = if all.fetch_add(1, Ordering::Relaxed) % 100 == 57 {
                SECOND
            } else {
                MS * (5 + u32::try_from(dice.throw(10)).unwrap())
            };
            let sleep = time.sleep(takes);
            Box::pin(async move {
                sleep.await;
                Ok(Reply::new(200, ""))
            })
        });
        let builder = Client::builder().base_url("http://a.test").transport(stub).clock(clock.clone());
        let client = builder.hedge(hedge).build().unwrap();
        let mut took: Vec<Duration> = clock.run(async {
            let mut all = Vec::new();
            for n in 0..20_000 {
                let began = clock.elapsed();
                get(&client, n).await.unwrap();
                all.push(clock.elapsed() - began);
            }
            all
        });
        took.sort();
        (took[19_800], requests.load(Ordering::Relaxed) - 20_000)
    };
    let (without, none) = run(Hedge::none());
    assert_eq!((without, none), (SECOND, 0));
    for hedge in
        [Hedge::new().after(HedgeAfter::Permille(990)), Hedge::new().after(HedgeAfter::Fixed(MS * 20))]
    {
        let (with, more) = run(hedge);
        assert!(with * 5 <= without, "{hedge:?}: {with:?}");
        assert!(more <= 400, "{hedge:?}: {more} of 20,000");
    }
    // A percentile that is too low is stopped by the fund: one of twenty.
    let (_, more) = run(Hedge::new().after(HedgeAfter::Permille(500)));
    assert!(more <= 1_010, "{more}");
}

fn cached(error: Error) -> Result<Vec<u8>, Error> {
    if error.is_timeout() { Ok(b"cached".to_vec()) } else { Err(error) }
}

fn nothing<T: Default>(_: Error) -> Result<T, Error> {
    Ok(T::default())
}

#[derive(Debug, ApiError)]
enum Mine {
    #[api(status = 404)]
    Missing,
    #[api(other)]
    Other(Error),
}

#[api_client(base_url = "http://a.test")]
#[hedge(after = "20ms")]
#[fallback(nothing)]
#[retry(none)]
trait Words {
    #[get("/news")]
    #[fallback(cached)]
    #[timeout("1s")]
    fn news(&self) -> Call<Vec<u8>>;
    #[get("/count")]
    #[hedge(after = p99)]
    async fn count(&self) -> Result<u64, Error>;
    #[get("/bare")]
    #[fallback(none)]
    #[hedge(none)]
    fn bare(&self) -> Call<u64>;
    #[get("/mine")]
    #[fallback(|e| if let Mine::Missing = e { Ok(7) } else { Err(e) })]
    #[hedge]
    fn mine(&self) -> Call<u64, Mine>;
}

#[test]
fn the_words() {
    let stub = Stub::new();
    stub.on("GET /news").hangs();
    stub.on("GET /count").reply(Reply::new(500, ""));
    stub.on("GET /bare").reply(Reply::new(500, ""));
    stub.on("GET /mine").reply(Reply::new(404, ""));
    let clock = ManualClock::new();
    let words = WordsClient::builder().transport(stub.clone()).clock(clock.clone()).build().unwrap();
    assert_eq!(clock.run(words.news()).unwrap(), b"cached");
    assert_eq!(clock.elapsed(), SECOND);
    assert_eq!(clock.run(words.count()).unwrap(), 0);
    assert_eq!(clock.run(words.bare()).unwrap_err().kind(), ErrorKind::Status);
    assert_eq!(clock.run(words.mine()).unwrap(), 7);
    // Options still count behind it, and one says the last word for this call alone.
    assert_eq!(clock.run(words.news().timeout(MS)).unwrap(), b"cached");
    let e = clock.run(words.bare().fallback(|e| if e.is_timeout() { Ok(1) } else { Err(e) })).unwrap_err();
    assert!(e.is_server_error());
    assert_eq!(clock.run(words.bare().fallback(|_| Ok(2)).send()).map(|a| *a.body()).unwrap(), 2);
    assert!(words.news().into_request().unwrap().url().to_string().ends_with("/news"));
    assert_eq!(format!("{:?}", words.news()), "Call(GET /news)");
}

#[test]
fn fakes_have_a_last_word_too() {
    let call: Call<u8> = Call::ready(Err(apiclient::testing::error(500, "")));
    assert_eq!(call.fallback(|_| Ok(1)).now_or_never().unwrap().unwrap(), 1);
}
