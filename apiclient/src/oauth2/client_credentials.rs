//! RFC 6749, section 4.4.

use super::{
    ScopedTokens,
    endpoint::{Caller, Endpoint, Repeats},
};
use crate::{
    auth::{AuthError, Renewing, Token, TokenRequest, TokenSource},
    error::Error,
    secret::Secret,
    time::BoxFuture,
};
use std::{fmt, time::Duration};

/// Tokens for a program that asks in its own name (RFC 6749, section 4.4).
#[derive(Clone)]
pub struct ClientCredentials {
    endpoint: Endpoint,
    form: Vec<(String, String)>,
}

impl ClientCredentials {
    /// Asks this token endpoint, by this id and secret of the program, which go as `Authorization: Basic ..`.
    pub fn new(token_url: impl Into<String>, id: impl Into<String>, secret: impl Into<Secret>) -> Self {
        let caller = Caller::Basic(id.into(), secret.into());
        let form = vec![("grant_type".into(), "client_credentials".into())];
        ClientCredentials { endpoint: Endpoint::new(token_url.into(), caller), form }
    }

    /// What the token has to be good for, whatever trait and methods declare; [`by_scopes`](Self::by_scopes) asks for what these say. Default: what the
    /// service gives.
    pub fn scopes<S: AsRef<str>>(mut self, scopes: impl IntoIterator<Item = S>) -> Self {
        let scopes: Vec<String> = scopes.into_iter().map(|scope| scope.as_ref().to_owned()).collect();
        self.form.retain(|(name, _)| name != "scope");
        if !scopes.is_empty() {
            self.form.push(("scope".into(), scopes.join(" ")));
        }
        self
    }

    /// A parameter more, such as the `audience` or `resource` (RFC 8707) that some services want.
    pub fn param(mut self, name: impl Into<String>, value: impl Into<String>) -> Self {
        self.form.push((name.into(), value.into()));
        self
    }

    /// Id and secret go in the body, for services that do not know `Basic` (`client_secret_post`).
    pub fn in_body(mut self) -> Self {
        self.endpoint.caller = self.endpoint.caller.in_body();
        self
    }

    /// The token, for [`ClientBuilder::auth`](crate::ClientBuilder::auth).
    ///
    /// # Errors
    ///
    /// If the URL is none of `https`, or of this machine.
    pub fn build(self) -> Result<Renewing, Error> {
        self.endpoint.check()?;
        Ok(Renewing::new(self))
    }

    /// A token for each set of scopes that the trait and its methods declare, in the place of one token with the scopes of this.
    ///
    /// # Errors
    ///
    /// As [`build`](Self::build).
    pub fn by_scopes(self) -> Result<ScopedTokens, Error> {
        self.endpoint.check()?;
        Ok(ScopedTokens::new(self))
    }
}

/// Of the parameters their names: one may be an assertion.
impl fmt::Debug for ClientCredentials {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        let names: Vec<&str> = self.form.iter().map(|(name, _)| &**name).collect();
        f.debug_struct("ClientCredentials").field("endpoint", &self.endpoint).field("params", &names).finish()
    }
}

impl TokenSource for ClientCredentials {
    fn token<'a>(&'a self, asked: TokenRequest<'a>) -> BoxFuture<'a, Result<Token, AuthError>> {
        Box::pin(async move {
            let answer = self.endpoint.ask(&self.form, Repeats::Freely, asked).await?;
            Ok(answer.token)
        })
    }

    fn patience(&self) -> Duration {
        self.endpoint.patience
    }
}
