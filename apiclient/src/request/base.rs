//! Where requests go: the origin, interned once per client, and the prefix of every path.

use super::base_url;
use crate::origin::Origin;
use std::{fmt, sync::Arc};

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
        let allowed = allowed.iter().enumerate().map(|(n, text)| {
            // By its number: it can hold credentials.
            Self::allowed(text, &origin).map_err(|e| format!("allowed origin {}: {e}", n + 1))
        });
        let allowed = allowed.collect::<Result<_, _>>()?;
        Ok(Base { origin, prefix, allowed })
    }

    fn allowed(text: &str, own: &Arc<Origin>) -> Result<Arc<Origin>, String> {
        let parts = base_url::parse(text)?;
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
        let refused = Base::parse("https://a", "", &["https://b", "https://u:s3cret@c"]).unwrap_err();
        assert!(refused.starts_with("allowed origin 2: it holds credentials"), "{refused}");
        let base = Base::parse("HTTPS://API.Example:443", "", &[]).unwrap();
        assert_eq!(base.to_string(), "https://api.example");
        assert_eq!(Base::parse("http://[0:0::1]:8080/", "", &[]).unwrap().to_string(), "http://[::1]:8080");
    }
}
