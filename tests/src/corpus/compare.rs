//! What was expected beside what arrived.

use super::{
    Json,
    case::{Case, Expected, ExpectedPart},
    declare::insecure,
    wire::{self, Sent},
};

/// Everything that differs; nothing when all is as it should be.
pub fn differences(case: &Case, expected: &Expected, sent: &[Sent]) -> Vec<String> {
    let [sent] = sent else {
        return vec![format!("{} requests were sent, not one", sent.len())];
    };
    let mut out = Vec::new();
    method(case, expected, sent, &mut out);
    host(expected, sent, &mut out);
    out.extend(unclean(sent.target()));
    url(case, expected, sent, &mut out);
    headers(expected, sent, &mut out);
    body(case, expected, sent, &mut out);
    out
}

fn differs<T: PartialEq + std::fmt::Debug>(what: &str, expected: &T, sent: &T, out: &mut Vec<String>) {
    if expected != sent {
        out.push(format!("{what}: expected {expected:?}, sent {sent:?}"));
    }
}

fn method(case: &Case, expected: &Expected, sent: &Sent, out: &mut Vec<String>) {
    let method = expected.method.as_deref().or(case.methods().first().copied());
    differs("method", &method.unwrap_or_default(), &sent.method(), out);
}

fn host(expected: &Expected, sent: &Sent, out: &mut Vec<String>) {
    let Some(url) = &expected.url else { return };
    let url = insecure(url);
    let authority = url.split_once("://").and_then(|(_, rest)| rest.split(['/', '?', '#']).next());
    differs("host", &vec![authority.unwrap_or_default().to_owned()], &sent.headers("host"), out);
}

/// What must never stand in a target.
pub fn unclean(target: &str) -> Option<String> {
    let is_bad = |c: char| c.is_ascii_control() || !c.is_ascii() || matches!(c, ' ' | '"' | '<' | '>' | '#');
    let bad = target.chars().find(|c| is_bad(*c))?;
    Some(format!("the target `{target}` holds a raw {bad:?}"))
}

fn url(case: &Case, expected: &Expected, sent: &Sent, out: &mut Vec<String>) {
    let Some(decoded) = &expected.decoded else { return };
    let (path, query) = match sent.target().split_once('?') {
        Some((path, query)) => (path, Some(query)),
        None => (sent.target(), None),
    };
    match wire::segments(path) {
        Ok(segments) => differs("path", &decoded.path_segments, &segments, out),
        Err(e) => out.push(e),
    }
    match query.map_or(Ok(Vec::new()), wire::query) {
        Ok(pairs) => differs("query", &decoded.query, &pairs, out),
        Err(e) => out.push(e),
    }
    out.extend(query.into_iter().flat_map(|q| q.split('&')).filter_map(|pair| unescaped(case, pair)));
}

/// A value's own `=` and `+`, which decoding does not show. What the declaration itself wrote may stay.
fn unescaped(case: &Case, pair: &str) -> Option<String> {
    let written = case.template().contains(pair) || case.template().contains("{+");
    if written || case.params.iter().any(|p| p.flag("encoded")) {
        return None;
    }
    let (name, value) = pair.split_once('=').unwrap_or((pair, ""));
    let is_raw = name.contains('+') || value.contains(['=', '+', '#']);
    is_raw.then(|| format!("the query holds an unescaped `=` or `+`: `{pair}`"))
}

fn headers(expected: &Expected, sent: &Sent, out: &mut Vec<String>) {
    let mut seen: Vec<String> = Vec::new();
    for (name, _) in &expected.headers {
        let lower = name.to_ascii_lowercase();
        if seen.contains(&lower) {
            continue;
        }
        let of_name = expected.headers.iter().filter(|(n, _)| n.eq_ignore_ascii_case(name));
        let values: Vec<String> = of_name.map(|(_, v)| v.clone()).collect();
        differs(&format!("header {name}"), &values, &sent.headers(name), out);
        seen.push(lower);
    }
    for name in &expected.absent_headers {
        differs(&format!("header {name}"), &Vec::new(), &sent.headers(name), out);
    }
}

fn body(case: &Case, expected: &Expected, sent: &Sent, out: &mut Vec<String>) {
    let content_types = sent.headers("content-type");
    if content_types.len() > 1 {
        out.push(format!("more than one Content-Type: {content_types:?}"));
    }
    let content_type = content_types.first().map_or("", String::as_str);
    let wrong = expected.content_type.as_deref().filter(|pattern| !matches(pattern, content_type));
    if let Some(pattern) = wrong {
        out.push(format!("content type: expected `{pattern}`, sent `{content_type}`"));
    }
    if let Some(body) = expected.body.text() {
        text(case, body, content_type, &sent.text(), out);
    }
    if let Some(expected) = &expected.multipart {
        match wire::parts(content_type, &sent.text()) {
            Ok(sent) => parts(case, expected, &sent, out),
            Err(e) => out.push(e),
        }
    }
}

fn text(case: &Case, expected: &str, content_type: &str, sent: &str, out: &mut Vec<String>) {
    if case.is_form() || content_type.contains("urlencoded") {
        match (wire::form(expected), wire::form(sent)) {
            (Ok(expected), Ok(sent)) => differs("form", &expected, &sent, out),
            (Err(e), _) | (_, Err(e)) => out.push(e),
        }
    } else if content_type.contains("json") && !expected.is_empty() {
        match (Json::parse(expected), Json::parse(sent)) {
            (Ok(expected), Ok(sent)) => differs("JSON", &expected, &sent, out),
            _ => differs("body", &expected, &sent, out),
        }
    } else {
        differs("body", &expected, &sent, out);
    }
}

/// A name of a file is compared where one is expected, and where none was declared.
fn parts(case: &Case, expected: &[ExpectedPart], sent: &[wire::Part], out: &mut Vec<String>) {
    let declared =
        |name: &str| case.params.iter().any(|p| p.name() == Some(name) && p.text("filename").is_some());
    let expected: Vec<wire::Part> = expected
        .iter()
        .map(|p| wire::Part { name: p.name.clone(), file_name: p.filename.clone(), value: p.value.clone() })
        .collect();
    let free = |i: usize| expected.get(i).is_some_and(|e| e.file_name.is_none() && declared(&e.name));
    let sent = sent.iter().enumerate().map(|(i, part)| match free(i) {
        true => wire::Part { file_name: None, ..part.clone() },
        false => part.clone(),
    });
    differs("parts", &expected, &sent.collect(), out);
}

/// A content type with `*` for anything. Parameters count where some are expected.
fn matches(pattern: &str, value: &str) -> bool {
    let value = if pattern.contains(';') { value } else { value.split(';').next().unwrap_or_default() };
    let mut rest = value;
    let pieces: Vec<_> = pattern.split('*').collect();
    for (i, piece) in pieces.iter().enumerate() {
        let found = if i == 0 { rest.starts_with(piece).then_some(0) } else { rest.find(piece) };
        let Some(at) = found else { return false };
        rest = &rest[at + piece.len()..];
    }
    pieces.last() == Some(&"") || rest.is_empty()
}
