//! JSON pointers (RFC 6901): a value within a text, in one pass and without a tree. What is deeper than the pointer is
//! skipped by `serde_json` without recursion.

use super::without_bom;
use serde::{
    Deserialize, Deserializer,
    de::{self, DeserializeOwned, DeserializeSeed, IgnoredAny, MapAccess, SeqAccess, Visitor},
};
use serde_json::value::RawValue;
use std::{borrow::Cow, cell::Cell, fmt, marker::PhantomData};

/// The raw text of the value at a pointer; `""` is all of it. Of a key that stands twice the first counts. What follows the
/// value need not be JSON: an error's body can be cut off.
pub(crate) fn find<'a>(json: &'a [u8], pointer: &str) -> Option<&'a str> {
    let mut found: Option<&RawValue> = None;
    let mut json = serde_json::Deserializer::from_slice(without_bom(json));
    let at = At { pointer, first: true, found: &mut found };
    let _ = at.deserialize(&mut json);
    found.map(RawValue::get)
}

/// The value at a pointer, read in one pass; `None` if nothing is there.
pub(crate) fn read_within<T: DeserializeOwned>(
    json: &[u8],
    pointer: &str,
) -> Result<Option<T>, serde_json::Error> {
    let mut found = None;
    let mut json = serde_json::Deserializer::from_slice(without_bom(json));
    At { pointer, first: false, found: &mut found }.deserialize(&mut json)?;
    json.end()?;
    Ok(found)
}

/// Puts the value at the pointer into `found`.
struct At<'p, T> {
    pointer: &'p str,
    /// Of two values the first is taken, and there is no error.
    first: bool,
    found: &'p mut Option<T>,
}

impl<'de, T: Deserialize<'de>> DeserializeSeed<'de> for At<'_, T> {
    type Value = ();

    fn deserialize<D: Deserializer<'de>>(self, deserializer: D) -> Result<(), D::Error> {
        if self.pointer.is_empty() {
            *self.found = Some(T::deserialize(deserializer)?);
            return Ok(());
        }
        deserializer.deserialize_any(self)
    }
}

impl<'de, T: Deserialize<'de>> Visitor<'de> for At<'_, T> {
    type Value = ();

    fn expecting(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str("JSON")
    }

    fn visit_map<A: MapAccess<'de>>(self, mut map: A) -> Result<(), A::Error> {
        let (token, rest) = split(self.pointer);
        let mut met = false;
        while let Some(is_it) = map.next_key_seed(Is(&token))? {
            match (is_it, met) {
                (true, true) if !self.first => return Err(de::Error::custom(DUPLICATE)),
                (true, false) => {
                    met = true;
                    map.next_value_seed(At { pointer: rest, first: self.first, found: &mut *self.found })?;
                }
                _ => drop(map.next_value::<IgnoredAny>()?),
            }
        }
        Ok(())
    }

    fn visit_seq<A: SeqAccess<'de>>(self, mut seq: A) -> Result<(), A::Error> {
        let (token, rest) = split(self.pointer);
        for _ in 0..index(&token).unwrap_or(usize::MAX) {
            if seq.next_element::<IgnoredAny>()?.is_none() {
                return Ok(());
            }
        }
        seq.next_element_seed(At { pointer: rest, first: self.first, found: self.found })?;
        while seq.next_element::<IgnoredAny>()?.is_some() {}
        Ok(())
    }

    fn visit_bool<E>(self, _: bool) -> Result<(), E> {
        Ok(())
    }
    fn visit_i64<E>(self, _: i64) -> Result<(), E> {
        Ok(())
    }
    fn visit_u64<E>(self, _: u64) -> Result<(), E> {
        Ok(())
    }
    fn visit_f64<E>(self, _: f64) -> Result<(), E> {
        Ok(())
    }
    fn visit_str<E>(self, _: &str) -> Result<(), E> {
        Ok(())
    }
    fn visit_unit<E>(self) -> Result<(), E> {
        Ok(())
    }
}

pub(crate) const DUPLICATE: &str = "a key on the way to the value stands twice";

/// The first token, unescaped, and what follows it.
fn split(pointer: &str) -> (Cow<'_, str>, &str) {
    let pointer = pointer.strip_prefix('/').unwrap_or(pointer);
    let (token, rest) = pointer.split_at(pointer.find('/').unwrap_or(pointer.len()));
    match token.contains('~') {
        true => (token.replace("~1", "/").replace("~0", "~").into(), rest),
        false => (token.into(), rest),
    }
}

/// RFC 6901, section 4: digits without a zero in front.
fn index(token: &str) -> Option<usize> {
    let plain = token == "0" || !token.starts_with('0');
    token.parse().ok().filter(|_| plain && token.bytes().all(|b| b.is_ascii_digit()))
}

/// Whether a key is the one that is looked for.
struct Is<'t>(&'t str);

impl<'de> DeserializeSeed<'de> for Is<'_> {
    type Value = bool;

    fn deserialize<D: Deserializer<'de>>(self, deserializer: D) -> Result<bool, D::Error> {
        // As bytes: a key with half of a surrogate pair is refused as a text.
        deserializer.deserialize_bytes(self)
    }
}

impl Visitor<'_> for Is<'_> {
    type Value = bool;

    fn expecting(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str("a key")
    }

    fn visit_str<E>(self, key: &str) -> Result<bool, E> {
        Ok(key == self.0)
    }
    fn visit_bytes<E>(self, key: &[u8]) -> Result<bool, E> {
        Ok(key == self.0.as_bytes())
    }
}

/// Whether the type reads nothing: `()`.
pub(crate) fn is_unit<T: DeserializeOwned>() -> bool {
    let asked = Cell::new(false);
    T::deserialize(Nothing { option: false, asked: &asked }).is_ok() && asked.get()
}

/// The value for what is not there, of a type that has one: `None`, `()`.
pub(crate) fn missing<T: DeserializeOwned>() -> Option<T> {
    let asked = Cell::new(false);
    T::deserialize(Nothing { option: true, asked: &asked }).ok().filter(|_| asked.get())
}

/// A deserializer of nothing: what a type does with it says what the type is.
struct Nothing<'a> {
    option: bool,
    /// It was asked for what it has. A type that takes a default for an error asks for something else.
    asked: &'a Cell<bool>,
}

/// An error that costs nothing.
#[derive(Debug)]
struct No(PhantomData<()>);

impl fmt::Display for No {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str("nothing is there")
    }
}

impl std::error::Error for No {}

impl de::Error for No {
    fn custom<T: fmt::Display>(_: T) -> Self {
        No(PhantomData)
    }
}

impl<'de> Deserializer<'de> for Nothing<'_> {
    type Error = No;

    fn deserialize_any<V: Visitor<'de>>(self, _: V) -> Result<V::Value, No> {
        Err(No(PhantomData))
    }
    fn deserialize_option<V: Visitor<'de>>(self, visitor: V) -> Result<V::Value, No> {
        self.asked.set(self.option);
        if self.option { visitor.visit_none() } else { Err(No(PhantomData)) }
    }
    fn deserialize_unit<V: Visitor<'de>>(self, visitor: V) -> Result<V::Value, No> {
        self.asked.set(true);
        visitor.visit_unit()
    }
    fn deserialize_unit_struct<V: Visitor<'de>>(self, _: &'static str, visitor: V) -> Result<V::Value, No> {
        self.asked.set(true);
        visitor.visit_unit()
    }
    fn deserialize_newtype_struct<V: Visitor<'de>>(
        self,
        _: &'static str,
        visitor: V,
    ) -> Result<V::Value, No> {
        visitor.visit_newtype_struct(self)
    }
    serde::forward_to_deserialize_any! {
        bool i8 i16 i32 i64 i128 u8 u16 u32 u64 u128 f32 f64 char str string bytes byte_buf seq tuple tuple_struct map struct
        enum identifier ignored_any
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    const DOCUMENT: &str = r#"{
        "a": {"b": [1, {"c": "x"}], "": 7, "m~n": 8, "a/b": 9, "\u00e9": 10},
        "twice": 1, "twice": 2, "n": null
    }"#;

    #[test]
    fn pointers_lead_to_values() {
        for (pointer, expected) in [
            ("/a/b/0", Some("1")),
            ("/a/b/1/c", Some("\"x\"")),
            ("/a/b/1", Some("{\"c\": \"x\"}")),
            ("/a/b/2", None),
            ("/a/b/01", None),
            ("/a/b/-", None),
            ("/a/b/x", None),
            ("/a/b/+1", None),
            ("/a/", Some("7")),
            ("/a/m~0n", Some("8")),
            ("/a/a~1b", Some("9")),
            ("/a/é", Some("10")),
            ("/twice", Some("1")),
            ("/n", Some("null")),
            ("/n/x", None),
            ("/a/b/0/x", None),
            ("/x", None),
        ] {
            assert_eq!(find(DOCUMENT.as_bytes(), pointer), expected, "{pointer}");
        }
        assert_eq!(find(b"[1]", ""), Some("[1]"));
        assert_eq!(find(b"\xef\xbb\xbf{\"a\":1}", "/a"), Some("1"));
        assert_eq!(
            find(b"{\"a\":\"x\",\"b\":\"cut of", "/a"),
            Some("\"x\""),
            "what follows is not asked for"
        );
        for broken in ["", "{", "{\"a\"", "{\"a\":", "\u{0}", "{\"a\":x}", "5"] {
            assert_eq!(find(broken.as_bytes(), "/a"), None, "{broken}");
        }
        assert_eq!(find(b"{\"\\ud800\":1,\"a\":2}", "/a"), Some("2"));
        assert_eq!(find(b"{\"b\":1e400,\"c\":\"\\ud800\",\"a\":2}", "/a"), Some("2"));
    }

    #[test]
    fn a_value_is_read_where_it_stands() {
        let read = |pointer| read_within::<u8>(DOCUMENT.as_bytes(), pointer).map_err(|e| e.to_string());
        assert_eq!(read("/a/b/0"), Ok(Some(1)));
        assert_eq!(read("/x"), Ok(None));
        assert!(read("/twice").unwrap_err().starts_with(DUPLICATE));
        assert!(read("/a/b/1/c").unwrap_err().starts_with("invalid type: string"), "with line and column");
        assert!(read_within::<u8>(b"{\"a\":1} x", "/a").is_err(), "nothing stands behind the document");
        assert!(read_within::<u8>(b"{\"a\":1", "/a").is_err());
        let big: Option<u128> =
            read_within(b"{\"a\":{\"n\":340282366920938463463374607431768211455}}", "/a/n").unwrap();
        assert_eq!(big, Some(u128::MAX));
    }

    #[test]
    fn deep_values_are_skipped_and_refused_without_a_stack() {
        let deep = "[".repeat(100_000) + &"]".repeat(100_000);
        let json = format!("{{\"skipped\":{deep},\"a\":1,\"deep\":{deep}}}");
        assert_eq!(find(json.as_bytes(), "/a"), Some("1"));
        assert_eq!(find(json.as_bytes(), "/deep").map(str::len), Some(200_000));
        assert!(read_within::<serde_json::Value>(json.as_bytes(), "/deep").is_err());
        let open = "{\"a\":".repeat(100_000);
        assert_eq!(find(open.as_bytes(), &"/a".repeat(50)), None);
    }

    #[test]
    fn types_say_whether_they_can_be_nothing() {
        assert!(is_unit::<()>() && !is_unit::<Option<()>>() && !is_unit::<u8>() && !is_unit::<String>());
        assert_eq!(missing::<Option<u8>>(), Some(None));
        assert_eq!(missing::<()>(), Some(()));
        assert_eq!(missing::<Vec<u8>>(), None);
    }
}
