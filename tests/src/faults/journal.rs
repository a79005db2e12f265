//! What happened, in order.

use super::Request;
use std::{io, sync::Arc};
use tokio::sync::watch;

/// Who closed a connection first.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum Side {
    Client,
    Server,
}

/// What happened on a connection; the first one is number 1.
#[derive(Debug, Clone, PartialEq, Eq)]
pub enum Entry {
    Opened {
        connection: usize,
    },
    /// A request's head is there; over HTTP/2 it is not decoded, and this says on which stream it came.
    Head {
        connection: usize,
        head: String,
    },
    /// A request is there, its body too.
    Request {
        connection: usize,
        head: String,
        body: Vec<u8>,
    },
    /// So many bytes in a row were sent.
    Wrote {
        connection: usize,
        bytes: usize,
    },
    /// All is sent, and the connection or the stream is left open.
    Silent {
        connection: usize,
    },
    /// The client has given up a stream of HTTP/2.
    Cancelled {
        connection: usize,
        stream: u32,
    },
    /// Reading or writing went wrong: the client is gone.
    Failed {
        connection: usize,
        error: io::ErrorKind,
    },
    Closed {
        connection: usize,
        by: Side,
    },
}

/// What happened to a server so far. Clones share it.
#[derive(Debug, Clone)]
pub struct Journal(Arc<watch::Sender<Vec<Entry>>>);

impl Default for Journal {
    fn default() -> Self {
        Journal(Arc::new(watch::Sender::new(Vec::new())))
    }
}

impl Journal {
    pub(super) fn push(&self, entry: Entry) {
        self.0.send_modify(|all| match (all.last_mut(), &entry) {
            (Some(Entry::Wrote { connection, bytes }), Entry::Wrote { connection: same, bytes: more })
                if connection == same =>
            {
                *bytes += more;
            }
            _ => all.push(entry),
        });
    }

    /// All that happened, in order.
    pub fn entries(&self) -> Vec<Entry> {
        self.0.borrow().clone()
    }

    /// The head of each request, be its body there or not.
    pub fn heads(&self) -> Vec<String> {
        let head = |entry: &Entry| match entry {
            Entry::Head { head, .. } => Some(head.clone()),
            _ => None,
        };
        self.0.borrow().iter().filter_map(head).collect()
    }

    /// The requests that arrived whole.
    pub fn requests(&self) -> Vec<Request> {
        let request = |entry: &Entry| match entry {
            Entry::Request { head, body, .. } => Some((head.clone(), body.clone())),
            _ => None,
        };
        self.0.borrow().iter().filter_map(request).collect()
    }

    /// How many connections were opened.
    pub fn connections(&self) -> usize {
        self.0.borrow().iter().filter(|e| matches!(e, Entry::Opened { .. })).count()
    }

    /// How many bytes were sent.
    pub fn written(&self) -> usize {
        written(&self.0.borrow())
    }

    /// Ready once what happened so far is as `wanted` says.
    pub async fn wait_for(&self, wanted: impl Fn(&[Entry]) -> bool) {
        // The sender is in this journal: it is there as long as whoever waits.
        let _ = self.0.subscribe().wait_for(|all| wanted(all)).await;
    }

    /// Ready once this connection is closed; gives who did it.
    pub async fn closed(&self, connection: usize) -> Side {
        let closed = |all: &[Entry]| {
            all.iter().find_map(|entry| match entry {
                Entry::Closed { connection: number, by } if *number == connection => Some(*by),
                _ => None,
            })
        };
        self.wait_for(|all| closed(all).is_some()).await;
        closed(&self.0.borrow()).expect("it has been waited for")
    }

    /// Ready once so many bytes were sent.
    pub async fn sent(&self, bytes: usize) {
        self.wait_for(|all| written(all) >= bytes).await;
    }
}

fn written(entries: &[Entry]) -> usize {
    let bytes = |entry: &Entry| match entry {
        Entry::Wrote { bytes, .. } => *bytes,
        _ => 0,
    };
    entries.iter().map(bytes).sum()
}
