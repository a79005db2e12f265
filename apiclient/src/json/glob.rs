//! Patterns of codes and headers. The file stands in both crates: the runtime matches with it, the macro finds dead rules.

/// Whether a text fits a pattern, in which `*` is any run of characters.
pub(crate) fn glob(pattern: &str, text: &str) -> bool {
    let Some((first, rest)) = pattern.split_once('*') else { return pattern == text };
    let Some(mut text) = text.strip_prefix(first) else { return false };
    let mut parts = rest.split('*').peekable();
    while let Some(part) = parts.next() {
        if parts.peek().is_none() {
            return text.ends_with(part);
        }
        // The leftmost place leaves the most for the others.
        let Some(at) = text.find(part) else { return false };
        text = &text[at + part.len()..];
    }
    true
}
