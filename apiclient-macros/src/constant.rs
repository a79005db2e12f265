//! Headers and query parameters that trait or method declare: a name, and a value of text and of `{names}`.

use crate::{
    args::{Attr, is_word, text},
    errors::Errors,
    lower::{header_name, is_header_value},
    model::{Bit, Constant},
};
use syn::LitStr;

/// `#[header("Accept", "text/plain")]` and `#[header("Accept", none)]`
pub(crate) fn header(attr: &Attr, known: &mut Vec<Constant>, node: &str, errors: &Errors) {
    let Some(header) = constant(attr, "header", node, errors) else { return };
    if header_name(&header.name, node, errors).is_none() {
        return;
    }
    if let Some(value) = attr.bare.get(1).and_then(text) {
        unclosed(value, node, errors);
    }
    for bit in header.value.iter().flatten() {
        let Bit::Text(content) = bit else { continue };
        if let Err(why) = is_header_value(content, header.text().is_some()) {
            let value = attr.bare.get(1).and_then(text).unwrap_or(&header.name);
            let message = format!("the value of the header `{}` of `{node}` {why}", header.name.value());
            return errors.at(value, message);
        }
    }
    if known.iter().any(|other| other.lower() == header.lower()) {
        return errors.at(&header.name, format!("`{node}` sets the header `{}` twice", header.name.value()));
    }
    known.push(header);
}

/// `#[query("api-version", "2024-01-01")]` and `#[query("api-version", none)]`
pub(crate) fn query(attr: &Attr, known: &mut Vec<Constant>, node: &str, errors: &Errors) {
    let Some(query) = constant(attr, "query", node, errors) else { return };
    if let Some(value) = attr.bare.get(1).and_then(text) {
        unclosed(value, node, errors);
    }
    if known.iter().any(|other| other.name.value() == query.name.value()) {
        let message = format!("`{node}` sets the query parameter `{}` twice", query.name.value());
        return errors.at(&query.name, message);
    }
    known.push(query);
}

/// `{tenant` at the end: a name whose brace was forgotten.
pub(crate) fn unclosed(value: &LitStr, node: &str, errors: &Errors) -> bool {
    let said = value.value();
    let last = said.rfind('{').and_then(|at| name(&said[at + 1..]));
    let Some((name, "")) = last else { return false };
    let message = format!("`{{{name}` in a value of `{node}` is never closed\nhelp: write `{{{name}}}`");
    errors.at(value, message);
    true
}

fn constant(attr: &Attr, word: &str, node: &str, errors: &Errors) -> Option<Constant> {
    let example = if word == "header" { "Name" } else { "name" };
    let form =
        format!("help: write `#[{word}(\"{example}\", \"value\")]`, or `none` as the value to take it away");
    let what = if word == "header" { "header" } else { "query parameter" };
    for option in &attr.options {
        errors.at(&option.key, format!("`#[{word}]` of `{node}` has no option `{}`\n{form}", option.key));
    }
    let [name, value] = &attr.bare[..] else {
        errors.at_span(attr.span(), format!("`#[{word}]` of `{node}` takes a name and a value\n{form}"));
        return None;
    };
    let Some(name) = text(name).filter(|name| !name.value().is_empty()) else {
        errors.at(name, format!("the name of a {what} of `{node}` is a string\n{form}"));
        return None;
    };
    if is_word(value, "none") {
        return Some(Constant { name: name.clone(), value: None });
    }
    let Some(value) = text(value) else {
        let message = format!("the value of the {what} `{}` of `{node}` is a string\n{form}", name.value());
        errors.at(value, message);
        return None;
    };
    Some(Constant { name: name.clone(), value: Some(bits(value)) })
}

/// Text, `{name}` and `{{name}}`, which is the text `{name}`. Other braces are text: a value can be JSON.
pub(crate) fn bits(value: &LitStr) -> Vec<Bit> {
    let value = value.value();
    let (mut bits, mut text, mut rest) = (Vec::new(), String::new(), value.as_str());
    while let Some(at) = rest.find('{') {
        text.push_str(&rest[..at]);
        let found = &rest[at..];
        let escaped = found.strip_prefix("{{").and_then(name).filter(|(_, end)| end.starts_with("}}"));
        if let Some((name, end)) = escaped {
            text.extend(["{", name, "}"]);
            rest = &end[2..];
        } else if let Some((name, end)) = name(&found[1..]).filter(|(_, end)| end.starts_with('}')) {
            if !text.is_empty() {
                bits.push(Bit::Text(std::mem::take(&mut text)));
            }
            bits.push(Bit::Name(name.to_owned()));
            rest = &end[1..];
        } else {
            text.push('{');
            rest = &found[1..];
        }
    }
    text.push_str(rest);
    if !text.is_empty() || bits.is_empty() {
        bits.push(Bit::Text(text));
    }
    bits
}

/// The identifier that a text begins with, and what follows it.
fn name(text: &str) -> Option<(&str, &str)> {
    let end = text.find(|c: char| !c.is_alphanumeric() && c != '_').unwrap_or(text.len());
    let (name, rest) = text.split_at(end);
    (!name.is_empty() && !name.starts_with(|c: char| c.is_ascii_digit())).then_some((name, rest))
}

#[cfg(test)]
mod tests {
    use super::*;

    fn read(value: &str) -> String {
        let shown =
            bits(&LitStr::new(value, proc_macro2::Span::call_site())).into_iter().map(|bit| match bit {
                Bit::Text(text) => format!("{text:?}"),
                Bit::Name(name) => name,
            });
        shown.collect::<Vec<_>>().join(" ")
    }

    #[test]
    fn names_are_told_from_text() {
        for (value, expected) in [
            ("", "\"\""),
            ("a", "\"a\""),
            ("{a}", "a"),
            ("Bearer {token}!", "\"Bearer \" token \"!\""),
            ("{a}{b_1}", "a b_1"),
            (r#"{"A":{"B":"C"}}"#, r#""{\"A\":{\"B\":\"C\"}}""#),
            ("{}", "\"{}\""),
            ("{{a}}", "\"{a}\""),
            ("{a", "\"{a\""), // reported elsewhere
            ("{1}", "\"{1}\""),
            ("{ a }", "\"{ a }\""),
            ("}{a}{", "\"}\" a \"{\""),
        ] {
            assert_eq!(read(value), expected, "{value}");
        }
    }
}
