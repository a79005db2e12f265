//! What a server repeats of a request: secrets come back in messages.

use super::{Recipe, header, is_harmless, is_secret, percent_decoded};
use crate::{
    answer::KEPT,
    safe::{Known, Safe},
};
use base64::{Engine, prelude::BASE64_STANDARD};
use http::{HeaderMap, HeaderName, HeaderValue};
use serde_json::Value;

/// The values of a request that no message may repeat: those of headers, of the query and of the body whose names are not
/// safe. What stands in the path is no secret: people name things by it.
pub(crate) struct Echo {
    /// In lower case, the longest first.
    values: Vec<String>,
    path: String,
}

/// Shorter ones stand in other words by chance.
const SURE: usize = 6;
/// Shorter ones are no secrets.
const SHORTEST: usize = 3;

impl Echo {
    pub(crate) fn new(
        headers: &HeaderMap,
        recipe: &Recipe,
        secrets: impl Iterator<Item = String>,
        safe: Option<&Safe>,
    ) -> Self {
        let mut values = Values(Vec::new());
        secrets.for_each(|secret| values.secret(&secret));
        let hidden = |name: &HeaderName| !is_harmless(name) && !safe.is_some_and(|safe| safe.header(name));
        headers.iter().filter(|(name, _)| hidden(name)).for_each(|(name, value)| values.header(name, value));
        let target = String::from_utf8_lossy(&recipe.writing.target);
        let (path, query) = target.split_once('?').unwrap_or((&target, ""));
        for (key, value) in query.split('&').filter_map(|pair| pair.split_once('=')) {
            if !safe.is_some_and(|safe| safe.query(key)) {
                values.add(&decoded(value), is_secret_name(key));
            }
        }
        if let Some(body) = recipe.body.bytes() {
            let is_form =
                recipe.content_type.as_ref().is_some_and(|t| t.as_bytes().starts_with(b"application/x-www"));
            values.body(&body[..body.len().min(KEPT)], is_form);
        }
        let mut values = values.0;
        values.sort_by_key(|value| std::cmp::Reverse(value.len()));
        values.dedup();
        Echo { values, path: decoded(path).to_ascii_lowercase() }
    }

    /// The text with `***` for each value that stands in it as a whole.
    pub(crate) fn hide(&self, text: &str) -> String {
        let lower = text.to_ascii_lowercase();
        let mut hidden = vec![false; text.len()];
        for value in &self.values {
            for (at, _) in lower.match_indices(&**value).filter(|(at, _)| stands_alone(&lower, *at, value)) {
                hidden[at..at + value.len()].fill(true);
            }
        }
        let mut out = String::with_capacity(text.len());
        for (at, c) in text.char_indices() {
            match hidden[at] {
                false => out.push(c),
                true if at == 0 || !hidden[at - 1] => out.push_str("***"),
                true => {}
            }
        }
        out
    }

    /// What the request says about a word: it is a part of a secret, or it stands in the path.
    pub(crate) fn knows(&self, word: &str) -> Known {
        let word = word.to_ascii_lowercase();
        let sure = word.len() >= SURE && !is_plain(&word);
        match () {
            () if sure && self.values.iter().any(|value| value.contains(&word)) => Known::Secret,
            () if word.len() >= SURE && self.path.contains(&word) => Known::Open,
            () => Known::No,
        }
    }
}

/// Between signs, or so long and odd that it is no chance.
fn stands_alone(text: &str, at: usize, value: &str) -> bool {
    let inside = |c: Option<char>| c.is_some_and(char::is_alphanumeric);
    let (before, after) = (text[..at].chars().next_back(), text[at + value.len()..].chars().next());
    (!inside(before) && !inside(after)) || (value.len() >= SURE && !is_plain(value))
}

/// A word of a language: it stands in messages for what it means.
fn is_plain(word: &str) -> bool {
    word.chars().all(char::is_alphabetic)
}

struct Values(Vec<String>);

impl Values {
    /// A short plain word is hidden only where its name says that it is secret. What a URL would make of the value counts as it.
    fn add(&mut self, value: &str, secret: bool) {
        let (value, least) = (value.trim(), if secret || !is_plain(value) { SHORTEST } else { SURE });
        if value.chars().count() < least {
            return;
        }
        let lower = value.to_ascii_lowercase();
        let (url, form) = (encoded(&lower, "%20"), encoded(&lower, "+"));
        let others = [url, form].into_iter().filter(|other| *other != lower);
        self.0.extend(others);
        self.0.push(lower);
    }

    /// The whole value, and what it holds beside a scheme, names and separators.
    fn header(&mut self, name: &HeaderName, value: &HeaderValue) {
        self.text(&String::from_utf8_lossy(value.as_bytes()), is_secret(name));
    }

    /// What credentials have added.
    fn secret(&mut self, text: &str) {
        self.text(text, true);
    }

    fn text(&mut self, text: &str, secret: bool) {
        self.add(text, secret);
        let parts = text.split([' ', ';', ',']).map(|part| match part.split_once('=') {
            Some((_, value)) if !value.trim_matches('=').is_empty() => value,
            _ => part,
        });
        let schemes = ["basic", "bearer", "token", "digest"];
        for part in parts.filter(|part| !schemes.iter().any(|scheme| scheme.eq_ignore_ascii_case(part))) {
            self.add(part.trim_matches('"'), secret);
        }
        let basic =
            text.get(..6).filter(|scheme| scheme.eq_ignore_ascii_case("basic ")).map(|_| text[6..].trim());
        if let Some(pair) = basic.and_then(|basic| BASE64_STANDARD.decode(basic).ok()) {
            let pair = String::from_utf8_lossy(&pair).into_owned();
            pair.split_once(':').into_iter().for_each(|(_, password)| self.add(password, true));
        }
    }

    fn body(&mut self, body: &[u8], is_form: bool) {
        let text = String::from_utf8_lossy(body);
        if is_form {
            for (name, value) in text.split('&').filter_map(|pair| pair.split_once('=')) {
                self.add(&decoded(value), is_secret_name(name));
            }
        } else if let Ok(json) = serde_json::from_slice::<Value>(body) {
            self.json(&json, false);
        } else {
            // Of text, of parts and of what is cut off: each line, and each word.
            text.lines().for_each(|line| self.add(line, true));
            text.split(|c: char| c.is_whitespace() || "\"'".contains(c))
                .for_each(|word| self.add(word, false));
        }
    }

    /// Texts and numbers; `null`, `true` and `false` are no secrets.
    fn json(&mut self, json: &Value, secret: bool) {
        match json {
            Value::String(text) => self.add(text, secret),
            Value::Number(number) => self.add(&number.to_string(), secret),
            Value::Array(items) => items.iter().for_each(|item| self.json(item, secret)),
            Value::Object(members) => {
                members.iter().for_each(|(name, member)| self.json(member, secret || is_secret_name(name)));
            }
            Value::Null | Value::Bool(_) => {}
        }
    }
}

/// As a URL has it, in lower case.
fn encoded(value: &str, space: &str) -> String {
    let encode = |byte: u8| match byte {
        b' ' => space.to_owned(),
        b if b.is_ascii_alphanumeric() || b"-._~".contains(&b) => char::from(b).to_string(),
        b => format!("%{b:02x}"),
    };
    value.bytes().map(encode).collect()
}

/// A field that is secret by its name. Other words have the same letters.
fn is_secret_name(name: &str) -> bool {
    const OTHERS: [&str; 4] = ["author", "keyword", "keyboard", "monkey"];
    let name = name.to_ascii_lowercase();
    let other = OTHERS.iter().any(|word| name.contains(word)) && !name.contains("authoriz");
    !other && header::is_secret_name(&name)
}

/// Without percent-encoding and plus signs.
fn decoded(text: &str) -> String {
    String::from_utf8_lossy(&percent_decoded(text, true)).into_owned()
}

#[cfg(test)]
mod tests {
    use super::*;

    fn echo(fill: impl FnOnce(&mut Values)) -> Echo {
        let mut values = Values(Vec::new());
        fill(&mut values);
        Echo { values: values.0, path: "/users/1234567".into() }
    }

    #[test]
    fn values_are_hidden_wherever_they_stand() {
        let body = br#"{"user":"alice7","password":"hunter","cvc":123,"odd":"pa\"ss w0rd","sign":"!@#$%^&(","deep":[{"k":"x-1"}],"ok":true,"no":null}"#;
        let echo = echo(|values| values.body(body, false));
        for (said, shown) in [
            ("login(alice7,HUNTER) failed", "login(***,***) failed"),
            ("password:\"hunter\"is wrong", "password:\"***\"is wrong"),
            ("hunters are many", "hunters are many"),
            ("wrong cvc 123, not 1234", "wrong cvc ***, not 1234"),
            ("wrong password pa\"ss w0rd!", "wrong password ***!"),
            ("it is !@#$%^&( there", "it is *** there"),
            ("xalice7y", "x***y"),
            ("x-1 is true, null is not", "*** is true, null is not"),
            ("nothing", "nothing"),
        ] {
            assert_eq!(echo.hide(said), shown);
        }
    }

    #[test]
    fn words_are_known_by_the_request() {
        let echo = echo(|values| values.add("AWS4/20260101/aws4_request", true));
        assert_eq!(echo.knows("20260101"), Known::Secret);
        assert_eq!(echo.knows("request"), Known::No, "a word of the language");
        assert_eq!(echo.knows("1234567"), Known::Open);
        assert_eq!(echo.knows("other-word-1"), Known::No);
    }

    #[test]
    fn headers_are_taken_apart() {
        for (name, value, expected) in [
            ("authorization", "Bearer abc1", &["bearer abc1", "abc1"][..]),
            (
                "authorization",
                "Basic Ym9iOmh1bnRlcg==",
                &["basic ym9iomh1bnrlcg==", "ym9iomh1bnrlcg==", "hunter"],
            ),
            ("cookie", "a=secret; c=d2x", &["a=secret; c=d2x", "secret", "d2x"]),
            ("x-mode", "production", &["production", "production"]),
            ("x-mode", "test", &[]),
            ("x-tenant", "acme-7", &["acme-7", "acme-7"]),
        ] {
            let echo = echo(|values| {
                values.header(&HeaderName::from_static(name), &HeaderValue::from_static(value));
            });
            let plain: Vec<&String> = echo.values.iter().filter(|v| !v.contains(['%', '+'])).collect();
            assert_eq!(plain, expected, "{value}");
        }
    }

    #[test]
    fn forms_and_texts_are_taken_apart() {
        let form = echo(|values| values.body(b"a=x%2Fy1&password=plain&b=plain", true));
        assert_eq!(form.values, ["x%2fy1", "x%2fy1", "x/y1", "plain"]);
        let text = echo(|values| values.body(b"my secret 42x\n", false));
        assert_eq!(text.values, ["my%20secret%2042x", "my+secret+42x", "my secret 42x", "secret", "42x"]);
    }

    #[test]
    fn names_say_what_is_secret() {
        for (name, secret) in [
            ("password", true),
            ("apiKey", true),
            ("authorization", true),
            ("author", false),
            ("Keywords", false),
            ("title", false),
        ] {
            assert_eq!(is_secret_name(name), secret, "{name}");
        }
    }

    #[test]
    fn percent_encoding_is_undone() {
        assert_eq!(decoded("a%20b+c%C3%BC%zz%"), "a b cü%zz%");
    }
}
