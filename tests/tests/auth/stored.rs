//! Tokens in a store that several share: T1 to T3 of the plan in virtual time, where a process is a client, and it dies when it and its
//! calls are dropped.

use super::clock;
use apiclient::{
    Call, Client, ErrorKind, Method, Retry,
    auth::{
        AuthError, MemoryStore, Renewing, Token, TokenEntry, TokenKey, TokenRequest, TokenSource, TokenStore,
    },
    testing::{ManualClock, SeededRandom, Stub},
    time::{BoxFuture, Clock},
    transport::Reply,
};
use futures_util::{FutureExt, future::join_all};
use std::{
    collections::BTreeMap,
    sync::{Arc, Mutex},
    time::Duration,
};

const SECOND: Duration = Duration::from_secs(1);
const MS: Duration = Duration::from_millis(1);
const GRACE: Duration = Duration::from_secs(30);
/// Of the source; a lease is 2 s longer.
const PATIENCE: Duration = Duration::from_secs(18);

/// A service whose refresh tokens are good for once, and for another time within its grace; then the whole family is revoked.
#[derive(Debug, Clone)]
struct Service {
    clock: ManualClock,
    life: Duration,
    /// How long a request is on its way, and how long the answer.
    takes: Duration,
    grace: Duration,
    state: Arc<Mutex<State>>,
}

#[derive(Debug, Default)]
struct State {
    /// The refresh token of now: `r-3`; the access token that came with it is `a-3`.
    number: u32,
    /// When each access token was.
    issued: BTreeMap<u32, Duration>,
    /// When each was presented.
    presented: BTreeMap<u32, Vec<Duration>>,
    is_revoked: bool,
    refused: u32,
    /// What it says instead, without looking.
    says: Option<AuthError>,
    /// Access tokens before this one are taken back.
    taken_back: u32,
}

impl Service {
    fn new(life: Duration) -> Self {
        Service { clock: clock(), life, takes: MS * 50, grace: Duration::ZERO, state: Arc::default() }
    }

    fn with<T>(&self, look: impl FnOnce(&mut State) -> T) -> T {
        look(&mut self.state.lock().unwrap())
    }

    /// How often the token endpoint has seen each refresh token.
    fn seen(&self) -> Vec<usize> {
        self.with(|state| state.presented.values().map(Vec::len).collect())
    }

    fn token(&self, number: u32) -> Token {
        Token::new(format!("a-{number}")).refresh(format!("r-{number}")).expires_in(self.life)
    }

    fn refresh(&self, number: u32) -> Result<Token, AuthError> {
        let now = self.clock.elapsed();
        self.with(|state| {
            if let Some(e) = &state.says {
                return Err(e.clone());
            }
            let times = state.presented.entry(number).or_default();
            times.push(now);
            let in_grace = times.len() == 2 && now - times[0] <= self.grace && number + 1 == state.number;
            if state.is_revoked || (number != state.number && !in_grace) {
                state.is_revoked = true;
                return Err(AuthError::reauth_required("invalid_grant"));
            }
            state.number = number + 1;
            state.issued.insert(number + 1, now);
            Ok(self.token(number + 1))
        })
    }

    fn api(&self) -> Stub {
        let service = self.clone();
        Stub::with(move |sent| {
            let token = sent.headers().get("authorization").and_then(|v| v.to_str().ok());
            let number: u32 = token.and_then(|t| t.strip_prefix("Bearer a-")?.parse().ok()).unwrap_or(0);
            let now = service.clock.elapsed();
            service.with(|state| {
                let is_living = state.issued.get(&number).is_some_and(|at| now < *at + service.life);
                let is_good = is_living && number >= state.taken_back && !state.is_revoked;
                state.refused += u32::from(!is_good);
                Ok(Reply::new(if is_good { 200 } else { 401 }, "1"))
            })
        })
    }

    fn process(&self, store: impl TokenStore + 'static, seed: u64) -> Client {
        let token = Renewing::new(Source(self.clone())).stored(store, key());
        let builder =
            Client::builder().base_url("http://api.test").transport(self.api()).clock(self.clock.clone());
        let builder = builder.random(SeededRandom::new(seed)).auth(token).retry(Retry::none());
        builder.build().unwrap()
    }
}

#[derive(Debug)]
struct Source(Service);

impl TokenSource for Source {
    fn token<'a>(&'a self, asked: TokenRequest<'a>) -> BoxFuture<'a, Result<Token, AuthError>> {
        let number = |text: &str| text.strip_prefix("r-").and_then(|n| n.parse().ok()).unwrap_or(0);
        let last = asked.last().and_then(Token::refresh_token).map_or(0, |refresh| number(refresh.expose()));
        let is_refused = asked.refused().is_some();
        Box::pin(async move {
            if is_refused {
                return Err(AuthError::reauth_required("as before"));
            }
            self.0.clock.sleep(self.0.takes).await;
            let token = self.0.refresh(last);
            self.0.clock.sleep(self.0.takes).await;
            token
        })
    }

    fn patience(&self) -> Duration {
        PATIENCE
    }

    fn grace(&self) -> Option<Duration> {
        Some(GRACE)
    }
}

/// A store that takes its time before and after it has done what it does, or fails.
#[derive(Debug, Clone)]
struct Slow {
    inner: MemoryStore,
    clock: ManualClock,
    before: Duration,
    after: Duration,
    fails: Arc<Mutex<bool>>,
    /// It says so although it has done it.
    lies: Arc<Mutex<bool>>,
}

impl Slow {
    fn new(inner: &MemoryStore, service: &Service) -> Self {
        let (before, after) = (Duration::ZERO, Duration::ZERO);
        let clock = service.clock.clone();
        Slow { inner: inner.clone(), clock, before, after, fails: Arc::default(), lies: Arc::default() }
    }
}

impl TokenStore for Slow {
    fn get<'a>(&'a self, key: &'a TokenKey) -> BoxFuture<'a, Result<Option<TokenEntry>, AuthError>> {
        self.inner.get(key)
    }

    fn set<'a>(
        &'a self,
        key: &'a TokenKey,
        entry: &'a TokenEntry,
        replaces: Option<u64>,
    ) -> BoxFuture<'a, Result<bool, AuthError>> {
        Box::pin(async move {
            if *self.fails.lock().unwrap() {
                return Err(AuthError::new("the disk is full"));
            }
            // Only where there is a token to lose.
            let is_token = !entry.data().expose().contains("\"lease\":{");
            if is_token {
                self.clock.sleep(self.before).await;
            }
            let done = self.inner.set(key, entry, replaces).await;
            if *self.lies.lock().unwrap() {
                return Err(AuthError::new("it took too long"));
            }
            if is_token {
                self.clock.sleep(self.after).await;
            }
            done
        })
    }

    fn remove<'a>(&'a self, key: &'a TokenKey) -> BoxFuture<'a, Result<bool, AuthError>> {
        self.inner.remove(key)
    }

    fn list(&self) -> BoxFuture<'_, Result<Vec<TokenKey>, AuthError>> {
        self.inner.list()
    }
}

fn key() -> TokenKey {
    TokenKey::new("shop").subject("ada")
}

fn get(client: &Client) -> Call<u8> {
    client.call(Method::GET, "/").fetch()
}

/// T1: eight processes, a thousand tasks, three lives; each refresh token is presented once, and nobody is ever refused.
#[test]
fn once_for_eight_processes() {
    let service = Service::new(SECOND * 600);
    let store = MemoryStore::new();
    service.clock.run(async {
        let processes: Vec<_> = (0..8).map(|seed| service.process(store.clone(), seed)).collect();
        let task = |number: u32| {
            let (client, clock) = (processes[number as usize % 8].clone(), service.clock.clone());
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
    assert_eq!(service.seen(), [1; 4]);
    assert_eq!(service.with(|state| (state.refused, state.is_revoked)), (0, false));
}

/// The same where a server takes tokens back: a thousand calls of eight processes are refused at once, three times.
#[test]
fn all_are_refused_at_once() {
    let service = Service::new(SECOND * 3600);
    let store = MemoryStore::new();
    let processes: Vec<_> = (0..8).map(|seed| service.process(store.clone(), seed)).collect();
    for round in 1..=3 {
        let calls = join_all((0..1_000).map(|number| get(&processes[number % 8])));
        assert!(service.clock.run(calls).iter().all(Result::is_ok));
        assert_eq!(service.seen(), vec![1; round]);
        service.with(|state| state.taken_back = state.number + 1);
    }
}

/// A process that begins has the token that another one has left.
#[test]
fn a_token_outlives_its_process() {
    let service = Service::new(SECOND * 600);
    let store = MemoryStore::new();
    service.clock.run(get(&service.process(store.clone(), 1))).unwrap();
    service.clock.advance(SECOND * 100);
    service.clock.run(get(&service.process(store.clone(), 2))).unwrap();
    assert_eq!(service.seen(), [1]);
    // It has lived for 100 s already: it is renewed when its own time comes, and not a hundred seconds later.
    let client = service.process(store.clone(), 3);
    service.clock.run(get(&client)).unwrap();
    service.clock.advance(SECOND * 499);
    service.clock.run(get(&client)).unwrap();
    assert_eq!((service.seen(), service.with(|state| state.refused)), (vec![1, 1], 0));
}

/// T2: whoever asks dies at each of six steps. The next one has a token within the time of a lease, and no refresh token is presented
/// again but the one whose answer was lost, once, within the grace.
#[test]
fn whoever_asks_dies() {
    // When it dies, after it has begun; how often the first refresh token is presented then.
    let steps = [
        ("before it has begun", None, 1),
        ("once it has said that it asks", Some(MS * 20), 1),
        ("once its request was seen to", Some(MS * 80), 2),
        ("once it has the answer, before it is stored", Some(MS * 500), 2),
        ("once it is stored", Some(MS * 1_500), 1),
        ("once it has sent its call", Some(MS * 3_000), 1),
    ];
    for (step, dies, presented) in steps {
        let service = Service { grace: GRACE, ..Service::new(SECOND * 600) };
        let store = MemoryStore::new();
        let slow = Slow { before: SECOND, after: SECOND, ..Slow::new(&store, &service) };
        let process = service.process(slow, 1);
        if let Some(dies) = dies {
            // Whoever waits no longer drives it no further.
            let done = service.clock.run(get(&process).timeout(dies)).is_ok();
            assert_eq!(done, step.contains("sent its call"), "{step}");
        }
        drop(process);
        let died = service.clock.elapsed();
        service.clock.run(get(&service.process(store, 2))).unwrap();
        let recovered = service.clock.elapsed() - died;
        assert!(recovered <= PATIENCE + SECOND * 2 + MS * 200, "{step}: {recovered:?}");
        assert_eq!(service.seen()[0], presented, "{step}");
        assert!(!service.with(|state| state.is_revoked), "{step}");
    }
}

/// The answer is lost for longer than the grace: nobody presents it again, and somebody has to log in.
#[test]
fn after_the_grace() {
    let service = Service { takes: SECOND, ..Service::new(SECOND * 600) };
    let store = MemoryStore::new();
    let process = service.process(store.clone(), 1);
    let mut call = Box::pin(get(&process));
    assert!((&mut call).now_or_never().is_none());
    service.clock.advance(SECOND);
    assert!((&mut call).now_or_never().is_none(), "the answer is on its way");
    drop((call, process));
    service.clock.advance(SECOND * 31);
    let next = service.process(store.clone(), 2);
    let e = service.clock.run(get(&next).timeout(SECOND * 60)).unwrap_err();
    assert!(e.is_reauth_required(), "{e}");
    assert_eq!(service.seen(), [1]);
    // Somebody has logged in.
    service.clock.run(store.remove(&key())).unwrap();
    service.with(|state| *state = State::default());
    service.clock.advance(SECOND * 11);
    service.clock.run(get(&next)).unwrap();
}

/// A service that is known not to rotate may be asked again at any time.
#[test]
fn one_that_does_not_rotate() {
    let clock = clock();
    let count = Arc::new(Mutex::new(0));
    let source = Constant { clock: clock.clone(), count: count.clone() };
    let store = MemoryStore::new();
    let process = |source: Constant| {
        let stub = Stub::with(|_| Ok(Reply::new(200, "1")));
        let builder = Client::builder().base_url("http://api.test").transport(stub).clock(clock.clone());
        builder.auth(Renewing::new(source).stored(store.clone(), key())).build().unwrap()
    };
    for _ in 0..2 {
        clock.run(get(&process(source.clone()))).unwrap();
        clock.advance(SECOND * 100);
    }
    let dying = process(source.clone());
    let mut call = Box::pin(get(&dying));
    assert!((&mut call).now_or_never().is_none());
    clock.advance(MS);
    drop((call, dying));
    clock.advance(SECOND * 3600);
    clock.run(get(&process(source)).timeout(SECOND * 60)).unwrap();
    assert_eq!(*count.lock().unwrap(), 4);
}

#[derive(Debug, Clone)]
struct Constant {
    clock: ManualClock,
    count: Arc<Mutex<u32>>,
}

impl TokenSource for Constant {
    fn token<'a>(&'a self, _: TokenRequest<'a>) -> BoxFuture<'a, Result<Token, AuthError>> {
        Box::pin(async {
            let number = {
                let mut count = self.count.lock().unwrap();
                *count += 1;
                *count
            };
            self.clock.sleep(SECOND).await;
            Ok(Token::new(format!("a-{number}")).refresh("the same").expires_in(SECOND * 60))
        })
    }

    fn grace(&self) -> Option<Duration> {
        Some(GRACE)
    }
}

/// T3 and 59: whoever asks is stopped for longer than its lease. The other one asks, and what the first one comes back with is dropped.
#[test]
fn whoever_asks_is_stopped() {
    let service = Service { grace: GRACE, ..Service::new(SECOND * 600) };
    let store = MemoryStore::new();
    let (stopped, other) = (service.process(store.clone(), 1), service.process(store.clone(), 2));
    let mut call = Box::pin(get(&stopped).timeout(SECOND * 600));
    assert!((&mut call).now_or_never().is_none());
    service.clock.advance(MS * 50);
    assert!((&mut call).now_or_never().is_none(), "its request was seen to");
    // It stands still from here, and its answer waits for it.
    service.clock.run(get(&other)).unwrap();
    assert!(service.clock.elapsed() >= PATIENCE + SECOND * 2, "{:?}", service.clock.elapsed());
    let stored = service.clock.run(store.get(&key())).unwrap().unwrap();
    assert_eq!(service.clock.run(call).unwrap(), 1);
    let after = service.clock.run(store.get(&key())).unwrap().unwrap();
    assert_eq!((stored.version(), stored.data().expose()), (after.version(), after.data().expose()));
    assert_eq!(service.with(|state| (state.number, state.refused, state.is_revoked)), (1, 0, false));
    assert_eq!(service.seen(), [2], "once each, within the grace");
}

/// 57 among several: nobody presents what is refused again, and a login is noticed.
#[test]
fn what_is_refused_is_known_to_all() {
    let service = Service::new(SECOND * 600);
    let store = MemoryStore::new();
    let (one, other) = (service.process(store.clone(), 1), service.process(store.clone(), 2));
    service.clock.run(get(&one)).unwrap();
    service.with(|state| state.is_revoked = true);
    for process in [&one, &other, &one, &other] {
        let e = service.clock.run(get(process)).unwrap_err();
        assert!(e.is_reauth_required() && e.kind() == ErrorKind::Auth, "{e}");
        service.clock.advance(SECOND * 20);
    }
    assert_eq!(service.seen(), [1, 1]);
    service.with(|state| *state = State::default());
    // Somebody logs in, in another process.
    service.clock.run(store.remove(&key())).unwrap();
    service.clock.run(get(&service.process(store.clone(), 3))).unwrap();
    service.clock.run(get(&other)).unwrap();
    assert_eq!(service.seen(), [1]);
}

/// A store that fails does not end calls as long as there is a token, keeps a new one in memory, and has it as soon as it is well again;
/// a refresh token that nobody can see is in use is not used.
#[test]
fn a_store_that_fails() {
    let service = Service::new(SECOND * 600);
    let store = MemoryStore::new();
    let slow = Slow { before: SECOND, ..Slow::new(&store, &service) };
    let client = service.process(slow.clone(), 1);
    let mut call = Box::pin(get(&client));
    // Full between the lease and the token.
    assert!((&mut call).now_or_never().is_none());
    *slow.fails.lock().unwrap() = true;
    service.clock.run(&mut call).unwrap();
    assert_eq!(service.seen(), [1]);
    let is_stored = || {
        let entry = service.clock.run(store.get(&key())).unwrap().unwrap();
        entry.data().expose().contains("a-1")
    };
    assert!(!is_stored());
    for _ in 0..10 {
        service.clock.advance(SECOND * 11);
        service.clock.run(get(&client)).unwrap();
    }
    assert!(!is_stored());
    *slow.fails.lock().unwrap() = false;
    service.clock.advance(SECOND * 11);
    service.clock.run(get(&client)).unwrap();
    assert!(is_stored());
    // At its end, and full again: the next one would be presented without anybody knowing.
    *slow.fails.lock().unwrap() = true;
    service.clock.advance(SECOND * 600);
    let e = service.clock.run(get(&client)).unwrap_err();
    assert_eq!(e.to_string(), "GET /: there are no credentials: the token store fails: the disk is full");
    *slow.fails.lock().unwrap() = false;
    service.clock.advance(SECOND * 11);
    service.clock.run(get(&client)).unwrap();
    assert_eq!((service.seen(), service.with(|state| state.refused)), (vec![1, 1], 0));
}

/// What another version has written is not touched, and what a caller may read of it is no secret.
#[test]
fn an_entry_of_somebody_else() {
    for data in ["", "canary", r#"{"schema":2,"access":"canary"}"#, r#"{"access":"canary"}"#, "[1]"] {
        let service = Service::new(SECOND * 600);
        let store = MemoryStore::new();
        service.clock.run(store.set(&key(), &TokenEntry::new(1, data), None)).unwrap();
        let e = service.clock.run(get(&service.process(store.clone(), 1))).unwrap_err();
        assert!(e.to_string().contains("left as it is") && !format!("{e:?}").contains("canary"), "{e:?}");
        assert_eq!(service.clock.run(store.get(&key())).unwrap().unwrap().data().expose(), data);
        assert!(service.seen().is_empty());
    }
}

/// 31: whoever ends while a token is under way loses it only if it had no answer; a logout is not undone by one that comes late.
#[test]
fn a_logout_while_it_is_asked_for() {
    let service = Service { takes: SECOND, ..Service::new(SECOND * 600) };
    let store = MemoryStore::new();
    let session = Renewing::new(Source(service.clone())).stored(store.clone(), key());
    let builder =
        Client::builder().base_url("http://api.test").transport(service.api()).clock(service.clock.clone());
    let client = builder.auth(session.clone()).build().unwrap();
    let mut call = Box::pin(get(&client));
    assert!((&mut call).now_or_never().is_none());
    service.clock.advance(SECOND);
    assert!(service.clock.run(session.forget()).unwrap().is_none());
    let e = service.clock.run(call).unwrap_err();
    assert_eq!(e.kind(), ErrorKind::Auth, "{e}");
    assert!(service.clock.run(store.list()).unwrap().is_empty());
    // And one that is there is given to who tells the service.
    service.with(|state| *state = State::default());
    service.clock.run(get(&client)).unwrap();
    assert_eq!(service.clock.run(store.list()).unwrap(), [key()]);
    let last = service.clock.run(session.forget()).unwrap().unwrap();
    assert_eq!(last.refresh_token().unwrap().expose(), "r-1");
    assert!(service.clock.run(store.list()).unwrap().is_empty());
}

/// A lease that was stored although the store has said that it was not: whoever took it knows that it has presented nothing.
#[test]
fn a_store_that_says_no_and_does_it() {
    let service = Service::new(SECOND * 600);
    let slow = Slow::new(&MemoryStore::new(), &service);
    let client = service.process(slow.clone(), 1);
    *slow.lies.lock().unwrap() = true;
    assert!(!service.clock.run(get(&client)).unwrap_err().is_reauth_required());
    assert!(service.seen().is_empty());
    *slow.lies.lock().unwrap() = false;
    service.clock.advance(SECOND * 100);
    service.clock.run(get(&client)).unwrap();
    assert_eq!(service.seen(), [1]);
}

/// A store that never answers does not lose what was got: the next one who can has it stored.
#[test]
fn a_store_that_hangs() {
    let service = Service::new(SECOND * 600);
    let store = MemoryStore::new();
    let slow = Slow { before: SECOND * 3600, ..Slow::new(&store, &service) };
    let token = Renewing::new(Source(service.clone())).stored(slow, key());
    let builder = Client::builder().base_url("http://api.test").transport(service.api());
    let client = builder.clock(service.clock.clone()).auth(token).retry(Retry::none()).build().unwrap();
    assert!(service.clock.run(get(&client).timeout(SECOND * 200)).is_err());
    service.clock.advance(SECOND * 4000);
    // It cannot be used any more, but its refresh token is the one that is presented.
    let _ = service.clock.run(get(&client).timeout(SECOND * 8000));
    let _ = service.clock.run(get(&client).timeout(SECOND * 8000));
    assert!(service.seen().iter().all(|times| *times == 1), "{:?}", service.seen());
    assert!(!service.with(|state| state.is_revoked));
}

/// The entry is gone: who was logged in then does not present what it remembers, and notices a new login.
#[test]
fn somebody_else_logs_out() {
    let service = Service::new(SECOND * 600);
    let store = MemoryStore::new();
    let (one, other) = (service.process(store.clone(), 1), service.process(store.clone(), 2));
    for process in [&one, &other] {
        service.clock.run(get(process)).unwrap();
    }
    service.clock.run(store.remove(&key())).unwrap();
    service.clock.advance(SECOND * 700);
    let e = service.clock.run(get(&other)).unwrap_err();
    assert!(e.is_reauth_required() && e.to_string().contains("logged out"), "{e}");
    assert_eq!(service.seen(), [1]);
    service.with(|state| *state = State::default());
    service.clock.run(get(&service.process(store, 3))).unwrap();
    service.clock.advance(SECOND * 11);
    service.clock.run(get(&other)).unwrap();
    assert!(service.seen().iter().all(|times| *times == 1), "{:?}", service.seen());
}

/// Whoever asks with what is good for once waits for the answer, in a runtime too: its process may end with the call.
#[tokio::test]
async fn whoever_asks_waits() {
    let service = Service::new(SECOND * 600);
    let store = MemoryStore::new();
    let client = service.process(store, 1);
    let first = tokio::spawn(get(&client));
    for _ in 0..20 {
        tokio::task::yield_now().await;
        service.clock.advance(MS * 50);
    }
    first.await.unwrap().unwrap();
    service.clock.advance(SECOND * 550);
    let mut call = Box::pin(get(&client));
    assert!((&mut call).now_or_never().is_none(), "it waits for the next token");
    assert!(get(&client).now_or_never().unwrap().is_ok(), "others do not");
}
