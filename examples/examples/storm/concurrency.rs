//! How many calls at a time a service can take, where that changes: a number that was said, AIMD, and what this crate does.

use crate::{
    draw::{Figure, Line, Panel},
    record::{Record, whole_seconds},
};
use apiclient::{
    Client, Concurrency, Method, Retry,
    testing::{ManualClock, SeededRandom},
    time::{BoxFuture, Clock},
    transport::{Attempt, Reply, Transport, TransportError},
};
use futures_util::future::join_all;
use std::{
    fmt::Write,
    ops::Range,
    sync::{Mutex, PoisonError},
    time::Duration,
};
use tokio::sync::{Semaphore, SemaphorePermit};

/// So many tasks that call all the time; how many the service has room for, and how many while half of it is gone.
#[derive(Debug, Clone)]
pub struct Scale {
    pub tasks: usize,
    pub room: usize,
    pub little: usize,
    pub length: usize,
    pub narrow: Range<usize>,
}

impl Scale {
    pub const FULL: Scale = Scale { tasks: 400, room: 40, little: 10, length: 120, narrow: 40..80 };
}

/// What each request takes, once it has room.
const TAKES: Duration = Duration::from_millis(100);
/// What would wait for longer is refused.
const PATIENCE: Duration = Duration::from_millis(800);

#[derive(Debug, Clone, Copy)]
pub enum Policy {
    /// `#[concurrency(100)]`
    Said,
    /// One more after as many answers as may be under way, a tenth less where one is refused: what TCP and many clients do.
    Aimd,
    /// `#[concurrency(adaptive)]`
    Adaptive,
}

impl Policy {
    pub const ALL: [Policy; 3] = [Policy::Said, Policy::Aimd, Policy::Adaptive];

    pub fn name(self) -> &'static str {
        match self {
            Policy::Said => "#[concurrency(100)]",
            Policy::Aimd => "AIMD, by refusals",
            Policy::Adaptive => "#[concurrency(adaptive)]",
        }
    }
}

/// What happened in a second.
#[derive(Debug, Default, Clone)]
pub struct Second {
    pub good: usize,
    pub refused: usize,
    pub took: Duration,
    /// The most at a time.
    pub under_way: usize,
}

impl Second {
    /// In milliseconds, of an answer that was no refusal.
    pub fn mean(&self) -> usize {
        usize::try_from(self.took.as_millis()).unwrap_or(usize::MAX) / self.good.max(1)
    }
}

pub struct Outcome {
    pub policy: Policy,
    pub seconds: Vec<Second>,
}

impl Outcome {
    pub fn sum(&self, seconds: Range<usize>, of: impl Fn(&Second) -> usize) -> usize {
        self.seconds[seconds].iter().map(of).sum()
    }
}

#[derive(Debug)]
struct Service {
    clock: ManualClock,
    scale: Scale,
    seconds: Record<Second>,
    state: Mutex<State>,
}

#[derive(Debug)]
struct State {
    /// When each place is free.
    free: Vec<Duration>,
    under_way: usize,
}

impl Service {
    fn state(&self) -> std::sync::MutexGuard<'_, State> {
        self.state.lock().unwrap_or_else(PoisonError::into_inner)
    }

    /// When it is done, if it is taken at all.
    fn take(&self) -> Option<Duration> {
        let now = self.clock.elapsed();
        let is_narrow = self.scale.narrow.contains(&whole_seconds(now));
        let mut state = self.state();
        state.under_way += 1;
        let under_way = state.under_way;
        self.seconds.note(|second| second.under_way = second.under_way.max(under_way));
        let room = if is_narrow { self.scale.little } else { self.scale.room };
        let place = state.free[..room].iter_mut().min().expect("there is room for one");
        let begins = now.max(*place);
        (begins <= now + PATIENCE).then(|| {
            *place = begins + TAKES;
            *place
        })
    }
}

impl Transport for Service {
    fn send<'a>(&'a self, _: Attempt<'a>) -> BoxFuture<'a, Result<Reply, TransportError>> {
        Box::pin(async move {
            let began = self.clock.elapsed();
            let done = self.take();
            // Saying no takes some time, too.
            let takes = done.map_or(Duration::from_millis(10), |done| done - began);
            self.clock.sleep(takes).await;
            self.state().under_way -= 1;
            self.seconds.note(|second| {
                second.refused += usize::from(done.is_none());
                if done.is_some() {
                    second.good += 1;
                    second.took += takes;
                }
            });
            Ok(Reply::new(if done.is_some() { 200 } else { 503 }, ""))
        })
    }
}

/// Additive increase, multiplicative decrease.
struct Aimd {
    places: Semaphore,
    state: Mutex<AimdState>,
}

struct AimdState {
    limit: usize,
    answers: usize,
    /// Places that are taken away as soon as they are free.
    owed: usize,
    /// Once per window.
    has_shrunk: bool,
}

impl Aimd {
    fn new() -> Self {
        let state = AimdState { limit: 4, answers: 0, owed: 0, has_shrunk: false };
        Aimd { places: Semaphore::new(state.limit), state: Mutex::new(state) }
    }

    async fn enter(&self) -> SemaphorePermit<'_> {
        self.places.acquire().await.expect("it is never closed")
    }

    fn leave(&self, place: SemaphorePermit<'_>, is_good: bool) {
        let mut state = self.state.lock().unwrap_or_else(PoisonError::into_inner);
        state.answers += 1;
        if !is_good && !state.has_shrunk {
            let less = (state.limit / 10).max(1).min(state.limit - 1);
            state.limit -= less;
            state.owed += less;
            state.has_shrunk = true;
        }
        if state.answers >= state.limit {
            if !state.has_shrunk {
                state.limit += 1;
                match state.owed {
                    0 => self.places.add_permits(1),
                    _ => state.owed -= 1,
                }
            }
            (state.answers, state.has_shrunk) = (0, false);
        }
        if state.owed > 0 {
            state.owed -= 1;
            place.forget();
        }
    }
}

pub fn simulate(policy: Policy, seed: u64, scale: &Scale) -> Outcome {
    let clock = ManualClock::new();
    let seconds = Record::new(&clock, scale.length);
    let service = Service {
        clock: clock.clone(),
        scale: scale.clone(),
        seconds: seconds.clone(),
        state: Mutex::new(State { free: vec![Duration::ZERO; scale.room], under_way: 0 }),
    };
    let builder = Client::builder().base_url("http://service.test").transport(service).clock(clock.clone());
    let builder = builder.random(SeededRandom::new(seed)).retry(Retry::none());
    let builder = builder.timeout(Duration::from_secs(600));
    let client = match policy {
        Policy::Said => builder.concurrency(Concurrency::new(100)),
        Policy::Aimd => builder,
        Policy::Adaptive => builder.concurrency(Concurrency::adaptive()),
    };
    let client = client.build().expect("all that it needs");
    let aimd = matches!(policy, Policy::Aimd).then(Aimd::new);
    let tasks = (0..scale.tasks).map(|_| async {
        while whole_seconds(clock.elapsed()) < scale.length {
            let place = match &aimd {
                Some(aimd) => Some((aimd, aimd.enter().await)),
                None => None,
            };
            let result = client.call(Method::GET, "/").fetch::<()>().await;
            if let Some((aimd, place)) = place {
                aimd.leave(place, result.is_ok());
            }
        }
    });
    clock.run(join_all(tasks));
    Outcome { policy, seconds: seconds.all() }
}

pub fn figure(outcomes: &[Outcome], scale: &Scale) -> Figure {
    let panel = |name: &str, unit, of: fn(&Second) -> usize| {
        let lines = outcomes.iter().map(|outcome| outcome.seconds.iter().map(of).collect()).collect();
        Panel { name: name.into(), unit, lines }
    };
    let colours = ["#999999", "#e0a030", "#2c6e9b"];
    Figure {
        title: format!(
            "{} tasks, a service with room for {} requests of 100 ms, and for {} for a while",
            scale.tasks, scale.room, scale.little
        ),
        lines: outcomes
            .iter()
            .zip(colours)
            .map(|(outcome, colour)| Line(outcome.policy.name(), colour))
            .collect(),
        shaded: scale.narrow.clone(),
        shade: "less room",
        length: scale.length,
        is_one_scale: false,
        panels: vec![
            panel("under way", "the most in a second", |second| second.under_way),
            panel("an answer takes", "ms, mean of a second", Second::mean),
            panel("answers", "per second", |second| second.good),
            panel("refusals", "per second", |second| second.refused),
        ],
    }
}

pub fn table(outcomes: &[Outcome], scale: &Scale) -> String {
    let mut text = format!(
        "{} tasks; room for {} requests of 100 ms, and for {} from {} s to {} s\n\n{:<26}{:>9}{:>9}{:>20}{:>24}\n",
        scale.tasks,
        scale.room,
        scale.little,
        scale.narrow.start,
        scale.narrow.end,
        "policy",
        "answers",
        "refused",
        "an answer takes, ms",
        "the same, little room",
    );
    for outcome in outcomes {
        let mean = |seconds: &[Second]| {
            let took: Duration = seconds.iter().map(|second| second.took).sum();
            took.as_millis() / seconds.iter().map(|second| second.good).sum::<usize>().max(1) as u128
        };
        let _ = writeln!(
            text,
            "{:<26}{:>9}{:>9}{:>20}{:>24}",
            outcome.policy.name(),
            outcome.sum(0..scale.length, |second| second.good),
            outcome.sum(0..scale.length, |second| second.refused),
            mean(&outcome.seconds),
            mean(&outcome.seconds[scale.narrow.clone()]),
        );
    }
    text
}

#[cfg(test)]
mod tests {
    use super::*;

    const SMALL: Scale = Scale { tasks: 100, room: 20, little: 5, length: 60, narrow: 20..40 };

    #[test]
    fn it_finds_out_how_many() {
        let [said, aimd, adaptive] = Policy::ALL.map(|policy| simulate(policy, 1, &SMALL));
        let good = |outcome: &Outcome| outcome.sum(0..SMALL.length, |second| second.good);
        // All of the room, most of the time, and answers that hardly wait.
        let most = 20 * 10 * 40 + 5 * 10 * 20;
        assert!(good(&adaptive) * 10 > most * 9, "{} of {most}", good(&adaptive));
        let mean = |outcome: &Outcome, second: usize| outcome.seconds[second].mean();
        assert!(mean(&adaptive, 15) <= 200 && mean(&adaptive, 35) <= 400, "{}", mean(&adaptive, 35));
        assert!(mean(&aimd, 35) > 2 * mean(&adaptive, 35), "{}", mean(&aimd, 35));
        assert!(mean(&said, 35) > 2 * mean(&adaptive, 35), "{}", mean(&said, 35));
    }
}
