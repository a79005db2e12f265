//! What is done to a request.

use super::Http2;
use apiclient::time::Clock;
use std::{
    collections::VecDeque,
    sync::{Arc, Mutex, PoisonError},
    time::Duration,
};

/// What is done to one request, over either version.
#[derive(Debug, Clone)]
pub enum Behaviour {
    Http1(Fault),
    Http2(Http2),
}

impl From<Fault> for Behaviour {
    fn from(fault: Fault) -> Self {
        Behaviour::Http1(fault)
    }
}

impl From<Http2> for Behaviour {
    fn from(act: Http2) -> Self {
        Behaviour::Http2(act)
    }
}

/// How far a request is read before anything is sent.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum Reads {
    Nothing,
    /// What has come once the first byte has.
    Begin,
    Head,
    Request,
}

/// What becomes of a connection once all is sent.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum End {
    /// It waits for the next request, to which the script's next behaviour is done.
    Stay,
    /// It is closed in order.
    Close,
    /// It is reset: what the client has not read yet may be lost.
    Reset,
    /// It stays open, and nothing is sent any more.
    Silence,
}

/// How some bytes are sent.
#[derive(Debug, Clone)]
pub(super) enum Piece {
    AtOnce(Vec<u8>),
    /// Each byte by itself, at once after the one before.
    Singly(Vec<u8>),
    /// Each byte by itself, and so much time after the one before.
    Slowly(Vec<u8>, Arc<dyn Clock>, Duration),
    ForEver(Vec<u8>),
}

/// What is done to one request, byte for byte: how far it is read, what is sent, and how it ends.
#[derive(Debug, Clone)]
pub struct Fault {
    pub(super) reads: Reads,
    pub(super) pieces: Vec<Piece>,
    pub(super) end: End,
}

impl Fault {
    fn whole(pieces: Vec<Piece>, end: End) -> Self {
        Fault { reads: Reads::Request, pieces, end }
    }

    /// A whole answer to a whole request; `head` begins with the status and may have more lines. The connection stays.
    pub fn answer(head: &str, body: &[u8]) -> Self {
        let mut bytes = format!("HTTP/1.1 {head}\r\ncontent-length: {}\r\n\r\n", body.len()).into_bytes();
        bytes.extend_from_slice(body);
        Fault::send(bytes).then(End::Stay)
    }

    /// Sends these bytes for a whole request and closes.
    pub fn send(bytes: impl Into<Vec<u8>>) -> Self {
        Fault::whole(vec![Piece::AtOnce(bytes.into())], End::Close)
    }

    /// Sends these bytes for a whole request, then nothing, and stays open.
    pub fn stall(bytes: impl Into<Vec<u8>>) -> Self {
        Fault::send(bytes).then(End::Silence)
    }

    /// Sends the first bytes for a whole request, then the others for ever.
    pub fn flood(first: impl Into<Vec<u8>>, again: impl Into<Vec<u8>>) -> Self {
        let pieces = vec![Piece::AtOnce(first.into()), Piece::ForEver(again.into())];
        Fault::whole(pieces, End::Close)
    }

    /// Sends these bytes for a whole request, one by one without a pause, and stays.
    pub fn singly(bytes: impl Into<Vec<u8>>) -> Self {
        Fault::whole(vec![Piece::Singly(bytes.into())], End::Stay)
    }

    /// Sends these bytes for a whole request, one by one, each after a pause by this clock, and stays.
    pub fn slowly(bytes: impl Into<Vec<u8>>, clock: impl Clock + 'static, pause: Duration) -> Self {
        Fault::whole(vec![Piece::Slowly(bytes.into(), Arc::new(clock), pause)], End::Stay)
    }

    /// Closes before anything is read.
    pub fn hangup() -> Self {
        Fault { reads: Reads::Nothing, pieces: Vec::new(), end: End::Close }
    }

    /// Resets before anything is read.
    pub fn reset() -> Self {
        Fault::hangup().then(End::Reset)
    }

    /// The same, once so much has been read.
    pub fn after(mut self, reads: Reads) -> Self {
        self.reads = reads;
        self
    }

    /// The same with another end.
    pub fn then(mut self, end: End) -> Self {
        self.end = end;
        self
    }

    /// What becomes of the connection.
    pub fn end(&self) -> End {
        self.end
    }

    /// The same, behind these bytes.
    pub fn behind(mut self, bytes: impl Into<Vec<u8>>) -> Self {
        self.pieces.insert(0, Piece::AtOnce(bytes.into()));
        self
    }
}

/// What is done, in order; the last one stays.
#[derive(Debug, Clone)]
pub(super) struct Script(Arc<Mutex<VecDeque<Behaviour>>>);

impl Script {
    pub(super) fn new(behaviours: impl Iterator<Item = Behaviour>) -> Self {
        let behaviours: VecDeque<_> = behaviours.collect();
        assert!(!behaviours.is_empty(), "the script is empty");
        Script(Arc::new(Mutex::new(behaviours)))
    }

    pub(super) fn take(&self) -> Behaviour {
        self.take_if(|_| true).expect("the last one stays")
    }

    /// The next behaviour, if it is such a one; else it stays the next.
    pub(super) fn take_if(&self, wanted: impl Fn(&Behaviour) -> bool) -> Option<Behaviour> {
        let mut behaviours = self.0.lock().unwrap_or_else(PoisonError::into_inner);
        match behaviours.front() {
            Some(next) if wanted(next) && behaviours.len() == 1 => Some(next.clone()),
            Some(next) if wanted(next) => behaviours.pop_front(),
            _ => None,
        }
    }
}
