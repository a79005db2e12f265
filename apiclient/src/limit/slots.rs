//! How many are under way at a time: a number that was said, or one that is found out.

use super::queue::{Queue, Rule, Wait};
use std::{
    sync::Arc,
    time::{Duration, Instant},
};

/// Places for those who are under way.
#[derive(Debug)]
pub(crate) struct Slots {
    most: Most,
    busy: u32,
    /// How long one is under way, in nanoseconds: those of late count more.
    takes: Option<u64>,
}

#[derive(Debug)]
enum Most {
    Said(u32),
    Found(Gradient),
}

impl Slots {
    /// `None`: as many as the server can take.
    pub(crate) fn new(most: Option<u32>) -> Self {
        let most = most.map_or_else(|| Most::Found(Gradient::new()), Most::Said);
        Slots { most, busy: 0, takes: None }
    }

    pub(crate) fn most(&self) -> u32 {
        match &self.most {
            Most::Said(most) => *most,
            Most::Found(gradient) => gradient.limit(),
        }
    }

    pub(crate) fn busy(&self) -> u32 {
        self.busy
    }

    pub(crate) fn is_adaptive(&self) -> bool {
        matches!(self.most, Most::Found(_))
    }

    /// One is done, with what was seen of the server.
    fn done(&mut self, seen: Seen) {
        if let Seen::Answered(took) | Seen::Failed(took) = seen {
            let took = u64::try_from(took.as_nanos()).unwrap_or(u64::MAX);
            // An eighth of each, as TCP's round trips are smoothed (RFC 6298, section 2).
            self.takes = Some(self.takes.map_or(took, |takes| takes - takes / 8 + took / 8));
        }
        if let Most::Found(gradient) = &mut self.most {
            gradient.learn(seen, self.busy);
        }
        self.busy -= 1;
    }
}

impl Rule for Slots {
    type Taken = ();

    fn admit(&mut self, _cost: u32, _now: u64) -> Result<(), Wait> {
        if self.busy >= self.most() {
            return Err(Wait::UntilWoken);
        }
        self.busy += 1;
        Ok(())
    }

    /// When those ahead are through; after that, one of those under way has to end.
    fn estimate(&self, ahead: u64, _cost: u32, _now: u64) -> Option<u64> {
        let takes = u128::from(self.takes?) * u128::from(ahead) / u128::from(self.most().max(1));
        u64::try_from(takes).ok().filter(|takes| *takes > 0)
    }

    fn give_back(&mut self, (): ()) -> bool {
        self.busy -= 1;
        true
    }
}

/// What one who was under way has seen.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(crate) enum Seen {
    Answered(Duration),
    /// The server has too much to do.
    Refused,
    /// There was no answer, or none in time.
    Failed(Duration),
    /// Nothing that says something about it.
    Nothing,
}

/// A place, which is free again when this is dropped.
#[derive(Debug)]
pub(crate) struct Slot {
    slots: Arc<Queue<Slots>>,
    since: Instant,
    seen: Seen,
}

impl Slot {
    /// After [`Queue::admit`].
    pub(crate) fn new(slots: Arc<Queue<Slots>>, since: Instant) -> Self {
        Slot { slots, since, seen: Seen::Nothing }
    }

    pub(crate) fn answered(&mut self, now: Instant) {
        self.seen = Seen::Answered(now.saturating_duration_since(self.since));
    }

    pub(crate) fn refused(&mut self) {
        self.seen = Seen::Refused;
    }

    pub(crate) fn failed(&mut self, now: Instant) {
        self.seen = Seen::Failed(now.saturating_duration_since(self.since));
    }
}

impl Drop for Slot {
    fn drop(&mut self) {
        let seen = self.seen;
        self.slots.change(|slots| slots.done(seen));
    }
}

/// Finds out how many a server can take: where answers take longer than they did when few were under way, requests wait there, and
/// fewer are sent.
///
/// Once per window, which is as many answers as may be under way, the limit becomes the old one times `1.5 x least / now`, at most 1,
/// plus its square root: the gradient of Netflix's concurrency-limits. `least` is measured again and again with half of the limit
/// (the idea of BBR's probing), since whoever never asks less never learns what an answer takes without a queue. What the server
/// refuses takes a tenth away, once per window. In the beginning the limit doubles, until it is felt. A simulation beside AIMD is
/// in the example `storm`.
#[derive(Debug)]
pub(crate) struct Gradient {
    limit: f64,
    is_starting: bool,
    window: Window,
    windows: u32,
    /// How long answers took on average in the best window: of the cycle before, and of this one; in seconds.
    least: [f64; 2],
}

/// What was seen since the limit was last set.
#[derive(Debug, Default)]
struct Window {
    answered: u32,
    took: f64,
    refused: u32,
    busy: u32,
}

impl Gradient {
    const START: f64 = 4.0;
    const LEAST: f64 = 1.0;
    const MOST: f64 = 1000.0;
    const SMALLEST_WINDOW: u32 = 10;
    /// So many windows, of which the first two are for measuring.
    const CYCLE: u32 = 50;
    const MEASURING: u32 = 2;
    const TOLERANCE: f64 = 1.5;
    const SMOOTHING: f64 = 0.5;
    const BACK_OFF: f64 = 0.9;

    pub(crate) fn new() -> Self {
        Gradient {
            limit: Self::START,
            is_starting: true,
            window: Window::default(),
            windows: Self::MEASURING,
            least: [f64::INFINITY; 2],
        }
    }

    fn is_measuring(&self) -> bool {
        self.windows % Self::CYCLE < Self::MEASURING
    }

    pub(crate) fn limit(&self) -> u32 {
        let limit = if self.is_measuring() { self.limit / 2.0 } else { self.limit };
        #[expect(clippy::cast_possible_truncation, clippy::cast_sign_loss, reason = "from 1 to 1000")]
        let limit = limit.clamp(Self::LEAST, Self::MOST) as u32;
        limit
    }

    /// `busy` with the one who has seen it.
    pub(crate) fn learn(&mut self, seen: Seen, busy: u32) {
        match seen {
            Seen::Nothing => return,
            Seen::Answered(took) => {
                self.window.answered += 1;
                self.window.took += took.as_secs_f64();
            }
            // Nobody there is one thing, and somebody with too much to do another: that takes its time.
            Seen::Failed(took) if took.as_secs_f64() < 2.0 * self.least[0].min(self.least[1]) => return,
            Seen::Refused | Seen::Failed(_) => self.window.refused += 1,
        }
        self.window.busy = self.window.busy.max(busy);
        if self.window.answered + self.window.refused >= self.limit().max(Self::SMALLEST_WINDOW) {
            let window = std::mem::take(&mut self.window);
            self.conclude(&window);
            self.windows = self.windows.wrapping_add(1);
            if self.windows % Self::CYCLE == 0 {
                self.least = [self.least[1], f64::INFINITY];
            }
        }
    }

    fn conclude(&mut self, window: &Window) {
        let now = window.took / f64::from(window.answered);
        if window.answered > 0 {
            self.least[1] = self.least[1].min(now);
        }
        if window.refused > 0 {
            self.is_starting = false;
            self.limit = (self.limit * Self::BACK_OFF).max(Self::LEAST);
            return;
        }
        // Nothing is learnt from a limit that is not reached.
        if self.is_measuring() || f64::from(window.busy) < self.limit / 2.0 {
            return;
        }
        let least = self.least[0].min(self.least[1]);
        let gradient = (Self::TOLERANCE * least / now.max(f64::MIN_POSITIVE)).clamp(0.5, 1.0);
        self.is_starting &= gradient >= 1.0;
        let wanted = match self.is_starting {
            true => self.limit * 2.0,
            false => {
                let wanted = self.limit * gradient + self.limit.sqrt();
                self.limit * (1.0 - Self::SMOOTHING) + wanted * Self::SMOOTHING
            }
        };
        self.limit = wanted.clamp(Self::LEAST, Self::MOST);
    }
}
