//! The generated mock: answers, calls, expectations, and what it says where a test is wrong.

#![allow(clippy::result_large_err, reason = "an error with a problem document in it")]

use apiclient::{
    ApiError, Decode, ErrorKind, HeaderName, HeaderValue, Problem, Response,
    prelude::*,
    testing::{self, ManualClock},
    time::Clock,
    transport::Reply,
};
use serde::{Deserialize, Serialize};
use std::{
    borrow::Cow,
    panic::{AssertUnwindSafe, catch_unwind},
    sync::{Arc, Mutex},
    time::Duration,
};

#[derive(Debug, Clone, PartialEq, Deserialize)]
pub struct User {
    id: u64,
    name: String,
}

#[derive(Debug, Serialize)]
pub struct NewUser<'a> {
    name: &'a str,
}

#[derive(Debug, Clone, Copy, PartialEq, Serialize)]
pub enum Sort {
    Name,
}

#[derive(Debug, thiserror::Error, ApiError)]
pub enum UserError {
    #[error("nobody has that id")]
    #[api(status = 404)]
    Nobody,
    #[error("not valid: {0}")]
    #[api(status = 422)]
    Invalid(Problem),
    #[error("too slow")]
    #[api(kind = timeout)]
    Slow,
    #[error(transparent)]
    #[api(other)]
    Other(apiclient::Error),
}

/// Not `Clone`, as many values.
#[derive(Debug, Deserialize)]
pub struct Once(u8);

#[api_client(base_url = "https://users.test", mock)]
pub trait Users {
    #[get("/users/{id}")]
    async fn user(&self, id: u64) -> Result<User, UserError>;
    #[get("/teams/{team}/users{?labels*}")]
    fn search(
        &self,
        team: &str,
        labels: Option<&[&str]>,
        #[query] sort: Option<Sort>,
        #[header("X-Note")] note: Cow<'_, str>,
    ) -> Call<Vec<User>, UserError>;
    #[post("/users")]
    async fn create(&self, #[body] new: &NewUser<'_>, #[timeout] limit: Duration) -> Result<User, UserError>;
    #[post("/any")]
    #[errors(409 => UserError::Nobody)]
    async fn any<B: Serialize>(
        &self,
        #[body] body: &B,
        #[query] q: impl Serialize,
    ) -> Result<Once, UserError>;
    #[get("/{path}")]
    async fn read<T: Decode>(&self, path: &str) -> Result<T, apiclient::Error>;
    #[get("/me")]
    async fn me(&self) -> Result<Response<User>, apiclient::Error>;
    #[delete("/users/{type}")]
    fn r#type(&self, r#type: Vec<&'static str>, #[query] q: Vec<Option<&str>>) -> Call<()>;
    /// A helper calls the mock like a client.
    async fn both(&self) -> Result<(User, User), UserError> {
        Ok((self.user(1).await?, self.user(2).await?))
    }
}

fn ada() -> User {
    User { id: 7, name: "Ada".into() }
}

fn problem(body: &'static str) -> Reply {
    let media_type = HeaderValue::from_static("application/problem+json");
    Reply::new(422, body).with_header(HeaderName::from_static("content-type"), media_type)
}

fn run<T>(future: impl Future<Output = T>) -> T {
    futures_util::FutureExt::now_or_never(future).expect("a mock answers at once")
}

/// What a test would print.
fn complaint(f: impl FnOnce()) -> String {
    match catch_unwind(AssertUnwindSafe(f)) {
        Ok(()) => "nothing".into(),
        Err(panic) => *panic.downcast::<String>().expect("a text"),
    }
}

#[test]
fn answers_come_in_their_order_and_the_last_one_stays() {
    let mock = UsersMock::new();
    mock.user.fails(|| testing::error(404, "")).once(Ok(User { id: 1, name: "Eva".into() })).returns(ada());
    assert!(matches!(run(mock.user(1)), Err(UserError::Nobody)), "by the rules of the error type");
    assert_eq!(run(mock.user(2)).unwrap().name, "Eva");
    assert_eq!([run(mock.user(3)).unwrap(), run(mock.user(4)).unwrap()], [ada(), ada()]);
    mock.user.answers(|id| Ok(User { id: *id, name: String::new() }));
    assert_eq!(run(mock.user(5)).unwrap().id, 5, "given later, it comes later");
    assert_eq!(mock.user.calls(), [1, 2, 3, 4, 5]);
    assert_eq!(mock.user.count(), 5);
    mock.verify();
}

#[test]
fn failures_are_those_of_the_method() {
    let mock = UsersMock::new();
    mock.user
        .fails(|| testing::failure(ErrorKind::Timeout))
        .fails(|| testing::error_from(problem("{\"title\": \"no\"}")))
        .fails(|| testing::error(500, "{\"message\": \"broken\"}"));
    assert!(matches!(run(mock.user(1)), Err(UserError::Slow)));
    assert!(matches!(run(mock.user(1)), Err(UserError::Invalid(problem)) if problem.title() == Some("no")));
    let other = run(mock.user(1)).unwrap_err();
    assert_eq!(other.to_string(), "GET /users/{id}: 500 Internal Server Error: broken");
    mock.any.fails(|| testing::error(409, ""));
    assert!(matches!(run(mock.any(&1, 2)), Err(UserError::Nobody)), "its own rules");
}

#[test]
fn arguments_are_kept_as_what_they_own() {
    let mock = UsersMock::new();
    mock.search.returns(vec![ada()]);
    mock.create.returns(ada());
    mock.any.once(Ok(Once(1))).once(Ok(Once(2)));
    mock.r#type.returns(());
    let text = String::from("red");
    let call = mock.search(&text, Some(&["a", "b"]), Some(Sort::Name), Cow::Borrowed("n"));
    drop(text);
    run(call).unwrap();
    let labels = vec!["a".to_owned(), "b".to_owned()];
    let expected: (String, Option<Vec<String>>, Option<Sort>, String) =
        ("red".into(), Some(labels), Some(Sort::Name), "n".into());
    assert_eq!(mock.search.calls(), [expected]);

    run(mock.create(&NewUser { name: "Eva" }, Duration::from_secs(1))).unwrap();
    assert_eq!(mock.create.calls(), [(serde_json::json!({"name": "Eva"}), Duration::from_secs(1))]);

    assert_eq!(run(mock.any(&[1, 2], "q")).unwrap().0, 1);
    assert_eq!(mock.any.calls(), [(serde_json::json!([1, 2]), serde_json::json!("q"))]);

    run(mock.r#type(vec!["a"], vec![None, Some("b")])).unwrap();
    assert_eq!(mock.r#type.calls(), [(vec!["a"], vec![None, Some("b".to_owned())])]);
    run(mock.any(&0, 0)).unwrap();
}

#[test]
fn it_stands_behind_dyn_and_answers_helpers() {
    let mock = Arc::new(UsersMock::new());
    mock.user.answers(|id| Ok(User { id: *id, name: "x".into() })).times(3);
    let users: Arc<dyn Users> = mock.clone();
    assert_eq!(run(users.user(9)).unwrap().id, 9);
    let (one, two) = run(mock.both()).unwrap();
    assert_eq!((one.id, two.id), (1, 2));
    assert_eq!(mock.user.calls(), [9, 1, 2]);
}

#[test]
fn an_answer_can_wait_for_a_clock_and_call_the_mock() {
    let clock = ManualClock::new();
    let mock = Arc::new(UsersMock::new());
    let sleeps = clock.clone();
    mock.user.answers_with(move |id| {
        let (id, sleep) = (*id, sleeps.sleep(Duration::from_secs(5)));
        Box::pin(async move {
            sleep.await;
            Ok(User { id, name: String::new() })
        })
    });
    let mut call = mock.user(3);
    assert!(futures_util::FutureExt::now_or_never(&mut call).is_none(), "it waits");
    clock.advance(Duration::from_secs(5));
    assert_eq!(run(call).unwrap().id, 3);

    let (again, seen) = (Arc::downgrade(&mock), Arc::new(Mutex::new(0)));
    let count = seen.clone();
    mock.create.answers(move |_| {
        *count.lock().unwrap() = again.upgrade().unwrap().user.count();
        Ok(ada())
    });
    run(mock.create(&NewUser { name: "" }, Duration::ZERO)).unwrap();
    assert_eq!(*seen.lock().unwrap(), 1, "no lock is held while an answer is made");
}

#[test]
fn whole_responses_can_be_made() {
    let mock = UsersMock::new();
    mock.me.returns(testing::response(203, ada()).with_header("etag", "\"1\""));
    let me = run(mock.me()).unwrap();
    assert_eq!(
        (me.status().as_u16(), me.headers()["etag"].as_bytes(), me.body().id),
        (203, &b"\"1\""[..], 7)
    );
}

#[test]
fn what_is_not_mocked_says_so_and_is_found_at_the_end() {
    let mock = UsersMock::new();
    let error = run(mock.user(1)).unwrap_err().to_string();
    assert_eq!(
        error,
        "GET /users/{id}: `Users::user` is not mocked: give it an answer, `mock.user.returns(..)`"
    );
    let error = run(mock.read::<String>("x")).unwrap_err();
    assert_eq!(error.kind(), ErrorKind::Config);
    assert!(error.to_string().contains("`Users::read` returns a type that its caller chooses"), "{error}");
    let said = complaint(|| drop(mock));
    assert!(said.contains("- `Users::user` is not mocked"), "{said}");
}

#[test]
fn too_many_and_too_few_calls_are_found() {
    let mock = UsersMock::new();
    mock.user.returns(ada()).times(1..=2);
    mock.create.once(Ok(ada()));
    let said = complaint(|| mock.verify());
    assert!(said.contains("- `Users::user` was never called; expected: 1 to 2 times"), "{said}");
    assert!(said.contains("- `Users::create` was never called"), "{said}");
    run(mock.user(1)).unwrap();
    run(mock.user(2)).unwrap();
    let third = run(mock.user(3)).unwrap_err().to_string();
    assert!(third.ends_with("`Users::user` was called 3 times; expected: 1 to 2 times"), "{third}");
    run(mock.create(&NewUser { name: "" }, Duration::ZERO)).unwrap();
    let second = run(mock.create(&NewUser { name: "" }, Duration::ZERO)).unwrap_err().to_string();
    assert!(second.ends_with("`Users::create` was called twice, and has an answer for one call"), "{second}");
    let said = complaint(|| drop(mock));
    assert_eq!(said.matches("\n- ").count(), 2, "{said}");
}

#[test]
fn a_test_that_fails_already_is_told_nothing_more() {
    let panic = catch_unwind(|| {
        let mock = UsersMock::new();
        mock.user.returns(ada()).times(5);
        panic!("the test's own");
    });
    assert_eq!(*panic.unwrap_err().downcast::<&str>().unwrap(), "the test's own");
}

#[test]
fn a_mock_without_expectations_may_stay_unused() {
    let mock = UsersMock::default();
    mock.user.returns(ada());
    drop(mock);
    let mock = UsersMock::new();
    mock.user.returns(ada()).times(0..);
    mock.verify();
    assert!(format!("{mock:?}").contains("user: Mocked(Users::user, was never called)"), "{mock:?}");
}

#[test]
fn calls_are_kept_in_their_order_whatever_their_answers_do() {
    let mock = Arc::new(UsersMock::new());
    let again = Arc::downgrade(&mock);
    mock.user.answers(move |id| {
        let _ = format!("{:?}", again.upgrade());
        if *id > 1 { run(again.upgrade().unwrap().user(id - 1)) } else { Ok(ada()) }
    });
    run(mock.user(3)).unwrap();
    assert_eq!(mock.user.calls(), [3, 2, 1]);
    mock.create.answers(|_| panic!("the answer's own"));
    let panic = catch_unwind(AssertUnwindSafe(|| run(mock.create(&NewUser { name: "" }, Duration::ZERO))));
    assert_eq!(*panic.unwrap_err().downcast::<&str>().unwrap(), "the answer's own");
    assert_eq!((mock.create.count(), mock.create.calls().len()), (1, 1));
}

#[test]
fn what_is_said_counts_all_calls_and_all_answers() {
    let mock = UsersMock::new();
    mock.user.returns(ada()).times(1);
    for _ in 0..5 {
        let _ = run(mock.user(1));
    }
    mock.create.times(0);
    let never = run(mock.create(&NewUser { name: "" }, Duration::ZERO)).unwrap_err().to_string();
    assert!(never.ends_with("`Users::create` was called once; expected: never"), "{never}");
    mock.any.once(Ok(Once(1))).once(Ok(Once(2)));
    run(mock.any(&1, 1)).unwrap();
    let said = complaint(|| mock.verify());
    assert!(said.contains("`Users::user` was called 5 times; expected: once"), "{said}");
    assert!(said.contains("`Users::any` was called once, and has answers for 2 calls"), "{said}");
    assert!(!complaint(|| drop(mock)).contains("any"), "an answer that is left over is for `verify` to find");
}

#[derive(Debug, Clone, PartialEq, Serialize)]
pub struct Filter<'a> {
    name: &'a str,
}

#[derive(Debug, apiclient::Params)]
pub struct Search<'a> {
    #[api(query)]
    q: &'a str,
}

#[derive(Debug, Clone, PartialEq)]
pub struct Trace(u8);

/// Arguments of every kind, which all have to come out as something.
#[api_client(base_url = "https://odd.test", mock)]
pub trait Odd {
    #[get("/a/{a}/{b}")]
    #[allow(clippy::needless_lifetimes)]
    fn lifetimes<'a, 'b>(
        &'a self,
        a: &'b str,
        b: Option<Option<&'a str>>,
        #[query] c: (u8, &str),
    ) -> Call<()>;
    #[get("/b")]
    fn lists(
        &self,
        #[query] a: &[Cow<'_, str>],
        #[query] b: Vec<Vec<&str>>,
        #[query] c: [u8; 3],
        #[query("d[]")] d: &'static [&'static str],
        #[query] e: Option<Vec<u8>>,
        #[query] f: &&str,
        #[query] g: &Option<&str>,
    ) -> Call<()>;
    #[get("/c")]
    fn structs(&self, #[query] a: Filter<'_>, #[query] b: &Filter<'_>, #[params] c: &Search<'_>) -> Call<()>;
    #[post("/d")]
    fn bodies(
        &self,
        #[body(bytes)] a: &[u8],
        #[extension] trace: Trace,
        #[timeout] limit: Option<Duration>,
    ) -> Call<()>;
    #[post("/e")]
    fn parts(&self, #[part] a: &apiclient::Part, #[part] b: &str, #[part(json)] c: &Filter<'_>) -> Call<()>;
    #[post("/f")]
    fn body(&self, #[body(bytes)] a: apiclient::Body) -> Call<()>;
    #[get]
    fn link(&self, #[url] url: &str) -> Call<()>;
    #[get("/g/{n}")]
    fn generic<T: Serialize>(
        &self,
        n: [T; 2],
        #[query]
        #[cfg(not(windows))]
        here: u8,
    ) -> Call<()>;
    #[get("/h/{a}")]
    #[allow(clippy::too_many_arguments)]
    fn many(
        &self,
        a: u8,
        #[query] b: u8,
        #[query] c: u8,
        #[query] d: u8,
        #[query] e: u8,
        #[query] f: u8,
        #[query] g: u8,
        #[query] h: u8,
        #[query] i: u8,
        #[query] j: u8,
        #[query] k: u8,
        #[query] l: u8,
        #[query] m: u8,
    ) -> Call<()>;
    #[get("/i/{new}")]
    fn new(&self, new: u8) -> Call<()>;
    #[get("/j/{verify}")]
    fn verify(&self, verify: u8) -> Call<()>;
    #[get("/k")]
    fn drop(&self) -> Call<()>;
}

#[test]
fn arguments_of_every_kind_are_kept() {
    let mock = OddMock::new();
    mock.lifetimes.returns(());
    run(mock.lifetimes("a", Some(Some("b")), (1, "c"))).unwrap();
    let c = serde_json::json!([1, "c"]);
    assert_eq!(mock.lifetimes.calls(), [("a".to_owned(), Some(Some("b".to_owned())), c)]);
    mock.lists.returns(());
    let (texts, e, g) = (["a".into(), Cow::Owned("b".to_owned())], Some(vec![1]), Some("g"));
    run(mock.lists(&texts, vec![vec!["b"]], [1, 2, 3], &["d"], e.clone(), &"f", &g)).unwrap();
    let (a, b) = (vec!["a".to_owned(), "b".to_owned()], vec![vec!["b".to_owned()]]);
    let d: &[&str] = &["d"];
    assert_eq!(mock.lists.calls(), [(a, b, [1, 2, 3], d, e, "f".to_owned(), Some("g".to_owned()))]);
    mock.structs.returns(());
    run(mock.structs(Filter { name: "x" }, &Filter { name: "y" }, &Search { q: "z" })).unwrap();
    let name = |name: &str| serde_json::json!({"name": name});
    assert_eq!(
        mock.structs.calls(),
        [(name("x"), name("y"))],
        "a struct of arguments with a lifetime is not kept"
    );
    mock.bodies.returns(());
    run(mock.bodies(b"xyz", Trace(1), None)).unwrap();
    assert_eq!(mock.bodies.calls(), [(b"xyz".to_vec(), Trace(1), None)]);
    mock.parts.returns(());
    run(mock.parts(&apiclient::Part::text("t"), "b", &Filter { name: "c" })).unwrap();
    assert_eq!((&mock.parts.calls()[0].1, &mock.parts.calls()[0].2), (&"b".to_owned(), &name("c")));
    mock.body.returns(());
    run(mock.body("text".into())).unwrap();
    assert_eq!(mock.body.calls()[0].bytes().unwrap(), "text");
    mock.link.returns(());
    run(mock.link("/x")).unwrap();
    assert_eq!(mock.link.calls(), ["/x"]);
    mock.generic.returns(());
    run(mock.generic([1, 2], 3)).unwrap();
    assert_eq!(mock.generic.calls(), [serde_json::json!([1, 2])], "what has a `cfg` is not kept");
    mock.many.returns(());
    run(mock.many(1, 2, 3, 4, 5, 6, 7, 8, 9, 10, 11, 12, 13)).unwrap();
    assert_eq!(mock.many.count(), 1);
    mock.new.returns(());
    mock.verify.returns(());
    mock.drop.returns(());
    let odd: &dyn OddHidden = &mock;
    odd.call();
    mock.verify();
}

/// What an application sees of it.
trait OddHidden {
    fn call(&self);
}

impl OddHidden for OddMock {
    fn call(&self) {
        run(Odd::new(self, 1)).unwrap();
        run(Odd::verify(self, 1)).unwrap();
        run(Odd::drop(self)).unwrap();
    }
}

mod only_in_tests {
    use apiclient::prelude::*;

    #[api_client(base_url = "https://a.test", client = Thing, mock(cfg(test)))]
    #[cfg(test)]
    pub(super) trait Hidden {
        #[get("/a")]
        async fn a(&self) -> Result<u8, apiclient::Error>;
    }

    #[api_client(base_url = "https://a.test", mock(cfg(any())))]
    pub(super) trait Absent {
        #[get("/a")]
        async fn a(&self) -> Result<u8, apiclient::Error>;
    }

    /// No mock is made, so the name is free.
    pub(super) struct AbsentMock;
}

#[test]
fn a_mock_is_there_when_its_cfg_is() {
    use only_in_tests::Hidden as _;
    let mock = only_in_tests::HiddenMock::new();
    mock.a.returns(1);
    assert_eq!(run(mock.a()).unwrap(), 1);
    let only_in_tests::AbsentMock = only_in_tests::AbsentMock;
    assert!(only_in_tests::Thing::new().is_ok() && only_in_tests::AbsentClient::new().is_ok());
}

#[test]
fn it_is_shared_between_threads() {
    let mock = Arc::new(UsersMock::new());
    mock.user.answers(|id| Ok(User { id: *id, name: String::new() })).times(800);
    let threads: Vec<_> = (0..8)
        .map(|n| {
            let users: Arc<dyn Users> = mock.clone();
            std::thread::spawn(move || {
                (0..100).for_each(|i| assert_eq!(run(users.user(n * 100 + i)).unwrap().id, n * 100 + i))
            })
        })
        .collect();
    threads.into_iter().for_each(|thread| thread.join().unwrap());
    let mut calls = mock.user.calls();
    calls.sort_unstable();
    assert_eq!(calls, (0..800).collect::<Vec<_>>());
}
