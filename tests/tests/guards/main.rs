//! What stands before a request and beside it: limits of servers, places, breakers, second requests, other base URLs. Virtual time.

mod breaker;
mod corpus;
mod failover;
mod hedge;
mod keys;
mod server;
mod shared;
mod slots;
mod wire;

use apiclient::{
    Call, Client, ClientBuilder, Method,
    testing::ManualClock,
    transport::{Attempt, BoxFuture, Reply, Transport, TransportError, TransportErrorKind},
};
use std::{
    collections::HashMap,
    fmt,
    sync::{Arc, Mutex},
    time::Duration,
};
use tokio::sync::oneshot;

const SECOND: Duration = Duration::from_secs(1);
const MS: Duration = Duration::from_millis(1);

/// Somebody who waits for an answer.
type Waiting = oneshot::Sender<Result<Reply, TransportErrorKind>>;

/// A server that answers when a test says so.
#[derive(Clone, Default)]
struct Held {
    open: Arc<Mutex<HashMap<String, Vec<Waiting>>>>,
    /// The paths that were asked for.
    asked: Arc<Mutex<Vec<String>>>,
    gone: Arc<Mutex<Vec<String>>>,
}

impl fmt::Debug for Held {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str("Held")
    }
}

struct Gone(Arc<Mutex<Vec<String>>>, Option<String>);

impl Drop for Gone {
    fn drop(&mut self) {
        self.0.lock().unwrap().extend(self.1.take());
    }
}

impl Transport for Held {
    fn send<'a>(&'a self, attempt: Attempt<'a>) -> BoxFuture<'a, Result<Reply, TransportError>> {
        let path = format!("{}{}", attempt.origin().authority(), attempt.target());
        let (sender, receiver) = oneshot::channel();
        self.open.lock().unwrap().entry(path.clone()).or_default().push(sender);
        self.asked.lock().unwrap().push(path.clone());
        let gone = Gone(self.gone.clone(), Some(path));
        Box::pin(async move {
            let mut gone = gone;
            let answered = receiver.await;
            gone.1 = None;
            match answered {
                Ok(Ok(reply)) => Ok(reply),
                Ok(Err(kind)) => Err(TransportError::new(kind, "it broke")),
                Err(_) => Err(TransportError::new(TransportErrorKind::Request, "the test forgot it")),
            }
        })
    }
}

impl Held {
    /// Answers the oldest request to this path.
    fn answer(&self, path: &str, answer: impl Into<Answer>) {
        let sender = self.open.lock().unwrap().get_mut(path).map(|all| all.remove(0)).expect(path);
        // Whoever has asked may be gone.
        let _ = sender.send(answer.into().0);
    }

    fn asked(&self) -> Vec<String> {
        self.asked.lock().unwrap().clone()
    }

    fn gone(&self) -> Vec<String> {
        self.gone.lock().unwrap().clone()
    }
}

struct Answer(Result<Reply, TransportErrorKind>);

impl From<u16> for Answer {
    fn from(status: u16) -> Self {
        Answer(Ok(Reply::new(status, "")))
    }
}

impl From<Reply> for Answer {
    fn from(reply: Reply) -> Self {
        Answer(Ok(reply))
    }
}

impl From<TransportErrorKind> for Answer {
    fn from(kind: TransportErrorKind) -> Self {
        Answer(Err(kind))
    }
}

/// A client of a server that answers when a test says so.
fn held() -> (Held, ManualClock, ClientBuilder<Client>) {
    let (held, clock) = (Held::default(), ManualClock::new());
    let builder = Client::builder().base_url("http://a.test").transport(held.clone()).clock(clock.clone());
    (held, clock, builder)
}

fn get(client: &Client, n: usize) -> Call<()> {
    client.call(Method::GET, "/{n}").param("n", n).fetch()
}

/// Numbers that look random, and are the same each time.
struct Dice(u64);

impl Dice {
    fn throw(&mut self, sides: usize) -> usize {
        // SplitMix64.
        self.0 = self.0.wrapping_add(0x9E37_79B9_7F4A_7C15);
        let mut z = self.0;
        z = (z ^ (z >> 30)).wrapping_mul(0xBF58_476D_1CE4_E5B9);
        z = (z ^ (z >> 27)).wrapping_mul(0x94D0_49BB_1331_11EB);
        usize::try_from((z ^ (z >> 31)) % sides as u64).unwrap()
    }
}
