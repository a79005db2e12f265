//! What is expected of the calls of a mock, and what is said where it is not so.

use super::{Answers, Mocked};
use crate::testing::{Name, times::Was};

/// What a mock is asked about each of its methods.
pub trait Expectation {
    /// What is not as expected. When a mock is dropped, only what was said is; when it is verified, an answer that nobody asked for
    /// is a mistake as well.
    fn complaint(&self, is_verified: bool) -> Option<String>;
}

impl<A, T, E> Expectation for Mocked<A, T, E> {
    fn complaint(&self, is_verified: bool) -> Option<String> {
        let state = self.lock();
        let (name, count) = (Name(self.endpoint), state.calls.len());
        let was = Was("called", count);
        if let Some(refusal) = state.refused {
            return Some(state.told(refusal, self.endpoint));
        }
        match state.times {
            Some(times) if times.contains(count) => None,
            Some(times) => Some(format!("`{name}` {was}; expected: {times}")),
            None if !is_verified || state.answers.is_empty() => None,
            None if count == 0 => Some(format!(
                "`{name}` {was}\n  help: take its answer away, or say `.times(0..)` if it need not be called"
            )),
            None if !state.turns.is_through(state.answers.len()) => {
                Some(format!("`{name}` {was}, and has {}", Answers(state.answers.len())))
            }
            None => None,
        }
    }
}

/// `verify()` of a mock.
#[track_caller]
pub fn verify(methods: &[&dyn Expectation]) {
    check(methods, true);
}

/// The end of a mock; while a test fails already, nothing more is said.
#[track_caller]
pub fn end(methods: &[&dyn Expectation]) {
    if !std::thread::panicking() {
        check(methods, false);
    }
}

#[track_caller]
fn check(methods: &[&dyn Expectation], is_verified: bool) {
    let complaints: Vec<String> = methods.iter().filter_map(|method| method.complaint(is_verified)).collect();
    let list = complaints.join("\n- ");
    assert!(complaints.is_empty(), "the mock was not called as expected:\n- {list}");
}
