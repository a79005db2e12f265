//! What can go wrong with an attempt.

use crate::transport::{TransportError, TransportErrorKind};
use std::{fmt, io, str::FromStr};

/// What a [`Chaos`](super::Chaos) does to an attempt.
#[derive(Debug, Clone, PartialEq, Eq)]
#[non_exhaustive]
pub enum Fault {
    /// No connection is made: the server never sees the attempt. It is [`ErrorKind::Connect`](crate::ErrorKind::Connect).
    Refuse,
    /// The connection is reset before the server has seen the attempt, which the client cannot know:
    /// [`ErrorKind::Transport`](crate::ErrorKind::Transport), as the three that follow are.
    ResetBefore,
    /// The connection is reset after the server has seen the attempt and done what it asks for. The fault that makes it
    /// dangerous to send a request again.
    Reset,
    /// The server answers, and its answer breaks off. An answer that says an error is cut at a place that is drawn: what
    /// came of it counts, as over a socket.
    Truncate,
    /// The server answers, and its body is replaced by drawn bytes, as many as it had. Status and headers stay.
    Garbage,
    /// Whatever answers speaks no HTTP.
    NoHttp,
    /// An answer with this status, and no other header than its `Content-Type`: the server never sees the attempt. A status
    /// outside 100 to 999 counts as 500.
    Status(u16),
    /// The same status for this and the next attempts of the same endpoint. The history has each as a [`Status`](Self::Status).
    Storm {
        /// The status.
        status: u16,
        /// How many attempts, the first included; of none, as of one, it is the first.
        attempts: u32,
    },
    /// Nobody ever answers: the call goes on until its time limit.
    Hang,
}

impl Fault {
    /// A [`Storm`](Self::Storm): so many attempts, the first included, that all get this status.
    ///
    /// ```
    /// use apiclient::testing::Fault;
    ///
    /// assert_eq!(Fault::storm(503, 4), Fault::Storm { status: 503, attempts: 4 });
    /// ```
    pub fn storm(status: u16, attempts: u32) -> Self {
        Fault::Storm { status, attempts }
    }

    /// What it is in the history of an attempt, and for how many more attempts.
    pub(super) fn begin(self) -> (Self, u32) {
        match self {
            Fault::Storm { status, attempts } => (Fault::Status(status), attempts.saturating_sub(1)),
            other => (other, 0),
        }
    }

    /// For one line of a history.
    pub(super) fn sentence(&self) -> String {
        match self {
            Fault::Refuse => "the connection was refused".into(),
            Fault::ResetBefore => "the connection was reset before the server saw it".into(),
            Fault::Reset => "the connection was reset after the server saw it".into(),
            Fault::Truncate => "the answer broke off".into(),
            Fault::Garbage => "the body was garbage".into(),
            Fault::NoHttp => "what answered spoke no HTTP".into(),
            Fault::Status(status) => format!("answered with {status}"),
            Fault::Storm { status, attempts } => format!("{attempts} answers with {status}"),
            Fault::Hang => "no answer ever".into(),
        }
    }
}

pub(super) fn refused() -> TransportError {
    let refused = io::Error::new(io::ErrorKind::ConnectionRefused, "connection refused");
    TransportError::new(TransportErrorKind::Connect, refused)
}

pub(super) fn reset() -> TransportError {
    broken(io::Error::new(io::ErrorKind::ConnectionReset, "connection reset"))
}

pub(super) fn broken_off() -> TransportError {
    broken(io::Error::new(io::ErrorKind::UnexpectedEof, "the body ended too early"))
}

pub(super) fn no_http() -> TransportError {
    broken(io::Error::new(io::ErrorKind::InvalidData, "the other side spoke no HTTP"))
}

fn broken(source: io::Error) -> TransportError {
    TransportError::new(TransportErrorKind::Broken, source)
}

/// One word, as [`Chaos::replay`](super::Chaos::replay) reads it.
impl fmt::Display for Fault {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        match self {
            Fault::Status(status) => write!(f, "{status}"),
            Fault::Storm { status, attempts } => write!(f, "{status}x{attempts}"),
            other => f.write_str(WORDS.iter().find(|(_, fault)| fault == other).map_or("", |(word, _)| word)),
        }
    }
}

const WORDS: [(&str, Fault); 7] = [
    ("refuse", Fault::Refuse),
    ("reset-before", Fault::ResetBefore),
    ("reset", Fault::Reset),
    ("truncate", Fault::Truncate),
    ("garbage", Fault::Garbage),
    ("no-http", Fault::NoHttp),
    ("hang", Fault::Hang),
];

/// The word of a [`Display`](fmt::Display).
impl FromStr for Fault {
    type Err = String;

    fn from_str(word: &str) -> Result<Self, String> {
        if let Some((_, fault)) = WORDS.iter().find(|(known, _)| *known == word) {
            return Ok(fault.clone());
        }
        let number = word.split_once('x').map_or((word, None), |(status, n)| (status, Some(n)));
        let parsed = match number {
            (status, None) => status.parse().ok().map(Fault::Status),
            (status, Some(n)) => status.parse().ok().zip(n.parse().ok()).map(|(s, n)| Fault::storm(s, n)),
        };
        parsed.ok_or_else(|| format!("`{word}` is no fault"))
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_fault_is_one_word() {
        let numbers = [Fault::Status(503), Fault::storm(429, 4)];
        let all: Vec<Fault> = WORDS.iter().map(|(_, fault)| fault.clone()).chain(numbers).collect();
        let words: Vec<String> = all.iter().map(ToString::to_string).collect();
        assert_eq!(words.join(" "), "refuse reset-before reset truncate garbage no-http hang 503 429x4");
        assert_eq!(words.iter().map(|word| word.parse().unwrap()).collect::<Vec<Fault>>(), all);
        assert_eq!("503x".parse::<Fault>().unwrap_err(), "`503x` is no fault");
        assert_eq!("".parse::<Fault>().unwrap_err(), "`` is no fault");
    }
}
