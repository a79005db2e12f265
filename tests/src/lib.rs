//! What the tests share: a raw server that misbehaves as told, and where things are.

pub mod corpus;

use std::{
    path::PathBuf,
    sync::{Arc, Mutex},
};
use tokio::{
    io::{AsyncReadExt, AsyncWriteExt},
    net::{TcpListener, TcpStream},
};

/// The root of the workspace.
pub fn root() -> PathBuf {
    PathBuf::from(env!("CARGO_MANIFEST_DIR")).join("..")
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
