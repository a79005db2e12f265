//! A field that may be left alone, removed, or set.

use serde::{Deserialize, Deserializer, Serialize, Serializer, ser::Error};

/// A field of a JSON merge PATCH (RFC 7396): left alone, set to `null`, or set to a value.
///
/// The default is [`Absent`](Patch::Absent). A field of this type needs both of these attributes: serde decides
/// outside of a value whether its field is written.
///
/// ```
/// use apiclient::Patch;
/// use serde::{Deserialize, Serialize};
///
/// #[derive(Debug, Default, PartialEq, Serialize, Deserialize)]
/// struct Profile {
///     #[serde(default, skip_serializing_if = "Patch::is_absent")]
///     name: Patch<String>,
///     #[serde(default, skip_serializing_if = "Patch::is_absent")]
///     phone: Patch<String>,
///     #[serde(default, skip_serializing_if = "Patch::is_absent")]
///     age: Patch<u8>,
/// }
///
/// let change = Profile { name: "Ada".into(), phone: Patch::Null, ..Profile::default() };
/// assert_eq!(serde_json::to_string(&change)?, r#"{"name":"Ada","phone":null}"#);
/// assert_eq!(serde_json::from_str::<Profile>(r#"{"name":"Ada","phone":null}"#)?, change);
/// # Ok::<_, serde_json::Error>(())
/// ```
#[derive(Debug, Clone, Copy, Default, PartialEq, Eq, Hash)]
pub enum Patch<T> {
    /// The field is not sent: what is there stays.
    #[default]
    Absent,
    /// `null` is sent: what is there goes.
    Null,
    /// A value is sent.
    Value(T),
}

impl<T> Patch<T> {
    /// Whether the field is left alone; for `skip_serializing_if`.
    pub fn is_absent(&self) -> bool {
        matches!(self, Patch::Absent)
    }

    /// Whether the field is removed.
    pub fn is_null(&self) -> bool {
        matches!(self, Patch::Null)
    }

    /// Whether the field gets a value.
    pub fn is_value(&self) -> bool {
        matches!(self, Patch::Value(_))
    }

    /// The same with a reference to the value.
    pub fn as_ref(&self) -> Patch<&T> {
        match self {
            Patch::Absent => Patch::Absent,
            Patch::Null => Patch::Null,
            Patch::Value(value) => Patch::Value(value),
        }
    }

    /// The same with another value.
    pub fn map<U>(self, f: impl FnOnce(T) -> U) -> Patch<U> {
        match self {
            Patch::Absent => Patch::Absent,
            Patch::Null => Patch::Null,
            Patch::Value(value) => Patch::Value(f(value)),
        }
    }

    /// The value, if there is one to set.
    pub fn value(&self) -> Option<&T> {
        self.as_ref().into_value()
    }

    /// The value, if there is one to set.
    pub fn into_value(self) -> Option<T> {
        match self {
            Patch::Value(value) => Some(value),
            Patch::Absent | Patch::Null => None,
        }
    }

    /// Does to a field what the patch says.
    ///
    /// ```
    /// use apiclient::Patch;
    ///
    /// let mut phone = Some(110);
    /// Patch::Absent.apply(&mut phone);
    /// assert_eq!(phone, Some(110));
    /// Patch::Value(112).apply(&mut phone);
    /// assert_eq!(phone, Some(112));
    /// Patch::Null.apply(&mut phone);
    /// assert_eq!(phone, None);
    /// ```
    pub fn apply(self, field: &mut Option<T>) {
        match self {
            Patch::Absent => {}
            Patch::Null => *field = None,
            Patch::Value(value) => *field = Some(value),
        }
    }
}

impl<T> From<T> for Patch<T> {
    fn from(value: T) -> Self {
        Patch::Value(value)
    }
}

impl From<&str> for Patch<String> {
    fn from(value: &str) -> Self {
        Patch::Value(value.to_owned())
    }
}

/// `None` is `Null`: an `Option` has no third state.
impl<T> From<Option<T>> for Patch<T> {
    fn from(value: Option<T>) -> Self {
        value.map_or(Patch::Null, Patch::Value)
    }
}

impl<T: Serialize> Serialize for Patch<T> {
    fn serialize<S: Serializer>(&self, serializer: S) -> Result<S::Ok, S::Error> {
        match self {
            Patch::Absent => Err(S::Error::custom(
                "a field is `Patch::Absent`, and only the struct around it can leave it out: \
                 it needs `#[serde(skip_serializing_if = \"Patch::is_absent\")]`",
            )),
            Patch::Null => serializer.serialize_none(),
            Patch::Value(value) => serializer.serialize_some(value),
        }
    }
}

impl<'de, T: Deserialize<'de>> Deserialize<'de> for Patch<T> {
    fn deserialize<D: Deserializer<'de>>(deserializer: D) -> Result<Self, D::Error> {
        Option::deserialize(deserializer).map(Patch::from)
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[derive(Debug, Default, PartialEq, Serialize, Deserialize)]
    struct Form {
        #[serde(default, skip_serializing_if = "Patch::is_absent")]
        a: Patch<Vec<u8>>,
        #[serde(default, skip_serializing_if = "Patch::is_absent")]
        b: Patch<String>,
    }

    #[test]
    fn each_state_comes_back() {
        for (form, json) in [
            (Form::default(), "{}"),
            (Form { a: Patch::Null, b: Patch::Absent }, r#"{"a":null}"#),
            (Form { a: Patch::Value(vec![]), b: Patch::Null }, r#"{"a":[],"b":null}"#),
            (Form { a: Some(vec![1]).into(), b: "null".into() }, r#"{"a":[1],"b":"null"}"#),
        ] {
            assert_eq!(serde_json::to_string(&form).unwrap(), json);
            assert_eq!(serde_json::from_str::<Form>(json).unwrap(), form);
        }
    }

    #[test]
    fn a_field_without_its_attribute_says_which_it_needs() {
        #[derive(Serialize)]
        struct Bare {
            a: Patch<u8>,
        }
        let said = serde_json::to_string(&Bare { a: Patch::Absent }).unwrap_err().to_string();
        assert!(said.contains("skip_serializing_if = \"Patch::is_absent\""), "{said}");
        assert!(serde_json::to_string(&Bare { a: 1.into() }).is_ok());
    }

    #[test]
    fn conversions() {
        assert_eq!(Patch::<u8>::from(None), Patch::Null);
        assert_eq!(Patch::from(Some(1)), Patch::Value(1));
        assert_eq!(Patch::Value("a").map(str::len).into_value(), Some(1));
        assert_eq!(Patch::Value("a".to_owned()).value().map(String::as_str), Some("a"));
        assert_eq!(Patch::<u8>::Null.map(|_| 1), Patch::<i32>::Null);
        assert!(
            Patch::<u8>::default().is_absent() && Patch::<u8>::Null.is_null() && Patch::Value(1).is_value()
        );
    }
}
