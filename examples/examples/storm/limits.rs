//! A job that asks for more than a service gives, and what a limit spares the two of them.

use crate::{
    draw::{Figure, Line, Panel},
    record::Record,
};
use apiclient::{
    Client, HeaderName, HeaderValue, Method, Rate, RateLimit, RateLimitDialect,
    testing::{ManualClock, SeededRandom},
    time::{BoxFuture, Clock},
    transport::{Attempt, Reply, Transport, TransportError},
};
use futures_util::future::join_all;
use std::{
    fmt::Write,
    sync::{Mutex, PoisonError},
    time::Duration,
};

/// So many calls in all, so many of them at a time, and what the service gives in ten seconds.
#[derive(Debug, Clone)]
pub struct Scale {
    pub calls: usize,
    pub tasks: usize,
    pub quota: u32,
    pub length: usize,
}

impl Scale {
    pub const FULL: Scale = Scale { calls: 900, tasks: 64, quota: 100, length: 120 };
}

const WINDOW: Duration = Duration::from_secs(10);

#[derive(Debug, Clone, Copy)]
pub enum Policy {
    /// What is refused is tried again.
    Retries,
    /// `#[rate_limit]`: what the service says is heeded.
    Heeds,
    /// `#[rate_limit("10/s")]`: as much as the service gives.
    Own,
}

impl Policy {
    pub const ALL: [Policy; 3] = [Policy::Retries, Policy::Heeds, Policy::Own];

    pub fn name(self) -> &'static str {
        match self {
            Policy::Retries => "retries alone",
            Policy::Heeds => "a client that heeds the service's RateLimit fields",
            Policy::Own => "a limit of the client's own",
        }
    }
}

/// What happened in a second.
#[derive(Debug, Default, Clone)]
pub struct Second {
    pub offered: usize,
    pub refused: usize,
    pub good: usize,
    pub failed: usize,
}

pub struct Outcome {
    pub policy: Policy,
    pub seconds: Vec<Second>,
    /// When the last call was over.
    pub took: Duration,
}

impl Outcome {
    pub fn sum(&self, of: impl Fn(&Second) -> usize) -> usize {
        self.seconds.iter().map(of).sum()
    }
}

/// It answers so many requests in each ten seconds, and says so.
#[derive(Debug)]
struct Service {
    clock: ManualClock,
    quota: u32,
    seconds: Record<Second>,
    /// Which window it is, and what was used of it.
    used: Mutex<(u128, u32)>,
}

impl Service {
    fn answer(&self) -> Reply {
        let now = self.clock.elapsed();
        let window = now.as_nanos() / WINDOW.as_nanos();
        let left = {
            let mut used = self.used.lock().unwrap_or_else(PoisonError::into_inner);
            if used.0 != window {
                *used = (window, 0);
            }
            used.1 += 1;
            self.quota.checked_sub(used.1)
        };
        let ends = (10 - now.as_secs() % 10).to_string();
        let mut reply = Reply::new(if left.is_some() { 200 } else { 429 }, "");
        let mut say = |name, value: &str| {
            let value = HeaderValue::from_str(value).expect("plain text");
            reply.headers_mut().insert(HeaderName::from_static(name), value);
        };
        say("ratelimit-policy", &format!("\"ten\";q={};w=10", self.quota));
        say("ratelimit", &format!("\"ten\";r={};t={ends}", left.unwrap_or_default()));
        if left.is_none() {
            say("retry-after", &ends);
        }
        self.seconds.note(|second| {
            second.offered += 1;
            second.refused += usize::from(left.is_none());
        });
        reply
    }
}

impl Transport for Service {
    fn send<'a>(&'a self, _: Attempt<'a>) -> BoxFuture<'a, Result<Reply, TransportError>> {
        Box::pin(async move {
            self.clock.sleep(Duration::from_millis(25)).await;
            let reply = self.answer();
            self.clock.sleep(Duration::from_millis(25)).await;
            Ok(reply)
        })
    }
}

pub fn simulate(policy: Policy, seed: u64, scale: &Scale) -> Outcome {
    let clock = ManualClock::new();
    let seconds = Record::new(&clock, scale.length);
    let service = Service {
        clock: clock.clone(),
        quota: scale.quota,
        seconds: seconds.clone(),
        used: Mutex::default(),
    };
    let builder = Client::builder().base_url("http://service.test").transport(service).clock(clock.clone());
    let builder = builder.random(SeededRandom::new(seed)).timeout(Duration::from_secs(60));
    let limit = RateLimit::new();
    let client = match policy {
        Policy::Retries => builder,
        Policy::Heeds => builder.rate_limit(limit.headers(Some(RateLimitDialect::Ietf))),
        Policy::Own => builder.rate_limit(limit.rate(Rate::new(scale.quota, WINDOW)).burst(1).headers(None)),
    };
    let client = client.build().expect("all that it needs");
    // Each task has its share of the calls.
    let tasks = (0..scale.tasks).map(|task| {
        let (client, seconds) = (&client, &seconds);
        async move {
            for _ in (task..scale.calls).step_by(scale.tasks) {
                let is_good = client.call(Method::GET, "/").fetch::<()>().await.is_ok();
                seconds.note(|second| {
                    second.good += usize::from(is_good);
                    second.failed += usize::from(!is_good);
                });
            }
        }
    });
    clock.run(join_all(tasks));
    Outcome { policy, seconds: seconds.all(), took: clock.elapsed() }
}

pub fn figure(outcomes: &[Outcome], scale: &Scale) -> Figure {
    let panel = |outcome: &Outcome| {
        let line = |of: fn(&Second) -> usize| outcome.seconds.iter().map(of).collect();
        let lines = [|s: &Second| s.offered, |s: &Second| s.refused, |s: &Second| s.good].map(line);
        Panel { name: outcome.policy.name().into(), unit: "per second", lines: lines.into() }
    };
    Figure {
        title: format!(
            "{} calls of {} tasks, a service that answers {} in 10 s",
            scale.calls, scale.tasks, scale.quota
        ),
        lines: vec![
            Line("requests", "#b5482a"),
            Line("of that, refused with 429", "#e0a030"),
            Line("calls that succeed", "#2c6e9b"),
        ],
        shaded: 0..0,
        shade: "",
        length: scale.length,
        is_one_scale: false,
        panels: outcomes.iter().map(panel).collect(),
    }
}

pub fn table(outcomes: &[Outcome], scale: &Scale) -> String {
    let mut text = format!(
        "{} calls of {} tasks; the service answers {} in each 10 s\n\n{:<52}{:>10}{:>9}{:>8}{:>12}\n",
        scale.calls, scale.tasks, scale.quota, "policy", "requests", "refused", "failed", "done after",
    );
    for outcome in outcomes {
        let _ = writeln!(
            text,
            "{:<52}{:>10}{:>9}{:>8}{:>11.1}s",
            outcome.policy.name(),
            outcome.sum(|second| second.offered),
            outcome.sum(|second| second.refused),
            outcome.sum(|second| second.failed),
            outcome.took.as_secs_f64(),
        );
    }
    text
}

#[cfg(test)]
mod tests {
    use super::*;

    const SMALL: Scale = Scale { calls: 300, tasks: 40, quota: 50, length: 90 };

    #[test]
    fn a_limit_spares_refusals() {
        let [retries, heeds, own] = Policy::ALL.map(|policy| simulate(policy, 1, &SMALL));
        let refused = |outcome: &Outcome| outcome.sum(|second| second.refused);
        assert!(refused(&retries) > 40 && retries.sum(|second| second.failed) > 0);
        // Before the first answer nobody knows of a limit, and the own one knows no windows.
        assert_eq!((refused(&heeds), refused(&own)), (0, 0));
        for outcome in [&heeds, &own] {
            assert_eq!(outcome.sum(|second| second.failed), 0);
            assert_eq!(outcome.sum(|second| second.good), 300);
            assert!(outcome.took < Duration::from_secs(61), "{:?}", outcome.took);
        }
    }
}
