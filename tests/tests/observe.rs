//! Hooks that are ready to be used: ids and traces over all attempts, bodies in the log.

use apiclient::{
    Call, Retry,
    auth::{AuthError, Bearer, Renewing, Token},
    hooks::{AttemptEnd, CallInfo, Hook, RenewalInfo},
    observe::{LogBodies, RequestId, TraceContext},
    prelude::*,
    testing::{ManualClock, SeededRandom, Sent, Stub},
    transport::Reply,
};
use opentelemetry::{global, trace::TracerProvider};
use opentelemetry_sdk::{
    propagation::TraceContextPropagator,
    trace::{InMemorySpanExporter, SdkTracerProvider},
};
use serde_json::json;
use std::{
    collections::BTreeSet,
    io::{self, Write},
    sync::{
        Arc, Mutex, MutexGuard, PoisonError,
        atomic::{AtomicUsize, Ordering},
    },
    time::Duration,
};
use tracing_subscriber::{filter::LevelFilter, fmt::MakeWriter, layer::SubscriberExt};

#[api_client(base_url = "http://api.test")]
trait Users {
    #[get("/users/{id}")]
    fn user(&self, id: u64) -> Call<String>;
    #[post("/login")]
    fn log_in(&self, #[body] login: &serde_json::Value) -> Call<serde_json::Value>;
    #[post("/form")]
    fn form(&self, #[field] name: &str, #[field] password: &str) -> Call<serde_json::Value>;
    #[put("/picture")]
    fn picture(&self, #[body(bytes)] picture: Vec<u8>) -> Call<()>;
}

#[derive(Clone, Default)]
struct Log(Arc<Mutex<Vec<u8>>>);

impl Log {
    fn text(&self) -> String {
        String::from_utf8(self.0.lock().unwrap().clone()).unwrap()
    }
}

impl Write for Log {
    fn write(&mut self, bytes: &[u8]) -> io::Result<usize> {
        self.0.lock().unwrap().extend_from_slice(bytes);
        Ok(bytes.len())
    }

    fn flush(&mut self) -> io::Result<()> {
        Ok(())
    }
}

impl<'a> MakeWriter<'a> for Log {
    type Writer = Log;

    fn make_writer(&'a self) -> Log {
        self.clone()
    }
}

/// Whether anybody listens is one for the whole process: a test that listens has no other one beside it.
fn alone() -> MutexGuard<'static, ()> {
    static ONE: Mutex<()> = Mutex::new(());
    ONE.lock().unwrap_or_else(PoisonError::into_inner)
}

/// Fails, sends elsewhere, and answers, one after the other.
fn three_steps() -> Stub {
    let number = AtomicUsize::new(0);
    Stub::with(move |_| {
        Ok(match number.fetch_add(1, Ordering::Relaxed) % 3 {
            0 => Reply::new(503, ""),
            1 => Reply::new(307, "").with_header("location".parse().unwrap(), "/users/8".parse().unwrap()),
            _ => Reply::new(200, "ada"),
        })
    })
}

fn header(sent: &Sent, name: &str) -> String {
    sent.headers()[name].to_str().unwrap().to_owned()
}

#[test]
fn one_id_over_all_attempts() {
    let _alone = alone();
    let (stub, clock, log) = (three_steps(), ManualClock::new(), Log::default());
    let id = RequestId::with_random("X-Request-Id", &SeededRandom::new(7));
    let users = UsersClient::builder().transport(stub.clone()).clock(clock.clone()).hook(id).build().unwrap();
    let subscriber = tracing_subscriber::fmt().with_max_level(LevelFilter::DEBUG).with_writer(log.clone());
    tracing::subscriber::with_default(subscriber.with_ansi(false).finish(), || {
        clock.run(users.user(1)).unwrap();
        clock.run(users.user(2)).unwrap();
        clock.run(users.user(3).header("X-Request-Id", "mine")).unwrap();
    });
    let ids: Vec<_> = stub.requests().iter().map(|sent| header(sent, "x-request-id")).collect();
    assert_eq!(ids.len(), 9);
    assert!(ids[..3].iter().all(|id| *id == ids[0]), "{ids:?}");
    assert!(ids[3..6].iter().all(|id| *id == ids[3] && *id != ids[0]), "{ids:?}");
    assert_eq!(ids[6], "mine");
    let parts: Vec<_> = ids[0].split('-').map(str::len).collect();
    assert_eq!(parts, [8, 4, 4, 4, 12]);
    assert_eq!(&ids[0][14..15], "4");
    // A line that says what has become of it says which it was.
    let again: Vec<_> =
        log.text().lines().filter(|line| line.contains("tried again")).map(str::to_owned).collect();
    assert_eq!(again.len(), 3, "{}", log.text());
    assert!(again[0].contains(&format!("request.id=\"{}\"", ids[0])), "{}", again[0]);
    assert!(again[1].contains(&format!("request.id=\"{}\"", ids[3])), "{}", again[1]);
}

/// What is in the spans is what was sent, and spans of others are none of ours.
#[test]
fn an_id_is_in_no_other_span() {
    let _alone = alone();
    let (stub, clock) = (three_steps(), ManualClock::new());
    let run = |level: LevelFilter, id: Option<&str>| {
        let log = Log::default();
        let users = UsersClient::builder().transport(stub.clone()).clock(clock.clone());
        let users = users.hook(RequestId::new("X-Request-Id")).build().unwrap();
        let ours = tracing_subscriber::filter::Targets::new()
            .with_target("apiclient", level)
            .with_default(LevelFilter::INFO);
        let lines = tracing_subscriber::fmt::layer().with_ansi(false).with_writer(log.clone());
        let subscriber = tracing_subscriber::registry().with(lines).with(ours);
        tracing::subscriber::with_default(subscriber, || {
            let inbound = tracing::info_span!("inbound", request.id = "inbound-7");
            inbound.in_scope(|| {
                let call = users.user(1);
                clock.run(id.map_or_else(|| users.user(1), |id| call.header("X-Request-Id", id))).unwrap();
                tracing::info!("after");
            });
        });
        log.text()
    };
    let quiet = run(LevelFilter::WARN, None);
    assert!(quiet.contains(r#"inbound{request.id="inbound-7"}: observe: after"#), "{quiet}");
    let all = run(LevelFilter::DEBUG, Some("mine"));
    let ok = all.lines().find(|line| line.contains("apiclient: ok")).unwrap();
    assert!(ok.contains(r#"request.id="mine""#) && ok.matches("request.id").count() == 2, "{ok}");
    assert!(all.contains(r#"inbound{request.id="inbound-7"}: observe: after"#), "{all}");
}

#[test]
fn ids_are_told_from_each_other() {
    let _alone = alone();
    let (stub, clock) = (Stub::with(|_| Ok(Reply::new(200, "ada"))), ManualClock::new());
    let users = UsersClient::builder().transport(stub.clone()).clock(clock.clone());
    let users = users.hook(RequestId::new("X-Request-Id")).build().unwrap();
    for id in 0..10_000 {
        clock.run(users.user(id)).unwrap();
    }
    let ids: BTreeSet<_> = stub.requests().iter().map(|sent| header(sent, "x-request-id")).collect();
    assert_eq!(ids.len(), 10_000);
    assert!(RequestId::new("Content-Length").name().is_none(), "the transport's own");
    assert!(RequestId::new("no header").name().is_none());
}

/// The trace goes on at the service: each attempt names its own span as the parent.
#[test]
fn a_trace_goes_on() {
    let _alone = alone();
    global::set_text_map_propagator(TraceContextPropagator::new());
    let exporter = InMemorySpanExporter::default();
    let provider = SdkTracerProvider::builder().with_simple_exporter(exporter.clone()).build();
    let layer = tracing_opentelemetry::layer().with_tracer(provider.tracer("test"));
    let (stub, clock) = (three_steps(), ManualClock::new());
    let users = UsersClient::builder().transport(stub.clone()).clock(clock.clone()).hook(TraceContext::new());
    let users = users.build().unwrap();
    tracing::subscriber::with_default(tracing_subscriber::registry().with(layer), || {
        clock.run(users.user(1)).unwrap();
    });
    provider.force_flush().unwrap();
    let spans = exporter.get_finished_spans().unwrap();
    let named = |name: &str| spans.iter().filter(|span| span.name == name).collect::<Vec<_>>();
    let (call, attempts) = (named("Users.user"), named("GET /users/{id}"));
    assert_eq!((call.len(), attempts.len()), (1, 3), "{spans:?}");
    let trace = call[0].span_context.trace_id();
    for (sent, attempt) in stub.requests().iter().zip(&attempts) {
        assert_eq!(attempt.parent_span_id, call[0].span_context.span_id());
        assert_eq!(header(sent, "traceparent"), format!("00-{trace}-{}-01", attempt.span_context.span_id()));
    }
    let ids: BTreeSet<_> = stub.requests().iter().map(|sent| header(sent, "traceparent")).collect();
    assert_eq!(ids.len(), 3);
    // Without a layer there is nothing to go on.
    clock.run(users.user(1)).unwrap();
    assert!(!stub.requests().last().unwrap().headers().contains_key("traceparent"));
}

fn json_reply(status: u16, body: &serde_json::Value) -> Reply {
    let reply = Reply::new(status, body.to_string());
    reply.with_header("content-type".parse().unwrap(), "application/json".parse().unwrap())
}

/// What is logged of bodies, in lines.
fn logged(log: &Log) -> Vec<String> {
    let text = log.text();
    let of_bodies = text.lines().filter(|line| line.contains("apiclient::body"));
    of_bodies.map(|line| line.split("apiclient::body: ").nth(1).unwrap().to_owned()).collect()
}

#[test]
fn bodies_are_logged_if_somebody_says_so() {
    let _alone = alone();
    let clock = ManualClock::new();
    let stub = Stub::with(|sent| {
        Ok(match sent.url().path() {
            "/login" => json_reply(
                200,
                &json!({"access_token": "canary-1", "user": {"name": "ada", "api_key": ["canary-2"]}, "groups": [{"id": 7}, {"id": 8}], "echo": "t-canary-7f"}),
            ),
            "/form" => Reply::new(400, "the token t-canary-7f is not good"),
            _ => Reply::new(204, ""),
        })
    });
    let run = |hook: Option<LogBodies>| {
        let log = Log::default();
        let builder = UsersClient::builder()
            .transport(stub.clone())
            .clock(clock.clone())
            .auth(Bearer::new("t-canary-7f"));
        let builder = match hook {
            Some(hook) => builder.hook(hook),
            None => builder,
        };
        let users = builder.retry(Retry::none()).build().unwrap();
        let subscriber =
            tracing_subscriber::fmt().with_max_level(LevelFilter::TRACE).with_writer(log.clone());
        tracing::subscriber::with_default(subscriber.with_ansi(false).finish(), || {
            clock.run(users.log_in(&json!({"name": "ada", "password": "canary-3", "next": null}))).unwrap();
            clock.run(users.form("ada", "canary-4")).unwrap_err();
            clock.run(users.picture(vec![0, 159, 146, 150])).unwrap();
            clock.run(users.user(7)).unwrap();
        });
        assert!(!log.text().contains("canary"), "{}", log.text());
        log
    };
    assert_eq!(logged(&run(None)), [""; 0], "off by default");

    // Names and shape, and no value.
    let lines = logged(&run(Some(LogBodies::new(200))));
    let expected = [
        r#"request body body="{\"name\":\"***\",\"next\":null,\"password\":\"***\"}""#,
        r#"response body status=200 body="{\"access_token\":\"***\",\"echo\":\"***\",\"groups\":[{\"id\":\"***\"},{\"id\":\"***\"}],\"user\":{\"api_key\":\"***\",\"name\":\"***\"}}""#,
        r#"request body body="name=***&password=***""#,
        r#"response body status=400 body="(33 bytes)""#,
        r#"request body body="(4 bytes of application/octet-stream)""#,
    ];
    assert_eq!(lines, expected);

    // What somebody has called harmless, but for what is secret all the same.
    let lines = logged(&run(Some(LogBodies::new(200).show([
        "/name",
        "/user",
        "/groups/*/id",
        "/echo",
        "/password",
    ]))));
    let expected = [
        r#"request body body="{\"name\":\"ada\",\"next\":null,\"password\":\"***\"}""#,
        r#"response body status=200 body="{\"access_token\":\"***\",\"echo\":\"***\",\"groups\":[{\"id\":7},{\"id\":8}],\"user\":{\"api_key\":\"***\",\"name\":\"ada\"}}""#,
        r#"request body body="name=ada&password=***""#,
    ];
    assert_eq!(lines[..3], expected);

    let lines = logged(&run(Some(LogBodies::new(200).show_all())));
    assert_eq!(lines[3], r#"response body status=400 body="the token *** is not good""#);
    let short = logged(&run(Some(LogBodies::new(10).show_all())));
    assert_eq!(short[0], r#"request body body="{\"name\":\"a..""#);
    assert!(short.iter().all(|line| line.len() < 80), "{short:?}");
}

/// Each answer, and each token.
#[test]
fn ends_and_renewals_are_told() {
    let _alone = alone();
    #[derive(Debug, Default)]
    struct Told(Mutex<Vec<String>>);
    impl Hook for Told {
        fn on_attempt_end(&self, call: &CallInfo<'_>, end: &AttemptEnd<'_>) {
            let (template, number) = (call.template(), end.number());
            let status = end.status().map_or(0, |status| status.as_u16());
            let said = match end.body() {
                Some(body) => format!("{template} {number} {status} {body:?}"),
                None => format!("{template} {number} {}", end.error().unwrap().kind()),
            };
            self.0.lock().unwrap().push(said);
        }

        fn on_renewal(&self, renewal: &RenewalInfo<'_>) {
            let said = match renewal.error() {
                None => "another token".to_owned(),
                Some(e) => format!("no token: {e}"),
            };
            self.0.lock().unwrap().push(format!("{said} after {:?}", renewal.elapsed()));
        }
    }
    let (stub, clock, told) = (three_steps(), ManualClock::new(), Arc::new(Told::default()));
    let number = AtomicUsize::new(0);
    let token = Renewing::by(move |_| {
        let is_first = number.fetch_add(1, Ordering::Relaxed) == 0;
        async move {
            match is_first {
                true => Ok(Token::new("t-1").expires_in(Duration::from_secs(60))),
                false => Err(AuthError::new("the issuer is down")),
            }
        }
    });
    let users = UsersClient::builder()
        .transport(stub)
        .clock(clock.clone())
        .auth(token)
        .hook(told.clone())
        .build()
        .unwrap();
    clock.run(users.user(1)).unwrap();
    clock.advance(Duration::from_secs(90));
    clock.run(users.user(1)).unwrap_err();
    let expected = [
        "another token after 0ns",
        "/users/{id} 1 503 b\"\"",
        "/users/{id} 2 307 b\"\"",
        "/users/{id} 2 200 b\"ada\"",
        "no token: the issuer is down after 0ns",
        "/users/{id} 1 auth",
    ];
    assert_eq!(*told.0.lock().unwrap(), expected);
}
