//! [`Call`]: what every endpoint returns. A recipe until it is first polled; only two function pointers know its types.

use crate::{
    answer::{Answer, Response},
    auth::Auth,
    client::{Client, convert_header},
    endpoint::{Endpoint, Hedge, Piece, RateLimit, Redirects, Retry, Statuses, Style},
    error::{Error, ErrorKind, FromError},
    hooks::Watched,
    params::Given,
    pipeline::{self, Bound, CallAuth},
    request::{
        Body, BodyValue, JsonBody, Link, Multipart, Named, Param, Part, PartMeta, PartValue, Prepared, Probe,
        Recipe,
    },
    response::{self, Created, Decode, DecodeError, DecodeWithin, Json},
    transport::BoxFuture,
};
use http::{HeaderValue, Method};
use serde::Serialize;
use std::{
    borrow::Cow,
    fmt,
    pin::Pin,
    sync::Arc,
    task::{Context, Poll, ready},
    time::Duration,
};

/// A recipe with the client it belongs to: what generated code builds up before it is a [`Call`].
pub struct RawCall(Box<Parts>);

impl fmt::Debug for RawCall {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        write!(f, "RawCall({})", self.0.recipe.place())
    }
}

struct Parts {
    bound: Arc<Bound>,
    recipe: Recipe,
    /// Who wants to know, once it has begun.
    watched: Option<Watched>,
    /// What has become of it. Here, so that an answer need not be moved.
    outcome: Option<Outcome>,
}

impl Parts {
    fn new(bound: Arc<Bound>, recipe: Recipe) -> Box<Self> {
        Box::new(Parts { bound, recipe, watched: None, outcome: None })
    }
}

/// Nobody waits for the call any more.
impl Drop for Parts {
    fn drop(&mut self) {
        if let Some(watched) = self.watched.take() {
            pipeline::dropped(&watched, &self.bound, &self.recipe);
        }
    }
}

/// The one entry of generated code: `values` in the order of the endpoint's pieces.
pub fn call(client: &Client, endpoint: &'static Endpoint, values: &[&dyn Param]) -> RawCall {
    let mut parts = Parts::new(client.bound().clone(), Recipe::of(endpoint));
    let Parts { bound, recipe, .. } = &mut *parts;
    recipe.write(bound.ground(), endpoint, values);
    RawCall(parts)
}

/// Asks whether the service is well, past limits and breakers, once.
pub(crate) fn probe(client: &Client, endpoint: &'static Endpoint, timeout: Duration) -> Sending<()> {
    let mut call = call(client, endpoint, &[]);
    let recipe = &mut call.0.recipe;
    recipe.extensions.insert(Probe);
    let policies = recipe.tune();
    policies.is_silent = false;
    policies.retry = Some(Retry::none());
    policies.timeout.total = Some(timeout);
    finish::<Call<()>>(call).send()
}

/// The same for an endpoint that is given its URL, as the argument of this name.
pub fn call_at(
    client: &Client,
    endpoint: &'static Endpoint,
    argument: &str,
    link: &dyn Link,
    values: &[&dyn Param],
) -> RawCall {
    let bound = client.bound();
    let recipe = Recipe::at(bound.ground(), endpoint, (argument, link), values);
    RawCall(Parts::new(bound.clone(), recipe))
}

/// The other end of it. The bounds are here, so that a missing impl is one error at the endpoint and not one per caller.
pub fn finish<C: FromCall>(call: RawCall) -> C
where
    C::Value: Decode,
    C::Error: FromError,
{
    finish_with(call, whole(), C::Error::from_error)
}

/// The same with another way to read the answer, or to make the error.
pub fn finish_with<C: FromCall, E>(call: RawCall, read: Read<C::Value>, map: fn(Error) -> E) -> C
where
    C::Error: SameError<E>,
{
    C::from_call(call.whole(read.statuses), read.decode, C::Error::same(map))
}

/// How an answer is read: by which function, and whether the type knows what is a success.
pub struct Read<T> {
    decode: DecodeFn<T>,
    statuses: Option<Statuses>,
}

impl<T> Clone for Read<T> {
    fn clone(&self) -> Self {
        *self
    }
}

impl<T> Copy for Read<T> {}

impl<T> fmt::Debug for Read<T> {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.debug_struct("Read").field("statuses", &self.statuses).finish_non_exhaustive()
    }
}

/// All of the body.
pub fn whole<T: Decode>() -> Read<T> {
    Read { decode: T::decode, statuses: T::STATUSES }
}

/// `#[envelope]`: what its pointer leads to.
pub fn within<T: DecodeWithin>() -> Read<T> {
    Read { decode: T::decode_within, statuses: None }
}

/// The error of a call and the error of the rules that make it are the same type.
#[diagnostic::on_unimplemented(
    message = "the trait's `#[errors]` make a `{E}`, but this method's error is `{Self}`",
    label = "another error type than the rules have",
    note = "a method with an error type of its own says `none` first: `#[errors(none)]`, `#[errors(none, 404 => ..)]`"
)]
pub trait SameError<E>: Sized {
    fn same(map: fn(Error) -> E) -> fn(Error) -> Self;
    fn given(error: E) -> Self;
}

#[diagnostic::do_not_recommend]
impl<E> SameError<E> for E {
    fn same(map: fn(Error) -> E) -> fn(Error) -> E {
        map
    }
    fn given(error: E) -> E {
        error
    }
}

/// What the trait's rules made, for a method with rules of its own.
pub fn hand_over<E, F: SameError<E>>(error: E) -> F {
    F::given(error)
}

/// Asks whether a method with `#[none_on]` can return nothing.
pub fn none_on<C: FromCall>(call: RawCall) -> RawCall
where
    C::Value: Nothing,
{
    call
}

/// What has a value for "nothing is there".
#[diagnostic::on_unimplemented(
    message = "`#[none_on]` needs an `Option`, and `{Self}` is none",
    label = "this cannot be `None`",
    note = "return `Option<{Self}>`, or take `#[none_on]` away"
)]
pub trait Nothing {}

impl<T> Nothing for Option<T> {}
impl<T: Nothing> Nothing for Response<T> {}
impl<T: Nothing> Nothing for Json<T> {}
impl<T: Nothing> Nothing for Created<T> {}

impl RawCall {
    /// Everything has been said: fields and parts become the body.
    fn whole(mut self, statuses: Option<Statuses>) -> Self {
        let Parts { bound, recipe, .. } = &mut *self.0;
        recipe.statuses = statuses;
        recipe.finish(&*bound.core.random);
        self
    }

    /// `#[body]`: as JSON.
    pub fn json(mut self, body: &dyn JsonBody) -> Self {
        self.0.recipe.json(body);
        self
    }

    /// `#[body(text)]`
    pub fn text(mut self, name: &str, body: &dyn Param) -> Self {
        self.0.recipe.text(name, body);
        self
    }

    /// `#[body(bytes)]`
    pub fn bytes(mut self, body: &dyn BodyValue) -> Self {
        if let Some(body) = body.body() {
            self.0.recipe.bytes(body, "application/octet-stream");
        }
        self
    }

    /// `#[body(form)]`
    pub fn form(mut self, name: &str, style: Style, body: &dyn Param) -> Self {
        self.0.recipe.form_of(name, style, body);
        self
    }

    /// `#[part]`
    pub fn part(
        mut self,
        name: &str,
        file_name: Option<&'static str>,
        mime: Option<&'static str>,
        part: &dyn PartValue,
    ) -> Self {
        self.0.recipe.part(name, &PartMeta { file_name, mime }, part);
        self
    }

    /// `#[params]`
    pub fn params(self, params: &Given<'_>) -> Self {
        params.apply(self)
    }

    /// More pieces with their values.
    pub fn more(mut self, pieces: &[Piece<'_>], values: &[&dyn Param]) -> Self {
        self.0.recipe.more(pieces, values, None);
        self
    }

    /// `#[part(json)]`
    pub fn json_part(
        mut self,
        name: &str,
        file_name: Option<&'static str>,
        mime: Option<&'static str>,
        part: &dyn JsonBody,
    ) -> Self {
        let meta = PartMeta { file_name, mime: mime.or(Some("application/json")) };
        self.0.recipe.json_part(name, &meta, part.to_json());
        self
    }

    /// `#[extension]`
    pub fn extension<X: Clone + Send + Sync + 'static>(mut self, extension: &X) -> Self {
        self.0.recipe.extensions.insert(extension.clone());
        self
    }

    /// `#[idempotency_key]` on an argument: the call's key.
    pub fn idempotency_key(mut self, key: &dyn KeyText) -> Self {
        let recipe = &mut self.0.recipe;
        recipe.key = key.key().map(str::to_owned);
        recipe.wants_key = true;
        self
    }

    /// `#[timeout]` on an argument: the call's total.
    pub fn timeout(mut self, total: &dyn TimeLimit) -> Self {
        if let Some(total) = total.limit() {
            self.0.recipe.tune().timeout.total = Some(total);
        }
        self
    }
}

/// What an argument with `#[idempotency_key]` is.
#[diagnostic::on_unimplemented(
    message = "`{Self}` is no idempotency key",
    label = "a key is a text, or an `Option` of one",
    note = "another type that prints as a key goes as a text: `.to_string()`"
)]
pub trait KeyText {
    /// `None` leaves it to chance.
    fn key(&self) -> Option<&str>;
}

impl KeyText for str {
    fn key(&self) -> Option<&str> {
        Some(self)
    }
}

impl KeyText for String {
    fn key(&self) -> Option<&str> {
        Some(self)
    }
}

impl<K: KeyText + ?Sized> KeyText for &K {
    fn key(&self) -> Option<&str> {
        (**self).key()
    }
}

impl<K: KeyText> KeyText for Option<K> {
    fn key(&self) -> Option<&str> {
        self.as_ref()?.key()
    }
}

/// What an argument with `#[timeout]` is.
#[diagnostic::on_unimplemented(
    message = "`{Self}` is no time limit",
    label = "a time limit is a `Duration`, or an `Option` of one",
    note = "a number has no unit: take `std::time::Duration`"
)]
pub trait TimeLimit {
    /// `None` leaves the limit to the other levels.
    fn limit(&self) -> Option<Duration>;
}

impl TimeLimit for Duration {
    fn limit(&self) -> Option<Duration> {
        Some(*self)
    }
}

impl TimeLimit for Option<Duration> {
    fn limit(&self) -> Option<Duration> {
        *self
    }
}

/// What has the last word where a call fails.
pub(crate) type LastWordFn<T, E> = fn(E) -> Result<T, E>;

/// What an endpoint method may return.
#[diagnostic::on_unimplemented(
    message = "an endpoint cannot return `{Self}`",
    label = "not something that a call can become",
    note = "return `Call<T, E>`, or write `async fn .. -> Result<T, E>`"
)]
pub trait FromCall: Sized {
    /// What the answer is read as.
    type Value;
    /// The error type of the call.
    type Error;
    /// Wraps the recipe; `decode` reads the answer, `map` makes the user's error.
    fn from_call(
        call: RawCall,
        decode: fn(&mut Answer) -> Result<Self::Value, DecodeError>,
        map: fn(Error) -> Self::Error,
    ) -> Self;
    /// Where it fails, `with` has the last word.
    fn fall_back(self, with: LastWordFn<Self::Value, Self::Error>) -> Self;
}

/// `#[fallback]`: its function sees the error, and gives a value or an error in its place.
pub fn fall_back<C: FromCall>(call: C, with: LastWordFn<C::Value, C::Error>) -> C {
    call.fall_back(with)
}

/// Reads `async fn .. -> R`: what the sugar stands for is asked of the type, so that any alias of `Result` will do.
#[diagnostic::on_unimplemented(
    message = "an `async fn` endpoint must return a `Result`, not `{Self}`",
    label = "expected `Result<T, E>`",
    note = "`E` is your error type; it needs `From<apiclient::Error>`",
    note = "a `Call<T, E>` is returned by a plain `fn`, without `async`"
)]
pub trait AsyncReturn {
    /// The call that gives such a result.
    // No bound here and none on the impl: a bound is checked at the trait item, at the impl item and at `finish`, so that
    // one mistake was three errors.
    type Call;
}

impl<T, E> AsyncReturn for Result<T, E> {
    type Call = Call<T, E>;
}

/// What `async fn .. -> R` becomes.
pub type CallOf<R> = <R as AsyncReturn>::Call;

type DecodeFn<T> = fn(&mut Answer) -> Result<T, DecodeError>;
type Outcome = Result<Answer, Error>;

/// One call of an endpoint: a future that owns everything it needs.
///
/// Await it, or tune it first: until it is polled for the first time it is a recipe, and nothing has been sent. It is
/// `Send + 'static` (for such `T` and `E`) and `Unpin`: spawn it, join it, store it, box it.
///
/// ```
/// use apiclient::prelude::*;
/// use std::time::Duration;
///
/// #[api_client(base_url = "https://api.example.com")]
/// trait Users {
///     #[get("/users/{id}/name")]
///     async fn name(&self, id: u64) -> Result<String, apiclient::Error>;
/// }
///
/// # async fn run() -> Result<(), apiclient::Error> {
/// let users = UsersClient::new()?;
/// let name = users.name(7).await?;
/// let name = users.name(7).timeout(Duration::from_secs(2)).header("x-trace", "abc").await?;
/// let full = users.name(7).send().await?;
/// println!("{} after {:?}: {}", full.status(), full.elapsed(), full.body());
/// # Ok(()) }
/// ```
///
/// A hand-written implementation of the trait, a fake, returns [`Call::ready`] or [`Call::from_future`].
#[must_use = "a call does nothing until it is awaited"]
pub struct Call<T, E = Error>(State<T, E>);

enum State<T, E> {
    Recipe { raw: RawCall, decode: DecodeFn<T>, map: fn(Error) -> E },
    Running { future: BoxFuture<'static, RawCall>, decode: DecodeFn<T>, map: fn(Error) -> E },
    Fallback(Box<Fallback<T, E>>),
    // Boxed, so that a call is four words whatever `T` is: a rare variant must not make each call dearer to move.
    Ready(Box<Result<T, E>>),
    Future(BoxFuture<'static, Result<T, E>>),
    Done,
}

/// A call, and who has the last word where it fails.
struct Fallback<T, E> {
    call: Call<T, E>,
    with: Option<LastWord<T, E>>,
}

enum LastWord<T, E> {
    Declared(LastWordFn<T, E>),
    Given(Box<dyn FnOnce(E) -> Result<T, E> + Send>),
}

/// Nothing is pinned in place: futures are boxed, a ready value is moved out.
impl<T, E> Unpin for Call<T, E> {}

impl<T, E> FromCall for Call<T, E> {
    type Value = T;
    type Error = E;

    fn from_call(raw: RawCall, decode: DecodeFn<T>, map: fn(Error) -> E) -> Self {
        Call(State::Recipe { raw, decode, map })
    }

    fn fall_back(self, with: LastWordFn<T, E>) -> Self {
        Call(State::Fallback(Box::new(Fallback { call: self, with: Some(LastWord::Declared(with)) })))
    }
}

/// Options. They count until the call is first polled, and do nothing to [`Call::ready`] and [`Call::from_future`].
impl<T, E> Call<T, E> {
    /// A call that is answered already: for fakes.
    ///
    /// ```
    /// use apiclient::Call;
    /// let call: Call<u64> = Call::ready(Ok(7));
    /// ```
    pub fn ready(result: Result<T, E>) -> Self {
        Call(State::Ready(Box::new(result)))
    }

    /// A call that is answered by any future: for fakes, and for helpers made of other calls. The future owns what it uses:
    /// make the calls first, then move them into it.
    ///
    /// ```
    /// use apiclient::{Call, Error};
    /// fn double(one: Call<u64>) -> Call<u64> {
    ///     Call::from_future(async { Ok(one.await? * 2) })
    /// }
    /// ```
    pub fn from_future(future: impl Future<Output = Result<T, E>> + Send + 'static) -> Self {
        Call(State::Future(Box::pin(future)))
    }

    /// The same of a future that is boxed already.
    #[cfg(feature = "testing")]
    pub(crate) fn from_boxed(future: BoxFuture<'static, Result<T, E>>) -> Self {
        Call(State::Future(future))
    }

    fn tune(mut self, change: impl FnOnce(&mut Recipe)) -> Self {
        if let Some(recipe) = self.recipe() {
            change(recipe);
        }
        self
    }

    fn recipe(&mut self) -> Option<&mut Recipe> {
        match &mut self.0 {
            State::Recipe { raw, .. } => Some(&mut raw.0.recipe),
            State::Fallback(fallback) => fallback.call.recipe(),
            _ => None,
        }
    }

    /// How long this call may take in all; it wins over method, builder and trait. Default: 60 s. The default clock keeps
    /// limits to within a tick of 20 ms, late and never early; a limit of zero fails before anything is sent.
    pub fn timeout(self, total: Duration) -> Self {
        self.tune(|r| r.tune().timeout.total = Some(total))
    }

    /// How long one attempt of this call may take. Default: 30 s, and never longer than the call.
    pub fn attempt_timeout(self, attempt: Duration) -> Self {
        self.tune(|r| r.tune().timeout.attempt = Some(attempt))
    }

    /// How long a body of this call may stand still. Default: the builder's, 20 s.
    pub fn idle_timeout(self, idle: Duration) -> Self {
        self.tune(|r| r.tune().timeout.idle = Some(idle))
    }

    /// The longest body of the answer, in bytes. Default: the builder's, 64 MiB.
    pub fn max_body(self, bytes: usize) -> Self {
        self.tune(|r| r.tune().max_body = Some(bytes))
    }

    /// When this call is tried again, key by key; it wins over method, builder and trait: `Retry::none()` for never.
    pub fn retry(self, retry: Retry) -> Self {
        self.tune(|r| {
            let own = &mut r.tune().retry;
            *own = Some(retry.over(own.unwrap_or_default()));
        })
    }

    /// What this call counts for in the limits that it has to pass, and how it behaves before them, key by key. With a rate it has a
    /// limit of its own, which all calls of this method with the same rate share.
    ///
    /// ```
    /// # use apiclient::{Call, Full, RateLimit};
    /// # async fn run(call: Call<String>) -> Result<(), apiclient::Error> {
    /// let big = call.rate_limit(RateLimit::new().cost(10).full(Full::Reject)).await?;
    /// # Ok(()) }
    /// ```
    pub fn rate_limit(self, limit: RateLimit) -> Self {
        let problem = limit.problem();
        self.tune(|r| {
            let own = &mut r.tune().rate_limit;
            *own = Some(limit.over(own.unwrap_or_default()));
            if let Some(problem) = problem {
                r.fail(problem);
            }
        })
    }

    /// Whose quota this call counts for, in the place of `#[rate_limit(key = "..")]`: each key has one of its own.
    pub fn limit_key(self, key: impl Into<String>) -> Self {
        let key = key.into().into_bytes();
        self.tune(|r| {
            r.tune().rate_limit.get_or_insert_default();
            r.writing.limit_keys = Some(Box::new([key.clone(), key]));
        })
    }

    /// When a second request is sent beside this one if it is slow: `Hedge::none()` for never.
    pub fn hedge(self, hedge: Hedge) -> Self {
        self.tune(|r| r.tune().hedge = Some(hedge))
    }

    /// Who has the last word where this call fails: a function of the error that gives a value, or an error, in its place. What was
    /// said before, by `#[fallback]`, comes first. It counts for [`Call::ready`] and [`Call::from_future`], too.
    ///
    /// ```
    /// # use apiclient::{Call, Error};
    /// # async fn run(call: Call<Vec<String>>) -> Result<(), Error> {
    /// let news = call.fallback(|e| if e.is_timeout() { Ok(Vec::new()) } else { Err(e) }).await?;
    /// # Ok(()) }
    /// ```
    pub fn fallback(self, with: impl FnOnce(E) -> Result<T, E> + Send + 'static) -> Self {
        let with = Some(LastWord::Given(Box::new(with)));
        Call(State::Fallback(Box::new(Fallback { call: self, with })))
    }

    /// How many redirects this call follows, and where to.
    pub fn redirects(self, redirects: Redirects) -> Self {
        self.tune(|r| r.tune().redirects = redirects)
    }

    /// The idempotency key of this call: the server acts once on all requests that carry it, so the call is tried again
    /// whatever its method. It goes into the header of `#[idempotency_key]`, or into `Idempotency-Key` where there is none. Default: a
    /// random key (a UUID) where `#[idempotency_key]` stands; else none. One's own is for calls that are repeated after the process has ended.
    pub fn idempotency_key(self, key: impl Into<String>) -> Self {
        let key = key.into();
        self.tune(|r| r.key = Some(key))
    }

    /// Other credentials for this call, in the place of the client's. They go where the call goes, also to another origin than the
    /// base URL's, and not where a redirect leads from there.
    pub fn auth(self, auth: impl Auth + 'static) -> Self {
        let own = CallAuth::Own(Arc::new(auth));
        self.tune(|r| drop(r.extensions.insert(own)))
    }

    /// The credentials of the trait's `#[auth(name = ..)]` of this name.
    pub fn auth_as(self, name: impl Into<String>) -> Self {
        let named = CallAuth::Named(name.into());
        self.tune(|r| drop(r.extensions.insert(named)))
    }

    /// No credentials.
    pub fn no_auth(self) -> Self {
        self.tune(|r| drop(r.extensions.insert(CallAuth::Off)))
    }

    /// A header of this call; it replaces every other of its name. A name or a value that cannot be sent is the call's
    /// error.
    pub fn header<N, V>(self, name: N, value: V) -> Self
    where
        N: AsRef<str>,
        V: TryInto<HeaderValue>,
    {
        let header = convert_header(name, value);
        self.tune(|r| match header {
            Ok((name, value)) => r.header(name, value),
            Err(e) => r.fail(e),
        })
    }

    /// A query parameter more: a scalar, a list (`name=a&name=b`), or a struct or a map, whose fields are the names.
    /// `None` adds nothing.
    pub fn query(self, name: &str, value: impl Serialize) -> Self {
        self.tune(|r| r.query(name, &value))
    }

    /// A value for the transport, which finds it in [`Attempt::extensions`](crate::transport::Attempt::extensions).
    pub fn extension<X: Clone + Send + Sync + 'static>(self, extension: X) -> Self {
        self.tune(|r| {
            r.extensions.insert(extension);
        })
    }

    /// The whole answer: status, headers, URL, attempts, timing, and the body.
    ///
    /// ```
    /// # async fn run(call: apiclient::Call<String>) -> Result<(), apiclient::Error> {
    /// let answer = call.send().await?;
    /// println!("{} {:?}", answer.status(), answer.headers().get("etag"));
    /// # Ok(()) }
    /// ```
    pub fn send(self) -> Sending<T, E> {
        Sending(self)
    }

    /// The request as it would be sent, without sending it. It prints as a `curl` command with secrets left out.
    ///
    /// # Errors
    ///
    /// What would have failed before sending; kind [`Config`](ErrorKind::Config) for a call that is no request
    /// ([`Call::ready`], [`Call::from_future`], or one that was polled).
    pub fn into_request(self) -> Result<Prepared, Error> {
        match self.0 {
            State::Recipe { mut raw, .. } => pipeline::prepare(&raw.0.bound, &mut raw.0.recipe),
            State::Fallback(fallback) => fallback.call.into_request(),
            _ => Err(Error::new(
                ErrorKind::Config,
                "a call that was answered by hand, or that is under way, is no request",
            )),
        }
    }

    /// The answer with its head, which a `Future` of the body drops.
    // What becomes of the two is said by `finish`: they are large, and whoever wants one should not move the other.
    fn poll_answer<R>(
        &mut self,
        cx: &mut Context<'_>,
        finish: impl Fn(T, Option<&mut Answer>) -> R + Copy,
    ) -> Poll<Result<R, E>> {
        if let State::Recipe { .. } = self.0 {
            self.start();
        }
        let done = match &mut self.0 {
            State::Running { future, decode, map } => {
                let mut raw = ready!(future.as_mut().poll(cx));
                let Parts { recipe, watched, outcome, .. } = &mut *raw.0;
                match outcome {
                    Some(Ok(answer)) => {
                        let length = answer.reply.body.len();
                        let result = match decode(answer) {
                            Ok(value) => match answer.refused() {
                                None => Ok(value),
                                Some(e) => Err(e),
                            },
                            Err(e) => Err(response::failed(answer, e)),
                        };
                        if let Some(still) = watched {
                            pipeline::over(still, recipe, answer, result.as_ref().err(), length);
                            // It has had its end.
                            *watched = None;
                        }
                        match result {
                            Ok(value) => Ok(finish(value, Some(answer))),
                            Err(e) => Err(map(e)),
                        }
                    }
                    outcome => match outcome.take() {
                        Some(Err(e)) => Err(map(e)),
                        _ => Err(map(Error::new(ErrorKind::Config, "the call has given no result"))),
                    },
                }
            }
            State::Future(future) => ready!(future.as_mut().poll(cx)).map(|value| finish(value, None)),
            State::Fallback(fallback) => {
                match (ready!(fallback.call.poll_answer(cx, finish)), fallback.with.take()) {
                    (Err(e), Some(LastWord::Declared(with))) => with(e).map(|value| finish(value, None)),
                    (Err(e), Some(LastWord::Given(with))) => with(e).map(|value| finish(value, None)),
                    (done, _) => done,
                }
            }
            State::Ready(_) | State::Recipe { .. } | State::Done => {
                self.take_ready().map(|value| finish(value, None))
            }
        };
        self.0 = State::Done;
        Poll::Ready(done)
    }

    fn start(&mut self) {
        if let State::Recipe { mut raw, decode, map } = std::mem::replace(&mut self.0, State::Done) {
            let Parts { bound, recipe, watched, .. } = &mut *raw.0;
            #[cfg(feature = "config")]
            crate::client::newest(bound);
            pipeline::begin(bound, recipe, watched);
            let span = watched.as_ref().and_then(|watched| watched.span.entered());
            let mut future: BoxFuture<'static, _> = Box::pin(run(raw));
            if let Some(span) = span {
                future = span.around(future);
            }
            self.0 = State::Running { future, decode, map };
        }
    }

    #[expect(clippy::panic, reason = "what every future of the standard library does")]
    fn take_ready(&mut self) -> Result<T, E> {
        match std::mem::replace(&mut self.0, State::Done) {
            State::Ready(result) => *result,
            _ => panic!("a `Call` was polled after it had given its result"),
        }
    }
}

async fn run(mut raw: RawCall) -> RawCall {
    let Parts { bound, recipe, watched, outcome } = &mut *raw.0;
    pipeline::execute(bound, recipe, watched, outcome).await;
    raw
}

impl<T, E> Future for Call<T, E> {
    type Output = Result<T, E>;

    fn poll(mut self: Pin<&mut Self>, cx: &mut Context<'_>) -> Poll<Self::Output> {
        self.poll_answer(cx, |value, _| value)
    }
}

impl<T, E> fmt::Debug for Call<T, E> {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        match &self.0 {
            State::Recipe { raw, .. } => write!(f, "Call({})", raw.0.recipe.place()),
            State::Fallback(fallback) => fallback.call.fmt(f),
            State::Running { .. } | State::Future(_) => f.write_str("Call(running)"),
            State::Ready(_) => f.write_str("Call(ready)"),
            State::Done => f.write_str("Call(done)"),
        }
    }
}

/// A call that gives its whole answer; from [`Call::send`].
#[must_use = "a call does nothing until it is awaited"]
#[derive(Debug)]
pub struct Sending<T, E = Error>(Call<T, E>);

impl<T, E> Future for Sending<T, E> {
    type Output = Result<Response<T>, E>;

    fn poll(mut self: Pin<&mut Self>, cx: &mut Context<'_>) -> Poll<Self::Output> {
        self.0.poll_answer(cx, |value, answer| match answer {
            Some(answer) => answer.take_response(value),
            None => Response::unsent(value),
        })
    }
}

/// A call that no trait declares; from [`Client::call`].
///
/// ```
/// use apiclient::{Client, Method};
/// # async fn run(client: Client) -> Result<(), apiclient::Error> {
/// let created: String = client
///     .call(Method::POST, "/teams/{team}/members{?notify}")
///     .param("team", "red")
///     .param("notify", true)
///     .json(&["ada", "grace"])
///     .fetch()
///     .await?;
/// # Ok(()) }
/// ```
#[must_use = "a call does nothing until it is fetched and awaited"]
pub struct Untyped<'a> {
    client: &'a Client,
    method: Method,
    template: String,
    /// The template is a URL, and none.
    is_url: bool,
    values: Vec<Named<'a>>,
    body: Option<Payload<'a>>,
}

enum Payload<'a> {
    Form(Box<dyn Param + 'a>),
    Json(Result<Vec<u8>, serde_json::Error>),
    Body(String, Body),
    Parts(Vec<(String, Part)>),
}

impl<'a> Untyped<'a> {
    pub(crate) fn new(client: &'a Client, method: Method, template: String) -> Self {
        Untyped { client, method, template, is_url: false, values: Vec::new(), body: None }
    }

    pub(crate) fn at(client: &'a Client, method: Method, url: String) -> Self {
        Untyped { is_url: true, ..Self::new(client, method, url) }
    }

    /// The value of a variable of the template. Each needs one, and a name that the template lacks is an error.
    pub fn param(mut self, name: impl Into<Cow<'a, str>>, value: impl Serialize + 'a) -> Self {
        self.values.push((name.into(), Box::new(value)));
        self
    }

    /// A JSON body.
    pub fn json<B: Serialize + ?Sized>(mut self, body: &B) -> Self {
        self.body = Some(Payload::Json(body.to_json()));
        self
    }

    /// A form: a struct or a map of fields, a list as a field that is repeated.
    pub fn form(mut self, form: impl Serialize + 'a) -> Self {
        self.body = Some(Payload::Form(Box::new(form)));
        self
    }

    /// A body of any media type: bytes, text, a file, a stream.
    pub fn body(mut self, media_type: impl Into<String>, body: impl Into<Body>) -> Self {
        self.body = Some(Payload::Body(media_type.into(), body.into()));
        self
    }

    /// A part of a multipart body; several make one body, in this order.
    pub fn part(mut self, name: impl Into<String>, part: impl Into<Part>) -> Self {
        let mut parts = match self.body {
            Some(Payload::Parts(parts)) => parts,
            _ => Vec::new(),
        };
        parts.push((name.into(), part.into()));
        self.body = Some(Payload::Parts(parts));
        self
    }

    /// The call, with `T` read from its answer. It takes all options of a [`Call`]: headers, query, time limits.
    pub fn fetch<T: Decode>(self) -> Call<T, Error> {
        let bound = self.client.bound();
        let mut recipe = match self.is_url {
            true => Recipe::untyped_at(bound.ground(), self.method, &self.template, &self.values),
            false => Recipe::untyped(bound.ground(), self.method, self.template, &self.values),
        };
        match self.body {
            None => {}
            Some(Payload::Form(form)) => recipe.form_of("form", Style::Form, &*form),
            Some(Payload::Json(json)) => recipe.json_bytes(json),
            Some(Payload::Body(media_type, body)) => {
                recipe.header_text("content-type", media_type.as_bytes());
                recipe.body = body;
            }
            Some(Payload::Parts(parts)) => {
                let mut body = Multipart::default();
                let meta = PartMeta::default();
                match parts.iter().try_for_each(|(name, part)| body.part(name, part, &meta)) {
                    Ok(()) => recipe.multipart(body, &*bound.core.random),
                    Err(e) => recipe.fail(e),
                }
            }
        }
        finish(RawCall(Parts::new(bound.clone(), recipe)))
    }
}

impl fmt::Debug for Untyped<'_> {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        write!(f, "Untyped({} {})", self.method, self.template.split('?').next().unwrap_or_default())
    }
}

const _: () = {
    const fn sent<T: Send + Unpin + 'static>() {}
    sent::<Call<Vec<u8>, Error>>();
    sent::<Sending<Vec<u8>, Error>>();
    assert!(size_of::<Call<[u8; 999], Error>>() <= 5 * size_of::<usize>(), "a call is cheap to move");
};
