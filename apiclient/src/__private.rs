//! Exactly what generated code names, and nothing else. No promise: it changes with the macro, which is pinned.

#[cfg(feature = "testing")]
pub use crate::testing::mock::{
    AsJson, Expectation, Keep, MapOf, MockOf, Mocked, NoJson, NoMap, Owned, end, mocked, unmocked, verify,
};
pub use crate::{
    answer::Answer,
    call::{
        AsyncReturn, Call, CallOf, FromCall, RawCall, TimeLimit, call, call_at, fall_back, finish,
        finish_with, hand_over, none_on, whole, within,
    },
    client::{ApiClient, Client, ClientBuilder},
    endpoint::{
        Api, AuthChoice, Bit, Breaker, Concurrency, Endpoint, ErrorBody, Full, Hedge, HedgeAfter, HeldHeader,
        IdempotencyKey, KeyOf, Literal, Per, Piece, PolicyRef, Rate, RateLimit, RateLimitDialect, Redirects,
        Retry, RetryOn, Scheme, Show, StaticHeader, Statuses, Style, Timeout, pieces::*,
    },
    error::{Error, ErrorKind, FromError},
    mapping::{ApiError, KeepsError, Matching, Rule, body, header_of, pointer, status},
    params::{Anything, Asked, Params, has_no_other, has_variable, is_free, no_variable, params},
    request::{
        BodyValue, Expander, JsonBody, Link, Multipart, Optional, Param, ParamError, PartMeta, PartValue,
        Shown, display, or,
    },
    response::{Decode, DecodeError, DecodeWithin, FromHeader, answer_header},
    retry::By,
};
pub use core::time::Duration;
pub use http::{HeaderName, HeaderValue};
#[cfg(feature = "testing")]
pub use serde_json::Value;

/// The client of one trait over a client that may serve others.
pub fn bind(client: &Client, api: &'static Api) -> Client {
    client.bind(api)
}

/// A builder for the client `C`.
pub fn builder<C>() -> ClientBuilder<C> {
    ClientBuilder::new()
}

/// No variant of a type with `derive(FromStatus)` has the status.
pub fn no_variant() -> DecodeError {
    DecodeError::new("no variant of the type has this status")
}
