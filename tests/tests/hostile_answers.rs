//! Answers that mean harm: bodies, statuses and headers, each as a success and as an error. A typed error or a value, as the
//! guide says; no panic, a small stack, bounded memory. Cases 89, 90 and 95 by their numbers.

use apiclient::{
    Bytes, Error, ErrorKind, HeaderName, HeaderValue, StatusCode,
    prelude::*,
    testing::{self, Stub},
    transport::Reply,
};
use apiclient_tests::{Fault, FaultServer};
use serde::Deserialize;
use serde_json::{Map, Value};
use std::{fmt::Write as _, future::Future, time::Duration};

/// What serde needs for 128 levels of nesting in a build without optimisation, and little more.
const STACK: usize = 256 << 10;
/// What an error keeps of a body.
const KEPT: usize = 64 << 10;
const MIB: usize = 1 << 20;

const JSON: &str = "application/json";
const PROBLEM: &str = "application/problem+json";

#[derive(Debug, Deserialize, PartialEq)]
pub struct Item {
    id: u64,
}

#[api_client(base_url = "http://stub.test")]
#[retry(none)]
pub trait Answers {
    #[get("/item")]
    fn item(&self) -> Call<Item>;
    #[get("/map")]
    fn map(&self) -> Call<Map<String, Value>>;
    #[get("/value")]
    fn value(&self) -> Call<Value>;
    #[get("/maybe")]
    fn maybe(&self) -> Call<Option<Item>>;
    #[get("/text")]
    fn text(&self) -> Call<String>;
    #[get("/bytes")]
    fn bytes(&self) -> Call<Bytes>;
    #[get("/unit")]
    fn unit(&self) -> Call<()>;
    #[get("/json")]
    fn json(&self) -> Call<Json<Item>>;
    #[get("/within")]
    #[envelope("/data")]
    fn within(&self) -> Call<Item>;
    #[get("/guarded")]
    #[error_body(fail_if("/ok", false))]
    fn guarded(&self) -> Call<Value>;
    #[get("/problem")]
    fn problem(&self) -> Call<Problem>;
}

/// An answer to everything. Headers are bytes.
fn answering(status: u16, headers: &[(&str, &[u8])], body: &[u8]) -> AnswersClient {
    let pair = |(name, value): &(&str, &[u8])| {
        (HeaderName::from_bytes(name.as_bytes()).unwrap(), HeaderValue::from_bytes(value).unwrap())
    };
    let headers: Vec<_> = headers.iter().map(pair).collect();
    let body = Bytes::copy_from_slice(body);
    let stub = Stub::with(move |_| {
        let mut reply = Reply::new(status, body.clone());
        for (name, value) in &headers {
            reply.headers_mut().append(name, value.clone());
        }
        Ok(reply)
    });
    AnswersClient::builder().transport(stub).build().unwrap()
}

/// An answer with this media type, or with none.
fn typed(status: u16, media_type: &str, body: &[u8]) -> AnswersClient {
    let header = [("content-type", media_type.as_bytes())];
    answering(status, if media_type.is_empty() { &[] } else { &header }, body)
}

/// Runs a test where a recursion over its input would not fit.
fn on_a_small_stack<F: Future<Output = ()>>(test: impl FnOnce() -> F + Send + 'static) {
    let run = || tokio::runtime::Builder::new_current_thread().enable_all().build().unwrap().block_on(test());
    std::thread::Builder::new().stack_size(STACK).spawn(run).unwrap().join().unwrap();
}

/// Whatever came, a line is one line, short, and without signs that play tricks.
fn is_readable(error: &Error) {
    let tricks = |c: char| {
        c.is_control()
            || matches!(c, '\u{200b}'..='\u{200f}' | '\u{2028}'..='\u{202e}' | '\u{2060}'..='\u{206f}' | '\u{feff}')
    };
    for line in [format!("{error}"), format!("{error:#}"), format!("{error:?}")] {
        let start: String = line.chars().take(300).collect();
        assert!(line.len() <= 1500, "{} bytes: {start}", line.len());
        assert!(!line.contains(tricks), "{start:?}");
    }
    assert!(format!("{error:#?}").len() <= 16 << 10);
    let excerpt = error.excerpt().unwrap_or_default();
    assert!(excerpt.chars().count() <= 201 && !excerpt.contains(char::is_control), "{excerpt:?}");
    assert!(error.body().is_none_or(|body| body.len() <= KEPT));
}

/// `.` for a value, else what kind of error it is.
fn letter<T>(result: Result<T, Error>) -> char {
    let Err(error) = result else { return '.' };
    is_readable(&error);
    match error.kind() {
        ErrorKind::Decode => 'D',
        ErrorKind::ContentType => 'C',
        ErrorKind::ErrorBody => 'F',
        ErrorKind::TooLarge => 'L',
        ErrorKind::Status => 'S',
        kind => panic!("{kind}: {error}"),
    }
}

/// A struct, a map, a `Value`, an `Option`, a text, bytes, `()`, `Json`, within an envelope, with `fail_if`.
async fn letters(api: &AnswersClient) -> String {
    let structured = [letter(api.item().await), letter(api.map().await), letter(api.value().await)];
    let plain = [letter(api.maybe().await), letter(api.text().await), letter(api.bytes().await)];
    let others = [letter(api.unit().await), letter(api.json().await), letter(api.within().await)];
    let guarded = [letter(api.guarded().await)];
    structured.iter().chain(&plain).chain(&others).chain(&guarded).collect()
}

fn deep(open: &str, close: &str) -> String {
    open.repeat(100_000) + &close.repeat(100_000)
}

// ---- 89

/// What an API could mean, and what it does to each type as a success, in the order of [`letters`]; and as an error, whether
/// a typed body, a problem document, a pointer and a text can be read of it, in the order of [`Sorted`].
fn bodies() -> Vec<(&'static str, Vec<u8>, &'static str, &'static str)> {
    let row = |name, body: &str, success, error| (name, body.as_bytes().to_vec(), success, error);
    let bytes = |name, body: &[u8], success, error| (name, body.to_vec(), success, error);
    vec![
        row("fine", r#"{"id":1,"data":{"id":2}}"#, "..........", "...."),
        row("refused", r#"{"id":1,"data":{"id":2},"ok":false}"#, ".........F", "...."),
        row("deep lists", &deep("[", "]"), "DDDD...DDD", "---."),
        row("deep lists, open", &"[".repeat(100_000), "DDDD...DDD", "---."),
        row("deep maps", &(deep("{\"id\":", "") + "1" + &"}".repeat(100_000)), "DDDD...DDD", "---."),
        row("deep maps, open", &"{\"data\":".repeat(100_000), "DDDD...DDD", "---."),
        row(
            "deep where nobody looks",
            &format!(r#"{{"x":{},"id":1,"data":{{"x":{},"id":2}}}}"#, deep("[", "]"), deep("[", "]")),
            ".DD......D",
            "---.",
        ),
    ]
    .into_iter()
    .chain([
        row(
            "deep and open where nobody looks",
            &format!("{{\"x\":{}", "[".repeat(100_000)),
            "DDDD...DDD",
            "---.",
        ),
        row("a key twice", r#"{"id":1,"id":2,"data":{"id":1,"id":2}}"#, "D..D...DD.", "-..."),
        row("an envelope twice", r#"{"id":1,"data":{"id":1},"data":{"id":2}}"#, "........D.", "...."),
        row("a lone surrogate", r#"{"id":"\ud800","data":{"id":"\udc00"}}"#, "DDDD...DDD", "---."),
        row("a lone surrogate as a key", r#"{"\ud800":1,"id":1,"data":{"id":1}}"#, "DDDD...D.D", "--.."),
        row("a number out of range", r#"{"id":1e400,"data":{"id":1e400}}"#, "DDDD...DDD", "---."),
        row(
            "a number out of range where nobody looks",
            r#"{"x":1e400,"id":1,"data":{"id":1}}"#,
            ".DD......D",
            ".-..",
        ),
        row(
            "a number that is too big",
            r#"{"id":18446744073709551616,"data":{"id":-1}}"#,
            "D..D...DD.",
            "-.-.",
        ),
        row("a byte order mark", "\u{feff}{\"id\":1,\"data\":{\"id\":1}}", "..........", "...."),
        row("two byte order marks", "\u{feff}\u{feff}{\"id\":1,\"data\":{\"id\":1}}", "DDDD...DDD", "---."),
        row("a byte order mark and null", "\u{feff}null", "DD.....DD.", "---."),
        row("a byte order mark alone", "\u{feff}", "DDD....DDD", "---."),
        row("trailing data", r#"{"id":1,"data":{"id":1}} x"#, "DDDD...DDD", "-..."),
        row("two documents", "{\"id\":1,\"data\":{\"id\":1}}\n{\"id\":2}", "DDDD...DDD", "-..."),
        row("trailing white space", "{\"id\":1,\"data\":{\"id\":1}} \r\n\t", "..........", "...."),
        row("a trailing zero", "{\"id\":1,\"data\":{\"id\":1}}\0", "DDDD...DDD", "-..."),
        row("nothing", "", "D......DD.", "---."),
        row("white space", " \r\n", "DDD....DDD", "---."),
        row("null", "null", "DD.....DD.", "---."),
        row("a scalar", "1", "DD.D...DD.", "---."),
        row("a list", "[1]", ".D......D.", ".--."),
        row("cut off", r#"{"id":1,"data":{"id":1},"x":"y"#, "DDDD...DDD", "--.."),
        row("NaN", r#"{"id":NaN,"data":{"id":Infinity}}"#, "DDDD...DDD", "---."),
        row("comments", r#"{"id":1 /* one */}"#, "DDDD...DDD", "--.."),
        bytes("not UTF-8", b"{\"id\":1,\"x\":\"\xff\",\"data\":{\"id\":1}}", ".DD.D....D", ".-.-"),
        bytes("UTF-16", b"\xff\xfe{\0\"\0i\0d\0\"\0:\x001\0}\0", "DDDDD..DDD", "----"),
        bytes(
            "controls in a text",
            b"{\"id\":1,\"x\":\"\x1b[31m\",\"data\":{\"id\":1}}",
            "DDDD...DDD",
            "--..",
        ),
    ])
    .collect()
}

#[derive(Debug, thiserror::Error, ApiError)]
enum Sorted {
    #[error("typed")]
    #[api(status = 401)]
    Typed(Item),
    #[error("a problem: {0}")]
    #[api(status = 402)]
    Problem(Problem),
    #[error("at a pointer")]
    #[api(status = 403)]
    Pointer {
        #[api(pointer("/id"))]
        id: u64,
    },
    #[error("a text")]
    #[api(status = 405)]
    Text(String),
    #[error(transparent)]
    #[api(other)]
    Other(Error),
}

/// The error of an answer, with everything asked of it that can be asked.
async fn refused(status: u16, media_type: &str, body: &[u8]) -> Error {
    let error = typed(status, media_type, body).item().await.unwrap_err();
    is_readable(&error);
    assert_eq!(
        (error.kind(), error.status().map(|s| s.as_u16())),
        (ErrorKind::Status, Some(status)),
        "{error}"
    );
    assert_eq!(error.body().unwrap(), &body[..body.len().min(KEPT)], "what came is kept");
    let _ = (error.json::<Item>().is_ok(), error.json::<Value>().is_ok(), error.problem::<Map<_, _>>());
    assert!(error.message().is_none_or(|said| said.chars().count() <= 201 && !said.is_empty()));
    assert!(error.code().is_none_or(|code| code.len() <= body.len()));
    error
}

async fn sorted(media_type: &str, body: &[u8]) -> String {
    let mut letters = String::new();
    for status in [401, 402, 403, 405] {
        letters.push(match Sorted::from(refused(status, media_type, body).await) {
            Sorted::Other(error) => {
                assert_eq!(error.status().unwrap(), status);
                assert_eq!(error.body().unwrap(), &body[..body.len().min(KEPT)], "nothing is lost");
                '-'
            }
            _ => '.',
        });
    }
    letters
}

#[test]
fn case_89_hostile_json() {
    on_a_small_stack(async || {
        let mut wrong = String::new();
        for (name, body, success, error) in bodies() {
            let found = (letters(&typed(200, JSON, &body)).await, sorted(PROBLEM, &body).await);
            if (&*found.0, &*found.1) != (success, error) {
                let _ = writeln!(wrong, "{name}: expected {success} {error}, found {} {}", found.0, found.1);
            }
        }
        assert!(wrong.is_empty(), "\n{wrong}");
    });
}

/// Without a media type, with a wrong one, with one that is none: the body counts, and nothing falls over.
#[test]
fn case_89_under_any_media_type() {
    on_a_small_stack(async || {
        for (name, body, success, _) in bodies() {
            for media_type in ["", "text/html", "text/plain; charset=utf-16", "image/png"] {
                let found = letters(&typed(200, media_type, &body)).await;
                let mut expected = success.replace('D', "C");
                // Where JSON is not said, `null` is a text like others.
                if name.contains("null") && !media_type.is_empty() {
                    expected.replace_range(3..4, "C");
                }
                // Only JSON can say of a success that it is none.
                if !media_type.is_empty() {
                    expected = expected.replace('F', ".");
                }
                // Whether syntax or type is what is wrong says which of the two errors it is.
                assert_eq!(found.replace('D', "C"), expected, "{name}: {media_type}: {found}");
                refused(400, media_type, &body).await;
            }
        }
    });
}

/// Not UTF-8, whatever the `charset` says: text is refused and bytes are kept.
#[tokio::test]
async fn a_wrong_charset() {
    for media_type in
        ["text/plain; charset=iso-8859-1", "text/plain; charset=x", "application/json; charset=latin1"]
    {
        let api = typed(200, media_type, b"{\"id\":1,\"name\":\"M\xfcller\"}");
        let error = api.text().await.unwrap_err();
        assert!(error.to_string().ends_with("the text is not UTF-8"), "{error}");
        assert_eq!(error.body().unwrap().len(), 24);
        assert_eq!(api.bytes().await.unwrap().len(), 24);
        assert_eq!(letter(api.map().await), if media_type.contains("json") { 'D' } else { 'C' });
    }
    let error = refused(400, "text/plain; charset=iso-8859-1", b"M\xfcller fehlt").await;
    assert_eq!(error.message(), Some("M\u{fffd}ller fehlt"));
}

/// 2xx is a success, whichever; everything that is no status of HTTP is one that is no success.
#[tokio::test]
async fn odd_statuses() {
    for (status, expected) in [
        (200, ".........."),
        (299, ".........."),
        (100, "SSSSSSSSSS"),
        (599, "SSSSSSSSSS"),
        (600, "SSSSSSSSSS"),
        (999, "SSSSSSSSSS"),
    ] {
        let api = typed(status, "", br#"{"id":1,"data":{"id":1}}"#);
        assert_eq!(letters(&api).await, expected, "{status}");
        let raw = format!("{status} Odd\r\ncontent-type: text/plain");
        let error = match status {
            100..=299 => continue,
            _ => over_tcp(Fault::answer(&raw, b"why")).await.item().await.unwrap_err(),
        };
        is_readable(&error);
        assert_eq!((error.kind(), error.status().unwrap().as_u16()), (ErrorKind::Status, status));
        assert_eq!((error.is_server_error(), error.is_retryable()), (status == 599, false));
        assert_eq!(error.to_string(), format!("GET /item: {status}: why"));
    }
    for status in ["099", "1000", "20", "-1", "abc"] {
        let error = over_tcp(Fault::answer(&format!("{status} Odd"), b"")).await.item().await.unwrap_err();
        is_readable(&error);
        assert_eq!(error.kind(), ErrorKind::Transport, "{status}: {error}");
    }
}

async fn over_tcp(fault: Fault) -> AnswersClient {
    let server = FaultServer::start(fault).await;
    AnswersClient::builder().base_url(&server.url).build().unwrap()
}

// ---- 90

/// A status that says yes and a body that says no, or nothing, or something else.
#[tokio::test]
async fn case_90_a_success_that_is_none() {
    let said = async |head: &str, body: &[u8]| over_tcp(Fault::answer(head, body)).await;
    let api = said(
        "200 OK\r\ncontent-type: application/json",
        br#"{"ok":false,"error":"s3cret is wrong","id":"s3cret"}"#,
    )
    .await;
    let error = api.guarded().await.unwrap_err();
    assert_eq!((error.kind(), error.message()), (ErrorKind::ErrorBody, Some("s3cret is wrong")));
    // Without a word about it in the trait it is a body that does not fit.
    let error = api.item().await.unwrap_err();
    assert_eq!((error.kind(), error.path()), (ErrorKind::Decode, Some("id")));
    assert!(!format!("{error:#} {error:#?}").contains("s3cret"), "{error:#?}");
    assert!(error.excerpt().unwrap().contains("s3cret"), "which is there for who asks");

    let long = format!("<html>{}", "s3cret\n".repeat(100_000));
    let error = said("200 OK\r\ncontent-type: text/html", long.as_bytes()).await.item().await.unwrap_err();
    is_readable(&error);
    assert_eq!((error.kind(), error.body().unwrap().len()), (ErrorKind::ContentType, KEPT));
    assert_eq!(error.excerpt().unwrap().chars().count(), 201);
    assert!(!format!("{error:#} {error:#?}").contains("s3cret"), "{error:#?}");

    // RFC 9110, section 15.3.5: a 204 has no body, whatever follows its head.
    let none = said("204 No Content\r\ncontent-type: application/json", b"{\"id\":1}").await;
    none.unit().await.unwrap();
    assert_eq!(none.maybe().await.unwrap(), None);
    assert_eq!(none.text().await.unwrap(), "");
    let error = none.item().await.unwrap_err();
    assert!(error.is_decode() && error.to_string().ends_with("it is empty, not struct Item"), "{error}");

    for head in ["200 OK\r\ncontent-type: application/json", "200 OK\r\ncontent-type: text/html", "200 OK"] {
        let empty = said(head, b"").await;
        let error = empty.item().await.unwrap_err();
        assert!(error.to_string().ends_with("it is empty, not struct Item"), "{error}");
        assert_eq!((error.kind(), empty.maybe().await.unwrap()), (ErrorKind::Decode, None));
    }
}

// ---- 95

/// Members that are none are left out, the status of HTTP wins, and what is no document is the error it would be without.
#[tokio::test]
async fn case_95_hostile_problem_documents() {
    let problem = async |body: &str| {
        let error =
            over_tcp(Fault::answer(&format!("418 x\r\ncontent-type: {PROBLEM}"), body.as_bytes())).await;
        let error = error.item().await.unwrap_err();
        is_readable(&error);
        assert_eq!((error.kind(), error.status()), (ErrorKind::Status, Some(StatusCode::IM_A_TEAPOT)));
        (error.problem::<Map<String, Value>>(), error)
    };
    let (found, error) =
        problem(r#"{"status":"abc","type":"file:///etc/passwd","title":7,"detail":[],"instance":null}"#)
            .await;
    let found = found.unwrap();
    assert_eq!((found.status().as_u16(), found.type_uri()), (418, "file:///etc/passwd"));
    assert_eq!((found.title(), found.detail(), found.instance()), (None, None, None));
    assert!(found.extensions().is_empty() && error.message().is_none(), "{error}");

    let (found, error) = problem(r#"{"status":200,"title":"a\nb\u001b[31m\u202e","detail":"d"}"#).await;
    assert_eq!((found.unwrap().status().as_u16(), error.message()), (418, Some("a b [31m: d")));

    for root in [r#"[{"title":"x"}]"#, "null", "7", "\"x\"", "", "<html>", "{\"title\":", "{\"\\ud800\":1}"] {
        let (found, error) = problem(root).await;
        assert_eq!(found, None, "{root}");
        assert_eq!(error.body().unwrap(), root);
        assert!(matches!(Sorted::from(error), Sorted::Other(e) if e.body().unwrap() == root));
    }

    // Of an error 64 KiB are kept: five megabytes of title are no document any more.
    let huge = format!(r#"{{"detail":"first","title":"{}"}}"#, "t".repeat(5 * MIB));
    let (found, error) = problem(&huge).await;
    assert_eq!((found, error.body().unwrap().len(), error.message()), (None, KEPT, Some("first")));
    // As a success they are one, and still no line of a log.
    let whole = typed(200, PROBLEM, huge.as_bytes()).problem().await.unwrap();
    assert_eq!((whole.title().map(str::len), whole.to_string().chars().count()), (Some(5 * MIB), 501));
    assert!(typed(200, PROBLEM, b"[]").problem().await.unwrap_err().is_decode());
    let members = format!("{{{}\"title\":\"x\"}}", "\"title\":1,".repeat(5_000));
    assert_eq!(problem(&members).await.0.unwrap().title(), Some("x"), "the last of many counts");
}

// ---- long bodies

/// 64 MiB are a body, a byte more is none; of an error the beginning is kept.
#[tokio::test]
async fn sixty_four_megabytes() {
    let whole = vec![b' '; 64 * MIB];
    let api = typed(200, JSON, &whole);
    assert_eq!(api.bytes().await.unwrap().len(), 64 * MIB);
    api.unit().await.unwrap();
    assert_eq!(api.maybe().await.unwrap(), None);
    let error = api.item().await.unwrap_err();
    is_readable(&error);
    assert!(error.is_decode() && error.body().unwrap().len() <= KEPT, "{error}");
    let error = typed(500, JSON, &whole).item().await.unwrap_err();
    assert_eq!(error.body().unwrap().len(), KEPT);

    let more = vec![b' '; 64 * MIB + 1];
    let api = typed(200, JSON, &more);
    assert_eq!(letters(&api).await, "LLLLLLLLLL");
    let error = api.unit().await.unwrap_err();
    assert!(error.to_string().ends_with("(the body is longer than 67108864 bytes)"), "{error}");
    assert_eq!(letter(typed(200, JSON, &more[..101]).bytes().max_body(100).await), 'L');
}

/// A body without an end: what is held of it is the limit and little more. In a process of its own, which is measured.
#[test]
#[cfg(target_os = "linux")]
fn memory_has_a_limit() {
    const CHILD: &str = "APICLIENT_MEASURED";
    let Ok(what) = std::env::var(CHILD) else {
        for what in ["success", "error"] {
            let test = std::process::Command::new(std::env::current_exe().unwrap())
                .args(["--exact", "memory_has_a_limit", "--nocapture"])
                .env(CHILD, what)
                .output()
                .unwrap();
            assert!(test.status.success(), "{what}: {}", String::from_utf8_lossy(&test.stderr));
        }
        return;
    };
    let run = async {
        let (status, kind) =
            if what == "success" { (200, ErrorKind::TooLarge) } else { (500, ErrorKind::Status) };
        let mut chunk = b"10000\r\n".to_vec();
        chunk.resize(7 + (64 << 10), b'[');
        chunk.extend_from_slice(b"\r\n");
        let head = format!("HTTP/1.1 {status} x\r\ntransfer-encoding: chunked\r\n\r\n");
        let before = peak();
        let error = over_tcp(Fault::flood(head, chunk)).await.value().await.unwrap_err();
        assert_eq!(error.kind(), kind, "{error}");
        let limit = if what == "success" { 160 * MIB } else { 8 * MIB };
        let used = peak() - before;
        assert!(used <= limit, "{used} bytes");
    };
    tokio::runtime::Builder::new_current_thread().enable_all().build().unwrap().block_on(run);
}

/// The most memory that this process has had, in bytes.
#[cfg(target_os = "linux")]
fn peak() -> usize {
    let status = std::fs::read_to_string("/proc/self/status").unwrap();
    let line = status.lines().find_map(|line| line.strip_prefix("VmHWM:")).unwrap();
    line.trim().trim_end_matches(" kB").parse::<usize>().unwrap() << 10
}

// ---- headers

/// As many and as long as a transport of one's own lets through, and as TCP does.
#[tokio::test]
async fn a_hundred_headers_of_eight_kilobytes() {
    let value = "v".repeat(8 << 10);
    let names: Vec<_> = (0..99).map(|n| format!("x-{n}")).collect();
    let mut headers: Vec<(&str, &[u8])> = names.iter().map(|name| (&**name, value.as_bytes())).collect();
    headers.push(("x-request-id", value.as_bytes()));
    let error = answering(500, &headers, b"").item().await.unwrap_err();
    is_readable(&error);
    assert_eq!((error.headers().unwrap().len(), error.request_id()), (100, None));
    assert_eq!(error.to_string(), "GET /item: 500 Internal Server Error");
    assert_eq!(letters(&answering(200, &headers, br#"{"id":1,"data":{"id":1}}"#)).await, "..........");

    // The transport's own limit: a typed error, and no memory for ever.
    let head =
        headers.iter().fold("200 OK".to_owned(), |head, (name, _)| format!("{head}\r\n{name}: {value}"));
    let error = over_tcp(Fault::answer(&head, b"")).await.unit().await.unwrap_err();
    is_readable(&error);
    assert_eq!(error.kind(), ErrorKind::Transport, "{error}");
    let few = headers[..40]
        .iter()
        .fold("200 OK".to_owned(), |head, (name, _)| format!("{head}\r\n{name}: {value}"));
    over_tcp(Fault::answer(&few, b"")).await.unit().await.unwrap();
}

#[derive(Debug, thiserror::Error, ApiError)]
enum Marked {
    #[error("a mark of letters: {0}")]
    #[api(status = 400)]
    Letters(#[api(header("x-mark"))] String),
    #[error("a mark of bytes")]
    #[api(status = 400..=401)]
    Raw(#[api(header("x-mark"))] Bytes),
    #[error(transparent)]
    #[api(other)]
    Other(Error),
}

#[tokio::test]
async fn values_that_are_not_ascii() {
    for (value, expected) in [(&b"a"[..], "a"), ("ü".as_bytes(), "ü"), (b"\xff\xfe", ""), (b"\x80", "")] {
        let names = ["x-mark", "x-request-id", "retry-after", "date", "location", "content-language", "etag"];
        let headers: Vec<(&str, &[u8])> = names.iter().map(|name| (*name, value)).collect();
        let error = answering(400, &headers, b"").item().await.unwrap_err();
        is_readable(&error);
        assert_eq!(error.retry_after(), None);
        assert_eq!(error.request_id(), (value == b"a").then_some("a"));
        match Marked::from(error) {
            Marked::Letters(mark) => assert_eq!(mark, expected),
            Marked::Raw(mark) => assert_eq!((&mark[..], expected), (value, "")),
            Marked::Other(error) => panic!("{error}"),
        }
    }
}

/// What an id cannot be is not shown as one; the next name has its turn.
#[tokio::test]
async fn ids_that_are_none() {
    for id in [&b""[..], b"a\tb", b"\xe2\x80\xaeabc", &[b'x'; 129]] {
        let headers = [("x-request-id", id), ("x-trace-id", b"t-1")];
        let error = answering(500, &headers, b"").item().await.unwrap_err();
        is_readable(&error);
        assert_eq!(error.request_id(), Some("t-1"), "{id:?}");
    }
}

/// RFC 9110, section 10.2.3.
#[tokio::test]
async fn retry_after_in_all_forms() {
    const NOW: &str = "Sun, 06 Nov 1994 08:49:37 GMT";
    const SOON: &str = "Sun, 06 Nov 1994 08:50:07 GMT";
    for (value, date, seconds) in [
        ("0", "", Some(0)),
        ("120", "", Some(120)),
        ("007", "", Some(7)),
        (" 5 ", "", Some(5)),
        ("18446744073709551615", "", Some(u64::MAX)),
        ("18446744073709551616", "", Some(u64::MAX)),
        (&*"9".repeat(4_000), "", Some(u64::MAX)),
        ("-1", "", None),
        ("+1", "", None),
        ("1.5", "", None),
        ("1e3", "", None),
        ("0x10", "", None),
        ("٣", "", None),
        ("", "", None),
        ("5, 6", "", None),
        ("5s", "", None),
        ("soon", NOW, None),
        (SOON, NOW, Some(30)),
        (SOON, "", None),
        (SOON, "yesterday", None),
        (NOW, SOON, Some(0)),
        ("Sunday, 06-Nov-94 08:50:07 GMT", NOW, Some(30)),
        ("Sun Nov  6 08:50:07 1994", NOW, Some(30)),
        ("Sun, 06 Nov 1994 08:50:07 +0100", NOW, None),
        ("Sun, 99 Nov 1994 08:50:07 GMT", NOW, None),
        ("Fri, 31 Dec 9999 23:59:59 GMT", NOW, Some(252_618_189_022)),
    ] {
        let headers = [("retry-after", value.as_bytes()), ("date", date.as_bytes())];
        let headers = if date.is_empty() { &headers[..1] } else { &headers };
        let error = answering(503, headers, b"").item().await.unwrap_err();
        assert_eq!(error.retry_after(), seconds.map(Duration::from_secs), "{value} {date}");
        assert!(error.is_retryable());
    }
    let twice =
        answering(429, &[("retry-after", b"1"), ("retry-after", b"2")], b"").item().await.unwrap_err();
    assert_eq!(twice.retry_after(), Some(Duration::from_secs(2)), "the longest");
    assert_eq!(testing::error(429, "").retry_after(), None);
}

#[tokio::test]
async fn media_types_that_are_none() {
    let long = format!("text/html; {}", "x".repeat(8 << 10));
    let longer = "x".repeat(8 << 10);
    for media_type in [
        &b""[..],
        b" ",
        b";",
        b"/",
        b"json",
        b"a/b/c",
        b"application/json, text/html",
        b"APPLICATION/JSON\t;charset",
        b"\xff\xfe",
        "text/\u{202e}lmth".as_bytes(),
        b"text/html\tx",
        b"*/*",
        b"multipart/mixed",
        long.as_bytes(),
        longer.as_bytes(),
    ] {
        let header = [("content-type", media_type)];
        let fine = answering(200, &header, br#"{"id":1,"data":{"id":1}}"#);
        assert_eq!(letters(&fine).await, "..........", "{media_type:?}");
        for body in ["{", "<html>", "no", "\0"] {
            let error = answering(200, &header, body.as_bytes()).item().await.unwrap_err();
            is_readable(&error);
            assert!(error.is_decode(), "{error}");
            let error = answering(400, &header, body.as_bytes()).item().await.unwrap_err();
            is_readable(&error);
            assert_eq!((error.kind(), &error.body().unwrap()[..]), (ErrorKind::Status, body.as_bytes()));
        }
    }
}
