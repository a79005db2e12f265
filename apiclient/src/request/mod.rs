//! What a call says: target, headers, body. A recipe, from which each attempt is built anew.

mod base;
mod base_url;
mod body;
#[cfg(feature = "tokio")]
mod body_file;
mod body_stream;
mod header;
mod multipart;
mod param;
mod patch;
mod prepared;
mod recipe;
mod target;
mod template;

pub(crate) use base::Base;
pub use base::Origin;
pub use body::{Body, JsonBody};
pub use body_stream::BodyStream;
pub(crate) use header::{is_secret, parse_name, parse_value};
pub use multipart::{Multipart, Part, PartMeta, PartValue, handed};
pub use param::Param;
pub use patch::Patch;
pub use prepared::Prepared;
pub(crate) use recipe::{Named, Recipe};
