//! What a server repeats of a request: secrets come back in messages.

use super::{Recipe, is_harmless};
use crate::safe::Safe;
use http::HeaderMap;

/// What the request holds and no message may repeat: every value of a header or of the query whose name is not safe, and
/// the values in its body.
pub(crate) struct Echo<'a> {
    headers: HeaderMap,
    recipe: &'a Recipe,
    safe: Option<&'a Safe>,
}

impl<'a> Echo<'a> {
    pub(crate) fn new(headers: HeaderMap, recipe: &'a Recipe, safe: Option<&'a Safe>) -> Self {
        Echo { headers, recipe, safe }
    }

    /// Whether a word of a message stands in the request as a value.
    pub(crate) fn repeats(&self, word: &str) -> bool {
        self.in_headers(word) || self.in_query(word) || self.in_body(word)
    }

    fn in_headers(&self, word: &str) -> bool {
        let hidden = |name| !is_harmless(name) && !self.safe.is_some_and(|safe| safe.header(name));
        let values = self.headers.iter().filter(|(name, _)| hidden(name)).map(|(_, value)| value.as_bytes());
        values.flat_map(credentials).any(|value| is_same(&String::from_utf8_lossy(value), word))
    }

    fn in_query(&self, word: &str) -> bool {
        let target = String::from_utf8_lossy(&self.recipe.writing.target);
        let query = target.split_once('?').map(|(_, query)| query).unwrap_or_default();
        let pairs = query.split('&').filter_map(|pair| pair.split_once('='));
        let hidden = pairs.filter(|(key, _)| !self.safe.is_some_and(|safe| safe.query(key)));
        hidden.into_iter().any(|(_, value)| is_same(&decoded(value), word))
    }

    /// A name of a field is no value: behind it stand `":` or `=`.
    fn in_body(&self, word: &str) -> bool {
        let Some(body) = self.recipe.body.bytes() else { return false };
        let body = String::from_utf8_lossy(&body[..body.len().min(64 << 10)]);
        let is_form =
            self.recipe.content_type.as_ref().is_some_and(|t| t.as_bytes().starts_with(b"application/x-www"));
        let body = if is_form { decoded(&body) } else { body.into_owned() };
        let is_value = |(at, _): (usize, &str)| {
            let (before, after) = (&body[..at], &body[at + word.len()..]);
            let name = after.starts_with("\":") || after.starts_with("\" :") || after.starts_with('=');
            let inside = |c: Option<char>| c.is_some_and(char::is_alphanumeric);
            let ends = |c: Option<char>| c.is_none_or(|c| "\"=&\r\n".contains(c));
            let (before, after) = (before.chars().next_back(), after.chars().next());
            let whole =
                if is_plain(word) { ends(before) && ends(after) } else { !inside(before) && !inside(after) };
            !name && (whole || (word.len() >= SURE && !is_plain(word)))
        };
        word.len() >= 4 && body.match_indices(word).any(is_value)
    }
}

/// A word of a language: it stands in messages for what it means, and within other values by chance.
fn is_plain(word: &str) -> bool {
    word.chars().all(char::is_alphabetic) && !word.chars().skip(1).any(char::is_uppercase)
}

/// Shorter ones stand in other words by chance.
const SURE: usize = 6;

fn is_same(value: &str, word: &str) -> bool {
    let within = |part: &str, whole: &str| part.len() >= SURE && !is_plain(part) && whole.contains(part);
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
            ("s3cret", "s3crets!", true),
            ("sk-s3cret-1", "s3cret", true),
            ("aws4_request", "request", false),
            ("secret", "secretary", false),
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
