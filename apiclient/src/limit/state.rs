//! Limits and breakers as they are now, for people and for dashboards.

use super::{Keeper, server::Look};
use crate::{
    endpoint::{BreakerPhase, Rate},
    origin::Origin,
};
use serde::{Serialize, Serializer, ser::SerializeStruct};
use std::{
    sync::Arc,
    time::{Duration, Instant},
};

/// The limits and breakers of a client as they are now; from [`Client::limits`](crate::Client::limits).
///
/// ```
/// use apiclient::{Client, Rate, RateLimit};
/// use std::time::Duration;
///
/// let limit = RateLimit::new().rate(Rate::new(10, Duration::from_secs(1)));
/// let client = Client::builder().base_url("https://api.example.com").rate_limit(limit).build()?;
/// let limits = client.limits();
/// let [state] = limits.rates() else { panic!("it has one") };
/// assert_eq!((state.name(), state.left(), state.waiting()), ("client", 10, 0));
/// # Ok::<_, apiclient::Error>(())
/// ```
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Limits {
    rates: Vec<LimitState>,
    servers: Vec<ServerLimit>,
    concurrency: Vec<ConcurrencyState>,
    breakers: Vec<BreakerState>,
}

/// A limit of the client's own, `#[rate_limit]`.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct LimitState {
    name: String,
    calls: u32,
    period_ms: u64,
    burst: u32,
    left: u32,
    waiting: usize,
}

/// A limit of a server, by its own word.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct ServerLimit {
    server: String,
    name: Option<String>,
    quota: Option<u64>,
    left: Option<u64>,
    resets_after_ms: Option<u64>,
    waiting: usize,
}

/// How many are under way, `#[concurrency]`.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct ConcurrencyState {
    name: String,
    origin: Option<String>,
    pub(crate) at: Option<Arc<Origin>>,
    limit: u32,
    is_adaptive: bool,
    under_way: u32,
    waiting: usize,
}

/// A circuit breaker, `#[breaker]`.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct BreakerState {
    name: String,
    origin: Option<String>,
    pub(crate) at: Option<Arc<Origin>>,
    phase: BreakerPhase,
    retry_after_ms: Option<u64>,
    tried: u64,
    failed: u64,
}

/// By their fields. A derive would cost everybody a proc macro more to build.
macro_rules! serialize {
    ($($of:ident { $($field:ident),* })*) => { $(
        impl Serialize for $of {
            fn serialize<S: Serializer>(&self, serializer: S) -> Result<S::Ok, S::Error> {
                let fields = [$(stringify!($field)),*].len();
                let mut out = serializer.serialize_struct(stringify!($of), fields)?;
                $( out.serialize_field(stringify!($field), &self.$field)?; )*
                out.end()
            }
        }
    )* };
}

serialize! {
    Limits { rates, servers, concurrency, breakers }
    LimitState { name, calls, period_ms, burst, left, waiting }
    ServerLimit { server, name, quota, left, resets_after_ms, waiting }
    ConcurrencyState { name, origin, limit, is_adaptive, under_way, waiting }
    BreakerState { name, origin, phase, retry_after_ms, tried, failed }
}

impl Limits {
    pub(super) fn new(keeper: &Keeper, now: Instant) -> Self {
        let rates = keeper.quotas.all().into_iter().map(|((name, said), limiter)| {
            let nanos = limiter.own.nanos(now);
            let (left, _) = limiter.own.look(|gcra| gcra.used.left(gcra.quota, nanos));
            let waiting = limiter.waiting();
            LimitState {
                name: name.text(),
                calls: said.rate.calls(),
                period_ms: millis(said.rate.period()),
                burst: said.burst,
                left,
                waiting,
            }
        });
        let servers = keeper.servers.all().into_iter().flat_map(|(_, server)| {
            server.looks(now).into_iter().map(move |look| ServerLimit::new(&server.name, look))
        });
        let concurrency = keeper.slots.all().into_iter().map(|((name, _), queue)| {
            let ((limit, is_adaptive, under_way), waiting) =
                queue.look(|slots| (slots.most(), slots.is_adaptive(), slots.busy()));
            let origin = name.origin.as_ref().map(ToString::to_string);
            ConcurrencyState {
                name: name.text(),
                origin,
                at: name.origin,
                limit,
                is_adaptive,
                under_way,
                waiting,
            }
        });
        let breakers = keeper.circuits.all().into_iter().map(|((name, _), circuit)| {
            let (phase, wait, tried, failed) = circuit.look(now);
            let origin = name.origin.as_ref().map(ToString::to_string);
            BreakerState {
                name: name.text(),
                origin,
                at: name.origin,
                phase,
                retry_after_ms: wait.map(millis),
                tried,
                failed,
            }
        });
        let mut limits = Limits {
            rates: rates.collect(),
            servers: servers.collect(),
            concurrency: concurrency.collect(),
            breakers: breakers.collect(),
        };
        limits.rates.sort_by(|a, b| a.name.cmp(&b.name));
        limits.servers.sort_by(|a, b| (&a.server, &a.name).cmp(&(&b.server, &b.name)));
        limits.concurrency.sort_by(|a, b| (&a.name, &a.origin).cmp(&(&b.name, &b.origin)));
        limits.breakers.sort_by(|a, b| (&a.name, &a.origin).cmp(&(&b.name, &b.origin)));
        limits
    }

    /// The client's own, by their names; those of methods and of keys from their first call on.
    pub fn rates(&self) -> &[LimitState] {
        &self.rates
    }

    /// Those of the servers, as far as they have said something.
    pub fn servers(&self) -> &[ServerLimit] {
        &self.servers
    }

    /// How many calls are under way where that is limited.
    pub fn concurrency(&self) -> &[ConcurrencyState] {
        &self.concurrency
    }

    /// The circuit breakers.
    pub fn breakers(&self) -> &[BreakerState] {
        &self.breakers
    }
}

fn millis(duration: Duration) -> u64 {
    u64::try_from(duration.as_millis()).unwrap_or(u64::MAX)
}

impl LimitState {
    /// Whose it is: `client`, the name of a trait, or `Trait::method`, with its key in brackets.
    pub fn name(&self) -> &str {
        &self.name
    }

    /// So many in a period.
    pub fn rate(&self) -> Rate {
        Rate::new(self.calls, Duration::from_millis(self.period_ms))
    }

    /// So many at once.
    pub fn burst(&self) -> u32 {
        self.burst
    }

    /// How many there is room for now.
    pub fn left(&self) -> u32 {
        self.left
    }

    /// How many calls wait for their turn.
    pub fn waiting(&self) -> usize {
        self.waiting
    }
}

impl ServerLimit {
    pub(super) fn new(server: &str, look: Look) -> Self {
        let Look { name, quota, left, resets_after, waiting } = look;
        let resets_after_ms = resets_after.map(millis);
        ServerLimit { server: server.to_owned(), name, quota, left, resets_after_ms, waiting }
    }

    /// The origin, with the key of the client's limit in brackets.
    pub fn server(&self) -> &str {
        &self.server
    }

    /// What the server calls it.
    pub fn name(&self) -> Option<&str> {
        self.name.as_deref()
    }

    /// How much there is in all, if it says so.
    pub fn quota(&self) -> Option<u64> {
        self.quota
    }

    /// What is left, less what is under way.
    pub fn left(&self) -> Option<u64> {
        self.left
    }

    /// Until all of it is there again.
    pub fn resets_after(&self) -> Option<Duration> {
        self.resets_after_ms.map(Duration::from_millis)
    }

    /// How many calls wait for it.
    pub fn waiting(&self) -> usize {
        self.waiting
    }
}

impl ConcurrencyState {
    /// Whose it is: `client`, the name of a trait, or `Trait::method`.
    pub fn name(&self) -> &str {
        &self.name
    }

    /// To where.
    pub fn origin(&self) -> Option<&str> {
        self.origin.as_deref()
    }

    /// So many at a time, now.
    pub fn limit(&self) -> u32 {
        self.limit
    }

    /// Whether that is found out.
    pub fn is_adaptive(&self) -> bool {
        self.is_adaptive
    }

    /// How many are.
    pub fn under_way(&self) -> u32 {
        self.under_way
    }

    /// How many calls wait for a place.
    pub fn waiting(&self) -> usize {
        self.waiting
    }
}

impl BreakerState {
    /// Whose it is: `client`, the name of a trait, or `Trait::method`.
    pub fn name(&self) -> &str {
        &self.name
    }

    /// Of which origin.
    pub fn origin(&self) -> Option<&str> {
        self.origin.as_deref()
    }

    /// What it does.
    pub fn phase(&self) -> BreakerPhase {
        self.phase
    }

    /// If it is open, until the next try; zero if that may come now.
    pub fn retry_after(&self) -> Option<Duration> {
        self.retry_after_ms.map(Duration::from_millis)
    }

    /// How many requests it has counted within its window.
    pub fn tried(&self) -> u64 {
        self.tried
    }

    /// How many of them failed.
    pub fn failed(&self) -> u64 {
        self.failed
    }
}
