//! Stand-ins for tests: a transport that answers in memory, a clock that is moved by hand, numbers that are no surprise.

mod clock;
mod random;
mod stub;
mod times;

use crate::{
    answer::Reply,
    error::{Error, ErrorKind},
    response::{blot, said},
    safe::Known,
};
use bytes::Bytes;
use http::{HeaderMap, StatusCode};

pub use clock::ManualClock;
pub use random::SeededRandom;
pub use stub::{IntoRoute, Route, Sent, Stub};
pub use times::Times;

/// The error of an answer with this status, for fakes that fail. A `status` outside 100 to 999 counts as 500.
///
/// ```
/// use apiclient::{Call, testing};
/// let call: Call<String> = Call::ready(Err(testing::error(404, "{\"message\": \"nobody\"}")));
/// ```
pub fn error(status: u16, body: impl Into<Bytes>) -> Error {
    let status = StatusCode::from_u16(status).unwrap_or(StatusCode::INTERNAL_SERVER_ERROR);
    let kind = if status.is_redirection() { ErrorKind::Redirect } else { ErrorKind::Status };
    let reply = Reply::from_parts(status, HeaderMap::new(), body.into());
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
