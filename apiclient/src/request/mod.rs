//! What a call says: target, headers, body. A recipe, from which each attempt is built anew.

mod base;
mod base_url;
mod body;
#[cfg(feature = "tokio")]
mod body_file;
mod body_stream;
mod echo;
mod header;
mod link;
mod multipart;
mod param;
mod patch;
mod percent;
mod prepared;
mod recipe;
mod target;
mod template;
mod tune;
mod uri_template;

pub(crate) use base::Base;
pub(crate) use base_url::parse as parse_base_url;
pub use body::{Body, BodyValue, JsonBody};
pub(crate) use body_stream::BodyFailed;
pub use body_stream::BodyStream;
pub(crate) use echo::Echo;
#[cfg(any(feature = "tracing", feature = "config"))]
pub(crate) use header::is_secret_name;
pub(crate) use header::{is_secret, parse_name, parse_value};
pub use link::Link;
pub use multipart::{Multipart, Part, PartMeta, PartValue};
pub use param::{Expander, Param, ParamError};
pub(crate) use param::{encode, scalar};
pub use patch::Patch;
pub(crate) use percent::percent_decoded;
pub use prepared::Prepared;
pub(crate) use prepared::is_harmless;
pub(crate) use recipe::{Ground, Named, Probe, Recipe};
#[cfg(feature = "testing")]
pub(crate) use target::literals;
pub(crate) use target::{Held, held_text};
#[cfg(feature = "testing")]
pub(crate) use template::{Part as TemplatePart, needs_slash, parse_path};
pub use tune::{Optional, Shown, display, or};
pub use uri_template::UriTemplate;
