//! Any `tower::Service` as a transport.

use super::{
    Attempt, BoxFuture, Collector, Progress, Reply, Transport, TransportError, TransportErrorKind,
    check_empty, frame, open,
};
use crate::{error::BoxError, request::BodyStream};
use bytes::Buf;
use http::{Request, Response};
use http_body::Body;
use std::{
    fmt,
    future::poll_fn,
    io,
    pin::pin,
    sync::{Mutex, PoisonError},
};
use tower_service::Service;

/// Sends attempts through a [`tower_service::Service`]: a stack of layers that is there already, or a client of another kind.
/// Feature `tower`.
///
/// The service gets an [`http::Request`] with the whole URL, the headers and a [`BodyStream`]; what the call carries as extensions
/// is in its extensions, the [`Endpoint`](crate::endpoint::Endpoint) (`&'static`) as well. Its answer is read within the limits of
/// the call. It is cloned for each attempt, and asked whether it is ready.
///
/// Layers that retry, redirect or time out do it beneath the pipeline, which knows nothing of it: leave that to the client.
///
/// What a failure of the service means nobody can tell: a refused connection is one, anything else counts as a broken connection
/// after the request was sent. A service that knows better gives a [`TransportError`].
///
/// ```
/// use apiclient::{Client, transport::{BodyStream, Tower}};
/// use std::{convert::Infallible, future::{Ready, ready}, task::{Context, Poll}};
///
/// /// Answers everything with its own path.
/// #[derive(Clone)]
/// struct Echo;
///
/// impl tower_service::Service<http::Request<BodyStream>> for Echo {
///     type Response = http::Response<String>;
///     type Error = Infallible;
///     type Future = Ready<Result<Self::Response, Infallible>>;
///
///     fn poll_ready(&mut self, _: &mut Context<'_>) -> Poll<Result<(), Infallible>> {
///         Poll::Ready(Ok(()))
///     }
///
///     fn call(&mut self, request: http::Request<BodyStream>) -> Self::Future {
///         ready(Ok(http::Response::new(request.uri().path().to_owned())))
///     }
/// }
///
/// let client = Client::builder().base_url("https://api.example.com").transport(Tower::new(Echo)).build()?;
/// # Ok::<_, apiclient::Error>(())
/// ```
pub struct Tower<S> {
    /// Locked to be cloned, so that it need not be `Sync`.
    service: Mutex<S>,
}

impl<S> Tower<S> {
    /// A transport that sends with `service`.
    pub fn new(service: S) -> Self {
        Tower { service: Mutex::new(service) }
    }
}

impl<S, B> Transport for Tower<S>
where
    S: Service<Request<BodyStream>, Response = Response<B>> + Clone + Send + 'static,
    S::Error: Into<BoxError>,
    S::Future: Send,
    B: Body + Send,
    B::Data: Send,
    B::Error: Into<BoxError>,
{
    fn send<'a>(&'a self, mut attempt: Attempt<'a>) -> BoxFuture<'a, Result<Reply, TransportError>> {
        let mut service = self.service.lock().unwrap_or_else(PoisonError::into_inner).clone();
        Box::pin(async move {
            attempt.reached(Progress::NotWritten);
            if attempt.body.bytes().is_none() && attempt.body.is_empty() {
                check_empty(open(attempt.body)?).await?;
            }
            let request = request(&mut attempt)?;
            poll_fn(|cx| service.poll_ready(cx))
                .await
                .map_err(|e| failure(e.into()).at_most(Progress::NotWritten))?;
            attempt.reached(Progress::Written);
            let response = service.call(request).await.map_err(|e| failure(e.into()))?;
            let (head, body) = response.into_parts();
            let collector = attempt.collector(head.status, &head.headers)?;
            let body = read(body, collector).await?;
            Ok(Reply::from_parts(head.status, head.headers, body))
        })
    }
}

fn request(attempt: &mut Attempt<'_>) -> Result<Request<BodyStream>, TransportError> {
    let mut request = Request::new(open(attempt.body)?);
    *request.method_mut() = attempt.method.clone();
    *request.uri_mut() = attempt.url();
    *request.headers_mut() = attempt.take_headers();
    *request.extensions_mut() = attempt.extensions.clone();
    if let Some(endpoint) = attempt.endpoint {
        request.extensions_mut().insert(endpoint);
    }
    frame(attempt.method, attempt.body.length(), request.headers_mut());
    Ok(request)
}

async fn read<B>(body: B, mut collector: Collector) -> Result<bytes::Bytes, TransportError>
where
    B: Body,
    B::Error: Into<BoxError>,
{
    let mut body = pin!(body);
    while let Some(frame) = poll_fn(|cx| body.as_mut().poll_frame(cx)).await {
        match frame.map(http_body::Frame::into_data) {
            Ok(Ok(mut data)) => {
                if !collector.push(data.copy_to_bytes(data.remaining()))? {
                    break;
                }
            }
            // Trailers are of no use here.
            Ok(Err(_)) => {}
            Err(e) => {
                collector.broken(failure(e.into()).with_progress(Progress::Answered))?;
                break;
            }
        }
    }
    collector.finish()
}

fn failure(error: BoxError) -> TransportError {
    let error = match error.downcast::<TransportError>() {
        Ok(known) => return *known,
        Err(other) => other,
    };
    let first: &(dyn std::error::Error + 'static) = &*error;
    let io = super::error::causes(first).filter_map(|e| e.downcast_ref::<io::Error>()).last();
    let kind = match io.map(io::Error::kind) {
        Some(io::ErrorKind::ConnectionRefused) => TransportErrorKind::Connect,
        _ => TransportErrorKind::Broken,
    };
    TransportError::new(kind, error)
}

impl<S> fmt::Debug for Tower<S> {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.debug_struct("Tower").finish_non_exhaustive()
    }
}
