//! One route of a stub: its answers, and what it was asked.

use super::{
    Sent,
    target::{Not, Target},
    value,
};
use crate::{
    answer::Reply,
    testing::{Times, times::Was, turns::Turns},
    time::{BoxFuture, Clock},
    transport::{TransportError, TransportErrorKind},
};
use http::{HeaderName, HeaderValue, StatusCode};
use serde::Serialize;
use std::{
    fmt,
    sync::{Arc, Mutex, MutexGuard, PoisonError},
    time::Duration,
};

type Condition = Arc<dyn Fn(&Sent) -> bool + Send + Sync>;
type Function = Arc<dyn Fn(&Sent) -> Result<Reply, TransportError> + Send + Sync>;
type AsyncFunction = Arc<dyn Fn(&Sent) -> BoxFuture<'static, Result<Reply, TransportError>> + Send + Sync>;

/// One answer, and how long it takes.
#[derive(Clone)]
pub(super) struct Answer {
    what: What,
    delay: Duration,
}

#[derive(Clone)]
enum What {
    Reply(Reply),
    Failure(TransportErrorKind),
    Function(Function),
    Async(AsyncFunction),
    Never,
}

impl Answer {
    pub(super) async fn give(self, sent: &Sent, clock: &dyn Clock) -> Result<Reply, TransportError> {
        if !self.delay.is_zero() {
            clock.sleep(self.delay).await;
        }
        match self.what {
            What::Reply(reply) => Ok(reply),
            What::Failure(kind) => Err(TransportError::new(kind, "said by the stub")),
            What::Function(function) => function(sent),
            What::Async(function) => function(sent).await,
            What::Never => std::future::pending().await,
        }
    }
}

/// Behind an answer of `returns` that its endpoint cannot read.
const WRONG_TYPE: &str =
    " (help: `.returns(..)` of a stub takes a value of the type that the method returns)";

/// A route of a [`Stub`](super::Stub), from [`Stub::on`](super::Stub::on): its answers come in the order in which they are given,
/// and the last one stands for all further requests.
///
/// ```
/// use apiclient::{Client, Method, Retry, testing::Stub, transport::TransportErrorKind};
///
/// # #[tokio::main(flavor = "current_thread")]
/// # async fn main() -> Result<(), apiclient::Error> {
/// let stub = Stub::new();
/// let route = stub.on("GET /motto").fails(TransportErrorKind::Connect).returns("be kind").times(2..);
///
/// let client = Client::builder().base_url("http://stub.test").transport(stub.clone()).retry(Retry::none()).build()?;
/// let motto = || client.call(Method::GET, "/motto").fetch::<String>();
/// assert!(motto().await.is_err());
/// assert_eq!(motto().await?, "be kind");
/// assert_eq!(motto().await?, "be kind");
/// assert_eq!(route.requests().len(), 3);
/// stub.verify();
/// # Ok(()) }
/// ```
#[derive(Clone)]
pub struct Route(Arc<Entry>);

pub(super) struct Entry {
    pub(super) target: Target,
    state: Mutex<State>,
}

#[derive(Default)]
struct State {
    answers: Vec<Answer>,
    turns: Turns,
    condition: Option<Condition>,
    times: Option<Times>,
    requests: Vec<Sent>,
}

impl Entry {
    fn lock(&self) -> MutexGuard<'_, State> {
        self.state.lock().unwrap_or_else(PoisonError::into_inner)
    }

    /// The next answer for a request, which is remembered, if the route takes it; `None` inside where there is no answer yet.
    pub(super) fn take(&self, sent: &Sent) -> Result<Option<Answer>, Not> {
        // The user's function runs outside of the lock: it may look at the route.
        let condition = self.lock().condition.clone();
        if condition.is_some_and(|condition| !condition(sent)) {
            return Err(Not::Condition);
        }
        let mut state = self.lock();
        if !state.times.unwrap_or(Times::ANY).allows_more(state.requests.len()) {
            return Err(Not::UsedUp(state.requests.len()));
        }
        state.requests.push(sent.clone());
        let answers = state.answers.len();
        let next = state.turns.next(answers);
        Ok(next.and_then(|next| state.answers.get(next).cloned()))
    }

    /// What is not as expected.
    pub(super) fn complaint(&self) -> Option<String> {
        let state = self.lock();
        let (count, times) = (state.requests.len(), state.times);
        let target = &self.target;
        match times {
            Some(times) if times.contains(count) => None,
            Some(times) => Some(format!("`{target}` {}; expected: {times}", Was("asked", count))),
            None if count > 0
                && !state.answers.is_empty()
                && !state.turns.is_through(state.answers.len()) =>
            {
                let answers = state.answers.len();
                Some(format!("`{target}` {}, and has {answers} answers", Was("asked", count)))
            }
            None if count > 0 => None,
            None => Some(format!(
                "`{target}` was never asked\n  help: take the route away, or say `.times(0..)` if it need not be asked"
            )),
        }
    }
}

impl Route {
    pub(super) fn new(target: Target) -> Self {
        Route(Arc::new(Entry { target, state: Mutex::default() }))
    }

    pub(super) fn entry(&self) -> &Arc<Entry> {
        &self.0
    }

    fn add(self, what: What) -> Self {
        self.0.lock().answers.push(Answer { what, delay: Duration::ZERO });
        self
    }

    /// Changes the answer that was given last.
    #[track_caller]
    #[expect(clippy::panic, reason = "a mistake in a test, said where it stands")]
    fn change(self, called: &str, change: impl FnOnce(&mut Answer) -> bool) -> Self {
        let changed = self.0.lock().answers.last_mut().map(change);
        match changed {
            Some(true) => self,
            Some(false) => panic!("`.{called}` changes a reply, and the answer before it is none"),
            None => panic!("`.{called}` changes the answer before it, and there is none yet"),
        }
    }

    /// Answers with what the endpoint then returns as this value: a text as text, bytes as bytes, `()` as an empty body, anything
    /// else as JSON, within the endpoint's envelope if it has one. The status is 200, or the first of `#[success]`.
    ///
    /// # Panics
    ///
    /// If the value cannot be written as JSON.
    #[track_caller]
    #[expect(clippy::panic, reason = "a mistake in a test, said where it stands")]
    pub fn returns(self, value: &(impl Serialize + ?Sized)) -> Self {
        match value::reply(value, self.0.target.endpoint) {
            Ok(mut reply) => {
                reply.help = Some(WRONG_TYPE);
                self.add(What::Reply(reply))
            }
            Err(e) => panic!("the answer of `{}` cannot be written as JSON: {e}", self.0.target),
        }
    }

    /// Answers with a reply as it is: an error, HTML, a header.
    pub fn reply(self, reply: Reply) -> Self {
        self.add(What::Reply(reply))
    }

    /// Gives no reply: the connection is refused, or breaks.
    pub fn fails(self, kind: TransportErrorKind) -> Self {
        self.add(What::Failure(kind))
    }

    /// Never answers: the call ends with its time limit.
    pub fn hangs(self) -> Self {
        self.add(What::Never)
    }

    /// Answers with a function of what was sent. Whatever cannot be read of it can go out with `?`.
    ///
    /// ```
    /// # use apiclient::{testing::Stub, transport::Reply};
    /// # let stub = Stub::new();
    /// stub.on("GET /squares/{n}").answers(|sent| {
    ///     let n: u64 = sent.path("n")?;
    ///     Ok(Reply::json(200, &(n * n))?)
    /// });
    /// ```
    pub fn answers(
        self,
        answer: impl Fn(&Sent) -> Result<Reply, TransportError> + Send + Sync + 'static,
    ) -> Self {
        self.add(What::Function(Arc::new(answer)))
    }

    /// Answers with a future that is made of what was sent: one that waits for the test.
    pub fn answers_with(
        self,
        answer: impl Fn(&Sent) -> BoxFuture<'static, Result<Reply, TransportError>> + Send + Sync + 'static,
    ) -> Self {
        self.add(What::Async(Arc::new(answer)))
    }

    /// The answer before it takes so long, by the clock of the call.
    ///
    /// # Panics
    ///
    /// If there is no answer yet.
    #[track_caller]
    pub fn after(self, delay: Duration) -> Self {
        self.change("after(..)", |answer| {
            answer.delay = delay;
            true
        })
    }

    /// The reply before it has this status.
    ///
    /// # Panics
    ///
    /// If the answer before it is no reply, or the status is none (100 to 999).
    #[track_caller]
    #[expect(clippy::panic, reason = "a mistake in a test, said where it stands")]
    pub fn status(self, status: u16) -> Self {
        let Ok(code) = StatusCode::from_u16(status) else {
            panic!("{status} is no status: there are 100 to 999")
        };
        self.change("status(..)", |answer| match &mut answer.what {
            What::Reply(reply) => {
                reply.status = code;
                true
            }
            _ => false,
        })
    }

    /// The reply before it has this header, too.
    ///
    /// # Panics
    ///
    /// If the answer before it is no reply, or no header has such a name or value.
    #[track_caller]
    #[expect(clippy::panic, reason = "a mistake in a test, said where it stands")]
    pub fn header(self, name: &str, value: &str) -> Self {
        let (Ok(name), Ok(value)) = (HeaderName::from_bytes(name.as_bytes()), HeaderValue::from_str(value))
        else {
            panic!("`{name}` with this value is no header")
        };
        self.change("header(..)", |answer| match &mut answer.what {
            What::Reply(reply) => {
                reply.headers.append(name, value);
                true
            }
            _ => false,
        })
    }

    /// The route takes only requests of which this is true.
    pub fn when(self, condition: impl Fn(&Sent) -> bool + Send + Sync + 'static) -> Self {
        self.0.lock().condition = Some(Arc::new(condition));
        self
    }

    /// How often the route is to be asked: `2`, `1..`, `..=3`, `0`. Beyond that it takes no request; [`Stub::verify`] finds out
    /// whether it was asked often enough. Default: at least once.
    ///
    /// [`Stub::verify`]: super::Stub::verify
    pub fn times(self, times: impl Into<Times>) -> Self {
        self.0.lock().times = Some(times.into());
        self
    }

    /// What this route was asked so far, in order.
    pub fn requests(&self) -> Vec<Sent> {
        self.0.lock().requests.clone()
    }
}

impl fmt::Debug for Route {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        write!(f, "Route({}, {})", self.0.target, Was("asked", self.0.lock().requests.len()))
    }
}
