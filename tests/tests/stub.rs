//! The stub: which route takes a request, what it answers, what was sent.

use apiclient::{
    ApiError, Bytes, Client, ErrorKind, Json, Method,
    prelude::*,
    testing::{ManualClock, Sent, Stub},
    transport::{Reply, TransportError, TransportErrorKind},
};
use futures_util::FutureExt;
use serde::{Deserialize, Serialize};
use std::{collections::BTreeMap, time::Duration};

#[derive(Debug, Clone, PartialEq, Serialize, Deserialize)]
pub struct User {
    id: u64,
    tags: Vec<String>,
}

#[derive(Debug, PartialEq, Deserialize)]
#[serde(rename_all = "lowercase")]
enum Sort {
    Name,
    Age,
}

#[derive(Debug, thiserror::Error, ApiError)]
pub enum UserError {
    #[error("nobody has that id")]
    #[api(status = 404)]
    Nobody,
    #[error(transparent)]
    #[api(other)]
    Other(apiclient::Error),
}

#[api_client(base_url = "https://users.test/api/v1", base_path = "/eu")]
#[retry(none)]
pub trait Users {
    #[get("/users/{id}")]
    async fn user(&self, id: u64) -> Result<User, UserError>;
    #[get("/users/me")]
    async fn me(&self) -> Result<User, UserError>;
    #[get("/teams/{team}/{/folders*}{?sort,page}")]
    async fn list(
        &self,
        team: &str,
        folders: &[&str],
        sort: Option<&str>,
        page: Option<u32>,
        #[query] tag: &[&str],
    ) -> Result<Vec<User>, UserError>;
    #[post("/users")]
    #[envelope("/data/user")]
    #[success(201)]
    async fn create(&self, #[body] user: &User, #[header("X-Note")] note: &str) -> Result<User, UserError>;
    #[post("/login")]
    async fn login(&self, #[field] name: &str, #[field] age: u8) -> Result<String, UserError>;
    #[get]
    async fn next(&self, #[url] url: &str) -> Result<(), UserError>;
}

fn users(stub: &Stub) -> UsersClient {
    UsersClient::builder().transport(stub.clone()).clock(ManualClock::new()).build().unwrap()
}

fn client(stub: &Stub) -> Client {
    Client::builder()
        .retry(apiclient::Retry::none())
        .base_url("http://stub.test/v2")
        .transport(stub.clone())
        .clock(ManualClock::new())
        .build()
        .unwrap()
}

fn run<T>(future: impl Future<Output = T>) -> T {
    future.now_or_never().expect("a stub answers at once")
}

fn eva() -> User {
    User { id: 7, tags: vec!["a".into()] }
}

#[test]
fn an_endpoint_is_known_by_itself() {
    let stub = Stub::new();
    // The templates would match each other.
    let user = stub.on(&UsersClient::ENDPOINTS.user).returns(&eva());
    let me = stub.on(&UsersClient::ENDPOINTS.me).returns(&User { id: 1, tags: vec![] });
    let users = users(&stub);
    assert_eq!(run(users.user(7)).unwrap(), eva());
    assert_eq!(run(users.me()).unwrap().id, 1);
    assert_eq!((user.requests().len(), me.requests().len()), (1, 1));
    assert_eq!(user.requests()[0].path::<u64>("id").unwrap(), 7);
    assert_eq!(user.requests()[0].url().path(), "/api/v1/eu/users/7");
    let next = stub.on(&UsersClient::ENDPOINTS.next).returns(&());
    run(users.next("https://users.test/api/v1/eu/users?page=2")).unwrap();
    assert_eq!(next.requests()[0].query::<u8>("page").unwrap(), 2);
    stub.verify();
}

#[test]
fn a_template_stands_below_the_base_url() {
    let stub = Stub::new();
    stub.on("GET /teams/{team}").answers(|sent| Ok(Reply::new(200, sent.path::<String>("team")?)));
    stub.on((Method::DELETE, "teams/{team}")).returns(&());
    let client = client(&stub);
    let red: String = run(client.call(Method::GET, "/teams/{t}").param("t", "red/ü").fetch()).unwrap();
    assert_eq!(red, "red/ü");
    run(client.call(Method::DELETE, "/teams/{t}").param("t", 1).fetch::<()>()).unwrap();
    assert_eq!(stub.requests()[0].url().path(), "/v2/teams/red%2F%C3%BC");
    assert!(stub.requests()[0].endpoint().is_none());
    stub.verify();
}

#[test]
fn what_was_sent_is_read_back_as_types() {
    let stub = Stub::new();
    let list = stub.on(&UsersClient::ENDPOINTS.list).returns(&Vec::<User>::new());
    let create = stub.on(&UsersClient::ENDPOINTS.create).returns(&eva());
    stub.on(&UsersClient::ENDPOINTS.login).returns("hello");
    let users = users(&stub);
    run(users.list("a b", &["x", "y/z"], Some("age"), None, &["t=1", "ü"])).unwrap();
    let sent = &list.requests()[0];
    assert_eq!(sent.path::<String>("team").unwrap(), "a b");
    assert_eq!(sent.path::<Vec<String>>("folders").unwrap(), ["x", "y/z"]);
    assert_eq!(sent.query::<Sort>("sort").unwrap(), Sort::Age);
    assert_eq!(sent.query::<Option<u32>>("page").unwrap(), None);
    assert_eq!(sent.query::<Vec<String>>("tag").unwrap(), ["t=1", "ü"]);

    assert_eq!(run(users.create(&eva(), "n,m")).unwrap(), eva(), "out of the envelope");
    let sent = &create.requests()[0];
    assert_eq!(sent.json::<User>().unwrap(), eva());
    assert_eq!(sent.header::<String>("x-note").unwrap(), "n,m");
    assert_eq!(sent.header::<Option<u8>>("x-other").unwrap(), None);
    assert_eq!(sent.endpoint().unwrap().name(), "create");

    assert_eq!(run(users.login("ada & co", 36)).unwrap(), "hello");
    let sent = &stub.requests()[2];
    assert_eq!(
        (sent.field::<String>("name").unwrap(), sent.field::<u8>("age").unwrap()),
        ("ada & co".into(), 36)
    );
    assert_eq!(sent.text().unwrap(), "name=ada+%26+co&age=36");

    let said = |e: apiclient::DecodeError| e.to_string();
    assert_eq!(sent.field::<u8>("name").map_err(said).unwrap_err(), "the field `name` is not a whole number");
    assert_eq!(sent.query::<u8>("page").map_err(said).unwrap_err(), "the query parameter `page` is missing");
    assert_eq!(sent.path::<u8>("id").map_err(said).unwrap_err(), "the path variable `id` is missing");
    assert_eq!(sent.header::<u8>("x-a").map_err(said).unwrap_err(), "the header `x-a` is missing");
    let wrong = create.requests()[0].json::<Vec<u8>>().map_err(said).unwrap_err();
    assert_eq!(wrong, "invalid type: map, expected a sequence");
}

#[test]
fn values_go_through_the_codecs() {
    let stub = Stub::new();
    let client = client(&stub);
    let call = || client.call(Method::GET, "/v");
    stub.on("GET /v").returns("a \"text\"");
    assert_eq!(run(call().fetch::<String>()).unwrap(), "a \"text\"");
    stub.on("GET /v").returns(&Json("text"));
    assert_eq!(run(call().fetch::<Json<String>>()).unwrap(), Json("text".into()));
    stub.on("GET /v").returns(&Bytes::from_static(b"\0\xff"));
    assert_eq!(run(call().fetch::<Bytes>()).unwrap(), b"\0\xff"[..]);
    stub.on("GET /v").returns(&None::<User>);
    assert_eq!(run(call().fetch::<Option<User>>()).unwrap(), None);
    stub.on("GET /v").returns(&Some(eva()));
    assert_eq!(run(call().fetch::<Option<User>>()).unwrap(), Some(eva()));
    stub.on("GET /v").returns(&BTreeMap::from([(1, 2)])).status(203).header("etag", "x");
    let answer = run(call().fetch::<BTreeMap<u8, u8>>().send()).unwrap();
    assert_eq!((answer.status().as_u16(), answer.headers()["etag"].as_bytes()), (203, &b"x"[..]));
}

#[test]
fn answers_come_in_order_and_the_newest_route_wins() {
    let stub = Stub::new();
    stub.on("GET /users/{id}")
        .fails(TransportErrorKind::Connect)
        .reply(Reply::new(404, "{}"))
        .returns(&eva())
        .times(4);
    let client = client(&stub);
    let get = || run(client.call(Method::GET, "/users/7").fetch::<User>());
    assert_eq!(get().unwrap_err().kind(), ErrorKind::Connect);
    assert_eq!(get().unwrap_err().status().unwrap(), 404);
    assert_eq!(get().unwrap(), eva());
    stub.on("GET /users/7").returns(&User { id: 8, tags: vec![] }).times(1);
    assert_eq!(get().unwrap().id, 8);
    assert_eq!(get().unwrap(), eva(), "the newest route is used up");
    stub.verify();
}

#[test]
fn a_condition_can_ask_for_anything() {
    let stub = Stub::new();
    stub.on("POST /pay").reply(Reply::new(402, ""));
    stub.on("POST /pay").when(|sent: &Sent| sent.json::<u32>().is_ok_and(|sum| sum < 100)).returns("paid");
    let client = client(&stub);
    let pay = |sum: u32| run(client.call(Method::POST, "/pay").json(&sum).fetch::<String>());
    assert_eq!(pay(99).unwrap(), "paid");
    assert_eq!(pay(100).unwrap_err().status().unwrap(), 402);
}

#[test]
fn a_function_can_fail_in_every_way() {
    let stub = Stub::new();
    stub.on("GET /a").answers(|sent| Ok(Reply::json(200, &sent.query::<u8>("n")?)?));
    stub.on("GET /b").answers(|_| Err(TransportError::new(TransportErrorKind::Broken, "cut")));
    let client = client(&stub);
    let a = run(client.call(Method::GET, "/a").fetch::<u8>()).unwrap_err();
    assert_eq!(
        a.to_string(),
        "GET /a: nothing was sent to http://stub.test (the query parameter `n` is missing)"
    );
    let b = run(client.call(Method::GET, "/b").fetch::<u8>()).unwrap_err();
    assert_eq!(b.kind(), ErrorKind::Transport);
}

#[test]
fn delays_are_those_of_the_call() {
    let clock = ManualClock::new();
    let stub = Stub::new();
    stub.on("GET /slow").returns("late").after(Duration::from_secs(20));
    stub.on("GET /never").hangs();
    let client = Client::builder()
        .retry(apiclient::Retry::none())
        .base_url("http://stub.test")
        .transport(stub)
        .clock(clock.clone());
    let client = client.build().unwrap();
    let mut slow = client.call(Method::GET, "/slow").fetch::<String>();
    assert!((&mut slow).now_or_never().is_none());
    clock.advance(Duration::from_secs(19));
    assert!((&mut slow).now_or_never().is_none());
    clock.advance(Duration::from_secs(1));
    assert_eq!(run(slow).unwrap(), "late");
    let mut never = client.call(Method::GET, "/never").fetch::<String>();
    assert!((&mut never).now_or_never().is_none());
    clock.advance(Duration::from_secs(30));
    assert_eq!(run(never).unwrap_err().kind(), ErrorKind::Timeout);
}

#[test]
fn the_limits_are_those_of_a_socket() {
    let stub = Stub::new();
    stub.on("GET /big").reply(Reply::new(200, vec![b'x'; 1001]));
    let client = client(&stub);
    let call = client.call(Method::GET, "/big").fetch::<String>().max_body(1000);
    assert_eq!(run(call).unwrap_err().kind(), ErrorKind::TooLarge);
}

#[test]
fn a_function_answers_what_no_route_takes() {
    let stub = Stub::with(|sent| Ok(Reply::new(200, sent.url().path().to_owned())));
    stub.on("GET /a").returns("route");
    let client = client(&stub);
    let get = |path: &str| run(client.call(Method::GET, path).fetch::<String>()).unwrap();
    assert_eq!([get("/a"), get("/b")], ["route", "/v2/b"]);
    stub.verify();
}

#[test]
fn a_text_is_also_the_whole_path_or_begins_with_the_traits() {
    for route in ["GET /users/{id}", "GET /eu/users/{id}", "GET /api/v1/eu/users/{id}", "GET users/7"] {
        let stub = Stub::new();
        stub.on(route).returns(&eva());
        assert_eq!(run(users(&stub).user(7)).unwrap(), eva(), "{route}");
    }
}

#[test]
fn constants_of_a_query_are_asked_for_and_its_variables_are_not() {
    let stub = Stub::new();
    stub.on("GET /r/{id}?range={a}-{b}&kind=x").returns("yes");
    let client = client(&stub);
    let get = |path: &str| run(client.call(Method::GET, path).fetch::<String>());
    assert_eq!(get("/r/7?kind=x&range=1-2").unwrap(), "yes");
    assert_eq!(get("/r/7?range=1-2").unwrap_err().kind(), ErrorKind::Config);
    assert_eq!(stub.requests()[0].path::<u64>("id").unwrap(), 7);
}

#[test]
fn a_list_is_one_for_those_who_ask_for_one() {
    let stub = Stub::new();
    stub.on("GET /l/{ids}{;a}").returns(&());
    run(client(&stub).call(Method::GET, "/l/1,2;a=3,4%2C5").fetch::<()>()).unwrap();
    let sent = &stub.requests()[0];
    assert_eq!(
        (sent.path::<String>("ids").unwrap(), sent.path::<Vec<u8>>("ids").unwrap()),
        ("1,2".into(), vec![1, 2])
    );
    assert_eq!(sent.path::<Vec<String>>("a").unwrap(), ["3", "4,5"]);
}

#[test]
fn an_answer_to_head_has_no_body() {
    let stub = Stub::new();
    stub.on("HEAD /h").returns("a body").header("x-a", "b");
    let answer = run(client(&stub).call(Method::HEAD, "/h").fetch::<String>().send()).unwrap();
    assert_eq!(
        (answer.body().as_str(), &answer.headers()["x-a"]),
        ("", &"b".parse::<apiclient::HeaderValue>().unwrap())
    );
}

#[test]
fn two_at_once_are_two() {
    let stub = Stub::new();
    stub.on("GET /once").returns("yes").after(Duration::from_secs(1)).times(1);
    let clock = ManualClock::new();
    let client = Client::builder()
        .retry(apiclient::Retry::none())
        .base_url("http://stub.test")
        .transport(stub.clone())
        .clock(clock.clone());
    let client = client.build().unwrap();
    let call = || client.call(Method::GET, "/once").fetch::<String>();
    let (one, two) = clock.run(futures_util::future::join(call(), call()));
    assert_eq!(one.unwrap(), "yes");
    assert!(two.unwrap_err().to_string().contains("answered once already"));
}
