//! The stub on a loopback socket: what a client gets of it, over HTTP/1.1, HTTP/2 and TLS.

use apiclient::{
    Bytes, Client, Error, ErrorKind, Method, Untyped,
    prelude::*,
    reqwest::{self, Version},
    testing::{ManualClock, Sent, Stub, TestServer, TestServerBuilder},
    transport::{Reply, TransportError, TransportErrorKind},
};
use futures_util::{FutureExt, future::try_join_all};
use serde::Serialize;
use std::{sync::Arc, time::Duration};
use tokio::{
    sync::{Barrier, Notify},
    task::yield_now,
};

#[derive(Debug, Serialize)]
pub struct Note {
    text: &'static str,
}

#[api_client(base_url = "http://notes.test")]
#[retry(none)]
#[header("X-Edition", "2")]
pub trait Notes {
    #[get("/books/{book}/notes{?page,tag*}")]
    fn list(
        &self,
        book: &str,
        page: u32,
        tag: &[&str],
        #[cookie] session: &str,
        #[header("X-Tag")] x: &str,
    ) -> Call<String>;
    #[post("/notes")]
    fn create(&self, #[body] note: &Note) -> Call<String>;
    #[put("/notes/{id}")]
    fn rename(&self, id: u64, #[field] name: &str, #[field] color: &str) -> Call<String>;
    #[delete("/notes/{id}")]
    fn delete(&self, id: u64) -> Call<String>;
    #[head("/notes/{id}")]
    fn exists(&self, id: u64) -> Call<()>;
}

/// Every way to reach a server.
fn every_way(stub: &Stub) -> [TestServerBuilder; 6] {
    let builder = || TestServer::builder(stub.clone());
    [
        builder(),
        builder().http1_only(),
        builder().http2_only(),
        builder().tls(),
        builder().tls().http1_only(),
        builder().tls().http2_only(),
    ]
}

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

#[tokio::test]
async fn every_verb_arrives() {
    const VERBS: [&str; 9] =
        ["GET", "POST", "PUT", "PATCH", "DELETE", "OPTIONS", "TRACE", "PURGE", "PROPFIND"];
    for builder in every_way(&Stub::with(echo)) {
        let server = builder.start().await.unwrap();
        let client = client(&server);
        for verb in VERBS {
            let verb = Method::from_bytes(verb.as_bytes()).unwrap();
            let said: String = client.call(verb.clone(), "/verbs").fetch().await.unwrap();
            assert_eq!(said, format!("{verb} /verbs "), "{server:?}");
        }
        let head = client.call(Method::HEAD, "/verbs").fetch::<Bytes>().send().await.unwrap();
        assert_eq!(
            (head.status().as_u16(), &head.headers()["content-length"]),
            (200, &"12".parse().unwrap())
        );
        assert!(head.body().is_empty());
    }
}

#[tokio::test]
async fn a_megabyte_goes_there_and_back() {
    let stub = Stub::with(|sent| Ok(Reply::new(200, Bytes::copy_from_slice(sent.bytes()))));
    let sent: Bytes = (0..1_u32 << 20).map(|i| i.to_le_bytes()[(i % 3) as usize]).collect();
    for builder in every_way(&stub) {
        let server = builder.start().await.unwrap();
        let client = client(&server);
        let call = client.call(Method::POST, "/").body("application/octet-stream", sent.clone());
        let came: Bytes = call.fetch().await.unwrap();
        assert!(came == sent, "{server:?}: {} bytes", came.len());
    }
}

#[tokio::test]
async fn calls_after_each_other_share_a_connection() {
    for builder in every_way(&Stub::with(echo)) {
        let server = builder.start().await.unwrap();
        assert_eq!(server.connections(), 0);
        let client = client(&server);
        for _ in 0..5 {
            client.call(Method::POST, "/").json("a").fetch::<String>().await.unwrap();
        }
        assert_eq!(server.connections(), 1, "{server:?}");
    }
}

#[tokio::test]
async fn calls_at_the_same_time_share_a_connection_of_http_2() {
    const CALLS: usize = 50;
    let barrier = Arc::new(Barrier::new(CALLS));
    // Nobody is answered before the last one is there.
    let stub = Stub::with_async(move |sent| {
        let (barrier, path) = (barrier.clone(), sent.url().path().to_owned());
        Box::pin(async move {
            barrier.wait().await;
            Ok(Reply::new(200, path))
        })
    });
    for builder in [TestServer::builder(stub.clone()), TestServer::builder(stub).tls()] {
        let server = builder.http2_only().start().await.unwrap();
        let client = client(&server);
        let paths: Vec<String> = (0..CALLS).map(|i| format!("/{i}")).collect();
        let said = try_join_all(paths.iter().map(|path| get(&client, path).fetch::<String>())).await.unwrap();
        assert_eq!(said, paths);
        assert_eq!(server.connections(), 1);
    }
}

#[tokio::test]
async fn a_certificate_is_trusted_by_those_who_know_its_authority() {
    let start = || TestServer::builder(Stub::with(echo)).tls().start();
    let (server, other) = (start().await.unwrap(), start().await.unwrap());
    assert!(server.url().starts_with("https://localhost:"), "{}", server.url());
    assert_ne!(server.ca_der(), other.ca_der());
    assert_eq!(get(&client(&server), "/").fetch::<String>().await.unwrap(), "GET / ");

    let strangers = Client::builder().retry(apiclient::Retry::none()).transport(other.transport().unwrap());
    let default = Client::builder().retry(apiclient::Retry::none());
    for builder in [strangers, default] {
        let client = builder.base_url(server.url()).clock(ManualClock::new()).build().unwrap();
        let e = get(&client, "/").fetch::<String>().await.unwrap_err();
        assert_eq!(e.kind(), ErrorKind::Connect, "{e}");
        assert!(e.to_string().contains("its certificate is not trusted"), "{e}");
    }
}

#[tokio::test]
async fn a_client_of_another_kind_is_given_the_authority_as_pem() {
    let stub = Stub::with(echo);
    let plain = TestServer::start(stub.clone()).await.unwrap();
    assert!(plain.ca_pem().is_none() && plain.ca_der().is_none());
    let server = TestServer::builder(stub).tls().start().await.unwrap();
    let pem = server.ca_pem().unwrap();
    assert!(pem.lines().all(|line| line.len() <= 64), "{pem}");
    assert!(!pem.contains("KEY"), "{pem}");
    let ca = reqwest::Certificate::from_pem(pem.as_bytes()).unwrap();
    let http = reqwest::Client::builder().no_proxy().tls_certs_only([ca]).build().unwrap();
    // Both names that the certificate has.
    for url in [server.url().to_owned(), server.url().replace("localhost", "127.0.0.1")] {
        assert_eq!(http.get(url).send().await.unwrap().text().await.unwrap(), "GET / ");
    }
}

/// The version that a server speaks with a client of this kind.
async fn version(
    server: &TestServer,
    set: fn(reqwest::ClientBuilder) -> reqwest::ClientBuilder,
) -> Option<Version> {
    let ca = server.ca_der().map(|der| reqwest::Certificate::from_der(der).unwrap());
    let http = set(reqwest::Client::builder().no_proxy().tls_certs_only(ca)).build().unwrap();
    http.get(server.url()).send().await.ok().map(|response| response.version())
}

#[tokio::test]
async fn each_server_speaks_what_it_says() {
    const ONE: Option<Version> = Some(Version::HTTP_11);
    const TWO: Option<Version> = Some(Version::HTTP_2);
    // Of a client that takes either, one of HTTP/1.1 only, one of HTTP/2 only.
    let expected = [[ONE, ONE, TWO], [ONE, ONE, None], [None, None, TWO]];
    let expected_tls = [[TWO, ONE, TWO], [ONE, ONE, None], [TWO, None, TWO]];
    let expected = expected.into_iter().chain(expected_tls);
    for (builder, expected) in every_way(&Stub::with(echo)).into_iter().zip(expected) {
        let said = format!("{builder:?}");
        let server = builder.start().await.unwrap();
        let either = version(&server, |b| b).await;
        let one = version(&server, reqwest::ClientBuilder::http1_only).await;
        let two = version(&server, reqwest::ClientBuilder::http2_prior_knowledge).await;
        assert_eq!([either, one, two], expected, "{said}");
    }
}

#[tokio::test]
async fn a_connection_that_the_stub_breaks_is_broken() {
    let stub = Stub::with(echo);
    stub.on("GET /broken").fails(TransportErrorKind::Broken);
    stub.on("GET /refused").fails(TransportErrorKind::Connect);
    // Of HTTP/2 only the stream ends.
    for (builder, connections) in every_way(&stub).into_iter().zip([3, 3, 1, 1, 3, 1]) {
        let server = builder.start().await.unwrap();
        let client = client(&server);
        for path in ["/broken", "/refused"] {
            let e = get(&client, path).fetch::<String>().await.unwrap_err();
            assert_eq!(e.kind(), ErrorKind::Transport, "{server:?}: {e}");
            assert!(e.status().is_none(), "{e}");
        }
        assert_eq!(get(&client, "/").fetch::<String>().await.unwrap(), "GET / ");
        assert_eq!(server.connections(), connections, "{server:?}");
    }
}

#[tokio::test]
async fn any_other_failure_is_a_500_that_says_which() {
    let stub = Stub::new();
    stub.on("GET /users/{id}").answers(|sent| Ok(Reply::json(200, &sent.path::<u64>("id")?)?));
    stub.on("GET /odd").reply(Reply::new(101, ""));
    stub.on("GET /slow").fails(TransportErrorKind::Timeout);
    let server = TestServer::start(stub).await.unwrap();
    let client = client(&server);
    assert_eq!(get(&client, "/users/7").fetch::<u64>().await.unwrap(), 7);
    for (path, what) in [
        ("/nowhere", "no route of the stub takes GET /nowhere; near: GET /slow [another path], "),
        ("/users/me", "the path variable `id`"),
        ("/odd", "101 Switching Protocols, which is no last answer"),
        ("/slow", "said by the stub"),
    ] {
        let e = get(&client, path).fetch::<String>().await.unwrap_err();
        assert_eq!(e.status().unwrap(), 500);
        assert!(e.to_string().contains(what), "{e}");
    }
}

/// Notifies when it is dropped.
struct Guard(Arc<Notify>);

impl Drop for Guard {
    fn drop(&mut self) {
        self.0.notify_one();
    }
}

/// A stub that never answers, and the end of what it was about to answer.
fn silent() -> (Stub, Arc<Notify>) {
    let ended = Arc::new(Notify::new());
    let notify = ended.clone();
    let stub = Stub::with_async(move |_| {
        let guard = Guard(notify.clone());
        Box::pin(async move {
            let _guard = guard;
            std::future::pending().await
        })
    });
    (stub, ended)
}

#[tokio::test]
async fn a_silent_stub_is_silent_until_the_client_goes() {
    let (stub, ended) = silent();
    for builder in every_way(&stub) {
        let server = builder.start().await.unwrap();
        let client = client(&server);
        let before = stub.requests().len();
        let call = tokio::spawn(get(&client, "/").fetch::<()>());
        while stub.requests().len() == before {
            yield_now().await;
        }
        assert!(ended.notified().now_or_never().is_none(), "{server:?}");
        call.abort();
        ended.notified().await;
        assert!(call.await.unwrap_err().is_cancelled());
    }
}

#[tokio::test]
async fn nothing_is_left_of_a_server_that_was_dropped() {
    let (stub, ended) = silent();
    for builder in every_way(&stub) {
        let server = builder.start().await.unwrap();
        let (url, client, late) = (server.url().to_owned(), client(&server), server.transport().unwrap());
        let before = stub.requests().len();
        let call = tokio::spawn(get(&client, "/").fetch::<()>());
        while stub.requests().len() == before {
            yield_now().await;
        }
        drop(server);
        assert_eq!(call.await.unwrap().unwrap_err().kind(), ErrorKind::Transport, "{url}");
        ended.notified().await;
        let late = Client::builder()
            .retry(apiclient::Retry::none())
            .base_url(&url)
            .transport(late)
            .clock(ManualClock::new())
            .build()
            .unwrap();
        for client in [client, late] {
            let e = get(&client, "/").fetch::<()>().await.unwrap_err();
            assert_eq!(e.kind(), ErrorKind::Connect, "{e}");
            assert!(e.to_string().contains("it was refused"), "{e}");
        }
    }
}

#[tokio::test]
async fn two_servers_do_not_know_each_other() {
    let (red, blue) =
        (Stub::with(|_| Ok(Reply::new(200, "red"))), Stub::with(|_| Ok(Reply::new(200, "blue"))));
    let (one, two) = (TestServer::start(red.clone()).await.unwrap(), TestServer::start(blue).await.unwrap());
    assert_ne!(one.url(), two.url());
    assert_eq!(get(&client(&one), "/").fetch::<String>().await.unwrap(), "red");
    assert_eq!(get(&client(&two), "/").fetch::<String>().await.unwrap(), "blue");
    drop(two);
    assert_eq!(get(&client(&one), "/").fetch::<String>().await.unwrap(), "red");
    assert_eq!((red.requests().len(), one.connections()), (2, 2));
}

/// One call of each endpoint.
async fn call_all(notes: &NotesClient) -> Result<(), Error> {
    notes.list("a/b ü", 2, &["x", "y&z"], "k=1", "no 7").await?;
    notes.create(&Note { text: "\u{1f980} \"quoted\"" }).await?;
    notes.rename(7, "a b&c", "").await?;
    notes.delete(7).await?;
    notes.exists(7).await
}

/// What a request is, whoever carries it: without the host, and the headers that a transport adds.
fn essence(sent: &Sent) -> (String, String, Vec<(String, Bytes)>, Bytes) {
    let url = sent.url();
    let mut headers: Vec<(String, Bytes)> = sent
        .headers()
        .iter()
        .filter(|(name, _)| !matches!(name.as_str(), "host" | "content-length"))
        .map(|(name, value)| (name.to_string(), Bytes::copy_from_slice(value.as_bytes())))
        .collect();
    headers.sort();
    let target = url.path_and_query().unwrap().to_string();
    (sent.method().to_string(), target, headers, Bytes::copy_from_slice(sent.bytes()))
}

#[tokio::test]
async fn a_request_is_the_same_in_memory_and_over_a_socket() {
    let answers = || Stub::with(|_| Ok(Reply::new(200, "fine")));
    let memory = answers();
    let notes = NotesClient::builder().transport(memory.clone()).clock(ManualClock::new()).build().unwrap();
    call_all(&notes).await.unwrap();
    let expected: Vec<_> = memory.requests().iter().map(essence).collect();
    assert_eq!(expected.len(), 5);
    let stub = answers();
    for builder in every_way(&stub) {
        let before = stub.requests().len();
        let server = builder.start().await.unwrap();
        let builder = NotesClient::builder().base_url(server.url()).transport(server.transport().unwrap());
        call_all(&builder.clock(ManualClock::new()).build().unwrap()).await.unwrap();
        let requests = &stub.requests()[before..];
        assert_eq!(requests.iter().map(essence).collect::<Vec<_>>(), expected, "{server:?}");
        for sent in requests {
            assert!(sent.endpoint().is_none());
            let origin =
                format!("{}://{}", sent.url().scheme_str().unwrap(), sent.url().authority().unwrap());
            assert_eq!(origin, server.url());
        }
    }
}

#[tokio::test]
async fn an_endpoint_is_known_by_its_template() {
    let stub = Stub::new();
    let rename = stub.on(&NotesClient::ENDPOINTS.rename).returns("renamed");
    let server = TestServer::start(stub.clone()).await.unwrap();
    let builder = NotesClient::builder().base_url(server.url()).transport(server.transport().unwrap());
    let notes = builder.clock(ManualClock::new()).build().unwrap();
    assert_eq!(notes.rename(7, "a b&c", "").await.unwrap(), "renamed");
    let sent = &rename.requests()[0];
    assert_eq!(sent.path::<u64>("id").unwrap(), 7);
    assert_eq!(sent.field::<String>("name").unwrap(), "a b&c");
    stub.verify();
}

#[tokio::test]
async fn an_answer_takes_its_time_by_the_clock_of_the_server() {
    let (stub, clock) = (Stub::new(), ManualClock::new());
    stub.on("GET /").returns("late").after(Duration::from_secs(3600));
    let server = TestServer::builder(stub).clock(clock.clone()).start().await.unwrap();
    let call = tokio::spawn(get(&client(&server), "/").fetch::<String>());
    while clock.sleepers() == 0 {
        yield_now().await;
    }
    assert!(!call.is_finished());
    clock.advance(Duration::from_secs(3600));
    assert_eq!(call.await.unwrap().unwrap(), "late");
}

#[test]
fn a_server_needs_a_runtime() {
    let e = TestServer::start(Stub::new()).now_or_never().unwrap().unwrap_err();
    assert_eq!(e.kind(), ErrorKind::Config);
    assert!(e.to_string().contains("needs a Tokio runtime"), "{e}");
}

#[tokio::test]
async fn what_it_prints_has_no_key() {
    let server = TestServer::builder(Stub::new()).tls().start().await.unwrap();
    let expected = format!("TestServer {{ url: {:?}, protocols: Both, connections: 0, .. }}", server.url());
    assert_eq!(format!("{server:?}"), expected);
}
