//! One request of a client, asked of the stub and answered as a server can.

use super::Stub;
use crate::{
    answer::Reply,
    request::Prepared,
    testing::stub::Asked,
    time::Clock,
    transport::{TransportError, TransportErrorKind},
};
use bytes::Bytes;
use http::{
    HeaderValue, Method, Request, Response, StatusCode, Uri,
    header::{CONTENT_LENGTH, CONTENT_TYPE, HOST, TRANSFER_ENCODING},
    request::Parts,
    uri::{Authority, PathAndQuery, Scheme},
};
use http_body_util::{BodyExt, Full, LengthLimitError, Limited};
use hyper::body::{Body, Incoming};
use std::sync::Arc;

/// The longest body of a request, in bytes.
const LONGEST: usize = 64 << 20;

/// Where requests come in.
#[derive(Clone)]
pub(super) struct Desk {
    pub(super) stub: Stub,
    pub(super) clock: Arc<dyn Clock>,
    pub(super) scheme: &'static str,
    /// Of the server, for a request that names no host.
    pub(super) authority: String,
}

impl Desk {
    /// An error ends the connection without an answer; of HTTP/2, the stream.
    pub(super) async fn exchange(
        self,
        request: Request<Incoming>,
    ) -> Result<Response<Full<Bytes>>, TransportError> {
        let (head, body) = request.into_parts();
        let method = head.method.clone();
        let reply = match read(body).await? {
            Some(body) => self.ask(head, body).await?,
            None => plain(413, format!("a test server reads bodies of up to {LONGEST} bytes")),
        };
        Ok(response(&method, reply))
    }

    async fn ask(&self, head: Parts, body: Bytes) -> Result<Reply, TransportError> {
        let Some(url) = self.url(&head) else {
            return Ok(plain(400, "the `Host` of the request is none"));
        };
        let request =
            Prepared { method: head.method, url, headers: head.headers, body: body.into(), safe: None };
        let asked = Asked { request, endpoint: None, base_path: "" };
        match self.stub.answer(asked, &*self.clock).await {
            Ok(reply) if reply.status.is_informational() => {
                Ok(plain(500, format!("the stub answered with {}, which is no last answer", reply.status)))
            }
            Err(e) if !is_silent(e.kind()) => Ok(plain(500, e.to_string())),
            result => result,
        }
    }

    /// Scheme and host as the client has sent them.
    fn url(&self, head: &Parts) -> Option<Uri> {
        let authority = match (head.uri.authority(), head.headers.get(HOST)) {
            (Some(authority), _) => authority.clone(),
            (None, Some(host)) => Authority::try_from(host.as_bytes()).ok()?,
            (None, None) => Authority::try_from(&*self.authority).ok()?,
        };
        let scheme = head.uri.scheme().cloned().or_else(|| Scheme::try_from(self.scheme).ok())?;
        // `OPTIONS *` is for the whole server, `CONNECT` has no path.
        let target = head.uri.path_and_query().filter(|target| *target != "*").cloned();
        let target = target.unwrap_or_else(|| PathAndQuery::from_static("/"));
        Uri::builder().scheme(scheme).authority(authority).path_and_query(target).build().ok()
    }
}

/// Failures in which a client gets no answer.
fn is_silent(kind: TransportErrorKind) -> bool {
    matches!(kind, TransportErrorKind::Connect | TransportErrorKind::Broken)
}

/// The whole body; none if it is too long.
async fn read(body: Incoming) -> Result<Option<Bytes>, TransportError> {
    if body.size_hint().lower() > LONGEST as u64 {
        return Ok(None);
    }
    match Limited::new(body, LONGEST).collect().await {
        Ok(body) => Ok(Some(body.to_bytes())),
        Err(e) if e.is::<LengthLimitError>() => Ok(None),
        Err(e) => Err(TransportError::new(TransportErrorKind::Broken, e)),
    }
}

fn plain(status: u16, text: impl Into<Bytes>) -> Reply {
    Reply::new(status, text).with_header(CONTENT_TYPE, HeaderValue::from_static("text/plain; charset=utf-8"))
}

/// A reply on its way: how its body is framed is the server's affair, whatever the stub says about it.
fn response(method: &Method, reply: Reply) -> Response<Full<Bytes>> {
    let Reply { status, mut headers, body, .. } = reply;
    headers.remove(TRANSFER_ENCODING);
    let said = headers.remove(CONTENT_LENGTH).and_then(|length| length.to_str().ok()?.parse::<u64>().ok());
    let is_empty = matches!(status, StatusCode::NO_CONTENT | StatusCode::NOT_MODIFIED);
    let body = match *method {
        _ if is_empty => Bytes::new(),
        Method::HEAD => {
            let length = said.map_or_else(|| HeaderValue::from(body.len()), HeaderValue::from);
            headers.insert(CONTENT_LENGTH, length);
            Bytes::new()
        }
        _ => body,
    };
    let mut response = Response::new(Full::new(body));
    *response.status_mut() = status;
    *response.headers_mut() = headers;
    response
}
