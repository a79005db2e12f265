//! Corpora: folders of cases, outside of this repository, that say what must go over the wire.
//!
//! A case becomes a declaration in a generated project ([`Workshop`]), is called there against a loopback server ([`lab`]),
//! and what arrived is compared with what was expected. Everything is decided by the structure of a case, so another
//! folder of the same shape will do.

pub mod case;
pub mod choices;
pub mod compare;
pub mod declare;
pub mod head;
pub mod httpbin;
pub mod json;
pub mod lab;
pub mod naive;
pub mod report;
pub mod requests;
pub mod rust;
pub mod templates;
pub mod wire;
pub mod workshop;

pub use json::Json;
pub use workshop::Workshop;

use std::{env, path::PathBuf};

/// The folder `name` of the corpora, or a word about why it is skipped. `APICLIENT_CORPORA` says where they are, and
/// `APICLIENT_REQUIRE=1` makes a skip an error.
///
/// # Panics
///
/// Where a corpus is required and not there.
pub fn folder(name: &str) -> Option<PathBuf> {
    let found = find(name);
    let required = env::var("APICLIENT_REQUIRE").is_ok_and(|v| v == "1");
    assert!(found.is_some() || !required, "the corpus `{name}` is required and not there");
    found
}

/// The same, where nothing requires it.
pub fn find(name: &str) -> Option<PathBuf> {
    let home = env::var_os("APICLIENT_CORPORA");
    let folder = home.map_or_else(|| crate::root().join("../shared/corpora"), PathBuf::from).join(name);
    if folder.is_dir() {
        return Some(folder);
    }
    println!("skipped: no corpus at {}; APICLIENT_CORPORA says where they are", folder.display());
    None
}
