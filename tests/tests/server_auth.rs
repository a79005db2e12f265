//! Who is asking, told to real servers by declared traits. Started by `tests/servers/run`; skipped with a word where nothing
//! answers, unless `APICLIENT_REQUIRE=1`.

use apiclient::{
    Bytes, Call, Client, Created, Method,
    auth::{ApiKey, Basic, Bearer, CookieJar, Digest, HandedOut, Renewing, SigV4, Token},
    oauth2::{ClientCredentials, RefreshToken, RegistryToken},
    prelude::*,
    transport::{Attempt, BoxFuture, Hyper, Reply, Reqwest, Transport, TransportError},
};
use apiclient_tests::{is_up, root};
use futures_util::future::join_all;
use serde::Deserialize;
use serde_json::{Value, json};
use std::{
    collections::BTreeMap,
    process::Command,
    sync::{
        Arc, Mutex,
        atomic::{AtomicUsize, Ordering},
    },
    time::Duration,
};

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
    #[get("/digest-auth/{qop}/{user}/{password}/{algorithm}/{stale_after}")]
    #[auth(digest)]
    fn stale(&self, qop: &str, user: &str, password: &str, algorithm: &str, stale_after: u8) -> Call<Known>;
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

// ---- oidc-provider: tokens that live for two seconds, refresh tokens that rotate; one that is presented twice revokes the grant

const ISSUER: &str = "http://127.0.0.1:18020";
const CALLBACK: &str = "http://127.0.0.1:18029/cb";

/// Counts what goes to the token endpoint, and answers what goes to nobody.
#[derive(Debug)]
struct Counting {
    inner: Arc<dyn Transport>,
    tokens: AtomicUsize,
    /// Of requests to `http://api.test`.
    bearers: Mutex<Vec<String>>,
}

impl Transport for Counting {
    fn send<'a>(&'a self, attempt: Attempt<'a>) -> BoxFuture<'a, Result<Reply, TransportError>> {
        self.tokens.fetch_add(usize::from(attempt.target() == "/token"), Ordering::Relaxed);
        if attempt.origin().authority() != "api.test" {
            return self.inner.send(attempt);
        }
        let bearer = attempt.headers()["authorization"].to_str().unwrap().to_owned();
        self.bearers.lock().unwrap().push(bearer);
        Box::pin(std::future::ready(Ok(Reply::new(200, "1"))))
    }
}

fn counting(inner: Arc<dyn Transport>) -> Arc<Counting> {
    Arc::new(Counting { inner, tokens: AtomicUsize::default(), bearers: Mutex::default() })
}

/// Somebody logs in with a browser; the refresh token of that.
async fn log_in() -> String {
    // RFC 7636, appendix B.
    const VERIFIER: &str = "dBjftJeZ4CVP-mB92K27uhbUJU1p1r_wW1gFWFOEjXk";
    const CHALLENGE: &str = "E9Melhoa2OwvFrEMTJguCHaoeK1t8URWbuGJSstw-cM";
    let url = format!(
        "{ISSUER}/auth?client_id=app&response_type=code&redirect_uri={}&scope=openid%20offline_access&prompt=consent&state=s\
         &code_challenge={CHALLENGE}&code_challenge_method=S256",
        CALLBACK.replace(':', "%3A").replace('/', "%2F")
    );
    let human = root().join("tests/servers/oidc_user.py");
    let out = Command::new("python3").arg(human).args([&*url, "--stop", CALLBACK]).output().unwrap();
    let redirect = String::from_utf8(out.stdout).unwrap();
    let code = redirect.split("code=").nth(1).and_then(|rest| rest.split('&').next()).expect(&redirect);
    let client = Client::builder().base_url(ISSUER).auth(Basic::new("app", "app-secret")).build().unwrap();
    let form = [
        ("grant_type", "authorization_code"),
        ("code", code),
        ("redirect_uri", CALLBACK),
        ("code_verifier", VERIFIER),
    ];
    let form: std::collections::BTreeMap<_, _> = form.into();
    let tokens: Value = client.call(Method::POST, "/token").form(&form).fetch().await.unwrap();
    tokens["refresh_token"].as_str().unwrap().to_owned()
}

#[api_client(base_url = "http://127.0.0.1:18020")]
#[auth(bearer)]
trait Issuer {
    #[get("/me")]
    fn me(&self) -> Call<Value>;
}

/// Fifty calls at once whenever the token is over: each time one request for a new one, and no refresh token is presented twice.
#[tokio::test]
async fn refresh_tokens_rotate() {
    if !is_up(ISSUER) {
        return;
    }
    for transport in both() {
        let transport = counting(transport);
        let token = RefreshToken::new(format!("{ISSUER}/token"), "app", log_in().await).secret("app-secret");
        let builder =
            IssuerClient::builder().shared_transport(transport.clone()).auth(token.build().unwrap());
        let issuer = builder.build().unwrap();
        for burst in 1..=4 {
            let all = join_all((0..50).map(|_| issuer.me())).await;
            let bad: Vec<_> = all.iter().filter_map(|result| result.as_ref().err()).collect();
            assert!(bad.is_empty(), "{burst}: {bad:?}");
            assert_eq!(transport.tokens.load(Ordering::Relaxed), burst);
            tokio::time::sleep(Duration::from_millis(2_200)).await;
        }
    }
}

#[tokio::test]
async fn client_credentials() {
    if !is_up(ISSUER) {
        return;
    }
    for transport in both() {
        let transport = counting(transport);
        let api = |token: ClientCredentials| {
            let builder = Client::builder().base_url("http://api.test").shared_transport(transport.clone());
            builder.auth(token.build().unwrap()).build().unwrap()
        };
        let endpoint = format!("{ISSUER}/token");
        let basic = api(ClientCredentials::new(&*endpoint, "cc", "cc-secret").scopes(["api:read"]));
        let post = api(ClientCredentials::new(&*endpoint, "ccpost", "cc-secret").in_body());
        for client in [&basic, &post] {
            let calls = (0..50).map(|_| client.call(Method::GET, "/").fetch::<u8>());
            assert!(join_all(calls).await.iter().all(Result::is_ok));
        }
        assert_eq!(transport.tokens.load(Ordering::Relaxed), 2);
        // The issuer knows them.
        let bearers = transport.bearers.lock().unwrap().clone();
        let judge = Client::builder().base_url(ISSUER).auth(Basic::new("cc", "cc-secret")).build().unwrap();
        for bearer in [&bearers[0], &bearers[50]] {
            let form = std::collections::BTreeMap::from([("token", bearer.strip_prefix("Bearer ").unwrap())]);
            let said: Value =
                judge.call(Method::POST, "/token/introspection").form(&form).fetch().await.unwrap();
            assert_eq!(said["active"], true, "{said}");
        }
        let wrong = api(ClientCredentials::new(&*endpoint, "cc", "wrong"));
        let e = wrong.call(Method::GET, "/").fetch::<u8>().await.unwrap_err();
        assert_eq!(
            e.to_string(),
            "GET /: there are no credentials: the token endpoint refuses (invalid_client)"
        );
        assert_eq!(transport.tokens.load(Ordering::Relaxed), 3);
    }
}

/// A refresh token that somebody else has presented: the end, and nobody asks again.
#[tokio::test]
async fn a_grant_that_is_revoked() {
    if !is_up(ISSUER) {
        return;
    }
    let refresh = log_in().await;
    let transport = counting(both()[0].clone());
    let issuer = || {
        let token = RefreshToken::new(format!("{ISSUER}/token"), "app", &*refresh).secret("app-secret");
        let builder = IssuerClient::builder().shared_transport(transport.clone());
        builder.auth(token.build().unwrap()).build().unwrap()
    };
    let (first, second) = (issuer(), issuer());
    first.me().await.unwrap();
    for _ in 0..3 {
        let e = second.me().await.unwrap_err();
        assert!(e.is_reauth_required(), "{e}");
    }
    assert_eq!(transport.tokens.load(Ordering::Relaxed), 2);
    assert!(first.me().await.unwrap_err().is_reauth_required(), "what it had is revoked, too");
}

// ---- docker-registry with tokens: one for each repository, from a realm that counts them, for two seconds

#[api_client(base_url = "http://127.0.0.1:18032/v2")]
#[auth(custom)]
trait Images {
    #[get("/{+name}/tags/list")]
    fn tags(&self, name: &str) -> Call<Value>;
    #[get("/{+name}/blobs/{digest}")]
    fn blob(&self, name: &str, digest: &str) -> Call<Bytes>;
    #[post("/{+name}/blobs/uploads/")]
    fn begin(&self, name: &str) -> Call<Created<()>>;
    #[http("PATCH")]
    fn chunk(
        &self,
        #[url] location: &str,
        #[header("Content-Range")] range: &str,
        #[body(bytes)] bytes: Bytes,
    ) -> Call<Created<()>>;
    #[http("PUT")]
    #[header("Content-Type", "application/octet-stream")]
    fn finish(&self, #[url] location: &str) -> Call<()>;
    #[put("/{+name}/manifests/{tag}")]
    #[header("Content-Type", "application/vnd.oci.image.manifest.v1+json")]
    fn tag(&self, name: &str, tag: &str, #[body] manifest: &Value) -> Call<()>;
}

async fn issued() -> usize {
    let client = Client::builder().base_url("http://127.0.0.1:18031").build().unwrap();
    client.call(Method::GET, "/count").fetch().await.unwrap()
}

/// Three chunks, a manifest, and back, with a token for each repository that is got once, made wider, and renewed.
#[tokio::test]
async fn a_registry_that_wants_tokens() {
    /// 30,000 times `a`.
    const DIGEST: &str = "sha256:72d6b9e03a5ff2fb44a3bc3a0e5988dae8bb4c300d5297788bdd72e0ca0a59ec";
    if !is_up("http://127.0.0.1:18032") {
        return;
    }
    for (number, transport) in both().into_iter().enumerate() {
        let (name, before) = (format!("team/image-{number}-{}", std::process::id()), issued().await);
        let token = RegistryToken::new("u", "p");
        let images = ImagesClient::builder().shared_transport(transport).auth(token).build().unwrap();
        assert!(images.tags(&name).await.unwrap_err().is_not_found(), "nobody has pushed it yet");
        let mut location = images.begin(&name).await.unwrap().location().unwrap().to_string();
        assert_eq!(issued().await - before, 2, "to pull, and then to push as well");
        for at in [0, 10_000, 20_000] {
            let range = format!("{at}-{}", at + 9_999);
            let done = images.chunk(&location, &range, Bytes::from(vec![b'a'; 10_000])).await.unwrap();
            location = done.location().unwrap().to_string();
        }
        images.finish(&location).query("digest", DIGEST).await.unwrap();
        let part = json!({"mediaType": "application/octet-stream", "size": 30_000, "digest": DIGEST});
        let manifest = json!({
            "schemaVersion": 2, "mediaType": "application/vnd.oci.image.manifest.v1+json", "config": part, "layers": [part],
        });
        images.tag(&name, "v1", &manifest).await.unwrap();
        let blobs = join_all((0..20).map(|_| images.blob(&name, DIGEST))).await;
        assert!(blobs.into_iter().all(|blob| blob.is_ok_and(|blob| blob == vec![b'a'; 30_000])));
        let pushed = issued().await - before;
        assert!(pushed <= 4, "{pushed}");
        // It is over twice, for twenty at once.
        for _ in 0..2 {
            tokio::time::sleep(Duration::from_millis(2_200)).await;
            let tags = join_all((0..20).map(|_| images.tags(&name))).await;
            assert!(tags.into_iter().all(|tags| tags.unwrap()["tags"] == json!(["v1"])));
        }
        assert_eq!(issued().await - before, pushed + 2);
        let wrong = ImagesClient::builder().auth(RegistryToken::new("u", "wrong")).build().unwrap();
        let e = wrong.tags(&name).await.unwrap_err();
        assert_eq!(
            e.to_string(),
            "GET /{+name}/tags/list: there are no credentials: the token endpoint does not know this client (401)"
        );
    }
}

const MOTO: &str = "http://127.0.0.1:18081";

#[api_client(base_url = "http://127.0.0.1:18081")]
#[auth(custom)]
trait Iam {
    #[post("/")]
    fn act(&self, #[body(form)] action: &BTreeMap<&str, &str>) -> Call<String>;
}

#[api_client(base_url = "http://127.0.0.1:18081")]
#[auth(custom)]
trait S3 {
    #[put("/{bucket}")]
    fn create(&self, bucket: &str) -> Call<()>;
    #[put("/{bucket}/{+key}")]
    fn put(&self, bucket: &str, key: &str, #[body(text)] content: &str) -> Call<()>;
    #[get("/{bucket}/{+key}")]
    fn get(&self, bucket: &str, key: &str) -> Call<String>;
    #[get("/{bucket}?list-type=2")]
    fn list(&self, bucket: &str, #[query] prefix: &str) -> Call<String>;
    #[delete("/{bucket}/{+key}")]
    fn delete(&self, bucket: &str, key: &str) -> Call<()>;
}

#[api_client(base_url = "http://127.0.0.1:18081")]
#[auth(custom)]
#[header("Content-Type", "application/x-amz-json-1.0")]
trait DynamoDb {
    #[post("/")]
    #[header("X-Amz-Target", "DynamoDB_20120810.ListTables")]
    fn tables(&self, #[body] all: &Value) -> Call<Value>;
}

/// Keys of a user who may do everything, on a server that checks each signature from then on.
async fn moto_key() -> (String, String) {
    let api = Client::builder().base_url(MOTO).build().unwrap();
    api.call(Method::POST, "/moto-api/reset").fetch::<()>().await.unwrap();
    api.call(Method::POST, "/moto-api/reset-auth").body("text/plain", "3").fetch::<()>().await.unwrap();
    let iam = IamClient::builder().auth(SigV4::new("us-east-1", "iam", "nobody", "knows")).build().unwrap();
    let user = ("UserName", "ada");
    iam.act(&BTreeMap::from([("Action", "CreateUser"), ("Version", "2010-05-08"), user])).await.unwrap();
    let key = iam
        .act(&BTreeMap::from([("Action", "CreateAccessKey"), ("Version", "2010-05-08"), user]))
        .await
        .unwrap();
    let all = r#"{"Version":"2012-10-17","Statement":[{"Effect":"Allow","Action":"*","Resource":"*"}]}"#;
    let policy = [("PolicyName", "all"), ("PolicyDocument", all)];
    let put = [("Action", "PutUserPolicy"), ("Version", "2010-05-08"), user, policy[0], policy[1]];
    iam.act(&BTreeMap::from(put)).await.unwrap();
    let part = |name: &str| {
        let rest = key.split_once(&format!("<{name}>")).unwrap().1;
        rest.split('<').next().unwrap().to_owned()
    };
    (part("AccessKeyId"), part("SecretAccessKey"))
}

#[tokio::test]
async fn moto_checks_signatures() {
    if !is_up("127.0.0.1:18081") {
        return;
    }
    let (id, secret) = moto_key().await;
    for transport in both() {
        let s3 = |secret: &str| {
            let key = SigV4::new("us-east-1", "s3", &*id, secret);
            S3Client::builder().shared_transport(transport.clone()).auth(key).build().unwrap()
        };
        let bucket = "things-of-ada";
        s3(&secret).create(bucket).await.unwrap();
        for key in
            ["plain", "a b/ü+~.txt", "dir/with space/x", "a=b&c;d,e@f:g$h!i'(j)*k", "日本/語", "-._~", "a//b"]
        {
            let s3 = s3(&secret);
            s3.put(bucket, key, &format!("this is {key}")).await.unwrap_or_else(|e| panic!("{key}: {e}"));
            assert_eq!(s3.get(bucket, key).await.unwrap(), format!("this is {key}"));
            let listed = s3.list(bucket, key).await.unwrap();
            assert!(listed.contains("<KeyCount>1</KeyCount>"), "{key}: {listed}");
            s3.delete(bucket, key).await.unwrap();
        }
        let e = s3("wrong").create(bucket).await.unwrap_err();
        assert_eq!(e.status().unwrap().as_u16(), 403, "{e}");
        let said = String::from_utf8_lossy(e.body().unwrap()).into_owned();
        assert!(said.contains("SignatureDoesNotMatch"), "{said}");
        // Another service encodes the path once more, and has no hash of the body in a header.
        let key = SigV4::new("us-east-1", "dynamodb", &*id, &*secret);
        let tables = DynamoDbClient::builder().shared_transport(transport.clone()).auth(key).build().unwrap();
        assert_eq!(tables.tables(&json!({})).await.unwrap(), json!({"TableNames": []}));
    }
}

#[api_client(base_url = "http://127.0.0.1:18140")]
trait VerdaccioLogin {
    #[put("/-/user/org.couchdb.user:{name}")]
    fn log_in(&self, name: &str, #[body] user: &Value) -> Call<Value>;
}

#[api_client(base_url = "http://127.0.0.1:18140")]
#[auth(bearer)]
trait Verdaccio {
    #[get("/-/whoami")]
    fn whoami(&self) -> Call<Value>;
    #[delete("/-/user/token/{token}")]
    fn log_out(&self, token: &str) -> Call<Value>;
}

#[tokio::test]
async fn verdaccio_login_and_logout() {
    if !is_up("127.0.0.1:18140") {
        return;
    }
    let (logins, login) = (Arc::new(AtomicUsize::new(0)), VerdaccioLoginClient::new().unwrap());
    let user = json!({"name": "session", "password": "correct horse"});
    let session = Renewing::by({
        let logins = logins.clone();
        move |_| {
            logins.fetch_add(1, Ordering::Relaxed);
            // As `npm` does it: for a user who is there already, with the password beside it.
            let new = login.log_in("session", &user);
            let again = login.log_in("session", &user).auth(Basic::new("session", "correct horse"));
            async move {
                let said = match new.await {
                    Err(e) if e.status().is_some_and(|status| status == 409) => again.await?,
                    said => said?,
                };
                Ok(Token::new(said["token"].as_str().unwrap_or_default()))
            }
        }
    });
    let npm = VerdaccioClient::builder().auth(session.clone()).build().unwrap();
    let all = join_all((0..20).map(|_| npm.whoami())).await;
    assert!(all.into_iter().all(|who| who.unwrap() == json!({"username": "session"})));
    assert_eq!(logins.load(Ordering::Relaxed), 1, "once for all of them");
    let token = session.forget().await.unwrap().unwrap();
    // The session tells it who says so.
    let said = npm.log_out("x").auth(Bearer::new(token.access_token().expose())).await.unwrap();
    assert!(said["ok"].is_string(), "{said}");
    assert_eq!(npm.whoami().await.unwrap(), json!({"username": "session"}));
    assert_eq!(logins.load(Ordering::Relaxed), 2, "and again after the end of it");
}

/// Its nonces are good for two requests, and it knows them by cookies.
#[tokio::test]
async fn httpbin_says_that_a_nonce_is_stale() {
    if !is_up("127.0.0.1:18001") {
        return;
    }
    for transport in both() {
        for (qop, algorithm) in
            [("auth", "MD5"), ("auth", "SHA-256"), ("auth", "SHA-512"), ("auth-int", "SHA-256")]
        {
            let builder = HttpbinClient::builder().shared_transport(transport.clone()).anonymous();
            let builder = builder.auth_for("digest", Digest::new("ada", "pw"));
            let api = builder.cookie_jar(CookieJar::new()).build().unwrap();
            for number in 0..7 {
                let known = api.stale(qop, "ada", "pw", algorithm, 2).await;
                assert!(known.unwrap_or_else(|e| panic!("{number}: {qop} {algorithm}: {e}")).authenticated);
            }
        }
    }
}
