//! 306 cases in a world of stand-ins: what a call comes to, when, and what was sent, for each kind of endpoint, each way a server
//! can answer, and each way to call. No socket, no runtime, no waiting. `tests/world.py` runs them in every order.

use apiclient::{
    Client, ErrorKind, HeaderName, HeaderValue, Response,
    prelude::*,
    testing::{ManualClock, Route, Stub},
    transport::{Reply, TransportErrorKind},
};
use futures_util::future::join_all;
use serde::{Deserialize, Serialize};
use std::time::Duration;

#[derive(Debug, Clone, PartialEq, Serialize, Deserialize)]
pub struct Item {
    id: u64,
    name: String,
}

#[api_client(base_url = "https://items.test/v1")]
#[retry(none)]
#[redirects(none)]
#[timeout("8s", attempt = "5s")]
pub trait Items {
    #[get("/items/{id}")]
    fn one(&self, id: u64) -> Call<Item>;
    #[get("/items{?tags*}")]
    fn list(&self, tags: &[&str]) -> Call<Vec<Item>>;
    #[post("/items")]
    #[envelope("/data")]
    fn create(&self, #[body] item: &Item) -> Call<Item>;
    #[get("/items/{id}/name")]
    fn name(&self, id: u64) -> Call<String>;
    #[delete("/items/{id}")]
    fn delete(&self, id: u64) -> Call<()>;
    #[get("/items/{id}/parent")]
    #[none_on(404)]
    fn parent(&self, id: u64) -> Call<Option<Item>>;
}

/// What is called.
#[derive(Debug, Clone, Copy, PartialEq)]
enum What {
    One,
    List,
    Create,
    Name,
    Delete,
    Parent,
}

/// What the server does.
#[derive(Debug, Clone, Copy, PartialEq)]
enum Server {
    Answers,
    AnswersLate,
    AnswersTooLate,
    Hangs,
    IsUnknown,
    Refuses,
    Breaks,
    SaysNotFound,
    SaysTooMany,
    SaysUnavailableInHtml,
    Redirects,
    SendsAnotherType,
    SendsHalfAJson,
    SendsNothing,
    SendsHtml,
    SendsTooMuch,
    RecoversTheThirdTime,
}

/// How it is called.
#[derive(Debug, Clone, Copy, PartialEq)]
enum How {
    Alone,
    ThreeAtOnce,
    OverASharedClient,
}

fn item() -> Item {
    Item { id: 7, name: "lamp".into() }
}

fn header(name: &'static str, value: &'static str) -> (HeaderName, HeaderValue) {
    (HeaderName::from_static(name), HeaderValue::from_static(value))
}

fn with(reply: Reply, (name, value): (HeaderName, HeaderValue)) -> Reply {
    reply.with_header(name, value)
}

/// The answer that the endpoint is made for.
fn good(route: Route, what: What) -> Route {
    match what {
        What::One | What::Create | What::Parent => route.returns(&item()),
        What::List => route.returns(&[item(), item()]),
        What::Name => route.returns("lamp"),
        What::Delete => route.returns(&()).status(204),
    }
}

fn set_up(stub: &Stub, what: What, server: Server) {
    let endpoints = ItemsClient::ENDPOINTS;
    let endpoint = match what {
        What::One => &endpoints.one,
        What::List => &endpoints.list,
        What::Create => &endpoints.create,
        What::Name => &endpoints.name,
        What::Delete => &endpoints.delete,
        What::Parent => &endpoints.parent,
    };
    if server == Server::IsUnknown {
        return;
    }
    let route = stub.on(endpoint);
    let json = header("content-type", "application/json");
    let html = header("content-type", "text/html");
    match server {
        Server::IsUnknown => route,
        Server::Answers => good(route, what),
        Server::AnswersLate => good(route, what).after(Duration::from_secs(4)),
        Server::AnswersTooLate => good(route, what).after(Duration::from_secs(6)),
        Server::Hangs => route.hangs(),
        Server::Refuses => route.fails(TransportErrorKind::Connect),
        Server::Breaks => route.fails(TransportErrorKind::Broken),
        Server::SaysNotFound => route.reply(with(Reply::new(404, "{\"message\":\"no such item\"}"), json)),
        Server::SaysTooMany => route.reply(with(Reply::new(429, ""), header("retry-after", "3"))),
        Server::SaysUnavailableInHtml => {
            route.reply(with(Reply::new(503, "<html><title>Down</title></html>"), html))
        }
        Server::Redirects => route.reply(with(Reply::new(302, ""), header("location", "/elsewhere"))),
        Server::SendsAnotherType => route.reply(with(Reply::new(200, "{\"id\":\"x\"}"), json)),
        Server::SendsHalfAJson => route.reply(with(Reply::new(200, "{\"id\":7,"), json)),
        Server::SendsNothing => route.reply(with(Reply::new(200, ""), json)),
        Server::SendsHtml => route.reply(with(Reply::new(200, "<html>"), html)),
        Server::SendsTooMuch => route.reply(with(Reply::new(200, vec![b' '; 5000]), json)),
        Server::RecoversTheThirdTime => {
            good(route.reply(Reply::new(500, "")).fails(TransportErrorKind::Broken), what)
        }
    };
}

/// One call, and its outcome in a line.
async fn call(items: &ItemsClient, what: What) -> (Option<ErrorKind>, String) {
    async fn line<T: std::fmt::Debug>(call: Call<T>) -> (Option<ErrorKind>, String) {
        match call.max_body(4000).send().await.map(Response::into_body) {
            Ok(value) => (None, format!("{value:?}")),
            Err(e) => (Some(e.kind()), e.to_string()),
        }
    }
    match what {
        What::One => line(items.one(7)).await,
        What::List => line(items.list(&["a", "b c"])).await,
        What::Create => line(items.create(&item())).await,
        What::Name => line(items.name(7)).await,
        What::Delete => line(items.delete(7)).await,
        What::Parent => line(items.parent(7)).await,
    }
}

/// What the first call has to come to, and after how many seconds.
fn expected(what: What, server: Server) -> (Option<ErrorKind>, u64) {
    // Neither looks at the body.
    let reads_json = !matches!(what, What::Name | What::Delete);
    let unread = |kind| if reads_json { Some(kind) } else { None };
    match server {
        Server::Answers => (None, 0),
        Server::AnswersLate => (None, 4),
        Server::AnswersTooLate | Server::Hangs => (Some(ErrorKind::Timeout), 5),
        Server::IsUnknown => (Some(ErrorKind::Config), 0),
        Server::Refuses => (Some(ErrorKind::Connect), 0),
        Server::Breaks => (Some(ErrorKind::Transport), 0),
        Server::SaysNotFound if what == What::Parent => (None, 0),
        Server::SaysNotFound
        | Server::SaysTooMany
        | Server::SaysUnavailableInHtml
        | Server::RecoversTheThirdTime => (Some(ErrorKind::Status), 0),
        Server::Redirects => (Some(ErrorKind::Redirect), 0),
        Server::SendsAnotherType | Server::SendsHalfAJson => (unread(ErrorKind::Decode), 0),
        Server::SendsNothing if what == What::Parent => (None, 0),
        Server::SendsNothing => (unread(ErrorKind::Decode), 0),
        Server::SendsHtml => (unread(ErrorKind::ContentType), 0),
        Server::SendsTooMuch => (Some(ErrorKind::TooLarge), 0),
    }
}

/// What was sent for it.
fn request_line(what: What) -> &'static str {
    match what {
        What::One => "GET /v1/items/7",
        What::List => "GET /v1/items?tags=a&tags=b%20c",
        What::Create => "POST /v1/items",
        What::Name => "GET /v1/items/7/name",
        What::Delete => "DELETE /v1/items/7",
        What::Parent => "GET /v1/items/7/parent",
    }
}

fn check(what: What, server: Server, how: How) {
    let (stub, clock) = (Stub::new(), ManualClock::new());
    set_up(&stub, what, server);
    let items = match how {
        How::OverASharedClient => {
            let client = Client::builder()
                .retry(apiclient::Retry::none())
                .transport(stub.clone())
                .clock(clock.clone())
                .build()
                .unwrap();
            ItemsClient::from_client(client)
        }
        _ => ItemsClient::builder().transport(stub.clone()).clock(clock.clone()).build().unwrap(),
    };
    let outcomes = clock.run(async {
        match how {
            How::ThreeAtOnce => join_all((0..3).map(|_| call(&items, what))).await,
            _ => vec![call(&items, what).await],
        }
    });
    let (kind, seconds) = expected(what, server);
    assert_eq!(outcomes[0].0, kind, "{}", outcomes[0].1);
    assert_eq!(clock.elapsed(), Duration::from_secs(seconds));
    let sent: Vec<String> = stub
        .requests()
        .iter()
        .map(|sent| format!("{} {}", sent.method(), sent.url().path_and_query().unwrap()))
        .collect();
    assert!(sent.iter().all(|line| line == request_line(what)), "{sent:?}");
    assert_eq!(sent.len(), outcomes.len(), "every call was sent once");
    if how == How::ThreeAtOnce && server == Server::RecoversTheThirdTime {
        let kinds: Vec<_> = outcomes.iter().map(|(kind, _)| *kind).collect();
        assert_eq!(kinds, [Some(ErrorKind::Status), Some(ErrorKind::Transport), None]);
    } else {
        assert!(outcomes.iter().all(|outcome| outcome == &outcomes[0]), "{outcomes:?}");
    }
    if what == What::Create {
        assert!(stub.requests().iter().all(|sent| sent.json::<Item>().unwrap() == item()));
    }
    println!("{what:?} {server:?} {how:?}: {:?}, {outcomes:?}, {sent:?}", clock.elapsed());
}

/// A test for each server and each way to call.
macro_rules! servers {
    (What::$what:ident: $($server:ident $module:ident),*) => { $(
        mod $module {
            use super::*;
            #[test]
            fn alone() {
                check(What::$what, Server::$server, How::Alone);
            }
            #[test]
            fn three_at_once() {
                check(What::$what, Server::$server, How::ThreeAtOnce);
            }
            #[test]
            fn over_a_shared_client() {
                check(What::$what, Server::$server, How::OverASharedClient);
            }
        }
    )* };
}

macro_rules! endpoints {
    ($($what:ident $module:ident),*) => { $(
        mod $module {
            use super::*;
            servers!(What::$what: Answers answers, AnswersLate late, AnswersTooLate too_late, Hangs hangs, IsUnknown unknown,
                Refuses refuses, Breaks breaks, SaysNotFound not_found, SaysTooMany too_many, SaysUnavailableInHtml unavailable,
                Redirects redirects, SendsAnotherType another_type, SendsHalfAJson half, SendsNothing nothing, SendsHtml html,
                SendsTooMuch too_much, RecoversTheThirdTime recovers);
        }
    )* };
}

endpoints!(One one, List list, Create create, Name name, Delete delete, Parent parent);
