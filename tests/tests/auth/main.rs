//! Who is asking: credentials of every kind, where they go and where not, and what follows where a server refuses them.

mod canary;
mod challenged;
mod declared;
mod jar;
mod login;
mod oauth2;
mod registry;
mod renewing;
mod seam;
mod sigv4;
mod stored;

use apiclient::{
    HeaderMap,
    testing::{ManualClock, Stub},
    transport::Reply,
};

fn stub() -> Stub {
    Stub::with(|_| Ok(Reply::new(200, "\"yes\"")))
}

/// The headers of the last request.
fn last(stub: &Stub) -> HeaderMap {
    stub.requests().last().expect("one was sent").headers().clone()
}

fn header(stub: &Stub, name: &str) -> Option<String> {
    last(stub).get(name).map(|value| value.to_str().unwrap().to_owned())
}

fn clock() -> ManualClock {
    ManualClock::new()
}
