//! What only the lean transport has: its pool, its ways to a server, its settings.

use apiclient::{
    Client, Error, ErrorKind, Method,
    prelude::*,
    testing::{ManualClock, Stub, TestServer},
    transport::{BoxFuture, Hyper, HyperBuilder, Progress, Resolve},
};
use apiclient_tests::{
    Fault, FaultServer, Nobody,
    faults::{End, Side},
    proxy::Proxy,
};
use futures_util::future::{join_all, try_join_all};
use std::{
    net::{IpAddr, Ipv4Addr},
    time::Duration,
};
use tokio::task::yield_now;

#[api_client(base_url = "http://stub.test")]
#[retry(none)]
trait Numbers {
    #[get("/number")]
    fn number(&self) -> Call<u8>;
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
    let clock = ManualClock::new();
    NumbersClient::builder().base_url(url).transport(transport).clock(clock).build().unwrap()
}

async fn take_turns() {
    for _ in 0..200 {
        yield_now().await;
    }
}

// The pool.

#[tokio::test]
async fn one_connection_is_enough_for_calls_in_a_row() {
    let server = FaultServer::start(seven()).await;
    let api = numbers(&server.url, direct());
    for _ in 0..20 {
        assert_eq!(api.number().await.unwrap(), 7);
    }
    assert_eq!((server.journal.connections(), server.requests().len()), (1, 20));
}

/// A server that closes each connection once it has answered is none that fails: nothing is lost, nothing sent twice.
#[tokio::test]
async fn connections_that_are_closed_meanwhile_cost_no_call() {
    let server = FaultServer::start(seven().then(End::Close)).await;
    let api = numbers(&server.url, direct());
    for n in 0..500 {
        assert_eq!(api.number().await.unwrap(), 7, "{n}");
        assert_eq!(api.add("1").await.unwrap(), 7, "{n}");
    }
    assert_eq!(server.requests().len(), 1000);
    assert_eq!(server.requests().iter().filter(|(head, _)| head.starts_with("POST")).count(), 500);
}

#[tokio::test]
async fn an_answer_that_says_close_is_the_last_on_its_connection() {
    let server = FaultServer::start(Fault::answer("200 OK\r\nconnection: close", b"7")).await;
    let api = numbers(&server.url, direct());
    for _ in 0..3 {
        assert_eq!(api.number().await.unwrap(), 7);
    }
    assert_eq!((server.journal.connections(), server.requests().len()), (3, 3));
}

/// RFC 9110, sections 15.5.9 and 15.5.20.
#[tokio::test]
async fn statuses_that_speak_of_the_connection_end_it() {
    for status in ["408 Request Timeout", "421 Misdirected Request"] {
        let server = FaultServer::script([Fault::answer(status, b""), seven()]).await;
        let api = numbers(&server.url, direct());
        api.number().await.unwrap_err();
        assert_eq!(api.number().await.unwrap(), 7);
        assert_eq!(server.journal.connections(), 2, "{status}");
        assert_eq!(server.journal.closed(1).await, Side::Client, "{status}");
    }
    let server = FaultServer::script([Fault::answer("503 Busy", b""), seven()]).await;
    let api = numbers(&server.url, direct());
    api.number().await.unwrap_err();
    api.number().await.unwrap();
    assert_eq!(server.journal.connections(), 1);
}

#[tokio::test]
async fn what_is_idle_too_long_is_closed() {
    let server = FaultServer::start(seven()).await;
    let clock = ManualClock::new();
    let transport = direct().pool_idle_timeout(Duration::from_secs(10)).build().unwrap();
    let api = NumbersClient::builder()
        .base_url(&server.url)
        .transport(transport)
        .clock(clock.clone())
        .build()
        .unwrap();
    for (pause, connections) in [(0, 1), (9, 1), (10, 2), (9, 2), (11, 3)] {
        clock.advance(Duration::from_secs(pause));
        api.number().await.unwrap();
        assert_eq!(server.journal.connections(), connections, "{pause}");
    }
    assert_eq!(server.journal.closed(1).await, Side::Client);
}

/// Nothing is under way, and time passes: the transport's own looks at what nobody uses.
async fn rest() {
    take_turns().await;
    tokio::time::pause();
    for _ in 0..2 {
        tokio::time::advance(Duration::from_secs(51)).await;
        take_turns().await;
    }
    tokio::time::resume();
}

/// Nobody calls any more, and nothing is left of it.
#[tokio::test]
async fn a_client_that_rests_has_no_connections() {
    let server = FaultServer::start(seven()).await;
    let api = numbers(&server.url, direct());
    api.number().await.unwrap();
    rest().await;
    assert_eq!(server.journal.closed(1).await, Side::Client);
}

#[tokio::test]
async fn as_many_connections_are_kept_as_may_be() {
    for (most, kept) in [(0, 0), (2, 2), (32, 5)] {
        let server = FaultServer::start(seven()).await;
        let api = numbers(&server.url, direct().pool_max_idle_per_host(most));
        join_all((0..5).map(|_| api.number())).await;
        take_turns().await;
        let closed =
            server.journal.entries().iter().filter(|e| format!("{e:?}").starts_with("Closed")).count();
        assert_eq!((server.journal.connections(), closed), (5, 5 - kept), "{most}");
    }
}

#[tokio::test]
async fn a_call_beyond_the_most_connections_waits_for_one() {
    let server = FaultServer::start(seven()).await;
    let api = numbers(&server.url, direct().max_connections_per_host(2));
    let all = try_join_all((0..50).map(|_| api.number())).await.unwrap();
    assert_eq!((all.len(), server.journal.connections()), (50, 2));

    // A call that fails gives its place back, and so does one that is dropped.
    let server = FaultServer::script([Fault::hangup(), Fault::stall(""), seven()]).await;
    let api = numbers(&server.url, direct().max_connections_per_host(1));
    api.number().await.unwrap_err();
    let stuck = tokio::spawn(api.number());
    server.journal.wait_for(|entries| entries.len() > 3).await;
    let waiting = tokio::spawn(api.number());
    take_turns().await;
    assert!(!waiting.is_finished());
    stuck.abort();
    assert_eq!(waiting.await.unwrap().unwrap(), 7);
}

/// Waiting for a connection counts, and nothing is sent after it.
#[tokio::test]
async fn who_waits_too_long_for_a_connection_has_sent_nothing() {
    let server = FaultServer::start(Fault::stall("")).await;
    let clock = ManualClock::new();
    let transport = direct().max_connections_per_host(1).build().unwrap();
    let api = NumbersClient::builder()
        .base_url(&server.url)
        .transport(transport)
        .clock(clock.clone())
        .build()
        .unwrap();
    let stuck = tokio::spawn(api.number());
    server.journal.wait_for(|entries| entries.len() > 1).await;
    let waiting = tokio::spawn(api.add("1").timeout(Duration::from_secs(5)));
    take_turns().await;
    clock.advance(Duration::from_secs(6));
    let e = waiting.await.unwrap().unwrap_err();
    assert!(e.is_timeout(), "{e}");
    assert_eq!(e.progress(), Some(Progress::NotWritten));
    assert_eq!(server.heads().len(), 1);
    stuck.abort();
}

#[tokio::test]
async fn a_call_that_is_dropped_closes_its_connection() {
    let server = FaultServer::script([Fault::stall("HTTP/1.1 200 OK\r\n"), seven()]).await;
    let api = numbers(&server.url, direct());
    let call = tokio::spawn(api.number());
    server.journal.sent(10).await;
    call.abort();
    assert_eq!(server.journal.closed(1).await, Side::Client);
    assert_eq!(api.number().await.unwrap(), 7);
}

#[tokio::test]
async fn clients_of_one_transport_share_its_connections() {
    let server = FaultServer::start(seven()).await;
    let transport: std::sync::Arc<dyn apiclient::transport::Transport> =
        std::sync::Arc::new(direct().build().unwrap());
    for _ in 0..3 {
        let builder = NumbersClient::builder().base_url(&server.url).shared_transport(transport.clone());
        builder.build().unwrap().number().await.unwrap();
    }
    assert_eq!(server.journal.connections(), 1);
}

// HTTP/2.

#[tokio::test]
async fn one_connection_of_http2_is_for_everybody_from_the_first_call_on() {
    let stub = Stub::with(|_| Ok(apiclient::transport::Reply::new(200, "7")));
    for builder in [
        TestServer::builder(stub.clone()).tls(),
        TestServer::builder(stub.clone()).tls().http2_only(),
        TestServer::builder(stub.clone()).http2_only(),
    ] {
        let server = builder.start().await.unwrap();
        let api = numbers(server.url(), server.hyper());
        for _ in 0..2 {
            let all = try_join_all((0..64).map(|_| api.number())).await.unwrap();
            assert_eq!(all, [7; 64]);
        }
        assert_eq!(server.connections(), 1, "{}", server.url());
    }
}

#[tokio::test]
async fn http1_is_spoken_where_nothing_else_is() {
    let stub = Stub::with(|_| Ok(apiclient::transport::Reply::new(200, "7")));
    for (server, builder) in [
        (TestServer::builder(stub.clone()).tls().http1_only(), direct()),
        (TestServer::builder(stub.clone()).tls(), direct().http1_only()),
    ] {
        let server = server.start().await.unwrap();
        let api = numbers(server.url(), builder.tls_certs_only(server.ca_pem().unwrap()));
        let all = try_join_all((0..8).map(|_| api.number())).await.unwrap();
        assert_eq!((all.len(), server.connections()), (8, 8));
        api.number().await.unwrap();
        assert_eq!(server.connections(), 8);
    }
}

/// A shared connection that nobody uses is closed as well.
#[tokio::test]
async fn a_connection_of_http2_that_rests_is_closed() {
    let stub = Stub::with(|_| Ok(apiclient::transport::Reply::new(200, "7")));
    let server = TestServer::builder(stub).http2_only().start().await.unwrap();
    let clock = ManualClock::new();
    let transport = direct().http2_prior_knowledge().build().unwrap();
    let api =
        NumbersClient::builder().base_url(server.url()).transport(transport).clock(clock).build().unwrap();
    api.number().await.unwrap();
    rest().await;
    api.number().await.unwrap();
    assert_eq!(server.connections(), 2);
}

// Who is trusted.

#[tokio::test]
async fn a_certificate_that_nobody_vouches_for_is_refused() {
    let stub = Stub::with(|_| Ok(apiclient::transport::Reply::new(200, "7")));
    let server = TestServer::builder(stub.clone()).tls().start().await.unwrap();
    let other = TestServer::builder(stub).tls().start().await.unwrap();
    for transport in [direct(), direct().tls_certs_only(other.ca_pem().unwrap())] {
        let e = numbers(server.url(), transport).number().await.unwrap_err();
        assert!(e.is_connect(), "{e}");
        let line = format!("GET /number: no connection to {} (its certificate is not trusted)", server.url());
        assert_eq!(e.to_string(), line);
        assert_eq!(e.progress(), Some(Progress::NotConnected));
    }
    for transport in [
        direct().tls_certs_only(server.ca_pem().unwrap()),
        direct().tls_certs_merge(server.ca_pem().unwrap()),
    ] {
        assert_eq!(numbers(server.url(), transport).number().await.unwrap(), 7);
    }
    // The name is checked, not the address.
    let url = server.url().replace("localhost", "other.test");
    let transport = direct().tls_certs_only(server.ca_pem().unwrap()).resolve("other.test", [LOOPBACK]);
    let e = numbers(&url, transport).number().await.unwrap_err();
    assert!(e.is_connect() && e.to_string().contains("certificate"), "{e}");
}

const LOOPBACK: IpAddr = IpAddr::V4(Ipv4Addr::LOCALHOST);

mod client_certificate {
    use super::*;
    use rcgen::{BasicConstraints, CertificateParams, IsCa, Issuer, KeyPair};
    use std::sync::Arc;
    use tokio::{
        io::{AsyncReadExt, AsyncWriteExt},
        net::TcpListener,
    };
    use tokio_rustls::{
        TlsAcceptor,
        rustls::{
            RootCertStore, ServerConfig,
            crypto::aws_lc_rs,
            pki_types::{PrivateKeyDer, PrivatePkcs8KeyDer},
            server::WebPkiClientVerifier,
        },
    };

    /// A server that answers whoever proves who he is; where it listens, the authority, a certificate and its key, all in PEM.
    async fn server() -> (String, String, String, String) {
        let authority_key = KeyPair::generate().unwrap();
        let mut params = CertificateParams::new(Vec::new()).unwrap();
        params.is_ca = IsCa::Ca(BasicConstraints::Unconstrained);
        let authority = params.self_signed(&authority_key).unwrap();
        let issuer = Issuer::new(params, authority_key);
        let key = KeyPair::generate().unwrap();
        let own = CertificateParams::new(["localhost".to_owned()]).unwrap().signed_by(&key, &issuer).unwrap();
        let client_key = KeyPair::generate().unwrap();
        let client =
            CertificateParams::new(["somebody".to_owned()]).unwrap().signed_by(&client_key, &issuer).unwrap();

        let mut roots = RootCertStore::empty();
        roots.add(authority.der().clone()).unwrap();
        let provider = Arc::new(aws_lc_rs::default_provider());
        let verifier =
            WebPkiClientVerifier::builder_with_provider(roots.into(), provider.clone()).build().unwrap();
        let config = ServerConfig::builder_with_provider(provider)
            .with_safe_default_protocol_versions()
            .unwrap()
            .with_client_cert_verifier(verifier)
            .with_single_cert(
                vec![own.der().clone()],
                PrivateKeyDer::from(PrivatePkcs8KeyDer::from(key.serialize_der())),
            )
            .unwrap();
        let acceptor = TlsAcceptor::from(Arc::new(config));
        let listener = TcpListener::bind("127.0.0.1:0").await.unwrap();
        let url = format!("https://localhost:{}", listener.local_addr().unwrap().port());
        tokio::spawn(async move {
            while let Ok((stream, _)) = listener.accept().await {
                let Ok(mut stream) = acceptor.accept(stream).await else { continue };
                let mut request = [0; 1024];
                let _ = stream.read(&mut request).await;
                let _ = stream.write_all(b"HTTP/1.1 200 OK\r\ncontent-length: 1\r\n\r\n7").await;
                let _ = stream.shutdown().await;
            }
        });
        (url, authority.pem(), client.pem(), client_key.serialize_pem())
    }

    #[tokio::test]
    async fn proves_who_one_is() {
        let (url, authority, certificate, key) = server().await;
        let trusting = || direct().tls_certs_only(&authority).resolve("localhost", [LOOPBACK]);
        let e = numbers(&url, trusting()).number().await.unwrap_err();
        assert!(matches!(e.kind(), ErrorKind::Transport | ErrorKind::Connect), "{e}");
        assert_eq!(numbers(&url, trusting().identity(&certificate, &key)).number().await.unwrap(), 7);

        // Key and certificate of different people.
        let (_, _, _, other_key) = server().await;
        let e = trusting().identity(&certificate, &other_key).build().unwrap_err();
        assert_eq!(e.kind(), ErrorKind::Config);
        assert!(e.to_string().contains("TLS cannot be set up"), "{e}");
        assert!(!e.to_string().contains("PRIVATE"), "{e}");
    }
}

// Ways to a server.

#[derive(Debug)]
struct Names(&'static [IpAddr]);

impl Resolve for Names {
    fn resolve(&self, host: &str) -> BoxFuture<'static, std::io::Result<Vec<IpAddr>>> {
        let found = if host == "numbers.internal" { self.0.to_vec() } else { Vec::new() };
        Box::pin(async {
            if found.is_empty() { Err(std::io::Error::other("nobody knows it")) } else { Ok(found) }
        })
    }
}

fn named(server: &FaultServer) -> String {
    server.url.replace("127.0.0.1", "numbers.internal")
}

#[tokio::test]
async fn names_are_looked_up_as_told() {
    let server = FaultServer::start(seven()).await;
    let url = named(&server);
    assert_eq!(numbers(&url, direct().resolver(Names(&[LOOPBACK]))).number().await.unwrap(), 7);
    assert_eq!(numbers(&url, direct().resolve("Numbers.Internal", [LOOPBACK])).number().await.unwrap(), 7);
    let port = url.rsplit(':').next().unwrap();
    assert!(
        server.heads()[0].contains(&format!("host: numbers.internal:{port}\r\n")),
        "{}",
        server.heads()[0]
    );

    let e = numbers("http://other.internal", direct().resolver(Names(&[]))).number().await.unwrap_err();
    assert_eq!(e.to_string(), "GET /number: no connection to http://other.internal (its name is not known)");
    assert!(format!("{e:#}").contains("nobody knows it"), "{e:#}");
    assert_eq!((e.kind(), e.progress()), (ErrorKind::Connect, Some(Progress::NotConnected)));
}

/// Of several addresses the first that answers is taken, of either family.
#[tokio::test]
async fn an_address_that_does_not_answer_is_passed_over() {
    const OTHERS: &[IpAddr] =
        &[IpAddr::V6(std::net::Ipv6Addr::LOCALHOST), IpAddr::V4(Ipv4Addr::new(127, 0, 0, 9)), LOOPBACK];
    let server = FaultServer::start(seven()).await;
    assert_eq!(numbers(&named(&server), direct().resolver(Names(OTHERS))).number().await.unwrap(), 7);
}

/// Never answers.
#[derive(Debug)]
struct Silence;

impl Resolve for Silence {
    fn resolve(&self, _: &str) -> BoxFuture<'static, std::io::Result<Vec<IpAddr>>> {
        Box::pin(std::future::pending())
    }
}

#[tokio::test]
async fn a_connection_that_takes_too_long_is_none() {
    for (connect, attempt, kind, line) in [
        (2, 30, ErrorKind::Connect, "GET /number: no connection to http://numbers.test (too slow)"),
        (
            5,
            1,
            ErrorKind::Timeout,
            "GET /number: no answer from http://numbers.test within 1s, the limit of an attempt",
        ),
    ] {
        let clock = ManualClock::new();
        let transport = direct().resolver(Silence).connect_timeout(Duration::from_secs(connect));
        let builder = NumbersClient::builder().base_url("http://numbers.test").clock(clock.clone());
        let builder = builder.attempt_timeout(Duration::from_secs(attempt));
        let api = builder.transport(transport.build().unwrap()).build().unwrap();
        let call = tokio::spawn(api.number());
        take_turns().await;
        clock.advance(Duration::from_secs(2));
        let e = call.await.unwrap().unwrap_err();
        assert_eq!((e.kind(), e.to_string().as_str()), (kind, line));
        // Also where the time of the attempt was over first.
        assert_eq!(e.progress(), Some(Progress::NotConnected));
    }
}

#[cfg(target_os = "linux")]
#[tokio::test]
async fn connections_come_from_the_address_that_was_named() {
    use tokio::io::{AsyncReadExt, AsyncWriteExt};
    let listener = tokio::net::TcpListener::bind("127.0.0.1:0").await.unwrap();
    let url = format!("http://{}", listener.local_addr().unwrap());
    let accepted = tokio::spawn(async move {
        let (mut stream, peer) = listener.accept().await.unwrap();
        let mut request = [0; 1024];
        assert!(stream.read(&mut request).await.unwrap() > 0);
        stream.write_all(b"HTTP/1.1 200 OK\r\ncontent-length: 1\r\n\r\n7").await.unwrap();
        peer.ip()
    });
    let from = IpAddr::V4(Ipv4Addr::new(127, 0, 0, 2));
    assert_eq!(numbers(&url, direct().local_address(from)).number().await.unwrap(), 7);
    assert_eq!(accepted.await.unwrap(), from);
}

#[cfg(unix)]
#[tokio::test]
async fn a_unix_socket() {
    use tokio::io::{AsyncReadExt, AsyncWriteExt};
    let folder = std::env::temp_dir().join(format!("apiclient-{}", std::process::id()));
    std::fs::create_dir_all(&folder).unwrap();
    let path = folder.join("numbers.sock");
    let listener = tokio::net::UnixListener::bind(&path).unwrap();
    let served = tokio::spawn(async move {
        let (mut stream, _) = listener.accept().await.unwrap();
        let mut heads = Vec::new();
        for _ in 0..2 {
            let mut request = [0; 1024];
            let read = stream.read(&mut request).await.unwrap();
            heads.push(String::from_utf8_lossy(&request[..read]).into_owned());
            stream.write_all(b"HTTP/1.1 200 OK\r\ncontent-length: 1\r\n\r\n7").await.unwrap();
        }
        heads
    });
    let api = numbers("http://localhost/v1", direct().unix_socket(&path));
    assert_eq!(api.number().await.unwrap(), 7);
    assert_eq!(api.number().await.unwrap(), 7);
    for head in served.await.unwrap() {
        assert!(head.starts_with("GET /v1/number HTTP/1.1\r\nhost: localhost\r\n"), "{head}");
    }
    let nowhere = folder.join("nowhere.sock");
    let e = numbers("http://localhost", direct().unix_socket(&nowhere)).number().await.unwrap_err();
    assert!(e.is_connect() && format!("{e:#}").contains("nowhere.sock"), "{e:#}");
    std::fs::remove_dir_all(&folder).unwrap();
}

// Proxies.

#[tokio::test]
async fn a_proxy_passes_plain_requests_on() {
    let (server, proxy) = (FaultServer::start(seven()).await, Proxy::start(None).await);
    let url = format!("http://ann:secret@{}", proxy.address);
    let api = numbers(&server.url, Hyper::builder().proxy(url));
    assert_eq!(api.number().await.unwrap(), 7);
    let asked = proxy.asked().remove(0);
    assert!(asked.starts_with(&format!("GET {}/number HTTP/1.1\r\n", server.url)), "{asked}");
    // ann:secret
    assert!(asked.contains("proxy-authorization: Basic YW5uOnNlY3JldA==\r\n"), "{asked}");
    assert_eq!(server.requests().len(), 1);
}

/// What is said to the proxy does not reach the server, and the other way round.
#[tokio::test]
async fn a_proxy_makes_a_tunnel_for_tls() {
    let stub = Stub::with(|sent| {
        assert!(sent.headers().get("proxy-authorization").is_none());
        Ok(apiclient::transport::Reply::new(200, "7"))
    });
    let server = TestServer::builder(stub).tls().start().await.unwrap();
    let proxy = Proxy::start(None).await;
    let builder = Hyper::builder().tls_certs_only(server.ca_pem().unwrap());
    let api = numbers(server.url(), builder.proxy(format!("http://ann:secret@{}", proxy.address)));
    assert_eq!(api.number().await.unwrap(), 7);
    let asked = proxy.asked().remove(0);
    assert!(asked.starts_with("CONNECT localhost:"), "{asked}");
    assert!(asked.contains("Proxy-Authorization: Basic YW5uOnNlY3JldA==\r\n"), "{asked}");
}

#[tokio::test]
async fn a_proxy_that_refuses_is_named() {
    for status in [407, 502] {
        let proxy = Proxy::start(Some(status)).await;
        let builder = Hyper::builder().proxy(format!("http://ann:secret@{}", proxy.address));
        let e = numbers("https://numbers.test", builder).number().await.unwrap_err();
        assert!(e.is_connect(), "{e}");
        let whole = format!("{e:#} {e:?} {e:#?}");
        assert!(whole.contains("proxy") && !whole.contains("secret"), "{whole}");
    }
    let nobody = Nobody::new();
    let e = numbers("http://numbers.test", Hyper::builder().proxy(&nobody.url)).number().await.unwrap_err();
    assert!(e.is_connect() && format!("{e:#}").contains("proxy"), "{e:#}");
}

#[tokio::test]
async fn socks() {
    for (scheme, login, asked) in [
        ("socks5h", "ann:secret@", "SOCKS5 localhost:PORT ann:secret"),
        ("socks5", "", "SOCKS5 127.0.0.1:PORT "),
        ("socks4a", "", "SOCKS4 localhost:PORT"),
        ("socks4", "", "SOCKS4 127.0.0.1:PORT"),
    ] {
        let (server, proxy) = (FaultServer::start(seven()).await, Proxy::start(None).await);
        let port = server.url.rsplit(':').next().unwrap();
        let builder = Hyper::builder().proxy(format!("{scheme}://{login}{}", proxy.address));
        let builder = builder.resolve("localhost", [LOOPBACK]);
        let api = numbers(&format!("http://localhost:{port}"), builder);
        assert_eq!(api.number().await.unwrap(), 7, "{scheme}");
        assert_eq!(proxy.asked(), [asked.replace("PORT", port)]);
    }
}

#[tokio::test]
async fn exceptions_go_around_the_proxy() {
    let (server, proxy) = (FaultServer::start(seven()).await, Proxy::start(None).await);
    let builder = Hyper::builder().proxy(format!("http://{}", proxy.address)).proxy_exceptions("127.0.0.0/8");
    assert_eq!(numbers(&server.url, builder).number().await.unwrap(), 7);
    assert_eq!(proxy.asked(), Vec::<String>::new());
}

// Settings.

#[test]
fn whatever_is_wrong_is_said_at_once() {
    let wrong = Hyper::builder()
        .connect_timeout(Duration::ZERO)
        .pool_idle_timeout(Duration::ZERO)
        .max_connections_per_host(0)
        .proxy("ftp://ann:secret@proxy")
        .resolve("nowhere.test", [])
        .tls_certs_only("no certificate")
        .identity("none", "none");
    let e = wrong.build().unwrap_err();
    assert_eq!(e.kind(), ErrorKind::Config);
    let said = e.to_string();
    for part in [
        "`connect_timeout` is zero",
        "`pool_idle_timeout` is zero",
        "`max_connections_per_host` is 0",
        "`proxy` is no URL of a proxy",
        "`resolve` names no address for \"nowhere.test\"",
        "`tls_certs_only`: there is no certificate in it",
        "`identity`: there is no certificate in it",
    ] {
        assert!(said.contains(part), "{part}: {said}");
    }
    assert!(!said.contains("secret"), "{said}");
}

/// Outside of a runtime, as over the default transport.
#[test]
fn without_a_runtime_it_is_an_error() {
    let api = numbers("http://127.0.0.1:1", direct());
    let e: Error = futures_util::FutureExt::now_or_never(api.number()).unwrap().unwrap_err();
    assert_eq!(e.kind(), ErrorKind::Config, "{e}");
}

/// Bodies of unknown length, and those that only say that they are empty.
#[tokio::test]
async fn bodies_are_framed() {
    let server = FaultServer::start(seven()).await;
    let transport = direct().build().unwrap();
    let client = Client::builder()
        .retry(apiclient::Retry::none())
        .base_url(&server.url)
        .transport(transport)
        .build()
        .unwrap();
    let chunks = || futures_util::stream::iter(["a", "bc"].map(Ok::<_, std::io::Error>));
    for method in [Method::GET, Method::POST] {
        for body in [apiclient::Body::stream(chunks()), apiclient::Body::stream(chunks()).with_length(3)] {
            client.call(method.clone(), "/number").body("text/plain", body).fetch::<u8>().await.unwrap();
        }
    }
    client.call(Method::POST, "/number").fetch::<u8>().await.unwrap();
    let requests = server.requests();
    for (n, length) in [(0, false), (1, true), (2, false), (3, true)] {
        let (head, body) = &requests[n];
        assert_eq!(head.contains("content-length: 3\r\n"), length, "{head}");
        assert_eq!(head.contains("transfer-encoding: chunked\r\n"), !length, "{head}");
        let body = String::from_utf8_lossy(body);
        assert!(body.contains("bc"), "{body}");
    }
    assert!(requests[4].0.contains("content-length: 0\r\n"), "{}", requests[4].0);
}
