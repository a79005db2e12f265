//! Reading a request of HTTP/1.1 out of what has arrived.

/// Takes the head, with the empty line at its end, once all of it is there.
pub(super) fn take_head(input: &mut Vec<u8>) -> Option<String> {
    let end = input.windows(4).position(|w| w == b"\r\n\r\n")? + 4;
    let head = String::from_utf8_lossy(&input[..end]).into_owned();
    input.drain(..end);
    Some(head)
}

/// Takes the body that this head announces, once all of it is there.
pub(super) fn take_body(head: &str, input: &mut Vec<u8>) -> Option<Vec<u8>> {
    if header(head, "transfer-encoding").is_some_and(|v| v.eq_ignore_ascii_case("chunked")) {
        let (body, length) = unchunked(input)?;
        input.drain(..length);
        return Some(body);
    }
    let length = header(head, "content-length").and_then(|v| v.parse().ok()).unwrap_or(0);
    (input.len() >= length).then(|| input.drain(..length).collect())
}

fn header<'a>(head: &'a str, wanted: &str) -> Option<&'a str> {
    let mut lines = head.lines().filter_map(|line| line.split_once(':'));
    lines.find(|(name, _)| name.eq_ignore_ascii_case(wanted)).map(|(_, value)| value.trim())
}

/// The body, and how long it is with its sizes and line ends. Trailers are not known here.
fn unchunked(input: &[u8]) -> Option<(Vec<u8>, usize)> {
    let mut body = Vec::new();
    let mut at = 0;
    loop {
        let line = input[at..].windows(2).position(|w| w == b"\r\n")?;
        let size = std::str::from_utf8(&input[at..at + line]).ok()?;
        let size = usize::from_str_radix(size.trim(), 16).ok()?;
        let from = at + line + 2;
        body.extend_from_slice(input.get(from..from + size)?);
        at = from + size + 2;
        // The line end too must be there.
        input.get(at - 2..at)?;
        if size == 0 {
            return Some((body, at));
        }
    }
}
