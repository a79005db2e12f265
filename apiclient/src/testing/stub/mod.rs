//! A transport that answers in memory.

mod pattern;
mod report;
mod route;
mod sent;
mod target;
mod value;

pub use route::Route;
pub use sent::Sent;
pub use target::IntoRoute;

use crate::{
    answer::Reply,
    endpoint::Endpoint,
    request::{Body, Prepared},
    time::{BoxFuture, Clock},
    transport::{Attempt, Transport, TransportError, TransportErrorKind},
};
use bytes::Bytes;
use http::{Method, StatusCode};
use pattern::below;
use report::Unmatched;
use route::Entry;
use std::{
    fmt,
    future::{pending, ready},
    sync::{Arc, Mutex, MutexGuard, PoisonError},
};
use target::{Not, Target};

type Answer = dyn Fn(&Sent) -> BoxFuture<'static, Result<Reply, TransportError>> + Send + Sync;

/// A [`Transport`] that answers in memory and remembers what it was asked, beneath the whole pipeline. Clones share the memory.
///
/// Its routes are named by the endpoints of a trait, or by method and template; the last one that takes a request answers it,
/// so that a test can replace what its helpers have set up. A request that no route takes is an error which lists the routes that
/// come near.
///
/// ```
/// use apiclient::{prelude::*, testing::Stub, transport::Reply};
/// use serde::{Deserialize, Serialize};
///
/// #[derive(Debug, Deserialize, Serialize)]
/// struct User {
///     name: String,
/// }
///
/// #[api_client(base_url = "https://api.example.com/v1")]
/// trait Users {
///     #[get("/users/{id}")]
///     async fn user(&self, id: u64) -> Result<User, apiclient::Error>;
///
///     #[post("/users")]
///     async fn create(&self, #[body] user: &User) -> Result<(), apiclient::Error>;
/// }
///
/// # #[tokio::main(flavor = "current_thread")]
/// # async fn main() -> Result<(), Box<dyn std::error::Error>> {
/// let stub = Stub::new();
/// stub.on(&UsersClient::ENDPOINTS.user).returns(&User { name: "Ada".into() });
/// stub.on("POST /users").reply(Reply::new(409, "taken")).returns(&()).status(201);
///
/// let users = UsersClient::builder().transport(stub.clone()).build()?;
/// assert_eq!(users.user(7).await?.name, "Ada");
/// let ada = User { name: "Ada".into() };
/// assert_eq!(users.create(&ada).await.unwrap_err().status().unwrap(), 409);
/// users.create(&ada).await?;
///
/// assert_eq!(stub.requests()[0].path::<u64>("id")?, 7);
/// assert_eq!(stub.requests()[1].json::<User>()?.name, "Ada");
/// stub.verify();
/// # Ok(()) }
/// ```
#[derive(Clone)]
pub struct Stub(Arc<Inner>);

struct Inner {
    /// For whatever no route takes.
    otherwise: Option<Box<Answer>>,
    state: Mutex<State>,
}

#[derive(Default)]
struct State {
    routes: Vec<Route>,
    requests: Vec<Sent>,
    unmatched: Vec<Unmatched>,
}

/// One request as a stub sees it.
pub(crate) struct Asked<'a> {
    pub(crate) request: Prepared,
    pub(crate) endpoint: Option<&'static Endpoint>,
    /// Of the client's base URL; empty where that is not known.
    pub(crate) base_path: &'a str,
}

impl Default for Stub {
    fn default() -> Self {
        Self::new()
    }
}

impl Stub {
    /// A stub without routes: they come with [`on`](Stub::on).
    pub fn new() -> Self {
        Stub(Arc::new(Inner { otherwise: None, state: Mutex::default() }))
    }

    /// Answers whatever no route takes with a function of it.
    pub fn with(answer: impl Fn(&Sent) -> Result<Reply, TransportError> + Send + Sync + 'static) -> Self {
        Self::with_async(move |sent| Box::pin(ready(answer(sent))))
    }

    /// Answers whatever no route takes with a future, which may wait.
    pub fn with_async(
        answer: impl Fn(&Sent) -> BoxFuture<'static, Result<Reply, TransportError>> + Send + Sync + 'static,
    ) -> Self {
        Stub(Arc::new(Inner { otherwise: Some(Box::new(answer)), state: Mutex::default() }))
    }

    /// Answers whatever no route takes with the same JSON text and 200.
    pub fn json(text: &'static str) -> Self {
        Self::with(move |_| {
            let mut reply = Reply::new(200, text);
            reply
                .headers_mut()
                .insert(http::header::CONTENT_TYPE, http::HeaderValue::from_static("application/json"));
            Ok(reply)
        })
    }

    /// Never answers, but where a route does.
    pub fn silent() -> Self {
        Self::with_async(|_| Box::pin(pending()))
    }

    /// One more route: for an endpoint (`&GitHubClient::ENDPOINTS.repo`), for `"GET /users/{id}"`, or for a method and a template.
    /// A template is a path below the client's base URL, or the whole path; of its query only constant pairs are asked for.
    ///
    /// # Panics
    ///
    /// If the text is no method with a template.
    #[track_caller]
    #[expect(clippy::panic, reason = "a mistake in a test, said where it stands")]
    pub fn on(&self, route: impl IntoRoute) -> Route {
        match Target::of(route) {
            Ok(target) => {
                let route = Route::new(target);
                self.state().routes.push(route.clone());
                route
            }
            Err(e) => panic!("{e}"),
        }
    }

    /// What was asked so far, in order, also what no route took. Every body is in memory: a file or a stream was read to its end.
    pub fn requests(&self) -> Vec<Sent> {
        self.state().requests.clone()
    }

    /// Whether all is as expected: each route was asked as often as its [`times`](Route::times) says, those without at least
    /// once, and every request was taken by a route. Call it at the end of a test.
    ///
    /// # Panics
    ///
    /// If not, with a list of what is not.
    #[track_caller]
    pub fn verify(&self) {
        let (routes, unmatched) = {
            let state = self.state();
            (state.routes.clone(), state.unmatched.clone())
        };
        let asked = unmatched.iter().map(Unmatched::whole);
        let complaints: Vec<String> =
            asked.chain(routes.iter().filter_map(|route| route.entry().complaint())).collect();
        let list = complaints.join(
            "
- ",
        );
        assert!(
            complaints.is_empty(),
            "the stub was not asked as expected:
- {list}"
        );
    }

    fn state(&self) -> MutexGuard<'_, State> {
        self.0.state.lock().unwrap_or_else(PoisonError::into_inner)
    }

    /// Answers one request, which is remembered.
    pub(crate) async fn answer(&self, asked: Asked<'_>, clock: &dyn Clock) -> Result<Reply, TransportError> {
        let routes = self.state().routes.clone();
        let mut near = Vec::new();
        for route in routes.iter().rev() {
            match take(route.entry(), &asked) {
                Ok((sent, answer)) => {
                    self.state().requests.push(sent.clone());
                    let Some(answer) = answer else { return Err(report::no_answer(&route.entry().target)) };
                    return answer.give(&sent, clock).await;
                }
                Err(not) => near.push((not, route.clone())),
            }
        }
        let sent = asked.otherwise();
        self.state().requests.push(sent.clone());
        match &self.0.otherwise {
            Some(answer) => answer(&sent).await,
            None => {
                let unmatched = Unmatched::new(&sent, near);
                self.state().unmatched.push(unmatched.clone());
                Err(TransportError::new(TransportErrorKind::Request, unmatched))
            }
        }
    }
}

/// The request with its values and the answer to it, if the route takes it.
fn take(entry: &Entry, asked: &Asked<'_>) -> Result<(Sent, Option<route::Answer>), Not> {
    let values = entry.target.find(asked)?;
    let sent = Sent { request: asked.request.clone(), endpoint: asked.endpoint, values };
    let answer = entry.take(&sent)?;
    Ok((sent, answer))
}

impl Asked<'_> {
    /// The path below the base URL, with that of the trait.
    fn below_base_url(&self) -> &str {
        let of_trait = self.endpoint.map_or("", |endpoint| endpoint.api().base_path);
        below(self.request.url().path(), self.base_path.strip_suffix(of_trait).unwrap_or(self.base_path))
    }

    /// A request that no route takes; where its endpoint is known, so are its values.
    fn otherwise(self) -> Sent {
        let found = self.endpoint.and_then(|endpoint| Target::of(endpoint).ok()?.find(&self).ok());
        Sent { request: self.request, endpoint: self.endpoint, values: found.unwrap_or_default() }
    }
}

impl Transport for Stub {
    /// It goes to no address at all.
    fn checks_addresses(&self) -> bool {
        true
    }

    fn send<'a>(&'a self, mut attempt: Attempt<'a>) -> BoxFuture<'a, Result<Reply, TransportError>> {
        let (method, url, body) = (attempt.method().clone(), attempt.url(), attempt.body());
        let headers = attempt.take_headers();
        Box::pin(async move {
            let body = match body.bytes() {
                Some(bytes) => bytes.clone(),
                None => read(body).await?,
            };
            let request = Prepared { method, url, headers, body: body.into(), safe: None };
            let asked = Asked { request, endpoint: attempt.endpoint(), base_path: attempt.base_path() };
            // The same limits as over a socket.
            let mut reply = self.answer(asked, attempt.clock()).await?;
            // RFC 9110, section 6.4.1.
            if *attempt.method() == Method::HEAD
                || matches!(reply.status, StatusCode::NO_CONTENT | StatusCode::NOT_MODIFIED)
            {
                reply.body = Bytes::new();
            }
            let mut body = attempt.collector(reply.status, &reply.headers)?;
            body.push(std::mem::take(&mut reply.body))?;
            reply.body = body.finish()?;
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
        let state = self.state();
        f.debug_struct("Stub")
            .field("routes", &state.routes)
            .field("requests", &state.requests.len())
            .finish_non_exhaustive()
    }
}
