//! Corners of the transports, each of which went wrong once.

use apiclient::{
    Body, Bytes, Client, Method,
    http::{self, HeaderValue, header::CONTENT_ENCODING},
    prelude::*,
    reqwest,
    testing::ManualClock,
    transport::{BodyStream, Hyper, HyperBuilder, Progress, Reply, Reqwest, Tower, Transport},
};
use apiclient_tests::{
    Fault, FaultServer, Nobody,
    faults::{End, Http2},
    proxy::Proxy,
};
use flate2::{Compression, write::GzEncoder};
use std::{
    collections::VecDeque,
    convert::Infallible,
    future::{Ready, ready},
    io::{self, Write},
    pin::Pin,
    sync::{
        Arc,
        atomic::{AtomicUsize, Ordering},
    },
    task::{Context, Poll},
    time::Duration,
};
use tokio::{
    io::{AsyncReadExt, AsyncWriteExt},
    task::yield_now,
};

#[api_client(base_url = "http://stub.test")]
#[retry(none)]
trait Numbers {
    #[get("/number")]
    fn number(&self) -> Call<u8>;
    #[get("/number")]
    fn raw(&self) -> Call<Bytes>;
    #[get("/number")]
    #[header("Range", "bytes=0-9")]
    fn part(&self) -> Call<Bytes>;
    #[post("/number")]
    fn add(&self, #[body] n: &str) -> Call<u8>;
}

fn seven() -> Fault {
    Fault::answer("200 OK", b"7")
}

fn direct() -> HyperBuilder {
    Hyper::builder().no_proxy()
}

fn numbers(url: &str, transport: HyperBuilder) -> NumbersClient {
    let transport = transport.build().unwrap();
    NumbersClient::builder().base_url(url).transport(transport).clock(ManualClock::new()).build().unwrap()
}

async fn take_turns() {
    for _ in 0..500 {
        yield_now().await;
    }
}

fn gzip(plain: &[u8]) -> Vec<u8> {
    let mut out = GzEncoder::new(Vec::new(), Compression::default());
    out.write_all(plain).unwrap();
    out.finish().unwrap()
}

// Progress that says too little.

/// A body that breaks off because another server could not be asked.
async fn upload(
    transport: impl Transport + 'static,
    server: &FaultServer,
    why: apiclient::Error,
) -> (Option<Progress>, String) {
    let journal = server.journal.clone();
    let client = Client::builder()
        .retry(apiclient::Retry::none())
        .base_url(&server.url)
        .transport(transport)
        .clock(ManualClock::new())
        .build()
        .unwrap();
    let mut why = Some(why);
    let mut n = 0;
    let stream = futures_util::stream::poll_fn(move |cx| {
        n += 1;
        match n {
            // Then the server has it.
            1 => Poll::Ready(Some(Ok(Bytes::from_static(b"a payment")))),
            _ if journal.heads().is_empty() => {
                cx.waker().wake_by_ref();
                Poll::Pending
            }
            _ => Poll::Ready(why.take().map(|e| Err(io::Error::other(e)))),
        }
    });
    let call = client.call(Method::POST, "/pay").body("text/plain", Body::stream(stream));
    let e = call.fetch::<u8>().await.unwrap_err();
    (e.progress(), format!("{e:#}"))
}

async fn refused_elsewhere() -> apiclient::Error {
    let other = FaultServer::start(Http2::Reset(Http2::REFUSED_STREAM)).await;
    numbers(&other.url, direct().http2_prior_knowledge()).number().await.unwrap_err()
}

async fn unreachable_elsewhere() -> apiclient::Error {
    let nobody = Nobody::new();
    let client = Client::builder().retry(apiclient::Retry::none()).base_url(&nobody.url).build().unwrap();
    client.call(Method::GET, "/").fetch::<u8>().await.unwrap_err()
}

#[tokio::test]
async fn hyper_a_body_that_fails_of_a_refusal_elsewhere_was_partly_written() {
    let server = FaultServer::start(seven()).await;
    let (progress, said) = upload(direct().build().unwrap(), &server, refused_elsewhere().await).await;
    assert_eq!(server.heads().len(), 1, "the server has seen it");
    assert_eq!(progress, Some(Progress::PartlyWritten), "{said}");
}

#[tokio::test]
async fn reqwest_a_body_that_fails_of_a_refusal_elsewhere_was_partly_written() {
    let server = FaultServer::start(seven()).await;
    let own = Reqwest::from(reqwest::Client::builder().no_proxy().build().unwrap()).sends_once();
    let (progress, said) = upload(own, &server, refused_elsewhere().await).await;
    assert_eq!(progress, Some(Progress::PartlyWritten), "{said}");
}

#[tokio::test]
async fn reqwest_a_body_that_cannot_connect_elsewhere_was_partly_written() {
    let server = FaultServer::start(seven()).await;
    let own = Reqwest::from(reqwest::Client::builder().no_proxy().build().unwrap()).sends_once();
    let (progress, said) = upload(own, &server, unreachable_elsewhere().await).await;
    assert_eq!(server.heads().len(), 1, "the server has seen it");
    assert_eq!(progress, Some(Progress::PartlyWritten), "{said}");
}

/// A client of the user's own follows redirects: the first server has acted, the second is not there.
#[tokio::test]
async fn reqwest_a_redirect_to_nobody_is_not_unsent() {
    let nobody = Nobody::new();
    let server =
        FaultServer::start(Fault::answer(&format!("303 See Other\r\nlocation: {}/x", nobody.url), b"")).await;
    let own = Reqwest::from(reqwest::Client::builder().no_proxy().build().unwrap());
    let api = NumbersClient::builder().base_url(&server.url).transport(own).build().unwrap();
    let e = api.add("1").await.unwrap_err();
    assert_eq!(server.requests().len(), 1, "the server has acted on it");
    assert!(!e.progress().unwrap().is_unsent(), "{:?} {e:#}", e.progress());
}

/// Frames of an answer.
struct Frames(VecDeque<Result<Bytes, io::Error>>);

impl http_body::Body for Frames {
    type Data = Bytes;
    type Error = io::Error;
    fn poll_frame(
        mut self: Pin<&mut Self>,
        _: &mut Context<'_>,
    ) -> Poll<Option<Result<http_body::Frame<Bytes>, io::Error>>> {
        Poll::Ready(self.0.pop_front().map(|frame| frame.map(http_body::Frame::data)))
    }
}

#[derive(Clone)]
struct Desk<F>(F);

impl<F: Fn() -> http::Response<Frames>> tower_service::Service<http::Request<BodyStream>> for Desk<F> {
    type Response = http::Response<Frames>;
    type Error = Infallible;
    type Future = Ready<Result<Self::Response, Infallible>>;
    fn poll_ready(&mut self, _: &mut Context<'_>) -> Poll<Result<(), Infallible>> {
        Poll::Ready(Ok(()))
    }
    fn call(&mut self, _: http::Request<BodyStream>) -> Self::Future {
        ready(Ok((self.0)()))
    }
}

#[tokio::test]
async fn tower_an_answer_that_breaks_off_was_answered() {
    let desk = Desk(|| {
        let broken = io::Error::from(io::ErrorKind::ConnectionRefused);
        http::Response::new(Frames([Ok(Bytes::from_static(b"1")), Err(broken)].into()))
    });
    let client = Client::builder()
        .retry(apiclient::Retry::none())
        .base_url("http://desk.test")
        .transport(Tower::new(desk))
        .build()
        .unwrap();
    let e = client.call(Method::POST, "/pay").fetch::<u8>().await.unwrap_err();
    assert_eq!(e.progress(), Some(Progress::Answered), "{e:#}");
}

// A runtime without time.

fn without_time() -> tokio::runtime::Runtime {
    tokio::runtime::Builder::new_current_thread().enable_io().build().unwrap()
}

/// Has sent it, and waits.
#[derive(Debug)]
struct Sent;

impl Transport for Sent {
    fn send<'a>(
        &'a self,
        attempt: apiclient::transport::Attempt<'a>,
    ) -> apiclient::transport::BoxFuture<'a, Result<Reply, apiclient::transport::TransportError>> {
        attempt.reached(Progress::Written);
        Box::pin(std::future::pending())
    }
}

#[test]
fn a_call_that_has_no_timer_was_sent() {
    let api = NumbersClient::builder().transport(Sent).build().unwrap();
    let e = without_time().block_on(async { api.add("1").await }).unwrap_err();
    assert!(!e.progress().is_none_or(Progress::is_unsent), "{:?} {e:#}", e.progress());
}

#[test]
fn hyper_does_not_panic_on_a_runtime_without_time() {
    without_time().block_on(async {
        let server = FaultServer::start(seven()).await;
        let transport = direct().build().unwrap();
        let api = NumbersClient::builder().base_url(&server.url).transport(transport).build().unwrap();
        let ended = tokio::spawn(async move { api.add("1").await }).await;
        assert!(ended.is_ok(), "it panicked: {ended:?}");
    });
}

#[tokio::test]
async fn no_limit_of_time_to_connect_is_no_panic() {
    let server = FaultServer::start(seven()).await;
    assert_eq!(numbers(&server.url, direct().connect_timeout(Duration::MAX)).number().await.unwrap(), 7);
}

// Ways there.

#[cfg(unix)]
#[tokio::test]
async fn unix_a_proxy_is_not_asked_where_there_is_a_socket() {
    let proxy = Proxy::start(None).await;
    let path = std::env::temp_dir().join(format!("apiclient-review-{}.sock", std::process::id()));
    let _ = std::fs::remove_file(&path);
    let listener = tokio::net::UnixListener::bind(&path).unwrap();
    tokio::spawn(async move {
        let (mut stream, _) = listener.accept().await.unwrap();
        let mut request = [0; 1024];
        let _ = stream.read(&mut request).await.unwrap();
        stream.write_all(b"HTTP/1.1 200 OK\r\ncontent-length: 1\r\n\r\n7").await.unwrap();
    });
    let transport = Hyper::builder().proxy(format!("http://{}", proxy.address)).unix_socket(&path);
    let ended = numbers("http://localhost", transport).number().await;
    let _ = std::fs::remove_file(&path);
    assert_eq!(proxy.asked(), Vec::<String>::new());
    assert_eq!(ended.unwrap(), 7);
}

#[tokio::test]
async fn socks_leads_to_port_80_for_http() {
    for scheme in ["socks5h", "socks4a"] {
        let proxy = Proxy::start(None).await;
        let builder = Hyper::builder().proxy(format!("{scheme}://{}", proxy.address));
        let _ = numbers("http://nowhere.invalid", builder).number().await;
        assert!(proxy.asked()[0].contains(":80"), "{:?}", proxy.asked());
    }
}

#[tokio::test]
async fn socks_to_an_address_of_ipv6() {
    let proxy = Proxy::start(None).await;
    let builder = Hyper::builder().proxy(format!("socks5://{}", proxy.address));
    let e = numbers("http://[::1]:9", builder).number().await.unwrap_err();
    assert_eq!(proxy.asked().len(), 1, "it was never asked: {e:#}");
}

fn acceptor(protocols: &[&str], key: &rcgen::KeyPair, own: &rcgen::Certificate) -> tokio_rustls::TlsAcceptor {
    use tokio_rustls::rustls;
    let secret = rustls::pki_types::PrivatePkcs8KeyDer::from(key.serialize_der());
    let provider = Arc::new(rustls::crypto::aws_lc_rs::default_provider());
    let config = rustls::ServerConfig::builder_with_provider(provider).with_safe_default_protocol_versions();
    let mut config = config
        .unwrap()
        .with_no_client_auth()
        .with_single_cert(vec![own.der().clone()], secret.into())
        .unwrap();
    config.alpn_protocols = protocols.iter().map(|p| p.as_bytes().to_vec()).collect();
    Arc::new(config).into()
}

/// It speaks what was agreed upon, as nginx and Envoy do.
#[tokio::test]
async fn a_proxy_behind_tls_is_offered_http1_only() {
    let key = rcgen::KeyPair::generate().unwrap();
    let own = rcgen::CertificateParams::new(["localhost".to_owned()]).unwrap().self_signed(&key).unwrap();
    let acceptor = acceptor(&["h2", "http/1.1"], &key, &own);
    let listener = tokio::net::TcpListener::bind("127.0.0.1:0").await.unwrap();
    let url = format!("https://localhost:{}", listener.local_addr().unwrap().port());
    let agreed = tokio::spawn(async move {
        let (stream, _) = listener.accept().await.unwrap();
        let stream = acceptor.accept(stream).await.unwrap();
        String::from_utf8_lossy(stream.get_ref().1.alpn_protocol().unwrap_or_default()).into_owned()
    });
    let builder = Hyper::builder().tls_certs_only(own.pem()).resolve("localhost", [[127, 0, 0, 1].into()]);
    let _ = numbers("http://numbers.test", builder.proxy(url)).number().await;
    assert_ne!(agreed.await.unwrap(), "h2", "and then HTTP/1.1 is spoken");
}

#[tokio::test]
async fn http2_goes_through_a_proxy_by_a_tunnel() {
    let server = FaultServer::start(Http2::Answer(b"7".to_vec())).await;
    let proxy = Proxy::start(None).await;
    let builder = Hyper::builder().http2_prior_knowledge().proxy(format!("http://{}", proxy.address));
    let call = tokio::spawn(numbers(&server.url, builder).number().into_future());
    take_turns().await;
    while proxy.asked().is_empty() {
        yield_now().await;
    }
    call.abort();
    assert!(proxy.asked()[0].starts_with("CONNECT "), "{:?}", proxy.asked());
}

// The pool.

#[tokio::test]
async fn http2_is_not_limited_by_the_most_connections() {
    let answer = || Http2::Answer(b"7".to_vec());
    let server = FaultServer::script([answer(), Http2::Silence, answer()]).await;
    let api = numbers(&server.url, direct().http2_prior_knowledge().max_connections_per_host(1));
    api.number().await.unwrap();
    let stuck = tokio::spawn(api.number());
    server.journal.wait_for(|all| all.iter().any(|e| format!("{e:?}").starts_with("Silent"))).await;
    let other = tokio::spawn(api.number());
    take_turns().await;
    assert!(other.is_finished(), "it waits for a place on a connection that is for everybody");
    stuck.abort();
}

#[tokio::test]
async fn origins_that_nobody_asks_any_more_are_forgotten() {
    let transport: Arc<dyn Transport> = Arc::new(direct().build().unwrap());
    for n in 0..1000 {
        let url = format!("http://127.0.{}.{}:1", n / 250, n % 250 + 1);
        let api =
            NumbersClient::builder().base_url(&url).shared_transport(transport.clone()).build().unwrap();
        api.number().await.unwrap_err();
    }
    let known = format!("{transport:?}").matches("http://127.0.").count();
    assert!(known < 100, "{known} origins without a connection");
}

#[tokio::test]
async fn a_body_is_not_read_on_once_its_call_has_ended() {
    let listener = tokio::net::TcpListener::bind("127.0.0.1:0").await.unwrap();
    let url = format!("http://{}", listener.local_addr().unwrap());
    tokio::spawn(async move {
        let (mut stream, _) = listener.accept().await.unwrap();
        let mut some = [0; 4096];
        let _ = stream.read(&mut some).await.unwrap();
        stream.write_all(b"HTTP/1.1 413 Too Large\r\ncontent-length: 1\r\n\r\n7").await.unwrap();
        while stream.read(&mut some).await.is_ok_and(|n| n > 0) {}
    });
    let read = Arc::new(AtomicUsize::new(0));
    let count = read.clone();
    let endless = futures_util::stream::poll_fn(move |cx| {
        let n = count.fetch_add(1, Ordering::Relaxed);
        if n % 2 == 1 {
            cx.waker().wake_by_ref();
            return Poll::Pending;
        }
        Poll::Ready(Some(Ok::<_, io::Error>(Bytes::from_static(&[7; 1000]))))
    });
    let transport = direct().build().unwrap();
    let client = Client::builder()
        .retry(apiclient::Retry::none())
        .base_url(&url)
        .transport(transport)
        .clock(ManualClock::new())
        .build()
        .unwrap();
    let call = client.call(Method::POST, "/").body("text/plain", Body::stream(endless));
    call.fetch::<u8>().await.unwrap_err();
    take_turns().await;
    let then = read.load(Ordering::Relaxed);
    for _ in 0..20 {
        take_turns().await;
    }
    assert_eq!(read.load(Ordering::Relaxed), then, "the body of a call that has ended is sent on");
}

/// What stands behind an answer is no answer to the next request.
#[tokio::test]
async fn an_answer_too_many_is_nobodys() {
    let two = "HTTP/1.1 200 OK\r\ncontent-length: 1\r\n\r\n7HTTP/1.1 200 OK\r\ncontent-length: 1\r\n\r\n9";
    let server = FaultServer::start(Fault::send(two).then(End::Stay)).await;
    let api = numbers(&server.url, direct());
    for _ in 0..20 {
        assert_eq!(api.number().await.unwrap(), 7);
    }
}

/// The runtime of the first call stands still, but has not ended.
#[test]
fn a_runtime_that_stands_still_holds_nobody_up() {
    let new = || tokio::runtime::Builder::new_current_thread().enable_all().build().unwrap();
    let (servers, first, second) = (
        tokio::runtime::Builder::new_multi_thread().worker_threads(1).enable_all().build().unwrap(),
        new(),
        new(),
    );
    let server = servers.block_on(FaultServer::start(seven()));
    let transport = direct().build().unwrap();
    let api = NumbersClient::builder().base_url(&server.url).transport(transport).build().unwrap();
    assert_eq!(first.block_on(async { api.number().await }).unwrap(), 7);
    let ended = second.block_on(async { api.number().timeout(Duration::from_secs(2)).await });
    assert_eq!(ended.unwrap(), 7);
}

// Codings.

#[tokio::test]
async fn zstd_of_exactly_one_piece() {
    for length in [16 << 10, 32 << 10, 64 << 10] {
        let plain = vec![b'a'; length];
        let packed = zstd::bulk::compress(&plain, 1).unwrap();
        let server = FaultServer::start(Fault::answer("200 OK\r\ncontent-encoding: zstd", &packed)).await;
        assert_eq!(numbers(&server.url, direct()).raw().await.unwrap(), plain, "{length}");
    }
}

/// HTTP/2 often ends a body with an empty frame.
#[tokio::test]
async fn zstd_with_an_empty_frame_behind_it() {
    let packed = Bytes::from(zstd::encode_all(&b"7"[..], 1).unwrap());
    let desk = Desk(move || {
        let mut answer = http::Response::new(Frames([Ok(packed.clone()), Ok(Bytes::new())].into()));
        answer.headers_mut().insert(CONTENT_ENCODING, HeaderValue::from_static("zstd"));
        answer
    });
    let client = Client::builder()
        .retry(apiclient::Retry::none())
        .base_url("http://desk.test")
        .transport(Tower::new(desk))
        .build()
        .unwrap();
    assert_eq!(client.call(Method::GET, "/").fetch::<u8>().await.unwrap(), 7);
}

/// A part of a packed body cannot be unpacked.
#[tokio::test]
async fn a_part_of_a_packed_body_is_left_as_it_is() {
    let part = gzip(b"a long text that is stored packed")[..10].to_vec();
    let head = "206 Partial Content\r\ncontent-range: bytes 0-9/60\r\ncontent-encoding: gzip";
    let server = FaultServer::start(Fault::answer(head, &part)).await;
    assert_eq!(numbers(&server.url, direct()).part().await.unwrap(), part);
}

/// Padding, empty members, frames to be skipped: nothing comes out of them, and yet they are read without an end.
#[tokio::test]
async fn what_is_packed_is_limited_as_well() {
    let mut packed = gzip(b"7");
    packed.extend(vec![0; 16 << 20]);
    let server = FaultServer::start(Fault::answer("200 OK\r\ncontent-encoding: gzip", &packed)).await;
    let transport = direct().build().unwrap();
    let api =
        NumbersClient::builder().base_url(&server.url).transport(transport).max_body(1024).build().unwrap();
    let ended = api.number().await;
    assert!(ended.is_err(), "16 MiB were read for a limit of 1 KiB: {ended:?}");
}

#[tokio::test]
async fn empty_members_cost_time() {
    let packed = gzip(b"").repeat(50_000);
    let length = packed.len();
    let desk = Desk(move || {
        let mut answer = http::Response::new(Frames([Ok(Bytes::from(packed.clone()))].into()));
        answer.headers_mut().insert(CONTENT_ENCODING, HeaderValue::from_static("gzip"));
        answer
    });
    let client = Client::builder()
        .retry(apiclient::Retry::none())
        .base_url("http://desk.test")
        .transport(Tower::new(desk))
        .build()
        .unwrap();
    let ended = client.call(Method::GET, "/").fetch::<Bytes>().await;
    assert!(ended.is_err(), "{length} bytes of which nothing comes");
}

// Heads.

#[api_client(base_url = "http://stub.test")]
#[retry(none)]
#[header("Range", "bytes=0-9")]
trait Parts {
    #[get("/number")]
    fn part(&self) -> Call<Bytes>;
}

#[tokio::test]
async fn a_range_of_the_trait_asks_for_no_coding() {
    let server = FaultServer::start(seven()).await;
    let api =
        PartsClient::builder().base_url(&server.url).transport(direct().build().unwrap()).build().unwrap();
    api.part().await.unwrap();
    assert!(!server.heads()[0].to_lowercase().contains("accept-encoding"), "{}", server.heads()[0]);
}

#[tokio::test]
async fn a_switch_of_protocols_ends_its_connection() {
    let switch = Fault::send("HTTP/1.1 101 Switching Protocols\r\nupgrade: x\r\nconnection: upgrade\r\n\r\n");
    let server = FaultServer::script([switch.then(End::Stay), seven()]).await;
    let api = numbers(&server.url, direct());
    api.number().await.unwrap_err();
    assert_eq!(api.number().await.unwrap(), 7);
    assert_eq!(server.journal.connections(), 2);
}

#[test]
fn certificates_that_are_merged_are_checked_at_once() {
    let pem = "-----BEGIN CERTIFICATE-----\nAAAA\n-----END CERTIFICATE-----\n";
    assert!(direct().tls_certs_only(pem).build().is_err());
    assert!(direct().tls_certs_merge(pem).build().is_err());
}

/// A transport that reads what came back with `?` has sent it.
#[test]
fn an_error_by_a_question_mark_is_not_unsent() {
    let e = serde_json::from_str::<u8>("<html>").unwrap_err();
    assert!(!apiclient::transport::TransportError::from(e).progress().is_unsent());
}
