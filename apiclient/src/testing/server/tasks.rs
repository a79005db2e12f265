//! The socket and the tasks of a server, which end together.

use hyper::rt::Executor;
use std::{
    future::poll_fn,
    sync::{Arc, Mutex, MutexGuard, PoisonError},
    task::Poll,
};
use tokio::{
    net::{TcpListener, TcpStream},
    task::{JoinSet, yield_now},
};

/// Until it ends: the socket is closed at once then, and every task is aborted.
#[derive(Clone)]
pub(super) struct Tasks(Arc<Mutex<Option<Running>>>);

struct Running {
    listener: TcpListener,
    tasks: JoinSet<()>,
}

impl Tasks {
    pub(super) fn new(listener: TcpListener) -> Self {
        Tasks(Arc::new(Mutex::new(Some(Running { listener, tasks: JoinSet::new() }))))
    }

    fn lock(&self) -> MutexGuard<'_, Option<Running>> {
        self.0.lock().unwrap_or_else(PoisonError::into_inner)
    }

    /// Runs a task that ends with the server; after that, none.
    pub(super) fn spawn(&self, task: impl Future<Output = ()> + Send + 'static) {
        if let Some(running) = &mut *self.lock() {
            // Those that are through would else stay until the end.
            while running.tasks.try_join_next().is_some() {}
            running.tasks.spawn(task);
        }
    }

    /// The next connection; none once the server has ended.
    pub(super) async fn accept(&self) -> Option<TcpStream> {
        loop {
            // The lock is held for a poll and not across the wait, so that the end need not wait for a connection.
            let accepted = poll_fn(|cx| match &*self.lock() {
                Some(running) => running.listener.poll_accept(cx).map(Some),
                None => Poll::Ready(None),
            });
            match accepted.await? {
                Ok((stream, _)) => return Some(stream),
                // A client that was gone before, or no descriptor left for the moment.
                Err(_) => yield_now().await,
            }
        }
    }

    pub(super) fn end(&self) {
        // What ends may hold a stub whose functions use the server: not under the lock.
        let running = self.lock().take();
        drop(running);
    }
}

/// For the streams of HTTP/2.
impl<F: Future<Output = ()> + Send + 'static> Executor<F> for Tasks {
    fn execute(&self, task: F) {
        self.spawn(task);
    }
}
