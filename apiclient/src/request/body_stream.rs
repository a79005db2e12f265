//! A body on its way: what one attempt reads, with every length checked.

use crate::{error::BoxError, pace::Upload};
use bytes::Bytes;
use futures_core::Stream;
use http_body::{Frame, SizeHint};
use std::{
    error::Error,
    fmt,
    pin::Pin,
    sync::{Arc, Mutex, PoisonError},
    task::{Context, Poll, ready},
};

/// A body as one attempt sends it; from [`Body::open`](crate::Body::open).
///
/// It is an [`http_body::Body`](https://docs.rs/http-body): a transport polls it for frames. Its size hint is exact
/// where the length is known, and then as many bytes come out, or an error does.
///
/// ```
/// use apiclient::Body;
///
/// let stream = Body::from("hello").open()?;
/// assert_eq!(http_body::Body::size_hint(&stream).exact(), Some(5));
/// # Ok::<_, Box<dyn std::error::Error + Send + Sync>>(())
/// ```
pub struct BodyStream {
    /// The current one first.
    readers: std::vec::IntoIter<Reader>,
    current: Option<Reader>,
    left: Option<u64>,
    /// Told of every piece.
    watched: Option<Arc<Upload>>,
}

impl BodyStream {
    pub(super) fn new(readers: Vec<Reader>, length: Option<u64>, watched: Option<Arc<Upload>>) -> Self {
        let mut readers = readers.into_iter();
        let current = readers.next();
        BodyStream { readers, current, left: length, watched }
    }

    /// Tells whether all of it was handed over, also when it is gone.
    #[cfg(any(feature = "reqwest", feature = "hyper", feature = "tower"))]
    pub(crate) fn watch(&mut self) -> Arc<Upload> {
        self.watched.get_or_insert_default().clone()
    }

    /// All of it, if it is in memory and nobody has begun to read it or wants to know how far that is.
    #[cfg(feature = "tower")]
    pub(crate) fn take_bytes(&mut self) -> Option<Bytes> {
        if self.watched.is_some() || !self.readers.as_slice().is_empty() {
            return None;
        }
        match &mut self.current {
            None => Some(Bytes::new()),
            Some(Reader { input: Input::Bytes(bytes), given: 0, .. }) => Some(std::mem::take(bytes)),
            Some(_) => None,
        }
    }

    fn note_sent(&self) {
        if let Some(watched) = &self.watched {
            watched.finish();
        }
    }

    /// What a server would get.
    #[cfg(any(test, feature = "testing"))]
    pub(crate) async fn read(mut self) -> Result<Bytes, BoxError> {
        use http_body::Body;
        let mut all = Vec::new();
        while let Some(frame) = std::future::poll_fn(|cx| Pin::new(&mut self).poll_frame(cx)).await {
            if let Ok(chunk) = frame?.into_data() {
                all.extend_from_slice(&chunk);
            }
        }
        Ok(all.into())
    }
}

impl http_body::Body for BodyStream {
    type Data = Bytes;
    type Error = BoxError;

    fn poll_frame(
        self: Pin<&mut Self>,
        cx: &mut Context<'_>,
    ) -> Poll<Option<Result<Frame<Bytes>, BoxError>>> {
        let this = self.get_mut();
        while let Some(reader) = &mut this.current {
            let Poll::Ready(chunk) = reader.poll_chunk(cx) else {
                this.watched.iter().for_each(|watched| watched.asked());
                return Poll::Pending;
            };
            match chunk {
                Some(Ok(chunk)) => {
                    let length = u64::try_from(chunk.len()).unwrap_or(u64::MAX);
                    this.watched.iter().for_each(|watched| watched.handed(length));
                    this.left = this.left.map(|left| left.saturating_sub(length));
                    if this.left == Some(0) {
                        // Nobody asks for more. What was longer than it said has shown it by now.
                        this.note_sent();
                    }
                    return Poll::Ready(Some(Ok(Frame::data(chunk))));
                }
                Some(Err(e)) => {
                    let e = Box::new(BodyFailed(e));
                    // Nothing comes after an error.
                    this.current = None;
                    this.readers = Vec::new().into_iter();
                    this.watched = None;
                    return Poll::Ready(Some(Err(e)));
                }
                None => this.current = this.readers.next(),
            }
        }
        this.note_sent();
        Poll::Ready(None)
    }

    /// Said of the whole only when it was checked: whether a source gives more than its length shows at its end.
    fn is_end_stream(&self) -> bool {
        self.current.is_none()
    }

    fn size_hint(&self) -> SizeHint {
        self.left.map_or_else(SizeHint::default, SizeHint::with_exact)
    }
}

/// The caller's body broke off. What is behind it is the caller's affair, and says nothing about the request.
#[derive(Debug)]
pub(crate) struct BodyFailed(BoxError);

impl fmt::Display for BodyFailed {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        self.0.fmt(f)
    }
}

impl Error for BodyFailed {
    fn source(&self) -> Option<&(dyn Error + 'static)> {
        self.0.source()
    }
}

impl fmt::Debug for BodyStream {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.debug_struct("BodyStream").field("left", &self.left).finish_non_exhaustive()
    }
}

/// A stream of bytes, whatever it was before.
pub(super) trait Chunks: Send {
    fn poll_next(&mut self, cx: &mut Context<'_>) -> Poll<Option<Result<Bytes, BoxError>>>;
}

/// A caller's stream.
pub(super) struct FromStream<S>(Pin<Box<S>>);

impl<S> FromStream<S> {
    pub(super) fn new(stream: S) -> Self {
        FromStream(Box::pin(stream))
    }
}

impl<S, C, E> Chunks for FromStream<S>
where
    S: Stream<Item = Result<C, E>> + Send,
    C: Into<Bytes>,
    E: Into<BoxError>,
{
    fn poll_next(&mut self, cx: &mut Context<'_>) -> Poll<Option<Result<Bytes, BoxError>>> {
        self.0
            .as_mut()
            .poll_next(cx)
            .map(|chunk| chunk.map(|chunk| chunk.map(Into::into).map_err(Into::into)))
    }
}

/// Where the chunks of one source come from.
pub(super) enum Input {
    Bytes(Bytes),
    /// Made when it is its turn.
    Later(Arc<dyn Fn() -> Box<dyn Chunks> + Send + Sync>),
    /// Never locked: the mutex makes it `Sync`, as transports want a body.
    Chunks(Mutex<Box<dyn Chunks>>),
    #[cfg(feature = "tokio")]
    File(super::body_file::FileChunks),
    End,
}

impl Input {
    pub(super) fn chunks(chunks: Box<dyn Chunks>) -> Self {
        Input::Chunks(Mutex::new(chunks))
    }

    fn poll_next(&mut self, cx: &mut Context<'_>) -> Poll<Option<Result<Bytes, BoxError>>> {
        if let Input::Later(make) = self {
            *self = Input::chunks(make());
        }
        match self {
            Input::Bytes(bytes) => {
                let bytes = std::mem::take(bytes);
                *self = Input::End;
                Poll::Ready(Some(Ok(bytes)))
            }
            Input::Chunks(chunks) => {
                let chunks = chunks.get_mut().unwrap_or_else(PoisonError::into_inner);
                chunks.poll_next(cx).map_err(|e| Failed(e).into())
            }
            #[cfg(feature = "tokio")]
            Input::File(file) => file.poll_next(cx).map_err(|e| Failed(e).into()),
            Input::Later(_) | Input::End => Poll::Ready(None),
        }
    }
}

/// One source, held to its length.
pub(super) struct Reader {
    input: Input,
    length: Option<u64>,
    given: u64,
    /// The chunk that completes the length: it goes out when it is sure that no other comes, so that a server never
    /// takes the beginning of a longer body for the whole.
    last: Option<Bytes>,
}

impl Reader {
    pub(super) fn new(input: Input, length: Option<u64>) -> Self {
        Reader { input, length, given: 0, last: None }
    }

    fn poll_chunk(&mut self, cx: &mut Context<'_>) -> Poll<Option<Result<Bytes, BoxError>>> {
        loop {
            let chunk = match ready!(self.input.poll_next(cx)) {
                Some(Ok(chunk)) => chunk,
                Some(Err(e)) => return Poll::Ready(Some(Err(e))),
                None => {
                    // A stream that has ended is not asked again.
                    self.input = Input::End;
                    return Poll::Ready(self.end());
                }
            };
            if chunk.is_empty() {
                // An empty frame would end a chunked body. Others get their turn, should there be many.
                cx.waker().wake_by_ref();
                return Poll::Pending;
            }
            self.given = self.given.saturating_add(u64::try_from(chunk.len()).unwrap_or(u64::MAX));
            match self.length {
                Some(length) if self.given > length => {
                    let message = format!("the body is longer than the {length} bytes that were announced");
                    return Poll::Ready(Some(Err(message.into())));
                }
                Some(length) if self.given == length => self.last = Some(chunk),
                _ => return Poll::Ready(Some(Ok(chunk))),
            }
        }
    }

    fn end(&mut self) -> Option<Result<Bytes, BoxError>> {
        match self.length {
            Some(length) if self.given < length => {
                let message = format!("the body ended after {} of {length} bytes", self.given);
                Some(Err(message.into()))
            }
            _ => self.last.take().map(Ok),
        }
    }
}

/// The caller's own error, with a word on whose it is.
#[derive(Debug)]
struct Failed(BoxError);

impl fmt::Display for Failed {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str("the body of the request cannot be read")
    }
}

impl Error for Failed {
    fn source(&self) -> Option<&(dyn Error + 'static)> {
        Some(&*self.0)
    }
}

const _: fn() = || {
    fn sent<T: Send + Sync + Unpin + 'static>() {}
    sent::<BodyStream>();
    sent::<super::Body>();
};
