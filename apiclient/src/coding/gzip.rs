//! `gzip`, RFC 1952: members one behind the other, each checked, and zeros behind them.

use super::{Decoder, Out, Stop};
use flate2::write::GzDecoder;
use std::io::Write;

/// So many members may be as small as they like,
const MANY: u64 = 64;
/// and the others have so many bytes each, on the average.
const SMALLEST: u64 = 256;

#[derive(Default)]
pub(super) struct Gzip {
    /// What came out of it waits in there until it is handed over: never more than one piece.
    member: Option<GzDecoder<Vec<u8>>>,
    /// At least one member was whole.
    whole: bool,
    /// How many there were, and how many bytes of them: many that are empty would cost time for nothing.
    members: u64,
    received: u64,
    /// Zeros came behind the last one: nothing else may.
    padded: bool,
}

impl Gzip {
    /// The member ends here, or it is broken.
    fn end_member(&mut self, out: Out<'_>) -> Result<(), Stop> {
        let Some(mut member) = self.member.take() else { return Ok(()) };
        member.try_finish().map_err(|_| Stop::Corrupt)?;
        self.whole = true;
        hand_over(member.get_mut(), out)
    }
}

fn hand_over(ready: &mut Vec<u8>, out: Out<'_>) -> Result<(), Stop> {
    if !ready.is_empty() {
        out(ready)?;
        ready.clear();
    }
    Ok(())
}

impl Decoder for Gzip {
    fn decode(&mut self, mut input: &[u8], out: Out<'_>) -> Result<(), Stop> {
        self.received += input.len() as u64;
        while let Some(first) = input.first() {
            let member = match &mut self.member {
                Some(member) => member,
                None if self.whole && *first == 0 => {
                    self.padded = true;
                    input = &input[1..];
                    continue;
                }
                None if self.padded => return Err(Stop::Corrupt),
                none => {
                    self.members += 1;
                    if self.members > MANY + self.received / SMALLEST {
                        return Err(Stop::Corrupt);
                    }
                    none.insert(GzDecoder::new(Vec::new()))
                }
            };
            let used = member.write(input).map_err(|_| Stop::Corrupt)?;
            hand_over(member.get_mut(), out)?;
            input = &input[used..];
            if used == 0 {
                self.end_member(out)?;
            }
        }
        match &mut self.member {
            Some(member) => {
                member.flush().map_err(|_| Stop::Corrupt)?;
                hand_over(member.get_mut(), out)
            }
            None => Ok(()),
        }
    }

    fn end(&mut self, out: Out<'_>) -> Result<(), Stop> {
        self.end_member(out)?;
        if self.whole { Ok(()) } else { Err(Stop::Corrupt) }
    }
}
