//! What runs inside of the generated project: a loopback server that records, a client whose every host is that server,
//! and the loop over the cases.

use super::wire::Sent;
use apiclient::{
    ApiClient, ClientBuilder, Error, reqwest,
    reqwest::dns::{Addrs, Name, Resolve, Resolving},
    time::{Clock, Timer},
    transport::{BoxFuture, Reqwest, Transport},
};
use serde::{Deserialize, Serialize, Serializer};
use std::{
    env,
    future::pending,
    net::SocketAddr,
    sync::{Arc, Mutex, MutexGuard, PoisonError},
    task::{Context, Poll},
    time::{Duration, Instant},
};
use tokio::{
    io::{AsyncReadExt, AsyncWriteExt},
    net::{TcpListener, TcpStream},
};

/// What one case did; a line of the project's output.
#[derive(Debug, Clone, Serialize, Deserialize)]
pub struct Trial {
    pub case: usize,
    /// What the case said at its end.
    pub result: Result<String, String>,
    pub sent: Vec<Sent>,
    /// The time limit that was in effect, in seconds.
    pub limit: Option<f64>,
}

/// What a case's module has.
pub type Run = fn(Arc<Lab>) -> BoxFuture<'static, Result<String, Error>>;

/// What the cases share.
#[derive(Debug)]
pub struct Lab {
    transport: Arc<Reqwest>,
    clock: Arc<StillClock>,
    journal: Arc<Mutex<Vec<Sent>>>,
}

fn lock<T>(mutex: &Mutex<T>) -> MutexGuard<'_, T> {
    mutex.lock().unwrap_or_else(PoisonError::into_inner)
}

impl Lab {
    async fn open() -> Self {
        let journal: Arc<Mutex<Vec<Sent>>> = Arc::default();
        let server = record(journal.clone()).await;
        let http = reqwest::Client::builder()
            .redirect(reqwest::redirect::Policy::none())
            .no_proxy()
            .pool_max_idle_per_host(0)
            .dns_resolver(Arc::new(Everywhere(server)))
            .build()
            .expect("a client");
        Lab { transport: Arc::new(Reqwest::from(http)), clock: Arc::new(StillClock::new()), journal }
    }

    /// Builds a client whose every host is the loopback server; or one that sends to the real server, below `base_path`.
    ///
    /// # Errors
    ///
    /// What `build` has to say.
    pub fn fit<C: ApiClient>(&self, builder: ClientBuilder<C>, base_path: &str) -> Result<C, Error> {
        if let Ok(real) = env::var(REAL) {
            return builder.base_url(format!("{real}{base_path}")).build();
        }
        let transport: Arc<dyn Transport> = self.transport.clone();
        let clock: Arc<dyn Clock> = self.clock.clone();
        // The only timer is that of the limit, so that the clock sees which it is.
        builder.shared_transport(transport).shared_clock(clock).idle_timeout(Duration::MAX).build()
    }
}

/// Says where a real server is, if one is to be asked.
pub const REAL: &str = "APICLIENT_REAL_SERVER";

/// Runs the cases one after the other and prints a line for each.
///
/// # Panics
///
/// Without a loopback port.
pub fn drive(cases: &[(usize, Run)]) {
    let runtime = tokio::runtime::Builder::new_multi_thread().worker_threads(1).enable_all().build();
    runtime.expect("a runtime").block_on(async {
        let lab = Arc::new(Lab::open().await);
        for (case, run) in cases {
            println!("{}", serde_json::to_string(&trial(&lab, *case, *run).await).expect("it is plain data"));
        }
    });
}

async fn trial(lab: &Arc<Lab>, case: usize, run: Run) -> Trial {
    lab.clock.forget();
    let theirs = lab.clone();
    let task = tokio::spawn(async move { run(theirs).await });
    let result = match tokio::time::timeout(Duration::from_secs(20), task).await {
        Ok(Ok(result)) => result.map_err(|e| full(&e)),
        Ok(Err(e)) => Err(format!("it panicked: {e}")),
        Err(_) => Err("no answer within 20 s".into()),
    };
    Trial { case, result, sent: std::mem::take(&mut *lock(&lab.journal)), limit: lab.clock.limit() }
}

/// An error with its sources.
fn full(error: &Error) -> String {
    let mut text = error.to_string();
    let mut source = std::error::Error::source(error);
    while let Some(cause) = source {
        text = format!("{text}: {cause}");
        source = cause.source();
    }
    text
}

/// Every name is one address.
struct Everywhere(SocketAddr);

impl Resolve for Everywhere {
    fn resolve(&self, _name: Name) -> Resolving {
        let addresses: Addrs = Box::new(std::iter::once(self.0));
        Box::pin(std::future::ready(Ok(addresses)))
    }
}

/// Time stands still, and the first limit that a call asks for is kept.
#[derive(Debug)]
struct StillClock {
    now: Instant,
    limit: Mutex<Option<Duration>>,
}

impl StillClock {
    fn new() -> Self {
        StillClock { now: Instant::now(), limit: Mutex::default() }
    }

    fn forget(&self) {
        *lock(&self.limit) = None;
    }

    fn limit(&self) -> Option<f64> {
        lock(&self.limit).map(|limit| limit.as_secs_f64())
    }
}

impl Clock for StillClock {
    fn now(&self) -> Instant {
        self.now
    }

    fn sleep(&self, _duration: Duration) -> BoxFuture<'static, ()> {
        Box::pin(pending())
    }

    fn poll_timer(&self, timer: &mut Timer, _cx: &mut Context<'_>) -> Poll<()> {
        lock(&self.limit).get_or_insert(timer.due().saturating_duration_since(self.now));
        Poll::Pending
    }

    fn cancel(&self, _timer: &mut Timer) {}
}

/// Starts the server: it keeps what it reads, and answers 200 with nothing.
async fn record(journal: Arc<Mutex<Vec<Sent>>>) -> SocketAddr {
    let listener = TcpListener::bind("127.0.0.1:0").await.expect("a loopback port");
    let address = listener.local_addr().expect("bound");
    tokio::spawn(async move {
        while let Ok((stream, _)) = listener.accept().await {
            tokio::spawn(answer(stream, journal.clone()));
        }
    });
    address
}

async fn answer(mut stream: TcpStream, journal: Arc<Mutex<Vec<Sent>>>) -> std::io::Result<()> {
    let mut bytes = Vec::new();
    loop {
        if let Some(sent) = complete(&bytes) {
            lock(&journal).push(sent);
            stream.write_all(b"HTTP/1.1 200 OK\r\ncontent-length: 0\r\nconnection: close\r\n\r\n").await?;
            return stream.shutdown().await;
        }
        if stream.read_buf(&mut bytes).await? == 0 {
            return Ok(());
        }
    }
}

/// The request, once all of it is there.
fn complete(bytes: &[u8]) -> Option<Sent> {
    let end = bytes.windows(4).position(|w| w == b"\r\n\r\n")?;
    let head = bytes[..end].iter().map(|b| char::from(*b)).collect();
    let mut sent = Sent { head, body: bytes[end + 4..].to_vec() };
    if sent.headers("transfer-encoding").iter().any(|v| v.eq_ignore_ascii_case("chunked")) {
        sent.body = unchunked(&sent.body)?;
        return Some(sent);
    }
    let length = sent.headers("content-length").first().and_then(|v| v.parse().ok()).unwrap_or(0);
    (sent.body.len() >= length).then_some(sent)
}

fn unchunked(mut rest: &[u8]) -> Option<Vec<u8>> {
    let mut out = Vec::new();
    loop {
        let line = rest.windows(2).position(|w| w == b"\r\n")?;
        let length = usize::from_str_radix(std::str::from_utf8(&rest[..line]).ok()?.trim(), 16).ok()?;
        let chunk = rest.get(line + 2..line + 2 + length)?;
        if length == 0 {
            return Some(out);
        }
        out.extend_from_slice(chunk);
        rest = rest.get(line + 4 + length..)?;
    }
}

/// A map in the order that it was written in, with keys of any type.
#[derive(Debug, Clone)]
pub struct Map<K, V>(pub Vec<(K, V)>);

impl<K: Serialize, V: Serialize> Serialize for Map<K, V> {
    fn serialize<S: Serializer>(&self, out: S) -> Result<S::Ok, S::Error> {
        out.collect_map(self.0.iter().map(|(key, value)| (key, value)))
    }
}

/// A list as one text.
pub fn joined<T: Serialize>(list: &[T], separator: &str) -> String {
    let texts = list.iter().map(|value| match serde_json::to_value(value) {
        Ok(serde_json::Value::String(text)) => text,
        other => other.map(|v| v.to_string()).unwrap_or_default(),
    });
    texts.collect::<Vec<_>>().join(separator)
}

/// A struct or a map as one level of names.
///
/// # Panics
///
/// For what is no plain data.
pub fn flat<T: Serialize>(value: &T, prefix: &str, delimiter: &str) -> super::Json {
    let text = serde_json::to_string(value).expect("it is plain data");
    let mut out = Vec::new();
    flatten(prefix, delimiter, super::Json::parse(&text).expect("it is JSON"), &mut out);
    super::Json::Object(out)
}

fn flatten(name: &str, delimiter: &str, value: super::Json, out: &mut Vec<(String, super::Json)>) {
    match value {
        super::Json::Object(members) => {
            for (key, value) in members {
                let name = if name.is_empty() { key } else { format!("{name}{delimiter}{key}") };
                flatten(&name, delimiter, value, out);
            }
        }
        value => out.push((name.to_owned(), value)),
    }
}
