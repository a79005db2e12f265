//! Traces that go on at the other end.

use crate::hooks::{AttemptInfo, CallInfo, Hook};
use http::{HeaderMap, HeaderName, HeaderValue};
use opentelemetry::{global, propagation::Injector};
use tracing_opentelemetry::OpenTelemetrySpanExt;

/// Each attempt says which span it belongs to, so that the trace goes on at the service: `traceparent` and `tracestate` of the W3C's Trace Context, or what else the
/// program's propagator writes. The parent is the span of the attempt, one for each.
///
/// The program has to have a layer of `tracing-opentelemetry`, and a propagator (`opentelemetry::global::set_text_map_propagator`); without them nothing is sent. What a
/// call says itself in these headers is replaced. They go to every origin that the call goes to.
///
/// ```
/// use apiclient::{observe::TraceContext, prelude::*};
///
/// #[api_client(base_url = "https://api.example.com")]
/// trait Users {
///     #[get("/users/{id}")]
///     fn user(&self, id: u64) -> Call<String>;
/// }
///
/// let users = UsersClient::builder().hook(TraceContext::new()).build()?;
/// # Ok::<_, apiclient::Error>(())
/// ```
#[derive(Debug, Clone, Copy, Default)]
#[non_exhaustive]
pub struct TraceContext;

impl TraceContext {
    /// By the program's propagator.
    pub fn new() -> Self {
        TraceContext
    }
}

struct Headers<'a>(&'a mut HeaderMap);

impl Injector for Headers<'_> {
    fn set(&mut self, key: &str, value: String) {
        if let (Ok(name), Ok(value)) = (HeaderName::from_bytes(key.as_bytes()), HeaderValue::try_from(value))
        {
            self.0.insert(name, value);
        }
    }
}

impl Hook for TraceContext {
    fn on_attempt(&self, _: &CallInfo<'_>, attempt: &mut AttemptInfo<'_>) {
        let context = tracing::Span::current().context();
        global::get_text_map_propagator(|propagator| {
            propagator.inject_context(&context, &mut Headers(attempt.headers_mut()));
        });
    }
}
