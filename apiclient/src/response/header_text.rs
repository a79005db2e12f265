//! Headers as types: a small `Deserializer` over the lines of one header.

use super::DecodeError;
use crate::answer::Answer;
use http::{HeaderMap, HeaderValue};
use serde::de::{
    self, DeserializeOwned, Deserializer, IntoDeserializer, SeqAccess, Visitor, value::StrDeserializer,
};
use std::{fmt, slice};

/// What can be read from a header: anything with `serde::Deserialize` that is no map.
#[diagnostic::on_unimplemented(
    message = "`{Self}` cannot be read from a header",
    label = "the value of a header is a `{Self}`",
    note = "a header is a `String`, a number, an enum of words, an `Option` of these or a `Vec` of all lines: derive `serde::Deserialize`"
)]
pub trait FromHeader: DeserializeOwned {}

#[diagnostic::do_not_recommend]
impl<T: DeserializeOwned> FromHeader for T {}

/// For `#[derive(FromHeaders)]` and `#[derive(FromStatus)]`.
///
/// # Errors
///
/// If the header is missing, or not of that type.
pub fn answer_header<T: FromHeader>(answer: &Answer, name: &str) -> Result<T, DecodeError> {
    read(answer.headers(), name)
}

/// A header as a type: an `Option` is `None` where it is absent, a list has an element for each line. Lines are not split at
/// commas, which dates have as well.
pub(crate) fn read<T: DeserializeOwned>(headers: &HeaderMap, name: &str) -> Result<T, DecodeError> {
    let lines: Vec<&[u8]> = headers.get_all(name).iter().map(HeaderValue::as_bytes).collect();
    read_lines(lines.first().copied(), &lines)
        .map_err(|why| DecodeError::new(format!("the header `{name}` {why}")))
}

/// The same of any texts of one name: of all of it together for what is no list, of each by itself for a list. The error says
/// what they are not: "is missing".
pub(crate) fn read_lines<T: DeserializeOwned>(whole: Option<&[u8]>, lines: &[&[u8]]) -> Result<T, String> {
    T::deserialize(Lines { whole, lines }).map_err(|Unread(why)| why)
}

/// Why a header is not of a type; never with its value.
#[derive(Debug)]
struct Unread(String);

impl fmt::Display for Unread {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str(&self.0)
    }
}

impl std::error::Error for Unread {}

impl de::Error for Unread {
    // A type's own words may hold the value.
    fn custom<T: fmt::Display>(_: T) -> Self {
        Unread("is not of the type that is asked for".into())
    }
    fn invalid_type(_: de::Unexpected<'_>, expected: &dyn de::Expected) -> Self {
        Unread(format!("is not {expected}"))
    }
}

struct Lines<'a> {
    /// What is read where no list is asked for.
    whole: Option<&'a [u8]>,
    lines: &'a [&'a [u8]],
}

impl<'a> Lines<'a> {
    /// The whole, as text.
    fn text(&self) -> Result<&'a str, Unread> {
        let whole = self.whole.ok_or_else(|| Unread("is missing".into()))?;
        std::str::from_utf8(whole).map_err(|_| Unread("is not UTF-8".into()))
    }

    fn parse<N: std::str::FromStr>(&self, what: &str) -> Result<N, Unread> {
        self.text()?.trim().parse().map_err(|_| Unread(format!("is not {what}")))
    }
}

macro_rules! parsed {
    ($($f:ident $visit:ident $what:literal),* $(,)?) => { $(
        fn $f<V: Visitor<'de>>(self, visitor: V) -> Result<V::Value, Unread> {
            visitor.$visit(self.parse($what)?)
        }
    )* };
}

impl<'de> Deserializer<'de> for Lines<'_> {
    type Error = Unread;

    parsed!(
        deserialize_bool visit_bool "`true` or `false`",
        deserialize_i8 visit_i8 "a whole number",
        deserialize_i16 visit_i16 "a whole number",
        deserialize_i32 visit_i32 "a whole number",
        deserialize_i64 visit_i64 "a whole number",
        deserialize_i128 visit_i128 "a whole number",
        deserialize_u8 visit_u8 "a whole number",
        deserialize_u16 visit_u16 "a whole number",
        deserialize_u32 visit_u32 "a whole number",
        deserialize_u64 visit_u64 "a whole number",
        deserialize_u128 visit_u128 "a whole number",
        deserialize_f32 visit_f32 "a number",
        deserialize_f64 visit_f64 "a number",
        deserialize_char visit_char "one character",
    );

    fn deserialize_any<V: Visitor<'de>>(self, visitor: V) -> Result<V::Value, Unread> {
        visitor.visit_str(self.text()?)
    }
    fn deserialize_bytes<V: Visitor<'de>>(self, visitor: V) -> Result<V::Value, Unread> {
        let whole = self.whole.ok_or_else(|| Unread("is missing".into()))?;
        visitor.visit_bytes(whole)
    }
    fn deserialize_byte_buf<V: Visitor<'de>>(self, visitor: V) -> Result<V::Value, Unread> {
        self.deserialize_bytes(visitor)
    }
    fn deserialize_option<V: Visitor<'de>>(self, visitor: V) -> Result<V::Value, Unread> {
        if self.whole.is_none() { visitor.visit_none() } else { visitor.visit_some(self) }
    }
    fn deserialize_unit<V: Visitor<'de>>(self, visitor: V) -> Result<V::Value, Unread> {
        visitor.visit_unit()
    }
    fn deserialize_unit_struct<V: Visitor<'de>>(
        self,
        _: &'static str,
        visitor: V,
    ) -> Result<V::Value, Unread> {
        visitor.visit_unit()
    }
    fn deserialize_newtype_struct<V: Visitor<'de>>(
        self,
        _: &'static str,
        visitor: V,
    ) -> Result<V::Value, Unread> {
        visitor.visit_newtype_struct(self)
    }
    fn deserialize_seq<V: Visitor<'de>>(self, visitor: V) -> Result<V::Value, Unread> {
        visitor.visit_seq(Each(self.lines.iter()))
    }
    fn deserialize_tuple<V: Visitor<'de>>(self, _: usize, visitor: V) -> Result<V::Value, Unread> {
        self.deserialize_seq(visitor)
    }
    fn deserialize_tuple_struct<V: Visitor<'de>>(
        self,
        _: &'static str,
        _: usize,
        visitor: V,
    ) -> Result<V::Value, Unread> {
        self.deserialize_seq(visitor)
    }
    fn deserialize_enum<V: Visitor<'de>>(
        self,
        _: &'static str,
        _: &'static [&'static str],
        visitor: V,
    ) -> Result<V::Value, Unread> {
        let word: StrDeserializer<'_, Unread> = self.text()?.trim().into_deserializer();
        visitor.visit_enum(word)
    }
    serde::forward_to_deserialize_any! { str string map struct identifier ignored_any }
}

/// One line after the other.
struct Each<'a>(slice::Iter<'a, &'a [u8]>);

impl<'de> SeqAccess<'de> for Each<'_> {
    type Error = Unread;

    fn next_element_seed<T: de::DeserializeSeed<'de>>(
        &mut self,
        seed: T,
    ) -> Result<Option<T::Value>, Unread> {
        let line = self.0.next();
        line.map(|line| seed.deserialize(Lines { whole: Some(line), lines: slice::from_ref(line) }))
            .transpose()
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use bytes::Bytes;
    use serde::Deserialize;

    #[derive(Debug, Deserialize, PartialEq)]
    #[serde(rename_all = "lowercase")]
    enum State {
        Hit,
        Miss,
    }
    #[derive(Debug, Deserialize, PartialEq)]
    struct Tag(String);

    fn headers() -> HeaderMap {
        let mut headers = HeaderMap::new();
        for (name, value) in [
            ("n", &b" 42"[..]),
            ("f", b"0.5"),
            ("b", b"true"),
            ("word", b"hit"),
            ("etag", b"\"abc\""),
            ("many", b"a, b"),
            ("many", b"c"),
            ("raw", b"\xff"),
            ("utf", "ü".as_bytes()),
            ("empty", b""),
        ] {
            headers.append(name, HeaderValue::from_bytes(value).unwrap());
        }
        headers
    }

    fn get<T: DeserializeOwned>(name: &str) -> Result<T, String> {
        read(&headers(), name).map_err(|e| e.to_string())
    }

    #[test]
    fn a_header_is_what_the_type_asks_for() {
        assert_eq!(get("n"), Ok(42_u64));
        assert_eq!(get("N"), Ok(Some(42_i8)));
        assert_eq!(get("f"), Ok(0.5_f32));
        assert_eq!(get("b"), Ok(true));
        assert_eq!(get("word"), Ok(State::Hit));
        assert_eq!(get("etag"), Ok(Tag("\"abc\"".into())));
        assert_eq!(get("many"), Ok("a, b".to_owned()), "the first line");
        assert_eq!(get("many"), Ok(vec!["a, b".to_owned(), "c".into()]));
        assert_eq!(get("raw"), Ok(Bytes::from_static(b"\xff")));
        assert_eq!(get("utf"), Ok("ü".to_owned()));
        assert_eq!(get("empty"), Ok(Some(String::new())));
        assert_eq!(get::<Option<u8>>("absent"), Ok(None));
        assert_eq!(get::<Vec<u8>>("absent"), Ok(vec![]));
        assert_eq!(get::<()>("absent"), Ok(()));
    }

    #[test]
    fn what_does_not_fit_is_said_without_the_value() {
        assert_eq!(get::<u8>("absent").unwrap_err(), "the header `absent` is missing");
        assert_eq!(get::<u8>("etag").unwrap_err(), "the header `etag` is not a whole number");
        assert_eq!(get::<Option<u8>>("empty").unwrap_err(), "the header `empty` is not a whole number");
        assert_eq!(get::<String>("raw").unwrap_err(), "the header `raw` is not UTF-8");
        assert_eq!(get::<char>("etag").unwrap_err(), "the header `etag` is not one character");
        let refused = get::<State>("etag").unwrap_err();
        assert_eq!(refused, "the header `etag` is not of the type that is asked for");
        let map = get::<std::collections::BTreeMap<String, u8>>("etag").unwrap_err();
        assert_eq!(map, "the header `etag` is not a map");
    }
}
