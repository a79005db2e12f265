//! What a request carries.

use bytes::Bytes;
use serde::Serialize;
use std::fmt;

/// The body of a request: empty, or bytes that every attempt sends again.
#[derive(Clone, Default)]
pub struct Body(Bytes);

impl fmt::Debug for Body {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        write!(f, "Body({} bytes)", self.0.len())
    }
}

impl Body {
    /// The bytes of the body.
    pub fn bytes(&self) -> &Bytes {
        &self.0
    }

    /// Whether there is nothing to send.
    pub fn is_empty(&self) -> bool {
        self.0.is_empty()
    }
}

impl<T: Into<Bytes>> From<T> for Body {
    fn from(bytes: T) -> Self {
        Body(bytes.into())
    }
}

/// The dyn-safe twin of `Serialize` for JSON bodies: a type is compiled once, not once per endpoint.
#[diagnostic::on_unimplemented(
    message = "`{Self}` cannot be the body of a request",
    label = "a body is written as JSON with serde",
    note = "derive `serde::Serialize` for it"
)]
pub trait JsonBody {
    #[doc(hidden)]
    fn to_json(&self) -> Result<Vec<u8>, serde_json::Error>;
}

#[diagnostic::do_not_recommend]
impl<T: Serialize + ?Sized> JsonBody for T {
    fn to_json(&self) -> Result<Vec<u8>, serde_json::Error> {
        serde_json::to_vec(self)
    }
}
