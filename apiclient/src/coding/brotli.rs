//! `br`, RFC 7932: one stream and nothing behind it. Its window is up to 16 MiB, and grows with what is written.

use super::{Decoder, Out, PIECE, Stop};
use brotli_decompressor::{BrotliDecompressStream, BrotliResult, BrotliState, StandardAlloc};

type State = BrotliState<StandardAlloc, StandardAlloc, StandardAlloc>;

pub(super) struct Brotli {
    state: Box<State>,
    piece: Box<[u8]>,
    ended: bool,
}

impl Brotli {
    pub(super) fn new() -> Self {
        let new = StandardAlloc::default;
        // Strict: without the windows of up to a gigabyte that are no part of the RFC.
        let state = Box::new(State::new_strict(new(), new(), new()));
        Brotli { state, piece: vec![0; PIECE].into(), ended: false }
    }
}

impl Decoder for Brotli {
    fn decode(&mut self, input: &[u8], out: Out<'_>) -> Result<(), Stop> {
        let (mut left, mut used) = (input.len(), 0);
        while !self.ended {
            let (mut room, mut written, mut total) = (self.piece.len(), 0, 0);
            let result = BrotliDecompressStream(
                &mut left,
                &mut used,
                input,
                &mut room,
                &mut written,
                &mut self.piece,
                &mut total,
                &mut self.state,
            );
            if written > 0 {
                out(&self.piece[..written])?;
            }
            match result {
                BrotliResult::NeedsMoreInput => return Ok(()),
                BrotliResult::NeedsMoreOutput => {}
                BrotliResult::ResultSuccess => self.ended = true,
                BrotliResult::ResultFailure => return Err(Stop::Corrupt),
            }
        }
        if left == 0 { Ok(()) } else { Err(Stop::Corrupt) }
    }

    fn end(&mut self, _: Out<'_>) -> Result<(), Stop> {
        if self.ended { Ok(()) } else { Err(Stop::Corrupt) }
    }
}
