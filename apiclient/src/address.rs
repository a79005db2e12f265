//! Which addresses a client may connect to: the guard against requests that somebody else chose the host of.

use std::{
    fmt,
    net::{IpAddr, Ipv4Addr, Ipv6Addr},
};

/// Which addresses requests may go to; for [`ClientBuilder::addresses`](crate::ClientBuilder::addresses).
///
/// A server that redirects a client, or a user who gives it a URL, can send it where only the client can go: to
/// `http://169.254.169.254/`, which in many clouds gives away credentials, or to a service of the machine itself. That is called
/// server-side request forgery (SSRF). What counts is the address that is connected to, found out after the name was looked up,
/// so that a name which stands for `127.0.0.1`, or does so the second time it is asked for, does not help.
///
/// Public is what the registries of IANA (RFC 6890) call globally reachable: no private, shared, loopback, link-local,
/// documentation, benchmarking, multicast or reserved address; nor one of IPv6 that holds such an address of IPv4.
///
/// ```
/// use apiclient::{Addresses, Client};
///
/// let client = Client::builder().base_url("https://api.internal").addresses(Addresses::PublicElsewhere).build()?;
/// # Ok::<_, apiclient::Error>(())
/// ```
#[derive(Debug, Clone, Copy, PartialEq, Eq, Default)]
#[non_exhaustive]
pub enum Addresses {
    /// All of them.
    #[default]
    Any,
    /// All of them at the origin of the base URL, and public ones elsewhere: where redirects and links lead.
    PublicElsewhere,
    /// Public ones only, also at the origin of the base URL: for a base URL that somebody else chooses, as that of a webhook.
    Public,
}

/// Nothing was sent, because it would have gone there.
#[derive(Debug)]
pub(crate) struct NotPublic(String);

impl NotPublic {
    #[cfg(any(feature = "reqwest", feature = "hyper"))]
    pub(crate) fn of(host: &str) -> Self {
        NotPublic(format!("{host} has no public address"))
    }

    /// Somebody else would look it up.
    #[cfg(any(feature = "reqwest", feature = "hyper"))]
    pub(crate) fn unseen(host: &str) -> Self {
        NotPublic(format!("what address {host} has cannot be seen through a proxy or a socket"))
    }

    #[cfg(any(feature = "reqwest", feature = "hyper"))]
    pub(crate) fn is_cause(error: &(dyn std::error::Error + 'static)) -> bool {
        std::iter::successors(Some(error), |e| e.source()).any(<dyn std::error::Error>::is::<NotPublic>)
    }
}

impl fmt::Display for NotPublic {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str(&self.0)
    }
}

impl std::error::Error for NotPublic {}

/// A host that is an address, and one that is not public.
pub(crate) fn check_literal(host: &str) -> Result<(), NotPublic> {
    match host.trim_start_matches('[').trim_end_matches(']').parse() {
        Ok(address) if !is_public(address) => Err(NotPublic(format!("{address} is no public address"))),
        _ => Ok(()),
    }
}

pub(crate) fn is_public(address: IpAddr) -> bool {
    match address {
        IpAddr::V4(address) => is_public_v4(address),
        IpAddr::V6(address) => is_public_v6(address),
    }
}

/// Networks of IPv4 that are not public, and how many of their bits count.
const SPECIAL_V4: [([u8; 4], u32); 15] = [
    ([0, 0, 0, 0], 8),
    ([10, 0, 0, 0], 8),
    // Carriers' NAT, and the metadata of one cloud.
    ([100, 64, 0, 0], 10),
    ([127, 0, 0, 0], 8),
    // Link-local: the metadata of most clouds.
    ([169, 254, 0, 0], 16),
    ([172, 16, 0, 0], 12),
    // Protocol assignments, documentation.
    ([192, 0, 0, 0], 24),
    ([192, 0, 2, 0], 24),
    // The former relays of 6to4.
    ([192, 88, 99, 0], 24),
    ([192, 168, 0, 0], 16),
    // Benchmarks.
    ([198, 18, 0, 0], 15),
    ([198, 51, 100, 0], 24),
    ([203, 0, 113, 0], 24),
    // Multicast; reserved, and broadcast.
    ([224, 0, 0, 0], 4),
    ([240, 0, 0, 0], 4),
];

fn is_public_v4(address: Ipv4Addr) -> bool {
    let bits = u32::from(address);
    !SPECIAL_V4
        .iter()
        .any(|(network, length)| (bits ^ u32::from_be_bytes(*network)).leading_zeros() >= *length)
}

/// All that is given out to be reached (RFC 4291, section 2.4).
const GLOBAL_V6: (Ipv6Addr, u32) = (Ipv6Addr::new(0x2000, 0, 0, 0, 0, 0, 0, 0), 3);
/// Networks of IPv6 in there that are not public.
const SPECIAL_V6: [(Ipv6Addr, u32); 4] = [
    // Protocol assignments, among them Teredo.
    (Ipv6Addr::new(0x2001, 0, 0, 0, 0, 0, 0, 0), 23),
    // Documentation.
    (Ipv6Addr::new(0x2001, 0xdb8, 0, 0, 0, 0, 0, 0), 32),
    (Ipv6Addr::new(0x3fff, 0, 0, 0, 0, 0, 0, 0), 20),
    // 6to4, which holds an address of IPv4.
    (Ipv6Addr::new(0x2002, 0, 0, 0, 0, 0, 0, 0), 16),
];
/// Those that stand for an address of IPv4, their last 32 bits: mapped, and a translator's (RFC 6052).
const FOURS_V6: [(Ipv6Addr, u32); 2] =
    [(Ipv6Addr::new(0, 0, 0, 0, 0, 0xffff, 0, 0), 96), (Ipv6Addr::new(0x64, 0xff9b, 0, 0, 0, 0, 0, 0), 96)];

fn is_public_v6(address: Ipv6Addr) -> bool {
    let bits = u128::from(address);
    let is_in =
        |(network, length): &(Ipv6Addr, u32)| (bits ^ u128::from(*network)).leading_zeros() >= *length;
    if FOURS_V6.iter().any(is_in) {
        let [.., a, b, c, d] = address.octets();
        return is_public_v4(Ipv4Addr::new(a, b, c, d));
    }
    is_in(&GLOBAL_V6) && !SPECIAL_V6.iter().any(is_in)
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn public() {
        for address in [
            "1.1.1.1",
            "8.8.8.8",
            "9.255.255.255",
            "11.0.0.0",
            "100.63.255.255",
            "100.128.0.0",
            "126.0.0.1",
            "128.0.0.1",
            "169.253.0.1",
            "172.15.0.1",
            "172.32.0.1",
            "192.0.1.1",
            "192.167.0.1",
            "192.169.0.1",
            "198.17.0.1",
            "198.20.0.1",
            "223.255.255.255",
            "2606:4700::1111",
            "2a00:1450::1",
            "2001:200::1",
            "::ffff:8.8.8.8",
            "64:ff9b::808:808",
        ] {
            assert!(is_public(address.parse().unwrap()), "{address}");
            assert!(check_literal(address).is_ok(), "{address}");
        }
        assert!(check_literal("a.test").is_ok(), "its addresses are looked at where it is looked up");
    }

    #[test]
    fn not_public() {
        for address in [
            "0.0.0.0",
            "0.1.2.3",
            "10.0.0.1",
            "100.64.0.1",
            "100.100.100.200",
            "127.0.0.1",
            "127.255.255.255",
            "169.254.169.254",
            "172.16.0.1",
            "172.31.255.255",
            "192.0.0.192",
            "192.0.2.1",
            "192.88.99.1",
            "192.168.0.1",
            "198.18.0.1",
            "198.19.255.255",
            "198.51.100.1",
            "203.0.113.1",
            "224.0.0.1",
            "240.0.0.1",
            "255.255.255.255",
            "::",
            "::1",
            "::127.0.0.1",
            "::ffff:127.0.0.1",
            "::ffff:a9fe:a9fe",
            "64:ff9b::7f00:1",
            "64:ff9b:1::1",
            "100::1",
            "2001::1",
            "2001:db8::1",
            "2002:7f00:1::",
            "3fff::1",
            "fc00::1",
            "fd00:ec2::254",
            "fe80::1",
            "fec0::1",
            "ff02::1",
            "5f00::1",
        ] {
            assert!(!is_public(address.parse().unwrap()), "{address}");
            assert_eq!(
                check_literal(address).unwrap_err().to_string(),
                format!("{} is no public address", address.parse::<IpAddr>().unwrap())
            );
        }
        assert!(check_literal("[::1]").is_err());
    }
}
