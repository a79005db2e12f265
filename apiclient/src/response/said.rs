//! What a refused answer says: to people, to machines, and whether it is refused at all.

use super::{message, one_line::one_line};
use crate::{
    answer::{KEPT, Reply, is_json},
    endpoint::{Endpoint, ErrorBody, Literal},
    error::Said,
    json::{self, Scalar},
    safe::Safe,
};

/// How much is printed of a code or a field.
const LONGEST: usize = 200;

/// What an error may print of the body.
pub(crate) fn said(
    endpoint: Option<&Endpoint>,
    reply: &Reply,
    safe: Option<&Safe>,
    clean: &dyn Fn(&str) -> String,
) -> Said {
    let headers = &reply.headers;
    // Words for people stand in front; a success that says that it failed can be long.
    let body = &reply.body[..reply.body.len().min(KEPT)];
    let ErrorBody { code: code_at, message: message_at, .. } = words(endpoint);
    let fields = safe.into_iter().flat_map(|safe| &safe.body).filter_map(|pointer| {
        let value = plain(json::scalar(json::find(body, pointer)?))?;
        let name = pointer.rsplit('/').next().unwrap_or_default();
        Some((name.to_owned(), one_line(&value, LONGEST)))
    });
    let fields = fields.collect();
    if safe.is_some_and(|safe| safe.hush) {
        return Said { fields, ..Said::default() };
    }
    let reason = reply.status.canonical_reason().unwrap_or_default();
    let message =
        message::message(headers, body, message_at).filter(|text| !text.eq_ignore_ascii_case(reason));
    let message = message.map(|text| clean(&text));
    let code =
        message::code(headers, body, code_at).and_then(plain).map(|text| clean(&one_line(&text, LONGEST)));
    // An `error` that is text is the code where there is a text beside it, and else the message.
    let code = code.filter(|code| message.as_ref() != Some(code));
    Said { message: message.map(Into::into), code: code.map(Into::into), fields }
}

fn words(endpoint: Option<&Endpoint>) -> ErrorBody {
    endpoint.map(Endpoint::error_bodies).unwrap_or_default()
}

fn plain(scalar: Scalar<'_>) -> Option<String> {
    match scalar {
        Scalar::Text(text) => Some(text.into_owned()),
        Scalar::Integer(number) => Some(number.to_string()),
        Scalar::Bool(value) => Some(value.to_string()),
        Scalar::Null | Scalar::Other => None,
    }
}

/// `#[error_body(fail_if(..), fail_unless(..))]`: whether a success is none.
pub(crate) fn says_failed(endpoint: Option<&Endpoint>, reply: &Reply) -> bool {
    let conditions = endpoint.map_or(&[][..], Endpoint::failures);
    if conditions.is_empty() || !has_words(reply) {
        return false;
    }
    conditions.iter().any(|(pointer, value, holds)| {
        let is_it = match (json::find(&reply.body, pointer), value) {
            (None, _) => false,
            (Some(found), None) => json::is_said(found),
            (Some(found), Some(value)) => is(&json::scalar(found), *value),
        };
        is_it == *holds
    })
}

/// Only JSON can say that a success is none: no body, a picture, an answer that is no 2xx cannot.
fn has_words(reply: &Reply) -> bool {
    reply.status.is_success() && !reply.body.trim_ascii().is_empty() && is_json(&reply.headers)
}

/// Whether a value is the one that is looked for. In a text `*` is any run of characters.
pub(crate) fn is(found: &Scalar<'_>, wanted: Literal) -> bool {
    match (found, wanted) {
        (Scalar::Bool(found), Literal::Bool(wanted)) => *found == wanted,
        (Scalar::Integer(found), Literal::Integer(wanted)) => *found == wanted,
        (Scalar::Text(found), Literal::Text(wanted)) => json::glob(wanted, found),
        _ => false,
    }
}
