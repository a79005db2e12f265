//! What a call says: target, headers, body. A recipe, from which each attempt is built anew.

mod base;
mod base_url;
mod body;
mod header;
mod link;
mod param;
mod prepared;
mod recipe;
mod target;
mod template;
mod tune;
mod uri_template;

pub(crate) use base::Base;
pub use base::Origin;
pub use body::{Body, BodyValue, JsonBody};
pub(crate) use header::{is_secret, parse_name, parse_value};
pub use link::Link;
pub use param::Param;
pub(crate) use param::scalar;
pub use prepared::Prepared;
pub(crate) use recipe::{Ground, Named, Recipe};
pub(crate) use target::{Held, held_text};
pub use tune::{Optional, Shown, display, or};
pub use uri_template::UriTemplate;
