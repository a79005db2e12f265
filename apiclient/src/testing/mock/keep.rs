//! How a mock keeps the arguments of a call.

use serde::Serialize;
use std::path::{Path, PathBuf};

/// What an argument is kept as: itself, or what an unsized one is owned as. Every type has it, so that a field of a mock always
/// has a type, and one that cannot be kept is one error.
pub trait Owned {
    /// What it is kept as.
    type Owned;
}

impl<T> Owned for T {
    type Owned = T;
}

impl<T> Owned for [T] {
    type Owned = Vec<T>;
}

impl Owned for str {
    type Owned = String;
}

impl Owned for Path {
    type Owned = PathBuf;
}

/// An argument as a mock keeps it.
#[diagnostic::on_unimplemented(
    message = "a mock cannot keep an argument of type `{Self}`",
    label = "a mock keeps the arguments of its calls, and this is not `Clone`",
    note = "derive `Clone` for your type; one with a lifetime that is written, `&New<'_>`, is kept as JSON"
)]
pub trait Keep: Owned {
    /// A copy of it.
    fn keep(&self) -> Self::Owned;
}

#[diagnostic::do_not_recommend]
impl<T: Clone> Keep for T {
    fn keep(&self) -> T {
        self.clone()
    }
}

#[diagnostic::do_not_recommend]
impl<T: Clone> Keep for [T] {
    fn keep(&self) -> Vec<T> {
        self.to_vec()
    }
}

#[diagnostic::do_not_recommend]
impl Keep for str {
    fn keep(&self) -> String {
        self.to_owned()
    }
}

#[diagnostic::do_not_recommend]
impl Keep for Path {
    fn keep(&self) -> PathBuf {
        self.to_owned()
    }
}

/// An argument that is kept as JSON, because its type has a lifetime or is the caller's choice.
#[derive(Debug)]
pub struct AsJson<'a, T: ?Sized>(pub &'a T);

impl<T: Serialize + ?Sized> AsJson<'_, T> {
    /// The JSON; `null` if it cannot be written so.
    pub fn keep(&self) -> serde_json::Value {
        serde_json::to_value(self.0).unwrap_or_default()
    }
}

/// For every other type: the endpoint says what is wrong with it, and not the mock a second time.
pub trait NoJson {
    /// Never called: such an endpoint does not compile.
    fn keep(&self) -> serde_json::Value {
        serde_json::Value::Null
    }
}

impl<T: ?Sized> NoJson for AsJson<'_, T> {}
