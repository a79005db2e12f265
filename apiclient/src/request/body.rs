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

/// What an argument with `#[body(bytes)]` can be.
#[diagnostic::on_unimplemented(
    message = "`{Self}` is no body of bytes",
    label = "bytes are a `Bytes`, a `Vec<u8>`, a `&[u8]`, a text or a `Body`",
    note = "a value with serde goes as `#[body]`, which is JSON, `#[body(form)]` or `#[body(text)]`"
)]
pub trait BodyValue {
    #[doc(hidden)]
    fn body(&self) -> Option<Body>;
}

impl BodyValue for Body {
    fn body(&self) -> Option<Body> {
        Some(self.clone())
    }
}

impl BodyValue for Bytes {
    fn body(&self) -> Option<Body> {
        Some(self.clone().into())
    }
}

impl BodyValue for [u8] {
    fn body(&self) -> Option<Body> {
        Some(Bytes::copy_from_slice(self).into())
    }
}

impl BodyValue for str {
    fn body(&self) -> Option<Body> {
        self.as_bytes().body()
    }
}

impl<const N: usize> BodyValue for [u8; N] {
    fn body(&self) -> Option<Body> {
        self[..].body()
    }
}

impl BodyValue for Vec<u8> {
    fn body(&self) -> Option<Body> {
        self[..].body()
    }
}

impl BodyValue for String {
    fn body(&self) -> Option<Body> {
        self.as_bytes().body()
    }
}

impl<T: BodyValue> BodyValue for Option<T> {
    fn body(&self) -> Option<Body> {
        self.as_ref()?.body()
    }
}

impl<T: BodyValue + ?Sized> BodyValue for &T {
    fn body(&self) -> Option<Body> {
        (**self).body()
    }
}
