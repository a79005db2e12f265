//! The server that the examples talk to: notes in memory, on a loopback socket, for as long as the example runs.

pub mod inventory;
pub mod reports;
pub mod shop;

use http_body_util::{BodyExt, Full};
use hyper::{
    Method, Request, Response, StatusCode,
    body::{Bytes, Incoming},
    service::service_fn,
};
use percent_encoding::percent_decode_str;
use serde_json::{Value, json};
use std::{
    collections::BTreeMap,
    convert::Infallible,
    error::Error,
    io,
    net::SocketAddr,
    sync::{Arc, Mutex, PoisonError},
};
use tokio::net::TcpListener;

#[derive(Debug, Default)]
struct Notes {
    notes: BTreeMap<u64, Value>,
    last: u64,
}

type Shared = Arc<Mutex<Notes>>;
/// Of a server.
pub type Answer = Response<Full<Bytes>>;

/// Starts the server; the base URL to reach it by.
///
/// # Errors
///
/// If no loopback port can be had.
pub async fn serve() -> io::Result<String> {
    let notes = Shared::default();
    let at = listen("127.0.0.1:0", move |request| answer(request, notes.clone())).await?;
    Ok(format!("http://{at}/v1"))
}

/// Answers whoever connects to this address, for as long as the program runs; the address, with the port that it has got. An error closes the connection,
/// without an answer.
///
/// # Errors
///
/// If the address cannot be had.
pub async fn listen<F, W, E>(at: &str, answer: F) -> io::Result<SocketAddr>
where
    F: Fn(Request<Incoming>) -> W + Clone + Send + 'static,
    W: Future<Output = Result<Answer, E>> + Send + 'static,
    E: Into<Box<dyn Error + Send + Sync>> + 'static,
{
    let listener = TcpListener::bind(at).await?;
    let at = listener.local_addr()?;
    tokio::spawn(async move {
        while let Ok((stream, _)) = listener.accept().await {
            let service = service_fn(answer.clone());
            let io = hyper_util::rt::TokioIo::new(stream);
            tokio::spawn(hyper::server::conn::http1::Builder::new().serve_connection(io, service));
        }
    });
    Ok(at)
}

async fn answer(request: Request<Incoming>, notes: Shared) -> Result<Answer, Infallible> {
    let (head, body) = request.into_parts();
    let body = body.collect().await.map(|b| b.to_bytes()).unwrap_or_default();
    let sent: Value = serde_json::from_slice(&body).unwrap_or_default();
    let path: Vec<&str> = head.uri.path().trim_start_matches("/v1/").split('/').collect();
    let answer = match (&head.method, &path[..]) {
        (&Method::GET, ["motd"]) => plain("text/plain", "Write it down."),
        (&Method::GET, ["export"]) => plain("application/octet-stream", "\u{1}\u{2}\u{3}"),
        (&Method::GET, ["maintenance"]) => plain("text/html", "<html><h1>Back soon</h1></html>"),
        (&Method::GET, ["slow"]) => std::future::pending().await,
        (method, ["notes", rest @ ..]) => {
            let query = head.uri.query().unwrap_or_default();
            stored(&mut notes.lock().unwrap_or_else(PoisonError::into_inner), method, rest, query, sent)
        }
        _ => reply(404, &json!({"message": "no such page"})),
    };
    Ok(answer)
}

/// What can be done with the notes.
fn stored(notes: &mut Notes, method: &Method, path: &[&str], query: &str, sent: Value) -> Answer {
    match (method.as_str(), path) {
        ("GET", []) => {
            let tags = query.split('&').filter_map(|pair| pair.strip_prefix("tag="));
            let tags: Vec<_> = tags.map(|tag| percent_decode_str(tag).decode_utf8_lossy()).collect();
            let has = |note: &&Value| {
                tags.iter()
                    .all(|tag| note["tags"].as_array().is_some_and(|own| own.iter().any(|t| t == &**tag)))
            };
            reply(200, &json!(notes.notes.values().filter(has).collect::<Vec<_>>()))
        }
        ("HEAD", []) => plain("application/json", ""),
        ("OPTIONS", []) => plain("text/plain", "GET, POST, HEAD, OPTIONS"),
        ("POST", []) if sent["text"].as_str().is_none_or(str::is_empty) => {
            reply(422, &json!({"message": "a note needs a text"}))
        }
        ("POST", []) => {
            notes.last += 1;
            let mut note = json!({"id": notes.last, "tags": []});
            merge(&mut note, sent);
            notes.notes.insert(notes.last, note.clone());
            reply(201, &note)
        }
        (method, [id]) => one(notes, method, id.parse().unwrap_or(0), sent),
        _ => reply(404, &json!({"message": "no such page"})),
    }
}

fn one(notes: &mut Notes, method: &str, id: u64, sent: Value) -> Answer {
    let Some(note) = notes.notes.get_mut(&id) else {
        return reply(404, &json!({"message": format!("there is no note {id}")}));
    };
    match method {
        "GET" => reply(200, note),
        "PUT" | "PATCH" => {
            merge(note, sent);
            reply(200, note)
        }
        "DELETE" => {
            notes.notes.remove(&id);
            reply(204, &Value::Null)
        }
        _ => reply(405, &json!({"message": "not with a note"})),
    }
}

fn merge(note: &mut Value, sent: Value) {
    if let (Some(note), Value::Object(sent)) = (note.as_object_mut(), sent) {
        note.extend(sent.into_iter().filter(|(key, _)| key != "id"));
    }
}

fn reply(status: u16, value: &Value) -> Answer {
    let body = if value.is_null() { String::new() } else { value.to_string() };
    let mut answer = plain("application/json", &body);
    *answer.status_mut() = StatusCode::from_u16(status).unwrap_or_default();
    answer
}

fn plain(media_type: &'static str, text: &str) -> Answer {
    let mut answer = Response::new(Full::from(text.to_owned()));
    answer.headers_mut().insert("content-type", hyper::header::HeaderValue::from_static(media_type));
    answer.headers_mut().insert("x-request-id", hyper::header::HeaderValue::from_static("demo-1"));
    answer
}
