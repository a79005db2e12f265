//! A token as a service issues it, and where it comes from.

use super::AuthError;
use crate::{
    hooks::Hooks,
    random::Random,
    secret::Secret,
    time::{BoxFuture, Clock},
    transport::Transport,
};
use std::{fmt, sync::Arc, time::Duration};

/// A token as a service issues it.
///
/// ```
/// use apiclient::auth::Token;
/// use std::time::Duration;
///
/// let token = Token::new("2YotnFZFEjr1zCsicMWpAA").expires_in(Duration::from_secs(3600));
/// assert!(!format!("{token:?}").contains("2Yot"));
/// ```
#[derive(Clone)]
pub struct Token {
    access: Secret,
    refresh: Option<Secret>,
    expires_in: Option<Duration>,
    /// The refresh token that somebody has logged in with, of which this one comes.
    chain: Option<Secret>,
}

impl Token {
    /// A token that is good until a server refuses it.
    pub fn new(access: impl Into<Secret>) -> Self {
        Token { access: access.into(), refresh: None, expires_in: None, chain: None }
    }

    /// For how long it is good, from when it was received.
    pub fn expires_in(mut self, life: Duration) -> Self {
        self.expires_in = Some(life);
        self
    }

    /// What the next one is got with (RFC 6749, section 6).
    pub fn refresh(mut self, refresh: impl Into<Secret>) -> Self {
        self.refresh = Some(refresh.into());
        self
    }

    pub(crate) fn with_chain(mut self, chain: Option<Secret>) -> Self {
        self.chain = chain;
        self
    }

    pub(crate) fn chain(&self) -> Option<&Secret> {
        self.chain.as_ref()
    }

    /// The token itself.
    pub fn access_token(&self) -> &Secret {
        &self.access
    }

    /// What the next one is got with.
    pub fn refresh_token(&self) -> Option<&Secret> {
        self.refresh.as_ref()
    }

    /// For how long it is good, from when it was received; none where nobody knows.
    pub fn life(&self) -> Option<Duration> {
        self.expires_in
    }
}

impl fmt::Debug for Token {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.debug_struct("Token").field("expires_in", &self.expires_in).finish_non_exhaustive()
    }
}

/// Where tokens come from: asked for the first one, and before each expires for the next.
///
/// It is never asked twice at a time, and what it does is not given up when the call that asked is.
pub trait TokenSource: fmt::Debug + Send + Sync {
    /// The next token.
    ///
    /// # Errors
    ///
    /// One that [is final](AuthError::is_reauth_required) is told to all who wait, and to all calls after them; another one is told
    /// to those who wait, and for 10 s nobody asks again.
    fn token<'a>(&'a self, asked: TokenRequest<'a>) -> BoxFuture<'a, Result<Token, AuthError>>;

    /// How long it may take. Who shares a store with a process that has died while asking waits that long, and 2 s more. Default: 30 s.
    fn patience(&self) -> Duration {
        Duration::from_secs(30)
    }

    /// Where what it asks with can be used once only, such as a refresh token that rotates: for how long it may be presented once more if the
    /// answer was lost. After that somebody has to log in. Default: none, and it is asked as often as that is needed.
    fn grace(&self) -> Option<Duration> {
        None
    }

    /// The refresh token that somebody has logged in with, where the source was given one: another one than a store knows is another login, and is
    /// used where what is stored is refused. Default: none.
    fn first(&self) -> Option<&Secret> {
        None
    }
}

/// What a source is given.
#[derive(Clone, Copy)]
pub struct TokenRequest<'a> {
    pub(crate) last: Option<&'a Token>,
    pub(crate) refused: Option<&'a Token>,
    pub(crate) means: &'a Means,
}

/// What the client has that a source may use: its transport, its clock, its random numbers.
#[derive(Clone)]
pub(crate) struct Means {
    pub(crate) transport: Arc<dyn Transport>,
    pub(crate) clock: Arc<dyn Clock>,
    pub(crate) random: Arc<dyn Random>,
    /// Who wants to know.
    pub(crate) hooks: Arc<Hooks>,
}

/// Who has them.
pub(crate) trait Supply: Sync {
    fn means(&self) -> Means;
    fn random(&self) -> &dyn Random;
    /// By how many seconds the server's clock is ahead of ours, as far as that is known.
    fn skew(&self) -> i64;
}

impl<'a> TokenRequest<'a> {
    /// The token that is to be replaced; none for the first.
    pub fn last(&self) -> Option<&'a Token> {
        self.last
    }

    /// The token of the store, where its refresh token is known to be refused: to present that again is of no use.
    pub fn refused(&self) -> Option<&'a Token> {
        self.refused
    }

    /// The client's transport.
    pub fn transport(&self) -> &'a Arc<dyn Transport> {
        &self.means.transport
    }

    /// The client's clock.
    pub fn clock(&self) -> &'a Arc<dyn Clock> {
        &self.means.clock
    }

    /// The client's random numbers.
    pub fn random(&self) -> &'a Arc<dyn Random> {
        &self.means.random
    }
}

impl fmt::Debug for TokenRequest<'_> {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.debug_struct("TokenRequest").field("last", &self.last).finish_non_exhaustive()
    }
}
