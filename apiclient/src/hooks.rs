//! What happens to calls, told to those who want to know: to count, to log, to add a header to each attempt.
//!
//! ```
//! use apiclient::{hooks::{CallInfo, EndInfo, Hook, RetryInfo}, prelude::*};
//! use std::sync::atomic::{AtomicU64, Ordering};
//!
//! /// Counts what is tried again.
//! #[derive(Debug, Default)]
//! struct Again(AtomicU64);
//!
//! impl Hook for Again {
//!     fn on_retry(&self, call: &CallInfo<'_>, retry: &RetryInfo<'_>) {
//!         self.0.fetch_add(1, Ordering::Relaxed);
//!         println!("{} {} again in {:?}: {}", call.method(), call.template(), retry.wait(), retry.error());
//!     }
//! }
//!
//! #[api_client(base_url = "https://api.example.com")]
//! trait Users {
//!     #[get("/users/{id}")]
//!     fn user(&self, id: u64) -> Call<String>;
//! }
//!
//! let users = UsersClient::builder().hook(Again::default()).build()?;
//! # Ok::<_, apiclient::Error>(())
//! ```

use crate::{
    answer::{Context, Reply},
    endpoint::{BreakerPhase, Endpoint},
    error::Error,
    origin::Origin,
    span::CallSpan,
};
use bytes::Bytes;
use http::{Extensions, HeaderMap, Method, StatusCode};
use std::{
    fmt,
    sync::{Arc, atomic::AtomicU32},
    time::{Duration, Instant},
};

/// Is told what happens to the calls of a client: [`ClientBuilder::hook`](crate::ClientBuilder::hook). Several are told in the order in which they
/// were given.
///
/// What it does takes the time of the call, and so it should be short, and must not wait or panic. What it is told has no secrets in it but for the
/// headers of an attempt that somebody has set by hand; credentials come after it.
pub trait Hook: fmt::Debug + Send + Sync {
    /// A call begins: it was polled for the first time.
    fn on_call(&self, call: &CallInfo<'_>) {
        let _ = call;
    }

    /// A request is about to be sent: the first one, a retry, one that follows a redirect, or one with other credentials.
    fn on_attempt(&self, call: &CallInfo<'_>, attempt: &mut AttemptInfo<'_>) {
        let _ = (call, attempt);
    }

    /// A request is over: it was answered with a success, a refusal, a redirect, whatever follows from it, or it has failed. It follows each
    /// [`on_attempt`](Self::on_attempt), but where nobody waits for the request any more: the call was dropped, or a second request was quicker
    /// (`#[hedge]`).
    fn on_attempt_end(&self, call: &CallInfo<'_>, end: &AttemptEnd<'_>) {
        let _ = (call, end);
    }

    /// A token was renewed, or could not be; for whom is not known, since many calls may wait for it.
    fn on_renewal(&self, renewal: &RenewalInfo<'_>) {
        let _ = renewal;
    }

    /// A circuit breaker of the client does another thing from now on.
    fn on_breaker(&self, breaker: &BreakerInfo<'_>) {
        let _ = breaker;
    }

    /// The call has waited for a rate limit, or for a place among those that run.
    fn on_wait(&self, call: &CallInfo<'_>, wait: Duration) {
        let _ = (call, wait);
    }

    /// An attempt has failed, and there will be another one.
    fn on_retry(&self, call: &CallInfo<'_>, retry: &RetryInfo<'_>) {
        let _ = (call, retry);
    }

    /// The call is over: its answer was read, it has failed, or nobody waits for it any more. It follows each [`on_call`](Self::on_call), once.
    fn on_end(&self, call: &CallInfo<'_>, end: &EndInfo<'_>) {
        let _ = (call, end);
    }
}

/// One that others use, too.
impl<T: Hook + ?Sized> Hook for Arc<T> {
    fn on_call(&self, call: &CallInfo<'_>) {
        (**self).on_call(call);
    }

    fn on_attempt(&self, call: &CallInfo<'_>, attempt: &mut AttemptInfo<'_>) {
        (**self).on_attempt(call, attempt);
    }

    fn on_attempt_end(&self, call: &CallInfo<'_>, end: &AttemptEnd<'_>) {
        (**self).on_attempt_end(call, end);
    }

    fn on_breaker(&self, breaker: &BreakerInfo<'_>) {
        (**self).on_breaker(breaker);
    }

    fn on_renewal(&self, renewal: &RenewalInfo<'_>) {
        (**self).on_renewal(renewal);
    }

    fn on_wait(&self, call: &CallInfo<'_>, wait: Duration) {
        (**self).on_wait(call, wait);
    }

    fn on_retry(&self, call: &CallInfo<'_>, retry: &RetryInfo<'_>) {
        (**self).on_retry(call, retry);
    }

    fn on_end(&self, call: &CallInfo<'_>, end: &EndInfo<'_>) {
        (**self).on_end(call, end);
    }
}

/// Which call it is.
#[derive(Clone, Copy)]
pub struct CallInfo<'a> {
    pub(crate) id: u64,
    pub(crate) endpoint: Option<&'static Endpoint>,
    pub(crate) method: &'a Method,
    pub(crate) template: &'a str,
    pub(crate) origin: Option<&'a Arc<Origin>>,
    pub(crate) extensions: &'a Extensions,
    pub(crate) span: &'a CallSpan,
}

impl<'a> CallInfo<'a> {
    /// A number that no other call of this client has: what was said at its beginning is found again by it at its end.
    pub fn id(&self) -> u64 {
        self.id
    }

    /// The endpoint; none for a call that no trait declares.
    pub fn endpoint(&self) -> Option<&'static Endpoint> {
        self.endpoint
    }

    /// The method.
    pub fn method(&self) -> &'a Method {
        self.method
    }

    /// The template of the path, without values: `/users/{id}`. There are only so many of them.
    pub fn template(&self) -> &'a str {
        self.template
    }

    /// Where it goes as it begins: scheme, host and port, the same in all that is told of it. An attempt may go elsewhere: to another base URL, or where a
    /// redirect leads. None where the base URL is wrong.
    pub fn origin(&self) -> Option<&'a Origin> {
        self.origin.map(|origin| &**origin)
    }

    /// A value of the call's own: what an `#[extension]` argument or [`Call::extension`](crate::Call::extension) has given it.
    pub fn extension<T: Send + Sync + 'static>(&self) -> Option<&'a T> {
        self.extensions.get()
    }
}

impl fmt::Debug for CallInfo<'_> {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        let mut out = f.debug_struct("CallInfo");
        out.field("id", &self.id).field("method", &self.method).field("template", &self.template);
        out.field("origin", &self.origin).finish_non_exhaustive()
    }
}

/// A request that is about to be sent.
pub struct AttemptInfo<'a> {
    pub(crate) number: u32,
    pub(crate) resends: u32,
    pub(crate) method: &'a Method,
    pub(crate) origin: &'a Arc<Origin>,
    pub(crate) length: Option<u64>,
    pub(crate) body: Option<&'a Bytes>,
    pub(crate) headers: &'a mut HeaderMap,
}

/// Without the headers, which somebody may have put a secret into, and the body.
impl fmt::Debug for AttemptInfo<'_> {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        let mut out = f.debug_struct("AttemptInfo");
        out.field("number", &self.number).field("resends", &self.resends);
        out.field("method", &self.method).field("origin", &self.origin).finish_non_exhaustive()
    }
}

impl AttemptInfo<'_> {
    /// The how many-th try of the call it belongs to, from 1.
    pub fn number(&self) -> u32 {
        self.number
    }

    /// How many requests of this call were sent before it, for any reason (`http.request.resend_count`).
    pub fn resends(&self) -> u32 {
        self.resends
    }

    /// The method, which a redirect may have changed.
    pub fn method(&self) -> &Method {
        self.method
    }

    /// Where it goes, which a redirect may have changed.
    pub fn origin(&self) -> &Origin {
        self.origin
    }

    /// The length of its body, where it is known.
    pub fn body_length(&self) -> Option<u64> {
        self.length
    }

    /// Its body, where that is in memory.
    pub fn body(&self) -> Option<&Bytes> {
        self.body
    }

    /// The headers as far as they are known: credentials and cookies come after this.
    pub fn headers(&self) -> &HeaderMap {
        self.headers
    }

    /// The headers, to be added to: `traceparent`, say. Those that the transport sets, such as `Host` and `Content-Length`, must be left.
    pub fn headers_mut(&mut self) -> &mut HeaderMap {
        self.headers
    }
}

/// Takes out of a text what a request says.
pub(crate) trait Clean {
    fn clean(&self, text: &str) -> String;
}

/// How a request has ended.
#[derive(Clone, Copy)]
pub struct AttemptEnd<'a> {
    pub(crate) number: u32,
    pub(crate) origin: &'a Arc<Origin>,
    pub(crate) since: Instant,
    pub(crate) until: Instant,
    pub(crate) result: Result<&'a Reply, &'a Error>,
    pub(crate) clean: &'a dyn Clean,
}

impl<'a> AttemptEnd<'a> {
    /// The how many-th try of the call it belongs to, from 1.
    pub fn number(&self) -> u32 {
        self.number
    }

    /// Where it went, which another base URL or a redirect may have changed.
    pub fn origin(&self) -> &'a Origin {
        self.origin
    }

    /// From when it was sent until its answer was read, as far as it is read, or until it has failed.
    pub fn elapsed(&self) -> Duration {
        self.until.saturating_duration_since(self.since)
    }

    /// The status of the answer, if there was one.
    pub fn status(&self) -> Option<StatusCode> {
        self.result.ok().map(|reply| reply.status)
    }

    /// The headers of the answer. There may be secrets in them, as in `Set-Cookie`.
    pub fn headers(&self) -> Option<&'a HeaderMap> {
        self.result.ok().map(|reply| &reply.headers)
    }

    /// The body of the answer: the whole of it, or of an error the first 64 KiB. There may be secrets in it.
    pub fn body(&self) -> Option<&'a Bytes> {
        self.result.ok().map(|reply| &reply.body)
    }

    /// Why there was no answer.
    pub fn error(&self) -> Option<&'a Error> {
        self.result.err()
    }

    /// A text of the answer with `***` for what it repeats of its request, credentials above all, and for whatever looks like some; as in the
    /// messages of errors.
    pub fn redact(&self, text: &str) -> String {
        self.clean.clean(text)
    }
}

impl fmt::Debug for AttemptEnd<'_> {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        let mut out = f.debug_struct("AttemptEnd");
        out.field("number", &self.number).field("elapsed", &self.elapsed());
        out.field("status", &self.status()).field("error", &self.error()).finish_non_exhaustive()
    }
}

/// A circuit breaker, and what it does from now on.
#[derive(Debug, Clone, Copy)]
pub struct BreakerInfo<'a> {
    pub(crate) name: &'a str,
    pub(crate) origin: Option<&'a Arc<Origin>>,
    pub(crate) phase: BreakerPhase,
}

impl<'a> BreakerInfo<'a> {
    /// Whose it is: `client`, the name of a trait, or `Trait::method`.
    pub fn name(&self) -> &'a str {
        self.name
    }

    /// Of which origin.
    pub fn origin(&self) -> Option<&'a Origin> {
        self.origin.map(|origin| &**origin)
    }

    /// What it does.
    pub fn phase(&self) -> BreakerPhase {
        self.phase
    }
}

/// A token that was renewed, or could not be.
#[derive(Debug, Clone, Copy)]
pub struct RenewalInfo<'a> {
    pub(crate) error: Option<&'a (dyn std::error::Error + Send + Sync + 'static)>,
    pub(crate) elapsed: Duration,
}

impl<'a> RenewalInfo<'a> {
    /// Why there is none; none where there is one.
    pub fn error(&self) -> Option<&'a (dyn std::error::Error + Send + Sync + 'static)> {
        self.error
    }

    /// How long it took.
    pub fn elapsed(&self) -> Duration {
        self.elapsed
    }
}

/// An attempt that has failed, and what follows.
#[derive(Debug, Clone, Copy)]
pub struct RetryInfo<'a> {
    pub(crate) attempt: u32,
    pub(crate) wait: Duration,
    pub(crate) error: &'a Error,
}

impl<'a> RetryInfo<'a> {
    /// The how many-th attempt it was, from 1.
    pub fn attempt(&self) -> u32 {
        self.attempt
    }

    /// How long it is until the next one.
    pub fn wait(&self) -> Duration {
        self.wait
    }

    /// How it has failed.
    pub fn error(&self) -> &'a Error {
        self.error
    }
}

/// How a call has ended.
#[derive(Debug, Clone, Copy)]
pub struct EndInfo<'a> {
    pub(crate) end: End<'a>,
    pub(crate) attempts: u32,
    pub(crate) elapsed: Duration,
}

#[derive(Debug, Clone, Copy)]
pub(crate) enum End<'a> {
    Answered(StatusCode, usize),
    Failed(&'a Error),
    Dropped,
}

impl<'a> EndInfo<'a> {
    /// Whether it has given what it was asked for.
    pub fn is_success(&self) -> bool {
        matches!(self.end, End::Answered(..))
    }

    /// Whether nobody waited for it any more.
    pub fn is_dropped(&self) -> bool {
        matches!(self.end, End::Dropped)
    }

    /// How it has failed; none for a success, and where nobody waited for it.
    pub fn error(&self) -> Option<&'a Error> {
        match self.end {
            End::Failed(error) => Some(error),
            End::Answered(..) | End::Dropped => None,
        }
    }

    /// The status of the answer, if there was one.
    pub fn status(&self) -> Option<StatusCode> {
        match self.end {
            End::Answered(status, _) => Some(status),
            End::Failed(error) => error.status(),
            End::Dropped => None,
        }
    }

    /// How long the body of a success was, in bytes, as it was read.
    pub fn body_length(&self) -> Option<usize> {
        match self.end {
            End::Answered(_, length) => Some(length),
            End::Failed(_) | End::Dropped => None,
        }
    }

    /// In a word: `ok`, the [kind](crate::ErrorKind::as_str) of the error, or `dropped`. There are only so many of them.
    pub fn outcome(&self) -> &'static str {
        match self.end {
            End::Answered(..) => "ok",
            End::Failed(error) => error.kind().as_str(),
            End::Dropped => "dropped",
        }
    }

    /// How many attempts were made.
    pub fn attempts(&self) -> u32 {
        self.attempts
    }

    /// From the first poll of the call to its end.
    pub fn elapsed(&self) -> Duration {
        self.elapsed
    }
}

/// All of a client, in their order.
#[derive(Debug, Default)]
pub(crate) struct Hooks(pub(crate) Vec<Arc<dyn Hook>>);

impl Hooks {
    #[inline]
    pub(crate) fn each(&self, tell: impl FnMut(&dyn Hook)) {
        self.0.iter().map(|hook| &**hook).for_each(tell);
    }
}

/// A call that somebody watches.
pub(crate) struct Watched {
    pub(crate) hooks: Arc<Hooks>,
    pub(crate) id: u64,
    pub(crate) started: Instant,
    /// Where it goes as it begins.
    pub(crate) origin: Option<Arc<Origin>>,
    /// How many attempts were begun.
    pub(crate) attempts: AtomicU32,
    pub(crate) span: CallSpan,
}

impl Watched {
    pub(crate) fn end(&self, call: &CallInfo<'_>, end: &EndInfo<'_>) {
        self.hooks.each(|hook| hook.on_end(call, end));
        self.span.end(end);
    }

    /// The call is over.
    #[cold]
    pub(crate) fn over(&self, context: &Context, extensions: &Extensions, end: End<'_>) {
        let Some(place) = &context.place else { return };
        let call = CallInfo {
            id: self.id,
            endpoint: place.endpoint,
            method: &place.method,
            template: &place.template,
            origin: self.origin.as_ref(),
            extensions,
            span: &self.span,
        };
        self.end(&call, &EndInfo { end, attempts: context.attempts, elapsed: context.elapsed });
    }
}
