//! Structured fields (RFC 9651): lists and dictionaries, all of which is checked, and of whose values those are kept that a
//! field of ours has. A field that is malformed anywhere is malformed as a whole.

use super::words::Words;
use base64::{
    Engine as _,
    engine::{DecodePaddingMode, GeneralPurpose, GeneralPurposeConfig},
};
use http::{HeaderMap, HeaderName};

/// What RFC 9651 asks to be read at least.
const MOST_MEMBERS: usize = 1024;
const MOST_PARAMS: usize = 256;

/// RFC 9651, section 4.2.7: tolerant of what encoders forget.
const BASE64: GeneralPurpose = GeneralPurpose::new(
    &base64::alphabet::STANDARD,
    GeneralPurposeConfig::new()
        .with_decode_padding_mode(DecodePaddingMode::Indifferent)
        .with_decode_allow_trailing_bits(true),
);

/// A value without its parameters.
#[derive(Debug, Clone, PartialEq)]
pub(super) enum Bare {
    Integer(i64),
    Text(String),
    Bytes(Vec<u8>),
    /// A decimal, a token, a boolean, a date, a display string, or a list within the list.
    Other,
}

#[derive(Debug, Clone, PartialEq)]
pub(super) struct Item {
    pub(super) value: Bare,
    params: Vec<(String, Bare)>,
}

impl Item {
    /// Of several parameters of a name the last counts.
    pub(super) fn param(&self, name: &str) -> Option<&Bare> {
        self.params.iter().rfind(|(known, _)| known == name).map(|(_, value)| value)
    }
}

/// The field as it is without line breaks; `None` where it is absent, or no ASCII.
pub(super) fn joined(headers: &HeaderMap, name: &HeaderName) -> Option<String> {
    let lines: Option<Vec<_>> = headers.get_all(name).iter().map(|value| value.to_str().ok()).collect();
    lines.filter(|lines| !lines.is_empty()).map(|lines| lines.join(", "))
}

pub(super) fn list(text: &str) -> Option<Vec<Item>> {
    members(text, member)
}

/// Of several members of a name the last counts.
pub(super) fn dictionary(text: &str) -> Option<Vec<(String, Item)>> {
    members(text, |words| {
        let name = key(words)?;
        let item = match words.eat('=') {
            true => member(words)?,
            false => Item { value: Bare::Other, params: params(words)? },
        };
        Some((name, item))
    })
}

fn members<'a, T>(text: &'a str, mut read: impl FnMut(&mut Words<'a>) -> Option<T>) -> Option<Vec<T>> {
    let mut words = Words(text.trim_matches(' '));
    let mut out = Vec::new();
    while !words.is_over() {
        out.push(read(&mut words)?);
        words.skip_space();
        if words.is_over() {
            break;
        }
        words.eat(',').then_some(())?;
        words.skip_space();
        (!words.is_over() && out.len() < MOST_MEMBERS).then_some(())?;
    }
    Some(out)
}

fn member(words: &mut Words<'_>) -> Option<Item> {
    if !words.eat('(') {
        return item(words);
    }
    loop {
        skip_blanks(words);
        if words.eat(')') {
            return Some(Item { value: Bare::Other, params: params(words)? });
        }
        item(words)?;
        words.0.starts_with([' ', ')']).then_some(())?;
    }
}

fn item(words: &mut Words<'_>) -> Option<Item> {
    Some(Item { value: bare(words)?, params: params(words)? })
}

fn params(words: &mut Words<'_>) -> Option<Vec<(String, Bare)>> {
    let mut out = Vec::new();
    while words.eat(';') {
        skip_blanks(words);
        let name = key(words)?;
        let value = if words.eat('=') { bare(words)? } else { Bare::Other };
        (out.len() < MOST_PARAMS).then(|| out.push((name, value)))?;
    }
    Some(out)
}

fn skip_blanks(words: &mut Words<'_>) {
    words.until(|c| c != ' ');
}

fn key(words: &mut Words<'_>) -> Option<String> {
    words.0.starts_with(|c: char| c.is_ascii_lowercase() || c == '*').then_some(())?;
    let is_inside = |c: char| c.is_ascii_lowercase() || c.is_ascii_digit() || "_-.*".contains(c);
    Some(words.until(|c| !is_inside(c)).to_owned())
}

fn bare(words: &mut Words<'_>) -> Option<Bare> {
    match words.0.chars().next()? {
        '-' | '0'..='9' => number(words),
        '"' => string(words).map(Bare::Text),
        ':' => bytes(words).map(Bare::Bytes),
        '?' => boolean(words),
        '@' => date(words),
        '%' => display_string(words),
        c if c.is_ascii_alphabetic() || c == '*' => {
            words.until(|c| !(c.is_ascii_alphanumeric() || "!#$%&'*+-.^_`|~:/".contains(c)));
            Some(Bare::Other)
        }
        _ => None,
    }
}

/// At most 15 digits, or 12 and 3 behind the point.
fn number(words: &mut Words<'_>) -> Option<Bare> {
    let is_negative = words.eat('-');
    let digits = words.until(|c| !c.is_ascii_digit());
    if words.eat('.') {
        let fraction = words.until(|c| !c.is_ascii_digit());
        let fits = (1..=12).contains(&digits.len()) && (1..=3).contains(&fraction.len());
        return fits.then_some(Bare::Other);
    }
    let number: i64 = Some(digits).filter(|digits| digits.len() <= 15)?.parse().ok()?;
    Some(Bare::Integer(if is_negative { -number } else { number }))
}

/// Printable ASCII, in which only quotes and backslashes are escaped.
fn string(words: &mut Words<'_>) -> Option<String> {
    let mut out = String::new();
    words.eat('"').then_some(())?;
    loop {
        out.push_str(words.until(|c| matches!(c, '"' | '\\') || !matches!(c, ' '..='~')));
        if words.eat('"') {
            return Some(out);
        }
        words.eat('\\').then_some(())?;
        let escaped = words.0.chars().next().filter(|c| matches!(c, '"' | '\\'))?;
        words.eat(escaped);
        out.push(escaped);
    }
}

fn bytes(words: &mut Words<'_>) -> Option<Vec<u8>> {
    words.eat(':').then_some(())?;
    let inner = words.until(|c| c == ':');
    words.eat(':').then_some(())?;
    BASE64.decode(inner).ok()
}

fn boolean(words: &mut Words<'_>) -> Option<Bare> {
    words.eat('?').then_some(())?;
    (words.eat('0') || words.eat('1')).then_some(Bare::Other)
}

fn date(words: &mut Words<'_>) -> Option<Bare> {
    words.eat('@').then_some(())?;
    matches!(number(words)?, Bare::Integer(_)).then_some(Bare::Other)
}

/// `%"f%c3%bc"`: printable ASCII and percent-encoded UTF-8, in lower case.
fn display_string(words: &mut Words<'_>) -> Option<Bare> {
    (words.eat('%') && words.eat('"')).then_some(())?;
    let mut out = Vec::new();
    loop {
        out.extend_from_slice(words.until(|c| matches!(c, '"' | '%') || !matches!(c, ' '..='~')).as_bytes());
        if words.eat('"') {
            return String::from_utf8(out).is_ok().then_some(Bare::Other);
        }
        words.eat('%').then_some(())?;
        let (digits, rest) = words.0.split_at_checked(2)?;
        let is_hex = digits.bytes().all(|b| matches!(b, b'0'..=b'9' | b'a'..=b'f'));
        out.push(u8::from_str_radix(digits, 16).ok().filter(|_| is_hex)?);
        words.0 = rest;
    }
}

#[cfg(test)]
mod tests {
    use super::{super::headers, *};
    use serde_json::Value;
    use std::{env, fs, path::PathBuf};

    fn one(text: &str) -> Option<Item> {
        let mut words = Words(text.trim_matches(' '));
        let item = item(&mut words)?;
        words.is_over().then_some(item)
    }

    /// As the corpus of the HTTP working group has it: the value, and pairs of parameters of which the last counts.
    fn is(found: &Item, expected: &Value) -> bool {
        let params = expected[1].as_array().unwrap();
        is_bare(&found.value, &expected[0])
            && found.params.iter().all(|(name, _)| params.iter().any(|pair| pair[0] == **name))
            && params
                .iter()
                .all(|pair| found.param(pair[0].as_str().unwrap()).is_some_and(|v| is_bare(v, &pair[1])))
    }

    fn is_bare(found: &Bare, expected: &Value) -> bool {
        match found {
            Bare::Integer(number) => expected.as_i64() == Some(*number),
            Bare::Text(text) => expected.as_str() == Some(text),
            Bare::Bytes(bytes) => expected["__type"] == "binary" && expected["value"] == base32(bytes),
            Bare::Other => !(expected.is_i64() || expected.is_string() || expected["__type"] == "binary"),
        }
    }

    fn base32(bytes: &[u8]) -> String {
        let bit = |i: usize| bytes.get(i / 8).map_or(0, |byte| byte >> (7 - i % 8) & 1);
        let digit = |i: usize| (0..5).fold(0, |sum, j| 2 * sum + usize::from(bit(5 * i + j)));
        let digits = (8 * bytes.len()).div_ceil(5);
        let text = (0..digits).map(|i| char::from(b"ABCDEFGHIJKLMNOPQRSTUVWXYZ234567"[digit(i)]));
        text.chain(std::iter::repeat_n('=', digits.next_multiple_of(8) - digits)).collect()
    }

    fn judge(case: &Value) -> bool {
        let raw: Vec<_> = case["raw"].as_array().unwrap().iter().map(|line| line.as_str().unwrap()).collect();
        let (text, expected) = (raw.join(", "), &case["expected"]);
        let may_fail = case["can_fail"] == true || case["must_fail"] == true;
        let must_fail = case["must_fail"] == true;
        match case["header_type"].as_str().unwrap() {
            "item" => one(&text).map_or(may_fail, |item| !must_fail && is(&item, expected)),
            "list" => list(&text).map_or(may_fail, |items| {
                let expected = expected.as_array().map_or(&[][..], Vec::as_slice);
                !must_fail
                    && items.len() == expected.len()
                    && items.iter().zip(expected).all(|(i, e)| is(i, e))
            }),
            "dictionary" => dictionary(&text).map_or(may_fail, |members| {
                let expected = expected.as_array().map_or(&[][..], Vec::as_slice);
                let last = |name: &Value| members.iter().rfind(|(known, _)| *name == **known);
                !must_fail
                    && members.iter().all(|(name, _)| expected.iter().any(|pair| pair[0] == **name))
                    && expected.iter().all(|pair| last(&pair[0]).is_some_and(|(_, item)| is(item, &pair[1])))
            }),
            other => panic!("unknown type {other}"),
        }
    }

    /// The test data of the HTTP working group, where it is: see `APICLIENT_CORPORA`.
    #[test]
    fn the_corpus_of_structured_fields() {
        let beside = || PathBuf::from(concat!(env!("CARGO_MANIFEST_DIR"), "/../../shared/corpora"));
        let folder = env::var_os("APICLIENT_CORPORA").map_or_else(beside, PathBuf::from);
        let Ok(files) = fs::read_dir(folder.join("headers/structured-fields")) else {
            assert!(
                env::var("APICLIENT_REQUIRE").as_deref() != Ok("1"),
                "the corpus is required and not there"
            );
            return;
        };
        let files = files
            .map(|file| file.unwrap().path())
            .filter(|path| path.extension().is_some_and(|e| e == "json"));
        let cases =
            files.flat_map(|path| serde_json::from_slice::<Vec<Value>>(&fs::read(path).unwrap()).unwrap());
        let (right, wrong): (Vec<_>, Vec<_>) = cases.partition(judge);
        let wrong: Vec<_> = wrong.iter().map(|case| format!("{}: {}", case["name"], case["raw"])).collect();
        assert!(wrong.is_empty(), "{wrong:#?}");
        assert!(right.len() > 200, "{}", right.len());
    }

    #[test]
    fn values_are_kept_as_far_as_they_are_ours() {
        let items =
            list(r#""a\"b";x=1;y;x=-2, 999999999999999, :aGVsbG8=: ,tok/en:1, ("a" b);z=1.5"#).unwrap();
        let values: Vec<_> = items.iter().map(|item| &item.value).collect();
        let number = Bare::Integer(999_999_999_999_999);
        let (text, bytes) = (Bare::Text("a\"b".into()), Bare::Bytes(b"hello".into()));
        assert_eq!(values, [&text, &number, &bytes, &Bare::Other, &Bare::Other]);
        assert_eq!(items[0].param("x"), Some(&Bare::Integer(-2)), "the last one");
        assert_eq!((items[0].param("y"), items[0].param("z")), (Some(&Bare::Other), None));
    }

    #[test]
    fn what_is_no_structured_field() {
        for text in [
            "a,",
            ",a",
            "a b",
            "\"a",
            "\"\u{fc}\"",
            "1000000000000000",
            "-",
            "1.",
            "1.2345",
            "a;B",
            "a;=1",
            "(a",
            "(a)b",
            "?2",
            "@1.5",
            ":a",
            "é",
        ] {
            assert_eq!(list(text), None, "{text}");
        }
        assert_eq!(list(" "), Some(vec![]));
        assert_eq!(joined(&headers(&[("a", "1"), ("a", "\u{fc}")]), &HeaderName::from_static("a")), None);
        let lines = headers(&[("a", "1"), ("a", ""), ("a", "2")]);
        assert_eq!(joined(&lines, &HeaderName::from_static("a")).as_deref(), Some("1, , 2"));
    }

    /// Were any of it quadratic, it would not end in our time.
    #[test]
    fn too_much_is_malformed() {
        assert_eq!(list(&vec!["a"; 1024].join(",")).map(|items| items.len()), Some(1024));
        assert_eq!(list(&vec!["a"; 10_000].join(",")), None);
        assert_eq!(list(&format!("a{}", ";b".repeat(256))).map(|items| items[0].params.len()), Some(256));
        assert_eq!(list(&format!("a{}", ";b".repeat(257))), None);
        for piece in ["a,", "a;b;", "(", "\"\\\"", "(a ", " ", "1", "%\"%c3", ":", "a=1,"] {
            let text = piece.repeat((1 << 20) / piece.len());
            assert!(list(&text).is_none_or(|items| items.is_empty()), "{piece}");
            assert!(dictionary(&text).is_none_or(|items| items.is_empty()), "{piece}");
        }
    }
}
