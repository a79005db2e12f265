//! Hooks that are ready to be used: [`ClientBuilder::hook`](crate::ClientBuilder::hook).
//!
//! ```
//! use apiclient::{observe::{LogBodies, RequestId}, prelude::*};
//!
//! #[api_client(base_url = "https://api.example.com")]
//! trait Users {
//!     #[get("/users/{id}")]
//!     fn user(&self, id: u64) -> Call<String>;
//! }
//!
//! let users = UsersClient::builder()
//!     .hook(RequestId::new("X-Request-Id"))
//!     .hook(LogBodies::new(2 * 1024))
//!     .build()?;
//! # Ok::<_, apiclient::Error>(())
//! ```

#[cfg(feature = "tracing")]
mod bodies;
mod request_id;
#[cfg(feature = "opentelemetry")]
mod trace_context;

#[cfg(feature = "tracing")]
pub use self::bodies::LogBodies;
pub use self::request_id::RequestId;
#[cfg(feature = "opentelemetry")]
pub use self::trace_context::TraceContext;
