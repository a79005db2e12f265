//! What a server says that is left of its limits, and a client that keeps to it.

use super::queue::{Queue, Rule, Wait};
use std::time::Duration;

/// A server that says that nothing is left for longer is asked again after this.
pub(crate) const LONGEST: Duration = Duration::from_secs(3600);

/// All of Shopify's bucket comes back in this time: 40 at 2/s, and 80 at 4/s.
const LEAKS_IN: Duration = Duration::from_secs(20);

/// The last tenth of a quota is spread over the time until it is there again.
const SPREAD: u64 = 10;

/// One limit of a server, as far as it is known.
#[derive(Debug, Default)]
pub(crate) struct Served {
    quota: Option<u64>,
    left: Option<u64>,
    /// When all of it is there again.
    resets: Option<u64>,
    /// Until when it has asked to be left alone.
    shut: u64,
    /// When the next of those that are spread may go.
    next: u64,
    /// Those that were let through and not answered yet: the server may not have counted them.
    under_way: u64,
    /// It comes back bit by bit, and not all at once.
    leak: Option<Leak>,
    /// Somebody was told that little is left, and need not be told again until there is more.
    warned: bool,
}

/// A quota that comes back bit by bit.
#[derive(Debug, Clone, Copy)]
struct Leak {
    /// Nanoseconds for one.
    each: u64,
    since: u64,
}

/// What an answer says about a limit.
#[derive(Debug, Clone, Copy)]
pub(crate) struct Word {
    pub(crate) quota: Option<u64>,
    pub(crate) left: Option<u64>,
    pub(crate) reset: Option<Duration>,
    /// It comes back bit by bit.
    pub(crate) leaks: bool,
    /// So many others are under way, which the server may have counted or not.
    pub(crate) others: u64,
}

/// Which of its windows an admission was counted in.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(crate) struct Counted {
    cost: u64,
    resets: Option<u64>,
}

impl Served {
    /// Whether there is more than a little left.
    fn is_plenty(&self, left: u64) -> bool {
        left > self.quota.map_or(SPREAD, |quota| quota / SPREAD)
    }

    /// The window is over: as much as ever, and nobody knows until when.
    fn renew(&mut self, now: u64) {
        if let (Some(leak), Some(left), Some(quota)) = (&mut self.leak, self.left, self.quota) {
            let back = now.saturating_sub(leak.since) / leak.each;
            leak.since += back * leak.each;
            self.left = Some(left.saturating_add(back).min(quota));
        }
        if self.resets.is_some_and(|resets| resets <= now) {
            (self.left, self.resets, self.warned) = (self.quota, None, false);
        }
    }

    /// When there is room for so much; none if that is now.
    fn wait(&self, cost: u64, now: u64) -> Option<Wait> {
        let shut = self.shut.saturating_sub(now);
        let wait = match (self.left, self.leak, self.resets) {
            (Some(left), Some(leak), _) if left < cost => {
                let lacks = cost.saturating_sub(left).saturating_mul(leak.each);
                (leak.since + lacks).saturating_sub(now)
            }
            // What costs more than there ever is goes when all of it is there.
            (Some(left), None, Some(resets)) if left < cost => resets.saturating_sub(now),
            // Nobody knows when there is more, until one of those under way is answered.
            (Some(left), None, None) if left < cost && self.under_way > 0 && shut == 0 => {
                return Some(Wait::UntilWoken);
            }
            (Some(left), None, Some(_)) if !self.is_plenty(left) => self.next.saturating_sub(now),
            _ => 0,
        };
        Some(shut.max(wait)).filter(|wait| *wait > 0).map(Wait::For)
    }

    /// An answer has come.
    pub(crate) fn learn(&mut self, word: Word, now: u64) {
        self.renew(now);
        if word.quota.is_some() {
            self.quota = word.quota;
        }
        if let Some(left) = word.left {
            let left = left.saturating_sub(word.others);
            if self.left.is_some_and(|before| left > before) {
                self.next = now;
            }
            self.left = Some(left);
        }
        if let Some(reset) = word.reset {
            self.resets = Some(now.saturating_add(nanos(reset.min(LONGEST))));
        }
        self.leak = self
            .quota
            .filter(|_| word.leaks)
            .map(|quota| Leak { each: (nanos(LEAKS_IN) / quota.max(1)).max(1), since: now });
    }

    /// One that was let through is under way no more.
    pub(crate) fn answered(&mut self) {
        self.under_way = self.under_way.saturating_sub(1);
    }

    /// Its answer says nothing about any limit.
    pub(crate) fn kept_silent(&mut self) {
        self.answered();
        // A server that no longer says when there is more must not be waited for.
        if self.resets.is_none() && self.leak.is_none() {
            self.left = None;
        }
    }

    /// It wants to be left alone for so long.
    pub(crate) fn shut(&mut self, wait: Duration, now: u64) {
        self.shut = self.shut.max(now.saturating_add(nanos(wait.min(LONGEST))));
    }

    /// Whether less than `below` is left for the first time.
    pub(crate) fn warns(&mut self, below: u32) -> bool {
        let is_low = self.left.is_some_and(|left| left < u64::from(below));
        let is_new = is_low && !self.warned;
        self.warned = is_low;
        is_new
    }

    pub(crate) fn under_way(&self) -> u64 {
        self.under_way
    }

    pub(crate) fn quota(&self) -> Option<u64> {
        self.quota
    }

    pub(crate) fn left(&self, now: u64) -> Option<u64> {
        match self.resets {
            Some(resets) if resets <= now => self.quota,
            _ => self.left,
        }
    }

    /// Until everything is there again, or it may be asked again.
    pub(crate) fn resets_after(&self, now: u64) -> Option<Duration> {
        let shut = (self.shut > now).then_some(self.shut);
        let resets = self.resets.filter(|resets| *resets > now);
        shut.max(resets).map(|at| Duration::from_nanos(at - now))
    }

    /// Nothing is known that anybody has to wait for.
    pub(crate) fn is_free(&self, now: u64) -> bool {
        self.under_way == 0 && self.shut <= now && self.resets.is_none_or(|resets| resets <= now)
    }
}

impl Rule for Served {
    type Taken = Counted;

    fn admit(&mut self, cost: u32, now: u64) -> Result<Counted, Wait> {
        self.renew(now);
        // A server that says it has fewer in all than this costs: it goes when nothing is used.
        let cost = u64::from(cost).min(self.quota.unwrap_or(u64::MAX).max(1));
        if let Some(wait) = self.wait(cost, now) {
            return Err(wait);
        }
        if let (Some(left), resets) = (self.left, self.resets) {
            let left = left.saturating_sub(cost);
            if let Some(resets) = resets.filter(|_| !self.is_plenty(left)) {
                self.next = now + resets.saturating_sub(now) / (left + 1);
            }
            self.left = Some(left);
        }
        self.under_way += 1;
        Ok(Counted { cost, resets: self.resets })
    }

    fn estimate(&self, ahead: u64, cost: u32, now: u64) -> Option<u64> {
        let cost = u64::from(cost).min(self.quota.unwrap_or(u64::MAX).max(1));
        // Those ahead take what is left before it is this one's turn.
        let spread = match (self.left, self.resets) {
            (Some(left), Some(resets)) if ahead > 0 && left < ahead.saturating_add(cost) => {
                resets.saturating_sub(now)
            }
            _ => 0,
        };
        match self.wait(cost, now) {
            None => Some(spread),
            Some(Wait::For(wait)) => Some(wait.max(spread)),
            Some(Wait::UntilWoken) => None,
        }
    }

    fn give_back(&mut self, taken: Counted) -> bool {
        self.under_way = self.under_way.saturating_sub(1);
        if taken.resets == self.resets {
            self.left = self.left.map(|left| left + taken.cost);
        }
        true
    }
}

fn nanos(duration: Duration) -> u64 {
    u64::try_from(duration.as_nanos()).unwrap_or(u64::MAX)
}

/// The queue before one limit of a server.
pub(crate) type ServedQueue = Queue<Served>;
