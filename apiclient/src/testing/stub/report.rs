//! What a stub says where a test and its routes do not agree.

use super::{
    Route, Sent,
    target::{Not, Target},
};
use crate::testing::Name;
use crate::transport::{TransportError, TransportErrorKind};
use std::{cmp::Reverse, fmt};

/// How many routes are named in the line of an error.
const NAMED: usize = 3;

/// A request that no route took.
#[derive(Debug, Clone)]
pub(super) struct Unmatched {
    request: String,
    /// The nearest first.
    near: Vec<(Not, String)>,
}

impl Unmatched {
    pub(super) fn new(sent: &Sent, near: Vec<(Not, Route)>) -> Self {
        let (method, path) = (sent.method(), sent.url().path());
        let request = match sent.endpoint() {
            Some(endpoint) => format!("{method} {path} ({})", Name(endpoint)),
            None => format!("{method} {path}"),
        };
        let mut near: Vec<(Not, usize, Route)> = near
            .into_iter()
            .map(|(not, route)| (not, alike(path, &route.entry().target.template), route))
            .collect();
        near.sort_by_key(|(not, alike, _)| Reverse((not.clone(), *alike)));
        let near = near.into_iter().map(|(not, _, route)| (not, route.entry().target.to_string())).collect();
        Unmatched { request, near }
    }

    /// All routes, a line each, and what to do.
    pub(super) fn whole(&self) -> String {
        let near = self.near.iter().map(|(not, route)| format!("\n    {route}: {not}"));
        let near = if self.near.is_empty() { "\n    there are no routes".to_owned() } else { near.collect() };
        let help = "add one with `stub.on(..)`, for the endpoint or for \"GET /path/{id}\"";
        format!("no route takes `{}`{near}\n  help: {help}", self.request)
    }
}

/// How many characters they have in common where they begin.
fn alike(path: &str, template: &str) -> usize {
    path.chars().zip(template.chars()).take_while(|(a, b)| a == b).count()
}

/// In one line.
impl fmt::Display for Unmatched {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        write!(f, "no route of the stub takes {}", self.request)?;
        if self.near.is_empty() {
            return f.write_str(": there are none, add one with `stub.on(..)`");
        }
        for (i, (not, route)) in self.near.iter().take(NAMED).enumerate() {
            write!(f, "{} {route} [{not}]", if i == 0 { "; near:" } else { "," })?;
        }
        match self.near.len() {
            0..=NAMED => Ok(()),
            all => write!(f, ", and {} more", all - NAMED),
        }
    }
}

impl std::error::Error for Unmatched {}

/// For a route without an answer.
pub(super) fn no_answer(target: &Target) -> TransportError {
    let message =
        format!("the route {target} has no answer: give it one with `.returns(..)` or `.reply(..)`");
    TransportError::new(TransportErrorKind::Request, message)
}
