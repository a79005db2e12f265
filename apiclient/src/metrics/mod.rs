//! What calls come to, for the `metrics` facade: whatever exporter a program has installed.

mod state;

use crate::{
    endpoint::Endpoint,
    error::Error,
    hooks::{AttemptEnd, AttemptInfo, BreakerInfo, CallInfo, EndInfo, Hook, RenewalInfo, RetryInfo},
    origin::Origin,
    table::Table,
};
use metrics::{
    Counter, Gauge, Histogram, Label, SharedString, Unit, counter, describe_counter, describe_gauge,
    describe_histogram, gauge, histogram,
};
use std::{
    fmt, ptr,
    sync::{Arc, OnceLock},
    time::Duration,
};

/// Records what calls come to with the `metrics` facade: [`ClientBuilder::hook`](crate::ClientBuilder::hook). A recorder, that of an exporter, has to be
/// installed before this is made.
///
/// | metric | kind | unit | labels beside those of the endpoint |
/// |---|---|---|---|
/// | `http.client.request.duration` | histogram | seconds, of each request: retries and redirects are requests of their own | `http.response.status_code`, or `error.type` where there was no answer; both for a status of 400 or more |
/// | `http.client.request.body.size` | histogram | bytes, where there are any and they are known before they are sent | |
/// | `http.client.response.body.size` | histogram | bytes that were read, where there are any | |
/// | `apiclient.call.duration` | histogram | seconds, of calls with their retries and waits | `outcome`, `http.response.status_code` where there was an answer |
/// | `apiclient.call.active` | gauge | calls under way | |
/// | `apiclient.call.wait` | histogram | seconds that calls have waited for limits | |
/// | `apiclient.call.retries` | counter | attempts after one that had failed | `error.type` |
/// | `apiclient.token.renewal.duration` | histogram | seconds | `outcome` alone: `ok` or `failed` |
/// | `apiclient.breaker.state` | gauge | 0 closed, 1 half open, 2 open | `breaker`, `server.address` and `server.port` alone |
/// | `apiclient.breaker.changes` | counter | changes of that | the same and `state`, the new one |
///
/// The first three are OpenTelemetry's. The labels of an endpoint are `http.request.method`, `server.address`, `server.port`, `api`, `endpoint` and
/// `url.template`; calls that no trait declares have the first three only, a method that the conventions do not know is `_OTHER`, and so are addresses
/// after the sixteenth: there are never more series than endpoints and outcomes. `outcome` is `ok`, `dropped`, or the
/// [kind](crate::ErrorKind::as_str) of the error. Prometheus writes `_` for a dot.
///
/// Limits, which change without a call, are recorded when [`record`](Self::record) is told to look at them.
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
    /// By endpoint and origin.
    all: Table<Series, 64>,
    /// Those that have a label of their own.
    origins: [OnceLock<Arc<Origin>>; ORIGINS],
}

/// A client has one, or a few; calls to links that others give may have any number.
const ORIGINS: usize = 16;

/// The semantic conventions know these, and call everything else [`OTHER`].
const METHODS: [&str; 10] =
    ["GET", "POST", "PUT", "DELETE", "PATCH", "HEAD", "OPTIONS", "QUERY", "TRACE", "CONNECT"];
const OTHER: &str = "_OTHER";

/// Of one endpoint at one origin.
struct Series {
    labels: Vec<Label>,
    active: Gauge,
    wait: Histogram,
    sent: Histogram,
    received: Histogram,
    /// By status, or by the kind of the error.
    requests: Table<Histogram, 8>,
    /// By outcome and status.
    calls: Table<Histogram, 8>,
    /// By the kind of the error.
    retries: Table<Counter, 8>,
}

impl Metrics {
    /// One that has recorded nothing. It says what its metrics are for.
    pub fn new() -> Self {
        let seconds = [
            (
                "http.client.request.duration",
                "Duration of HTTP requests, retries and redirects by themselves",
            ),
            ("apiclient.call.duration", "Duration of calls, with their retries and waits"),
            ("apiclient.call.wait", "What calls have waited for limits"),
            ("apiclient.token.renewal.duration", "How long it took to get another token, or to fail"),
        ];
        for (name, what) in seconds {
            describe_histogram!(name, Unit::Seconds, what);
        }
        describe_histogram!("http.client.request.body.size", Unit::Bytes, "Bodies of HTTP requests");
        describe_histogram!(
            "http.client.response.body.size",
            Unit::Bytes,
            "Bodies of answers that were read"
        );
        describe_gauge!("apiclient.call.active", "Calls under way");
        describe_counter!("apiclient.call.retries", "Attempts after one that had failed");
        describe_gauge!("apiclient.breaker.state", "0 closed, 1 half open, 2 open");
        describe_counter!("apiclient.breaker.changes", "Changes of the state of a breaker");
        state::describe();
        Metrics::default()
    }

    #[inline]
    fn series(&self, call: &CallInfo<'_>) -> &Series {
        self.series_at(call, call.origin)
    }

    /// At the origin that an attempt goes to.
    #[inline]
    fn series_at(&self, call: &CallInfo<'_>, at: Option<&Arc<Origin>>) -> &Series {
        let origin = at.map_or(ORIGINS, |origin| self.origin(origin));
        // An endpoint is larger than there are origins with a label, and lies higher than there are methods.
        let endpoint = match call.endpoint() {
            Some(endpoint) => ptr::from_ref(endpoint).addr(),
            None => method(call) * (ORIGINS + 1),
        };
        match self.all.at_first(endpoint + origin) {
            Some(series) => series,
            None => self.look_for(endpoint + origin, call, at.filter(|_| origin < ORIGINS)),
        }
    }

    #[cold]
    fn look_for(&self, number: usize, call: &CallInfo<'_>, at: Option<&Arc<Origin>>) -> &Series {
        self.all.get(number, || Series::new(call, at))
    }

    /// The how many-th origin it is; [`ORIGINS`] for all others together.
    #[inline]
    fn origin(&self, origin: &Arc<Origin>) -> usize {
        // What is kept here is at no other address.
        match self.origins[0].get() {
            Some(first) if Arc::ptr_eq(first, origin) => 0,
            _ => self.other_origin(origin),
        }
    }

    fn other_origin(&self, origin: &Arc<Origin>) -> usize {
        let is = |known: &OnceLock<Arc<Origin>>| {
            let known = known.get_or_init(|| origin.clone());
            Arc::ptr_eq(known, origin) || known == origin
        };
        self.origins.iter().position(is).unwrap_or(ORIGINS)
    }

    /// The labels of an origin, if it is one of those that have some, and of what is there.
    fn labels_of(&self, origin: Option<&Arc<Origin>>, what: &'static str, name: &str) -> Vec<Label> {
        let mut labels = origin_labels(origin.filter(|origin| self.origin(origin) < ORIGINS));
        labels.push(Label::new(what, name.to_owned()));
        labels
    }
}

fn origin_labels(origin: Option<&Arc<Origin>>) -> Vec<Label> {
    match origin {
        Some(origin) => vec![
            Label::new("server.address", origin.host().to_owned()),
            Label::new("server.port", origin.port().to_string()),
        ],
        None => vec![Label::from_static_parts("server.address", OTHER)],
    }
}

/// Its place among those that have a name.
fn method(call: &CallInfo<'_>) -> usize {
    METHODS.iter().position(|known| call.method().as_str() == *known).unwrap_or(METHODS.len())
}

impl Series {
    fn new(call: &CallInfo<'_>, at: Option<&Arc<Origin>>) -> Self {
        let name = METHODS.get(method(call)).copied().unwrap_or(OTHER);
        let mut labels = vec![Label::from_static_parts("http.request.method", name)];
        labels.extend(origin_labels(at));
        if let Some(endpoint) = call.endpoint() {
            labels.extend(of_endpoint(endpoint));
        }
        Series {
            active: gauge!("apiclient.call.active", labels.iter()),
            wait: histogram!("apiclient.call.wait", labels.iter()),
            sent: histogram!("http.client.request.body.size", labels.iter()),
            received: histogram!("http.client.response.body.size", labels.iter()),
            requests: Table::default(),
            calls: Table::default(),
            retries: Table::default(),
            labels,
        }
    }

    fn with(&self, more: impl IntoIterator<Item = Label>) -> Vec<Label> {
        self.labels.iter().cloned().chain(more).collect()
    }
}

fn of_endpoint(endpoint: &'static Endpoint) -> [Label; 3] {
    [
        Label::from_static_parts("api", endpoint.api().name()),
        Label::from_static_parts("endpoint", endpoint.name()),
        Label::from_static_parts("url.template", endpoint.template()),
    ]
}

fn status_label(status: u16) -> Label {
    Label::new("http.response.status_code", status.to_string())
}

/// More than any status.
const KINDS: usize = 1 << 10;

/// Beside every status.
fn kind_number(error: &Error) -> usize {
    KINDS * (error.kind() as usize + 1)
}

impl Hook for Metrics {
    fn on_call(&self, call: &CallInfo<'_>) {
        self.series(call).active.increment(1.0);
    }

    fn on_attempt(&self, call: &CallInfo<'_>, attempt: &mut AttemptInfo<'_>) {
        if let Some(length) = attempt.body_length().filter(|length| *length > 0) {
            self.series_at(call, Some(attempt.origin)).sent.record(exact(length));
        }
    }

    fn on_attempt_end(&self, call: &CallInfo<'_>, end: &AttemptEnd<'_>) {
        let series = self.series_at(call, Some(end.origin));
        let (status, error) = (end.status().map_or(0, |status| status.as_u16()), end.error());
        let make = || {
            let error_type = match (status, error) {
                (_, Some(error)) => Some(error.kind().as_str().into()),
                (400.., None) => Some(SharedString::from(status.to_string())),
                _ => None,
            };
            let error_type = error_type.map(|kind| Label::new("error.type", kind));
            let status = (status > 0).then(|| status_label(status));
            let labels = series.with(status.into_iter().chain(error_type));
            histogram!("http.client.request.duration", labels.iter())
        };
        let number = error.map_or(status.into(), kind_number);
        series.requests.get(number, make).record(end.elapsed().as_secs_f64());
        if let Some(body) = end.body().filter(|body| !body.is_empty()) {
            series.received.record(exact(body.len() as u64));
        }
    }

    fn on_wait(&self, call: &CallInfo<'_>, wait: Duration) {
        self.series(call).wait.record(wait.as_secs_f64());
    }

    fn on_retry(&self, call: &CallInfo<'_>, retry: &RetryInfo<'_>) {
        let series = self.series(call);
        let make = || {
            let kind = Label::from_static_parts("error.type", retry.error().kind().as_str());
            counter!("apiclient.call.retries", series.with([kind]).iter())
        };
        series.retries.get(kind_number(retry.error()), make).increment(1);
    }

    fn on_end(&self, call: &CallInfo<'_>, end: &EndInfo<'_>) {
        let series = self.series(call);
        series.active.decrement(1.0);
        let status = end.status().map_or(0, |status| status.as_u16());
        let make = || {
            let outcome = Label::from_static_parts("outcome", end.outcome());
            let labels = series.with([outcome].into_iter().chain((status > 0).then(|| status_label(status))));
            histogram!("apiclient.call.duration", labels.iter())
        };
        let number = match end.error() {
            Some(error) => kind_number(error) + usize::from(status),
            // No other kind has it.
            None if end.is_dropped() => usize::MAX,
            None => usize::from(status),
        };
        series.calls.get(number, make).record(end.elapsed().as_secs_f64());
    }

    fn on_renewal(&self, renewal: &RenewalInfo<'_>) {
        let outcome = if renewal.error().is_some() { "failed" } else { "ok" };
        histogram!("apiclient.token.renewal.duration", "outcome" => outcome)
            .record(renewal.elapsed().as_secs_f64());
    }

    fn on_breaker(&self, breaker: &BreakerInfo<'_>) {
        let mut labels = self.labels_of(breaker.origin, "breaker", breaker.name());
        gauge!("apiclient.breaker.state", labels.iter()).set(state::number(breaker.phase()));
        labels.push(Label::from_static_parts("state", breaker.phase().as_str()));
        counter!("apiclient.breaker.changes", labels.iter()).increment(1);
    }
}

/// Lengths are less than what an `f64` holds exactly.
#[expect(clippy::cast_precision_loss, reason = "nobody sends that much")]
fn exact(length: u64) -> f64 {
    length as f64
}

impl fmt::Debug for Metrics {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.debug_struct("Metrics").field("endpoints", &self.all.all().count()).finish_non_exhaustive()
    }
}
