//! Tokens of OAuth 2.0 (RFC 6749): client credentials, and refresh tokens that rotate. Each becomes a
//! [`Renewing`](crate::auth::Renewing), which is given to a builder. Beside them the tokens that a registry of container images asks for.
//!
//! ```
//! use apiclient::{oauth2::ClientCredentials, prelude::*};
//!
//! #[api_client(base_url = "https://api.example.com")]
//! #[auth(bearer)]
//! trait Reports {
//!     #[get("/reports/{id}")]
//!     fn report(&self, id: u64) -> Call<String>;
//! }
//!
//! # let secret = "not so secret";
//! let token = ClientCredentials::new("https://login.example.com/token", "reports", secret).scopes(["reports:read"]).build()?;
//! let reports = ReportsClient::builder().auth(token).build()?;
//! # Ok::<_, apiclient::Error>(())
//! ```
//!
//! A token endpoint is asked over the client's own transport, by the client's own clock. It has to be `https`, or on this machine; its
//! redirects are not followed, its answers may be 64 KiB long, and nothing of them is ever printed but the code of an error.

mod client_credentials;
mod endpoint;
mod refresh_token;
mod registry;
mod scoped;

pub use self::{
    client_credentials::ClientCredentials, refresh_token::RefreshToken, registry::RegistryToken,
    scoped::ScopedTokens,
};
