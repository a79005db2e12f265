//! References to other resources, as `Location` and `Link` have them.

use http::Uri;

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
