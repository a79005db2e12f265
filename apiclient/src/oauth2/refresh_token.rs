//! RFC 6749, section 6.

use super::endpoint::{Caller, Endpoint, Repeats};
use crate::{
    auth::{AuthError, Renewing, Token, TokenRequest, TokenSource},
    error::Error,
    secret::Secret,
    time::BoxFuture,
};
use std::time::Duration;

/// Tokens for somebody who has logged in before: by a refresh token, which may change each time (RFC 6749, section 6; RFC 9700,
/// section 4.14).
///
/// Each refresh token is presented once, but for one whose answer was lost on the way: once more then, within the grace that services
/// give for that.
#[derive(Debug)]
pub struct RefreshToken {
    endpoint: Endpoint,
    first: Secret,
    scopes: Option<String>,
    grace: Duration,
}

impl RefreshToken {
    /// Asks this token endpoint with this refresh token, for a program of this id that has no secret.
    pub fn new(token_url: impl Into<String>, id: impl Into<String>, refresh: impl Into<Secret>) -> Self {
        let endpoint = Endpoint::new(token_url.into(), Caller::Public(id.into()));
        RefreshToken { endpoint, first: refresh.into(), scopes: None, grace: GRACE }
    }

    /// For a program with a secret, which goes as `Authorization: Basic ..`.
    pub fn secret(mut self, secret: impl Into<Secret>) -> Self {
        self.endpoint.caller = self.endpoint.caller.with(secret.into());
        self
    }

    /// Id and secret go in the body, for services that do not know `Basic` (`client_secret_post`).
    pub fn in_body(mut self) -> Self {
        self.endpoint.caller = self.endpoint.caller.in_body();
        self
    }

    /// Fewer scopes than were granted. Default: all of them.
    pub fn scopes<S: AsRef<str>>(mut self, scopes: impl IntoIterator<Item = S>) -> Self {
        let scopes: Vec<String> = scopes.into_iter().map(|scope| scope.as_ref().to_owned()).collect();
        self.scopes = Some(scopes.join(" ")).filter(|scopes| !scopes.is_empty());
        self
    }

    /// For how long the service takes a refresh token once more whose answer was lost; after that somebody has to log in. It matters where a
    /// process dies while it asks, and another one finds that in the [store](Renewing::stored). Default: 30 s, which is Okta's; services that do
    /// not rotate are known by what they answer.
    pub fn grace(mut self, grace: Duration) -> Self {
        self.grace = grace;
        self
    }

    /// How long the token endpoint may take. Who shares a [store](Renewing::stored) with a process that has died while it
    /// asked waits so long, and 2 s more. Default: 14 s, so that the other one still comes within the grace.
    pub fn patience(mut self, patience: Duration) -> Self {
        self.endpoint.patience = patience;
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
}

impl TokenSource for RefreshToken {
    fn token<'a>(&'a self, asked: TokenRequest<'a>) -> BoxFuture<'a, Result<Token, AuthError>> {
        Box::pin(async move {
            let refresh = asked.last().and_then(Token::refresh_token).unwrap_or(&self.first);
            let mut form = vec![
                ("grant_type".to_owned(), "refresh_token".to_owned()),
                ("refresh_token".to_owned(), refresh.expose().to_owned()),
            ];
            form.extend(self.scopes.iter().map(|scopes| ("scope".to_owned(), scopes.clone())));
            let answer = self.endpoint.ask(&form, Repeats::Never, asked).await?;
            let token = match answer.token.refresh_token() {
                Some(_) => answer.token,
                // It stays as it is.
                None => answer.token.refresh(refresh.clone()),
            };
            Ok(token)
        })
    }

    fn patience(&self) -> Duration {
        self.endpoint.patience
    }

    fn grace(&self) -> Option<Duration> {
        Some(self.grace)
    }

    fn first(&self) -> Option<&Secret> {
        Some(&self.first)
    }
}

const GRACE: Duration = Duration::from_secs(30);
