//! Values of any shape, and readers of what requests say, written without the library's own code.
//!
//! The fuzz targets include this file, so it needs serde and nothing else.

use serde::ser::{Serialize, SerializeStruct, Serializer};
use std::collections::BTreeMap;

/// Names for the fields of structs, which serde wants to be static.
pub const FIELDS: [&str; 4] = ["id", "the name", "fi-eld", "z"];

/// A value of any shape.
#[derive(Debug, Clone, PartialEq)]
pub enum Tree {
    Text(String),
    Int(i128),
    Bool(bool),
    List(Vec<Tree>),
    Map(BTreeMap<String, Tree>),
    /// As many of [`FIELDS`] as there are.
    Struct(Vec<Tree>),
}

impl Serialize for Tree {
    fn serialize<S: Serializer>(&self, serializer: S) -> Result<S::Ok, S::Error> {
        match self {
            Tree::Text(text) => serializer.serialize_str(text),
            Tree::Int(number) => serializer.serialize_i128(*number),
            Tree::Bool(flag) => serializer.serialize_bool(*flag),
            Tree::List(items) => serializer.collect_seq(items),
            Tree::Map(entries) => serializer.collect_map(entries),
            Tree::Struct(fields) => {
                let mut out = serializer.serialize_struct("Struct", fields.len().min(FIELDS.len()))?;
                for (name, value) in FIELDS.iter().zip(fields) {
                    out.serialize_field(name, value)?;
                }
                out.end()
            }
        }
    }
}

/// What is left of a value where types are not written: texts in lists and maps. A struct is a map.
#[derive(Debug, Clone, PartialEq)]
pub enum Plain {
    Text(String),
    List(Vec<Plain>),
    Map(Vec<(String, Plain)>),
}

impl From<&Tree> for Plain {
    fn from(tree: &Tree) -> Self {
        match tree {
            Tree::Text(text) => Plain::Text(text.clone()),
            Tree::Int(number) => Plain::Text(number.to_string()),
            Tree::Bool(flag) => Plain::Text(flag.to_string()),
            Tree::List(items) => Plain::List(items.iter().map(Plain::from).collect()),
            Tree::Map(entries) => {
                Plain::Map(entries.iter().map(|(key, value)| (key.clone(), value.into())).collect())
            }
            Tree::Struct(fields) => Plain::Map(
                FIELDS.iter().zip(fields).map(|(name, value)| ((*name).to_owned(), value.into())).collect(),
            ),
        }
    }
}

impl Plain {
    pub fn is_text(&self) -> bool {
        matches!(self, Plain::Text(_))
    }

    pub fn is_map(&self) -> bool {
        matches!(self, Plain::Map(_))
    }

    /// A list of texts.
    pub fn is_list_of_texts(&self) -> bool {
        matches!(self, Plain::List(items) if items.iter().all(Plain::is_text))
    }

    /// Whether each entry of a map is as told.
    pub fn is_map_of(&self, is: impl Fn(&Plain) -> bool) -> bool {
        matches!(self, Plain::Map(entries) if entries.iter().all(|(_, value)| is(value)))
    }

    /// A text, a list of texts or a map of texts.
    pub fn is_flat(&self) -> bool {
        self.is_text() || self.is_list_of_texts() || self.is_map_of(Plain::is_text)
    }

    /// Whether every key and every text is as told.
    pub fn all(&self, key: &dyn Fn(&str) -> bool, text: &dyn Fn(&str) -> bool) -> bool {
        match self {
            Plain::Text(it) => text(it),
            Plain::List(items) => items.iter().all(|item| item.all(key, text)),
            Plain::Map(entries) => entries.iter().all(|(name, value)| key(name) && value.all(key, text)),
        }
    }

    /// Every text with the steps that lead to it.
    pub fn leaves(&self, steps: Steps) -> Vec<Leaf> {
        let (mut path, mut out) = (Vec::new(), Vec::new());
        self.collect(steps, &mut path, &mut out);
        out
    }

    fn collect(&self, steps: Steps, path: &mut Vec<String>, out: &mut Vec<Leaf>) {
        match self {
            Plain::Text(text) => out.push((path.clone(), text.clone())),
            Plain::List(items) => {
                for (i, item) in items.iter().enumerate() {
                    let step = match steps {
                        Steps::Repeat => None,
                        Steps::Empty => Some(String::new()),
                        Steps::Index => Some(i.to_string()),
                    };
                    let length = path.len();
                    path.extend(step);
                    item.collect(steps, path, out);
                    path.truncate(length);
                }
            }
            Plain::Map(entries) => {
                for (key, value) in entries {
                    path.push(key.clone());
                    value.collect(steps, path, out);
                    path.pop();
                }
            }
        }
    }
}

/// A text and how it is reached.
pub type Leaf = (Vec<String>, String);

/// What an item of a list adds to its path.
#[derive(Debug, Clone, Copy, PartialEq)]
pub enum Steps {
    Repeat,
    Empty,
    Index,
}

/// How the name of a pair is taken apart.
#[derive(Debug, Clone, Copy, PartialEq)]
pub enum Names {
    /// It is one name.
    Whole,
    /// `a[b][c]`
    Brackets,
    /// `a.b.c`
    Dots,
}

/// Percent-decoded strictly: a character that has to be encoded is none of ours.
pub fn decoded(text: &str, form: bool) -> Result<String, String> {
    let (bytes, mut out, mut at) = (text.as_bytes(), Vec::new(), 0);
    while at < bytes.len() {
        match bytes[at] {
            b'%' => {
                let pair = text.get(at + 1..at + 3).filter(|p| p.bytes().all(|b| b.is_ascii_hexdigit()));
                let byte = pair.and_then(|p| u8::from_str_radix(p, 16).ok());
                out.push(byte.ok_or_else(|| format!("{text:?} holds a `%` that begins no triplet"))?);
                at += 2;
            }
            b'+' if form => out.push(b' '),
            b'*' if form => out.push(b'*'),
            b'~' if !form => out.push(b'~'),
            b if b.is_ascii_alphanumeric() || b"-._".contains(&b) => out.push(b),
            b => return Err(format!("{text:?} holds {:?} as it is", char::from(b))),
        }
        at += 1;
    }
    String::from_utf8(out).map_err(|_| format!("{text:?} is no UTF-8"))
}

/// Triplets decoded, and everything else as it is.
pub fn lenient(text: &str) -> Vec<u8> {
    let (bytes, mut out, mut at) = (text.as_bytes(), Vec::new(), 0);
    while at < bytes.len() {
        let digits = bytes.get(at + 1..at + 3).filter(|d| d.iter().all(u8::is_ascii_hexdigit));
        let byte =
            digits.and_then(|d| std::str::from_utf8(d).ok()).and_then(|d| u8::from_str_radix(d, 16).ok());
        match byte.filter(|_| bytes[at] == b'%') {
            Some(byte) => {
                out.push(byte);
                at += 3;
            }
            None => {
                out.push(bytes[at]);
                at += 1;
            }
        }
    }
    out
}

/// The pairs of a query, of a form.
pub fn pairs(text: &str, form: bool, names: Names) -> Result<Vec<Leaf>, String> {
    let each = |pair: &str| {
        let (name, value) = pair.split_once('=').ok_or_else(|| format!("{pair:?} has no value"))?;
        Ok((steps(name, form, names)?, decoded(value, form)?))
    };
    text.split('&').filter(|pair| !pair.is_empty()).map(each).collect()
}

fn steps(name: &str, form: bool, names: Names) -> Result<Vec<String>, String> {
    let name = decoded(name, form)?;
    match names {
        Names::Whole => Ok(vec![name]),
        Names::Dots => Ok(name.split('.').map(str::to_owned).collect()),
        Names::Brackets => {
            let (first, rest) = name.split_at(name.find('[').unwrap_or(name.len()));
            let mut steps = vec![first.to_owned()];
            let mut rest = rest;
            while !rest.is_empty() {
                let inner = rest.strip_prefix('[').and_then(|rest| rest.split_once(']'));
                let (step, more) = inner.ok_or_else(|| format!("{name:?} has an odd bracket"))?;
                steps.push(step.to_owned());
                rest = more;
            }
            Ok(steps)
        }
    }
}

/// Items in a row; of a map its keys and values in turn.
pub fn row(text: &str, separator: &str, form: bool, map: bool) -> Result<Vec<Leaf>, String> {
    let items: Vec<_> = text.split(separator).map(|item| decoded(item, form)).collect::<Result<_, _>>()?;
    match map {
        false => Ok(items.into_iter().map(|item| (Vec::new(), item)).collect()),
        true if items.len() % 2 == 0 => {
            Ok(items.chunks(2).map(|pair| (vec![pair[0].clone()], pair[1].clone())).collect())
        }
        true => Err(format!("{text:?} has a key without a value")),
    }
}

/// The parts of a multipart body (RFC 2046, section 5.1), each with its name and its content.
pub fn parts(content_type: &str, body: &[u8]) -> Result<Vec<(String, Vec<u8>)>, String> {
    let boundary = content_type.strip_prefix("multipart/form-data; boundary=").ok_or("another type")?;
    // A delimiter is on a line of its own; the first line has nothing before it.
    let body = [b"\r\n", body].concat();
    let delimiter = format!("\r\n--{boundary}");
    let mut pieces = split(&body, delimiter.as_bytes());
    if pieces.pop() != Some(b"--\r\n") || pieces.first().is_none_or(|preamble| !preamble.is_empty()) {
        return Err("the body does not begin and end with its delimiter".into());
    }
    let part = |piece: &&[u8]| {
        let piece = piece.strip_prefix(b"\r\n").ok_or("a delimiter is not alone on its line")?;
        let end = piece.windows(4).position(|w| w == b"\r\n\r\n").ok_or("a part has no head")?;
        let head = std::str::from_utf8(&piece[..end]).map_err(|e| e.to_string())?;
        let line = head.lines().next().unwrap_or_default();
        let name = line
            .strip_prefix("Content-Disposition: form-data; name=\"")
            .and_then(|rest| rest.split_once('"'));
        let (name, _) = name.ok_or_else(|| format!("{line:?} has no name"))?;
        let name = name.replace("%22", "\"").replace("%0D", "\r").replace("%0A", "\n").replace("%5C", "\\");
        Ok((name, piece[end + 4..].to_vec()))
    };
    pieces[1..].iter().map(part).collect()
}

fn split<'a>(text: &'a [u8], at: &[u8]) -> Vec<&'a [u8]> {
    let (mut out, mut from, mut i) = (Vec::new(), 0, 0);
    while i + at.len() <= text.len() {
        match text[i..].starts_with(at) {
            true => {
                out.push(&text[from..i]);
                i += at.len();
                from = i;
            }
            false => i += 1,
        }
    }
    out.push(&text[from..]);
    out
}

/// A segment that a URL parser resolves away, or a server once it has cut off the segment's parameters.
pub fn is_dots(segment: &str) -> bool {
    let segment = segment.split(';').next().unwrap_or_default();
    matches!(segment.to_ascii_lowercase().replace("%2e", ".").as_str(), "." | "..")
}

pub fn is_token(text: &str) -> bool {
    !text.is_empty() && text.bytes().all(|b| b.is_ascii_alphanumeric() || b"!#$%&'*+-.^_`|~".contains(&b))
}

/// What a cookie's value may hold (RFC 6265, section 4.1.1).
pub fn is_cookie(text: &str) -> bool {
    text.bytes().all(|b| b.is_ascii_graphic() && !b"\",;\\".contains(&b))
}

/// What a header's value may hold.
pub fn is_field(text: &str) -> bool {
    text.bytes().all(|b| b == b'\t' || (b' '..=b'~').contains(&b)) && text.trim_ascii().len() == text.len()
}
