//! A service that does not answer any more, and what a circuit breaker spares its callers.

use crate::{
    draw::{Figure, Line, Panel},
    record::{Record, open, whole_seconds},
};
use apiclient::{
    Breaker, Client, ErrorKind, Method,
    testing::{ManualClock, SeededRandom},
    time::{BoxFuture, Clock},
    transport::{Attempt, Reply, Transport, TransportError},
};
use std::{
    fmt::Write,
    ops::Range,
    sync::{
        Arc,
        atomic::{AtomicUsize, Ordering},
    },
    time::Duration,
};

/// So many calls a second, and when the service answers nothing.
#[derive(Debug, Clone)]
pub struct Scale {
    pub calls: usize,
    pub length: usize,
    pub down: Range<usize>,
}

impl Scale {
    pub const FULL: Scale = Scale { calls: 200, length: 120, down: 30..60 };
}

#[derive(Debug, Clone, Copy)]
pub enum Policy {
    Nothing,
    Breaker,
}

impl Policy {
    pub const ALL: [Policy; 2] = [Policy::Nothing, Policy::Breaker];

    pub fn name(self) -> &'static str {
        match self {
            Policy::Nothing => "no breaker",
            Policy::Breaker => "#[breaker]",
        }
    }
}

/// What happened in a second.
#[derive(Debug, Default, Clone)]
pub struct Second {
    pub offered: usize,
    pub good: usize,
    pub at_once: usize,
    /// Of those that were over in this second, in all.
    pub waited: Duration,
    pub failed: usize,
    /// At its end.
    pub under_way: usize,
}

pub struct Outcome {
    pub policy: Policy,
    pub seconds: Vec<Second>,
}

impl Outcome {
    pub fn sum(&self, of: impl Fn(&Second) -> usize) -> usize {
        self.seconds.iter().map(of).sum()
    }

    /// How long a call that failed took, on the average.
    pub fn waited(&self) -> Duration {
        let waited: Duration = self.seconds.iter().map(|second| second.waited).sum();
        let failed = u32::try_from(self.sum(|second| second.failed)).unwrap_or(u32::MAX);
        waited / failed.max(1)
    }
}

#[derive(Debug)]
struct Service {
    clock: ManualClock,
    down: Range<usize>,
    seconds: Record<Second>,
}

impl Transport for Service {
    fn send<'a>(&'a self, _: Attempt<'a>) -> BoxFuture<'a, Result<Reply, TransportError>> {
        Box::pin(async move {
            self.seconds.note(|second| second.offered += 1);
            self.clock.sleep(Duration::from_millis(20)).await;
            if self.down.contains(&whole_seconds(self.clock.elapsed())) {
                std::future::pending::<()>().await;
            }
            Ok(Reply::new(200, ""))
        })
    }
}

pub fn simulate(policy: Policy, seed: u64, scale: &Scale) -> Outcome {
    let clock = ManualClock::new();
    let seconds = Record::<Second>::new(&clock, scale.length);
    let service = Service { clock: clock.clone(), down: scale.down.clone(), seconds: seconds.clone() };
    let builder = Client::builder().base_url("http://service.test").transport(service).clock(clock.clone());
    let builder = builder.random(SeededRandom::new(seed)).attempt_timeout(Duration::from_secs(2));
    let client = match policy {
        Policy::Nothing => builder,
        Policy::Breaker => builder.breaker(Breaker::new()),
    };
    let client = client.build().expect("all that it needs");
    let busy = Arc::new(AtomicUsize::new(0));
    open(&clock, scale.length, scale.calls, || {
        let call = client.call(Method::GET, "/").fetch::<()>();
        let (clock, seconds, busy) = (&clock, &seconds, &busy);
        async move {
            let began = clock.elapsed();
            let now_busy = busy.fetch_add(1, Ordering::Relaxed) + 1;
            seconds.note(|second| second.under_way = now_busy);
            let result = call.await;
            let now_busy = busy.fetch_sub(1, Ordering::Relaxed) - 1;
            seconds.note(|second| {
                second.under_way = now_busy;
                match &result {
                    Ok(()) => second.good += 1,
                    Err(error) => {
                        second.at_once += usize::from(error.kind() == ErrorKind::CircuitOpen);
                        second.failed += 1;
                        second.waited += clock.elapsed() - began;
                    }
                }
            });
        }
    });
    Outcome { policy, seconds: seconds.all() }
}

pub fn figure(outcomes: &[Outcome], scale: &Scale) -> Figure {
    let panel = |outcome: &Outcome| {
        let line = |of: fn(&Second) -> usize| outcome.seconds.iter().map(of).collect();
        let lines: [fn(&Second) -> usize; 4] = [|s| s.offered, |s| s.under_way, |s| s.at_once, |s| s.good];
        let lines = lines.map(line);
        Panel {
            name: outcome.policy.name().into(),
            unit: "per second; under way: at its end",
            lines: lines.into(),
        }
    };
    Figure {
        title: format!(
            "{} calls a second, attempts of at most 2 s, a service that does not answer for {} s",
            scale.calls,
            scale.down.len()
        ),
        lines: vec![
            Line("requests", "#b5482a"),
            Line("calls under way", "#777777"),
            Line("calls that fail at once", "#e0a030"),
            Line("calls that succeed", "#2c6e9b"),
        ],
        shaded: scale.down.clone(),
        shade: "nothing is answered",
        length: scale.length,
        is_one_scale: true,
        panels: outcomes.iter().map(panel).collect(),
    }
}

pub fn table(outcomes: &[Outcome], scale: &Scale) -> String {
    let mut text = format!(
        "{} calls a second for {} s; the service answers nothing from {} s to {} s\n\n{:<14}{:>10}{:>20}{:>8}{:>20}{:>17}\n",
        scale.calls,
        scale.length,
        scale.down.start,
        scale.down.end,
        "policy",
        "requests",
        "of that, while down",
        "failed",
        "each after, mean",
        "most under way",
    );
    for outcome in outcomes {
        let down = outcome.seconds[scale.down.clone()].iter().map(|second| second.offered).sum::<usize>();
        let most = outcome.seconds.iter().map(|second| second.under_way).max().unwrap_or_default();
        let _ = writeln!(
            text,
            "{:<14}{:>10}{:>20}{:>8}{:>18}ms{:>17}",
            outcome.policy.name(),
            outcome.sum(|second| second.offered),
            down,
            outcome.sum(|second| second.failed),
            outcome.waited().as_millis(),
            most,
        );
    }
    text
}

#[cfg(test)]
mod tests {
    use super::*;

    const SMALL: Scale = Scale { calls: 100, length: 40, down: 8..20 };

    #[test]
    fn a_breaker_spares_waits() {
        let [nothing, breaker] = Policy::ALL.map(|policy| simulate(policy, 1, &SMALL));
        let down = |outcome: &Outcome| outcome.seconds[SMALL.down].iter().map(|s| s.offered).sum::<usize>();
        assert!(down(&breaker) * 2 < down(&nothing), "{} {}", down(&breaker), down(&nothing));
        assert!(breaker.waited() * 2 < nothing.waited(), "{:?} {:?}", breaker.waited(), nothing.waited());
        // It costs at most the time that it is left alone.
        let well = |outcome: &Outcome| outcome.seconds[SMALL.down.end + 6..].iter().all(|s| s.good >= 95);
        assert!(well(&nothing) && well(&breaker));
        assert!(breaker.seconds[..SMALL.down.start].iter().all(|second| second.failed == 0));
    }
}
