//! What the options of an argument make of its value: `display`, `default`.

use super::param::{Expander, Param, ParamError};
use serde::{Serialize, Serializer};
use std::fmt;

/// `display`: a value as it prints.
pub struct Displayed<'a>(&'a dyn fmt::Display);

/// The value of an argument with `display`.
pub fn display<T: Shown>(value: &T) -> Displayed<'_> {
    Displayed(value.shown())
}

/// What an argument with `display` is.
#[diagnostic::on_unimplemented(
    message = "`{Self}` cannot be written with `display`",
    label = "`display` is for what implements `Display`",
    note = "an `Option` does not; `with = f` writes whatever `f` makes of it"
)]
pub trait Shown {
    #[doc(hidden)]
    fn shown(&self) -> &dyn fmt::Display;
}

#[diagnostic::do_not_recommend]
impl<T: fmt::Display> Shown for T {
    fn shown(&self) -> &dyn fmt::Display {
        self
    }
}

impl fmt::Debug for Displayed<'_> {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str("Displayed")
    }
}

impl Serialize for Displayed<'_> {
    fn serialize<S: Serializer>(&self, serializer: S) -> Result<S::Ok, S::Error> {
        serializer.collect_str(self.0)
    }
}

/// `default = ..`: what was given, or else this.
pub enum Or<'a> {
    /// The caller's.
    Given(&'a dyn Param),
    /// The declaration's.
    Default(Box<dyn Param + 'a>),
}

/// The value of an argument with `default`.
// The type of the argument is not in that of the result: with it one mistake was two errors.
pub fn or<'a, T: Serialize + 'a, O: Optional<T>>(value: &'a O, default: T) -> Or<'a> {
    value.optional().map_or_else(|| Or::Default(Box::new(default)), Or::Given)
}

/// What an argument with `default` is.
#[diagnostic::on_unimplemented(
    message = "`{Self}` is always there, so its `default` would never be sent",
    label = "a default is for an `Option`",
    note = "make it an `Option`, or take the `default` away"
)]
pub trait Optional<T> {
    #[doc(hidden)]
    fn optional(&self) -> Option<&dyn Param>;
}

impl<T: Serialize> Optional<T> for Option<T> {
    fn optional(&self) -> Option<&dyn Param> {
        self.as_ref().map(|value| value as &dyn Param)
    }
}

#[diagnostic::do_not_recommend]
impl Param for Or<'_> {
    fn expand(&self, out: &mut Expander<'_>) -> Result<(), ParamError> {
        match self {
            Or::Given(value) => value.expand(out),
            Or::Default(value) => value.expand(out),
        }
    }
}

impl fmt::Debug for Or<'_> {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str("Or")
    }
}
