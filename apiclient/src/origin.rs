//! Scheme, host and port: where a request goes, interned once per client.

use std::fmt;

/// Scheme, host and port of a request.
///
/// A client makes one and hands the same `Arc` to its transport with every attempt, so that a transport may compare
/// pointers and keep what it has prepared.
#[derive(Clone, PartialEq, Eq, Hash)]
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

    /// The host: a name or an address, that of IPv6 without its brackets.
    pub fn host(&self) -> &str {
        match self.authority.strip_prefix('[').and_then(|rest| rest.split_once(']')) {
            Some((address, _)) => address,
            None => self.authority.split(':').next().unwrap_or_default(),
        }
    }

    /// The port: the one that is said, else the scheme's own.
    pub fn port(&self) -> u16 {
        let own = if self.scheme == "https" { 443 } else { 80 };
        let after_host = self.authority.rsplit(']').next().unwrap_or_default();
        after_host.rsplit_once(':').and_then(|(_, port)| port.parse().ok()).unwrap_or(own)
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

#[cfg(test)]
mod tests {
    use super::Origin;

    #[test]
    fn host_and_port_are_taken_apart() {
        for (scheme, authority, host, port) in [
            ("https", "API.example.com", "api.example.com", 443),
            ("http", "api.example.com:8080", "api.example.com", 8080),
            ("http", "[::0001]", "::1", 80),
            ("https", "[::1]:8443", "::1", 8443),
            ("http", "127.0.0.1:80", "127.0.0.1", 80),
        ] {
            let origin = Origin::new(scheme, authority);
            assert_eq!((origin.host(), origin.port()), (host, port), "{authority}");
        }
    }
}
