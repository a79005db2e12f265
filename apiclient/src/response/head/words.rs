//! The pieces that header fields are made of (RFC 9110, section 5.6), read from left to right.

use http::{HeaderMap, HeaderName};
use std::borrow::Cow;

/// The lines of a field, what is no UTF-8 in them replaced.
pub(super) fn lines<'a>(headers: &'a HeaderMap, name: &HeaderName) -> impl Iterator<Item = Cow<'a, str>> {
    headers.get_all(name).into_iter().map(|value| String::from_utf8_lossy(value.as_bytes()))
}

/// What is still to be read.
#[derive(Clone)]
pub(super) struct Words<'a>(pub(super) &'a str);

impl<'a> Words<'a> {
    pub(super) fn is_over(&self) -> bool {
        self.0.is_empty()
    }

    /// Whether the next character is this one, which is then behind us.
    pub(super) fn eat(&mut self, c: char) -> bool {
        let rest = self.0.strip_prefix(c);
        self.0 = rest.unwrap_or(self.0);
        rest.is_some()
    }

    /// All that comes before the first of these, or before the end.
    pub(super) fn until(&mut self, is_end: impl Fn(char) -> bool) -> &'a str {
        let (before, rest) = self.0.split_at(self.0.find(is_end).unwrap_or(self.0.len()));
        self.0 = rest;
        before
    }

    pub(super) fn skip_space(&mut self) {
        self.until(|c| !is_space(c));
    }

    /// Empty elements of a list are no elements.
    pub(super) fn skip_separators(&mut self) {
        self.until(|c| !is_space(c) && c != ',');
    }

    /// Empty if there is none.
    pub(super) fn token(&mut self) -> &'a str {
        self.until(|c| !is_token(c))
    }

    /// What the quotes hold; `None` where the second one is missing.
    pub(super) fn quoted(&mut self) -> Option<String> {
        let mut out = String::new();
        self.eat('"').then_some(())?;
        loop {
            out.push_str(self.until(|c| matches!(c, '"' | '\\')));
            if self.eat('"') {
                return Some(out);
            }
            let escaped = self.0.chars().nth(1)?;
            out.push(escaped);
            self.0 = &self.0[1 + escaped.len_utf8()..];
        }
    }
}

pub(super) fn is_space(c: char) -> bool {
    matches!(c, ' ' | '\t')
}

fn is_token(c: char) -> bool {
    c.is_ascii_alphanumeric() || "!#$%&'*+-.^_`|~".contains(c)
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn quoted_strings() {
        for (text, inner, rest) in [
            (r#""" x"#, Some(""), " x"),
            (r#""a, b; c=<d>"e"#, Some("a, b; c=<d>"), "e"),
            (r#""a \"b\" \\ \c""#, Some(r#"a "b" \ c"#), ""),
            ("\"\u{fc}\\\u{fc}\"", Some("\u{fc}\u{fc}"), ""),
            (r#""a"#, None, ""),
            (r#""a\"#, None, "\\"),
            (r#""a\""#, None, ""),
            ("a", None, "a"),
        ] {
            let mut words = Words(text);
            assert_eq!(words.quoted().as_deref(), inner, "{text}");
            assert_eq!(words.0, rest, "{text}");
        }
    }
}
