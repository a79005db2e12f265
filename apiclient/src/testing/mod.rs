//! Stand-ins for tests: a transport that answers in memory, a clock that is moved by hand.

mod clock;
mod stub;

pub use clock::ManualClock;
pub use stub::Stub;
