//! Arguments: one serde serializer that writes straight into the percent-encoded target or a header's value.

use super::{
    header,
    multipart::{self, Multipart, Part, PartMeta},
};
use crate::endpoint::{Op, Style, Var};
use http::{HeaderName, HeaderValue};
use serde::ser::{self, Serialize};
use std::{
    borrow::Cow,
    fmt::{self, Display, Write},
};

/// The dyn-safe twin of `Serialize`. Generated code passes `&dyn Param`, so that a type is compiled once and
/// not once per endpoint.
#[diagnostic::on_unimplemented(
    message = "`{Self}` cannot be an argument of an endpoint",
    label = "an argument is written into the request with serde",
    note = "derive `serde::Serialize` for it"
)]
pub trait Param {
    #[doc(hidden)]
    fn expand(&self, out: &mut Expander<'_>) -> Result<(), ParamError>;
}

#[diagnostic::do_not_recommend]
impl<T: Serialize + ?Sized> Param for T {
    fn expand(&self, out: &mut Expander<'_>) -> Result<(), ParamError> {
        self.serialize(out)
    }
}

/// What cannot be written, in words that name the argument and never its value.
#[derive(Debug)]
pub struct ParamError {
    message: Cow<'static, str>,
    /// The message says already what it is about.
    whole: bool,
}

impl ParamError {
    /// A message that is a sentence.
    pub(crate) fn whole(message: impl Into<Cow<'static, str>>) -> Self {
        ParamError { message: message.into(), whole: true }
    }

    /// Says which argument it was.
    pub(crate) fn named(self, name: &str) -> Self {
        match self.whole {
            true => self,
            false => Self::whole(format!("the argument `{name}` {}", self.message)),
        }
    }

    pub(crate) fn into_message(self) -> Cow<'static, str> {
        self.message
    }
}

impl Display for ParamError {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str(&self.message)
    }
}

impl std::error::Error for ParamError {}

impl ser::Error for ParamError {
    fn custom<T: Display>(message: T) -> Self {
        ParamError { message: format!("cannot be written: {message}").into(), whole: false }
    }
}

/// What stands behind the name of an argument.
pub(crate) const fn refused(why: &'static str) -> ParamError {
    ParamError { message: Cow::Borrowed(why), whole: false }
}

/// What a list or a map stands in.
#[derive(Debug, Clone, Copy, PartialEq)]
enum Shape {
    List,
    Map,
}

/// Headers in the order they were written; those of one name stand together.
pub(crate) type Headers = Vec<(HeaderName, HeaderValue)>;

/// Where a value goes.
#[derive(Debug)]
pub(crate) enum Place<'a> {
    /// Into the target, the form or the cookies, which are the expander's `out`.
    Target(&'a Var<'a>),
    /// A header of this name for each scalar.
    Header(&'a str, &'a mut Headers),
    /// A header for each entry.
    Headers(&'a mut Headers),
    /// A part of this name in a multipart body for each scalar.
    Part(&'a str, &'a PartMeta, &'a mut Multipart),
    /// One scalar as it is.
    Text,
}

/// What the values of one target share.
#[derive(Debug, Default)]
#[expect(clippy::struct_excessive_bools, reason = "each is a question of its own")]
pub(crate) struct Progress {
    /// A value of the current expression was written.
    pub(crate) began: bool,
    /// The target has its `?`.
    pub(crate) query: bool,
    /// The query ends with its separator already.
    pub(crate) begun: bool,
    /// RFC 6570 to the letter: no request is made of it.
    pub(crate) verbatim: bool,
}

/// How deep lists and maps may stand in one another.
const DEEPEST: usize = 32;

/// The serializer of one value. Nothing is written before the first scalar, so that `None` and `[]` leave no trace.
#[derive(Debug)]
pub struct Expander<'a> {
    out: &'a mut Vec<u8>,
    place: Place<'a>,
    progress: &'a mut Progress,
    items: usize,
    /// The lists and maps around the current value, outermost first: how many, and the innermost.
    depth: usize,
    within: Option<Shape>,
    /// The keys on the way to the current value, as they are sent.
    keys: Vec<u8>,
    /// The header of this entry has a line already.
    repeated: bool,
    /// A name was written without its `=`.
    bare: bool,
}

impl<'a> Expander<'a> {
    pub(crate) fn new(out: &'a mut Vec<u8>, place: Place<'a>, progress: &'a mut Progress) -> Self {
        Expander {
            out,
            place,
            progress,
            items: 0,
            depth: 0,
            within: None,
            keys: Vec::new(),
            repeated: false,
            bare: false,
        }
    }

    /// Whether the value stands in the path. After a literal `?`, a plain `{var}` does not.
    fn in_path(&self, op: Op) -> bool {
        op.in_path() && !self.progress.query
    }

    /// How many scalars were written.
    pub(crate) fn items(&self) -> usize {
        self.items
    }

    /// The separator before a value of the target (RFC 6570, section 3.2.1).
    fn separate(&mut self, op: Op) {
        let first = !std::mem::replace(&mut self.progress.began, true);
        let begun = !matches!(op, Op::Field | Op::Cookie) && std::mem::take(&mut self.progress.begun);
        let byte = match op {
            Op::Query | Op::Continuation if begun => return,
            // `{&x}` where no query has begun: RFC 6570 writes `&` all the same, and what follows stands in the path.
            Op::Query if !self.progress.verbatim => {
                if std::mem::replace(&mut self.progress.query, true) {
                    b'&'
                } else {
                    b'?'
                }
            }
            Op::Simple | Op::Reserved if first => return,
            Op::Field | Op::Cookie if self.out.is_empty() => return,
            Op::Fragment if first => b'#',
            Op::Query if first => b'?',
            Op::Simple | Op::Reserved | Op::Fragment => b',',
            Op::Segment => b'/',
            Op::Label => b'.',
            Op::Matrix => b';',
            Op::Query | Op::Continuation | Op::Field => b'&',
            Op::Cookie => {
                self.out.push(b';');
                b' '
            }
        };
        self.out.push(byte);
    }

    /// Everything that stands before a value; where the value itself begins.
    fn open(&mut self) -> Result<usize, ParamError> {
        self.items += 1;
        match (&self.place, self.within) {
            (Place::Target(var), _) => {
                let var = *var;
                self.open_target(var)?;
            }
            (Place::Headers(_), None) => {
                return Err(refused("is one value; a map or a struct gives headers their names"));
            }
            _ => {}
        }
        Ok(self.out.len())
    }

    fn open_target(&mut self, var: &Var<'_>) -> Result<(), ParamError> {
        let keyed = self.within == Some(Shape::Map) || self.depth > 1;
        if var.style == Style::Flag {
            self.separate(var.op);
            return Ok(());
        }
        if var.op.named() && var.name.is_empty() && !keyed {
            return Err(refused("is no map and no struct, which give their entries names"));
        }
        if var.style.nests() {
            self.separate(var.op);
            self.out.extend_from_slice(var.name.as_bytes());
            self.out.extend_from_slice(&self.keys);
            self.out.push(b'=');
            return Ok(());
        }
        let fresh = self.items == 1 || var.explode;
        match fresh {
            true => self.separate(var.op),
            false => {
                if std::mem::take(&mut self.bare) {
                    self.out.push(b'='); // `;list=,a`, whose first item is empty
                }
                self.out.extend_from_slice(delimiter(var));
            }
        }
        if fresh && var.op.named() && !(var.explode && keyed) {
            self.out.extend_from_slice(var.name.as_bytes());
            self.out.push(b'=');
        }
        if keyed {
            self.out.extend_from_slice(&self.keys);
            self.out.extend_from_slice(if var.explode { b"=" } else { delimiter(var) });
        }
        Ok(())
    }

    /// What is done with a value once it is written.
    fn close(&mut self, from: usize) -> Result<(), ParamError> {
        match &mut self.place {
            Place::Target(Var { op: Op::Matrix, .. })
                if self.out.len() == from && self.out.ends_with(b"=") =>
            {
                self.out.pop(); // `;name`, not `;name=`
                self.bare = true;
            }
            Place::Target(Var { op: Op::Segment, allow_empty: false, explode, .. })
                if self.out.len() == from
                    && (*explode || self.depth == 0)
                    && !self.progress.query
                    && !self.progress.verbatim =>
            {
                return Err(refused(EMPTY));
            }
            Place::Target(_) | Place::Text => {}
            Place::Header(name, headers) => {
                let header = header::parse(name, &self.out[from..]).map_err(ParamError::whole)?;
                self.out.truncate(from);
                add(headers, header, &mut self.repeated);
            }
            Place::Headers(headers) => {
                // The name is the caller's data: it is not shown.
                let name = header::parse_name(text(&self.keys)).map_err(|_| {
                    refused("has a key that is no name of a header, or of one that the transport sets")
                })?;
                let value = header::parse_value(&name, &self.out[from..]).map_err(ParamError::whole)?;
                let header = (name, value);
                self.out.truncate(from);
                add(headers, header, &mut self.repeated);
            }
            Place::Part(name, meta, parts) => {
                let name =
                    if self.within == Some(Shape::Map) || self.depth > 1 { text(&self.keys) } else { name };
                parts.text(name, &self.out[from..], meta).map_err(ParamError::whole)?;
                self.out.truncate(from);
            }
        }
        Ok(())
    }

    fn text(&mut self, text: &[u8]) -> Result<(), ParamError> {
        match self.place {
            // What most arguments are; the long way writes the same.
            Place::Target(var) if self.depth == 0 && is_plain(var) => {
                self.items += 1;
                self.separate(Op::Query);
                self.out.extend_from_slice(var.name.as_bytes());
                self.out.push(b'=');
                encode(self.out, text, false);
                return Ok(());
            }
            _ => {}
        }
        let from = self.open()?;
        self.write(text)?;
        self.close(from)
    }

    /// Digits, which no place encodes: the id in a path is the most common argument of all.
    fn number(&mut self, digits: &[u8]) -> Result<(), ParamError> {
        match self.place {
            Place::Target(Var { op: Op::Simple, style: Style::Form, prefix: None, .. })
                if self.depth == 0 =>
            {
                self.items += 1;
                self.separate(Op::Simple);
                self.out.extend_from_slice(digits);
                Ok(())
            }
            _ => self.text(digits),
        }
    }

    /// A whole part, under its own name or that of its entry.
    fn part(&mut self, part: &Part) -> Result<(), ParamError> {
        let Place::Part(name, meta, parts) = &mut self.place else {
            return Err(refused("is a part, which only a multipart body has"));
        };
        self.items += 1;
        let name = if self.within == Some(Shape::Map) || self.depth > 1 { text(&self.keys) } else { name };
        parts.part(name, part, meta).map_err(ParamError::whole)
    }

    /// A value that is only a name, or the only value.
    fn flag(&mut self, on: bool) {
        let Place::Target(var) = self.place else { return };
        if !on {
            return;
        }
        self.items += 1;
        self.separate(var.op);
        let name = if self.within == Some(Shape::Map) { &self.keys } else { var.name.as_bytes() };
        self.out.extend_from_slice(name);
    }

    fn is_flag(&self) -> bool {
        matches!(self.place, Place::Target(Var { style: Style::Flag, .. }))
    }

    /// One piece of a value's text, encoded as its place asks.
    fn write(&mut self, text: &[u8]) -> Result<(), ParamError> {
        let Place::Target(var) = self.place else {
            // Whether a header or a part may hold it is asked of the whole value.
            self.out.extend_from_slice(text);
            return Ok(());
        };
        let text = var.prefix.map_or(text, |characters| prefixed(text, characters));
        if var.style == Style::Flag && self.within == Some(Shape::Map) {
            return Err(refused("has an entry that is no `bool`: a flag is there or not"));
        }
        self.check_text(var, text)?;
        match var.op {
            Op::Cookie => cookie(self.out, text),
            Op::Field if !var.encoded => {
                form(self.out, text);
                Ok(())
            }
            _ => {
                encode(self.out, text, var.keeps_reserved());
                Ok(())
            }
        }
    }

    /// A list or a map begins.
    fn enter(&mut self, shape: Shape) -> Result<(), ParamError> {
        if self.depth >= DEEPEST {
            return Err(refused("is nested too deeply"));
        }
        let place = match &self.place {
            Place::Target(var) => target_takes(var, self.within, self.depth, shape),
            Place::Header(..) => match (self.within, shape) {
                (None, Shape::List) => Ok(()),
                (None, Shape::Map) => Err("is a map or a struct; `#[headers]` sends a header per entry"),
                _ => Err(NESTED),
            },
            Place::Headers(_) => match (self.within, shape) {
                (None, Shape::Map) => Ok(()),
                (Some(Shape::Map), Shape::List) if self.depth == 1 => Ok(()),
                (None, Shape::List) => Err("is a list; a map or a struct gives headers their names"),
                _ => Err(NESTED),
            },
            Place::Part(..) => match (self.within, shape) {
                (None, _) => Ok(()),
                (Some(Shape::Map), Shape::List) if self.depth == 1 => Ok(()),
                _ => Err(NESTED),
            },
            Place::Text => Err("is a list or a map where one text stands"),
        };
        place.map_err(refused)
    }

    /// The key of an entry, as it is sent; `base` is what stands before it.
    fn key(&mut self, text: &[u8], base: usize) -> Result<(), ParamError> {
        self.keys.truncate(base);
        self.repeated = false;
        let Place::Target(var) = self.place else {
            self.keys.extend_from_slice(text);
            return Ok(());
        };
        if var.op == Op::Cookie && (text.is_empty() || !text.iter().all(|b| is_token(*b))) {
            return Err(refused("has a key that is no name of a cookie"));
        }
        self.check_text(var, text)?;
        match var.style {
            Style::DeepObject | Style::Brackets | Style::Indexed => {
                if text.is_empty() || text.iter().any(|b| matches!(b, b'[' | b']')) {
                    return Err(refused(
                        "has a key that is empty or holds a bracket, which this style cannot write",
                    ));
                }
                let top = base == 0 && var.name.is_empty();
                self.keys.extend_from_slice(if top { b"" } else { b"%5B" });
                encode_key(&mut self.keys, text, var);
                self.keys.extend_from_slice(if top { b"" } else { b"%5D" });
            }
            Style::Dots => {
                if text.is_empty() || text.contains(&b'.') {
                    return Err(refused(
                        "has a key that is empty or holds a dot, which this style cannot write",
                    ));
                }
                let top = base == 0 && var.name.is_empty();
                self.keys.extend_from_slice(if top { b"" } else { b"." });
                encode_key(&mut self.keys, text, var);
            }
            _ => encode_key(&mut self.keys, text, var),
        }
        Ok(())
    }

    /// What neither a value nor a key may hold, where it is not encoded or stands beside separators.
    fn check_text(&self, var: &Var<'_>, text: &[u8]) -> Result<(), ParamError> {
        if var.keeps_reserved() && !self.progress.verbatim {
            check_structure(text, self.in_path(var.op))?;
        }
        match var.style {
            Style::Space if text.contains(&b' ') => Err(refused(SPACE)),
            Style::Pipe if text.contains(&b'|') => Err(refused(PIPE)),
            Style::Flag if text.is_empty() => Err(refused(NO_FLAG)),
            _ => Ok(()),
        }
    }

    /// The place of an item in a list; `base` is what stands before it.
    fn index(&mut self, index: usize, base: usize) {
        let Place::Target(var) = self.place else { return };
        match var.style {
            Style::Brackets => {
                self.keys.truncate(base);
                self.keys.extend_from_slice(b"%5B%5D");
            }
            Style::Indexed => {
                self.keys.truncate(base);
                self.keys.extend_from_slice(b"%5B");
                self.keys.extend_from_slice(itoa::Buffer::new().format(index).as_bytes());
                self.keys.extend_from_slice(b"%5D");
            }
            _ => {}
        }
    }
}

/// A parameter of the query without any option.
fn is_plain(var: &Var<'_>) -> bool {
    matches!(var, Var { op: Op::Query, style: Style::Form, encoded: false, prefix: None, .. })
        && !var.name.is_empty()
}

/// Keys as they were gathered: out of texts.
fn text(keys: &[u8]) -> &str {
    std::str::from_utf8(keys).unwrap_or_default()
}

pub(crate) const EMPTY: &str = "is empty, but it is a part of the path; `#[param(allow_empty)]` allows that";
const NESTED: &str = "is nested (a list or a map within another); it may be one list, one map or one struct";
const NESTED_QUERY: &str = "is nested; a `#[query]` or a `#[field]` with `style = indexed` (or `brackets`, `deep_object`, `dots`) can write that";
const SPACE: &str = "has a space within, which separates items in this style";
const PIPE: &str = "has a `|` within, which separates items in this style";
const NO_FLAG: &str = "has a flag without a name";

/// Adds a header: the first line of an entry replaces what others said under its name.
fn add(headers: &mut Headers, (name, value): (HeaderName, HeaderValue), repeated: &mut bool) {
    if !std::mem::replace(repeated, true) {
        headers.retain(|(other, _)| *other != name);
    }
    headers.push((name, value));
}

/// Whether a list or a map may stand here.
fn target_takes(
    var: &Var<'_>,
    within: Option<Shape>,
    depth: usize,
    shape: Shape,
) -> Result<(), &'static str> {
    if var.prefix.is_some() {
        return Err("is a list or a map, and a prefix like `:3` is for texts");
    }
    if var.named && var.explode && shape == Shape::Map && depth == 0 {
        return Err(
            "is a struct or a map, whose fields have names of their own; take the name out of the attribute, or say a style that uses it (`style = deep_object`)",
        );
    }
    let repeats = matches!(var.op, Op::Query | Op::Continuation | Op::Field | Op::Cookie);
    match (var.style, within, shape) {
        (style, None, Shape::List) if style.nests() && var.name.is_empty() => {
            Err("is a list, which needs a name in this style")
        }
        (_, None, _) | (Style::Indexed, ..) | (Style::Brackets, Some(_), Shape::Map) => Ok(()),
        (style, Some(Shape::Map), _) if style.nests() => Ok(()),
        (style, Some(Shape::List), _) if style.nests() => {
            Err("has a list of lists or of maps, which `style = indexed` can write")
        }
        (Style::Form, Some(Shape::Map), Shape::List) if var.explode && repeats && depth == 1 => Ok(()),
        _ if repeats => Err(NESTED_QUERY),
        _ => Err(NESTED),
    }
}

/// What separates the items of one value.
fn delimiter(var: &Var<'_>) -> &'static [u8] {
    match (var.style, var.op) {
        (Style::Space, Op::Field) => b"+",
        (Style::Space, _) => b"%20",
        (Style::Pipe, _) => b"%7C",
        _ => b",",
    }
}

/// What a value may not hold where its reserved characters stay: the beginning of something else.
fn check_structure(text: &[u8], in_path: bool) -> Result<(), ParamError> {
    let (stops, why): (&[u8], _) = match in_path {
        true => (b"?#", "holds `?` or `#`, with which the path would end (a fragment is never sent)"),
        false => (b"&#", "holds `&` or `#`, with which something else would begin; write it percent-encoded"),
    };
    if text.iter().any(|b| stops.contains(b)) { Err(refused(why)) } else { Ok(()) }
}

/// RFC 9110, section 5.6.2.
pub(crate) fn is_token(byte: u8) -> bool {
    byte.is_ascii_alphanumeric() || b"!#$%&'*+-.^_`|~".contains(&byte)
}

fn encode_key(out: &mut Vec<u8>, text: &[u8], var: &Var<'_>) {
    match var.op {
        Op::Field if !var.encoded => form(out, text),
        Op::Cookie => out.extend_from_slice(text),
        _ => encode(out, text, var.keeps_reserved()),
    }
}

/// RFC 6265, section 4.1.1: what a cookie can hold. Nothing says how anything else would be encoded.
fn cookie(out: &mut Vec<u8>, text: &[u8]) -> Result<(), ParamError> {
    let allowed = |b: &u8| matches!(b, 0x21 | 0x23..=0x2B | 0x2D..=0x3A | 0x3C..=0x5B | 0x5D..=0x7E);
    if !text.iter().all(allowed) {
        return Err(refused(
            "holds a character that no cookie can (a space, `\"`, `,`, `;`, `\\` or one that is not ASCII); `with = f` can encode it",
        ));
    }
    out.extend_from_slice(text);
    Ok(())
}

/// As an HTML form is sent (WHATWG URL, "application/x-www-form-urlencoded serializing").
fn form(out: &mut Vec<u8>, text: &[u8]) {
    for byte in text {
        match byte {
            b' ' => out.push(b'+'),
            b'*' | b'-' | b'.' | b'_' => out.push(*byte),
            b if b.is_ascii_alphanumeric() => out.push(*b),
            b => triplet(out, *b),
        }
    }
}

fn triplet(out: &mut Vec<u8>, byte: u8) {
    const HEX: &[u8; 16] = b"0123456789ABCDEF";
    out.extend_from_slice(&[b'%', HEX[usize::from(byte >> 4)], HEX[usize::from(byte & 15)]]);
}

/// The first characters of a UTF-8 text.
fn prefixed(text: &[u8], characters: u16) -> &[u8] {
    let starts = text.iter().enumerate().filter(|(_, b)| **b & 0xC0 != 0x80);
    starts.map(|(at, _)| at).nth(characters.into()).map_or(text, |end| &text[..end])
}

/// 1: unreserved, 2: reserved (RFC 3986, section 2), which only `{+var}` lets through.
const CLASS: [u8; 256] = {
    let mut class = [0; 256];
    let reserved = b":/?#[]@!$&'()*+,;=";
    let mut byte = 0_u8;
    while byte < 128 {
        if byte.is_ascii_alphanumeric() || matches!(byte, b'-' | b'.' | b'_' | b'~') {
            class[byte as usize] = 1;
        }
        byte += 1;
    }
    let mut at = 0;
    while at < reserved.len() {
        class[reserved[at] as usize] = 2;
        at += 1;
    }
    class
};

/// Percent-encodes into `out`. Runs of safe bytes are copied at once: the common argument has no other.
pub(crate) fn encode(out: &mut Vec<u8>, text: &[u8], reserved: bool) {
    let allowed = if reserved { 3 } else { 1 };
    let (mut copied, mut at) = (0, 0);
    while at < text.len() {
        if CLASS[usize::from(text[at])] & allowed != 0 {
            at += 1;
            continue;
        }
        // RFC 6570, section 3.2.3: triplets pass through a reserved expansion.
        if reserved
            && matches!(text[at..], [b'%', a, b, ..] if a.is_ascii_hexdigit() && b.is_ascii_hexdigit())
        {
            at += 3;
            continue;
        }
        out.extend_from_slice(&text[copied..at]);
        triplet(out, text[at]);
        at += 1;
        copied = at;
    }
    out.extend_from_slice(&text[copied..]);
}

/// Lets `Display` write without a `String` in between.
struct Writer<'a, 'b>(&'a mut Expander<'b>, Result<(), ParamError>);

impl Write for Writer<'_, '_> {
    fn write_str(&mut self, text: &str) -> fmt::Result {
        self.0.write(text.as_bytes()).map_err(|e| {
            self.1 = Err(e);
            fmt::Error
        })
    }
}

macro_rules! integers {
    ($($f:ident $t:ty),*) => { $(
        fn $f(self, v: $t) -> Result<(), ParamError> {
            self.number(itoa::Buffer::new().format(v).as_bytes())
        }
    )* };
}

type Done = Result<(), ParamError>;

const VARIANT: &str = "is an enum variant with fields, which has no form here";

impl<'e, 'a> ser::Serializer for &'e mut Expander<'a> {
    type Ok = ();
    type Error = ParamError;
    type SerializeSeq = Compound<'e, 'a>;
    type SerializeTuple = Compound<'e, 'a>;
    type SerializeTupleStruct = Compound<'e, 'a>;
    type SerializeMap = Compound<'e, 'a>;
    type SerializeStruct = Compound<'e, 'a>;
    type SerializeTupleVariant = ser::Impossible<(), ParamError>;
    type SerializeStructVariant = ser::Impossible<(), ParamError>;

    integers!(serialize_i8 i8, serialize_i16 i16, serialize_i32 i32, serialize_i64 i64, serialize_i128 i128,
              serialize_u16 u16, serialize_u32 u32, serialize_u64 u64, serialize_u128 u128);

    fn serialize_u8(self, v: u8) -> Done {
        if matches!(self.place, Place::Part(..)) && self.within == Some(Shape::List) {
            return Err(refused("is a list of bytes; `Part::bytes(..)` or `Bytes` makes one part of it"));
        }
        self.text(itoa::Buffer::new().format(v).as_bytes())
    }
    fn serialize_bool(self, v: bool) -> Done {
        match (self.is_flag(), self.within) {
            (true, Some(Shape::List)) => {
                Err(refused("is a list of `bool`s, which have no names; a struct or a map gives them"))
            }
            (true, _) => {
                self.flag(v);
                Ok(())
            }
            (false, _) => self.text(if v { b"true" } else { b"false" }),
        }
    }
    fn serialize_f32(self, v: f32) -> Done {
        match v.is_finite() {
            true => self.collect_str(&v),
            false => Err(refused("is no finite number")),
        }
    }
    fn serialize_f64(self, v: f64) -> Done {
        match v.is_finite() {
            true => self.collect_str(&v),
            false => Err(refused("is no finite number")),
        }
    }
    fn serialize_char(self, v: char) -> Done {
        self.text(v.encode_utf8(&mut [0; 4]).as_bytes())
    }
    fn serialize_str(self, v: &str) -> Done {
        self.text(v.as_bytes())
    }
    fn serialize_bytes(self, v: &[u8]) -> Done {
        self.text(v)
    }
    /// serde's own would allocate a `String` for every date, uuid and address.
    fn collect_str<T: Display + ?Sized>(self, v: &T) -> Done {
        // A triplet, or a prefix, may come in several pieces.
        if matches!(self.place, Place::Target(var) if var.prefix.is_some() || var.keeps_reserved()) {
            return self.text(v.to_string().as_bytes());
        }
        let from = self.open()?;
        let mut writer = Writer(self, Ok(()));
        let written = write!(writer, "{v}");
        let Writer(this, refusal) = writer;
        refusal?;
        written.map_err(|_| refused("could not be formatted"))?;
        this.close(from)
    }
    fn serialize_none(self) -> Done {
        Ok(())
    }
    fn serialize_unit(self) -> Done {
        Ok(())
    }
    fn serialize_unit_struct(self, _: &'static str) -> Done {
        Ok(())
    }
    fn serialize_some<T: Serialize + ?Sized>(self, v: &T) -> Done {
        v.serialize(self)
    }
    fn serialize_unit_variant(self, _: &'static str, _: u32, variant: &'static str) -> Done {
        self.text(variant.as_bytes())
    }
    fn serialize_newtype_struct<T: Serialize + ?Sized>(self, name: &'static str, v: &T) -> Done {
        match multipart::handed(name) {
            Some(part) => self.part(&part),
            None => v.serialize(self),
        }
    }
    fn serialize_newtype_variant<T: Serialize + ?Sized>(
        self,
        _: &'static str,
        _: u32,
        _: &'static str,
        v: &T,
    ) -> Done {
        v.serialize(self)
    }
    fn serialize_seq(self, _: Option<usize>) -> Result<Self::SerializeSeq, ParamError> {
        Compound::enter(self, Shape::List)
    }
    fn serialize_tuple(self, _: usize) -> Result<Self::SerializeTuple, ParamError> {
        Compound::enter(self, Shape::List)
    }
    fn serialize_tuple_struct(
        self,
        _: &'static str,
        _: usize,
    ) -> Result<Self::SerializeTupleStruct, ParamError> {
        Compound::enter(self, Shape::List)
    }
    fn serialize_map(self, _: Option<usize>) -> Result<Self::SerializeMap, ParamError> {
        Compound::enter(self, Shape::Map)
    }
    fn serialize_struct(self, _: &'static str, _: usize) -> Result<Self::SerializeStruct, ParamError> {
        Compound::enter(self, Shape::Map)
    }
    fn serialize_tuple_variant(
        self,
        _: &'static str,
        _: u32,
        _: &'static str,
        _: usize,
    ) -> Result<Self::SerializeTupleVariant, ParamError> {
        Err(refused(VARIANT))
    }
    fn serialize_struct_variant(
        self,
        _: &'static str,
        _: u32,
        _: &'static str,
        _: usize,
    ) -> Result<Self::SerializeStructVariant, ParamError> {
        Err(refused(VARIANT))
    }
}

/// A list, a map or a struct under way. What it found is put back when it ends.
#[derive(Debug)]
pub struct Compound<'e, 'a> {
    expander: &'e mut Expander<'a>,
    around: Option<Shape>,
    /// How much of the keys stands before those of this one.
    base: usize,
    index: usize,
}

impl<'e, 'a> Compound<'e, 'a> {
    fn enter(expander: &'e mut Expander<'a>, shape: Shape) -> Result<Self, ParamError> {
        expander.enter(shape)?;
        expander.depth += 1;
        let around = expander.within.replace(shape);
        let base = expander.keys.len();
        Ok(Compound { expander, around, base, index: 0 })
    }

    fn item<T: Serialize + ?Sized>(&mut self, v: &T) -> Done {
        self.expander.index(self.index, self.base);
        let before = self.expander.items;
        v.serialize(&mut *self.expander)?;
        // What is absent leaves no gap.
        self.index += usize::from(self.expander.items > before);
        Ok(())
    }

    fn entry<T: Serialize + ?Sized>(&mut self, key: &[u8], v: &T) -> Done {
        self.expander.key(key, self.base)?;
        v.serialize(&mut *self.expander)
    }

    fn leave(self) {
        self.expander.keys.truncate(self.base);
        self.expander.depth -= 1;
        self.expander.within = self.around;
    }
}

macro_rules! lists {
    ($($tr:ident $f:ident),*) => { $(
        impl ser::$tr for Compound<'_, '_> {
            type Ok = ();
            type Error = ParamError;
            fn $f<T: Serialize + ?Sized>(&mut self, v: &T) -> Done {
                self.item(v)
            }
            fn end(self) -> Done {
                self.leave();
                Ok(())
            }
        }
    )* };
}
lists!(SerializeSeq serialize_element, SerializeTuple serialize_element, SerializeTupleStruct serialize_field);

impl ser::SerializeStruct for Compound<'_, '_> {
    type Ok = ();
    type Error = ParamError;
    fn serialize_field<T: Serialize + ?Sized>(&mut self, key: &'static str, v: &T) -> Done {
        self.entry(key.as_bytes(), v)
    }
    fn end(self) -> Done {
        self.leave();
        Ok(())
    }
}

impl ser::SerializeMap for Compound<'_, '_> {
    type Ok = ();
    type Error = ParamError;
    fn serialize_key<T: Serialize + ?Sized>(&mut self, key: &T) -> Done {
        let text = scalar(key)?.ok_or(refused("has a map key that is absent"))?;
        self.expander.key(&text, self.base)
    }
    fn serialize_value<T: Serialize + ?Sized>(&mut self, v: &T) -> Done {
        v.serialize(&mut *self.expander)
    }
    fn end(self) -> Done {
        self.leave();
        Ok(())
    }
}

/// A scalar as text; none for `None`.
pub(crate) fn scalar<T: Param + ?Sized>(value: &T) -> Result<Option<Vec<u8>>, ParamError> {
    let (mut text, mut progress) = (Vec::new(), Progress::default());
    let mut out = Expander::new(&mut text, Place::Text, &mut progress);
    value.expand(&mut out)?;
    let some = out.items() > 0;
    Ok(some.then_some(text))
}
