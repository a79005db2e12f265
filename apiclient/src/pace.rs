//! Whether a body moves: what transports note of it, and who is waited for when it does not.

use std::{
    sync::atomic::{AtomicU8, AtomicU64, Ordering},
    time::{Duration, Instant},
};

/// How far the streamed body of a request has come, seen by both ends.
#[derive(Debug, Default)]
pub(crate) struct Upload {
    turn: AtomicU8,
    bytes: AtomicU64,
}

/// Nobody has asked for anything yet, or the caller has more and was asked for it.
const OURS: u8 = 0;
/// A piece was taken, and the transport has not come back for the next: the server takes no more.
const THEIRS: u8 = 1;
const WHOLE: u8 = 2;

impl Upload {
    /// The transport wants a piece, and there is none yet.
    pub(crate) fn asked(&self) {
        self.turn.store(OURS, Ordering::Relaxed);
    }

    /// The transport has got a piece.
    pub(crate) fn handed(&self, bytes: u64) {
        // Nobody else writes.
        self.bytes.store(self.bytes.load(Ordering::Relaxed).saturating_add(bytes), Ordering::Relaxed);
        self.turn.store(THEIRS, Ordering::Relaxed);
    }

    /// There was no more, or nobody will ask for it.
    pub(crate) fn finish(&self) {
        self.turn.store(WHOLE, Ordering::Relaxed);
    }

    /// Whether all of it was handed over.
    pub(crate) fn is_whole(&self) -> bool {
        self.turn.load(Ordering::Relaxed) == WHOLE
    }

    pub(crate) fn turn(&self) -> Turn {
        match self.turn.load(Ordering::Relaxed) {
            THEIRS => Turn::Theirs(self.bytes.load(Ordering::Relaxed)),
            _ => Turn::Ours,
        }
    }
}

/// Who is waited for.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(crate) enum Turn {
    /// The caller, or a server that has all it needs and thinks.
    Ours,
    /// A server which is in the middle of a body, of which so many bytes have moved.
    Theirs(u64),
}

/// What may stand still.
pub(crate) trait Moves: Sync {
    fn turn(&self) -> Turn;
}

/// How often to look, for this limit.
pub(crate) fn interval(limit: Duration) -> Duration {
    (limit / 20).max(Duration::from_millis(1))
}

/// Finds out whether a body stands still. It looks now and then, so that a body which moves costs nothing: what stands still is
/// found a twentieth of the limit late at most, and never early.
#[derive(Debug)]
pub(crate) struct Standstill {
    limit: Duration,
    /// Since when too little moves, and how much had moved then.
    since: Option<(Instant, u64)>,
}

impl Standstill {
    pub(crate) fn new(limit: Duration) -> Self {
        Standstill { limit, since: None }
    }

    /// Whether less than a byte a second has moved for as long as the limit says.
    pub(crate) fn is_reached(&mut self, now: Instant, turn: Turn) -> bool {
        let Turn::Theirs(moved) = turn else {
            self.since = None;
            return false;
        };
        let (start, before) = *self.since.get_or_insert((now, moved));
        let waited = now.saturating_duration_since(start);
        // Begun seconds count: one byte in the first of them is enough for it.
        let enough = waited.as_secs() + u64::from(waited.subsec_nanos() > 0);
        if moved.saturating_sub(before) >= enough.max(1) {
            self.since = Some((now, moved));
            return false;
        }
        waited >= self.limit
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    /// Looks every second at what has moved until then; the second at which it stands still.
    fn found(limit: u64, turns: impl IntoIterator<Item = Turn>) -> Option<usize> {
        #[expect(clippy::disallowed_methods, reason = "any moment will do")]
        let start = Instant::now();
        let mut standstill = Standstill::new(Duration::from_secs(limit));
        let at = |second: usize| start + Duration::from_secs(second as u64);
        turns.into_iter().enumerate().position(|(second, turn)| standstill.is_reached(at(second), turn))
    }

    fn moving(rate: impl Fn(u64) -> u64) -> impl Iterator<Item = Turn> {
        (0..200).map(move |second| Turn::Theirs(rate(second)))
    }

    #[test]
    fn a_byte_a_second_is_enough() {
        assert_eq!(found(20, moving(|second| second)), None);
        assert_eq!(found(20, moving(|second| second / 10 * 21)), None);
        assert_eq!(found(20, moving(|second| 1000 + second / 19 * 19)), None);
    }

    #[test]
    fn less_is_a_standstill() {
        assert_eq!(found(20, moving(|_| 7)), Some(20));
        assert_eq!(found(20, moving(|second| second.min(5))), Some(25));
        // A byte every ten seconds: what a slow reader does to a server, done to a client.
        assert_eq!(found(20, moving(|second| second / 10)), Some(20));
    }

    #[test]
    fn whose_turn_it_is_counts() {
        let ours = std::iter::repeat_n(Turn::Ours, 50);
        assert_eq!(found(20, ours.clone()), None);
        let late = std::iter::repeat_n(Turn::Theirs(1), 20).chain(ours).chain(moving(|_| 1));
        assert_eq!(found(20, late), Some(90));
    }

    #[test]
    fn a_body_on_its_way_out() {
        let upload = Upload::default();
        assert_eq!(upload.turn(), Turn::Ours);
        upload.handed(3);
        upload.handed(4);
        assert_eq!((upload.turn(), upload.is_whole()), (Turn::Theirs(7), false));
        upload.asked();
        assert_eq!(upload.turn(), Turn::Ours);
        upload.handed(1);
        upload.finish();
        assert_eq!((upload.turn(), upload.is_whole()), (Turn::Ours, true));
    }
}
