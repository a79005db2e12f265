//! Arguments: one serde serializer that writes straight into the percent-encoded target or a header's value.

use crate::endpoint::{Op, Var};
use serde::ser::{self, Serialize};
use std::{
    borrow::Cow,
    fmt::{self, Display, Write},
};

/// The dyn-safe twin of `Serialize`. Generated code passes `&dyn Param`, so that a type is compiled once and
/// not once per endpoint.
#[diagnostic::on_unimplemented(
    message = "`{Self}` cannot be an argument of an endpoint",
    label = "an argument is written into the request with serde",
    note = "derive `serde::Serialize` for it"
)]
pub trait Param {
    #[doc(hidden)]
    fn expand(&self, out: &mut Expander<'_>) -> Result<(), ParamError>;
}

#[diagnostic::do_not_recommend]
impl<T: Serialize + ?Sized> Param for T {
    fn expand(&self, out: &mut Expander<'_>) -> Result<(), ParamError> {
        self.serialize(out)
    }
}

/// What cannot be written, in words that name the argument and never its value.
#[derive(Debug)]
pub struct ParamError(pub(crate) Cow<'static, str>);

impl ParamError {
    /// Says which argument it was.
    pub(crate) fn named(self, name: &str) -> Self {
        ParamError(format!("the argument `{name}` {}", self.0).into())
    }
}

impl Display for ParamError {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str(&self.0)
    }
}

impl std::error::Error for ParamError {}

impl ser::Error for ParamError {
    fn custom<T: Display>(message: T) -> Self {
        ParamError(format!("cannot be written: {message}").into())
    }
}

const fn refused(why: &'static str) -> ParamError {
    ParamError(Cow::Borrowed(why))
}

#[derive(Debug, Clone, Copy, PartialEq)]
enum Shape {
    Scalar,
    List,
    Map,
}

/// Where a value goes.
#[derive(Debug, Clone, Copy)]
pub(crate) enum Place<'a> {
    Target(Var<'a>),
    Header,
    /// The key of a map, gathered before it is written.
    Key,
}

/// What the values of one target share.
#[derive(Debug, Default)]
pub(crate) struct Progress {
    /// A value of the current expression was written.
    pub(crate) began: bool,
    /// The target has its `?`.
    pub(crate) query: bool,
}

/// The serializer of one value. Nothing is written before the first scalar, so that `None` and `[]` leave no trace.
#[derive(Debug)]
pub struct Expander<'a> {
    out: &'a mut Vec<u8>,
    place: Place<'a>,
    progress: &'a mut Progress,
    shape: Shape,
    items: usize,
    key: Option<Cow<'static, str>>,
}

impl<'a> Expander<'a> {
    pub(crate) fn new(out: &'a mut Vec<u8>, place: Place<'a>, progress: &'a mut Progress) -> Self {
        Expander { out, place, progress, shape: Shape::Scalar, items: 0, key: None }
    }

    /// Whether the value stands in the path. After a literal `?`, a plain `{var}` does not.
    fn in_path(&self, op: Op) -> bool {
        op.in_path() && !self.progress.query
    }

    /// How many scalars were written.
    pub(crate) fn items(&self) -> usize {
        self.items
    }

    /// The separator before a value of the target (RFC 6570, section 3.2.1).
    fn separate(&mut self, op: Op) {
        let first = !std::mem::replace(&mut self.progress.began, true);
        let byte = match op {
            Op::Simple | Op::Reserved if first => return,
            Op::Simple | Op::Reserved => b',',
            Op::Label => b'.',
            Op::Segment => b'/',
            Op::Matrix => b';',
            Op::Query | Op::Continuation if std::mem::replace(&mut self.progress.query, true) => b'&',
            Op::Query => b'?',
            Op::Continuation => b'&',
        };
        self.out.push(byte);
    }

    /// Everything that stands before a value; where the value itself begins.
    fn open(&mut self) -> usize {
        let key = self.key.take();
        self.items += 1;
        match self.place {
            Place::Target(var) => self.open_target(var, key),
            Place::Header => self.open_header(key),
            Place::Key => {}
        }
        self.out.len()
    }

    fn open_target(&mut self, var: Var<'_>, key: Option<Cow<'static, str>>) {
        let fresh = self.items == 1 || var.explode;
        if fresh {
            self.separate(var.op);
        } else {
            self.out.push(b',');
        }
        if fresh && var.op.named() && !(var.explode && key.is_some()) {
            encode(self.out, var.name.as_bytes(), false);
            self.out.push(b'=');
        }
        if let Some(key) = key {
            encode(self.out, key.as_bytes(), var.op == Op::Reserved);
            self.out.push(if var.explode { b'=' } else { b',' });
        }
    }

    fn open_header(&mut self, key: Option<Cow<'static, str>>) {
        if self.items > 1 {
            self.out.extend_from_slice(b", ");
        }
        if let Some(key) = key {
            self.out.extend_from_slice(key.as_bytes());
            self.out.push(b'=');
        }
    }

    /// What a value may not be, once it is written.
    fn close(&mut self, from: usize) -> Result<(), ParamError> {
        match self.place {
            Place::Target(Var { op: Op::Matrix, .. })
                if self.out.len() == from && self.out.ends_with(b"=") =>
            {
                self.out.pop(); // `;name`, not `;name=`
                Ok(())
            }
            Place::Target(Var { op: Op::Segment, .. }) if !self.progress.query => {
                check_segment(&self.out[from..])
            }
            _ => Ok(()),
        }
    }

    fn text(&mut self, text: &[u8]) -> Result<(), ParamError> {
        let from = self.open();
        self.write(text)?;
        self.close(from)
    }

    /// One piece of a value's text, encoded as its place asks.
    fn write(&mut self, text: &[u8]) -> Result<(), ParamError> {
        match self.place {
            Place::Target(Var { op, prefix, .. }) => {
                let text = prefix.map_or(text, |characters| prefixed(text, characters));
                if self.in_path(op) && text.iter().any(|b| matches!(b, b'\r' | b'\n' | 0)) {
                    return Err(refused("holds CR, LF or NUL, which no path can"));
                }
                encode(self.out, text, op == Op::Reserved);
            }
            // Whether a header may hold it is asked of the whole value.
            Place::Header | Place::Key => self.out.extend_from_slice(text),
        }
        Ok(())
    }

    fn compound(&mut self, shape: Shape) -> Result<&mut Self, ParamError> {
        match (self.place, self.shape) {
            (Place::Key, _) => Err(refused("has a map key that is not a scalar")),
            (_, Shape::Scalar) => {
                self.shape = shape;
                Ok(self)
            }
            _ => Err(refused(
                "is nested (a list or a map within another); it may be one list, one map or one struct",
            )),
        }
    }
}

/// What a segment of a path may not be.
pub(crate) fn check_segment(written: &[u8]) -> Result<(), ParamError> {
    match written {
        b"" => Err(refused("is empty, but it is a part of the path")),
        b"." | b".." => Err(refused("is a dot segment, which would address another resource")),
        _ => Ok(()),
    }
}

/// The first characters of a UTF-8 text.
fn prefixed(text: &[u8], characters: u16) -> &[u8] {
    let starts = text.iter().enumerate().filter(|(_, b)| **b & 0xC0 != 0x80);
    starts.map(|(at, _)| at).nth(characters.into()).map_or(text, |end| &text[..end])
}

/// 1: unreserved, 2: reserved (RFC 3986, section 2), which only `{+var}` lets through.
const CLASS: [u8; 256] = {
    let mut class = [0; 256];
    let reserved = b":/?#[]@!$&'()*+,;=";
    let mut byte = 0_u8;
    while byte < 128 {
        if byte.is_ascii_alphanumeric() || matches!(byte, b'-' | b'.' | b'_' | b'~') {
            class[byte as usize] = 1;
        }
        byte += 1;
    }
    let mut at = 0;
    while at < reserved.len() {
        class[reserved[at] as usize] = 2;
        at += 1;
    }
    class
};

/// Percent-encodes into `out`. Runs of safe bytes are copied at once: the common argument has no other.
pub(crate) fn encode(out: &mut Vec<u8>, text: &[u8], reserved: bool) {
    const HEX: &[u8; 16] = b"0123456789ABCDEF";
    let allowed = if reserved { 3 } else { 1 };
    let mut rest = text;
    while let Some(at) = rest.iter().position(|b| CLASS[usize::from(*b)] & allowed == 0) {
        out.extend_from_slice(&rest[..at]);
        // RFC 6570, section 3.2.3: triplets pass through a reserved expansion.
        let triplet = reserved
            && matches!(rest[at..], [b'%', a, b, ..] if a.is_ascii_hexdigit() && b.is_ascii_hexdigit());
        if triplet {
            out.extend_from_slice(&rest[at..at + 3]);
            rest = &rest[at + 3..];
            continue;
        }
        let byte = rest[at];
        out.extend_from_slice(&[b'%', HEX[usize::from(byte >> 4)], HEX[usize::from(byte & 15)]]);
        rest = &rest[at + 1..];
    }
    out.extend_from_slice(rest);
}

/// Lets `Display` write without a `String` in between.
struct Writer<'a, 'b>(&'a mut Expander<'b>, Result<(), ParamError>);

impl Write for Writer<'_, '_> {
    fn write_str(&mut self, text: &str) -> fmt::Result {
        self.0.write(text.as_bytes()).map_err(|e| {
            self.1 = Err(e);
            fmt::Error
        })
    }
}

macro_rules! integers {
    ($($f:ident $t:ty),*) => { $(
        fn $f(self, v: $t) -> Result<(), ParamError> {
            self.text(itoa::Buffer::new().format(v).as_bytes())
        }
    )* };
}

type Done = Result<(), ParamError>;

impl ser::Serializer for &mut Expander<'_> {
    type Ok = ();
    type Error = ParamError;
    type SerializeSeq = Self;
    type SerializeTuple = Self;
    type SerializeTupleStruct = Self;
    type SerializeMap = Self;
    type SerializeStruct = Self;
    type SerializeTupleVariant = ser::Impossible<(), ParamError>;
    type SerializeStructVariant = ser::Impossible<(), ParamError>;

    integers!(serialize_i8 i8, serialize_i16 i16, serialize_i32 i32, serialize_i64 i64, serialize_i128 i128,
              serialize_u8 u8, serialize_u16 u16, serialize_u32 u32, serialize_u64 u64, serialize_u128 u128);

    fn serialize_bool(self, v: bool) -> Done {
        self.text(if v { b"true" } else { b"false" })
    }
    fn serialize_f32(self, v: f32) -> Done {
        self.collect_str(&v)
    }
    fn serialize_f64(self, v: f64) -> Done {
        self.collect_str(&v)
    }
    fn serialize_char(self, v: char) -> Done {
        self.text(v.encode_utf8(&mut [0; 4]).as_bytes())
    }
    fn serialize_str(self, v: &str) -> Done {
        self.text(v.as_bytes())
    }
    fn serialize_bytes(self, v: &[u8]) -> Done {
        self.text(v)
    }
    /// serde's own would allocate a `String` for every date, uuid and address.
    fn collect_str<T: Display + ?Sized>(self, v: &T) -> Done {
        if matches!(self.place, Place::Target(Var { prefix: Some(_), .. })) {
            return self.text(v.to_string().as_bytes());
        }
        let from = self.open();
        let mut writer = Writer(self, Ok(()));
        let written = write!(writer, "{v}");
        let Writer(this, refusal) = writer;
        refusal?;
        written.map_err(|_| refused("could not be formatted"))?;
        this.close(from)
    }
    fn serialize_none(self) -> Done {
        self.key = None;
        Ok(())
    }
    fn serialize_unit(self) -> Done {
        self.serialize_none()
    }
    fn serialize_unit_struct(self, _: &'static str) -> Done {
        self.serialize_none()
    }
    fn serialize_some<T: Serialize + ?Sized>(self, v: &T) -> Done {
        v.serialize(self)
    }
    fn serialize_unit_variant(self, _: &'static str, _: u32, variant: &'static str) -> Done {
        self.text(variant.as_bytes())
    }
    fn serialize_newtype_struct<T: Serialize + ?Sized>(self, _: &'static str, v: &T) -> Done {
        v.serialize(self)
    }
    fn serialize_newtype_variant<T: Serialize + ?Sized>(
        self,
        _: &'static str,
        _: u32,
        _: &'static str,
        v: &T,
    ) -> Done {
        v.serialize(self)
    }
    fn serialize_seq(self, _: Option<usize>) -> Result<Self, ParamError> {
        self.compound(Shape::List)
    }
    fn serialize_tuple(self, _: usize) -> Result<Self, ParamError> {
        self.compound(Shape::List)
    }
    fn serialize_tuple_struct(self, _: &'static str, _: usize) -> Result<Self, ParamError> {
        self.compound(Shape::List)
    }
    fn serialize_map(self, _: Option<usize>) -> Result<Self, ParamError> {
        self.compound(Shape::Map)
    }
    fn serialize_struct(self, _: &'static str, _: usize) -> Result<Self, ParamError> {
        self.compound(Shape::Map)
    }
    fn serialize_tuple_variant(
        self,
        _: &'static str,
        _: u32,
        _: &'static str,
        _: usize,
    ) -> Result<Self::SerializeTupleVariant, ParamError> {
        Err(refused("is an enum variant with several fields, which has no form here"))
    }
    fn serialize_struct_variant(
        self,
        _: &'static str,
        _: u32,
        _: &'static str,
        _: usize,
    ) -> Result<Self::SerializeStructVariant, ParamError> {
        Err(refused("is an enum variant with several fields, which has no form here"))
    }
}

macro_rules! elements {
    ($($tr:ident $f:ident),*) => { $(
        impl ser::$tr for &mut Expander<'_> {
            type Ok = ();
            type Error = ParamError;
            fn $f<T: Serialize + ?Sized>(&mut self, v: &T) -> Done {
                v.serialize(&mut **self)
            }
            fn end(self) -> Done {
                Ok(())
            }
        }
    )* };
}
elements!(SerializeSeq serialize_element, SerializeTuple serialize_element, SerializeTupleStruct serialize_field);

impl ser::SerializeStruct for &mut Expander<'_> {
    type Ok = ();
    type Error = ParamError;
    fn serialize_field<T: Serialize + ?Sized>(&mut self, key: &'static str, v: &T) -> Done {
        self.key = Some(key.into());
        v.serialize(&mut **self)
    }
    fn end(self) -> Done {
        Ok(())
    }
}

impl ser::SerializeMap for &mut Expander<'_> {
    type Ok = ();
    type Error = ParamError;
    fn serialize_key<T: Serialize + ?Sized>(&mut self, key: &T) -> Done {
        let mut text = Vec::new();
        key.serialize(&mut Expander::new(&mut text, Place::Key, &mut Progress::default()))?;
        let text = String::from_utf8(text).map_err(|_| refused("has a map key that is not UTF-8"))?;
        self.key = Some(text.into());
        Ok(())
    }
    fn serialize_value<T: Serialize + ?Sized>(&mut self, v: &T) -> Done {
        v.serialize(&mut **self)
    }
    fn end(self) -> Done {
        Ok(())
    }
}
