//! A transport that misbehaves, as often as told and each time the same.

mod draw;
mod explore;
mod fault;
mod history;
mod latency;
mod replay;
mod rules;

pub use explore::{World, explore, replay};
pub use fault::Fault;
pub use history::Event;
pub use latency::Latency;
pub use rules::Rules;

use crate::{
    endpoint::Endpoint,
    origin::Origin,
    transport::{Attempt, BoxFuture, Reply, Trace, Transport, TransportError},
};
use history::{Decision, Journal, Judge};
use http::{HeaderMap, HeaderValue, header};
use replay::Replay;
use std::{collections::BTreeMap, fmt, sync::Arc, time::Duration};

/// A [`Transport`] around another that misbehaves: by rate, by script, per endpoint, in the time of the client's clock.
///
/// The same seed brings the same: what happens to an attempt depends on the seed, on its endpoint and on which attempt of
/// that endpoint it is, and on nothing else. Attempts of other endpoints that come in between change nothing. A call that no
/// trait declares goes by its verb and path.
///
/// Clones share what has happened. Set it up before it is cloned. [`explore`] looks for the seed that breaks a program.
///
/// ```
/// use apiclient::{Client, Method, Retry, testing::{Chaos, Fault, Latency, ManualClock, Stub}};
/// use std::time::Duration;
///
/// let chaos = Chaos::new(Stub::json("42"))
///     .seed(7)
///     .latency(Latency::fixed(Duration::from_millis(20)))
///     .script([None, Some(Fault::Refuse)])
///     .rate(Fault::storm(503, 4), 0.01);
/// let clock = ManualClock::new();
/// let client = Client::builder().base_url("http://stub.test").transport(chaos.clone()).clock(clock.clone());
/// let client = client.retry(Retry::none()).build()?;
///
/// let number = || client.call(Method::GET, "/number").fetch::<u64>();
/// assert_eq!(clock.run(number())?, 42);
/// assert!(clock.run(number()).unwrap_err().is_connect());
/// assert_eq!(chaos.history()[1].to_string(), "GET /number: the connection was refused, after 20ms");
/// # Ok::<_, apiclient::Error>(())
/// ```
#[derive(Clone)]
pub struct Chaos {
    inner: Arc<dyn Transport>,
    plan: Arc<Plan>,
    journal: Journal,
}

#[derive(Debug, Clone, Default)]
struct Plan {
    seed: u64,
    /// Tells several in one world apart.
    prefix: String,
    general: Rules,
    /// By the name of their endpoint.
    own: BTreeMap<String, Rules>,
    replay: Option<BTreeMap<history::Place, Fault>>,
}

impl Chaos {
    /// Around `inner`, and it does nothing yet.
    pub fn new(inner: impl Transport + 'static) -> Self {
        Chaos { inner: Arc::new(inner), plan: Arc::default(), journal: Journal::default() }
    }

    fn plan(mut self, change: impl FnOnce(&mut Plan)) -> Self {
        change(Arc::make_mut(&mut self.plan));
        self
    }

    /// What everything is drawn from. Default: 0.
    pub fn seed(self, seed: u64) -> Self {
        self.plan(|plan| plan.seed = seed)
    }

    /// How long each attempt takes. Default: no time.
    pub fn latency(self, latency: Latency) -> Self {
        self.plan(|plan| plan.general.latency = Some(latency))
    }

    /// How often `fault` happens: 0.05 is one attempt in twenty. An attempt has one fault at most. Default: never.
    ///
    /// # Panics
    ///
    /// If the rate is not from 0 to 1, or all rates together are more than 1.
    #[track_caller]
    pub fn rate(mut self, fault: Fault, rate: f64) -> Self {
        let plan = Arc::make_mut(&mut self.plan);
        plan.general = std::mem::take(&mut plan.general).rate(fault, rate);
        self
    }

    /// What happens to the first attempts, one by one, whatever their endpoint; `None` leaves an attempt alone. Then the rates
    /// count. Endpoints with rules of their own are not counted.
    pub fn script(self, script: impl IntoIterator<Item = Option<Fault>>) -> Self {
        self.plan(|plan| plan.general = std::mem::take(&mut plan.general).script(script))
    }

    /// Rules for the attempts of one endpoint, instead of all general ones: they begin with no fault and no latency.
    ///
    /// ```
    /// use apiclient::{prelude::*, testing::{Chaos, Fault, Stub}};
    ///
    /// #[api_client(base_url = "http://stub.test")]
    /// pub trait Users {
    ///     #[get("/users/{id}")]
    ///     fn user(&self, id: u64) -> Call<String>;
    /// }
    ///
    /// let chaos = Chaos::new(Stub::json("1"))
    ///     .rate(Fault::Reset, 0.02)
    ///     .on(&UsersClient::ENDPOINTS.user, |rules| rules.rate(Fault::Status(500), 0.5));
    /// ```
    pub fn on(self, endpoint: &Endpoint, rules: impl FnOnce(Rules) -> Rules) -> Self {
        let name = history::name(endpoint);
        self.plan(|plan| {
            let known = plan.own.remove(&name).unwrap_or_default();
            plan.own.insert(name, rules(known));
        })
    }

    /// Exactly the faults of a history that was written down, as [`explore`] does; no rate and no script counts any more. The
    /// latencies are those of its seed.
    ///
    /// # Panics
    ///
    /// If `history` cannot be read.
    #[track_caller]
    pub fn replay(self, history: &str) -> Self {
        let Replay { seed, faults } = replay::read(history);
        self.plan(|plan| {
            plan.seed = seed;
            plan.replay = Some(faults);
        })
    }

    /// What was done so far, in the order in which the attempts came.
    pub fn history(&self) -> Vec<Event> {
        self.journal.history()
    }

    fn decide(&self, attempt: &Attempt<'_>) -> Decision {
        let plan = &*self.plan;
        let own = attempt.endpoint().and_then(|endpoint| plan.own.get(&history::name(endpoint)));
        let judge = Judge {
            seed: plan.seed,
            prefix: &plan.prefix,
            rules: own.unwrap_or(&plan.general),
            is_general: own.is_none(),
            replay: plan.replay.as_ref(),
        };
        self.journal.decide(&judge, attempt)
    }

    async fn carry_out(&self, attempt: Attempt<'_>, decision: Decision) -> Result<Reply, TransportError> {
        let Decision { fault, latency, random } = decision;
        let sees = matches!(fault, None | Some(Fault::Reset | Fault::Truncate | Fault::Garbage));
        if !sees {
            wait(&attempt, latency).await;
        }
        let limits = attempt.limits;
        match fault {
            None => self.deliver(attempt, latency).await,
            Some(Fault::Reset) => {
                self.deliver(attempt, latency).await?;
                Err(fault::reset())
            }
            Some(Fault::Truncate) => {
                let mut reply = self.deliver(attempt, latency).await?;
                // As over a socket: a success without its body is none, an error's is what came of it.
                if limits.successes.contains(reply.status) {
                    return Err(fault::broken_off());
                }
                let length = draw::index(&random, reply.body.len());
                reply.body.truncate(length);
                Ok(reply)
            }
            Some(Fault::Garbage) => {
                let mut reply = self.deliver(attempt, latency).await?;
                reply.body = draw::bytes(&random, reply.body.len());
                Ok(reply)
            }
            Some(Fault::Refuse) => Err(fault::refused()),
            Some(Fault::ResetBefore) => Err(fault::reset()),
            Some(Fault::NoHttp) => Err(fault::no_http()),
            Some(Fault::Status(status) | Fault::Storm { status, .. }) => made_up(&attempt, status),
            Some(Fault::Hang) => std::future::pending().await,
        }
    }

    /// There, to the other transport, and back.
    async fn deliver(&self, attempt: Attempt<'_>, latency: Duration) -> Result<Reply, TransportError> {
        let (clock, half) = (attempt.clock, latency / 2);
        if latency.is_zero() {
            return self.inner.send(attempt).await;
        }
        wait(&attempt, half).await;
        // The head of an error is on its way back as well: nobody knows of it yet.
        let trace = Trace::default();
        let reply = self.inner.send(Attempt { trace: &trace, ..attempt }).await;
        clock.sleep(latency.saturating_sub(half)).await;
        reply
    }
}

async fn wait(attempt: &Attempt<'_>, time: Duration) {
    if !time.is_zero() {
        attempt.clock.sleep(time).await;
    }
}

/// An answer that no server gave, within the same limits as one.
fn made_up(attempt: &Attempt<'_>, status: u16) -> Result<Reply, TransportError> {
    const TEXT: HeaderValue = HeaderValue::from_static("text/plain");
    let mut reply = Reply::new(status, "made up by a test").with_header(header::CONTENT_TYPE, TEXT);
    let mut body = attempt.collector(reply.status, &reply.headers)?;
    body.push(std::mem::take(&mut reply.body))?;
    reply.body = body.finish()?;
    Ok(reply)
}

impl Transport for Chaos {
    fn default_headers(&self, origin: &Origin) -> HeaderMap {
        self.inner.default_headers(origin)
    }

    fn checks_addresses(&self) -> bool {
        self.inner.checks_addresses()
    }

    fn send<'a>(&'a self, attempt: Attempt<'a>) -> BoxFuture<'a, Result<Reply, TransportError>> {
        let decision = self.decide(&attempt);
        Box::pin(self.carry_out(attempt, decision))
    }
}

impl fmt::Debug for Chaos {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        let attempts = self.history().len();
        f.debug_struct("Chaos")
            .field("seed", &self.plan.seed)
            .field("attempts", &attempts)
            .field("inner", &self.inner)
            .finish_non_exhaustive()
    }
}
