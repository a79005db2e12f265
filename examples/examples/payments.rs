//! Errors of a payment service, by attribute: `cargo run --example payments`.
//!
//! The service is like Stripe's and comes along, at the end of this file. Each failure is printed twice: as your own type says
//! it, for whoever uses your program, and as the library says it, for your log.

use apiclient::prelude::*;
use serde::Deserialize;
use std::{fmt, time::Duration};

type Result<T> = std::result::Result<T, PaymentError>;

// ---- the errors

/// What can go wrong with a payment. The first variant that fits is it; `Other` has the rest.
#[derive(Debug, thiserror::Error, ApiError)]
#[non_exhaustive]
pub enum PaymentError {
    /// Two things tell what this is: the code, and within the body why.
    #[error("the card was declined: {why}")]
    #[api(status = 402, code = "card_declined")]
    Declined {
        #[api(pointer("/error/decline_code"))]
        why: Decline,
        #[api(error)]
        source: apiclient::Error,
    },
    /// Without a `param` in the body this is passed over, and the error ends in `Other`.
    #[error("`{param}` is not right: {message}")]
    #[api(status = 400, code = "parameter_*" | "amount_*")]
    Invalid {
        #[api(pointer("/error/param"))]
        param: String,
        #[api(pointer("/error/message"))]
        message: String,
        #[api(error)]
        source: apiclient::Error,
    },
    /// One key, two requests: the other one is still under way, or it was not the same. An error without a `code` has its `type` as
    /// its code.
    #[error("this idempotency key belongs to another request")]
    #[api(code = "idempotency_*")]
    KeyInUse {
        #[api(error)]
        source: apiclient::Error,
    },
    #[error("too many requests{}", pause(.source))]
    #[api(status = 429)]
    TooFast {
        #[api(error)]
        source: apiclient::Error,
    },
    #[error("the service does not accept our key")]
    #[api(status = 401)]
    BadKey {
        #[api(error)]
        source: apiclient::Error,
    },
    /// Inside a 200: `fail_if` below makes an error of it.
    #[error("this charge was refunded before")]
    #[api(code = "charge_already_refunded")]
    Refunded {
        #[api(error)]
        source: apiclient::Error,
    },
    /// No rule of its own: `#[errors]` of one method leads here.
    #[error("there is no such charge")]
    NoCharge,
    #[error("the service cannot be reached")]
    #[api(kind = connect)]
    Unreachable {
        #[api(error)]
        source: apiclient::Error,
    },
    /// No answer, so nobody knows whether the money has moved: ask again with the same key.
    #[error("the service did not answer in time")]
    #[api(kind = timeout)]
    Late {
        #[api(error)]
        source: apiclient::Error,
    },
    #[error(transparent)]
    #[api(other)]
    Other(apiclient::Error),
}

/// Why a card was declined. There are dozens of these codes, and there will be more.
#[derive(Debug, Deserialize)]
#[serde(rename_all = "snake_case")]
pub enum Decline {
    InsufficientFunds,
    ExpiredCard,
    #[serde(untagged)]
    Unknown(String),
}

impl fmt::Display for Decline {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str(match self {
            Decline::InsufficientFunds => "there is not enough money on it",
            Decline::ExpiredCard => "it has expired",
            Decline::Unknown(code) => return write!(f, "the bank says `{code}`"),
        })
    }
}

/// `Retry-After` is a number of seconds or a date; the library reads both.
fn pause(error: &apiclient::Error) -> String {
    error.retry_after().map_or_else(String::new, |wait| format!(": again in {} s", wait.as_secs()))
}

// ---- the service

#[derive(Debug, Deserialize)]
pub struct Charge {
    pub id: String,
    pub amount: u64,
}

/// A capture is done, or it is under way.
#[derive(Debug, FromStatus)]
pub enum Capture {
    #[api(status = 200)]
    Done(Charge),
    #[api(status = 202)]
    Pending {
        #[api(header("location"))]
        watch: String,
        #[api(header("retry-after"))]
        seconds: Option<u64>,
    },
}

/// `fail_if`: a 200 whose body has an `error` is none. `show_body`: what is said there is no secret, so errors may print it.
#[api_client(show_body = ["/error/param", "/error/decline_code"])]
#[timeout("5s")]
#[header("Authorization", "Bearer {key}")]
#[error_body(fail_if("/error"))]
pub trait Payments {
    #[post("/charges")]
    async fn charge(
        &self,
        #[field] amount: u64,
        #[field] currency: &str,
        #[field] card: &str,
        #[header("Idempotency-Key")] once: Option<&str>,
    ) -> Result<Charge>;

    /// The list is within `{"data": [..], "has_more": false}`.
    #[get("/charges{?limit}")]
    #[envelope("/data")]
    async fn charges(&self, limit: Option<u8>) -> Result<Vec<Charge>>;

    /// `None` where there is no such charge.
    #[get("/charges/{id}")]
    #[none_on(404)]
    async fn find(&self, id: &str) -> Result<Option<Charge>>;

    /// Here a 404 is an error, and this one.
    #[post("/charges/{id}/capture")]
    #[errors(404 => PaymentError::NoCharge)]
    async fn capture(&self, id: &str) -> Result<Capture>;

    #[post("/charges/{id}/refund")]
    async fn refund(&self, id: &str) -> Result<Charge>;

    #[get("/balance")]
    async fn balance(&self) -> Result<u64>;
}

// ---- the program

const TEST_KEY: &str = "test_4eC39HqLyj";

fn payments_at(base_url: &str, key: &str) -> std::result::Result<PaymentsClient, apiclient::Error> {
    PaymentsClient::builder().base_url(base_url).value("key", key).build()
}

#[tokio::main]
async fn main() -> std::result::Result<(), Box<dyn std::error::Error>> {
    let base_url = server::start().await?;
    let payments = payments_at(&base_url, TEST_KEY)?;

    let charge = payments.charge(4200, "eur", "visa", Some("order-17")).await?;
    println!("charged: {} for {} cents", charge.id, charge.amount);
    println!("listed: {}", payments.charges(Some(10)).await?.len());
    println!("found: {}", payments.find("ch_1").await?.is_some());
    println!("found, though it is not there (404): {}", payments.find("ch_9").await?.is_some());
    for id in ["ch_1", "ch_2"] {
        match payments.capture(id).await? {
            Capture::Done(charge) => println!("captured (200): {}", charge.id),
            Capture::Pending { watch, seconds } => {
                println!("captured later (202): look at {watch} in {} s", seconds.unwrap_or(1))
            }
        }
    }

    show("no money", payments.charge(4200, "eur", "poor", None).await);
    show("a code that nobody knew", payments.charge(4200, "eur", "odd", None).await);
    show("an argument", payments.charge(1, "eur", "visa", None).await);
    show("an argument that it repeats", payments.charge(4200, "euros", "visa", None).await);
    show("an idempotency key twice", payments.charge(99, "eur", "visa", Some("order-17")).await);
    show("too fast", payments.charge(4200, "eur", "hasty", None).await);
    show("an error in a 200", payments.refund("ch_1").await);
    show("a 404 where it is an error", payments.capture("ch_9").await);
    show("no answer", payments.balance().timeout(Duration::from_millis(100)).await);
    show("a wrong key", payments_at(&base_url, "live_9aZ81bYx72")?.charges(None).await);
    show("nobody there", payments_at(&server::nowhere().await?, TEST_KEY)?.charges(None).await);
    show("what no variant is for", payments.charge(4200, "eur", "outage", None).await);
    Ok(())
}

/// As your type says it, and as the library does: `error()` is there wherever a variant keeps it.
fn show<T>(what: &str, result: Result<T>) {
    let Err(error) = result else { return println!("\n{what}: it went well") };
    let again = if error.is_retryable() { " (try again later)" } else { "" };
    println!("\n{what}\n  user: {error}{again}");
    if let Some(error) = error.error() {
        println!("  log:  {error:#}");
    }
}

// ---- the server

mod server {
    use http_body_util::{BodyExt, Full};
    use hyper::{
        Request, Response,
        body::{Bytes, Incoming},
        header::HeaderMap,
        server::conn::http1,
        service::service_fn,
    };
    use serde_json::{Value, json};
    use std::{convert::Infallible, io};
    use tokio::net::TcpListener;

    type Answer = Response<Full<Bytes>>;

    /// On a loopback socket, for as long as the program runs; its base URL.
    pub async fn start() -> io::Result<String> {
        let listener = TcpListener::bind("127.0.0.1:0").await?;
        let url = format!("http://{}/v1", listener.local_addr()?);
        tokio::spawn(async move {
            while let Ok((stream, _)) = listener.accept().await {
                let io = hyper_util::rt::TokioIo::new(stream);
                tokio::spawn(http1::Builder::new().serve_connection(io, service_fn(answer)));
            }
        });
        Ok(url)
    }

    /// A base URL where nothing listens any more.
    pub async fn nowhere() -> io::Result<String> {
        Ok(format!("http://{}/v1", TcpListener::bind("127.0.0.1:0").await?.local_addr()?))
    }

    async fn answer(request: Request<Incoming>) -> std::result::Result<Answer, Infallible> {
        let (head, body) = request.into_parts();
        let body = body.collect().await.map(|body| body.to_bytes()).unwrap_or_default();
        let form = String::from_utf8_lossy(&body);
        let path: Vec<&str> = head.uri.path().trim_start_matches("/v1/").split('/').collect();
        let is_test = bearer(&head.headers).is_some_and(|key| key.starts_with("test_"));
        let charge = json!({"id": "ch_1", "amount": 4200});
        Ok(match (head.method.as_str(), &path[..]) {
            _ if !is_test => {
                let key = bearer(&head.headers).unwrap_or_default();
                refuse(401, json!({"message": format!("Invalid API key provided: {key}")}))
            }
            ("POST", ["charges"]) => charged(&form, head.headers.contains_key("idempotency-key"), &charge),
            ("GET", ["charges"]) => reply(200, &[], &json!({"data": [charge], "has_more": false})),
            ("GET", ["charges", "ch_1"]) | ("POST", ["charges", "ch_1", "capture"]) => {
                reply(200, &[], &charge)
            }
            ("POST", ["charges", id @ "ch_2", "capture"]) => {
                reply(202, &[("location", &format!("/v1/charges/{id}")), ("retry-after", "5")], &json!({}))
            }
            ("POST", ["charges", _, "refund"]) => {
                let message = "Charge ch_1 has already been refunded.";
                reply(200, &[], &json!({"error": {"code": "charge_already_refunded", "message": message}}))
            }
            ("GET", ["balance"]) => std::future::pending().await,
            _ => refuse(404, json!({"code": "resource_missing", "message": "No such charge."})),
        })
    }

    fn charged(form: &str, has_key: bool, charge: &Value) -> Answer {
        let field =
            |name: &str| form.split('&').find_map(|pair| pair.split_once('=').filter(|(n, _)| *n == name));
        let is = |name, value| field(name).is_some_and(|(_, found)| found == value);
        let declined = |why: &str, message: &str| {
            refuse(
                402,
                json!({"type": "card_error", "code": "card_declined", "decline_code": why, "message": message}),
            )
        };
        if is("amount", "99") && has_key {
            let message = "Keys for idempotent requests can only be used with the same parameters they were \
                           first used with. Try using a key other than 'order-17'.";
            return refuse(400, json!({"type": "idempotency_error", "message": message}));
        }
        if is("amount", "1") {
            let message = "Amount must be at least 50 cents.";
            return refuse(400, json!({"code": "amount_too_small", "param": "amount", "message": message}));
        }
        if is("currency", "euros") {
            let message = "Invalid currency: euros. There are: chf, eur, usd.";
            return refuse(
                400,
                json!({"code": "parameter_invalid", "param": "currency", "message": message}),
            );
        }
        match field("card") {
            Some((_, "poor")) => declined("insufficient_funds", "Your card has insufficient funds."),
            Some((_, "odd")) => declined("approve_with_id", "The payment cannot be authorized."),
            Some((_, "hasty")) => {
                let error =
                    json!({"error": {"code": "rate_limit", "message": "Request rate limit exceeded."}});
                reply(429, &[("retry-after", "7")], &error)
            }
            Some((_, "outage")) => page(),
            _ => reply(200, &[], charge),
        }
    }

    fn bearer(headers: &HeaderMap) -> Option<&str> {
        headers.get("authorization")?.to_str().ok()?.strip_prefix("Bearer ")
    }

    fn refuse(status: u16, error: Value) -> Answer {
        reply(status, &[], &json!({"error": error}))
    }

    fn reply(status: u16, headers: &[(&str, &str)], body: &Value) -> Answer {
        let head = Response::builder().status(status).header("content-type", "application/json");
        let head = head.header("request-id", "req_A1");
        let head = headers.iter().fold(head, |head, (name, value)| head.header(*name, *value));
        head.body(Full::from(body.to_string())).unwrap_or_default()
    }

    /// What stands in front of the service says that there is none.
    fn page() -> Answer {
        let html = "<html><title>Back in an hour</title></html>";
        let head = Response::builder().status(503).header("content-type", "text/html");
        head.body(Full::from(html)).unwrap_or_default()
    }
}
