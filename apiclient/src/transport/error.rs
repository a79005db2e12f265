//! Why no reply came, and how far the request got.

#[cfg(any(feature = "reqwest", feature = "hyper"))]
use crate::request::BodyFailed;
use crate::{error::BoxError, progress::Progress, response::DecodeError};
use std::{error::Error, fmt, iter};

/// Why no reply came.
#[derive(Debug)]
pub struct TransportError {
    pub(crate) kind: TransportErrorKind,
    progress: Progress,
    pub(crate) source: BoxError,
}

/// What a transport knows about its failure.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
#[non_exhaustive]
pub enum TransportErrorKind {
    /// No connection was made: nothing was sent.
    Connect,
    /// The connection broke or spoke no HTTP. How much of the request the server has seen is in
    /// [`progress`](TransportError::progress).
    Broken,
    /// The body is longer than the limit.
    TooLarge,
    /// The body is in a coding (`Content-Encoding`) that cannot be undone: it is broken, or there are too many of them.
    Encoding,
    /// A time limit of the transport's own was over.
    Timeout,
    /// The request cannot be sent as it is: nothing was sent.
    Request,
}

impl TransportError {
    /// A failure of `kind`. The source is printed: it must not hold a query or a credential.
    pub fn new(kind: TransportErrorKind, source: impl Into<BoxError>) -> Self {
        let progress = match kind {
            TransportErrorKind::Connect => Progress::NotConnected,
            TransportErrorKind::Request => Progress::NotWritten,
            TransportErrorKind::TooLarge | TransportErrorKind::Encoding => Progress::Answered,
            TransportErrorKind::Broken | TransportErrorKind::Timeout => Progress::Written,
        };
        TransportError { kind, progress, source: source.into() }
    }

    /// The same, where the transport knows how far the attempt came. Default: by its kind, the worst that can be.
    pub fn with_progress(mut self, progress: Progress) -> Self {
        self.progress = progress;
        self
    }

    /// The same, of a request whose body was read on the way: `sent` says whether all of it was.
    #[cfg(any(feature = "reqwest", feature = "hyper", feature = "tower"))]
    pub(super) fn with_body(mut self, sent: Option<&crate::pace::Upload>) -> Self {
        if self.progress == Progress::Written && sent.is_some_and(|sent| !sent.is_whole()) {
            self.progress = Progress::PartlyWritten;
        }
        self
    }

    /// What kind of failure it is.
    pub fn kind(&self) -> TransportErrorKind {
        self.kind
    }

    /// How far the attempt came.
    pub fn progress(&self) -> Progress {
        self.progress
    }
}

/// The causes of an error, itself first.
pub(super) fn causes<'a>(
    error: &'a (dyn Error + 'static),
) -> impl Iterator<Item = &'a (dyn Error + 'static)> {
    iter::successors(Some(error), |e: &&(dyn Error + 'static)| (*e).source())
}

/// What hyper and h2 say of a request that was on its way, whoever has wrapped it; `None` where they say nothing certain.
#[cfg(any(feature = "reqwest", feature = "hyper"))]
pub(super) fn certain_progress(error: &(dyn Error + 'static)) -> Option<Progress> {
    causes(error).take_while(|cause| !cause.is::<BodyFailed>()).find_map(|cause| {
        #[cfg(feature = "http2")]
        if let Some(error) = cause.downcast_ref::<h2::Error>() {
            let refused =
                error.is_remote() && error.is_reset() && error.reason() == Some(h2::Reason::REFUSED_STREAM);
            // h2 gives a GOAWAY to the streams above its last one only.
            let away = error.is_remote() && error.is_go_away();
            return (refused || away).then_some(Progress::Refused);
        }
        // Given back by the connection before it was begun.
        cause.downcast_ref::<::hyper::Error>().filter(|e| e.is_canceled()).map(|_| Progress::NotWritten)
    })
}

/// For transports that read what they send, as stubs do. Whether that was sent is not known.
impl From<DecodeError> for TransportError {
    fn from(error: DecodeError) -> Self {
        TransportError::new(TransportErrorKind::Request, error).with_progress(Progress::Written)
    }
}

/// For transports that make their replies themselves, as stubs do. Whether anything was sent is not known.
impl From<serde_json::Error> for TransportError {
    fn from(error: serde_json::Error) -> Self {
        TransportError::new(TransportErrorKind::Request, error).with_progress(Progress::Written)
    }
}

/// The two deepest causes: those above them say that something failed, these say what.
impl fmt::Display for TransportError {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        let mut said: Vec<String> = causes(&*self.source).map(ToString::to_string).collect();
        said.dedup_by(|deeper, above| above.contains(&**deeper));
        f.write_str(&said[said.len().saturating_sub(2)..].join(": "))
    }
}

impl Error for TransportError {
    fn source(&self) -> Option<&(dyn Error + 'static)> {
        Some(&*self.source)
    }
}
