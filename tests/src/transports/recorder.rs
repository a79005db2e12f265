//! Keeps what went into a transport and what came out of it, beneath the pipeline.

use apiclient::{
    HeaderMap,
    transport::{Attempt, BoxFuture, Progress, Reply, Transport, TransportError, TransportErrorKind},
};
use std::sync::{Arc, Mutex, MutexGuard, PoisonError};

/// What came of an attempt.
#[derive(Debug, Clone)]
pub enum Outcome {
    Reply(Reply),
    Failure(TransportErrorKind, Progress),
}

/// A transport around another. Clones share what they keep.
#[derive(Debug, Clone)]
pub struct Recorder {
    inner: Arc<dyn Transport>,
    kept: Arc<Mutex<Kept>>,
}

#[derive(Debug, Default)]
struct Kept {
    asked: Vec<(String, HeaderMap)>,
    outcomes: Vec<Outcome>,
}

impl Recorder {
    pub(super) fn of(inner: Arc<dyn Transport>) -> Self {
        Recorder { inner, kept: Arc::default() }
    }

    fn kept(&self) -> MutexGuard<'_, Kept> {
        self.kept.lock().unwrap_or_else(PoisonError::into_inner)
    }

    /// Target and headers of each attempt, as the pipeline has handed them over.
    pub fn asked(&self) -> Vec<(String, HeaderMap)> {
        self.kept().asked.clone()
    }

    /// What came of each attempt that was not given up.
    pub fn outcomes(&self) -> Vec<Outcome> {
        self.kept().outcomes.clone()
    }

    /// The reply to the last attempt, as the transport has given it.
    ///
    /// # Panics
    ///
    /// If there was none.
    pub fn reply(&self) -> Reply {
        match self.outcomes().pop() {
            Some(Outcome::Reply(reply)) => reply,
            other => panic!("no reply, but {other:?}"),
        }
    }

    /// The failure of the last attempt.
    ///
    /// # Panics
    ///
    /// If it did not fail.
    pub fn failure(&self) -> (TransportErrorKind, Progress) {
        match self.outcomes().pop() {
            Some(Outcome::Failure(kind, progress)) => (kind, progress),
            other => panic!("no failure, but {other:?}"),
        }
    }
}

impl Transport for Recorder {
    fn send<'a>(&'a self, attempt: Attempt<'a>) -> BoxFuture<'a, Result<Reply, TransportError>> {
        self.kept().asked.push((attempt.target().to_owned(), attempt.headers().clone()));
        let sent = self.inner.send(attempt);
        Box::pin(async move {
            let result = sent.await;
            let outcome = match &result {
                Ok(reply) => Outcome::Reply(reply.clone()),
                Err(e) => Outcome::Failure(e.kind(), e.progress()),
            };
            self.kept().outcomes.push(outcome);
            result
        })
    }
}
