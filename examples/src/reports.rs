//! A service with a token endpoint, for the example of that name: tokens live for a second.

use crate::listen;
use http_body_util::{BodyExt, Full};
use hyper::{
    Method, Request, Response,
    body::{Bytes, Incoming},
};
use std::{
    convert::Infallible,
    io,
    sync::{
        Arc,
        atomic::{AtomicU64, Ordering},
    },
};

/// Starts the service; the URL of its API and that of its token endpoint.
///
/// # Errors
///
/// If no loopback port can be had.
pub async fn serve() -> io::Result<(String, String)> {
    let issued = Arc::new(AtomicU64::new(0));
    let at = listen("127.0.0.1:0", move |request| answer(request, issued.clone())).await?;
    Ok((format!("http://{at}/v1"), format!("http://{at}/token")))
}

/// The token of now is good, and none before it.
async fn answer(
    request: Request<Incoming>,
    issued: Arc<AtomicU64>,
) -> Result<Response<Full<Bytes>>, Infallible> {
    let (head, body) = request.into_parts();
    let body = body.collect().await.map(|body| body.to_bytes()).unwrap_or_default();
    let says = |name: &str| head.headers.get(name).and_then(|value| value.to_str().ok()).unwrap_or_default();
    // `reports:not so secret`, each as in a form.
    let is_known = says("authorization") == "Basic cmVwb3J0czpub3Qrc28rc2VjcmV0";
    let is_good = says("authorization") == format!("Bearer token-{}", issued.load(Ordering::Relaxed));
    let (status, json) = match (&head.method, head.uri.path()) {
        (&Method::POST, "/token") if is_known && body.starts_with(b"grant_type=client_credentials") => {
            let number = issued.fetch_add(1, Ordering::Relaxed) + 1;
            (200, format!(r#"{{"access_token":"token-{number}","token_type":"Bearer","expires_in":1}}"#))
        }
        (&Method::POST, "/token") => (401, r#"{"error":"invalid_client"}"#.to_owned()),
        (_, path) if is_good => {
            let token = issued.load(Ordering::Relaxed);
            (200, format!(r#"{{"name":"{}","token":{token}}}"#, path.trim_start_matches("/v1/reports/")))
        }
        _ => (401, r#"{"message":"who is that?"}"#.to_owned()),
    };
    let mut response = Response::new(Full::from(json));
    *response.status_mut() = hyper::StatusCode::from_u16(status).unwrap_or_default();
    response
        .headers_mut()
        .insert("content-type", hyper::header::HeaderValue::from_static("application/json"));
    Ok(response)
}
