//! Bodies in the log.

use crate::{
    hooks::{AnswerInfo, AttemptInfo, CallInfo, Hook},
    request::is_secret_name,
    response::blot,
    safe::Known,
};
use http::{HeaderMap, header::CONTENT_TYPE};
use serde_json::Value;
use std::borrow::Cow;
use tracing::debug;

/// Writes the bodies of requests and answers into the log, for the time in which something is looked for: events of the target `apiclient::body` at the level
/// `DEBUG`, in the span of their attempt.
///
/// There is at most as much of each as was said, of the first mebibyte, with `***` for credentials of the request, for whatever looks like some, and for the fields of JSON and of
/// forms whose names say that they are secret (`password`, `token`, ..). What else people have written into a body is there as it is. A body that is no
/// text, or a stream, is there by its length.
#[derive(Debug, Clone, Copy)]
pub struct LogBodies {
    most: usize,
}

/// More than that is not looked through for what is secret.
const LONGEST: usize = 1 << 20;

impl LogBodies {
    /// So many bytes of each.
    pub fn new(most: usize) -> Self {
        LogBodies { most }
    }

    /// What is shown of a body.
    fn shown(self, headers: &HeaderMap, body: &[u8], clean: &dyn Fn(&str) -> String) -> String {
        let media_type = headers.get(CONTENT_TYPE).and_then(|value| value.to_str().ok()).unwrap_or_default();
        let by_length = || {
            format!("({} bytes{}{media_type})", body.len(), if media_type.is_empty() { "" } else { " of " })
        };
        if body.len() > LONGEST {
            return by_length();
        }
        let Ok(text) = std::str::from_utf8(body) else { return by_length() };
        if text.chars().any(|c| c.is_control() && !c.is_whitespace()) {
            return by_length();
        }
        let mut text = match (serde_json::from_str(text), media_type.starts_with("application/x-www-form")) {
            (Ok(json), _) => masked(json, clean).to_string(),
            (_, true) => clean(&form(text)),
            (Err(_), false) => clean(text),
        };
        if text.len() > self.most {
            let end = (0..=self.most).rev().find(|at| text.is_char_boundary(*at)).unwrap_or(0);
            text.truncate(end);
            text.push_str("..");
        }
        text
    }
}

/// Without what is secret by its name, or looks like it.
fn masked(json: Value, clean: &dyn Fn(&str) -> String) -> Value {
    match json {
        Value::Object(all) => {
            let masked = all.into_iter().map(|(key, value)| match is_secret_name(&key) && !value.is_null() {
                true => (key, Value::from("***")),
                false => (key, masked(value, clean)),
            });
            Value::Object(masked.collect())
        }
        Value::Array(all) => Value::Array(all.into_iter().map(|value| masked(value, clean)).collect()),
        Value::String(text) => Value::String(clean(&text)),
        other => other,
    }
}

fn form(text: &str) -> String {
    let masked = text.split('&').map(|pair| match pair.split_once('=') {
        Some((key, _)) if is_secret_name(key) => Cow::Owned(format!("{key}=***")),
        _ => Cow::Borrowed(pair),
    });
    masked.collect::<Vec<_>>().join("&")
}

impl Hook for LogBodies {
    fn on_attempt(&self, _: &CallInfo<'_>, attempt: &mut AttemptInfo<'_>) {
        if !tracing::enabled!(target: "apiclient::body", tracing::Level::DEBUG) {
            return;
        }
        match (attempt.body(), attempt.body_length()) {
            (Some(body), _) if body.is_empty() => {}
            (Some(body), _) => {
                let clean = |text: &str| blot(text, &|_| Known::No).into_owned();
                let body = self.shown(attempt.headers(), body, &clean);
                debug!(target: "apiclient::body", body, "request body");
            }
            (None, length) => debug!(target: "apiclient::body", length, "request body, a stream"),
        }
    }

    fn on_answer(&self, _: &CallInfo<'_>, answer: &AnswerInfo<'_>) {
        if answer.body().is_empty() || !tracing::enabled!(target: "apiclient::body", tracing::Level::DEBUG) {
            return;
        }
        let body = self.shown(answer.headers(), answer.body(), &|text| answer.redact(text));
        debug!(target: "apiclient::body", status = answer.status().as_u16(), body, "response body");
    }
}
