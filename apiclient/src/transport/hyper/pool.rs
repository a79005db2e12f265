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
use tokio::{
    runtime::{Handle, Id, RuntimeFlavor},
    sync::{OwnedSemaphorePermit, Semaphore},
};

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
    /// Where a task looks after the idle ones.
    swept: Vec<Option<Id>>,
}

/// What connections are for: an origin, and who moves their bytes. A runtime of one thread may stand still for as long as it likes,
/// so what lives on it is for its own calls only; runtimes of several threads go on by themselves.
#[derive(Clone, Copy)]
pub(super) struct Key<'a> {
    pub(super) origin: &'a Arc<Origin>,
    /// The runtime, if it is one of those that may stand still.
    pub(super) home: Option<Id>,
    /// Its address was looked at, and is a public one.
    pub(super) is_public: bool,
}

impl<'a> Key<'a> {
    pub(super) fn new(origin: &'a Arc<Origin>, is_public: bool, runtime: &Handle) -> Self {
        let home = (runtime.runtime_flavor() == RuntimeFlavor::CurrentThread).then(|| runtime.id());
        Key { origin, home, is_public }
    }
}

/// What is known of one origin.
struct Shelf {
    origin: Arc<Origin>,
    home: Option<Id>,
    is_public: bool,
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
    /// First of all get a permit.
    Limited,
    /// Make one. The gate is open when it is dropped.
    Nothing(Option<Gate>),
}

/// What a call would wait for: each once.
#[expect(clippy::struct_excessive_bools, reason = "each is asked by itself")]
pub(super) struct Patience {
    /// Whether it can do with a connection that was used before.
    pub(super) takes_idle: bool,
    /// Whether it has to have a permit yet.
    needs_permit: bool,
    waited: bool,
    yielded: bool,
}

impl Patience {
    pub(super) fn new(takes_idle: bool, needs_permit: bool) -> Self {
        Patience { takes_idle, needs_permit, waited: false, yielded: false }
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
    pub(super) async fn permit(&self, key: Key<'_>) -> Option<OwnedSemaphorePermit> {
        let most = self.limits.most?;
        let permits = {
            let mut shelves = lock(&self.shelves);
            let here = shelves.of(key);
            here.permits.get_or_insert_with(|| Arc::new(Semaphore::new(most))).clone()
        };
        // It is never closed.
        permits.acquire_owned().await.ok()
    }

    /// What there is for a call. `may_share`: the connection that it would make may be one for everybody.
    pub(super) fn take(&self, key: Key<'_>, now: Instant, may_share: bool, patience: &mut Patience) -> Taken {
        let mut closed = Vec::new();
        let mut shelves = lock(&self.shelves);
        let here = shelves.of(key);
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
    pub(super) fn opened(&self, key: Key<'_>, line: &Line) {
        let mut shelves = lock(&self.shelves);
        let here = shelves.of(key);
        match &line.wire {
            Wire::One { .. } => here.speaks = Speaks::One,
            #[cfg(feature = "http2")]
            Wire::Two(sender) => {
                here.speaks = Speaks::Two;
                let shared = Shared { sender: sender.clone(), place: line.place.clone(), is_used: true };
                let old = here.shared.replace(shared);
                self.look_after(shelves, key.home);
                drop(old);
            }
        }
    }

    pub(super) fn put(&self, key: Key<'_>, mut line: Line, clock: &dyn Clock) {
        match &line.wire {
            Wire::One { sender, .. } if !sender.is_closed() => {}
            Wire::One { .. } => return,
            #[cfg(feature = "http2")]
            Wire::Two(_) => return,
        }
        let permit = line.permit.take();
        let now = clock.now();
        let mut shelves = lock(&self.shelves);
        let here = shelves.of(key);
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
        self.look_after(shelves, key.home);
        // Whoever waits for it finds it on its shelf.
        drop((oldest, refused, permit));
    }

    /// Has what becomes idle closed in time.
    fn look_after(&self, mut shelves: MutexGuard<'_, Shelves>, home: Option<Id>) {
        if shelves.swept.contains(&home) {
            return;
        }
        shelves.swept.push(home);
        drop(shelves);
        tokio::spawn(sweep(Sweeper { shelves: Arc::downgrade(&self.shelves), home }, self.limits.idle));
    }

    /// No connection could be made: an origin that has none need not be remembered.
    pub(super) fn forget(&self, key: Key<'_>) {
        lock(&self.shelves).all.retain(|shelf| !shelf.is(key) || shelf.is_needed());
    }
}

impl Shelves {
    /// A client has one `Arc` per origin; two clients on one transport have two of the same.
    fn of(&mut self, key: Key<'_>) -> &mut Shelf {
        let same = |shelf: &Shelf| Arc::ptr_eq(&shelf.origin, key.origin) && shelf.is_for(key);
        let at = self.all.iter().position(same);
        let at = at.or_else(|| self.all.iter().position(|shelf| shelf.is(key)));
        let at = at.unwrap_or_else(|| {
            self.all.push(Shelf::new(key));
            self.all.len() - 1
        });
        &mut self.all[at]
    }
}

impl Shelf {
    fn new(key: Key<'_>) -> Self {
        Shelf {
            origin: key.origin.clone(),
            home: key.home,
            is_public: key.is_public,
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
        }
        // One that is shared needs none.
        if std::mem::take(&mut patience.needs_permit) {
            return Taken::Limited;
        }
        if patience.takes_idle {
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
struct Sweeper {
    shelves: Weak<Mutex<Shelves>>,
    home: Option<Id>,
}

impl Drop for Sweeper {
    fn drop(&mut self) {
        let Some(shelves) = self.shelves.upgrade() else { return };
        let mut shelves = lock(&shelves);
        shelves.swept.retain(|home| *home != self.home);
        // Either nothing is left on them, or the runtime has ended, and with it whatever is.
        let (gone, kept) =
            std::mem::take(&mut shelves.all).into_iter().partition(|s| s.home == self.home && !s.is_needed());
        shelves.all = kept;
        drop(shelves);
        drop::<Vec<Shelf>>(gone);
    }
}

/// Closes what was idle for a whole period, until nothing is left: a client that nobody uses has no connections.
#[expect(clippy::disallowed_methods, reason = "no call waits for it, and no clock outlives its client")]
async fn sweep(sweeper: Sweeper, period: Duration) {
    loop {
        tokio::time::sleep(period).await;
        let Some(shelves) = sweeper.shelves.upgrade() else { return };
        let mut closed = Vec::new();
        let is_empty = {
            let mut shelves = lock(&shelves);
            let own = shelves.all.iter_mut().filter(|shelf| shelf.home == sweeper.home);
            own.fold(true, |is_empty, shelf| {
                shelf.sweep(&mut closed);
                is_empty && shelf.is_empty()
            })
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

    fn is(&self, key: Key<'_>) -> bool {
        self.origin == *key.origin && self.is_for(key)
    }

    /// Whoever else it is for, at its origin.
    fn is_for(&self, key: Key<'_>) -> bool {
        self.home == key.home && self.is_public == key.is_public
    }

    /// Whether somebody has something of it in hand, or will look for it.
    fn is_needed(&self) -> bool {
        let is_lent = self.permits.as_ref().is_some_and(|permits| Arc::strong_count(permits) > 1);
        is_lent || self.gate.is_some() || self.has_connections()
    }

    fn has_connections(&self) -> bool {
        #[cfg(feature = "http2")]
        if self.shared.as_ref().is_some_and(|shared| !shared.sender.is_closed()) {
            return true;
        }
        let is_open =
            |idle: &Idle| matches!(&idle.line.wire, Wire::One { sender, .. } if !sender.is_closed());
        self.idle.iter().any(is_open)
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
