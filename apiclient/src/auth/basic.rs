//! A name and a password.

use super::{Auth, AuthError, Authorizing, Outgoing, from_env};
use crate::{error::Error, secret::Secret};
use base64::{Engine, prelude::BASE64_STANDARD};
use http::{HeaderValue, header::AUTHORIZATION};
use std::fmt;
use zeroize::Zeroizing;

/// A name and a password in `Authorization: Basic ..` (RFC 7617), as UTF-8.
///
/// ```
/// use apiclient::{auth::Basic, prelude::*};
///
/// #[api_client(base_url = "https://api.example.com")]
/// #[auth(basic)]
/// trait Invoices {
///     #[get("/invoices")]
///     fn all(&self) -> Call<Vec<u64>>;
/// }
///
/// let invoices = InvoicesClient::builder().auth(Basic::new("ada", "correct horse")).build()?;
/// # Ok::<_, apiclient::Error>(())
/// ```
pub struct Basic(Result<HeaderValue, &'static str>);

impl Basic {
    /// This name and this password; either may be empty, as the secret keys of some services are sent. A colon in the name, and
    /// control characters, cannot be sent and are an error of `build()`.
    pub fn new(name: impl AsRef<str>, password: impl Into<Secret>) -> Self {
        let (name, password) = (name.as_ref(), password.into());
        // RFC 7617, section 2.
        if name.contains(':') {
            return Basic(Err("the name holds a colon"));
        }
        if name.chars().chain(password.expose().chars()).any(char::is_control) {
            return Basic(Err("name or password hold a control character"));
        }
        let pair = Zeroizing::new(format!("{name}:{}", password.expose()));
        let text = Zeroizing::new(format!("Basic {}", BASE64_STANDARD.encode(pair.as_bytes())));
        let value = HeaderValue::from_str(&text).map_err(|_| "they cannot be sent");
        Basic(value.map(|mut value| {
            value.set_sensitive(true);
            value
        }))
    }

    pub(super) fn problem(&self) -> Option<String> {
        self.0.as_ref().err().map(ToString::to_string)
    }

    /// Name and password of two environment variables.
    ///
    /// # Errors
    ///
    /// If one of them is not set or empty.
    pub fn from_env(name: &str, password: &str) -> Result<Self, Error> {
        Ok(Basic::new(from_env(name)?.expose(), from_env(password)?))
    }
}

impl Auth for Basic {
    fn authorize<'a>(&'a self, request: &mut Outgoing<'_>) -> Authorizing<'a> {
        match &self.0 {
            Ok(value) => {
                request.insert(AUTHORIZATION, value.clone());
                Authorizing::done()
            }
            Err(e) => Authorizing::fail(AuthError::new(*e)),
        }
    }
}

impl fmt::Debug for Basic {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str("Basic([redacted])")
    }
}
