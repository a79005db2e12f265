//! Exactly what generated code names, and nothing else. No promise: it changes with the macro, which is pinned.

pub use crate::{
    call::{AsyncReturn, Call, CallOf, FromCall, RawCall, TimeLimit, call, call_at, finish},
    client::{ApiClient, Client, ClientBuilder},
    endpoint::{
        Api, Bit, Endpoint, HeldHeader, Piece, Rate, RateLimit, Retry, StaticHeader, Style, Timeout,
        pieces::*,
    },
    error::{Error, FromError},
    params::{Anything, Asked, Params, has_no_other, has_variable, is_free, no_variable, params},
    request::{
        BodyValue, Expander, JsonBody, Link, Multipart, Optional, Param, ParamError, PartMeta, PartValue,
        Shown, display, or,
    },
};
pub use core::time::Duration;
pub use http::{HeaderName, HeaderValue};

/// The client of one trait over a client that may serve others.
pub fn bind(client: &Client, api: &'static Api) -> Client {
    client.bind(api)
}

/// A builder for the client `C`.
pub fn builder<C>() -> ClientBuilder<C> {
    ClientBuilder::new()
}
