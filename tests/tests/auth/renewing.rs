//! Tokens that are renewed: early, once for all, and again where one is refused. Virtual time, no runtime.

use super::clock;
use apiclient::{
    Call, Client, ClientBuilder, ErrorKind, Method, Retry,
    auth::{AuthError, Renewing, Token},
    testing::{ManualClock, SeededRandom, Stub},
    time::{BoxFuture, Clock},
    transport::Reply,
};
use futures_util::{FutureExt, future::join_all};
use std::{
    sync::{
        Arc, Mutex,
        atomic::{AtomicUsize, Ordering},
    },
    time::Duration,
};

const SECOND: Duration = Duration::from_secs(1);
const MS: Duration = Duration::from_millis(1);

/// A service that issues tokens and takes them as long as they are good.
#[derive(Clone)]
struct Service {
    clock: ManualClock,
    life: Duration,
    /// How long it takes to issue one.
    takes: Duration,
    /// When each was issued; its number is its place, from 1.
    issued: Arc<Mutex<Vec<Duration>>>,
    /// What it says instead.
    says: Arc<Mutex<Option<AuthError>>>,
    /// Those that it takes back are all before this one.
    revoked: Arc<AtomicUsize>,
    refused: Arc<AtomicUsize>,
}

impl Service {
    fn new(life: Duration) -> Self {
        Service {
            clock: clock(),
            life,
            takes: MS * 100,
            issued: Arc::default(),
            says: Arc::default(),
            revoked: Arc::default(),
            refused: Arc::default(),
        }
    }

    fn says(&self, error: Option<AuthError>) {
        *self.says.lock().unwrap() = error;
    }

    fn issued(&self) -> Vec<Duration> {
        self.issued.lock().unwrap().clone()
    }

    fn issue(&self) -> BoxFuture<'static, Result<Token, AuthError>> {
        let service = self.clone();
        Box::pin(async move {
            let began = service.clock.elapsed();
            let number = {
                let mut issued = service.issued.lock().unwrap();
                issued.push(began);
                issued.len()
            };
            service.clock.sleep(service.takes).await;
            match service.says.lock().unwrap().clone() {
                Some(e) => Err(e),
                None => Ok(Token::new(format!("token-{number}")).expires_in(service.life)),
            }
        })
    }

    fn api(&self) -> Stub {
        let service = self.clone();
        Stub::with(move |sent| {
            let token = sent
                .headers()
                .get("authorization")
                .and_then(|v| v.to_str().ok()?.strip_prefix("Bearer token-")?.parse::<usize>().ok());
            let issued = token.and_then(|number| service.issued().get(number - 1).copied());
            let is_good = issued.is_some_and(|at| service.clock.elapsed() < at + service.life.max(MS))
                && token.is_some_and(|number| number >= service.revoked.load(Ordering::Relaxed));
            service.refused.fetch_add(usize::from(!is_good), Ordering::Relaxed);
            Ok(Reply::new(if is_good { 200 } else { 401 }, "1"))
        })
    }

    fn renewing(&self) -> Renewing {
        let service = self.clone();
        Renewing::by(move |_| service.issue())
    }

    fn builder(&self) -> ClientBuilder<Client> {
        let builder =
            Client::builder().base_url("http://api.test").transport(self.api()).clock(self.clock.clone());
        builder.random(SeededRandom::new(7)).auth(self.renewing())
    }

    fn client(&self) -> Client {
        self.builder().build().unwrap()
    }
}

fn get(client: &Client) -> Call<u8> {
    client.call(Method::GET, "/").fetch()
}

/// Three lives of a token, a thousand tasks: each is asked for once, early, and nobody is ever refused.
#[test]
fn once_for_a_thousand() {
    let service = Service::new(SECOND * 600);
    let client = service.client();
    service.clock.run(async {
        let task = |number: u32| {
            let (client, clock) = (client.clone(), service.clock.clone());
            async move {
                clock.sleep(MS * number).await;
                while clock.elapsed() < SECOND * 1_700 {
                    get(&client).await.unwrap();
                    clock.sleep(SECOND * 20).await;
                }
            }
        };
        join_all((0..1_000).map(task)).await;
    });
    let issued = service.issued();
    assert_eq!((issued.len(), service.refused.load(Ordering::Relaxed)), (4, 0), "{issued:?}");
    for pair in issued.windows(2) {
        // A tenth of its life before its end, and at most half of that earlier.
        let after = pair[1] - pair[0];
        assert!((SECOND * 510..=SECOND * 546).contains(&after), "{issued:?}");
    }
    assert!(
        issued.windows(3).any(|three| three[1] - three[0] != three[2] - three[1]),
        "by chance: {issued:?}"
    );
}

/// While there is time, one call waits for the next token and the others go with the old one; then all wait.
#[test]
fn who_waits() {
    let service = Service { takes: SECOND * 2, ..Service::new(SECOND * 100) };
    let client = service.client();
    service.clock.run(get(&client)).unwrap();
    assert_eq!(service.clock.elapsed(), SECOND * 2);
    // Issued at 0; early is 30 s, and at most 15 s more; all wait from 7.5 s before the end.
    service.clock.advance(SECOND * 73);
    let mut first = Box::pin(get(&client));
    assert!((&mut first).now_or_never().is_none(), "it has begun to ask");
    assert_eq!(get(&client).now_or_never().unwrap().unwrap(), 1, "others need not wait");
    service.clock.advance(SECOND * 18);
    // At 93 s the old one is still good, but too old to go with. Whoever waits drives what was begun.
    drop(first);
    let mut late = Box::pin(get(&client));
    assert!(service.clock.run(&mut late).is_ok());
    assert_eq!(service.issued().len(), 2, "what was begun was not given up");
}

/// Whoever has asked and leaves takes nothing along.
#[test]
fn whoever_leaves() {
    let service = Service::new(SECOND * 100);
    let client = service.client();
    let mut first = Box::pin(get(&client));
    assert!((&mut first).now_or_never().is_none());
    let mut second = Box::pin(get(&client));
    assert!((&mut second).now_or_never().is_none());
    drop(first);
    assert!(service.clock.run(second).is_ok());
    assert_eq!(service.issued().len(), 1);
}

/// 55 and 64: a thousand calls that are refused at once ask for one token, and are all sent again.
#[test]
fn a_thousand_are_refused() {
    let service = Service::new(SECOND * 3600);
    let client = service.client();
    service.clock.run(get(&client)).unwrap();
    service.revoked.store(2, Ordering::Relaxed);
    let all = service.clock.run(join_all((0..1_000).map(|_| get(&client))));
    assert!(all.iter().all(Result::is_ok));
    assert_eq!((service.issued().len(), service.refused.load(Ordering::Relaxed)), (2, 1_000));
}

/// 63: one that is refused as soon as it was issued is the caller's.
#[test]
fn refused_for_good() {
    let service = Service::new(SECOND * 3600);
    let client = service.client();
    service.revoked.store(usize::MAX, Ordering::Relaxed);
    let e = service.clock.run(get(&client)).unwrap_err();
    assert!(e.is_unauthorized() && e.kind() == ErrorKind::Status, "{e}");
    assert_eq!((service.issued().len(), service.refused.load(Ordering::Relaxed)), (2, 2));
}

/// 56: what cannot be renewed is used while it is good, and asked for again every ten seconds; then the error is the caller's.
#[test]
fn a_source_that_fails() {
    let service = Service::new(SECOND * 200);
    let client = service.client();
    service.clock.run(get(&client)).unwrap();
    service.says(Some(AuthError::new("the issuer is down").with_source("503")));
    let mut failed = Vec::new();
    while service.clock.elapsed() < SECOND * 260 {
        if let Err(e) = service.clock.run(get(&client)) {
            failed.push((service.clock.elapsed(), e));
        }
        service.clock.advance(SECOND);
    }
    let asked = service.issued();
    assert!(asked.len() <= 13, "{asked:?}");
    assert!(asked[1..].windows(2).all(|pair| pair[1] - pair[0] >= SECOND * 10), "{asked:?}");
    let (first, e) = &failed[0];
    assert!(*first >= SECOND * 200, "{first:?}");
    assert_eq!(e.to_string(), "GET /: there are no credentials: the issuer is down");
    assert_eq!((e.kind(), e.attempts(), e.is_reauth_required()), (ErrorKind::Auth, 0, false));
    service.says(None);
    service.clock.advance(SECOND * 11);
    assert!(service.clock.run(get(&client)).is_ok(), "it is well again");
}

/// 57: nobody asks again for what is over, and everybody is told so.
#[test]
fn a_login_that_is_over() {
    let service = Service::new(SECOND * 100);
    let client = service.client();
    service.says(Some(AuthError::reauth_required("the refresh token is no longer good")));
    let all = service.clock.run(join_all((0..100).map(|_| get(&client))));
    assert!(all.iter().all(|result| result.as_ref().is_err_and(apiclient::Error::is_reauth_required)));
    service.clock.advance(SECOND * 3600);
    assert!(service.clock.run(get(&client)).unwrap_err().is_reauth_required());
    assert_eq!(service.issued().len(), 1);
}

/// 60: lives that are none, or have no end.
#[test]
fn odd_lives() {
    for life in [Duration::ZERO, Duration::MAX, SECOND * 3_000_000_000] {
        let service = Service::new(SECOND);
        let (issue, count) = (service.clone(), Arc::new(AtomicUsize::new(0)));
        let number = count.clone();
        let token = Renewing::by(move |_| {
            number.fetch_add(1, Ordering::Relaxed);
            let _ = &issue;
            async move { Ok(Token::new("t").expires_in(life)) }
        });
        let stub = Stub::with(|_| Ok(Reply::new(200, "1")));
        let builder =
            Client::builder().base_url("http://api.test").transport(stub).clock(service.clock.clone());
        let client = builder.auth(token).build().unwrap();
        for _ in 0..100 {
            service.clock.run(get(&client)).unwrap();
            service.clock.advance(SECOND * 86_400);
        }
        assert_eq!(count.load(Ordering::Relaxed), 1, "{life:?}");
    }
}

/// 62 and 70: a token that no header can hold, a source that panics, one that never answers.
#[test]
fn sources_gone_wrong() {
    let stub = Stub::with(|_| Ok(Reply::new(200, "1")));
    let client = |token: Renewing, clock: &ManualClock| {
        let builder =
            Client::builder().base_url("http://api.test").transport(stub.clone()).clock(clock.clone());
        builder.auth(token).retry(Retry::none()).build().unwrap()
    };
    for bad in ["", "a b", "a\r\nb: c", "a\0", "tök", &"x".repeat(1 << 20)] {
        let (clock, token) = (clock(), bad.to_owned());
        let renewing = Renewing::by(move |_| {
            let token = Token::new(token.clone());
            async move { Ok(token) }
        });
        let e = clock.run(get(&client(renewing, &clock))).unwrap_err();
        assert_eq!(e.kind(), ErrorKind::Auth, "{e}");
        assert!(bad.is_empty() || !format!("{e} {e:?}").contains(bad), "{e}");
    }
    let clock = clock();
    let panics = Renewing::by(|_| async { panic!("as the test has it") });
    let panicking = client(panics, &clock);
    for _ in 0..2 {
        let e = clock.run(get(&panicking)).unwrap_err();
        assert_eq!(e.to_string(), "GET /: there are no credentials: the source of tokens has panicked");
    }
    let hangs = Renewing::by(|_| std::future::pending());
    let e = clock.run(get(&client(hangs, &clock)).timeout(SECOND * 600)).unwrap_err();
    assert_eq!(e.to_string(), "GET /: there are no credentials: there was no token within 30s");
    assert!(stub.requests().is_empty());
}

/// The wait for a token counts against the time of the call, and leaves nothing behind.
#[test]
fn too_late() {
    let service = Service { takes: SECOND * 20, ..Service::new(SECOND * 1000) };
    let client = service.client();
    let e = service.clock.run(get(&client).timeout(SECOND * 5)).unwrap_err();
    assert!(e.is_timeout(), "{e}");
    assert!(service.clock.run(get(&client)).is_ok());
    assert_eq!(service.issued().len(), 1);
}

/// In a runtime the next token is asked for beside the calls, of which none waits.
#[tokio::test]
async fn beside_the_calls() {
    let service = Service::new(SECOND * 100);
    let client = service.client();
    let first = tokio::spawn(get(&client));
    while service.issued().is_empty() {
        tokio::task::yield_now().await;
    }
    tokio::task::yield_now().await;
    service.clock.advance(SECOND);
    first.await.unwrap().unwrap();
    service.clock.advance(SECOND * 80);
    assert!(get(&client).now_or_never().unwrap().is_ok(), "nobody waits");
    while service.issued().len() < 2 {
        tokio::task::yield_now().await;
    }
    service.clock.advance(SECOND);
    for _ in 0..100 {
        tokio::task::yield_now().await;
    }
    service.clock.advance(SECOND * 50);
    assert!(get(&client).now_or_never().unwrap().is_ok());
    assert_eq!((service.issued().len(), service.refused.load(Ordering::Relaxed)), (2, 0));
}
