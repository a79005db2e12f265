//! What may be printed: names that somebody has called safe. Of headers, queries and bodies nothing else ever is.

use http::HeaderName;

/// The allow-list of a client: its trait's and its builder's together.
#[derive(Debug, Clone, Default, PartialEq)]
pub(crate) struct Safe {
    pub(crate) headers: Vec<HeaderName>,
    /// Keys of a query.
    pub(crate) query: Vec<String>,
    /// Pointers into an error's body.
    pub(crate) body: Vec<String>,
    /// What the server says is not shown.
    pub(crate) hush: bool,
}

impl Safe {
    pub(crate) fn header(&self, name: &HeaderName) -> bool {
        self.headers.contains(name)
    }

    pub(crate) fn query(&self, key: &str) -> bool {
        self.query.iter().any(|safe| safe == key)
    }
}

/// What a request says about a word that a server repeats.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(crate) enum Known {
    /// It is a part of a secret.
    Secret,
    /// It stands where everybody sees it.
    Open,
    /// Nothing.
    No,
}
