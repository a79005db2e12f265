//! Packed bodies of any kind, in pieces of any size: an answer or an error, never more than may be; and what was packed comes out
//! as it was.
#![no_main]

use apiclient::{
    Bytes, Client, HeaderMap, HeaderValue, Method, Retry, StatusCode,
    http::header::CONTENT_ENCODING,
    testing::ManualClock,
    transport::{Attempt, BoxFuture, Reply, Transport, TransportError},
};
use flate2::{Compression, write::GzEncoder, write::ZlibEncoder};
use libfuzzer_sys::fuzz_target;
use std::{
    future::{Future, ready},
    io::Write,
    pin::pin,
    task::{Context, Poll, Waker},
};

const MOST: usize = 64 << 10;
const CODINGS: [&str; 8] =
    ["gzip", "deflate", "br", "zstd", "gzip, br", "zstd, gzip", "deflate, deflate", "br, identity, x-gzip"];

/// Answers with one body, in pieces.
#[derive(Debug)]
struct Pieces {
    status: StatusCode,
    coding: &'static str,
    body: Vec<u8>,
    size: usize,
}

impl Pieces {
    fn answer(&self, attempt: &Attempt<'_>) -> Result<Reply, TransportError> {
        let headers = HeaderMap::from_iter([(CONTENT_ENCODING, HeaderValue::from_static(self.coding))]);
        let mut collector = attempt.collector(self.status, &headers)?;
        for piece in self.body.chunks(self.size) {
            if !collector.push(Bytes::copy_from_slice(piece))? {
                break;
            }
        }
        Ok(Reply::from_parts(self.status, headers, collector.finish()?))
    }
}

impl Transport for Pieces {
    fn send<'a>(&'a self, attempt: Attempt<'a>) -> BoxFuture<'a, Result<Reply, TransportError>> {
        Box::pin(ready(self.answer(&attempt)))
    }
}

fn unpack(pieces: Pieces) -> Result<Bytes, apiclient::Error> {
    let client = Client::builder().base_url("http://fuzz.test").transport(pieces).clock(ManualClock::new());
    let call =
        client.max_body(MOST).retry(Retry::none()).build().unwrap().call(Method::GET, "/").fetch::<Bytes>();
    match pin!(call).poll(&mut Context::from_waker(Waker::noop())) {
        Poll::Ready(result) => result,
        Poll::Pending => panic!("nothing is waited for"),
    }
}

fuzz_target!(|input: &[u8]| {
    let [how, size, body @ ..] = input else { return };
    let size = usize::from(*size) + 1;
    let coding = CODINGS[usize::from(how & 7)];
    let status = if how & 8 == 0 { StatusCode::OK } else { StatusCode::BAD_GATEWAY };
    match unpack(Pieces { status, coding, body: body.to_vec(), size }) {
        Ok(plain) => assert!(plain.len() <= MOST && status == StatusCode::OK),
        Err(e) => assert!(e.body().is_none_or(|body| body.len() <= MOST), "{e:?}"),
    }
    if body.len() <= MOST {
        let mut gzip = GzEncoder::new(Vec::new(), Compression::fast());
        gzip.write_all(body).unwrap();
        let mut zlib = ZlibEncoder::new(Vec::new(), Compression::fast());
        zlib.write_all(body).unwrap();
        for (coding, packed) in [("gzip", gzip.finish().unwrap()), ("deflate", zlib.finish().unwrap())] {
            let pieces = Pieces { status: StatusCode::OK, coding, body: packed, size };
            assert_eq!(unpack(pieces).unwrap(), body, "{coding}");
        }
    }
});
