//! Why there are no credentials.

use crate::error::{BoxError, Error};
use std::{borrow::Cow, error, fmt, sync::Arc, time::Duration};

/// Why there are no credentials for a call. Its text must not hold any.
#[derive(Debug, Clone)]
pub struct AuthError {
    message: Cow<'static, str>,
    /// Shared, since one failure can be that of many calls.
    source: Option<Arc<dyn error::Error + Send + Sync>>,
    needs_login: bool,
    is_lost: bool,
}

impl AuthError {
    /// An error of this text.
    pub fn new(message: impl Into<Cow<'static, str>>) -> Self {
        AuthError { message: message.into(), source: None, needs_login: false, is_lost: false }
    }

    /// The credentials are no longer good and cannot be renewed: somebody has to log in again. Callers ask
    /// [`Error::is_reauth_required`](crate::Error::is_reauth_required).
    pub fn reauth_required(message: impl Into<Cow<'static, str>>) -> Self {
        AuthError { needs_login: true, ..AuthError::new(message) }
    }

    /// With the error that it comes of.
    pub fn with_source(mut self, source: impl Into<BoxError>) -> Self {
        self.source = Some(source.into().into());
        self
    }

    /// The answer may be lost of a request that was seen to: what it was made with may be used up, such as a refresh token.
    pub fn lost(mut self) -> Self {
        self.is_lost = true;
        self
    }

    pub(crate) fn is_lost(&self) -> bool {
        self.is_lost
    }

    pub(crate) fn late(patience: Duration) -> Self {
        AuthError::new(format!("there was no token within {patience:?}"))
    }

    /// Whether somebody has to log in again.
    pub fn is_reauth_required(&self) -> bool {
        self.needs_login
    }
}

/// What failed on the way to credentials: a login, say.
impl From<Error> for AuthError {
    fn from(error: Error) -> Self {
        let message = error.to_string();
        AuthError { needs_login: error.is_reauth_required(), ..AuthError::new(message) }.with_source(error)
    }
}

impl fmt::Display for AuthError {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str(&self.message)
    }
}

impl error::Error for AuthError {
    fn source(&self) -> Option<&(dyn error::Error + 'static)> {
        self.source.as_deref().map(|source| source as _)
    }
}
