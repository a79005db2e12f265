//! What real servers say when they say no, each answer in a variant of its own, by attributes alone: nothing below looks
//! into an error to sort it. Started by `tests/servers/run`; skipped with a word where nothing answers, unless
//! `APICLIENT_REQUIRE=1`.

use apiclient::{Bytes, Created, StatusCode, prelude::*};
use apiclient_tests::{Nobody, corpus::find, is_up};
use serde::Deserialize;
use serde_json::{Value, json};
use std::time::Duration;

/// Awaits a call, which has to fail like this.
macro_rules! assert_error {
    ($call:expr, $($pattern:tt)+) => {{
        let e = $call.await.unwrap_err();
        assert!(matches!(&e, $($pattern)+), "{e:?}");
    }};
}

/// `u:p`
const BASIC: &str = "Basic dTpw";

// ---- docker-registry: a list of errors, the code in the first

const REGISTRY: &str = "http://127.0.0.1:18030";

/// `{"errors":[{"code":"MANIFEST_UNKNOWN","message":"manifest unknown","detail":{"Tag":"zzz"}}]}`
#[derive(Debug, thiserror::Error, ApiError)]
#[api(code_at = "/errors/0/code")]
pub enum RegistryError {
    #[error("who are you? ({challenge})")]
    #[api(status = 401, code = "UNAUTHORIZED")]
    Unauthorized {
        #[api(header("www-authenticate"))]
        challenge: String,
    },
    #[error("no manifest {tag}")]
    #[api(code = "MANIFEST_UNKNOWN")]
    NoManifest {
        #[api(pointer("/errors/0/detail/Tag"))]
        tag: String,
        #[api(error)]
        source: apiclient::Error,
    },
    #[error("{0}")]
    #[api(code = "NAME_UNKNOWN" | "BLOB_UNKNOWN")]
    Missing(Faults),
    #[error("{code}: {message}")]
    #[api(status = 4xx, code = "*_INVALID")]
    Invalid {
        #[api(pointer("/errors/0/code"))]
        code: String,
        #[api(pointer("/errors/0/message"))]
        message: String,
        #[api(status)]
        status: StatusCode,
    },
    #[error("no such page: {0}")]
    #[api(status = 404, header("content-type", "text/plain*"))]
    NoPage(String),
    #[error("the upload is gone")]
    NoUpload(String),
    #[error("the registry is not there")]
    #[api(kind = connect)]
    Unreachable,
    #[error(transparent)]
    #[api(other)]
    Other(apiclient::Error),
}

#[derive(Debug, Deserialize)]
pub struct Faults {
    errors: Vec<Fault>,
}

#[derive(Debug, PartialEq, Deserialize)]
pub struct Fault {
    code: String,
    detail: Value,
}

impl std::fmt::Display for Faults {
    fn fmt(&self, f: &mut std::fmt::Formatter<'_>) -> std::fmt::Result {
        self.errors.iter().try_for_each(|fault| write!(f, "{} ", fault.code))
    }
}

#[derive(Debug, Deserialize)]
pub struct Tags {
    #[allow(dead_code, reason = "no test has one that is there")]
    tags: Vec<String>,
}

#[api_client(base_url = REGISTRY, base_path = "/v2")]
pub trait Registry {
    #[get("/_catalog")]
    async fn catalog(&self) -> Result<Value, RegistryError>;
    #[get("/{+name}/manifests/{tag}")]
    async fn manifest(&self, name: &str, tag: &str) -> Result<Value, RegistryError>;
    #[put("/{+name}/manifests/{tag}")]
    async fn tag(&self, name: &str, tag: &str, #[body] manifest: &Value) -> Result<(), RegistryError>;
    #[get("/{+name}/tags/list")]
    async fn tags(&self, name: &str) -> Result<Tags, RegistryError>;
    /// The same, where it is no error that there are none.
    #[get("/{+name}/tags/list")]
    #[none_on(404)]
    async fn find_tags(&self, name: &str) -> Result<Option<Tags>, RegistryError>;
    #[get("/{+name}/blobs/{digest}")]
    async fn blob(&self, name: &str, digest: &str) -> Result<Bytes, RegistryError>;
    #[post("/{+name}/blobs/uploads/")]
    #[success(202)]
    async fn begin_upload(&self, name: &str) -> Result<Created<()>, RegistryError>;
    #[patch("/{+name}/blobs/uploads/{id}")]
    #[errors(404 if code = "BLOB_UPLOAD_*" => RegistryError::NoUpload(pointer("/errors/0/code")))]
    async fn append(&self, name: &str, id: &str, #[body(bytes)] chunk: Bytes) -> Result<(), RegistryError>;
}

#[tokio::test]
async fn docker_registry() {
    if !is_up(REGISTRY) {
        return;
    }
    let registry = RegistryClient::builder().header("authorization", BASIC).build().unwrap();
    assert_error!(registry.manifest("a/b", "zzz"), RegistryError::NoManifest { tag, source }
        if tag == "zzz" && source.status() == Some(StatusCode::NOT_FOUND)
            && source.to_string().ends_with(": 404 Not Found: manifest unknown (code MANIFEST_UNKNOWN)"));
    assert_error!(registry.tags("a/b"), RegistryError::Missing(Faults { errors })
        if errors[..] == [Fault { code: "NAME_UNKNOWN".into(), detail: json!({"name": "a/b"}) }]);
    let digest = format!("sha256:{:064}", 0);
    assert_error!(registry.blob("a/b", &digest), RegistryError::Missing(Faults { errors })
        if errors[..] == [Fault { code: "BLOB_UNKNOWN".into(), detail: json!(digest) }]);
    assert_error!(registry.tag("a/b", "x", &json!({})), RegistryError::Invalid { code, message, status }
        if code == "MANIFEST_INVALID" && message == "manifest invalid" && *status == 400);
    assert_error!(registry.append("a/b", "nothing", Bytes::new()), RegistryError::NoUpload(code)
        if code == "BLOB_UPLOAD_INVALID");
    assert_error!(registry.tags("UPPER"), RegistryError::NoPage(text) if text == "404 page not found\n");

    assert!(registry.find_tags("a/b").await.unwrap().is_none());
    let upload = registry.begin_upload("uploads").await.unwrap();
    assert!(upload.location().unwrap().path().starts_with("/v2/uploads/blobs/uploads/"));

    let stranger = RegistryClient::new().unwrap();
    assert_error!(stranger.catalog(), RegistryError::Unauthorized { challenge }
        if challenge == "Basic realm=\"test\"");
    // `#[none_on]` is for what it names, and for nothing else.
    assert_error!(stranger.find_tags("a/b"), RegistryError::Unauthorized { .. });
}

#[tokio::test]
async fn a_server_that_is_not_there() {
    let nobody = Nobody::new();
    let registry = RegistryClient::builder().base_url(&nobody.url).build().unwrap();
    assert_error!(registry.manifest("a/b", "zzz"), RegistryError::Unreachable);
    assert_error!(registry.find_tags("a/b"), RegistryError::Unreachable);
}

// ---- etcd: codes that are numbers

const ETCD: &str = "http://127.0.0.1:18061";

/// `{"error":"etcdserver: key is not provided","message":"etcdserver: key is not provided","code":3}`
#[derive(Debug, thiserror::Error, ApiError)]
#[api(code_at = "/code")]
pub enum EtcdError {
    #[error("{message}")]
    #[api(code = 3)]
    Invalid {
        #[api(pointer("/message"))]
        message: String,
    },
    #[error("{0:?}")]
    #[api(status = 404, code = 5)]
    NotFound(EtcdFault),
    #[error("{message}")]
    #[api(code = 11)]
    OutOfRange {
        #[api(pointer("/message"))]
        message: String,
        #[api(pointer("/code"))]
        code: u8,
    },
    #[error("not in this state: {0}")]
    #[api(code = 9 | 10)]
    NotNow(#[api(pointer("/error"))] String),
    #[error("{text}")]
    #[api(status = 404 | 405, header("content-type", "text/plain*"))]
    Text {
        #[api(status)]
        status: u16,
        #[api(body)]
        text: String,
    },
    #[error(transparent)]
    #[api(other)]
    Other(apiclient::Error),
}

#[derive(Debug, PartialEq, Deserialize)]
pub struct EtcdFault {
    message: String,
    code: i64,
}

/// Keys and values are base64: `YQ==` is `a`.
#[api_client(base_url = ETCD, base_path = "/v3")]
pub trait Etcd {
    #[post("/kv/put")]
    async fn put(&self, #[body] put: &Value) -> Result<Value, EtcdError>;
    #[post("/kv/range")]
    async fn range(&self, #[body] range: &Value) -> Result<Value, EtcdError>;
    #[post("/lease/revoke")]
    async fn revoke(&self, #[body] lease: &Value) -> Result<Value, EtcdError>;
    #[post("/auth/authenticate")]
    async fn log_in(&self, #[body] who: &Value) -> Result<Value, EtcdError>;
    #[get("/kv/range")]
    async fn wrong_method(&self) -> Result<Value, EtcdError>;
    #[post("/kv/nonsense")]
    async fn wrong_path(&self) -> Result<Value, EtcdError>;
}

#[tokio::test]
async fn etcd() {
    if !is_up(ETCD) {
        return;
    }
    let etcd = EtcdClient::new().unwrap();
    assert_error!(etcd.put(&json!({"value": "YQ=="})), EtcdError::Invalid { message }
        if message == "etcdserver: key is not provided");
    let gone = EtcdFault { message: "etcdserver: requested lease not found".into(), code: 5 };
    assert_error!(etcd.revoke(&json!({"ID": "77"})), EtcdError::NotFound(fault) if *fault == gone);
    assert_error!(etcd.put(&json!({"key": "YQ==", "lease": "123"})), EtcdError::NotFound(fault)
        if *fault == gone);
    assert_error!(etcd.range(&json!({"key": "YQ==", "revision": "1000000000"})),
        EtcdError::OutOfRange { message, code: 11 }
        if message == "etcdserver: mvcc: required revision is a future revision");
    assert_error!(etcd.log_in(&json!({"name": "a", "password": "b"})), EtcdError::NotNow(message)
        if message == "etcdserver: authentication is not enabled");
    assert_error!(etcd.wrong_path(), EtcdError::Text { status: 404, text } if text == "Not Found\n");
    assert_error!(etcd.wrong_method(), EtcdError::Text { status: 405, text }
        if text == "Method Not Allowed\n");
}

// ---- prometheus: an envelope around success and failure

const PROMETHEUS: &str = "http://127.0.0.1:18060";

/// `{"status":"error","errorType":"bad_data","error":"invalid parameter .."}`
#[derive(Debug, thiserror::Error, ApiError)]
pub enum PrometheusError {
    #[error("{message}")]
    #[api(status = 400, code = "bad_data")]
    BadQuery {
        #[api(pointer("/error"))]
        message: String,
    },
    #[error("{}", .0.error)]
    #[api(status = 422, code = "execution")]
    Execution(PrometheusFault),
    #[error("not now: {code}")]
    #[api(code = "timeout" | "canceled" | "unavailable")]
    NotNow {
        #[api(pointer("/errorType"))]
        code: String,
        #[api(error)]
        source: Box<apiclient::Error>,
    },
    #[error("not allowed: {0}")]
    Disabled(String),
    #[error("{0}")]
    #[api(status = 404, header("content-type", "text/plain*"))]
    NoPage(String),
    #[error(transparent)]
    #[api(other)]
    Other(apiclient::Error),
}

#[derive(Debug, Deserialize)]
#[serde(rename_all = "camelCase")]
pub struct PrometheusFault {
    error_type: String,
    error: String,
}

#[derive(Debug, Deserialize)]
#[serde(rename_all = "camelCase")]
pub struct Answer {
    result_type: String,
    result: Vec<Value>,
}

#[api_client(base_url = PROMETHEUS)]
#[envelope("/data")]
#[error_body(code = "/errorType", message = "/error", fail_if("/status", "error"))]
pub trait Prometheus {
    #[get("/api/v1/query{?query,timeout}")]
    async fn query(&self, query: &str, timeout: Option<&str>) -> Result<Answer, PrometheusError>;
    #[get("/api/v1/query{?query}")]
    #[envelope("/data/result")]
    async fn result(&self, query: &str) -> Result<Vec<Value>, PrometheusError>;
    #[get("/api/v1/labels")]
    async fn labels(&self) -> Result<Vec<String>, PrometheusError>;
    #[post("/api/v1/admin/tsdb/snapshot")]
    async fn snapshot(&self) -> Result<Value, PrometheusError>;
    #[get("/api/v1/nonsense")]
    async fn nonsense(&self) -> Result<Value, PrometheusError>;
    #[post("/-/reload")]
    #[errors(403 => PrometheusError::Disabled(body))]
    async fn reload(&self) -> Result<(), PrometheusError>;
}

#[tokio::test]
async fn prometheus() {
    if !is_up(PROMETHEUS) {
        return;
    }
    let prometheus = PrometheusClient::new().unwrap();
    let one = prometheus.query("vector(1)", None).await.unwrap();
    assert_eq!((one.result_type.as_str(), &one.result[0]["value"][1]), ("vector", &json!("1")));
    assert_eq!(prometheus.result("vector(2)").await.unwrap()[0]["value"][1], "2");
    let _: Vec<String> = prometheus.labels().await.unwrap();

    assert_error!(prometheus.query("up{", None), PrometheusError::BadQuery { message }
        if message == "invalid parameter \"query\": 1:4: parse error: unexpected end of input inside braces");
    assert_error!(prometheus.result(r#"label_replace(vector(1), "a", "b", "c", "(")"#),
        PrometheusError::Execution(fault)
        if fault.error_type == "execution"
            && fault.error == "invalid regular expression in label_replace(): (");
    assert_error!(prometheus.query("up", Some("0s")), PrometheusError::NotNow { code, source }
        if code == "timeout" && source.status() == Some(StatusCode::SERVICE_UNAVAILABLE)
            && source.message().is_some_and(|m| m.starts_with("query timed out in query ")));
    assert_error!(prometheus.snapshot(), PrometheusError::NotNow { code, source }
        if code == "unavailable" && source.status() == Some(StatusCode::INTERNAL_SERVER_ERROR));
    assert_error!(prometheus.nonsense(), PrometheusError::NoPage(text) if text == "404 page not found\n");
    assert_error!(prometheus.reload(), PrometheusError::Disabled(text)
        if text == "Lifecycle API is not enabled.");
}

// ---- transmission: what is asked for is in a header of the refusal, and a 200 may be a failure

const TRANSMISSION: &str = "http://127.0.0.1:18110";

/// HTML, or `{"arguments":{},"result":"method name not recognized"}`
#[derive(Debug, thiserror::Error, ApiError)]
pub enum TransmissionError {
    #[error("a session begins: {id}")]
    #[api(status = 409)]
    NewSession {
        #[api(header("x-transmission-session-id"))]
        id: String,
    },
    #[error("{page}")]
    #[api(status = 401, header("www-authenticate", "Basic *"))]
    Unauthorized {
        #[api(header("www-authenticate"))]
        challenge: String,
        #[api(body)]
        page: String,
    },
    #[error("no such method")]
    #[api(code = "method name not recognized")]
    NoMethod {
        #[api(pointer("/tag"))]
        tag: u32,
    },
    #[error("{0}")]
    #[api(kind = error_body, code = "no *")]
    Missing(Refusal),
    #[error("{0}")]
    #[api(status = 405, header("content-type", "text/html*"))]
    Page(String),
    #[error(transparent)]
    #[api(other)]
    Other(apiclient::Error),
}

#[derive(Debug, thiserror::Error, Deserialize)]
#[error("{result}")]
pub struct Refusal {
    result: String,
}

#[api_client(base_url = TRANSMISSION)]
#[error_body(code = "/result", message = "/result", fail_if("/result", "method name not recognized"))]
pub trait Transmission {
    #[post("/transmission/rpc")]
    #[envelope("/arguments")]
    async fn call(&self, #[body] request: &Value) -> Result<Value, TransmissionError>;
    #[post("/transmission/rpc")]
    #[error_body(fail_if("/result", "no *"))]
    async fn add(&self, #[body] request: &Value) -> Result<Value, TransmissionError>;
    #[get("/transmission/rpc")]
    async fn wrong_method(&self) -> Result<Value, TransmissionError>;
    #[get("/")]
    #[success(301)]
    async fn user_interface(&self) -> Result<Response<()>, TransmissionError>;
}

#[tokio::test]
async fn transmission() {
    if !is_up(TRANSMISSION) {
        return;
    }
    let get = json!({"method": "session-get", "arguments": {"fields": ["rpc-version"]}});
    let unknown = json!({"method": "nonsense", "tag": 7});
    let stranger = TransmissionClient::new().unwrap();
    assert_error!(stranger.call(&get), TransmissionError::Unauthorized { challenge, page }
        if challenge == "Basic realm=\"Transmission\"" && page.starts_with("<h1>401: Unauthorized</h1>"));

    let client = || TransmissionClient::builder().header("authorization", BASIC);
    let e = client().build().unwrap().call(&get).await.unwrap_err();
    let TransmissionError::NewSession { id } = e else { panic!("{e:?}") };
    let session = client().header("x-transmission-session-id", &id).build().unwrap();
    assert!(session.call(&get).await.unwrap()["rpc-version"].as_u64() >= Some(14));
    assert_error!(session.call(&unknown), TransmissionError::NoMethod { tag: 7 });
    assert_error!(session.add(&json!({"method": "torrent-add"})), TransmissionError::Missing(why)
        if why.result == "no filename or metainfo specified");
    assert_error!(session.wrong_method(), TransmissionError::Page(html)
        if html == "<h1>405: Method Not Allowed</h1>");
    let moved = session.user_interface().await.unwrap();
    assert_eq!(moved.status(), 301);
    assert_eq!(moved.headers()["location"], "/transmission/web/");
}

// ---- jupyter: JSON, text that calls itself JSON, and HTML for the same status

const JUPYTER: &str = "http://127.0.0.1:18070";

/// `{"message":"Forbidden","reason":null}`
#[derive(Debug, thiserror::Error, ApiError)]
#[api(code_at = "/message")]
pub enum JupyterError {
    #[error("forbidden: {}", .0.message)]
    #[api(status = 403)]
    Forbidden(JupyterFault),
    #[error("no such page")]
    #[api(status = 404, header("content-type", "text/html*"))]
    NoPage,
    /// There is a message.
    #[error("not found: {}", .0.message)]
    #[api(status = 404, code = "*")]
    NotFound(JupyterFault),
    /// The media type says JSON, but it is a text.
    #[error("not found: {0}")]
    #[api(status = 404)]
    NotFoundText(String),
    #[error("{message} ({reason:?})")]
    #[api(status = 400)]
    #[api(status = 405)]
    Refused {
        #[api(pointer("/message"))]
        message: String,
        #[api(pointer("/reason"))]
        reason: Option<String>,
    },
    #[error(transparent)]
    #[api(other)]
    Other(apiclient::Error),
}

#[derive(Debug, PartialEq, Deserialize)]
pub struct JupyterFault {
    message: String,
    reason: Option<String>,
}

#[api_client(base_url = JUPYTER)]
pub trait Jupyter {
    #[get("/api/contents/{+path}{?type}")]
    async fn contents(&self, path: &str, r#type: Option<&str>) -> Result<Value, JupyterError>;
    #[put("/api/contents/{+path}")]
    #[success(200..=201)]
    async fn save(&self, path: &str, #[body] model: &Value) -> Result<Created<Value>, JupyterError>;
    #[delete("/api/contents/{+path}")]
    async fn delete(&self, path: &str) -> Result<(), JupyterError>;
    #[delete("/api/contents")]
    async fn delete_all(&self) -> Result<(), JupyterError>;
    #[get("/api/kernels/{id}")]
    async fn kernel(&self, id: &str) -> Result<Value, JupyterError>;
    #[get("/nonsense")]
    async fn page(&self) -> Result<Value, JupyterError>;
    #[patch("/api/status")]
    async fn wrong_method(&self) -> Result<Value, JupyterError>;
}

#[tokio::test]
async fn jupyter() {
    if !is_up(JUPYTER) {
        return;
    }
    let stranger = JupyterClient::new().unwrap();
    assert_error!(stranger.contents("x", None), JupyterError::Forbidden(fault)
        if *fault == JupyterFault { message: "Forbidden".into(), reason: None });

    let jupyter = JupyterClient::builder().header("authorization", "token test-token").build().unwrap();
    let id = "00000000-0000-0000-0000-000000000000";
    assert_error!(jupyter.kernel(id), JupyterError::NotFound(fault)
        if *fault == JupyterFault { message: format!("Kernel does not exist: {id}"), reason: None });
    assert_error!(jupyter.contents("missing.txt", None), JupyterError::NotFoundText(text)
        if text == "file or directory '/missing.txt' does not exist");
    assert_error!(jupyter.page(), JupyterError::NoPage);
    assert_error!(jupyter.wrong_method(), JupyterError::Refused { message, reason: None }
        if message == "Method Not Allowed");

    let saved =
        jupyter.save("errors.txt", &json!({"type": "file", "format": "text", "content": "a"})).await.unwrap();
    assert_eq!((saved.location().unwrap().path(), &saved["size"]), ("/api/contents/errors.txt", &json!(1)));
    assert_error!(jupyter.contents("errors.txt", Some("directory")),
        JupyterError::Refused { message, reason: Some(reason) }
        if message == "errors.txt is not a directory" && reason == "bad type");
    assert_error!(jupyter.delete_all(), JupyterError::Refused { message, reason: None }
        if message == "Can't delete root");
    jupyter.delete("errors.txt").await.unwrap();
}

// ---- syncthing: text

const SYNCTHING: &str = "http://127.0.0.1:18050";

/// `No folder with given ID`
#[derive(Debug, thiserror::Error, ApiError)]
pub enum SyncthingError {
    #[error("{text} (version {version})")]
    #[api(status = 403)]
    Forbidden {
        #[api(body)]
        text: String,
        #[api(header("x-syncthing-version"))]
        version: String,
        #[api(header("x-request-id"))]
        request_id: Option<String>,
    },
    #[error("{0}")]
    #[api(status = 404, header("content-type", "text/plain*"))]
    NotFound(String),
    #[error("{text}")]
    #[api(status = 400 | 500)]
    Refused {
        #[api(status)]
        status: u16,
        #[api(body)]
        text: String,
    },
    /// With a 200.
    #[error("no device: {why}")]
    #[api(kind = error_body)]
    NoDevice {
        #[api(pointer("/error"))]
        why: String,
    },
    #[error("nothing happened in time")]
    #[api(kind = timeout)]
    Silence,
    #[error(transparent)]
    #[api(other)]
    Other(apiclient::Error),
}

#[api_client(base_url = SYNCTHING, base_path = "/rest")]
pub trait Syncthing {
    #[get("/system/ping")]
    async fn ping(&self) -> Result<Value, SyncthingError>;
    #[get("/config/folders/{id}")]
    async fn folder(&self, id: &str) -> Result<Value, SyncthingError>;
    #[get("/config/devices/{id}")]
    async fn device(&self, id: &str) -> Result<Value, SyncthingError>;
    #[post("/db/scan{?folder}")]
    async fn scan(&self, folder: &str) -> Result<(), SyncthingError>;
    #[get("/svc/deviceid{?id}")]
    #[envelope("/id")]
    #[error_body(message = "/error", fail_if("/error"))]
    async fn device_id(&self, id: &str) -> Result<String, SyncthingError>;
    #[get("/events{?since,timeout}")]
    #[timeout("200ms")]
    async fn events(&self, since: u64, timeout: u8) -> Result<Vec<Value>, SyncthingError>;
}

#[tokio::test]
async fn syncthing() {
    if !is_up(SYNCTHING) {
        return;
    }
    let stranger = SyncthingClient::new().unwrap();
    assert_error!(stranger.ping(), SyncthingError::Forbidden { text, version, request_id: None }
        if text == "CSRF Error\n" && version.starts_with("v1."));

    let syncthing = SyncthingClient::builder().header("x-api-key", "test-key").build().unwrap();
    assert_eq!(syncthing.ping().await.unwrap(), json!({"ping": "pong"}));
    assert_error!(syncthing.folder("nope"), SyncthingError::NotFound(text)
        if text == "No folder with given ID\n");
    assert_error!(syncthing.device("nope"), SyncthingError::Refused { status: 400, text }
        if text == "\"nope\": device ID invalid: incorrect length\n");
    assert_error!(syncthing.scan("nope"), SyncthingError::Refused { status: 500, text }
        if text == "no such folder\n");
    assert_error!(syncthing.device_id("x"), SyncthingError::NoDevice { why }
        if why == "\"x\": device ID invalid: incorrect length");
    assert_error!(syncthing.events(1_000_000_000, 1), SyncthingError::Silence);
    let patient = syncthing.events(1_000_000_000, 1).timeout(Duration::from_secs(10));
    assert_eq!(patient.await.unwrap(), [Value::Null; 0]);
}

// ---- moto: AWS's names with a prefix, and the same in a header

const MOTO: &str = "http://127.0.0.1:18080";

/// `{"__type":"com.amazonaws.dynamodb.v20120810#ResourceNotFoundException","message":".."}`
#[derive(Debug, thiserror::Error, ApiError)]
#[api(code_at = "/__type")]
pub enum DynamoError {
    #[error("{message} (request {request_id})")]
    #[api(code = "*#ResourceNotFoundException")]
    NotFound {
        #[api(pointer("/message"))]
        message: String,
        #[api(header("x-amzn-requestid"))]
        request_id: String,
    },
    #[error("{}", .0.message)]
    #[api(status = 400, code = "*#ResourceInUseException" | "*#LimitExceededException")]
    InUse(DynamoFault),
    #[error("the condition does not hold")]
    #[api(code = "*#ConditionalCheckFailedException")]
    Condition {
        #[api(pointer("/Item"))]
        item: Option<Value>,
        #[api(error)]
        source: apiclient::Error,
    },
    #[error("cancelled: {reasons:?}")]
    #[api(code = "*#TransactionCanceledException")]
    Cancelled {
        #[api(pointer("/CancellationReasons"))]
        reasons: Vec<Reason>,
    },
    #[error("{message}")]
    #[api(header("x-amzn-errortype", "ValidationException"))]
    Invalid {
        #[api(pointer("/message"))]
        message: String,
    },
    #[error("the server is broken")]
    #[api(status = 5xx, header("content-type", "text/html*"))]
    Broken,
    #[error(transparent)]
    #[api(other)]
    Other(apiclient::Error),
}

#[derive(Debug, PartialEq, Deserialize)]
pub struct DynamoFault {
    #[serde(rename = "__type")]
    kind: String,
    message: String,
}

#[derive(Debug, PartialEq, Deserialize)]
#[serde(rename_all = "PascalCase")]
pub struct Reason {
    code: String,
}

#[api_client(base_url = MOTO)]
#[header("Content-Type", "application/x-amz-json-1.0")]
#[header(
    "Authorization",
    "AWS4-HMAC-SHA256 Credential=a/20260101/us-east-1/dynamodb/aws4_request, SignedHeaders=host, Signature=0"
)]
pub trait Dynamo {
    #[post("/")]
    #[header("X-Amz-Target", "DynamoDB_20120810.CreateTable")]
    async fn create_table(&self, #[body] table: &Value) -> Result<Value, DynamoError>;
    #[post("/")]
    #[header("X-Amz-Target", "DynamoDB_20120810.DescribeTable")]
    async fn describe_table(&self, #[body] table: &Value) -> Result<Value, DynamoError>;
    #[post("/")]
    #[header("X-Amz-Target", "DynamoDB_20120810.DeleteTable")]
    async fn delete_table(&self, #[body] table: &Value) -> Result<Value, DynamoError>;
    #[post("/")]
    #[header("X-Amz-Target", "DynamoDB_20120810.GetItem")]
    async fn get_item(&self, #[body] get: &Value) -> Result<Value, DynamoError>;
    #[post("/")]
    #[header("X-Amz-Target", "DynamoDB_20120810.PutItem")]
    async fn put_item(&self, #[body] put: &Value) -> Result<Value, DynamoError>;
    #[post("/")]
    #[header("X-Amz-Target", "DynamoDB_20120810.TransactWriteItems")]
    async fn write_all(&self, #[body] writes: &Value) -> Result<Value, DynamoError>;
    #[post("/")]
    #[header("X-Amz-Target", "DynamoDB_20120810.Nonsense")]
    async fn nonsense(&self, #[body] nothing: &Value) -> Result<Value, DynamoError>;
}

#[tokio::test]
async fn moto() {
    if !is_up(MOTO) {
        return;
    }
    let dynamo = DynamoClient::new().unwrap();
    assert_error!(dynamo.describe_table(&json!({"TableName": "nope"})),
        DynamoError::NotFound { message, request_id }
        if message == "Requested resource not found: Table: nope not found" && request_id.len() > 20);

    let table = format!("errors-{}", std::process::id());
    let new = json!({
        "TableName": table,
        "KeySchema": [{"AttributeName": "id", "KeyType": "HASH"}],
        "AttributeDefinitions": [{"AttributeName": "id", "AttributeType": "S"}],
        "BillingMode": "PAY_PER_REQUEST",
    });
    dynamo.create_table(&new).await.unwrap();
    let in_use = DynamoFault {
        kind: "com.amazonaws.dynamodb.v20120810#ResourceInUseException".into(),
        message: format!("Table already exists: {table}"),
    };
    assert_error!(dynamo.create_table(&new), DynamoError::InUse(fault) if *fault == in_use);
    assert_error!(dynamo.get_item(&json!({"TableName": table, "Key": {"nope": {"S": "x"}}})),
        DynamoError::Invalid { message }
        if message == "The provided key element does not match the schema");

    let item = json!({"id": {"S": "a"}, "n": {"N": "1"}});
    dynamo.put_item(&json!({"TableName": table, "Item": item})).await.unwrap();
    let mut again =
        json!({"TableName": table, "Item": item, "ConditionExpression": "attribute_not_exists(id)"});
    assert_error!(dynamo.put_item(&again), DynamoError::Condition { item: None, source }
        if source.status() == Some(StatusCode::BAD_REQUEST)
            && source.message() == Some("The conditional request failed"));
    assert_error!(dynamo.write_all(&json!({"TransactItems": [{"Put": again}]})),
        DynamoError::Cancelled { reasons }
        if reasons[..] == [Reason { code: "ConditionalCheckFailed".into() }]);
    again["ReturnValuesOnConditionCheckFailure"] = "ALL_OLD".into();
    assert_error!(dynamo.put_item(&again), DynamoError::Condition { item: Some(old), .. } if *old == item);

    assert_error!(dynamo.nonsense(&json!({})), DynamoError::Broken);
    dynamo.delete_table(&json!({"TableName": table})).await.unwrap();
}

// ---- verdaccio: all by `#[errors]`, on the trait and on methods

const VERDACCIO: &str = "http://127.0.0.1:18140";

/// `{"error":"no such package available"}`; which variant it is depends on what was asked.
#[derive(Debug, thiserror::Error, ApiError)]
pub enum NpmError {
    #[error("who are you? {}", .0.error)]
    Unauthorized(NpmFault),
    #[error("refused, {0}: {1}")]
    Refused(StatusCode, String),
    #[error("later, in {0} s")]
    TooMany(u64),
    #[error("no such package")]
    NoPackage,
    #[error("{0}")]
    NoVersion(String),
    #[error("wrong media type: {0}")]
    MediaType(apiclient::Error),
    #[error(transparent)]
    #[api(other)]
    Other(apiclient::Error),
}

#[derive(Debug, Deserialize)]
pub struct NpmFault {
    error: String,
}

#[api_client(base_url = VERDACCIO)]
#[error_body(message = "/error")]
#[errors(
    401 => NpmError::Unauthorized(body),
    404 if header("content-type", "application/json*") => NpmError::NoPackage,
    409 | 422 => NpmError::Refused(status, pointer("/error")),
    429 if header("retry-after", "*") => NpmError::TooMany(header("retry-after")),
    4xx => NpmError::Other(error),
)]
pub trait Npm {
    #[get("/{name}")]
    async fn package(&self, name: &str) -> Result<Value, NpmError>;
    /// The same, where it is no error that there is none.
    #[get("/{name}")]
    #[none_on(404)]
    async fn find_package(&self, name: &str) -> Result<Option<Value>, NpmError>;
    /// The same, in the runtime's words.
    #[get("/{name}")]
    #[errors(none)]
    async fn raw_package(&self, name: &str) -> Result<Value, apiclient::Error>;
    #[put("/{name}")]
    async fn publish(&self, name: &str, #[body] package: &Value) -> Result<Value, NpmError>;
    #[get("/{name}/{version}")]
    #[errors(404 => NpmError::NoVersion(pointer("/error")))]
    async fn version(&self, name: &str, version: &str) -> Result<Value, NpmError>;
    #[put("/-/package/{name}/dist-tags/{tag}")]
    #[errors(415 => NpmError::MediaType(error), 404 => NpmError::NoVersion(pointer("/error")))]
    async fn tag(&self, name: &str, tag: &str, #[body] version: &str) -> Result<Value, NpmError>;
    #[put("/-/user/org.couchdb.user:{name}")]
    #[retry(none)]
    async fn log_in(&self, name: &str, #[body] user: &Value) -> Result<Value, NpmError>;
}

#[tokio::test]
async fn verdaccio() {
    if !is_up(VERDACCIO) {
        return;
    }
    let stranger = NpmClient::new().unwrap();
    assert_error!(stranger.package("nope"), NpmError::Unauthorized(fault)
        if fault.error == "authorization required to access package nope");
    assert_error!(stranger.find_package("nope"), NpmError::Unauthorized(_));

    let npm = NpmClient::builder().header("authorization", BASIC).build().unwrap();
    assert_error!(npm.package("nope"), NpmError::NoPackage);
    assert_eq!(npm.find_package("nope").await.unwrap(), None);
    let e = npm.raw_package("nope").await.unwrap_err();
    assert_eq!(e.to_string(), "GET /{name}: 404 Not Found: no such package available");
    assert_error!(npm.publish("nope", &json!({})),
        NpmError::Refused(StatusCode::UNPROCESSABLE_ENTITY, message)
        if message == "bad incoming package data");

    if npm.find_package("errors").await.unwrap().is_none() {
        npm.publish("errors", &package("errors")).await.unwrap();
    }
    assert_error!(npm.publish("errors", &package("errors")), NpmError::Refused(StatusCode::CONFLICT, message)
        if message == "this package is already present");
    assert_eq!(npm.find_package("errors").await.unwrap().unwrap()["dist-tags"], json!({"latest": "1.0.0"}));
    assert_error!(npm.version("errors", "9.9.9"), NpmError::NoVersion(message)
        if message == "this version doesn't exist: 9.9.9");
    assert_error!(
        npm.version("errors", "9.9.9").header("authorization", "Basic dTp4"),
        NpmError::Unauthorized(_)
    );
    assert_error!(npm.tag("errors", "next", "9.9.9"), NpmError::NoVersion(message)
        if message == "this version doesn't exist");
    assert_error!(npm.tag("errors", "next", "1.0.0").header("content-type", "text/plain"),
        NpmError::MediaType(e)
        if e.status() == Some(StatusCode::UNSUPPORTED_MEDIA_TYPE));

    // Five calls within five seconds are let through, so that one of these is too many, whatever was before.
    let wrong = json!({"name": "u", "password": "wrong"});
    let mut denied = 0;
    while let Err(NpmError::Unauthorized(fault)) = stranger.log_in("u", &wrong).await {
        assert!(fault.error == "unauthorized access" && denied < 20, "{denied}");
        denied += 1;
    }
    assert_error!(stranger.log_in("u", &wrong), NpmError::TooMany(1..=5));
}

/// What `npm publish` sends, with a package that is `x`: nobody unpacks it here.
fn package(name: &str) -> Value {
    let file = format!("{name}-1.0.0.tgz");
    let tarball = format!("{VERDACCIO}/{name}/-/{file}");
    let dist = json!({"shasum": "11f6ad8ec52a2984abaafd7c3b516503785c2072", "tarball": tarball});
    json!({
        "_id": name,
        "name": name,
        "dist-tags": {"latest": "1.0.0"},
        "versions": {"1.0.0": {"name": name, "version": "1.0.0", "dist": dist}},
        "_attachments": {file: {"content_type": "application/octet-stream", "data": "eA==", "length": 1}},
    })
}

// ---- prism: problem documents (RFC 9457), and empty answers that say what is wrong in a header

const PRISM: &str = "http://127.0.0.1:18011";

/// `{"type":"https://stoplight.io/prism/errors#NO_PATH_MATCHED_ERROR","title":"..","status":404,"detail":".."}`
#[derive(Debug, thiserror::Error, ApiError)]
#[api(code_at = "/type")]
pub enum PrismError {
    #[error("{0}")]
    #[api(status = 404, code = "*#NO_PATH_MATCHED_ERROR")]
    #[api(status = 405, code = "*#NO_METHOD_MATCHED_ERROR")]
    NoOperation(Problem),
    #[error("{0}")]
    #[api(status = 422, code = "*#UNPROCESSABLE_ENTITY")]
    Invalid(Problem<Violations>),
    #[error("{problem}")]
    #[api(status = 406 | 415, header("content-type", "application/problem+json*"))]
    MediaType {
        #[api(body)]
        problem: Problem,
        #[api(status)]
        status: StatusCode,
    },
    #[error("{0}")]
    #[api(status = 400 | 401, header("sl-violations", "[{*}]"))]
    Violated(#[api(header("sl-violations"))] String),
    #[error("there is none")]
    #[api(status = 404)]
    Missing,
    #[error(transparent)]
    #[api(other)]
    Other(apiclient::Error),
}

#[derive(Debug, Deserialize)]
pub struct Violations {
    validation: Vec<Violation>,
}

#[derive(Debug, PartialEq, Deserialize)]
pub struct Violation {
    location: Vec<String>,
    code: String,
    message: String,
}

#[api_client(base_url = PRISM)]
#[header("api_key", "k")]
#[header("Authorization", "Bearer x")]
pub trait Pets {
    #[get("/pet/{id}")]
    async fn pet(&self, id: &str) -> Result<Value, PrismError>;
    #[post("/pet")]
    async fn add(&self, #[body] pet: &Value) -> Result<(), PrismError>;
    #[get("/nonsense")]
    async fn wrong_path(&self) -> Result<Value, PrismError>;
    #[delete("/store/inventory")]
    async fn wrong_method(&self) -> Result<Value, PrismError>;
}

#[tokio::test]
async fn prism() {
    if find("openapi").is_none() || !is_up(PRISM) {
        return;
    }
    let pets = PetsClient::new().unwrap();
    assert_error!(pets.wrong_path(), PrismError::NoOperation(problem)
        if problem.title() == Some("Route not resolved, no path matched") && problem.status() == 404
            && problem.detail() == Some("The route /nonsense hasn't been found in the specification file"));
    assert_error!(pets.wrong_method(), PrismError::NoOperation(problem)
        if problem.title() == Some("Route resolved, but no method matched") && problem.status() == 405);

    let violation = |location: &[&str], code: &str, message: &str| Violation {
        location: location.iter().map(ToString::to_string).collect(),
        code: code.into(),
        message: message.into(),
    };
    let violations = [
        violation(&["body"], "required", "Request body must have required property 'photoUrls'"),
        violation(&["body", "name"], "type", "Request body property name must be string"),
    ];
    assert_error!(pets.add(&json!({"name": 1})), PrismError::Invalid(problem)
        if problem.title() == Some("Invalid request") && problem.extensions().validation == violations);
    assert_error!(pets.add(&json!({})).header("content-type", "text/plain"),
        PrismError::MediaType { problem, status }
        if *status == 415
            && problem.detail() == Some("Supported content types: application/json,application/xml"));
    assert_error!(pets.pet("1").header("accept", "image/png"), PrismError::MediaType { problem, status }
        if *status == 406 && problem.detail() == Some("Unable to find content for image/png"));
    assert_error!(pets.pet("abc"), PrismError::Violated(what)
        if what.contains("Request path parameter petid must be integer"));
    assert_error!(pets.pet("1").header("prefer", "code=404"), PrismError::Missing);
}
