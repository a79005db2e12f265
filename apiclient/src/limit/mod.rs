//! How much a client asks for, and of whom no longer: limits of its own, those of servers, circuit breakers.

mod circuit;
mod gcra;
mod guards;
mod hedge;
mod queue;
mod registry;
mod served;
mod server;
mod slots;
mod state;
mod store;

pub(crate) use self::{
    circuit::Circuit,
    guards::{Ended, Guards, Pass, Places, Refused},
    hedge::Hedges,
    registry::{Name, Whose},
    server::Route,
};
pub use self::{
    state::{BreakerState, ConcurrencyState, LimitState, Limits, ServerLimit},
    store::{Ask, Decision, Kept, LimitStore, LimitStoreError, MemoryStore},
};

use self::{
    circuit::{Of, Rules},
    gcra::Quota,
    queue::Queue,
    registry::Registry,
    server::{Look, Server},
    slots::Slots,
    store::Limiter,
};
use crate::{
    endpoint::{Breaker, Concurrency, Endpoint, Heeds, RateLimit, RateLimitDialect},
    hooks::Hooks,
    time::Clock,
};
use std::{fmt, sync::Arc};

/// A quota and its queue.
pub(crate) type Quotas = Arc<Limiter>;

/// Who is told when little is left.
pub(crate) type OnLow = Arc<dyn Fn(&ServerLimit) + Send + Sync>;

/// All limits and breakers of a client and of all traits on it.
#[derive(Default)]
pub(crate) struct Keeper {
    quotas: Registry<(Name, Said), Limiter>,
    slots: Registry<(Name, Option<u32>), Queue<Slots>>,
    circuits: Registry<(Name, Rules), Circuit>,
    servers: Registry<Name, Server>,
    pub(crate) hedges: Hedges,
    on_low: Option<OnLow>,
    store: Option<Arc<dyn LimitStore>>,
    hooks: Arc<Hooks>,
}

/// What was said about a quota: who says another thing has another one.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Hash)]
struct Said {
    rate: crate::endpoint::Rate,
    burst: u32,
}

impl Keeper {
    pub(crate) fn new(on_low: Option<OnLow>, store: Option<Arc<dyn LimitStore>>, hooks: Arc<Hooks>) -> Self {
        Keeper { on_low, store, hooks, ..Keeper::default() }
    }

    /// The quota of this name; none where no rate is said.
    pub(crate) fn quota(&self, name: Name, said: RateLimit, clock: &dyn Clock) -> Option<Quotas> {
        let rate = said.rate?;
        let quota = Quota::new(rate.calls(), rate.period(), said.burst)?;
        let said = Said { rate, burst: quota.burst() };
        let is_free = |limiter: &Limiter| {
            let nanos = limiter.own.nanos(clock.now());
            limiter.own.look(|gcra| gcra.used.is_free(nanos)).0 && limiter.waiting() == 0
        };
        let shared = |name: &Name| self.store.as_ref().map(|store| (store.clone(), name.text()));
        let make = |(name, _): &(Name, Said)| Limiter::new(quota, shared(name), clock.now());
        Some(self.quotas.of((name, said), make, is_free))
    }

    pub(crate) fn slots(&self, name: Name, said: Concurrency, clock: &dyn Clock) -> Arc<Queue<Slots>> {
        let make = |_: &_| Queue::new(Slots::new(said.most), clock.now());
        self.slots.of((name, said.most), make, |_| false)
    }

    pub(crate) fn circuit(&self, name: Name, said: Breaker, clock: &dyn Clock) -> Arc<Circuit> {
        let rules = Rules::new(said);
        let of =
            |name: &Name| Of { name: name.text(), origin: name.origin.clone(), hooks: self.hooks.clone() };
        self.circuits.of((name, rules), |(name, _)| Circuit::new(rules, clock.now(), of(name)), |_| false)
    }

    /// How a call goes through the limits of the server itself.
    pub(crate) fn route(
        &self,
        name: Name,
        endpoint: Option<&'static Endpoint>,
        said: RateLimit,
        clock: &dyn Clock,
    ) -> Option<Route> {
        let dialect = match said.heeds {
            None => RateLimitDialect::Guess,
            Some(Heeds::Server(dialect)) => dialect,
            Some(Heeds::Nobody) => return None,
        };
        let make = |name: &Name| Server::new(name.server());
        let server = self.servers.of(name, make, |server| server.is_free(clock.now()));
        Some(Route { server, endpoint, dialect, warn_below: said.warn_below })
    }

    /// Somebody wants to know that little is left.
    fn tell(&self, name: &str, low: Vec<Look>) {
        if let Some(tell) = &self.on_low {
            for look in low {
                tell(&ServerLimit::new(name, look));
            }
        }
    }

    /// Other policies hold from now on.
    #[cfg(feature = "config")]
    pub(crate) fn renew(&self) {
        self.quotas.renew();
        self.slots.renew();
        self.circuits.renew();
    }

    pub(crate) fn states(&self, clock: &dyn Clock) -> Limits {
        Limits::new(self, clock.now())
    }
}

impl fmt::Debug for Keeper {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.debug_struct("Keeper").finish_non_exhaustive()
    }
}
