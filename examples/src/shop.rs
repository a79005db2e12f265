//! A shop with sessions, for the example `session`: ada may log in, and has a cart.

use crate::listen;
use http_body_util::{BodyExt, Full};
use hyper::{
    Method, Request, Response,
    body::{Bytes, Incoming},
};
use std::{
    collections::BTreeSet,
    convert::Infallible,
    io,
    sync::{Arc, Mutex, PoisonError},
};

#[derive(Default)]
struct Sessions {
    last: u64,
    open: BTreeSet<String>,
}

/// Starts the shop; its URL.
///
/// # Errors
///
/// If no loopback port can be had.
pub async fn serve() -> io::Result<String> {
    let sessions = Arc::new(Mutex::new(Sessions::default()));
    let at = listen("127.0.0.1:0", move |request| answer(request, sessions.clone())).await?;
    Ok(format!("http://{at}"))
}

async fn answer(
    request: Request<Incoming>,
    sessions: Arc<Mutex<Sessions>>,
) -> Result<Response<Full<Bytes>>, Infallible> {
    let (head, body) = request.into_parts();
    let body = body.collect().await.map(|body| body.to_bytes()).unwrap_or_default();
    let cookie = head.headers.get("cookie").and_then(|value| value.to_str().ok()).unwrap_or_default();
    let sid = cookie.strip_prefix("sid=").unwrap_or_default().to_owned();
    let mut sessions = sessions.lock().unwrap_or_else(PoisonError::into_inner);
    let is_open = sessions.open.contains(&sid);
    let (status, json) = match (&head.method, head.uri.path()) {
        (&Method::POST, "/sessions") if body == "user=ada&password=correct+horse" => {
            sessions.last += 1;
            let id = format!("s-{}", sessions.last);
            let json = format!(r#"{{"id":"{id}","seconds":3600}}"#);
            sessions.open.insert(id);
            (201, json)
        }
        (&Method::POST, "/sessions") => (403, r#"{"message":"wrong name or password"}"#.to_owned()),
        _ if !is_open => (401, r#"{"message":"who is that?"}"#.to_owned()),
        (&Method::DELETE, "/sessions") => {
            sessions.open.remove(&sid);
            (204, String::new())
        }
        (_, "/cart") => (200, r#"["apples","pears"]"#.to_owned()),
        _ => (404, r#"{"message":"there is no such thing"}"#.to_owned()),
    };
    let mut response = Response::new(Full::from(json));
    *response.status_mut() = hyper::StatusCode::from_u16(status).unwrap_or_default();
    response
        .headers_mut()
        .insert("content-type", hyper::header::HeaderValue::from_static("application/json"));
    Ok(response)
}
