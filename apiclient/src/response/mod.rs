//! What a server answered: its body as the type that was asked for, and what it says where that failed.

mod created;
mod decode;
pub mod head;
mod header_text;
mod json_path;
mod message;
mod of_error;
mod one_line;
mod problem;
mod reference;
mod said;
mod within;

pub use created::Created;
pub(crate) use decode::failed;
#[cfg(feature = "testing")]
pub(crate) use decode::json as read_json;
pub use decode::{Decode, DecodeError, Json};
pub use header_text::{FromHeader, answer_header};
#[cfg(feature = "testing")]
pub(crate) use header_text::{read as read_header, read_lines};
pub(crate) use message::blot;
pub use problem::Problem;
pub(crate) use reference::resolve;
pub(crate) use said::{is, said, says_failed};
pub use within::DecodeWithin;
