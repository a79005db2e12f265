//! Where tokens are kept, so that they outlive a process and several share them.

#[cfg(all(feature = "file-store", unix))]
mod file;
mod memory;
mod record;
mod shared;

#[cfg(all(feature = "file-store", unix))]
pub use self::file::FileStore;
pub use self::memory::MemoryStore;
pub(crate) use self::shared::{Found, Kept};

use super::AuthError;
use crate::{request::encode, secret::Secret, time::BoxFuture};
use std::{fmt, sync::Arc};

/// Where tokens are kept, so that they outlive a process, or several processes and machines share them:
/// [`Renewing::stored`](super::Renewing::stored). An entry is text with a version, and is replaced only by who knows its version;
/// nothing more is asked of a store, and so a table of a database is one, or a key of Redis with a script of four lines.
///
/// Nobody but one asks for the next token of an entry: who does says so in the entry first. [`MemoryStore`] is shared within a process,
/// `FileStore` (feature `file-store`) by the processes of a machine.
///
/// # Errors
///
/// No message may hold a token. A store that fails does not end calls as long as the token in memory is good.
pub trait TokenStore: fmt::Debug + Send + Sync {
    /// What is kept under this key.
    fn get<'a>(&'a self, key: &'a TokenKey) -> BoxFuture<'a, Result<Option<TokenEntry>, AuthError>>;

    /// Puts `entry` in the place of what has the version `replaces`; where that is none, in the place of nothing. False where something else
    /// stands there by now, and then nothing is changed. Once it is ready the entry must survive a crash.
    fn set<'a>(
        &'a self,
        key: &'a TokenKey,
        entry: &'a TokenEntry,
        replaces: Option<u64>,
    ) -> BoxFuture<'a, Result<bool, AuthError>>;

    /// Takes the entry away, whatever its version is. False where there is none.
    fn remove<'a>(&'a self, key: &'a TokenKey) -> BoxFuture<'a, Result<bool, AuthError>>;

    /// All keys, in no particular order.
    fn list(&self) -> BoxFuture<'_, Result<Vec<TokenKey>, AuthError>>;

    /// Whether all who share it have one clock: then who has died while asking for a token is known by the time of day as well. Default: they have not.
    fn shares_clock(&self) -> bool {
        false
    }
}

/// One that others use, too.
impl<T: TokenStore + ?Sized> TokenStore for Arc<T> {
    fn get<'a>(&'a self, key: &'a TokenKey) -> BoxFuture<'a, Result<Option<TokenEntry>, AuthError>> {
        (**self).get(key)
    }

    fn set<'a>(
        &'a self,
        key: &'a TokenKey,
        entry: &'a TokenEntry,
        replaces: Option<u64>,
    ) -> BoxFuture<'a, Result<bool, AuthError>> {
        (**self).set(key, entry, replaces)
    }

    fn remove<'a>(&'a self, key: &'a TokenKey) -> BoxFuture<'a, Result<bool, AuthError>> {
        (**self).remove(key)
    }

    fn list(&self) -> BoxFuture<'_, Result<Vec<TokenKey>, AuthError>> {
        (**self).list()
    }

    fn shares_clock(&self) -> bool {
        (**self).shares_clock()
    }
}

/// Whose token it is, and what it is good for.
///
/// ```
/// use apiclient::auth::TokenKey;
///
/// let key = TokenKey::new("github").subject("ada@example.com").scopes(["repo", "gist"]);
/// assert_eq!(key.to_string(), "github/ada%40example.com/gist+repo");
/// ```
#[derive(Debug, Clone, PartialEq, Eq, Hash, PartialOrd, Ord)]
pub struct TokenKey {
    service: String,
    subject: String,
    scopes: Vec<String>,
}

impl TokenKey {
    /// Of a service, by a name of your own for it.
    pub fn new(service: impl Into<String>) -> Self {
        TokenKey { service: service.into(), subject: String::new(), scopes: Vec::new() }
    }

    /// Of this user. Default: an empty text.
    pub fn subject(mut self, subject: impl Into<String>) -> Self {
        self.subject = subject.into();
        self
    }

    /// For these scopes, in any order. Default: none are named.
    pub fn scopes<S: Into<String>>(mut self, scopes: impl IntoIterator<Item = S>) -> Self {
        self.scopes = scopes.into_iter().map(Into::into).collect();
        self.scopes.sort_unstable();
        self.scopes.dedup();
        self
    }

    /// The service.
    pub fn service(&self) -> &str {
        &self.service
    }

    /// The user.
    pub fn subject_name(&self) -> &str {
        &self.subject
    }

    /// The scopes, in alphabetical order.
    pub fn scope_names(&self) -> &[String] {
        &self.scopes
    }
}

/// One text for each key, and no other key has it: `service/subject/scope+scope`, each percent-encoded.
impl fmt::Display for TokenKey {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        let encoded = |text: &str| {
            let mut out = Vec::new();
            encode(&mut out, text.as_bytes(), false);
            String::from_utf8(out).unwrap_or_default()
        };
        let scopes: Vec<_> = self.scopes.iter().map(|scope| encoded(scope)).collect();
        write!(f, "{}/{}/{}", encoded(&self.service), encoded(&self.subject), scopes.join("+"))
    }
}

/// What a store keeps under a key: a text that holds the token, JSON, and its version.
#[derive(Clone)]
pub struct TokenEntry {
    version: u64,
    data: Secret,
}

impl TokenEntry {
    /// An entry as it was read.
    pub fn new(version: u64, data: impl Into<Secret>) -> Self {
        TokenEntry { version, data: data.into() }
    }

    /// Which one it is: each has a greater one than that which it replaces.
    pub fn version(&self) -> u64 {
        self.version
    }

    /// The text, which is secret.
    pub fn data(&self) -> &Secret {
        &self.data
    }
}

impl fmt::Debug for TokenEntry {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.debug_struct("TokenEntry").field("version", &self.version).finish_non_exhaustive()
    }
}
