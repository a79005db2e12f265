//! Spans and events of calls, by OpenTelemetry's conventions for HTTP clients: through `tracing`, and nothing without that feature.

use std::pin::Pin;

type BoxFuture<'a, T> = Pin<Box<dyn Future<Output = T> + Send + 'a>>;

#[cfg(feature = "tracing")]
pub(crate) use on::{AttemptSpan, CallSpan, breaker, is_on, renewed};

#[cfg(not(feature = "tracing"))]
pub(crate) use off::{AttemptSpan, CallSpan, breaker, is_on, renewed};

#[cfg(feature = "tracing")]
mod on {
    use super::BoxFuture;
    use crate::{
        error::Error,
        hooks::{CallInfo, EndInfo, RetryInfo},
        origin::Origin,
    };
    use http::{Method, StatusCode};
    use std::{future::poll_fn, time::Duration};
    use tracing::{
        Level, Span, debug,
        field::{Empty, display},
        info_span,
        level_filters::LevelFilter,
        warn,
    };

    /// Whether anybody may want spans of this crate.
    #[inline]
    pub(crate) fn is_on() -> bool {
        LevelFilter::current() >= Level::WARN
    }

    /// A breaker is `open`, `half_open` or `closed` now; by the call that this one is in.
    #[cold]
    pub(crate) fn breaker(phase: &str) {
        match phase {
            "open" => warn!(target: "apiclient", phase, "breaker"),
            phase => debug!(target: "apiclient", phase, "breaker"),
        }
    }

    /// There is another token, or none.
    #[cold]
    pub(crate) fn renewed<E: std::error::Error>(error: Option<&E>) {
        match error {
            None => debug!(target: "apiclient", "another token"),
            Some(error) => warn!(target: "apiclient", error = %error, "no token"),
        }
    }

    /// Of a call, with all its attempts and waits.
    pub(crate) struct CallSpan(Listener);

    /// Who listens when the call begins.
    enum Listener {
        /// Nobody, and nothing is said.
        None,
        /// To events, and not to spans.
        Events,
        Spans(Span),
    }

    /// Of one request.
    // In a box: it is in the future of every call.
    pub(crate) struct AttemptSpan(Option<Box<Span>>);

    /// The semantic conventions know these, and call everything else `_OTHER`.
    fn method(method: &Method) -> &str {
        const KNOWN: [&str; 10] =
            ["GET", "HEAD", "POST", "PUT", "DELETE", "CONNECT", "OPTIONS", "TRACE", "PATCH", "QUERY"];
        if KNOWN.contains(&method.as_str()) { method.as_str() } else { "_OTHER" }
    }

    fn port(origin: &Origin) -> u16 {
        origin.port()
    }

    impl CallSpan {
        pub(crate) fn none() -> Self {
            CallSpan(Listener::None)
        }

        #[inline]
        pub(crate) fn new(call: &CallInfo<'_>) -> Self {
            if is_on() { Self::listened(call) } else { Self::none() }
        }

        #[cold]
        fn listened(call: &CallInfo<'_>) -> Self {
            let span = info_span!(
                target: "apiclient",
                "call",
                otel.name = Empty,
                otel.kind = "internal",
                otel.status_code = Empty,
                api = call.endpoint.map(|endpoint| endpoint.api().name()),
                endpoint = call.endpoint.map(crate::endpoint::Endpoint::name),
                http.request.method = method(call.method),
                url.template = call.template,
                server.address = call.origin().map(Origin::host),
                server.port = call.origin().map(port),
                http.response.status_code = Empty,
                error.r#type = Empty,
                request.id = Empty,
                attempts = Empty,
            );
            if span.is_disabled() {
                return CallSpan(Listener::Events);
            }
            match call.endpoint {
                Some(endpoint) => {
                    span.record(
                        "otel.name",
                        display(format_args!("{}.{}", endpoint.api().name(), endpoint.name())),
                    );
                }
                None => {
                    span.record(
                        "otel.name",
                        display(format_args!("{} {}", method(call.method), call.template)),
                    );
                }
            }
            CallSpan(Listener::Spans(span))
        }

        pub(crate) fn waited(&self, wait: Duration) {
            self.inside(|| debug!(target: "apiclient", wait = wait.as_secs_f64(), "waited for its turn"));
        }

        pub(crate) fn again(&self, retry: &RetryInfo<'_>) {
            self.inside(|| {
                debug!(
                    target: "apiclient",
                    attempt = retry.attempt(),
                    wait = retry.wait().as_secs_f64(),
                    error.r#type = kind(retry.error()),
                    "tried again",
                );
            });
        }

        #[inline]
        pub(crate) fn end(&self, end: &EndInfo<'_>) {
            if !matches!(self.0, Listener::None) {
                self.ended(end);
            }
        }

        #[cold]
        fn ended(&self, end: &EndInfo<'_>) {
            if let Listener::Spans(span) = &self.0 {
                span.record("attempts", end.attempts());
                if let Some(status) = end.status() {
                    span.record("http.response.status_code", status.as_u16());
                }
                if let Some(error) = end.error() {
                    span.record("error.type", kind(error));
                    span.record("otel.status_code", "ERROR");
                }
            }
            let elapsed = end.elapsed().as_secs_f64();
            self.inside(|| match end.error() {
                Some(error) => {
                    warn!(target: "apiclient", elapsed, attempts = end.attempts(), error = %error, "failed");
                }
                None => debug!(target: "apiclient", elapsed, attempts = end.attempts(), "{}", end.outcome()),
            });
        }

        #[inline]
        pub(crate) fn inside(&self, tell: impl FnOnce()) {
            match &self.0 {
                Listener::Spans(span) => span.in_scope(tell),
                Listener::None | Listener::Events => tell(),
            }
        }

        /// By which others find it; in the spans of the call and of the attempt that this is said in, and in nobody else's.
        pub(crate) fn note_id(&self, id: &str, is_first: bool) {
            if let Listener::Spans(span) = &self.0 {
                if is_first {
                    span.record("request.id", id);
                }
                Span::current().record("request.id", id);
            }
        }

        /// To be entered whenever the call is polled.
        #[inline]
        pub(crate) fn entered(&self) -> Option<Entered> {
            match &self.0 {
                Listener::Spans(span) => Some(Entered(span.clone())),
                Listener::None | Listener::Events => None,
            }
        }
    }

    fn kind(error: &Error) -> &'static str {
        error.kind().as_str()
    }

    impl AttemptSpan {
        pub(crate) fn none() -> Self {
            AttemptSpan(None)
        }

        /// `resends`: how many requests of its call were before it.
        #[inline]
        pub(crate) fn new(
            sent: &Method,
            template: &str,
            origin: &Origin,
            resends: u32,
            length: Option<u64>,
            parent: &CallSpan,
        ) -> Self {
            match &parent.0 {
                Listener::Spans(parent) => Self::listened((sent, template, origin), resends, length, parent),
                Listener::None | Listener::Events => AttemptSpan(None),
            }
        }

        #[cold]
        fn listened(
            (sent, template, origin): (&Method, &str, &Origin),
            resends: u32,
            length: Option<u64>,
            parent: &Span,
        ) -> Self {
            let span = info_span!(
                target: "apiclient",
                parent: parent,
                "HTTP",
                otel.name = Empty,
                otel.kind = "client",
                otel.status_code = Empty,
                http.request.method = method(sent),
                http.request.method_original = (method(sent) == "_OTHER").then(|| sent.as_str()),
                http.request.resend_count = (resends > 0).then_some(resends),
                http.request.body.size = length,
                http.response.status_code = Empty,
                http.response.body.size = Empty,
                url.template = template,
                url.scheme = origin.scheme(),
                server.address = origin.host(),
                server.port = port(origin),
                error.r#type = Empty,
                request.id = Empty,
            );
            if !span.is_disabled() {
                span.record("otel.name", display(format_args!("{} {template}", method(sent))));
            }
            AttemptSpan(Some(Box::new(span)))
        }

        #[inline]
        pub(crate) fn answered(&self, status: StatusCode, length: usize) {
            if let Some(span) = &self.0 {
                Self::record(span, status, length);
            }
        }

        #[cold]
        fn record(span: &Span, status: StatusCode, length: usize) {
            span.record("http.response.status_code", status.as_u16());
            span.record("http.response.body.size", length);
            if status.is_client_error() || status.is_server_error() {
                span.record("error.type", status.as_str());
                span.record("otel.status_code", "ERROR");
            }
        }

        #[inline]
        pub(crate) fn inside(&self, tell: impl FnOnce()) {
            match &self.0 {
                Some(span) => span.in_scope(tell),
                None => tell(),
            }
        }

        pub(crate) fn failed(&self, error: &Error) {
            let Some(span) = &self.0 else { return };
            span.record("error.type", kind(error));
            span.record("otel.status_code", "ERROR");
        }

        /// What is sent, with this span around it.
        #[inline]
        pub(crate) fn around<'a, T: Send + 'a>(&self, sent: BoxFuture<'a, T>) -> BoxFuture<'a, T> {
            match &self.0 {
                None => sent,
                Some(span) => Entered((**span).clone()).around(sent),
            }
        }
    }

    /// A span that is entered whenever some work is polled.
    pub(crate) struct Entered(Span);

    impl Entered {
        #[cold]
        pub(crate) fn around<'a, T: Send + 'a>(self, mut work: BoxFuture<'a, T>) -> BoxFuture<'a, T> {
            Box::pin(poll_fn(move |cx| {
                let _entered = self.0.enter();
                work.as_mut().poll(cx)
            }))
        }
    }
}

#[cfg(not(feature = "tracing"))]
mod off {
    use super::BoxFuture;
    use crate::{
        error::Error,
        hooks::{CallInfo, EndInfo, RetryInfo},
        origin::Origin,
    };
    use http::{Method, StatusCode};
    use std::time::Duration;

    pub(crate) const fn breaker(_: &str) {}

    pub(crate) const fn renewed<E: std::error::Error>(_: Option<&E>) {}

    pub(crate) const fn is_on() -> bool {
        false
    }

    /// Nothing has a span.
    pub(crate) enum Entered {}

    #[expect(clippy::unused_self, reason = "its twin with the feature needs it")]
    impl Entered {
        pub(crate) fn around<T>(self, work: BoxFuture<'_, T>) -> BoxFuture<'_, T> {
            work
        }
    }

    pub(crate) struct CallSpan;
    pub(crate) struct AttemptSpan;

    #[expect(clippy::unused_self, reason = "its twin with the feature needs it")]
    impl CallSpan {
        pub(crate) const fn none() -> Self {
            CallSpan
        }

        pub(crate) const fn new(_: &CallInfo<'_>) -> Self {
            CallSpan
        }

        pub(crate) fn inside(&self, tell: impl FnOnce()) {
            tell();
        }

        pub(crate) const fn note_id(&self, _: &str, _: bool) {}
        pub(crate) const fn waited(&self, _: Duration) {}
        pub(crate) const fn again(&self, _: &RetryInfo<'_>) {}
        pub(crate) const fn end(&self, _: &EndInfo<'_>) {}

        pub(crate) const fn entered(&self) -> Option<Entered> {
            None
        }
    }

    #[expect(clippy::unused_self, reason = "its twin with the feature needs it")]
    impl AttemptSpan {
        pub(crate) const fn none() -> Self {
            AttemptSpan
        }

        pub(crate) const fn new(
            _: &Method,
            _: &str,
            _: &Origin,
            _: u32,
            _: Option<u64>,
            _: &CallSpan,
        ) -> Self {
            AttemptSpan
        }

        pub(crate) fn inside(&self, tell: impl FnOnce()) {
            tell();
        }

        pub(crate) const fn answered(&self, _: StatusCode, _: usize) {}
        pub(crate) const fn failed(&self, _: &Error) {}

        pub(crate) fn around<'a, T>(&self, sent: BoxFuture<'a, T>) -> BoxFuture<'a, T> {
            sent
        }
    }
}
