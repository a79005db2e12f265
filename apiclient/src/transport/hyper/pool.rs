//! The connections of a transport, per origin. The last one that came back is the first to go: it is the warmest.

use super::line::{Line, Wire};
#[cfg(feature = "http2")]
use super::{body::Sending, line::Place};
use crate::{origin::Origin, time::Clock};
#[cfg(feature = "http2")]
use hyper::client::conn::http2;
use std::{
    fmt,
    sync::{Arc, Mutex, MutexGuard, PoisonError, Weak},
    time::{Duration, Instant},
};
use tokio::sync::{OwnedSemaphorePermit, Semaphore};

/// Its lock is never held over an await.
pub(super) struct Pool {
    shelves: Arc<Mutex<Shelves>>,
    limits: Limits,
}

#[derive(Debug, Clone, Copy)]
pub(super) struct Limits {
    /// How long a connection may be idle.
    pub(super) idle: Duration,
    /// How many of an origin may be.
    pub(super) most_idle: usize,
    /// How many of an origin may be in use.
    pub(super) most: Option<usize>,
}

#[derive(Default)]
struct Shelves {
    all: Vec<Shelf>,
    /// A task looks after the idle ones.
    is_swept: bool,
}

/// What is known of one origin.
struct Shelf {
    origin: Arc<Origin>,
    /// The oldest first.
    idle: Vec<Idle>,
    /// The one connection of HTTP/2, for everybody.
    #[cfg(feature = "http2")]
    shared: Option<Shared>,
    speaks: Speaks,
    /// Somebody is finding out what it speaks.
    gate: Option<Arc<Semaphore>>,
    permits: Option<Arc<Semaphore>>,
}

struct Idle {
    line: Line,
    since: Instant,
    /// The sweeper has seen it.
    is_old: bool,
}

#[cfg(feature = "http2")]
struct Shared {
    sender: http2::SendRequest<Sending>,
    place: Arc<Place>,
    /// Since the sweeper has seen it.
    is_used: bool,
}

#[derive(Clone, Copy, PartialEq)]
enum Speaks {
    Unknown,
    One,
    #[cfg(feature = "http2")]
    Two,
}

/// What there is for a call.
pub(super) enum Taken {
    Line(Line),
    /// Somebody makes a connection that may be enough for two.
    Wait(Waiting),
    /// One is about to become idle.
    Busy,
    /// Make one. The gate is open when it is dropped.
    Nothing(Option<Gate>),
}

/// What a call would wait for: each once.
pub(super) struct Patience {
    /// Whether it can do with a connection that was used before.
    pub(super) takes_idle: bool,
    waited: bool,
    yielded: bool,
}

impl Patience {
    pub(super) fn new(takes_idle: bool) -> Self {
        Patience { takes_idle, waited: false, yielded: false }
    }
}

/// Held by whoever makes the first connection to an origin.
pub(super) struct Gate {
    shelves: Weak<Mutex<Shelves>>,
    gate: Arc<Semaphore>,
}

/// Behind a gate.
pub(super) struct Waiting(Arc<Semaphore>);

impl Waiting {
    pub(super) async fn passed(self) {
        // It has no permits, it is only ever closed.
        let _ = self.0.acquire().await;
    }
}

impl Drop for Gate {
    fn drop(&mut self) {
        self.gate.close();
        let Some(shelves) = self.shelves.upgrade() else { return };
        let mut shelves = lock(&shelves);
        for shelf in &mut shelves.all {
            if shelf.gate.as_ref().is_some_and(|gate| Arc::ptr_eq(gate, &self.gate)) {
                shelf.gate = None;
            }
        }
    }
}

fn lock(shelves: &Mutex<Shelves>) -> MutexGuard<'_, Shelves> {
    shelves.lock().unwrap_or_else(PoisonError::into_inner)
}

impl Pool {
    pub(super) fn new(limits: Limits) -> Self {
        Pool { shelves: Arc::default(), limits }
    }

    pub(super) fn is_limited(&self) -> bool {
        self.limits.most.is_some()
    }

    /// The right to use a connection, where their number is limited. Waits for it.
    pub(super) async fn permit(&self, origin: &Arc<Origin>) -> Option<OwnedSemaphorePermit> {
        let most = self.limits.most?;
        let permits = {
            let mut shelves = lock(&self.shelves);
            let here = shelves.of(origin);
            here.permits.get_or_insert_with(|| Arc::new(Semaphore::new(most))).clone()
        };
        // It is never closed.
        permits.acquire_owned().await.ok()
    }

    /// What there is for a call. `may_share`: the connection that it would make may be one for everybody.
    pub(super) fn take(
        &self,
        origin: &Arc<Origin>,
        now: Instant,
        may_share: bool,
        patience: &mut Patience,
    ) -> Taken {
        let mut closed = Vec::new();
        let mut shelves = lock(&self.shelves);
        let here = shelves.of(origin);
        let taken = here.take(now, self.limits.idle, patience, &mut closed);
        let taken = match taken {
            Taken::Nothing(_) if may_share && here.needs_gate() => {
                let gate = Arc::new(Semaphore::new(0));
                here.gate = Some(gate.clone());
                Taken::Nothing(Some(Gate { shelves: Arc::downgrade(&self.shelves), gate }))
            }
            other => other,
        };
        drop(shelves);
        // Closed outside of the lock.
        drop(closed);
        taken
    }

    /// A connection was made: from now on it is known what the origin speaks, and one of HTTP/2 is for everybody.
    pub(super) fn opened(&self, origin: &Arc<Origin>, line: &Line) {
        let mut shelves = lock(&self.shelves);
        let here = shelves.of(origin);
        match &line.wire {
            Wire::One { .. } => here.speaks = Speaks::One,
            #[cfg(feature = "http2")]
            Wire::Two(sender) => {
                here.speaks = Speaks::Two;
                let shared = Shared { sender: sender.clone(), place: line.place.clone(), is_used: true };
                let old = here.shared.replace(shared);
                self.look_after(shelves);
                drop(old);
            }
        }
    }

    pub(super) fn put(&self, origin: &Arc<Origin>, mut line: Line, clock: &dyn Clock) {
        match &line.wire {
            Wire::One { sender, .. } if !sender.is_closed() => {}
            Wire::One { .. } => return,
            #[cfg(feature = "http2")]
            Wire::Two(_) => return,
        }
        let permit = line.permit.take();
        let now = clock.now();
        let mut shelves = lock(&self.shelves);
        let here = shelves.of(origin);
        here.speaks = Speaks::One;
        let oldest =
            (here.idle.len() >= self.limits.most_idle && !here.idle.is_empty()).then(|| here.idle.remove(0));
        let refused = match self.limits.most_idle {
            0 => Some(line),
            _ => {
                here.idle.push(Idle { line, since: now, is_old: false });
                None
            }
        };
        self.look_after(shelves);
        // Whoever waits for it finds it on its here.
        drop((oldest, refused, permit));
    }

    /// Has what becomes idle closed in time.
    fn look_after(&self, mut shelves: MutexGuard<'_, Shelves>) {
        let is_swept = std::mem::replace(&mut shelves.is_swept, true);
        drop(shelves);
        if !is_swept {
            tokio::spawn(sweep(Sweeper(Arc::downgrade(&self.shelves)), self.limits.idle));
        }
    }
}

impl Shelves {
    /// A client has one `Arc` per origin; two clients on one transport have two of the same.
    fn of(&mut self, origin: &Arc<Origin>) -> &mut Shelf {
        let at = self.all.iter().position(|shelf| Arc::ptr_eq(&shelf.origin, origin));
        let at = at.or_else(|| self.all.iter().position(|shelf| shelf.origin == *origin));
        let at = at.unwrap_or_else(|| {
            self.all.push(Shelf::new(origin.clone()));
            self.all.len() - 1
        });
        &mut self.all[at]
    }
}

impl Shelf {
    fn new(origin: Arc<Origin>) -> Self {
        Shelf {
            origin,
            idle: Vec::new(),
            #[cfg(feature = "http2")]
            shared: None,
            speaks: Speaks::Unknown,
            gate: None,
            permits: None,
        }
    }

    fn take(
        &mut self,
        now: Instant,
        limit: Duration,
        patience: &mut Patience,
        closed: &mut Vec<Line>,
    ) -> Taken {
        if patience.takes_idle {
            #[cfg(feature = "http2")]
            if let Some(line) = self.shared() {
                return Taken::Line(line);
            }
            match self.pop(now, limit, closed) {
                Some(line) => return Taken::Line(line),
                None if !self.idle.is_empty() && !std::mem::replace(&mut patience.yielded, true) => {
                    return Taken::Busy;
                }
                None => {}
            }
        }
        match &self.gate {
            Some(gate) if !std::mem::replace(&mut patience.waited, true) => {
                Taken::Wait(Waiting(gate.clone()))
            }
            _ => Taken::Nothing(None),
        }
    }

    #[cfg(feature = "http2")]
    fn shared(&mut self) -> Option<Line> {
        let shared = self.shared.as_mut()?;
        if shared.sender.is_closed() {
            self.shared = None;
            return None;
        }
        shared.is_used = true;
        Some(Line { wire: Wire::Two(shared.sender.clone()), place: shared.place.clone(), permit: None })
    }

    /// The youngest that can be used at once. Those that cannot ever again go to `closed`.
    fn pop(&mut self, now: Instant, limit: Duration, closed: &mut Vec<Line>) -> Option<Line> {
        for at in (0..self.idle.len()).rev() {
            let idle = &self.idle[at];
            if now.saturating_duration_since(idle.since) >= limit {
                // Whatever came back before it is older.
                closed.extend(self.idle.drain(..=at).map(|idle| idle.line));
                return None;
            }
            match &idle.line.wire {
                Wire::One { sender, .. } if sender.is_ready() => return Some(self.idle.remove(at).line),
                Wire::One { sender, .. } if !sender.is_closed() => {}
                Wire::One { .. } => closed.push(self.idle.remove(at).line),
                // It is on no shelf.
                #[cfg(feature = "http2")]
                Wire::Two(_) => {}
            }
        }
        None
    }

    /// Whether the next connection may be one for everybody, so that nobody else should make one meanwhile.
    fn needs_gate(&self) -> bool {
        self.gate.is_none() && self.speaks != Speaks::One
    }
}

/// Marks the pool as not looked after when its task ends, whyever that is.
struct Sweeper(Weak<Mutex<Shelves>>);

impl Drop for Sweeper {
    fn drop(&mut self) {
        if let Some(shelves) = self.0.upgrade() {
            lock(&shelves).is_swept = false;
        }
    }
}

/// Closes what was idle for a whole period, until nothing is left: a client that nobody uses has no connections.
#[expect(clippy::disallowed_methods, reason = "no call waits for it, and no clock outlives its client")]
async fn sweep(sweeper: Sweeper, period: Duration) {
    loop {
        tokio::time::sleep(period).await;
        let Some(shelves) = sweeper.0.upgrade() else { return };
        let mut closed = Vec::new();
        let is_empty = {
            let mut shelves = lock(&shelves);
            for shelf in &mut shelves.all {
                shelf.sweep(&mut closed);
            }
            shelves.all.iter().all(Shelf::is_empty)
        };
        drop(closed);
        if is_empty {
            return;
        }
    }
}

impl Shelf {
    fn sweep(&mut self, closed: &mut Vec<Line>) {
        let (old, young) = std::mem::take(&mut self.idle).into_iter().partition(|idle| idle.is_old);
        self.idle = young;
        for idle in &mut self.idle {
            idle.is_old = true;
        }
        closed.extend(Vec::into_iter(old).map(|idle: Idle| idle.line));
        #[cfg(feature = "http2")]
        {
            // Calls under way have it, too: it ends with the last of them.
            self.shared = self.shared.take().filter(|shared| shared.is_used);
            if let Some(shared) = &mut self.shared {
                shared.is_used = false;
            }
        }
    }

    fn is_empty(&self) -> bool {
        #[cfg(feature = "http2")]
        if self.shared.is_some() {
            return false;
        }
        self.idle.is_empty()
    }
}

impl fmt::Debug for Pool {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        let idle = |shelf: &Shelf| (shelf.origin.to_string(), shelf.idle.len());
        f.debug_map().entries(lock(&self.shelves).all.iter().map(idle)).finish()
    }
}
