//! What is made once and is looked up by every call: without a lock, and without an allocation once they are there.

use std::sync::OnceLock;

/// A part of a table that grows by parts of the same size: what is in it stays where it is.
pub(crate) struct Table<T, const N: usize> {
    all: [OnceLock<(usize, Box<T>)>; N],
    more: OnceLock<Box<Table<T, N>>>,
}

impl<T, const N: usize> Default for Table<T, N> {
    fn default() -> Self {
        Table { all: std::array::from_fn(|_| OnceLock::new()), more: OnceLock::new() }
    }
}

impl<T, const N: usize> Table<T, N> {
    /// The one of this number, which is made if it is not there yet.
    #[inline]
    pub(crate) fn get(&self, number: usize, make: impl Fn() -> T) -> &T {
        match self.at_first(number) {
            Some(found) => found,
            None => self.look_for(number, &make),
        }
    }

    /// The one of this number, if it is where nearly all are.
    #[inline]
    pub(crate) fn at_first(&self, number: usize) -> Option<&T> {
        match self.all[Self::first(number)].get() {
            Some((own, found)) if *own == number => Some(found),
            _ => None,
        }
    }

    /// Where it is if it is the only one. Numbers that are addresses are far from each other, and small ones beside each other.
    #[inline]
    const fn first(number: usize) -> usize {
        (number ^ (number >> 5)) % N
    }

    #[cold]
    fn look_for(&self, number: usize, make: &dyn Fn() -> T) -> &T {
        for step in 0..N {
            let place = &self.all[(Self::first(number) + step) % N];
            let (own, found) = place.get_or_init(|| (number, Box::new(make())));
            if *own == number {
                return found;
            }
        }
        self.more.get_or_init(Box::default).look_for(number, make)
    }

    /// Those that there are.
    pub(crate) fn all(&self) -> impl Iterator<Item = &T> {
        let parts = std::iter::successors(Some(self), |part| part.more.get().map(|more| &**more));
        parts.flat_map(|part| &part.all).filter_map(|place| place.get().map(|(_, made)| &**made))
    }

    /// The one of this number, if it is there.
    #[cfg(feature = "stats")]
    pub(crate) fn find(&self, number: usize) -> Option<&T> {
        let parts = std::iter::successors(Some(self), |part| part.more.get().map(|more| &**more));
        let mut all = parts.flat_map(|part| &part.all).filter_map(|place| place.get());
        all.find(|(own, _)| *own == number).map(|(_, made)| &**made)
    }
}

#[cfg(test)]
mod tests {
    use super::Table;
    use std::sync::atomic::{AtomicUsize, Ordering};

    #[test]
    fn each_number_has_one() {
        let (table, count) = (Table::<usize, 8>::default(), AtomicUsize::new(0));
        std::thread::scope(|scope| {
            for _ in 0..4 {
                scope.spawn(|| {
                    for number in (0..1000).map(|number| number * 48) {
                        let make = || {
                            count.fetch_add(1, Ordering::Relaxed);
                            number
                        };
                        assert_eq!(*table.get(number, make), number);
                    }
                });
            }
        });
        assert_eq!((table.all().count(), count.into_inner()), (1000, 1000));
    }
}
