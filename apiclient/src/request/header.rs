//! Header fields that a caller gives: what may be set, and what a value may hold.

use http::{HeaderName, HeaderValue};

/// Fields that belong to the connection, to framing or to the target: a caller who sets one of them changes where
/// a request goes or where it ends.
fn is_reserved(name: &HeaderName) -> bool {
    const RESERVED: [&str; 11] = [
        "host",
        "content-length",
        "transfer-encoding",
        "connection",
        "upgrade",
        "te",
        "trailer",
        "keep-alive",
        "proxy-connection",
        "expect",
        "http2-settings",
    ];
    RESERVED.contains(&name.as_str())
}

/// Fields whose value is a credential: marked, so that no log and no compression table holds it.
pub(crate) fn is_secret(name: &HeaderName) -> bool {
    is_secret_name(name.as_str())
}

/// The same of a field of a body or a parameter of a query.
pub(crate) fn is_secret_name(name: &str) -> bool {
    const SECRETS: [&str; 10] =
        ["key", "token", "secret", "password", "signature", "session", "auth", "credential", "jwt", "cookie"];
    let name = name.to_ascii_lowercase();
    SECRETS.iter().any(|word| name.contains(word))
}

/// A name that a caller may set.
pub(crate) fn parse_name(name: &str) -> Result<HeaderName, String> {
    let parsed = HeaderName::from_bytes(name.as_bytes())
        .map_err(|_| format!("{name:?} cannot be the name of a header"))?;
    match is_reserved(&parsed) {
        true => Err(format!("the header `{parsed}` is set by the transport")),
        false => Ok(parsed),
    }
}

/// A value as RFC 9110, section 5.5 wants it written. The message never holds the value.
pub(crate) fn parse_value(name: &HeaderName, value: &[u8]) -> Result<HeaderValue, String> {
    let refused = |why: &str| Err(format!("the value of the header `{name}` {why}"));
    if value.iter().any(|b| matches!(b, b'\r' | b'\n' | 0)) {
        return refused("holds CR, LF or NUL");
    }
    if value.iter().any(|b| *b != b'\t' && !(b' '..=b'~').contains(b)) {
        return refused("holds a character that is not visible ASCII");
    }
    if value.trim_ascii().len() != value.len() {
        return refused("begins or ends with white space");
    }
    let Ok(mut value) = HeaderValue::from_bytes(value) else { return refused("is not a field value") };
    value.set_sensitive(is_secret(name));
    Ok(value)
}

pub(crate) fn parse(name: &str, value: &[u8]) -> Result<(HeaderName, HeaderValue), String> {
    let name = parse_name(name)?;
    let value = parse_value(&name, value)?;
    Ok((name, value))
}
