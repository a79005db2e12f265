//! One connection: it reads, sends and ends as its turns say.

use super::{
    Behaviour, End, Entry, Fault, Journal, Reads, Side,
    behaviour::{Piece, Script},
    http2, request,
};
use std::io;
use tokio::{
    io::{AsyncReadExt, AsyncWriteExt},
    net::TcpStream,
    task::yield_now,
};

pub(super) struct Connection {
    stream: TcpStream,
    /// What has arrived and is not taken yet.
    pub(super) input: Vec<u8>,
    pub(super) number: usize,
    pub(super) journal: Journal,
}

impl Connection {
    pub(super) fn new(stream: TcpStream, number: usize, journal: Journal) -> Self {
        Connection { stream, input: Vec::new(), number, journal }
    }

    pub(super) async fn serve(mut self, script: Script) {
        let connection = self.number;
        self.journal.push(Entry::Opened { connection });
        let by = match self.run(&script).await {
            Ok(()) => Side::Server,
            Err(e) => {
                if e.kind() != io::ErrorKind::UnexpectedEof {
                    self.journal.push(Entry::Failed { connection, error: e.kind() });
                }
                Side::Client
            }
        };
        // Whoever reads that it is closed may rely on it.
        drop(self.stream);
        self.journal.push(Entry::Closed { connection, by });
    }

    async fn run(&mut self, script: &Script) -> io::Result<()> {
        // Each byte by itself shall be one.
        self.stream.set_nodelay(true)?;
        loop {
            let early =
                script.take_if(|next| matches!(next, Behaviour::Http1(f) if f.reads == Reads::Nothing));
            let behaviour = match early {
                Some(behaviour) => behaviour,
                None => {
                    self.fill(1).await?;
                    script.take()
                }
            };
            match behaviour {
                Behaviour::Http1(fault) if self.turn(&fault).await? => {}
                Behaviour::Http1(_) => return Ok(()),
                Behaviour::Http2(act) => return http2::serve(self, act, script).await,
            }
        }
    }

    /// Does it; whether the connection stays.
    async fn turn(&mut self, fault: &Fault) -> io::Result<bool> {
        self.read(fault.reads).await?;
        self.answer(fault).await
    }

    /// Does it without reading; whether the connection stays.
    pub(super) async fn answer(&mut self, fault: &Fault) -> io::Result<bool> {
        for piece in &fault.pieces {
            self.send(piece).await?;
        }
        match fault.end {
            End::Stay => return Ok(true),
            End::Close => self.stream.shutdown().await?,
            End::Reset => self.stream.set_zero_linger()?,
            End::Silence => self.stay_silent().await?,
        }
        Ok(false)
    }

    async fn read(&mut self, reads: Reads) -> io::Result<()> {
        match reads {
            Reads::Nothing => Ok(()),
            Reads::Begin => self.fill(1).await,
            Reads::Head => self.read_head().await.map(drop),
            Reads::Request => {
                let head = self.read_head().await?;
                self.read_body(head).await
            }
        }
    }

    async fn read_head(&mut self) -> io::Result<String> {
        loop {
            if let Some(head) = request::take_head(&mut self.input) {
                self.journal.push(Entry::Head { connection: self.number, head: head.clone() });
                return Ok(head);
            }
            self.read_more().await?;
        }
    }

    async fn read_body(&mut self, head: String) -> io::Result<()> {
        loop {
            if let Some(body) = request::take_body(&head, &mut self.input) {
                self.journal.push(Entry::Request { connection: self.number, head, body });
                return Ok(());
            }
            self.read_more().await?;
        }
    }

    /// Reads until so many bytes are there.
    pub(super) async fn fill(&mut self, length: usize) -> io::Result<()> {
        while self.input.len() < length {
            self.read_more().await?;
        }
        Ok(())
    }

    async fn read_more(&mut self) -> io::Result<()> {
        match self.stream.read_buf(&mut self.input).await? {
            0 => Err(io::ErrorKind::UnexpectedEof.into()),
            _ => Ok(()),
        }
    }

    /// Ends when the client does.
    async fn stay_silent(&mut self) -> io::Result<()> {
        self.journal.push(Entry::Silent { connection: self.number });
        loop {
            self.read_more().await?;
        }
    }

    async fn send(&mut self, piece: &Piece) -> io::Result<()> {
        match piece {
            Piece::AtOnce(bytes) => self.write(bytes).await,
            Piece::ForEver(bytes) => loop {
                self.write(bytes).await?;
            },
            Piece::Singly(bytes) => {
                for byte in bytes {
                    self.write(&[*byte]).await?;
                    yield_now().await;
                }
                Ok(())
            }
            Piece::Slowly(bytes, clock, pause) => {
                for byte in bytes {
                    clock.sleep(*pause).await;
                    self.write(&[*byte]).await?;
                }
                Ok(())
            }
        }
    }

    pub(super) async fn write(&mut self, mut bytes: &[u8]) -> io::Result<()> {
        while !bytes.is_empty() {
            let written = self.stream.write(bytes).await?;
            self.journal.push(Entry::Wrote { connection: self.number, bytes: written });
            bytes = &bytes[written..];
        }
        Ok(())
    }
}
