//! How much a client asks for: quotas of its own, kept before the server has to say no.

mod gcra;
mod queue;

pub(crate) use self::{
    gcra::Taken,
    queue::{Full, Limiter},
};

use self::gcra::Quota;
use crate::{
    endpoint::{Api, Endpoint, Rate, RateLimit},
    time::Clock,
};
use serde::Serialize;
use std::{
    fmt,
    sync::{Arc, Mutex, PoisonError},
    time::{Duration, Instant},
};

/// Whose quota it is. All clones of a client, and all traits on it, have the same.
#[derive(Debug, Clone, Copy)]
pub(crate) enum Whose {
    Client,
    Trait(&'static Api),
    Endpoint(&'static Endpoint),
}

impl Whose {
    fn is(self, other: Whose) -> bool {
        match (self, other) {
            (Whose::Client, Whose::Client) => true,
            // By identity: both are statics.
            (Whose::Trait(one), Whose::Trait(other)) => std::ptr::eq(one, other),
            (Whose::Endpoint(one), Whose::Endpoint(other)) => std::ptr::eq(one, other),
            _ => false,
        }
    }

    fn name(self) -> String {
        match self {
            Whose::Client => "client".to_owned(),
            Whose::Trait(api) => api.name().to_owned(),
            Whose::Endpoint(endpoint) => format!("{}::{}", endpoint.api().name(), endpoint.name()),
        }
    }
}

/// A limit of a client as it is now; from [`Client::limits`](crate::Client::limits).
///
/// ```
/// use apiclient::{Client, Rate, RateLimit};
/// use std::time::Duration;
///
/// let limit = RateLimit::new().rate(Rate::new(10, Duration::from_secs(1)));
/// let client = Client::builder().base_url("https://api.example.com").rate_limit(limit).build()?;
/// let [state] = &client.limits()[..] else { panic!("it has one") };
/// assert_eq!((state.name(), state.left(), state.waiting()), ("client", 10, 0));
/// # Ok::<_, apiclient::Error>(())
/// ```
#[derive(Debug, Clone, PartialEq, Eq, Serialize)]
pub struct LimitState {
    name: String,
    calls: u32,
    period_ms: u64,
    burst: u32,
    left: u32,
    waiting: usize,
}

impl LimitState {
    /// Whose it is: `client`, the name of a trait, or `Trait::method`.
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

/// The quotas of a client and of all traits on it.
#[derive(Default)]
pub(crate) struct Limits {
    all: Mutex<Vec<Known>>,
}

struct Known {
    whose: Whose,
    rate: Rate,
    limiter: Arc<Limiter>,
}

impl Limits {
    /// That of somebody, made when it is first asked for; none where nothing is said.
    pub(crate) fn of(
        &self,
        whose: Whose,
        said: Option<RateLimit>,
        clock: &dyn Clock,
    ) -> Option<Arc<Limiter>> {
        let said = said?;
        let rate = said.rate?;
        let mut all = self.all.lock().unwrap_or_else(PoisonError::into_inner);
        if let Some(known) = all.iter().find(|known| known.whose.is(whose)) {
            return Some(known.limiter.clone());
        }
        let quota = Quota::new(rate.calls(), rate.period(), said.burst)?;
        let limiter = Arc::new(Limiter::new(quota, clock.now()));
        all.push(Known { whose, rate, limiter: limiter.clone() });
        Some(limiter)
    }

    pub(crate) fn states(&self, clock: &dyn Clock) -> Vec<LimitState> {
        let all = self.all.lock().unwrap_or_else(PoisonError::into_inner);
        let state = |known: &Known| {
            let (left, waiting) = known.limiter.look(clock.now());
            LimitState {
                name: known.whose.name(),
                calls: known.rate.calls(),
                period_ms: u64::try_from(known.rate.period().as_millis()).unwrap_or(u64::MAX),
                burst: known.limiter.burst(),
                left,
                waiting,
            }
        };
        all.iter().map(state).collect()
    }
}

/// Those that a call has to pass, and how it behaves before them.
pub(crate) struct Gates {
    pub(crate) all: [Option<Arc<Limiter>>; 2],
    pub(crate) cost: u32,
    /// Or it is refused at once.
    pub(crate) waits: bool,
}

impl Gates {
    /// Passes all of them; whether it had to wait. What was taken goes back if one has no room, or if nobody waits any more.
    pub(crate) async fn pass(&self, clock: &dyn Clock, due: Instant) -> Result<bool, Full> {
        let began = clock.now();
        let mut passed = Passed(Vec::new());
        for limiter in self.all.iter().flatten() {
            let taken = match self.waits {
                true => limiter.admit(clock, self.cost, due).await?,
                false => limiter.try_admit(began, self.cost)?,
            };
            passed.0.push((limiter, taken));
        }
        passed.0.clear();
        Ok(clock.now() > began)
    }
}

/// What goes back when it is dropped.
struct Passed<'a>(Vec<(&'a Limiter, Taken)>);

impl Drop for Passed<'_> {
    fn drop(&mut self) {
        // The last one first, as with all that is nested.
        for (limiter, taken) in self.0.drain(..).rev() {
            limiter.give_back(taken);
        }
    }
}

impl fmt::Debug for Limits {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        let all = self.all.lock().unwrap_or_else(PoisonError::into_inner);
        f.debug_list().entries(all.iter().map(|known| known.whose)).finish()
    }
}
