//! What our own choices put on the wire, computed the simple way: for the cases whose upstream did otherwise.

use super::{
    Json,
    case::{Body, Case, Decoded, Expected, ExpectedPart, Param},
    declare::{base_path, insecure},
    wire::{self, Pairs},
};
use std::fmt::Write as _;

/// The request of a case by our rules: no order among roles, nothing for null, the roles say the encoding.
pub fn expected(case: &Case) -> Expected {
    let (path, query) = target(case);
    let mut pairs = query.map_or_else(Vec::new, |q| wire::query(&q).unwrap_or_default());
    pairs.extend(pairs_of(case, &["query", "query_map", "query_object"]));
    let fields = pairs_of(case, &["field", "field_map"]);
    let parts = pairs_of(case, &["part", "part_map"]);
    let has_body = case.has("body");
    let body = case.params.iter().find(|p| p.is("body")).and_then(|p| p.value().scalar());
    let form = fields.iter().map(|(n, v)| format!("{}={}", encoded(n), encoded(v.as_deref().unwrap_or(""))));
    let form = form.collect::<Vec<_>>().join("&");
    let part = |(name, value): (String, Option<String>)| ExpectedPart {
        name,
        value: value.unwrap_or_default(),
        filename: None,
    };
    let has_parts = case.has("part") || case.has("part_map");
    Expected {
        method: case.methods().first().map(|m| (*m).to_owned()),
        url: None,
        decoded: Some(Decoded { path_segments: wire::segments(&path).unwrap_or_default(), query: pairs }),
        headers: headers(case),
        absent_headers: Vec::new(),
        body: if has_parts { Body::Unsaid } else { Body::from(if has_body { body } else { Some(form) }) },
        content_type: None,
        multipart: (!parts.is_empty()).then(|| parts.into_iter().map(part).collect()),
    }
}

/// Path and query of base, template or URL, with the values of the placeholders in it.
fn target(case: &Case) -> (String, Option<String>) {
    let url = case.params.iter().find(|p| p.is("url")).and_then(|p| p.value().scalar());
    let mut text = insecure(url.as_deref().unwrap_or(case.template()));
    for param in case.params.iter().filter(|p| p.is("path")) {
        let value = param.value().scalar().map(|v| encoded(&v)).unwrap_or_default();
        text = text.replace(&format!("{{{}}}", param.name().unwrap_or_default()), &value);
    }
    let is_absolute = text.contains("://");
    let (path, query) = match text.split_once('?') {
        Some((path, query)) => (path, Some(query.to_owned())),
        None => (text.as_str(), None),
    };
    let path = match is_absolute {
        true => base_path(path),
        false => format!("{}/{}", base_path(&case.base_url), path.trim_start_matches('/')),
    };
    (path, query)
}

fn encoded(text: &str) -> String {
    let mut out = String::new();
    for byte in text.bytes() {
        match byte {
            b if b.is_ascii_alphanumeric() || b"-._~".contains(&b) => out.push(char::from(b)),
            b => drop(write!(out, "%{b:02X}")),
        }
    }
    out
}

fn pairs_of(case: &Case, kinds: &[&str]) -> Pairs {
    let params = case.params.iter().filter(|p| kinds.iter().any(|k| p.is(k)));
    params.flat_map(|param| pairs(param).into_iter().map(|(n, v)| (n, Some(v)))).collect()
}

/// Names and values of an argument: all members of a map, all values of a list.
fn pairs(param: &Param) -> Vec<(String, String)> {
    let name = param.name().or(param.kinds().first().copied()).unwrap_or_default();
    let parts = param.value().list().unwrap_or_default().iter();
    let parts = parts.filter_map(|p| Some((p.get("name")?.scalar()?, p.get("value")?.scalar()?)));
    let parts: Vec<_> = parts.collect();
    if !parts.is_empty() {
        return parts;
    }
    let Some(entries) = param.entries() else { return scalars(name, param.value()) };
    entries.iter().flat_map(|e| scalars(&e.key.scalar().unwrap_or_default(), &e.value)).collect()
}

fn scalars(name: &str, value: &Json) -> Vec<(String, String)> {
    let values = value.list().map_or_else(|| vec![value], |list| list.iter().collect());
    values.into_iter().filter_map(Json::scalar).map(|v| (name.to_owned(), v)).collect()
}

/// The last one of a name wins: trait, then method, then arguments in order.
fn headers(case: &Case) -> Vec<(String, String)> {
    let mut out: Vec<(String, String)> = Vec::new();
    let scope = |p: &Param| p.is("static_header") && p.text("scope") == Some("interface");
    let statics = case.params.iter().filter(|p| p.is("static_header"));
    let (of_trait, of_method): (Vec<_>, Vec<_>) = statics.partition(|p| scope(p));
    for param in of_trait.into_iter().chain(of_method) {
        let line = param.value().text().unwrap_or_default();
        let (name, value) = line.split_once(':').unwrap_or((line, ""));
        replace(&mut out, vec![(name.trim().to_owned(), value.trim().to_owned())]);
    }
    for param in case.params.iter().filter(|p| p.is("header") || p.is("header_map")) {
        replace(&mut out, pairs(param));
    }
    out
}

fn replace(out: &mut Vec<(String, String)>, new: Vec<(String, String)>) {
    out.retain(|(name, _)| !new.iter().any(|(n, _)| n.eq_ignore_ascii_case(name)));
    out.extend(new);
}
