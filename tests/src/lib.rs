//! What the tests share: a raw server that misbehaves as told, where things are, and which servers are there.

pub mod corpus;
pub mod faults;
mod leaping;
pub mod proxy;
pub mod roles;
pub mod transports;
pub mod tree;

pub use faults::{Fault, FaultServer, Nobody, Request};
pub use leaping::Leaping;

use std::{env, path::PathBuf};

/// The root of the workspace.
pub fn root() -> PathBuf {
    PathBuf::from(env!("CARGO_MANIFEST_DIR")).join("..")
}

/// Whether a server of `tests/servers/run` answers at `url`, or a word about why its test is skipped; `APICLIENT_REQUIRE=1`
/// makes a skip an error.
///
/// # Panics
///
/// Where the server is required and not there.
pub fn is_up(url: &str) -> bool {
    let up = std::net::TcpStream::connect(url.trim_start_matches("http://")).is_ok();
    assert!(up || env::var("APICLIENT_REQUIRE").as_deref() != Ok("1"), "nothing answers at {url}");
    if !up {
        println!("skipped: nothing answers at {url}; tests/servers/run starts it");
    }
    up
}
