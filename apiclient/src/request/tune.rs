//! What the options of an argument make of its value: `display`, `default`.

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
#[derive(Debug)]
pub enum Or<'a, T, D> {
    /// The caller's.
    Given(&'a T),
    /// The declaration's.
    Default(D),
}

/// The value of an argument with `default`.
pub fn or<O: Optional, D>(value: &O, default: D) -> Or<'_, O::Value, D> {
    value.optional().map_or(Or::Default(default), Or::Given)
}

/// What an argument with `default` is.
#[diagnostic::on_unimplemented(
    message = "`{Self}` is always there, so its `default` would never be sent",
    label = "a default is for an `Option`",
    note = "make it an `Option`, or take the `default` away"
)]
pub trait Optional {
    #[doc(hidden)]
    type Value;
    #[doc(hidden)]
    fn optional(&self) -> Option<&Self::Value>;
}

impl<T> Optional for Option<T> {
    type Value = T;
    fn optional(&self) -> Option<&T> {
        self.as_ref()
    }
}

impl<T: Serialize, D: Serialize> Serialize for Or<'_, T, D> {
    fn serialize<S: Serializer>(&self, serializer: S) -> Result<S::Ok, S::Error> {
        match self {
            Or::Given(value) => value.serialize(serializer),
            Or::Default(value) => value.serialize(serializer),
        }
    }
}
