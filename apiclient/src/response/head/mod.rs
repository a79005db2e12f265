//! What the headers of an answer say about links, waiting, limits and credentials, each read by its grammar.

mod date;
mod number;
mod of_answers;
mod retry_after;

pub(crate) use retry_after::retry_after;

/// For tests.
#[cfg(test)]
fn headers(lines: &[(&'static str, &str)]) -> http::HeaderMap {
    let value = |text: &str| http::HeaderValue::from_bytes(text.as_bytes()).unwrap();
    lines.iter().map(|(name, text)| (http::HeaderName::from_static(name), value(text))).collect()
}
