//! [`Params`]: the arguments of a call as the fields of a struct.

use crate::{
    call::RawCall,
    request::{Expander, Param, ParamError},
};
use std::{fmt, marker::PhantomData};

/// A struct whose fields are arguments of a call, each with the role that an argument would have: for calls with many of them.
/// Derive it; an argument with `#[params]` takes it, by value or by reference.
///
/// ```
/// use apiclient::prelude::*;
///
/// #[derive(Debug, Clone, Params)]
/// pub struct Issues<'a> {
///     #[api(param)]
///     owner: &'a str,
///     #[api(param)]
///     repo: &'a str,
///     /// `open`, `closed` or `all`.
///     #[api(query)]
///     state: Option<&'a str>,
///     #[api(query = "per-page")]
///     size: Option<u8>,
///     #[api(query, default, explode = false)]
///     labels: &'a [&'a str],
///     #[api(header = "X-Trace")]
///     trace: Option<String>,
/// }
///
/// #[api_client(base_url = "https://api.example.com")]
/// trait Tracker {
///     #[get("/repos/{owner}/{repo}/issues")]
///     fn issues(&self, #[params] issues: &Issues<'_>) -> Call<Vec<String>>;
/// }
///
/// let all = Issues::new("rust-lang", "cargo").state("open").labels(&["bug", "p1"]);
/// let call = TrackerClient::new()?.issues(&all);
/// assert_eq!(call.into_request()?.url().to_string(), "https://api.example.com/repos/rust-lang/cargo/issues?state=open&labels=bug,p1");
/// # Ok::<_, apiclient::Error>(())
/// ```
///
/// # Roles
///
/// Each field says `#[api(..)]` with one of `param` (a variable of the path), `query`, `header = "X-Name"`, `headers`, `cookie`,
/// `body`, `field`, `part`, `extension` and `timeout`. A name on the wire follows the role (`query = "per-page"`), the options of
/// the role follow that (`query = "per-page", style = pipe`); see [`api_client`](macro@crate::api_client). Variables of the path
/// that neither another argument nor a field gives, and `param` fields that the path does not name, are compile errors.
///
/// # The builder
///
/// The derive writes `new`, which takes the fields that must be there, in their order, and a setter for each of the others: those
/// of the type `Option<T>` (the setter takes a `T`), and those that say `default` (`#[api(query, default)]`), which are the default
/// of their type until they are set (a scalar is then always sent; `default = 20` is another thing, what is sent for `None`). An
/// `Option` at hand is assigned to its field, `search.page = page`. All of them are as visible as the struct. `#[api(no_builder)]` on the struct leaves them
/// out, `#[api(crate = path)]` says where this crate is found.
#[diagnostic::on_unimplemented(
    message = "`{Self}` is no struct of arguments",
    label = "expected a struct with `#[derive(Params)]`",
    note = "each of its fields says what it is for: `#[api(query)]`, `#[api(header = \"X-Name\")]`"
)]
pub trait Params {
    #[doc(hidden)]
    const VARIABLES: &'static [&'static str];
    #[doc(hidden)]
    const SENDS: &'static [&'static str];
    #[doc(hidden)]
    fn variable(&self, name: &str, out: &mut Expander<'_>) -> Result<(), ParamError>;
    #[doc(hidden)]
    fn apply(&self, call: RawCall) -> RawCall;
}

#[diagnostic::do_not_recommend]
impl<P: Params + ?Sized> Params for &P {
    const VARIABLES: &'static [&'static str] = P::VARIABLES;
    const SENDS: &'static [&'static str] = P::SENDS;

    fn variable(&self, name: &str, out: &mut Expander<'_>) -> Result<(), ParamError> {
        (**self).variable(name, out)
    }

    fn apply(&self, call: RawCall) -> RawCall {
        (**self).apply(call)
    }
}

/// A struct of arguments of a call, whatever its type.
pub struct Given<'a>(&'a dyn Fields);

/// Takes one. The only place where generated code asks for [`Params`], so that one mistake is one error.
pub fn params<P: Params>(params: &P) -> Given<'_> {
    Given(params)
}

impl<'a> Given<'a> {
    /// The field of this name.
    pub fn variable(&self, name: &'static str) -> Variable<'a> {
        Variable(self.0, name)
    }

    /// Everything that is no variable of the path.
    pub(crate) fn apply(&self, call: RawCall) -> RawCall {
        self.0.rest(call)
    }
}

impl fmt::Debug for Given<'_> {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str("Given")
    }
}

/// The part of [`Params`] that is fit for `dyn`.
trait Fields {
    fn field(&self, name: &str, out: &mut Expander<'_>) -> Result<(), ParamError>;
    fn rest(&self, call: RawCall) -> RawCall;
}

impl<P: Params> Fields for P {
    fn field(&self, name: &str, out: &mut Expander<'_>) -> Result<(), ParamError> {
        self.variable(name, out)
    }

    fn rest(&self, call: RawCall) -> RawCall {
        self.apply(call)
    }
}

/// A field of a struct of arguments, as a value in a template.
pub struct Variable<'a>(&'a dyn Fields, &'static str);

#[diagnostic::do_not_recommend]
impl Param for Variable<'_> {
    fn expand(&self, out: &mut Expander<'_>) -> Result<(), ParamError> {
        self.0.field(self.1, out)
    }
}

impl fmt::Debug for Variable<'_> {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        write!(f, "Variable({})", self.1)
    }
}

/// What cannot happen where the compiler has asked [`has_variable`].
///
/// # Errors
///
/// Always.
pub fn no_variable() -> Result<(), ParamError> {
    Err(ParamError::whole("the struct of arguments has no field for a variable of the path"))
}

/// The variables of a type, if it has any: asked at compile time, and without an error where it is no struct of arguments, which
/// the call itself reports.
pub struct Asked<T: ?Sized>(PhantomData<T>);

impl<T: ?Sized> fmt::Debug for Asked<T> {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str("Asked")
    }
}

/// What is asked of a type that is no struct of arguments: this constant has lower priority than the inherent one.
pub trait Anything {
    /// Nothing is known.
    const VARIABLES: Option<&'static [&'static str]> = None;
    /// Nothing is known.
    const SENDS: Option<&'static [&'static str]> = None;
}

impl<T: ?Sized> Anything for Asked<T> {}

impl<P: Params + ?Sized> Asked<P> {
    /// The variables.
    pub const VARIABLES: Option<&'static [&'static str]> = Some(P::VARIABLES);
    /// What the fields send, as kinds and names: `query page`.
    pub const SENDS: Option<&'static [&'static str]> = Some(P::SENDS);
}

/// Whether a struct of arguments gives a variable.
pub const fn has_variable(variables: Option<&[&str]>, name: &str) -> bool {
    match variables {
        Some(variables) => contains(variables, name),
        None => true,
    }
}

/// Whether a struct of arguments gives no other variables than these.
pub const fn has_no_other(variables: Option<&[&str]>, names: &[&str]) -> bool {
    let Some(variables) = variables else { return true };
    let mut i = 0;
    while i < variables.len() {
        if !contains(names, variables[i]) {
            return false;
        }
        i += 1;
    }
    true
}

/// Whether no field sends this: a kind and a name, or a kind and a space for any name.
pub const fn is_free(sends: Option<&[&str]>, sent: &str) -> bool {
    let Some(sends) = sends else { return true };
    let mut i = 0;
    while i < sends.len() {
        let (theirs, ours) = (sends[i].as_bytes(), sent.as_bytes());
        let kind = ours[ours.len() - 1] == b' ' && begins(theirs, ours);
        if kind || same(theirs, ours) {
            return false;
        }
        i += 1;
    }
    true
}

const fn begins(text: &[u8], start: &[u8]) -> bool {
    let mut i = 0;
    while i < start.len() && i < text.len() && text[i] == start[i] {
        i += 1;
    }
    i == start.len()
}

const fn contains(names: &[&str], name: &str) -> bool {
    let mut i = 0;
    while i < names.len() {
        if same(names[i].as_bytes(), name.as_bytes()) {
            return true;
        }
        i += 1;
    }
    false
}

const fn same(a: &[u8], b: &[u8]) -> bool {
    let mut i = 0;
    while i < a.len() && i < b.len() && a[i] == b[i] {
        i += 1;
    }
    i == a.len() && i == b.len()
}
