//! The limits of one server: which of them an endpoint falls under is learnt from its answers.

use super::served::{Counted, Served, ServedQueue, Word};
use crate::{
    endpoint::{Endpoint, RateLimitDialect},
    response::head::{QuotaUnit, RateLimits, retry_after},
};
use http::{HeaderMap, StatusCode, header::RETRY_AFTER};
use std::{
    sync::{
        Arc, Mutex, MutexGuard, PoisonError,
        atomic::{AtomicBool, AtomicU64, Ordering},
    },
    time::{Duration, Instant},
};

/// A server that names more of them at once says nothing about the rest.
const MOST_AT_ONCE: usize = 16;
/// Nor does one that names more of them in all.
const MOST: usize = 1024;

/// What is known of the limits of a server, for one key.
#[derive(Debug)]
pub(crate) struct Server {
    /// As people read it.
    pub(crate) name: String,
    state: Mutex<State>,
    /// How many are under way of which nobody knows yet what limits they fall under.
    strangers: AtomicU64,
    /// Whether any limit is known: where none is, which is so of most servers, nobody has to take the lock.
    is_known: AtomicBool,
}

#[derive(Debug, Default)]
struct State {
    limits: Vec<(Scope, Arc<ServedQueue>)>,
    /// Which of them an endpoint falls under: their places.
    routes: Vec<(Option<Address>, Vec<usize>)>,
}

/// By identity: it is a static.
type Address = usize;

/// Whom a limit is for.
#[derive(Debug, Clone, PartialEq, Eq)]
enum Scope {
    /// All calls.
    All,
    /// Those of one endpoint, which the server gives no name.
    Endpoint(Address),
    /// All that the server names so.
    Named(String),
}

/// A call on its way through the limits of a server.
#[derive(Debug, Clone)]
pub(crate) struct Route {
    pub(crate) server: Arc<Server>,
    pub(crate) endpoint: Option<&'static Endpoint>,
    pub(crate) dialect: RateLimitDialect,
    pub(crate) warn_below: Option<u32>,
}

/// One limit of a server with what was let through it.
pub(crate) type Admitted = (Arc<ServedQueue>, Counted);

/// What a server says about one of its limits, for people.
#[derive(Debug, Clone, PartialEq, Eq)]
pub(crate) struct Look {
    pub(crate) name: Option<String>,
    pub(crate) quota: Option<u64>,
    pub(crate) left: Option<u64>,
    pub(crate) resets_after: Option<Duration>,
    pub(crate) waiting: usize,
}

impl Server {
    pub(crate) fn new(name: String) -> Self {
        Server {
            name,
            state: Mutex::default(),
            strangers: AtomicU64::new(0),
            is_known: AtomicBool::new(false),
        }
    }

    fn state(&self) -> MutexGuard<'_, State> {
        // Nothing in here is half done when something panics.
        self.state.lock().unwrap_or_else(PoisonError::into_inner)
    }

    /// A call goes that falls under no limit, as far as that is known.
    pub(crate) fn stranger_goes(&self) {
        self.strangers.fetch_add(1, Ordering::Relaxed);
    }

    pub(crate) fn stranger_is_back(&self) {
        self.strangers.fetch_sub(1, Ordering::Relaxed);
    }

    /// The limit of this scope, which is made if it is new, and its place.
    fn place(&self, scope: Scope, now: Instant) -> Option<(usize, Arc<ServedQueue>)> {
        let mut state = self.state();
        let at = state.place(scope, now)?;
        let queue = state.limits[at].1.clone();
        drop(state);
        self.is_known.store(true, Ordering::Release);
        Some((at, queue))
    }

    pub(crate) fn looks(&self, now: Instant) -> Vec<Look> {
        let limits = self.state().limits.clone();
        let look = |(scope, queue): &(Scope, Arc<ServedQueue>)| {
            let nanos = queue.nanos(now);
            let see = |served: &Served| (served.quota(), served.left(nanos), served.resets_after(nanos));
            let ((quota, left, resets_after), waiting) = queue.look(see);
            let name = match scope {
                Scope::Named(name) => Some(name.clone()),
                Scope::All | Scope::Endpoint(_) => None,
            };
            Look { name, quota, left, resets_after, waiting }
        };
        limits.iter().map(look).collect()
    }

    /// Whether nobody has to wait for any of them.
    pub(crate) fn is_free(&self, now: Instant) -> bool {
        let is_free = |queue: &ServedQueue| queue.look(|served| served.is_free(queue.nanos(now))).0;
        self.state().limits.iter().all(|(_, queue)| is_free(queue))
    }
}

impl State {
    /// The place of a limit, which is made if it is new.
    fn place(&mut self, scope: Scope, now: Instant) -> Option<usize> {
        if let Some(at) = self.limits.iter().position(|(known, _)| *known == scope) {
            return Some(at);
        }
        if self.limits.len() >= MOST {
            return None;
        }
        self.limits.push((scope, Arc::new(ServedQueue::new(Served::default(), now))));
        Some(self.limits.len() - 1)
    }
}

impl Route {
    fn address(&self) -> Option<Address> {
        self.endpoint.map(|endpoint| std::ptr::from_ref(endpoint).addr())
    }

    /// A limit without a name, or a word that names none, is about this.
    fn nameless(&self) -> Scope {
        // These count each method by itself.
        let is_own =
            matches!(self.dialect, RateLimitDialect::X | RateLimitDialect::Discord | RateLimitDialect::Slack);
        self.address().filter(|_| is_own).map_or(Scope::All, Scope::Endpoint)
    }

    /// The limits that the call falls under, as far as that is known.
    pub(crate) fn queues(&self) -> Vec<Arc<ServedQueue>> {
        if !self.server.is_known.load(Ordering::Acquire) {
            return Vec::new();
        }
        let state = self.server.state();
        let address = self.address();
        let own = state.routes.iter().find(|(known, _)| *known == address).map(|(_, own)| &own[..]);
        let is_own = |at: usize, scope: &Scope| match scope {
            Scope::All => true,
            Scope::Endpoint(of) => Some(*of) == address,
            Scope::Named(_) => own.is_some_and(|own| own.contains(&at)),
        };
        let all = state.limits.iter().enumerate();
        all.filter(|(at, (scope, _))| is_own(*at, scope)).map(|(_, (_, queue))| queue.clone()).collect()
    }

    /// An answer has come. Gives the limits of which little is left, if somebody wants to know.
    pub(crate) fn learn(
        &self,
        status: StatusCode,
        headers: &HeaderMap,
        through: Vec<Admitted>,
        now: Instant,
    ) -> Vec<Look> {
        if !says_something(status, headers) {
            for (queue, _) in &through {
                queue.change(Served::kept_silent);
            }
            return Vec::new();
        }
        let said = RateLimits::read(headers, self.dialect, None);
        let asked = self.asked(status, headers);
        let units = |name| said.policies().iter().find(|policy| policy.name() == name);
        // This one is counted by its answer.
        let strangers =
            self.server.strangers.load(Ordering::Relaxed).saturating_sub(u64::from(through.is_empty()));
        let mut low = Vec::new();
        let mut learnt = Vec::new();
        for limit in said.limits().iter().take(MOST_AT_ONCE) {
            let policy = units(limit.name());
            if policy.is_some_and(|policy| *policy.unit() != QuotaUnit::Requests) {
                continue;
            }
            let scope = limit.name().map_or_else(|| self.nameless(), |name| Scope::Named(name.to_owned()));
            let Some((at, queue)) = self.server.place(scope, now) else { continue };
            let quota = policy.map(crate::response::head::QuotaPolicy::quota);
            let is_low = queue.change(|served| {
                let others = served.under_way().saturating_sub(u64::from(is_among(&queue, &through)));
                let word = Word {
                    quota: limit.quota().or(quota),
                    left: limit.remaining(),
                    // Section 5 of the draft: `Retry-After` goes before it.
                    reset: asked.filter(|_| limit.is_used_up()).or(limit.reset()),
                    leaks: self.dialect == RateLimitDialect::Shopify,
                    others: strangers + others,
                };
                served.learn(word, queue.nanos(now));
                self.warn_below.is_some_and(|below| served.warns(below))
            });
            if is_low {
                let nanos = queue.nanos(now);
                let see = |served: &Served| (served.quota(), served.left(nanos), served.resets_after(nanos));
                let ((quota, left, resets_after), waiting) = queue.look(see);
                low.push(Look { name: limit.name().map(str::to_owned), quota, left, resets_after, waiting });
            }
            learnt.push((at, queue, limit.is_used_up()));
        }
        for (queue, _) in through {
            queue.change(Served::answered);
        }
        if !learnt.is_empty() {
            let (address, places) = (self.address(), learnt.iter().map(|(at, ..)| *at).collect());
            let mut state = self.server.state();
            match state.routes.iter_mut().find(|(known, _)| *known == address) {
                Some((_, known)) => *known = places,
                None => state.routes.push((address, places)),
            }
        }
        if let Some(wait) = asked.or_else(|| said.wait().filter(|_| self.refuses(status))) {
            self.shut(wait, headers, &learnt, now);
        }
        low
    }

    /// Whether it is the server's word for its limits.
    fn refuses(&self, status: StatusCode) -> bool {
        let is_github = status == StatusCode::FORBIDDEN && self.dialect == RateLimitDialect::GitHub;
        status == StatusCode::TOO_MANY_REQUESTS || is_github
    }

    /// How long the server asks to be left alone.
    fn asked(&self, status: StatusCode, headers: &HeaderMap) -> Option<Duration> {
        let asked = || retry_after(headers, None, false).or_else(|| self.with_fraction(headers));
        self.refuses(status).then(asked).flatten()
    }

    /// `Retry-After: 2.0`, which RFC 9110 does not know.
    fn with_fraction(&self, headers: &HeaderMap) -> Option<Duration> {
        if !matches!(self.dialect, RateLimitDialect::Shopify | RateLimitDialect::Discord) {
            return None;
        }
        let text = headers.get(RETRY_AFTER)?.to_str().ok()?.trim();
        let is_number = text.len() <= 32 && text.bytes().all(|b| b.is_ascii_digit() || b == b'.');
        text.parse().ok().filter(|_| is_number).and_then(|seconds| Duration::try_from_secs_f64(seconds).ok())
    }

    fn shut(
        &self,
        wait: Duration,
        headers: &HeaderMap,
        learnt: &[(usize, Arc<ServedQueue>, bool)],
        now: Instant,
    ) {
        let is_global = self.dialect == RateLimitDialect::Discord
            && (headers.contains_key("x-ratelimit-global")
                || headers.get("x-ratelimit-scope").is_some_and(|scope| scope == "global"));
        let used_up: Vec<_> = learnt.iter().filter(|(.., is_used_up)| *is_used_up && !is_global).collect();
        if used_up.is_empty() {
            let scope = if is_global { Scope::All } else { self.nameless() };
            let Some((_, queue)) = self.server.place(scope, now) else { return };
            queue.change(|served| served.shut(wait, queue.nanos(now)));
        }
        for (_, queue, _) in used_up {
            queue.change(|served| served.shut(wait, queue.nanos(now)));
        }
    }
}

/// Most answers do not, and should cost nothing.
fn says_something(status: StatusCode, headers: &HeaderMap) -> bool {
    const BEGINS: [&str; 3] = ["ratelimit", "x-rate", "x-shopify"];
    matches!(status, StatusCode::TOO_MANY_REQUESTS | StatusCode::FORBIDDEN)
        || headers.keys().any(|name| BEGINS.iter().any(|begins| name.as_str().starts_with(begins)))
}

fn is_among(queue: &Arc<ServedQueue>, through: &[Admitted]) -> bool {
    through.iter().any(|(other, _)| Arc::ptr_eq(other, queue))
}
