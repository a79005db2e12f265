//! A gigabyte there and back in little memory, over both transports. Measured in processes of their own.
#![cfg(target_os = "linux")]

use apiclient::{Body, Bytes, Client, ErrorKind, Method, testing::ManualClock, transport::Hyper};
use apiclient_tests::{Fault, FaultServer};
use futures_util::stream;
use std::{
    io::{self, Read, Write},
    net::{TcpListener, TcpStream},
};

const GIGABYTE: usize = 1 << 30;
const CHUNK: usize = 64 << 10;
const MIB: usize = 1 << 20;

/// Reads one request, and answers how many bytes its body had, chunks and all.
fn count(mut stream: TcpStream) -> io::Result<()> {
    let mut head = Vec::new();
    let mut byte = [0];
    while !head.ends_with(b"\r\n\r\n") {
        stream.read_exact(&mut byte)?;
        head.push(byte[0]);
    }
    let head = String::from_utf8_lossy(&head).to_lowercase();
    let length =
        head.split("content-length: ").nth(1).and_then(|rest| rest.split("\r\n").next()?.parse().ok());
    let (mut buffer, mut read, mut tail) = (vec![0; CHUNK], 0_usize, Vec::new());
    while length.map_or(!tail.ends_with(b"\r\n0\r\n\r\n"), |length| read < length) {
        let n = stream.read(&mut buffer)?;
        if n == 0 {
            return Ok(());
        }
        read += n;
        tail.extend_from_slice(&buffer[n.saturating_sub(7)..n]);
        tail.drain(..tail.len().saturating_sub(7));
    }
    let body = read.to_string();
    write!(stream, "HTTP/1.1 200 OK\r\ncontent-length: {}\r\n\r\n{body}", body.len())
}

fn counting_server() -> String {
    let listener = TcpListener::bind("127.0.0.1:0").unwrap();
    let url = format!("http://{}", listener.local_addr().unwrap());
    std::thread::spawn(move || {
        for stream in listener.incoming() {
            count(stream.unwrap()).unwrap();
        }
    });
    url
}

fn client(over: &str, url: &str) -> Client {
    let builder = Client::builder().retry(apiclient::Retry::none()).base_url(url).clock(ManualClock::new());
    match over {
        "hyper" => builder.transport(Hyper::builder().no_proxy().build().unwrap()).build().unwrap(),
        _ => builder.build().unwrap(),
    }
}

async fn upload(client: &Client, known: bool) {
    let chunk = Bytes::from(vec![7; CHUNK]);
    let body = Body::factory(known.then_some(GIGABYTE as u64), move || {
        let chunk = chunk.clone();
        stream::iter((0..GIGABYTE / CHUNK).map(move |_| Ok::<_, io::Error>(chunk.clone())))
    });
    let call = client.call(Method::PUT, "/large").body("application/octet-stream", body);
    let read: usize = call.fetch().await.unwrap();
    assert!(if known { read == GIGABYTE } else { read > GIGABYTE }, "{read}");
}

async fn download(over: &str, status: u16) {
    let head = format!("HTTP/1.1 {status} x\r\ntransfer-encoding: chunked\r\n\r\n");
    let mut chunk = b"10000\r\n".to_vec();
    chunk.resize(7 + CHUNK, b'x');
    chunk.extend_from_slice(b"\r\n");
    let server = FaultServer::start(Fault::flood(head, chunk)).await;
    let e = client(over, &server.url).call(Method::GET, "/large").fetch::<Bytes>().await.unwrap_err();
    match status {
        200 => assert_eq!(e.kind(), ErrorKind::TooLarge, "{e}"),
        _ => assert_eq!((e.kind(), e.body().unwrap().len()), (ErrorKind::Status, 64 << 10), "{e}"),
    }
}

/// In bytes; from here on the peak is counted anew.
fn now_used() -> usize {
    std::fs::write("/proc/self/clear_refs", "5").unwrap();
    status("VmRSS:")
}

fn status(name: &str) -> usize {
    let status = std::fs::read_to_string("/proc/self/status").unwrap();
    let line = status.lines().find_map(|line| line.strip_prefix(name)).unwrap();
    line.trim().trim_end_matches(" kB").parse::<usize>().unwrap() << 10
}

#[test]
fn a_gigabyte_in_little_memory() {
    const CHILD: &str = "APICLIENT_MEASURED";
    let Ok(what) = std::env::var(CHILD) else {
        for over in ["hyper", "reqwest"] {
            for what in ["known", "unknown", "200", "500"] {
                let test = std::process::Command::new(std::env::current_exe().unwrap())
                    .args(["--exact", "a_gigabyte_in_little_memory", "--nocapture"])
                    .env(CHILD, format!("{over} {what}"))
                    .output()
                    .unwrap();
                assert!(test.status.success(), "{over} {what}: {}", String::from_utf8_lossy(&test.stderr));
            }
        }
        return;
    };
    let (over, what) = what.split_once(' ').unwrap();
    let run = async {
        let server = counting_server();
        let client = client(over, &server);
        let before = now_used();
        match what {
            "known" | "unknown" => upload(&client, what == "known").await,
            status => download(over, status.parse().unwrap()).await,
        }
        let used = status("VmHWM:").saturating_sub(before);
        // What a success may be, and a little; nothing to speak of otherwise.
        let limit = if what == "200" { 72 * MIB } else { 16 * MIB };
        assert!(used <= limit, "{over} {what}: {used} bytes");
        println!("{over} {what}: {} KiB", used >> 10);
    };
    tokio::runtime::Builder::new_current_thread().enable_all().build().unwrap().block_on(run);
}
