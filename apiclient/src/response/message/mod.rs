//! What a server says about an error: a message in one line, and a code.

mod blot;
mod html;
mod places;

use super::{
    one_line::one_line,
    problem::{is_problem, titled},
};
use crate::{
    answer::media_type,
    json::{self, Scalar, without_bom},
};
use http::HeaderMap;
use serde::de::IgnoredAny;
use std::borrow::Cow;

pub(crate) use blot::blot;

const MOST: usize = 200;

/// What the body is, as far as a message can be in it.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
enum Format {
    Json,
    Text,
    Html,
    Other,
}

/// By the media type; where there is none, by the first character.
fn format(headers: &HeaderMap, body: &[u8]) -> Format {
    let essence = media_type(headers).unwrap_or_default().to_ascii_lowercase();
    match &*essence {
        b"" if first(body) == Some(b'{') => Format::Json,
        b"" if first(body) == Some(b'<') => Format::Html,
        b"" | b"text/plain" => Format::Text,
        b"text/html" | b"application/xhtml+xml" => Format::Html,
        // Also `application/x-amz-json-1.1` and, since only the beginning is read, `application/x-ndjson`.
        essence if essence.windows(4).any(|part| part == b"json") => Format::Json,
        _ => Format::Other,
    }
}

fn first(body: &[u8]) -> Option<u8> {
    without_bom(body).trim_ascii_start().first().copied()
}

/// JSON that is called text: Go's `http.Error` does so.
fn is_like_json(body: &[u8]) -> bool {
    matches!(first(body), Some(b'{' | b'['))
}

/// The message: at the pointer `at`, a string or an integer there; where there is none, at one of the usual places of JSON, the first line of
/// a text, or the title of a page. One line of at most 200 characters.
///
/// A body that is cut off has it if it stands before the cut.
pub(crate) fn message(headers: &HeaderMap, body: &[u8], at: Option<&str>) -> Option<String> {
    // A proxy in between, or another version of the API, says it elsewhere.
    if let Some(said) = at.and_then(|at| text_at(&lossy(body), at)) {
        return Some(said);
    }
    match format(headers, body) {
        Format::Json => in_json(headers, &lossy(body)).or_else(|| no_json(body)),
        Format::Text => {
            let body = lossy(body);
            let json = is_like_json(body.as_bytes()).then(|| in_json(headers, &body)).flatten();
            json.or_else(|| first_line(&body))
        }
        Format::Html => line(&html::title(&lossy(body))?),
        Format::Other => None,
    }
}

/// Text that is called JSON: Jupyter's server does so.
fn no_json(body: &[u8]) -> Option<String> {
    let is_text = first(body)?.is_ascii_alphabetic() && serde_json::from_slice::<IgnoredAny>(body).is_err();
    is_text.then(|| first_line(&lossy(body))).flatten()
}

/// Only where it is needed, a copy.
fn lossy(body: &[u8]) -> Cow<'_, str> {
    String::from_utf8_lossy(body)
}

fn line(text: &str) -> Option<String> {
    Some(one_line(text, MOST)).filter(|line| !line.is_empty())
}

fn first_line(text: &str) -> Option<String> {
    text.split(['\n', '\r']).find_map(line)
}

fn text_at(body: &str, at: &str) -> Option<String> {
    match value(body.as_bytes(), at)? {
        Scalar::Text(text) => line(&text),
        Scalar::Integer(number) => Some(number.to_string()),
        _ => None,
    }
}

fn value<'a>(body: &'a [u8], at: &str) -> Option<Scalar<'a>> {
    json::find(body, at).map(json::scalar)
}

fn in_json(headers: &HeaderMap, body: &str) -> Option<String> {
    let root = root(body.as_bytes());
    let problem = is_problem(headers).then(|| titled_at(body, root)).flatten();
    problem.or_else(|| places::MESSAGES.iter().find_map(|place| said_at(body, root, place)))
}

/// Of a list the first element counts.
fn root(body: &[u8]) -> &'static str {
    if first(body) == Some(b'[') { "/0" } else { "" }
}

fn said_at(body: &str, root: &str, place: &str) -> Option<String> {
    match value(body.as_bytes(), &format!("{root}{place}"))? {
        // Also where the media type does not say so: both are of a problem document.
        Scalar::Text(_) if matches!(place, "/detail" | "/title") => titled_at(body, root),
        Scalar::Text(text) => line(&text),
        _ => None,
    }
}

fn titled_at(body: &str, root: &str) -> Option<String> {
    let text = |name| match value(body.as_bytes(), &format!("{root}/{name}"))? {
        Scalar::Text(text) => Some(text),
        _ => None,
    };
    titled(text("title").as_deref(), text("detail").as_deref(), MOST)
}

/// The code, a text or an integer: at the pointer `at`, else at one of the usual places of JSON. There a text must be a single
/// word, and a number that only repeats an HTTP status counts if there is nothing else.
pub(crate) fn code<'a>(headers: &HeaderMap, body: &'a [u8], at: Option<&str>) -> Option<Scalar<'a>> {
    if let Some(at) = at {
        return value(body, at).filter(|v| matches!(v, Scalar::Text(_) | Scalar::Integer(_)));
    }
    match format(headers, body) {
        Format::Json => {}
        Format::Text if is_like_json(body) => {}
        _ => return None,
    }
    let root = root(body);
    let places = places::CODES.iter().chain(places::CODES_OF_PROBLEMS.iter().filter(|_| is_problem(headers)));
    let mut status = None;
    for place in places {
        match value(body, &format!("{root}{place}")) {
            Some(Scalar::Integer(number @ 400..=599)) => status = status.or(Some(Scalar::Integer(number))),
            Some(Scalar::Integer(number)) => return Some(Scalar::Integer(number)),
            Some(Scalar::Text(text)) if is_word(&text) => return Some(Scalar::Text(text)),
            _ => {}
        }
    }
    status
}

fn is_word(text: &str) -> bool {
    !text.is_empty()
        && text.len() <= 200
        && text != "about:blank"
        && one_line(text, 200) == text
        && !text.contains(' ')
}

#[cfg(test)]
mod tests;
