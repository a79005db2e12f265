//! Any service of tower as a transport.

use super::{
    Attempt, BodyStream, BoxFuture, Progress, Reply, Transport, TransportError, TransportErrorKind,
    check_empty, error::causes, frame, open, service::Carried,
};
use crate::{error::BoxError, request::BodyFailed};
use bytes::Buf;
use http::{Request, Response};
use std::{
    any, fmt,
    future::poll_fn,
    pin::{Pin, pin},
    sync::{Mutex, PoisonError},
};
use tower_service::Service;

/// Sends attempts through a [`tower_service::Service`]: a stack of layers, a pooled client, a router in memory. Layers around another transport stand on a
/// [`TransportService`](super::TransportService).
///
/// The service gets an [`http::Request`] with the whole URL and a [`BodyStream`], which is an `http_body::Body`. In the
/// request's extensions are those of the call, and `&'static Endpoint` where a trait declares it. `Host` is the service's to
/// add. Each attempt has a clone of the service, and waits until that is ready.
///
/// A failure of the service is [`Broken`](TransportErrorKind::Broken), and its request may have been sent, unless a cause says
/// more: a [`TransportError`] is taken at its word. Layers that retry, follow redirects or decompress do so beneath the
/// pipeline, which is why a refused connection alone says nothing: it may be that of a second place.
///
/// ```
/// use apiclient::{Client, Method, transport::{BodyStream, Tower}};
/// use std::{convert::Infallible, future::{Ready, ready}, task::{Context, Poll}};
///
/// /// Answers everything with its own request line.
/// #[derive(Clone)]
/// struct Echo;
///
/// impl tower_service::Service<http::Request<BodyStream>> for Echo {
///     type Response = http::Response<BodyStream>;
///     type Error = Infallible;
///     type Future = Ready<Result<Self::Response, Infallible>>;
///
///     fn poll_ready(&mut self, _: &mut Context<'_>) -> Poll<Result<(), Infallible>> {
///         Poll::Ready(Ok(()))
///     }
///
///     fn call(&mut self, request: http::Request<BodyStream>) -> Self::Future {
///         let line = format!("{} {}", request.method(), request.uri());
///         ready(Ok(http::Response::new(apiclient::Body::from(line).open().expect("bytes"))))
///     }
/// }
///
/// # #[tokio::main(flavor = "current_thread")]
/// # async fn main() -> Result<(), apiclient::Error> {
/// let client = Client::builder().base_url("http://echo.test").transport(Tower::new(Echo)).build()?;
/// let said: String = client.call(Method::GET, "/a").fetch().await?;
/// assert_eq!(said, "GET http://echo.test/a");
/// # Ok(()) }
/// ```
pub struct Tower<S> {
    /// Locked to be cloned, so that it need not be `Sync`.
    service: Mutex<S>,
}

impl<S> Tower<S> {
    /// A transport over this service.
    pub fn new(service: S) -> Self {
        Tower { service: Mutex::new(service) }
    }
}

/// The service by its type: what it holds is its own affair.
impl<S> fmt::Debug for Tower<S> {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        write!(f, "Tower({})", any::type_name::<S>())
    }
}

impl<S, B> Transport for Tower<S>
where
    S: Service<Request<BodyStream>, Response = Response<B>> + Clone + Send + 'static,
    S::Error: Into<BoxError>,
    S::Future: Send,
    B: http_body::Body + Send,
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
            let mut request = request(&mut attempt)?;
            let body_sent = attempt.body.bytes().is_none().then(|| request.body_mut().watch());
            // A service that is not ready has not been asked.
            let ready = poll_fn(|cx| service.poll_ready(cx)).await;
            ready.map_err(|e| failure(e, Progress::NotWritten))?;
            attempt.reached(Progress::Written);
            let answer = service.call(request).await;
            let answer = answer.map_err(|e| failure(e, Progress::Written).with_body(body_sent.as_deref()))?;
            receive(&attempt, answer).await
        })
    }
}

fn request(attempt: &mut Attempt<'_>) -> Result<Request<BodyStream>, TransportError> {
    let uri = crate::answer::uri(attempt.origin, attempt.target)
        .ok_or_else(|| TransportError::new(TransportErrorKind::Request, "the URL is too long"))?;
    let mut request = Request::new(open(attempt.body)?);
    *request.method_mut() = attempt.method.clone();
    *request.uri_mut() = uri;
    *request.headers_mut() = attempt.take_headers();
    *request.extensions_mut() = attempt.extensions.clone();
    if let Some(endpoint) = attempt.endpoint {
        request.extensions_mut().insert(endpoint);
    }
    request.extensions_mut().insert(Carried::new(attempt));
    frame(attempt.method, attempt.body.length(), request.headers_mut());
    Ok(request)
}

async fn receive<B>(attempt: &Attempt<'_>, answer: Response<B>) -> Result<Reply, TransportError>
where
    B: http_body::Body,
    B::Error: Into<BoxError>,
{
    let (head, body) = answer.into_parts();
    let mut collector = attempt.collector(head.status, &head.headers)?;
    let mut body = pin!(body);
    while let Some(frame) = next(body.as_mut()).await {
        match frame {
            Ok(frame) => {
                // Trailers are of no use here.
                let Ok(mut data) = frame.into_data() else { continue };
                if !collector.push(data.copy_to_bytes(data.remaining()))? {
                    break;
                }
            }
            Err(e) => {
                // Whatever it was: there was an answer.
                let broken = TransportError::new(TransportErrorKind::Broken, e);
                collector.broken(broken.with_progress(Progress::Answered))?;
                break;
            }
        }
    }
    Ok(Reply::from_parts(head.status, head.headers, collector.finish()?))
}

async fn next<B: http_body::Body>(
    mut body: Pin<&mut B>,
) -> Option<Result<http_body::Frame<B::Data>, B::Error>> {
    poll_fn(|cx| body.as_mut().poll_frame(cx)).await
}

/// What the service knows about its failure, else that it came so far.
fn failure(error: impl Into<BoxError>, progress: Progress) -> TransportError {
    let error = match error.into().downcast::<TransportError>() {
        Ok(known) => return *known,
        Err(other) => other,
    };
    let said = causes(&*error).take_while(|cause| !cause.is::<BodyFailed>());
    let said =
        said.filter_map(|cause| cause.downcast_ref::<TransportError>()).map(|e| (e.kind(), e.progress()));
    let (kind, progress) = said.last().unwrap_or((TransportErrorKind::Broken, progress));
    TransportError::new(kind, error).with_progress(progress)
}

#[cfg(test)]
mod tests {
    use super::*;
    use std::io;

    #[derive(Debug)]
    struct Layer(BoxError);

    impl fmt::Display for Layer {
        fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
            f.write_str("a layer failed")
        }
    }

    impl std::error::Error for Layer {
        fn source(&self) -> Option<&(dyn std::error::Error + 'static)> {
            Some(&*self.0)
        }
    }

    fn seen(error: impl Into<BoxError>) -> (TransportErrorKind, Progress, String) {
        let failure = failure(error, Progress::Written);
        (failure.kind(), failure.progress(), failure.to_string())
    }

    #[test]
    fn a_failure_is_what_its_causes_say() {
        use {Progress as P, TransportErrorKind as K};
        let timeout = || TransportError::new(K::Timeout, "too slow").with_progress(P::NotWritten);
        let io = |kind: io::ErrorKind| io::Error::new(kind, "io");
        assert_eq!(seen("odd"), (K::Broken, P::Written, "odd".into()));
        assert_eq!(seen(timeout()), (K::Timeout, P::NotWritten, "too slow".into()));
        let said = "a layer failed: too slow";
        assert_eq!(seen(Layer(timeout().into())), (K::Timeout, P::NotWritten, said.into()));
        let said = "a layer failed: io";
        // It may be a second place to which a layer went.
        let refused = Layer(io(io::ErrorKind::ConnectionRefused).into());
        assert_eq!(seen(refused), (K::Broken, P::Written, said.into()));
        let reset = Layer(io(io::ErrorKind::ConnectionReset).into());
        assert_eq!(seen(reset), (K::Broken, P::Written, said.into()));
    }
}
