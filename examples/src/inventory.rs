//! A service of many items for the example `service`: of a hundred requests for one, five go wrong.

use crate::listen;
use http_body_util::{BodyExt, Full};
use hyper::{
    Method, Request, Response,
    body::{Bytes, Incoming},
    header::HeaderValue,
};
use std::{
    io,
    sync::{
        Arc,
        atomic::{AtomicU64, Ordering},
    },
    time::Duration,
};

/// How long a token lives.
const LIFE: u64 = 10;

/// Starts the service; its base URL, and that of its token endpoint.
///
/// # Errors
///
/// If no loopback port can be had.
pub async fn serve() -> io::Result<(String, String)> {
    let requests = Arc::new(AtomicU64::new(0));
    let at = listen("127.0.0.1:0", move |request| answer(request, requests.clone())).await?;
    Ok((format!("http://{at}/v1"), format!("http://{at}/token")))
}

/// An error closes the connection, without an answer.
async fn answer(request: Request<Incoming>, requests: Arc<AtomicU64>) -> io::Result<Response<Full<Bytes>>> {
    let (head, body) = request.into_parts();
    let _ = body.collect().await;
    let has_token =
        head.headers.get("authorization").is_some_and(|value| value.as_bytes().starts_with(b"Bearer "));
    match (&head.method, head.uri.path()) {
        (&Method::POST, "/token") => Ok(reply(
            200,
            format!(r#"{{"access_token":"token-of-the-day","token_type":"Bearer","expires_in":{LIFE}}}"#),
        )),
        (&Method::GET, "/v1/health") => Ok(reply(200, r#"{"status":"pass"}"#)),
        (&Method::GET, path) if has_token => {
            let id = path.trim_start_matches("/v1/items/").parse().unwrap_or(0);
            item(id, requests.fetch_add(1, Ordering::Relaxed)).await
        }
        _ => Ok(reply(401, r#"{"message":"who is that?"}"#)),
    }
}

/// One item, by the how many-th request.
async fn item(id: u64, number: u64) -> io::Result<Response<Full<Bytes>>> {
    match (number % 100, id) {
        (7 | 87, _) => Ok(reply(503, r#"{"message":"try again"}"#)),
        (27, _) => Err(io::ErrorKind::ConnectionReset.into()),
        (47, _) => {
            let mut response = reply(429, r#"{"message":"not so fast"}"#);
            response.headers_mut().insert("retry-after", HeaderValue::from_static("0"));
            Ok(response)
        }
        (67, _) => {
            tokio::time::sleep(Duration::from_millis(80)).await;
            Ok(reply(200, stock(id)))
        }
        // Some are wrong whenever they are asked for.
        (_, 0) => Ok(reply(404, r#"{"message":"no such item"}"#)),
        (_, id) if id % 2_500 == 0 => Ok(reply(404, r#"{"message":"it is sold out for good"}"#)),
        (_, 1_234) => Ok(reply(200, r#"{"id":1234,"stock":"many"}"#)),
        (_, id) => Ok(reply(200, stock(id))),
    }
}

fn stock(id: u64) -> String {
    format!(r#"{{"id":{id},"stock":{}}}"#, id % 17)
}

fn reply(status: u16, json: impl Into<Bytes>) -> Response<Full<Bytes>> {
    let mut response = Response::new(Full::from(json.into()));
    *response.status_mut() = hyper::StatusCode::from_u16(status).unwrap_or_default();
    response.headers_mut().insert("content-type", HeaderValue::from_static("application/json"));
    response
}
