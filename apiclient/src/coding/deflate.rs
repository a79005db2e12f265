//! `deflate`: RFC 1950, as the standard says, or RFC 1951 alone, as some servers have it.

use super::{Out, PIECE, Stop};
use flate2::{Decompress, FlushDecompress, Status};

/// A stream of RFC 1951, or of RFC 1950 around it.
struct Inflate {
    state: Decompress,
    piece: Box<[u8]>,
}

/// How far a stream went with its input.
struct Progress {
    used: usize,
    ended: bool,
}

impl Inflate {
    fn new(zlib: bool) -> Self {
        Inflate { state: Decompress::new(zlib), piece: vec![0; PIECE].into() }
    }

    /// As far as the stream goes.
    fn run(&mut self, input: &[u8], out: Out<'_>) -> Result<Progress, Stop> {
        let mut used = 0;
        loop {
            let before = (self.state.total_in(), self.state.total_out());
            let status = self.state.decompress(&input[used..], &mut self.piece, FlushDecompress::None);
            let status = status.map_err(|_| Stop::Corrupt)?;
            let taken = count(self.state.total_in() - before.0);
            let written = count(self.state.total_out() - before.1);
            used += taken;
            if written > 0 {
                out(&self.piece[..written])?;
            }
            match status {
                Status::StreamEnd => return Ok(Progress { used, ended: true }),
                // Room was left: nothing waits to be written.
                _ if used == input.len() && written < self.piece.len() => {
                    return Ok(Progress { used, ended: false });
                }
                _ if taken == 0 && written == 0 => return Err(Stop::Corrupt),
                _ => {}
            }
        }
    }
}

/// Of bytes in one buffer.
fn count(bytes: u64) -> usize {
    usize::try_from(bytes).unwrap_or(usize::MAX)
}

pub(super) struct Deflate {
    state: Start,
    ended: bool,
}

enum Start {
    /// Before the second byte nobody knows which.
    Unknown(Option<u8>),
    Known(Inflate),
}

impl Deflate {
    pub(super) fn new() -> Self {
        Deflate { state: Start::Unknown(None), ended: false }
    }

    fn run(&mut self, input: &[u8], out: Out<'_>) -> Result<(), Stop> {
        let Start::Known(inflate) = &mut self.state else { return Ok(()) };
        let mut used = 0;
        if !self.ended {
            let progress = inflate.run(input, out)?;
            (used, self.ended) = (progress.used, progress.ended);
        }
        // Padding is let pass.
        if input[used..].iter().all(|b| *b == 0) { Ok(()) } else { Err(Stop::Corrupt) }
    }
}

impl super::Decoder for Deflate {
    fn decode(&mut self, input: &[u8], out: Out<'_>) -> Result<(), Stop> {
        let Start::Unknown(first) = self.state else { return self.run(input, out) };
        let head: Vec<u8> = first.into_iter().chain(input.iter().copied()).take(2).collect();
        let &[first_byte, second] = &*head else {
            self.state = Start::Unknown(head.first().copied());
            return Ok(());
        };
        self.state = Start::Known(Inflate::new(is_zlib(first_byte, second)));
        if let Some(first) = first {
            self.run(&[first], out)?;
        }
        self.run(input, out)
    }

    fn end(&mut self, _: Out<'_>) -> Result<(), Stop> {
        if self.ended { Ok(()) } else { Err(Stop::Corrupt) }
    }
}

/// RFC 1950, section 2.2. No stream of RFC 1951 that an encoder writes begins so.
fn is_zlib(first: u8, second: u8) -> bool {
    first & 0x0f == 8 && u16::from_be_bytes([first, second]) % 31 == 0
}
