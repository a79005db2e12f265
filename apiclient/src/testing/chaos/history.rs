//! What was done to which attempt.

use super::{
    draw::{stream, unit},
    fault::Fault,
    rules::Rules,
};
use crate::{
    endpoint::Endpoint,
    testing::{Name, SeededRandom},
    transport::Attempt,
};
use std::{
    collections::BTreeMap,
    fmt,
    sync::{Arc, Mutex, MutexGuard, PoisonError},
    time::Duration,
};

/// What a [`Chaos`](super::Chaos) did to one attempt. It is printed as one line, without any value of a query.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Event {
    number: usize,
    pub(super) place: Place,
    line: String,
    fault: Option<Fault>,
    latency: Duration,
}

/// Whose attempt, and which of them: the first is 1.
pub(super) type Place = (String, u64);

impl Event {
    /// Which attempt of all, from 1.
    pub fn number(&self) -> usize {
        self.number
    }

    /// Whose attempt: trait and method, `GitHub::repo`; for a call that no trait declares verb and path, `GET /users/7`.
    pub fn name(&self) -> &str {
        &self.place.0
    }

    /// What was done; none for an attempt that was left alone.
    pub fn fault(&self) -> Option<&Fault> {
        self.fault.as_ref()
    }

    /// How long it took, there and back.
    pub fn latency(&self) -> Duration {
        self.latency
    }
}

/// `GET /repos/{owner}/{repo} (GitHub::repo): the connection was refused, after 12ms`
impl fmt::Display for Event {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        let done = self.fault.as_ref().map_or("left alone".into(), Fault::sentence);
        write!(f, "{}: {done}", self.line)?;
        match self.latency.is_zero() {
            true => Ok(()),
            false => write!(f, ", after {:?}", self.latency),
        }
    }
}

/// All that has happened so far. Clones share it.
#[derive(Debug, Clone, Default)]
pub(super) struct Journal(Arc<Mutex<State>>);

#[derive(Debug, Default)]
struct State {
    history: Vec<Event>,
    endpoints: BTreeMap<String, Course>,
    /// How many attempts went by the general rules, of each chaos.
    general: BTreeMap<String, usize>,
}

/// How far the attempts of an endpoint are.
#[derive(Debug, Default)]
struct Course {
    attempts: u64,
    storm: Option<(Fault, u32)>,
}

/// What is to be done to an attempt, and the random numbers that are left for it.
pub(super) struct Decision {
    pub(super) fault: Option<Fault>,
    pub(super) latency: Duration,
    pub(super) random: SeededRandom,
}

/// By what an attempt is judged.
pub(super) struct Judge<'a> {
    pub(super) seed: u64,
    /// Of several chaoses in a world, which.
    pub(super) prefix: &'a str,
    pub(super) rules: &'a Rules,
    /// Whether these are the general rules, whose script counts the attempts of all endpoints.
    pub(super) is_general: bool,
    /// These faults and no others.
    pub(super) replay: Option<&'a BTreeMap<Place, Fault>>,
}

impl Journal {
    fn state(&self) -> MutexGuard<'_, State> {
        self.0.lock().unwrap_or_else(PoisonError::into_inner)
    }

    pub(super) fn history(&self) -> Vec<Event> {
        self.state().history.clone()
    }

    /// Decides about an attempt and writes it down.
    pub(super) fn decide(&self, judge: &Judge<'_>, attempt: &Attempt<'_>) -> Decision {
        let (name, line) = names(attempt);
        let (name, line) = (format!("{}{name}", judge.prefix), format!("{}{line}", judge.prefix));
        let mut state = self.state();
        let State { history, endpoints, general } = &mut *state;
        let course = endpoints.entry(name.clone()).or_default();
        course.attempts += 1;
        let place = (name, course.attempts);
        let random = stream(judge.seed, &place.0, place.1);
        // Drawn first and always, so that whatever else is drawn does not depend on it.
        let roll = unit(&random);
        let latency = judge.rules.draw_latency(&random);
        let fault = match judge.replay {
            Some(faults) => faults.get(&place).cloned(),
            None => match scripted(judge, place.1, general) {
                Some(step) => step.clone(),
                None => course.next(|| judge.rules.fault(roll)),
            },
        };
        let number = history.len() + 1;
        history.push(Event { number, place, line, fault: fault.clone(), latency });
        Decision { fault, latency, random }
    }
}

/// What the script says about this attempt, if it is not over.
fn scripted<'a>(
    judge: &Judge<'a>,
    nth: u64,
    general: &mut BTreeMap<String, usize>,
) -> Option<&'a Option<Fault>> {
    let step = match judge.is_general {
        true => {
            let count = general.entry(judge.prefix.to_owned()).or_default();
            *count += 1;
            *count
        }
        false => usize::try_from(nth).ok()?,
    };
    judge.rules.script.get(step - 1)
}

impl Course {
    /// The storm that is on, or a new fault.
    fn next(&mut self, draw: impl FnOnce() -> Option<Fault>) -> Option<Fault> {
        let (fault, more) = match self.storm.take() {
            Some((fault, left)) => (fault, left - 1),
            None => draw()?.begin(),
        };
        self.storm = (more > 0).then(|| (fault.clone(), more));
        Some(fault)
    }
}

/// `GitHub::repo`
pub(super) fn name(endpoint: &Endpoint) -> String {
    Name(endpoint).to_string()
}

/// Whose attempt it is, and how its line begins.
fn names(attempt: &Attempt<'_>) -> (String, String) {
    match attempt.endpoint() {
        Some(endpoint) => {
            let name = name(endpoint);
            let template = endpoint.template().split('?').next().unwrap_or_default().trim_end_matches('{');
            let line = format!("{} {template} ({name})", endpoint.method());
            (name, line)
        }
        None => {
            let path = attempt.target().split('?').next().unwrap_or_default();
            let line = format!("{} {path}", attempt.method());
            (line.clone(), line)
        }
    }
}
