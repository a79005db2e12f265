//! What the targets share: the readers of the tests, and values made of bytes.

#[path = "../../tests/src/roles.rs"]
pub mod roles;
#[path = "../../tests/src/tree.rs"]
pub mod tree;

use libfuzzer_sys::arbitrary::{Result, Unstructured};
use tree::{FIELDS, Tree};

/// Fails the run with what is wrong.
pub fn must(result: std::result::Result<(), String>) {
    if let Err(flaw) = result {
        panic!("{flaw}");
    }
}

const ODD: [&str; 32] = [
    ".",
    "..",
    "/",
    "//",
    "\\",
    "?",
    "#",
    "&",
    "=",
    ";",
    ",",
    "+",
    " ",
    "%",
    "%2e",
    "%2F",
    "%zz",
    ":",
    "@",
    "[",
    "]",
    "|",
    "\"",
    "\r\n",
    "\0",
    "\t",
    "~",
    "*",
    "\u{fc}",
    "\u{1f980}",
    "\u{202e}",
    "a",
];

/// A text of odd pieces and of whatever is there.
pub fn text(u: &mut Unstructured<'_>) -> Result<String> {
    let mut out = String::new();
    for _ in 0..u.int_in_range(0..=4)? {
        match u.ratio(1, 2)? {
            true => out.push_str(u.choose(&ODD)?),
            false => out.push(u.arbitrary()?),
        }
    }
    Ok(out)
}

/// A value of any shape, without empty lists and maps.
pub fn tree(u: &mut Unstructured<'_>, depth: usize) -> Result<Tree> {
    let kinds = if depth == 0 { 2 } else { 5 };
    Ok(match u.int_in_range(0..=kinds)? {
        0 => Tree::Text(text(u)?),
        1 => Tree::Int(u.arbitrary()?),
        2 => Tree::Bool(u.arbitrary()?),
        3 => Tree::List((0..u.int_in_range(1..=3)?).map(|_| tree(u, depth - 1)).collect::<Result<_>>()?),
        4 => {
            let entry = |u: &mut Unstructured<'_>| Ok((text(u)?, tree(u, depth - 1)?));
            Tree::Map((0..u.int_in_range(1..=3)?).map(|_| entry(u)).collect::<Result<_>>()?)
        }
        _ => Tree::Struct(
            (0..u.int_in_range(1..=FIELDS.len())?).map(|_| tree(u, depth - 1)).collect::<Result<_>>()?,
        ),
    })
}

/// The literals of a template as they are sent: what is no ASCII, and a space, percent-encoded.
pub fn literals(template: &str) -> Vec<String> {
    let sent = |c: char| match c.is_ascii() && c != ' ' {
        true => c.to_string(),
        false => c.to_string().bytes().map(|b| format!("%{b:02X}")).collect(),
    };
    let parts = template.split('{').enumerate();
    let parts =
        parts.map(|(i, part)| if i == 0 { part } else { part.split_once('}').map_or("", |(_, rest)| rest) });
    parts.map(|text| text.chars().map(sent).collect()).collect()
}

/// Whether every literal is there, in order.
pub fn holds_literals(uri: &str, template: &str) -> bool {
    let mut rest = uri;
    literals(template).iter().all(|literal| match rest.find(literal) {
        Some(at) => {
            rest = &rest[at + literal.len()..];
            true
        }
        None => false,
    })
}
