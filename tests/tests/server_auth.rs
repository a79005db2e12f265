//! Who is asking, told to real servers by declared traits. Started by `tests/servers/run`; skipped with a word where nothing
//! answers, unless `APICLIENT_REQUIRE=1`.

use apiclient::{
    Call, Client, Method,
    auth::{ApiKey, Basic, Bearer, Digest, HandedOut},
    prelude::*,
    transport::{Hyper, Reqwest, Transport},
};
use apiclient_tests::is_up;
use serde::Deserialize;
use serde_json::{Value, json};
use std::sync::Arc;

#[derive(Debug, PartialEq, Deserialize)]
struct Known {
    authenticated: bool,
    user: Option<String>,
    token: Option<String>,
}

#[api_client(base_url = "http://127.0.0.1:18001")]
#[auth(basic)]
#[auth(bearer)]
#[auth(digest)]
trait Httpbin {
    #[get("/basic-auth/{user}/{password}")]
    fn basic(&self, user: &str, password: &str) -> Call<Known>;
    #[get("/bearer")]
    #[auth(bearer)]
    fn bearer(&self) -> Call<Known>;
    #[get("/digest-auth/{qop}/{user}/{password}/{algorithm}")]
    #[auth(digest)]
    fn digest(&self, qop: &str, user: &str, password: &str, algorithm: &str) -> Call<Known>;
    #[get("/bearer")]
    #[auth(none)]
    fn nobody(&self) -> Call<Known>;
}

fn httpbin(password: &str, transport: Arc<dyn Transport>) -> HttpbinClient {
    let builder = HttpbinClient::builder().shared_transport(transport).auth(Basic::new("ada", password));
    let builder = builder.auth_for("bearer", Bearer::new("tok-1"));
    builder.auth_for("digest", Digest::new("ada", password)).build().unwrap()
}

fn both() -> [Arc<dyn Transport>; 2] {
    [Arc::new(Reqwest::from(apiclient::reqwest::Client::new())), Arc::new(Hyper::builder().build().unwrap())]
}

#[tokio::test]
async fn httpbin_knows_who_asks() {
    if !is_up("http://127.0.0.1:18001") {
        return;
    }
    for transport in both() {
        let good = httpbin("pass-word", transport.clone());
        let ada = Known { authenticated: true, user: Some("ada".into()), token: None };
        assert_eq!(good.basic("ada", "pass-word").await.unwrap(), ada);
        assert_eq!(good.bearer().await.unwrap().token.as_deref(), Some("tok-1"));
        assert!(good.nobody().await.unwrap_err().is_unauthorized());
        for qop in ["auth", "auth-int"] {
            for algorithm in ["MD5", "SHA-256", "SHA-512"] {
                for n in 0..3 {
                    let known = good.digest(qop, "ada", "pass-word", algorithm).await;
                    assert_eq!(known.unwrap_or_else(|e| panic!("{qop} {algorithm} {n}: {e}")), ada);
                }
            }
        }
        let bad = httpbin("wrong", transport);
        assert!(bad.basic("ada", "pass-word").await.unwrap_err().is_unauthorized());
        let e = bad.digest("auth", "ada", "pass-word", "SHA-256").await.unwrap_err();
        assert!(e.is_unauthorized(), "{e}");
    }
}

/// A 409 hands out a header, which the same request has to have; beside a name and a password.
#[tokio::test]
async fn transmission_hands_out_a_session() {
    #[api_client(base_url = "http://127.0.0.1:18110")]
    #[auth(custom)]
    trait Transmission {
        #[post("/transmission/rpc")]
        fn rpc(&self, #[body] request: &Value) -> Call<Value>;
    }
    if !is_up("http://127.0.0.1:18110") {
        return;
    }
    let session = HandedOut::on(409, "X-Transmission-Session-Id");
    let transmission = TransmissionClient::builder().auth((Basic::new("u", "p"), session)).build().unwrap();
    let request = json!({"method": "session-get"});
    for _ in 0..3 {
        let answer = transmission.rpc(&request).send().await.unwrap();
        assert_eq!((answer.body()["result"].as_str(), answer.attempts()), (Some("success"), 1));
    }
}

#[tokio::test]
async fn jupyter_wants_a_token() {
    #[api_client(base_url = "http://127.0.0.1:18070/api")]
    #[auth(header = api_key("Authorization"))]
    #[auth(query = api_key(query = "token"))]
    #[auth(bearer)]
    trait Jupyter {
        #[get("/contents")]
        fn by_header(&self) -> Call<Value>;
        #[get("/contents")]
        #[auth(query)]
        fn by_query(&self) -> Call<Value>;
        #[get("/contents{?type}")]
        #[auth(query)]
        fn by_query_of_more(&self, r#type: &str) -> Call<Value>;
        #[get("/contents")]
        #[auth(bearer)]
        fn by_bearer(&self) -> Call<Value>;
        #[get("/contents")]
        #[auth(none)]
        fn by_nobody(&self) -> Call<Value>;
    }
    if !is_up("http://127.0.0.1:18070") {
        return;
    }
    let builder = JupyterClient::builder().auth_for("header", ApiKey::new("token test-token"));
    let builder =
        builder.auth_for("query", ApiKey::new("test-token")).auth_for("bearer", Bearer::new("test-token"));
    let jupyter = builder.build().unwrap();
    for call in
        [jupyter.by_header(), jupyter.by_query(), jupyter.by_query_of_more("directory"), jupyter.by_bearer()]
    {
        assert_eq!(call.await.unwrap()["type"], "directory");
    }
    assert!(jupyter.by_nobody().await.unwrap_err().is_forbidden());
}

#[tokio::test]
async fn syncthing_wants_a_key() {
    #[api_client(base_url = "http://127.0.0.1:18050")]
    #[auth(api_key)]
    trait Syncthing {
        #[get("/rest/system/ping")]
        fn ping(&self) -> Call<Value>;
    }
    if !is_up("http://127.0.0.1:18050") {
        return;
    }
    let syncthing = SyncthingClient::builder().auth(ApiKey::new("test-key")).build().unwrap();
    assert_eq!(syncthing.ping().await.unwrap(), json!({"ping": "pong"}));
    assert!(syncthing.ping().no_auth().await.unwrap_err().is_forbidden());
}

#[tokio::test]
async fn the_registry_wants_a_password() {
    if !is_up("http://127.0.0.1:18030") {
        return;
    }
    let builder = Client::builder().base_url("http://127.0.0.1:18030/v2").auth(Basic::new("u", "p"));
    let registry = builder.build().unwrap();
    let catalog: Value = registry.call(Method::GET, "/_catalog").fetch().await.unwrap();
    assert!(catalog["repositories"].is_array());
    let call: Call<Value> = registry.call(Method::GET, "/_catalog").fetch();
    assert!(call.no_auth().await.unwrap_err().is_unauthorized());
}
