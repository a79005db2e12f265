//! What a client's calls have come to, without any exporter.

use crate::{
    endpoint::Endpoint,
    error::ErrorKind,
    hooks::{CallInfo, EndInfo, Hook, RetryInfo},
    table::Table,
};
use hdrhistogram::Histogram;
use serde::ser::{Serialize, SerializeStruct, Serializer};
use std::{
    collections::BTreeMap,
    fmt,
    sync::{
        Arc, Mutex, MutexGuard, PoisonError,
        atomic::{AtomicU64, Ordering},
    },
    time::Duration,
};

/// What the calls of a client have come to, since it was built or since the last [`reset`](Self::reset): [`Client::stats`](crate::Client::stats). A clone
/// is the same numbers.
///
/// They are as large as the trait has endpoints, however many calls there are. Times are those of whole calls, with retries and waits, and are right to
/// one in a hundred, up to an hour.
///
/// ```
/// use apiclient::prelude::*;
/// # use apiclient::testing::{ManualClock, Stub};
///
/// #[api_client(base_url = "https://api.example.com")]
/// trait Users {
///     #[get("/users/{id}")]
///     fn user(&self, id: u64) -> Call<String>;
/// }
///
/// # let (stub, clock) = (Stub::json("\"ada\""), ManualClock::new());
/// let users = UsersClient::builder()
/// #   .transport(stub).clock(clock.clone())
///     .build()?;
/// # clock.run(users.user(7))?;
/// let total = users.client().stats().total();
/// println!("{} calls, {:.1} % well, p99 {:?}", total.calls(), total.success_rate() * 100.0, total.latency().p99);
/// # assert_eq!((total.calls(), total.success_rate()), (1, 1.0));
/// # Ok::<_, apiclient::Error>(())
/// ```
#[derive(Clone, Default)]
pub struct Stats(Arc<Inner>);

/// By the address of the endpoint; 0 for calls that no trait declares.
type Inner = Table<Cell, 32>;

/// Of one endpoint.
struct Cell {
    endpoint: Option<&'static Endpoint>,
    in_flight: AtomicU64,
    retries: AtomicU64,
    waits: AtomicU64,
    counted: Mutex<Counted>,
}

#[derive(Clone)]
struct Counted {
    successes: u64,
    dropped: u64,
    attempts: u64,
    retries: u64,
    waits: u64,
    failures: [u64; KINDS.len()],
    /// Microseconds. There always is one: its bounds are ones that it takes.
    times: Option<Histogram<u32>>,
    /// Nanoseconds, for a mean that is exact.
    sum: u128,
    min: Duration,
    max: Duration,
}

/// Those that there are, in the order in which they are shown.
const KINDS: [ErrorKind; 14] = [
    ErrorKind::Config,
    ErrorKind::Argument,
    ErrorKind::Connect,
    ErrorKind::Timeout,
    ErrorKind::Transport,
    ErrorKind::RateLimited,
    ErrorKind::CircuitOpen,
    ErrorKind::Auth,
    ErrorKind::Redirect,
    ErrorKind::Status,
    ErrorKind::ErrorBody,
    ErrorKind::TooLarge,
    ErrorKind::Decode,
    ErrorKind::ContentType,
];

/// Two digits are right.
const DIGITS: u8 = 2;
const LONGEST: u64 = 3_600_000_000;

impl Counted {
    fn new() -> Self {
        Counted {
            successes: 0,
            dropped: 0,
            attempts: 0,
            retries: 0,
            waits: 0,
            failures: [0; KINDS.len()],
            times: Histogram::new_with_bounds(1, LONGEST, DIGITS).ok(),
            sum: 0,
            min: Duration::MAX,
            max: Duration::ZERO,
        }
    }

    fn add(&mut self, other: &Self) {
        self.successes += other.successes;
        self.dropped += other.dropped;
        self.attempts += other.attempts;
        self.retries += other.retries;
        self.waits += other.waits;
        for (sum, more) in self.failures.iter_mut().zip(other.failures) {
            *sum += more;
        }
        if let (Some(times), Some(other)) = (&mut self.times, &other.times) {
            // The bounds are the same.
            let _ = times.add(other);
        }
        self.sum += other.sum;
        self.min = self.min.min(other.min);
        self.max = self.max.max(other.max);
    }

    fn end(&mut self, end: &EndInfo<'_>) {
        match end.error() {
            None if end.is_dropped() => {
                self.dropped += 1;
                self.attempts += u64::from(end.attempts());
                return;
            }
            None => self.successes += 1,
            Some(error) => {
                let at = KINDS.iter().position(|kind| *kind == error.kind());
                if let Some(count) = at.and_then(|at| self.failures.get_mut(at)) {
                    *count += 1;
                }
            }
        }
        let elapsed = end.elapsed();
        let micros = u64::try_from(elapsed.as_micros()).unwrap_or(LONGEST);
        if let Some(times) = &mut self.times {
            times.saturating_record(micros.clamp(1, LONGEST));
        }
        self.attempts += u64::from(end.attempts());
        self.sum += elapsed.as_nanos();
        self.min = self.min.min(elapsed);
        self.max = self.max.max(elapsed);
    }
}

impl Cell {
    fn new(endpoint: Option<&'static Endpoint>) -> Self {
        let counted = Mutex::new(Counted::new());
        let zero = || AtomicU64::new(0);
        Cell { endpoint, in_flight: zero(), retries: zero(), waits: zero(), counted }
    }

    fn counted(&self) -> MutexGuard<'_, Counted> {
        // A count that a panic has left out is none of ours.
        self.counted.lock().unwrap_or_else(PoisonError::into_inner)
    }

    fn tally(&self) -> Tally {
        let mut counted = self.counted().clone();
        counted.retries = self.retries.load(Ordering::Relaxed);
        counted.waits = self.waits.load(Ordering::Relaxed);
        Tally { counted, in_flight: self.in_flight.load(Ordering::Relaxed) }
    }
}

impl Stats {
    pub(crate) fn new() -> Self {
        Stats::default()
    }

    /// All calls together.
    pub fn total(&self) -> Tally {
        let mut total = Tally { counted: Counted::new(), in_flight: 0 };
        for cell in self.0.all() {
            let tally = cell.tally();
            total.counted.add(&tally.counted);
            total.in_flight += tally.in_flight;
        }
        total
    }

    /// Each endpoint that was called; calls that no trait declares are together, without one.
    pub fn endpoints(&self) -> Vec<(Option<&'static Endpoint>, Tally)> {
        let mut all: Vec<_> = self.0.all().map(|cell| (cell.endpoint, cell.tally())).collect();
        all.sort_by_key(|(endpoint, _)| endpoint.map(|endpoint| (endpoint.api().name(), endpoint.name())));
        all
    }

    /// Of one endpoint; none where it was not called.
    pub fn endpoint(&self, endpoint: &'static Endpoint) -> Option<Tally> {
        self.0.find(key(Some(endpoint))).map(Cell::tally)
    }

    /// Begins anew. What is under way counts when it ends.
    pub fn reset(&self) {
        for cell in self.0.all() {
            *cell.counted() = Counted::new();
            cell.retries.store(0, Ordering::Relaxed);
            cell.waits.store(0, Ordering::Relaxed);
        }
    }

    /// What is known of the retries and the waits so far: how many of each there were.
    #[cfg(feature = "progress")]
    pub(crate) fn again_and_waits(&self) -> (u64, u64) {
        let sum =
            |of: fn(&Cell) -> &AtomicU64| self.0.all().map(|cell| of(cell).load(Ordering::Relaxed)).sum();
        (sum(|cell| &cell.retries), sum(|cell| &cell.waits))
    }

    fn cell(&self, endpoint: Option<&'static Endpoint>) -> &Cell {
        self.0.get(key(endpoint), || Cell::new(endpoint))
    }
}

fn key(endpoint: Option<&'static Endpoint>) -> usize {
    endpoint.map_or(0, |endpoint| std::ptr::from_ref(endpoint) as usize)
}

impl Hook for Stats {
    fn on_call(&self, call: &CallInfo<'_>) {
        self.cell(call.endpoint()).in_flight.fetch_add(1, Ordering::Relaxed);
    }

    fn on_retry(&self, call: &CallInfo<'_>, _: &RetryInfo<'_>) {
        self.cell(call.endpoint()).retries.fetch_add(1, Ordering::Relaxed);
    }

    fn on_wait(&self, call: &CallInfo<'_>, _: Duration) {
        self.cell(call.endpoint()).waits.fetch_add(1, Ordering::Relaxed);
    }

    fn on_end(&self, call: &CallInfo<'_>, end: &EndInfo<'_>) {
        let of_endpoint = self.cell(call.endpoint());
        of_endpoint.in_flight.fetch_sub(1, Ordering::Relaxed);
        of_endpoint.counted().end(end);
    }
}

impl fmt::Debug for Stats {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.debug_tuple("Stats").field(&self.total()).finish()
    }
}

/// What some calls have come to.
///
/// Serialized, it is an object of numbers and of times in seconds.
#[derive(Clone)]
pub struct Tally {
    counted: Counted,
    in_flight: u64,
}

/// How long calls took.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Default)]
#[non_exhaustive]
pub struct Latency {
    /// The shortest, exactly.
    pub min: Duration,
    /// The mean, exactly.
    pub mean: Duration,
    /// Half of them took at most so long.
    pub p50: Duration,
    /// 95 of 100.
    pub p95: Duration,
    /// 99 of 100.
    pub p99: Duration,
    /// The longest, exactly.
    pub max: Duration,
}

impl Tally {
    /// How many have ended, well or not; those that nobody waited for are not among them.
    pub fn calls(&self) -> u64 {
        self.successes() + self.failures()
    }

    /// How many have given what they were asked for.
    pub fn successes(&self) -> u64 {
        self.counted.successes
    }

    /// How many have failed.
    pub fn failures(&self) -> u64 {
        self.counted.failures.iter().sum()
    }

    /// The part that went well, from 0 to 1; 1 where there was none.
    pub fn success_rate(&self) -> f64 {
        // Exact up to 2^53 calls.
        #[expect(clippy::cast_precision_loss)]
        match self.calls() {
            0 => 1.0,
            calls => self.successes() as f64 / calls as f64,
        }
    }

    /// How many have failed in each way, the most frequent first; none that has not happened.
    pub fn failures_by_kind(&self) -> Vec<(ErrorKind, u64)> {
        let all = KINDS.into_iter().zip(self.counted.failures);
        let mut all: Vec<_> = all.filter(|(_, count)| *count > 0).collect();
        all.sort_by_key(|(_, count)| std::cmp::Reverse(*count));
        all
    }

    /// How many nobody waited for any more.
    pub fn dropped(&self) -> u64 {
        self.counted.dropped
    }

    /// How many are under way.
    pub fn in_flight(&self) -> u64 {
        self.in_flight
    }

    /// How many attempts there were, all together; those of calls that nobody waited for as well.
    pub fn attempts(&self) -> u64 {
        self.counted.attempts
    }

    /// How many attempts were tries after another one had failed.
    pub fn retries(&self) -> u64 {
        self.counted.retries
    }

    /// How often calls have waited for a limit.
    pub fn waits(&self) -> u64 {
        self.counted.waits
    }

    /// How long they took, from the first poll to the end.
    pub fn latency(&self) -> Latency {
        let calls = self.calls();
        if calls == 0 {
            return Latency::default();
        }
        let Counted { sum, min, max, .. } = &self.counted;
        let mean = u64::try_from(sum / u128::from(calls)).map_or(Duration::MAX, Duration::from_nanos);
        let at = |quantile| self.at(quantile);
        Latency { min: *min, mean, p50: at(0.5), p95: at(0.95), p99: at(0.99), max: *max }
    }

    /// Any other quantile, from 0 to 1: `0.999`. None where there was no call.
    pub fn quantile(&self, quantile: f64) -> Option<Duration> {
        let quantile = if quantile.is_nan() { 1.0 } else { quantile.clamp(0.0, 1.0) };
        (self.calls() > 0).then(|| self.at(quantile))
    }

    fn at(&self, quantile: f64) -> Duration {
        let Counted { times, min, max, .. } = &self.counted;
        let found = times.as_ref().map(|times| Duration::from_micros(times.value_at_quantile(quantile)));
        // What a bucket holds is not longer than the longest.
        found.map_or(*max, |found| found.max(*min).min(*max))
    }
}

impl Serialize for Tally {
    fn serialize<S: Serializer>(&self, serializer: S) -> Result<S::Ok, S::Error> {
        let latency = self.latency();
        let failures: BTreeMap<&str, u64> =
            self.failures_by_kind().into_iter().map(|(kind, count)| (kind.as_str(), count)).collect();
        let mut fields = serializer.serialize_struct("Tally", 15)?;
        fields.serialize_field("calls", &self.calls())?;
        fields.serialize_field("successes", &self.successes())?;
        fields.serialize_field("success_rate", &self.success_rate())?;
        fields.serialize_field("failures", &failures)?;
        fields.serialize_field("dropped", &self.dropped())?;
        fields.serialize_field("in_flight", &self.in_flight())?;
        fields.serialize_field("attempts", &self.attempts())?;
        fields.serialize_field("retries", &self.retries())?;
        fields.serialize_field("waits", &self.waits())?;
        fields.serialize_field("min", &latency.min.as_secs_f64())?;
        fields.serialize_field("mean", &latency.mean.as_secs_f64())?;
        fields.serialize_field("p50", &latency.p50.as_secs_f64())?;
        fields.serialize_field("p95", &latency.p95.as_secs_f64())?;
        fields.serialize_field("p99", &latency.p99.as_secs_f64())?;
        fields.serialize_field("max", &latency.max.as_secs_f64())?;
        fields.end()
    }
}

impl fmt::Debug for Tally {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.debug_struct("Tally")
            .field("calls", &self.calls())
            .field("successes", &self.successes())
            .field("failures", &self.failures_by_kind())
            .field("latency", &self.latency())
            .finish_non_exhaustive()
    }
}
