//! When a call is tried again: what is worth another try, who decides, how long to wait, and how much of it an origin is asked for.
//!
//! A failed attempt is followed by another one if all of this is so:
//!
//! - **It is safe**: the request is idempotent by its method (RFC 9110, section 9.2.2: `GET`, `HEAD`, `OPTIONS`, `TRACE`, `PUT`,
//!   `DELETE`, and `QUERY`), or by `#[idempotent]`, or it carries an idempotency key, or it is certain that the server has not acted
//!   on it ([`Progress::is_unsent`](crate::transport::Progress::is_unsent)). Its body can be sent again: it is no stream. A server
//!   whose certificate is not trusted is never asked again.
//! - **It is worth it**: the [`RetryPolicy`] says so. The default, [`Standard`], takes the statuses 408, 425, 429, 500, 502, 503 and
//!   504, connections that could not be made or broke, answers that were cut off, and attempts that took too long; 409 where the
//!   request carries an idempotency key (the first request is still under way).
//! - **There are tries left**: 3 in all, the first one included.
//! - **The origin can bear it**: every origin has a budget of 500 tokens. A try more costs 14, one after 429 and the like 5; a
//!   call that succeeds gives back what its last try cost, or 1 if it was its first. Without tokens nobody tries again, so a service
//!   that is down gets no storm on top.
//! - **There is time left**: the wait ends before the time limit of the call does. A wait that would outlive it is not begun: the
//!   call fails at once with what the server said.
//!
//! The wait is drawn from zero up to 50 ms, doubled from try to try up to 20 s ("full jitter"); where the server is overloaded (429,
//! 503 with `Retry-After`) it begins with a second. What the server asks for with `Retry-After` (RFC 9110, section 10.2.3) is kept:
//! never sooner, up to a tenth later, and not at all if it is more than 120 s. These numbers are AWS's standard mode 2.1, but for the
//! limit of `Retry-After`, which is that of `OpenAI`'s SDKs.
//!
//! `#[retry(..)]` on trait and method, [`ClientBuilder::retry`](crate::ClientBuilder::retry) and [`Call::retry`](crate::Call::retry)
//! change that, key by key:
//!
//! ```
//! use apiclient::{prelude::*, retry::Retry};
//! use std::time::Duration;
//!
//! #[api_client(base_url = "https://api.example.com")]
//! #[retry(attempts = 5, cap = "5s")]
//! trait Orders {
//!     #[get("/orders/{id}")]
//!     async fn order(&self, id: u64) -> Result<String, apiclient::Error>;
//!
//!     #[post("/orders")]
//!     #[idempotency_key("Idempotency-Key")]
//!     fn place(&self, #[body(text)] order: &str) -> Call<String>;
//! }
//!
//! # async fn run() -> Result<(), apiclient::Error> {
//! let orders = OrdersClient::builder().retry(Retry::new().base(Duration::from_millis(100))).build()?;
//! let placed = orders.place("two of the blue ones").retry(Retry::none()).await?;
//! # Ok(()) }
//! ```

mod aws;
mod backoff;
mod budget;
mod policy;
mod standard;

pub use self::{
    aws::Aws21,
    policy::{Again, By, Failed, RetryPolicy, Rules},
    standard::Standard,
};
pub(crate) use self::{
    backoff::upwards,
    budget::{Budget, Budgets},
    policy::Asked,
};
pub use crate::endpoint::{PolicyRef, Retry, RetryOn};

impl PolicyRef {
    /// A policy of one's own, for [`Retry::policy`] in a constant; `#[retry(policy = ..)]` writes it.
    pub const fn new(policy: &'static By) -> Self {
        PolicyRef(policy)
    }

    pub(crate) fn get(self) -> Option<&'static dyn RetryPolicy> {
        self.0.downcast_ref::<By>().map(|by| by.0)
    }
}

impl Retry {
    /// AWS's standard mode 2.1 to the letter, with [`Aws21`]'s rules.
    pub const fn aws_2_1() -> Self {
        Retry::new().policy(PolicyRef::new(const { &By(&Aws21::new()) }))
    }
}
