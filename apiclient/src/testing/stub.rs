//! A transport that answers in memory.

use crate::{
    request::{Body, Prepared},
    transport::{Attempt, BoxFuture, Reply, Transport, TransportError, TransportErrorKind},
};
use bytes::Bytes;
use std::{
    fmt,
    future::{pending, ready},
    sync::{Arc, Mutex, PoisonError},
};

type Answer = dyn Fn(&Prepared) -> BoxFuture<'static, Result<Reply, TransportError>> + Send + Sync;

/// A [`Transport`] that answers in memory and remembers what it was asked. Clones share the memory.
///
/// ```
/// use apiclient::{Client, Method, testing::Stub, transport::Reply};
///
/// # #[tokio::main(flavor = "current_thread")]
/// # async fn main() -> Result<(), apiclient::Error> {
/// let stub = Stub::with(|request| Ok(Reply::new(200, format!("you asked for {}", request.url().path()))));
/// let client = Client::builder().base_url("http://stub.test").transport(stub.clone()).build()?;
///
/// let text: String = client.call(Method::GET, "/users/{id}").param("id", 7).fetch().await?;
/// assert_eq!(text, "you asked for /users/7");
/// assert_eq!(stub.requests()[0].headers()["user-agent"].to_str().unwrap().split('/').next(), Some("apiclient"));
/// # Ok(()) }
/// ```
#[derive(Clone)]
pub struct Stub {
    answer: Arc<Answer>,
    requests: Arc<Mutex<Vec<Prepared>>>,
}

impl Stub {
    /// Answers each request with a function of it.
    pub fn with(answer: impl Fn(&Prepared) -> Result<Reply, TransportError> + Send + Sync + 'static) -> Self {
        Self::with_async(move |request| Box::pin(ready(answer(request))))
    }

    /// Answers each request with a future, which may wait.
    pub fn with_async(
        answer: impl Fn(&Prepared) -> BoxFuture<'static, Result<Reply, TransportError>> + Send + Sync + 'static,
    ) -> Self {
        Stub { answer: Arc::new(answer), requests: Arc::default() }
    }

    /// Answers each request with the same JSON text and 200.
    pub fn json(text: &'static str) -> Self {
        Self::with(move |_| {
            let mut reply = Reply::new(200, text);
            reply
                .headers_mut()
                .insert(http::header::CONTENT_TYPE, http::HeaderValue::from_static("application/json"));
            Ok(reply)
        })
    }

    /// Never answers.
    pub fn silent() -> Self {
        Self::with_async(|_| Box::pin(pending()))
    }

    /// What was asked so far, in order. Every body is in memory: a file or a stream was read to its end.
    pub fn requests(&self) -> Vec<Prepared> {
        self.requests.lock().unwrap_or_else(PoisonError::into_inner).clone()
    }
}

impl Transport for Stub {
    fn send<'a>(&'a self, mut attempt: Attempt<'a>) -> BoxFuture<'a, Result<Reply, TransportError>> {
        let (method, url, body) = (attempt.method().clone(), attempt.url(), attempt.body());
        let headers = attempt.take_headers();
        Box::pin(async move {
            let body = match body.bytes() {
                Some(bytes) => bytes.clone(),
                None => read(body).await?,
            };
            let request = Prepared { method, url, headers, body: body.into(), safe: None };
            let answer = (self.answer)(&request);
            self.requests.lock().unwrap_or_else(PoisonError::into_inner).push(request);
            // The same limits as over a socket.
            let mut reply = answer.await?;
            let mut body = attempt.collector(reply.status, &reply.headers)?;
            body.push(std::mem::take(&mut reply.body))?;
            reply.body = body.finish();
            Ok(reply)
        })
    }
}

/// A file or a stream, as far as a server would get it.
async fn read(body: &Body) -> Result<Bytes, TransportError> {
    let stream = body.open().map_err(|e| TransportError::new(TransportErrorKind::Request, e))?;
    stream.read().await.map_err(|e| TransportError::new(TransportErrorKind::Broken, e))
}

impl fmt::Debug for Stub {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.debug_struct("Stub").field("requests", &self.requests().len()).finish_non_exhaustive()
    }
}
