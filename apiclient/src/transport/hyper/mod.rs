//! The lean transport: hyper's connections, and a pool of our own. The only folder that names hyper's client.

mod body;
mod builder;
mod connect;
mod line;
mod pool;
mod proxy;
mod resolve;
#[cfg(feature = "rustls")]
mod tls;

pub use builder::HyperBuilder;
pub use resolve::Resolve;

use super::{
    Attempt, BoxFuture, Collector, Progress, Reply, Transport, TransportError, TransportErrorKind,
    certain_progress, check_empty, frame, open,
};
use crate::{address::NotPublic, origin::Origin, time};
use body::Sending;
use bytes::Bytes;
use connect::Connector;
use http::{
    HeaderMap, HeaderValue, Request, Response, StatusCode, Uri,
    header::{HOST, PROXY_AUTHORIZATION},
    uri::PathAndQuery,
};
use hyper::body::Incoming;
use line::{Line, Wire};
use pool::{Key, Patience, Pool, Taken};
use std::{fmt, io, sync::Arc, time::Duration};
use tokio::runtime::Handle;

/// Sends attempts over hyper's own connections: the lean transport. Feature `hyper`.
///
/// A call over it costs less than half of what it costs over `Reqwest`, and it knows more: a request of which
/// nothing was written is sent again at once on another connection, and where a call fails, its
/// [`progress`](crate::Error::progress) says how far it came. It speaks HTTP/1.1 and, with the feature `http2`, HTTP/2; with the
/// feature `rustls`, TLS, checked by the platform's own certificate store.
///
/// It is the default transport where the feature `reqwest` is off, and at hand where both are on:
///
/// ```
/// use apiclient::{Client, transport::Hyper};
///
/// let client = Client::builder().base_url("https://api.example.com").transport(Hyper::new()).build()?;
/// # Ok::<_, apiclient::Error>(())
/// ```
///
/// [`Hyper::builder`] has its settings. One `Hyper` may serve several clients
/// ([`shared_transport`](crate::ClientBuilder::shared_transport)); they then share its connections.
pub struct Hyper {
    pool: Pool,
    connector: Connector,
}

impl Default for Hyper {
    fn default() -> Self {
        Self::new()
    }
}

/// How many idle connections may turn out to be closed before a call makes one of its own.
const MOST_STALE: usize = 8;

impl Hyper {
    /// With the default settings, which [`HyperBuilder`] names.
    pub fn new() -> Self {
        HyperBuilder::new().finish()
    }

    /// The settings of a transport.
    pub fn builder() -> HyperBuilder {
        HyperBuilder::new()
    }

    // An `async fn` keeps each of its arguments twice, and this future is moved into a box.
    #[expect(clippy::manual_async_fn, reason = "half the size")]
    fn exchange<'a>(
        &'a self,
        mut attempt: Attempt<'a>,
        key: Key<'a>,
    ) -> impl Future<Output = Result<Reply, TransportError>> + Send + 'a {
        async move {
            attempt.reached(Progress::NotWritten);
            if attempt.body.bytes().is_none() && attempt.body.is_empty() {
                Box::pin(check_empty(open(attempt.body)?)).await?;
            }
            let mut body = Sending::of(attempt.body)?;
            let body_sent = body.watch();
            let mut load = Load::Body(body);
            let mut stale = 0;
            loop {
                let (mut line, is_fresh) = self.line(&attempt, key, stale < MOST_STALE).await?;
                // It is in nobody's hands while somebody waits: it is large, and so would be this future.
                let request = request(&mut attempt, load, &line)?;
                attempt.reached(Progress::Written);
                let sent = match &mut line.wire {
                    Wire::One { sender, .. } => sender.try_send_request(request).await,
                    #[cfg(feature = "http2")]
                    Wire::Two(sender) => sender.try_send_request(request).await,
                };
                match sent {
                    Ok(mut response) => {
                        let mut collector = collector(&attempt, &response)?;
                        // Of a connection whose answer has an unread rest nothing more can be asked.
                        let is_whole = body::read(response.body_mut(), &mut collector).await?;
                        // A server may answer before it has the body: that is not sent on for nobody.
                        let is_sent = body_sent.as_ref().is_none_or(|sent| sent.is_whole());
                        if is_whole && is_sent && !is_poisoned(response.status()) {
                            self.pool.put(key, line, attempt.clock());
                        }
                        let (status, headers) = (response.status(), std::mem::take(response.headers_mut()));
                        return Ok(Reply::from_parts(status, headers, collector.finish()?));
                    }
                    // Given back unwritten: an idle connection that was closed costs no call.
                    Err(mut e) => match e.take_message() {
                        Some(unsent) if !is_fresh => {
                            attempt.reached(Progress::NotWritten);
                            load = Load::Unsent(Box::new(unsent));
                            stale += 1;
                        }
                        Some(_) => return Err(broken(e.into_error()).with_progress(Progress::NotWritten)),
                        None => return Err(broken(e.into_error()).with_body(body_sent.as_deref())),
                    },
                }
            }
        }
    }

    /// A connection, and whether it was made for this.
    async fn line(
        &self,
        attempt: &Attempt<'_>,
        key: Key<'_>,
        may_be_idle: bool,
    ) -> Result<(Line, bool), TransportError> {
        let mut permit = None;
        let may_share = self.connector.may_share(key.origin);
        let mut patience = Patience::new(may_be_idle, self.pool.is_limited());
        loop {
            match self.pool.take(key, attempt.started, may_share, &mut patience) {
                Taken::Line(mut line) => {
                    line.permit = permit.filter(|_| !line.is_shared());
                    return Ok((line, false));
                }
                Taken::Limited => permit = Box::pin(self.pool.permit(key)).await,
                Taken::Wait(gate) => Box::pin(gate.passed()).await,
                Taken::Busy => tokio::task::yield_now().await,
                Taken::Nothing(gate) => {
                    attempt.reached(Progress::NotConnected);
                    // Boxed: making a connection is rare, and its future is large.
                    let opened = Box::pin(self.open(attempt)).await;
                    let mut line = match opened {
                        Ok(line) => line,
                        Err(e) => {
                            drop((gate, permit));
                            self.pool.forget(key);
                            return Err(e);
                        }
                    };
                    self.pool.opened(key, &line);
                    drop(gate);
                    line.permit = permit.filter(|_| !line.is_shared());
                    attempt.reached(Progress::NotWritten);
                    return Ok((line, true));
                }
            }
        }
    }

    async fn open(&self, attempt: &Attempt<'_>) -> Result<Line, TransportError> {
        if !has_time() {
            let e = "making a connection needs a Tokio runtime that was built with `enable_time`";
            return Err(TransportError::new(TransportErrorKind::Request, e));
        }
        let limit = self.connector.timeout;
        let now = attempt.clock.now();
        // A limit of a thousand years is none.
        let due = now.checked_add(limit).or_else(|| now.checked_add(FAR)).unwrap_or(now);
        let opened =
            time::within(attempt.clock(), due, self.connector.open(attempt.origin, attempt.is_public_only))
                .await;
        let late = || io::Error::new(io::ErrorKind::TimedOut, format!("no connection within {limit:?}"));
        opened.unwrap_or_else(|| Err(late().into())).map_err(|e| match NotPublic::is_cause(&*e) {
            true => TransportError::new(TransportErrorKind::Request, e),
            false => TransportError::new(TransportErrorKind::Connect, e),
        })
    }
}

const FAR: Duration = Duration::from_secs(100 * 365 * 24 * 3600);

/// Whether this runtime can wait: hyper-util's connector would panic in one that cannot, and Tokio has no other way to ask.
#[expect(clippy::disallowed_methods, reason = "it is made, and never waited for")]
fn has_time() -> bool {
    std::panic::catch_unwind(|| drop(tokio::time::sleep(Duration::ZERO))).is_ok()
}

/// As it was before it was addressed to a connection that did not take it: the next may speak another version.
fn restore(request: &mut Request<Sending>) {
    let length = http_body::Body::size_hint(request.body()).exact();
    let method = request.method().clone();
    if let Some(target) = request.uri().path_and_query().cloned() {
        *request.uri_mut() = Uri::from(target);
    }
    request.headers_mut().remove(PROXY_AUTHORIZATION);
    frame(&method, length, request.headers_mut());
}

fn collector<'a>(
    attempt: &Attempt<'a>,
    response: &Response<Incoming>,
) -> Result<Collector<'a>, TransportError> {
    let length = http_body::Body::size_hint(response.body()).exact();
    attempt.collector_of(response.status(), response.headers(), length)
}

/// Statuses that say something about the connection: RFC 9110, sections 15.5.9 and 15.5.20.
fn is_poisoned(status: StatusCode) -> bool {
    matches!(status, StatusCode::REQUEST_TIMEOUT | StatusCode::MISDIRECTED_REQUEST)
}

/// What is to be sent.
enum Load {
    Body(Sending),
    /// Once more, since a connection did not take it.
    Unsent(Box<Request<Sending>>),
}

/// The request as this connection wants it.
fn request(attempt: &mut Attempt<'_>, load: Load, line: &Line) -> Result<Request<Sending>, TransportError> {
    let body = match load {
        Load::Body(body) => body,
        Load::Unsent(mut request) => {
            restore(&mut request);
            line.address(&mut request, false);
            return Ok(*request);
        }
    };
    let target = PathAndQuery::from_maybe_shared(Bytes::copy_from_slice(attempt.target));
    let target = target.map_err(|e| TransportError::new(TransportErrorKind::Request, e))?;
    let length = http_body::Body::size_hint(&body).exact();
    let mut request = Request::new(body);
    *request.method_mut() = attempt.method.clone();
    *request.uri_mut() = Uri::from(target);
    std::mem::swap(request.headers_mut(), &mut attempt.headers);
    frame(attempt.method, length, request.headers_mut());
    line.address(&mut request, attempt.is_ready);
    Ok(request)
}

fn broken(error: hyper::Error) -> TransportError {
    let known = certain_progress(&error);
    let error = TransportError::new(TransportErrorKind::Broken, error);
    match known {
        Some(progress) => error.with_progress(progress),
        None => error,
    }
}

impl Transport for Hyper {
    fn send<'a>(&'a self, attempt: Attempt<'a>) -> BoxFuture<'a, Result<Reply, TransportError>> {
        let Ok(runtime) = Handle::try_current() else {
            let e = "this transport needs a Tokio runtime, and none is running here";
            return Box::pin(std::future::ready(Err(TransportError::new(TransportErrorKind::Request, e))));
        };
        let key = Key::new(attempt.origin, attempt.is_public_only, &runtime);
        Box::pin(self.exchange(attempt, key))
    }

    fn checks_addresses(&self) -> bool {
        true
    }

    fn default_headers(&self, origin: &Origin) -> HeaderMap {
        let host = HeaderValue::from_str(origin.authority());
        host.map(|host| (HOST, host)).into_iter().collect()
    }
}

impl fmt::Debug for Hyper {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.debug_struct("Hyper").field("pool", &self.pool).field("connector", &self.connector).finish()
    }
}

const _: fn(Arc<Hyper>) -> Arc<dyn Transport> = |hyper| hyper;

#[cfg(test)]
mod tests {
    use super::*;
    use http::{Method, header::TRANSFER_ENCODING};

    /// What HTTP/2 and proxies make of a request is undone for the next connection.
    #[test]
    fn a_request_that_was_not_taken_is_as_before() {
        let chunks = futures_util::stream::iter([Ok::<_, io::Error>("a body")]);
        let body = Sending::of(&crate::Body::stream(chunks)).unwrap();
        let mut request = Request::new(body);
        *request.method_mut() = Method::GET;
        *request.uri_mut() = Uri::from_static("https://api.test/items?page=2");
        request.headers_mut().insert(PROXY_AUTHORIZATION, HeaderValue::from_static("Basic eDp5"));
        restore(&mut request);
        assert_eq!(request.uri(), "/items?page=2");
        assert_eq!(request.headers()[TRANSFER_ENCODING], "chunked");
        assert!(!request.headers().contains_key(PROXY_AUTHORIZATION));
    }
}
