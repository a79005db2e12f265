//! How far a request got: a fact that transports know and retries need.

use std::fmt;

/// How far an attempt came before it failed: whether its request can have been acted on.
///
/// Where a transport does not know, it says the worst that can be: a request that may have been sent was.
#[derive(Debug, Clone, Copy, PartialEq, Eq, PartialOrd, Ord, Hash)]
#[non_exhaustive]
pub enum Progress {
    /// There was no connection.
    NotConnected,
    /// There was a connection, and nothing of the request was written to it.
    NotWritten,
    /// The server said that it has not processed the request (HTTP/2: `REFUSED_STREAM`, or `GOAWAY` with a lower stream; RFC
    /// 9113, section 8.7).
    Refused,
    /// A part of the request was written: its body was not handed over to the end. A server may act on what it has.
    PartlyWritten,
    /// The request was written, as far as is known, and there was no answer.
    Written,
    /// The answer has begun.
    Answered,
}

impl Progress {
    /// Whether it is certain that the server has not acted on the request, so that it can be sent once more whatever it is.
    pub fn is_unsent(self) -> bool {
        self <= Progress::Refused
    }

    /// In a byte; 0 is none.
    pub(crate) fn to_u8(self) -> u8 {
        self as u8 + 1
    }

    /// As it was written by [`to_u8`](Self::to_u8).
    pub(crate) fn from_u8(code: u8) -> Option<Self> {
        let all = [
            Progress::NotConnected,
            Progress::NotWritten,
            Progress::Refused,
            Progress::PartlyWritten,
            Progress::Written,
            Progress::Answered,
        ];
        all.into_iter().find(|progress| progress.to_u8() == code)
    }

    /// A name for machines, which stays as it is: `not_written`.
    pub const fn as_str(self) -> &'static str {
        match self {
            Progress::NotConnected => "not_connected",
            Progress::NotWritten => "not_written",
            Progress::Refused => "refused",
            Progress::PartlyWritten => "partly_written",
            Progress::Written => "written",
            Progress::Answered => "answered",
        }
    }
}

impl fmt::Display for Progress {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str(self.as_str())
    }
}
