//! What a server answered: its head, and its body as the type that was asked for.

mod decode;
mod head;
mod json_path;

pub(crate) use decode::failed;
pub use decode::{Decode, DecodeError, Json};
pub(crate) use head::uri;
pub use head::{Answer, Response};
