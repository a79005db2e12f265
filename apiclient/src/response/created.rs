//! What was created, and where.

use super::{Decode, DecodeError, DecodeWithin};
use crate::{
    answer::{Answer, uri},
    endpoint::Statuses,
};
use http::{Uri, header};
use std::ops::Deref;

/// A value with the URL of what was created: the `Location` of a 201 (RFC 9110, section 10.2.2) and of other answers that
/// have one.
///
/// ```
/// use apiclient::{prelude::*, Created};
///
/// #[api_client(base_url = "https://api.example.com")]
/// trait Notes {
///     #[post("/notes")]
///     async fn create(&self, #[body(text)] text: &str) -> Result<Created<()>, apiclient::Error>;
///
///     #[get]
///     async fn note(&self, #[url] url: &http::Uri) -> Result<String, apiclient::Error>;
/// }
///
/// # use apiclient::http;
/// # async fn run(notes: NotesClient) -> Result<(), apiclient::Error> {
/// let created = notes.create("buy milk").await?;
/// if let Some(location) = created.location() {
///     println!("{}", notes.note(location).await?);
/// }
/// # Ok(()) }
/// ```
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Created<T> {
    location: Option<Uri>,
    value: T,
}

impl<T> Created<T> {
    /// For fakes.
    pub fn new(value: T, location: Option<Uri>) -> Self {
        Created { location, value }
    }

    /// Where it is, as a whole URL: a relative `Location` is resolved against the URL of the request (RFC 3986, section 5).
    /// `None` if the answer has none, or what is no URL.
    pub fn location(&self) -> Option<&Uri> {
        self.location.as_ref()
    }

    /// The body's value.
    pub fn into_value(self) -> T {
        self.value
    }
}

impl<T> Deref for Created<T> {
    type Target = T;

    fn deref(&self) -> &T {
        &self.value
    }
}

impl<T: Decode> Decode for Created<T> {
    const STATUSES: Option<Statuses> = T::STATUSES;

    fn decode(answer: &mut Answer) -> Result<Self, DecodeError> {
        let location = location(answer);
        Ok(Created { location, value: T::decode(answer)? })
    }
}

impl<T: DecodeWithin> DecodeWithin for Created<T> {
    fn decode_within(answer: &mut Answer) -> Result<Self, DecodeError> {
        let location = location(answer);
        Ok(Created { location, value: T::decode_within(answer)? })
    }
}

fn location(answer: &Answer) -> Option<Uri> {
    let text = answer.headers().get(header::LOCATION)?.to_str().ok()?.trim();
    let origin = answer.context.origin.as_ref()?;
    let asked = uri(origin, &answer.context.target)?;
    resolve(&asked, text)
}

/// RFC 3986, section 5.2, for `http` and `https`. The fragment is left out.
pub(crate) fn resolve(base: &Uri, reference: &str) -> Option<Uri> {
    let reference = reference.split('#').next().unwrap_or_default();
    let first = reference.split(['/', '?']).next().unwrap_or_default();
    let (scheme, authority) = (base.scheme_str()?, base.authority()?);
    let whole = match reference {
        _ if first.contains(':') => reference.to_owned(),
        _ if reference.starts_with("//") => format!("{scheme}:{reference}"),
        _ => {
            let (path, query) = reference.split_at(reference.find('?').unwrap_or(reference.len()));
            let (path, query) = match path {
                "" if query.is_empty() => {
                    (base.path().to_owned(), base.query().map(|q| format!("?{q}")).unwrap_or_default())
                }
                "" => (base.path().to_owned(), query.to_owned()),
                _ if path.starts_with('/') => (without_dots(path), query.to_owned()),
                _ => {
                    let folder = &base.path()[..=base.path().rfind('/').unwrap_or_default()];
                    (without_dots(&format!("{folder}{path}")), query.to_owned())
                }
            };
            format!("{scheme}://{authority}{path}{query}")
        }
    };
    let uri: Uri = whole.parse().ok()?;
    uri.host().filter(|_| matches!(uri.scheme_str(), Some("http" | "https")))?;
    Some(uri)
}

/// RFC 3986, section 5.2.4.
fn without_dots(path: &str) -> String {
    let mut kept: Vec<&str> = Vec::new();
    let mut segments = path.split('/').skip(1).peekable();
    while let Some(segment) = segments.next() {
        let last = segments.peek().is_none();
        match segment {
            "." if last => kept.push(""),
            "." => {}
            ".." => {
                kept.pop();
                if last {
                    kept.push("");
                }
            }
            _ => kept.push(segment),
        }
    }
    format!("/{}", kept.join("/"))
}

#[cfg(test)]
mod tests {
    use super::*;

    /// The examples of RFC 3986, section 5.4, with `http://a/b/c/d?q` for want of `;p` and fragments.
    #[test]
    fn references_are_resolved() {
        let base = Uri::from_static("http://a/b/c/d?q");
        for (reference, expected) in [
            ("g:h", None),
            ("g", Some("http://a/b/c/g")),
            ("./g", Some("http://a/b/c/g")),
            ("g/", Some("http://a/b/c/g/")),
            ("/g", Some("http://a/g")),
            ("//g", Some("http://g/")),
            ("?y", Some("http://a/b/c/d?y")),
            ("g?y", Some("http://a/b/c/g?y")),
            ("#s", Some("http://a/b/c/d?q")),
            ("g#s", Some("http://a/b/c/g")),
            ("", Some("http://a/b/c/d?q")),
            (".", Some("http://a/b/c/")),
            ("..", Some("http://a/b/")),
            ("../g", Some("http://a/b/g")),
            ("../..", Some("http://a/")),
            ("../../../g", Some("http://a/g")),
            ("/./g", Some("http://a/g")),
            ("g?y/../x", Some("http://a/b/c/g?y/../x")),
            ("https://x:8443/y?z", Some("https://x:8443/y?z")),
            ("http://", None),
            ("ftp://x/y", None),
            ("a b", None),
        ] {
            let resolved = resolve(&base, reference).map(|uri| uri.to_string());
            assert_eq!(resolved.as_deref(), expected, "{reference}");
        }
    }
}
