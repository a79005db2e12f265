//! A service that is down for a while, thousands of clients of it, and what retries do to them.

use crate::{
    draw::{Figure, Line, Panel},
    record::{Record, open, whole_seconds},
};
use apiclient::{
    Client, Method, Random, Retry,
    testing::{ManualClock, SeededRandom},
    time::{BoxFuture, Clock},
    transport::{Attempt, Reply, Transport, TransportError},
};
use futures_util::FutureExt;
use std::{
    fmt::Write,
    ops::Range,
    sync::{Arc, Mutex, PoisonError},
    time::Duration,
};

/// How many, how often, how long, and when the service is down, in seconds.
#[derive(Debug, Clone)]
pub struct Scale {
    pub clients: usize,
    /// Of each client, in a second.
    pub calls: usize,
    pub length: usize,
    pub down: Range<usize>,
}

impl Scale {
    pub const FULL: Scale = Scale { clients: 2_000, calls: 2, length: 120, down: 30..60 };
}

/// Who decides what is tried again.
#[derive(Debug, Clone, Copy)]
pub enum Policy {
    /// Three tries more, with jitter, and no budget.
    Unbounded,
    Ours,
    Aws,
}

impl Policy {
    pub const ALL: [Policy; 3] = [Policy::Unbounded, Policy::Ours, Policy::Aws];

    pub fn name(self) -> &'static str {
        match self {
            Policy::Unbounded => "no budget",
            Policy::Ours => "apiclient",
            Policy::Aws => "AWS, standard 2.1",
        }
    }
}

/// What happened in a second.
#[derive(Debug, Default, Clone)]
pub struct Second {
    /// Calls that were begun.
    pub calls: usize,
    /// Requests that reached the service.
    pub offered: usize,
    /// Of those, how many were another try.
    pub retries: usize,
    /// Calls that succeeded.
    pub good: usize,
}

pub struct Outcome {
    pub policy: Policy,
    pub seconds: Vec<Second>,
}

impl Outcome {
    fn sum(&self, of: impl Fn(&Second) -> usize) -> usize {
        self.seconds.iter().map(of).sum()
    }

    pub fn calls(&self) -> usize {
        self.sum(|second| second.calls)
    }

    pub fn offered(&self) -> usize {
        self.sum(|second| second.offered)
    }

    pub fn good(&self) -> usize {
        self.sum(|second| second.good)
    }

    /// How many seconds after the service is back 95 of 100 calls succeed again, and go on doing so.
    pub fn well_again(&self, scale: &Scale) -> Option<usize> {
        let wanted = scale.clients * scale.calls * 95 / 100;
        let after = &self.seconds[scale.down.end..scale.length];
        let bad = after.iter().rposition(|second| second.good < wanted).map_or(0, |last| last + 1);
        (bad < after.len()).then_some(bad)
    }
}

/// A service that answers so many requests in a tenth of a second.
#[derive(Debug)]
struct Service {
    clock: ManualClock,
    scale: Scale,
    seconds: Record<Second>,
    room: Mutex<Room>,
}

#[derive(Debug, Default)]
struct Room {
    /// None was asked for anything yet.
    tenth: Option<u128>,
    /// In halves of an answer; what was too much in one tenth is missing in the next.
    left: i64,
}

/// In halves.
const ANSWER: i64 = 2;
const REFUSAL: i64 = 1;

impl Service {
    fn answer(&self, attempt: &Attempt<'_>) -> Reply {
        let now = self.clock.elapsed();
        let second = whole_seconds(now);
        let is_retry = attempt.headers().get("x-attempt").is_some_and(|number| number != "1");
        self.seconds.note(|second| {
            second.offered += 1;
            second.retries += usize::from(is_retry);
        });
        let is_down = self.scale.down.contains(&second);
        let status = if !is_down && self.takes(now) { 200 } else { 503 };
        Reply::new(status, "")
    }

    /// Whether there is room for it.
    fn takes(&self, now: Duration) -> bool {
        let each = i64::try_from(self.scale.clients * self.scale.calls / 8).unwrap_or(i64::MAX) * ANSWER;
        let mut room = self.room.lock().unwrap_or_else(PoisonError::into_inner);
        let tenth = Some(now.as_millis() / 100);
        if room.tenth != tenth {
            room.tenth = tenth;
            room.left = room.left.min(0) + each;
        }
        let is_taken = room.left >= ANSWER;
        room.left -= if is_taken { ANSWER } else { REFUSAL };
        is_taken
    }
}

impl Transport for Service {
    fn send<'a>(&'a self, attempt: Attempt<'a>) -> BoxFuture<'a, Result<Reply, TransportError>> {
        Box::pin(async move {
            // The way there and back.
            self.clock.sleep(Duration::from_millis(5)).await;
            Ok(self.answer(&attempt))
        })
    }
}

fn client(policy: Policy, seed: u64, service: &Arc<Service>) -> Client {
    let retry = match policy {
        Policy::Unbounded => Retry::new().attempts(4),
        Policy::Ours => Retry::new(),
        Policy::Aws => Retry::aws_2_1(),
    };
    let builder = Client::builder().base_url("http://service.test").shared_transport(service.clone());
    let builder = builder.clock(service.clock.clone()).random(SeededRandom::new(seed));
    let builder = match policy {
        Policy::Unbounded => builder.retry_budget(u32::MAX),
        Policy::Ours | Policy::Aws => builder,
    };
    builder.retry(retry.attempt_header("x-attempt")).build().expect("all that it needs")
}

pub fn simulate(policy: Policy, seed: u64, scale: &Scale) -> Outcome {
    let clock = ManualClock::new();
    // What was begun at the end goes on a little.
    let seconds = Record::new(&clock, scale.length + 61);
    let service = Arc::new(Service {
        clock: clock.clone(),
        scale: scale.clone(),
        seconds: seconds.clone(),
        room: Mutex::default(),
    });
    let dice = SeededRandom::new(seed);
    let clients: Vec<_> = (0..scale.clients).map(|_| client(policy, dice.next_u64(), &service)).collect();
    let begin = || {
        // Whoever it is: two calls a second on the average.
        let whose = usize::try_from(dice.next_u64() % scale.clients as u64).unwrap_or_default();
        seconds.note(|second| second.calls += 1);
        let call = clients[whose].call(Method::GET, "/").fetch::<()>();
        let seconds = seconds.clone();
        call.map(move |result| seconds.note(|second| second.good += usize::from(result.is_ok())))
    };
    open(&clock, scale.length, scale.clients * scale.calls, begin);
    Outcome { policy, seconds: seconds.all() }
}

const LINES: [Line; 3] = [
    Line("offered load (requests)", "#b5482a"),
    Line("of that, retries", "#e0a030"),
    Line("goodput (calls that succeed)", "#2c6e9b"),
];

pub fn figure(outcomes: &[Outcome], scale: &Scale) -> Figure {
    let panel = |outcome: &Outcome| {
        let seconds = &outcome.seconds[..scale.length];
        let line = |of: fn(&Second) -> usize| seconds.iter().map(of).collect();
        let lines = [|s: &Second| s.offered, |s: &Second| s.retries, |s: &Second| s.good].map(line);
        Panel { name: outcome.policy.name().into(), unit: "per second", lines: lines.into() }
    };
    Figure {
        title: format!(
            "{} clients, {} calls a second, a service that is down for {} s",
            scale.clients,
            scale.clients * scale.calls,
            scale.down.len()
        ),
        lines: LINES.into(),
        shaded: scale.down.clone(),
        shade: "the service is down",
        length: scale.length,
        is_one_scale: true,
        panels: outcomes.iter().map(panel).collect(),
    }
}

pub fn table(outcomes: &[Outcome], scale: &Scale) -> String {
    let mut text = format!(
        "{} clients, {} calls a second in all, for {} s; the service is down from {} s to {} s\n\n{:<22}{:>9}{:>10}{:>9}{:>9}{:>12}{:>14}\n",
        scale.clients,
        scale.clients * scale.calls,
        scale.length,
        scale.down.start,
        scale.down.end,
        "policy",
        "calls",
        "requests",
        "retries",
        "failed",
        "most in 1 s",
        "well again",
    );
    for outcome in outcomes {
        let most = outcome.seconds.iter().map(|second| second.offered).max().unwrap_or_default();
        let again = match outcome.well_again(scale) {
            Some(seconds) => format!("after {seconds} s"),
            None => "not any more".to_owned(),
        };
        let _ = writeln!(
            text,
            "{:<22}{:>9}{:>10}{:>9}{:>9}{:>12}{:>14}",
            outcome.policy.name(),
            outcome.calls(),
            outcome.offered(),
            outcome.offered() - outcome.calls(),
            outcome.calls() - outcome.good(),
            most,
            again,
        );
    }
    text
}

#[cfg(test)]
mod tests {
    use super::*;

    const SMALL: Scale = Scale { clients: 10, calls: 10, length: 20, down: 4..12 };

    #[test]
    fn the_same_seed_is_the_same_storm() {
        let all = |seed| Policy::ALL.map(|policy| simulate(policy, seed, &SMALL));
        assert_eq!(table(&all(3), &SMALL), table(&all(3), &SMALL));
        assert_ne!(table(&all(3), &SMALL), table(&all(4), &SMALL));
        assert_eq!(figure(&all(3), &SMALL).svg(), figure(&all(3), &SMALL).svg());
    }

    #[test]
    fn a_budget_bounds_what_is_added() {
        let [unbounded, ours, aws] = Policy::ALL.map(|policy| simulate(policy, 1, &SMALL));
        let retries = |outcome: &Outcome| outcome.offered() - outcome.calls();
        // Each client has tokens for 35 tries more, and what succeeds gives a few back.
        assert!(retries(&ours) <= 36 * 10 + ours.calls() / 14, "{}", retries(&ours));
        assert!(retries(&aws) <= 36 * 10 + aws.calls() / 14, "{}", retries(&aws));
        assert!(ours.good() > ours.calls() / 2 && aws.good() > aws.calls() / 2);
        assert!(retries(&unbounded) > 4 * retries(&ours), "{}", retries(&unbounded));
        assert!(ours.well_again(&SMALL).is_some_and(|seconds| seconds <= 5));
        for outcome in [&unbounded, &ours, &aws] {
            assert_eq!(outcome.calls(), outcome.seconds.iter().map(|second| second.calls).sum::<usize>());
            assert!(outcome.good() <= outcome.calls());
        }
    }
}
