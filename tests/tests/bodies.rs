//! Bodies over a socket: files, streams, parts, and what happens when they are not as long as they said.

use apiclient::{
    Body, Client, ErrorKind, Method, Part,
    testing::{SeededRandom, Stub},
};
use apiclient_tests::{Fault, FaultServer, root};
use futures_util::{StreamExt, stream};
use std::{
    fs, io,
    sync::{
        Arc,
        atomic::{AtomicU32, Ordering},
    },
};

async fn client() -> (Client, FaultServer) {
    let server = FaultServer::start(Fault::answer("204 No Content", b"")).await;
    let client = Client::builder().base_url(&*server.url).random(SeededRandom::new(7)).build().unwrap();
    (client, server)
}

fn chunks(count: usize) -> impl futures_util::Stream<Item = io::Result<Vec<u8>>> + Send + 'static {
    stream::iter(0..count).map(|_| Ok(vec![b'x'; 10_000]))
}

async fn put(client: &Client, body: Body) -> Result<(), apiclient::Error> {
    client.call(Method::PUT, "/file").body("application/x-test", body).fetch().await
}

fn header<'a>(head: &'a str, name: &str) -> Option<&'a str> {
    head.lines().find_map(|line| line.strip_prefix(name)?.strip_prefix(": "))
}

#[tokio::test]
async fn a_file_is_streamed_with_its_length() {
    let (client, server) = client().await;
    let path = root().join("Cargo.lock");
    let content = fs::read(&path).unwrap();
    let body = Body::file(&path).unwrap();
    for _ in 0..2 {
        put(&client, body.clone()).await.unwrap();
    }
    for (head, body) in server.requests() {
        assert!(head.starts_with("PUT /file HTTP/1.1\r\n"));
        assert_eq!(header(&head, "content-type"), Some("application/x-test"));
        assert_eq!(header(&head, "content-length"), Some(&*content.len().to_string()));
        assert_eq!(header(&head, "transfer-encoding"), None);
        assert!(body == content);
    }
    assert_eq!(server.requests().len(), 2);
}

#[tokio::test]
async fn a_stream_goes_out_in_chunks_or_with_its_length() {
    let (client, server) = client().await;
    put(&client, Body::stream(chunks(20))).await.unwrap();
    put(&client, Body::stream(chunks(20)).with_length(200_000)).await.unwrap();
    // hyper leaves it out unless it is told.
    client
        .call(Method::GET, "/search")
        .body("text/plain", Body::stream(chunks(1)))
        .fetch::<()>()
        .await
        .unwrap();
    put(&client, Body::factory(Some(0), || chunks(0))).await.unwrap();
    let seen = server.requests();
    let framing = |i: usize| {
        let (head, body) = &seen[i];
        (header(head, "content-length"), header(head, "transfer-encoding"), body.len())
    };
    assert_eq!(framing(0), (None, Some("chunked"), 200_000));
    assert_eq!(framing(1), (Some("200000"), None, 200_000));
    assert_eq!(framing(2), (None, Some("chunked"), 10_000));
    assert_eq!(framing(3), (Some("0"), None, 0));
}

#[tokio::test]
async fn a_stream_cannot_be_sent_twice() {
    let (client, server) = client().await;
    let body = Body::stream(chunks(1));
    put(&client, body.clone()).await.unwrap();
    let e = put(&client, body).await.unwrap_err();
    assert_eq!(e.kind(), ErrorKind::Config);
    assert!(e.to_string().contains("sent only once"), "{e}");
    assert_eq!(server.requests().len(), 1);
}

#[tokio::test]
async fn a_factory_is_called_by_each_attempt() {
    let (client, server) = client().await;
    let calls = Arc::new(AtomicU32::new(0));
    let counted = calls.clone();
    let body = Body::factory(None, move || {
        counted.fetch_add(1, Ordering::Relaxed);
        chunks(2)
    });
    put(&client, body.clone()).await.unwrap();
    put(&client, body).await.unwrap();
    assert_eq!((calls.load(Ordering::Relaxed), server.requests().len()), (2, 2));
}

/// No server may take what came of it for the whole.
#[tokio::test]
async fn a_body_that_is_not_as_long_as_it_said() {
    let (client, server) = client().await;
    for (length, why) in [
        (20_001, "ended after 20000 of 20001 bytes"),
        (19_999, "longer than the 19999 bytes"),
        (10_000, "longer than the 10000 bytes"),
        (0, "longer than the 0 bytes"),
    ] {
        for body in [Body::factory(Some(length), || chunks(2)), Body::stream(chunks(2)).with_length(length)] {
            let e = put(&client, body).await.unwrap_err();
            assert!(e.to_string().contains(why), "{e}");
        }
    }
    put(&client, "whole".into()).await.unwrap();
    assert_eq!(server.requests().len(), 1, "no other was");
}

#[tokio::test]
async fn the_error_of_a_stream_is_told() {
    let (client, server) = client().await;
    let failing = || stream::iter([Ok("begun"), Err(io::Error::other("disk on fire"))]);
    for body in [Body::factory(None, failing), Body::factory(Some(9), failing)] {
        let e = put(&client, body).await.unwrap_err();
        assert_eq!(e.kind(), ErrorKind::Transport);
        assert!(e.to_string().ends_with("(disk on fire)"), "{e}");
        assert!(format!("{e:#}").contains("the body of the request cannot be read"), "{e:#}");
    }
    assert_eq!(server.requests(), []);
}

#[tokio::test]
async fn parts_with_a_file_have_a_length() {
    let (client, server) = client().await;
    let path = root().join("Cargo.toml");
    let call = client
        .call(Method::POST, "/upload")
        .part("title", Part::text("a \"b\""))
        .part("file", Part::file(&path).unwrap().mime("application/toml"))
        .part("text\"; filename=\"x", Part::text("--\r\n"));
    call.fetch::<()>().header("x-a", "b").await.unwrap();
    let (head, body) = server.requests().remove(0);
    assert_eq!(header(&head, "content-length"), Some(&*body.len().to_string()));
    let boundary =
        header(&head, "content-type").unwrap().strip_prefix("multipart/form-data; boundary=").unwrap();
    let body = String::from_utf8(body).unwrap();
    let parts: Vec<&str> = body.split(&format!("--{boundary}")).collect();
    assert_eq!((parts.len(), parts[0], parts[4]), (5, "", "--\r\n"));
    let file = "\r\nContent-Disposition: form-data; name=\"file\"; filename=\"Cargo.toml\"\r\n\
                Content-Type: application/toml\r\n\r\n";
    assert_eq!(parts[1], "\r\nContent-Disposition: form-data; name=\"title\"\r\n\r\na \"b\"\r\n");
    assert_eq!(parts[2], format!("{file}{}\r\n", fs::read_to_string(&path).unwrap()));
    assert_eq!(
        parts[3],
        "\r\nContent-Disposition: form-data; name=\"text%22; filename=%22x\"\r\n\r\n--\r\n\r\n"
    );

    let e = client
        .call(Method::POST, "/upload")
        .part("a\0", Part::text("s3cret"))
        .fetch::<()>()
        .await
        .unwrap_err();
    assert_eq!(e.kind(), ErrorKind::Argument);
    assert!(!e.to_string().contains("s3cret"), "{e}");
}

#[tokio::test]
async fn a_stub_reads_bodies_as_a_server_does() {
    let stub = Stub::json("null");
    let client = Client::builder().base_url("http://stub.test").transport(stub.clone()).build().unwrap();
    let path = root().join("Cargo.toml");
    put(&client, Body::file(&path).unwrap()).await.unwrap();
    let once = Body::stream(chunks(1));
    put(&client, once.clone()).await.unwrap();
    let said = [
        put(&client, once).await.unwrap_err(),
        put(&client, Body::factory(Some(1), || chunks(1))).await.unwrap_err(),
    ];
    assert_eq!(said.map(|e| e.kind()), [ErrorKind::Config, ErrorKind::Transport]);
    let requests = stub.requests();
    assert_eq!(requests.len(), 2);
    assert_eq!(requests[0].body().bytes().unwrap(), &fs::read(&path).unwrap());
    assert_eq!(requests[1].body().length(), Some(10_000));

    let call = client.call(Method::PUT, "/file").body("text/plain", Body::stream(chunks(1)));
    let request = call.fetch::<()>().into_request().unwrap();
    assert!(request.to_string().ends_with(" --data-binary '*** a stream ***'"), "{request}");
    let request: apiclient::http::Request<Body> = request.into();
    assert!(!request.body().is_replayable());
}
