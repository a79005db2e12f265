//! Quotas that several processes share.

use super::{
    gcra::{self, Gcra, Quota, Used},
    queue::{Full, Queue},
    slots::Slots,
};
use crate::time::{self, BoxFuture, Clock};
use std::{
    collections::HashMap,
    fmt,
    sync::{Arc, Mutex, PoisonError},
    time::{Duration, Instant},
};

/// What goes wrong with a store.
pub type LimitStoreError = Box<dyn std::error::Error + Send + Sync>;

/// Where the quotas of `#[rate_limit]` are kept, so that several clients, processes or machines share them:
/// [`ClientBuilder::limit_store`](crate::ClientBuilder::limit_store). One number for each quota, changed only where it is what it was.
///
/// Where a store fails, or takes longer than 50 ms, each client keeps to the quota by itself, as if there were no store.
///
/// ```
/// use apiclient::{Kept, LimitStore, LimitStoreError, time::BoxFuture};
/// use std::time::Duration;
///
/// #[derive(Debug)]
/// struct Redis { /* a connection */ }
///
/// impl LimitStore for Redis {
///     fn get<'a>(&'a self, key: &'a str) -> BoxFuture<'a, Result<Kept, LimitStoreError>> {
///         Box::pin(async move {
///             // `TIME` and `GET key`
/// #           let (now, value) = (Duration::ZERO, None);
///             Ok(Kept::new(value, now))
///         })
///     }
///
///     fn compare_and_set<'a>(
///         &'a self,
///         key: &'a str,
///         old: Option<u64>,
///         new: u64,
///         keep: Duration,
///     ) -> BoxFuture<'a, Result<bool, LimitStoreError>> {
///         Box::pin(async move {
///             // a script of four lines: `GET`, compare, `SET key new PX keep`
/// #           let _ = (key, old, new, keep);
///             Ok(true)
///         })
///     }
/// }
/// ```
pub trait LimitStore: fmt::Debug + Send + Sync {
    /// What is kept under `key`, and what time it is there.
    fn get<'a>(&'a self, key: &'a str) -> BoxFuture<'a, Result<Kept, LimitStoreError>>;

    /// Puts `new` in the place of `old`, where `None` is nothing; false if something else stands there by now. After `keep` it says
    /// nothing any more and may be forgotten.
    fn compare_and_set<'a>(
        &'a self,
        key: &'a str,
        old: Option<u64>,
        new: u64,
        keep: Duration,
    ) -> BoxFuture<'a, Result<bool, LimitStoreError>>;

    /// Lets one call through, or says how long there is no room for it. It must be atomic; a store that can do that in one step does.
    /// Default: [`get`](Self::get), [`Ask::decide`] and [`compare_and_set`](Self::compare_and_set), again where somebody else was
    /// quicker, at most 16 times.
    fn admit<'a>(&'a self, key: &'a str, ask: Ask) -> BoxFuture<'a, Result<Decision, LimitStoreError>> {
        Box::pin(async move {
            for _ in 0..16 {
                let kept = self.get(key).await?;
                let decision = ask.decide(kept);
                let Decision::Admit { value, keep } = decision else { return Ok(decision) };
                if self.compare_and_set(key, kept.value, value, keep).await? {
                    return Ok(decision);
                }
            }
            Err("too many others change it at the same time".into())
        })
    }
}

/// What a store keeps of a quota.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub struct Kept {
    value: Option<u64>,
    now: Duration,
}

impl Kept {
    /// The number, and the time of the store: since any moment, but the same one for all who share it.
    pub const fn new(value: Option<u64>, now: Duration) -> Self {
        Kept { value, now }
    }
}

/// What a call asks of a quota.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub struct Ask {
    quota: Quota,
    cost: u32,
}

/// What becomes of it.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
#[non_exhaustive]
pub enum Decision {
    /// It goes, and this is to be kept for so long.
    Admit {
        /// The new number.
        value: u64,
        /// How long it says something.
        keep: Duration,
    },
    /// There is room after so long.
    Wait(Duration),
}

impl Ask {
    /// The generic cell rate algorithm: the number is the moment at which nothing of the quota is used any more, in nanoseconds.
    pub fn decide(&self, kept: Kept) -> Decision {
        let now = nanos(kept.now);
        let mut used = Used::at(kept.value.unwrap_or_default());
        match used.admit(self.quota, self.cost, now) {
            Ok(_) => {
                let value = used.end();
                Decision::Admit { value, keep: Duration::from_nanos(value.saturating_sub(now)) }
            }
            Err(wait) => Decision::Wait(Duration::from_nanos(wait)),
        }
    }

    /// What one call takes of the quota: its period by its number of calls.
    pub fn each(&self) -> Duration {
        Duration::from_nanos(self.quota.takes(1))
    }

    /// How many go at once.
    pub fn burst(&self) -> u32 {
        self.quota.burst()
    }

    /// What this one counts for.
    pub fn cost(&self) -> u32 {
        self.cost
    }
}

/// A store within the process: for several clients that share their quotas, and for tests.
///
/// ```
/// use apiclient::{Client, MemoryStore, Rate, RateLimit};
/// use std::time::Duration;
///
/// let store = MemoryStore::new();
/// let limit = RateLimit::new().rate(Rate::new(10, Duration::from_secs(1)));
/// let client = || Client::builder().base_url("https://api.example.com").rate_limit(limit).limit_store(store.clone());
/// let (one, two) = (client().build()?, client().build()?);
/// # Ok::<_, apiclient::Error>(())
/// ```
#[derive(Debug, Clone)]
pub struct MemoryStore(Arc<Memory>);

#[derive(Debug)]
struct Memory {
    all: Mutex<HashMap<String, u64>>,
    clock: Arc<dyn Clock>,
    began: Instant,
}

impl MemoryStore {
    /// An empty one, by Tokio's time.
    #[cfg(feature = "tokio")]
    pub fn new() -> Self {
        Self::with_clock(time::TokioClock::new())
    }

    /// An empty one.
    pub fn with_clock(clock: impl Clock + 'static) -> Self {
        let began = clock.now();
        MemoryStore(Arc::new(Memory { all: Mutex::default(), clock: Arc::new(clock), began }))
    }

    fn now(&self) -> Duration {
        self.0.clock.now().saturating_duration_since(self.0.began)
    }
}

#[cfg(feature = "tokio")]
impl Default for MemoryStore {
    fn default() -> Self {
        Self::new()
    }
}

impl LimitStore for MemoryStore {
    fn get<'a>(&'a self, key: &'a str) -> BoxFuture<'a, Result<Kept, LimitStoreError>> {
        let all = self.0.all.lock().unwrap_or_else(PoisonError::into_inner);
        let kept = Kept::new(all.get(key).copied(), self.now());
        Box::pin(async move { Ok(kept) })
    }

    fn compare_and_set<'a>(
        &'a self,
        key: &'a str,
        old: Option<u64>,
        new: u64,
        _keep: Duration,
    ) -> BoxFuture<'a, Result<bool, LimitStoreError>> {
        const MANY: usize = 10_000;
        let mut all = self.0.all.lock().unwrap_or_else(PoisonError::into_inner);
        let is_same = all.get(key).copied() == old;
        if is_same {
            if all.len() >= MANY {
                // Those say nothing any more.
                let now = nanos(self.now());
                all.retain(|_, end| *end > now);
            }
            all.insert(key.to_owned(), new);
        }
        Box::pin(async move { Ok(is_same) })
    }
}

fn nanos(duration: Duration) -> u64 {
    u64::try_from(duration.as_nanos()).unwrap_or(u64::MAX)
}

/// A quota: of this process alone, or one that is shared.
#[derive(Debug)]
pub(crate) struct Limiter {
    pub(crate) own: Queue<Gcra>,
    shared: Option<Shared>,
}

#[derive(Debug)]
struct Shared {
    store: Arc<dyn LimitStore>,
    key: String,
    quota: Quota,
    /// One at a time asks the store, first come, first served.
    turns: Queue<Slots>,
}

/// A store that takes longer is of no use.
const PATIENCE: Duration = Duration::from_millis(50);

/// Whose turn it is, until this is dropped.
struct Turn<'a>(&'a Queue<Slots>);

impl Drop for Turn<'_> {
    fn drop(&mut self) {
        self.0.give_back(());
    }
}

impl Limiter {
    pub(crate) fn new(quota: Quota, store: Option<(Arc<dyn LimitStore>, String)>, now: Instant) -> Self {
        let shared = store.map(|(store, key)| Shared {
            store,
            key,
            quota,
            turns: Queue::new(Slots::new(Some(1)), now),
        });
        Limiter { own: Queue::new(Gcra::new(quota), now), shared }
    }

    pub(crate) fn is_shared(&self) -> bool {
        self.shared.is_some()
    }

    /// Now or not at all; of one that is shared nobody knows at once.
    pub(crate) fn try_admit(&self, now: Instant, cost: u32) -> Result<gcra::Taken, Full> {
        match self.shared {
            None => self.own.try_admit(now, cost),
            Some(_) => Err(Full { wait: None }),
        }
    }

    /// How many wait, here.
    pub(crate) fn waiting(&self) -> usize {
        let turns = self.shared.as_ref().map_or(0, |shared| {
            let (busy, waiting) = shared.turns.look(Slots::busy);
            busy as usize + waiting
        });
        turns + self.own.look(|_| ()).1
    }

    pub(crate) async fn admit(
        &self,
        clock: &dyn Clock,
        cost: u32,
        waits: bool,
        due: Instant,
    ) -> Result<Option<gcra::Taken>, Full> {
        let by_itself = async || match waits {
            true => self.own.admit(clock, cost, due).await.map(Some),
            false => self.own.try_admit(clock.now(), cost).map(Some),
        };
        let Some(shared) = &self.shared else { return by_itself().await };
        match waits {
            true => shared.turns.admit(clock, 1, due).await?,
            false => shared.turns.try_admit(clock.now(), 1)?,
        }
        let _turn = Turn(&shared.turns);
        loop {
            let ask = Ask { quota: shared.quota, cost };
            let patience = clock.now().checked_add(PATIENCE).unwrap_or(due).min(due);
            let wait = match time::within(clock, patience, shared.store.admit(&shared.key, ask)).await {
                Some(Ok(Decision::Admit { .. })) => return Ok(None),
                Some(Ok(Decision::Wait(wait))) => wait.max(Duration::from_millis(1)),
                Some(Err(_)) | None => return by_itself().await,
            };
            if !waits || clock.now().checked_add(wait).is_none_or(|then| then >= due) {
                return Err(Full { wait: Some(wait) });
            }
            clock.sleep(wait).await;
        }
    }

    pub(crate) fn give_back(&self, taken: gcra::Taken) {
        self.own.give_back(taken);
    }
}
