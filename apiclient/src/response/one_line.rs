//! Text of a server in one line that is safe to print.

/// Without control and format characters, white space collapsed, trimmed, and `…` after `most` characters.
pub(crate) fn one_line(text: &str, most: usize) -> String {
    let mut out = String::new();
    let (mut length, mut gap) = (0, false);
    for c in text.chars() {
        if is_blank(c) {
            gap = length > 0;
            continue;
        }
        if length + usize::from(gap) >= most {
            out.push('…');
            break;
        }
        if std::mem::take(&mut gap) {
            out.push(' ');
            length += 1;
        }
        out.push(c);
        length += 1;
    }
    out
}

/// What would break the line, move the cursor, turn the direction of the text, or stand there unseen.
fn is_blank(c: char) -> bool {
    c.is_whitespace()
        || c.is_control()
        || matches!(
            c,
            '\u{ad}' | '\u{34f}' | '\u{61c}' | '\u{115f}' | '\u{1160}' | '\u{180e}' | '\u{200b}'..='\u{200f}'
        )
        || matches!(c, '\u{202a}'..='\u{202e}' | '\u{2060}'..='\u{206f}' | '\u{feff}' | '\u{fff9}'..='\u{fffb}')
        || matches!(c, '\u{e0000}'..='\u{e007f}')
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn one_clean_line() {
        for (text, line) in [
            ("", ""),
            (" \r\n\t\0 ", ""),
            ("  a \r\n b\t", "a b"),
            ("a\u{1b}[31mb", "a [31mb"),
            ("a\u{202e}b\u{200b}\u{feff}c\u{2028}d\u{85}e", "a b c d e"),
            ("ü€😀", "ü€😀"),
            ("1234567890", "1234567890"),
            ("1234567890 ", "1234567890"),
            ("12345678901", "1234567890…"),
            ("123456789 x", "123456789…"),
            ("12345678 x", "12345678 x"),
        ] {
            assert_eq!(one_line(text, 10), line, "{text:?}");
        }
    }
}
