//! Problem documents, RFC 9457: errors that machines can read, with their own media type.

use super::{Decode, DecodeError, one_line::one_line};
use crate::{
    answer::{Answer, media_type},
    json::without_bom,
};
use http::{HeaderMap, StatusCode};
use serde::{Deserialize, de::DeserializeOwned};
use serde_json::{Map, Value};
use std::fmt;

/// A problem document (RFC 9457), as APIs send it with `application/problem+json`.
///
/// It is the typed body of a variant of your error, or what [`Error::problem`](crate::Error::problem) gives. Tolerant as the
/// RFC asks: members of a wrong type are ignored, what is absent is `None`, and the status of the answer counts, not the
/// member. `Problem` has the extension members as a map; `Problem<Quota>` reads them as a type of yours, and is no
/// problem document where that fails. Another media type is none either, so that a rule with a `Problem` is passed over.
///
/// `Display` is `title: detail` in one line: both are written for people. They can hold what the user typed.
///
/// ```
/// use apiclient::{Problem, prelude::*};
///
/// #[derive(Debug, serde::Deserialize)]
/// pub struct Balance {
///     balance: u32,
/// }
///
/// #[derive(Debug, thiserror::Error, ApiError)]
/// pub enum BankError {
///     #[error("{0} (you have {balance})", balance = .0.extensions().balance)]
///     #[api(status = 403)]
///     Refused(Problem<Balance>),
///     #[error(transparent)]
///     #[api(other)]
///     Other(apiclient::Error),
/// }
/// ```
#[derive(Debug, Clone, PartialEq)]
pub struct Problem<Ext = Map<String, Value>> {
    kind: String,
    title: Option<String>,
    status: StatusCode,
    detail: Option<String>,
    instance: Option<String>,
    extensions: Ext,
}

impl<Ext> Problem<Ext> {
    /// The member `type`: a URI that names the kind of problem, and which programs compare. Default: `about:blank`, which says
    /// no more than the status does. Relative ones are given as they came.
    pub fn type_uri(&self) -> &str {
        &self.kind
    }

    /// A summary of the kind of problem.
    pub fn title(&self) -> Option<&str> {
        self.title.as_deref()
    }

    /// The status of the answer; the member of that name is advice, and left aside.
    pub fn status(&self) -> StatusCode {
        self.status
    }

    /// What happened this time.
    pub fn detail(&self) -> Option<&str> {
        self.detail.as_deref()
    }

    /// A URI that names this occurrence.
    pub fn instance(&self) -> Option<&str> {
        self.instance.as_deref()
    }

    /// All other members.
    pub fn extensions(&self) -> &Ext {
        &self.extensions
    }

    /// All other members, alone.
    pub fn into_extensions(self) -> Ext {
        self.extensions
    }
}

/// `title: detail`, whichever is there; else the status.
impl<Ext> fmt::Display for Problem<Ext> {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        const LONGEST: usize = 500;
        match titled(self.title(), self.detail(), LONGEST) {
            Some(said) => f.write_str(&said),
            None => write!(f, "{}", self.status),
        }
    }
}

impl<Ext: DeserializeOwned> Decode for Problem<Ext> {
    fn decode(answer: &mut Answer) -> Result<Self, DecodeError> {
        read(answer.status(), answer.headers(), answer.body())
            .ok_or_else(|| DecodeError::new("it is no problem document (RFC 9457)"))
    }
}

/// A document of the right media type that is an object, and whose extensions are of the type.
pub(crate) fn read<Ext: DeserializeOwned>(
    status: StatusCode,
    headers: &HeaderMap,
    body: &[u8],
) -> Option<Problem<Ext>> {
    let Problem { kind, title, detail, instance, extensions, .. } = read_untyped(status, headers, body)?;
    let extensions = Ext::deserialize(Value::Object(extensions)).ok()?;
    Some(Problem { kind, title, status, detail, instance, extensions })
}

/// Once for all types of extensions.
fn read_untyped(status: StatusCode, headers: &HeaderMap, body: &[u8]) -> Option<Problem> {
    if !is_problem(headers) {
        return None;
    }
    let mut members = Map::deserialize(&mut serde_json::Deserializer::from_slice(without_bom(body))).ok()?;
    let mut text = |name| match members.remove(name) {
        Some(Value::String(text)) => Some(text),
        _ => None,
    };
    let kind = text("type").unwrap_or_else(|| "about:blank".to_owned());
    let (title, detail, instance) = (text("title"), text("detail"), text("instance"));
    members.remove("status");
    Some(Problem { kind, title, status, detail, instance, extensions: members })
}

/// Both in one line, and each once.
pub(super) fn titled(title: Option<&str>, detail: Option<&str>, most: usize) -> Option<String> {
    let line = |text: Option<&str>| text.map(|text| one_line(text, most)).filter(|line| !line.is_empty());
    match (line(title), line(detail)) {
        (Some(title), Some(detail)) if title != detail => Some(one_line(&format!("{title}: {detail}"), most)),
        (title, detail) => detail.or(title),
    }
}

/// RFC 9457, section 3.
pub(super) fn is_problem(headers: &HeaderMap) -> bool {
    media_type(headers).is_some_and(|essence| essence.eq_ignore_ascii_case(b"application/problem+json"))
}

#[cfg(test)]
mod tests {
    use super::*;
    use http::HeaderValue;

    fn problem(body: &str) -> Option<Problem> {
        let mut headers = HeaderMap::new();
        headers.insert("content-type", HeaderValue::from_static("Application/Problem+JSON; charset=utf-8"));
        read(StatusCode::FORBIDDEN, &headers, body.as_bytes())
    }

    #[test]
    fn what_is_there_is_taken_and_the_rest_is_left_alone() {
        let full = problem(
            r#"{"type":"/a","title":"No","status":400,"detail":"because\n","instance":"/b","x":1,"title":"Never"}"#,
        );
        let full = full.unwrap();
        assert_eq!((full.type_uri(), full.title(), full.detail()), ("/a", Some("Never"), Some("because\n")));
        assert_eq!((full.status(), full.instance()), (StatusCode::FORBIDDEN, Some("/b")));
        assert_eq!(full.extensions().len(), 1);
        assert_eq!(full.to_string(), "Never: because");
        assert_eq!(
            problem("\u{feff}{\"title\":\"x\"}").unwrap().title(),
            Some("x"),
            "a byte order mark is skipped"
        );
        let empty = problem("{}").unwrap();
        assert_eq!((empty.type_uri(), empty.to_string().as_str()), ("about:blank", "403 Forbidden"));
        let wrong = problem(r#"{"type":null,"title":{},"status":"x","detail":7}"#).unwrap();
        assert_eq!((wrong.title(), wrong.detail(), wrong.extensions().len()), (None, None, 0));
        for none in ["", "[]", "null", "{", "\"x\"", "{\"a\":1e400}", "[[[["] {
            assert_eq!(problem(none), None, "{none}");
        }
        assert_eq!(problem(&format!("{{\"a\":{}", "[".repeat(100_000))), None);
    }

    #[test]
    fn the_media_type_decides() {
        let read = |headers: &HeaderMap| read::<Map<String, Value>>(StatusCode::OK, headers, b"{}");
        assert!(read(&HeaderMap::new()).is_none());
        for other in ["application/json", "application/problem+xml", "text/plain"] {
            let headers =
                HeaderMap::from_iter([(http::header::CONTENT_TYPE, HeaderValue::from_static(other))]);
            assert!(read(&headers).is_none(), "{other}");
        }
    }

    #[test]
    fn extensions_can_be_a_type() {
        #[derive(Debug, serde::Deserialize, PartialEq)]
        struct Balance {
            balance: u32,
        }
        let headers = HeaderMap::from_iter([(
            http::header::CONTENT_TYPE,
            HeaderValue::from_static("application/problem+json"),
        )]);
        let typed = |body: &str| read::<Balance>(StatusCode::FORBIDDEN, &headers, body.as_bytes());
        assert_eq!(typed(r#"{"title":"x","balance":7}"#).unwrap().extensions(), &Balance { balance: 7 });
        assert_eq!(typed(r#"{"title":"x","balance":"7"}"#), None);
    }
}
