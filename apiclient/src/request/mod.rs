//! What a call says: target, headers, body. A recipe, from which each attempt is built anew.

mod base;
mod base_url;
mod body;
mod header;
mod param;
mod prepared;
mod recipe;
mod target;
mod template;

pub(crate) use base::Base;
pub use base::Origin;
pub use body::{Body, JsonBody};
pub(crate) use header::{is_secret, parse_name, parse_value};
pub use param::Param;
pub use prepared::Prepared;
pub(crate) use recipe::{Named, Recipe};
