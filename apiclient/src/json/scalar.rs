//! A single value in JSON text.

use serde::de::{Deserializer, Error, Visitor};
use std::{borrow::Cow, fmt};

/// A value that can be compared.
#[derive(Debug, Clone, PartialEq)]
pub(crate) enum Scalar<'a> {
    Null,
    Bool(bool),
    /// Written as one: `1.0` and `1e2` are [`Scalar::Other`], and so is what no `i128` holds.
    Integer(i128),
    Text(Cow<'a, str>),
    /// Objects, arrays, fractions, and what is no JSON.
    Other,
}

/// The value that the text is. Half of a surrogate pair becomes U+FFFD.
pub(crate) fn scalar(raw: &str) -> Scalar<'_> {
    let raw = raw.trim_ascii();
    match raw.as_bytes() {
        b"null" => Scalar::Null,
        b"true" => Scalar::Bool(true),
        b"false" => Scalar::Bool(false),
        [b'"', ..] => text(raw).map_or(Scalar::Other, Scalar::Text),
        [b'-' | b'0'..=b'9', ..] => raw.parse().map_or(Scalar::Other, Scalar::Integer),
        _ => Scalar::Other,
    }
}

/// As bytes, since `serde_json` refuses half of a surrogate pair in a string.
fn text(raw: &str) -> Option<Cow<'_, str>> {
    struct Text;
    impl<'de> Visitor<'de> for Text {
        type Value = Cow<'de, str>;
        fn expecting(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
            f.write_str("a string")
        }
        fn visit_borrowed_bytes<E: Error>(self, bytes: &'de [u8]) -> Result<Self::Value, E> {
            Ok(String::from_utf8_lossy(bytes))
        }
        fn visit_bytes<E: Error>(self, bytes: &[u8]) -> Result<Self::Value, E> {
            Ok(String::from_utf8_lossy(bytes).into_owned().into())
        }
    }
    let mut json = serde_json::Deserializer::from_str(raw);
    let text = json.deserialize_bytes(Text).ok()?;
    json.end().ok()?;
    Some(text)
}

/// Whether the value says something: not null, false, a zero, or empty.
pub(crate) fn is_said(raw: &str) -> bool {
    let raw = raw.trim_ascii();
    let within =
        |open, close| raw.strip_prefix(open).and_then(|rest| rest.strip_suffix(close)).map(str::trim_ascii);
    match raw.as_bytes() {
        b"" | b"null" | b"false" | b"\"\"" => false,
        [b'-' | b'0'..=b'9', ..] => !is_zero(raw),
        [b'[', ..] => within('[', ']') != Some(""),
        [b'{', ..] => within('{', '}') != Some(""),
        _ => true,
    }
}

/// Zero in any spelling: `-0`, `0.0`, `0e9`.
fn is_zero(number: &str) -> bool {
    let digits = number.split(['e', 'E']).next().unwrap_or_default();
    digits.bytes().all(|b| matches!(b, b'-' | b'.' | b'0'))
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn values_are_what_they_are() {
        let text = |text: &'static str| Scalar::Text(text.into());
        for (raw, value) in [
            ("null", Scalar::Null),
            (" true\n", Scalar::Bool(true)),
            ("false", Scalar::Bool(false)),
            ("0", Scalar::Integer(0)),
            ("-7", Scalar::Integer(-7)),
            ("18446744073709551616", Scalar::Integer(1 << 64)),
            ("1.0", Scalar::Other),
            ("1e400", Scalar::Other),
            ("-", Scalar::Other),
            ("", Scalar::Other),
            (r#""""#, text("")),
            (r#""a b""#, text("a b")),
            (r#""a\"\u00fc\u0000""#, text("a\"ü\0")),
            (r#""\ud800x""#, text("\u{fffd}\u{fffd}\u{fffd}x")),
            (r#""open"#, Scalar::Other),
            (r#""a""b""#, Scalar::Other),
            ("[]", Scalar::Other),
            ("{}", Scalar::Other),
            ("nul", Scalar::Other),
        ] {
            assert_eq!(scalar(raw), value, "{raw}");
        }
        assert_eq!(scalar(&"9".repeat(60)), Scalar::Other);
        assert!(matches!(scalar(r#""a""#), Scalar::Text(Cow::Borrowed("a"))));
    }

    #[test]
    fn nothing_is_said() {
        for raw in ["", "null", "false", "0", "-0", "0.00", "0e7", "\"\"", "[]", "[ \n]", "{}", " {\t} "] {
            assert!(!is_said(raw), "{raw}");
        }
        for raw in ["true", "1", "-1", "0.01", "10", "1e0", "\" \"", "\"0\"", "[0]", "{\"a\":0}", "[[]]"] {
            assert!(is_said(raw), "{raw}");
        }
    }
}
