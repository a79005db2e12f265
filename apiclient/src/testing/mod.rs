//! Stand-ins for tests: a transport that answers in memory, one that misbehaves, a clock that is moved by hand, numbers that
//! are no surprise.

mod chaos;
mod clock;
pub(crate) mod mock;
mod random;
#[cfg(feature = "test-server")]
mod server;
mod stub;
mod times;
mod turns;

use crate::{
    answer::{Answer, Context, Reply, Response},
    endpoint::Endpoint,
    error::{Error, ErrorKind},
    response::{blot, said},
    safe::Known,
};
use bytes::Bytes;
use std::fmt;

pub use chaos::{Chaos, Event, Fault, Latency, Rules, World, explore, replay};
pub use clock::ManualClock;
pub use mock::Mocked;
pub use random::SeededRandom;
#[cfg(feature = "test-server")]
pub use server::{TestServer, TestServerBuilder};
pub use stub::{IntoRoute, Route, Sent, Stub};
pub use times::Times;

/// What people call an endpoint: `GitHub::repo`.
pub(crate) struct Name<'a>(pub(crate) &'a Endpoint);

impl fmt::Display for Name<'_> {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        write!(f, "{}::{}", self.0.api().name(), self.0.name())
    }
}

/// The error of an answer with this status, for fakes that fail. A `status` outside 100 to 999 counts as 500.
///
/// ```
/// use apiclient::{Call, testing};
/// let call: Call<String> = Call::ready(Err(testing::error(404, "{\"message\": \"nobody\"}")));
/// ```
pub fn error(status: u16, body: impl Into<Bytes>) -> Error {
    error_from(Reply::new(status, body))
}

/// The error of this answer, with its headers: a problem document, a `Retry-After`.
///
/// ```
/// use apiclient::{HeaderName, HeaderValue, testing, transport::Reply};
/// let reply = Reply::new(429, "").with_header(HeaderName::from_static("retry-after"), HeaderValue::from_static("7"));
/// assert_eq!(testing::error_from(reply).retry_after().unwrap().as_secs(), 7);
/// ```
pub fn error_from(reply: Reply) -> Error {
    let kind = if reply.status().is_redirection() { ErrorKind::Redirect } else { ErrorKind::Status };
    let clean = |text: &str| blot(text, &|_| Known::No).into_owned();
    let said = said(None, &reply, None, &clean);
    Error::new(kind, "").with_reply(reply).with_said(said)
}

/// An error without an answer, for fakes that fail: a timeout, a connection that was not made.
///
/// ```
/// use apiclient::{Call, ErrorKind, testing};
/// let call: Call<String> = Call::ready(Err(testing::failure(ErrorKind::Timeout)));
/// ```
pub fn failure(kind: ErrorKind) -> Error {
    Error::new(kind, "said by a fake")
}

/// A whole answer around a value, for fakes of methods that return a [`Response`]. A `status` outside 100 to 999 counts as 500.
///
/// ```
/// use apiclient::{Call, Response, testing};
/// let call: Call<Response<u8>> = Call::ready(Ok(testing::response(203, 7).with_header("etag", "\"1\"")));
/// ```
pub fn response<T>(status: u16, body: T) -> Response<T> {
    Answer::new(Reply::new(status, Bytes::new()), Context::default()).take_response(body)
}

/// Runs a future that waits for nothing but time, on this thread and without a runtime: what a mock answers, what a program makes of
/// it. For one that uses a clock of its own, see [`ManualClock::run`].
///
/// ```
/// use apiclient::{Call, testing};
/// let call: Call<u64> = Call::ready(Ok(7));
/// assert_eq!(testing::run(call)?, 7);
/// # Ok::<_, apiclient::Error>(())
/// ```
///
/// # Panics
///
/// As [`ManualClock::run`]: if it waits for something else, such as a socket.
#[track_caller]
pub fn run<F: Future>(future: F) -> F::Output {
    ManualClock::new().run(future)
}
