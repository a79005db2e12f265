//! Parameters in other alphabets: `title*=UTF-8'de'n%c3%a4chstes` (RFC 8187).

/// The text; `None` in another encoding than UTF-8, and for what is none.
pub(super) fn ext_value(value: &str) -> Option<String> {
    let (charset, rest) = value.split_once('\'')?;
    let (_, encoded) = rest.split_once('\'')?;
    charset.eq_ignore_ascii_case("utf-8").then_some(())?;
    let mut out = Vec::with_capacity(encoded.len());
    let mut bytes = encoded.bytes();
    while let Some(byte) = bytes.next() {
        match byte {
            b'%' => out.push(16 * digit(bytes.next()?)? + digit(bytes.next()?)?),
            _ => out.push(byte),
        }
    }
    String::from_utf8(out).ok()
}

fn digit(byte: u8) -> Option<u8> {
    char::from(byte).to_digit(16).and_then(|digit| u8::try_from(digit).ok())
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn only_whole_utf_8_is_text() {
        for (value, text) in [
            ("UTF-8'de'letztes%20Kapitel", Some("letztes Kapitel")),
            ("utf-8''n%c3%A4chstes", Some("n\u{e4}chstes")),
            ("UTF-8''", Some("")),
            ("UTF-8''a'b", Some("a'b")),
            ("UTF-8'x", None),
            ("x", None),
            ("", None),
            ("UTF-8''%", None),
            ("UTF-8''%c", None),
            ("UTF-8''%+1", None),
            ("UTF-8''%ff", None),
            ("iso-8859-1''%e4", None),
        ] {
            assert_eq!(ext_value(value).as_deref(), text, "{value}");
        }
    }
}
