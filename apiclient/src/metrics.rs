//! What calls come to, for the `metrics` facade: whatever exporter a program has installed.

use crate::{
    endpoint::Endpoint,
    hooks::{AttemptInfo, CallInfo, EndInfo, Hook, RetryInfo},
};
use arc_swap::ArcSwap;
use metrics::{
    Counter, Gauge, Histogram, Label, SharedString, Unit, counter, describe_counter, describe_gauge,
    describe_histogram, gauge, histogram,
};
use std::{
    collections::BTreeMap,
    fmt,
    sync::{Arc, Mutex, PoisonError},
    time::Duration,
};

/// Records what calls come to with the `metrics` facade: [`ClientBuilder::hook`](crate::ClientBuilder::hook). A recorder, that of an exporter, has to be
/// installed before the first call of an endpoint.
///
/// | metric | kind | unit | labels beside those of the endpoint |
/// |---|---|---|---|
/// | `apiclient.call.duration` | histogram | seconds | `outcome`, `http.response.status_code` where there was an answer |
/// | `apiclient.call.active` | gauge | calls | |
/// | `apiclient.call.wait` | histogram | seconds, for limits | |
/// | `apiclient.call.retries` | counter | attempts | `error.type` |
/// | `http.client.requests` | counter | requests, with retries and redirects | |
/// | `http.client.request.body.size` | counter | bytes that are known before they are sent | |
/// | `http.client.response.body.size` | counter | bytes of answers that were read | |
///
/// The labels of an endpoint are `api`, `endpoint`, `http.request.method` and `url.template`; calls that no trait declares have none of them but
/// `http.request.method`, so that there are never more series than endpoints and outcomes. `outcome` is `ok`, `dropped`, or the
/// [kind](crate::ErrorKind::as_str) of the error. Prometheus writes `_` for a dot.
///
/// ```
/// use apiclient::{metrics::Metrics, prelude::*};
///
/// #[api_client(base_url = "https://api.example.com")]
/// trait Users {
///     #[get("/users/{id}")]
///     fn user(&self, id: u64) -> Call<String>;
/// }
///
/// let users = UsersClient::builder().hook(Metrics::new()).build()?;
/// # Ok::<_, apiclient::Error>(())
/// ```
#[derive(Default)]
pub struct Metrics {
    /// By the address of the endpoint, or by the method of a call that no trait declares: what was made once is recorded without an allocation.
    all: ArcSwap<BTreeMap<Key, Arc<Series>>>,
    making: Mutex<()>,
}

type Key = (usize, &'static str);

/// Of one endpoint.
struct Series {
    labels: Vec<Label>,
    active: Gauge,
    wait: Histogram,
    requests: Counter,
    sent: Counter,
    received: Counter,
    durations: Made<Histogram>,
    retries: Made<Counter>,
}

/// By outcome and status.
struct Made<T> {
    all: ArcSwap<BTreeMap<(&'static str, u16), T>>,
    making: Mutex<()>,
}

impl<T: Clone> Made<T> {
    fn new() -> Self {
        Made { all: ArcSwap::default(), making: Mutex::new(()) }
    }

    fn with(&self, outcome: &'static str, status: u16, make: impl FnOnce() -> T, record: impl FnOnce(&T)) {
        if let Some(made) = self.all.load().get(&(outcome, status)) {
            return record(made);
        }
        let _one = self.making.lock().unwrap_or_else(PoisonError::into_inner);
        let mut all = BTreeMap::clone(&self.all.load());
        record(all.entry((outcome, status)).or_insert_with(make));
        self.all.store(Arc::new(all));
    }
}

impl Metrics {
    /// One that has recorded nothing. It says what its metrics are for.
    pub fn new() -> Self {
        describe_histogram!(
            "apiclient.call.duration",
            Unit::Seconds,
            "How long calls took, with retries and waits"
        );
        describe_gauge!("apiclient.call.active", "Calls under way");
        describe_histogram!("apiclient.call.wait", Unit::Seconds, "How long calls waited for limits");
        describe_counter!("apiclient.call.retries", "Attempts after one that had failed");
        describe_counter!("http.client.requests", "Requests, with retries and redirects");
        describe_counter!("http.client.request.body.size", Unit::Bytes, "Bodies of requests");
        describe_counter!("http.client.response.body.size", Unit::Bytes, "Bodies of answers that were read");
        Metrics::default()
    }

    fn with(&self, call: &CallInfo<'_>, record: impl FnOnce(&Series)) {
        let key = key(call);
        if let Some(series) = self.all.load().get(&key) {
            return record(series);
        }
        record(&self.make(key, call.endpoint()));
    }

    #[cold]
    fn make(&self, key: Key, endpoint: Option<&'static Endpoint>) -> Arc<Series> {
        let _one = self.making.lock().unwrap_or_else(PoisonError::into_inner);
        let mut all = BTreeMap::clone(&self.all.load());
        let series = all.entry(key).or_insert_with(|| Arc::new(Series::new(key.1, endpoint))).clone();
        self.all.store(Arc::new(all));
        series
    }
}

/// Methods that nobody knows are one: there may be as many as there are calls.
fn key(call: &CallInfo<'_>) -> Key {
    const KNOWN: [&str; 10] =
        ["GET", "POST", "PUT", "DELETE", "PATCH", "HEAD", "OPTIONS", "QUERY", "TRACE", "CONNECT"];
    let method = KNOWN.into_iter().find(|known| call.method().as_str() == *known).unwrap_or("_OTHER");
    (call.endpoint().map_or(0, |endpoint| std::ptr::from_ref(endpoint) as usize), method)
}

impl Series {
    fn new(method: &'static str, endpoint: Option<&'static Endpoint>) -> Self {
        let mut labels = vec![label("http.request.method", method)];
        if let Some(endpoint) = endpoint {
            labels.push(label("api", endpoint.api().name()));
            labels.push(label("endpoint", endpoint.name()));
            labels.push(label("url.template", endpoint.template()));
        }
        Series {
            active: gauge!("apiclient.call.active", labels.iter()),
            wait: histogram!("apiclient.call.wait", labels.iter()),
            requests: counter!("http.client.requests", labels.iter()),
            sent: counter!("http.client.request.body.size", labels.iter()),
            received: counter!("http.client.response.body.size", labels.iter()),
            durations: Made::new(),
            retries: Made::new(),
            labels,
        }
    }

    fn with(&self, name: &'static str, value: impl Into<SharedString>) -> Vec<Label> {
        let mut labels = self.labels.clone();
        labels.push(Label::new(name, value));
        labels
    }
}

fn label(name: &'static str, value: &'static str) -> Label {
    Label::from_static_parts(name, value)
}

impl Hook for Metrics {
    fn on_call(&self, call: &CallInfo<'_>) {
        self.with(call, |series| series.active.increment(1.0));
    }

    fn on_attempt(&self, call: &CallInfo<'_>, attempt: &mut AttemptInfo<'_>) {
        self.with(call, |series| {
            series.requests.increment(1);
            series.sent.increment(attempt.body_length().unwrap_or(0));
        });
    }

    fn on_wait(&self, call: &CallInfo<'_>, wait: Duration) {
        self.with(call, |series| series.wait.record(wait.as_secs_f64()));
    }

    fn on_retry(&self, call: &CallInfo<'_>, retry: &RetryInfo<'_>) {
        let kind = retry.error().kind().as_str();
        self.with(call, |series| {
            let make = || counter!("apiclient.call.retries", series.with("error.type", kind).iter());
            series.retries.with(kind, 0, make, |retries| retries.increment(1));
        });
    }

    fn on_end(&self, call: &CallInfo<'_>, end: &EndInfo<'_>) {
        let status = end.status().map_or(0, |status| status.as_u16());
        self.with(call, |series| {
            series.active.decrement(1.0);
            series.received.increment(end.body_length().map_or(0, |length| length as u64));
            let make = || {
                let mut labels = series.with("outcome", end.outcome());
                if status > 0 {
                    labels.push(Label::new("http.response.status_code", status.to_string()));
                }
                histogram!("apiclient.call.duration", labels.iter())
            };
            let elapsed = end.elapsed().as_secs_f64();
            series.durations.with(end.outcome(), status, make, |duration| duration.record(elapsed));
        });
    }
}

impl fmt::Debug for Metrics {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.debug_struct("Metrics").field("endpoints", &self.all.load().len()).finish_non_exhaustive()
    }
}
