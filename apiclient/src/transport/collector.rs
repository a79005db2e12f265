//! Gathers a body as it arrives, within limits: the same over every transport.

use super::{Trace, TransportError, TransportErrorKind};
use crate::{
    coding::{Stop, Unpacker},
    endpoint::Statuses,
};
use bytes::Bytes;
use http::StatusCode;
use std::fmt;

/// How much of a body is read.
#[derive(Debug, Clone, Copy)]
pub(crate) struct Limits {
    /// A success: more is an error.
    pub(crate) body: usize,
    /// Anything else: more is cut off.
    pub(crate) error_body: usize,
    /// Which statuses are a success.
    pub(crate) successes: Statuses,
    /// Whether a body that arrives packed is unpacked.
    pub(crate) unpacks: bool,
}

impl Limits {
    pub(super) fn collector(self, status: StatusCode, trace: &Trace) -> Collector<'_> {
        trace.arrive(1);
        let (limit, cut) =
            if self.successes.contains(status) { (self.body, false) } else { (self.error_body, true) };
        Collector {
            limit,
            cut,
            first: Bytes::new(),
            all: Vec::new(),
            length: None,
            unpacker: None,
            packed_room: 0,
            trace,
        }
    }
}

/// Gathers the chunks of a body up to a limit, and undoes its `Content-Encoding`. A plain body of one chunk is not copied.
pub struct Collector<'a> {
    limit: usize,
    cut: bool,
    first: Bytes,
    all: Vec<u8>,
    length: Option<usize>,
    unpacker: Option<Box<Unpacker>>,
    /// How much of a packed body may still come.
    packed_room: usize,
    /// Told of every chunk.
    trace: &'a Trace,
}

impl Collector<'_> {
    /// With the length that the server says.
    pub(super) fn expecting(mut self, length: Option<u64>) -> Result<Self, TransportError> {
        let length = length.map(|l| usize::try_from(l).unwrap_or(usize::MAX));
        if !self.cut && length.is_some_and(|l| l > self.limit) {
            return Err(self.too_large());
        }
        self.length = length;
        Ok(self)
    }

    /// With a body that is packed: it may be a little longer so than it becomes, and no more.
    pub(super) fn unpacking(
        mut self,
        unpacker: Box<Unpacker>,
        length: Option<u64>,
    ) -> Result<Self, TransportError> {
        self.packed_room = self.limit.saturating_add(self.limit / 8).saturating_add(64 << 10);
        let room = u64::try_from(self.packed_room).unwrap_or(u64::MAX);
        if !self.cut && length.is_some_and(|length| length > room) {
            return Err(self.too_large());
        }
        self.unpacker = Some(unpacker);
        Ok(self)
    }

    /// What to make of a body that breaks off: an error's is what came of it, a success without its body is none.
    ///
    /// # Errors
    ///
    /// The given one, for a success.
    pub fn broken(&self, error: TransportError) -> Result<(), TransportError> {
        if self.cut { Ok(()) } else { Err(error) }
    }

    /// Takes one chunk; `false` when no more is wanted.
    ///
    /// # Errors
    ///
    /// If the body is longer than the limit, or cannot be unpacked.
    pub fn push(&mut self, mut chunk: Bytes) -> Result<bool, TransportError> {
        self.trace.arrive(chunk.len());
        if self.unpacker.is_some() {
            let Some(left) = self.packed_room.checked_sub(chunk.len()) else {
                return if self.cut { Ok(false) } else { Err(self.too_large()) };
            };
            self.packed_room = left;
            return self.unpack(|unpacker, out| unpacker.unpack(&chunk, out));
        }
        let room = self.room();
        let full = chunk.len() > room;
        if full && !self.cut {
            return Err(self.too_large());
        }
        chunk.truncate(room);
        if self.first.is_empty() && self.all.is_empty() {
            self.first = chunk;
        } else {
            if self.all.is_empty() {
                // The length is the server's word: it is trusted up to a megabyte.
                self.all.reserve(self.length.unwrap_or_default().min(1 << 20));
                self.all.extend_from_slice(&std::mem::take(&mut self.first));
            }
            self.all.extend_from_slice(&chunk);
        }
        Ok(!full)
    }

    /// The body, once there is no more of it.
    ///
    /// # Errors
    ///
    /// If it was packed, and its end is missing.
    pub fn finish(mut self) -> Result<Bytes, TransportError> {
        if self.unpacker.is_some() {
            self.unpack(Unpacker::end)?;
        }
        Ok(if self.all.is_empty() { self.first } else { self.all.into() })
    }

    fn room(&self) -> usize {
        self.limit - self.first.len().max(self.all.len())
    }

    /// Takes what comes out; `false` when no more is wanted. Of an error that is broken the beginning is kept.
    fn unpack(
        &mut self,
        work: impl FnOnce(&mut Unpacker, &mut dyn FnMut(&[u8]) -> Result<(), Stop>) -> Result<(), Stop>,
    ) -> Result<bool, TransportError> {
        let Some(mut unpacker) = self.unpacker.take() else { return Ok(true) };
        let done = work(&mut unpacker, &mut |piece| {
            let room = self.room();
            self.all.extend_from_slice(&piece[..piece.len().min(room)]);
            if piece.len() > room { Err(Stop::Full) } else { Ok(()) }
        });
        match done {
            Ok(()) => {
                self.unpacker = Some(unpacker);
                Ok(true)
            }
            Err(_) if self.cut => Ok(false),
            Err(Stop::Full) => Err(self.too_large()),
            Err(Stop::Swells) => Err(TransportError::new(TransportErrorKind::TooLarge, Stop::Swells)),
            Err(stop) => Err(TransportError::new(TransportErrorKind::Encoding, stop)),
        }
    }

    fn too_large(&self) -> TransportError {
        TransportError::new(
            TransportErrorKind::TooLarge,
            format!("the body is longer than {} bytes", self.limit),
        )
    }
}

impl fmt::Debug for Collector<'_> {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        let read = self.first.len().max(self.all.len());
        f.debug_struct("Collector").field("read", &read).field("limit", &self.limit).finish_non_exhaustive()
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    fn limits(status: u16) -> Collector<'static> {
        let trace = Box::leak(Box::default());
        Limits { body: 10, error_body: 4, successes: Statuses::SUCCESS, unpacks: true }
            .collector(StatusCode::from_u16(status).unwrap(), trace)
    }

    #[test]
    fn a_success_that_is_too_long_is_an_error() {
        let mut one = limits(200);
        assert!(one.push(Bytes::from_static(b"0123456789")).unwrap());
        assert_eq!(one.push(Bytes::from_static(b"x")).unwrap_err().kind, TransportErrorKind::TooLarge);
        assert!(limits(200).expecting(Some(11)).is_err());
        assert!(limits(200).expecting(Some(u64::MAX)).is_err());
        assert!(limits(200).expecting(Some(10)).is_ok());
        assert!(limits(200).expecting(None).is_ok(), "the transport's affair");
    }

    #[test]
    fn an_error_that_is_too_long_is_cut() {
        let mut two = limits(500).expecting(Some(1 << 40)).unwrap();
        assert!(two.push(Bytes::from_static(b"012")).unwrap());
        assert!(!two.push(Bytes::from_static(b"3456")).unwrap());
        assert_eq!(two.finish().unwrap(), "0123");
        assert_eq!(limits(200).finish().unwrap(), "");
    }
}
