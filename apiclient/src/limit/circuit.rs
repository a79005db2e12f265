//! A circuit breaker: an origin that fails is left alone for a while, and then tried by a few.

use crate::{
    endpoint::{Breaker, BreakerPhase},
    hooks::{BreakerInfo, Hooks},
    origin::Origin,
    span,
};
use std::{
    sync::{Arc, Mutex, MutexGuard, PoisonError},
    time::{Duration, Instant},
};

/// The numbers of a breaker, Polly's where nobody says others.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Hash)]
pub(crate) struct Rules {
    /// Of a million.
    ratio: u64,
    min: u64,
    window: Duration,
    open: Duration,
    probes: u32,
}

impl Rules {
    pub(crate) fn new(said: Breaker) -> Self {
        Rules {
            ratio: u64::from(said.ratio.unwrap_or(100_000)),
            min: u64::from(said.min.unwrap_or(100)),
            window: said.window.unwrap_or(Duration::from_secs(30)),
            open: said.open.unwrap_or(Duration::from_secs(5)),
            probes: said.probes.unwrap_or(1),
        }
    }
}

/// The window is looked at in so many parts.
const PARTS: usize = 10;

#[derive(Debug)]
pub(crate) struct Circuit {
    rules: Rules,
    began: Instant,
    state: Mutex<State>,
    of: Of,
}

/// Which breaker it is, and who wants to know what it does.
#[derive(Debug)]
pub(crate) struct Of {
    pub(crate) name: String,
    pub(crate) origin: Option<Arc<Origin>>,
    pub(crate) hooks: Arc<Hooks>,
}

impl Of {
    #[cold]
    fn tell(&self, phase: Phase) {
        let phase = match phase {
            Phase::Closed => BreakerPhase::Closed,
            Phase::Open { .. } => BreakerPhase::Open,
            Phase::HalfOpen { .. } => BreakerPhase::HalfOpen,
        };
        span::breaker(phase.as_str());
        let told = BreakerInfo { name: &self.name, origin: self.origin.as_ref(), phase };
        self.hooks.each(|hook| hook.on_breaker(&told));
    }
}

#[derive(Debug)]
struct State {
    phase: Phase,
    /// Rises with each change of the phase: what began before it says nothing about what is now.
    generation: u64,
    parts: [Part; PARTS],
}

#[derive(Debug, Clone, Copy, Default)]
struct Part {
    /// The how many-th part since the beginning.
    number: u64,
    tried: u64,
    failed: u64,
}

#[derive(Debug, Clone, Copy, PartialEq, Eq)]
enum Phase {
    Closed,
    Open { until: Instant },
    HalfOpen { under_way: u32, succeeded: u32 },
}

/// How a request ended, as far as it says something about the origin.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(crate) enum Ended {
    Well,
    Badly,
}

/// Leave to send one request. Dropped without a word it says nothing, and gives its place back.
#[derive(Debug)]
pub(crate) struct Ticket {
    circuit: Arc<Circuit>,
    generation: u64,
    is_over: bool,
}

impl Circuit {
    pub(crate) fn new(rules: Rules, now: Instant, of: Of) -> Self {
        let state = State { phase: Phase::Closed, generation: 0, parts: Default::default() };
        Circuit { rules, began: now, state: Mutex::new(state), of }
    }

    fn state(&self) -> MutexGuard<'_, State> {
        // Nothing in here is half done when something panics.
        self.state.lock().unwrap_or_else(PoisonError::into_inner)
    }

    fn part(&self, now: Instant) -> u64 {
        let each = (self.rules.window.as_nanos() / PARTS as u128).max(1);
        u64::try_from(now.saturating_duration_since(self.began).as_nanos() / each).unwrap_or(u64::MAX)
    }

    /// Whether a request would be refused, without taking a place; after how long it is worth trying again.
    pub(crate) fn refuses(&self, now: Instant) -> Option<Duration> {
        match self.state().phase {
            Phase::Open { until } if now < until => Some(until - now),
            Phase::Closed | Phase::Open { .. } => None,
            Phase::HalfOpen { under_way, succeeded } => {
                (under_way + succeeded >= self.rules.probes).then_some(self.rules.open)
            }
        }
    }

    /// Leave for one request; else after how long it is worth trying again.
    pub(crate) fn pass(self: Arc<Self>, now: Instant) -> Result<Ticket, Duration> {
        let mut state = self.state();
        let before = state.generation;
        match &mut state.phase {
            Phase::Closed => {}
            Phase::Open { until } if now < *until => return Err(*until - now),
            Phase::Open { .. } => state.enter(Phase::HalfOpen { under_way: 1, succeeded: 0 }),
            Phase::HalfOpen { under_way, succeeded } if *under_way + *succeeded < self.rules.probes => {
                *under_way += 1;
            }
            Phase::HalfOpen { .. } => return Err(self.rules.open),
        }
        let generation = state.generation;
        self.tell_since(before, state);
        Ok(Ticket { circuit: self, generation, is_over: false })
    }

    fn end(&self, generation: u64, ended: Option<Ended>, now: Instant) {
        let mut state = self.state();
        if state.generation != generation {
            return;
        }
        match (&mut state.phase, ended) {
            (Phase::HalfOpen { under_way, .. }, None) => *under_way -= 1,
            (Phase::HalfOpen { .. }, Some(Ended::Badly)) => state.open(now, &self.rules),
            (Phase::HalfOpen { under_way, succeeded }, Some(Ended::Well)) => {
                (*under_way, *succeeded) = (*under_way - 1, *succeeded + 1);
                if *succeeded >= self.rules.probes {
                    state.enter(Phase::Closed);
                }
            }
            (Phase::Closed, Some(ended)) => {
                let part = self.part(now);
                state.count(part, ended);
                if ended == Ended::Badly {
                    let (tried, failed) = state.sums(part);
                    if tried >= self.rules.min && failed * 1_000_000 >= self.rules.ratio * tried {
                        state.open(now, &self.rules);
                    }
                }
            }
            (Phase::Closed, None) | (Phase::Open { .. }, _) => {}
        }
        self.tell_since(generation, state);
    }

    /// Says what the phase is, if it is another one than it was then. Without the lock: who is told may ask how it is.
    fn tell_since(&self, generation: u64, state: MutexGuard<'_, State>) {
        let phase = (state.generation != generation).then_some(state.phase);
        drop(state);
        if let Some(phase) = phase {
            self.of.tell(phase);
        }
    }

    /// What it does, how long until it is tried, how many were tried in the window, and how many failed.
    pub(crate) fn look(&self, now: Instant) -> (BreakerPhase, Option<Duration>, u64, u64) {
        let state = self.state();
        let (tried, failed) = state.sums(self.part(now));
        match state.phase {
            Phase::Closed => (BreakerPhase::Closed, None, tried, failed),
            Phase::Open { until } => {
                (BreakerPhase::Open, Some(until.saturating_duration_since(now)), tried, failed)
            }
            Phase::HalfOpen { .. } => (BreakerPhase::HalfOpen, None, tried, failed),
        }
    }
}

impl State {
    fn enter(&mut self, phase: Phase) {
        self.phase = phase;
        self.generation += 1;
        if phase == Phase::Closed {
            self.parts = Default::default();
        }
    }

    fn open(&mut self, now: Instant, rules: &Rules) {
        const FAR: Duration = Duration::from_secs(100 * 365 * 24 * 3600);
        let until = now.checked_add(rules.open.min(FAR)).unwrap_or(now);
        self.enter(Phase::Open { until });
    }

    fn count(&mut self, number: u64, ended: Ended) {
        let at = usize::try_from(number % PARTS as u64).unwrap_or(0);
        let part = &mut self.parts[at];
        if part.number != number {
            *part = Part { number, ..Part::default() };
        }
        part.tried += 1;
        part.failed += u64::from(ended == Ended::Badly);
    }

    fn sums(&self, number: u64) -> (u64, u64) {
        let within = self.parts.iter().filter(|part| number.saturating_sub(part.number) < PARTS as u64);
        within.fold((0, 0), |(tried, failed), part| (tried + part.tried, failed + part.failed))
    }
}

impl Ticket {
    pub(crate) fn end(mut self, ended: Option<Ended>, now: Instant) {
        self.is_over = true;
        self.circuit.end(self.generation, ended, now);
    }
}

impl Drop for Ticket {
    fn drop(&mut self) {
        if !self.is_over {
            self.circuit.end(self.generation, None, self.circuit.began);
        }
    }
}
