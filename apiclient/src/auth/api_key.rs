//! A key in a header, in the query or in a cookie.

use super::{Auth, AuthError, Authorizing, Outgoing, from_env};
use crate::{
    endpoint::{Scheme, SchemeKind},
    error::Error,
    secret::Secret,
};
use std::fmt;

/// A key in a header, in the query or in a cookie: the trait says where, `#[auth(api_key("X-Key"))]`.
///
/// ```
/// use apiclient::{auth::ApiKey, prelude::*};
///
/// #[api_client(base_url = "https://api.example.com")]
/// #[auth(api_key(query = "key"))]
/// trait Maps {
///     #[get("/places/{id}")]
///     fn place(&self, id: u64) -> Call<String>;
/// }
///
/// let maps = MapsClient::builder().auth(ApiKey::new("AIzaSyD-9tSrke72")).build()?;
/// # Ok::<_, apiclient::Error>(())
/// ```
pub struct ApiKey {
    key: Secret,
    place: Option<Place>,
}

enum Place {
    Header(String),
    Query(String),
    Cookie(String),
}

impl ApiKey {
    /// A key, for a trait that says where it goes.
    pub fn new(key: impl Into<Secret>) -> Self {
        ApiKey { key: key.into(), place: None }
    }

    /// A key in a header of this name, whatever the trait says.
    pub fn header(name: impl Into<String>, key: impl Into<Secret>) -> Self {
        ApiKey { key: key.into(), place: Some(Place::Header(name.into())) }
    }

    /// A key in the query by this name, whatever the trait says.
    pub fn query(name: impl Into<String>, key: impl Into<Secret>) -> Self {
        ApiKey { key: key.into(), place: Some(Place::Query(name.into())) }
    }

    /// A key in a cookie of this name, whatever the trait says.
    pub fn cookie(name: impl Into<String>, key: impl Into<Secret>) -> Self {
        ApiKey { key: key.into(), place: Some(Place::Cookie(name.into())) }
    }

    /// The key of an environment variable, for a trait that says where it goes; whitespace around it left out.
    ///
    /// # Errors
    ///
    /// If it is not set or empty.
    pub fn from_env(variable: &str) -> Result<Self, Error> {
        from_env(variable).map(ApiKey::new)
    }
}

impl Auth for ApiKey {
    fn authorize<'a>(&'a self, request: &mut Outgoing<'_>) -> Authorizing<'a> {
        let key = self.key.expose();
        if key.is_empty() {
            return Authorizing::fail(AuthError::new("the key is empty"));
        }
        match (&self.place, request.scheme().map(Scheme::kind)) {
            (Some(Place::Header(name)), _) => request.secret_header(name, key),
            (Some(Place::Query(name)), _) => request.secret_query(name, key),
            (Some(Place::Cookie(name)), _) => request.secret_cookie(name, key),
            (None, Some(SchemeKind::HeaderKey(name))) => request.secret_header(name, key),
            (None, Some(SchemeKind::QueryKey(name))) => request.secret_query(name, key),
            (None, Some(SchemeKind::CookieKey(name))) => request.secret_cookie(name, key),
            _ => {
                let message = "nobody says where an `ApiKey::new(..)` goes: `ApiKey::header(\"X-API-Key\", ..)` does, and so does `#[auth(api_key)]` on a trait";
                return Authorizing::fail(AuthError::new(message));
            }
        }
        Authorizing::done()
    }
}

impl fmt::Debug for ApiKey {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str("ApiKey([redacted])")
    }
}
