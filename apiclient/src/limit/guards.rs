//! What a request has to pass before it is sent, and what is learnt from how it ends.

use super::{
    Keeper, Quotas,
    circuit::{self, Circuit, Ticket},
    gcra,
    queue::{Full, Queue},
    served::ServedQueue,
    server::{Admitted, Route},
    slots::{Slot, Slots},
};
use crate::time::Clock;
use http::{HeaderMap, StatusCode};
use std::{
    sync::Arc,
    time::{Duration, Instant},
};

/// All that a call has to pass, in this order: the breaker, the server's own limits, the client's, and places.
pub(crate) struct Guards {
    pub(crate) circuit: Option<Arc<Circuit>>,
    pub(crate) route: Option<Route>,
    /// The trait's or the client's, and the method's own.
    pub(crate) quotas: [Option<Quotas>; 2],
    pub(crate) slots: [Option<Places>; 2],
    pub(crate) cost: u32,
    /// Or it is refused at once.
    pub(crate) waits: bool,
}

/// Places for calls that are under way.
#[derive(Clone)]
pub(crate) struct Places {
    pub(crate) slots: Arc<Queue<Slots>>,
    pub(crate) waits: bool,
}

/// Why a request was not sent.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(crate) enum Refused {
    /// The breaker is open, for so long.
    Open(Duration),
    /// A limit has no room, for so long if that is known.
    Full(&'static str, Option<Duration>),
}

impl Full {
    fn of_server(self) -> Refused {
        Refused::Full("the server's own rate limit", self.wait)
    }

    fn of_client(self) -> Refused {
        Refused::Full("its rate limit", self.wait)
    }

    fn of_places(self) -> Refused {
        Refused::Full("its limit of concurrent calls", self.wait)
    }
}

/// How a request ended.
#[derive(Debug, Clone, Copy)]
pub(crate) enum Ended<'a> {
    /// The server has answered.
    Answered(StatusCode, &'a HeaderMap),
    /// It has not, or not in time.
    Failed,
    /// That says nothing about the server.
    Aside,
}

impl Guards {
    /// Passes all of them at once, or none: the common case, which costs little.
    pub(crate) fn try_pass(self, now: Instant) -> Result<Box<Pass>, Refused> {
        let mut pass = Box::<Pass>::default();
        pass.ticket = self.circuit.map(|circuit| circuit.pass(now)).transpose().map_err(Refused::Open)?;
        if let Some(route) = self.route {
            for queue in pass.enter(route) {
                let counted = queue.try_admit(now, self.cost).map_err(Full::of_server)?;
                pass.through.push((queue, counted));
            }
        }
        for (quota, taken) in self.quotas.into_iter().zip(&mut pass.taken) {
            let Some(quota) = quota else { continue };
            let admitted = quota.try_admit(now, self.cost).map_err(Full::of_client)?;
            *taken = Some((quota, admitted));
        }
        for (places, slot) in self.slots.into_iter().zip(&mut pass.slots) {
            let Some(Places { slots, .. }) = places else { continue };
            slots.try_admit(now, 1).map_err(Full::of_places)?;
            *slot = Some(Slot::new(slots, now));
        }
        pass.is_sent = true;
        Ok(pass)
    }

    /// Passes all of them, if that leaves some of the time for the request itself. What was taken goes back if one has no room, or
    /// if nobody waits any more.
    pub(crate) async fn pass(self, clock: &dyn Clock, due: Instant) -> Result<Box<Pass>, Refused> {
        if let Some(wait) = self.circuit.as_ref().and_then(|circuit| circuit.refuses(clock.now())) {
            return Err(Refused::Open(wait));
        }
        let mut pass = Box::<Pass>::default();
        // A quota is waited for until nine tenths of the time are over, a place, which nobody knows the wait for, until half is.
        let (places_due, due) = (due, part(clock.now(), due, 9, 10));
        if let Some(route) = self.route {
            for queue in pass.enter(route) {
                let counted = match self.waits {
                    true => queue.admit(clock, self.cost, due).await,
                    false => queue.try_admit(clock.now(), self.cost),
                };
                pass.through.push((queue, counted.map_err(Full::of_server)?));
            }
        }
        for (quota, taken) in self.quotas.into_iter().zip(&mut pass.taken) {
            let Some(quota) = quota else { continue };
            let admitted = quota.admit(clock, self.cost, self.waits, due).await.map_err(Full::of_client)?;
            *taken = admitted.map(|admitted| (quota, admitted));
        }
        for (places, slot) in self.slots.into_iter().zip(&mut pass.slots) {
            let Some(Places { slots, waits }) = places else { continue };
            let now = clock.now();
            let admitted = match waits {
                true => slots.admit(clock, 1, part(now, places_due, 1, 2)).await,
                false => slots.try_admit(now, 1),
            };
            admitted.map_err(Full::of_places)?;
            *slot = Some(Slot::new(slots, clock.now()));
        }
        // The last word is the breaker's, which counts those that are under way.
        let ticket = self.circuit.map(|circuit| circuit.pass(clock.now()));
        pass.ticket = ticket.transpose().map_err(Refused::Open)?;
        pass.is_sent = true;
        Ok(pass)
    }

    /// Whether any of them can be waited for, or has to be asked elsewhere.
    pub(crate) fn may_wait(&self) -> bool {
        let shared = || self.quotas.iter().flatten().any(|quota| quota.is_shared());
        self.waits || self.slots.iter().flatten().any(|places| places.waits) || shared()
    }

    /// The same where nobody would wait.
    pub(crate) fn for_hedge(mut self) -> Self {
        self.waits = false;
        self.slots.iter_mut().flatten().for_each(|places| places.waits = false);
        self
    }
}

/// The moment at which so much of the time until `due` is over.
fn part(now: Instant, due: Instant, part: u32, of: u32) -> Instant {
    now + due.saturating_duration_since(now) / of * part
}

/// Leave to send a request, with all that it has taken. Dropped without a word it says nothing about the server.
#[derive(Default)]
pub(crate) struct Pass {
    ticket: Option<Ticket>,
    route: Option<Route>,
    through: Vec<Admitted>,
    is_stranger: bool,
    taken: [Option<(Quotas, gcra::Taken)>; 2],
    slots: [Option<Slot>; 2],
    is_sent: bool,
}

impl Pass {
    /// Begins with the limits of the server that are known.
    fn enter(&mut self, route: Route) -> Vec<Arc<ServedQueue>> {
        let queues = route.queues();
        if queues.is_empty() {
            route.server.stranger_goes();
            self.is_stranger = true;
        }
        self.route = Some(route);
        queues
    }

    /// What the end of the request says.
    pub(crate) fn end(mut self: Box<Self>, ended: Ended<'_>, keeper: &Keeper, now: Instant) {
        if let Some(ticket) = self.ticket.take() {
            ticket.end(of_circuit(ended), now);
        }
        for slot in self.slots.iter_mut().flatten() {
            match ended {
                Ended::Answered(StatusCode::TOO_MANY_REQUESTS | StatusCode::SERVICE_UNAVAILABLE, _) => {
                    slot.refused();
                }
                Ended::Failed => slot.failed(now),
                Ended::Answered(..) => slot.answered(now),
                Ended::Aside => {}
            }
        }
        if let (Some(route), Ended::Answered(status, headers)) = (&self.route, ended) {
            let low = route.learn(status, headers, std::mem::take(&mut self.through), now);
            if !low.is_empty() {
                keeper.tell(&route.server.name, low);
            }
        }
    }
}

/// RFC 9110, section 15: of 500 and more the server is to blame. 429 is the limits' business.
fn of_circuit(ended: Ended<'_>) -> Option<circuit::Ended> {
    match ended {
        Ended::Aside | Ended::Answered(StatusCode::TOO_MANY_REQUESTS, _) => None,
        Ended::Answered(status, _) if !status.is_server_error() => Some(circuit::Ended::Well),
        Ended::Answered(..) | Ended::Failed => Some(circuit::Ended::Badly),
    }
}

impl Drop for Pass {
    fn drop(&mut self) {
        if let Some(route) = self.route.as_ref().filter(|_| self.is_stranger) {
            route.server.stranger_is_back();
        }
        for (queue, counted) in self.through.drain(..).rev() {
            match self.is_sent {
                // It may have been counted.
                true => queue.change(super::served::Served::answered),
                false => queue.give_back(counted),
            }
        }
        for (quota, taken) in self.taken.iter_mut().rev().filter_map(Option::take) {
            if !self.is_sent {
                quota.give_back(taken);
            }
        }
    }
}
