//! How an answer becomes a `T`. The answer *is* a serde `Deserializer`, so each type says itself what it wants to be:
//! `String` asks for a string and gets the text, `()` asks for a unit and the body is not looked at, `Option` is
//! `None` on an empty body, `Bytes` asks for bytes, everything else is JSON. No type's name is looked at, so aliases,
//! newtypes and generics work.

use super::{json_path, one_line::one_line};
use crate::{
    answer::{self, Answer, KEPT, Response, is_json},
    endpoint::Statuses,
    error::{Error, ErrorKind},
    json::{DUPLICATE, without_bom},
};
use bytes::Bytes;
use http::header::CONTENT_ENCODING;
use serde::{
    Serialize, Serializer,
    de::{self, DeserializeOwned, Visitor},
};
use std::{borrow::Cow, fmt};

/// What an endpoint can return: anything with `serde::Deserialize`, [`Json`] and [`Response`] of such a type.
///
/// | type | what it gets |
/// |---|---|
/// | `String` (and newtypes of it) | the body as text, whatever the media type |
/// | [`Bytes`] | the body as it came |
/// | `()` | nothing; the body is not looked at |
/// | `Option<T>` | `None` for an empty body and for a JSON `null`, else `T` |
/// | [`Json<T>`] | the body as JSON, also where `T` is a string |
/// | [`Response<T>`] | status, headers, URL, timing and `T` |
/// | everything else | the body as JSON |
///
/// Types that are written as text in JSON (`IpAddr`, dates, `Uuid`, `Url`) ask serde for a string as well: as the whole
/// answer they get the raw text, so take [`Json<T>`] for a JSON one. Within a struct there is no difference.
///
/// Implement it by hand for a format of your own:
///
/// ```
/// use apiclient::{Answer, Decode, DecodeError};
///
/// struct Csv(Vec<Vec<String>>);
///
/// impl Decode for Csv {
///     fn decode(answer: &mut Answer) -> Result<Self, DecodeError> {
///         let text = std::str::from_utf8(answer.body()).map_err(|_| DecodeError::new("the CSV is not UTF-8"))?;
///         Ok(Csv(text.lines().map(|line| line.split(',').map(str::to_owned).collect()).collect()))
///     }
/// }
/// ```
#[diagnostic::on_unimplemented(
    message = "`{Self}` cannot be read from a response",
    label = "an endpoint returns `{Self}`",
    note = "derive `serde::Deserialize` for it, or implement `apiclient::Decode` by hand"
)]
pub trait Decode: Sized {
    /// The statuses that the type can be read from, where it knows: they are no errors of an endpoint that returns it, and all
    /// others are. `None` leaves that to `#[success]`; that of a method has the last word in any case.
    const STATUSES: Option<Statuses> = None;

    /// Reads the value; `answer` is kept for the error if that fails.
    ///
    /// # Errors
    ///
    /// If the answer is not what the type needs. The message must not hold parts of the body: it is printed.
    fn decode(answer: &mut Answer) -> Result<Self, DecodeError>;
}

// Without it rustc reports the leaf (`Deserialize<'de>`, then a hundred types that have it) and never our words.
#[diagnostic::do_not_recommend]
impl<T: DeserializeOwned> Decode for T {
    fn decode(answer: &mut Answer) -> Result<T, DecodeError> {
        T::deserialize(Body(answer)).map_err(DecodeError::json)
    }
}

/// A body that is JSON whatever its type would ask for: `Json<String>` reads `"text"` and not the raw body.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Default, Hash)]
pub struct Json<T>(pub T);

/// For stubs, which answer with it: JSON as well.
impl<T: Serialize> Serialize for Json<T> {
    fn serialize<S: Serializer>(&self, serializer: S) -> Result<S::Ok, S::Error> {
        serializer.serialize_newtype_struct(Json::NAME, &self.0)
    }
}

impl Json<()> {
    /// What a serializer knows it by that would write a text as text.
    pub(crate) const NAME: &str = "$apiclient::Json";
}

impl<T: DeserializeOwned> Decode for Json<T> {
    fn decode(answer: &mut Answer) -> Result<Self, DecodeError> {
        let json = match answer.absent {
            // An `Option` is still one.
            Some(_) => T::deserialize(Body(answer)),
            None => serde_json::from_slice(without_bom(&answer.reply.body)),
        };
        json.map(Json).map_err(DecodeError::json)
    }
}

impl<T: Decode> Decode for Response<T> {
    const STATUSES: Option<Statuses> = T::STATUSES;

    fn decode(answer: &mut Answer) -> Result<Self, DecodeError> {
        let body = T::decode(answer)?;
        Ok(answer.respond(body))
    }
}

/// Why a body is not what was asked for.
pub struct DecodeError(Reason);

enum Reason {
    /// Straight from serde: it may hold values of the body, and is turned into [`Reason::Said`] before anyone sees it.
    Json(serde_json::Error),
    Said {
        path: String,
        what: Cow<'static, str>,
    },
}

impl DecodeError {
    /// Says what is wrong; never with parts of the body, since errors are printed.
    pub fn new(what: impl Into<Cow<'static, str>>) -> Self {
        DecodeError(Reason::Said { path: String::new(), what: what.into() })
    }

    pub(crate) fn json(error: serde_json::Error) -> Self {
        DecodeError(Reason::Json(error))
    }

    /// Where in the JSON: `items[3].id`; empty for the body as a whole.
    pub fn path(&self) -> &str {
        match &self.0 {
            Reason::Said { path, .. } => path,
            Reason::Json(_) => "",
        }
    }
}

impl fmt::Display for DecodeError {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        match &self.0 {
            Reason::Json(_) => f.write_str("the JSON does not fit the type"),
            Reason::Said { path, what } if path.is_empty() => f.write_str(what),
            Reason::Said { path, what } => write!(f, "at `{path}`: {what}"),
        }
    }
}

impl fmt::Debug for DecodeError {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        write!(f, "DecodeError({self})")
    }
}

impl std::error::Error for DecodeError {}

const NOT_UTF8: &str = "the text is not UTF-8";

/// A body that is JSON, with what is wrong in the reader's words.
pub(crate) fn json<T: DeserializeOwned>(body: &[u8]) -> Result<T, DecodeError> {
    let body = without_bom(body);
    serde_json::from_slice(body).map_err(|e| {
        let path = json_path::at(body, e.line(), e.column());
        DecodeError(Reason::Said { path, what: without_values(&e).into() })
    })
}

/// Out of line and non-generic: what is wrong is found out once, not per type, and costs nothing while all is well.
#[cold]
pub(crate) fn failed(answer: &mut Answer, error: DecodeError) -> Error {
    if let Some(absent) = answer.absent.take() {
        return absent.refusal;
    }
    let (kind, error) = explain(answer, error);
    let message = format!("but the body could not be read: {error}{}", answer.reply.help());
    let mut reply = std::mem::take(&mut answer.reply);
    if reply.body.len() > KEPT {
        reply.body = Bytes::copy_from_slice(&reply.body[..KEPT]);
    }
    let context = std::mem::take(&mut answer.context);
    Error::new(kind, message).with_reply(reply).with_source(error).of(context)
}

/// In the reader's words, with the place in the JSON and without anything that the body says.
fn explain(answer: &Answer, error: DecodeError) -> (ErrorKind, DecodeError) {
    let Reason::Json(error) = error.0 else { return (ErrorKind::Decode, error) };
    let (headers, body) = (answer.headers(), without_bom(answer.body()).trim_ascii());
    let expected = || {
        without_values(&error).rsplit_once("expected ").map(|(_, e)| format!(", not {e}")).unwrap_or_default()
    };
    if body.is_empty() {
        return (ErrorKind::Decode, DecodeError::new(format!("it is empty{}", expected())));
    }
    if let Some(coding) = headers.get(CONTENT_ENCODING).filter(|_| !error.is_data()) {
        let coding = one_line(&String::from_utf8_lossy(coding.as_bytes()), LONGEST_NAME);
        let what = format!("it is in the coding `{coding}`, which was not undone");
        return (ErrorKind::Decode, DecodeError::new(what));
    }
    if !error.is_data() && body.starts_with(b"<") {
        let what = format!("it is HTML or XML{}, not JSON", media_type(answer));
        return (ErrorKind::ContentType, DecodeError::new(what));
    }
    if !error.is_data() && !is_json(headers) {
        return (ErrorKind::ContentType, DecodeError::new(format!("it is no JSON{}", media_type(answer))));
    }
    let what = match error.classify() {
        serde_json::error::Category::Eof => "the JSON ends too early".to_owned(),
        _ => without_values(&error),
    };
    let path = json_path::at(without_bom(answer.body()), error.line(), error.column());
    (ErrorKind::Decode, DecodeError(Reason::Said { path, what: what.into() }))
}

/// What a header of the answer calls it.
const LONGEST_NAME: usize = 80;

fn media_type(answer: &Answer) -> String {
    let essence = answer::media_type(answer.headers()).map(String::from_utf8_lossy);
    essence.map(|v| format!(" ({})", one_line(&v, LONGEST_NAME))).unwrap_or_default()
}

/// serde's message without the values of the body that it quotes: only whole forms that serde itself writes, and of them
/// only what comes from the type. A type's own words may hold anything.
fn without_values(error: &serde_json::Error) -> String {
    let text = error.to_string();
    let text = text.rsplit_once(" at line ").map_or(&*text, |(said, _)| said);
    // The parser's own words, and ours.
    if !error.is_data() || text == NOT_UTF8 || text == DUPLICATE {
        return text.to_owned();
    }
    let known = wrong_kind(text).or_else(|| unknown_name(text)).or_else(|| of_the_type(text));
    known.unwrap_or_else(|| "the type refused the value".to_owned())
}

/// ``invalid type: string "..", expected u64``: the kind is one of serde's own.
fn wrong_kind(text: &str) -> Option<String> {
    const KINDS: [&str; 17] = [
        "boolean",
        "integer",
        "floating point",
        "character",
        "string",
        "byte array",
        "null",
        "unit value",
        "Option value",
        "newtype struct",
        "sequence",
        "map",
        "enum",
        "unit variant",
        "newtype variant",
        "tuple variant",
        "struct variant",
    ];
    let (what, rest) =
        text.split_once(": ").filter(|(what, _)| matches!(*what, "invalid type" | "invalid value"))?;
    let kind = KINDS.iter().find(|kind| {
        let quoted = [" `", " \"", ","];
        rest.strip_prefix(**kind).is_some_and(|after| quoted.iter().any(|q| after.starts_with(q)))
    })?;
    let (_, expected) = rest.rsplit_once(", expected ")?;
    Some(format!("{what}: {kind}, expected {expected}"))
}

/// ``unknown variant `..`, expected `A` or `B` ``: what is expected is a list of names, and nothing else.
fn unknown_name(text: &str) -> Option<String> {
    let what = ["unknown variant", "unknown field"].into_iter().find(|what| text.starts_with(*what))?;
    let names = |list: &str| {
        let list = list.strip_prefix("one of ").unwrap_or(list).replace(" or ", ", ");
        list.split(", ")
            .all(|name| is_name(name.strip_prefix('`').and_then(|n| n.strip_suffix('`')).unwrap_or_default()))
    };
    match text.rsplit_once("`, expected ").filter(|(_, expected)| names(expected)) {
        Some((_, expected)) => Some(format!("{what}, expected {expected}")),
        None => Some(what.to_owned()),
    }
}

/// Forms in which everything comes from the type.
fn of_the_type(text: &str) -> Option<String> {
    let field = ["missing field `", "duplicate field `"]
        .into_iter()
        .find_map(|form| text.strip_prefix(form)?.strip_suffix('`'));
    let length = text.strip_prefix("invalid length ").and_then(|rest| rest.split_once(", expected "));
    let untagged = text.strip_prefix("data did not match any variant of untagged enum ");
    let known = field.is_some_and(is_name)
        || length.is_some_and(|(number, _)| number.bytes().all(|b| b.is_ascii_digit()))
        || untagged.is_some_and(is_name);
    known.then(|| text.to_owned())
}

/// A name as types have them.
fn is_name(text: &str) -> bool {
    !text.is_empty()
        && text.len() <= 64
        && text.chars().all(|c| c.is_alphanumeric() || matches!(c, '_' | '-' | '$' | '.'))
}

struct Body<'a>(&'a mut Answer);

impl Body<'_> {
    /// The bytes. What an error would keep stays; a longer body is not copied.
    fn take(self) -> Vec<u8> {
        let kept = self.0.kept;
        let body = &mut self.0.reply.body;
        match body.len() {
            _ if kept => body.to_vec(),
            0..=KEPT => body.to_vec(),
            _ => {
                let kept = Bytes::copy_from_slice(&body[..KEPT]);
                // Not a copy when this is the only handle, and most often it is.
                std::mem::replace(body, kept).into()
            }
        }
    }

    /// Where the status stands for nothing, nothing but an `Option` can be read.
    fn check(&self) -> Result<(), serde_json::Error> {
        if self.0.absent.is_some() { Err(de::Error::custom("nothing is there")) } else { Ok(()) }
    }

    fn text(&self) -> Result<&str, serde_json::Error> {
        self.check()?;
        std::str::from_utf8(self.0.body()).map_err(|_| de::Error::custom(NOT_UTF8))
    }
}

/// Thin per type: the work happens in `serde_json`'s own deserializer, on a slice, as with `from_slice`.
macro_rules! json {
    ($($f:ident($($a:ident: $t:ty),*)),* $(,)?) => { $(
        fn $f<V: Visitor<'de>>(self, $($a: $t,)* visitor: V) -> Result<V::Value, Self::Error> {
            if self.0.body().is_empty() {
                self.check()?;
                return visitor.visit_unit();
            }
            let mut json = serde_json::Deserializer::from_slice(without_bom(self.0.body()));
            let value = (&mut json).$f($($a,)* visitor)?;
            json.end()?;
            Ok(value)
        }
    )* };
}

impl<'de> de::Deserializer<'de> for Body<'de> {
    type Error = serde_json::Error;

    json!(deserialize_any(), deserialize_bool(), deserialize_i8(), deserialize_i16(), deserialize_i32(), deserialize_i64(),
          deserialize_i128(), deserialize_u8(), deserialize_u16(), deserialize_u32(), deserialize_u64(), deserialize_u128(),
          deserialize_f32(), deserialize_f64(), deserialize_char(), deserialize_seq(), deserialize_map(),
          deserialize_identifier(), deserialize_ignored_any(), deserialize_tuple(len: usize),
          deserialize_tuple_struct(name: &'static str, len: usize),
          deserialize_struct(name: &'static str, fields: &'static [&'static str]),
          deserialize_enum(name: &'static str, variants: &'static [&'static str]));

    fn deserialize_unit<V: Visitor<'de>>(self, visitor: V) -> Result<V::Value, Self::Error> {
        self.check()?;
        visitor.visit_unit()
    }
    fn deserialize_unit_struct<V: Visitor<'de>>(
        self,
        _: &'static str,
        visitor: V,
    ) -> Result<V::Value, Self::Error> {
        self.check()?;
        visitor.visit_unit()
    }
    fn deserialize_option<V: Visitor<'de>>(self, visitor: V) -> Result<V::Value, Self::Error> {
        if let Some(absent) = &mut self.0.absent {
            absent.taken = true;
        }
        match without_bom(self.0.body()).trim_ascii() {
            b"" => visitor.visit_none(),
            b"null" if is_json(self.0.headers()) => visitor.visit_none(),
            _ => visitor.visit_some(self),
        }
    }
    fn deserialize_str<V: Visitor<'de>>(self, visitor: V) -> Result<V::Value, Self::Error> {
        visitor.visit_str(self.text()?)
    }
    fn deserialize_string<V: Visitor<'de>>(self, visitor: V) -> Result<V::Value, Self::Error> {
        self.text()?;
        match String::from_utf8(self.take()) {
            Ok(text) => visitor.visit_string(text),
            Err(_) => Err(de::Error::custom(NOT_UTF8)),
        }
    }
    fn deserialize_bytes<V: Visitor<'de>>(self, visitor: V) -> Result<V::Value, Self::Error> {
        self.deserialize_byte_buf(visitor)
    }
    fn deserialize_byte_buf<V: Visitor<'de>>(self, visitor: V) -> Result<V::Value, Self::Error> {
        self.check()?;
        visitor.visit_byte_buf(self.take())
    }
    fn deserialize_newtype_struct<V: Visitor<'de>>(
        self,
        name: &'static str,
        visitor: V,
    ) -> Result<V::Value, Self::Error> {
        // serde_json's RawValue is a newtype with a name of its own, which only serde_json understands.
        if name.starts_with("$serde_json::") {
            self.check()?;
            return serde_json::Deserializer::from_slice(without_bom(self.0.body()))
                .deserialize_newtype_struct(name, visitor);
        }
        visitor.visit_newtype_struct(self)
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::answer::{Context, Reply};
    use serde::Deserialize;

    fn answer(media_type: &'static str, body: &str) -> Answer {
        let mut reply = Reply::new(200, body.to_owned());
        if !media_type.is_empty() {
            reply.headers.insert("content-type", http::HeaderValue::from_static(media_type));
        }
        let place = Some(answer::Place::default());
        Answer::new(reply, Context { place, ..Context::default() })
    }

    fn read<T: Decode>(media_type: &'static str, body: &str) -> Result<T, String> {
        let mut answer = answer(media_type, body);
        T::decode(&mut answer).map_err(|e| failed(&mut answer, e).to_string())
    }

    #[derive(Debug, Deserialize, PartialEq)]
    struct Motto(String);
    #[derive(Debug, Deserialize, PartialEq)]
    struct User {
        id: u64,
        #[serde(default)]
        tags: Vec<Tag>,
    }
    #[derive(Debug, Deserialize, PartialEq)]
    enum Tag {
        A,
        B,
    }
    #[derive(Debug, Deserialize)]
    #[serde(try_from = "String")]
    struct Picky;
    impl TryFrom<String> for Picky {
        type Error = String;
        fn try_from(text: String) -> Result<Self, String> {
            Err(format!("not good: {text}"))
        }
    }
    const JSON: &str = "application/json; charset=utf-8";

    #[test]
    fn the_type_says_what_it_wants_to_be() {
        type Alias = String;
        assert_eq!(read::<Alias>("text/plain", "a \"b\""), Ok("a \"b\"".into()));
        assert_eq!(read::<String>(JSON, "\"a\""), Ok("\"a\"".into()), "text stays text");
        assert_eq!(read::<Json<String>>("text/plain", "\"a\""), Ok(Json("a".into())));
        assert_eq!(read::<Motto>(JSON, "x"), Ok(Motto("x".into())));
        assert_eq!(read::<Bytes>(JSON, "{"), Ok(Bytes::from_static(b"{")));
        assert_eq!(read::<()>("text/html", "<p>"), Ok(()));
        assert_eq!(read::<Option<User>>("", " "), Ok(None));
        assert_eq!(read::<Option<User>>(JSON, "null"), Ok(None));
        assert_eq!(read::<Option<User>>(JSON, "\u{feff}null"), Ok(None));
        assert_eq!(read::<Option<String>>("text/plain", "null"), Ok(Some("null".into())));
        assert_eq!(read::<Option<User>>("", "{\"id\":1}"), Ok(Some(User { id: 1, tags: vec![] })));
        assert_eq!(read::<serde_json::Value>("", ""), Ok(serde_json::Value::Null));
        assert_eq!(read::<u64>("text/plain", "42"), Ok(42));
        assert_eq!(read::<Response<User>>(JSON, "{\"id\":1}").unwrap().body().id, 1);
    }

    #[test]
    fn a_failure_says_where_and_never_what_the_body_held() {
        for (media_type, body, expected) in [
            (JSON, "{\"id\":\"s3cret\"}", "at `id`: invalid type: string, expected u64"),
            (
                JSON,
                "{\"id\":1,\"tags\":[\"A\",\"s3cret\"]}",
                "at `tags[1]`: unknown variant, expected `A` or `B`",
            ),
            (JSON, "{\"tags\":[]}", "missing field `id`"),
            (JSON, "{\"id\":", "at `id`: the JSON ends too early"),
            (JSON, "{\"id\":1} s3cret", "trailing characters"),
            ("", "", "it is empty, not struct User"),
            ("text/html", "<html>s3cret", "it is HTML or XML (text/html), not JSON"),
            ("text/plain", "s3cret", "it is no JSON (text/plain)"),
            (JSON, "5", "invalid type: integer, expected struct User"),
        ] {
            let said = read::<User>(media_type, body).unwrap_err();
            assert!(said.starts_with("GET : 200 OK, but the body could not be read: "), "{said}");
            assert!(said.ends_with(expected), "{body}: {said}");
            assert!(!said.contains("s3cret"), "{said}");
        }
        let mut refused = answer("text/plain", "s3cret");
        let error = Picky::decode(&mut refused).unwrap_err();
        let error = failed(&mut refused, error);
        assert!(error.to_string().ends_with("the type refused the value"), "{error}");
        assert_eq!(error.body().unwrap(), "s3cret");
        let mut refused = answer("text/plain", &"s3cret".repeat(20_000));
        let error = Picky::decode(&mut refused).unwrap_err();
        let error = failed(&mut refused, error);
        assert!(error.to_string().ends_with("the type refused the value"), "{error}");
        assert_eq!(error.body().unwrap().len(), 64 * 1024);
        for (said, shown) in [
            ("invalid value: s3cret, expected a colour", None),
            ("invalid length of s3cret", None),
            ("missing field in s3cret", None),
            ("duplicate field `a s3cret`", None),
            ("unknown field `x, expected s3cret`, there are no fields", Some("unknown field")),
            (
                "unknown variant `s3cret`, expected one of `A`, `B-c`",
                Some("unknown variant, expected one of `A`, `B-c`"),
            ),
            (
                "unknown variant `x`, expected `s3cret`, expected `A` or `B`",
                Some("unknown variant, expected `A` or `B`"),
            ),
            ("invalid type: string \"s3cret\", expected a map", Some("invalid type: string, expected a map")),
            ("invalid type: s3cret, expected a map", None),
            ("missing field `id`", Some("missing field `id`")),
        ] {
            let error = <serde_json::Error as de::Error>::custom(said);
            assert_eq!(without_values(&error), shown.unwrap_or("the type refused the value"), "{said}");
        }
        let mut bad = answer("", "");
        bad.reply.body = Bytes::from_static(b"\xff");
        let error = String::decode(&mut bad).unwrap_err();
        assert!(failed(&mut bad, error).to_string().ends_with("the text is not UTF-8"));
    }
}
