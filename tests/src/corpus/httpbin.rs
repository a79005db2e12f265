//! The core requests against a real httpbin, as far as its echo can show them.

use super::{
    Json, Workshop,
    case::{Case, Expected, Level, read},
    declare::insecure,
    lab::REAL,
    report::{Report, Verdict},
    requests::{Outcome, Tried, run},
    wire,
};
use std::path::Path;

const GROUPS: &[&str] = &["core"];

/// httpbin takes everything below it.
pub const PREFIX: &str = "/anything/corpus";

/// Every core case that expects a request, below `server`.
pub fn check(folder: &Path, workshop: Workshop, server: &str) -> Report {
    let is_core = |case: &Case| case.level == Level::Core && case.expected.is_some();
    let cases = read(folder).into_iter().filter(|c| c.as_ref().is_ok_and(is_core)).collect();
    let tried = run(cases, &workshop.environment(REAL, format!("{server}{PREFIX}")));
    let verdict = |t: &Tried| (t.id.clone(), "core".to_owned(), judge(t));
    Report { groups: GROUPS, verdicts: tried.iter().map(verdict).collect() }
}

fn judge(tried: &Tried) -> Verdict {
    let Some((case, expected)) = tried.case.as_ref().and_then(|c| Some((c, c.expected.as_ref()?))) else {
        return Verdict::Failed("it cannot be read".into());
    };
    if let Some(why) = out_of_sight(case, expected) {
        return Verdict::Skipped(why);
    }
    let echo = match &tried.outcome {
        Outcome::Inexpressible(why) | Outcome::NotCompiled(why) => return Verdict::Failed(why.clone()),
        Outcome::Ran(trial) => {
            trial.result.clone().and_then(|body| Json::parse(&body).map_err(|e| e.to_string()))
        }
    };
    match echo.map(|echo| differences(case, expected, &echo)) {
        Ok(all) if all.is_empty() => Verdict::Passed,
        Ok(all) => Verdict::Failed(all.join("; ")),
        Err(e) => Verdict::Failed(e),
    }
}

/// Why httpbin has nothing to say about a case.
fn out_of_sight(case: &Case, expected: &Expected) -> Option<&'static str> {
    const METHODS: [&str; 7] = ["GET", "POST", "PUT", "DELETE", "PATCH", "OPTIONS", "TRACE"];
    let segments = expected.decoded.as_ref().map_or(&[][..], |d| &d.path_segments);
    if case.template().contains("://") || case.has("url") {
        return Some("it is about another host");
    }
    if !case.methods().iter().all(|m| METHODS.contains(m)) {
        return Some("its method has no echo");
    }
    segments.iter().any(|s| s.contains(['\r', '\n'])).then_some("its path is refused by the server")
}

fn differences(case: &Case, expected: &Expected, echo: &Json) -> Vec<String> {
    let mut out = Vec::new();
    let method = expected.method.as_deref().or(case.methods().first().copied()).unwrap_or_default();
    differs("method", &method, &text(echo, "method"), &mut out);
    url(expected, echo, &mut out);
    headers(expected, echo, &mut out);
    body(case, expected, echo, &mut out);
    out
}

fn differs<T: PartialEq + std::fmt::Debug>(what: &str, expected: &T, echoed: &T, out: &mut Vec<String>) {
    if expected != echoed {
        out.push(format!("{what}: expected {expected:?}, httpbin saw {echoed:?}"));
    }
}

fn text<'a>(echo: &'a Json, key: &str) -> &'a str {
    echo.get(key).and_then(Json::text).unwrap_or_default()
}

/// The path is shown half decoded; the query by its names.
fn url(expected: &Expected, echo: &Json, out: &mut Vec<String>) {
    let Some(decoded) = &expected.decoded else { return };
    let url = insecure(text(echo, "url"));
    let path = url.split('?').next().and_then(|u| u.splitn(4, '/').nth(3)).unwrap_or_default();
    let path = path.strip_prefix(PREFIX.trim_start_matches('/')).unwrap_or(path);
    let wanted = format!("/{}", decoded.path_segments.join("/"));
    // It is decoded once too often, so that an escaped `%` cannot be told from another.
    let plain =
        |text: &str| wire::decoded(text).and_then(|t| wire::decoded(&t)).unwrap_or_else(|_| text.to_owned());
    let is_same = plain(path) == plain(&wanted);
    if !is_same {
        out.push(format!("path: expected {wanted:?}, httpbin saw {path:?}"));
    }
    differs("query", &grouped(&decoded.query), &members(echo.get("args")), out);
}

type Grouped = Vec<(String, Vec<String>)>;

/// The values of each name, by name.
fn grouped(pairs: &wire::Pairs) -> Grouped {
    let mut out: Grouped = Vec::new();
    for (name, value) in pairs {
        let value = value.clone().unwrap_or_default();
        match out.iter_mut().find(|(n, _)| n == name) {
            Some((_, values)) => values.push(value),
            None => out.push((name.clone(), vec![value])),
        }
    }
    out.sort();
    out
}

/// What httpbin makes of pairs: one value, or a list of them, for each name.
fn members(echo: Option<&Json>) -> Grouped {
    let Some(Json::Object(members)) = echo else { return Vec::new() };
    let values = |v: &Json| match v {
        Json::List(list) => list.iter().filter_map(Json::scalar).collect(),
        value => value.scalar().into_iter().collect(),
    };
    let mut out: Grouped = members.iter().map(|(name, value)| (name.clone(), values(value))).collect();
    out.sort();
    out
}

/// Several lines of a name are one, with commas.
fn headers(expected: &Expected, echo: &Json, out: &mut Vec<String>) {
    let Some(Json::Object(seen)) = echo.get("headers") else { return out.push("no headers".into()) };
    let value =
        |name: &str| seen.iter().find(|(n, _)| n.eq_ignore_ascii_case(name)).and_then(|(_, v)| v.text());
    for (name, _) in &expected.headers {
        let all =
            expected.headers.iter().filter(|(n, _)| n.eq_ignore_ascii_case(name)).map(|(_, v)| v.as_str());
        differs(
            &format!("header {name}"),
            &Some(all.collect::<Vec<_>>().join(",").as_str()),
            &value(name),
            out,
        );
    }
    for name in &expected.absent_headers {
        differs(&format!("header {name}"), &None, &value(name), out);
    }
}

fn body(case: &Case, expected: &Expected, echo: &Json, out: &mut Vec<String>) {
    if let Some(body) = expected.body.text() {
        let is_form = case.is_form() && text(echo, "data").is_empty();
        match (is_form, wire::form(body), Json::parse(text(echo, "data"))) {
            (true, Ok(pairs), _) => differs("form", &grouped(&pairs), &members(echo.get("form")), out),
            (false, _, Ok(Json::Object(_))) => {
                differs("JSON", &Json::parse(body).ok(), &Json::parse(text(echo, "data")).ok(), out);
            }
            _ => differs("body", &body, &text(echo, "data"), out),
        }
    }
    if let Some(parts) = &expected.multipart {
        let pairs = parts.iter().map(|p| (p.name.clone(), Some(p.value.clone()))).collect();
        let mut seen = members(echo.get("form"));
        seen.extend(members(echo.get("files")));
        seen.sort();
        differs("parts", &grouped(&pairs), &seen, out);
    }
}
