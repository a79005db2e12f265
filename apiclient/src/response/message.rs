//! What a server says to people, in one line, and its code for machines: taken from where APIs put them, with everything
//! that looks like a secret blotted out.

use super::problem::is_problem;
use crate::{
    answer::{is_json, media_type},
    json::{self, Scalar, without_bom},
};
use http::HeaderMap;
use std::borrow::Cow;

/// How long a message is shown.
const LONGEST: usize = 200;

// Where APIs put the message, most telling first: GitHub, AWS and gRPC gateways (`message`), Stripe, OpenAI, Google
// (`error.message`), OAuth (RFC 6749, section 5.2), GraphQL, container registries and JSON:API (`errors`), FastAPI (`detail`),
// .NET (`title`, `errorMessage`), Apigee (`fault`), and `error` as a text.
const MESSAGES: [&str; 20] = [
    "/message",
    "/error/message",
    "/error_description",
    "/errors/0/message",
    "/errors/0/detail",
    "/errors/0/title",
    "/error/detail",
    "/error/description",
    "/error",
    "/errors/0",
    "/detail",
    "/detail/0/msg",
    "/title",
    "/Message",
    "/msg",
    "/errorMessage",
    "/error_message",
    "/fault/faultstring",
    "/description",
    "/reason",
];

/// Where APIs put the code.
const CODES: [&str; 14] = [
    "/code",
    "/error/code",
    "/errors/0/code",
    "/errors/0/extensions/code",
    "/__type",
    "/error_code",
    "/errorCode",
    "/errorType",
    "/error/status",
    "/error/type",
    "/error",
    "/Code",
    "/fault/detail/errorcode",
    "/reason",
];

/// The message: at the pointer, or in one of the usual places. One line of at most 200 characters.
pub(crate) fn message(headers: &HeaderMap, body: &[u8], at: Option<&str>) -> Option<String> {
    let found = match at {
        Some(pointer) => text_at(body, pointer),
        None if is_problem(headers) => of_problem(body).or_else(|| of_json(body)),
        // Some say JSON and send a text.
        None if looks_like_json(headers, body) => of_json(body).or_else(|| of_no_json(body)),
        None if is_markup(headers, body) => title(body),
        None if is_text(headers) => first_line(body),
        None => None,
    };
    found.map(|text| line(&text)).filter(|text| !text.is_empty())
}

/// The code: at the pointer, or in one of the usual places.
pub(crate) fn code<'a>(headers: &HeaderMap, body: &'a [u8], at: Option<&str>) -> Option<Scalar<'a>> {
    let scalar = |pointer| {
        let scalar = json::scalar(json::find(body, pointer)?);
        match &scalar {
            Scalar::Integer(_) => Some(scalar),
            Scalar::Text(text) if !text.is_empty() => Some(scalar),
            _ => None,
        }
    };
    match at {
        Some(pointer) => scalar(pointer),
        // A sentence is no code.
        None if looks_like_json(headers, body) => {
            CODES.into_iter().find_map(|pointer| scalar(pointer).filter(is_word))
        }
        None => None,
    }
}

fn is_word(scalar: &Scalar<'_>) -> bool {
    match scalar {
        Scalar::Text(text) => text.len() <= 128 && !text.contains(char::is_whitespace),
        _ => true,
    }
}

fn looks_like_json(headers: &HeaderMap, body: &[u8]) -> bool {
    let begins = || {
        without_bom(body).trim_ascii_start().starts_with(b"{") || body.trim_ascii_start().starts_with(b"[")
    };
    match media_type(headers) {
        Some(_) => is_json(headers),
        None => begins(),
    }
}

fn is_markup(headers: &HeaderMap, body: &[u8]) -> bool {
    let named = media_type(headers).map(|essence| {
        essence.eq_ignore_ascii_case(b"text/html") || essence.eq_ignore_ascii_case(b"application/xhtml+xml")
    });
    named.unwrap_or_else(|| body.trim_ascii_start().starts_with(b"<"))
}

fn is_text(headers: &HeaderMap) -> bool {
    media_type(headers).is_none_or(|essence| essence.eq_ignore_ascii_case(b"text/plain"))
}

fn text_at(body: &[u8], pointer: &str) -> Option<String> {
    match json::scalar(json::find(body, pointer)?) {
        Scalar::Text(text) if !text.trim().is_empty() => Some(text.into_owned()),
        Scalar::Integer(number) => Some(number.to_string()),
        _ => None,
    }
}

/// A text only: a number is no message.
fn sentence_at(body: &[u8], pointer: &str) -> Option<String> {
    match json::scalar(json::find(body, pointer)?) {
        Scalar::Text(text) if !text.trim().is_empty() => Some(text.into_owned()),
        _ => None,
    }
}

/// RFC 9457, section 3.1.
fn of_problem(body: &[u8]) -> Option<String> {
    match (sentence_at(body, "/title"), sentence_at(body, "/detail")) {
        (Some(title), Some(detail)) => Some(format!("{title}: {detail}")),
        (title, detail) => title.or(detail),
    }
}

fn of_json(body: &[u8]) -> Option<String> {
    // Of a list the first.
    let body = match json::find(body, "/0") {
        Some(first) if without_bom(body).trim_ascii_start().starts_with(b"[") => first.as_bytes(),
        _ => body,
    };
    let whole = || sentence_at(body, "");
    MESSAGES.into_iter().find_map(|pointer| sentence_at(body, pointer)).or_else(whole)
}

/// The first line, unless it begins like JSON or like markup.
fn of_no_json(body: &[u8]) -> Option<String> {
    let begins = without_bom(body).trim_ascii_start().first()?;
    let text = begins.is_ascii_alphabetic() && serde_json::from_slice::<serde::de::IgnoredAny>(body).is_err();
    text.then(|| first_line(body)).flatten()
}

fn first_line(body: &[u8]) -> Option<String> {
    let text = String::from_utf8_lossy(&body[..body.len().min(16 * LONGEST)]);
    text.lines().map(str::trim).find(|line| !line.is_empty()).map(str::to_owned)
}

/// What stands in `<title>`, or in the first heading of a page that has none.
fn title(body: &[u8]) -> Option<String> {
    let text = String::from_utf8_lossy(body);
    let lower = text.to_ascii_lowercase();
    ["title", "h1"].into_iter().find_map(|tag| {
        let tag = format!("<{tag}");
        let begin = lower
            .match_indices(&tag)
            .map(|(at, found)| at + found.len())
            .find(|at| lower[*at..].starts_with(['>', ' ', '\t', '\r', '\n']))?;
        let from = begin + lower[begin..].find('>')? + 1;
        let until = from + lower[from..].find("</")?;
        let inner = without_tags(&text[from..until]);
        Some(unescaped(&inner)).filter(|title| !title.trim().is_empty())
    })
}

fn without_tags(html: &str) -> String {
    let mut inside = false;
    html.chars()
        .filter(|c| {
            inside |= *c == '<';
            let kept = !inside;
            inside &= *c != '>';
            kept
        })
        .collect()
}

fn unescaped(html: &str) -> String {
    const ENTITIES: [(&str, &str); 7] = [
        ("&lt;", "<"),
        ("&gt;", ">"),
        ("&quot;", "\""),
        ("&#39;", "'"),
        ("&#x27;", "'"),
        ("&nbsp;", " "),
        ("&amp;", "&"),
    ];
    ENTITIES.iter().fold(html.to_owned(), |text, (entity, plain)| text.replace(entity, plain))
}

/// One line of at most 200 characters.
pub(crate) fn line(text: &str) -> String {
    shortened(text, LONGEST)
}

/// Without line breaks and other controls, without what turns the direction of a text or has no width, white space as one
/// space.
pub(crate) fn shortened(text: &str, longest: usize) -> String {
    let hidden = |c: char| {
        c.is_control()
            || matches!(c, '\u{200b}'..='\u{200f}' | '\u{2028}'..='\u{202e}' | '\u{2060}'..='\u{206f}' | '\u{feff}')
    };
    let mut out = String::new();
    let mut count = 0;
    for word in text.split(|c: char| c.is_whitespace() || hidden(c)).filter(|word| !word.is_empty()) {
        if !out.is_empty() {
            out.push(' ');
            count += 1;
        }
        for c in word.chars() {
            if count == longest {
                out.push('…');
                return out;
            }
            out.push(c);
            count += 1;
        }
    }
    out
}

/// The text with `***` for each word that is a secret, by what `is_secret` knows and by its looks.
pub(crate) fn blot<'a>(text: &'a str, is_secret: &dyn Fn(&str) -> bool) -> Cow<'a, str> {
    let mut out = String::new();
    let mut after_scheme = false;
    for piece in text.split_inclusive(' ') {
        let word = piece.trim_end_matches(' ');
        let (lead, core, trail) = parts(word);
        let scheme = ["bearer", "basic"].iter().any(|scheme| scheme.eq_ignore_ascii_case(core));
        let hidden =
            core.len() > 2 && (is_secret(core) || is_credential(core) || (after_scheme && is_mixed(core)));
        match hidden {
            true => out.extend([lead, "***", trail]),
            false if word.contains(['?', '=', ':']) => out.push_str(&without_values(word, is_secret)),
            false => out.push_str(word),
        }
        after_scheme = scheme;
        out.push_str(&piece[word.len()..]);
    }
    if out == text { text.into() } else { out.into() }
}

/// No plain word: `Bearer authentication` is none to hide.
fn is_mixed(word: &str) -> bool {
    word.len() >= 6 && word.chars().skip(1).any(|c| !c.is_lowercase())
}

/// A word and the signs around it.
fn parts(word: &str) -> (&str, &str, &str) {
    let sign = |c: char| !c.is_alphanumeric() && !matches!(c, '_' | '-' | '/' | '+' | '=' | '*');
    let core = word.trim_matches(sign);
    let lead = word.len() - word.trim_start_matches(sign).len();
    let end = (lead + core.len()).min(word.len());
    (&word[..lead.min(end)], core, &word[end..])
}

/// Of a URL the values of its query and who it is for; of `key=value` and `key:value` the value, if it is a secret.
fn without_values(word: &str, is_secret: &dyn Fn(&str) -> bool) -> String {
    let (before, query) = word.split_once('?').unwrap_or((word, ""));
    let pairs: Vec<String> = query
        .split('&')
        .map(|pair| match pair.split_once('=') {
            Some((key, _)) => format!("{key}=***"),
            None => pair.to_owned(),
        })
        .collect();
    let mut out = without_userinfo(before);
    if word.contains('?') {
        out.push('?');
        out.push_str(&pairs.join("&"));
        return out;
    }
    let named =
        out.split_once('=').or_else(|| out.split_once(':').filter(|(_, value)| !value.starts_with("//")));
    match named.map(|(name, value)| (name.len() + 1, parts(value))) {
        Some((at, (lead, core, trail))) if core.len() > 2 && (is_secret(core) || is_credential(core)) => {
            format!("{}{lead}***{trail}", &out[..at])
        }
        _ => out,
    }
}

/// `http://user:password@host` is `http://***@host`.
fn without_userinfo(url: &str) -> String {
    let Some((scheme, rest)) = url.split_once("//") else { return url.to_owned() };
    let end = rest.find('/').unwrap_or(rest.len());
    match rest[..end].rfind('@') {
        Some(at) => format!("{scheme}//***{}", &rest[at..]),
        None => url.to_owned(),
    }
}

/// Long, of letters and digits mixed, and no path, date, version or the like.
fn is_credential(word: &str) -> bool {
    const LONG: usize = 20;
    let token = |c: char| c.is_ascii_alphanumeric() || "_-.+/=~".contains(c);
    if word.len() < LONG || !word.chars().all(token) {
        return false;
    }
    // Parts between signs that mix letters and digits, or are long runs of one case without vowels, are no words.
    let random = |part: &str| {
        let digits = part.bytes().filter(u8::is_ascii_digit).count();
        let letters = part.bytes().filter(u8::is_ascii_alphabetic).count();
        part.len() >= 8 && digits > 0 && letters > 0
    };
    let parts: Vec<&str> = word.split(['.', '/', '-', '_', '+', '=', '~']).collect();
    let longest = parts.iter().filter(|part| random(part)).map(|part| part.len()).sum::<usize>();
    longest * 2 >= word.len() || is_uuid(word)
}

fn is_uuid(word: &str) -> bool {
    let lengths: Vec<usize> = word.split('-').map(str::len).collect();
    lengths == [8, 4, 4, 4, 12] && word.bytes().all(|b| b == b'-' || b.is_ascii_hexdigit())
}

#[cfg(test)]
mod tests {
    use super::*;
    use http::HeaderValue;

    fn headers(media_type: &'static str) -> HeaderMap {
        let mut headers = HeaderMap::new();
        if !media_type.is_empty() {
            headers.insert("content-type", HeaderValue::from_static(media_type));
        }
        headers
    }

    const JSON: &str = "application/json";

    #[test]
    #[expect(clippy::too_many_lines, reason = "a table")]
    fn apis_say_it_in_many_places() {
        for (media_type, body, message_, code_) in [
            (JSON, r#"{"message":"Not Found","documentation_url":"x","status":"404"}"#, "Not Found", ""), // GitHub
            (
                JSON,
                r#"{"error":{"code":"card_declined","message":"No.","type":"card_error"}}"#,
                "No.",
                "card_declined",
            ), // Stripe
            (
                JSON,
                r#"{"error":{"message":"Bad key","type":"invalid_request_error","code":null}}"#,
                "Bad key",
                "invalid_request_error",
            ), // OpenAI
            (JSON, r#"{"error":{"code":404,"message":"Gone","status":"NOT_FOUND"}}"#, "Gone", "404"), // Google
            (
                JSON,
                r#"{"__type":"com.aws#ResourceNotFoundException","message":"No table"}"#,
                "No table",
                "com.aws#ResourceNotFoundException",
            ),
            (JSON, r#"{"__type":"X","Message":"No table"}"#, "No table", "X"),
            (
                JSON,
                r#"{"errors":[{"code":"MANIFEST_UNKNOWN","message":"manifest unknown"}]}"#,
                "manifest unknown",
                "MANIFEST_UNKNOWN",
            ),
            (
                JSON,
                r#"{"error":"key is missing","code":3,"message":"key is missing"}"#,
                "key is missing",
                "3",
            ), // etcd
            (
                JSON,
                r#"{"status":"error","errorType":"bad_data","error":"parse error"}"#,
                "parse error",
                "bad_data",
            ), // Prometheus
            (JSON, r#"{"message":"Forbidden","reason":null}"#, "Forbidden", ""), // Jupyter
            (JSON, r#"{"error":"no such package available"}"#, "no such package available", ""), // Verdaccio
            (JSON, r#"{"ok":false,"error":"channel_not_found"}"#, "channel_not_found", "channel_not_found"), // Slack
            (
                JSON,
                r#"{"error":"invalid_grant","error_description":"It is used up."}"#,
                "It is used up.",
                "invalid_grant",
            ),
            (
                JSON,
                r#"{"errors":[{"message":"x","extensions":{"code":"FORBIDDEN"}}],"data":null}"#,
                "x",
                "FORBIDDEN",
            ), // GraphQL
            (
                JSON,
                r#"{"jsonrpc":"2.0","error":{"code":-32601,"message":"Method not found"},"id":1}"#,
                "Method not found",
                "-32601",
            ),
            (JSON, r#"{"detail":[{"msg":"field required","type":"missing"}]}"#, "field required", ""), // FastAPI
            (JSON, r#"{"detail":"Not authenticated"}"#, "Not authenticated", ""),
            (
                JSON,
                r#"{"errors":[{"status":"422","title":"Invalid","detail":"Too short"}]}"#,
                "Too short",
                "",
            ), // JSON:API
            (JSON, r#"{"errors":["one","two"]}"#, "one", ""),
            (JSON, r#"[{"message":"x","errorCode":"Y"}]"#, "x", ""), // Salesforce
            (JSON, "\"just text\"", "just text", ""),
            (
                JSON,
                r#"{"fault":{"faultstring":"Rate limit","detail":{"errorcode":"policies.Quota"}}}"#,
                "Rate limit",
                "policies.Quota",
            ),
            (JSON, r#"{"message":"the rest is cut of"#, "", ""),
            (JSON, r#"{"message":"whole","rest":"is cut of"#, "whole", ""),
            (JSON, r#"{"message":{"a":1},"error":7}"#, "", "7"),
            (JSON, "no such file", "no such file", ""), // Jupyter, too
            (JSON, "null", "", ""),
            (JSON, "<title>x</title>", "", ""),
            (JSON, "[]", "", ""),
            (JSON, "", "", ""),
            ("", r#"{"message":"x"}"#, "x", ""),
            (
                "application/problem+json",
                r#"{"title":"Bad","detail":"name\nmissing"}"#,
                "Bad: name missing",
                "",
            ),
            ("application/problem+json", r#"{"detail":"only"}"#, "only", ""),
            ("text/plain; charset=utf-8", "\n  no such folder \nmore", "no such folder", ""),
            ("", "Method not allowed", "Method not allowed", ""),
            (
                "text/html",
                "<html><HEAD><Title lang=x>502 Bad\n Gateway &amp; more</title>",
                "502 Bad Gateway & more",
                "",
            ),
            ("text/html", "<h1>409: <b>Conflict</b></h1><p>x</p>", "409: Conflict", ""),
            ("text/html", "<titles>x</titles><p>nothing</p>", "", ""),
            ("application/xml", "<Error><Message>x</Message></Error>", "", ""),
            ("application/octet-stream", "\u{0}\u{1}", "", ""),
        ] {
            let headers = headers(media_type);
            let said = message(&headers, body.as_bytes(), None).unwrap_or_default();
            assert_eq!(said, message_, "{body}");
            let found = match code(&headers, body.as_bytes(), None) {
                Some(Scalar::Text(text)) => text.into_owned(),
                Some(Scalar::Integer(number)) => number.to_string(),
                _ => String::new(),
            };
            assert_eq!(found, code_, "{body}");
        }
    }

    #[test]
    fn a_declared_place_is_the_only_one() {
        let body = br#"{"message":"usual","here":{"text":"own","n":7}}"#;
        assert_eq!(message(&headers(JSON), body, Some("/here/text")).as_deref(), Some("own"));
        assert_eq!(message(&headers("text/plain"), body, Some("/here/n")).as_deref(), Some("7"));
        assert_eq!(message(&headers(JSON), body, Some("/not/here")), None);
        assert_eq!(code(&headers(JSON), body, Some("/here/n")), Some(Scalar::Integer(7)));
    }

    #[test]
    fn a_line_is_one() {
        assert_eq!(line("a\r\n\tb\u{1b}[31m\u{202e}c \u{200b} d"), "a b [31m c d");
        assert_eq!(line(&"ü".repeat(300)), "ü".repeat(200) + "…");
        assert_eq!(line(&"ü".repeat(200)), "ü".repeat(200));
        assert_eq!(line(" \n"), "");
    }

    #[test]
    fn secrets_are_blotted_out() {
        let known = |word: &str| word == "hunter2";
        for (said, shown) in [
            ("nothing here", "nothing here"),
            ("password 'hunter2' is wrong", "password '***' is wrong"),
            ("password=hunter2, sorry", "password=***, sorry"),
            ("Incorrect API key: sk_test_EXAMPLE00000000000000.", "Incorrect API key: ***."),
            (
                "bad eyJhbGciOiJIUzI1NiJ9.eyJzdWIiOiIxMjM0NTY3ODkwIn0.dozjgNryP4J3jVmNHl0w5N_XgL0n3I9PlFUP0THsR8U",
                "bad ***",
            ),
            ("no 0b6ed5ae-52a4-4f0b-8f6b-1c9b7c1b2f3d", "no ***"),
            (
                "digest sha256:9f86d081884c7d659a2feaa0c55ad015a3bf4f1b2b0b822cd15d6c15b0f00a08",
                "digest sha256:***",
            ),
            ("Authorization: Bearer abcdefg7 is over", "Authorization: Bearer *** is over"),
            ("Bearer authentication is missing", "Bearer authentication is missing"),
            ("Cannot GET /users?key=abc&page=2&x", "Cannot GET /users?key=***&page=***&x"),
            ("to http://u:p@host/x", "to http://***@host/x"),
            ("mail@example.com is taken", "mail@example.com is taken"),
            ("repository/name-of-a-long-thing/here", "repository/name-of-a-long-thing/here"),
            (
                "until 2026-11-22T10:00:00Z or 1.22.333.4444-beta",
                "until 2026-11-22T10:00:00Z or 1.22.333.4444-beta",
            ),
            (
                "com.amazonaws.dynamodb.v20120810#ResourceNotFoundException",
                "com.amazonaws.dynamodb.v20120810#ResourceNotFoundException",
            ),
            ("was it you? yes", "was it you? yes"),
            ("a  b", "a  b"),
            ("", ""),
        ] {
            assert_eq!(blot(said, &known), shown);
        }
    }
}
