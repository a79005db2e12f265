//! [`UriTemplate`]: the template engine for links that are known at run time only.

use super::{
    param::{Expander, ParamError, Place, Progress, refused, scalar},
    target::{literals, pieces},
    template,
};
use crate::{
    endpoint::{Piece, Var},
    error::{Error, ErrorKind},
};
use serde::ser::{self, Impossible, Serialize};
use std::{fmt, str::FromStr};

/// A URI template (RFC 6570, all four levels), parsed at run time: for the links that servers send
/// (`"issues_url": "https://api.github.com/repos/o/r/issues{/number}"`).
///
/// The result is a URI reference and nothing more. Whether a request may go there is asked where it is used: an argument
/// with `#[url]` stays below the base URL or goes to an origin that the trait allows. The paths of endpoints are templates
/// of the same kind, parsed at compile time, and refuse more: see `#[api_client]`.
///
/// ```
/// use apiclient::UriTemplate;
/// use serde::Serialize;
///
/// #[derive(Serialize)]
/// struct Variables<'a> {
///     number: Option<u32>,
///     labels: &'a [&'a str],
/// }
///
/// let template = UriTemplate::parse("https://api.example.com/issues{/number}{?labels*}")?;
/// let url = template.expand(&Variables { number: Some(7), labels: &["bug", "p 1"] })?;
/// assert_eq!(url, "https://api.example.com/issues/7?labels=bug&labels=p%201");
/// assert_eq!(template.variables().collect::<Vec<_>>(), ["number", "labels"]);
/// # Ok::<_, apiclient::Error>(())
/// ```
#[derive(Clone, PartialEq, Eq)]
pub struct UriTemplate(String);

impl UriTemplate {
    /// Checks a template. A space between the expressions is taken as `%20`; everything else is as the RFC has it.
    ///
    /// # Errors
    ///
    /// Of kind [`Argument`](ErrorKind::Argument), saying what is wrong and at which byte: a brace too many, an operator or a
    /// name that is none, a modifier out of range, a character that no URI has, more than 8 KiB.
    pub fn parse(template: impl Into<String>) -> Result<Self, Error> {
        let template = template.into();
        match template::parse(&template) {
            Ok(_) => Ok(UriTemplate(template)),
            Err(flaw) => Err(Error::new(ErrorKind::Argument, format!("this is no URI template: {flaw}"))),
        }
    }

    /// Writes the values of `variables`, a struct or a map by their names. What is absent or `None` is left out, as are
    /// empty lists and maps; fields that the template does not name are not looked at.
    ///
    /// # Errors
    ///
    /// Of kind [`Argument`](ErrorKind::Argument): `variables` is no struct and no map, a value is nested or cannot be written,
    /// a prefix (`{var:3}`) meets a list or a map (RFC 6570, section 2.4.1).
    pub fn expand<T: Serialize + ?Sized>(&self, variables: &T) -> Result<String, Error> {
        self.write(variables).map_err(|e| Error::new(ErrorKind::Argument, e.into_message()))
    }

    /// The names of the variables, in order; one that stands twice is named twice.
    pub fn variables(&self) -> impl Iterator<Item = &str> {
        let parts = template::parse(&self.0).unwrap_or_default();
        parts.into_iter().flat_map(|part| match part {
            template::Part::Literal(_) => Vec::new(),
            template::Part::Expression { variables, .. } => variables.into_iter().map(|v| v.name).collect(),
        })
    }

    /// The template as it was given.
    pub fn as_str(&self) -> &str {
        &self.0
    }

    fn write<T: Serialize + ?Sized>(&self, variables: &T) -> Result<String, ParamError> {
        let parts = template::parse(&self.0)
            .map_err(|flaw| ParamError::whole(format!("this is no template: {flaw}")))?;
        let literals = literals(&parts);
        let mut out = Vec::with_capacity(self.0.len() + 32);
        let mut progress = Progress { verbatim: true, ..Progress::default() };
        for piece in pieces(&parts, &literals) {
            match piece {
                Piece::Literal(text) | Piece::Query(text) => out.extend_from_slice(text.as_bytes()),
                Piece::Var(var) => {
                    progress.began &= !var.opens;
                    let field = Field { var, out: &mut out, progress: &mut progress };
                    variables.serialize(field).map_err(|e| e.named(var.name))?;
                }
                _ => {}
            }
        }
        String::from_utf8(out).map_err(|_| ParamError::whole("the expansion is not ASCII"))
    }
}

impl FromStr for UriTemplate {
    type Err = Error;

    fn from_str(template: &str) -> Result<Self, Error> {
        Self::parse(template)
    }
}

impl fmt::Display for UriTemplate {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str(&self.0)
    }
}

/// Without its query and without user information, where keys are.
impl fmt::Debug for UriTemplate {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        let shown = self.0.split(['?', '#']).next().unwrap_or_default().trim_end_matches('{');
        match shown.split_once("://").and_then(|(scheme, rest)| {
            let end = rest.find(['/', '{']).unwrap_or(rest.len());
            let host = rest[..end].rfind('@')? + 1;
            Some((scheme, &rest[host..]))
        }) {
            Some((scheme, rest)) => write!(f, "UriTemplate({scheme}://***@{rest})"),
            None => write!(f, "UriTemplate({shown})"),
        }
    }
}

/// Finds one variable among those given, and writes it.
struct Field<'a, 'v> {
    var: Var<'v>,
    out: &'a mut Vec<u8>,
    progress: &'a mut Progress,
}

impl Field<'_, '_> {
    fn take<T: Serialize + ?Sized>(&mut self, name: &[u8], value: &T) -> Result<(), ParamError> {
        if name != self.var.name.as_bytes() {
            return Ok(());
        }
        value.serialize(&mut Expander::new(self.out, Place::Target(&self.var), self.progress))
    }
}

/// A struct or a map under way.
struct Fields<'a, 'v>(Field<'a, 'v>, Vec<u8>);

type Done = Result<(), ParamError>;

fn no_variables<T>() -> Result<T, ParamError> {
    Err(ParamError::whole("the variables of a template come as a struct or a map"))
}

macro_rules! refuse {
    ($($f:ident $t:ty),*) => { $(
        fn $f(self, _: $t) -> Done {
            no_variables()
        }
    )* };
}

impl<'a, 'v> ser::Serializer for Field<'a, 'v> {
    type Ok = ();
    type Error = ParamError;
    type SerializeSeq = Impossible<(), ParamError>;
    type SerializeTuple = Impossible<(), ParamError>;
    type SerializeTupleStruct = Impossible<(), ParamError>;
    type SerializeTupleVariant = Impossible<(), ParamError>;
    type SerializeStructVariant = Impossible<(), ParamError>;
    type SerializeMap = Fields<'a, 'v>;
    type SerializeStruct = Fields<'a, 'v>;

    refuse!(serialize_bool bool, serialize_i8 i8, serialize_i16 i16, serialize_i32 i32, serialize_i64 i64,
            serialize_u8 u8, serialize_u16 u16, serialize_u32 u32, serialize_u64 u64, serialize_f32 f32,
            serialize_f64 f64, serialize_char char, serialize_str &str, serialize_bytes &[u8]);

    /// No variables at all.
    fn serialize_none(self) -> Done {
        Ok(())
    }
    fn serialize_unit(self) -> Done {
        Ok(())
    }
    fn serialize_unit_struct(self, _: &'static str) -> Done {
        Ok(())
    }
    fn serialize_some<T: Serialize + ?Sized>(self, v: &T) -> Done {
        v.serialize(self)
    }
    fn serialize_newtype_struct<T: Serialize + ?Sized>(self, _: &'static str, v: &T) -> Done {
        v.serialize(self)
    }
    fn serialize_unit_variant(self, _: &'static str, _: u32, _: &'static str) -> Done {
        no_variables()
    }
    fn serialize_newtype_variant<T: Serialize + ?Sized>(
        self,
        _: &'static str,
        _: u32,
        _: &'static str,
        _: &T,
    ) -> Done {
        no_variables()
    }
    fn serialize_seq(self, _: Option<usize>) -> Result<Self::SerializeSeq, ParamError> {
        no_variables()
    }
    fn serialize_tuple(self, _: usize) -> Result<Self::SerializeTuple, ParamError> {
        no_variables()
    }
    fn serialize_tuple_struct(self, _: &'static str, _: usize) -> Result<Self::SerializeTuple, ParamError> {
        no_variables()
    }
    fn serialize_tuple_variant(
        self,
        _: &'static str,
        _: u32,
        _: &'static str,
        _: usize,
    ) -> Result<Self::SerializeTupleVariant, ParamError> {
        no_variables()
    }
    fn serialize_struct_variant(
        self,
        _: &'static str,
        _: u32,
        _: &'static str,
        _: usize,
    ) -> Result<Self::SerializeStructVariant, ParamError> {
        no_variables()
    }
    fn serialize_map(self, _: Option<usize>) -> Result<Self::SerializeMap, ParamError> {
        Ok(Fields(self, Vec::new()))
    }
    fn serialize_struct(self, _: &'static str, _: usize) -> Result<Self::SerializeStruct, ParamError> {
        Ok(Fields(self, Vec::new()))
    }
}

impl ser::SerializeMap for Fields<'_, '_> {
    type Ok = ();
    type Error = ParamError;

    fn serialize_key<T: Serialize + ?Sized>(&mut self, key: &T) -> Done {
        self.1 = scalar(key)?.ok_or(refused("has a map key that is absent"))?;
        Ok(())
    }
    fn serialize_value<T: Serialize + ?Sized>(&mut self, value: &T) -> Done {
        self.0.take(&self.1, value)
    }
    fn end(self) -> Done {
        Ok(())
    }
}

impl ser::SerializeStruct for Fields<'_, '_> {
    type Ok = ();
    type Error = ParamError;

    fn serialize_field<T: Serialize + ?Sized>(&mut self, key: &'static str, value: &T) -> Done {
        self.0.take(key.as_bytes(), value)
    }
    fn end(self) -> Done {
        Ok(())
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use std::collections::BTreeMap;

    #[test]
    fn variables_are_found_by_name() {
        let expand = |template: &str| {
            let variables = BTreeMap::from([("a", "1"), ("b", "x y"), ("c", "")]);
            UriTemplate::parse(template).unwrap().expand(&variables).unwrap()
        };
        assert_eq!(expand("{a}{#b}{?a,b}{&c}"), "1#x%20y?a=1&b=x%20y&c=");
        assert_eq!(expand("https://h/{b}/{nothing}/{?nothing}"), "https://h/x%20y//");
        let none = UriTemplate::parse("/{a}").unwrap().expand(&()).unwrap();
        assert_eq!(none, "/");
    }

    #[test]
    fn what_is_wrong_is_said() {
        let template = UriTemplate::parse("/{a:2}").unwrap();
        let said = template.expand(&BTreeMap::from([("a", [1])])).unwrap_err().to_string();
        assert!(said.contains("the argument `a` is a list or a map"), "{said}");
        assert!(template.expand(&7).unwrap_err().to_string().contains("a struct or a map"));
        assert!(UriTemplate::parse("/{a").unwrap_err().to_string().contains("never closed"));
        let debug = |text: &str| format!("{:?}", UriTemplate::parse(text).unwrap());
        assert_eq!(debug("/a?key=1"), "UriTemplate(/a)");
        assert_eq!(debug("https://u:s3cret@h/{x}{?k}"), "UriTemplate(https://***@h/{x})");
    }
}
