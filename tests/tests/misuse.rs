//! What the testing tools say where a test is wrong, as people read it: `tests/snapshots/misuse.txt`.
//! `APICLIENT_BLESS=1 cargo test -p apiclient-tests --test misuse` writes it.

use apiclient::{
    Client, Decode, Method,
    prelude::*,
    testing::{ManualClock, Stub},
    transport::{Reply, TransportErrorKind},
};
use apiclient_tests::root;
use serde::{Deserialize, Serialize};
use std::{
    collections::BTreeMap,
    fmt::Write as _,
    fs,
    future::pending,
    panic::{AssertUnwindSafe, catch_unwind},
    time::Duration,
};

#[derive(Debug, Clone, Serialize, Deserialize)]
pub struct User {
    id: u64,
    name: String,
}

#[api_client(base_url = "https://users.test/v1", mock)]
#[retry(none)]
pub trait Users {
    #[get("/users/{id}")]
    async fn user(&self, id: u64) -> Result<User, apiclient::Error>;
    #[put("/users/{id}")]
    async fn rename(&self, id: u64, #[body] name: &str) -> Result<(), apiclient::Error>;
    #[get("/users{?page}")]
    async fn users(&self, page: u32) -> Result<Vec<User>, apiclient::Error>;
    #[get("/{+path}")]
    async fn raw<T: Decode>(&self, path: &str) -> Result<T, apiclient::Error>;
}

/// One after the other, each with a title.
#[derive(Default)]
struct Book(String);

impl Book {
    fn add(&mut self, title: &str, said: impl std::fmt::Display) {
        writeln!(self.0, "## {title}\n{said}\n").unwrap();
    }

    fn panics(&mut self, title: &str, f: impl FnOnce()) {
        let panic = catch_unwind(AssertUnwindSafe(f)).expect_err(title);
        let text = panic.downcast_ref::<String>().cloned();
        self.add(title, text.or_else(|| panic.downcast_ref::<&str>().map(ToString::to_string)).unwrap());
    }
}

fn stubbed(stub: &Stub) -> UsersClient {
    UsersClient::builder().transport(stub.clone()).clock(ManualClock::new()).build().unwrap()
}

fn failed<T>(call: impl Future<Output = Result<T, apiclient::Error>>) -> apiclient::Error {
    match ManualClock::new().run(call) {
        Ok(_) => panic!("the call should fail"),
        Err(e) => e,
    }
}

fn stub(book: &mut Book) {
    let empty = Stub::new();
    book.add("a request of a stub without routes", failed(stubbed(&empty).user(7)));
    book.panics("the same, verified", || empty.verify());

    let stub = Stub::new();
    stub.on(&UsersClient::ENDPOINTS.rename).returns(&());
    stub.on("POST /users/{id}").returns(&());
    stub.on("GET /users/{id}/friends").returns(&());
    stub.on("GET /users/{id}").when(|sent| sent.query::<u8>("v").is_ok()).returns(&());
    let once = stub.on(&UsersClient::ENDPOINTS.user).returns(&User { id: 7, name: "Ada".into() }).times(1);
    let users = stubbed(&stub);
    ManualClock::new().run(users.user(7)).unwrap();
    book.add("a request that no route takes any more", failed(users.user(7)));
    let client = Client::builder()
        .retry(apiclient::Retry::none())
        .base_url("http://stub.test/v2")
        .transport(stub.clone());
    let client = client.clock(ManualClock::new()).build().unwrap();
    let untyped =
        client.call(Method::GET, "/users/{id}").param("id", 1).fetch::<()>().query("token", "s3cret");
    book.add("an untyped request that no route takes", failed(untyped));
    book.panics("both, verified", || stub.verify());
    book.add("a route and a stub, printed", format!("{once:?}\n{:?}", Stub::json("1")));

    let stub = Stub::new();
    stub.on("GET /users").returns("x").times(2..);
    stub.on("GET /teams").reply(Reply::new(500, ""));
    let twice = stub.on("GET /groups").reply(Reply::new(503, "")).returns("x");
    let client = Client::builder()
        .retry(apiclient::Retry::none())
        .base_url("http://stub.test")
        .transport(stub.clone());
    let client = client.clock(ManualClock::new()).build().unwrap();
    failed(client.call(Method::GET, "/groups").fetch::<String>());
    assert_eq!(twice.requests().len(), 1);
    book.panics("expectations that are not met", || stub.verify());

    let stub = Stub::new();
    stub.on(&UsersClient::ENDPOINTS.user);
    book.add("a route without an answer", failed(stubbed(&stub).user(7)));

    let stub = Stub::new();
    stub.on(&UsersClient::ENDPOINTS.user).returns(&serde_json::json!({"id": "7", "name": "Ada"}));
    book.add("a reply of the wrong type", failed(stubbed(&stub).user(7)));
    stub.on(&UsersClient::ENDPOINTS.users).returns(&User { id: 7, name: "Ada".into() });
    book.add("one value where the endpoint has a list", failed(stubbed(&stub).users(1)));

    let stub = Stub::new();
    book.panics("a value that is no JSON", || {
        stub.on(&UsersClient::ENDPOINTS.user).returns(&BTreeMap::from([(vec![1], 2)]));
    });
    book.panics("a route that is none", || drop(stub.on("/users/{id}")));
    book.panics("a method that is none", || drop(stub.on("get /users/{id}")));
    book.panics("a template that is none", || drop(stub.on("GET /users/{id")));
    book.panics("an answer that is changed before it is there", || drop(stub.on("GET /a").status(201)));
    book.panics("a status of what is no reply", || {
        stub.on("GET /a").fails(TransportErrorKind::Connect).header("etag", "1");
    });
    book.panics("a status that is none", || drop(stub.on("GET /a").returns(&1).status(7)));
    book.panics("a header that is none", || drop(stub.on("GET /a").returns(&1).header("a b", "c")));
}

fn mock(book: &mut Book) {
    let mock = UsersMock::new();
    book.add("a method that is not mocked", failed(mock.user(7)));
    book.add("a method that cannot be mocked", failed(mock.raw::<String>("x")));
    book.panics("the same, at its end", || drop(mock));

    let mock = UsersMock::new();
    mock.user.once(Ok(User { id: 7, name: "Ada".into() }));
    mock.rename.returns(()).times(1);
    mock.users.returns(vec![]);
    book.panics("calls that did not come", || mock.verify());
    let clock = ManualClock::new();
    clock.run(mock.user(7)).unwrap();
    book.add("more calls than answers", failed(mock.user(7)));
    clock.run(mock.rename(7, "Eva")).unwrap();
    book.add("more calls than expected", failed(mock.rename(7, "Eva")));
    book.add("a mock, printed", format!("{mock:#?}"));
    book.panics("all of it, at its end", || drop(mock));
}

fn clock(book: &mut Book) {
    book.panics("a future that waits for something else", || ManualClock::new().run(pending()));
    let stub = Stub::new();
    stub.on("GET /users/{id}").hangs();
    let clock = ManualClock::new();
    let users = UsersClient::builder().base_url("http://stub.test").transport(stub).clock(clock.clone());
    let users = users.timeout(Duration::from_secs(3)).build().unwrap();
    let late = clock.run(users.user(7)).unwrap_err();
    book.add("no answer", format!("{late}\n(the clock went on by {:?})", clock.elapsed()));
}

#[test]
fn what_is_said_is_as_reviewed() {
    let mut book = Book::default();
    stub(&mut book);
    mock(&mut book);
    clock(&mut book);
    let path = root().join("tests/snapshots/misuse.txt");
    if std::env::var_os("APICLIENT_BLESS").is_some() {
        fs::write(&path, &book.0).unwrap();
    }
    let expected = fs::read_to_string(&path).unwrap_or_default();
    assert!(expected == book.0, "it differs; APICLIENT_BLESS=1 writes it anew:\n{}", book.0);
}
