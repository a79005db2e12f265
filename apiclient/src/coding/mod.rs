//! Undoes the `Content-Encoding` of a body while it arrives, within limits: the same over every transport.

#[cfg(feature = "brotli")]
mod brotli;
#[cfg(feature = "deflate")]
mod deflate;
#[cfg(feature = "gzip")]
mod gzip;
#[cfg(test)]
mod tests;
#[cfg(feature = "zstd")]
mod zstd;

use http::{HeaderMap, HeaderValue, header::CONTENT_ENCODING};
use std::fmt;

/// More of them one above the other are an attack (CVE-2022-32206).
const MOST_CODINGS: usize = 2;
/// How many times its own size a body may become,
const MOST_TIMES: u64 = 100;
/// once it is longer than this, in bytes.
const SMALL: u64 = 1 << 20;
/// How much of its output a decoder hands over at a time. In bytes.
#[cfg(any(feature = "deflate", feature = "brotli", feature = "zstd"))]
const PIECE: usize = 16 << 10;

/// What this build can undo.
const NAMES: &[&str] = &[
    #[cfg(feature = "gzip")]
    "gzip",
    #[cfg(feature = "brotli")]
    "br",
    #[cfg(feature = "zstd")]
    "zstd",
    #[cfg(feature = "deflate")]
    "deflate",
];

/// The `Accept-Encoding` of this build; none where it can undo nothing.
pub(crate) fn accepted() -> Option<HeaderValue> {
    (!NAMES.is_empty()).then(|| HeaderValue::from_str(&NAMES.join(", ")).ok()).flatten()
}

/// Why a body is not unpacked any further.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
#[cfg_attr(
    not(any(feature = "gzip", feature = "deflate", feature = "brotli", feature = "zstd")),
    allow(dead_code, reason = "without a decoder nothing is corrupt")
)]
pub(crate) enum Stop {
    /// There is more than the limit allows.
    Full,
    /// It becomes too many times its own size.
    Swells,
    /// It is not what its header says.
    Corrupt,
}

impl fmt::Display for Stop {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        match self {
            Stop::Full => f.write_str("the body is longer than the limit"),
            Stop::Swells => {
                write!(f, "unpacked, the body is more than {MOST_TIMES} times as long as it was sent")
            }
            Stop::Corrupt => {
                f.write_str("the body cannot be unpacked: it is broken, or not in the coding that it says")
            }
        }
    }
}

impl std::error::Error for Stop {}

/// The header says more codings than are undone.
#[derive(Debug)]
pub(crate) struct TooMany;

impl fmt::Display for TooMany {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        write!(f, "the body has more than {MOST_CODINGS} codings, one above the other")
    }
}

impl std::error::Error for TooMany {}

/// Takes what comes out of a decoder.
type Out<'a> = &'a mut dyn FnMut(&[u8]) -> Result<(), Stop>;

/// Undoes one coding. It holds a window and one piece, never the whole.
trait Decoder: Send + Sync {
    /// Takes all of `input` and hands over what comes of it.
    fn decode(&mut self, input: &[u8], out: Out<'_>) -> Result<(), Stop>;

    /// There is no more: hands over what is left, if it may end here.
    fn end(&mut self, out: Out<'_>) -> Result<(), Stop>;
}

/// A decoder, and how many bytes have come out of it.
struct Stage {
    decoder: Box<dyn Decoder>,
    written: u64,
}

/// Undoes the codings of one body.
pub(crate) struct Unpacker {
    /// The coding that was applied last comes first.
    stages: Vec<Stage>,
    /// Bytes as they came.
    received: u64,
}

impl Unpacker {
    /// What undoes the codings that the headers name; none where there is none, or one that this build does not know.
    pub(crate) fn of(headers: &HeaderMap) -> Result<Option<Box<Self>>, TooMany> {
        if !headers.contains_key(CONTENT_ENCODING) {
            return Ok(None);
        }
        let names: Vec<_> = codings(headers).collect();
        match names.len() {
            0 => Ok(None),
            _ if !names.iter().all(|name| is_known(name)) => Ok(None),
            1..=MOST_CODINGS => {
                let decoders = names.iter().rev().map(|name| decoder(name));
                let stages = decoders.map(|decoder| Some(Stage { decoder: decoder?, written: 0 }));
                let Some(stages) = stages.collect() else { return Ok(None) };
                Ok(Some(Box::new(Unpacker { stages, received: 0 })))
            }
            _ => Err(TooMany),
        }
    }

    /// Takes one chunk and hands over what comes of it, piece by piece.
    pub(crate) fn unpack(&mut self, chunk: &[u8], out: Out<'_>) -> Result<(), Stop> {
        self.received += chunk.len() as u64;
        let most = self.most();
        feed(&mut self.stages, most, chunk, out)
    }

    /// There is no more: hands over what is left. A body without a byte has no coding.
    pub(crate) fn end(&mut self, out: Out<'_>) -> Result<(), Stop> {
        if self.received == 0 {
            return Ok(());
        }
        let most = self.most();
        for at in 0..self.stages.len() {
            let (now, rest) = self.stages[at..].split_at_mut(1);
            let Stage { decoder, written } = &mut now[0];
            decoder.end(&mut |piece| {
                *written += piece.len() as u64;
                if *written > most {
                    return Err(Stop::Swells);
                }
                feed(rest, most, piece, out)
            })?;
        }
        Ok(())
    }

    /// How much may come out.
    fn most(&self) -> u64 {
        self.received.saturating_mul(MOST_TIMES).max(SMALL)
    }
}

/// Through one decoder after the other. Each may write as much as the last: what is unpacked for nothing costs time as well.
fn feed(stages: &mut [Stage], most: u64, piece: &[u8], out: Out<'_>) -> Result<(), Stop> {
    let Some((Stage { decoder, written }, rest)) = stages.split_first_mut() else { return out(piece) };
    decoder.decode(piece, &mut |piece| {
        *written += piece.len() as u64;
        if *written > most {
            return Err(Stop::Swells);
        }
        feed(rest, most, piece, out)
    })
}

/// The codings of a body in the order in which they were applied.
pub(crate) fn codings(headers: &HeaderMap) -> impl Iterator<Item = &[u8]> {
    let values = headers.get_all(CONTENT_ENCODING).into_iter().map(HeaderValue::as_bytes);
    let names = values.flat_map(|value| value.split(|b| *b == b',')).map(<[u8]>::trim_ascii);
    names.filter(|name| !name.is_empty() && !name.eq_ignore_ascii_case(b"identity"))
}

/// RFC 9110, section 8.4.1.3: `x-gzip` is `gzip`.
fn plain(name: &[u8]) -> &[u8] {
    if name.eq_ignore_ascii_case(b"x-gzip") { b"gzip" } else { name }
}

fn is_known(name: &[u8]) -> bool {
    NAMES.iter().any(|known| plain(name).eq_ignore_ascii_case(known.as_bytes()))
}

fn decoder(name: &[u8]) -> Option<Box<dyn Decoder>> {
    match &*plain(name).to_ascii_lowercase() {
        #[cfg(feature = "gzip")]
        b"gzip" => Some(Box::new(gzip::Gzip::default())),
        #[cfg(feature = "brotli")]
        b"br" => Some(Box::new(brotli::Brotli::new())),
        #[cfg(feature = "zstd")]
        b"zstd" => Some(Box::new(zstd::Zstd::new()?)),
        #[cfg(feature = "deflate")]
        b"deflate" => Some(Box::new(deflate::Deflate::new())),
        _ => None,
    }
}
