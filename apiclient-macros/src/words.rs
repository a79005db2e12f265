//! The words of the language: every attribute, where it may stand, and whether it is built yet.
//!
//! The table holds the whole grammar, so that a word of a later version is told from a typing error.

use Place::{Argument, Both, Method};

/// Where a word may stand.
#[derive(Clone, Copy, PartialEq, Debug)]
pub(crate) enum Place {
    Method,
    /// On the trait as a default, on a method as its own.
    Both,
    Argument,
}

pub(crate) struct Word {
    pub(crate) name: &'static str,
    pub(crate) place: Place,
    pub(crate) built: bool,
}

const fn built(place: Place, name: &'static str) -> Word {
    Word { name, place, built: true }
}

const fn later(place: Place, name: &'static str) -> Word {
    Word { name, place, built: false }
}

pub(crate) const VERBS: [&str; 8] = ["get", "post", "put", "patch", "delete", "head", "options", "http"];

pub(crate) const WORDS: &[Word] = &[
    built(Method, "get"),
    built(Method, "post"),
    built(Method, "put"),
    built(Method, "patch"),
    built(Method, "delete"),
    built(Method, "head"),
    built(Method, "options"),
    built(Method, "http"),
    built(Method, "health"),
    built(Method, "idempotent"),
    built(Both, "timeout"),
    built(Both, "header"),
    built(Both, "retry"),
    built(Both, "idempotency_key"),
    built(Both, "rate_limit"),
    built(Both, "concurrency"),
    built(Both, "breaker"),
    built(Both, "hedge"),
    built(Both, "fallback"),
    built(Both, "redirects"),
    built(Both, "max_body"),
    built(Both, "auth"),
    built(Both, "query"),
    later(Both, "codec"),
    later(Both, "compress"),
    built(Both, "success"),
    built(Both, "none_on"),
    built(Both, "envelope"),
    built(Both, "error_body"),
    built(Both, "errors"),
    later(Both, "paginate"),
    later(Both, "cache"),
    later(Both, "stream"),
    later(Both, "poll"),
    built(Argument, "query"),
    built(Argument, "header"),
    built(Argument, "body"),
    built(Argument, "timeout"),
    built(Argument, "param"),
    built(Argument, "headers"),
    built(Argument, "cookie"),
    built(Argument, "field"),
    built(Argument, "part"),
    built(Argument, "url"),
    built(Argument, "extension"),
    built(Argument, "idempotency_key"),
    built(Argument, "params"),
];

/// The word of this name in one of the places.
pub(crate) fn find(name: &str, places: &[Place]) -> Option<&'static Word> {
    WORDS.iter().find(|word| word.name == name && places.contains(&word.place))
}

/// Whether any place has a word of this name.
pub(crate) fn is_ours(name: &str) -> bool {
    WORDS.iter().any(|word| word.name == name)
}

/// What is built for these places.
pub(crate) fn built_for(places: &[Place]) -> Vec<&'static str> {
    WORDS.iter().filter(|word| word.built && places.contains(&word.place)).map(|word| word.name).collect()
}
