//! Loopback HTTP/1.1 server with prebuilt answers. Prints each request's head with `--dump`.
use bytes::Bytes;
use http_body_util::{BodyExt, Full};
use hyper::body::Incoming;
use hyper::header::{CACHE_CONTROL, CONTENT_TYPE, ETAG};
use hyper::{Method, Request, Response, StatusCode, service::service_fn};
use hyper_util::rt::TokioIo;
use std::convert::Infallible;
use std::sync::Arc;

struct Data {
    user: Bytes,
    list: Bytes,
    large: Bytes,
    dump: bool,
}

type Out = Full<Bytes>;

async fn answer(d: Arc<Data>, req: Request<Incoming>) -> Result<Response<Out>, Infallible> {
    if d.dump {
        eprintln!("{} {} {:?}", req.method(), req.uri(), req.headers());
    }
    let json = |st: StatusCode, b: &Bytes| {
        Response::builder()
            .status(st)
            .header(CONTENT_TYPE, "application/json; charset=utf-8")
            .header(CACHE_CONTROL, "private, max-age=60")
            .header(ETAG, "\"0123456789abcdef0123456789abcdef\"")
            .header("x-request-id", "8d1f2c3b-0000-4000-8000-0123456789ab")
            .body(Full::new(b.clone()))
            .unwrap()
    };
    let path = req.uri().path();
    let r = match (req.method(), path) {
        (&Method::GET, "/users") => json(StatusCode::OK, &d.list),
        (&Method::GET, "/large") => json(StatusCode::OK, &d.large),
        (&Method::POST, "/users") => {
            let b = req.into_body().collect().await.unwrap().to_bytes();
            let ok = serde_json::from_slice::<common::NewUser>(&b).is_ok();
            json(if ok { StatusCode::CREATED } else { StatusCode::BAD_REQUEST }, &d.user)
        }
        (&Method::GET, p) if p.starts_with("/users/") || p.starts_with("/r") => json(StatusCode::OK, &d.user),
        _ => json(StatusCode::NOT_FOUND, &d.user),
    };
    Ok(r)
}

fn main() {
    let mut large = Vec::new();
    let mut len = 2;
    while len < 1 << 20 {
        let u = common::user(large.len() as u64);
        len += serde_json::to_vec(&u).unwrap().len() + 1;
        large.push(u);
    }
    let data = Arc::new(Data {
        user: serde_json::to_vec(&common::user(42)).unwrap().into(),
        list: serde_json::to_vec(&(0..30).map(common::user_full).collect::<Vec<_>>()).unwrap().into(),
        large: serde_json::to_vec(&large).unwrap().into(),
        dump: std::env::args().any(|a| a == "--dump"),
    });
    eprintln!("user {} B, list {} B, large {} B", data.user.len(), data.list.len(), data.large.len());
    let rt = tokio::runtime::Builder::new_current_thread().enable_all().build().unwrap();
    rt.block_on(async move {
        let l = tokio::net::TcpListener::bind(common::ADDR).await.unwrap();
        let local = tokio::task::LocalSet::new();
        local
            .run_until(async move {
                loop {
                    let (s, _) = l.accept().await.unwrap();
                    s.set_nodelay(true).unwrap();
                    let d = data.clone();
                    tokio::task::spawn_local(async move {
                        let _ = hyper::server::conn::http1::Builder::new()
                            .serve_connection(TokioIo::new(s), service_fn(move |r| answer(d.clone(), r)))
                            .await;
                    });
                }
            })
            .await
    });
}
