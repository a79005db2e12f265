//! Bits of JSON, found without building a tree of it: RFC 6901 pointers, scalars, patterns.

mod pointer;

pub(crate) use pointer::{DUPLICATE, find, is_unit, missing, read_within};

use std::borrow::Cow;

/// RFC 8259, section 8.1: a parser may overlook a byte order mark.
pub(crate) fn without_bom(json: &[u8]) -> &[u8] {
    json.strip_prefix(b"\xef\xbb\xbf").unwrap_or(json)
}

/// A value that holds no others.
#[derive(Debug, PartialEq)]
pub(crate) enum Scalar<'a> {
    Null,
    Bool(bool),
    Integer(i128),
    Text(Cow<'a, str>),
    /// A list, a map, a number that is not whole, a text that is not Unicode.
    Other,
}

/// The value of a raw text, as [`find`] gives it.
pub(crate) fn scalar(raw: &str) -> Scalar<'_> {
    match raw.as_bytes().first() {
        Some(b'"') => match serde_json::from_str::<&str>(raw) {
            Ok(text) => Scalar::Text(text.into()),
            Err(_) => {
                serde_json::from_str(raw).map_or(Scalar::Other, |text: String| Scalar::Text(text.into()))
            }
        },
        Some(b'n') => Scalar::Null,
        Some(b't') => Scalar::Bool(true),
        Some(b'f') => Scalar::Bool(false),
        _ => raw.parse().map_or(Scalar::Other, Scalar::Integer),
    }
}

/// Whether a value says something: all but `null`, `false`, zero, `""`, `[]` and `{}` do.
pub(crate) fn is_said(raw: &str) -> bool {
    let empty = |open, close| {
        let inner = raw.strip_prefix(open).and_then(|rest: &str| rest.strip_suffix(close));
        inner.is_some_and(|inner: &str| inner.trim_ascii().is_empty())
    };
    !(matches!(raw, "null" | "false" | "\"\"")
        || empty('[', ']')
        || empty('{', '}')
        || raw.parse::<f64>().is_ok_and(|number| number == 0.0))
}

/// Whether a text fits a pattern, in which `*` is any run of characters.
pub(crate) fn glob(pattern: &str, text: &str) -> bool {
    let Some((first, rest)) = pattern.split_once('*') else { return pattern == text };
    let Some(mut text) = text.strip_prefix(first) else { return false };
    let mut parts = rest.split('*').peekable();
    while let Some(part) = parts.next() {
        if parts.peek().is_none() {
            return text.ends_with(part);
        }
        // The leftmost place leaves the most for the others.
        let Some(at) = text.find(part) else { return false };
        text = &text[at + part.len()..];
    }
    true
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn scalars_are_told_apart() {
        for (raw, expected) in [
            ("null", Scalar::Null),
            ("true", Scalar::Bool(true)),
            ("false", Scalar::Bool(false)),
            ("7", Scalar::Integer(7)),
            ("-0", Scalar::Integer(0)),
            ("170141183460469231731687303715884105727", Scalar::Integer(i128::MAX)),
            ("170141183460469231731687303715884105728", Scalar::Other),
            ("1.0", Scalar::Other),
            ("1e400", Scalar::Other),
            ("\"a\"", Scalar::Text("a".into())),
            ("\"a\\u00e9\"", Scalar::Text("aé".into())),
            ("\"\\ud800\"", Scalar::Other),
            ("[1]", Scalar::Other),
            ("{}", Scalar::Other),
        ] {
            assert_eq!(scalar(raw), expected, "{raw}");
        }
    }

    #[test]
    fn what_says_nothing_is_known() {
        for raw in ["null", "false", "0", "-0", "0.0", "0e5", "\"\"", "[]", "[ \n]", "{}", "{ }"] {
            assert!(!is_said(raw), "{raw}");
        }
        for raw in ["true", "1", "0.1", "\" \"", "\"false\"", "[null]", "{\"a\":1}"] {
            assert!(is_said(raw), "{raw}");
        }
    }

    #[test]
    fn a_star_is_any_run() {
        for (pattern, text, fits) in [
            ("a", "a", true),
            ("a", "ab", false),
            ("", "", true),
            ("*", "", true),
            ("*#NotFound", "com.aws#NotFound", true),
            ("*#NotFound", "NotFound", false),
            ("text/plain*", "text/plain; charset=utf-8", true),
            ("a*b*c", "aXbYc", true),
            ("a*b*c", "abc", true),
            ("a*b*c", "acb", false),
            ("a*a", "a", false),
            ("*aab", "aaab", true),
            ("**", "x", true),
            ("é*", "éa", true),
        ] {
            assert_eq!(glob(pattern, text), fits, "{pattern} {text}");
        }
        let (long, pattern) = ("a".repeat(20_000), "*a".repeat(2_000) + "b");
        assert!(!glob(&pattern, &long), "and soon");
    }
}
