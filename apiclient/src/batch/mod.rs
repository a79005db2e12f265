//! Many calls, some at a time.

#[cfg(feature = "progress")]
mod progress;

#[cfg(feature = "progress")]
pub use self::progress::BatchProgress;

use crate::{
    error::{Error, ErrorKind},
    mapping::ApiError,
};
use futures_core::Stream;
use futures_util::stream::{FuturesOrdered, FuturesUnordered, StreamExt, iter};
use std::{
    collections::BTreeMap,
    fmt,
    pin::Pin,
    task::{Context, Poll, ready},
};

/// A call for each of these inputs, eight at a time: a stream of each input with what has become of it.
///
/// It begins a call only when there is room for it, and takes the next input only then: it holds no more than those under way, however many there
/// are. What the calls are limited to counts here as well. A batch that is dropped drops what is under way, and one that waits in a `select!` loses nothing.
///
/// ```
/// use apiclient::{batch, prelude::*};
/// # use apiclient::testing::{ManualClock, Stub};
///
/// #[api_client(base_url = "https://api.example.com")]
/// trait Users {
///     #[get("/users/{id}")]
///     fn user(&self, id: u64) -> Call<String>;
/// }
///
/// # let (stub, clock) = (Stub::json("\"ada\""), ManualClock::new());
/// let users = UsersClient::builder()
/// #   .transport(stub).clock(clock.clone())
///     .build()?;
/// # clock.run(async {
/// let mut names = batch(1..=1_000, |id| users.user(*id)).concurrency(16);
/// while let Some((id, name)) = names.next().await {
///     match name {
///         Ok(name) => println!("{id}: {name}"),
///         Err(e) => println!("{id}: {e}"),
///     }
/// }
/// # });
/// # Ok::<_, apiclient::Error>(())
/// ```
pub fn batch<I, F, W>(inputs: I, call: F) -> Batch<futures_util::stream::Iter<I::IntoIter>, F, W>
where
    I: IntoIterator,
    F: FnMut(&I::Item) -> W,
    W: Future,
{
    batch_stream(iter(inputs), call)
}

/// The same for inputs that come one after the other, and perhaps without an end: a queue, the lines of a file, the pages of another API.
pub fn batch_stream<S, F, W>(inputs: S, call: F) -> Batch<S, F, W>
where
    S: Stream,
    F: FnMut(&S::Item) -> W,
    W: Future,
{
    Batch {
        inputs: Some(Box::pin(inputs)),
        call,
        most: 8,
        stops: false,
        stopped: false,
        running: Running::Any(FuturesUnordered::new()),
        #[cfg(feature = "progress")]
        progress: None,
    }
}

/// Many calls, some at a time; from [`batch`].
#[must_use = "a batch does nothing until it is polled"]
pub struct Batch<S: Stream, F, W: Future> {
    /// None where there are no more.
    inputs: Option<Pin<Box<S>>>,
    call: F,
    most: usize,
    stops: bool,
    stopped: bool,
    running: Running<S::Item, W>,
    #[cfg(feature = "progress")]
    progress: Option<BatchProgress>,
}

/// Those under way.
enum Running<I, W: Future> {
    Any(FuturesUnordered<One<I, W>>),
    InOrder(FuturesOrdered<One<I, W>>),
}

/// A call with its input.
struct One<I, W> {
    input: Option<I>,
    work: Pin<Box<W>>,
}

/// Neither is pinned in place.
impl<I, W> Unpin for One<I, W> {}

impl<I, W: Future> Future for One<I, W> {
    type Output = (Option<I>, W::Output);

    fn poll(mut self: Pin<&mut Self>, cx: &mut Context<'_>) -> Poll<Self::Output> {
        let output = ready!(self.work.as_mut().poll(cx));
        Poll::Ready((self.input.take(), output))
    }
}

impl<I, W: Future> Running<I, W> {
    fn len(&self) -> usize {
        match self {
            Running::Any(all) => all.len(),
            Running::InOrder(all) => all.len(),
        }
    }

    fn push(&mut self, one: One<I, W>) {
        match self {
            Running::Any(all) => all.push(one),
            Running::InOrder(all) => all.push_back(one),
        }
    }

    fn poll(&mut self, cx: &mut Context<'_>) -> Poll<Option<(Option<I>, W::Output)>> {
        match self {
            Running::Any(all) => all.poll_next_unpin(cx),
            Running::InOrder(all) => all.poll_next_unpin(cx),
        }
    }
}

impl<S: Stream, F, W: Future> Batch<S, F, W> {
    /// How many run at a time; 0 counts as one. Default: 8.
    pub fn concurrency(mut self, most: usize) -> Self {
        self.most = most.max(1);
        self
    }

    /// Results in the order of the inputs; one that takes long keeps those behind it waiting, and no more begin than fit. Default: as
    /// they come.
    pub fn in_order(mut self) -> Self {
        self.running = Running::InOrder(FuturesOrdered::new());
        self
    }

    /// After the first error no other call begins; those under way are finished, and given. Default: all of them are made.
    pub fn stop_on_error(mut self) -> Self {
        self.stops = true;
        self
    }

    /// Shows on a bar how far it is. Default: nothing is shown.
    #[cfg(feature = "progress")]
    pub fn progress(mut self, progress: BatchProgress) -> Self {
        self.progress = Some(progress);
        self
    }
}

/// It is not pinned in place: futures and inputs are boxed.
impl<S: Stream, F, W: Future> Unpin for Batch<S, F, W> {}

impl<S, F, W, T, E> Stream for Batch<S, F, W>
where
    S: Stream,
    F: FnMut(&S::Item) -> W,
    W: Future<Output = Result<T, E>>,
{
    type Item = (S::Item, Result<T, E>);

    fn poll_next(mut self: Pin<&mut Self>, cx: &mut Context<'_>) -> Poll<Option<Self::Item>> {
        let this = &mut *self;
        #[cfg(feature = "progress")]
        if let Some(progress) = &mut this.progress {
            progress.begin(|| {
                let (least, most) = this.inputs.as_ref().map_or((0, Some(0)), Stream::size_hint);
                most.filter(|most| *most == least)
            });
        }
        while !this.stopped && this.running.len() < this.most {
            let Some(inputs) = &mut this.inputs else { break };
            match inputs.as_mut().poll_next(cx) {
                Poll::Ready(Some(input)) => {
                    let work = Box::pin((this.call)(&input));
                    this.running.push(One { input: Some(input), work });
                }
                Poll::Ready(None) => this.inputs = None,
                Poll::Pending => break,
            }
        }
        match this.running.poll(cx) {
            Poll::Ready(Some((Some(input), result))) => {
                this.stopped |= this.stops && result.is_err();
                #[cfg(feature = "progress")]
                if let Some(progress) = &mut this.progress {
                    progress.done(result.is_ok());
                }
                Poll::Ready(Some((input, result)))
            }
            // No call is under way: either there will be none, or the next input is waited for.
            Poll::Ready(_) if this.inputs.is_none() || this.stopped => {
                #[cfg(feature = "progress")]
                if let Some(progress) = &mut this.progress {
                    progress.end();
                }
                Poll::Ready(None)
            }
            Poll::Ready(_) | Poll::Pending => Poll::Pending,
        }
    }

    fn size_hint(&self) -> (usize, Option<usize>) {
        let (least, most) = match &self.inputs {
            Some(inputs) => inputs.size_hint(),
            None => (0, Some(0)),
        };
        let running = self.running.len();
        // It may stop.
        let least = if self.stops || self.stopped { running } else { least.saturating_add(running) };
        (least, most.and_then(|most| most.checked_add(running)))
    }
}

impl<S, F, W, T, E> Batch<S, F, W>
where
    S: Stream,
    F: FnMut(&S::Item) -> W,
    W: Future<Output = Result<T, E>>,
{
    /// The next input that is done, with its result; none where all are. It is what `StreamExt::next` is, for those who have no such trait at hand.
    pub async fn next(&mut self) -> Option<(S::Item, Result<T, E>)> {
        StreamExt::next(self).await
    }
}

impl<S, F, W, T, E> Batch<S, F, W>
where
    S: Stream,
    F: FnMut(&S::Item) -> W,
    W: Future<Output = Result<T, E>>,
    E: ApiError,
{
    /// Makes all the calls, hands each result to `each`, and says what they have come to. An error type of your own has to be an
    /// [`ApiError`](trait@crate::ApiError).
    ///
    /// ```
    /// # use apiclient::{batch, prelude::*, testing::{ManualClock, Stub}};
    /// # #[api_client(base_url = "https://api.example.com")]
    /// # trait Users { #[get("/users/{id}")] fn user(&self, id: u64) -> Call<String>; }
    /// # let (stub, clock) = (Stub::json("\"ada\""), ManualClock::new());
    /// # let users = UsersClient::builder().transport(stub).clock(clock.clone()).build()?;
    /// # clock.run(async {
    /// let summary = batch(1..=1_000, |id| users.user(*id)).run(|id, name| println!("{id}: {name:?}")).await;
    /// println!("{summary}"); // 1000 calls: 1000 well
    /// # assert_eq!(summary.to_string(), "1000 calls: 1000 well");
    /// # });
    /// # Ok::<_, apiclient::Error>(())
    /// ```
    pub async fn run(mut self, mut each: impl FnMut(S::Item, Result<T, E>)) -> Summary {
        let mut summary = Summary::default();
        while let Some((input, result)) = self.next().await {
            summary.count(result.as_ref().err());
            each(input, result);
        }
        summary
    }
}

impl<S: Stream, F, W: Future> fmt::Debug for Batch<S, F, W> {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.debug_struct("Batch").field("running", &self.running.len()).finish_non_exhaustive()
    }
}

/// What the calls of a batch have come to.
#[derive(Debug, Clone, Default, PartialEq, Eq)]
pub struct Summary {
    successes: u64,
    failures: BTreeMap<&'static str, u64>,
}

impl Summary {
    fn count<E: ApiError>(&mut self, error: Option<&E>) {
        let Some(error) = error else {
            self.successes += 1;
            return;
        };
        // A variant that does not keep the error stands for an answer.
        let kind = error.error().map_or(ErrorKind::Status, Error::kind);
        *self.failures.entry(kind.as_str()).or_default() += 1;
    }

    /// How many calls were made.
    pub fn calls(&self) -> u64 {
        self.successes + self.failures()
    }

    /// How many went well.
    pub fn successes(&self) -> u64 {
        self.successes
    }

    /// How many failed.
    pub fn failures(&self) -> u64 {
        self.failures.values().sum()
    }

    /// How many failed in each way, by the [name](crate::ErrorKind::as_str) of the kind, the most frequent first; `status` for a variant of your own error type that
    /// does not keep the runtime's error.
    pub fn failures_by_kind(&self) -> Vec<(&'static str, u64)> {
        let mut all: Vec<_> = self.failures.iter().map(|(kind, count)| (*kind, *count)).collect();
        all.sort_by_key(|(_, count)| std::cmp::Reverse(*count));
        all
    }
}

/// In a line: `1000 calls: 950 well, 48 status, 2 timeout`.
impl fmt::Display for Summary {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        write!(f, "{} calls: {} well", self.calls(), self.successes)?;
        self.failures_by_kind().iter().try_for_each(|(kind, count)| write!(f, ", {count} {kind}"))
    }
}
