//! What a service of tower gets of a call, and what a call gets of the service.

use apiclient::{
    Body, Endpoint, ErrorKind, Method, http,
    prelude::*,
    testing::ManualClock,
    transport::{BodyStream, Progress, Tower, TransportError, TransportErrorKind},
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
