//! Whether a service is well, and this client with it.

use crate::{
    auth::TokenState,
    call::probe,
    client::Client,
    endpoint::{BreakerPhase, Endpoint},
    error::{Error, ErrorKind},
    limit::Limits,
    time::Clock,
};
use futures_core::Stream;
use futures_util::{StreamExt, future::join_all};
use http::StatusCode;
use serde::{Serialize, Serializer, ser::SerializeStruct};
use std::{
    fmt,
    pin::Pin,
    task::{Context, Poll, ready},
    time::Duration,
};

/// How long a health check may take.
const PATIENCE: Duration = Duration::from_secs(5);

/// Nobody asks more often.
const LEAST: Duration = Duration::from_millis(100);

/// How a service is, and this client with it; from [`Client::health`].
///
/// It is [`Unhealthy`](HealthState::Unhealthy) where calls cannot succeed: the health check has failed at each base URL, whether by its answer or because
/// there was none, or somebody has to log in again; without a `#[health]`, where a breaker is open. It is [`Degraded`](HealthState::Degraded) where some may not:
/// a breaker is not closed, a quota of the server is used up, the check was answered with 429 or has failed at one of several base URLs, a token cannot be
/// renewed, there is nothing left for other tries.
///
/// As JSON, for an endpoint of one's own:
///
/// ```json
/// {"state": "degraded", "reasons": ["the breaker of https://api.example.com is open for 3s"],
///  "checks": [{"origin": "https://api.example.com", "status": 200, "latency_ms": 12, "error": null}],
///  "tokens": [{"name": "default", "state": "good", "expires_in_ms": 3400000}],
///  "limits": {"rates": [], "servers": [], "concurrency": [], "breakers": []}, "retry_tokens": 500}
/// ```
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Health {
    state: HealthState,
    reasons: Vec<String>,
    checks: Vec<HealthCheck>,
    tokens: Vec<TokenHealth>,
    limits: Limits,
    retry_tokens: u32,
}

/// How it is, in a word.
#[derive(Debug, Clone, Copy, PartialEq, Eq, PartialOrd, Ord, Hash)]
#[non_exhaustive]
pub enum HealthState {
    /// Calls succeed.
    Healthy,
    /// Some may not.
    Degraded,
    /// None does.
    Unhealthy,
}

/// What a `#[health]` endpoint has said.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct HealthCheck {
    origin: Option<String>,
    status: Option<u16>,
    latency: Duration,
    error: Option<String>,
}

/// How the token of some credentials is.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct TokenHealth {
    name: String,
    state: TokenState,
}

impl HealthState {
    /// A name for machines, which stays as it is: `healthy`.
    pub const fn as_str(self) -> &'static str {
        match self {
            HealthState::Healthy => "healthy",
            HealthState::Degraded => "degraded",
            HealthState::Unhealthy => "unhealthy",
        }
    }
}

impl fmt::Display for HealthState {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str(self.as_str())
    }
}

impl Health {
    /// In a word.
    pub fn state(&self) -> HealthState {
        self.state
    }

    /// Whether calls succeed.
    pub fn is_healthy(&self) -> bool {
        self.state == HealthState::Healthy
    }

    /// Why it is not healthy, for people.
    pub fn reasons(&self) -> &[String] {
        &self.reasons
    }

    /// What the `#[health]` endpoint has said at each base URL; nothing where the trait has none.
    pub fn checks(&self) -> &[HealthCheck] {
        &self.checks
    }

    /// How the tokens are that come and go.
    pub fn tokens(&self) -> &[TokenHealth] {
        &self.tokens
    }

    /// The limits and breakers.
    pub fn limits(&self) -> &Limits {
        &self.limits
    }

    /// What is left for other tries, see [`retry`](crate::retry).
    pub fn retry_tokens(&self) -> u32 {
        self.retry_tokens
    }
}

impl HealthCheck {
    /// Who was asked.
    pub fn origin(&self) -> Option<&str> {
        self.origin.as_deref()
    }

    /// The status of the answer, if there was one.
    pub fn status(&self) -> Option<StatusCode> {
        self.status.and_then(|status| StatusCode::from_u16(status).ok())
    }

    /// How long it took.
    pub fn latency(&self) -> Duration {
        self.latency
    }

    /// How it has failed.
    pub fn error(&self) -> Option<&str> {
        self.error.as_deref()
    }
}

impl TokenHealth {
    /// `default`, or the name of an `#[auth]` with one.
    pub fn name(&self) -> &str {
        &self.name
    }

    /// How it is.
    pub fn state(&self) -> &TokenState {
        &self.state
    }
}

/// In a line: `degraded: the breaker of https://api.example.com is open for 3s`.
impl fmt::Display for Health {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str(self.state.as_str())?;
        match self.reasons.is_empty() {
            true => Ok(()),
            false => write!(f, ": {}", self.reasons.join("; ")),
        }
    }
}

fn millis(duration: Duration) -> u64 {
    u64::try_from(duration.as_millis()).unwrap_or(u64::MAX)
}

impl Serialize for HealthState {
    fn serialize<S: Serializer>(&self, serializer: S) -> Result<S::Ok, S::Error> {
        serializer.serialize_str(self.as_str())
    }
}

impl Serialize for Health {
    fn serialize<S: Serializer>(&self, serializer: S) -> Result<S::Ok, S::Error> {
        let mut out = serializer.serialize_struct("Health", 6)?;
        out.serialize_field("state", &self.state)?;
        out.serialize_field("reasons", &self.reasons)?;
        out.serialize_field("checks", &self.checks)?;
        out.serialize_field("tokens", &self.tokens)?;
        out.serialize_field("limits", &self.limits)?;
        out.serialize_field("retry_tokens", &self.retry_tokens)?;
        out.end()
    }
}

impl Serialize for HealthCheck {
    fn serialize<S: Serializer>(&self, serializer: S) -> Result<S::Ok, S::Error> {
        let mut out = serializer.serialize_struct("HealthCheck", 4)?;
        out.serialize_field("origin", &self.origin)?;
        out.serialize_field("status", &self.status)?;
        out.serialize_field("latency_ms", &millis(self.latency))?;
        out.serialize_field("error", &self.error)?;
        out.end()
    }
}

impl Serialize for TokenHealth {
    fn serialize<S: Serializer>(&self, serializer: S) -> Result<S::Ok, S::Error> {
        let left = if let TokenState::Good(left) = self.state { left.map(millis) } else { None };
        let mut out = serializer.serialize_struct("TokenHealth", 3)?;
        out.serialize_field("name", &self.name)?;
        out.serialize_field("state", self.state.as_str())?;
        out.serialize_field("expires_in_ms", &left)?;
        out.end()
    }
}

impl Client {
    /// How the service is, and this client with it: what the trait's `#[health]` endpoint says at each base URL, within five seconds, once, and past limits
    /// and breakers; and how breakers, limits and tokens are. For a trait without such an endpoint, and for a client of no trait, nothing is sent.
    ///
    /// ```
    /// use apiclient::prelude::*;
    /// # use apiclient::testing::{ManualClock, Stub};
    ///
    /// #[api_client(base_url = "https://api.example.com")]
    /// trait Users {
    ///     #[health]
    ///     #[get("/health")]
    ///     fn ping(&self) -> Call<()>;
    /// }
    ///
    /// # let (stub, clock) = (Stub::json("1"), ManualClock::new());
    /// let users = UsersClient::builder()
    /// #   .transport(stub).clock(clock.clone())
    ///     .build()?;
    /// # clock.run(async {
    /// let health = users.client().health().await;
    /// println!("{health}"); // healthy
    /// # assert_eq!(health.to_string(), "healthy");
    /// # });
    /// # Ok::<_, apiclient::Error>(())
    /// ```
    pub async fn health(&self) -> Health {
        self.health_within(PATIENCE).await
    }

    async fn health_within(&self, patience: Duration) -> Health {
        let endpoint = self.bound().api.and_then(|api| api.iter().find(|endpoint| endpoint.is_health));
        let checks = match endpoint {
            Some(endpoint) => {
                join_all(self.of_each_base().into_iter().map(|at| check(at, endpoint, patience))).await
            }
            None => Vec::new(),
        };
        self.diagnosis(checks)
    }

    /// Waits until the service is [healthy](Health::is_healthy), and asks again each `interval` (at least 100 ms).
    ///
    /// # Errors
    ///
    /// If it is not within `timeout`: an error of kind [`Timeout`](ErrorKind::Timeout) that says how it was in the end.
    pub async fn wait_until_healthy(&self, timeout: Duration, interval: Duration) -> Result<Health, Error> {
        let clock = self.clock();
        let began = clock.now();
        let left = || timeout.saturating_sub(clock.now().saturating_duration_since(began));
        loop {
            // Even at the end there is time for an answer from beside.
            let health = self.health_within(left().clamp(LEAST, PATIENCE)).await;
            if health.is_healthy() {
                return Ok(health);
            }
            let left = left();
            if left.is_zero() {
                let message = format!("the service was not healthy within {timeout:?}; it is {health}");
                return Err(Error::new(ErrorKind::Timeout, message));
            }
            clock.sleep(interval.max(LEAST).min(left)).await;
        }
    }

    /// How the service is now, and each time that its [state](Health::state) is another one: it is asked for each `interval` (at least 100 ms), while
    /// the stream is polled. It has no end.
    ///
    /// ```no_run
    /// use apiclient::Client;
    /// use std::time::Duration;
    ///
    /// # async fn run(client: Client) {
    /// let mut changes = client.watch_health(Duration::from_secs(10));
    /// while let Some(health) = changes.next().await {
    ///     println!("{health}");
    /// }
    /// # }
    /// ```
    pub fn watch_health(&self, interval: Duration) -> HealthWatch {
        let client = self.clone();
        let step = Box::pin(async move { client.health().await });
        HealthWatch { client: self.clone(), interval: interval.max(LEAST), last: None, step }
    }

    fn clock(&self) -> &dyn Clock {
        &*self.bound().core.clock
    }

    /// What follows from all that is known.
    fn diagnosis(&self, checks: Vec<HealthCheck>) -> Health {
        let (core, limits) = (&self.bound().core, self.limits());
        let mut found = Found::default();
        found.checks(&checks);
        found.limits(&limits, checks.is_empty());
        let (keys, now) = (&core.keys, core.clock.now());
        let all = keys.default.iter().map(|keys| ("default", keys));
        let all = all.chain(keys.named.iter().map(|(name, keys)| (name.as_str(), keys)));
        let tokens = all.filter_map(|(name, keys)| {
            Some(TokenHealth { name: name.to_owned(), state: keys.auth.token_state(now)? })
        });
        let tokens: Vec<_> = tokens.collect();
        found.tokens(&tokens);
        // A client that has none by its settings lacks nothing.
        if self.bound().budget.as_ref().is_some_and(|budget| budget.is_empty(RETRY_COST)) {
            found.degraded("there is nothing left for other tries".to_owned());
        }
        let retry_tokens = self.retry_tokens();
        Health { state: found.state, reasons: found.reasons, checks, tokens, limits, retry_tokens }
    }
}

/// What another try costs.
const RETRY_COST: u32 = 14;

struct Found {
    state: HealthState,
    reasons: Vec<String>,
}

impl Default for Found {
    fn default() -> Self {
        Found { state: HealthState::Healthy, reasons: Vec::new() }
    }
}

impl Found {
    fn is(&mut self, state: HealthState, reason: String) {
        self.state = self.state.max(state);
        self.reasons.push(reason);
    }

    fn degraded(&mut self, reason: String) {
        self.is(HealthState::Degraded, reason);
    }

    fn checks(&mut self, checks: &[HealthCheck]) {
        let is_down = |check: &HealthCheck| check.error.is_some() && check.status != Some(429);
        let all = !checks.is_empty() && checks.iter().all(is_down);
        for check in checks {
            let Some(error) = &check.error else { continue };
            let state = if all { HealthState::Unhealthy } else { HealthState::Degraded };
            self.is(state, error.clone());
        }
    }

    fn limits(&mut self, limits: &Limits, is_unchecked: bool) {
        for breaker in limits.breakers().iter().filter(|breaker| breaker.phase() != BreakerPhase::Closed) {
            let of = breaker.origin().unwrap_or(breaker.name());
            match breaker.retry_after() {
                Some(wait) if breaker.phase() == BreakerPhase::Open => {
                    let state = if is_unchecked { HealthState::Unhealthy } else { HealthState::Degraded };
                    self.is(state, format!("the breaker of {of} is open for {wait:?}"));
                }
                _ => self.degraded(format!("the breaker of {of} lets a few calls through")),
            }
        }
        for server in limits.servers().iter().filter(|server| server.left() == Some(0)) {
            let rest = server.resets_after().map(|rest| format!(" for {rest:?}")).unwrap_or_default();
            self.degraded(format!("a quota of {} is used up{rest}", server.server()));
        }
    }

    fn tokens(&mut self, tokens: &[TokenHealth]) {
        for TokenHealth { name, state } in tokens {
            match state {
                TokenState::Absent | TokenState::Good(_) | TokenState::Expired => {}
                TokenState::Failed(why) => {
                    self.degraded(format!("the token of `{name}` cannot be renewed: {why}"));
                }
                TokenState::LoggedOut(why) => {
                    self.is(HealthState::Unhealthy, format!("`{name}` is logged out: {why}"));
                }
            }
        }
    }
}

/// Asks at one base URL.
async fn check(at: Client, endpoint: &'static Endpoint, patience: Duration) -> HealthCheck {
    let origin = at.bound().base.as_ref().ok().map(|base| base.origin.to_string());
    let began = at.clock().now();
    let result = probe(&at, endpoint, patience).await;
    let latency = at.clock().now().saturating_duration_since(began);
    let status = match &result {
        Ok(answer) => Some(answer.status()),
        Err(e) => e.status(),
    };
    let error = result.err().map(|e| e.to_string());
    HealthCheck { origin, status: status.map(|status| status.as_u16()), latency, error }
}

/// How a service is, whenever that changes; from [`Client::watch_health`].
#[must_use = "a stream does nothing until it is polled"]
pub struct HealthWatch {
    client: Client,
    interval: Duration,
    last: Option<HealthState>,
    step: Pin<Box<dyn Future<Output = Health> + Send>>,
}

impl HealthWatch {
    /// The next change. It is what `StreamExt::next` is, for those who have no such trait at hand.
    pub async fn next(&mut self) -> Option<Health> {
        StreamExt::next(self).await
    }
}

impl Stream for HealthWatch {
    type Item = Health;

    fn poll_next(mut self: Pin<&mut Self>, cx: &mut Context<'_>) -> Poll<Option<Health>> {
        loop {
            let health = ready!(self.step.as_mut().poll(cx));
            let (client, interval) = (self.client.clone(), self.interval);
            self.step = Box::pin(async move {
                client.clock().sleep(interval).await;
                client.health().await
            });
            // The wait of the next step ends the loop, if it is the same.
            if self.last.replace(health.state) != Some(health.state) {
                return Poll::Ready(Some(health));
            }
        }
    }
}

impl fmt::Debug for HealthWatch {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.debug_struct("HealthWatch").field("interval", &self.interval).finish_non_exhaustive()
    }
}
