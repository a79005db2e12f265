//! The service, its clients, and what happened in each second.

use apiclient::{
    Client, Method, Random, Retry,
    testing::{ManualClock, SeededRandom},
    time::{BoxFuture, Clock},
    transport::{Attempt, Reply, Transport, TransportError},
};
use futures_util::{
    FutureExt, StreamExt,
    future::{Either, select},
    stream::FuturesUnordered,
};
use std::{
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
    seconds: Arc<Mutex<Vec<Second>>>,
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
        {
            let mut seconds = self.seconds.lock().unwrap_or_else(PoisonError::into_inner);
            seconds[second].offered += 1;
            seconds[second].retries += usize::from(is_retry);
        }
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

const TICK: Duration = Duration::from_millis(10);

pub fn simulate(policy: Policy, seed: u64, scale: &Scale) -> Outcome {
    let clock = ManualClock::new();
    // What was begun at the end goes on a little.
    let seconds = Arc::new(Mutex::new(vec![Second::default(); scale.length + 61]));
    let service = Arc::new(Service {
        clock: clock.clone(),
        scale: scale.clone(),
        seconds: seconds.clone(),
        room: Mutex::default(),
    });
    let dice = SeededRandom::new(seed);
    let clients: Vec<_> = (0..scale.clients).map(|_| client(policy, dice.next_u64(), &service)).collect();
    let note = |what: fn(&mut Second)| {
        let mut seconds = seconds.lock().unwrap_or_else(PoisonError::into_inner);
        what(&mut seconds[whole_seconds(clock.elapsed())]);
    };
    clock.run(async {
        let mut running = FuturesUnordered::new();
        for _ in 0..scale.length * 100 {
            for _ in 0..scale.clients * scale.calls / 100 {
                // Whoever it is: two calls a second on the average.
                let whose = usize::try_from(dice.next_u64() % scale.clients as u64).unwrap_or_default();
                note(|second| second.calls += 1);
                let call = clients[whose].call(Method::GET, "/").fetch::<()>();
                running.push(call.map(|result| result.is_ok()));
            }
            let mut next = clock.sleep(TICK);
            loop {
                match select(next, running.next()).await {
                    Either::Left(_) => break,
                    Either::Right((Some(is_good), rest)) => {
                        if is_good {
                            note(|second| second.good += 1);
                        }
                        next = rest;
                    }
                    Either::Right((None, rest)) => {
                        rest.await;
                        break;
                    }
                }
            }
        }
        while let Some(is_good) = running.next().await {
            if is_good {
                note(|second| second.good += 1);
            }
        }
    });
    let seconds = seconds.lock().unwrap_or_else(PoisonError::into_inner).clone();
    Outcome { policy, seconds }
}

fn whole_seconds(time: Duration) -> usize {
    usize::try_from(time.as_secs()).unwrap_or(usize::MAX)
}
