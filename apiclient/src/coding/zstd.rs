//! `zstd`, RFC 8878: frames one behind the other.

use super::{Decoder, Out, PIECE, Stop};
use zstd::{
    stream::raw::{self, InBuffer, Operation, OutBuffer},
    zstd_safe::DParameter,
};

/// Of eight megabytes, as section 3.1.1.1.2 advises.
const WINDOW: u32 = 23;

pub(super) struct Zstd {
    state: raw::Decoder<'static>,
    piece: Box<[u8]>,
    /// A frame has just ended.
    whole: bool,
    /// More may wait to be written.
    is_full: bool,
}

impl Zstd {
    pub(super) fn new() -> Option<Self> {
        let mut state = raw::Decoder::new().ok()?;
        state.set_parameter(DParameter::WindowLogMax(WINDOW)).ok()?;
        Some(Zstd { state, piece: vec![0; PIECE].into(), whole: false, is_full: false })
    }
}

impl Decoder for Zstd {
    fn decode(&mut self, input: &[u8], out: Out<'_>) -> Result<(), Stop> {
        let mut input = InBuffer::around(input);
        // Asked without input it would begin the next frame.
        while input.pos() < input.src.len() || self.is_full {
            let mut piece = OutBuffer::around(&mut *self.piece);
            let hint = self.state.run(&mut input, &mut piece).map_err(|_| Stop::Corrupt)?;
            let written = piece.pos();
            self.whole = hint == 0;
            self.is_full = written == self.piece.len() && !self.whole;
            if written > 0 {
                out(&self.piece[..written])?;
            }
        }
        Ok(())
    }

    fn end(&mut self, _: Out<'_>) -> Result<(), Stop> {
        if self.whole { Ok(()) } else { Err(Stop::Corrupt) }
    }
}
