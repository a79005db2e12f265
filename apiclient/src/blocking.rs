//! Calls without `async`: [`Call::wait`] and [`Sending::wait`].

use crate::{
    answer::Response,
    call::{Call, Sending},
    error::{Error, ErrorKind},
};
use std::sync::OnceLock;
use tokio::runtime::{Builder, Handle, Runtime};

/// One for the process: connections are shared between threads that wait, and live on between their calls.
fn runtime() -> Result<&'static Runtime, Error> {
    static RUNTIME: OnceLock<std::io::Result<Runtime>> = OnceLock::new();
    let make = || Builder::new_multi_thread().worker_threads(1).thread_name("apiclient").enable_all().build();
    RUNTIME
        .get_or_init(make)
        .as_ref()
        .map_err(|e| Error::new(ErrorKind::Config, format!("the runtime for `wait` cannot be made: {e}")))
}

/// Runs a future to its end on this thread.
fn block_on<T, E: From<Error>>(future: impl Future<Output = Result<T, E>>) -> Result<T, E> {
    if Handle::try_current().is_ok() {
        let message = "`wait` would block a thread of a Tokio runtime, and with it perhaps the very connection it waits for; \
                       write `.await` here, or leave the runtime first (a thread of your own, not `spawn_blocking`)";
        return Err(Error::new(ErrorKind::Config, message).into());
    }
    runtime().map_err(E::from)?.block_on(future)
}

/// Feature `blocking`.
impl<T, E: From<Error>> Call<T, E> {
    /// Waits for the answer on this thread, for programs without `async`.
    ///
    /// ```no_run
    /// use apiclient::{Client, Method};
    ///
    /// fn main() -> Result<(), apiclient::Error> {
    ///     let client = Client::builder().base_url("https://api.example.com").build()?;
    ///     let name: String = client.call(Method::GET, "/users/{id}/name").param("id", 7).fetch().wait()?;
    ///     println!("{name}");
    ///     Ok(())
    /// }
    /// ```
    ///
    /// All waiting threads share one runtime, with one thread of its own, that is made by the first of them.
    ///
    /// # Errors
    ///
    /// Those of the call. Inside a Tokio runtime, kind [`Config`](ErrorKind::Config): blocking one of its threads could block
    /// the connection that the call waits for.
    pub fn wait(self) -> Result<T, E> {
        block_on(self)
    }
}

/// Feature `blocking`.
impl<T, E: From<Error>> Sending<T, E> {
    /// Waits for the whole answer on this thread: see [`Call::wait`].
    ///
    /// # Errors
    ///
    /// Those of [`Call::wait`].
    pub fn wait(self) -> Result<Response<T>, E> {
        block_on(self)
    }
}
