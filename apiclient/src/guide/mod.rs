//! The guide: how to declare an API, call it, say what it takes, and handle what goes wrong. Every example is a test.
//!
//! - [`declaring`]: the trait, the client, where each attribute stands.
//! - [`calling`]: a call as a future, tuned, spawned, stored, looked at.
//! - [`parameters`]: paths, queries, headers, bodies, and what they refuse.
//! - [`dialects`]: corners in which clients of this kind differ, and what this one does there.
//! - [`errors`]: what can fail, how it becomes an error of your own, what is a success, and what is never printed.
//! - [`retries`]: when a call is tried again, keys, time limits, redirects.
//! - [`limits`]: how much is asked for, who waits, and who is refused.
//! - [`auth`]: who is asking, where credentials go, tokens that expire.
//! - [`transports`]: what sends a request, and what each transport says when that fails.
//! - [`running`]: settings from files and variables; spans, hooks, numbers, health; and many calls at a time.
//! - `testing` (with the feature of that name): mocks, stubs, a clock that is moved by hand, outage drills.
//!
//! The attributes in one table: [`api_client`](macro@crate::api_client); those of an error type: [`ApiError`](trait@crate::ApiError).

#[doc = include_str!("declaring.md")]
pub mod declaring {}

#[doc = include_str!("calling.md")]
pub mod calling {}

#[doc = include_str!("parameters.md")]
pub mod parameters {}

#[doc = include_str!("dialects.md")]
pub mod dialects {}

#[doc = include_str!("errors.md")]
pub mod errors {}

#[doc = include_str!("retries.md")]
pub mod retries {}

#[doc = include_str!("limits.md")]
pub mod limits {}

#[doc = include_str!("auth.md")]
pub mod auth {}

#[doc = include_str!("transports.md")]
pub mod transports {}

#[doc = include_str!("running.md")]
pub mod running {}

#[cfg(feature = "testing")]
#[doc = include_str!("testing.md")]
pub mod testing {}
