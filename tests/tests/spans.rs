//! Spans and events, by OpenTelemetry's semantic conventions for HTTP clients.

use apiclient::{
    Call, Client, Method, Retry,
    prelude::*,
    testing::{ManualClock, SeededRandom, Stub},
    transport::Reply,
};
use std::{
    collections::{BTreeMap, BTreeSet},
    fmt::Debug,
    sync::{Arc, Mutex, MutexGuard, PoisonError},
    time::Duration,
};
use tracing::{
    Event, Id, Level, Subscriber,
    field::{Field, Visit},
    span::{Attributes, Record},
};
use tracing_subscriber::{
    Layer, Registry,
    layer::{Context, SubscriberExt},
    registry::LookupSpan,
};

#[derive(Debug, Clone, Default)]
struct Span {
    name: &'static str,
    parent: Option<u64>,
    fields: BTreeMap<&'static str, String>,
    is_closed: bool,
    entered: u32,
}

type Told = (Level, BTreeMap<&'static str, String>, Option<u64>);

#[derive(Clone, Default)]
struct Noted {
    /// In the order in which they began.
    spans: Arc<Mutex<BTreeMap<u64, Span>>>,
    /// Where each is among them: an id is given to another one once its span is closed.
    places: Arc<Mutex<BTreeMap<u64, u64>>>,
    /// Level, message with its fields, and the span it is in.
    events: Arc<Mutex<Vec<Told>>>,
}

struct Fields<'a>(&'a mut BTreeMap<&'static str, String>);

impl Visit for Fields<'_> {
    fn record_str(&mut self, field: &Field, value: &str) {
        self.0.insert(field.name(), value.to_owned());
    }
    fn record_debug(&mut self, field: &Field, value: &dyn Debug) {
        self.0.insert(field.name(), format!("{value:?}"));
    }
}

impl<S: Subscriber + for<'a> LookupSpan<'a>> Layer<S> for Noted {
    fn on_new_span(&self, attributes: &Attributes<'_>, id: &Id, ctx: Context<'_, S>) {
        let mut span = Span { name: attributes.metadata().name(), ..Span::default() };
        attributes.record(&mut Fields(&mut span.fields));
        let contextual = attributes.is_contextual().then(|| ctx.lookup_current().map(|span| span.id()));
        span.parent = attributes.parent().cloned().or(contextual.flatten()).map(|id| self.place(&id));
        let mut spans = self.spans.lock().unwrap();
        let place = spans.len() as u64;
        self.places.lock().unwrap().insert(id.into_u64(), place);
        spans.insert(place, span);
    }
    fn on_record(&self, id: &Id, values: &Record<'_>, _: Context<'_, S>) {
        values.record(&mut Fields(&mut self.spans.lock().unwrap().get_mut(&self.place(id)).unwrap().fields));
    }
    fn on_enter(&self, id: &Id, _: Context<'_, S>) {
        self.spans.lock().unwrap().get_mut(&self.place(id)).unwrap().entered += 1;
    }
    fn on_close(&self, id: Id, _: Context<'_, S>) {
        self.spans.lock().unwrap().get_mut(&self.place(&id)).unwrap().is_closed = true;
    }
    fn on_event(&self, event: &Event<'_>, ctx: Context<'_, S>) {
        let mut fields = BTreeMap::new();
        event.record(&mut Fields(&mut fields));
        let within = ctx.event_span(event).map(|span| self.place(&span.id()));
        self.events.lock().unwrap().push((*event.metadata().level(), fields, within));
    }
}

impl Noted {
    fn place(&self, id: &Id) -> u64 {
        self.places.lock().unwrap()[&id.into_u64()]
    }

    /// All spans of a name, in the order in which they began.
    fn of(&self, name: &str) -> Vec<Span> {
        self.spans.lock().unwrap().values().filter(|span| span.name == name).cloned().collect()
    }
}

#[api_client(base_url = "https://api.test:8443/v1")]
trait Users {
    #[get("/users/{id}{?token}")]
    fn user(&self, id: u64, token: Option<&str>) -> Call<u64>;
    #[http("REPORT", "/users")]
    fn report(&self) -> Call<u64>;
}

/// Whether anybody listens is one for the whole process: who listens is alone.
fn alone() -> MutexGuard<'static, ()> {
    static ONE: Mutex<()> = Mutex::new(());
    ONE.lock().unwrap_or_else(PoisonError::into_inner)
}

/// What happens is noted while `work` runs.
fn noted(work: impl FnOnce()) -> Noted {
    let _alone = alone();
    let noted = Noted::default();
    tracing::subscriber::with_default(Registry::default().with(noted.clone()), work);
    noted
}

fn client(stub: &Stub, clock: &ManualClock) -> UsersClient {
    let builder = UsersClient::builder().transport(stub.clone()).clock(clock.clone());
    builder.random(SeededRandom::new(3)).retry(Retry::new().base(Duration::from_secs(1))).build().unwrap()
}

fn answers(all: &[u16]) -> Stub {
    let all = Mutex::new(all.iter().rev().copied().collect::<Vec<_>>());
    Stub::with(move |_| Ok(Reply::new(all.lock().unwrap().pop().unwrap(), "7")))
}

fn fields(all: &[(&'static str, &str)]) -> BTreeMap<&'static str, String> {
    all.iter().map(|(name, value)| (*name, (*value).to_owned())).collect()
}

#[test]
fn a_span_for_the_call_and_one_for_each_attempt() {
    let (clock, stub) = (ManualClock::new(), answers(&[503, 200]));
    let noted = noted(|| {
        let users = client(&stub, &clock);
        assert_eq!(clock.run(users.user(7, Some("canary"))).unwrap(), 7);
    });
    let (calls, attempts) = (noted.of("call"), noted.of("HTTP"));
    assert_eq!((calls.len(), attempts.len()), (1, 2));
    assert_eq!(
        calls[0].fields,
        fields(&[
            ("otel.name", "Users.user"),
            ("otel.kind", "internal"),
            ("api", "Users"),
            ("endpoint", "user"),
            ("http.request.method", "GET"),
            ("url.template", "/users/{id}{?token}"),
            ("server.address", "api.test"),
            ("server.port", "8443"),
            ("http.response.status_code", "200"),
            ("attempts", "2"),
        ])
    );
    let common = [
        ("otel.name", "GET /users/{id}{?token}"),
        ("otel.kind", "client"),
        ("http.request.method", "GET"),
        ("http.request.body.size", "0"),
        ("url.template", "/users/{id}{?token}"),
        ("url.scheme", "https"),
        ("server.address", "api.test"),
        ("server.port", "8443"),
        ("http.response.body.size", "1"),
    ];
    let mut first = fields(&common);
    first.extend(fields(&[
        ("http.response.status_code", "503"),
        ("error.type", "503"),
        ("otel.status_code", "ERROR"),
    ]));
    let mut second = fields(&common);
    second.extend(fields(&[("http.response.status_code", "200"), ("http.request.resend_count", "1")]));
    assert_eq!([&attempts[0].fields, &attempts[1].fields], [&first, &second]);
    let spans = noted.spans.lock().unwrap().clone();
    let call = *spans.iter().find(|(_, span)| span.name == "call").unwrap().0;
    assert!(attempts.iter().all(|span| span.parent == Some(call) && span.is_closed && span.entered > 0));
    assert!(calls[0].is_closed && calls[0].entered > 0 && calls[0].parent.is_none());
    let events = noted.events.lock().unwrap();
    let told: Vec<_> = events.iter().map(|(level, fields, _)| (*level, fields["message"].as_str())).collect();
    assert_eq!(told, [(Level::DEBUG, "tried again"), (Level::DEBUG, "ok")]);
    assert!(events.iter().all(|(_, _, within)| *within == Some(call)));
    assert!(!format!("{spans:?} {events:?}").contains("canary"));
}

#[test]
fn failures_say_what_they_are() {
    let (clock, stub) = (ManualClock::new(), answers(&[404, 200, 418]));
    let noted = noted(|| {
        let users = client(&stub, &clock);
        clock.run(users.user(7, Some("canary"))).unwrap_err();
        // It is no text.
        let untyped = users.client().call(Method::GET, "/{id}").param("id", 1).fetch::<Vec<u8>>();
        clock.run(untyped).unwrap_err();
        clock.run(users.report()).unwrap_err();
        clock.run(users.user(7, None).timeout(Duration::ZERO)).unwrap_err();
    });
    let calls = noted.of("call");
    let kinds: Vec<_> = calls.iter().map(|span| span.fields["error.type"].as_str()).collect();
    assert_eq!(kinds, ["status", "decode", "status", "timeout"]);
    assert!(calls.iter().all(|span| span.fields["otel.status_code"] == "ERROR"));
    assert_eq!(calls[1].fields["otel.name"], "GET /{id}");
    assert!(!calls[1].fields.contains_key("endpoint"));
    let attempts = noted.of("HTTP");
    assert_eq!(attempts.len(), 3);
    // Methods that the conventions do not know have one name.
    let report = &attempts[2].fields;
    assert_eq!(
        (&*report["http.request.method"], &*report["http.request.method_original"]),
        ("_OTHER", "REPORT")
    );
    let events = noted.events.lock().unwrap();
    assert!(events.iter().all(|(level, _, _)| *level == Level::WARN) && events.len() == 4, "{events:?}");
    assert!(events[0].1["error"].starts_with("GET /users/{id}{?token}: 404"), "{events:?}");
}

/// Whatever is asked for: the names and values that a backend groups by are as many as the endpoints.
#[test]
fn ten_thousand_ids_have_one_name() {
    let (clock, stub) = (ManualClock::new(), Stub::json("7"));
    let noted = noted(|| {
        let users = client(&stub, &clock);
        for id in 0..10_000 {
            clock.run(users.user(id, None)).unwrap();
        }
    });
    for name in ["call", "HTTP"] {
        let spans = noted.of(name);
        assert_eq!(spans.len(), 10_000);
        for field in ["otel.name", "url.template", "server.address"] {
            let values: BTreeSet<_> = spans.iter().map(|span| &span.fields[field]).collect();
            assert_eq!(values.len(), 1, "{field}: {values:?}");
        }
    }
}

/// A call is within the span of who waits for it, also where somebody else drives it, and one that nobody waits for is closed.
#[test]
fn calls_are_within_the_callers_span() {
    let (clock, stub) = (ManualClock::new(), Stub::new());
    stub.on("GET /v1/users/{id}").returns(&7_u64).after(Duration::from_secs(60));
    let noted = noted(|| {
        let users = client(&stub, &clock);
        let mut call = {
            let _outer = tracing::info_span!("outer").entered();
            let mut call = Box::pin(users.user(7, None));
            assert!(futures_util::FutureExt::now_or_never(&mut call).is_none());
            call
        };
        clock.advance(Duration::from_secs(1));
        assert!(futures_util::FutureExt::now_or_never(&mut call).is_none());
        drop(call);
    });
    let spans = noted.spans.lock().unwrap();
    let outer = *spans.iter().find(|(_, span)| span.name == "outer").unwrap().0;
    let call = spans.values().find(|span| span.name == "call").unwrap();
    assert!(call.parent == Some(outer) && call.is_closed, "{call:?}");
    assert!(spans.values().all(|span| span.is_closed));
}

/// Breakers and tokens tell what becomes of them, within the call that has noticed it.
#[test]
fn breakers_and_tokens() {
    let (clock, stub) = (ManualClock::new(), answers(&[500; 4]));
    let noted = noted(|| {
        let token = apiclient::auth::Renewing::by(|_| async { Ok(apiclient::auth::Token::new("canary-1")) });
        let builder =
            Client::builder().base_url("http://api.test").transport(stub.clone()).clock(clock.clone());
        let breaker = apiclient::Breaker::new().min(4);
        let client = builder.auth(token).breaker(breaker).retry(Retry::none()).build().unwrap();
        for _ in 0..5 {
            clock.run(client.call(Method::GET, "/x").fetch::<u8>()).unwrap_err();
        }
    });
    let events = noted.events.lock().unwrap();
    let of = |message: &str| {
        let mut all = events.iter().filter(|(_, fields, _)| fields["message"] == message);
        all.next().cloned().unwrap_or_else(|| panic!("no {message} in {events:?}"))
    };
    let (level, fields, within) = of("breaker");
    assert_eq!((level, &*fields["phase"], within.is_some()), (Level::WARN, "open", true));
    assert_eq!(of("another token").0, Level::DEBUG);
    assert!(!format!("{events:?}").contains("canary"));
}

/// Who wants less has less: warnings without spans, and nothing at all.
#[test]
fn levels() {
    let (clock, stub) = (ManualClock::new(), answers(&[404, 404]));
    let run = |level| {
        let _alone = alone();
        let noted = Noted::default();
        let subscriber = Registry::default().with(noted.clone().with_filter(level));
        tracing::subscriber::with_default(subscriber, || {
            clock.run(client(&stub, &clock).user(7, None)).unwrap_err();
        });
        (noted.of("call").len() + noted.of("HTTP").len(), noted.events.lock().unwrap().len())
    };
    use tracing_subscriber::filter::LevelFilter;
    assert_eq!(run(LevelFilter::WARN), (0, 1));
    assert_eq!(run(LevelFilter::OFF), (0, 0));
    let _ = Client::builder();
}
