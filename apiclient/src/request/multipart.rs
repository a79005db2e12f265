//! Multipart bodies (RFC 7578), as browsers write them.

use super::{
    Body,
    header::{parse_name, parse_value},
    param::{Place, is_token},
    target,
};
use crate::random::Random;
use bytes::Bytes;
use http::{HeaderName, HeaderValue, header};
use serde::{Serialize, Serializer, ser::Error as _};
use std::{cell::Cell, fmt};

/// One part of a multipart body: what is in it, and what is said about it.
///
/// A part without a media type of its own has that of the attribute (`#[part("doc", mime = "..")]`), else
/// `application/octet-stream` if it is bytes, a file or a stream, and none if it is text, which means `text/plain`.
/// The file name goes the same way; without one a server takes the part for a field of a form. Header, file name and
/// media type are checked when the call is awaited.
///
/// ```
/// use apiclient::{Client, Method, Part};
///
/// # async fn run(client: Client) -> Result<(), Box<dyn std::error::Error>> {
/// let report = Part::file("/home/ada/report.pdf")?.mime("application/pdf");
/// client
///     .call(Method::POST, "/reports")
///     .part("title", Part::text("Notes on the engine"))
///     .part("document", report)
///     .fetch::<()>()
///     .await?;
/// # Ok(()) }
/// ```
///
/// It can stand wherever a multipart body is made from a value, in a list, an `Option` or a field of a struct too, and
/// is `Serialize` for that. Any other body, query or header refuses it with an error.
#[derive(Clone)]
pub struct Part {
    body: Body,
    text: bool,
    name: Option<String>,
    file_name: Option<String>,
    mime: Option<HeaderValue>,
    headers: Vec<(HeaderName, HeaderValue)>,
    /// The first thing wrong with it.
    problem: Option<String>,
}

impl Part {
    /// Bytes, a file or a stream.
    pub fn new(body: impl Into<Body>) -> Part {
        let body = body.into();
        Part {
            body,
            text: false,
            name: None,
            file_name: None,
            mime: None,
            headers: Vec::new(),
            problem: None,
        }
    }

    /// A text.
    pub fn text(text: impl Into<String>) -> Part {
        Part { text: true, ..Part::new(text.into()) }
    }

    /// Bytes.
    pub fn bytes(bytes: impl Into<Bytes>) -> Part {
        Part::new(bytes.into())
    }

    /// A file under its own name, without its folders; see [`Body::file`].
    ///
    /// # Errors
    ///
    /// Those of [`Body::file`].
    #[cfg(feature = "tokio")]
    pub fn file(path: impl AsRef<std::path::Path>) -> std::io::Result<Part> {
        let path = path.as_ref();
        let mut part = Part::new(Body::file(path)?);
        part.file_name = path.file_name().map(|name| name.to_string_lossy().into_owned());
        Ok(part)
    }

    /// The name of the field, instead of that of the argument or of the field of a struct: for lists whose parts differ.
    pub fn name(mut self, name: impl Into<String>) -> Part {
        self.name = Some(name.into());
        self
    }

    /// The name that the server is to know the file by. Control characters are refused, but for CR and LF, which are
    /// sent as `%0D` and `%0A`; `"` is sent as `%22`, a backslash as `%5C`.
    pub fn file_name(mut self, file_name: impl Into<String>) -> Part {
        self.file_name = Some(file_name.into());
        self
    }

    /// The media type.
    pub fn mime(mut self, mime: impl AsRef<str>) -> Part {
        match parse_value(&header::CONTENT_TYPE, mime.as_ref().as_bytes()) {
            Ok(mime) if is_media_type(&mime) => self.mime = Some(mime),
            Ok(_) => self.refuse("its media type is none: it would be `type/subtype`".into()),
            Err(e) => self.refuse(e),
        }
        self
    }

    /// One more header of the part. Refused are `Content-Disposition` and `Content-Type`, which are made from the names
    /// and [`mime`](Part::mime), and whatever frames a request.
    pub fn header(mut self, name: impl AsRef<str>, value: impl AsRef<[u8]>) -> Part {
        match own_header(name.as_ref(), value.as_ref()) {
            Ok(header) => self.headers.push(header),
            Err(e) => self.refuse(e),
        }
        self
    }

    fn refuse(&mut self, problem: String) {
        self.problem.get_or_insert(problem);
    }
}

/// RFC 9110, section 8.3.1, as far as it matters.
fn is_media_type(mime: &HeaderValue) -> bool {
    let essence = mime.as_bytes().split(|b| *b == b';').next().unwrap_or_default().trim_ascii_end();
    let mut halves = essence.split(|b| *b == b'/');
    let token =
        |half: Option<&[u8]>| half.is_some_and(|half| !half.is_empty() && half.iter().all(|b| is_token(*b)));
    token(halves.next()) && token(halves.next()) && halves.next().is_none()
}

fn own_header(name: &str, value: &[u8]) -> Result<(HeaderName, HeaderValue), String> {
    let name = parse_name(name)
        .map_err(|_| "one of its headers has a name that is none, or is set by the transport".to_owned())?;
    if name == header::CONTENT_DISPOSITION || name == header::CONTENT_TYPE {
        return Err(format!("the header `{name}` of a part is made from its names and its `mime`"));
    }
    let value = parse_value(&name, value)?;
    Ok((name, value))
}

impl From<Body> for Part {
    fn from(body: Body) -> Self {
        Part::new(body)
    }
}

/// Neither what is in it nor what it is called.
impl fmt::Debug for Part {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.debug_struct("Part").field("body", &self.body).field("mime", &self.mime).finish_non_exhaustive()
    }
}

/// The name under which a [`Part`] asks a serializer whether it can take parts.
const HANDED: &str = "$apiclient::Part";

thread_local! {
    /// A part on its way to the serializer that it is written with. serde's data have no place for a file.
    static HAND: Cell<Option<Part>> = const { Cell::new(None) };
}

impl Serialize for Part {
    fn serialize<S: Serializer>(&self, serializer: S) -> Result<S::Ok, S::Error> {
        let part = self.clone();
        if HAND.try_with(|hand| hand.set(Some(part))).is_err() {
            return Err(S::Error::custom("a `Part` cannot be written while its thread ends"));
        }
        let written = serializer.serialize_newtype_struct(HANDED, &NotTaken);
        // Of no use to anyone else.
        drop(handed(HANDED));
        written
    }
}

/// What every other serializer finds.
struct NotTaken;

impl Serialize for NotTaken {
    fn serialize<S: Serializer>(&self, _: S) -> Result<S::Ok, S::Error> {
        Err(S::Error::custom("a `Part` can only be a part of a multipart body"))
    }
}

/// The part that is being written, for a serializer whose `serialize_newtype_struct` was called with this name.
pub(crate) fn handed(name: &str) -> Option<Part> {
    if name != HANDED {
        return None;
    }
    HAND.try_with(Cell::take).ok().flatten()
}

/// What an attribute says about its parts. A [`Part`]'s own values come first.
#[derive(Debug, Clone, Copy, Default)]
pub struct PartMeta {
    /// Its file name.
    pub file_name: Option<&'static str>,
    /// Its media type.
    pub mime: Option<&'static str>,
}

/// What can be an argument with `#[part]`: whatever serde can write, and a [`Body`].
#[diagnostic::on_unimplemented(
    message = "`{Self}` cannot be a part of a multipart body",
    label = "a part is a `Part`, a `Body`, or what serde can write",
    note = "derive `serde::Serialize` for it: a struct makes a part of each field",
    note = "a file is `Part::file(path)?`, several are a `Vec<Part>`"
)]
pub trait PartValue {
    /// Adds one part, several or none.
    ///
    /// # Errors
    ///
    /// If it cannot be written. The message names the part and never its value.
    fn add(&self, name: &str, meta: &PartMeta, out: &mut Multipart) -> Result<(), String>;
}

impl PartValue for Body {
    fn add(&self, name: &str, meta: &PartMeta, out: &mut Multipart) -> Result<(), String> {
        out.part(name, &Part::new(self.clone()), meta)
    }
}

impl PartValue for &Body {
    fn add(&self, name: &str, meta: &PartMeta, out: &mut Multipart) -> Result<(), String> {
        (**self).add(name, meta, out)
    }
}

/// `Part` is `Serialize` so that it comes through here as itself, in lists, options and structs, too: coherence refuses impls
/// for `Vec<Part>` beside this one.
#[diagnostic::do_not_recommend]
impl<T: Serialize + ?Sized> PartValue for T {
    fn add(&self, name: &str, meta: &PartMeta, out: &mut Multipart) -> Result<(), String> {
        let written = target::in_place(Place::Part(name, meta, out), self);
        written.map_err(|e| e.named(name).to_string())
    }
}

/// A multipart body that is being put together.
#[derive(Debug, Default)]
pub struct Multipart {
    /// Everything between the delimiter line and the content, and the content.
    parts: Vec<(Vec<u8>, Body)>,
}

impl Multipart {
    /// Adds a field of a form.
    ///
    /// # Errors
    ///
    /// If a name or a header cannot be written. The message names the part and never its value.
    pub fn text(&mut self, name: &str, value: &[u8], meta: &PartMeta) -> Result<(), String> {
        let mime = meta.mime.map(|mime| checked_mime(name, mime)).transpose()?;
        let mut head = head(name, meta.file_name, mime.as_ref().map(HeaderValue::as_bytes), &[])?;
        head.extend_from_slice(value);
        self.parts.push((head, Body::default()));
        Ok(())
    }

    /// Adds a part.
    ///
    /// # Errors
    ///
    /// If a name or a header cannot be written. The message names the part and never its value.
    pub fn part(&mut self, name: &str, part: &Part, meta: &PartMeta) -> Result<(), String> {
        let name = part.name.as_deref().unwrap_or(name);
        if let Some(problem) = &part.problem {
            return Err(format!("a part cannot be sent: {problem}"));
        }
        let said = match (&part.mime, meta.mime) {
            (Some(mime), _) => Some(mime.clone()),
            (None, Some(mime)) => Some(checked_mime(name, mime)?),
            (None, None) => None,
        };
        let default = (!part.text).then_some(&b"application/octet-stream"[..]);
        let mime = said.as_ref().map(HeaderValue::as_bytes).or(default);
        let file_name = part.file_name.as_deref().or(meta.file_name);
        self.parts.push((head(name, file_name, mime, &part.headers)?, part.body.clone()));
        Ok(())
    }

    /// The body and its `Content-Type`.
    pub(crate) fn finish(self, random: &dyn Random) -> (Body, HeaderValue) {
        // 128 bits: nobody can put it into a value, and none of them holds it by chance.
        let boundary = format!("{:016x}{:016x}", random.next_u64(), random.next_u64());
        let mut pieces = Vec::with_capacity(2 * self.parts.len() + 1);
        let mut before = "--";
        for (head, body) in self.parts {
            pieces.push(Body::from([before.as_bytes(), boundary.as_bytes(), b"\r\n", &head].concat()));
            pieces.push(body);
            before = "\r\n--";
        }
        pieces.push(Body::from(format!("{before}{boundary}--\r\n")));
        let content_type = HeaderValue::try_from(format!("multipart/form-data; boundary={boundary}"));
        // It is hexadecimal.
        let content_type = content_type.unwrap_or(HeaderValue::from_static("multipart/form-data"));
        (Body::concat(pieces), content_type)
    }
}

fn checked_mime(part: &str, mime: &str) -> Result<HeaderValue, String> {
    parse_value(&header::CONTENT_TYPE, mime.as_bytes()).map_err(|e| format!("the part {part:?}: {e}"))
}

/// The header of a part with the empty line after it.
fn head(
    name: &str,
    file_name: Option<&str>,
    mime: Option<&[u8]>,
    headers: &[(HeaderName, HeaderValue)],
) -> Result<Vec<u8>, String> {
    let mut head = b"Content-Disposition: form-data; name=\"".to_vec();
    quote(&mut head, name).map_err(|c| format!("the name of a part holds {c:?}"))?;
    head.push(b'"');
    if let Some(file_name) = file_name {
        head.extend_from_slice(b"; filename=\"");
        quote(&mut head, file_name).map_err(|c| format!("the file name of a part holds {c:?}"))?;
        head.push(b'"');
    }
    let mime = mime.map(|mime| ("Content-Type", mime));
    let own = headers.iter().map(|(name, value)| (name.as_str(), value.as_bytes()));
    for (name, value) in mime.into_iter().chain(own) {
        head.extend_from_slice(b"\r\n");
        head.extend_from_slice(name.as_bytes());
        head.extend_from_slice(b": ");
        head.extend_from_slice(value);
    }
    head.extend_from_slice(b"\r\n\r\n");
    Ok(head)
}

/// As browsers do, and a backslash too, which some servers take for an escape. What stays within the quotes cannot
/// leave them, and no other control character gets there: the error is the character.
fn quote(out: &mut Vec<u8>, text: &str) -> Result<(), char> {
    for c in text.chars() {
        match c {
            '"' => out.extend_from_slice(b"%22"),
            '\r' => out.extend_from_slice(b"%0D"),
            '\n' => out.extend_from_slice(b"%0A"),
            '\\' => out.extend_from_slice(b"%5C"),
            c if c.is_control() => return Err(c),
            c => out.extend_from_slice(c.encode_utf8(&mut [0; 4]).as_bytes()),
        }
    }
    Ok(())
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::SystemRandom;
    use futures_util::stream;

    /// 16 zeros, then 15 zeros and a 1: a boundary to be read.
    #[derive(Debug, Default)]
    struct Count(std::sync::atomic::AtomicU64);

    impl Random for Count {
        fn next_u64(&self) -> u64 {
            self.0.fetch_add(1, std::sync::atomic::Ordering::Relaxed)
        }
    }

    const BOUNDARY: &str = "00000000000000000000000000000001";
    const NONE: PartMeta = PartMeta { file_name: None, mime: None };

    fn written(parts: Multipart) -> String {
        let (body, content_type) = parts.finish(&Count::default());
        assert_eq!(content_type, format!("multipart/form-data; boundary={BOUNDARY}"));
        let bytes = body.bytes().expect("all is in memory");
        String::from_utf8(bytes.to_vec()).unwrap().replace(BOUNDARY, "B")
    }

    fn one(name: &str, part: &Part) -> Result<String, String> {
        let mut parts = Multipart::default();
        parts.part(name, part, &NONE)?;
        Ok(written(parts))
    }

    /// The line of the names.
    fn names(name: &str, file_name: &str) -> Result<String, String> {
        let text = one(name, &Part::text("v").file_name(file_name))?;
        assert!(text.ends_with("\r\n\r\nv\r\n--B--\r\n"), "{text}");
        Ok(text.lines().nth(1).unwrap().strip_prefix("Content-Disposition: form-data; ").unwrap().to_owned())
    }

    #[test]
    fn a_body_of_several_parts() {
        let mut parts = Multipart::default();
        parts.text("title", "ä b".as_bytes(), &NONE).unwrap();
        let meta = PartMeta { file_name: Some("a.txt"), mime: Some("text/csv") };
        parts.text("table", b"1,2", &meta).unwrap();
        parts.part("table", &Part::bytes("3,4").file_name("b.csv"), &meta).unwrap();
        parts.part("raw", &Part::bytes(vec![b'x']).header("X-Id", "7"), &NONE).unwrap();
        PartValue::add(&&Body::from("y"), "body", &NONE, &mut parts).unwrap();
        assert_eq!(
            written(parts),
            "--B\r\nContent-Disposition: form-data; name=\"title\"\r\n\r\nä b\r\n\
             --B\r\nContent-Disposition: form-data; name=\"table\"; filename=\"a.txt\"\r\n\
             Content-Type: text/csv\r\n\r\n1,2\r\n\
             --B\r\nContent-Disposition: form-data; name=\"table\"; filename=\"b.csv\"\r\n\
             Content-Type: text/csv\r\n\r\n3,4\r\n\
             --B\r\nContent-Disposition: form-data; name=\"raw\"\r\n\
             Content-Type: application/octet-stream\r\nx-id: 7\r\n\r\nx\r\n\
             --B\r\nContent-Disposition: form-data; name=\"body\"\r\n\
             Content-Type: application/octet-stream\r\n\r\ny\r\n--B--\r\n"
        );
        assert_eq!(written(Multipart::default()), "--B--\r\n");
    }

    #[test]
    fn no_name_leaves_its_quotes() {
        assert_eq!(names("n\"; filename=\"x", "f").unwrap(), "name=\"n%22; filename=%22x\"; filename=\"f\"");
        assert_eq!(
            names("n", "f\"\r\nX: 1\r\n\r\n\\").unwrap(),
            "name=\"n\"; filename=\"f%22%0D%0AX: 1%0D%0A%0D%0A%5C\""
        );
        assert_eq!(names("a[b].c", "🦀 ö.png").unwrap(), "name=\"a[b].c\"; filename=\"🦀 ö.png\"");
        for control in ['\0', '\t', '\x1b', '\x7f', '\u{85}'] {
            let said = names("doc", &format!("s3cret{control}")).unwrap_err();
            assert!(said.contains("the file name of a part") && !said.contains("s3cret"), "{said}");
            assert!(names(&format!("doc{control}"), "f").is_err());
        }
    }

    #[test]
    fn what_a_part_may_not_say() {
        for name in ["Content-Disposition", "content-type", "Transfer-Encoding", "content-length", "a b"] {
            let said = one("doc", &Part::text("s3cret").header(name, "s3cret")).unwrap_err();
            assert!(said.starts_with("a part cannot be sent: ") && !said.contains("s3cret"), "{said}");
        }
        for value in ["a\r\nb", "a\0", "ä"] {
            assert!(one("doc", &Part::text("v").header("x-a", value)).is_err());
            assert!(one("doc", &Part::text("v").mime(value)).is_err());
        }
        let meta = PartMeta { mime: Some("a\nb"), ..NONE };
        assert!(Multipart::default().text("doc", b"v", &meta).is_err());
        let said = format!("{:?}", Part::text("s3cret").file_name("s3cret").header("x-a", "s3cret"));
        assert!(!said.contains("s3cret") && said.contains("6 bytes"), "{said}");
    }

    #[test]
    fn nobody_knows_the_boundary_before() {
        let of = |random: &dyn Random| Multipart::default().finish(random).1;
        let (a, b) = (of(&SystemRandom), of(&SystemRandom));
        assert_ne!(a, b);
        assert_eq!(a.len(), "multipart/form-data; boundary=".len() + 32, "128 bits in hexadecimal");
        let forged = one("a", &Part::text("x\r\n--00\r\n--B--\r\n")).unwrap();
        assert!(forged.ends_with("\r\n\r\nx\r\n--00\r\n--B--\r\n\r\n--B--\r\n"), "as it is: {forged}");
    }

    #[cfg(feature = "testing")]
    #[test]
    fn a_seed_makes_it_the_same_each_time() {
        let of = |seed| Multipart::default().finish(&crate::testing::SeededRandom::new(seed)).1;
        assert_eq!(of(1), of(1));
        assert_ne!(of(1), of(2));
    }

    #[tokio::test]
    async fn streams_among_bytes() {
        let chunks = || stream::iter(["ab", "c"].map(Ok::<_, std::io::Error>));
        let of = |body: Body| {
            let mut parts = Multipart::default();
            parts.text("a", b"1", &NONE).unwrap();
            parts.part("b", &Part::new(body), &NONE).unwrap();
            parts.part("c", &Part::bytes("3"), &NONE).unwrap();
            parts.finish(&Count::default()).0
        };
        let memory = of("abc".into());
        let expected = memory.bytes().unwrap();
        for (body, length, replayable) in [
            (Body::factory(Some(3), chunks), Some(expected.len() as u64), true),
            (Body::factory(None, chunks), None, true),
            (Body::stream(chunks()), None, false),
        ] {
            let body = of(body);
            assert_eq!((body.bytes(), body.length(), body.is_replayable()), (None, length, replayable));
            assert_eq!(body.open().unwrap().read().await.unwrap(), expected);
            assert_eq!(body.open().is_ok(), replayable);
        }
    }

    #[test]
    fn other_serializers_refuse_a_part() {
        let said = serde_json::to_string(&vec![Some(Part::text("s3cret"))]).unwrap_err().to_string();
        assert!(said.contains("only be a part of a multipart body"), "{said}");
        assert!(handed(HANDED).is_none(), "nothing is left behind");
    }

    #[test]
    fn a_part_comes_through_serde() {
        use serde::ser::{Error as _, Impossible};
        /// Writes parts, and refuses all else.
        struct Parts(Multipart);
        type No = Impossible<(), serde_json::Error>;
        macro_rules! refuse {
            ($($name:ident($($arg:ty),*) -> $out:ty;)*) => {$(
                fn $name(self, $(_: $arg),*) -> Result<$out, serde_json::Error> {
                    Err(serde_json::Error::custom("no part"))
                }
            )*};
        }
        impl Serializer for &mut Parts {
            type Ok = ();
            type Error = serde_json::Error;
            type SerializeSeq = No;
            type SerializeTuple = No;
            type SerializeTupleStruct = No;
            type SerializeTupleVariant = No;
            type SerializeMap = No;
            type SerializeStruct = No;
            type SerializeStructVariant = No;
            refuse! {
                serialize_bool(bool) -> (); serialize_i8(i8) -> (); serialize_i16(i16) -> ();
                serialize_i32(i32) -> (); serialize_i64(i64) -> (); serialize_u8(u8) -> ();
                serialize_u16(u16) -> (); serialize_u32(u32) -> (); serialize_u64(u64) -> ();
                serialize_f32(f32) -> (); serialize_f64(f64) -> (); serialize_char(char) -> ();
                serialize_str(&str) -> (); serialize_bytes(&[u8]) -> (); serialize_none() -> ();
                serialize_unit() -> (); serialize_unit_struct(&'static str) -> ();
                serialize_unit_variant(&'static str, u32, &'static str) -> ();
                serialize_seq(Option<usize>) -> No; serialize_tuple(usize) -> No;
                serialize_tuple_struct(&'static str, usize) -> No;
                serialize_tuple_variant(&'static str, u32, &'static str, usize) -> No;
                serialize_map(Option<usize>) -> No; serialize_struct(&'static str, usize) -> No;
                serialize_struct_variant(&'static str, u32, &'static str, usize) -> No;
            }
            fn serialize_some<T: Serialize + ?Sized>(self, value: &T) -> Result<(), serde_json::Error> {
                value.serialize(self)
            }
            fn serialize_newtype_struct<T: Serialize + ?Sized>(
                self,
                name: &'static str,
                value: &T,
            ) -> Result<(), serde_json::Error> {
                match handed(name) {
                    Some(part) => self.0.part("a", &part, &NONE).map_err(serde_json::Error::custom),
                    None => value.serialize(self),
                }
            }
            fn serialize_newtype_variant<T: Serialize + ?Sized>(
                self,
                _: &'static str,
                _: u32,
                _: &'static str,
                _: &T,
            ) -> Result<(), serde_json::Error> {
                Err(serde_json::Error::custom("no part"))
            }
        }
        let mut parts = Parts(Multipart::default());
        Some(Part::text("x").mime("text/x")).serialize(&mut parts).unwrap();
        assert!(written(parts.0).contains("name=\"a\"\r\nContent-Type: text/x\r\n\r\nx\r\n"));
    }
}
