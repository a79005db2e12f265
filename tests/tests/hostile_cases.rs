//! Hostile and faulty servers by their numbers, with everything as it is by default, over both transports. Numbers that are not here
//! stand beside what they are about; [`each_number_has_a_test`] knows that there is one for each.

use apiclient::{
    Body, Bytes, Call, Client, ClientBuilder, Error, ErrorKind, Method, Retry, reqwest,
    testing::{ManualClock, SeededRandom, Stub, TestServer},
    time::{BoxFuture, Clock, Timer},
    transport::{Hyper, HyperBuilder, Progress, Reply, Reqwest, Resolve, Transport},
};
use apiclient_tests::{
    Fault, FaultServer, Leaping, Nobody,
    faults::{Behaviour, End, Http2, Reads, broken},
    proxy::Proxy,
    root,
};
use futures_util::{FutureExt, stream};
use std::{
    collections::BTreeSet,
    fs, io,
    net::{IpAddr, Ipv4Addr, SocketAddr},
    sync::{
        Arc, Mutex,
        atomic::{AtomicUsize, Ordering},
    },
    task::{Context, Poll},
    time::{Duration, Instant},
};
use tokio::net::{TcpListener, TcpSocket, TcpStream};

const SECOND: Duration = Duration::from_secs(1);

/// Both transports, each with connections of its own.
fn both() -> [(&'static str, Arc<dyn Transport>); 2] {
    [("hyper", Arc::new(Hyper::builder().no_proxy().build().unwrap())), ("reqwest", over(quiet()))]
}

/// Both, for servers that speak HTTP/2 from the first byte.
fn both_http2() -> [(&'static str, Arc<dyn Transport>); 2] {
    let hyper = Hyper::builder().no_proxy().http2_prior_knowledge().build().unwrap();
    [("hyper", Arc::new(hyper)), ("reqwest", over(quiet().http2_prior_knowledge()))]
}

fn quiet() -> reqwest::ClientBuilder {
    let never = (reqwest::redirect::Policy::none(), reqwest::retry::never());
    reqwest::Client::builder().no_proxy().redirect(never.0).retry(never.1).connect_timeout(SECOND * 5)
}

fn over(builder: reqwest::ClientBuilder) -> Arc<dyn Transport> {
    Arc::new(Reqwest::from(builder.build().unwrap()).sends_once())
}

/// A client as it is by default, whose waits take no time.
struct Caller {
    client: Client,
    clock: ManualClock,
    waits: Leaping,
}

impl Caller {
    fn new(url: &str, transport: Arc<dyn Transport>) -> Self {
        let clock = ManualClock::new();
        let waits = Leaping::over(clock.clone());
        let builder = builder(url, transport).clock(waits.clone());
        Caller { client: builder.build().unwrap(), clock, waits }
    }

    async fn get(&self) -> Result<Bytes, Error> {
        get(&self.client).await
    }

    async fn post(&self) -> Result<Bytes, Error> {
        post(&self.client).await
    }

    /// What comes of a call that somebody has to be too late for: each time that nothing goes on, a minute passes.
    async fn outwait(&self, call: Call<Bytes>) -> Result<Bytes, Error> {
        let call = tokio::spawn(call.into_future());
        while !call.is_finished() {
            for _ in 0..3_000 {
                tokio::task::yield_now().await;
            }
            if !call.is_finished() {
                self.clock.advance(SECOND * 31);
            }
        }
        call.await.unwrap()
    }
}

fn builder(url: &str, transport: Arc<dyn Transport>) -> ClientBuilder {
    Client::builder().base_url(url).shared_transport(transport).random(SeededRandom::new(1))
}

fn get(client: &Client) -> Call<Bytes> {
    client.call(Method::GET, "/x").fetch()
}

fn post(client: &Client) -> Call<Bytes> {
    client.call(Method::POST, "/x").body("text/plain", "order").fetch()
}

fn good() -> Fault {
    Fault::answer("200 OK", b"good")
}

/// The same happens to a GET, which is tried three times, and to a POST, which is not.
async fn each_fails(fault: impl Into<Behaviour> + Clone, kind: ErrorKind, progress: Progress) {
    for (name, transport) in both() {
        let server = FaultServer::start(fault.clone()).await;
        let caller = Caller::new(&server.url, transport);
        let e = caller.post().await.unwrap_err();
        assert_eq!((e.kind(), e.attempts(), e.progress()), (kind, 1, Some(progress)), "{name}: {e}");
        let e = caller.get().await.unwrap_err();
        assert_eq!((e.kind(), e.attempts()), (kind, 3), "{name}: {e}");
        assert_eq!(server.heads().len(), 4, "{name}");
    }
}

/// Once it goes wrong, then it is right: a GET does not see it.
async fn each_is_mended(fault: impl Into<Behaviour> + Clone) {
    for (name, transport) in both() {
        let server = FaultServer::script([fault.clone().into(), good().into()]).await;
        let caller = Caller::new(&server.url, transport);
        assert_eq!(caller.get().await.unwrap_or_else(|e| panic!("{name}: {e}")), "good");
    }
}

/// A port that nobody listens at until the second wait.
#[derive(Debug)]
struct Opening {
    waits: Leaping,
    waited: AtomicUsize,
    socket: Mutex<Option<TcpSocket>>,
    /// How often something was ordered.
    effects: Arc<AtomicUsize>,
}

impl Opening {
    fn open(&self) {
        let socket = self.socket.lock().unwrap().take().expect("once");
        let listener = socket.listen(16).unwrap();
        let effects = self.effects.clone();
        tokio::spawn(async move {
            while let Ok((mut stream, _)) = listener.accept().await {
                use tokio::io::{AsyncReadExt, AsyncWriteExt};
                let mut request = Vec::new();
                while !request.ends_with(b"order") {
                    stream.read_buf(&mut request).await.unwrap();
                }
                effects.fetch_add(1, Ordering::Relaxed);
                stream.write_all(b"HTTP/1.1 200 OK\r\ncontent-length: 4\r\n\r\ngood").await.unwrap();
            }
        });
    }
}

impl Clock for Opening {
    fn now(&self) -> Instant {
        self.waits.now()
    }

    fn sleep(&self, duration: Duration) -> BoxFuture<'static, ()> {
        if self.waited.fetch_add(1, Ordering::Relaxed) == 1 {
            self.open();
        }
        self.waits.sleep(duration)
    }

    fn poll_timer(&self, timer: &mut Timer, cx: &mut Context<'_>) -> Poll<()> {
        self.waits.poll_timer(timer, cx)
    }

    fn cancel(&self, timer: &mut Timer) {
        self.waits.cancel(timer);
    }
}

#[tokio::test]
async fn case_1_refused_twice_then_there() {
    for (name, transport) in both() {
        let socket = TcpSocket::new_v4().unwrap();
        socket.bind(([127, 0, 0, 1], 0).into()).unwrap();
        let url = format!("http://{}", socket.local_addr().unwrap());
        let effects = Arc::new(AtomicUsize::new(0));
        let clock = Opening {
            waits: Leaping::over(ManualClock::new()),
            waited: AtomicUsize::new(0),
            socket: Mutex::new(Some(socket)),
            effects: effects.clone(),
        };
        let client = builder(&url, transport).clock(clock).build().unwrap();
        let answer = post(&client).send().await.unwrap_or_else(|e| panic!("{name}: {e}"));
        assert_eq!((answer.attempts(), effects.load(Ordering::Relaxed)), (3, 1), "{name}");
    }
}

/// A port whose queue is full: whoever comes is not answered at all.
async fn black_hole() -> (String, Vec<tokio::task::JoinHandle<io::Result<TcpStream>>>, TcpListener) {
    let socket = TcpSocket::new_v4().unwrap();
    socket.bind(([127, 0, 0, 1], 0).into()).unwrap();
    let address = socket.local_addr().unwrap();
    let listener = socket.listen(1).unwrap();
    let waiting = (0..8).map(|_| tokio::spawn(TcpStream::connect(address))).collect();
    for _ in 0..1_000 {
        tokio::task::yield_now().await;
    }
    (format!("http://{address}"), waiting, listener)
}

/// With Tokio's time, which is paused: it passes where nothing else does.
#[tokio::test(start_paused = true)]
async fn case_2_a_black_hole() {
    for (name, transport) in both() {
        let (url, _waiting, _listener) = black_hole().await;
        let client = builder(&url, transport).build().unwrap();
        let e = get(&client).retry(Retry::none()).await.unwrap_err();
        assert!(e.is_connect(), "{name}: {e}");
        assert!((SECOND * 5..SECOND * 6).contains(&e.elapsed()), "{name}: {:?} {e}", e.elapsed());
        let e = post(&client).await.unwrap_err();
        assert!(e.is_connect() && e.attempts() == 3, "{name}: nothing was sent, so it is tried again: {e}");
        assert!((SECOND * 15..SECOND * 18).contains(&e.elapsed()), "{name}: {:?}", e.elapsed());
    }
}

#[tokio::test]
async fn case_3_accepted_and_then_silence() {
    for (name, transport) in both() {
        let server = FaultServer::start(Fault::stall("")).await;
        let caller = Caller::new(&server.url, transport);
        let e = caller.outwait(post(&caller.client)).await.unwrap_err();
        assert_eq!(
            (e.kind(), e.attempts(), e.progress()),
            (ErrorKind::Timeout, 1, Some(Progress::Written)),
            "{name}"
        );
        let call = get(&caller.client).timeout(SECOND * 3600).attempt_timeout(SECOND * 30);
        let e = caller.outwait(call).await.unwrap_err();
        assert_eq!((e.kind(), e.attempts()), (ErrorKind::Timeout, 3), "{name}: {e}");
        assert_eq!(server.requests().len(), 4, "{name}");
    }
}

#[tokio::test]
async fn case_4_reset_right_after_it_was_accepted() {
    for fault in [Fault::reset(), Fault::hangup()] {
        for (name, transport) in both() {
            let server = FaultServer::start(fault.clone()).await;
            let caller = Caller::new(&server.url, transport);
            for _ in 0..20 {
                let e = caller.post().await.unwrap_err();
                let may_be_sent_again = e.progress().is_some_and(Progress::is_unsent);
                assert!(e.attempts() == 1 || may_be_sent_again, "{name}: {e} {:?}", e.progress());
            }
            assert_eq!(server.requests().len(), 0, "{name}");
        }
        for (name, transport) in both() {
            let server = FaultServer::start(fault.clone()).await;
            assert_eq!(Caller::new(&server.url, transport).get().await.unwrap_err().attempts(), 3, "{name}");
        }
    }
}

#[tokio::test]
async fn case_5_closed_once_the_request_was_read() {
    for fault in [Fault::hangup().after(Reads::Request), Fault::reset().after(Reads::Request)] {
        each_fails(fault.clone(), ErrorKind::Transport, Progress::Written).await;
        each_is_mended(fault).await;
    }
}

#[tokio::test]
async fn case_6_reset_in_the_midst_of_a_body() {
    let body = Bytes::from(vec![b'x'; 8 << 20]);
    for (name, transport) in both() {
        let server = FaultServer::start(Fault::reset().after(Reads::Head)).await;
        let caller = Caller::new(&server.url, transport);
        let send = |method| caller.client.call(method, "/x").body("a/b", body.clone()).fetch::<Bytes>();
        let e = send(Method::POST).await.unwrap_err();
        assert_eq!((e.kind(), e.attempts()), (ErrorKind::Transport, 1), "{name}: {e}");
        assert!(!e.progress().unwrap().is_unsent(), "{name}: {e}");
        let e = send(Method::PUT).await.unwrap_err();
        assert_eq!((e.kind(), e.attempts()), (ErrorKind::Transport, 3), "{name}: {e}");
        assert_eq!(server.requests().len(), 0, "{name}");
    }
}

#[tokio::test]
async fn case_7_reset_in_the_midst_of_an_answer() {
    let fault = Fault::send(broken::LONG_LENGTH).then(End::Reset);
    each_fails(fault.clone(), ErrorKind::Transport, Progress::Answered).await;
    each_is_mended(fault).await;
}

#[tokio::test]
async fn case_8_a_chunk_that_is_none() {
    for bytes in [broken::BAD_CHUNK_SIZE, broken::LONG_CHUNK] {
        each_fails(Fault::send(bytes).then(End::Silence), ErrorKind::Transport, Progress::Answered).await;
        // Nothing else is asked over that connection.
        for (name, transport) in both() {
            let server = FaultServer::script([Fault::send(bytes).then(End::Stay), good()]).await;
            let caller = Caller::new(&server.url, transport);
            assert_eq!(caller.get().await.unwrap(), "good", "{name}");
            assert_eq!(server.journal.connections(), 2, "{name}");
        }
    }
}

#[tokio::test]
async fn case_9_what_is_no_http() {
    for bytes in [broken::GARBAGE, broken::OTHER_PROTOCOL, b"<html>HTTP/0.9 had no head</html>"] {
        each_fails(Fault::send(bytes), ErrorKind::Transport, Progress::Written).await;
    }
}

#[tokio::test]
async fn case_10_less_than_its_length_says() {
    each_fails(Fault::send(broken::LONG_LENGTH), ErrorKind::Transport, Progress::Answered).await;
    each_is_mended(Fault::send(broken::LONG_LENGTH)).await;
}

#[tokio::test]
async fn case_11_no_last_chunk() {
    each_fails(Fault::send(broken::NO_LAST_CHUNK), ErrorKind::Transport, Progress::Answered).await;
    each_is_mended(Fault::send(broken::NO_LAST_CHUNK)).await;
}

#[tokio::test]
async fn case_12_two_lengths() {
    each_fails(Fault::send(broken::TWO_LENGTHS), ErrorKind::Transport, Progress::Written).await;
}

/// RFC 9112, section 6.3: it ought to be handled as an error.
#[tokio::test]
async fn case_13_a_length_and_chunks() {
    let both_ways =
        "HTTP/1.1 200 OK\r\ncontent-length: 4\r\ntransfer-encoding: chunked\r\n\r\n4\r\ngood\r\n0\r\n\r\n";
    each_fails(Fault::send(both_ways), ErrorKind::Transport, Progress::Answered).await;
}

/// The same length twice is one length, which RFC 9110, section 8.6, leaves to us.
#[tokio::test]
async fn case_14_lengths_that_are_none() {
    for bytes in [broken::NEGATIVE_LENGTH, broken::GARBAGE_LENGTH, broken::HUGE_LENGTH] {
        each_fails(Fault::send(bytes), ErrorKind::Transport, Progress::Written).await;
    }
    let listed = Fault::send("HTTP/1.1 200 OK\r\ncontent-length: 4, 5\r\n\r\ngood");
    each_fails(listed, ErrorKind::Transport, Progress::Written).await;
    for same in ["4, 4", "4\r\ncontent-length: 4"] {
        let server =
            FaultServer::start(Fault::send(format!("HTTP/1.1 200 OK\r\ncontent-length: {same}\r\n\r\ngood")));
        let server = server.await;
        for (name, transport) in both() {
            assert_eq!(Caller::new(&server.url, transport).post().await.unwrap(), "good", "{name}: {same}");
        }
    }
}

#[tokio::test]
async fn case_15_too_many_fields_and_too_long_ones() {
    let fields: String = (0..150).map(|n| format!("x-{n}: y\r\n")).collect();
    let many = format!("HTTP/1.1 200 OK\r\n{fields}content-length: 0\r\n\r\n");
    let long = format!("HTTP/1.1 200 OK\r\nx: {}\r\n\r\n", "y".repeat(600_000));
    for bytes in [many, long] {
        each_fails(Fault::stall(bytes), ErrorKind::Transport, Progress::Written).await;
    }
}

#[tokio::test]
async fn case_16_interim_answers_without_end() {
    for interim in ["HTTP/1.1 100 Continue\r\n\r\n", "HTTP/1.1 103 Early Hints\r\nlink: </x>\r\n\r\n"] {
        for (name, transport) in both() {
            let server = FaultServer::start(Fault::flood("", interim.repeat(1000))).await;
            let caller = Caller::new(&server.url, transport);
            let call = tokio::spawn(post(&caller.client).into_future());
            server.journal.sent(1 << 20).await;
            caller.clock.advance(SECOND * 31);
            let e = call.await.unwrap().unwrap_err();
            assert_eq!((e.kind(), e.attempts()), (ErrorKind::Timeout, 1), "{name}: {e}");
        }
    }
}

#[tokio::test]
async fn case_17_statuses_that_are_none() {
    for status in ["099 No", "0 No", "1000 No", "-1 No", "abc No"] {
        let fault = Fault::send(format!("HTTP/1.1 {status}\r\ncontent-length: 0\r\n\r\n"));
        each_fails(fault, ErrorKind::Transport, Progress::Written).await;
    }
    for (status, kind) in [("101 Switching Protocols", ErrorKind::Status), ("999 No", ErrorKind::Status)] {
        for (name, transport) in both() {
            let server = FaultServer::start(Fault::send(format!("HTTP/1.1 {status}\r\n\r\n"))).await;
            let e = Caller::new(&server.url, transport).get().await.unwrap_err();
            assert_eq!((e.kind(), e.attempts()), (kind, 1), "{name}: {e}");
        }
    }
}

/// A line that goes on is refused; RFC 9112, section 5.2, would let a client put a space in its place.
#[tokio::test]
async fn case_18_headers_that_are_none() {
    for header in [&b"x: a\r\n b"[..], b"x: \0", b"x: a\rb", b"x y: z", b": z"] {
        let bytes = [b"HTTP/1.1 200 OK\r\n", header, b"\r\ncontent-length: 0\r\n\r\n"].concat();
        each_fails(Fault::send(bytes), ErrorKind::Transport, Progress::Written).await;
    }
}

#[tokio::test]
async fn case_19_a_stream_that_is_refused() {
    let refused = || Behaviour::from(Http2::Reset(Http2::REFUSED_STREAM));
    for (name, transport) in both_http2() {
        let server = FaultServer::script([refused(), Http2::Answer(b"good".into()).into()]).await;
        let answer = post(&Caller::new(&server.url, transport).client).send().await;
        let answer = answer.unwrap_or_else(|e| panic!("{name}: {e}"));
        assert_eq!((answer.attempts(), &answer.body()[..]), (2, &b"good"[..]), "{name}");
        assert_eq!(server.requests().len(), 2, "{name}: refused, it was not processed");
    }
    for (name, transport) in both_http2() {
        let server = FaultServer::start(refused()).await;
        let e = Caller::new(&server.url, transport).post().await.unwrap_err();
        assert_eq!((e.attempts(), e.progress()), (3, Some(Progress::Refused)), "{name}: {e}");
    }
}

#[tokio::test]
async fn case_20_a_server_that_says_good_bye() {
    let answer = || Behaviour::from(Http2::Answer(b"good".into()));
    // It saw to no stream: whatever it is, it goes out again.
    for (name, transport) in both_http2() {
        let server = FaultServer::script([Http2::GoAway(Http2::NO_ERROR).into(), answer()]).await;
        let good = post(&Caller::new(&server.url, transport).client).send().await;
        assert_eq!(good.unwrap_or_else(|e| panic!("{name}: {e}")).attempts(), 2, "{name}");
    }
    // It may have seen to ours.
    for (name, transport) in both_http2() {
        let server = FaultServer::script([Http2::Reset(Http2::INTERNAL_ERROR).into(), answer()]).await;
        let e = Caller::new(&server.url, transport).post().await.unwrap_err();
        assert_eq!((e.attempts(), e.progress()), (1, Some(Progress::Written)), "{name}: {e}");
    }
    for (name, transport) in both_http2() {
        let server =
            FaultServer::start(Fault::stall(frames(&[SETTINGS, AWAY_AFTER_OURS])).after(Reads::Begin)).await;
        let caller = Caller::new(&server.url, transport);
        let e = caller.outwait(post(&caller.client)).await.unwrap_err();
        assert_eq!(e.attempts(), 1, "{name}: {e}");
        assert!(!e.progress().unwrap().is_unsent(), "{name}: {e}");
    }
}

/// Length, kind, flags, stream, and what is in it (RFC 9113, section 4.1).
const SETTINGS: &[u8] = &[0, 0, 0, 4, 0, 0, 0, 0, 0];
/// `:status: 200`, and no end.
const HEADERS: &[u8] = &[0, 0, 1, 1, 4, 0, 0, 0, 1, 0x88];
const EMPTY_DATA: &[u8] = &[0, 0, 0, 0, 0, 0, 0, 0, 1];
const RESET: &[u8] = &[0, 0, 4, 3, 0, 0, 0, 0, 1, 0, 0, 0, 8];
const EMPTY_SETTINGS: &[u8] = SETTINGS;
const PING: &[u8] = &[0, 0, 8, 6, 0, 0, 0, 0, 0, 1, 2, 3, 4, 5, 6, 7, 8];
/// Headers that go on, with one field each time.
const UNENDED: &[u8] = &[0, 0, 1, 1, 0, 0, 0, 0, 1, 0x88];
const CONTINUATION: &[u8] = &[0, 0, 6, 9, 0, 0, 0, 0, 1, 0, 1, b'x', 2, b'y', b'z'];
/// `GOAWAY` with our stream as the last that was seen to.
const AWAY_AFTER_OURS: &[u8] = &[0, 0, 8, 7, 0, 0, 0, 0, 0, 0, 0, 0, 1, 0, 0, 0, 2];

fn frames(all: &[&[u8]]) -> Vec<u8> {
    all.concat()
}

/// What this process has in memory, in bytes.
fn resident() -> usize {
    let pages = fs::read_to_string("/proc/self/statm").unwrap_or_default();
    pages.split(' ').nth(1).and_then(|pages| pages.parse::<usize>().ok()).unwrap_or_default() * 4096
}

#[tokio::test]
async fn case_21_frames_without_end() {
    for (what, first, again) in [
        ("empty DATA", frames(&[SETTINGS, HEADERS]), EMPTY_DATA),
        ("RST_STREAM", frames(&[SETTINGS]), RESET),
        ("CONTINUATION", frames(&[SETTINGS, UNENDED]), CONTINUATION),
        ("SETTINGS", frames(&[SETTINGS]), EMPTY_SETTINGS),
        ("PING", frames(&[SETTINGS]), PING),
    ] {
        for (name, transport) in both_http2() {
            let fault = Fault::flood(first.clone(), again.repeat(1000)).after(Reads::Begin);
            let server = FaultServer::start(fault).await;
            let caller = Caller::new(&server.url, transport);
            let before = resident();
            let call = tokio::spawn(post(&caller.client).into_future());
            server.journal.sent(1 << 20).await;
            caller.clock.advance(SECOND * 31);
            let e = call.await.unwrap().unwrap_err();
            assert!(matches!(e.kind(), ErrorKind::Transport | ErrorKind::Timeout), "{name}, {what}: {e}");
            assert_eq!(e.attempts(), 1, "{name}, {what}: {e}");
            let grown = resident().saturating_sub(before);
            assert!(grown < 64 << 20, "{name}, {what}: {grown} bytes");
        }
    }
}

/// A thousand times the server closes the connection while it is idle: a GET never sees it, and a POST never arrives twice.
#[tokio::test]
async fn case_22_idle_connections_that_are_closed() {
    for (name, transport) in both() {
        let server = FaultServer::start(good().then(End::Close)).await;
        let caller = Caller::new(&server.url, transport);
        for n in 0..1_000 {
            let answer = caller.get().await;
            assert_eq!(answer.unwrap_or_else(|e| panic!("{name}, {n}: {e}")), "good");
        }
        let before = server.requests().len();
        let sent = (0..1_000).map(|_| caller.post());
        let mut good = 0;
        for post in sent {
            match post.await {
                Ok(_) => good += 1,
                Err(e) => {
                    assert!(e.attempts() == 1 || e.progress().is_some_and(Progress::is_unsent), "{name}: {e}")
                }
            }
        }
        let arrived = server.requests().len() - before;
        assert!(arrived <= 1_000 && arrived >= good, "{name}: {arrived} for {good}");
        // Where it shows that nothing was sent, even a POST is not lost.
        assert!(good >= 900, "{name}: {good}");
    }
}

mod certificates {
    use super::*;
    use rcgen::{CertificateParams, KeyPair, date_time_ymd};
    use tokio_rustls::{
        TlsAcceptor,
        rustls::{
            ServerConfig,
            crypto::aws_lc_rs,
            pki_types::{PrivateKeyDer, PrivatePkcs8KeyDer},
        },
    };

    /// A server with a certificate for this name; how often it was asked, and what to trust, in PEM.
    async fn server(name: &str, is_over: bool) -> (String, Arc<AtomicUsize>, String) {
        let key = KeyPair::generate().unwrap();
        let mut params = CertificateParams::new([name.to_owned()]).unwrap();
        if is_over {
            params.not_after = date_time_ymd(2001, 1, 1);
        }
        let own = params.self_signed(&key).unwrap();
        let config = ServerConfig::builder_with_provider(Arc::new(aws_lc_rs::default_provider()))
            .with_safe_default_protocol_versions()
            .unwrap()
            .with_no_client_auth()
            .with_single_cert(
                vec![own.der().clone()],
                PrivateKeyDer::from(PrivatePkcs8KeyDer::from(key.serialize_der())),
            )
            .unwrap();
        let acceptor = TlsAcceptor::from(Arc::new(config));
        let listener = TcpListener::bind("127.0.0.1:0").await.unwrap();
        let url = format!("https://localhost:{}", listener.local_addr().unwrap().port());
        let asked = Arc::new(AtomicUsize::new(0));
        let counted = asked.clone();
        tokio::spawn(async move {
            while let Ok((stream, _)) = listener.accept().await {
                counted.fetch_add(1, Ordering::Relaxed);
                acceptor.accept(stream).await.ok();
            }
        });
        (url, asked, own.pem())
    }

    #[tokio::test]
    async fn case_23_a_certificate_that_is_not_trusted_is_not_asked_for_again() {
        for (what, host, is_over, is_known) in [
            ("nobody vouches for it", "localhost", false, false),
            ("it is over", "localhost", true, true),
            ("it is another host's", "other.test", false, true),
        ] {
            let (url, asked, pem) = server(host, is_over).await;
            let hyper = Hyper::builder().no_proxy();
            let hyper = if is_known { hyper.tls_certs_only(&pem) } else { hyper };
            let known = [reqwest::Certificate::from_pem(pem.as_bytes()).unwrap()];
            let reqwest = if is_known { quiet().tls_certs_only(known) } else { quiet() };
            let transports: [(&str, Arc<dyn Transport>); 2] =
                [("hyper", Arc::new(hyper.build().unwrap())), ("reqwest", over(reqwest))];
            for (number, (name, transport)) in transports.into_iter().enumerate() {
                let e = Caller::new(&url, transport).get().await.unwrap_err();
                assert!(e.is_connect() && e.attempts() == 1, "{name}, {what}: {e}");
                assert!(e.to_string().ends_with("(its certificate is not trusted)"), "{name}, {what}: {e}");
                assert_eq!(asked.load(Ordering::Relaxed), number + 1, "{name}, {what}");
            }
        }
    }
}

#[tokio::test(start_paused = true)]
async fn case_24_a_tls_handshake_that_stands_still() {
    for (name, transport) in both() {
        let server = FaultServer::start(Fault::stall("").after(Reads::Begin)).await;
        let url = server.url.replace("http:", "https:");
        let client = builder(&url, transport).build().unwrap();
        let e = post(&client).retry(Retry::none()).await.unwrap_err();
        assert!(e.is_connect(), "{name}: {e}");
        assert!((SECOND * 5..SECOND * 6).contains(&e.elapsed()), "{name}: {:?}", e.elapsed());
        assert!(e.progress().is_some_and(Progress::is_unsent), "{name}: {e}");
    }
}

/// Fails so many times, then knows these addresses.
#[derive(Debug, Clone)]
struct Names {
    fails: usize,
    asked: Arc<AtomicUsize>,
    addresses: Vec<IpAddr>,
}

impl Names {
    fn new(fails: usize, addresses: Vec<IpAddr>) -> Self {
        Names { fails, asked: Arc::default(), addresses }
    }

    fn find(&self) -> io::Result<Vec<IpAddr>> {
        match self.asked.fetch_add(1, Ordering::Relaxed) {
            asked if asked < self.fails => Err(io::Error::other("no such name")),
            _ => Ok(self.addresses.clone()),
        }
    }
}

impl Resolve for Names {
    fn resolve(&self, _: &str) -> BoxFuture<'static, io::Result<Vec<IpAddr>>> {
        Box::pin(std::future::ready(self.find()))
    }
}

impl reqwest::dns::Resolve for Names {
    fn resolve(&self, _: reqwest::dns::Name) -> reqwest::dns::Resolving {
        let found = self.find().map(|all| all.into_iter().map(|ip| SocketAddr::new(ip, 0)));
        Box::pin(std::future::ready(
            found.map(|all| Box::new(all) as reqwest::dns::Addrs).map_err(Into::into),
        ))
    }
}

fn looking_up(names: &Names) -> [(&'static str, Arc<dyn Transport>); 2] {
    let hyper: HyperBuilder = Hyper::builder().no_proxy().resolver(names.clone());
    [("hyper", Arc::new(hyper.build().unwrap())), ("reqwest", over(quiet().dns_resolver(names.clone())))]
}

#[tokio::test]
async fn case_25_names_that_are_not_found() {
    let local = IpAddr::from(Ipv4Addr::LOCALHOST);
    let server = FaultServer::start(good()).await;
    let url = server.url.replace("127.0.0.1", "names.test");
    for number in 0..2 {
        // Never: three tries, and no more.
        let names = Names::new(usize::MAX, vec![local]);
        let (name, transport) = looking_up(&names).into_iter().nth(number).unwrap();
        let e = Caller::new(&url, transport).post().await.unwrap_err();
        assert!(e.is_connect() && e.to_string().contains("its name is not known"), "{name}: {e}");
        assert_eq!((e.attempts(), names.asked.load(Ordering::Relaxed)), (3, 3), "{name}");
        // Once: the next try finds it.
        let names = Names::new(1, vec![local]);
        let (name, transport) = looking_up(&names).into_iter().nth(number).unwrap();
        assert_eq!(Caller::new(&url, transport).post().await.unwrap(), "good", "{name}");
        // Fifty addresses, and the last is the one: within one attempt.
        let mut addresses: Vec<IpAddr> = (2..=50).map(|n| Ipv4Addr::new(127, 0, 0, n).into()).collect();
        addresses.push(local);
        let names = Names::new(0, addresses);
        let (name, transport) = looking_up(&names).into_iter().nth(number).unwrap();
        let answer = post(&Caller::new(&url, transport).client).send().await.unwrap();
        assert_eq!(answer.attempts(), 1, "{name}");
    }
}

/// Only a clock that never goes back is asked: what dates an answer has is nobody's deadline.
#[test]
fn case_29_dates_that_jump() {
    let clock = ManualClock::new();
    let dates =
        ["Thu, 01 Jan 1970 00:00:00 GMT", "Sun, 06 Nov 2044 08:49:37 GMT", "Fri, 31 Dec 9999 23:59:59 GMT"];
    let asked = AtomicUsize::new(0);
    let stub = Stub::with(move |_| {
        let date = dates[asked.fetch_add(1, Ordering::Relaxed) % 3];
        let reply = Reply::new(503, "").with_header("date".parse().unwrap(), date.parse().unwrap());
        Ok(reply
            .with_header("retry-after".parse().unwrap(), "Sun, 06 Nov 2044 08:49:37 GMT".parse().unwrap()))
    });
    let client = builder("http://dates.test", Arc::new(stub.clone())).clock(clock.clone()).build().unwrap();
    // By the first date it is 75 years away; by the second it is now, and by the third it is over.
    let e = clock.run(get(&client)).unwrap_err();
    assert_eq!((e.attempts(), clock.elapsed()), (1, Duration::ZERO), "{e}");
    let e = clock.run(get(&client)).unwrap_err();
    assert_eq!(e.attempts(), 3, "{e}");
    assert!(clock.elapsed() < SECOND * 4, "{:?}", clock.elapsed());
}

/// In an attempt, between attempts, in a look-up: a call that is dropped sends nothing more.
#[tokio::test]
async fn case_30_a_call_that_is_dropped() {
    for (name, transport) in both() {
        let server = FaultServer::start(Fault::stall("")).await;
        let clock = ManualClock::new();
        let client = builder(&server.url, transport).clock(clock.clone()).build().unwrap();
        let call = tokio::spawn(get(&client).into_future());
        server.journal.wait_for(|all| !all.is_empty()).await;
        for _ in 0..2_000 {
            tokio::task::yield_now().await;
        }
        let requests = server.requests().len();
        call.abort();
        assert!(call.await.unwrap_err().is_cancelled());
        server.journal.closed(1).await;
        clock.advance(SECOND * 3600);
        for _ in 0..2_000 {
            tokio::task::yield_now().await;
        }
        assert_eq!((server.requests().len(), clock.sleepers()), (requests, 0), "{name}");
    }
    let nobody = Nobody::new();
    for (name, transport) in both() {
        let clock = ManualClock::new();
        let client = builder(&nobody.url, transport).clock(clock.clone()).build().unwrap();
        let mut call = Box::pin(get(&client));
        while clock.sleepers() == 0 {
            assert!((&mut call).now_or_never().is_none(), "{name}");
            tokio::task::yield_now().await;
        }
        drop(call);
        assert_eq!(clock.sleepers(), 0, "{name}");
    }
}

#[test]
fn case_34_dates_of_every_kind() {
    let now = "Fri, 29 Sep 2023 16:26:37 GMT";
    for (value, seconds) in [
        ("Fri, 29 Sep 2023 16:26:57 GMT", Some(20)),
        ("Friday, 29-Sep-23 16:26:57 GMT", Some(20)),
        ("Fri Sep 29 16:26:57 2023", Some(20)),
        // The day of the week is not what counts.
        ("Mon, 29 Sep 2023 16:26:57 GMT", Some(20)),
        ("Zun, 29 Sep 2023 16:26:57 GMT", None),
        ("Fri, 29 Sep 100000 16:26:57 GMT", None),
        ("Fri, 29 Sep 2023 16:26:57 gmt", None),
    ] {
        let clock = ManualClock::new();
        let stub = Stub::with(move |_| {
            let reply = Reply::new(503, "").with_header("date".parse().unwrap(), now.parse().unwrap());
            Ok(reply.with_header("retry-after".parse().unwrap(), value.parse().unwrap()))
        });
        let client = builder("http://dates.test", Arc::new(stub)).clock(clock.clone()).build().unwrap();
        let e = clock.run(get(&client)).unwrap_err();
        assert_eq!(e.retry_after().map(|wait| wait.as_secs()), seconds, "{value}");
        assert_eq!(clock.elapsed() >= SECOND * 40, seconds.is_some(), "{value}: {:?}", clock.elapsed());
    }
}

#[tokio::test]
async fn case_84_no_referer() {
    for (name, transport) in both() {
        let server = FaultServer::script([
            Fault::answer("302 Found\r\nlocation: /a?secret=1", b""),
            Fault::answer("307 Temporary Redirect\r\nlocation: /b", b""),
            good(),
        ])
        .await;
        assert_eq!(Caller::new(&server.url, transport).get().await.unwrap(), "good", "{name}");
        let heads = server.heads();
        assert_eq!(heads.len(), 3, "{name}");
        assert!(heads.iter().all(|head| !head.to_ascii_lowercase().contains("referer")), "{name}: {heads:?}");
    }
}

/// Through a tunnel the server sees nothing of it, and in front of a plain request it is the proxy's to take away.
#[tokio::test]
async fn case_85_what_is_for_the_proxy_stays_there() {
    let stub = Stub::with(|_| Ok(Reply::new(200, "good")));
    let server = TestServer::builder(stub.clone()).tls().start().await.unwrap();
    let proxy = Proxy::start(None).await;
    let url = format!("http://ann:secret@{}", proxy.address);
    let hyper = Hyper::builder().tls_certs_only(server.ca_pem().unwrap()).proxy(url.clone());
    let ca = [reqwest::Certificate::from_pem(server.ca_pem().unwrap().as_bytes()).unwrap()];
    let never = (reqwest::redirect::Policy::none(), reqwest::retry::never());
    let http = reqwest::Client::builder().redirect(never.0).retry(never.1).tls_certs_only(ca);
    let http = http.proxy(reqwest::Proxy::all(&url).unwrap());
    let transports: [(&str, Arc<dyn Transport>); 2] =
        [("hyper", Arc::new(hyper.build().unwrap())), ("reqwest", over(http))];
    for (name, transport) in transports {
        assert_eq!(Caller::new(server.url(), transport).get().await.unwrap(), "good", "{name}");
    }
    let asked = proxy.asked();
    assert!(asked.len() == 2 && asked.iter().all(|head| head.contains("YW5uOnNlY3JldA==")), "{asked:?}");
    for sent in stub.requests() {
        assert!(sent.headers().get("proxy-authorization").is_none());
    }
}

/// Two gigabytes are announced, or just come: neither is kept.
#[tokio::test]
async fn case_88_two_gigabytes_of_json() {
    let announced =
        Fault::flood("HTTP/1.1 200 OK\r\ncontent-length: 2147483648\r\n\r\n[", "0,".repeat(1 << 15));
    let endless = Fault::flood("HTTP/1.1 200 OK\r\n\r\n[", "0,".repeat(1 << 15));
    for (fault, most) in [(announced, 16 << 20), (endless, 160 << 20)] {
        for (name, transport) in both() {
            let server = FaultServer::start(fault.clone()).await;
            let caller = Caller::new(&server.url, transport);
            let before = resident();
            let e = caller.client.call(Method::GET, "/x").fetch::<Vec<u8>>().await.unwrap_err();
            assert_eq!((e.kind(), e.attempts()), (ErrorKind::TooLarge, 1), "{name}: {e}");
            let grown = resident().saturating_sub(before);
            assert!(grown < most, "{name}: {grown} bytes");
        }
    }
}

/// A body that the caller never gives is no reason to wait longer, and none to send it twice.
#[tokio::test]
async fn case_41_over_sockets_a_stream_is_sent_once() {
    for (name, transport) in both() {
        let server = FaultServer::start(Fault::answer("503 No", b"")).await;
        let caller = Caller::new(&server.url, transport);
        let body = Body::stream(stream::iter([Ok::<_, io::Error>("once")]));
        let e = caller.client.call(Method::PUT, "/x").body("a/b", body).fetch::<()>().await.unwrap_err();
        assert_eq!((e.attempts(), server.requests().len()), (1, 1), "{name}");
        assert!(e.to_string().ends_with("(not tried again: its body can be sent only once)"), "{name}: {e}");
        assert!(caller.waits.slept().is_empty(), "{name}");
    }
}

/// What the numbered list asks for is there, under its number. 31 is about stores of tokens, and 43 to 70 about limits and tokens.
#[test]
fn each_number_has_a_test() {
    let mut found = BTreeSet::new();
    for folder in ["tests/tests", "apiclient/src/response/head"] {
        for entry in fs::read_dir(root().join(folder)).unwrap() {
            let text = fs::read_to_string(entry.unwrap().path()).unwrap_or_default();
            for (at, _) in text.match_indices("case_") {
                let number: String = text[at + 5..].chars().take_while(char::is_ascii_digit).collect();
                found.extend(number.parse::<u32>());
            }
        }
    }
    let wanted = (1..=30).chain(32..=42).chain(71..=90).chain([95]);
    let missing: Vec<_> = wanted.filter(|number| !found.contains(number)).collect();
    assert!(missing.is_empty(), "{missing:?}");
}
