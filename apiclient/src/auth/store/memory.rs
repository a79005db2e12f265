//! Tokens that clients of one process share.

use super::{TokenEntry, TokenKey, TokenStore};
use crate::{auth::AuthError, time::BoxFuture};
use std::{
    collections::BTreeMap,
    fmt,
    future::ready,
    sync::{Arc, Mutex, MutexGuard, PoisonError},
};

/// Tokens in memory: for clients of one process that share them, and for tests. A clone is the same store.
///
/// ```
/// use apiclient::{auth::{MemoryStore, Renewing, Token, TokenKey}, prelude::*};
///
/// let store = MemoryStore::new();
/// let token = Renewing::by(|_| async { Ok(Token::new("tok-1")) }).stored(store.clone(), TokenKey::new("shop"));
/// # let _ = token;
/// ```
#[derive(Clone, Default)]
pub struct MemoryStore(Arc<Mutex<BTreeMap<TokenKey, TokenEntry>>>);

impl MemoryStore {
    /// One without tokens.
    pub fn new() -> Self {
        MemoryStore::default()
    }

    fn all(&self) -> MutexGuard<'_, BTreeMap<TokenKey, TokenEntry>> {
        // Each change is one step.
        self.0.lock().unwrap_or_else(PoisonError::into_inner)
    }
}

impl TokenStore for MemoryStore {
    fn get<'a>(&'a self, key: &'a TokenKey) -> BoxFuture<'a, Result<Option<TokenEntry>, AuthError>> {
        Box::pin(async { Ok(self.all().get(key).cloned()) })
    }

    fn set<'a>(
        &'a self,
        key: &'a TokenKey,
        entry: &'a TokenEntry,
        replaces: Option<u64>,
    ) -> BoxFuture<'a, Result<bool, AuthError>> {
        Box::pin(async move {
            let mut all = self.all();
            if all.get(key).map(TokenEntry::version) != replaces {
                return Ok(false);
            }
            all.insert(key.clone(), entry.clone());
            Ok(true)
        })
    }

    fn remove<'a>(&'a self, key: &'a TokenKey) -> BoxFuture<'a, Result<bool, AuthError>> {
        Box::pin(async { Ok(self.all().remove(key).is_some()) })
    }

    fn list(&self) -> BoxFuture<'_, Result<Vec<TokenKey>, AuthError>> {
        Box::pin(ready(Ok(self.all().keys().cloned().collect())))
    }

    fn shares_clock(&self) -> bool {
        true
    }
}

impl fmt::Debug for MemoryStore {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.debug_set().entries(self.all().keys().map(ToString::to_string)).finish()
    }
}
