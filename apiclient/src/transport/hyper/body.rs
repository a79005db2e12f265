//! Bodies on their way out and in.

use super::{Progress, TransportError, broken};
use crate::{
    error::BoxError,
    pace::Upload,
    request::{Body, BodyStream},
    transport::{Collector, open},
};
use bytes::Bytes;
use http_body::{Frame, SizeHint};
use http_body_util::BodyExt;
use hyper::body::Incoming;
use std::{
    pin::Pin,
    sync::Arc,
    task::{Context, Poll},
};

/// A body as it is sent: in memory, or read on the way.
pub(super) enum Sending {
    Whole(Bytes),
    Stream(Box<BodyStream>),
}

impl Sending {
    pub(super) fn of(body: &Body) -> Result<Self, TransportError> {
        match body.bytes() {
            Some(bytes) => Ok(Sending::Whole(bytes.clone())),
            // Nobody would poll it.
            None if body.is_empty() => Ok(Sending::Whole(Bytes::new())),
            None => Ok(Sending::Stream(Box::new(open(body)?))),
        }
    }
}

impl Sending {
    /// Tells whether all of it was sent, where it is read on the way.
    pub(super) fn watch(&mut self) -> Option<Arc<Upload>> {
        match self {
            Sending::Whole(_) => None,
            Sending::Stream(stream) => Some(stream.watch()),
        }
    }
}

impl http_body::Body for Sending {
    type Data = Bytes;
    type Error = BoxError;

    fn poll_frame(
        mut self: Pin<&mut Self>,
        cx: &mut Context<'_>,
    ) -> Poll<Option<Result<Frame<Bytes>, BoxError>>> {
        match &mut *self {
            Sending::Whole(bytes) if bytes.is_empty() => Poll::Ready(None),
            Sending::Whole(bytes) => Poll::Ready(Some(Ok(Frame::data(std::mem::take(bytes))))),
            Sending::Stream(stream) => Pin::new(&mut **stream).poll_frame(cx),
        }
    }

    fn is_end_stream(&self) -> bool {
        match self {
            Sending::Whole(bytes) => bytes.is_empty(),
            Sending::Stream(stream) => stream.is_end_stream(),
        }
    }

    fn size_hint(&self) -> SizeHint {
        match self {
            Sending::Whole(bytes) => SizeHint::with_exact(bytes.len() as u64),
            Sending::Stream(stream) => stream.size_hint(),
        }
    }
}

/// Reads a body as far as it is wanted; whether it was read to its end.
pub(super) async fn read(body: &mut Incoming, collector: &mut Collector<'_>) -> Result<bool, TransportError> {
    while !http_body::Body::is_end_stream(body) {
        match body.frame().await {
            None => return Ok(true),
            Some(Ok(frame)) => {
                // Trailers are of no use here.
                let Ok(data) = frame.into_data() else { continue };
                if !collector.push(data)? {
                    return Ok(false);
                }
            }
            Some(Err(e)) => {
                collector.broken(broken(e).with_progress(Progress::Answered))?;
                return Ok(false);
            }
        }
    }
    Ok(true)
}
