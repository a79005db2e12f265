//! Scheme, host and port: where a request goes, interned once per client.

use std::fmt;

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
