//! What a service of tower gets of a call, and what a call gets of the service.

use apiclient::{
    Body, Endpoint, ErrorKind, Method, http,
    prelude::*,
    testing::{ManualClock, Stub, TestServer},
    transport::{
        BodyStream, Hyper, Progress, Reply, Reqwest, Tower, Transport, TransportError, TransportErrorKind,
        TransportService,
    },
};
use std::{
    collections::VecDeque,
    error::Error,
    future::{Ready, ready},
    io,
    pin::pin,
    sync::{
        Arc, Mutex,
        atomic::{AtomicUsize, Ordering},
    },
    task::{Context, Poll},
};
use tower::{ServiceBuilder, limit::ConcurrencyLimitLayer, util::MapRequestLayer};
use tower_service::Service;

type BoxError = Box<dyn Error + Send + Sync>;
type Answer = Result<http::Response<BodyStream>, BoxError>;
type Request = http::Request<BodyStream>;

#[api_client(base_url = "http://notes.test/v1")]
#[retry(none)]
trait Notes {
    #[post("/notes/{id}")]
    fn note(&self, id: u64, #[body] text: &str) -> Call<String>;
}

/// Answers from a list, and keeps what it was asked.
#[derive(Clone, Default)]
struct Desk {
    asked: Arc<Mutex<Vec<Request>>>,
    answers: Arc<Mutex<VecDeque<Answer>>>,
    /// How often it is not ready yet.
    busy: Arc<AtomicUsize>,
    /// Of this clone.
    is_ready: bool,
    is_closed: bool,
}

impl Desk {
    fn of(answers: impl IntoIterator<Item = Answer>) -> Self {
        Desk { answers: Arc::new(Mutex::new(answers.into_iter().collect())), ..Desk::default() }
    }

    fn client(&self) -> NotesClient {
        let builder = NotesClient::builder().transport(Tower::new(self.clone()));
        builder.clock(ManualClock::new()).build().unwrap()
    }

    fn asked(&self) -> Vec<Request> {
        std::mem::take(&mut *self.asked.lock().unwrap())
    }
}

impl Service<Request> for Desk {
    type Response = http::Response<BodyStream>;
    type Error = BoxError;
    type Future = Ready<Answer>;

    fn poll_ready(&mut self, cx: &mut Context<'_>) -> Poll<Result<(), BoxError>> {
        if self.is_closed {
            return Poll::Ready(Err("closed".into()));
        }
        if self.busy.load(Ordering::Relaxed) > 0 {
            self.busy.fetch_sub(1, Ordering::Relaxed);
            cx.waker().wake_by_ref();
            return Poll::Pending;
        }
        self.is_ready = true;
        Poll::Ready(Ok(()))
    }

    fn call(&mut self, request: Request) -> Ready<Answer> {
        assert!(std::mem::take(&mut self.is_ready), "it was not asked whether it is ready");
        self.asked.lock().unwrap().push(request);
        ready(self.answers.lock().unwrap().pop_front().expect("an answer"))
    }
}

fn answer(status: u16, body: impl Into<Body>) -> Answer {
    Ok(http::Response::builder().status(status).body(body.into().open()?)?)
}

fn broken_body(status: u16) -> Answer {
    let parts = || futures_util::stream::iter([Ok("half"), Err(io::Error::other("gone"))]);
    answer(status, Body::factory(None, parts))
}

#[derive(Debug, Clone, PartialEq)]
struct Tenant(u8);

#[tokio::test]
async fn a_request_has_all_that_belongs_to_it() {
    let desk = Desk::of([answer(200, "\"ok\"")]);
    desk.busy.store(3, Ordering::Relaxed);
    let said = desk.client().note(7, "a").extension(Tenant(5)).header("x-a", "b").await.unwrap();
    assert_eq!((&*said, desk.busy.load(Ordering::Relaxed)), ("\"ok\"", 0));
    let request = desk.asked().remove(0);
    assert_eq!(
        (request.method(), &*request.uri().to_string()),
        (&Method::POST, "http://notes.test/v1/notes/7")
    );
    assert_eq!(request.headers()["x-a"], "b");
    assert!(!request.headers().contains_key("host"));
    assert_eq!(request.extensions().get(), Some(&Tenant(5)));
    let endpoint = request.extensions().get::<&'static Endpoint>().map(|e| e.name());
    assert_eq!(endpoint, Some("note"));
    assert_eq!(body_of(request).await, "\"a\"");
}

async fn body_of(request: Request) -> String {
    let mut body = pin!(request.into_body());
    let mut all = Vec::new();
    while let Some(frame) = std::future::poll_fn(|cx| http_body::Body::poll_frame(body.as_mut(), cx)).await {
        all.extend_from_slice(&frame.unwrap().into_data().unwrap());
    }
    String::from_utf8(all).unwrap()
}

/// A service that fails before it is ready has not been asked.
#[tokio::test]
async fn one_that_is_never_ready() {
    let desk = Desk { is_closed: true, ..Desk::default() };
    let e = desk.client().note(7, "a").await.unwrap_err();
    assert_eq!(e.to_string(), "POST /notes/{id}: a broken connection to http://notes.test (closed)");
    assert!(desk.asked().is_empty());
}

#[tokio::test]
async fn failures_by_what_they_say() {
    let shed = TransportError::new(TransportErrorKind::Timeout, "shed").with_progress(Progress::NotWritten);
    for (error, kind, why) in [
        (BoxError::from("odd"), ErrorKind::Transport, "odd"),
        (shed.into(), ErrorKind::Timeout, "shed"),
        // It may be a second place to which a layer went.
        (io::Error::from(io::ErrorKind::ConnectionRefused).into(), ErrorKind::Transport, "it was refused"),
    ] {
        let e = Desk::of([Err(error)]).client().note(7, "a").await.unwrap_err();
        assert_eq!(e.kind(), kind, "{e}");
        assert!(e.to_string().ends_with(&format!("({why})")), "{e}");
    }
}

/// A success without its body is none; an error is what came of it.
#[tokio::test]
async fn a_body_that_breaks_off() {
    let desk = Desk::of([broken_body(200), broken_body(500)]);
    let notes = desk.client();
    assert_eq!(notes.note(7, "a").await.unwrap_err().kind(), ErrorKind::Transport);
    let e = notes.note(7, "a").await.unwrap_err();
    assert_eq!((e.kind(), &e.body().unwrap()[..]), (ErrorKind::Status, &b"half"[..]));
}

/// The head of an error counts even where its body never comes.
#[tokio::test]
async fn an_error_whose_body_never_comes() {
    let never = || futures_util::stream::pending::<Result<&str, io::Error>>();
    let desk = Desk::of([answer(503, Body::factory(None, never))]);
    let clock = ManualClock::new();
    let builder = NotesClient::builder().transport(Tower::new(desk)).clock(clock.clone());
    let notes = builder.build().unwrap();
    let e = clock.run(async move { notes.note(7, "a").await.unwrap_err() });
    assert_eq!((e.kind(), e.status().map(|s| s.as_u16())), (ErrorKind::Status, Some(503)));
}

#[test]
fn no_runtime_is_needed() {
    let desk = Desk::of([answer(200, "\"ok\"")]);
    assert_eq!(apiclient::testing::run(desk.client().note(7, "a")).unwrap(), "\"ok\"");
    let said = format!("{:?}", Tower::new(desk));
    assert!(said.starts_with("Tower(") && said.ends_with("Desk)"), "{said}");
}

#[api_client(base_url = "http://layers.test/v1")]
trait Layered {
    #[get("/items/{id}")]
    fn item(&self, id: u64) -> Call<String>;
    #[post("/items")]
    fn add(&self, #[body(bytes)] item: Body) -> Call<String>;
    #[head("/items")]
    fn look(&self) -> Call<()>;
}

/// Layers of tower around a transport of ours: at most two at a time, and a header.
fn layered(
    transport: impl Transport + 'static,
) -> Tower<
    impl Service<Request, Response = http::Response<BodyStream>, Error = TransportError, Future: Send>
    + Clone
    + Send
    + 'static,
> {
    let stamp = MapRequestLayer::new(|mut request: Request| {
        request.headers_mut().insert("x-region", http::HeaderValue::from_static("eu-1"));
        request
    });
    let layers = ServiceBuilder::new().layer(ConcurrencyLimitLayer::new(2)).layer(stamp);
    Tower::new(layers.service(TransportService::new(transport)))
}

/// What a call gets through layers is what it gets without them: packed answers, long errors, bodies in memory and as streams, HEAD.
#[tokio::test]
async fn layers_around_a_transport() {
    let stub = Stub::with(|sent| {
        let region =
            sent.headers().get("x-region").map_or("none", |region| region.to_str().unwrap_or_default());
        let gzip = |text: &str| {
            let mut packed = flate2::write::GzEncoder::new(Vec::new(), flate2::Compression::fast());
            io::Write::write_all(&mut packed, text.as_bytes()).unwrap();
            packed.finish().unwrap()
        };
        let header = |name: &'static str, value: &'static str| {
            (http::HeaderName::from_static(name), http::HeaderValue::from_static(value))
        };
        let (coding, gzipped) = header("content-encoding", "gzip");
        Ok(match (sent.method().as_str(), sent.url().path()) {
            ("HEAD", _) => {
                let (length, twelve) = header("content-length", "12");
                Reply::new(200, "").with_header(length, twelve)
            }
            ("POST", _) => Reply::new(200, format!("{region} {}", sent.bytes().len())),
            (_, "/v1/items/404") => Reply::new(404, "x".repeat(200 << 10)),
            _ => Reply::new(200, gzip(&format!("{region} {}", sent.url()))).with_header(coding, gzipped),
        })
    });
    let server = TestServer::start(stub.clone()).await.unwrap();
    let hyper = Hyper::builder().no_proxy().build().unwrap();
    let reqwest = apiclient::reqwest::Client::builder().no_proxy().build().unwrap();
    for (name, transport) in [
        ("hyper", Arc::new(layered(hyper)) as Arc<dyn Transport>),
        ("reqwest", Arc::new(layered(Reqwest::from(reqwest)))),
    ] {
        let base_url = format!("{}/v1", server.url());
        let builder = LayeredClient::builder().base_url(&base_url).transport(transport);
        let api = builder.build().unwrap();
        assert_eq!(api.item(7).await.unwrap(), format!("eu-1 {base_url}/items/7"), "{name}");
        let error = api.item(404).await.unwrap_err();
        assert!(error.is_not_found(), "{name}: {error}");
        assert_eq!(api.add(Body::from("12345")).await.unwrap(), "eu-1 5", "{name}");
        let stream = futures_util::stream::iter((0..100).map(|_| Ok::<_, io::Error>("0123456789")));
        assert_eq!(api.add(Body::stream(stream)).await.unwrap(), "eu-1 1000", "{name}");
        api.look().await.unwrap();
        // More than fit at a time: the others wait for their turn.
        let all = (0..20).map(|id| api.item(id));
        assert!(futures_util::future::join_all(all).await.iter().all(Result::is_ok), "{name}");
    }
    // What never left is known to be unsent, as without layers.
    let hyper = Hyper::builder().no_proxy().build().unwrap();
    let nobody = LayeredClient::builder().base_url("http://127.0.0.1:9/v1").transport(layered(hyper));
    let error = nobody.retry(apiclient::Retry::none()).build().unwrap().item(7).await.unwrap_err();
    assert_eq!(
        (error.kind(), error.progress()),
        (ErrorKind::Connect, Some(Progress::NotConnected)),
        "{error}"
    );
}

/// Below a service of one's own there is nothing that tells it what it needs.
#[tokio::test]
async fn a_transport_service_alone() {
    let mut alone = TransportService::new(Stub::json("1"));
    let request = http::Request::new(Body::default().open().unwrap());
    let error = alone.call(request).await.unwrap_err();
    assert_eq!(error.kind(), TransportErrorKind::Request);
    assert!(error.to_string().contains("transport::Tower"), "{error}");
}
