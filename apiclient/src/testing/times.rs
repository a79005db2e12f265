//! How often something is expected.

use std::{
    fmt,
    ops::{Range, RangeFrom, RangeFull, RangeInclusive, RangeTo, RangeToInclusive},
};

/// How often something is expected: `2`, `1..`, `..=3`, `2..=5`.
///
/// ```
/// use apiclient::testing::Times;
///
/// assert_eq!(Times::from(2).to_string(), "twice");
/// assert_eq!(Times::from(1..).to_string(), "at least once");
/// assert_eq!(Times::from(..=3).to_string(), "at most 3 times");
/// assert_eq!(Times::from(0).to_string(), "never");
/// ```
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub struct Times {
    least: usize,
    most: usize,
}

impl Times {
    /// Any number of times, also never.
    pub(crate) const ANY: Times = Times { least: 0, most: usize::MAX };

    pub(crate) fn contains(self, count: usize) -> bool {
        (self.least..=self.most).contains(&count)
    }

    /// Whether once more is still as expected.
    pub(crate) fn allows_more(self, count: usize) -> bool {
        count < self.most
    }
}

macro_rules! times {
    ($($from:ty, $value:ident => $least:expr, $most:expr;)*) => { $(
        impl From<$from> for Times {
            fn from($value: $from) -> Self {
                Times { least: $least, most: $most }
            }
        }
    )* };
}

times! {
    usize, n => n, n;
    RangeInclusive<usize>, range => *range.start(), *range.end();
    Range<usize>, range => range.start, range.end.saturating_sub(1);
    RangeFrom<usize>, range => range.start, usize::MAX;
    RangeToInclusive<usize>, range => 0, range.end;
    RangeTo<usize>, range => 0, range.end.saturating_sub(1);
    RangeFull, _any => 0, usize::MAX;
}

/// `once`, `twice`, `7 times`
pub(crate) struct Count(pub(crate) usize);

impl fmt::Display for Count {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        match self.0 {
            0 => f.write_str("never"),
            1 => f.write_str("once"),
            2 => f.write_str("twice"),
            n => write!(f, "{n} times"),
        }
    }
}

/// `was never called`, `was called twice`
pub(crate) struct Was(pub(crate) &'static str, pub(crate) usize);

impl fmt::Display for Was {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        let Was(verb, count) = *self;
        if count == 0 { write!(f, "was never {verb}") } else { write!(f, "was {verb} {}", Count(count)) }
    }
}

impl fmt::Display for Times {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        match (self.least, self.most) {
            (0, usize::MAX) => f.write_str("any number of times"),
            (least, most) if least == most => write!(f, "{}", Count(least)),
            (least, usize::MAX) => write!(f, "at least {}", Count(least)),
            (0, most) => write!(f, "at most {}", Count(most)),
            (least, most) => write!(f, "{least} to {most} times"),
        }
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn ranges_are_read_as_they_are_written() {
        for (times, counts, said) in [
            (Times::from(1), [false, true, false, false], "once"),
            (Times::from(1..), [false, true, true, true], "at least once"),
            (Times::from(..), [true, true, true, true], "any number of times"),
            (Times::from(..2), [true, true, false, false], "at most once"),
            (Times::from(1..3), [false, true, true, false], "1 to 2 times"),
            (Times::from(2..=3), [false, false, true, true], "2 to 3 times"),
            (Times::from(0), [true, false, false, false], "never"),
        ] {
            assert_eq!([0, 1, 2, 3].map(|n| times.contains(n)), counts, "{said}");
            assert_eq!(times.to_string(), said);
        }
        assert!(!Times::from(2).allows_more(2) && Times::from(2).allows_more(1) && Times::ANY.allows_more(9));
    }
}
