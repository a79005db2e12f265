//! Writes the values of a call where its pieces say: into path, query, headers, form or cookies.

use super::{
    header,
    param::{EMPTY, Expander, Headers, Param, ParamError, Place, Progress, encode, refused, scalar},
    template::{self, Part},
};
use crate::endpoint::{Bit, KeyOf, Op, Piece, Var};
use std::{borrow::Cow, collections::BTreeMap, num::NonZeroUsize, slice};

/// Values that a client holds, by name.
pub(crate) type Held = BTreeMap<String, String>;

/// What is written of one request.
#[derive(Default)]
pub(crate) struct Writing {
    /// Path and query from the base URL's prefix on, percent-encoded ASCII.
    pub(crate) target: Vec<u8>,
    pub(crate) headers: Headers,
    /// The fields of a form body; there even if none of them has a value.
    pub(crate) form: Option<Vec<u8>>,
    /// The pairs of a `Cookie` header.
    pub(crate) cookies: Vec<u8>,
    /// Whose quotas it counts for; the trait's and the method's own.
    pub(crate) limit_keys: Option<Box<[Vec<u8>; 2]>>,
    progress: Progress,
    /// Where the slash ends that stands before a template without one.
    joined: Option<NonZeroUsize>,
    /// How much of the target is the base URL's.
    prefix: usize,
}

impl Writing {
    pub(crate) fn below(prefix: &str) -> Self {
        // One allocation for nearly every call.
        let mut target = Vec::with_capacity(prefix.len() + 120);
        target.extend_from_slice(prefix.as_bytes());
        // Every field by name: half of what `..Self::default()` would make is dropped at once.
        Writing {
            target,
            headers: Headers::default(),
            form: None,
            cookies: Vec::new(),
            limit_keys: None,
            progress: Progress::default(),
            joined: None,
            prefix: prefix.len(),
        }
    }

    /// A path and a query that are written already.
    pub(crate) fn at(target: Vec<u8>) -> Self {
        let query = target.contains(&b'?');
        let begun = query && (target.ends_with(b"?") || target.ends_with(b"&"));
        let progress = Progress { query, begun, ..Progress::default() };
        Writing { target, progress, ..Self::default() }
    }

    /// Whatever was written, a target begins with a slash.
    pub(crate) fn seal(&mut self) -> &[u8] {
        if !self.target.starts_with(b"/") {
            self.target.insert(0, b'/');
        }
        &self.target
    }

    /// Writes `pieces` with `values`, which come in the order of the pieces that take one.
    pub(crate) fn expand(
        &mut self,
        pieces: &[Piece<'_>],
        values: &[&dyn Param],
        held: Option<&Held>,
    ) -> Result<(), ParamError> {
        let mut inputs = Inputs { values: values.iter(), held };
        // The last argument that can have made a dot segment, or two slashes, of what stands around it.
        let mut suspect = None;
        let mut expression = 0;
        for (i, piece) in pieces.iter().enumerate() {
            let Piece::Var(var) = piece else {
                self.piece(piece, &mut inputs)?;
                continue;
            };
            if var.opens {
                expression = self.target.len();
            }
            let closes = !matches!(pieces.get(i + 1), Some(Piece::Var(next)) if !next.opens);
            let written = self.variable(var, inputs.next(var.argument)?).and_then(|odd| match closes {
                true => self.check_expression(var, expression).map(|()| odd),
                false => Ok(odd),
            });
            if written.map_err(|e| e.named(var.argument))? {
                suspect = Some(var.argument);
            }
        }
        suspect.map_or(Ok(()), |argument| self.check_path().map_err(|e| e.named(argument)))
    }

    /// Writes a piece that is no variable.
    fn piece(&mut self, piece: &Piece<'_>, inputs: &mut Inputs<'_>) -> Result<(), ParamError> {
        match piece {
            Piece::Literal(text) => self.target.extend_from_slice(text.as_bytes()),
            Piece::Query(text) => {
                self.target.extend_from_slice(text.as_bytes());
                self.progress.query = true;
                self.progress.begun = text.ends_with(['?', '&']);
            }
            Piece::Slash => {
                self.target.push(b'/');
                self.joined = NonZeroUsize::new(self.target.len());
            }
            Piece::Pair(text) => {
                self.begin_pair();
                self.target.extend_from_slice(text.as_bytes());
            }
            Piece::Header(name, argument) => {
                let place = Place::Header(name, &mut self.headers);
                in_place(place, inputs.next(argument)?).map_err(|e| e.named(argument))?;
            }
            Piece::Headers(argument) => {
                let place = Place::Headers(&mut self.headers);
                in_place(place, inputs.next(argument)?).map_err(|e| e.named(argument))?;
            }
            Piece::ComposedHeader(name, bits) => {
                if let Some(text) = inputs.composed(bits)? {
                    let header = header::parse(name, &text).map_err(ParamError::whole)?;
                    self.headers.retain(|(other, _)| *other != header.0);
                    self.headers.push(header);
                }
            }
            Piece::ComposedQuery(name, bits) => {
                if let Some(text) = inputs.composed(bits)? {
                    self.begin_pair();
                    self.target.extend_from_slice(name.as_bytes());
                    self.target.push(b'=');
                    encode(&mut self.target, &text, false);
                }
            }
            Piece::LimitKey(of, bits) => {
                let key = inputs.composed(bits)?.unwrap_or_default();
                self.limit_keys.get_or_insert_with(Default::default)[usize::from(*of == KeyOf::Method)] = key;
            }
            // `expand` writes these, which need their neighbours.
            Piece::Var(_) => {}
        }
        Ok(())
    }

    /// `?` or `&`.
    fn begin_pair(&mut self) {
        if std::mem::take(&mut self.progress.begun) {
            return;
        }
        let query = std::mem::replace(&mut self.progress.query, true);
        self.target.push(if query { b'&' } else { b'?' });
    }

    /// Writes one value. Whether it can have made a dot segment of what stands around it, or two slashes.
    fn variable(&mut self, var: &Var<'_>, value: &dyn Param) -> Result<bool, ParamError> {
        if var.opens {
            self.progress.began = false;
        }
        let out = match var.op {
            Op::Field => self.form.get_or_insert_default(),
            Op::Cookie => &mut self.cookies,
            _ => &mut self.target,
        };
        let from = out.len();
        let mut out = Expander::new(out, Place::Target(var), &mut self.progress);
        value.expand(&mut out)?;
        let items = out.items();
        match var.absent {
            Some(pair) if items == 0 => {
                self.begin_pair();
                self.target.extend_from_slice(pair.as_bytes());
            }
            _ => {}
        }
        if self.progress.query || matches!(var.op, Op::Field | Op::Cookie) {
            return Ok(false);
        }
        if !var.op.in_path() {
            return Ok(true); // absent: what follows stands in the path
        }
        if var.op == Op::Reserved
            && self.joined.is_some_and(|joined| joined.get() == from)
            && self.target[from..].starts_with(b"/")
        {
            self.target.remove(from - 1); // the value has a slash of its own
            self.joined = None;
        }
        if var.op == Op::Reserved && climbs(&self.target[from.min(self.target.len())..]) {
            return Err(refused(
                "has dots beside an encoded slash or a backslash, which some servers take for a slash",
            ));
        }
        let odd = |text: &[u8]| text.contains(&b'.') || text.is_empty();
        let written = self.target.get(from..).unwrap_or_default();
        if var.op == Op::Segment && items > 0 && written == b"/" && !var.allow_empty {
            return Err(refused(EMPTY));
        }
        // What stands before a matrix parameter is the segment, to those who cut parameters off.
        Ok(items == 0 || matches!(var.op, Op::Reserved | Op::Matrix) || odd(written))
    }

    /// What an expression that wrote nothing, or nothing but an empty value, means at its place.
    fn check_expression(&self, var: &Var<'_>, from: usize) -> Result<(), ParamError> {
        if !matches!(var.op, Op::Simple | Op::Reserved) {
            return Ok(());
        }
        match (self.progress.began, self.progress.query) {
            (true, false) if !var.allow_empty && self.target.len() <= from => Err(refused(EMPTY)),
            (true, _) => Ok(()),
            (false, true) => {
                Err(refused("is absent; in a query, `{?name}` and `{&name}` leave out what is absent"))
            }
            (false, false) => Err(refused(
                "is absent, but it is a part of the path; `{/name}` leaves it out with its slash",
            )),
        }
    }

    /// One more query parameter, as `{&name*}` writes it.
    pub(crate) fn query(&mut self, name: &str, value: &dyn Param) -> Result<(), ParamError> {
        let mut sent = Vec::with_capacity(name.len());
        encode(&mut sent, name.as_bytes(), false);
        let sent = String::from_utf8_lossy(&sent);
        let var = Var { explode: true, argument: name, ..Var::new(Op::Query, &sent) };
        self.variable(&var, value).map_err(|e| e.named(name))?;
        Ok(())
    }

    /// Nothing else can write a dot segment or a second slash in front.
    fn check_path(&self) -> Result<(), ParamError> {
        let path = self.target.split(|b| *b == b'?').next().unwrap_or_default();
        if !matches!(path.get(self.prefix), None | Some(b'/')) {
            return Err(refused("is absent, and what follows it would run into the path of the base URL"));
        }
        if path.starts_with(b"//") {
            return Err(refused("makes a path that begins with two slashes, which would name another host"));
        }
        match path.split(|b| *b == b'/').any(is_dots) {
            true => Err(refused("makes a dot segment (`.` or `..`), which would address another resource")),
            false => Ok(()),
        }
    }
}

/// A value that is gathered before it is known to fit.
pub(crate) fn in_place<P: Param + ?Sized>(place: Place<'_>, value: &P) -> Result<(), ParamError> {
    let (mut scratch, mut progress) = (Vec::new(), Progress::default());
    value.expand(&mut Expander::new(&mut scratch, place, &mut progress))
}

/// Where values come from: the call's in their order, the client's by name.
struct Inputs<'a> {
    values: slice::Iter<'a, &'a dyn Param>,
    /// None where the request leaves the base URL's origin: then what names one of them is left out.
    held: Option<&'a Held>,
}

impl<'a> Inputs<'a> {
    fn next(&mut self, argument: &str) -> Result<&'a dyn Param, ParamError> {
        // The macro writes both lists; a hand-written call that errs is told so.
        let value = self.values.next().copied();
        value.ok_or_else(|| ParamError::whole(format!("the argument `{argument}` is missing")))
    }

    /// Text and values in a row; nothing if one of the values is absent.
    fn composed(&mut self, bits: &[Bit<'_>]) -> Result<Option<Vec<u8>>, ParamError> {
        let mut out = Some(Vec::new());
        for bit in bits {
            let text = match *bit {
                Bit::Text(text) => Some(Cow::Borrowed(text.as_bytes())),
                Bit::Held(name) => match self.held {
                    Some(held) => Some(Cow::Borrowed(held_value(name, held)?.as_bytes())),
                    None => None,
                },
                Bit::Argument(name) => {
                    let value = self.next(name)?;
                    scalar(value).map_err(|e| e.named(name))?.map(Cow::Owned)
                }
            };
            out = out.zip(text).map(|(mut out, text)| {
                out.extend_from_slice(&text);
                out
            });
        }
        Ok(out)
    }
}

fn held_value<'h>(name: &str, held: &'h Held) -> Result<&'h str, ParamError> {
    held.get(name).map(String::as_str).ok_or_else(|| {
        ParamError::whole(format!(
            "the client holds no value `{name}`: give it one with `.value(\"{name}\", ..)` on the builder"
        ))
    })
}

/// A text of values that the client holds.
pub(crate) fn held_text(bits: &[Bit<'_>], held: &Held) -> Result<Vec<u8>, ParamError> {
    Inputs { values: [].iter(), held: Some(held) }.composed(bits).map(Option::unwrap_or_default)
}

/// Whether dots stand beside an encoded slash or backslash: some servers decode before they resolve.
pub(crate) fn climbs(text: &[u8]) -> bool {
    let encoded = |at: usize| {
        let triplet = text.get(at..at + 3);
        triplet.is_some_and(|t| t.eq_ignore_ascii_case(b"%2f") || t.eq_ignore_ascii_case(b"%5c"))
    };
    let (mut from, mut at, mut beside) = (0, 0, false);
    while at <= text.len() {
        let (ends, is_encoded) = (at == text.len() || text[at] == b'/', encoded(at));
        if ends || is_encoded {
            if (beside || is_encoded) && is_dots(&text[from..at]) {
                return true;
            }
            at += if is_encoded { 3 } else { 1 };
            (from, beside) = (at, is_encoded);
        } else {
            at += 1;
        }
    }
    false
}

/// `.` or `..`, also percent-encoded: URL parsers resolve those away, too. Some servers do so before they cut off the
/// parameters of a segment (RFC 3986, section 3.3), `..;x`.
pub(crate) fn is_dots(segment: &[u8]) -> bool {
    let segment = segment.split(|b| *b == b';').next().unwrap_or_default();
    segment.len() <= 6
        && matches!(
            segment.to_ascii_lowercase().as_slice(),
            b"." | b".." | b"%2e" | b".%2e" | b"%2e." | b"%2e%2e"
        )
}

/// The literals of a template that is known at run time only, as they are sent: ASCII, the rest percent-encoded.
pub(crate) fn literals<'a>(parts: &[Part<'a>]) -> Vec<Cow<'a, str>> {
    let literal = |part: &Part<'a>| match part {
        Part::Literal(text) if text.is_ascii() && !text.contains(' ') => Some(Cow::Borrowed(*text)),
        Part::Literal(text) => Some(text.chars().map(ascii).collect::<String>().into()),
        Part::Expression { .. } => None,
    };
    parts.iter().filter_map(literal).collect()
}

fn ascii(c: char) -> Cow<'static, str> {
    let mut out = Vec::new();
    encode(&mut out, c.encode_utf8(&mut [0; 4]).as_bytes(), true);
    match c.is_ascii() && c != ' ' {
        true => c.to_string().into(),
        false => String::from_utf8(out).unwrap_or_default().into(),
    }
}

/// The pieces of a template, with its literals as they are sent.
pub(crate) fn pieces<'a>(parts: &'a [Part<'_>], literals: &'a [Cow<'_, str>]) -> Vec<Piece<'a>> {
    let mut literals = literals.iter();
    let mut pieces = Vec::with_capacity(parts.len() + 1);
    pieces.extend(template::needs_slash(parts).then_some(Piece::Slash));
    for part in parts {
        match part {
            Part::Literal(_) => pieces.extend(literals.next().map(|text| match text.contains('?') {
                true => Piece::Query(text),
                false => Piece::Literal(text),
            })),
            Part::Expression { operator, variables } => {
                let op = operator_of(*operator);
                pieces.extend(variables.iter().enumerate().map(|(i, v)| {
                    let var = Var::new(op, v.name);
                    Piece::Var(Var { explode: v.explode, opens: i == 0, prefix: v.prefix, ..var })
                }));
            }
        }
    }
    pieces
}

fn operator_of(operator: Option<char>) -> Op {
    match operator {
        Some('+') => Op::Reserved,
        Some('#') => Op::Fragment,
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
    use crate::endpoint::Style;
    use serde::Serialize;
    use std::collections::BTreeMap;

    fn expand(template: &str, values: &[&dyn Param]) -> Result<String, String> {
        let mut writing = Writing::below("");
        let parts = template::parse_path(template).map_err(|e| e.to_string())?;
        writing.expand(&pieces(&parts, &literals(&parts)), values, None).map_err(|e| e.to_string())?;
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
        ok("/x{?f*}", &[&BTreeMap::from([("a", vec![1, 2]), ("b", vec![])])], "/x?a=1&a=2");
        ok("/x{?e}", &[&""], "/x?e=");
        ok("/{+p}", &[&"a/b"], "/a/b");
        ok("{+p}{?q}", &[&"/a/b", &2], "/a/b?q=2");
        ok("/x?{a,b}", &[&none, &2], "/x?2");
        ok("/{a,b}", &[&none, &2], "/2");
        ok("/foo{+a}bar", &[&"."], "/foo.bar");
        ok("/v{a}", &[&"."], "/v.");
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
            ("/v1", "x", "/v1/x"),
            ("", "x/A Team", "/x/A%20Team"),
        ] {
            let mut writing = Writing::below(prefix);
            let parts = template::parse_path(template).unwrap();
            writing.expand(&pieces(&parts, &literals(&parts)), &[], None).unwrap();
            assert_eq!(writing.seal(), expected.as_bytes());
        }
    }

    #[test]
    fn a_path_argument_stays_one_segment() {
        for value in [
            "a/b", "a?b", "a#b", "%2e%2e", "..%2f", "a\\b", "a\tb", "a\r\nb", "\0", "//evil", "@evil", "...",
            "a..b", "🦀",
        ] {
            let path = expand("/v1/{a}/z", &[&value]).unwrap();
            assert_eq!(path.split('/').count(), 4, "{path}");
            assert!(!path.contains(['?', '#', '\\']), "{path}");
        }
        ok("/{a}", &[&"%2e%2e"], "/%252e%252e");
    }

    #[test]
    fn what_would_leave_the_path_is_refused() {
        for (value, why) in [("", "empty"), (".", "dot segment"), ("..", "dot segment")] {
            let e = expand("/v1/{name}/z", &[&value]).unwrap_err();
            assert!(e.starts_with("the argument `name` ") && e.contains(why), "{e}");
        }
        assert!(expand("/{a}", &[&None::<u8>]).unwrap_err().contains("is absent, but"));
        assert!(expand("/x?a={a}", &[&None::<u8>]).unwrap_err().contains("absent"));
        assert!(expand("/.{a}", &[&"."]).unwrap_err().contains("the argument `a` makes a dot segment"));
        assert!(expand("/{a}{b}", &[&".", &"."]).unwrap_err().contains("dot segment"));
        assert!(expand("/x{&d}/{a}", &[&1, &".."]).unwrap_err().contains("dot segment"));
        assert!(expand("/x{&d}{/p*}{;m}", &[&1, &["a", "."], &1]).unwrap_err().contains("dot segment"));
        assert!(expand("/x?a={+a}", &[&"1&b=2"]).unwrap_err().contains("`&` or `#`"));
        for template in ["/a/.{.e}/b", "/a/..{;e}", "/.{/e}"] {
            assert!(expand(template, &[&None::<u8>]).unwrap_err().contains("`.` or `..`"), "{template}");
        }
        assert!(
            expand("/é{", &[]).is_err() && expand("/%é", &[]).is_err() && expand("/{e,}", &[&1]).is_err()
        );
        assert!(expand("/{a:1}", &[&"..x"]).unwrap_err().contains("dot segment"));
        assert!(expand("/x{/p*}", &[&["a", ".."]]).unwrap_err().contains("dot segment"));
        for value in ["../a", "a/..", "a/%2e%2E/b", "a/./b", "b#c", "/x", "a?b=c", ".%2e"] {
            assert!(expand("/{+p}", &[&value]).is_err(), "{value}");
        }
        assert!(expand("/{a}", &[&vec![vec![1]]]).unwrap_err().contains("nested"));
        assert!(expand("/{a}", &[]).unwrap_err().contains("missing"));
    }

    #[test]
    fn headers_are_checked_and_never_echoed() {
        let write = |pieces: &[Piece<'_>], values: &[&dyn Param]| {
            let mut writing = Writing::below("");
            writing.expand(pieces, values, None).map_err(|e| e.to_string())?;
            let text =
                |(n, v): (http::HeaderName, http::HeaderValue)| format!("{n}: {}", v.to_str().unwrap());
            Ok::<_, String>(writing.headers.into_iter().map(text).collect::<Vec<_>>())
        };
        let header = |value: &str| write(&[Piece::Header("x-a", "a")], &[&value]);
        assert_eq!(header("b c"), Ok(vec!["x-a: b c".into()]));
        assert_eq!(header(""), Ok(vec!["x-a: ".into()]));
        for value in ["a\r\nb: c", "a\0secret", " a", "ü"] {
            let e = header(value).unwrap_err();
            assert!(e.contains("x-a") && !e.contains("secret") && !e.contains(value), "{e}");
        }
        let (list, some) =
            (Piece::Header("x-l", "l"), BTreeMap::from([("X-M", vec!["1", "2"]), ("x-l", vec!["3"])]));
        assert_eq!(write(&[list], &[&[Some(1), None, Some(2)]]).unwrap(), ["x-l: 1", "x-l: 2"]);
        assert_eq!(write(&[list], &[&None::<u8>]).unwrap(), [""; 0]);
        let all = write(&[list, Piece::Headers("m")], &[&[1, 2], &some]).unwrap();
        assert_eq!(all, ["x-m: 1", "x-m: 2", "x-l: 3"], "the later argument replaces");
        for bad in [
            BTreeMap::from([("x y", "1")]),
            BTreeMap::from([("Host", "1")]),
            BTreeMap::from([("a\r\nb", "1")]),
        ] {
            assert!(write(&[Piece::Headers("m")], &[&bad]).is_err());
        }
        assert!(write(&[list], &[&some]).unwrap_err().contains("`#[headers]`"));
        assert!(write(&[Piece::Headers("m")], &[&["a"]]).unwrap_err().contains("is a list"));
        assert!(write(&[Piece::Headers("m")], &[&"a"]).unwrap_err().contains("is one value"));
        assert_eq!(write(&[Piece::Headers("m")], &[&None::<BTreeMap<String, String>>]).unwrap(), [""; 0]);
        let bits = [Bit::Text("Bearer "), Bit::Argument("t"), Bit::Text("!")];
        let composed = Piece::ComposedHeader("x-c", &bits);
        assert_eq!(write(&[composed], &[&7]).unwrap(), ["x-c: Bearer 7!"]);
        assert_eq!(write(&[composed], &[&None::<u8>]).unwrap(), [""; 0]);
    }

    #[derive(Serialize)]
    struct Inner {
        id: u8,
        tags: Vec<&'static str>,
    }

    #[derive(Serialize)]
    struct Outer {
        q: &'static str,
        inner: Inner,
        list: Vec<Inner>,
        none: Option<Inner>,
    }

    fn styled(style: Style, name: &str, value: &dyn Param) -> Result<String, String> {
        let mut writing = Writing::below("/");
        let piece = Piece::Var(Var {
            style,
            explode: style == Style::Form,
            argument: "a",
            ..Var::new(Op::Query, name)
        });
        writing.expand(&[piece], &[value], None).map_err(|e| e.to_string())?;
        let text = String::from_utf8(writing.target).unwrap();
        Ok(text.replace("%5B", "[").replace("%5D", "]"))
    }

    #[test]
    fn nested_values_have_their_styles() {
        let inner = || Inner { id: 1, tags: vec!["x", "y"] };
        let value = Outer { q: "a&b", inner: inner(), list: vec![inner()], none: None };
        assert_eq!(
            styled(Style::Indexed, "f", &value).unwrap(),
            "/?f[q]=a%26b&f[inner][id]=1&f[inner][tags][0]=x&f[inner][tags][1]=y&f[list][0][id]=1&f[list][0][tags][0]=x&f[list][0][tags][1]=y"
        );
        assert_eq!(
            styled(Style::Brackets, "", &value).unwrap(),
            "/?q=a%26b&inner[id]=1&inner[tags][]=x&inner[tags][]=y&list[][id]=1&list[][tags][]=x&list[][tags][]=y"
        );
        assert_eq!(styled(Style::DeepObject, "f", &inner()).unwrap(), "/?f[id]=1&f[tags]=x&f[tags]=y");
        assert_eq!(styled(Style::Dots, "f", &inner()).unwrap(), "/?f.id=1&f.tags=x&f.tags=y");
        assert_eq!(
            styled(Style::Dots, "", &BTreeMap::from([("a", inner())])).unwrap(),
            "/?a.id=1&a.tags=x&a.tags=y"
        );
        assert_eq!(styled(Style::Brackets, "f", &[1, 2]).unwrap(), "/?f[]=1&f[]=2");
        assert_eq!(styled(Style::Indexed, "f", &[[1], [2]]).unwrap(), "/?f[0][0]=1&f[1][0]=2");
        assert_eq!(styled(Style::Space, "f", &["a", "b"]).unwrap(), "/?f=a%20b");
        assert_eq!(styled(Style::Pipe, "f", &["a", "b"]).unwrap(), "/?f=a%7Cb");
        assert_eq!(styled(Style::Indexed, "f", &7).unwrap(), "/?f=7");
        for (style, name, value, why) in [
            (Style::Form, "f", &value as &dyn Param, "`style = indexed`"),
            (Style::DeepObject, "f", &value, "`style = indexed`"),
            (Style::Dots, "f", &[[1]], "`style = indexed`"),
            (Style::Brackets, "f", &[[1]], "`style = indexed`"),
            (Style::Indexed, "", &[1], "needs a name"),
            (Style::Indexed, "", &1, "no map and no struct"),
            (Style::Space, "f", &["a b"], "a space within"),
            (Style::Pipe, "f", &["a|b"], "a `|` within"),
            (Style::Indexed, "f", &BTreeMap::from([("a]", 1)]), "bracket"),
            (Style::Dots, "f", &BTreeMap::from([("a.b", 1)]), "a dot"),
            (Style::Form, "f", &f64::NAN, "finite"),
            (Style::Form, "f", &BTreeMap::from([(None::<u8>, 1)]), "key that is absent"),
            (Style::Form, "f", &BTreeMap::from([(vec![1], 1)]), "list or a map"),
            (Style::Flag, "f", &BTreeMap::from([("a", 1)]), "no `bool`"),
        ] {
            let said = styled(style, name, value).unwrap_err();
            assert!(said.starts_with("the argument `a` ") && said.contains(why), "{style:?}: {said}");
        }
    }

    #[test]
    fn flags_have_no_value() {
        assert_eq!(styled(Style::Flag, "f", &true).unwrap(), "/?f");
        assert_eq!(styled(Style::Flag, "f", &false).unwrap(), "/");
        assert_eq!(styled(Style::Flag, "f", &"a=b").unwrap(), "/?a%3Db");
        assert_eq!(styled(Style::Flag, "f", &[Some(1), None, Some(2)]).unwrap(), "/?1&2");
        assert_eq!(styled(Style::Flag, "f", &BTreeMap::from([("a", true), ("b", false)])).unwrap(), "/?a");
    }

    #[test]
    fn forms_and_cookies_have_encodings_of_their_own() {
        let write = |op: Op, value: &dyn Param| {
            let mut writing = Writing::below("");
            let pieces = [Piece::Var(Var { explode: true, argument: "a", ..Var::new(op, "n") })];
            writing.expand(&pieces, &[value], None).map_err(|e| e.to_string())?;
            let bytes = writing.form.take().unwrap_or(writing.cookies);
            Ok::<_, String>(String::from_utf8(bytes).unwrap())
        };
        assert_eq!(write(Op::Field, &"a b&c=ü~*").unwrap(), "n=a+b%26c%3D%C3%BC%7E*");
        assert_eq!(write(Op::Field, &BTreeMap::from([("k k", vec![1, 2])])).unwrap(), "k+k=1&k+k=2");
        assert_eq!(write(Op::Field, &None::<u8>).unwrap(), "", "an empty form");
        assert_eq!(write(Op::Cookie, &["1", "a=b"]).unwrap(), "n=1; n=a=b");
        for value in ["a;b", "a b", "a,b", "\"", "ü", "\\", "a\r\n"] {
            assert!(write(Op::Cookie, &value).unwrap_err().contains("no cookie"), "{value}");
        }
    }

    #[test]
    fn what_is_encoded_already_stays() {
        let write = |value: &str| {
            let mut writing = Writing::below("/");
            let piece = Piece::Var(Var { encoded: true, ..Var::new(Op::Query, "a%20b") });
            writing.expand(&[piece], &[&value], None).map_err(|e| e.to_string())?;
            Ok::<_, String>(String::from_utf8(writing.target).unwrap())
        };
        assert_eq!(write("a%20b+c,d=é%").unwrap(), "/?a%20b=a%20b+c,d=%C3%A9%25");
        assert!(write("1&admin=1").is_err() && write("1#x").is_err());
    }
}
