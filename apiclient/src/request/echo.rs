//! What a server repeats of a request: secrets come back in messages.

use super::{Recipe, is_harmless};
use crate::safe::Safe;
use http::HeaderMap;
use serde_json::Value;
use std::cell::OnceCell;

/// What the request holds and no message may repeat: every value of a header or of the query whose name is not safe, and
/// the values in its body.
pub(crate) struct Echo<'a> {
    headers: HeaderMap,
    recipe: &'a Recipe,
    safe: Option<&'a Safe>,
    values: OnceCell<Vec<String>>,
}

/// How much of a body is looked at.
const BODY: usize = 64 << 10;

impl<'a> Echo<'a> {
    pub(crate) fn new(headers: HeaderMap, recipe: &'a Recipe, safe: Option<&'a Safe>) -> Self {
        Echo { headers, recipe, safe, values: OnceCell::new() }
    }

    /// Whether a word of a message stands in the request as a value, as it is or percent-encoded.
    pub(crate) fn repeats(&self, word: &str) -> bool {
        let is_in =
            |word: &str| self.values().iter().any(|value| is_same(value, word)) || self.is_in_body(word);
        is_in(word) || (word.contains(['%', '+']) && is_in(&decoded(word)))
    }

    /// The values and, since a message is taken word by word, their longer words.
    fn values(&self) -> &[String] {
        self.values.get_or_init(|| {
            let mut values = self.in_body();
            values.retain(|value| value.len() >= 4);
            values.extend(self.in_headers());
            values.extend(self.in_query());
            let words = values.iter().flat_map(|value| value.split_whitespace().filter(|w| w.len() >= SURE));
            let words: Vec<_> = words.map(str::to_owned).collect();
            values.extend(words);
            values
        })
    }

    fn in_headers(&self) -> Vec<String> {
        let hidden = |name| !is_harmless(name) && !self.safe.is_some_and(|safe| safe.header(name));
        let values = self.headers.iter().filter(|(name, _)| hidden(name)).map(|(_, value)| value.as_bytes());
        values.flat_map(credentials).map(|value| String::from_utf8_lossy(value).into_owned()).collect()
    }

    fn in_query(&self) -> Vec<String> {
        let target = String::from_utf8_lossy(&self.recipe.writing.target);
        let query = target.split_once('?').map(|(_, query)| query).unwrap_or_default();
        let pairs = query.split('&').filter_map(|pair| pair.split_once('='));
        let hidden = pairs.filter(|(key, _)| !self.safe.is_some_and(|safe| safe.query(key)));
        hidden.map(|(_, value)| decoded(value)).collect()
    }

    /// Of JSON and of a form the values, of a text the words.
    fn in_body(&self) -> Vec<String> {
        let Some(body) = self.recipe.body.bytes().filter(|body| body.len() <= BODY) else {
            return Vec::new();
        };
        let mut values = Vec::new();
        if self.is_of("application/x-www-form-urlencoded") {
            let form = String::from_utf8_lossy(body);
            values.extend(form.split('&').filter_map(|pair| Some(decoded(pair.split_once('=')?.1))));
        } else if self.is_of("text/") {
            values.extend(String::from_utf8_lossy(body).split_whitespace().map(str::to_owned));
        } else if let Ok(json) = serde_json::from_slice(body) {
            texts(json, &mut values);
        }
        values
    }

    fn is_of(&self, media_type: &str) -> bool {
        self.recipe.content_type.as_ref().is_some_and(|t| t.as_bytes().starts_with(media_type.as_bytes()))
    }

    /// The same in whatever the body is. A name of a field is no value: behind it stand `":` or `=`.
    fn is_in_body(&self, word: &str) -> bool {
        let Some(body) = self.recipe.body.bytes() else { return false };
        let body = String::from_utf8_lossy(&body[..body.len().min(BODY)]);
        let is_form = self.is_of("application/x-www-form-urlencoded");
        let body = if is_form { decoded(&body) } else { body.into_owned() };
        let is_value = |(at, _): (usize, &str)| {
            let (before, after) = (&body[..at], &body[at + word.len()..]);
            let inside = |c: Option<char>| c.is_some_and(char::is_alphanumeric);
            let whole = !inside(before.chars().next_back()) && !inside(after.chars().next());
            let name = after.starts_with("\":") || after.starts_with("\" :") || after.starts_with('=');
            !name && (whole || word.len() >= SURE)
        };
        word.len() >= 4 && body.match_indices(word).any(is_value)
    }
}

/// Every text in a JSON value.
fn texts(json: Value, out: &mut Vec<String>) {
    match json {
        Value::String(text) => out.push(text),
        Value::Array(list) => list.into_iter().for_each(|value| texts(value, out)),
        Value::Object(map) => map.into_iter().for_each(|(_, value)| texts(value, out)),
        Value::Null | Value::Bool(_) | Value::Number(_) => {}
    }
}

/// Shorter ones stand in other words by chance.
const SURE: usize = 6;

fn is_same(value: &str, word: &str) -> bool {
    let within = |part: &str, whole: &str| part.len() >= SURE && whole.contains(part);
    value.len() > 2 && (value == word || within(value, word) || within(word, value))
}

/// What a header holds without a scheme in front and without the names of cookies.
fn credentials(value: &[u8]) -> impl Iterator<Item = &[u8]> {
    let pairs = value.split(|b| matches!(b, b';' | b',' | b' '));
    let value = |pair: &[u8]| {
        pair.iter().position(|b| *b == b'=').filter(|at| pair.get(at + 1).is_some_and(|b| *b != b'='))
    };
    let values = pairs.map(move |pair| value(pair).map_or(pair, |at| &pair[at + 1..]));
    let schemes: [&[u8]; 4] = [b"basic", b"bearer", b"token", b"digest"];
    values.filter(move |value| !schemes.iter().any(|scheme| scheme.eq_ignore_ascii_case(value)))
}

/// Without percent-encoding and plus signs.
fn decoded(text: &str) -> String {
    let bytes = text.as_bytes();
    let hex = |at: usize| {
        bytes.get(at).and_then(|b| char::from(*b).to_digit(16)).and_then(|d| u8::try_from(d).ok())
    };
    let (mut out, mut at) = (Vec::with_capacity(bytes.len()), 0);
    while let Some(byte) = bytes.get(at) {
        match (byte, hex(at + 1), hex(at + 2)) {
            (b'%', Some(high), Some(low)) => {
                out.push(high << 4 | low);
                at += 2;
            }
            (b'+', ..) => out.push(b' '),
            _ => out.push(*byte),
        }
        at += 1;
    }
    String::from_utf8_lossy(&out).into_owned()
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn short_words_are_compared_and_long_ones_looked_for() {
        for (value, word, same) in [
            ("secret", "secret", true),
            ("secret", "secrets!", true),
            ("sk-secret-1", "secret", true),
            ("abc", "abc", true),
            ("abc", "abcd", false),
            ("2", "2", false),
            ("secret", "other", false),
        ] {
            assert_eq!(is_same(value, word), same, "{value} {word}");
        }
    }

    #[test]
    fn schemes_and_names_are_no_credentials() {
        for (header, expected) in [
            ("Bearer abc", &["abc"][..]),
            ("token abc", &["abc"]),
            ("a=b1; c=d2", &["b1", "d2"]),
            ("dXNlcg==", &["dXNlcg=="]),
            ("key", &["key"]),
        ] {
            let found: Vec<&[u8]> = credentials(header.as_bytes()).filter(|v| !v.is_empty()).collect();
            assert_eq!(found, expected.iter().map(|e| e.as_bytes()).collect::<Vec<_>>(), "{header}");
        }
    }

    #[test]
    fn percent_encoding_is_undone() {
        assert_eq!(decoded("a%20b+c%C3%BC%zz%"), "a b cü%zz%");
    }
}
