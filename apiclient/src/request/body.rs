//! What a request carries.

use super::body_stream::{BodyStream, Chunks, FromStream, Input, Reader};
use crate::{error::BoxError, pace::Upload};
use bytes::Bytes;
use futures_core::Stream;
use serde::Serialize;
use std::{
    fmt,
    sync::{Arc, Mutex, PoisonError},
};

/// The body of a request: nothing, bytes, a file, a stream, or several of them in a row.
///
/// A clone is cheap and stands for the same body. Bytes, files and factories give it anew to each attempt; a stream
/// can be sent once. Where the length is known it goes out as `Content-Length`, and a body that turns out shorter or
/// longer is an error of the attempt; where it is not, the body is sent in chunks.
///
/// | made by | replayable | length |
/// |---|---|---|
/// | `Body::from` of bytes or text | yes | known |
/// | `Body::file` (feature `tokio`) | yes, opened anew | known |
/// | [`Body::factory`] | yes, called anew | as you say |
/// | [`Body::stream`] | no | as you say |
///
/// ```
/// use apiclient::{Body, Client, Method};
///
/// # async fn run(client: Client) -> Result<(), apiclient::Error> {
/// let text = Body::from("hello");
/// assert_eq!((text.length(), text.is_replayable()), (Some(5), true));
/// client.call(Method::PUT, "/notes/1").body("text/plain", text).fetch::<()>().await?;
/// # Ok(()) }
/// ```
#[derive(Clone)]
pub struct Body(Content);

/// The common body is bytes, which cost nothing but themselves.
#[derive(Clone)]
enum Content {
    Memory(Bytes),
    /// The second is told how far an attempt comes.
    Sources(Arc<[Source]>, Option<Arc<Upload>>),
}

/// A piece of a body, with its length where that is known.
#[derive(Clone)]
struct Source {
    kind: Kind,
    length: Option<u64>,
}

#[derive(Clone)]
enum Kind {
    Bytes(Bytes),
    #[cfg(feature = "tokio")]
    File(Arc<std::path::Path>),
    Factory(Arc<dyn Fn() -> Box<dyn Chunks> + Send + Sync>),
    /// Empty once it was sent.
    Once(Arc<Mutex<Option<Box<dyn Chunks>>>>),
}

impl Default for Body {
    fn default() -> Self {
        Body(Content::Memory(Bytes::new()))
    }
}

impl<T: Into<Bytes>> From<T> for Body {
    fn from(bytes: T) -> Self {
        Body(Content::Memory(bytes.into()))
    }
}

impl Body {
    /// A file. It is looked at now, for its length, and read by each attempt anew, 64 KiB at a time. A file that has
    /// become shorter or longer is an error of the attempt. Attempts need a running Tokio runtime.
    ///
    /// ```
    /// use apiclient::{Body, Client, Method};
    ///
    /// # async fn run(client: Client) -> Result<(), Box<dyn std::error::Error>> {
    /// let backup = Body::file("/var/backups/monday.tar")?;
    /// client.call(Method::PUT, "/backups/monday").body("application/x-tar", backup).fetch::<()>().await?;
    /// # Ok(()) }
    /// ```
    ///
    /// # Errors
    ///
    /// If there is no such file, it may not be looked at, or it is something else (a folder, a pipe: use a
    /// [`stream`](Body::stream) for that).
    #[cfg(feature = "tokio")]
    pub fn file(path: impl AsRef<std::path::Path>) -> std::io::Result<Body> {
        let path = path.as_ref();
        let named =
            |kind, what: &dyn fmt::Display| std::io::Error::new(kind, format!("{}: {what}", path.display()));
        let about = std::fs::metadata(path).map_err(|e| named(e.kind(), &e))?;
        if !about.is_file() {
            return Err(named(std::io::ErrorKind::InvalidInput, &"not a regular file"));
        }
        Ok(Self::of(Kind::File(path.into()), Some(about.len())))
    }

    /// A body that `make` makes anew for each attempt, `length` bytes long if that is known. A stream of known length has
    /// to end too: its last chunk is held back until it is sure that nothing follows.
    ///
    /// ```
    /// use apiclient::Body;
    /// use futures_util::stream;
    ///
    /// let counted = Body::factory(Some(6), || stream::iter(["abc", "def"].map(Ok::<_, std::io::Error>)));
    /// assert_eq!((counted.length(), counted.is_replayable()), (Some(6), true));
    /// ```
    pub fn factory<S, C, E>(length: Option<u64>, make: impl Fn() -> S + Send + Sync + 'static) -> Body
    where
        S: Stream<Item = Result<C, E>> + Send + 'static,
        C: Into<Bytes>,
        E: Into<BoxError>,
    {
        Self::of(Kind::Factory(Arc::new(move || Box::new(FromStream::new(make())))), length)
    }

    /// A body that can be sent once: a second attempt is an error that says so. Its length is unknown unless
    /// [`with_length`](Body::with_length) says it.
    ///
    /// ```
    /// use apiclient::Body;
    /// use futures_util::stream;
    ///
    /// let once = Body::stream(stream::iter([Ok::<_, std::io::Error>("abc")]));
    /// assert_eq!((once.length(), once.is_replayable()), (None, false));
    /// assert_eq!(once.with_length(3).length(), Some(3));
    /// ```
    pub fn stream<S, C, E>(stream: S) -> Body
    where
        S: Stream<Item = Result<C, E>> + Send + 'static,
        C: Into<Bytes>,
        E: Into<BoxError>,
    {
        let chunks: Box<dyn Chunks> = Box::new(FromStream::new(stream));
        Self::of(Kind::Once(Arc::new(Mutex::new(Some(chunks)))), None)
    }

    /// Says how many bytes a stream gives. A body that knows its length keeps what it knows.
    pub fn with_length(self, length: u64) -> Body {
        match &self.0 {
            Content::Sources(sources, _) => match &**sources {
                [Source { kind, length: None }] => Self::of(kind.clone(), Some(length)),
                _ => self,
            },
            Content::Memory(_) => self,
        }
    }

    fn of(kind: Kind, length: Option<u64>) -> Body {
        Body(Content::Sources(Arc::new([Source { kind, length }]), None))
    }

    /// The bytes of a body that is in memory.
    pub fn bytes(&self) -> Option<&Bytes> {
        match &self.0 {
            Content::Memory(bytes) => Some(bytes),
            Content::Sources(..) => None,
        }
    }

    /// How many bytes it has, if that is known.
    pub fn length(&self) -> Option<u64> {
        match &self.0 {
            Content::Memory(bytes) => Some(length_of(bytes)),
            Content::Sources(sources, _) => {
                sources.iter().try_fold(0_u64, |sum, source| sum.checked_add(source.length?))
            }
        }
    }

    /// Whether it is known that there is nothing to send.
    pub fn is_empty(&self) -> bool {
        self.length() == Some(0)
    }

    /// Whether each attempt can send it. False as soon as a [`stream`](Body::stream) is in it.
    pub fn is_replayable(&self) -> bool {
        match &self.0 {
            Content::Memory(_) => true,
            Content::Sources(sources, _) => !sources.iter().any(|s| matches!(s.kind, Kind::Once(_))),
        }
    }

    /// The body for one attempt; for transports. Where [`bytes`](Body::bytes) gives something, that is cheaper.
    ///
    /// # Errors
    ///
    /// If the body holds a [`stream`](Body::stream) that was opened before.
    pub fn open(&self) -> Result<BodyStream, BoxError> {
        let readers = match &self.0 {
            Content::Memory(bytes) if bytes.is_empty() => Vec::new(),
            Content::Memory(bytes) => {
                vec![Reader::new(Input::Bytes(bytes.clone()), Some(length_of(bytes)))]
            }
            Content::Sources(sources, _) => sources.iter().map(Source::open).collect::<Result<_, _>>()?,
        };
        let watched = match &self.0 {
            Content::Memory(_) => None,
            Content::Sources(_, watched) => watched.clone(),
        };
        Ok(BodyStream::new(readers, self.length(), watched))
    }

    /// A streamed body that tells how far an attempt comes with it.
    pub(crate) fn watched(&self, by: &mut Option<Arc<Upload>>) -> Option<Box<Body>> {
        let Content::Sources(sources, _) = &self.0 else { return None };
        let upload = by.get_or_insert_default().clone();
        Some(Box::new(Body(Content::Sources(sources.clone(), Some(upload)))))
    }

    /// Several bodies in a row. Neighbours in memory become one piece.
    pub(crate) fn concat(bodies: impl IntoIterator<Item = Body>) -> Body {
        let mut sources = Vec::new();
        let mut memory = Vec::new();
        for body in bodies {
            match body.0 {
                Content::Memory(bytes) => memory.extend_from_slice(&bytes),
                Content::Sources(more, _) => {
                    flush(&mut memory, &mut sources);
                    sources.extend_from_slice(&more);
                }
            }
        }
        if sources.is_empty() {
            return memory.into();
        }
        flush(&mut memory, &mut sources);
        Body(Content::Sources(sources.into(), None))
    }
}

fn flush(memory: &mut Vec<u8>, sources: &mut Vec<Source>) {
    if !memory.is_empty() {
        let bytes = Bytes::from(std::mem::take(memory));
        sources.push(Source { length: Some(length_of(&bytes)), kind: Kind::Bytes(bytes) });
    }
}

fn length_of(bytes: &Bytes) -> u64 {
    u64::try_from(bytes.len()).unwrap_or(u64::MAX)
}

impl Source {
    fn open(&self) -> Result<Reader, BoxError> {
        let input = match &self.kind {
            Kind::Bytes(bytes) => Input::Bytes(bytes.clone()),
            #[cfg(feature = "tokio")]
            Kind::File(path) => Input::File(super::body_file::FileChunks::new(path.clone(), self.length)),
            Kind::Factory(make) => Input::Later(make.clone()),
            Kind::Once(slot) => {
                let stream = slot.lock().unwrap_or_else(PoisonError::into_inner).take();
                Input::chunks(
                    stream.ok_or("the body is a stream, which can be sent only once, and it was sent")?,
                )
            }
        };
        Ok(Reader::new(input, self.length))
    }
}

/// Kinds and lengths; what is in it is nobody's business.
impl fmt::Debug for Body {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        let sources = match &self.0 {
            Content::Memory(bytes) => return write!(f, "Body({} bytes)", bytes.len()),
            Content::Sources(sources, _) => sources,
        };
        let mut out = f.debug_tuple("Body");
        for Source { kind, length } in &**sources {
            let kind = match kind {
                Kind::Bytes(_) => "",
                #[cfg(feature = "tokio")]
                Kind::File(_) => "file of ",
                Kind::Factory(_) => "factory of ",
                Kind::Once(_) => "stream of ",
            };
            match length {
                Some(length) => out.field(&format_args!("{kind}{length} bytes")),
                None => out.field(&format_args!("{kind}unknown length")),
            };
        }
        out.finish()
    }
}

const _: () = assert!(size_of::<Body>() == size_of::<Bytes>(), "the common body costs nothing");

/// The dyn-safe twin of `Serialize` for JSON bodies: a type is compiled once, not once per endpoint.
#[diagnostic::on_unimplemented(
    message = "`{Self}` cannot be the body of a request",
    label = "a body is written as JSON with serde",
    note = "derive `serde::Serialize` for it; bytes, files and streams go as `#[body(bytes)]`"
)]
pub trait JsonBody {
    #[doc(hidden)]
    fn to_json(&self) -> Result<Vec<u8>, serde_json::Error>;
}

#[diagnostic::do_not_recommend]
impl<T: Serialize + ?Sized> JsonBody for T {
    fn to_json(&self) -> Result<Vec<u8>, serde_json::Error> {
        serde_json::to_vec(self)
    }
}

/// What an argument with `#[body(bytes)]` can be.
#[diagnostic::on_unimplemented(
    message = "`{Self}` is no body of bytes",
    label = "bytes are a `Bytes`, a `Vec<u8>`, a `&[u8]`, a text or a `Body`",
    note = "a value with serde goes as `#[body]`, which is JSON, `#[body(form)]` or `#[body(text)]`"
)]
pub trait BodyValue {
    #[doc(hidden)]
    fn body(&self) -> Option<Body>;
}

impl BodyValue for Body {
    fn body(&self) -> Option<Body> {
        Some(self.clone())
    }
}

impl BodyValue for Bytes {
    fn body(&self) -> Option<Body> {
        Some(self.clone().into())
    }
}

impl BodyValue for [u8] {
    fn body(&self) -> Option<Body> {
        Some(Bytes::copy_from_slice(self).into())
    }
}

impl BodyValue for str {
    fn body(&self) -> Option<Body> {
        self.as_bytes().body()
    }
}

impl<const N: usize> BodyValue for [u8; N] {
    fn body(&self) -> Option<Body> {
        self[..].body()
    }
}

impl BodyValue for Vec<u8> {
    fn body(&self) -> Option<Body> {
        self[..].body()
    }
}

impl BodyValue for String {
    fn body(&self) -> Option<Body> {
        self.as_bytes().body()
    }
}

impl<T: BodyValue> BodyValue for Option<T> {
    fn body(&self) -> Option<Body> {
        self.as_ref()?.body()
    }
}

impl<T: BodyValue + ?Sized> BodyValue for &T {
    fn body(&self) -> Option<Body> {
        (**self).body()
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use futures_util::{StreamExt, stream};
    use http_body::Body as _;
    use std::io;

    fn chunks(chunks: &[&'static str]) -> impl Stream<Item = io::Result<&'static str>> + Send + 'static {
        stream::iter(chunks.to_vec()).map(Ok)
    }

    async fn sent(body: &Body) -> Result<Bytes, String> {
        body.open().map_err(|e| e.to_string())?.read().await.map_err(|e| {
            std::iter::successors(Some(&*e as &dyn std::error::Error), |e| e.source())
                .map(ToString::to_string)
                .collect::<Vec<_>>()
                .join(": ")
        })
    }

    #[tokio::test]
    async fn bytes_and_factories_are_sent_again() {
        for (body, length) in [
            (Body::from("abc"), Some(3)),
            (Body::from(vec![b'a', b'b', b'c']), Some(3)),
            (Body::factory(Some(3), || chunks(&["a", "", "bc"])), Some(3)),
            (Body::factory(None, || chunks(&["ab", "c"])), None),
        ] {
            assert_eq!((body.length(), body.is_replayable(), body.is_empty()), (length, true, false));
            let again = body.clone();
            assert_eq!(
                (sent(&body).await.unwrap(), sent(&again).await.unwrap()),
                ("abc".into(), "abc".into())
            );
        }
        assert!(Body::default().is_empty() && Body::default().bytes().is_some());
        assert_eq!(sent(&Body::default()).await.unwrap(), "");
    }

    #[tokio::test]
    async fn a_stream_is_sent_once() {
        let body = Body::stream(chunks(&["ab", "c"]));
        let again = body.clone().with_length(3);
        assert_eq!((body.is_replayable(), body.length(), again.length()), (false, None, Some(3)));
        assert_eq!(sent(&body).await.unwrap(), "abc");
        for body in [body, again] {
            assert!(sent(&body).await.unwrap_err().contains("can be sent only once"));
        }
    }

    #[tokio::test]
    async fn a_length_is_kept_or_an_error() {
        let of = |length, parts: &'static [&str]| Body::factory(Some(length), move || chunks(parts));
        for (body, why) in [
            (of(4, &["ab", "c"]), "ended after 3 of 4 bytes"),
            (of(1, &[]), "ended after 0 of 1 bytes"),
            (of(2, &["ab", "c"]), "longer than the 2 bytes"),
            (of(2, &["abc"]), "longer than the 2 bytes"),
            (of(0, &["a"]), "longer than the 0 bytes"),
        ] {
            assert!(sent(&body).await.unwrap_err().contains(why), "{why}");
        }
        assert_eq!(sent(&of(0, &["", ""])).await.unwrap(), "");
        // Neither shorter nor longer in sum is enough: each source has to keep its own.
        let swapped = Body::concat([of(2, &["a"]), of(1, &["bc"])]);
        assert_eq!(swapped.length(), Some(3));
        assert!(sent(&swapped).await.is_err());
        assert_eq!(Body::from("abc").with_length(2).length(), Some(3), "it knows better");
        assert_eq!(Body::concat([of(u64::MAX, &[]), of(1, &[])]).length(), None);
    }

    #[tokio::test]
    async fn nothing_of_a_longer_stream_looks_whole() {
        let mut stream = Body::factory(Some(2), || chunks(&["a", "b", "c"])).open().unwrap();
        let mut seen = Vec::new();
        while let Some(frame) =
            std::future::poll_fn(|cx| std::pin::Pin::new(&mut stream).poll_frame(cx)).await
        {
            seen.push(frame.map(|f| f.into_data().unwrap()).map_err(drop));
            assert_ne!(stream.size_hint().exact(), Some(0));
        }
        assert_eq!(seen, [Ok("a".into()), Err(())]);
    }

    #[tokio::test]
    async fn the_size_is_what_is_left() {
        let mut stream =
            Body::concat([Body::from("a"), Body::factory(Some(2), || chunks(&["bc"]))]).open().unwrap();
        assert_eq!(stream.size_hint().exact(), Some(3));
        let first = std::future::poll_fn(|cx| std::pin::Pin::new(&mut stream).poll_frame(cx)).await;
        assert_eq!(first.unwrap().unwrap().into_data().unwrap(), "a");
        assert_eq!((stream.size_hint().exact(), stream.is_end_stream()), (Some(2), false));
        assert_eq!(Body::factory(None, || chunks(&[])).open().unwrap().size_hint().exact(), None);
    }

    #[tokio::test]
    async fn an_error_of_the_caller_is_the_end() {
        let failing = || stream::iter([Ok("a"), Err(io::Error::other("disk on fire")), Ok("b")]);
        let body = Body::factory(None, failing);
        assert_eq!(sent(&body).await.unwrap_err(), "the body of the request cannot be read: disk on fire");
    }

    #[test]
    fn nothing_of_it_is_printed() {
        let mixed =
            [Body::from("s3cret"), Body::stream(chunks(&["s3cret"])), Body::factory(Some(6), || chunks(&[]))];
        assert_eq!(format!("{:?}", mixed[0]), "Body(6 bytes)");
        let said = format!("{:?}", Body::concat(mixed));
        assert_eq!(said, "Body(6 bytes, stream of unknown length, factory of 6 bytes)");
    }

    #[cfg(feature = "tokio")]
    mod file {
        use super::*;
        use std::{env, fs, path::PathBuf, process};

        /// Removed when the test ends.
        struct Temporary(PathBuf);

        impl Temporary {
            fn new(name: &str, content: &[u8]) -> Self {
                let path = env::temp_dir().join(format!("apiclient-{}-{name}", process::id()));
                fs::write(&path, content).unwrap();
                Temporary(path)
            }
        }

        impl Drop for Temporary {
            fn drop(&mut self) {
                let _ = fs::remove_file(&self.0);
            }
        }

        #[tokio::test]
        async fn it_is_read_anew() {
            // Two chunks and a bit, two chunks exactly, nothing.
            for (name, length) in [("long", 150_000_u32), ("even", 2 << 16), ("empty", 0)] {
                let content: Vec<u8> = (0..length).map(|i| i.to_le_bytes()[i as usize % 3]).collect();
                let file = Temporary::new(name, &content);
                let body = Body::file(&file.0).unwrap();
                assert_eq!((body.length(), body.is_replayable()), (Some(u64::from(length)), true));
                assert_eq!(format!("{body:?}"), format!("Body(file of {length} bytes)"));
                for _ in 0..2 {
                    assert_eq!(sent(&body).await.unwrap(), content);
                }
            }
        }

        #[tokio::test]
        async fn a_file_that_changed_is_an_error() {
            let file = Temporary::new("changing", b"abc");
            let body = Body::file(&file.0).unwrap();
            for changed in ["ab", "abcd", ""] {
                fs::write(&file.0, changed).unwrap();
                let said = sent(&body).await.unwrap_err();
                assert!(said.contains(&format!("{} bytes now, it had 3", changed.len())), "{said}");
            }
            fs::write(&file.0, "new").unwrap();
            assert_eq!(sent(&body).await.unwrap(), "new");
            fs::remove_file(&file.0).unwrap();
            assert!(sent(&body).await.unwrap_err().contains("cannot be read: "));
        }

        #[tokio::test]
        async fn a_file_that_changes_on_the_way_is_an_error() {
            for (to, why) in [(70_000, "ended after 70000 of 200000"), (300_000, "longer than the 200000")] {
                let file = Temporary::new(&format!("way-{to}"), &vec![7; 200_000]);
                let mut stream = Body::file(&file.0).unwrap().open().unwrap();
                let first = std::future::poll_fn(|cx| std::pin::Pin::new(&mut stream).poll_frame(cx)).await;
                assert_eq!(first.unwrap().unwrap().into_data().unwrap().len(), 1 << 16);
                fs::OpenOptions::new().write(true).open(&file.0).unwrap().set_len(to).unwrap();
                assert!(stream.read().await.unwrap_err().to_string().contains(why), "{why}");
            }
        }

        #[test]
        fn what_is_no_file() {
            assert_eq!(Body::file("/nowhere/at/all").unwrap_err().kind(), io::ErrorKind::NotFound);
            assert_eq!(Body::file(env::temp_dir()).unwrap_err().kind(), io::ErrorKind::InvalidInput);
        }

        #[test]
        fn without_a_runtime() {
            let file = Temporary::new("runtime", b"abc");
            let body = Body::file(&file.0).unwrap();
            let mut stream = body.open().unwrap();
            let mut cx = std::task::Context::from_waker(std::task::Waker::noop());
            let polled = std::pin::Pin::new(&mut stream).poll_frame(&mut cx);
            assert!(matches!(polled, std::task::Poll::Ready(Some(Err(_)))));
        }
    }
}
