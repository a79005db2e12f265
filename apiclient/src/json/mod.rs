//! Bits of JSON, found without building a tree of it: RFC 6901 pointers, scalars, patterns.

mod glob;
mod pointer;
mod scalar;

pub(crate) use glob::glob;
pub(crate) use pointer::{DUPLICATE, find, is_unit, missing, read_within};
pub(crate) use scalar::{Scalar, is_said, scalar};

/// RFC 8259, section 8.1: a parser may overlook a byte order mark.
pub(crate) fn without_bom(json: &[u8]) -> &[u8] {
    json.strip_prefix(b"\xef\xbb\xbf").unwrap_or(json)
}

#[cfg(test)]
mod tests {
    use super::*;

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
