//! What can be read from an error that has an answer.

use super::{Decode, DecodeError, Problem, decode, header_text, message, problem};
use crate::{
    endpoint::Endpoint,
    error::Error,
    json::{self, Scalar},
};
use serde::de::DeserializeOwned;
use std::borrow::Cow;

impl Error {
    /// The body as JSON.
    ///
    /// ```
    /// # fn read(error: apiclient::Error) {
    /// #[derive(serde::Deserialize)]
    /// struct Fault {
    ///     code: u32,
    /// }
    ///
    /// match error.json::<Fault>() {
    ///     Ok(fault) => println!("code {}", fault.code),
    ///     Err(why) => println!("{error}, and {why}"),
    /// }
    /// # }
    /// ```
    ///
    /// # Errors
    ///
    /// If there was no answer, or if its body is not such a JSON. The message holds nothing of the body.
    pub fn json<T: DeserializeOwned>(&self) -> Result<T, DecodeError> {
        let body = self.body().ok_or_else(|| DecodeError::new("there was no answer"))?;
        decode::json(body)
    }

    /// The body as a problem document (RFC 9457): `None` unless its media type is `application/problem+json` and it is one.
    /// `Problem` alone has all extension members as a map; `Problem<Quota>` has those of a type of yours.
    pub fn problem<Ext: DeserializeOwned>(&self) -> Option<Problem<Ext>> {
        problem::read(self.status()?, self.headers()?, self.body()?)
    }

    /// The code of the error, in the words of the API: a string, or a number as text. It is looked for where
    /// `#[error_body(code = "/pointer")]` says, else where APIs commonly put it: `code`, `error.code`, `errors[0].code`, `error`,
    /// `__type` and the like.
    pub fn code(&self) -> Option<Cow<'_, str>> {
        match self.find_code(None)? {
            Scalar::Text(text) => Some(text),
            Scalar::Integer(number) => Some(number.to_string().into()),
            _ => None,
        }
    }

    /// Where in the JSON the reading failed: `items[3].id`. `None` for every other kind of error, and for the body as a whole.
    pub fn path(&self) -> Option<&str> {
        let reason = self.reason()?.downcast_ref::<DecodeError>()?;
        Some(reason.path()).filter(|path| !path.is_empty())
    }

    /// The code, where the API says that it is; else where an error type says so; else where it usually is.
    pub(crate) fn find_code(&self, of_type: Option<&str>) -> Option<Scalar<'_>> {
        let of_api = self.endpoint().and_then(|endpoint| Endpoint::error_bodies(endpoint).code);
        message::code(self.headers()?, self.body()?, of_api.or(of_type))
    }

    /// A typed body.
    pub(crate) fn read_body<T: Decode>(&mut self) -> Option<T> {
        self.read(|answer| T::decode(answer).ok())?
    }

    /// A value of a header.
    pub(crate) fn read_header<T: DeserializeOwned>(&self, name: &str) -> Option<T> {
        header_text::read(self.headers()?, name).ok()
    }

    /// A value within the body.
    pub(crate) fn read_pointer<T: DeserializeOwned>(&self, pointer: &str) -> Option<T> {
        // What stands before the place where a long body was cut off is there.
        match json::find(self.body()?, pointer) {
            Some(found) => serde_json::from_str(found).ok(),
            None => json::missing(),
        }
    }
}
