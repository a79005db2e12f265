//! How many tries more an origin is asked for: a bucket of tokens.

use crate::origin::Origin;
use std::sync::{
    Arc, Mutex, PoisonError,
    atomic::{AtomicU32, Ordering},
};

/// The tokens of one origin.
#[derive(Debug)]
pub(crate) struct Budget {
    tokens: AtomicU32,
    capacity: u32,
}

impl Budget {
    /// AWS's standard mode 2.1.
    pub(crate) const DEFAULT: u32 = 500;

    pub(crate) fn new(capacity: u32) -> Self {
        Budget { tokens: AtomicU32::new(capacity), capacity }
    }

    /// Takes what a try costs; false if there is not as much, and then nothing is taken.
    pub(crate) fn take(&self, cost: u32) -> bool {
        let paid = |tokens: u32| tokens.checked_sub(cost);
        self.tokens.fetch_update(Ordering::Relaxed, Ordering::Relaxed, paid).is_ok()
    }

    /// What a success gives back.
    pub(crate) fn give(&self, tokens: u32) {
        // Nearly always it is full, and then nothing is written that others would have to read.
        let more = |now: u32| (now < self.capacity).then(|| now.saturating_add(tokens).min(self.capacity));
        let _ = self.tokens.fetch_update(Ordering::Relaxed, Ordering::Relaxed, more);
    }

    /// Whether it could have paid, and cannot now.
    pub(crate) fn is_empty(&self, cost: u32) -> bool {
        self.capacity >= cost && self.tokens() < cost
    }

    pub(crate) fn tokens(&self) -> u32 {
        self.tokens.load(Ordering::Relaxed)
    }
}

/// Those of all origins of a client.
#[derive(Debug)]
pub(crate) struct Budgets {
    capacity: u32,
    all: Mutex<Vec<(Arc<Origin>, Arc<Budget>)>>,
}

impl Budgets {
    pub(crate) fn new(capacity: u32) -> Self {
        Budgets { capacity, all: Mutex::default() }
    }

    /// The one of an origin, which is made when it is first asked for.
    pub(crate) fn of(&self, origin: &Arc<Origin>) -> Arc<Budget> {
        let mut all = self.all.lock().unwrap_or_else(PoisonError::into_inner);
        if let Some((_, known)) = all.iter().find(|(known, _)| known == origin) {
            return known.clone();
        }
        let budget = Arc::new(Budget::new(self.capacity));
        all.push((origin.clone(), budget.clone()));
        budget
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn tokens_stay_within_their_bounds() {
        let budget = Budget::new(20);
        assert!(budget.take(14) && !budget.take(14));
        assert_eq!(budget.tokens(), 6);
        budget.give(14);
        budget.give(14);
        assert_eq!(budget.tokens(), 20);
    }

    #[test]
    fn an_origin_has_one_budget() {
        let budgets = Budgets::new(20);
        let (one, two) = (Origin::new("https", "a.test"), Origin::new("https", "b.test"));
        let (one, two) = (Arc::new(one), Arc::new(two));
        budgets.of(&one).take(14);
        assert_eq!(budgets.of(&Arc::new(Origin::new("https", "a.test"))).tokens(), 6);
        assert_eq!(budgets.of(&two).tokens(), 20);
    }
}
