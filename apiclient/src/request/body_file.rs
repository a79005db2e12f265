//! A file, read in chunks on Tokio's blocking threads.

use crate::error::BoxError;
use bytes::Bytes;
use std::{
    fs::File,
    io::{self, Read},
    path::Path,
    pin::Pin,
    sync::Arc,
    task::{Context, Poll},
};
use tokio::{runtime::Handle, task::JoinHandle};

const CHUNK: u64 = 64 << 10;

/// The chunks of one opening of a file.
pub(super) enum FileChunks {
    Closed(Arc<Path>, Option<u64>),
    Reading(JoinHandle<io::Result<Step>>),
    Read(File),
    End,
}

/// A chunk, and the file if there may be more of it.
pub(super) struct Step(Bytes, Option<File>);

impl FileChunks {
    pub(super) fn new(path: Arc<Path>, length: Option<u64>) -> Self {
        FileChunks::Closed(path, length)
    }

    pub(super) fn poll_next(&mut self, cx: &mut Context<'_>) -> Poll<Option<Result<Bytes, BoxError>>> {
        loop {
            let step = match std::mem::replace(self, FileChunks::End) {
                FileChunks::Closed(path, length) => spawn(move || read(open(&path, length)?)),
                FileChunks::Read(file) => spawn(move || read(file)),
                FileChunks::Reading(mut work) => match Pin::new(&mut work).poll(cx) {
                    Poll::Pending => {
                        *self = FileChunks::Reading(work);
                        return Poll::Pending;
                    }
                    Poll::Ready(Ok(Ok(Step(chunk, file)))) => {
                        *self = file.map_or(FileChunks::End, FileChunks::Read);
                        return Poll::Ready((!chunk.is_empty()).then_some(Ok(chunk)));
                    }
                    Poll::Ready(Ok(Err(e))) => Err(e.into()),
                    Poll::Ready(Err(e)) => Err(e.into()),
                },
                FileChunks::End => return Poll::Ready(None),
            };
            match step {
                Ok(work) => *self = FileChunks::Reading(work),
                Err(e) => return Poll::Ready(Some(Err(e))),
            }
        }
    }
}

/// Tokio's own panics outside a runtime.
fn spawn(
    work: impl FnOnce() -> io::Result<Step> + Send + 'static,
) -> Result<JoinHandle<io::Result<Step>>, BoxError> {
    let runtime = Handle::try_current().map_err(|_| "a file needs a running Tokio runtime to be read")?;
    Ok(runtime.spawn_blocking(work))
}

/// A file of another length is refused before anything of it is sent.
fn open(path: &Path, length: Option<u64>) -> io::Result<File> {
    let file = File::open(path)?;
    let now = file.metadata()?.len();
    match length {
        Some(length) if length != now => {
            let message = format!("the file has {now} bytes now, it had {length} when the body was made");
            Err(io::Error::new(io::ErrorKind::InvalidData, message))
        }
        _ => Ok(file),
    }
}

fn read(mut file: File) -> io::Result<Step> {
    let mut chunk = Vec::new();
    chunk.reserve_exact(usize::try_from(CHUNK).unwrap_or_default());
    (&mut file).take(CHUNK).read_to_end(&mut chunk)?;
    let full = u64::try_from(chunk.len()) == Ok(CHUNK);
    Ok(Step(chunk.into(), full.then_some(file)))
}
