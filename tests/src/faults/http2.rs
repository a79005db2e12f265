//! As much of HTTP/2 (RFC 9113) as a client with prior knowledge needs to be misled: frames by hand, request heads unread.

use super::{Behaviour, Entry, behaviour::Script, connection::Connection};
use std::{collections::BTreeMap, io};

/// What is done to one stream of HTTP/2, once its request is there, or to its connection.
#[derive(Debug, Clone, PartialEq, Eq)]
pub enum Http2 {
    /// 200 with this body.
    Answer(Vec<u8>),
    /// `RST_STREAM` with this code.
    Reset(u32),
    /// `GOAWAY` before any request is read: this code, and no stream was seen to.
    GoAwayAtOnce(u32),
    /// `GOAWAY` with this code: no stream was seen to.
    GoAway(u32),
    /// The stream stays open, and nothing is sent.
    Silence,
}

impl Http2 {
    pub const NO_ERROR: u32 = 0x0;
    pub const INTERNAL_ERROR: u32 = 0x2;
    pub const REFUSED_STREAM: u32 = 0x7;
    pub const ENHANCE_YOUR_CALM: u32 = 0xb;
}

const PREFACE: usize = b"PRI * HTTP/2.0\r\n\r\nSM\r\n\r\n".len();
const FRAME_HEAD: usize = 9;

const DATA: u8 = 0x0;
const HEADERS: u8 = 0x1;
const RST_STREAM: u8 = 0x3;
const SETTINGS: u8 = 0x4;
const PING: u8 = 0x6;
const GOAWAY: u8 = 0x7;
const WINDOW_UPDATE: u8 = 0x8;

/// Of `SETTINGS` and `PING`.
const ACK: u8 = 0x1;
/// Of `DATA` and `HEADERS`.
const END_STREAM: u8 = 0x1;
const END_HEADERS: u8 = 0x4;

struct Frame {
    kind: u8,
    flags: u8,
    stream: u32,
    payload: Vec<u8>,
}

impl Frame {
    fn new(kind: u8, flags: u8, stream: u32, payload: impl Into<Vec<u8>>) -> Self {
        Frame { kind, flags, stream, payload: payload.into() }
    }

    fn bytes(&self) -> Vec<u8> {
        let length = u32::try_from(self.payload.len()).expect("a short payload");
        let mut bytes = length.to_be_bytes()[1..].to_vec();
        bytes.extend([self.kind, self.flags]);
        bytes.extend(self.stream.to_be_bytes());
        bytes.extend(&self.payload);
        bytes
    }

    fn has(&self, flag: u8) -> bool {
        self.flags & flag != 0
    }
}

/// Until the client closes: HTTP/2 has no need for a server to do it.
pub(super) async fn serve(connection: &mut Connection, first: Http2, script: &Script) -> io::Result<()> {
    connection.fill(PREFACE).await?;
    connection.input.drain(..PREFACE);
    let mut session = Session { connection, script, next: Some(first.into()), open: BTreeMap::new() };
    session.write(&Frame::new(SETTINGS, 0, 0, [])).await?;
    session.act_at_once().await?;
    loop {
        let frame = session.read().await?;
        if !session.take(frame).await? {
            return Ok(());
        }
    }
}

struct Session<'a> {
    connection: &'a mut Connection,
    script: &'a Script,
    /// What was taken from the script when the connection began.
    next: Option<Behaviour>,
    /// What has come of the bodies of requests that are not whole yet.
    open: BTreeMap<u32, Vec<u8>>,
}

impl Session<'_> {
    async fn read(&mut self) -> io::Result<Frame> {
        self.connection.fill(FRAME_HEAD).await?;
        let input = &self.connection.input;
        let length = u32::from_be_bytes([0, input[0], input[1], input[2]]);
        let (kind, flags) = (input[3], input[4]);
        let stream = u32::from_be_bytes([input[5], input[6], input[7], input[8]]);
        let end = FRAME_HEAD + usize::try_from(length).expect("24 bits");
        self.connection.fill(end).await?;
        let payload = self.connection.input.drain(..end).skip(FRAME_HEAD).collect::<Vec<_>>();
        Ok(Frame { kind, flags, stream, payload })
    }

    async fn write(&mut self, frame: &Frame) -> io::Result<()> {
        self.connection.write(&frame.bytes()).await
    }

    /// Sees to a frame; whether the connection stays.
    async fn take(&mut self, frame: Frame) -> io::Result<bool> {
        let connection = self.connection.number;
        match frame.kind {
            SETTINGS | PING if !frame.has(ACK) => {
                let echo = if frame.kind == PING { &*frame.payload } else { &[] };
                self.write(&Frame::new(frame.kind, ACK, 0, echo)).await?;
            }
            HEADERS => {
                self.connection.journal.push(Entry::Head { connection, head: head(frame.stream) });
                self.open.insert(frame.stream, Vec::new());
            }
            DATA => self.take_data(&frame).await?,
            RST_STREAM => self.connection.journal.push(Entry::Cancelled { connection, stream: frame.stream }),
            _ => {}
        }
        match frame.kind {
            HEADERS | DATA if frame.has(END_STREAM) => self.end(frame.stream).await,
            _ => Ok(true),
        }
    }

    async fn take_data(&mut self, frame: &Frame) -> io::Result<()> {
        self.open.entry(frame.stream).or_default().extend(&frame.payload);
        let read = u32::try_from(frame.payload.len()).expect("24 bits");
        if read > 0 {
            for stream in [0, frame.stream] {
                self.write(&Frame::new(WINDOW_UPDATE, 0, stream, read.to_be_bytes())).await?;
            }
        }
        Ok(())
    }

    /// A request is there. Whether the connection stays.
    async fn end(&mut self, stream: u32) -> io::Result<bool> {
        let body = self.open.remove(&stream).unwrap_or_default();
        let connection = self.connection.number;
        self.connection.journal.push(Entry::Request { connection, head: head(stream), body });
        match self.next.take().unwrap_or_else(|| self.script.take()) {
            Behaviour::Http1(fault) => return self.connection.answer(&fault).await,
            Behaviour::Http2(act) => self.act(stream, &act).await?,
        }
        self.act_at_once().await?;
        Ok(true)
    }

    /// Does what waits for no request.
    async fn act_at_once(&mut self) -> io::Result<()> {
        let at_once = |next: &Behaviour| matches!(next, Behaviour::Http2(Http2::GoAwayAtOnce(_)));
        let due = match self.next.take() {
            None => self.script.take_if(at_once),
            Some(next) if at_once(&next) => Some(next),
            Some(next) => {
                self.next = Some(next);
                None
            }
        };
        match due {
            Some(Behaviour::Http2(act)) => self.act(0, &act).await,
            _ => Ok(()),
        }
    }

    async fn act(&mut self, stream: u32, act: &Http2) -> io::Result<()> {
        match act {
            Http2::Answer(body) => {
                // 0x88 is `:status: 200`, RFC 7541, appendix A.
                self.write(&Frame::new(HEADERS, END_HEADERS, stream, [0x88])).await?;
                self.write(&Frame::new(DATA, END_STREAM, stream, &**body)).await
            }
            Http2::Reset(code) => self.write(&Frame::new(RST_STREAM, 0, stream, code.to_be_bytes())).await,
            Http2::GoAwayAtOnce(code) | Http2::GoAway(code) => {
                let payload = [[0; 4], code.to_be_bytes()].concat();
                self.write(&Frame::new(GOAWAY, 0, 0, payload)).await
            }
            Http2::Silence => {
                self.connection.journal.push(Entry::Silent { connection: self.connection.number });
                Ok(())
            }
        }
    }
}

fn head(stream: u32) -> String {
    format!("HTTP/2 stream {stream}")
}
