//! A transport as a service of tower, so that layers stand around it.

use super::{Attempt, BodyStream, BoxFuture, Trace, Transport, TransportError, TransportErrorKind, open};
use crate::{endpoint::Endpoint, error::BoxError, origin::Origin, request::Body, time::Clock};
use bytes::{Buf, Bytes};
use futures_core::Stream;
use http::{
    Method, Request, Response, StatusCode,
    header::{CONTENT_ENCODING, CONTENT_LENGTH},
    request,
};
use std::{
    any::Any,
    fmt,
    pin::Pin,
    sync::Arc,
    task::{Context, Poll, ready},
    time::Instant,
};
use tower_service::Service;

/// A transport as the innermost service of a stack of layers: what [`Tower`](super::Tower) sends goes through them and out over it.
///
/// ```
/// use apiclient::{Client, transport::{Tower, TransportService}};
/// use std::task::{Context, Poll};
///
/// /// Any `tower::Layer` makes such a service; this one has been written out.
/// #[derive(Clone)]
/// struct Stamped<S>(S);
///
/// impl<B, S: tower_service::Service<http::Request<B>>> tower_service::Service<http::Request<B>> for Stamped<S> {
///     type Response = S::Response;
///     type Error = S::Error;
///     type Future = S::Future;
///
///     fn poll_ready(&mut self, cx: &mut Context<'_>) -> Poll<Result<(), S::Error>> {
///         self.0.poll_ready(cx)
///     }
///
///     fn call(&mut self, mut request: http::Request<B>) -> S::Future {
///         request.headers_mut().insert("x-region", http::HeaderValue::from_static("eu-1"));
///         self.0.call(request)
///     }
/// }
///
/// # let stub = apiclient::testing::Stub::json("1");
/// # let (inner, clock) = (stub.clone(), apiclient::testing::ManualClock::new());
/// // `inner` is a `Hyper`, a `Reqwest`, or any other transport.
/// let transport = Tower::new(Stamped(TransportService::new(inner)));
/// let client = Client::builder().base_url("http://api.test").transport(transport)
/// #     .clock(clock.clone())
///     .build()?;
/// # clock.run(client.call(apiclient::Method::GET, "/a").fetch::<u64>())?;
/// # assert_eq!(stub.requests()[0].headers()["x-region"], "eu-1");
/// # Ok::<_, apiclient::Error>(())
/// ```
///
/// Layers see each attempt by itself: retries, redirects, limits and credentials of the client are above them. They may change the URL and the headers, which is after
/// everything was signed. An answer comes to them whole and unpacked.
#[derive(Debug, Clone)]
pub struct TransportService(Arc<dyn Transport>);

impl TransportService {
    /// Over this transport.
    pub fn new(transport: impl Transport + 'static) -> Self {
        TransportService(Arc::new(transport))
    }
}

/// What a transport is told beside the request; `Tower` puts it into the extensions.
#[derive(Clone)]
pub(super) struct Carried {
    endpoint: Option<&'static Endpoint>,
    origin: Arc<Origin>,
    prefix: String,
    limits: super::Limits,
    clock: Arc<dyn Clock>,
    started: Instant,
    number: u32,
}

impl Carried {
    pub(super) fn new(attempt: &Attempt<'_>) -> Self {
        Carried {
            endpoint: attempt.endpoint,
            origin: attempt.origin.clone(),
            prefix: attempt.prefix.to_owned(),
            limits: attempt.limits,
            clock: attempt.clock.clone(),
            started: attempt.started,
            number: attempt.number,
        }
    }
}

impl<B> Service<Request<B>> for TransportService
where
    B: http_body::Body + Send + Sync + 'static,
    B::Data: Send,
    B::Error: Into<BoxError>,
{
    type Response = Response<BodyStream>;
    type Error = TransportError;
    type Future = BoxFuture<'static, Result<Response<BodyStream>, TransportError>>;

    fn poll_ready(&mut self, _: &mut Context<'_>) -> Poll<Result<(), TransportError>> {
        Poll::Ready(Ok(()))
    }

    fn call(&mut self, request: Request<B>) -> Self::Future {
        let transport = self.0.clone();
        Box::pin(async move {
            let (mut head, body) = request.into_parts();
            let carried = head.extensions.remove::<Carried>();
            let carried = carried.ok_or_else(|| wrong("it has not come from a `transport::Tower`"))?;
            let origin = origin(&head, &carried.origin)?;
            let target = head.uri.path_and_query().map_or("/", |target| target.as_str()).to_owned();
            let (body, trace) = (whole(body), Trace::default());
            let attempt = Attempt {
                method: &head.method,
                endpoint: carried.endpoint,
                origin: &origin,
                prefix: &carried.prefix,
                target: target.as_bytes(),
                headers: head.headers,
                body: &body,
                extensions: &head.extensions,
                limits: carried.limits,
                trace: &trace,
                clock: &carried.clock,
                started: carried.started,
                is_ready: false,
                is_public_only: false,
                number: carried.number,
            };
            let mut reply = transport.send(attempt).await?;
            let has_no_body = head.method == Method::HEAD || reply.status == StatusCode::NOT_MODIFIED;
            let said =
                reply.headers.get(CONTENT_LENGTH).and_then(|length| length.to_str().ok()?.parse().ok());
            if trace.is_unpacked()
                || (!has_no_body && said.is_some_and(|said: usize| said != reply.body.len()))
            {
                // They are of the body as it was sent, and of the whole of it.
                reply.headers.remove(CONTENT_LENGTH);
            }
            if trace.is_unpacked() {
                reply.headers.remove(CONTENT_ENCODING);
            }
            let mut response = Response::new(open(&Body::from(reply.body))?);
            *response.status_mut() = reply.status;
            *response.headers_mut() = reply.headers;
            Ok(response)
        })
    }
}

fn wrong(what: &'static str) -> TransportError {
    TransportError::new(TransportErrorKind::Request, what)
}

/// The one that there is already, unless a layer has sent it elsewhere.
fn origin(head: &request::Parts, known: &Arc<Origin>) -> Result<Arc<Origin>, TransportError> {
    let scheme = match head.uri.scheme_str() {
        Some("http") => "http",
        Some("https") => "https",
        _ => return Err(wrong("a layer has made a URL that is neither `http` nor `https`")),
    };
    let authority = head.uri.authority().ok_or_else(|| wrong("a layer has made a URL without a host"))?;
    if authority.as_str().contains('@') {
        return Err(wrong("a layer has made a URL with a user"));
    }
    let origin = Origin::new(scheme, authority.as_str());
    Ok(if origin == **known { known.clone() } else { Arc::new(origin) })
}

/// In memory where it was in memory, and else a stream of what layers have made of it.
fn whole<B>(mut body: B) -> Body
where
    B: http_body::Body + Send + Sync + 'static,
    B::Data: Send,
    B::Error: Into<BoxError>,
{
    if let Some(bytes) = (&mut body as &mut dyn Any).downcast_mut().and_then(BodyStream::take_bytes) {
        return bytes.into();
    }
    let length = body.size_hint().exact();
    let stream = Body::stream(Chunks(Box::pin(body)));
    length.map_or(stream.clone(), |length| stream.with_length(length))
}

/// The data of a body.
struct Chunks<B>(Pin<Box<B>>);

impl<B: http_body::Body> Stream for Chunks<B> {
    type Item = Result<Bytes, B::Error>;

    fn poll_next(mut self: Pin<&mut Self>, cx: &mut Context<'_>) -> Poll<Option<Self::Item>> {
        loop {
            match ready!(self.0.as_mut().poll_frame(cx)) {
                // Trailers are of no use here.
                Some(Ok(frame)) => {
                    if let Ok(mut data) = frame.into_data() {
                        return Poll::Ready(Some(Ok(data.copy_to_bytes(data.remaining()))));
                    }
                }
                Some(Err(e)) => return Poll::Ready(Some(Err(e))),
                None => return Poll::Ready(None),
            }
        }
    }
}

impl fmt::Debug for Carried {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str("Carried")
    }
}
