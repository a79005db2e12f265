//! Random faults over sockets, ten thousand calls of each kind over each transport: a `POST` without a key is seen once at most, and
//! a `GET` succeeds as soon as one of its attempts is answered rightly.
//!
//! The faults of a run come from its number alone, so that one run can be repeated: `RUN=4711 cargo test .. --test fault_runs`.

use apiclient::{
    Client, Error, Method, Random,
    testing::{ManualClock, SeededRandom},
    transport::{Hyper, Transport},
};
use apiclient_tests::Leaping;
use std::{
    collections::HashMap,
    ops::Range,
    sync::{Arc, Mutex},
    time::Duration,
};
use tokio::{
    io::{AsyncReadExt, AsyncWriteExt},
    net::{TcpListener, TcpStream},
};

const RUNS: u64 = 10_000;
/// The limit of an attempt.
const ATTEMPT: Duration = Duration::from_secs(30);

/// What a server does to a request.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
enum Act {
    /// A whole answer; the connection stays.
    Right,
    /// The same, and the connection is closed, now or while it is idle.
    RightAndClosed,
    /// Head and part of the body of a right answer.
    Half,
    Unended,
    HalfHead,
    Garbage,
    Status(u16),
    Later,
    Closed,
    Reset,
    /// It is closed or reset before the body of the request was read.
    ClosedEarly,
    ResetEarly,
    Silence,
}

impl Act {
    fn draw(random: &dyn Random) -> Act {
        match random.next_u64() % 24 {
            0..=6 => Act::Right,
            7..=9 => Act::RightAndClosed,
            10 => Act::Half,
            11 => Act::Unended,
            12 => Act::HalfHead,
            13 => Act::Garbage,
            14 => Act::Status(500),
            15 => Act::Status(502),
            16 => Act::Status(503),
            17 => Act::Later,
            18 => Act::Closed,
            19 => Act::Reset,
            20 => Act::ClosedEarly,
            21 => Act::ResetEarly,
            22 => Act::Status(429),
            _ => Act::Silence,
        }
    }

    fn is_right(self) -> bool {
        matches!(self, Act::Right | Act::RightAndClosed)
    }

    fn answer(self) -> Vec<u8> {
        match self {
            Act::Right => b"HTTP/1.1 200 OK\r\ncontent-length: 5\r\n\r\nright".into(),
            Act::RightAndClosed => {
                b"HTTP/1.1 200 OK\r\ntransfer-encoding: chunked\r\n\r\n5\r\nright\r\n0\r\n\r\n".into()
            }
            Act::Half => b"HTTP/1.1 200 OK\r\ncontent-length: 50\r\n\r\nright".into(),
            Act::Unended => b"HTTP/1.1 200 OK\r\ntransfer-encoding: chunked\r\n\r\n5\r\nright\r\n".into(),
            Act::HalfHead => b"HTTP/1.1 200 OK\r\ncontent-le".into(),
            Act::Garbage => b"\x16\x03\x01 SSH-2.0-x\r\n\r\n".into(),
            Act::Status(status) => format!("HTTP/1.1 {status} No\r\ncontent-length: 2\r\n\r\nno").into(),
            Act::Later => b"HTTP/1.1 503 No\r\nretry-after: 3\r\ncontent-length: 2\r\n\r\nno".into(),
            Act::Closed | Act::Reset | Act::ClosedEarly | Act::ResetEarly | Act::Silence => Vec::new(),
        }
    }
}

/// What happened to the requests of one run, in order.
#[derive(Debug, Default)]
struct Seen {
    acts: Vec<Act>,
    /// Requests whose head and body were read: what a handler sees.
    handled: u32,
}

#[derive(Debug)]
struct Server {
    clock: ManualClock,
    seen: Mutex<HashMap<u64, Seen>>,
    /// For what has no request yet.
    connections: SeededRandom,
}

/// What the n-th request of a run meets.
fn act(run: u64, request: usize) -> Act {
    let random = SeededRandom::new(run);
    let skipped = (0..request).fold(0, |_, _| random.next_u64());
    let _ = (0..4).fold(skipped, |_, _| random.next_u64());
    Act::draw(&random)
}

impl Server {
    async fn start(clock: ManualClock) -> (Arc<Self>, String) {
        let listener = TcpListener::bind("127.0.0.1:0").await.unwrap();
        let url = format!("http://{}", listener.local_addr().unwrap());
        let server = Arc::new(Server { clock, seen: Mutex::default(), connections: SeededRandom::new(1) });
        let kept = server.clone();
        tokio::spawn(async move {
            while let Ok((stream, _)) = listener.accept().await {
                let server = kept.clone();
                // A client that is gone is no failure of the server.
                tokio::spawn(async move { server.serve(stream).await.ok() });
            }
        });
        (server, url)
    }

    async fn serve(&self, mut stream: TcpStream) -> std::io::Result<()> {
        match self.connections.next_u64() % 40 {
            0 => return Ok(()),
            1 => return stream.set_zero_linger(),
            _ => {}
        }
        let mut buffer = Vec::new();
        loop {
            let head = loop {
                if let Some(end) = buffer.windows(4).position(|four| four == b"\r\n\r\n") {
                    break String::from_utf8(buffer.drain(..end + 4).collect()).expect("a head");
                }
                if stream.read_buf(&mut buffer).await? == 0 {
                    return Ok(());
                }
            };
            let field = |name: &str| {
                let line = head.lines().find_map(|line| line.strip_prefix(name));
                line.map(|value| value.trim_start_matches(": ").parse::<u64>().expect("a number"))
            };
            let run = field("x-run").expect("the number of the run");
            let act = self.begin(run);
            if matches!(act, Act::ClosedEarly | Act::ResetEarly) {
                if act == Act::ResetEarly {
                    stream.set_zero_linger()?;
                }
                return Ok(());
            }
            let length = usize::try_from(field("content-length").unwrap_or(0)).unwrap();
            while buffer.len() < length {
                if stream.read_buf(&mut buffer).await? == 0 {
                    return Ok(());
                }
            }
            buffer.drain(..length);
            self.seen.lock().unwrap().get_mut(&run).unwrap().handled += 1;
            stream.write_all(&act.answer()).await?;
            match act {
                Act::Right | Act::Status(_) | Act::Later => {}
                Act::Reset => return stream.set_zero_linger(),
                Act::Silence => {
                    self.clock.advance(ATTEMPT);
                    // Until the client goes.
                    return stream.read_buf(&mut buffer).await.map(drop);
                }
                _ => return Ok(()),
            }
        }
    }

    fn begin(&self, run: u64) -> Act {
        let mut seen = self.seen.lock().unwrap();
        let seen = seen.entry(run).or_default();
        let act = act(run, seen.acts.len());
        seen.acts.push(act);
        act
    }
}

fn check_post(result: &Result<String, Error>, seen: &Seen) -> Result<(), &'static str> {
    match result {
        _ if seen.acts.len() > 1 => Err("it was sent twice"),
        _ if seen.handled > 1 => Err("it was handled twice"),
        Ok(_) if !seen.acts.iter().any(|act| act.is_right()) => Err("it succeeds without an answer"),
        Err(_) if seen.acts.iter().any(|act| act.is_right()) => Err("it was answered, and fails"),
        _ => Ok(()),
    }
}

fn check_get(result: &Result<String, Error>, seen: &Seen) -> Result<(), &'static str> {
    match result {
        Ok(text) if text != "right" => Err("it has another answer"),
        Ok(_) if !seen.acts.last().is_some_and(|act| act.is_right()) => Err("it succeeds without an answer"),
        Ok(_) if seen.acts.iter().filter(|act| act.is_right()).count() > 1 => Err("it was answered twice"),
        Err(_) if seen.acts.iter().any(|act| act.is_right()) => Err("it was answered, and fails"),
        // Budget and time are ample: a failure has had all its attempts.
        Err(e) if e.attempts() < 3 => Err("it gave up too early"),
        _ if seen.acts.len() > 3 => Err("it was sent too often"),
        _ => Ok(()),
    }
}

fn runs() -> Range<u64> {
    let one = std::env::var("RUN").ok().and_then(|run| run.parse().ok());
    one.map_or(0..2 * RUNS, |run: u64| run..run + 1)
}

async fn run(transport: Option<Arc<dyn Transport>>) {
    let clock = ManualClock::new();
    let (server, url) = Server::start(clock.clone()).await;
    let builder = Client::builder().base_url(&url).clock(Leaping::over(clock)).random(SeededRandom::new(1));
    let builder = builder.timeout(Duration::from_secs(3600)).attempt_timeout(ATTEMPT).retry_budget(u32::MAX);
    let builder = match transport {
        Some(transport) => builder.shared_transport(transport),
        None => builder,
    };
    let client = builder.build().unwrap();
    let (mut failed, mut posted, mut retried) = (0, 0, 0);
    let bodies = [vec![b'x'; 20], vec![b'x'; 200_000]];
    for run in runs() {
        // Every other is a POST, and a few of those are longer than what a socket takes at once.
        let is_post = run % 2 == 1;
        let call = match is_post {
            false => client.call(Method::GET, "/"),
            true => {
                client.call(Method::POST, "/").body("text/plain", bodies[usize::from(run % 32 == 1)].clone())
            }
        };
        let result = call.fetch::<String>().header("x-run", run.to_string()).await;
        let seen = server.seen.lock().unwrap().remove(&run).unwrap_or_default();
        let checked = if is_post { check_post(&result, &seen) } else { check_get(&result, &seen) };
        if let Err(why) = checked {
            panic!("RUN={run}: {why}: {result:?} {seen:?}");
        }
        failed += u32::from(result.is_err());
        posted += u32::from(is_post && seen.handled == 1);
        retried += u32::from(!is_post && seen.acts.len() > 1);
    }
    println!("{failed} failed, {posted} POSTs were handled, {retried} GETs were sent again");
    assert!(runs().count() == 1 || (failed > 3_000 && posted > 5_000 && retried > 4_000));
}

#[tokio::test]
async fn over_hyper() {
    run(Some(Arc::new(Hyper::builder().no_proxy().build().unwrap()))).await;
}

#[tokio::test]
async fn over_reqwest() {
    run(None).await;
}
