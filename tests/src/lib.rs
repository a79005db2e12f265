//! What the tests share: a raw server that misbehaves as told, where things are, and which servers are there.

pub mod corpus;
pub mod roles;
pub mod tree;

use std::{
    env,
    path::PathBuf,
    sync::{Arc, Mutex},
};
use tokio::{
    io::{AsyncBufReadExt, AsyncReadExt, AsyncWriteExt, BufReader},
    net::{TcpListener, TcpStream},
};

/// The root of the workspace.
pub fn root() -> PathBuf {
    PathBuf::from(env!("CARGO_MANIFEST_DIR")).join("..")
}

/// Whether a server of `tests/servers/run` answers at `url`, or a word about why its test is skipped; `APICLIENT_REQUIRE=1`
/// makes a skip an error.
///
/// # Panics
///
/// Where the server is required and not there.
pub fn is_up(url: &str) -> bool {
    let up = std::net::TcpStream::connect(url.trim_start_matches("http://")).is_ok();
    assert!(up || env::var("APICLIENT_REQUIRE").as_deref() != Ok("1"), "nothing answers at {url}");
    if !up {
        println!("skipped: nothing answers at {url}; tests/servers/run starts it");
    }
    up
}

/// What a [`Fault`] server does once it has read a request's head.
#[derive(Debug, Clone)]
pub enum Fault {
    /// Sends these bytes and closes.
    Send(Vec<u8>),
    /// Sends these bytes and keeps the connection open, silent.
    Stall(Vec<u8>),
    /// Sends the first bytes, then the others for ever.
    Flood(Vec<u8>, Vec<u8>),
    /// Closes before anything is read.
    Hangup,
}

impl Fault {
    /// A whole answer.
    pub fn answer(head: &str, body: &[u8]) -> Self {
        let mut bytes = format!("HTTP/1.1 {head}\r\ncontent-length: {}\r\n\r\n", body.len()).into_bytes();
        bytes.extend_from_slice(body);
        Fault::Send(bytes)
    }
}

/// A server on a loopback socket that answers each request with the same fault, and a journal of what arrived.
/// It ends with the runtime of its test.
pub struct FaultServer {
    pub url: String,
    pub journal: Arc<Mutex<Vec<String>>>,
}

impl FaultServer {
    pub async fn start(fault: Fault) -> Self {
        let listener = TcpListener::bind("127.0.0.1:0").await.expect("a loopback port");
        let url = format!("http://localhost:{}", listener.local_addr().expect("bound").port());
        let journal: Arc<Mutex<Vec<String>>> = Arc::default();
        let seen = journal.clone();
        tokio::spawn(async move {
            while let Ok((stream, _)) = listener.accept().await {
                tokio::spawn(serve(stream, fault.clone(), seen.clone()));
            }
        });
        FaultServer { url, journal }
    }

    /// The head of each request that arrived.
    pub fn seen(&self) -> Vec<String> {
        self.journal.lock().expect("no test panics with it").clone()
    }
}

async fn serve(mut stream: TcpStream, fault: Fault, journal: Arc<Mutex<Vec<String>>>) {
    if matches!(fault, Fault::Hangup) {
        return;
    }
    let mut head = Vec::new();
    let mut buffer = [0; 4096];
    while !head.windows(4).any(|w| w == b"\r\n\r\n") {
        match stream.read(&mut buffer).await {
            Ok(n) if n > 0 => head.extend_from_slice(&buffer[..n]),
            _ => return,
        }
    }
    journal.lock().expect("no test panics with it").push(String::from_utf8_lossy(&head).into_owned());
    // The client may be gone by now: that is what some tests are about.
    let _ = match fault {
        Fault::Send(bytes) => stream.write_all(&bytes).await,
        Fault::Stall(bytes) => {
            let _ = stream.write_all(&bytes).await;
            std::future::pending().await
        }
        Fault::Flood(first, then) => {
            let mut result = stream.write_all(&first).await;
            while result.is_ok() {
                result = stream.write_all(&then).await;
            }
            result
        }
        Fault::Hangup => Ok(()),
    };
    let _ = stream.shutdown().await;
}

/// Head and body of a request.
pub type Request = (String, Vec<u8>);

/// A server on a loopback socket that answers 204 to each request that arrived whole, its body read by the length or
/// the chunks of its head, and keeps it. A connection that breaks off before is forgotten.
pub struct BodyServer {
    pub url: String,
    seen: Arc<Mutex<Vec<Request>>>,
}

impl BodyServer {
    pub async fn start() -> Self {
        let listener = TcpListener::bind("127.0.0.1:0").await.expect("a loopback port");
        let url = format!("http://localhost:{}", listener.local_addr().expect("bound").port());
        let seen: Arc<Mutex<Vec<Request>>> = Arc::default();
        let journal = seen.clone();
        tokio::spawn(async move {
            while let Ok((stream, _)) = listener.accept().await {
                let journal = journal.clone();
                tokio::spawn(async move {
                    let mut stream = BufReader::new(stream);
                    while let Some(request) = read_request(&mut stream).await {
                        journal.lock().expect("no test panics with it").push(request);
                        if stream.write_all(b"HTTP/1.1 204 No Content\r\n\r\n").await.is_err() {
                            return;
                        }
                    }
                });
            }
        });
        BodyServer { url, seen }
    }

    /// The requests that arrived whole.
    pub fn seen(&self) -> Vec<Request> {
        self.seen.lock().expect("no test panics with it").clone()
    }
}

async fn read_request(stream: &mut BufReader<TcpStream>) -> Option<Request> {
    let mut head = String::new();
    while !head.ends_with("\r\n\r\n") {
        if stream.read_line(&mut head).await.ok()? == 0 {
            return None;
        }
    }
    let mut body = Vec::new();
    let length = head.lines().find_map(|l| l.strip_prefix("content-length: "));
    if let Some(length) = length {
        body = vec![0; length.parse().ok()?];
        stream.read_exact(&mut body).await.ok()?;
    } else if head.contains("\r\ntransfer-encoding: chunked\r\n") {
        loop {
            let mut line = String::new();
            stream.read_line(&mut line).await.ok()?;
            let size = usize::from_str_radix(line.trim_end(), 16).ok()?;
            let from = body.len();
            // With the line end after each chunk, the last and empty one too.
            body.resize(from + size + 2, 0);
            stream.read_exact(&mut body[from..]).await.ok()?;
            body.truncate(from + size);
            if size == 0 {
                break;
            }
        }
    }
    Some((head, body))
}
