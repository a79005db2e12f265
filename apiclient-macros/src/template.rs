//! URI templates (RFC 6570, level 4) as text: where each expression stands, and what is wrong with it.
//!
//! This file stands twice, word for word: in `apiclient` for templates that are known at run time only, and in
//! `apiclient-macros`, which cannot depend on it. A test compares the two.

use std::{fmt, ops::Range};

/// The longest template: 8 KiB, more than any server reads of a request line.
pub(crate) const LONGEST: usize = 8 * 1024;

/// One part of a template, in order.
#[derive(Debug, Clone, PartialEq, Eq)]
pub(crate) enum Part<'a> {
    Literal(&'a str),
    Expression { operator: Option<char>, variables: Vec<Variable<'a>> },
}

/// One variable of an expression.
#[derive(Debug, Clone, PartialEq, Eq)]
pub(crate) struct Variable<'a> {
    pub(crate) name: &'a str,
    /// Where the name stands in the template.
    pub(crate) at: Range<usize>,
    pub(crate) explode: bool,
    pub(crate) prefix: Option<u16>,
}

/// What is wrong with a template, and where.
#[derive(Debug, Clone, PartialEq, Eq)]
pub(crate) struct Flaw {
    pub(crate) at: Range<usize>,
    pub(crate) what: String,
}

impl fmt::Display for Flaw {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str(&self.what)?;
        match self.at.start {
            0 => Ok(()),
            at => write!(f, " (at byte {at})"),
        }
    }
}

fn flaw<T>(at: Range<usize>, what: impl Into<String>) -> Result<T, Flaw> {
    Err(Flaw { at, what: what.into() })
}

/// Splits a template into its parts: RFC 6570, level 4, with one liberty: a space between the expressions is sent as `%20`.
pub(crate) fn parse(template: &str) -> Result<Vec<Part<'_>>, Flaw> {
    if template.len() > LONGEST {
        return flaw(
            0..0,
            format!("the template is {} bytes long; at most {LONGEST} make sense", template.len()),
        );
    }
    let mut parts = Vec::new();
    let mut at = 0;
    while at < template.len() {
        let rest = &template[at..];
        if let Some(inner) = rest.strip_prefix('{') {
            let Some(length) = inner.find(['{', '}']).filter(|end| inner[*end..].starts_with('}')) else {
                return flaw(at..at + 1, "this `{` is never closed");
            };
            parts.push(expression(&inner[..length], at + 1)?);
            at += length + 2;
        } else {
            let length = rest.find('{').unwrap_or(rest.len());
            check_literal(&rest[..length], at)?;
            parts.push(Part::Literal(&rest[..length]));
            at += length;
        }
    }
    Ok(parts)
}

/// Splits a template that is a path below a base URL, where more is refused than the RFC does: what would leave the path.
pub(crate) fn parse_path(template: &str) -> Result<Vec<Part<'_>>, Flaw> {
    check_shape(template)?;
    let parts = parse(template)?;
    let mut at = 0;
    for part in &parts {
        match part {
            Part::Literal(text) => {
                check_colons(text, at)?;
                at += text.len();
            }
            Part::Expression { .. } => at += template[at..].find('}').map_or(0, |end| end + 1),
        }
    }
    check_dots(&parts)?;
    Ok(parts)
}

/// Whether one slash has to stand between a base URL and the template: it is optional where the template begins.
pub(crate) fn needs_slash(parts: &[Part<'_>]) -> bool {
    match parts.first() {
        None => false,
        Some(Part::Literal(text)) => !text.starts_with(['/', '?']),
        Some(Part::Expression { operator, .. }) => !matches!(operator, Some('/' | '?')),
    }
}

/// Rules for a path as a whole.
fn check_shape(template: &str) -> Result<(), Flaw> {
    if let Some(at) = template.find('#') {
        return flaw(at..at + 1, "a fragment is never sent to a server");
    }
    if let Some(at) = template.find('\\') {
        return flaw(at..at + 1, "a backslash is no part of a path; some servers take it for a slash");
    }
    if template.starts_with("//") {
        return flaw(0..2, "a template begins with one slash: two would name another host");
    }
    if let Some(scheme) = template.find("://").filter(|end| !template[..*end].contains(['/', '{'])) {
        return flaw(0..scheme + 3, "a template is a path below the base URL, not a URL");
    }
    Ok(())
}

/// Rules for what stands between the expressions.
fn check_literal(text: &str, at: usize) -> Result<(), Flaw> {
    for (i, c) in text.char_indices() {
        let here = at + i..at + i + c.len_utf8();
        match c {
            '}' => return flaw(here, "this `}` closes nothing"),
            c if c.is_control() || matches!(c, '"' | '<' | '>' | '\\' | '^' | '`' | '|') => {
                return flaw(here, format!("{c:?} cannot stand in a URL; write it percent-encoded"));
            }
            '%' if !triplet(&text[i..]) => {
                return flaw(here, "`%` begins no triplet; write `%25` for a percent sign");
            }
            _ => {}
        }
    }
    Ok(())
}

/// `/:id`, as other languages write it.
fn check_colons(text: &str, at: usize) -> Result<(), Flaw> {
    let word = |rest: &str| rest.find(|c: char| !c.is_alphanumeric() && c != '_').unwrap_or(rest.len());
    let found =
        text.match_indices("/:").find(|(i, _)| text[i + 2..].starts_with(|c: char| c.is_alphabetic()));
    match found {
        None => Ok(()),
        Some((i, _)) => {
            let name = &text[i + 2..i + 2 + word(&text[i + 2..])];
            flaw(
                at + i + 1..at + i + 2 + name.len(),
                format!("`:{name}` is no placeholder; write `{{{name}}}`"),
            )
        }
    }
}

fn triplet(text: &str) -> bool {
    matches!(text.as_bytes(), [b'%', a, b, ..] if a.is_ascii_hexdigit() && b.is_ascii_hexdigit())
}

/// `.` and `..`, also percent-encoded, are no segments of a template: parsers resolve them away.
fn check_dots(parts: &[Part<'_>]) -> Result<(), Flaw> {
    // An expression stands for at least one character that is no slash.
    let mut text = String::new();
    for part in parts {
        match part {
            Part::Literal(literal) => text.push_str(literal),
            Part::Expression { operator: Some('/'), .. } => text.push_str("/x"),
            Part::Expression { operator: Some(';'), .. } => text.push(';'),
            Part::Expression { operator: Some('?'), .. } => text.push('?'),
            // Nothing, where all of it is absent; and nobody asks again, as for what stands in the path.
            Part::Expression { operator: Some('&'), .. } => {}
            Part::Expression { .. } => text.push('x'),
        }
    }
    let path = text.split('?').next().unwrap_or_default();
    // Some servers cut off the parameters of a segment, `..;x`, before they look.
    let name = |segment: &str| segment.split(';').next().unwrap_or_default().to_ascii_lowercase();
    let dots = |segment: &str| matches!(name(segment).replace("%2e", ".").as_str(), "." | "..");
    match path.split('/').any(dots) {
        true => flaw(0..0, "a segment of the template is `.` or `..`"),
        false => Ok(()),
    }
}

/// What stands between `{` and `}`; `at` is where it begins.
fn expression(inner: &str, at: usize) -> Result<Part<'_>, Flaw> {
    let operator = inner.chars().next().filter(|c| !c.is_alphanumeric() && !matches!(c, '_' | '%' | ' '));
    match operator {
        Some('=' | ',' | '!' | '@' | '|') => {
            return flaw(at..at + 1, "this operator is reserved by RFC 6570");
        }
        Some('*') => {
            let what = "`*` is no operator; segments are `{/name*}` with a list, or `{+name}` with a text";
            return flaw(at..at + 1, what);
        }
        Some(c) if !"+#./;?&".contains(c) => {
            return flaw(
                at..at + c.len_utf8(),
                format!("`{}` is no operator; there are `+ . / ; ? &`", c.escape_debug()),
            );
        }
        _ => {}
    }
    let skipped = operator.map_or(0, char::len_utf8);
    if inner.len() == skipped {
        return flaw(at - 1..at + inner.len() + 1, "an expression needs a name");
    }
    let mut variables = Vec::new();
    let mut start = at + skipped;
    for text in inner[skipped..].split(',') {
        variables.push(variable(text, start)?);
        start += text.len() + 1;
    }
    Ok(Part::Expression { operator, variables })
}

/// `name`, `name*` or `name:3`.
fn variable(text: &str, at: usize) -> Result<Variable<'_>, Flaw> {
    let (text, explode) = text.strip_suffix('*').map_or((text, false), |name| (name, true));
    let (name, prefix) = match text.split_once(':') {
        None => (text, None),
        Some((name, length)) => (name, Some(modifier(length, at + name.len() + 1)?)),
    };
    if explode && prefix.is_some() {
        return flaw(at + text.len()..at + text.len() + 1, "`*` and `:` exclude each other");
    }
    check_name(name, at)?;
    Ok(Variable { name, at: at..at + name.len(), explode, prefix })
}

/// RFC 6570, section 2.3: letters, digits, `_` and triplets, with single dots between them.
fn check_name(name: &str, at: usize) -> Result<(), Flaw> {
    if name.is_empty() {
        return flaw(at..at, "an expression needs a name");
    }
    for (i, c) in name.char_indices() {
        let here = at + i..at + i + c.len_utf8();
        match c {
            '_' => {}
            c if c.is_ascii_alphanumeric() => {}
            '%' if triplet(&name[i..]) => {}
            '%' => return flaw(here, "`%` begins no triplet; a name holds it as `%25`"),
            '.' if i == 0 || name[i + 1..].is_empty() || name[i + 1..].starts_with('.') => {
                return flaw(here, "a dot stands between two parts of a name");
            }
            '.' => {}
            '-' => {
                let what = "'-' cannot stand in a name (RFC 6570); outside of the path";
                return flaw(here, format!("{what}, `#[query({name:?})]` on an argument sends it"));
            }
            c => return flaw(here, format!("{c:?} cannot stand in a name")),
        }
    }
    Ok(())
}

/// RFC 6570, section 2.4.1: 1 to 9999.
fn modifier(length: &str, at: usize) -> Result<u16, Flaw> {
    let bad = || {
        flaw(
            at..at + length.len(),
            "after `:` stands a length from 1 to 9999; a variable has no type and no pattern",
        )
    };
    match length.parse::<u16>() {
        Ok(n @ 1..=9999) if !length.starts_with(['0', '+']) => Ok(n),
        _ => bad(),
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    fn said(template: &str) -> (String, Range<usize>) {
        let flaw = parse_path(template).expect_err(template);
        (flaw.what, flaw.at)
    }

    #[test]
    fn parts_come_in_order() {
        let parts = parse("/a/{id}{?q,page*}").unwrap();
        let Part::Expression { operator: Some('?'), variables } = &parts[2] else { panic!("{parts:?}") };
        assert_eq!(
            (variables[1].name, variables[1].explode, variables[1].at.clone()),
            ("page", true, 11..15)
        );
        assert_eq!(parts[0], Part::Literal("/a/"));
        assert_eq!(parse("").unwrap(), []);
    }

    #[test]
    fn flaws_are_named_where_they_stand() {
        for (template, what, at) in [
            ("/{id", "never closed", 1..2),
            ("/{a{b}}", "never closed", 1..2),
            ("/}", "closes nothing", 1..2),
            ("/{}", "needs a name", 1..3),
            ("/{+}", "needs a name", 1..4),
            ("/{a,}", "needs a name", 4..4),
            ("/{a b}", "cannot stand in a name", 3..4),
            ("/{a:0}", "from 1 to 9999", 4..5),
            ("/{a:}", "from 1 to 9999", 4..4),
            ("/{a:10000}", "from 1 to 9999", 4..9),
            ("/{a:3*}", "exclude each other", 5..6),
            ("/{#a}", "fragment", 2..3),
            ("/{a-b}", "`#[query(\"a-b\")]`", 3..4),
            ("/{a-\0}", "`#[query(\"a-\\0\")]`", 3..4),
            ("/{.a.}", "between two parts", 4..5),
            ("/{é}", "cannot stand in a name", 2..4),
            ("/{%2x}", "no triplet", 2..3),
            ("/{|a}", "reserved", 2..3),
            ("/{$a}", "no operator", 2..3),
            ("/{\0}", "`\\0` is no operator", 2..3),
            ("/a#b", "fragment", 2..3),
            ("//a", "another host", 0..2),
            ("https://a/b", "not a URL", 0..8),
            ("/a/../b", "`.` or `..`", 0..0),
            ("/a/%2e", "`.` or `..`", 0..0),
            ("/a/..{&x}", "`.` or `..`", 0..0),
            ("/a/..;b", "`.` or `..`", 0..0),
            ("/a/.{;b}", "`.` or `..`", 0..0),
            ("/a|b", "cannot stand in a URL", 2..3),
            ("/a\r", "cannot stand in a URL", 2..3),
            ("/a\\b", "backslash", 2..3),
            ("/a/:id/b", "write `{id}`", 3..6),
            ("/100%", "no triplet", 4..5),
        ] {
            let (found, place) = said(template);
            assert!(found.contains(what), "{template}: {found}");
            assert_eq!(place, at, "{template}");
        }
        assert!(said(&format!("/{}", "a".repeat(LONGEST))).0.contains("8193 bytes"));
    }

    #[test]
    fn what_only_looks_odd_passes() {
        for template in [
            "/a.b",
            "/...",
            "/.well-known/x",
            "/a/{b}.json",
            "/.{a}",
            "/a?b=1&c",
            "{/a*}",
            "{?a}",
            "?a",
            "/ü",
            "/a%2Fb",
            "/a:b",
            "/a/:",
            "a/b",
            "/A Team",
            "{a}{a}",
            "{;a}",
            "/{last.name}{?Stra%C3%9Fe}",
        ] {
            assert!(parse_path(template).is_ok(), "{template}");
        }
        assert!(parse("x#{#y}").is_ok(), "which is no path, but a template");
    }

    #[test]
    fn a_slash_is_optional_where_a_template_begins() {
        let needs = |template| needs_slash(&parse(template).unwrap());
        assert!(needs("a") && needs("{a}") && needs("{+a}") && needs("{;a}"));
        assert!(!needs("") && !needs("/a") && !needs("?a") && !needs("{/a}") && !needs("{?a}"));
    }
}
