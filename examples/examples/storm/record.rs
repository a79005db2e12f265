//! What happens in each second of virtual time, and those who call all the while.

use apiclient::{testing::ManualClock, time::Clock};
use futures_util::{
    StreamExt,
    future::{Either, select},
    stream::FuturesUnordered,
};
use std::{
    sync::{Arc, Mutex, PoisonError},
    time::Duration,
};

/// A row for each second. Clones share it.
#[derive(Debug, Clone)]
pub struct Record<T> {
    clock: ManualClock,
    rows: Arc<Mutex<Vec<T>>>,
}

impl<T: Default + Clone> Record<T> {
    pub fn new(clock: &ManualClock, seconds: usize) -> Self {
        Record { clock: clock.clone(), rows: Arc::new(Mutex::new(vec![T::default(); seconds])) }
    }

    /// Something happens in the row of now; what is later than the last row is not noted.
    pub fn note(&self, what: impl FnOnce(&mut T)) {
        let mut rows = self.rows.lock().unwrap_or_else(PoisonError::into_inner);
        if let Some(row) = rows.get_mut(whole_seconds(self.clock.elapsed())) {
            what(row);
        }
    }

    pub fn all(&self) -> Vec<T> {
        self.rows.lock().unwrap_or_else(PoisonError::into_inner).clone()
    }
}

pub fn whole_seconds(time: Duration) -> usize {
    usize::try_from(time.as_secs()).unwrap_or(usize::MAX)
}

const TICK: Duration = Duration::from_millis(10);

/// So many calls are begun in each second, whether those before are over or not; ready when all are.
pub fn open<F: Future>(clock: &ManualClock, seconds: usize, rate: usize, mut begin: impl FnMut() -> F) {
    clock.run(async {
        let mut running = FuturesUnordered::new();
        for tick in 0..seconds * 100 {
            // As many as are due by now.
            for _ in rate * tick / 100..rate * (tick + 1) / 100 {
                running.push(begin());
            }
            let mut next = clock.sleep(TICK);
            loop {
                match select(next, running.next()).await {
                    Either::Left(_) => break,
                    Either::Right((Some(_), rest)) => next = rest,
                    Either::Right((None, rest)) => {
                        rest.await;
                        break;
                    }
                }
            }
        }
        while running.next().await.is_some() {}
    });
}
