//! From the runtime's error to the user's: rules are data, found by one function; what a rule builds is the macro's one
//! `match` per type.

use crate::{
    endpoint::{Literal, Statuses},
    error::{self, Error, ErrorKind},
    json::{self, Scalar},
    response::{self, Decode, FromHeader},
};
use http::StatusCode;
use serde::de::DeserializeOwned;
use std::{cell::OnceCell, sync::Arc};

/// When a variant is it: all that is said has to hold. A status, a code and a header are asked of answers by which the server
/// says no; a failure of our own (`kind`) has none, so that a timeout never becomes a `NotFound`.
#[derive(Debug, Clone, Copy)]
pub struct Rule {
    statuses: Option<Statuses>,
    kind: Option<ErrorKind>,
    codes: &'static [Literal],
    headers: &'static [(&'static str, &'static str)],
    when: Option<fn(&Error) -> bool>,
}

impl Rule {
    /// Every error.
    pub const fn any() -> Self {
        Rule { statuses: None, kind: None, codes: &[], headers: &[], when: None }
    }

    /// `status = 404 | 5xx`
    pub const fn status(mut self, statuses: Statuses) -> Self {
        self.statuses = Some(statuses);
        self
    }

    /// `kind = timeout`
    pub const fn kind(mut self, kind: ErrorKind) -> Self {
        self.kind = Some(kind);
        self
    }

    /// `code = "x" | 5`: one of them.
    pub const fn code(mut self, codes: &'static [Literal]) -> Self {
        self.codes = codes;
        self
    }

    /// `header("name", "value")`: each of them; `*` is any run of characters.
    pub const fn header(mut self, headers: &'static [(&'static str, &'static str)]) -> Self {
        self.headers = headers;
        self
    }

    /// `when = path::to::fn`
    pub const fn when(mut self, when: fn(&Error) -> bool) -> Self {
        self.when = Some(when);
        self
    }

    fn matches(&self, error: &Error, code: &Code<'_>) -> bool {
        self.matches_answer(error)
            && self.kind.is_none_or(|kind| is_kind(error, kind))
            && (self.codes.is_empty() || self.codes.iter().any(|wanted| code.is(*wanted)))
            && self.headers.iter().all(|(name, value)| has_header(error, name, value))
            && self.when.is_none_or(|when| when(error))
    }

    fn matches_answer(&self, error: &Error) -> bool {
        let of_answers = self.statuses.is_some() || !self.codes.is_empty() || !self.headers.is_empty();
        let asked = !of_answers || self.kind.is_some() || error.is_refused();
        asked && self.statuses.is_none_or(|set| error.status().is_some_and(|status| set.contains(status)))
    }
}

fn is_kind(error: &Error, kind: ErrorKind) -> bool {
    // HTML instead of JSON is a body that could not be read, too.
    if kind == ErrorKind::Decode { error.is_decode() } else { error.kind() == kind }
}

fn has_header(error: &Error, name: &str, value: &str) -> bool {
    let values = error.headers().map(|headers| headers.get_all(name));
    values.into_iter().flatten().any(|found| json::glob(value, &String::from_utf8_lossy(found.as_bytes())))
}

/// The code, looked for when it is first asked for.
struct Code<'e> {
    error: &'e Error,
    at: Option<&'static str>,
    found: OnceCell<Option<Scalar<'e>>>,
}

impl Code<'_> {
    fn is(&self, wanted: Literal) -> bool {
        let found = self.found.get_or_init(|| self.error.find_code(self.at));
        found.as_ref().is_some_and(|found| response::is(found, wanted))
    }
}

/// The rules that match an error, in their order.
#[derive(Debug)]
pub struct Matching {
    rules: &'static [Rule],
    code_at: Option<&'static str>,
    next: usize,
}

impl Matching {
    /// `code_at` is where the code is, if the API does not say so.
    pub const fn new(rules: &'static [Rule], code_at: Option<&'static str>) -> Self {
        Matching { rules, code_at, next: 0 }
    }

    /// The number of the next rule that matches.
    pub fn next(&mut self, error: &Error) -> Option<usize> {
        let code = Code { error, at: self.code_at, found: OnceCell::new() };
        let rest = &self.rules[self.next.min(self.rules.len())..];
        let found = self.next + rest.iter().position(|rule| rule.matches(error, &code))?;
        self.next = found + 1;
        Some(found)
    }
}

/// An error type of your own, from `#[derive(ApiError)]`.
///
/// The derive writes `From<apiclient::Error>` and this trait, with attributes on the variants:
///
/// ```
/// use apiclient::{ApiError, Problem, prelude::*};
///
/// #[derive(Debug, thiserror::Error, ApiError)]
/// #[api(code_at = "/error/code")]
/// pub enum PayError {
///     #[error("the card was declined: {message}")]
///     #[api(status = 402, code = "card_declined")]
///     Declined {
///         #[api(pointer("/error/message"))]
///         message: String,
///         #[api(header("x-retry-in"))]
///         retry_in: Option<u32>,
///         #[api(error)]
///         source: apiclient::Error,
///     },
///     #[error("not valid: {0}")]
///     #[api(status = 400 | 422)]
///     Invalid(Problem),
///     #[error("too slow")]
///     #[api(kind = timeout)]
///     Slow,
///     #[error(transparent)]
///     #[api(other)]
///     Other(apiclient::Error),
/// }
///
/// #[api_client(base_url = "https://pay.example.com")]
/// pub trait Pay {
///     #[post("/charges")]
///     async fn charge(&self, #[field] amount: u64) -> Result<(), PayError>;
/// }
/// ```
///
/// # On a variant: `#[api(..)]`
///
/// | condition | holds for |
/// |---|---|
/// | `status = 404`, `400 \| 422`, `4xx`, `500..=599` | an answer with that status by which the server says no |
/// | `code = "x"`, `5`, `"*#NotFound"`, `"a" \| "b"` | its code; `*` is any run of characters |
/// | `header("name", "value")` | a header of it; `*` as above |
/// | `kind = timeout` | a failure without such an answer: `connect` `timeout` `transport` `rate_limited` `decode` `content_type` `too_large` `config` `argument`; and `redirect`, `error_body` |
/// | `when = path::to::function` | whatever `fn(&apiclient::Error) -> bool` says |
///
/// Several in one attribute all have to hold; several attributes are alternatives. The first variant that matches is it. A
/// variant that can never be it is a compile error, and so are two sets of statuses that overlap by halves. A variant without
/// an attribute is for you, and for `#[errors(..)]`. Exactly one variant is `#[api(other)]`, with the
/// [`apiclient::Error`](crate::Error) as its field: whatever no other variant takes.
///
/// # On a field: `#[api(..)]`
///
/// | source | type |
/// |---|---|
/// | `body`, also of the one field without an attribute | what an endpoint can return: anything with `Deserialize`, [`Problem`](crate::Problem), a `String` for the text |
/// | `status` | `StatusCode` or `u16` |
/// | `header("name")` | a `String`, a number, an `Option`, a `Vec` of all lines, .. |
/// | `pointer("/a/b")` | a value within the JSON (RFC 6901) |
/// | `error` | [`apiclient::Error`](crate::Error), or a `Box` or an `Arc` of it |
///
/// If one of them cannot be read, a body that is no such JSON, say, the variant is passed over, and the next one that matches is
/// it; the end is `other`, with status, headers and bytes. Where a later variant would mislead, take an `Option`.
///
/// A variant without a rule can say which field keeps the error, for the methods of this trait.
///
/// # On the enum: `#[api(code_at = "/error/code")]`
///
/// Where the code is, as a JSON pointer. `#[error_body(code = ..)]` of the API counts more; where neither says it, the usual
/// places are looked at, see [`Error::code`]. `#[api(crate = path)]` says where `apiclient` is, for SDKs that re-export it.
///
/// # Rust's own rules
///
/// The derive stands beside `thiserror`, which writes `Display` and `source`; its `#[from]` on `other` would write
/// `From<apiclient::Error>` a second time, so it is refused.
pub trait ApiError {
    /// The runtime's error, where the variant keeps it.
    fn error(&self) -> Option<&Error>;

    /// When this variant is it.
    #[doc(hidden)]
    fn rules(&self) -> &'static [Rule] {
        &[]
    }

    /// The status of the answer: of the error that the variant keeps, else the one that the variant stands for, if it is one
    /// alone.
    fn status(&self) -> Option<StatusCode> {
        match self.error() {
            Some(error) => error.status(),
            None => only_status(self.rules()),
        }
    }

    /// Whether the same call might succeed later, see [`Error::is_retryable`]: of the error that the variant keeps, else
    /// whether that holds for all that the variant stands for.
    fn is_retryable(&self) -> bool {
        match self.error() {
            Some(error) => error.is_retryable(),
            None => !self.rules().is_empty() && self.rules().iter().all(is_retryable),
        }
    }
}

/// The runtime's own.
impl ApiError for Error {
    fn error(&self) -> Option<&Error> {
        Some(self)
    }
}

fn only_status(rules: &[Rule]) -> Option<StatusCode> {
    let mut all = rules.iter().map(|rule| rule.statuses.map(Statuses::iter));
    let mut first = all.next()??;
    let one = first.next()?;
    let rest = |mut set: Option<_>| {
        set.as_mut().is_some_and(|set: &mut _| Iterator::all(set, |status| status == one))
    };
    (first.next().is_none() && all.all(rest)).then_some(one)
}

fn is_retryable(rule: &Rule) -> bool {
    let statuses = rule.statuses.is_some_and(|set| set.iter().all(error::is_retryable));
    let kinds = [ErrorKind::Connect, ErrorKind::Timeout, ErrorKind::Transport];
    statuses || rule.kind.is_some_and(|kind| kinds.contains(&kind))
}

/// What a field that keeps the runtime's error can be.
#[diagnostic::on_unimplemented(
    message = "`{Self}` cannot keep the runtime's error",
    label = "not an `apiclient::Error`",
    note = "the field is an `apiclient::Error`, or a `Box` or an `Arc` of it"
)]
pub trait KeepsError {
    /// Takes the error.
    fn keep(error: Error) -> Self;
    /// Shows it.
    fn kept(&self) -> &Error;
}

impl KeepsError for Error {
    fn keep(error: Error) -> Self {
        error
    }
    fn kept(&self) -> &Error {
        self
    }
}

impl KeepsError for Box<Error> {
    fn keep(error: Error) -> Self {
        Box::new(error)
    }
    fn kept(&self) -> &Error {
        self
    }
}

impl KeepsError for Arc<Error> {
    fn keep(error: Error) -> Self {
        Arc::new(error)
    }
    fn kept(&self) -> &Error {
        self
    }
}

/// What can be read from within JSON.
#[diagnostic::on_unimplemented(
    message = "`{Self}` cannot be read from JSON",
    label = "a value at a pointer is a `{Self}`",
    note = "derive `serde::Deserialize` for it"
)]
pub trait FromJson: DeserializeOwned {}

#[diagnostic::do_not_recommend]
impl<T: DeserializeOwned> FromJson for T {}

/// What can be read from the body of an error.
#[diagnostic::on_unimplemented(
    message = "`{Self}` cannot be read from the body of an error",
    label = "this is read from the body",
    note = "derive `serde::Deserialize` for it, or implement `apiclient::Decode` by hand",
    note = "a field that keeps the `apiclient::Error` itself says so: `#[api(error)]`"
)]
pub trait FromBody: Decode {}

#[diagnostic::do_not_recommend]
impl<T: Decode> FromBody for T {}

/// `body`
pub fn body<T: FromBody>(error: &mut Error) -> Option<T> {
    error.read_body()
}

/// `header("name")`
pub fn header_of<T: FromHeader>(error: &mut Error, name: &str) -> Option<T> {
    error.read_header(name)
}

/// `pointer("/a/b")`
pub fn pointer<T: FromJson>(error: &mut Error, pointer: &str) -> Option<T> {
    error.read_pointer(pointer)
}

/// `status`
pub fn status<T: From<StatusCode>>(error: &mut Error) -> Option<T> {
    error.status().map(T::from)
}
