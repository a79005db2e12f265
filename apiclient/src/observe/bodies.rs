//! Bodies in the log.

use crate::{
    hooks::{AttemptEnd, AttemptInfo, CallInfo, Hook},
    request::is_secret_name,
    response::blot,
    safe::Known,
};
use http::{HeaderMap, header::CONTENT_TYPE};
use serde_json::Value;
use std::borrow::Cow;
use tracing::debug;

/// Writes the bodies of requests and answers into the log, for the time in which something is looked for: events of the target `apiclient::body` at the level
/// `DEBUG`, in the span of their attempt. Nothing writes them without this.
///
/// Of JSON and of forms there are the names of the fields, and `***` for their values, but for those that [`show`](Self::show) names. A text, what is no text and a
/// stream are there by their length. [`show_all`](Self::show_all) is for services whose data may be read by whoever reads the log. Secrets are `***` in
/// either case: credentials of the request and what else it says that a server repeats, whatever looks like some, and fields whose names say so (`password`,
/// `token`, ..).
///
/// ```
/// use apiclient::{observe::LogBodies, prelude::*};
///
/// #[api_client(base_url = "https://api.example.com")]
/// trait Users {
///     #[get("/users/{id}")]
///     fn user(&self, id: u64) -> Call<String>;
/// }
///
/// // {"id":7,"name":"***","groups":[{"name":"admin"}]}
/// let bodies = LogBodies::new(2 * 1024).show(["/id", "/groups/*/name"]);
/// let users = UsersClient::builder().hook(bodies).build()?;
/// # Ok::<_, apiclient::Error>(())
/// ```
#[derive(Debug, Clone)]
pub struct LogBodies {
    most: usize,
    shows: Vec<Vec<String>>,
    all: bool,
}

/// More than that is not looked through for what is secret.
const LONGEST: usize = 1 << 20;

const HIDDEN: &str = "***";

impl LogBodies {
    /// At most so many bytes of each, of those up to a mebibyte; longer ones are there by their length.
    pub fn new(most: usize) -> Self {
        LogBodies { most, shows: Vec::new(), all: false }
    }

    /// The values at these places may be read, with all that is below them: JSON pointers (RFC 6901), in which `*` is any field and any place of a list. The
    /// fields of a form are at `/name`.
    pub fn show<S: Into<String>>(mut self, pointers: impl IntoIterator<Item = S>) -> Self {
        let parts = |pointer: String| -> Vec<String> {
            let parts = pointer.split('/').skip(1);
            parts.map(|part| part.replace("~1", "/").replace("~0", "~")).collect()
        };
        self.shows.extend(pointers.into_iter().map(|pointer| parts(pointer.into())));
        self
    }

    /// Whatever is no secret by its name or its looks may be read, texts as well.
    pub fn show_all(mut self) -> Self {
        self.all = true;
        self
    }

    fn is_shown(&self, at: &[String]) -> bool {
        let fits = |shown: &[String]| {
            shown.len() <= at.len() && shown.iter().zip(at).all(|(shown, part)| shown == "*" || shown == part)
        };
        self.all || self.shows.iter().any(|shown| fits(shown))
    }

    /// What is shown of a body.
    fn shown(&self, headers: &HeaderMap, body: &[u8], clean: &dyn Fn(&str) -> String) -> String {
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
            (Ok(json), _) => self.masked(json, &mut Vec::new(), clean).to_string(),
            (_, true) => clean(&self.form(text)),
            (Err(_), false) if self.all => clean(text),
            (Err(_), false) => return by_length(),
        };
        if text.len() > self.most {
            let end = (0..=self.most).rev().find(|at| text.is_char_boundary(*at)).unwrap_or(0);
            text.truncate(end);
            text.push_str("..");
        }
        text
    }

    /// Without what is secret by its name, or looks like it, and without what nobody has called harmless.
    fn masked(&self, json: Value, at: &mut Vec<String>, clean: &dyn Fn(&str) -> String) -> Value {
        let mut below = |key: String, value: Value| {
            at.push(key);
            let value = self.masked(value, at, clean);
            (at.pop().unwrap_or_default(), value)
        };
        match json {
            Value::Object(all) => {
                let masked =
                    all.into_iter().map(|(key, value)| match is_secret_name(&key) && !value.is_null() {
                        true => (key, Value::from(HIDDEN)),
                        false => below(key, value),
                    });
                Value::Object(masked.collect())
            }
            Value::Array(all) => {
                let masked = all.into_iter().enumerate().map(|(at, value)| below(at.to_string(), value).1);
                Value::Array(masked.collect())
            }
            Value::Null => Value::Null,
            _ if !self.is_shown(at) => Value::from(HIDDEN),
            Value::String(text) => Value::String(clean(&text)),
            other => other,
        }
    }

    fn form(&self, text: &str) -> String {
        let masked = text.split('&').map(|pair| match pair.split_once('=') {
            Some((key, _)) if is_secret_name(key) || !self.is_shown(&[key.to_owned()]) => {
                Cow::Owned(format!("{key}={HIDDEN}"))
            }
            _ => Cow::Borrowed(pair),
        });
        masked.collect::<Vec<_>>().join("&")
    }
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

    fn on_attempt_end(&self, _: &CallInfo<'_>, end: &AttemptEnd<'_>) {
        let (Some(status), Some(headers), Some(body)) = (end.status(), end.headers(), end.body()) else {
            return;
        };
        if body.is_empty() || !tracing::enabled!(target: "apiclient::body", tracing::Level::DEBUG) {
            return;
        }
        let body = self.shown(headers, body, &|text| end.redact(text));
        debug!(target: "apiclient::body", status = status.as_u16(), body, "response body");
    }
}
