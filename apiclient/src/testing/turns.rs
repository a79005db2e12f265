//! Whose turn it is among answers that are given one after the other, the last one for ever.

/// Where a sequence of answers stands. More of them may come at any time.
#[derive(Debug, Default)]
pub(crate) struct Turns {
    at: usize,
    /// Whether that one was given before.
    given: bool,
}

impl Turns {
    /// The next of so many; none where there are none.
    pub(crate) fn next(&mut self, answers: usize) -> Option<usize> {
        if self.given && self.at + 1 < answers {
            self.at += 1;
        }
        self.given = answers > 0;
        self.given.then_some(self.at)
    }

    /// Whether the last of so many was given.
    pub(crate) fn is_through(&self, answers: usize) -> bool {
        self.given && self.at + 1 == answers
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn the_last_one_stays_until_another_comes() {
        let mut turns = Turns::default();
        assert_eq!((turns.next(0), turns.is_through(0)), (None, false));
        assert_eq!((turns.next(2), turns.is_through(2)), (Some(0), false));
        assert_eq!((turns.next(2), turns.is_through(2)), (Some(1), true));
        assert_eq!((turns.next(2), turns.is_through(2)), (Some(1), true));
        assert_eq!((turns.next(3), turns.is_through(3)), (Some(2), true));
    }
}
