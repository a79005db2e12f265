//! `#[envelope]`: the value is somewhere within the JSON.

use super::{Decode, DecodeError, Json};
use crate::{
    answer::{Answer, Response},
    endpoint::Endpoint,
    json,
};
use serde::de::DeserializeOwned;

/// What can be read from within an envelope: what has `serde::Deserialize`, in one pass over the text.
#[diagnostic::on_unimplemented(
    message = "`{Self}` cannot be read from within an envelope",
    label = "an endpoint with `#[envelope]` returns `{Self}`",
    note = "derive `serde::Deserialize` for it, or write `#[envelope(none)]`"
)]
pub trait DecodeWithin: Sized {
    /// Reads what the pointer of the endpoint leads to.
    ///
    /// # Errors
    ///
    /// If nothing is there, or something else.
    fn decode_within(answer: &mut Answer) -> Result<Self, DecodeError>;
}

#[diagnostic::do_not_recommend]
impl<T: DeserializeOwned> DecodeWithin for T {
    fn decode_within(answer: &mut Answer) -> Result<T, DecodeError> {
        if answer.body().trim_ascii().is_empty() || json::is_unit::<T>() {
            return T::decode(answer);
        }
        let pointer = pointer(answer);
        let found = json::read_within(answer.body(), pointer).map_err(DecodeError::json)?;
        found.or_else(json::missing).ok_or_else(|| DecodeError::new(format!("nothing is at {pointer:?}")))
    }
}

impl<T: DeserializeOwned> DecodeWithin for Json<T> {
    fn decode_within(answer: &mut Answer) -> Result<Self, DecodeError> {
        T::decode_within(answer).map(Json)
    }
}

impl<T: DecodeWithin> DecodeWithin for Response<T> {
    fn decode_within(answer: &mut Answer) -> Result<Self, DecodeError> {
        let body = T::decode_within(answer)?;
        Ok(answer.respond(body))
    }
}

fn pointer(answer: &Answer) -> &'static str {
    let endpoint = answer.context.place.as_ref().and_then(|place| place.endpoint);
    endpoint.map(Endpoint::enveloped).unwrap_or_default()
}
