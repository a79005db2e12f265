//! A value as the answer that is read as it: the codecs of `Decode`, the other way round.

use crate::{answer::Reply, endpoint::Endpoint, response::Json};
use http::{HeaderValue, StatusCode, header::CONTENT_TYPE};
use serde::{Serialize, ser::Impossible};
use serde_json::{Value, json};
use std::fmt;

/// The answer of an endpoint that returns this value: a text as text, bytes as bytes, nothing as an empty body, everything else
/// as JSON, in the endpoint's envelope.
pub(super) fn reply(
    value: &(impl Serialize + ?Sized),
    endpoint: Option<&Endpoint>,
) -> Result<Reply, serde_json::Error> {
    let status = success(endpoint);
    let envelope = endpoint.map(Endpoint::enveloped).unwrap_or_default();
    if !envelope.is_empty() {
        return Reply::json(status, &wrap(serde_json::to_value(value)?, envelope));
    }
    match value.serialize(Top) {
        Ok(Raw::Text(text)) => {
            let media_type = HeaderValue::from_static("text/plain; charset=utf-8");
            Ok(Reply::new(status, text).with_header(CONTENT_TYPE, media_type))
        }
        Ok(Raw::Bytes(bytes)) => {
            let media_type = HeaderValue::from_static("application/octet-stream");
            Ok(Reply::new(status, bytes).with_header(CONTENT_TYPE, media_type))
        }
        Ok(Raw::Nothing) => Ok(Reply::new(status, "")),
        Err(Other) => Reply::json(status, value),
    }
}

/// 200, or the first status that is a success of the endpoint.
fn success(endpoint: Option<&Endpoint>) -> u16 {
    let set = endpoint.map(|endpoint| endpoint.successes(None));
    let first = set.filter(|set| !set.contains(StatusCode::OK)).and_then(|set| set.iter().next());
    first.unwrap_or(StatusCode::OK).as_u16()
}

/// Puts a value where a JSON pointer leads to.
fn wrap(value: Value, pointer: &str) -> Value {
    pointer.rsplit('/').filter(|_| pointer.starts_with('/')).take(pointer.matches('/').count()).fold(
        value,
        |inner, token| {
            let name = token.replace("~1", "/").replace("~0", "~");
            match name.parse::<usize>() {
                Ok(index) if index < 100 => {
                    let mut list = vec![Value::Null; index];
                    list.push(inner);
                    Value::Array(list)
                }
                _ => json!({ name: inner }),
            }
        },
    )
}

/// What a value is as a whole answer, where that is not JSON.
enum Raw {
    Text(String),
    Bytes(Vec<u8>),
    Nothing,
}

/// It is JSON.
#[derive(Debug)]
struct Other;

impl fmt::Display for Other {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str("neither text nor bytes")
    }
}

impl std::error::Error for Other {}

impl serde::ser::Error for Other {
    fn custom<T: fmt::Display>(_: T) -> Self {
        Other
    }
}

struct Top;

macro_rules! other {
    ($($f:ident($($t:ty),*) -> $out:ty;)*) => { $(
        fn $f(self $(, _: $t)*) -> Result<$out, Other> {
            Err(Other)
        }
    )* };
}

type No = Impossible<Raw, Other>;

impl serde::Serializer for Top {
    type Ok = Raw;
    type Error = Other;
    type SerializeSeq = No;
    type SerializeTuple = No;
    type SerializeTupleStruct = No;
    type SerializeTupleVariant = No;
    type SerializeMap = No;
    type SerializeStruct = No;
    type SerializeStructVariant = No;

    fn serialize_str(self, text: &str) -> Result<Raw, Other> {
        Ok(Raw::Text(text.to_owned()))
    }
    fn serialize_bytes(self, bytes: &[u8]) -> Result<Raw, Other> {
        Ok(Raw::Bytes(bytes.to_vec()))
    }
    fn serialize_unit(self) -> Result<Raw, Other> {
        Ok(Raw::Nothing)
    }
    fn serialize_none(self) -> Result<Raw, Other> {
        Ok(Raw::Nothing)
    }
    fn serialize_some<T: Serialize + ?Sized>(self, value: &T) -> Result<Raw, Other> {
        value.serialize(self)
    }
    fn serialize_newtype_struct<T: Serialize + ?Sized>(
        self,
        name: &'static str,
        value: &T,
    ) -> Result<Raw, Other> {
        if name == Json::NAME { Err(Other) } else { value.serialize(self) }
    }
    fn serialize_newtype_variant<T: Serialize + ?Sized>(
        self,
        _: &'static str,
        _: u32,
        _: &'static str,
        _: &T,
    ) -> Result<Raw, Other> {
        Err(Other)
    }
    other! {
        serialize_bool(bool) -> Raw;
        serialize_char(char) -> Raw;
        serialize_i8(i8) -> Raw;
        serialize_i16(i16) -> Raw;
        serialize_i32(i32) -> Raw;
        serialize_i64(i64) -> Raw;
        serialize_u8(u8) -> Raw;
        serialize_u16(u16) -> Raw;
        serialize_u32(u32) -> Raw;
        serialize_u64(u64) -> Raw;
        serialize_f32(f32) -> Raw;
        serialize_f64(f64) -> Raw;
        serialize_unit_struct(&'static str) -> Raw;
        serialize_unit_variant(&'static str, u32, &'static str) -> Raw;
        serialize_seq(Option<usize>) -> No;
        serialize_tuple(usize) -> No;
        serialize_tuple_struct(&'static str, usize) -> No;
        serialize_tuple_variant(&'static str, u32, &'static str, usize) -> No;
        serialize_map(Option<usize>) -> No;
        serialize_struct(&'static str, usize) -> No;
        serialize_struct_variant(&'static str, u32, &'static str, usize) -> No;
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use bytes::Bytes;

    fn sent(value: &(impl Serialize + ?Sized)) -> (u16, String, String) {
        let reply = reply(value, None).unwrap();
        let media_type = reply.headers().get(CONTENT_TYPE).map_or("", |v| v.to_str().unwrap()).to_owned();
        (reply.status().as_u16(), media_type, String::from_utf8_lossy(reply.body()).into_owned())
    }

    #[test]
    fn a_value_is_the_answer_that_is_read_as_it() {
        const TEXT: &str = "text/plain; charset=utf-8";
        for (found, media_type, body) in [
            (sent("a \"b\""), TEXT, "a \"b\""),
            (sent(&Some("a")), TEXT, "a"),
            (sent(&'c'), "application/json", "\"c\""),
            (sent(&Bytes::from_static(b"\x01")), "application/octet-stream", "\x01"),
            (sent(&()), "", ""),
            (sent(&None::<u8>), "", ""),
            (sent(&Json("a")), "application/json", "\"a\""),
            (sent(&42), "application/json", "42"),
            (sent(&["a"]), "application/json", "[\"a\"]"),
            (sent(&json!({"a": null})), "application/json", "{\"a\":null}"),
            (sent(&Value::String("a".into())), TEXT, "a"),
        ] {
            assert_eq!(found, (200, media_type.to_owned(), body.to_owned()));
        }
        let broken = std::collections::BTreeMap::from([(vec![1], 2)]);
        assert!(reply(&broken, None).is_err());
    }

    #[test]
    fn a_pointer_is_the_way_to_it() {
        for (pointer, expected) in [
            ("/data", "{\"data\":1}"),
            ("/data/items", "{\"data\":{\"items\":1}}"),
            ("/0/a~1b", "[{\"a/b\":1}]"),
            ("/a/2", "{\"a\":[null,null,1]}"),
            ("", "1"),
        ] {
            assert_eq!(wrap(json!(1), pointer).to_string(), expected, "{pointer}");
        }
    }
}
