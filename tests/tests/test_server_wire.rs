//! The stub on a loopback socket, byte by byte: how answers are framed, and what becomes of requests that are none.

use apiclient::{
    Bytes, Client, Method, Untyped,
    testing::{ManualClock, Sent, Stub, TestServer},
    transport::{Reply, TransportError},
};
use tokio::{
    io::{AsyncReadExt, AsyncWriteExt},
    net::TcpStream,
};

/// A time limit would be the machine's time: none of these tests waits for one.
fn client(server: &TestServer) -> Client {
    let builder = Client::builder()
        .retry(apiclient::Retry::none())
        .base_url(server.url())
        .transport(server.transport().unwrap());
    builder.clock(ManualClock::new()).build().unwrap()
}

fn get<'a>(client: &'a Client, path: &'a str) -> Untyped<'a> {
    client.call(Method::GET, path)
}

/// Answers with method, path and body of the request.
fn echo(sent: &Sent) -> Result<Reply, TransportError> {
    Ok(Reply::new(200, format!("{} {} {}", sent.method(), sent.url().path(), sent.text()?)))
}

/// Sends bytes and reads until the server closes.
async fn raw(server: &TestServer, request: &[u8]) -> String {
    let mut stream = TcpStream::connect(server.url().trim_start_matches("http://")).await.unwrap();
    stream.write_all(request).await.unwrap();
    let mut answer = Vec::new();
    // What came before a reset counts as well.
    let _ = stream.read_to_end(&mut answer).await;
    String::from_utf8_lossy(&answer).into_owned()
}

#[tokio::test]
async fn a_body_is_framed_by_the_server() {
    let stub = Stub::new();
    stub.on("GET /long")
        .returns("12345")
        .header("content-length", "99")
        .header("X-A", "1")
        .header("X-A", "2");
    stub.on("GET /chunked").returns("12345").header("Transfer-Encoding", "chunked");
    stub.on("HEAD /said").reply(Reply::new(200, "")).header("Content-Length", "42");
    stub.on("HEAD /long").returns("12345").header("Content-Length", "many");
    stub.on("GET /none").reply(Reply::new(204, "12345")).header("Content-Length", "5");
    stub.on("GET /same").reply(Reply::new(304, "12345")).header("ETag", "\"1\"");
    stub.on("GET /empty").reply(Reply::new(200, ""));
    let server = TestServer::start(stub).await.unwrap();
    let end = "connection: close\r\n\r\n";
    for (request, answer) in [
        (
            "GET /long",
            "200 OK\r\ncontent-type: text/plain; charset=utf-8\r\nx-a: 1\r\nx-a: 2\r\nconnection: close\r\ncontent-length: 5\r\n\r\n12345",
        ),
        (
            "GET /chunked",
            "200 OK\r\ncontent-type: text/plain; charset=utf-8\r\nconnection: close\r\ncontent-length: 5\r\n\r\n12345",
        ),
        ("HEAD /said", "200 OK\r\ncontent-length: 42\r\nconnection: close\r\n\r\n"),
        (
            "HEAD /long",
            "200 OK\r\ncontent-type: text/plain; charset=utf-8\r\ncontent-length: 5\r\nconnection: close\r\n\r\n",
        ),
        ("GET /none", "204 No Content\r\nconnection: close\r\n\r\n"),
        ("GET /same", "304 Not Modified\r\netag: \"1\"\r\nconnection: close\r\n\r\n"),
        ("GET /empty", "200 OK\r\nconnection: close\r\ncontent-length: 0\r\n\r\n"),
    ] {
        let said = raw(&server, format!("{request} HTTP/1.1\r\nhost: a.test\r\n{end}").as_bytes()).await;
        assert_eq!(said, format!("HTTP/1.1 {answer}"), "{request}");
    }
}

#[tokio::test]
async fn the_url_is_what_the_client_has_sent() {
    let stub = Stub::with(|sent| Ok(Reply::new(200, format!("{} {}", sent.method(), sent.url()))));
    let server = TestServer::start(stub.clone()).await.unwrap();
    let own = format!("GET {}/a", server.url());
    for (request, url) in [
        ("GET /a?b=%20 HTTP/1.1\r\nHost: api.test:81\r\n", "GET http://api.test:81/a?b=%20"),
        ("GET https://api.test/a HTTP/1.1\r\nHost: other.test\r\n", "GET https://api.test/a"),
        ("GET //api.test/a HTTP/1.1\r\nHost: other.test\r\n", "GET http://other.test//api.test/a"),
        ("OPTIONS * HTTP/1.1\r\nHost: api.test\r\n", "OPTIONS http://api.test/"),
        ("GET /a HTTP/1.0\r\n", &own),
    ] {
        let said = raw(&server, format!("{request}Connection: close\r\n\r\n").as_bytes()).await;
        assert!(
            said.contains(" 200 OK\r\n") && said.ends_with(&format!("\r\n\r\n{url}")),
            "{request}: {said}"
        );
    }
    assert_eq!(stub.requests().len(), 5);
}

#[tokio::test]
async fn no_input_ends_the_server() {
    let stub = Stub::with(echo);
    let (server, two) = (
        TestServer::start(stub.clone()).await.unwrap(),
        TestServer::builder(stub.clone()).http2_only().start().await.unwrap(),
    );
    let preface = "PRI * HTTP/2.0\r\n\r\nSM\r\n\r\n";
    for request in [
        "\0\0\0\0\r\n\r\n",
        "GET\r\n\r\n",
        "GET /a b HTTP/1.1\r\n\r\n",
        "GET / HTTP/9.9\r\n\r\n",
        "GET / HTTP/1.1\r\nHost: a b\r\n\r\n",
        "GET / HTTP/1.1\r\nHost:\r\n\r\n",
        "GET / HTTP/1.1\r\nHost: a.test\r\nContent-Length: -1\r\n\r\n",
        "POST / HTTP/1.1\r\nHost: a.test\r\nTransfer-Encoding: chunked\r\n\r\nzz\r\n",
        &format!("GET /{} HTTP/1.1\r\nHost: a.test\r\n\r\n", "a".repeat(1 << 20)),
        &format!("{preface}\u{1}\0\0garbage that is no frame at all, and some more of it"),
    ] {
        let start = &request[..request.len().min(60)];
        for server in [&server, &two] {
            let mut stream = TcpStream::connect(server.url().trim_start_matches("http://")).await.unwrap();
            // It may have said enough before it has heard everything.
            let _ = stream.write_all(request.as_bytes()).await;
            let _ = stream.shutdown().await;
            let mut answer = Vec::new();
            let _ = stream.read_to_end(&mut answer).await;
            let answer = String::from_utf8_lossy(&answer);
            assert!(!answer.starts_with("HTTP/1.1 2"), "{start:?}: {answer}");
        }
    }
    assert!(stub.requests().is_empty());
    for server in [&server, &two] {
        assert_eq!(get(&client(server), "/").fetch::<String>().await.unwrap(), "GET / ");
    }
}

#[tokio::test]
async fn a_body_that_is_too_long_is_refused() {
    const LONGEST: usize = 64 << 20;
    let stub = Stub::with(|sent| Ok(Reply::new(200, sent.bytes().len().to_string())));
    let server = TestServer::start(stub.clone()).await.unwrap();
    let head = "POST / HTTP/1.1\r\nhost: a.test\r\nconnection: close\r\n";
    // By what it says, before it is read.
    let said = raw(&server, format!("{head}content-length: {}\r\n\r\n", LONGEST + 1).as_bytes()).await;
    assert!(said.starts_with("HTTP/1.1 413 ") && said.ends_with("up to 67108864 bytes"), "{said}");
    // By how long it is.
    let mut request = format!("{head}transfer-encoding: chunked\r\n\r\n{:x}\r\n", LONGEST + 1).into_bytes();
    request.resize(request.len() + LONGEST + 1, b'x');
    let said = raw(&server, &request).await;
    assert!(said.starts_with("HTTP/1.1 413 "), "{said}");
    assert!(stub.requests().is_empty());
    let longest = Bytes::from(vec![b'x'; LONGEST]);
    let client = client(&server);
    let call = client.call(Method::POST, "/").body("text/plain", longest);
    assert_eq!(call.fetch::<usize>().await.unwrap(), LONGEST);
}
