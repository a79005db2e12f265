//! What went over the wire, taken apart.

use serde::{Deserialize, Serialize};

/// A request as the loopback server read it: raw.
#[derive(Debug, Clone, Serialize, Deserialize)]
pub struct Sent {
    /// Up to the empty line, one character per byte.
    pub head: String,
    pub body: Vec<u8>,
}

impl Sent {
    pub fn method(&self) -> &str {
        self.head.split(' ').next().unwrap_or_default()
    }

    /// Path and query, as they are.
    pub fn target(&self) -> &str {
        let line = self.head.lines().next().unwrap_or_default();
        line.split_once(' ').and_then(|(_, rest)| rest.rsplit_once(' ')).map_or("", |(target, _)| target)
    }

    /// The values of a header, in order.
    pub fn headers(&self, name: &str) -> Vec<String> {
        let lines = self.head.split("\r\n").skip(1).filter_map(|line| line.split_once(':'));
        lines.filter(|(n, _)| n.eq_ignore_ascii_case(name)).map(|(_, v)| utf8(v.trim())).collect()
    }

    pub fn text(&self) -> String {
        String::from_utf8_lossy(&self.body).into_owned()
    }
}

/// The head is kept one character per byte: here as the UTF-8 that it may be.
fn utf8(value: &str) -> String {
    let bytes: Option<Vec<u8>> = value.chars().map(|c| u8::try_from(u32::from(c)).ok()).collect();
    bytes.and_then(|bytes| String::from_utf8(bytes).ok()).unwrap_or_else(|| value.to_owned())
}

/// Pairs of a query or a form; a name without `=` has no value.
pub type Pairs = Vec<(String, Option<String>)>;

/// The segments of a path, decoded.
///
/// # Errors
///
/// A triplet that is none.
pub fn segments(path: &str) -> Result<Vec<String>, String> {
    match path.strip_prefix('/').unwrap_or(path) {
        "" if path.is_empty() => Ok(Vec::new()),
        rest => rest.split('/').map(decoded).collect(),
    }
}

/// The pairs of a query, decoded; `+` stays.
///
/// # Errors
///
/// A triplet that is none.
pub fn query(query: &str) -> Result<Pairs, String> {
    query.split('&').map(|pair| split_pair(pair, decoded)).collect()
}

/// The pairs of a form, decoded; `+` is a space.
///
/// # Errors
///
/// A triplet that is none.
pub fn form(body: &str) -> Result<Pairs, String> {
    if body.is_empty() {
        return Ok(Vec::new());
    }
    body.split('&').map(|pair| split_pair(pair, |text| decoded(&text.replace('+', " ")))).collect()
}

fn split_pair(
    pair: &str,
    decode: impl Fn(&str) -> Result<String, String>,
) -> Result<(String, Option<String>), String> {
    match pair.split_once('=') {
        Some((name, value)) => Ok((decode(name)?, Some(decode(value)?))),
        None => Ok((decode(pair)?, None)),
    }
}

/// Percent-decoded, strictly.
///
/// # Errors
///
/// A triplet that is none, or no UTF-8.
pub fn decoded(text: &str) -> Result<String, String> {
    let mut out = Vec::new();
    let mut bytes = text.bytes();
    while let Some(byte) = bytes.next() {
        if byte != b'%' {
            out.push(byte);
            continue;
        }
        let mut digit = || bytes.next().and_then(|b| char::from(b).to_digit(16));
        let (Some(high), Some(low)) = (digit(), digit()) else {
            return Err(format!("`{text}` holds a `%` that begins no triplet"));
        };
        out.push(u8::try_from(high * 16 + low).unwrap_or_default());
    }
    String::from_utf8(out).map_err(|_| format!("`{text}` is no UTF-8 when decoded"))
}

/// A part of a multipart body.
#[derive(Debug, Clone, PartialEq)]
pub struct Part {
    pub name: String,
    pub file_name: Option<String>,
    pub value: String,
}

/// The parts of a body of this content type.
///
/// # Errors
///
/// What is no multipart body.
pub fn parts(content_type: &str, body: &str) -> Result<Vec<Part>, String> {
    let boundary = content_type.split_once("boundary=").map(|(_, b)| b.trim_matches('"'));
    let boundary = boundary.ok_or_else(|| format!("no boundary in `{content_type}`"))?;
    let marker = format!("--{boundary}");
    let mut out = Vec::new();
    let mut pieces = body.split(&marker);
    if pieces.next() != Some("") {
        return Err("the body does not begin with its boundary".into());
    }
    for piece in pieces {
        if piece.starts_with("--") {
            return Ok(out);
        }
        out.push(part(piece)?);
    }
    Err("the closing boundary is missing".into())
}

fn part(piece: &str) -> Result<Part, String> {
    let inner = piece.strip_prefix("\r\n").and_then(|p| p.strip_suffix("\r\n"));
    let (head, value) =
        inner.and_then(|p| p.split_once("\r\n\r\n")).ok_or_else(|| format!("no part: `{piece}`"))?;
    let disposition =
        head.split("\r\n").find(|line| line.to_ascii_lowercase().starts_with("content-disposition:"));
    let disposition = disposition.ok_or_else(|| format!("a part without a disposition: `{head}`"))?;
    let name = quoted(disposition, "; name=").ok_or_else(|| format!("a part without a name: `{head}`"))?;
    Ok(Part { name, file_name: quoted(disposition, "; filename="), value: value.to_owned() })
}

fn quoted(line: &str, key: &str) -> Option<String> {
    let (_, rest) = line.split_once(key)?;
    rest.strip_prefix('"')?.split_once('"').map(|(value, _)| value.to_owned())
}
