//! What is known at compile time: one [`Endpoint`] per method, one [`Api`] per trait, both plain data.
//!
//! The macro writes them with the `const fn`s of this file, whose names are the words of the attributes:
//! `#[get(..)]` becomes [`Endpoint::get`] and `#[timeout(..)]` becomes [`Endpoint::timeout`], with the user's
//! own token, so that an editor shows these pages.

mod auth;
mod limit;

pub use self::auth::{AuthChoice, Scheme, SchemeKind};
pub(crate) use self::limit::Heeds;
pub use self::limit::{
    Breaker, BreakerPhase, Concurrency, Full, Hedge, HedgeAfter, Per, Rate, RateLimit, RateLimitDialect,
};

use http::{HeaderName, HeaderValue, Method, StatusCode};
use std::{any::Any, fmt, ptr, time::Duration};

/// What all methods of a trait share.
///
/// Written by `#[api_client]`; read it through [`Endpoint::api`].
#[derive(Clone)]
pub struct Api {
    name: &'static str,
    pub(crate) user_agent: &'static str,
    pub(crate) base_url: Option<&'static str>,
    pub(crate) base_path: &'static str,
    pub(crate) headers: &'static [StaticHeader],
    pub(crate) held_headers: &'static [HeldHeader],
    pub(crate) values: &'static [&'static str],
    pub(crate) allow_origins: &'static [&'static str],
    pub(crate) show: Show,
    pub(crate) schemes: &'static [Scheme],
    pub(crate) policies: Policies,
    answers: Answers,
    endpoints: &'static [&'static Endpoint],
}

/// A header of the trait whose value is made of text and of values that the client holds.
pub type HeldHeader = (HeaderName, &'static [Bit<'static>]);

/// A header of the trait or of a method; `None` takes a header of a lower level away.
pub type StaticHeader = (HeaderName, Option<HeaderValue>);

/// The words that trait and method share.
macro_rules! policies {
    () => {
        /// `#[timeout("30s", attempt = "10s")]`: how long a call may take.
        pub const fn timeout(mut self, timeout: Timeout) -> Self {
            self.policies.timeout = timeout;
            self.policies.is_silent = false;
            self
        }

        /// `#[max_body("64MiB")]`: the longest body of an answer, in bytes.
        pub const fn max_body(mut self, bytes: usize) -> Self {
            self.policies.max_body = Some(bytes);
            self.policies.is_silent = false;
            self
        }

        /// `#[retry(attempts = 4)]`: when a call is tried again, see [`retry`](crate::retry).
        pub const fn retry(mut self, retry: Retry) -> Self {
            self.policies.retry = Some(retry);
            self.policies.is_silent = false;
            self
        }

        /// `#[rate_limit("5000/h", burst = 20)]`: how much is asked for.
        pub const fn rate_limit(mut self, rate_limit: RateLimit) -> Self {
            self.policies.rate_limit = Some(rate_limit);
            self.policies.is_silent = false;
            self
        }

        /// `#[concurrency(8)]`: how many calls are under way at a time.
        pub const fn concurrency(mut self, concurrency: Concurrency) -> Self {
            self.policies.concurrency = Some(concurrency);
            self.policies.is_silent = false;
            self
        }

        /// `#[breaker(ratio = 0.1)]`: when an origin is left alone.
        pub const fn breaker(mut self, breaker: Breaker) -> Self {
            self.policies.breaker = Some(breaker);
            self.policies.is_silent = false;
            self
        }

        /// `#[hedge(after = "50ms")]`: when a second request is sent beside one that is slow.
        pub const fn hedge(mut self, hedge: Hedge) -> Self {
            self.policies.hedge = Some(hedge);
            self.policies.is_silent = false;
            self
        }

        /// `#[redirects(10)]`: how many redirects are followed, and where to.
        pub const fn redirects(mut self, redirects: Redirects) -> Self {
            self.policies.redirects = redirects;
            self.policies.is_silent = false;
            self
        }

        /// `#[idempotency_key("Idempotency-Key")]`: every call carries a key of its own, the same on each of its tries.
        pub const fn idempotency_key(mut self, key: IdempotencyKey) -> Self {
            self.policies.idempotency_key = Some(key);
            self.policies.is_silent = false;
            self
        }

        /// `#[success(200..=299 | 304)]`: the statuses that are no errors.
        pub const fn success(mut self, statuses: Statuses) -> Self {
            self.answers.success = Some(statuses);
            self
        }

        /// `#[none_on(404)]`: the statuses that stand for `None`.
        pub const fn none_on(mut self, statuses: Statuses) -> Self {
            self.answers.none_on = Some(statuses);
            self
        }

        /// `#[envelope("/data/items")]`: where in the answer the value is.
        pub const fn envelope(mut self, pointer: &'static str) -> Self {
            self.answers.envelope = Some(pointer);
            self
        }

        /// `#[error_body(code = "/error/code")]`: how an error looks on the wire.
        pub const fn error_body(mut self, error_body: ErrorBody) -> Self {
            self.answers.error_body = error_body;
            self
        }

        /// What is declared here about answers.
        pub const fn answers(&self) -> &Answers {
            &self.answers
        }

        /// What is declared here about time limits, retries and the like.
        pub const fn policies(&self) -> &Policies {
            &self.policies
        }
    };
}

impl Api {
    /// An API called `name`, for clients whose default `User-Agent` is `user_agent`.
    pub const fn new(name: &'static str, user_agent: &'static str) -> Self {
        Api {
            name,
            user_agent,
            base_url: None,
            base_path: "",
            headers: &[],
            held_headers: &[],
            values: &[],
            allow_origins: &[],
            show: Show::new(),
            schemes: &[],
            policies: Policies::NONE,
            answers: Answers::NONE,
            endpoints: &[],
        }
    }

    /// All methods of the trait that are endpoints.
    pub const fn endpoints(mut self, all: &'static [&'static Endpoint]) -> Self {
        self.endpoints = all;
        self
    }

    /// They, in the order of the trait.
    pub fn iter(&self) -> impl Iterator<Item = &'static Endpoint> + use<> {
        self.endpoints.iter().copied()
    }

    /// The base URL that the trait declares.
    pub const fn base_url(mut self, base_url: &'static str) -> Self {
        self.base_url = Some(base_url);
        self
    }

    /// A path between the base URL and every template.
    pub const fn base_path(mut self, base_path: &'static str) -> Self {
        self.base_path = base_path;
        self
    }

    /// Headers of every call.
    pub const fn headers(mut self, headers: &'static [StaticHeader]) -> Self {
        self.headers = headers;
        self
    }

    /// Headers of every call with values that the client holds.
    pub const fn held_headers(mut self, headers: &'static [HeldHeader]) -> Self {
        self.held_headers = headers;
        self
    }

    /// The names of all values that the client has to hold: `ClientBuilder::value` gives them.
    pub const fn values(mut self, names: &'static [&'static str]) -> Self {
        self.values = names;
        self
    }

    /// Origins beside the base URL's that calls may go to.
    pub const fn allow_origins(mut self, origins: &'static [&'static str]) -> Self {
        self.allow_origins = origins;
        self
    }

    /// `#[auth(..)]`: the credentials that calls carry; the first is for all methods that say nothing else.
    pub const fn auth(mut self, schemes: &'static [Scheme]) -> Self {
        self.schemes = schemes;
        self
    }

    /// What errors and `curl` lines may print beside what is always safe.
    pub const fn show(mut self, show: Show) -> Self {
        self.show = show;
        self
    }

    policies!();

    /// The name of the API: the trait's, or `#[api_client(name = "..")]`.
    pub const fn name(&self) -> &'static str {
        self.name
    }
}

/// One method of a trait: verb, template and policies. It labels errors (and later spans, metrics and limits).
///
/// `GitHubClient::ENDPOINTS.repo` is one, `GitHubClient::ENDPOINTS.iter()` gives all of them.
pub struct Endpoint {
    api: &'static Api,
    name: &'static str,
    verb: Verb,
    template: &'static str,
    pub(crate) pieces: &'static [Piece<'static>],
    pub(crate) headers: &'static [StaticHeader],
    pub(crate) origin: Option<&'static str>,
    pub(crate) auth: Option<AuthChoice>,
    pub(crate) policies: Policies,
    answers: Answers,
    pub(crate) is_health: bool,
}

macro_rules! verbs {
    ($($name:ident $method:ident),*) => { $(
        #[doc = concat!("`#[", stringify!($name), "(\"/template\")]`: a ", stringify!($method), " request.")]
        pub const fn $name(
            api: &'static Api,
            name: &'static str,
            template: &'static str,
            pieces: &'static [Piece<'static>],
        ) -> Self {
            Self::http(api, name, stringify!($method), template, pieces)
        }
    )* };
}

impl Endpoint {
    verbs!(get GET, post POST, put PUT, patch PATCH, delete DELETE, head HEAD, options OPTIONS);

    /// `#[http("PROPFIND", "/template")]`: a request with any method token.
    pub const fn http(
        api: &'static Api,
        name: &'static str,
        verb: &'static str,
        template: &'static str,
        pieces: &'static [Piece<'static>],
    ) -> Self {
        let verb = Verb(verb);
        Endpoint {
            api,
            name,
            verb,
            template,
            pieces,
            headers: &[],
            origin: None,
            auth: None,
            policies: Policies::NONE,
            answers: Answers::NONE,
            is_health: false,
        }
    }

    policies!();

    /// `#[auth(admin)]`: other credentials than the trait's first, or `none`.
    pub const fn auth(mut self, choice: AuthChoice) -> Self {
        self.auth = Some(choice);
        self
    }

    /// `#[health]`: what this method says is whether the service is well, see [`Client::health`](crate::Client::health).
    pub const fn health(mut self) -> Self {
        self.is_health = true;
        self
    }

    /// `#[idempotent]`: sent twice, the request does no harm.
    pub const fn idempotent(mut self) -> Self {
        self.policies.idempotent = true;
        self
    }

    /// Headers of every call of this method.
    pub const fn headers(mut self, headers: &'static [StaticHeader]) -> Self {
        self.headers = headers;
        self
    }

    /// The origin of an absolute template, one of those that the trait allows.
    pub const fn origin(mut self, origin: &'static str) -> Self {
        self.origin = Some(origin);
        self
    }

    /// What is no error: the method's word, that of the type it returns, the trait's, 2xx.
    pub(crate) fn successes(&self, of_type: Option<Statuses>) -> Statuses {
        let said = self.answers.success.or(of_type).or(self.api.answers.success);
        said.unwrap_or(Statuses::SUCCESS)
    }

    pub(crate) fn absences(&self) -> Option<Statuses> {
        self.answers.none_on.or(self.api.answers.none_on)
    }

    /// Where the value of an answer is.
    pub(crate) fn enveloped(&self) -> &'static str {
        self.answers.envelope.or(self.api.answers.envelope).unwrap_or_default()
    }

    /// What makes a failure of a success.
    pub(crate) fn failures(&self) -> &'static [FailIf] {
        let ErrorBody { fail_if, alone, .. } = self.answers.error_body;
        if fail_if.is_empty() && !alone { self.api.answers.error_body.fail_if } else { fail_if }
    }

    /// The method's words about an error's body, and the trait's where it has none.
    pub(crate) fn error_bodies(&self) -> ErrorBody {
        self.answers.error_body.over(self.api.answers.error_body)
    }

    /// The trait that this method belongs to.
    pub const fn api(&self) -> &'static Api {
        self.api
    }

    /// The name of the method.
    pub const fn name(&self) -> &'static str {
        self.name
    }

    /// The HTTP method.
    pub fn method(&self) -> Method {
        self.verb.method()
    }

    /// The path template as it was declared: a label of low cardinality.
    pub const fn template(&self) -> &'static str {
        self.template
    }
}

/// Without the values of declared headers: one can be a key.
impl fmt::Debug for Api {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.debug_struct("Api")
            .field("name", &self.name)
            .field("base_url", &self.base_url)
            .finish_non_exhaustive()
    }
}

impl fmt::Debug for Endpoint {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        let template = self.template.split('?').next().unwrap_or_default().trim_end_matches('{');
        write!(f, "Endpoint({}::{}, {} {template})", self.api.name, self.name, self.verb.0)
    }
}

/// An HTTP method that a `static` can hold. The macro has checked that it is a token (RFC 9110, section 9.1).
#[derive(Debug, Clone, Copy)]
struct Verb(&'static str);

impl Verb {
    fn method(self) -> Method {
        // A token that is none falls back to GET; it cannot come from the macro, which refuses it.
        Method::from_bytes(self.0.as_bytes()).unwrap_or_default()
    }
}

/// What can be said on every level: trait, builder, method, call. Each level may leave everything open.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub struct Policies {
    pub(crate) timeout: Timeout,
    pub(crate) max_body: Option<usize>,
    pub(crate) retry: Option<Retry>,
    pub(crate) rate_limit: Option<RateLimit>,
    pub(crate) concurrency: Option<Concurrency>,
    pub(crate) breaker: Option<Breaker>,
    pub(crate) hedge: Option<Hedge>,
    pub(crate) redirects: Redirects,
    pub(crate) idempotent: bool,
    pub(crate) idempotency_key: Option<IdempotencyKey>,
    /// Nothing of the above was said: the common case, which need not look for each.
    pub(crate) is_silent: bool,
}

/// Nothing said.
impl Default for Policies {
    fn default() -> Self {
        Policies::NONE
    }
}

impl Policies {
    pub(crate) const NONE: Policies = Policies {
        timeout: Timeout::new(),
        max_body: None,
        retry: None,
        rate_limit: None,
        concurrency: None,
        breaker: None,
        hedge: None,
        redirects: Redirects::new(),
        idempotent: false,
        idempotency_key: None,
        is_silent: true,
    };

    /// What this level says, and where it says nothing, what the one below it does.
    pub(crate) fn over(&self, lower: &Policies) -> Policies {
        Policies {
            timeout: self.timeout.over(lower.timeout),
            max_body: self.max_body.or(lower.max_body),
            retry: over(self.retry, lower.retry, Retry::over),
            rate_limit: over(self.rate_limit, lower.rate_limit, RateLimit::over),
            concurrency: self.concurrency.or(lower.concurrency),
            breaker: over(self.breaker, lower.breaker, Breaker::over),
            hedge: self.hedge.or(lower.hedge),
            redirects: self.redirects.over(lower.redirects),
            idempotent: self.idempotent || lower.idempotent,
            idempotency_key: self.idempotency_key.or(lower.idempotency_key),
            is_silent: self.is_silent && lower.is_silent,
        }
    }

    /// Whether something is to be asked before a request is sent.
    pub(crate) fn guards(&self) -> bool {
        self.rate_limit.is_some() || self.concurrency.is_some() || self.breaker.is_some()
    }

    /// `#[retry]`
    pub const fn retry(&self) -> Option<Retry> {
        self.retry
    }

    /// `#[concurrency]`
    pub const fn concurrency(&self) -> Option<Concurrency> {
        self.concurrency
    }

    /// `#[breaker]`
    pub const fn breaker(&self) -> Option<Breaker> {
        self.breaker
    }

    /// `#[hedge]`
    pub const fn hedge(&self) -> Option<Hedge> {
        self.hedge
    }

    /// `#[rate_limit]`
    pub const fn rate_limit(&self) -> Option<RateLimit> {
        self.rate_limit
    }

    /// `#[idempotent]`
    pub const fn is_idempotent(&self) -> bool {
        self.idempotent
    }

    /// `#[redirects]`
    pub const fn redirects(&self) -> Redirects {
        self.redirects
    }

    /// `#[idempotency_key]`
    pub const fn idempotency_key(&self) -> Option<IdempotencyKey> {
        self.idempotency_key
    }
}

/// Key by key, where both levels say something.
fn over<T>(own: Option<T>, lower: Option<T>, merge: impl FnOnce(T, T) -> T) -> Option<T> {
    match (own, lower) {
        (Some(own), Some(lower)) => Some(merge(own, lower)),
        (own, lower) => own.or(lower),
    }
}

/// What is declared about answers, on trait and method: what is a success, what is nothing, where the value is, what an error
/// looks like.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Default)]
pub struct Answers {
    success: Option<Statuses>,
    none_on: Option<Statuses>,
    envelope: Option<&'static str>,
    error_body: ErrorBody,
}

impl Answers {
    const NONE: Answers =
        Answers { success: None, none_on: None, envelope: None, error_body: ErrorBody::new() };

    /// `#[success]`
    pub const fn success(&self) -> Option<Statuses> {
        self.success
    }

    /// `#[none_on]`
    pub const fn none_on(&self) -> Option<Statuses> {
        self.none_on
    }

    /// `#[envelope]`
    pub const fn envelope(&self) -> Option<&'static str> {
        self.envelope
    }

    /// `#[error_body]`
    pub const fn error_body(&self) -> ErrorBody {
        self.error_body
    }
}

/// A set of statuses as the attributes write it: `404 | 5xx | 200..=299`.
#[derive(Clone, Copy, PartialEq, Eq)]
pub struct Statuses(&'static [(u16, u16)]);

impl Statuses {
    /// What is a success where nothing else is said: 2xx (RFC 9110, section 15.3).
    pub const SUCCESS: Statuses = Statuses(&[(200, 299)]);

    /// Ranges, both ends included.
    pub const fn new(ranges: &'static [(u16, u16)]) -> Self {
        Statuses(ranges)
    }

    /// Whether the set has this status.
    pub fn contains(self, status: StatusCode) -> bool {
        self.0.iter().any(|(first, last)| (*first..=*last).contains(&status.as_u16()))
    }

    /// All statuses of the set, in its order.
    pub fn iter(self) -> impl Iterator<Item = StatusCode> {
        let all = self.0.iter().flat_map(|(first, last)| *first..=*last);
        all.filter_map(|code| StatusCode::from_u16(code).ok())
    }
}

impl fmt::Debug for Statuses {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        write!(f, "Statuses({self})")
    }
}

impl fmt::Display for Statuses {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        for (i, (first, last)) in self.0.iter().enumerate() {
            f.write_str(if i > 0 { " | " } else { "" })?;
            match first == last {
                true => write!(f, "{first}")?,
                false => write!(f, "{first}..={last}")?,
            }
        }
        Ok(())
    }
}

/// A value as it stands in JSON, to be compared with. In a text `*` is any run of characters.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
#[non_exhaustive]
pub enum Literal {
    /// `true` or `false`
    Bool(bool),
    /// A whole number.
    Integer(i128),
    /// A string.
    Text(&'static str),
}

/// `#[error_body(..)]` as data: what an error looks like on the wire. Each key may be left open.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Default)]
pub struct ErrorBody {
    pub(crate) code: Option<&'static str>,
    pub(crate) message: Option<&'static str>,
    pub(crate) fail_if: &'static [FailIf],
    /// The words of the trait do not count.
    pub(crate) alone: bool,
}

/// A pointer into a success, what is looked for there (without a value: something that says something), and whether it is a
/// failure if that is so, or if it is not.
pub type FailIf = (&'static str, Option<Literal>, bool);

impl ErrorBody {
    /// Nothing said.
    pub const fn new() -> Self {
        ErrorBody { code: None, message: None, fail_if: &[], alone: false }
    }

    /// `#[error_body(none)]`: nothing, whatever the trait says.
    pub const fn none() -> Self {
        ErrorBody { alone: true, ..ErrorBody::new() }
    }

    /// Where the error's code is, as a JSON pointer (RFC 6901).
    pub const fn code(mut self, pointer: &'static str) -> Self {
        self.code = Some(pointer);
        self
    }

    /// Where the message is.
    pub const fn message(mut self, pointer: &'static str) -> Self {
        self.message = Some(pointer);
        self
    }

    /// What makes a failure of a success.
    pub const fn fail_if(mut self, conditions: &'static [FailIf]) -> Self {
        self.fail_if = conditions;
        self
    }

    /// Key by key: these words, or those of the lower level.
    fn over(self, lower: ErrorBody) -> ErrorBody {
        if self.alone {
            return self;
        }
        ErrorBody {
            alone: false,
            code: self.code.or(lower.code),
            message: self.message.or(lower.message),
            fail_if: if self.fail_if.is_empty() { lower.fail_if } else { self.fail_if },
        }
    }
}

/// What may be printed: names that are declared to be safe.
#[derive(Debug, Clone, Copy, Default)]
pub struct Show {
    pub(crate) headers: &'static [&'static str],
    pub(crate) query: &'static [&'static str],
    pub(crate) body: &'static [&'static str],
    pub(crate) hush: bool,
}

impl Show {
    /// Nothing but what is always safe.
    pub const fn new() -> Self {
        Show { headers: &[], query: &[], body: &[], hush: false }
    }

    /// `show_headers = ["x-plan"]`
    pub const fn show_headers(mut self, names: &'static [&'static str]) -> Self {
        self.headers = names;
        self
    }

    /// `show_query = ["page"]`
    pub const fn show_query(mut self, names: &'static [&'static str]) -> Self {
        self.query = names;
        self
    }

    /// `show_body = ["/error/param"]`
    pub const fn show_body(mut self, pointers: &'static [&'static str]) -> Self {
        self.body = pointers;
        self
    }

    /// `show_message = false`: what the server says is not printed either.
    pub const fn show_message(mut self, show: bool) -> Self {
        self.hush = !show;
        self
    }
}

/// `#[retry(..)]` as data. What is left open is taken from the next level: call, method, builder, trait, crate default. What each
/// means, and the defaults, stands in [`retry`](crate::retry).
#[derive(Debug, Clone, Copy, PartialEq, Eq, Default)]
#[expect(clippy::struct_field_names, reason = "they are the words of the attribute")]
pub struct Retry {
    pub(crate) attempts: Option<u32>,
    pub(crate) base: Option<Duration>,
    pub(crate) cap: Option<Duration>,
    pub(crate) max_retry_after: Option<Duration>,
    pub(crate) on: Option<RetryOn>,
    pub(crate) policy: Option<PolicyRef>,
    pub(crate) should_retry: Option<&'static str>,
    pub(crate) retry_after_ms: Option<&'static str>,
    pub(crate) attempt_header: Option<&'static str>,
}

impl Retry {
    /// Nothing said.
    pub const fn new() -> Self {
        Retry {
            attempts: None,
            base: None,
            cap: None,
            max_retry_after: None,
            on: None,
            policy: None,
            should_retry: None,
            retry_after_ms: None,
            attempt_header: None,
        }
    }

    /// `#[retry(none)]`: one attempt, and no other.
    pub const fn none() -> Self {
        Retry::new().attempts(1)
    }

    /// All tries together, the first one included. Default: 3.
    pub const fn attempts(mut self, attempts: u32) -> Self {
        self.attempts = Some(attempts);
        self
    }

    /// The first wait at its longest, which doubles from try to try. Default: 50 ms, and 1 s where the server is overloaded.
    pub const fn base(mut self, base: Duration) -> Self {
        self.base = Some(base);
        self
    }

    /// The longest wait that nobody has asked for. Default: 20 s.
    pub const fn cap(mut self, cap: Duration) -> Self {
        self.cap = Some(cap);
        self
    }

    /// The longest wait that a server may ask for; a call that is asked for more fails at once, with
    /// [`retry_after`](crate::Error::retry_after). Default: 120 s.
    pub const fn max_retry_after(mut self, max: Duration) -> Self {
        self.max_retry_after = Some(max);
        self
    }

    /// What is worth another try.
    pub const fn on(mut self, on: RetryOn) -> Self {
        self.on = Some(on);
        self
    }

    /// Who decides instead of the standard rules: [`PolicyRef::new`](PolicyRef) of a [`RetryPolicy`](crate::retry::RetryPolicy).
    pub const fn policy(mut self, policy: PolicyRef) -> Self {
        self.policy = Some(policy);
        self
    }

    /// A header by which the server says `true` or `false`, such as `x-should-retry`: its word counts, whatever status and verb.
    /// Default: none is listened to.
    pub const fn should_retry(mut self, header: &'static str) -> Self {
        self.should_retry = Some(header);
        self
    }

    /// A header by which the server says how many milliseconds to wait, such as `retry-after-ms`; it goes before `Retry-After`.
    /// Default: none is listened to.
    pub const fn retry_after_ms(mut self, header: &'static str) -> Self {
        self.retry_after_ms = Some(header);
        self
    }

    /// A header that says to the server the how many-th try this is, beginning with 1. Default: none is sent.
    pub const fn attempt_header(mut self, header: &'static str) -> Self {
        self.attempt_header = Some(header);
        self
    }

    /// Key by key: these words, or those of the lower level.
    pub(crate) fn over(self, lower: Retry) -> Retry {
        Retry {
            attempts: self.attempts.or(lower.attempts),
            base: self.base.or(lower.base),
            cap: self.cap.or(lower.cap),
            max_retry_after: self.max_retry_after.or(lower.max_retry_after),
            on: self.on.or(lower.on),
            policy: self.policy.or(lower.policy),
            should_retry: self.should_retry.or(lower.should_retry),
            retry_after_ms: self.retry_after_ms.or(lower.retry_after_ms),
            attempt_header: self.attempt_header.or(lower.attempt_header),
        }
    }
}

/// `#[retry(on = 409 | 5xx | connect | timeout)]`: what is worth another try. It replaces the default set.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub struct RetryOn {
    pub(crate) statuses: Statuses,
    pub(crate) connect: bool,
    pub(crate) timeout: bool,
}

impl RetryOn {
    /// These statuses, and nothing else.
    pub const fn new(statuses: Statuses) -> Self {
        RetryOn { statuses, connect: false, timeout: false }
    }

    /// Connections that could not be made, or broke.
    pub const fn connect(mut self) -> Self {
        self.connect = true;
        self
    }

    /// Attempts that took too long.
    pub const fn timeout(mut self) -> Self {
        self.timeout = true;
        self
    }
}

/// A policy of one's own in an attribute, or in a constant: [`PolicyRef::new`] makes one.
// Nothing in this room knows what a policy is.
#[derive(Clone, Copy)]
pub struct PolicyRef(pub(crate) &'static (dyn Any + Send + Sync));

impl PartialEq for PolicyRef {
    fn eq(&self, other: &Self) -> bool {
        ptr::addr_eq(self.0, other.0)
    }
}

impl Eq for PolicyRef {}

impl fmt::Debug for PolicyRef {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str("PolicyRef(..)")
    }
}

/// `#[redirects(..)]` as data: how many are followed, and where to. Default: ten, to any origin that is not less safe; what
/// belongs to the first origin (credentials, headers of the call, bodies) never goes to another.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Default)]
pub struct Redirects {
    pub(crate) most: Option<u32>,
    pub(crate) same_origin: Option<bool>,
}

impl Redirects {
    /// Nothing said.
    pub const fn new() -> Self {
        Redirects { most: None, same_origin: None }
    }

    fn over(self, lower: Redirects) -> Redirects {
        Redirects { most: self.most.or(lower.most), same_origin: self.same_origin.or(lower.same_origin) }
    }

    /// `#[redirects(none)]`: a redirect is an error of kind [`Redirect`](crate::ErrorKind::Redirect).
    pub const fn none() -> Self {
        Redirects::new().most(0)
    }

    /// `#[redirects(10)]`: at most so many in a row. Default: 10.
    pub const fn most(mut self, most: u32) -> Self {
        self.most = Some(most);
        self
    }

    /// `#[redirects(same_origin)]`: to the same scheme, host and port only. Default: to others as well.
    pub const fn same_origin(mut self) -> Self {
        self.same_origin = Some(true);
        self
    }
}

/// `#[idempotency_key(..)]` as data: the header by which a server knows a call that it has seen.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub struct IdempotencyKey {
    pub(crate) header: &'static str,
    pub(crate) quoted: bool,
}

impl IdempotencyKey {
    /// The value is the bare key, as Stripe and most others want it.
    pub const fn new(header: &'static str) -> Self {
        IdempotencyKey { header, quoted: false }
    }

    /// Whether the value is a quoted string, as the draft `idempotency-key-header` has it (RFC 9651, section 3.3.3). Default: no.
    pub const fn quoted(mut self, quoted: bool) -> Self {
        self.quoted = quoted;
        self
    }

    /// The header's name, in lower case.
    pub const fn header(&self) -> &'static str {
        self.header
    }
}

/// How long a call may take: `total` over everything, `attempt` for each try.
///
/// Whatever a level leaves open is taken from the next one: call, method, builder, trait, crate default
/// (60 s in total, 30 s for an attempt, 20 s for a body that stands still).
#[derive(Debug, Clone, Copy, PartialEq, Eq, Default)]
pub struct Timeout {
    pub(crate) total: Option<Duration>,
    pub(crate) attempt: Option<Duration>,
    pub(crate) idle: Option<Duration>,
    pub(crate) forward: Option<&'static str>,
}

impl Timeout {
    /// No limit said.
    pub const fn new() -> Self {
        Timeout { total: None, attempt: None, idle: None, forward: None }
    }

    fn over(self, lower: Timeout) -> Timeout {
        Timeout {
            total: self.total.or(lower.total),
            attempt: self.attempt.or(lower.attempt),
            idle: self.idle.or(lower.idle),
            forward: self.forward.or(lower.forward),
        }
    }

    /// A header by which the server learns how many milliseconds this attempt has, so that it need not work for nobody. Default:
    /// none is sent.
    pub const fn forward(mut self, header: &'static str) -> Self {
        self.forward = Some(header);
        self
    }

    /// Everything together: waits, attempts and reading the body.
    pub const fn total(mut self, total: Duration) -> Self {
        self.total = Some(total);
        self
    }

    /// One attempt: connecting, sending, the answer's head and its buffered body.
    pub const fn attempt(mut self, attempt: Duration) -> Self {
        self.attempt = Some(attempt);
        self
    }

    /// A body that stands still: how long less than one byte a second may arrive of an answer's body, or be taken of a streamed
    /// request's, while the server is the one who is waited for.
    pub const fn idle(mut self, idle: Duration) -> Self {
        self.idle = Some(idle);
        self
    }
}

/// One step of writing a request: a literal part of the template, or a place for the next value.
///
/// Values come in the order of the pieces that take one: no name is compared at run time.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum Piece<'a> {
    /// Copied into the target as it is.
    Literal(&'a str),
    /// A literal that holds the `?` of a constant query.
    Query(&'a str),
    /// The slash between the base URL and a template that begins without one.
    Slash,
    /// A constant parameter of the query, `name=value` as it is sent.
    Pair(&'a str),
    /// A value in the target, in the form or in the cookies.
    Var(Var<'a>),
    /// A value in the header of this name; the second name is the argument's.
    Header(&'a str, &'a str),
    /// A map or a struct whose entries are headers; the name is the argument's.
    Headers(&'a str),
    /// A header that is made of text and values.
    ComposedHeader(&'a str, &'a [Bit<'a>]),
    /// A parameter of the query that is made of text and values; the name as it is sent.
    ComposedQuery(&'a str, &'a [Bit<'a>]),
    /// Whose quota of the trait's limit it is, or of the method's own.
    LimitKey(KeyOf, &'a [Bit<'a>]),
}

/// Whose limit a key is about.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum KeyOf {
    /// The trait's.
    Trait,
    /// The method's own.
    Method,
}

/// A bit of a composed value.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum Bit<'a> {
    /// Copied.
    Text(&'a str),
    /// The next argument; its name is for errors.
    Argument(&'a str),
    /// What the client holds under this name.
    Held(&'a str),
}

/// One variable of a template (RFC 6570, section 2.3), or an argument that is written like one. `{?a,b}` is two of them, the
/// first with `opens`.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
#[expect(
    clippy::struct_excessive_bools,
    reason = "each is a modifier of its own, in the RFC or in the grammar"
)]
pub struct Var<'a> {
    pub(crate) op: Op,
    /// As it is sent: percent-encoded.
    pub(crate) name: &'a str,
    /// What errors call it.
    pub(crate) argument: &'a str,
    pub(crate) style: Style,
    pub(crate) explode: bool,
    pub(crate) opens: bool,
    /// The value is percent-encoded already.
    pub(crate) encoded: bool,
    /// An empty value may stand in the path.
    pub(crate) allow_empty: bool,
    /// The name was said, so the value has to use it.
    pub(crate) named: bool,
    /// `name=value` for the query, where the value is absent.
    pub(crate) absent: Option<&'a str>,
    pub(crate) prefix: Option<u16>,
}

/// How a list, a map or a struct is written (OpenAPI 3.1, "Style Values", and what PHP, Rails and .NET read).
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum Style {
    /// As RFC 6570 has it: `a=1,2`, exploded `a=1&a=2`.
    Form,
    /// `a=1%202`
    Space,
    /// `a=1%7C2`
    Pipe,
    /// `a[k]=v`, at any depth; a list repeats its name.
    DeepObject,
    /// `a[]=1&a[k]=v`, at any depth.
    Brackets,
    /// `a[0]=1&a[k]=v`, at any depth.
    Indexed,
    /// `a.k=v`, at any depth; a list repeats its name.
    Dots,
    /// `a`: no value at all.
    Flag,
}

impl Style {
    /// Whether lists and maps may stand in one another.
    pub(crate) const fn nests(self) -> bool {
        matches!(self, Style::DeepObject | Style::Brackets | Style::Indexed | Style::Dots)
    }
}

/// The operator of an expression (RFC 6570, section 2.2), and where else a value can be written.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum Op {
    /// `{var}`
    Simple,
    /// `{+var}`
    Reserved,
    /// `{#var}`, which no path has.
    Fragment,
    /// `{.var}`
    Label,
    /// `{/var}`
    Segment,
    /// `{;var}`
    Matrix,
    /// `{?var}`
    Query,
    /// `{&var}`
    Continuation,
    /// A field of a form body.
    Field,
    /// A pair of the `Cookie` header.
    Cookie,
}

impl Op {
    /// Whether the value stands in the path, where an empty value or a dot segment addresses something else.
    pub(crate) const fn in_path(self) -> bool {
        matches!(self, Op::Simple | Op::Reserved | Op::Fragment | Op::Label | Op::Segment | Op::Matrix)
    }

    /// Whether the name is written beside the value.
    pub(crate) const fn named(self) -> bool {
        matches!(self, Op::Matrix | Op::Query | Op::Continuation | Op::Field | Op::Cookie)
    }
}

impl<'a> Var<'a> {
    /// Whether reserved characters and triplets stay as they are.
    pub(crate) const fn keeps_reserved(&self) -> bool {
        self.encoded || matches!(self.op, Op::Reserved | Op::Fragment)
    }

    pub(crate) const fn new(op: Op, name: &'a str) -> Self {
        Var {
            op,
            name,
            argument: name,
            style: Style::Form,
            explode: false,
            opens: true,
            encoded: false,
            allow_empty: false,
            named: false,
            absent: None,
            prefix: None,
        }
    }
}

macro_rules! modifiers {
    ($($(#[$doc:meta])* $name:ident($($arg:ident: $t:ty)?) $field:ident = $value:expr;)*) => {
        impl<'a> Piece<'a> {
            $( $(#[$doc])* pub const fn $name(self $(, $arg: $t)?) -> Self {
                match self {
                    Piece::Var(mut var) => {
                        var.$field = $value;
                        Piece::Var(var)
                    }
                    other => other,
                }
            } )*
        }
    };
}

modifiers! {
    /// `{*}`: a list or a map is written member by member.
    explode() explode = true;
    /// Not the first variable of its expression.
    next() opens = false;
    /// `{var:3}`: at most this many characters of a text.
    prefix(characters: u16) prefix = Some(characters);
    /// The argument's own name, where another one is sent.
    argument(name: &'a str) argument = name;
    /// `style = ..`
    style(style: Style) style = style;
    /// `encoded`: triplets and reserved characters of the value stay.
    encoded() encoded = true;
    /// `#[query("name")]`: a struct or a map, whose fields have names of their own, does not fit.
    named() named = true;
    /// What trait or method declare, sent where the value is absent: `name=value`.
    absent(pair: &'a str) absent = Some(pair);
    /// `allow_empty`: the value may be empty though it stands in the path.
    allow_empty() allow_empty = true;
}

/// What the macro writes for the pieces of a template: short names, since there is a line of them per endpoint.
pub mod pieces {
    use super::{Bit, KeyOf, Op, Piece, Var};

    macro_rules! variables {
        ($($(#[$doc:meta])* $name:ident $op:ident)*) => { $(
            $(#[$doc])*
            pub const fn $name(name: &str) -> Piece<'_> {
                Piece::Var(Var::new(Op::$op, name))
            }
        )* };
    }

    /// A literal part.
    pub const fn lit(text: &str) -> Piece<'_> {
        Piece::Literal(text)
    }

    /// A literal part with a `?`.
    pub const fn lit_query(text: &str) -> Piece<'_> {
        Piece::Query(text)
    }

    /// The slash before a template that begins without one.
    pub const fn slash() -> Piece<'static> {
        Piece::Slash
    }

    /// `name=value` in the query.
    pub const fn pair(text: &str) -> Piece<'_> {
        Piece::Pair(text)
    }

    variables! {
        /// `{name}`
        var Simple
        /// `{+name}`
        reserved Reserved
        /// `{.name}`
        label Label
        /// `{/name}`
        segment Segment
        /// `{;name}`
        matrix Matrix
        /// `{?name}`
        query Query
        /// `{&name}`
        continuation Continuation
        /// `#[field]`
        field Field
        /// `#[cookie]`
        cookie Cookie
    }

    /// A header's value.
    pub const fn header<'a>(name: &'a str, argument: &'a str) -> Piece<'a> {
        Piece::Header(name, argument)
    }

    /// A header per entry.
    pub const fn headers(argument: &str) -> Piece<'_> {
        Piece::Headers(argument)
    }

    /// A header of text and values.
    pub const fn composed_header<'a>(name: &'a str, bits: &'a [Bit<'a>]) -> Piece<'a> {
        Piece::ComposedHeader(name, bits)
    }

    /// The key of a limit.
    pub const fn limit_key<'a>(of: KeyOf, bits: &'a [Bit<'a>]) -> Piece<'a> {
        Piece::LimitKey(of, bits)
    }

    /// A query parameter of text and values.
    pub const fn composed_query<'a>(name: &'a str, bits: &'a [Bit<'a>]) -> Piece<'a> {
        Piece::ComposedQuery(name, bits)
    }
}
