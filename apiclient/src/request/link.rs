//! A whole URL as an argument: where it may lead, and what is sent of it.

use super::{
    base::Base,
    base_url,
    param::encode,
    target::{climbs, is_dots},
};
use crate::origin::Origin;
use std::{borrow::Cow, sync::Arc};

/// What an argument with `#[url]` can be.
#[diagnostic::on_unimplemented(
    message = "`{Self}` is no URL",
    label = "a URL is a text, an `http::Uri` or a `reqwest::Url`",
    note = "there is no call without a URL: take an `Option` apart before",
    note = "another type that prints as a URL goes as a text: `.to_string()`"
)]
pub trait Link {
    #[doc(hidden)]
    fn text(&self) -> Cow<'_, str>;
}

impl Link for str {
    fn text(&self) -> Cow<'_, str> {
        self.into()
    }
}

impl Link for String {
    fn text(&self) -> Cow<'_, str> {
        self.into()
    }
}

impl Link for Cow<'_, str> {
    fn text(&self) -> Cow<'_, str> {
        (&**self).into()
    }
}

impl Link for http::Uri {
    fn text(&self) -> Cow<'_, str> {
        self.to_string().into()
    }
}

#[cfg(feature = "reqwest")]
impl Link for reqwest::Url {
    fn text(&self) -> Cow<'_, str> {
        self.as_str().into()
    }
}

impl<L: Link + ?Sized> Link for &L {
    fn text(&self) -> Cow<'_, str> {
        (**self).text()
    }
}

/// Where a link leads.
pub(crate) struct Resolved {
    pub(crate) origin: Arc<Origin>,
    /// Path and query, percent-encoded.
    pub(crate) target: Vec<u8>,
}

/// What stands behind the name of the argument. An origin is said, path and query never.
type Refusal = Cow<'static, str>;

/// Resolves a link against a base URL: below it, or to an origin that is allowed. The message never holds the link.
pub(crate) fn resolve(link: &str, base: &Base) -> Result<Resolved, Refusal> {
    if link.is_empty() {
        return Err("is empty".into());
    }
    if link.contains(['{', '}']) {
        return Err("is a template: `UriTemplate` makes a URL of it".into());
    }
    if link.chars().any(|c| c.is_control() || c.is_whitespace() || "\\\"<>^`|".contains(c)) {
        return Err("holds white space, a backslash, a control character or another that no URL does".into());
    }
    // RFC 9110, section 7.1: the fragment stays with the client.
    let link = link.split('#').next().unwrap_or_default();
    let (origin, path) = match scheme(link)? {
        Some(length) => absolute(link, length, base)?,
        None if link.starts_with("//") => return Err("names a host without a scheme".into()),
        None if link.starts_with('/') => (base.origin.clone(), link.to_owned()),
        None if link.starts_with('?') || link.is_empty() => {
            (base.origin.clone(), format!("{}{link}", base.prefix))
        }
        None => (base.origin.clone(), format!("{}/{link}", base.prefix)),
    };
    let mut target = Vec::with_capacity(path.len() + 1);
    encode(&mut target, path.as_bytes(), true);
    if !target.starts_with(b"/") {
        target.insert(0, b'/');
    }
    check(&target, &origin, base)?;
    Ok(Resolved { origin, target })
}

/// The length of `http` or `https`; nothing for a reference without a scheme (RFC 3986, section 4.2).
fn scheme(link: &str) -> Result<Option<usize>, Refusal> {
    let first = link.split(['/', '?']).next().unwrap_or_default();
    match first.split_once(':') {
        None => Ok(None),
        Some((scheme, "")) if is_http(scheme) && link[scheme.len()..].starts_with("://") => {
            Ok(Some(scheme.len()))
        }
        Some(_) => Err("has another scheme than http and https, or is no URL".into()),
    }
}

fn is_http(scheme: &str) -> bool {
    scheme.eq_ignore_ascii_case("http") || scheme.eq_ignore_ascii_case("https")
}

fn absolute(link: &str, scheme: usize, base: &Base) -> Result<(Arc<Origin>, String), Refusal> {
    let rest = &link[scheme + 3..];
    let end = rest.find(['/', '?']).unwrap_or(rest.len());
    if rest[..end].contains('@') {
        return Err("holds credentials, which a URL shows to everyone".into());
    }
    let parts = base_url::parse(&link[..scheme + 3 + end]).map_err(|_| "has an authority that is none")?;
    let origin = Origin::new(parts.scheme, parts.authority);
    let known = std::iter::once(&base.origin).chain(&base.allowed).find(|known| ***known == origin);
    match known {
        Some(known) => Ok((known.clone(), rest[end..].to_owned())),
        None => Err(format!(
            "leads to another origin than {}; `#[api_client(allow_origins = [..])]` or `.allow_origin(..)` on the builder allows more",
            base.origin
        )
        .into()),
    }
}

/// The declared prefix holds, unless the origin as a whole is allowed.
fn check(target: &[u8], origin: &Arc<Origin>, base: &Base) -> Result<(), Refusal> {
    let path = target.split(|b| *b == b'?').next().unwrap_or_default();
    if path.starts_with(b"//") {
        return Err("has a path that begins with two slashes, which would name another host".into());
    }
    if path.split(|b| *b == b'/').any(is_dots) || climbs(path) {
        return Err("has a dot segment (`.` or `..`)".into());
    }
    let below = path
        .strip_prefix(base.prefix.as_bytes())
        .is_some_and(|rest| rest.is_empty() || rest.starts_with(b"/"));
    match below && *origin == base.origin || base.allowed.contains(origin) {
        true => Ok(()),
        false => Err("leads out of the base URL's path; `#[api_client(allow_origins = [..])]` with its origin allows that".into()),
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    fn resolved(link: &str) -> Result<String, Refusal> {
        let base = Base::parse("https://api.example/v1", "", &["http://other.example:8080"]).unwrap();
        resolve(link, &base).map(|r| format!("{}{}", r.origin, String::from_utf8(r.target).unwrap()))
    }

    #[test]
    fn links_lead_below_the_base_or_where_it_is_allowed() {
        for (link, expected) in [
            ("https://api.example/v1/a?b=c", "https://api.example/v1/a?b=c"),
            ("HTTPS://API.Example:443/v1", "https://api.example/v1"),
            ("/v1/a%2Fb?x=ü", "https://api.example/v1/a%2Fb?x=%C3%BC"),
            ("a/b", "https://api.example/v1/a/b"),
            ("?page=2", "https://api.example/v1?page=2"),
            ("https://api.example/v1/a#frag", "https://api.example/v1/a"),
            ("http://other.example:8080", "http://other.example:8080/"),
            ("http://other.example:8080?q", "http://other.example:8080/?q"),
            ("/v1/a%20b/...", "https://api.example/v1/a%20b/..."),
        ] {
            assert_eq!(resolved(link).unwrap(), expected, "{link}");
        }
    }

    #[test]
    fn what_leads_elsewhere_is_refused() {
        for (link, why) in [
            ("", "empty"),
            ("https://evil.example/v1", "another origin"),
            ("http://api.example/v1", "another origin"),
            ("https://api.example:444/v1", "another origin"),
            ("https://api.example.evil/v1", "another origin"),
            ("https://api.example@evil.example/v1", "credentials"),
            ("https://user@api.example/v1", "credentials"),
            ("https://", "authority"),
            ("https:///v1", "authority"),
            ("//api.example/v1", "without a scheme"),
            ("https:api.example", "scheme"),
            ("ftp://api.example/v1", "scheme"),
            ("javascript:alert(1)", "scheme"),
            ("a:b", "scheme"),
            ("\\\\evil\\x", "backslash"),
            ("https://api.example\\@evil/v1", "backslash"),
            ("/v1\r\nx", "control"),
            ("\t//evil", "control"),
            ("/v1/a b", "white space"),
            ("https://api.example/v1{/x}", "`UriTemplate`"),
            ("/v2/a", "out of the base"),
            ("/v1x", "out of the base"),
            ("/", "out of the base"),
            ("https://api.example", "out of the base"),
            ("/v1/../admin", "dot segment"),
            ("/v1/%2e%2E/admin", "dot segment"),
            ("../v1", "dot segment"),
            ("http://other.example:8080//x", "two slashes"),
        ] {
            let said = resolved(link).expect_err(link);
            assert!(said.contains(why), "{link}: {said}");
        }
    }
}
