//! `#[auth(..)]`: which credentials a method carries, and what a builder has to be given.

use super::{clock, header, last, stub};
use apiclient::{
    Client, ErrorKind, Method,
    auth::{ApiKey, Basic, Bearer},
    prelude::*,
    testing::Stub,
};

#[api_client(base_url = "http://api.test/v1")]
#[auth(bearer)]
#[auth(admin = basic, scopes = ["all"])]
#[auth(key = api_key("X-Key"))]
#[auth(query = api_key(query = "api key"))]
#[auth(cookie = api_key(cookie = "session"))]
#[auth(api_key)]
trait Api {
    #[get("/me")]
    fn me(&self) -> Call<String>;
    #[get("/users")]
    #[auth(admin)]
    fn users(&self) -> Call<String>;
    #[get("/public")]
    #[auth(none)]
    fn public(&self) -> Call<String>;
    #[get("/key")]
    #[auth(key)]
    fn key(&self) -> Call<String>;
    #[get("/query{?page}")]
    #[auth(query)]
    fn query(&self, page: Option<u8>) -> Call<String>;
    #[get("/cookie")]
    #[auth(cookie)]
    fn cookie(&self, #[cookie] theme: Option<&str>) -> Call<String>;
    #[get("/plain")]
    #[auth(api_key)]
    fn plain(&self) -> Call<String>;
}

fn api(stub: &Stub) -> ApiClient {
    let builder = ApiClient::builder().transport(stub.clone()).clock(clock());
    let builder = builder.auth(Bearer::new("tok-1")).auth_for("admin", Basic::new("ada", "pa:ss wörd"));
    let builder = builder.auth_for("key", ApiKey::new("k1")).auth_for("query", ApiKey::new("k&2"));
    builder.auth_for("cookie", ApiKey::new("c3")).auth_for("api_key", ApiKey::new("k4")).build().unwrap()
}

#[test]
fn each_kind_in_its_place() {
    let (stub, clock) = (stub(), clock());
    let api = api(&stub);
    clock.run(api.me()).unwrap();
    assert_eq!(header(&stub, "authorization").unwrap(), "Bearer tok-1");
    assert!(last(&stub)["authorization"].is_sensitive());
    clock.run(api.users()).unwrap();
    // base64 of `ada:pa:ss wörd` in UTF-8.
    assert_eq!(header(&stub, "authorization").unwrap(), "Basic YWRhOnBhOnNzIHfDtnJk");
    clock.run(api.public()).unwrap();
    assert_eq!(header(&stub, "authorization"), None);
    clock.run(api.key()).unwrap();
    assert_eq!((header(&stub, "x-key").unwrap(), header(&stub, "authorization")), ("k1".into(), None));
    assert!(last(&stub)["x-key"].is_sensitive());
    clock.run(api.query(Some(3))).unwrap();
    clock.run(api.query(None)).unwrap();
    let urls: Vec<_> = stub.requests().iter().rev().take(2).map(|r| r.url().to_string()).collect();
    let expected =
        ["http://api.test/v1/query?api%20key=k%262", "http://api.test/v1/query?page=3&api%20key=k%262"];
    assert_eq!(urls, expected);
    clock.run(api.cookie(Some("dark"))).unwrap();
    assert_eq!(header(&stub, "cookie").unwrap(), "theme=dark; session=c3");
    clock.run(api.cookie(None)).unwrap();
    assert_eq!(header(&stub, "cookie").unwrap(), "session=c3");
    clock.run(api.plain()).unwrap();
    assert_eq!(header(&stub, "x-api-key").unwrap(), "k4");
}

#[test]
fn for_one_call() {
    let (stub, clock) = (stub(), clock());
    let api = api(&stub);
    clock.run(api.me().auth(Bearer::new("mine"))).unwrap();
    assert_eq!(header(&stub, "authorization").unwrap(), "Bearer mine");
    clock.run(api.me().auth_as("admin")).unwrap();
    assert!(header(&stub, "authorization").unwrap().starts_with("Basic "));
    clock.run(api.me().no_auth()).unwrap();
    assert_eq!(header(&stub, "authorization"), None);
    clock.run(api.public().auth_as("key")).unwrap();
    assert_eq!(header(&stub, "x-key").unwrap(), "k1");
    clock.run(api.me().header("authorization", "Token by-hand")).unwrap();
    assert_eq!(header(&stub, "authorization").unwrap(), "Token by-hand");
    let e = clock.run(api.me().auth_as("amdin")).unwrap_err();
    assert_eq!(e.to_string(), "GET /me: no `#[auth]` of its trait is called `amdin`");
    assert_eq!((e.kind(), e.attempts()), (ErrorKind::Config, 0));
}

#[test]
fn what_a_builder_has_to_be_given() {
    let problem = |builder: apiclient::ClientBuilder<ApiClient>| {
        builder.transport(stub()).clock(clock()).build().unwrap_err().to_string()
    };
    let lacks = problem(ApiClient::builder());
    assert!(
        lacks.contains("Api declares `#[auth(bearer)]` and has no credentials for it: give it some with `.auth(..)` on the builder, or say `.anonymous()`"),
        "{lacks}"
    );
    for declared in [
        "`#[auth(admin = basic)]` and has no credentials for it: give it some with `.auth_for(\"admin\", ..)`",
        "`#[auth(key = api_key(\"X-Key\"))]`",
        "`#[auth(query = api_key(query = \"api key\"))]`",
        "`#[auth(cookie = api_key(cookie = \"session\"))]`",
        "`#[auth(api_key)]`",
    ] {
        assert!(lacks.contains(declared), "{declared}: {lacks}");
    }
    let differs = problem(
        ApiClient::builder().anonymous().auth(Basic::new("a", "b")).auth_for("admin", ApiKey::new("k")),
    );
    assert_eq!(
        differs,
        "Api declares `#[auth(bearer)]` and was given a `Basic` for it; Api declares `#[auth(admin = basic)]` and was given an `ApiKey` for it"
    );
    let stray = problem(ApiClient::builder().anonymous().auth_for("amdin", Basic::new("a", "b")));
    assert_eq!(
        stray,
        "Api declares no `#[auth]` called `amdin`; there is `bearer`, `admin`, `key`, `query`, `cookie`, `api_key`"
    );
    let (stub, clock) = (stub(), clock());
    let anybody =
        ApiClient::builder().anonymous().transport(stub.clone()).clock(clock.clone()).build().unwrap();
    clock.run(anybody.me()).unwrap();
    assert_eq!(header(&stub, "authorization"), None);
}

/// Without a trait, and with a trait that declares nothing, what the builder was given is for all calls.
#[test]
fn without_a_word_of_the_trait() {
    #[api_client(base_url = "http://api.test")]
    trait Silent {
        #[get("/x")]
        fn x(&self) -> Call<String>;
        #[get("/y")]
        #[auth(none)]
        fn y(&self) -> Call<String>;
    }
    let (stub, clock) = (stub(), clock());
    let builder = Client::builder().base_url("http://api.test").transport(stub.clone()).clock(clock.clone());
    let client = builder.auth(ApiKey::header("x-token", "t")).build().unwrap();
    clock.run(client.call(Method::GET, "/any").fetch::<String>()).unwrap();
    assert_eq!(header(&stub, "x-token").unwrap(), "t");
    let silent = SilentClient::from_client(client.clone());
    clock.run(silent.x()).unwrap();
    assert_eq!(header(&stub, "x-token").unwrap(), "t");
    clock.run(silent.y()).unwrap();
    assert_eq!(header(&stub, "x-token"), None);
    // A trait that declares more than the client has says so when it is called.
    let api = ApiClient::from_client(client);
    clock.run(api.me()).unwrap();
    let e = clock.run(api.users()).unwrap_err();
    assert_eq!(
        e.to_string(),
        "GET /users: it needs `#[auth(admin = basic)]`, and this client has no credentials for it: give it some with `.auth(..)` on the builder, or say `.anonymous()`"
    );
}

/// 62: what no header can hold is refused before anything is sent, and no message holds it.
#[test]
fn tokens_that_cannot_be_sent() {
    let (stub, clock) = (stub(), clock());
    let builder =
        || Client::builder().base_url("http://api.test").transport(stub.clone()).clock(clock.clone());
    let plain = builder().build().unwrap();
    for token in ["", "a b", "a\r\nx: y", "a\0b", "tök"] {
        let e = builder().auth(Bearer::new(token)).build().unwrap_err();
        assert!(e.to_string().starts_with("the credentials cannot be sent: the token "), "{e}");
        assert!(token.is_empty() || !e.to_string().contains(token), "{e}");
        let call: Call<String> = plain.call(Method::GET, "/").fetch();
        let e = clock.run(call.auth(Bearer::new(token))).unwrap_err();
        assert_eq!((e.kind(), e.attempts()), (ErrorKind::Auth, 0), "{e}");
        assert!(token.is_empty() || !e.to_string().contains(token), "{e}");
    }
    for (auth, what) in [
        (Basic::new("a:b", "c"), "the name holds a colon"),
        (Basic::new("a", "c\n"), "name or password hold a control character"),
    ] {
        let e = builder().auth_for("x", auth).build().unwrap_err();
        assert_eq!(e.to_string(), format!("the credentials cannot be sent: {what}"));
    }
    for key in [
        ApiKey::header("x-key", "a\nb"),
        ApiKey::cookie("k", "a;b"),
        ApiKey::new("lost"),
        ApiKey::header("x key", "a"),
    ] {
        let builder =
            Client::builder().base_url("http://api.test").transport(stub.clone()).clock(clock.clone());
        let client = builder.auth(key).build().unwrap();
        let e = clock.run(client.call(Method::GET, "/").fetch::<String>()).unwrap_err();
        assert_eq!(e.kind(), ErrorKind::Auth, "{e}");
    }
    assert!(stub.requests().is_empty());
}

#[test]
fn environment_variables() {
    let e = Bearer::from_env("APICLIENT_TEST_NO_SUCH_TOKEN").unwrap_err();
    assert_eq!(e.to_string(), "the environment variable `APICLIENT_TEST_NO_SUCH_TOKEN` is not set");
    // Cargo sets it for tests.
    assert!(Bearer::from_env("CARGO_PKG_NAME").is_ok() && ApiKey::from_env("CARGO_PKG_NAME").is_ok());
    assert!(Basic::from_env("CARGO_PKG_NAME", "CARGO_PKG_VERSION").is_ok());
}

#[test]
fn nothing_prints_them() {
    let canary = "CANARY-1234567";
    let (stub, _) = (stub(), clock());
    let values: [&dyn std::fmt::Debug; 5] = [
        &Bearer::new(canary),
        &Basic::new("n", canary),
        &ApiKey::new(canary),
        &apiclient::Secret::from(canary),
        &Client::builder().base_url("http://x.test").transport(stub).clock(clock()).auth(Bearer::new(canary)),
    ];
    for value in values {
        let text = format!("{value:?} {value:#?}");
        assert!(!text.contains(canary), "{text}");
    }
}
