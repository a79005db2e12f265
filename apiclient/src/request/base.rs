//! Where requests go: an origin, interned once per client, and the prefix of every path.

use super::base_url;
use std::{fmt, sync::Arc};

/// Scheme, host and port of a request.
///
/// A client makes one and hands the same `Arc` to its transport with every attempt, so that a transport may compare
/// pointers and keep what it has prepared.
#[derive(PartialEq, Eq, Hash)]
pub struct Origin {
    scheme: &'static str,
    authority: Box<str>,
}

impl Origin {
    /// In its one spelling: lower case, without the scheme's own port.
    pub(crate) fn new(scheme: &'static str, authority: &str) -> Self {
        let default = if scheme == "https" { ":443" } else { ":80" };
        let authority = authority.strip_suffix(default).unwrap_or(authority);
        Origin { scheme, authority: canonical(authority) }
    }

    /// Nowhere: the origin of a value that no server sent.
    pub(crate) fn none() -> Self {
        Origin { scheme: "http", authority: "none.invalid".into() }
    }

    /// `http` or `https`.
    pub fn scheme(&self) -> &'static str {
        self.scheme
    }

    /// Host, and port where it is not the scheme's own.
    pub fn authority(&self) -> &str {
        &self.authority
    }
}

impl fmt::Display for Origin {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        write!(f, "{}://{}", self.scheme, self.authority)
    }
}

impl fmt::Debug for Origin {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        write!(f, "Origin({self})")
    }
}

/// A checked base URL.
#[derive(Debug, Clone)]
pub(crate) struct Base {
    pub(crate) origin: Arc<Origin>,
    /// Without a slash at its end.
    pub(crate) prefix: Box<str>,
    /// Where else calls may go.
    pub(crate) allowed: Vec<Arc<Origin>>,
}

impl Base {
    /// Checks a base URL and joins it with the trait's base path: one slash between them, whatever was typed.
    pub(crate) fn parse(url: &str, base_path: &str, allowed: &[&str]) -> Result<Self, String> {
        let parts = base_url::parse(url)?;
        base_url::check_path(base_path).map_err(|e| format!("the base path {base_path:?}: {e}"))?;
        let path = base_path.trim_matches('/');
        let slash = if path.is_empty() { "" } else { "/" };
        let prefix = format!("{}{slash}{path}", parts.path).into();
        let origin = Arc::new(Origin::new(parts.scheme, parts.authority));
        let allowed = allowed.iter().map(|text| Self::allowed(text, &origin)).collect::<Result<_, _>>()?;
        Ok(Base { origin, prefix, allowed })
    }

    fn allowed(text: &str, own: &Arc<Origin>) -> Result<Arc<Origin>, String> {
        let parts = base_url::parse(text).map_err(|e| format!("the allowed origin {text:?}: {e}"))?;
        let origin = Origin::new(parts.scheme, parts.authority);
        Ok(if origin == **own { own.clone() } else { Arc::new(origin) })
    }

    /// An origin that calls may go to, as text.
    pub(crate) fn find(&self, text: &str) -> Option<Arc<Origin>> {
        let parts = base_url::parse(text).ok()?;
        let wanted = Origin::new(parts.scheme, parts.authority);
        std::iter::once(&self.origin).chain(&self.allowed).find(|known| ***known == wanted).cloned()
    }
}

/// One spelling per host: lower case, and an IPv6 address in its shortest form.
fn canonical(authority: &str) -> Box<str> {
    let address = authority.strip_prefix('[').and_then(|rest| rest.split_once(']'));
    let parsed =
        address.and_then(|(address, port)| Some((address.parse::<std::net::Ipv6Addr>().ok()?, port)));
    match parsed {
        Some((address, port)) => format!("[{address}]{port}").into(),
        None => authority.to_ascii_lowercase().into(),
    }
}

impl fmt::Display for Base {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        write!(f, "{}{}", self.origin, self.prefix)
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn the_prefix_ends_without_a_slash() {
        for (url, path, expected) in [
            ("https://a", "", ""),
            ("https://a/", "", ""),
            ("https://a/v1", "", "/v1"),
            ("https://a/v1/", "/v2/", "/v1/v2"),
            ("https://a", "v2", "/v2"),
            ("https://a", "/", ""),
        ] {
            assert_eq!(&*Base::parse(url, path, &[]).unwrap().prefix, expected, "{url} {path}");
        }
        assert!(Base::parse("https://a", "/..", &[]).unwrap_err().contains("base path"));
        let base = Base::parse("HTTPS://API.Example:443", "", &[]).unwrap();
        assert_eq!(base.to_string(), "https://api.example");
        assert_eq!(Base::parse("http://[0:0::1]:8080/", "", &[]).unwrap().to_string(), "http://[::1]:8080");
    }
}
