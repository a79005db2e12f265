//! Looking for the seed that breaks a program, and for the few faults that it takes.

use super::{
    Chaos,
    fault::Fault,
    history::{Event, Journal, Place},
    replay::{self, Replay},
};
use crate::{
    testing::{ManualClock, SeededRandom},
    transport::Transport,
};
use std::{
    any::Any,
    collections::BTreeSet,
    fmt::{Display, Write as _},
    panic::{AssertUnwindSafe, catch_unwind},
    sync::{
        Arc,
        atomic::{AtomicU32, Ordering},
    },
};

/// How often a failure is replayed to find what it takes.
const REPLAYS: usize = 200;

/// What a scenario is given: a clock, random numbers and [`Chaos`], all of one seed. Clones share them.
///
/// See [`explore`].
#[derive(Debug, Clone)]
pub struct World {
    replay: Arc<Replay>,
    /// Whether only the faults of the replay happen.
    is_replay: bool,
    clock: ManualClock,
    journal: Journal,
    made: Arc<AtomicU32>,
}

impl World {
    fn new(replay: Replay, is_replay: bool) -> Self {
        let (replay, made) = (Arc::new(replay), Arc::default());
        World { replay, is_replay, clock: ManualClock::new(), journal: Journal::default(), made }
    }

    fn of_seed(seed: u64) -> Self {
        Self::new(Replay { seed, ..Replay::default() }, false)
    }

    /// The seed.
    pub fn seed(&self) -> u64 {
        self.replay.seed
    }

    /// The clock that the scenario runs by; its clients need it.
    pub fn clock(&self) -> ManualClock {
        self.clock.clone()
    }

    /// Random numbers of this seed, a sequence of its own each time.
    pub fn random(&self) -> SeededRandom {
        SeededRandom::new(self.replay.seed)
    }

    /// A [`Chaos`] of this seed around `inner`. Of several in one world each draws for itself.
    pub fn chaos(&self, inner: impl Transport + 'static) -> Chaos {
        let made = self.made.fetch_add(1, Ordering::Relaxed);
        let prefix = if made == 0 { String::new() } else { format!("{}/", made + 1) };
        let mut chaos = Chaos::new(inner).seed(self.replay.seed).plan(|plan| plan.prefix = prefix);
        chaos.journal = self.journal.clone();
        match self.is_replay {
            true => chaos.plan(|plan| plan.replay = Some(self.replay.faults.clone())),
            false => chaos,
        }
    }
}

/// Runs `scenario` in a [`World`] of each seed, on this thread and in no time, and says what it takes to break it.
///
/// A scenario fails by an error, by a panic, or by waiting for something that is not the clock of its world. The first failure
/// is replayed with ever fewer of the faults that happened, at most 200 times, until none can be left out. Then `explore`
/// panics with the failure, its seed, the shortest history that still fails, and the line that repeats it: see [`replay()`].
///
/// A failing scenario runs many times. What it panics with is printed each time, though only where a test fails; one that
/// returns an error is quieter.
///
/// ```
/// use apiclient::{Client, Method, testing::{self, Fault, Stub}};
///
/// testing::explore(0..50, |world| async move {
///     let chaos = world.chaos(Stub::json("1")).rate(Fault::Refuse, 0.2).rate(Fault::Hang, 0.1);
///     let builder = Client::builder().base_url("http://stub.test").transport(chaos);
///     let client = builder.clock(world.clock()).random(world.random()).build()?;
///     match client.call(Method::GET, "/number").fetch::<u64>().await {
///         Ok(number) => assert_eq!(number, 1),
///         Err(e) => assert!(e.is_connect() || e.is_timeout()),
///     }
///     Ok::<_, apiclient::Error>(())
/// });
/// ```
///
/// # Panics
///
/// If the scenario fails for one of the seeds.
#[track_caller]
#[expect(clippy::panic, reason = "that is how a test fails")]
pub fn explore<S, F, T, E>(seeds: impl IntoIterator<Item = u64>, scenario: S)
where
    S: Fn(World) -> F,
    F: Future<Output = Result<T, E>>,
    E: Display,
{
    for seed in seeds {
        if let Err(failure) = run(World::of_seed(seed), &scenario) {
            panic!("{}", shrink(seed, &failure, &scenario));
        }
    }
}

/// Runs `scenario` once, with exactly the faults of a history as [`explore`] writes it.
///
/// ```
/// use apiclient::{Client, Method, Retry, testing::{self, Stub}};
///
/// testing::replay("seed 7; GET /number 1 503", |world| async move {
///     let builder = Client::builder().base_url("http://stub.test").transport(world.chaos(Stub::json("1")));
///     let client = builder.clock(world.clock()).retry(Retry::none()).build()?;
///     let e = client.call(Method::GET, "/number").fetch::<u64>().await.unwrap_err();
///     assert_eq!(e.status().unwrap(), 503);
///     Ok::<_, apiclient::Error>(())
/// });
/// ```
///
/// # Panics
///
/// If the scenario fails, or `history` cannot be read.
#[track_caller]
#[expect(clippy::panic, reason = "that is how a test fails")]
pub fn replay<S, F, T, E>(history: &str, scenario: S)
where
    S: Fn(World) -> F,
    F: Future<Output = Result<T, E>>,
    E: Display,
{
    if let Err(Failure { message, history }) = run(World::new(replay::read(history), true), &scenario) {
        panic!("the scenario fails: {message}\n{}", lines(&history));
    }
}

/// How a scenario failed, and what had happened until then.
struct Failure {
    message: String,
    history: Vec<Event>,
}

fn run<S, F, T, E>(world: World, scenario: &S) -> Result<(), Failure>
where
    S: Fn(World) -> F,
    F: Future<Output = Result<T, E>>,
    E: Display,
{
    let clock = world.clock();
    let journal = world.journal.clone();
    let outcome = catch_unwind(AssertUnwindSafe(|| clock.drive(scenario(world))));
    let message = match outcome {
        Ok(Some(Ok(_))) => return Ok(()),
        Ok(Some(Err(e))) => e.to_string(),
        Ok(None) => "it waits for something that is not the clock of its world, `world.clock()`".into(),
        Err(panic) => format!("it panics: {}", said(&*panic)),
    };
    Err(Failure { message, history: journal.history() })
}

/// What a panic says.
fn said(panic: &(dyn Any + Send)) -> &str {
    let text = panic.downcast_ref::<&str>().copied();
    text.or_else(|| panic.downcast_ref::<String>().map(String::as_str)).unwrap_or("something that is no text")
}

/// The faults of one run.
type Faults = Vec<(Place, Fault)>;

/// Replays a failure with fewer and fewer of its faults (Zeller, Hildebrandt: Simplifying and Isolating Failure-Inducing
/// Input, 2002), and says what came of it.
fn shrink<S, F, T, E>(seed: u64, first: &Failure, scenario: &S) -> String
where
    S: Fn(World) -> F,
    F: Future<Output = Result<T, E>>,
    E: Display,
{
    let mut search = Search {
        replays: 0,
        fails: |faults: &[(Place, Fault)]| {
            let replay = Replay { seed, faults: faults.iter().cloned().collect() };
            run(World::new(replay, true), scenario).err()
        },
    };
    let all = replay::faults(&first.history);
    match search.replay(&all) {
        None => report_unsteady(seed, first),
        Some(again) => {
            let least = search.least(again);
            report(seed, &first.message, all.len(), &least, search.replays)
        }
    }
}

struct Search<R> {
    fails: R,
    replays: usize,
}

impl<R: Fn(&[(Place, Fault)]) -> Option<Failure>> Search<R> {
    /// The failure again; none where it does not fail, and where enough was tried.
    fn replay(&mut self, faults: &[(Place, Fault)]) -> Option<Failure> {
        if self.replays == REPLAYS {
            return None;
        }
        self.replays += 1;
        (self.fails)(faults)
    }

    /// Leaves out all, then halves, then ever smaller parts, and in the end each by itself until none can be left out; then
    /// has what is left happen as early as it can.
    fn least(&mut self, mut failure: Failure) -> Failure {
        let mut size = replay::faults(&failure.history).len();
        while size > 0 {
            let shorter = self.without_parts(size, &mut failure);
            size = match shorter {
                true if size == 1 => 1,
                _ => size / 2,
            };
        }
        self.earlier(&mut failure);
        failure
    }

    /// Tries without each part of this size; whether one could be left out.
    fn without_parts(&mut self, size: usize, failure: &mut Failure) -> bool {
        let mut shorter = false;
        let mut from = 0;
        let mut faults = replay::faults(&failure.history);
        while from < faults.len() && self.replays < REPLAYS {
            let end = faults.len().min(from + size);
            let (left, right) = (&faults[..from], &faults[end..]);
            let rest: Faults = left.iter().chain(right).cloned().collect();
            // Without a fault there may be one attempt less, and those behind it have other numbers.
            let closer: Faults = left.iter().cloned().chain(moved_up(&faults[from..end], right)).collect();
            let again = if closer == rest { None } else { Some(closer) };
            let fewer = self.replay(&rest).or_else(|| self.replay(&again?));
            match fewer {
                Some(fewer) => {
                    // Attempts that are no longer made take their faults with them.
                    faults = replay::faults(&fewer.history);
                    *failure = fewer;
                    shorter = true;
                }
                None => from = end,
            }
        }
        shorter
    }

    /// Tries to have the faults of each endpoint happen so much earlier that the first one hits its first attempt, or half of
    /// that.
    fn earlier(&mut self, failure: &mut Failure) {
        let names: BTreeSet<String> =
            replay::faults(&failure.history).into_iter().map(|((name, _), _)| name).collect();
        for name in names {
            let faults = replay::faults(&failure.history);
            let own = faults.iter().filter(|((other, _), _)| *other == name).map(|((_, nth), _)| *nth);
            let mut step = own.min().map_or(0, |first| first - 1);
            while step > 0 && self.replays < REPLAYS {
                let moved: Faults = faults
                    .iter()
                    .map(|((other, nth), fault)| {
                        let nth = if *other == name { nth - step } else { *nth };
                        ((other.clone(), nth), fault.clone())
                    })
                    .collect();
                let found = self.replay(&moved).filter(|again| again.history.len() <= failure.history.len());
                step = match found {
                    Some(again) => {
                        *failure = again;
                        0
                    }
                    None => step / 2,
                };
            }
        }
    }
}

/// What comes behind faults that are left out, each by so many attempts earlier as its endpoint has lost.
fn moved_up(left_out: &[(Place, Fault)], behind: &[(Place, Fault)]) -> Faults {
    let moved = behind.iter().map(|((name, nth), fault)| {
        let lost = left_out.iter().filter(|((other, before), _)| other == name && before < nth).count();
        ((name.clone(), nth - lost as u64), fault.clone())
    });
    moved.collect()
}

fn report(seed: u64, first: &str, faults: usize, least: &Failure, replays: usize) -> String {
    let left = replay::faults(&least.history);
    let others = match faults.saturating_sub(left.len()) {
        0 => "no other happened".to_owned(),
        others => format!("{others} other {} made no difference", plural(others)),
    };
    let mut text = format!("the scenario fails with seed {seed}: {}\n", least.message);
    if first != least.message {
        let _ = writeln!(text, "with all of its faults it said: {first}");
    }
    let end = if replays < REPLAYS { "" } else { ", the most that are made: fewer faults may do" };
    let _ =
        writeln!(text, "it takes {} {} ({others}; {replays} replays{end}):", left.len(), plural(left.len()));
    text.push_str(&lines(&least.history));
    let replay = Replay { seed, faults: left.into_iter().collect() };
    let _ = write!(text, "to repeat it: testing::replay({:?}, scenario)", replay.to_string());
    text
}

fn report_unsteady(seed: u64, first: &Failure) -> String {
    format!(
        "the scenario fails with seed {seed}: {}\n\
         and does not fail when the same happens again: it depends on something else than its world, such as the real time, \
         random numbers of its own, another thread or the order of a hash map\n{}",
        first.message,
        lines(&first.history)
    )
}

fn plural(count: usize) -> &'static str {
    if count == 1 { "fault" } else { "faults" }
}

/// One numbered line per attempt. Many in a row that were left alone are one line.
fn lines(history: &[Event]) -> String {
    const SHOWN: usize = 3;
    let mut text = String::new();
    for run in history.chunk_by(|a, b| a.fault().is_none() && b.fault().is_none()) {
        let shown = if run.len() > SHOWN { 1 } else { run.len() };
        for event in &run[..shown] {
            let _ = writeln!(text, "{:>5}. {event}", event.number());
        }
        if shown < run.len() {
            let _ = writeln!(text, "       and {} more that were left alone", run.len() - shown);
        }
    }
    text
}
