//! Bodies that arrive packed: asked for, unpacked, and never more than may be.

use apiclient::{
    Bytes, Client, ErrorKind, HeaderValue, Method,
    http::header::{CONTENT_ENCODING, CONTENT_LENGTH, CONTENT_TYPE},
    prelude::*,
    testing::{ManualClock, Stub},
    transport::{Hyper, Reply},
};
use apiclient_tests::{Fault, FaultServer, faults::End};
use flate2::{Compression, FlushCompress, write::GzEncoder};
use std::io::Write;

#[derive(Debug, PartialEq, serde::Deserialize)]
struct Item {
    id: u32,
}

#[api_client(base_url = "http://stub.test")]
#[retry(none)]
trait Items {
    #[get("/item")]
    fn item(&self) -> Call<Item>;
    #[get("/item")]
    fn raw(&self) -> Call<Bytes>;
    #[get("/item")]
    #[header("Range", "bytes=0-9")]
    fn part(&self) -> Call<Bytes>;
    #[get("/item")]
    #[header("Accept-Encoding", "identity")]
    fn plain(&self) -> Call<Bytes>;
    #[head("/item")]
    fn exists(&self) -> Call<()>;
}

const ALL: &str = "gzip, br, zstd, deflate";
const ITEM: &[u8] = br#"{"id":7}"#;

fn gzip(plain: &[u8]) -> Vec<u8> {
    let mut out = GzEncoder::new(Vec::new(), Compression::default());
    out.write_all(plain).unwrap();
    out.finish().unwrap()
}

fn brotli(plain: &[u8]) -> Vec<u8> {
    let (mut out, settings) =
        (Vec::new(), brotli::enc::BrotliEncoderParams { quality: 4, ..Default::default() });
    brotli::BrotliCompress(&mut &*plain, &mut out, &settings).unwrap();
    out
}

fn deflate(plain: &[u8]) -> Vec<u8> {
    let mut out = flate2::write::ZlibEncoder::new(Vec::new(), Compression::default());
    out.write_all(plain).unwrap();
    out.finish().unwrap()
}

fn packed(coding: &str, plain: &[u8]) -> Vec<u8> {
    match coding {
        "gzip" => gzip(plain),
        "br" => brotli(plain),
        "deflate" => deflate(plain),
        _ => zstd::encode_all(plain, 1).unwrap(),
    }
}

/// A stub that answers this, packed in this way.
fn stub(status: u16, coding: &'static str, body: Vec<u8>) -> Stub {
    Stub::with(move |_| {
        let reply = Reply::new(status, body.clone())
            .with_header(CONTENT_TYPE, HeaderValue::from_static("application/json"));
        let length = HeaderValue::from(body.len());
        let reply = reply.with_header(CONTENT_LENGTH, length);
        Ok(reply.with_header(CONTENT_ENCODING, HeaderValue::from_static(coding)))
    })
}

fn items(stub: &Stub) -> ItemsClient {
    ItemsClient::builder().transport(stub.clone()).clock(ManualClock::new()).build().unwrap()
}

#[tokio::test]
async fn each_coding_is_asked_for_and_undone() {
    for coding in ALL.split(", ") {
        let stub = stub(200, coding_name(coding), packed(coding, ITEM));
        let answer = items(&stub).item().send().await.unwrap();
        assert_eq!(answer.body(), &Item { id: 7 }, "{coding}");
        // RFC 9110, section 8.4: both are of the body as it was sent.
        for name in ["content-encoding", "content-length"] {
            assert!(answer.headers().get(name).is_none(), "{coding}: {name}");
        }
        assert_eq!(stub.requests()[0].headers()["accept-encoding"], ALL);
        let all = items(&stub).raw().await.unwrap();
        assert_eq!(all, ITEM);
    }
}

fn coding_name(coding: &str) -> &'static str {
    ALL.split(", ").find(|known| *known == coding).unwrap()
}

#[tokio::test]
async fn nobody_is_asked_who_must_not_be() {
    let stub = Stub::with(|_| Ok(Reply::new(200, "0123456789")));
    let api = items(&stub);
    api.part().await.unwrap();
    api.plain().await.unwrap();
    api.raw().header("Accept-Encoding", "gzip").await.unwrap();
    api.part().header("Accept-Encoding", "gzip").await.unwrap();
    let plain = ItemsClient::builder()
        .transport(stub.clone())
        .clock(ManualClock::new())
        .decompress(false)
        .build()
        .unwrap();
    plain.raw().await.unwrap();
    let asked: Vec<_> = stub
        .requests()
        .iter()
        .map(|sent| sent.headers().get("accept-encoding").map(|v| v.to_str().unwrap().to_owned()))
        .collect();
    let some = |text: &str| Some(text.to_owned());
    assert_eq!(asked, [None, some("identity"), some("gzip"), some("gzip"), None]);
}

/// As it was sent, with its headers.
#[tokio::test]
async fn who_wants_it_packed_gets_it_so() {
    let body = gzip(ITEM);
    let stub = stub(200, "gzip", body.clone());
    let api =
        ItemsClient::builder().transport(stub).clock(ManualClock::new()).decompress(false).build().unwrap();
    let answer = api.raw().send().await.unwrap();
    assert_eq!((answer.headers()["content-encoding"].as_bytes(), &**answer.body()), (&b"gzip"[..], &*body));
    let e = api.item().await.unwrap_err();
    assert_eq!(
        e.to_string(),
        "GET /item: 200 OK, but the body could not be read: it is in the coding `gzip`, which was not undone"
    );
}

#[tokio::test]
async fn an_error_is_unpacked_as_well() {
    let body = gzip(br#"{"message":"nobody has that id"}"#);
    let e = items(&stub(404, "gzip", body)).item().await.unwrap_err();
    assert_eq!(e.to_string(), "GET /item: 404 Not Found: nobody has that id");
    // One that is broken, or too long, is what came of it.
    let long = gzip(&[b'x'; 1 << 20]);
    let e = items(&stub(500, "gzip", long)).item().await.unwrap_err();
    assert_eq!((e.kind(), e.body().unwrap().len()), (ErrorKind::Status, 64 << 10));
    let mut broken = gzip(br#"{"message":"nobody has that id"}"#);
    broken.truncate(broken.len() - 9);
    let e = items(&stub(500, "gzip", broken)).item().await.unwrap_err();
    assert_eq!(e.kind(), ErrorKind::Status);
}

/// There is no body, and so there is no coding of it.
#[tokio::test]
async fn answers_without_a_body() {
    items(&stub(200, "gzip", gzip(ITEM))).exists().await.unwrap();
    let none = items(&stub(200, "gzip", Vec::new())).raw().await.unwrap();
    assert!(none.is_empty());
    let e = items(&stub(304, "gzip", gzip(ITEM))).raw().await.unwrap_err();
    assert_eq!(e.kind(), ErrorKind::Redirect);
}

#[tokio::test]
async fn case_87_what_cannot_be_unpacked_is_an_error() {
    let short = gzip(ITEM)[..20].to_vec();
    let six = (0..6).fold(ITEM.to_vec(), |body, _| gzip(&body));
    for (coding, body, why) in [
        ("gzip", short, "it is broken, or not in the coding that it says"),
        ("gzip", ITEM.to_vec(), "it is broken, or not in the coding that it says"),
        ("br", b"\xff\xff\xff".to_vec(), "it is broken, or not in the coding that it says"),
        ("gzip, gzip, gzip, gzip, gzip, gzip", six, "more than 2 codings, one above the other"),
    ] {
        let e = items(&stub(200, coding, body)).item().await.unwrap_err();
        assert_eq!(e.kind(), ErrorKind::Decode, "{coding}: {e}");
        assert!(e.to_string().contains(why), "{coding}: {e}");
    }
    let e = items(&stub(200, "compress", ITEM.to_vec())).item().await.unwrap();
    assert_eq!(e, Item { id: 7 }, "it was none");
    let e = items(&stub(200, "compress", b"\x1f\x9d\x90".to_vec())).item().await.unwrap_err();
    assert!(e.to_string().contains("it is in the coding `compress`, which was not undone"), "{e}");
}

#[tokio::test]
async fn the_limit_counts_what_comes_out() {
    for coding in ALL.split(", ") {
        // It packs a little, and not very much.
        let plain: Vec<u8> = (0..200_000_u32)
            .flat_map(|n| (n.wrapping_mul(2_654_435_761) >> 28).to_string().into_bytes())
            .collect();
        let name = coding_name(coding);
        let builder = |most| {
            let stub = stub(200, name, packed(coding, &plain));
            ItemsClient::builder().transport(stub).clock(ManualClock::new()).max_body(most).build().unwrap()
        };
        assert_eq!(builder(plain.len()).raw().await.unwrap(), plain, "{coding}");
        let e = builder(plain.len() - 1).raw().await.unwrap_err();
        assert_eq!(e.kind(), ErrorKind::TooLarge, "{coding}: {e}");
    }
}

/// The beginning of a body of `gzip`, and how a megabyte of zeros goes on in it for ever.
fn endless_zeros() -> (Vec<u8>, Vec<u8>) {
    let mut state = flate2::Compress::new(Compression::best(), false);
    let mut block = Vec::with_capacity(1 << 20);
    state.compress_vec(&vec![0; 1 << 20], &mut block, FlushCompress::Full).unwrap();
    (vec![0x1f, 0x8b, 8, 0, 0, 0, 0, 0, 0, 0xff], block)
}

/// Ten gigabytes of zeros and more.
#[test]
#[cfg(target_os = "linux")]
fn case_87_bombs_are_cut_off() {
    const CHILD: &str = "APICLIENT_MEASURED";
    let Ok(what) = std::env::var(CHILD) else {
        for what in ["gzip", "br", "zstd", "deflate", "gzip, br", "error"] {
            let test = std::process::Command::new(std::env::current_exe().unwrap())
                .args(["--exact", "bombs_are_cut_off", "--nocapture"])
                .env(CHILD, what)
                .output()
                .unwrap();
            assert!(test.status.success(), "{what}: {}", String::from_utf8_lossy(&test.stderr));
        }
        return;
    };
    let run = async {
        let status = if what == "error" { 500 } else { 200 };
        let coding = if what == "error" { "gzip" } else { &*what };
        let head = format!("HTTP/1.1 {status} x\r\ncontent-encoding: {coding}\r\n\r\n").into_bytes();
        let fault = match coding {
            "gzip" => {
                let (begin, block) = endless_zeros();
                Fault::flood([head, begin].concat(), block)
            }
            coding => {
                let last = coding.rsplit(", ").next().unwrap();
                let mut body = packed(last, &vec![0; 100 << 20]);
                if coding == "gzip, br" {
                    body = brotli(&gzip(&vec![0; 100 << 20]));
                }
                Fault::send([head, body].concat()).then(End::Close)
            }
        };
        let server = FaultServer::start(fault).await;
        let transport = Hyper::builder().no_proxy().build().unwrap();
        let api = ItemsClient::builder().base_url(&server.url).transport(transport).clock(ManualClock::new());
        let api = api.build().unwrap();
        let before = now_used();
        let e = api.raw().await.unwrap_err();
        let used = peak_since_clear().saturating_sub(before);
        let kind = if what == "error" { ErrorKind::Status } else { ErrorKind::TooLarge };
        assert_eq!(e.kind(), kind, "{e}");
        if what != "error" {
            assert!(e.to_string().contains("more than 100 times as long as it was sent"), "{e}");
        }
        // The limit of a body, and 8 MiB.
        assert!(used <= 72 << 20, "{used} bytes");
    };
    tokio::runtime::Builder::new_current_thread().enable_all().build().unwrap().block_on(run);
}

/// In bytes; from here on the peak is counted anew.
#[cfg(target_os = "linux")]
fn now_used() -> usize {
    std::fs::write("/proc/self/clear_refs", "5").unwrap();
    status("VmRSS:")
}

#[cfg(target_os = "linux")]
fn peak_since_clear() -> usize {
    status("VmHWM:")
}

#[cfg(target_os = "linux")]
fn status(name: &str) -> usize {
    let status = std::fs::read_to_string("/proc/self/status").unwrap();
    let line = status.lines().find_map(|line| line.strip_prefix(name)).unwrap();
    line.trim().trim_end_matches(" kB").parse::<usize>().unwrap() << 10
}

/// However the pieces fall: each transport reads them as they come.
#[tokio::test]
async fn a_body_in_single_bytes() {
    let body = gzip(ITEM);
    let head = format!("HTTP/1.1 200 OK\r\ncontent-encoding: gzip\r\ncontent-length: {}\r\n\r\n", body.len());
    let server = FaultServer::start(Fault::singly([head.into_bytes(), body].concat())).await;
    for hyper in [true, false] {
        let mut builder = Client::builder().base_url(&server.url);
        if hyper {
            builder = builder.transport(Hyper::builder().no_proxy().build().unwrap());
        }
        let client = builder.clock(ManualClock::new()).build().unwrap();
        assert_eq!(client.call(Method::GET, "/item").fetch::<Item>().await.unwrap(), Item { id: 7 });
    }
}
