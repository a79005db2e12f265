//! What arguments and error rules cost, over a transport that answers in memory: the same call with none and with eight
//! arguments, with an error type of 20 rules, and a 404 without and with such a type.
use apiclient::{
    prelude::*,
    transport::{Attempt, BoxFuture, Reply, Transport, TransportError},
};
use std::hint::black_box;

#[derive(Debug)]
struct Memory;

impl Transport for Memory {
    fn send<'a>(&'a self, attempt: Attempt<'a>) -> BoxFuture<'a, Result<Reply, TransportError>> {
        let missing = black_box(attempt.target()).ends_with("/missing");
        let mut reply = if missing { Reply::new(404, MISSING) } else { Reply::new(200, "") };
        if missing {
            let json = apiclient::HeaderValue::from_static("application/json");
            reply.headers_mut().insert(apiclient::http::header::CONTENT_TYPE, json);
        }
        Box::pin(std::future::ready(Ok(reply)))
    }
}

const MISSING: &str = r#"{"message":"There is no such thing.","code":"gone","documentation":"https://docs.test/errors"}"#;

/// 20 rules, the one that matches last.
#[derive(Debug, ApiError)]
#[api(code_at = "/code")]
enum Mapped {
    #[api(status = 400)]
    A,
    #[api(status = 401)]
    B,
    #[api(status = 402)]
    C,
    #[api(status = 403)]
    D,
    #[api(status = 405)]
    E,
    #[api(status = 406)]
    F,
    #[api(status = 409, code = "locked" | "busy")]
    G,
    #[api(status = 409)]
    H,
    #[api(status = 410)]
    I,
    #[api(status = 412)]
    J,
    #[api(status = 415)]
    K,
    #[api(status = 422)]
    L,
    #[api(status = 429, header("x-reason", "quota*"))]
    M,
    #[api(status = 429)]
    N,
    #[api(status = 500)]
    O,
    #[api(status = 502 | 503 | 504)]
    P,
    #[api(status = 505..=599)]
    Q,
    #[api(kind = timeout)]
    R,
    #[api(kind = connect)]
    S,
    #[api(status = 404)]
    NotFound(#[api(error)] apiclient::Error),
    #[api(other)]
    Other(apiclient::Error),
}

#[api_client(base_url = "http://memory.test/v1")]
trait Calls {
    #[get("/repos/rust-lang/cargo/issues/7/comments")]
    fn mapped(&self) -> Call<(), Mapped>;
    #[get("/missing")]
    fn missing(&self) -> Call<()>;
    #[get("/missing")]
    fn mapped_missing(&self) -> Call<(), Mapped>;
    #[get("/repos/rust-lang/cargo/issues/7/comments")]
    fn none(&self) -> Call<()>;
    #[get("/repos/{owner}/{repo}/issues/{number}/comments{?state,page}")]
    fn eight(
        &self,
        owner: &str,
        repo: &str,
        number: u64,
        state: Option<&str>,
        page: u32,
        #[query] sort: &str,
        #[query("per-page")] size: u8,
        #[query] since: &str,
    ) -> Call<()>;
}

/// The same with something before each request, which never stands in the way.
#[api_client(base_url = "http://memory.test/v1")]
#[rate_limit("1000000000/s")]
#[breaker]
#[retry(attempts = 4)]
trait Guarded {
    #[get("/repos/rust-lang/cargo/issues/7/comments")]
    fn none(&self) -> Call<()>;
    #[get("/repos/rust-lang/cargo/issues/7/comments")]
    #[concurrency(64)]
    fn places(&self) -> Call<()>;
    #[get("/repos/rust-lang/cargo/issues/7/comments")]
    #[hedge]
    fn hedged(&self) -> Call<()>;
}

/// The same with a token.
#[api_client(base_url = "http://memory.test/v1")]
#[auth(bearer)]
trait Authorized {
    #[get("/repos/rust-lang/cargo/issues/7/comments")]
    fn none(&self) -> Call<()>;
}

/// Wants to know, and does nothing with it.
#[derive(Debug)]
struct Silent;

impl apiclient::hooks::Hook for Silent {}

const OPS: [&str; 15] = [
    "none", "header", "renewing", "bearer", "stats", "hook", "metrics", "guarded", "places", "hedged", "mapped", "missing", "mapped-missing", "spans", "eight",
];

/// A recorder of atomic numbers, which is the least that one does.
mod recorder {
    use metrics::{
        Counter, Gauge, Histogram, HistogramFn, Key, KeyName, Metadata, Recorder, SharedString, Unit,
    };
    use std::sync::{
        Arc,
        atomic::{AtomicU64, Ordering},
    };

    pub struct Least;

    struct Last(AtomicU64);

    impl HistogramFn for Last {
        fn record(&self, value: f64) {
            self.0.store(value.to_bits(), Ordering::Relaxed);
        }
    }

    impl Recorder for Least {
        fn describe_counter(&self, _: KeyName, _: Option<Unit>, _: SharedString) {}
        fn describe_gauge(&self, _: KeyName, _: Option<Unit>, _: SharedString) {}
        fn describe_histogram(&self, _: KeyName, _: Option<Unit>, _: SharedString) {}

        fn register_counter(&self, _: &Key, _: &Metadata<'_>) -> Counter {
            Counter::from_arc(Arc::new(AtomicU64::new(0)))
        }

        fn register_gauge(&self, _: &Key, _: &Metadata<'_>) -> Gauge {
            Gauge::from_arc(Arc::new(AtomicU64::new(0)))
        }

        fn register_histogram(&self, _: &Key, _: &Metadata<'_>) -> Histogram {
            Histogram::from_arc(Arc::new(Last(AtomicU64::new(0))))
        }
    }
}

fn main() {
    let mut args = std::env::args().skip(1);
    let op = args.next().expect("none, eight, mapped, missing, mapped-missing, guarded, places, hedged, header, bearer, renewing, stats, hook, metrics or spans");
    let calls: u64 = args.next().expect("N").parse().expect("a number");
    let runtime = tokio::runtime::Builder::new_current_thread().enable_all().build().expect("a runtime");
    let api = CallsClient::builder().transport(Memory).without_stats().build().expect("a client");
    let guarded = GuardedClient::builder().transport(Memory).without_stats().build().expect("a client");
    let token = apiclient::auth::Bearer::new("ghp_0123456789abcdefghijklmnopqrstuvwxyz");
    let by_hand = CallsClient::builder().header("authorization", "Bearer ghp_0123456789abcdefghijklmnopqrstuvwxyz");
    let by_hand = by_hand.transport(Memory).without_stats().build().expect("a client");
    let life = std::time::Duration::from_secs(3600);
    let renewing = apiclient::auth::Renewing::by(move |_| async move {
        Ok(apiclient::auth::Token::new("ghp_0123456789abcdefghijklmnopqrstuvwxyz").expires_in(life))
    });
    let renewing = AuthorizedClient::builder().auth(renewing).transport(Memory).without_stats().build().expect("a client");
    let authorized = AuthorizedClient::builder().auth(token).transport(Memory).without_stats().build().expect("a client");
    let counted = CallsClient::builder().transport(Memory).build().expect("a client");
    let told = CallsClient::builder().transport(Memory).without_stats().hook(Silent).build().expect("a client");
    if op == "metrics" {
        metrics::set_global_recorder(recorder::Least).expect("the only one");
    }
    if op == "spans" {
        tracing::subscriber::set_global_default(tracing_subscriber::registry()).expect("the only one");
    }
    let metrics = apiclient::metrics::Metrics::new();
    let measured = CallsClient::builder().transport(Memory).without_stats().hook(metrics).build().expect("a client");
    // Told from each other by a number, so that what is looked up does not cost more for some than for others.
    let which = OPS.iter().position(|known| *known == op).expect("one of those above");
    runtime.block_on(async {
        let run = async |n: u64| {
            for i in 0..n {
                let good = match which {
                    0 => api.none().await.is_ok(),
                    1 => by_hand.none().await.is_ok(),
                    2 => renewing.none().await.is_ok(),
                    3 => authorized.none().await.is_ok(),
                    4 => counted.none().await.is_ok(),
                    5 => told.none().await.is_ok(),
                    13 => api.none().await.is_ok(),
                    6 => measured.none().await.is_ok(),
                    7 => guarded.none().await.is_ok(),
                    8 => guarded.places().await.is_ok(),
                    9 => guarded.hedged().await.is_ok(),
                    10 => api.mapped().await.is_ok(),
                    11 => api.missing().await.is_err_and(|e| e.is_not_found()),
                    12 => matches!(api.mapped_missing().await, Err(Mapped::NotFound(_))),
                    _ => api
                        .eight("rust-lang", "cargo", i, Some("open"), 2, "created", 50, "2026-01-01T00:00:00Z")
                        .await
                        .is_ok(),
                };
                assert!(good, "the answer that was asked for");
            }
        };
        run(20).await;
        let before = common::alloc::snapshot();
        run(calls).await;
        let after = common::alloc::snapshot();
        let each = |a: u64, b: u64| (b - a) as f64 / calls as f64;
        println!("op={op} allocs={:.2} reallocs={:.2}", each(before.0, after.0), each(before.1, after.1));
    });
}
