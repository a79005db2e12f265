//! Declare a web API as a trait and get the client.
//!
//! ```
//! use apiclient::prelude::*;
//! use serde::{Deserialize, Serialize};
//!
//! #[derive(Debug, Deserialize)]
//! pub struct Repo {
//!     pub full_name: String,
//!     pub stargazers_count: u64,
//! }
//!
//! #[derive(Debug, Serialize)]
//! pub struct NewIssue<'a> {
//!     pub title: &'a str,
//! }
//!
//! #[api_client(base_url = "https://api.github.com")]
//! #[timeout("20s")]
//! pub trait GitHub {
//!     /// One repository.
//!     #[get("/repos/{owner}/{repo}")]
//!     async fn repo(&self, owner: &str, repo: &str) -> Result<Repo, apiclient::Error>;
//!
//!     /// Opens an issue.
//!     #[post("/repos/{owner}/{repo}/issues")]
//!     fn create_issue(&self, owner: &str, repo: &str, #[body] issue: &NewIssue<'_>) -> Call<()>;
//! }
//!
//! # async fn run() -> Result<(), apiclient::Error> {
//! let github = GitHubClient::new()?;
//! let repo = github.repo("rust-lang", "rust").await?;
//! println!("{} has {} stars", repo.full_name, repo.stargazers_count);
//! # Ok(()) }
//! ```
//!
//! - [`guide`] has a chapter each on declaring, calling, parameters and errors.
//! - [`api_client`] says what can be written on a trait.
//! - [`Call`] is what every endpoint returns: await it, tune it, spawn it, store it.
//! - [`Decode`] says what an endpoint can return; [`FromStatus`] and [`FromHeaders`] derive it where status or headers count,
//!   [`Created`] has the URL of what was made.
//! - [`Error`] is what can go wrong; [`ApiError`](trait@ApiError) makes your own error type of it, by attribute; [`Problem`] reads
//!   problem documents.
//! - [`head`] reads what headers say about links, credentials, limits and waiting.
//! - [`ClientBuilder`] has the settings and their defaults.
//! - [`transport`], [`time`], [`Random`] and `testing` are the seams: the network, the clock, chance, and stand-ins for them.
//!
//! # Features
//!
//! | feature | default | what it brings |
//! |---|---|---|
//! | `reqwest` | yes | the default transport over reqwest; brings `tokio` |
//! | `hyper` | no | the lean transport over hyper's own connections, the default where `reqwest` is off; brings `tokio` |
//! | `tower` | no | any `tower::Service` as a transport |
//! | `rustls` | yes | TLS for either of the first two: rustls with the platform's certificates |
//! | `http2` | yes | HTTP/2 for them |
//! | `gzip` | yes | answers in the coding `gzip`, asked for and unpacked |
//! | `deflate` | yes | the same for `deflate` |
//! | `brotli` | no | the same for `br` |
//! | `zstd` | no | the same for `zstd`; needs a C compiler |
//! | `file-store` | no | `auth::FileStore`: tokens in a file that processes share (Unix) |
//! | `sigv4` | no | `auth::SigV4`: requests that AWS can check (Signature Version 4); needs Rust 1.94 |
//! | `cookies` | no | `auth::CookieJar`: the cookies that a service sets |
//! | `metrics` | no | `metrics::Metrics`: durations, attempts, waits and bytes for the `metrics` facade |
//! | `progress` | no | `BatchProgress`: a bar that shows how far a batch is; brings `stats` |
//! | `stats` | no | `Client::stats`: totals, failures by kind, percentiles, without an exporter |
//! | `tracing` | yes | spans and events of calls, by OpenTelemetry's conventions |
//! | `config` | no | `config::Config`: settings from files, profiles and variables; needs Rust 1.88 |
//! | `opentelemetry` | no | `observe::TraceContext`: `traceparent` on each attempt, from the spans of `tracing-opentelemetry` |
//! | `digest` | no | `auth::Digest`: names and passwords by HTTP Digest (RFC 7616) |
//! | `tokio` | yes | the default clock; `Body::file`, `Part::file` |
//! | `blocking` | no | `Call::wait`, for programs without `async`; brings `tokio` |
//! | `testing` | no | `testing`: an in-memory transport, one that misbehaves, mocks, a clock that is moved by hand, seeded random numbers |
//! | `test-server` | no | `testing::TestServer`: a stub on a loopback socket, with TLS and HTTP/2; brings `testing` and `tokio` |
#![cfg_attr(docsrs, feature(doc_cfg))]
#![forbid(unsafe_code)]

extern crate self as apiclient;

pub mod auth;
#[cfg(feature = "config")]
pub mod config;
pub mod endpoint;
// Its examples use the stub, so without it they are no tests.
#[cfg(not(all(doctest, not(feature = "testing"))))]
pub mod guide;
pub mod hooks;
pub mod oauth2;
pub mod observe;
pub mod prelude;
pub mod retry;
#[cfg(feature = "testing")]
pub mod testing;
pub mod time;
pub mod transport;

mod address;
mod answer;
mod batch;
#[cfg(feature = "blocking")]
mod blocking;
mod call;
mod client;
mod coding;
mod error;
mod health;
mod json;
mod limit;
mod mapping;
#[cfg(feature = "metrics")]
pub mod metrics;
mod origin;
mod pace;
mod params;
mod pipeline;
mod progress;
mod random;
mod redirect;
mod request;
mod response;
mod safe;
mod secret;
mod span;
#[cfg(feature = "stats")]
pub mod stats;
#[cfg(any(feature = "stats", feature = "metrics"))]
mod table;

#[doc(hidden)]
pub mod __private;

/// What a generated client has where the feature `config` is on.
#[cfg(feature = "config")]
#[doc(hidden)]
#[macro_export]
macro_rules! __from_config {
    ($vis:vis fn from_config) => {
        /// A client with the settings that files and variables have for the service of this name, see
        /// [`Config`]($crate::config::Config).
        ///
        /// # Errors
        ///
        /// If there are none, or if one is wrong: each is named, with where it is from.
        $vis fn from_config(service: &str) -> ::core::result::Result<Self, $crate::Error> {
            Self::builder().config(&$crate::config::Config::load()?, service).build()
        }
    };
}

#[cfg(not(feature = "config"))]
#[doc(hidden)]
#[macro_export]
macro_rules! __from_config {
    ($vis:vis fn from_config) => {};
}

pub use address::Addresses;
pub use answer::{Answer, Response};
#[cfg(feature = "progress")]
pub use batch::BatchProgress;
pub use batch::{Batch, Summary, batch, batch_stream};
pub use call::{AsyncReturn, Call, FromCall, Sending, Untyped};
#[doc(hidden)]
pub use client::ApiClient;
pub use client::{Client, ClientBuilder};
pub use endpoint::{
    Answers, Api, Breaker, BreakerPhase, Concurrency, Endpoint, ErrorBody, Full, Hedge, HedgeAfter,
    IdempotencyKey, Literal, Per, Rate, RateLimit, RateLimitDialect, Redirects, Retry, Statuses, Timeout,
};
pub use error::{Error, ErrorKind};
pub use health::{Health, HealthCheck, HealthState, HealthWatch, TokenHealth};
pub use limit::{
    Ask, BreakerState, ConcurrencyState, Decision, Kept, LimitState, LimitStore, LimitStoreError, Limits,
    MemoryStore, ServerLimit,
};
pub use mapping::ApiError;
pub use origin::Origin;
pub use params::Params;
pub use random::{Random, SystemRandom};
pub use request::{Body, Param, Part, Patch, Prepared, UriTemplate};
pub use response::{Created, Decode, DecodeError, Json, Problem, head};
pub use secret::Secret;

#[doc = include_str!("docs/api_client.md")]
pub use apiclient_macros::api_client;

/// Derives the trait [`Params`](trait@Params), where it is documented.
pub use apiclient_macros::Params;

/// Derives the trait [`ApiError`](trait@ApiError), where it is documented.
pub use apiclient_macros::ApiError;

#[doc = include_str!("docs/from_status.md")]
pub use apiclient_macros::FromStatus;

#[doc = include_str!("docs/from_headers.md")]
pub use apiclient_macros::FromHeaders;

/// Its examples are tests.
#[cfg(all(
    doctest,
    feature = "testing",
    feature = "hyper",
    feature = "rustls",
    feature = "config",
    feature = "metrics",
    feature = "progress"
))]
#[doc = include_str!("../../README.md")]
struct Readme;

pub use bytes::Bytes;
pub use http::{self, HeaderMap, HeaderName, HeaderValue, Method, StatusCode};
#[cfg(feature = "progress")]
pub use indicatif;
#[cfg(feature = "reqwest")]
pub use reqwest;
