//! The transports under test.

use super::Subject;
use apiclient::{
    reqwest,
    transport::{self, BodyStream, Transport},
};
use hyper_util::{
    client::legacy::{Client, connect::HttpConnector},
    rt::TokioExecutor,
};
use std::sync::Arc;

/// reqwest, as the default transport sets it.
#[derive(Debug)]
pub struct Reqwest;

impl Subject for Reqwest {
    const NAME: &'static str = "reqwest";
    // Its URL escapes the quote of a query, and is as long as a target alone may be.
    const FAILS: &'static [&'static str] = &["a_quote_in_a_query_is_kept", "the_longest_target"];

    fn transport() -> Option<Arc<dyn Transport>> {
        Some(over(quiet()))
    }

    fn http2() -> Option<Arc<dyn Transport>> {
        Some(over(quiet().http2_prior_knowledge()))
    }

    fn has_tls() -> bool {
        true
    }
}

fn over(http: reqwest::ClientBuilder) -> Arc<dyn Transport> {
    Arc::new(transport::Reqwest::from(http.build().expect("reqwest")).sends_once())
}

fn quiet() -> reqwest::ClientBuilder {
    let policy = reqwest::redirect::Policy::none();
    reqwest::Client::builder().no_proxy().redirect(policy).retry(reqwest::retry::never()).referer(false)
}

/// The lean transport.
#[derive(Debug)]
pub struct Hyper;

impl Subject for Hyper {
    const NAME: &'static str = "hyper";

    fn transport() -> Option<Arc<dyn Transport>> {
        Some(Arc::new(transport::Hyper::builder().no_proxy().build().expect("hyper")))
    }

    fn http2() -> Option<Arc<dyn Transport>> {
        let builder = transport::Hyper::builder().no_proxy().http2_prior_knowledge();
        Some(Arc::new(builder.build().expect("hyper")))
    }

    fn has_tls() -> bool {
        true
    }
}

/// The adapter, over the pooled client of hyper-util as it is by default.
#[derive(Debug)]
pub struct Tower;

impl Subject for Tower {
    const NAME: &'static str = "tower";
    // The adapter needs no runtime, but the client beneath it panics without one.
    const FAILS: &'static [&'static str] = &["no_runtime_at_all"];

    fn transport() -> Option<Arc<dyn Transport>> {
        Some(Arc::new(transport::Tower::new(pooled(false))))
    }

    fn http2() -> Option<Arc<dyn Transport>> {
        Some(Arc::new(transport::Tower::new(pooled(true))))
    }
}

fn pooled(http2_only: bool) -> Client<HttpConnector, BodyStream> {
    Client::builder(TokioExecutor::new()).http2_only(http2_only).build_http()
}

/// A stub, which is server and transport in one.
#[derive(Debug)]
pub struct InMemory;

impl Subject for InMemory {
    const NAME: &'static str = "stub";

    fn transport() -> Option<Arc<dyn Transport>> {
        None
    }
}
