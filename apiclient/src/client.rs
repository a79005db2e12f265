//! The client: transport, clock and settings behind one `Arc`, and the builder that checks them.

#[cfg(feature = "stats")]
use crate::stats::Stats;
use crate::{
    address::Addresses,
    auth::{Auth, Credentials},
    call::Untyped,
    coding,
    endpoint::{Api, Breaker, Concurrency, Hedge, Policies, RateLimit, Redirects, Retry},
    error::{Error, ErrorKind},
    hooks::{Hook, Hooks},
    limit::{Keeper, LimitStore, Limits, OnLow, ServerLimit},
    origin::Origin,
    pipeline::{self, Bases, Bound, Core, Keyring, Keys, Levels, ROOM, Ready, Usual, Words},
    random::{Random, SystemRandom},
    request::{Base, Held, held_text, is_secret, parse_base_url, parse_name, parse_value, scalar},
    retry::{Budget, Budgets, RetryPolicy},
    safe::Safe,
    time::Clock,
    transport::Transport,
};
use arc_swap::ArcSwap;
use http::{HeaderMap, HeaderName, HeaderValue, Method, header};
use serde::Serialize;
use std::{
    any::Any,
    collections::BTreeSet,
    fmt,
    marker::PhantomData,
    sync::{Arc, atomic::AtomicU64},
    time::Duration,
};

/// What every generated client stands on: a transport with its connections, a clock, and the settings of a builder.
///
/// A clone is an `Arc` more. Several traits can share one, and with it connections and limits: each generated client has
/// a `from_client`. Without any trait it makes untyped calls.
///
/// ```
/// use apiclient::{Client, Method};
/// use std::time::Duration;
///
/// # async fn run() -> Result<(), apiclient::Error> {
/// let client = Client::builder().base_url("https://api.example.com/v1").timeout(Duration::from_secs(10)).build()?;
/// let name: String = client.call(Method::GET, "/users/{id}/name").param("id", 7).fetch().await?;
/// # Ok(()) }
/// ```
#[derive(Clone)]
pub struct Client(Arc<Bound>);

impl Client {
    /// Sets up a client. Settings are checked by [`build`](ClientBuilder::build).
    pub fn builder() -> ClientBuilder<Client> {
        ClientBuilder::new()
    }

    /// What the calls of this client, of all its clones and of all traits on it have come to. Default: they are counted;
    /// [`without_stats`](ClientBuilder::without_stats) says that they are not, and then there are none.
    #[cfg(feature = "stats")]
    pub fn stats(&self) -> &Stats {
        &self.0.core.stats
    }

    /// A call that no trait declares, through the same pipeline: `template` is a path below the base URL (RFC 6570), its
    /// values come by name with [`param`](Untyped::param).
    pub fn call(&self, method: Method, template: impl Into<String>) -> Untyped<'_> {
        Untyped::new(self, method, template.into())
    }

    /// A call of a URL that is known at run time only, a link that a server sent: below the base URL, or of an origin that
    /// [`ClientBuilder::allow_origin`] allows.
    ///
    /// ```
    /// use apiclient::{Client, Method};
    ///
    /// # async fn run(client: Client, next: String) -> Result<(), apiclient::Error> {
    /// let page: String = client.call_url(Method::GET, next).fetch().await?;
    /// # Ok(()) }
    /// ```
    pub fn call_url(&self, method: Method, url: impl Into<String>) -> Untyped<'_> {
        Untyped::at(self, method, url.into())
    }

    pub(crate) fn bound(&self) -> &Arc<Bound> {
        &self.0
    }

    /// One for each of its base URLs.
    pub(crate) fn of_each_base(&self) -> Vec<Client> {
        let (core, api) = (&self.0.core, self.0.api);
        let levels = core.levels.load();
        let one = |number, url| Client(Arc::new(bind_to(core.clone(), api, &levels, (number, url))));
        match core.base_urls.is_empty() {
            true => vec![one(0, None)],
            false => core.base_urls.iter().enumerate().map(|(number, url)| one(number, Some(url))).collect(),
        }
    }

    /// The same core as the trait described by `api` sees it.
    pub(crate) fn bind(&self, api: &'static Api) -> Self {
        Client(Arc::new(bind(&self.0.core, Some(api))))
    }
}

/// The client with its first base URL, and with each of the others.
fn bind(core: &Arc<Core>, api: Option<&'static Api>) -> Bound {
    let levels = core.levels.load();
    let bind_to = |number, url| bind_to(core.clone(), api, &levels, (number, url));
    let mut first = bind_to(0, core.base_urls.first().map(String::as_str));
    let others = core.base_urls.iter().enumerate().skip(1);
    first.is_plain &= others.len() == 0;
    first.others = others.map(|(number, url)| bind_to(number, Some(url))).collect();
    first
}

/// The client that the next call is made with: another one, once [`Client::reload`] has given it other levels.
#[cfg(feature = "config")]
pub(crate) fn newest(bound: &mut Arc<Bound>) {
    let number = bound.core.levels.load().number;
    if bound.number == number {
        return;
    }
    let known = bound.renewed.load_full().filter(|renewed| renewed.number == number);
    *bound = known.unwrap_or_else(|| renew(bound));
}

/// The same client with the levels of now.
#[cfg(feature = "config")]
pub(crate) fn renew(bound: &Bound) -> Arc<Bound> {
    let made = Arc::new(bind(&bound.core, bound.api));
    bound.renewed.store(Some(made.clone()));
    made
}

fn bind_to(
    core: Arc<Core>,
    api: Option<&'static Api>,
    levels: &Levels,
    (base_number, base_url): (usize, Option<&str>),
) -> Bound {
    let accepts = if core.decompress { coding::accepted() } else { None };
    let mut headers = default_headers(api, accepts.as_ref());
    let mut lacks = lacking(&core.held, api);
    pipeline::overlay(&mut headers, api.map_or(&[], |api| api.headers));
    match held_headers(&core.held, api) {
        Ok(held) => headers.extend(held),
        // A value that is missing is a problem of `build()`, and here of each call.
        Err(e) => drop(lacks.get_or_insert(e)),
    }
    if let Some(user_agent) = &core.user_agent {
        headers.insert(header::USER_AGENT, user_agent.clone());
    }
    for (name, value) in &core.headers {
        headers.insert(name, value.clone());
    }
    if headers.contains_key(header::RANGE) && headers.get(header::ACCEPT_ENCODING) == accepts.as_ref() {
        // The range would be one of the packed body.
        headers.remove(header::ACCEPT_ENCODING);
    }
    let base = base(base_url, &core.allow_origins, api).and_then(|base| lacks.map_or(Ok(base), Err));
    let abroad = match api {
        Some(api) if !(api.allow_origins.is_empty() && core.allow_origins.is_empty()) => {
            abroad(api, core.user_agent.as_ref(), accepts.as_ref())
        }
        _ => default_headers(None, accepts.as_ref()),
    };
    let safe = safe(&core.safe, api);
    let policies = levels.policies.over(api.map_or(&Policies::NONE, |api| &api.policies));
    let words = Words::new(&levels.policies, api);
    let ready_guards = Ready::new(&core, words, &policies, base.as_ref().ok().map(|base| &base.origin));
    let budget = base.as_ref().ok().map(|base| core.budgets.of(&base.origin));
    let keyring = Keyring::new(&core, api);
    let place = pipeline::place(&keyring).filter(|place| base.is_ok() && !headers.contains_key(place));
    let mut ready = base
        .as_ref()
        .map(|base| ready(&*core.transport, &base.origin, place.as_ref(), &headers))
        .unwrap_or_default();
    let adds_host = ready.contains_key(header::HOST);
    let has_room = adds_host && !ROOM.iter().any(|name| ready.contains_key(name));
    if has_room {
        ready.extend(ROOM.map(|name| (name, HeaderValue::from_static(""))));
    }
    Bound {
        keyring,
        place,
        base,
        budget,
        is_plain: ready_guards.is_none() && policies.hedge.is_none(),
        ready_guards,
        words,
        base_number,
        others: Vec::new(),
        headers,
        adds_host,
        has_room,
        ready,
        abroad,
        accepts,
        api,
        usual: Usual::new(&policies),
        policies,
        #[cfg(feature = "config")]
        of_methods: levels.of(api),
        #[cfg(feature = "config")]
        number: levels.number,
        #[cfg(feature = "config")]
        renewed: arc_swap::ArcSwapOption::empty(),
        safe,
        core,
    }
}

/// What goes over the wire to the base URL: what the transport adds comes first, as `Host` should (RFC 9110, section 7.2).
fn ready(
    transport: &dyn Transport,
    origin: &Origin,
    place: Option<&HeaderName>,
    headers: &HeaderMap,
) -> HeaderMap {
    let mut ready = transport.default_headers(origin);
    // Empty, for credentials to fill it: near the beginning, where it is found sooner.
    ready.extend(place.map(|place| (place.clone(), HeaderValue::from_static(""))));
    ready.extend(headers.clone());
    ready
}

/// What trait and builder call safe; none where that is nothing.
fn safe(of_builder: &Safe, api: Option<&'static Api>) -> Option<Arc<Safe>> {
    let mut safe = of_builder.clone();
    if let Some(show) = api.map(|api| api.show) {
        safe.headers
            .extend(show.headers.iter().filter_map(|name| HeaderName::from_bytes(name.as_bytes()).ok()));
        safe.query.extend(show.query.iter().map(ToString::to_string));
        safe.body.extend(show.body.iter().map(ToString::to_string));
        safe.hush |= show.hush;
    }
    (safe != Safe::default()).then(|| Arc::new(safe))
}

/// The trait's headers with values that the client holds.
fn held_headers(held: &Held, api: Option<&'static Api>) -> Result<Vec<(HeaderName, HeaderValue)>, String> {
    let headers = api.map_or(&[][..], |api| api.held_headers).iter().map(|(name, bits)| {
        let text = held_text(bits, held).map_err(|e| e.to_string())?;
        Ok((name.clone(), parse_value(name, &text)?))
    });
    headers.collect()
}

/// What goes to origins that are not the base URL's: the trait's constants, but those whose name says that they are secret.
fn abroad(api: &'static Api, user_agent: Option<&HeaderValue>, accepts: Option<&HeaderValue>) -> HeaderMap {
    let mut headers = default_headers(Some(api), accepts);
    for constant in api.headers.iter().filter(|(name, _)| !is_secret(name)) {
        pipeline::overlay(&mut headers, std::slice::from_ref(constant));
    }
    if let Some(user_agent) = user_agent {
        headers.insert(header::USER_AGENT, user_agent.clone());
    }
    headers
}

/// The first value that the trait names and the client does not hold.
fn lacking(held: &Held, api: Option<&'static Api>) -> Option<String> {
    let (name, values) = (api?.name(), api?.values);
    let missing = values.iter().find(|name| !held.contains_key(**name))?;
    let stray = held.keys().find(|given| !values.contains(&given.as_str()));
    let stray = stray.map(|stray| format!(" (it has one called `{stray}`)")).unwrap_or_default();
    Some(format!(
        "{name} needs a value `{missing}`{stray}: give it one with `.value(\"{missing}\", ..)` on the builder"
    ))
}

/// What live servers need: some refuse a request without a `User-Agent`, some answer XML to one without an `Accept`.
fn default_headers(api: Option<&'static Api>, accepts: Option<&HeaderValue>) -> HeaderMap {
    const OURS: &str = concat!(env!("CARGO_PKG_NAME"), "/", env!("CARGO_PKG_VERSION"));
    let mut headers = HeaderMap::new();
    let user_agent = api.map_or(OURS, |api| api.user_agent);
    headers.insert(
        header::USER_AGENT,
        HeaderValue::from_str(user_agent).unwrap_or(HeaderValue::from_static(OURS)),
    );
    headers.insert(header::ACCEPT, HeaderValue::from_static("application/json, */*;q=0.5"));
    headers.extend(accepts.map(|codings| (header::ACCEPT_ENCODING, codings.clone())));
    headers
}

/// The builder's base URL, else the trait's.
fn base(base_url: Option<&str>, allowed: &[String], api: Option<&'static Api>) -> Result<Base, String> {
    let name = api.map_or("this client", Api::name);
    let Some(url) = base_url.or(api.and_then(|api| api.base_url)) else {
        return Err(format!(
            "{name} has no base URL: give it one with `.base_url(\"https://..\")` on the builder"
        ));
    };
    let of_trait = api.map_or(&[][..], |api| api.allow_origins).iter().copied();
    let allowed: Vec<&str> = of_trait.chain(allowed.iter().map(String::as_str)).collect();
    Base::parse(url, api.map_or("", |api| api.base_path), &allowed)
        .map_err(|e| format!("the base URL of {name} cannot be used: {e}"))
}

impl Client {
    /// The limits and breakers of this client and of all traits on it, as they are now; those of methods from their first call on.
    pub fn limits(&self) -> Limits {
        let core = &self.0.core;
        core.keeper.states(&*core.clock)
    }

    /// How many tokens the budget for tries more has left for the origin of the base URL: all clones and all traits of the
    /// client share it. What costs how much stands in [`retry`](crate::retry).
    pub fn retry_tokens(&self) -> u32 {
        self.0.budget.as_ref().map_or(0, |budget| budget.tokens())
    }
}

impl fmt::Debug for Client {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        let mut out = f.debug_struct("Client");
        if let Ok(base) = &self.0.base {
            out.field("base_url", &format_args!("{base}"));
        }
        out.finish_non_exhaustive()
    }
}

/// What the builder can build: [`Client`] and every generated client.
#[doc(hidden)]
pub trait ApiClient: Sized {
    const API: Option<&'static Api>;
    fn from_client(client: Client) -> Self;
}

impl ApiClient for Client {
    const API: Option<&'static Api> = None;
    fn from_client(client: Client) -> Self {
        client
    }
}

/// Fills what nobody has said with what files and variables say, for the client of this trait. What comes back is what they say about limits, and
/// what a later configuration is compared with.
#[cfg(feature = "config")]
pub(crate) type Configure<C> = Box<
    dyn FnOnce(&mut ClientBuilder<C>, Option<&'static Api>) -> (Levels, Box<dyn Any + Send + Sync>)
        + Send
        + Sync,
>;

/// The settings of a client. Each setter says its default; whatever is wrong is said by [`build`](Self::build), all at
/// once.
///
/// `GitHubClient::builder()` gives one that builds a `GitHubClient`, [`Client::builder`] one that builds a [`Client`].
#[must_use = "a builder does nothing until `.build()`"]
pub struct ClientBuilder<C = Client> {
    pub(crate) base_urls: Vec<String>,
    pub(crate) weights: Option<Vec<u32>>,
    pub(crate) user_agent: Option<HeaderValue>,
    pub(crate) headers: Vec<(HeaderName, HeaderValue)>,
    pub(crate) policies: Policies,
    on_low: Option<OnLow>,
    limit_store: Option<Arc<dyn LimitStore>>,
    pub(crate) held: Held,
    pub(crate) keys: Keys,
    hooks: Hooks,
    #[cfg(feature = "stats")]
    pub(crate) counts: bool,
    pub(crate) allow_origins: Vec<String>,
    pub(crate) safe: Safe,
    /// What was said about that.
    pub(crate) shows_message: Option<bool>,
    pub(crate) addresses: Option<Addresses>,
    pub(crate) decompress: Option<bool>,
    retry_policy: Option<Arc<dyn RetryPolicy>>,
    pub(crate) retry_budget: Option<u32>,
    pub(crate) connect_timeout: Option<Duration>,
    pub(crate) transport: Option<Arc<dyn Transport>>,
    clock: Option<Arc<dyn Clock>>,
    random: Option<Arc<dyn Random>>,
    pub(crate) problems: Vec<String>,
    /// What files and variables say.
    #[cfg(feature = "config")]
    pub(crate) configured: Option<Configure<C>>,
    builds: PhantomData<fn() -> C>,
}

impl<C> ClientBuilder<C> {
    pub(crate) fn new() -> Self {
        ClientBuilder {
            base_urls: Vec::new(),
            weights: None,
            on_low: None,
            limit_store: None,
            user_agent: None,
            headers: Vec::new(),
            policies: Policies::NONE,
            held: Held::new(),
            keys: Keys::default(),
            hooks: Hooks::default(),
            #[cfg(feature = "stats")]
            counts: true,
            allow_origins: Vec::new(),
            safe: Safe::default(),
            shows_message: None,
            addresses: None,
            decompress: None,
            retry_policy: None,
            retry_budget: None,
            connect_timeout: None,
            transport: None,
            clock: None,
            random: None,
            problems: Vec::new(),
            #[cfg(feature = "config")]
            configured: None,
            builds: PhantomData,
        }
    }

    /// Where every path begins: scheme, host, port and a prefix. It wins over the trait's `base_url`; a trait's
    /// `base_path` comes after it.
    ///
    /// Refused are credentials, a query, a fragment, another scheme than `http` and `https`, an IPv6 zone.
    pub fn base_url(mut self, base_url: impl Into<String>) -> Self {
        (self.base_urls, self.weights) = (vec![base_url.into()], None);
        self
    }

    /// Several places that give the same: a call goes to the first of them, and where that does not answer, its next try to the
    /// next. One that did not answer is left alone for 5 s, and one whose `#[breaker]` is open for as long as that. Only what may be
    /// sent twice is tried elsewhere; see [`retry`](crate::retry). Their paths must be the same.
    ///
    /// ```
    /// # use apiclient::Client;
    /// let client = Client::builder().base_urls(["https://eu.example.com/v1", "https://us.example.com/v1"]).build()?;
    /// # Ok::<_, apiclient::Error>(())
    /// ```
    pub fn base_urls<U: Into<String>>(mut self, base_urls: impl IntoIterator<Item = U>) -> Self {
        (self.base_urls, self.weights) = (base_urls.into_iter().map(Into::into).collect(), None);
        if self.base_urls.is_empty() {
            self.problems.push("`base_urls` has none".into());
        }
        self
    }

    /// Several places that share the load: each call goes to one of them by chance, as often as its weight says, and its next try to
    /// another.
    ///
    /// ```
    /// # use apiclient::Client;
    /// let client = Client::builder().weighted_base_urls([("https://a.example.com", 3), ("https://b.example.com", 1)]).build()?;
    /// # Ok::<_, apiclient::Error>(())
    /// ```
    pub fn weighted_base_urls<U: Into<String>>(
        mut self,
        base_urls: impl IntoIterator<Item = (U, u32)>,
    ) -> Self {
        let (urls, weights): (Vec<_>, Vec<_>) =
            base_urls.into_iter().map(|(url, weight)| (url.into(), weight)).unzip();
        if weights.iter().all(|weight| *weight == 0) {
            self.problems.push("`weighted_base_urls` has none with a weight".into());
        }
        (self.base_urls, self.weights) = (urls, Some(weights));
        self
    }

    /// Replaces the default `User-Agent`, which is `<your crate>/<its version>` for a trait's client.
    pub fn user_agent(mut self, user_agent: impl AsRef<str>) -> Self {
        match parse_value(&header::USER_AGENT, user_agent.as_ref().as_bytes()) {
            Ok(value) => self.user_agent = Some(value),
            Err(e) => self.problems.push(e),
        }
        self
    }

    /// A header of every call. It replaces the trait's of that name; a method's and a call's replace it.
    pub fn header<N, V>(mut self, name: N, value: V) -> Self
    where
        N: AsRef<str>,
        V: TryInto<HeaderValue>,
    {
        match convert_header(name, value) {
            Ok(header) => self.headers.push(header),
            Err(e) => self.problems.push(e),
        }
        self
    }

    /// A value for headers and query parameters that name it: `#[header("X-Tenant", "{tenant}")]`. No default: a value that
    /// a trait names and nobody gives is an error of [`build`](Self::build). It is a text, a number or another scalar.
    pub fn value(mut self, name: impl Into<String>, value: impl Serialize) -> Self {
        let name = name.into();
        match scalar(&value).map_err(|e| e.named(&name).to_string()).map(|text| text.map(String::from_utf8)) {
            Ok(Some(Ok(text))) => drop(self.held.insert(name, text)),
            Ok(None) => drop(self.held.remove(&name)),
            Ok(Some(Err(_))) => self.problems.push(format!("the value `{name}` is not UTF-8")),
            Err(e) => {
                self.problems.push(e.replacen("the argument", "the value", 1));
                self.held.insert(name, String::new()); // it was given, if not well
            }
        }
        self
    }

    /// One more origin that a `#[url]` argument, an absolute template or [`Client::call_url`] may lead to, beside the base URL's
    /// and those of the trait's `allow_origins`: `https://uploads.example.com`. For origins that are known at run time only.
    pub fn allow_origin(mut self, origin: impl Into<String>) -> Self {
        self.allow_origins.push(origin.into());
        self
    }

    /// A header whose value is no secret: the `{:#?}` of errors and `curl` lines may show it. Default: none but what is always
    /// harmless (`accept`, `content-type`, `user-agent` and their like).
    pub fn show_header(mut self, name: impl AsRef<str>) -> Self {
        self.show_one_header(name.as_ref());
        self
    }

    pub(crate) fn show_one_header(&mut self, name: &str) {
        match shown_name(name) {
            Ok(name) => self.safe.headers.push(name),
            Err(problem) => self.problems.push(problem),
        }
    }

    /// A query parameter whose value is no secret: errors and `curl` lines may show it. Default: none.
    pub fn show_query(mut self, key: impl Into<String>) -> Self {
        self.safe.query.push(key.into());
        self
    }

    /// A field of an error's body that is no secret, as a JSON pointer (RFC 6901): errors show it behind their message.
    /// Default: none but message and code.
    pub fn show_body(mut self, pointer: impl Into<String>) -> Self {
        self.show_one_body(pointer.into());
        self
    }

    pub(crate) fn show_one_body(&mut self, pointer: String) {
        self.problems.extend(check_pointer(&pointer).err());
        self.safe.body.push(pointer);
    }

    /// Whether errors show what the server says, its message and its code. Default: they do, with `***` for what repeats a
    /// secret of the request or looks like a credential.
    pub fn show_message(mut self, show: bool) -> Self {
        self.safe.hush = !show;
        self.shows_message = Some(show);
        self
    }

    /// How long a call may take in all: every wait, every attempt, the body. Default: 60 s.
    pub fn timeout(mut self, total: Duration) -> Self {
        self.check_positive("timeout", total);
        self.policies.timeout.total = Some(total);
        self
    }

    /// How long one attempt may take, its body included. Default: 30 s, and never longer than the call.
    pub fn attempt_timeout(mut self, attempt: Duration) -> Self {
        self.check_positive("attempt_timeout", attempt);
        self.policies.timeout.attempt = Some(attempt);
        self
    }

    /// How long a body may stand still, less than one byte a second of it moving: the answer's on its way in, or a streamed one on
    /// its way out, while the server is the one who is waited for and neither the caller nor the head of the answer is. It is
    /// found a twentieth of the limit late at most. Default: 20 s; nothing is looked at where the limit of the attempt is shorter.
    pub fn idle_timeout(mut self, idle: Duration) -> Self {
        self.check_positive("idle_timeout", idle);
        self.policies.timeout.idle = Some(idle);
        self
    }

    /// How long making a connection may take: name look-up, TCP and TLS. Default: 5 s. It is a setting of the default
    /// transport, and an error beside [`transport`](Self::transport).
    pub fn connect_timeout(mut self, connect: Duration) -> Self {
        self.check_positive("connect_timeout", connect);
        self.connect_timeout = Some(connect);
        self
    }

    /// The longest body that is read into memory, in bytes; a longer one is an error. Default: 64 MiB. What is kept of an
    /// error's body is 64 KiB, cut off there.
    pub fn max_body(mut self, bytes: usize) -> Self {
        if bytes == 0 {
            self.problems.push("`max_body` is 0: no answer could be read".into());
        }
        self.policies.max_body = Some(bytes);
        self
    }

    /// Whether answers may arrive packed. Then `Accept-Encoding` says which codings this build knows (features `gzip`, `deflate`,
    /// `brotli`, `zstd`), unless a header of yours says another thing or a `Range` is asked for, and their bodies are unpacked as
    /// they arrive: at most [`max_body`](Self::max_body) of them, at most a hundred times what was sent once that is more than a
    /// megabyte, at most two codings one above the other. What users see has no `Content-Encoding` and no `Content-Length` any
    /// more. Default: they may; `false` leaves bodies as they are.
    pub fn decompress(mut self, decompress: bool) -> Self {
        self.decompress = Some(decompress);
        self
    }

    /// When a call is tried again, key by key: `Retry::new().attempts(5)`, or `Retry::none()` for never. It wins over the trait's
    /// `#[retry]`; a method's and a call's win over it. Default: three attempts, where it is safe; see [`retry`](crate::retry).
    pub fn retry(mut self, retry: Retry) -> Self {
        if retry.attempts == Some(0) {
            self.problems.push("`retry` has no attempts: nothing would be sent".into());
        }
        self.policies.retry = Some(retry.over(self.policies.retry.unwrap_or_default()));
        self
    }

    /// Who decides whether another try is worth it. Default: [`retry::Standard`](crate::retry::Standard). A
    /// `#[retry(policy = ..)]` wins over it.
    pub fn retry_policy(mut self, policy: impl RetryPolicy + 'static) -> Self {
        self.retry_policy = Some(Arc::new(policy));
        self
    }

    /// How many tokens there are for each origin: a try more costs 14 of them, 5 where the server is overloaded; see
    /// [`retry`](crate::retry). Default: 500. Zero: there is no other try.
    pub fn retry_budget(mut self, tokens: u32) -> Self {
        self.retry_budget = Some(tokens);
        self
    }

    /// How much this client asks for, in all: `RateLimit::new().rate(Rate::new(5000, hour))`. Its clones and all traits on it share
    /// it, in the place of the traits' own; what a method says holds beside it. Whoever comes too early waits for a turn, first come,
    /// first served, if that is in time, and fails at once with [`RateLimited`](ErrorKind::RateLimited) if not. Default: no limit.
    pub fn rate_limit(mut self, limit: RateLimit) -> Self {
        self.problems.extend(limit.problem());
        self.policies.rate_limit = Some(limit);
        self
    }

    /// Where quotas are kept: a store that several clients, processes or machines share. What is kept is by the name of the limit: `client`,
    /// the name of a trait, or `Trait::method`, with its key. Default: each client keeps its own.
    pub fn limit_store(mut self, store: impl LimitStore + 'static) -> Self {
        self.limit_store = Some(Arc::new(store));
        self
    }

    /// How many calls of this client are under way at a time, for each origin: `Concurrency::new(8)`, or `Concurrency::adaptive()`. It
    /// stands in the place of the traits' own; what a method says holds beside it. Default: no limit.
    pub fn concurrency(mut self, concurrency: Concurrency) -> Self {
        self.problems.extend(concurrency.problem());
        self.policies.concurrency = Some(concurrency);
        self
    }

    /// When an origin that fails is left alone; calls fail at once with [`CircuitOpen`](ErrorKind::CircuitOpen) then. It wins over the
    /// trait's `#[breaker]`; a method's wins over it. Default: none.
    pub fn breaker(mut self, breaker: Breaker) -> Self {
        self.problems.extend(breaker.problem());
        self.policies.breaker = Some(breaker);
        self
    }

    /// When a second request is sent beside one that is slow. It wins over the trait's `#[hedge]`; a method's and a call's win over it.
    /// Default: never.
    pub fn hedge(mut self, hedge: Hedge) -> Self {
        self.policies.hedge = Some(hedge);
        self
    }

    /// Who is told when a server says that less is left than [`RateLimit::warn_below`]: once, until there is more again. Default: nobody.
    pub fn on_low_limit(mut self, tell: impl Fn(&ServerLimit) + Send + Sync + 'static) -> Self {
        self.on_low = Some(Arc::new(tell));
        self
    }

    /// Who is asking: a [`Bearer`](crate::auth::Bearer), a [`Basic`](crate::auth::Basic), an [`ApiKey`](crate::auth::ApiKey), or an
    /// [`Auth`] of your own. It is for the first `#[auth]` of a trait, and for calls that no trait declares. A trait that declares
    /// one and is given none is an error of [`build`](Self::build). It goes to the origin of the base URL only.
    pub fn auth(mut self, auth: impl Auth + 'static) -> Self {
        self.check_credentials(&auth);
        self.keys.default = Some(Credentials::new(auth));
        self
    }

    /// The same for the `#[auth(name = ..)]` of this name.
    pub fn auth_for(mut self, name: impl Into<String>, auth: impl Auth + 'static) -> Self {
        let name = name.into();
        self.check_credentials(&auth);
        self.keys.named.retain(|(known, _)| *known != name);
        self.keys.named.push((name, Credentials::new(auth)));
        self
    }

    /// Calls go without the credentials that nobody has given, instead of an error of [`build`](Self::build).
    pub fn anonymous(mut self) -> Self {
        self.keys.is_anonymous = true;
        self
    }

    /// Keeps the cookies that answers set, and sends them back. Default: there is no jar, and no cookie is kept.
    #[cfg(feature = "cookies")]
    pub fn cookie_jar(mut self, jar: crate::auth::CookieJar) -> Self {
        self.keys.jar = Some(jar);
        self
    }

    /// Somebody who is told what happens to the calls, behind those that were given before.
    pub fn hook(mut self, hook: impl Hook + 'static) -> Self {
        self.hooks.0.push(Arc::new(hook));
        self
    }

    /// Nothing is counted for [`Client::stats`].
    #[cfg(feature = "stats")]
    pub fn without_stats(mut self) -> Self {
        self.counts = false;
        self
    }

    /// An origin beside the base URL's that calls may go to, as with [`allow_origin`](Self::allow_origin), and that gets the
    /// credentials, too: `https://uploads.example.com`.
    pub fn auth_origin(mut self, origin: impl Into<String>) -> Self {
        let origin = origin.into();
        match parse_base_url(&origin) {
            Ok(parts) => self.keys.origins.push(Origin::new(parts.scheme, parts.authority)),
            Err(e) => self.problems.push(format!("the origin of `auth_origin` cannot be used: {e}")),
        }
        self.allow_origin(origin)
    }

    /// How many redirects are followed, and where to. It wins over the trait's `#[redirects]`; a method's and a call's win over
    /// it. Default: ten, also to other origins, where nothing goes that belongs to the first one: no credentials, no header of a call
    /// but `Accept` and its like, no body; never from `https` to `http`.
    pub fn redirects(mut self, redirects: Redirects) -> Self {
        self.policies.redirects = redirects;
        self
    }

    /// Which addresses requests may go to: [`Addresses::PublicElsewhere`] where redirects, links and what users give must not lead
    /// to what only this machine can reach. A request that is refused fails with [`Config`](ErrorKind::Config) and is not sent. It
    /// needs a transport that can tell: the default one, a `Hyper`, or a `Stub`; requests that are held to public addresses go
    /// through no proxy, since that would look up the name itself, and fail where one is set. Default: any.
    pub fn addresses(mut self, addresses: Addresses) -> Self {
        self.addresses = Some(addresses);
        self
    }

    /// What sends the attempts. Default: a `reqwest` client of its own, see `transport::Reqwest`; where the feature `reqwest` is off
    /// and `hyper` is on, a `transport::Hyper`.
    pub fn transport(mut self, transport: impl Transport + 'static) -> Self {
        self.transport = Some(Arc::new(transport));
        self
    }

    /// A transport that is shared, for instance with a test that looks at what was sent.
    pub fn shared_transport(mut self, transport: Arc<dyn Transport>) -> Self {
        self.transport = Some(transport);
        self
    }

    /// Where time comes from. Default: Tokio.
    pub fn clock(mut self, clock: impl Clock + 'static) -> Self {
        self.clock = Some(Arc::new(clock));
        self
    }

    /// A clock that is shared, for instance with a test that moves it.
    pub fn shared_clock(mut self, clock: Arc<dyn Clock>) -> Self {
        self.clock = Some(clock);
        self
    }

    /// Where random numbers come from. Default: [`SystemRandom`](crate::SystemRandom).
    pub fn random(mut self, random: impl Random + 'static) -> Self {
        self.random = Some(Arc::new(random));
        self
    }

    /// Random numbers that are shared, for instance with a test that knows them.
    pub fn shared_random(mut self, random: Arc<dyn Random>) -> Self {
        self.random = Some(random);
        self
    }

    fn check_credentials(&mut self, auth: &dyn Any) {
        let problem = Credentials::problem(auth);
        self.problems.extend(problem.map(|problem| format!("the credentials cannot be sent: {problem}")));
    }

    fn check_positive(&mut self, setting: &str, duration: Duration) {
        if duration.is_zero() {
            self.problems.push(format!("`{setting}` is zero: every call would be too late"));
        }
    }

    #[cfg(feature = "reqwest")]
    fn default_transport(&mut self) -> Option<Arc<dyn Transport>> {
        let connect = self.connect_timeout.unwrap_or(pipeline::default::CONNECT);
        match crate::transport::Reqwest::with_connect_timeout(connect) {
            Ok(transport) => Some(Arc::new(transport)),
            Err(e) => {
                self.problems.push(format!("the default transport cannot be made: {e}"));
                None
            }
        }
    }

    #[cfg(all(feature = "hyper", not(feature = "reqwest")))]
    fn default_transport(&mut self) -> Option<Arc<dyn Transport>> {
        let connect = self.connect_timeout.unwrap_or(pipeline::default::CONNECT);
        match crate::transport::Hyper::builder().connect_timeout(connect).build() {
            Ok(transport) => Some(Arc::new(transport)),
            Err(e) => {
                self.problems.push(format!("the default transport cannot be made: {e}"));
                None
            }
        }
    }

    #[cfg(not(any(feature = "reqwest", feature = "hyper")))]
    fn default_transport(&mut self) -> Option<Arc<dyn Transport>> {
        self.problems.push(
            "there is no transport: give one with `.transport(..)`, or enable the feature `reqwest` or `hyper`"
                .into(),
        );
        None
    }

    #[cfg(feature = "tokio")]
    #[expect(
        clippy::unnecessary_wraps,
        clippy::unused_self,
        reason = "its twin without the feature needs both"
    )]
    fn default_clock(&mut self) -> Option<Arc<dyn Clock>> {
        Some(Arc::new(crate::time::TokioClock::new()))
    }

    #[cfg(not(feature = "tokio"))]
    fn default_clock(&mut self) -> Option<Arc<dyn Clock>> {
        self.problems
            .push("there is no clock: give one with `.clock(..)`, or enable the feature `tokio`".into());
        None
    }
}

impl<C: ApiClient> ClientBuilder<C> {
    /// Checks every setting and makes the client. No connection is made yet.
    ///
    /// # Errors
    ///
    /// One, of kind [`Config`](ErrorKind::Config), that names every setting that is wrong or missing.
    pub fn build(mut self) -> Result<C, Error> {
        #[cfg(feature = "config")]
        let (levels, known) = match self.configured.take() {
            Some(configure) => {
                let (levels, known) = configure(&mut self, C::API);
                (levels, Some(known))
            }
            None => (Levels::new(&self.policies), None),
        };
        #[cfg(not(feature = "config"))]
        let levels = Levels::new(&self.policies);
        // A client of no trait may leave the base URL to the traits that share it.
        if C::API.is_some() && self.base_urls.is_empty() {
            self.problems.extend(base(None, &self.allow_origins, C::API).err());
        }
        let bases: Vec<_> =
            self.base_urls.iter().map(|url| base(Some(url), &self.allow_origins, C::API)).collect();
        let prefixes = bases.iter().flatten().map(|base| &base.prefix).collect::<BTreeSet<_>>();
        if prefixes.len() > 1 {
            self.problems
                .push("the paths of the base URLs differ: a call could not be tried elsewhere".into());
        }
        self.problems.extend(bases.into_iter().filter_map(Result::err));
        if self.connect_timeout.is_some() && self.transport.is_some() {
            self.problems
                .push("`connect_timeout` is a setting of the default transport: set it on your own".into());
        }
        let lacks = lacking(&self.held, C::API);
        self.problems.extend(lacks.or_else(|| held_headers(&self.held, C::API).err()));
        self.problems.extend(C::API.into_iter().flat_map(|api| self.keys.problems(api)));
        let transport = self.transport.take().or_else(|| self.default_transport());
        let clock = self.clock.take().or_else(|| self.default_clock());
        let addresses = self.addresses.unwrap_or_default();
        if addresses != Addresses::Any && transport.as_ref().is_some_and(|t| !t.checks_addresses()) {
            let needs =
                "`addresses` needs a transport that looks at them: the default one, a `Hyper` or a `Stub`";
            self.problems.push(needs.into());
        }
        match (transport, clock) {
            (Some(transport), Some(clock)) if self.problems.is_empty() => {
                let random = self.random.unwrap_or_else(|| Arc::new(SystemRandom::new()));
                let ClientBuilder {
                    base_urls,
                    weights,
                    on_low,
                    limit_store,
                    user_agent,
                    headers,
                    held,
                    keys,
                    hooks,
                    #[cfg(feature = "stats")]
                    counts,
                    allow_origins,
                    safe,
                    decompress,
                    retry_policy,
                    retry_budget,
                    ..
                } = self;
                #[cfg(feature = "stats")]
                let (hooks, stats) = counted(hooks, counts);
                let hooks = Arc::new(hooks);
                let is_weighted = weights.is_some();
                let weights = weights.unwrap_or_else(|| vec![1; base_urls.len()]);
                let core = Core {
                    bases: Bases::new(weights, is_weighted, clock.now()),
                    transport,
                    clock,
                    random,
                    base_urls,
                    user_agent,
                    headers,
                    levels: ArcSwap::from_pointee(levels),
                    #[cfg(feature = "config")]
                    known,
                    held,
                    keys,
                    allow_origins,
                    safe,
                    addresses,
                    decompress: decompress.unwrap_or(true),
                    retry_policy,
                    budgets: Budgets::new(retry_budget.unwrap_or(Budget::DEFAULT)),
                    keeper: Keeper::new(on_low, limit_store, hooks.clone()),
                    hooks,
                    #[cfg(feature = "stats")]
                    stats,
                    calls: AtomicU64::new(0),
                };
                Ok(C::from_client(Client(Arc::new(bind(&Arc::new(core), None)))))
            }
            _ => Err(Error::new(ErrorKind::Config, self.problems.join("; "))),
        }
    }
}

/// A header whose value may be printed.
pub(crate) fn shown_name(name: &str) -> Result<HeaderName, String> {
    match HeaderName::from_bytes(name.as_bytes()) {
        Ok(name) if is_secret(&name) => {
            Err(format!("the header `{name}` is a secret by its name: it is never shown"))
        }
        Ok(name) => Ok(name),
        Err(_) => Err(format!("{name:?} cannot be the name of a header")),
    }
}

/// A field of a body whose value may be printed.
pub(crate) fn check_pointer(pointer: &str) -> Result<(), String> {
    match pointer.starts_with('/') {
        true => Ok(()),
        false => Err(format!("{pointer:?} is no JSON pointer: it begins with a slash")),
    }
}

/// The client's own counts come first.
#[cfg(feature = "stats")]
fn counted(mut hooks: Hooks, counts: bool) -> (Hooks, Stats) {
    let stats = Stats::new();
    if counts {
        hooks.0.insert(0, Arc::new(stats.clone()));
    }
    (hooks, stats)
}

impl<C> fmt::Debug for ClientBuilder<C> {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.debug_struct("ClientBuilder").field("policies", &self.policies).finish_non_exhaustive()
    }
}

/// Name and value as the caller has them, checked. The message never holds the value.
pub(crate) fn convert_header<N, V>(name: N, value: V) -> Result<(HeaderName, HeaderValue), String>
where
    N: AsRef<str>,
    V: TryInto<HeaderValue>,
{
    let name = parse_name(name.as_ref())?;
    let value = value
        .try_into()
        .map_err(|_| format!("the value of the header `{name}` holds CR, LF, NUL or the like"))?;
    let sensitive = value.is_sensitive();
    let mut value = parse_value(&name, value.as_bytes())?;
    value.set_sensitive(sensitive || value.is_sensitive());
    Ok((name, value))
}
