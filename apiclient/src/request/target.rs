//! Writes the values of a call where its pieces say: into path and query, or into headers.

use super::{
    header,
    param::{Expander, Param, ParamError, Place, Progress, check_segment, encode},
    template::Part,
};
use crate::endpoint::{Op, Piece, Var};
use http::{HeaderName, HeaderValue};
use std::borrow::Cow;

/// The target and the headers of one request, being written.
#[derive(Default)]
pub(crate) struct Writing {
    /// Path and query from the base URL's prefix on, percent-encoded ASCII.
    pub(crate) target: Vec<u8>,
    pub(crate) headers: Vec<(HeaderName, HeaderValue)>,
    progress: Progress,
    /// Something was written, or left out, that can make a dot segment of what stands around it.
    suspect: bool,
}

impl Writing {
    pub(crate) fn below(prefix: &str) -> Self {
        // One allocation for nearly every call.
        let mut target = Vec::with_capacity(prefix.len() + 120);
        target.extend_from_slice(prefix.as_bytes());
        Writing { target, ..Self::default() }
    }

    /// Whatever was written, a target begins with a slash.
    pub(crate) fn seal(&mut self) -> &[u8] {
        if !self.target.starts_with(b"/") {
            self.target.insert(0, b'/');
        }
        &self.target
    }

    /// Writes `pieces` with `values`, which come in the order of the pieces that take one.
    pub(crate) fn expand(&mut self, pieces: &[Piece<'_>], values: &[&dyn Param]) -> Result<(), ParamError> {
        let mut values = values.iter();
        for piece in pieces {
            match *piece {
                Piece::Literal(text) => self.target.extend_from_slice(text.as_bytes()),
                Piece::Query(text) => {
                    self.target.extend_from_slice(text.as_bytes());
                    self.progress.query = true;
                }
                Piece::Var(var) => {
                    // The macro writes both lists; a hand-written call that errs is told so.
                    let Some(value) = values.next() else { return Err(missing(var.name)) };
                    self.variable(var, *value).map_err(|e| e.named(var.name))?;
                }
                Piece::Header(name) => {
                    let Some(value) = values.next() else { return Err(missing(name)) };
                    self.header(name, *value)?;
                }
            }
        }
        self.check_path()
    }

    fn variable(&mut self, var: Var<'_>, value: &dyn Param) -> Result<(), ParamError> {
        if var.opens {
            self.progress.began = false;
        }
        let (from, query) = (self.target.len(), self.progress.query);
        let mut out = Expander::new(&mut self.target, Place::Target(var), &mut self.progress);
        value.expand(&mut out)?;
        let items = out.items();
        let reserved = var.op == Op::Reserved && items > 0;
        // `/a/.{.x}/b` without `x` is `/a/./b`.
        self.suspect |= reserved || var.op == Op::Label || (items == 0 && var.op.in_path());
        if reserved {
            self.progress.query |= self.target[from..].contains(&b'?');
        }
        match var.op {
            Op::Simple | Op::Reserved if query && items == 0 => Err(ParamError(Cow::Borrowed(
                "is absent; in a query, `{?name}` and `{&name}` leave out what is absent",
            ))),
            Op::Simple | Op::Reserved if items == 0 => {
                Err(ParamError(Cow::Borrowed("is absent, but it is a part of the path")))
            }
            // `/users/` is another resource than `/users/7`. An absent `{/var}` takes its slash with it.
            Op::Simple | Op::Reserved if !query => check_segment(&self.target[from..]),
            _ => Ok(()),
        }
    }

    /// `None` and an empty list send no header.
    fn header(&mut self, name: &str, value: &dyn Param) -> Result<(), ParamError> {
        let mut text = Vec::new();
        let mut out = Expander::new(&mut text, Place::Header, &mut self.progress);
        value.expand(&mut out).map_err(|e| e.named(name))?;
        if out.items() > 0 {
            let header = header::parse(name, &text).map_err(|e| ParamError(e.into()))?;
            self.headers.push(header);
        }
        Ok(())
    }

    /// One more query parameter, as `{&name*}` writes it.
    pub(crate) fn query(&mut self, name: &str, value: &dyn Param) -> Result<(), ParamError> {
        self.progress.began = false;
        let var = Var { op: Op::Query, name, explode: true, opens: true, prefix: None };
        self.variable(var, value).map_err(|e| e.named(name))
    }

    /// Nothing else can write a dot segment, a fragment or a second slash in front.
    fn check_path(&self) -> Result<(), ParamError> {
        if !self.suspect {
            return Ok(());
        }
        let path = self.target.split(|b| *b == b'?').next().unwrap_or_default();
        if self.target.contains(&b'#') {
            return Err(ParamError("an argument holds `#`, and a fragment is never sent".into()));
        }
        if path.starts_with(b"//") {
            return Err(ParamError("the path begins with two slashes, which would name another host".into()));
        }
        match path.split(|b| *b == b'/').any(is_dots) {
            true => Err(ParamError("a segment of the path is `.` or `..`".into())),
            false => Ok(()),
        }
    }
}

/// `.` or `..`, also percent-encoded: URL parsers resolve those away, too.
fn is_dots(segment: &[u8]) -> bool {
    segment.len() <= 6
        && matches!(
            segment.to_ascii_lowercase().as_slice(),
            b"." | b".." | b"%2e" | b".%2e" | b"%2e." | b"%2e%2e"
        )
}

fn missing(name: &str) -> ParamError {
    ParamError(format!("the argument `{name}` is missing").into())
}

/// The literals of a template that is known at run time only, as they are sent: ASCII, the rest percent-encoded.
pub(crate) fn literals<'a>(parts: &[Part<'a>]) -> Vec<Cow<'a, str>> {
    let literal = |part: &Part<'a>| match part {
        Part::Literal(text) if text.is_ascii() => Some(Cow::Borrowed(*text)),
        Part::Literal(text) => Some(text.chars().map(ascii).collect::<String>().into()),
        Part::Expression { .. } => None,
    };
    parts.iter().filter_map(literal).collect()
}

fn ascii(c: char) -> Cow<'static, str> {
    let mut out = Vec::new();
    encode(&mut out, c.encode_utf8(&mut [0; 4]).as_bytes(), true);
    match c.is_ascii() {
        true => c.to_string().into(),
        false => String::from_utf8(out).unwrap_or_default().into(),
    }
}

/// The pieces of a template, with its literals as they are sent.
pub(crate) fn pieces<'a>(parts: &'a [Part<'_>], literals: &'a [Cow<'_, str>]) -> Vec<Piece<'a>> {
    let mut literals = literals.iter();
    let mut pieces = Vec::with_capacity(parts.len());
    for part in parts {
        match part {
            Part::Literal(_) => pieces.extend(literals.next().map(|text| match text.contains('?') {
                true => Piece::Query(text),
                false => Piece::Literal(text),
            })),
            Part::Expression { operator, variables } => {
                let op = operator_of(*operator);
                pieces.extend(variables.iter().enumerate().map(|(i, v)| {
                    Piece::Var(Var { op, name: v.name, explode: v.explode, opens: i == 0, prefix: v.prefix })
                }));
            }
        }
    }
    pieces
}

fn operator_of(operator: Option<char>) -> Op {
    match operator {
        Some('+') => Op::Reserved,
        Some('.') => Op::Label,
        Some('/') => Op::Segment,
        Some(';') => Op::Matrix,
        Some('?') => Op::Query,
        Some('&') => Op::Continuation,
        _ => Op::Simple,
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::request::template;
    use serde::Serialize;
    use std::collections::BTreeMap;

    fn expand(template: &str, values: &[&dyn Param]) -> Result<String, String> {
        let mut writing = Writing::below("");
        let parts = template::parse(template).map_err(|e| e.to_string())?;
        writing.expand(&pieces(&parts, &literals(&parts)), values).map_err(|e| e.to_string())?;
        Ok(String::from_utf8(writing.target).unwrap())
    }

    fn ok(template: &str, values: &[&dyn Param], expected: &str) {
        assert_eq!(expand(template, values).as_deref(), Ok(expected), "{template}");
    }

    #[derive(Serialize)]
    struct Filter<'a> {
        color: &'a str,
        size: Option<u8>,
        #[serde(flatten)]
        rest: BTreeMap<&'a str, u8>,
    }

    #[test]
    fn values_follow_rfc_6570() {
        let (none, list) = (None::<u8>, ["red", "g b", "ü"]);
        let keys = BTreeMap::from([("semi", ";"), ("dot", "."), ("comma", ",")]);
        let filter = Filter { color: "r&b", size: None, rest: BTreeMap::from([("z", 1)]) };
        ok("/x{?a,b,c}", &[&none, &1.5, &true], "/x?b=1.5&c=true");
        ok("/x{?l}", &[&list], "/x?l=red,g%20b,%C3%BC");
        ok("/x{?l*}", &[&list], "/x?l=red&l=g%20b&l=%C3%BC");
        ok("/x{?f*}", &[&filter], "/x?color=r%26b&z=1");
        ok("/x{?k}", &[&keys], "/x?k=comma,%2C,dot,.,semi,%3B");
        ok("/x{/p*}", &[&["a", "b/c"]], "/x/a/b%2Fc");
        ok("/x{/p*}", &[&None::<Vec<u8>>], "/x");
        ok("/x{;k*}", &[&BTreeMap::from([("semi", ";"), ("comma", ",")])], "/x;comma=%2C;semi=%3B");
        ok("/x{;e}", &[&""], "/x;e");
        ok("/x{;l}", &[&["a", ""]], "/x;l=a,");
        ok("/{l}", &[&["a", "", "."]], "/a,,.");
        ok("/x{?e}", &[&""], "/x?e=");
        ok("/{+p}", &[&"a/b"], "/a/b");
        ok("/{+p}{?q}", &[&"a?b=1", &2], "/a?b=1&q=2");
        ok("/x{?a}{&b}", &[&none, &2], "/x&b=2");
        ok("/x?c=1{&a}", &[&1], "/x?c=1&a=1");
        ok("/x?a={a}&b={b}", &[&"", &"."], "/x?a=&b=.");
        ok("/ü/{id}", &[&7], "/%C3%BC/7");
        ok("/x{.e}", &[&none], "/x");
        ok("/{d}", &[&std::net::Ipv6Addr::LOCALHOST], "/%3A%3A1");
        ok("/{v:3}", &[&"äöüß"], "/%C3%A4%C3%B6%C3%BC");
        ok(
            "/{a}.{b}",
            &[&u64::MAX, &i128::MIN],
            "/18446744073709551615.-170141183460469231731687303715884105728",
        );
    }

    #[test]
    fn one_slash_between_base_and_template() {
        for (prefix, template, expected) in [
            ("", "", "/"),
            ("", "?q", "/?q"),
            ("/v1", "?q", "/v1?q"),
            ("/v1", "", "/v1"),
            ("/v1", "/x", "/v1/x"),
        ] {
            let mut writing = Writing::below(prefix);
            let parts = template::parse(template).unwrap();
            writing.expand(&pieces(&parts, &literals(&parts)), &[]).unwrap();
            assert_eq!(writing.seal(), expected.as_bytes());
        }
    }

    #[test]
    fn a_path_argument_stays_one_segment() {
        for value in
            ["a/b", "a?b", "a#b", "%2e%2e", "..%2f", "a\\b", "a\tb", "//evil", "@evil", "...", "a..b", "🦀"]
        {
            let path = expand("/v1/{a}/z", &[&value]).unwrap();
            assert_eq!(path.split('/').count(), 4, "{path}");
            assert!(!path.contains(['?', '#', '\\']), "{path}");
        }
        ok("/{a}", &[&"%2e%2e"], "/%252e%252e");
    }

    #[test]
    fn what_would_leave_the_path_is_refused() {
        for (value, why) in [
            ("", "empty"),
            (".", "dot segment"),
            ("..", "dot segment"),
            ("a\r", "CR"),
            ("a\nb", "CR"),
            ("\0", "NUL"),
        ] {
            let e = expand("/v1/{name}/z", &[&value]).unwrap_err();
            assert!(e.starts_with("the argument `name` ") && e.contains(why), "{e}");
        }
        assert!(expand("/{a}", &[&None::<u8>]).unwrap_err().contains("is absent, but"));
        assert!(expand("/x?a={a}", &[&None::<u8>]).unwrap_err().contains("absent"));
        for template in ["/a/.{.e}/b", "/a/..{;e}", "/.{/e}"] {
            assert!(expand(template, &[&None::<u8>]).unwrap_err().contains("`.` or `..`"), "{template}");
        }
        assert!(
            expand("/é{", &[]).is_err() && expand("/%é", &[]).is_err() && expand("/{é,}", &[&1]).is_err()
        );
        assert!(expand("/{a:1}", &[&"..x"]).unwrap_err().contains("dot segment"));
        assert!(expand("/x{/p*}", &[&["a", ".."]]).unwrap_err().contains("dot segment"));
        for value in ["../a", "a/..", "a/%2e%2E/b", "a/./b", "b#c", "/x"] {
            assert!(expand("/{+p}", &[&value]).is_err(), "{value}");
        }
        assert!(expand("/{a}", &[&vec![vec![1]]]).unwrap_err().contains("nested"));
        assert!(expand("/{a}", &[]).unwrap_err().contains("missing"));
    }

    #[test]
    fn headers_are_checked_and_never_echoed() {
        let header = |value: &str| {
            let mut writing = Writing::below("");
            let result = writing.expand(&[Piece::Header("x-a")], &[&value]).map_err(|e| e.to_string());
            result.map(|()| writing.headers.pop().map(|(_, v)| v.to_str().unwrap().to_owned()))
        };
        assert_eq!(header("b c"), Ok(Some("b c".into())));
        for value in ["a\r\nb: c", "a\0secret", " a", "ü"] {
            let e = header(value).unwrap_err();
            assert!(e.contains("x-a") && !e.contains("secret") && !e.contains(value), "{e}");
        }
        let mut writing = Writing::below("");
        writing.expand(&[Piece::Header("x-l"), Piece::Header("x-n")], &[&[1, 2], &None::<u8>]).unwrap();
        assert_eq!(writing.headers, [(HeaderName::from_static("x-l"), HeaderValue::from_static("1, 2"))]);
    }
}
