//! Where in a JSON document a decode error happened.
//!
//! `serde_json` knows line and column only. A deserializer that tracks the path (`serde_path_to_error`) would have to be
//! compiled for every response type; this reads the document once more, only after a failure, and is compiled once.

enum Frame {
    Object { key: Option<String> },
    Array { index: usize },
}

/// The path of the value that ends (or begins) at line and column, as `serde_json` counts them: `items[3].id`.
pub(crate) fn at(json: &[u8], line: usize, column: usize) -> String {
    let mut stack = Vec::new();
    scan(&json[..offset(json, line, column)], &mut stack);
    print(&stack)
}

/// Lines from 1, columns in bytes.
fn offset(json: &[u8], line: usize, column: usize) -> usize {
    let breaks = json.iter().enumerate().filter(|(_, b)| **b == b'\n').map(|(at, _)| at + 1);
    let start = std::iter::once(0).chain(breaks).nth(line.saturating_sub(1)).unwrap_or(json.len());
    start.saturating_add(column).min(json.len())
}

fn scan(json: &[u8], stack: &mut Vec<Frame>) {
    let mut at = 0;
    let mut key_next = false;
    while let Some(byte) = json.get(at) {
        at += 1;
        match byte {
            b'{' => {
                stack.push(Frame::Object { key: None });
                key_next = true;
            }
            b'[' => {
                stack.push(Frame::Array { index: 0 });
                key_next = false;
            }
            b'}' | b']' => {
                stack.pop();
                key_next = false;
            }
            b',' => match stack.last_mut() {
                Some(Frame::Array { index }) => *index += 1,
                Some(Frame::Object { key }) => {
                    *key = None;
                    key_next = true;
                }
                None => {}
            },
            b':' => key_next = false,
            b'"' => {
                let end = string_end(json, at);
                // A key that is cut off is none.
                if let (true, Some(Frame::Object { key })) = (key_next && end < json.len(), stack.last_mut())
                {
                    *key = Some(String::from_utf8_lossy(&json[at..end]).into_owned());
                }
                at = end + 1;
            }
            _ => {}
        }
    }
}

/// The index of the closing quote, or the end of the text.
fn string_end(json: &[u8], from: usize) -> usize {
    let mut at = from;
    while let Some(byte) = json.get(at) {
        match byte {
            b'"' => return at,
            b'\\' => at += 2,
            _ => at += 1,
        }
    }
    json.len()
}

/// How long a path is shown, or little more: a body can nest as deep as it is long.
const LONGEST: usize = 160;

/// A key that is no plain name may be data, and data is not printed.
fn print(stack: &[Frame]) -> String {
    let plain = |key: &str| {
        key.len() <= 32
            && !(key.len() > 12 && key.bytes().any(|b| b.is_ascii_digit()))
            && key.bytes().all(|b| b.is_ascii_alphanumeric() || b == b'_')
    };
    let mut path = String::new();
    for frame in stack {
        if path.len() > LONGEST {
            path.push('…');
            break;
        }
        match frame {
            Frame::Array { index } => path.extend(["[", &index.to_string(), "]"]),
            Frame::Object { key: Some(key) } => {
                path.push_str(if path.is_empty() { "" } else { "." });
                path.push_str(if plain(key) { key } else { "…" });
            }
            Frame::Object { key: None } => {}
        }
    }
    path
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn the_path_leads_to_the_value() {
        for (json, line, column, path) in [
            (r#"{"a":"x"}"#, 1, 8, "a"),
            (r#"{"a":{"b":[1,{"c":2}]}}"#, 1, 19, "a.b[1].c"),
            (r#"{"a":[]}"#, 1, 7, "a"),
            (r#"{"a\"}":[1,2]}"#, 1, 11, "…[1]"),
            ("{\n \"a\": 1,\n \"b\": \"x\"}", 3, 9, "b"),
            ("[[],[1]]", 1, 6, "[1][0]"),
            ("", 1, 0, ""),
            ("{}", 9, 9, ""),
            (r#"{"a":1,"#, 1, 7, ""),
            ("\"\\", 1, 2, ""),
            ("{\"a", 1, 3, ""),
            ("]]}}", 1, 4, ""),
        ] {
            assert_eq!(at(json.as_bytes(), line, column), path, "{json}");
        }
    }

    #[test]
    fn a_path_is_short() {
        let deep = "[".repeat(100_000);
        assert_eq!(at(deep.as_bytes(), 1, deep.len()), "[0]".repeat(54) + "…");
        assert_eq!(at(deep.as_bytes(), 1, 54), "[0]".repeat(54), "and whole as long as it is");
    }
}
