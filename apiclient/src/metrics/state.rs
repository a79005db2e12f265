//! Limits as they are, for a recorder.

use super::{Metrics, OTHER};
use crate::{client::Client, endpoint::BreakerPhase, limit::ConcurrencyState};
use metrics::{Label, describe_gauge, gauge};
use std::collections::BTreeMap;

/// So many names of a server's limits have a label of their own: Discord has as many as there are channels.
const NAMES: usize = 20;

pub(super) fn describe() {
    for (name, what) in [
        ("apiclient.rate_limit.left", "Calls that a limit of the client has room for"),
        ("apiclient.rate_limit.waiting", "Calls that wait for a limit of the client"),
        ("apiclient.server_limit.left", "What is left of a limit of the server, by its own word"),
        ("apiclient.server_limit.waiting", "Calls that wait for a limit of the server"),
        ("apiclient.concurrency.limit", "Calls that may be under way"),
        ("apiclient.concurrency.active", "Calls that are, where that is limited"),
        ("apiclient.concurrency.waiting", "Calls that wait for a place"),
        ("apiclient.retry_budget.left", "Tokens that are left for retries"),
    ] {
        describe_gauge!(name, what);
    }
}

/// What a gauge shows of it.
pub(super) fn number(phase: BreakerPhase) -> f64 {
    match phase {
        BreakerPhase::Closed => 0.0,
        BreakerPhase::HalfOpen => 1.0,
        BreakerPhase::Open => 2.0,
    }
}

/// A label for what there may be any number of.
type Key = (String, String);

/// The least that is left, and how many wait.
type Sums = BTreeMap<Key, (Option<u64>, usize)>;

impl Metrics {
    /// Records the limits and breakers of a client and of all traits on it as they are now, as gauges: say it before what is recorded is exported, or at
    /// intervals. Limits with a `key` are one together, with the least that is left.
    ///
    /// | gauge | labels |
    /// |---|---|
    /// | `apiclient.rate_limit.left`, `apiclient.rate_limit.waiting` | `limit` |
    /// | `apiclient.server_limit.left`, `apiclient.server_limit.waiting` | `server`, `limit` |
    /// | `apiclient.concurrency.limit`, `apiclient.concurrency.active`, `apiclient.concurrency.waiting` | `limit`, `server.address`, `server.port` |
    /// | `apiclient.breaker.state` | `breaker`, `server.address`, `server.port` |
    /// | `apiclient.retry_budget.left` | `server`, that of the base URL |
    ///
    /// ```
    /// use apiclient::{metrics::Metrics, prelude::*};
    /// use std::sync::Arc;
    ///
    /// # #[api_client(base_url = "https://api.example.com")]
    /// # trait Users { #[get("/users/{id}")] fn user(&self, id: u64) -> Call<String>; }
    /// let metrics = Arc::new(Metrics::new());
    /// let users = UsersClient::builder().hook(metrics.clone()).build()?;
    /// // Whenever Prometheus asks:
    /// metrics.record(users.client());
    /// # Ok::<_, apiclient::Error>(())
    /// ```
    pub fn record(&self, client: &Client) {
        let limits = client.limits();
        let rates = limits.rates().iter();
        let rates = rates.map(|limit| (limit.name(), "", Some(u64::from(limit.left())), limit.waiting()));
        for ((limit, _), (left, waiting)) in sums(rates) {
            let labels = [Label::new("limit", limit)];
            gauge!("apiclient.rate_limit.left", labels.iter()).set(float(left.unwrap_or_default()));
            gauge!("apiclient.rate_limit.waiting", labels.iter()).set(float(waiting as u64));
        }
        let servers = limits.servers().iter();
        let servers = servers
            .map(|limit| (limit.server(), limit.name().unwrap_or_default(), limit.left(), limit.waiting()));
        for ((server, name), (left, waiting)) in sums(servers) {
            let labels = [Label::new("server", server), Label::new("limit", name)];
            if let Some(left) = left {
                gauge!("apiclient.server_limit.left", labels.iter()).set(float(left));
            }
            gauge!("apiclient.server_limit.waiting", labels.iter()).set(float(waiting as u64));
        }
        for place in limits.concurrency() {
            self.concurrency(place);
        }
        for breaker in limits.breakers() {
            let labels = self.labels_of(breaker.at.as_ref(), "breaker", breaker.name());
            gauge!("apiclient.breaker.state", labels.iter()).set(number(breaker.phase()));
        }
        if let Ok(base) = &client.bound().base {
            let tokens = f64::from(client.retry_tokens());
            gauge!("apiclient.retry_budget.left", "server" => base.origin.to_string()).set(tokens);
        }
    }

    fn concurrency(&self, place: &ConcurrencyState) {
        let labels = self.labels_of(place.at.as_ref(), "limit", without_key(place.name()));
        gauge!("apiclient.concurrency.limit", labels.iter()).set(place.limit());
        gauge!("apiclient.concurrency.active", labels.iter()).set(place.under_way());
        gauge!("apiclient.concurrency.waiting", labels.iter()).set(float(place.waiting() as u64));
    }
}

/// Those of all keys together.
fn sums<'a>(all: impl Iterator<Item = (&'a str, &'a str, Option<u64>, usize)>) -> Sums {
    let mut sums = Sums::new();
    for (whose, name, left, waiting) in all {
        let whose = without_key(whose);
        let known = (whose.to_owned(), name.to_owned());
        let is_full = || sums.keys().filter(|(known, _)| known == whose).count() >= NAMES;
        let name = if sums.contains_key(&known) || !is_full() { known.1 } else { OTHER.to_owned() };
        let sum = sums.entry((known.0, name)).or_insert((None, 0));
        sum.0 = [sum.0, left].into_iter().flatten().min();
        sum.1 += waiting;
    }
    sums
}

/// A limit with a key says it in brackets behind its name; those of an IPv6 address stand behind slashes.
fn without_key(name: &str) -> &str {
    let mut brackets = name.match_indices('[').map(|(at, _)| at);
    let key = brackets.find(|at| !name[..*at].ends_with("//"));
    key.map_or(name, |at| &name[..at])
}

/// Counts are less than what an `f64` holds exactly.
#[expect(clippy::cast_precision_loss, reason = "nobody has that many")]
fn float(count: u64) -> f64 {
    count as f64
}

#[cfg(test)]
mod tests {
    use super::{NAMES, sums, without_key};

    #[test]
    fn as_many_labels_as_limits() {
        assert_eq!(without_key("Users::user[ada[1]]"), "Users::user");
        assert_eq!(without_key("https://[::1]:80[ada]"), "https://[::1]:80");
        assert_eq!(without_key("https://[::1]"), "https://[::1]");
        let names: Vec<_> = (0..100).map(|number| format!("bucket-{number:03}")).collect();
        let all = names.iter().map(|name| ("https://a.test", &**name, Some(name.len() as u64), 1));
        let sums = sums(all.chain([("https://a.test[key]", "bucket-000", Some(3), 2)]));
        assert_eq!(sums.len(), NAMES + 1);
        let key = |name: &str| sums[&("https://a.test".to_owned(), name.to_owned())];
        assert_eq!((key("bucket-000"), key("_OTHER")), ((Some(3), 3), (Some(10), 80)));
    }
}
