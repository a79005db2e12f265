//! The title of an HTML page: what a proxy or a login page says in one line.

/// The text of the first `<title>`, entities decoded. One pass, whatever the page is.
pub(super) fn title(page: &str) -> Option<String> {
    let text = &page[opened(page)?..];
    // The element holds no other, so the first tag ends it; a page that is cut off has what is there.
    let end = text.find("</").unwrap_or(text.len());
    Some(decoded(&text[..end]))
}

/// Behind the opening tag. Only the first is looked at: to go on after one that never ends would take quadratic time.
fn opened(page: &str) -> Option<usize> {
    let bytes = page.as_bytes();
    let is_title = |at: usize| {
        let name = bytes.get(at + 1..at + 6).unwrap_or_default();
        let after = bytes.get(at + 6).is_some_and(|b| *b == b'>' || b.is_ascii_whitespace());
        name.eq_ignore_ascii_case(b"title") && after
    };
    let at = page.match_indices('<').map(|(at, _)| at).find(|at| is_title(*at))?;
    tag_end(page, at + 6)
}

/// Behind the `>` that is in no attribute's value.
fn tag_end(page: &str, from: usize) -> Option<usize> {
    let mut quote = None;
    for (at, byte) in page.bytes().enumerate().skip(from) {
        match (byte, quote) {
            (b'>', None) => return Some(at + 1),
            (b'"' | b'\'', None) => quote = Some(byte),
            (byte, Some(open)) if byte == open => quote = None,
            _ => {}
        }
    }
    None
}

/// The entities that a title has in practice, each once: `&amp;lt;` is `&lt;`.
fn decoded(text: &str) -> String {
    const ENTITIES: [(&str, &str); 9] = [
        ("&amp;", "&"),
        ("&lt;", "<"),
        ("&gt;", ">"),
        ("&quot;", "\""),
        ("&#39;", "'"),
        ("&#x27;", "'"),
        ("&apos;", "'"),
        ("&nbsp;", " "),
        ("&#160;", " "),
    ];
    let mut out = String::new();
    let mut rest = text;
    while let Some(at) = rest.find('&') {
        out.push_str(&rest[..at]);
        rest = &rest[at..];
        let known = ENTITIES.iter().find(|(name, _)| rest.starts_with(name));
        let (name, character) = known.unwrap_or(&("&", "&"));
        out.push_str(character);
        rest = &rest[name.len()..];
    }
    out + rest
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn titles() {
        for (page, said) in [
            ("<html><head><title>502 Bad Gateway</title></head>", Some("502 Bad Gateway")),
            ("<TITLE data-a='>' lang=\"a>b\">a</TITLE>", Some("a")),
            ("<title\n>a &amp;lt; &lt;b&gt; &quot;&#39;&nbsp;&x;&</title>", Some("a &lt; <b> \"' &x;&")),
            ("<titles>x</titles><title>y</title>", Some("y")),
            ("<title>cut o", Some("cut o")),
            ("<title></title>", Some("")),
            ("<title", None),
            ("<title lang=\"", None),
            ("<h1>none</h1>", None),
            ("<tïtle>x</tïtle>", None),
            ("", None),
        ] {
            assert_eq!(title(page).as_deref(), said, "{page}");
        }
    }
}
