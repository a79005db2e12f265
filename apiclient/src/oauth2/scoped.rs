//! A token for each set of scopes that a trait declares.

use super::ClientCredentials;
use crate::{
    auth::{
        Auth, AuthError, Authorizing, Outgoing, Refusal, Renewing, TokenKey, TokenState, TokenStore, Verdict,
    },
    time::BoxFuture,
};
use arc_swap::ArcSwap;
use std::{
    collections::BTreeSet,
    fmt,
    sync::{Arc, Mutex, PoisonError},
    time::Instant,
};

/// Tokens for a program that asks in its own name, one for each set of scopes that `#[auth(.., scopes = [..])]` declares: a call has the token for the scopes of its
/// method, or else for those of its trait, and else for those of [`ClientCredentials::scopes`]. From [`ClientCredentials::by_scopes`].
///
/// ```
/// use apiclient::{oauth2::ClientCredentials, prelude::*};
///
/// #[api_client(base_url = "https://api.example.com")]
/// #[auth(oauth2, scopes = ["reports:read"])]
/// trait Reports {
///     #[get("/reports/{id}")]
///     fn report(&self, id: u64) -> Call<String>;
///
///     #[delete("/reports/{id}")]
///     #[auth(oauth2, scopes = ["reports:write"])]
///     fn remove(&self, id: u64) -> Call<()>;
/// }
///
/// # let secret = "not so secret";
/// let tokens = ClientCredentials::new("https://login.example.com/token", "reports", secret).by_scopes()?;
/// let reports = ReportsClient::builder().auth(tokens).build()?;
/// # Ok::<_, apiclient::Error>(())
/// ```
pub struct ScopedTokens {
    source: ClientCredentials,
    kept: Option<(Arc<dyn TokenStore>, TokenKey)>,
    /// As many as the program declares. Read by every call, and so without a lock.
    all: ArcSwap<All>,
    making: Mutex<()>,
}

type All = Vec<(BTreeSet<&'static str>, Renewing)>;

impl ScopedTokens {
    pub(super) fn new(source: ClientCredentials) -> Self {
        ScopedTokens { source, kept: None, all: ArcSwap::default(), making: Mutex::default() }
    }

    /// The tokens are kept in a store, each under this key with its own scopes; as [`Renewing::stored`]. Default: they are kept in memory.
    pub fn stored(mut self, store: impl TokenStore + 'static, key: TokenKey) -> Self {
        self.kept = Some((Arc::new(store), key));
        self
    }

    fn of(&self, scopes: &[&'static str]) -> Renewing {
        find(&self.all.load(), scopes).unwrap_or_else(|| self.make(scopes))
    }

    #[cold]
    fn make(&self, scopes: &[&'static str]) -> Renewing {
        let _one = self.making.lock().unwrap_or_else(PoisonError::into_inner);
        let mut all = All::clone(&self.all.load());
        if let Some(made) = find(&all, scopes) {
            return made;
        }
        let source = match scopes.is_empty() {
            true => self.source.clone(),
            false => self.source.clone().scopes(scopes),
        };
        let token = Renewing::new(source);
        let token = match &self.kept {
            None => token,
            Some((store, key)) => token.stored(store.clone(), key.clone().scopes(scopes.iter().copied())),
        };
        all.push((scopes.iter().copied().collect(), token.clone()));
        self.all.store(Arc::new(all));
        token
    }
}

/// The one for these scopes, in whatever order.
fn find(all: &All, scopes: &[&'static str]) -> Option<Renewing> {
    let is_same = |known: &BTreeSet<&str>| {
        scopes.iter().all(|scope| known.contains(scope)) && known.iter().all(|scope| scopes.contains(scope))
    };
    all.iter().find(|(known, _)| is_same(known)).map(|(_, token)| token.clone())
}

impl Auth for ScopedTokens {
    fn authorize<'a>(&'a self, request: &mut Outgoing<'_>) -> Authorizing<'a> {
        self.of(request.scopes()).authorize_owned(request)
    }

    fn challenged<'a>(&'a self, refusal: Refusal<'a>) -> BoxFuture<'a, Result<Verdict, AuthError>> {
        let token = self.of(refusal.scopes());
        Box::pin(async move { token.challenged(refusal).await })
    }

    /// The worst of them; of those that are good the one that is over first.
    fn token_state(&self, now: Instant) -> Option<TokenState> {
        let rank = |state: &TokenState| match state {
            TokenState::LoggedOut(_) => (0, None),
            TokenState::Failed(_) => (1, None),
            TokenState::Expired => (2, None),
            TokenState::Good(Some(left)) => (3, Some(*left)),
            TokenState::Good(None) => (4, None),
            TokenState::Absent => (5, None),
        };
        let all = self.all.load();
        let states = all.iter().filter_map(|(_, token)| token.token_state(now));
        Some(states.min_by_key(rank).unwrap_or(TokenState::Absent))
    }
}

impl fmt::Debug for ScopedTokens {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.debug_tuple("ScopedTokens").field(&self.source).finish()
    }
}
