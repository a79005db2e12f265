//! What a base URL may be: scheme, host, port and a path prefix, nothing else.
//!
//! This file stands twice, word for word: in `apiclient` for URLs that are known at run time only, and in
//! `apiclient-macros`, which cannot depend on it. A test compares the two.

/// The parts of a base URL, as written.
#[derive(Debug, PartialEq, Eq)]
pub(crate) struct BaseUrl<'a> {
    /// `http` or `https`.
    pub(crate) scheme: &'static str,
    /// Host and port.
    pub(crate) authority: &'a str,
    /// The prefix of every path, without a slash at its end.
    pub(crate) path: &'a str,
}

/// Splits a base URL. An error says what is wrong in words that hold no credentials.
pub(crate) fn parse(url: &str) -> Result<BaseUrl<'_>, String> {
    if let Some(c) = url.chars().find(|c| c.is_control() || *c == ' ') {
        return Err(format!("it holds {c:?}"));
    }
    let Some((scheme, rest)) = url.split_once("://") else {
        return Err("it begins with no scheme; write `https://host/path`".into());
    };
    let scheme = match scheme {
        s if s.eq_ignore_ascii_case("https") => "https",
        s if s.eq_ignore_ascii_case("http") => "http",
        // RFC 3986, section 3.1; anything else may be a secret that got here.
        s if !s.is_empty() && s.bytes().all(|b| b.is_ascii_alphanumeric() || b"+-.".contains(&b)) => {
            return Err(format!("its scheme is `{s}`; only `http` and `https` are spoken"));
        }
        _ => return Err("it does not begin with a scheme: `http` or `https`".into()),
    };
    let end = rest.find(['/', '\\', '?', '#']).unwrap_or(rest.len());
    let (authority, path) = rest.split_at(end);
    check_authority(authority)?;
    check_path(path)?;
    Ok(BaseUrl { scheme, authority, path: path.trim_end_matches('/') })
}

fn check_authority(authority: &str) -> Result<(), String> {
    if authority.contains('@') {
        return Err("it holds credentials before an `@`; send them as an `authorization` header".into());
    }
    let (host, port) = split_port(authority)?;
    let number =
        |port: &str| port.bytes().all(|b| b.is_ascii_digit()) && matches!(port.parse::<u16>(), Ok(1..));
    if !port.is_none_or(number) {
        return Err("its port is not a number from 1 to 65535".into());
    }
    match host {
        "" => Err("it has no host".into()),
        h if h.contains('%') => {
            Err("its host holds `%`: IPv6 zones and encoded hosts are not supported".into())
        }
        h if !h.is_ascii() => Err("its host is not ASCII; write it in its `xn--` form".into()),
        h if h.starts_with('[') => check_ipv6(h),
        h if h.bytes().all(|b| b.is_ascii_alphanumeric() || matches!(b, b'-' | b'.' | b'_')) => check_name(h),
        _ => Err("its host holds a character that no host has".into()),
    }
}

/// Labels between dots. What ends in a number is an address, and only its plain form is one to every reader.
fn check_name(host: &str) -> Result<(), String> {
    let labels = host.strip_suffix('.').unwrap_or(host);
    let last = labels.rsplit('.').next().unwrap_or_default();
    let numeric = last.bytes().all(|b| b.is_ascii_digit()) || last.to_ascii_lowercase().starts_with("0x");
    if labels.split('.').any(|label| label.is_empty() || label.eq_ignore_ascii_case("xn--")) {
        return Err("its host has an empty label".into());
    }
    match numeric && host.parse::<std::net::Ipv4Addr>().is_err() {
        true => Err("its host ends in a number, but is no IPv4 address".into()),
        false => Ok(()),
    }
}

fn split_port(authority: &str) -> Result<(&str, Option<&str>), String> {
    let from = match authority.starts_with('[') {
        true => authority.find(']').ok_or("its IPv6 address is never closed")?,
        false => 0,
    };
    Ok(match authority[from..].find(':') {
        Some(colon) => (&authority[..from + colon], Some(&authority[from + colon + 1..])),
        None => (authority, None),
    })
}

fn check_ipv6(host: &str) -> Result<(), String> {
    let address = host.strip_prefix('[').and_then(|h| h.strip_suffix(']')).unwrap_or_default();
    match address.parse::<std::net::Ipv6Addr>() {
        Ok(_) => Ok(()),
        Err(_) => Err("its host is no IPv6 address".into()),
    }
}

/// The same rules for the path of a base URL and for a base path of a trait.
pub(crate) fn check_path(path: &str) -> Result<(), String> {
    if path.contains('?') {
        return Err("it holds a query; constant parameters go into the templates".into());
    }
    if path.contains('#') {
        return Err("it holds a fragment, which is never sent".into());
    }
    if path.contains('\\') {
        return Err("it holds a backslash".into());
    }
    if path.contains(['{', '}']) {
        return Err("it holds a brace; only the templates of methods have variables".into());
    }
    if path.trim_end_matches('/').contains("//") {
        return Err("its path holds two slashes in a row".into());
    }
    if let Some(c) = path.chars().find(|c| !c.is_ascii() || c.is_control() || " \"<>^`|".contains(*c)) {
        return Err(format!("its path holds {c:?}, which has to be percent-encoded"));
    }
    let name = |segment: &str| segment.split(';').next().unwrap_or_default().to_ascii_lowercase();
    let dots = |segment: &str| matches!(name(segment).replace("%2e", ".").as_str(), "." | "..");
    if path.split('/').any(dots) {
        return Err("a segment of its path is `.` or `..`".into());
    }
    let mut rest = path;
    while let Some(at) = rest.find('%') {
        let triplet =
            rest.as_bytes().get(at + 1..at + 3).is_some_and(|d| d.iter().all(u8::is_ascii_hexdigit));
        if !triplet {
            return Err("its path holds a `%` that begins no triplet".into());
        }
        rest = &rest[at + 3..];
    }
    Ok(())
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn the_prefix_has_no_slash_at_its_end() {
        for (url, expected) in [
            ("https://a.example", ("https", "a.example", "")),
            ("HTTP://a:80/", ("http", "a:80", "")),
            ("https://a/v1/x//", ("https", "a", "/v1/x")),
            ("http://[::1]:8080/v1", ("http", "[::1]:8080", "/v1")),
            ("http://127.0.0.1", ("http", "127.0.0.1", "")),
            ("http://a.example.:81", ("http", "a.example.:81", "")),
            ("http://v2.3com", ("http", "v2.3com", "")),
        ] {
            let BaseUrl { scheme, authority, path } = parse(url).expect(url);
            assert_eq!((scheme, authority, path), expected);
        }
    }

    #[test]
    fn whatever_else_it_holds_is_refused() {
        for (url, why) in [
            ("api.example.com", "no scheme"),
            ("ftp://a", "scheme is `ftp`"),
            ("file:///etc", "scheme is `file`"),
            ("https://user:secret@a", "credentials"),
            ("https://user@a", "credentials"),
            ("https://a?x=1", "query"),
            ("https://a/b?x=1", "query"),
            ("https://a#b", "fragment"),
            ("https://", "no host"),
            ("https:///a", "no host"),
            ("https://:80", "no host"),
            ("https://a:", "port"),
            ("https://a:0", "port"),
            ("https://a:65536", "port"),
            ("https://a:+1", "port"),
            ("http://[fe80::1%25eth0]", "zones"),
            ("http://[::1", "never closed"),
            ("http://[::g]", "no IPv6"),
            ("http://[::1]x", "no IPv6"),
            ("https://exämple", "xn--"),
            ("https://a b", "' '"),
            ("https://a\r\nb", "'\\r'"),
            ("https://a\\b", "backslash"),
            ("https://a/b/../c", "`.` or `..`"),
            ("https://a/%2E%2e", "`.` or `..`"),
            ("https://a//b", "two slashes"),
            ("https://a/ü", "percent-encoded"),
            ("https://a/{x}", "brace"),
            ("https://a/%zz", "triplet"),
            ("https://a,b", "no host has"),
            ("https://a..b", "empty label"),
            ("https://.", "empty label"),
            ("https://xn--", "empty label"),
            ("https://256.1.1.1", "no IPv4"),
            ("https://1.2.3.4.5", "no IPv4"),
            ("https://0x7f.1", "no IPv4"),
            ("https://2130706433", "no IPv4"),
        ] {
            let said = parse(url).expect_err(url);
            assert!(said.contains(why) && !said.contains("secret"), "{url}: {said}");
        }
    }
}
