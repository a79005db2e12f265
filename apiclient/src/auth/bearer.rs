//! A token that stays as it is.

use super::{Auth, Authorizing, Outgoing, from_env};
use crate::{
    error::{Error, ErrorKind},
    request::parse_value,
    secret::Secret,
};
use http::{HeaderValue, header::AUTHORIZATION};
use std::fmt;

/// A token in `Authorization: Bearer ..` (RFC 6750), the same for every call.
///
/// ```
/// use apiclient::{auth::Bearer, prelude::*};
///
/// #[api_client(base_url = "https://api.github.test")]
/// #[auth(bearer)]
/// trait GitHub {
///     #[get("/user")]
///     fn me(&self) -> Call<String>;
/// }
///
/// let github = GitHubClient::builder().auth(Bearer::new("ghp_16C7e42F292c69")).build()?;
/// # Ok::<_, apiclient::Error>(())
/// ```
pub struct Bearer(Result<HeaderValue, String>);

impl Bearer {
    /// This token. One that cannot be sent is an error of `build()`.
    pub fn new(token: impl Into<Secret>) -> Self {
        Bearer(value("Bearer ", token.into().expose()))
    }

    pub(super) fn problem(&self) -> Option<String> {
        self.0.as_ref().err().cloned()
    }

    pub(super) fn header(&self) -> Option<HeaderValue> {
        self.0.as_ref().ok().cloned()
    }

    /// The token of an environment variable, whitespace around it left out.
    ///
    /// # Errors
    ///
    /// If it is not set, is empty, or cannot be sent; the message names the variable, and never what it holds.
    pub fn from_env(variable: &str) -> Result<Self, Error> {
        let token = from_env(variable)?;
        let bearer = Bearer::new(token);
        match bearer.0 {
            Ok(_) => Ok(bearer),
            Err(e) => {
                Err(Error::new(ErrorKind::Config, format!("the environment variable `{variable}`: {e}")))
            }
        }
    }
}

const LONGEST: usize = 32 << 10;

/// `Bearer` and the like before a token that a header can hold.
pub(super) fn value(scheme: &str, token: &str) -> Result<HeaderValue, String> {
    if token.is_empty() {
        return Err("the token is empty".into());
    }
    if token.len() > LONGEST {
        return Err("the token is longer than 32 KiB, and no server reads as much".into());
    }
    // RFC 6750, section 2.1, and whatever else servers make tokens of; no space, nothing beyond ASCII.
    if !token.bytes().all(|b| b.is_ascii_graphic()) {
        return Err("the token holds what no header can: a space, a line break, or what is not ASCII".into());
    }
    let mut value = parse_value(&AUTHORIZATION, format!("{scheme}{token}").as_bytes())?;
    value.set_sensitive(true);
    Ok(value)
}

impl Auth for Bearer {
    fn authorize<'a>(&'a self, request: &mut Outgoing<'_>) -> Authorizing<'a> {
        match &self.0 {
            Ok(value) => {
                request.insert(AUTHORIZATION, value.clone());
                Authorizing::done()
            }
            Err(e) => Authorizing::fail(super::AuthError::new(e.clone())),
        }
    }
}

impl fmt::Debug for Bearer {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str("Bearer([redacted])")
    }
}
