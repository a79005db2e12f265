//! What was sent, read back.

use super::pattern::{Values, pairs};
use crate::{
    endpoint::Endpoint,
    request::Prepared,
    response::{DecodeError, read_header, read_json, read_lines},
};
use serde::de::DeserializeOwned;
use std::{fmt, ops::Deref};

/// A request that a [`Stub`](super::Stub) was asked, with its values read back as types. It is also a [`Prepared`]: method, URL,
/// headers, body.
///
/// A type says what it wants to be: an `Option` is `None` where nothing was sent, a `Vec` has all values of the name, numbers and
/// enums are read from their text.
///
/// ```
/// use apiclient::{prelude::*, testing::Stub};
///
/// #[api_client(base_url = "https://api.example.com/v1")]
/// trait Users {
///     #[get("/teams/{team}/users")]
///     fn users(&self, team: &str, #[query] page: Option<u32>, #[query] tag: &[&str]) -> Call<Vec<String>>;
/// }
///
/// # #[tokio::main(flavor = "current_thread")]
/// # async fn main() -> Result<(), Box<dyn std::error::Error>> {
/// let stub = Stub::new();
/// stub.on(&UsersClient::ENDPOINTS.users).returns(&["ada"]);
/// let users = UsersClient::builder().transport(stub.clone()).build()?;
/// users.users("red & blue", None, &["a", "b"]).await?;
///
/// let sent = &stub.requests()[0];
/// assert_eq!(sent.path::<String>("team")?, "red & blue");
/// assert_eq!(sent.query::<Option<u32>>("page")?, None);
/// assert_eq!(sent.query::<Vec<String>>("tag")?, ["a", "b"]);
/// # Ok(()) }
/// ```
#[derive(Clone)]
pub struct Sent {
    pub(super) request: Prepared,
    pub(super) endpoint: Option<&'static Endpoint>,
    /// Of the template's path.
    pub(super) values: Values,
}

impl Sent {
    /// The endpoint it is a call of; none for an untyped call, and for what came over a socket.
    pub fn endpoint(&self) -> Option<&'static Endpoint> {
        self.endpoint
    }

    /// The value of a variable of the template's path, by its name in the template.
    ///
    /// # Errors
    ///
    /// If the template has no such variable, or its value is not of this type.
    pub fn path<T: DeserializeOwned>(&self, name: &str) -> Result<T, DecodeError> {
        let value = self.values.iter().find(|(other, _)| other == name).map(|(_, value)| value);
        let members = value.map(|value| &value.members[..]).unwrap_or_default();
        read("the path variable", name, value.map(|value| &value.whole[..]), members)
    }

    /// The value of a parameter of the query, by its name on the wire.
    ///
    /// # Errors
    ///
    /// If it is missing, or not of this type.
    pub fn query<T: DeserializeOwned>(&self, name: &str) -> Result<T, DecodeError> {
        let values = pairs(self.request.url().query().unwrap_or_default(), name);
        read("the query parameter", name, values.first().map(Vec::as_slice), &values)
    }

    /// The value of a header.
    ///
    /// # Errors
    ///
    /// If it is missing, or not of this type.
    pub fn header<T: DeserializeOwned>(&self, name: &str) -> Result<T, DecodeError> {
        read_header(self.request.headers(), name)
    }

    /// The body as JSON.
    ///
    /// # Errors
    ///
    /// If it is none, or not of this type.
    pub fn json<T: DeserializeOwned>(&self) -> Result<T, DecodeError> {
        read_json(self.bytes())
    }

    /// The value of a field of a form, by its name on the wire.
    ///
    /// # Errors
    ///
    /// If it is missing, or not of this type.
    pub fn field<T: DeserializeOwned>(&self, name: &str) -> Result<T, DecodeError> {
        let text = String::from_utf8_lossy(self.bytes());
        let values = pairs(&text, name);
        read("the field", name, values.first().map(Vec::as_slice), &values)
    }

    /// The body as text.
    ///
    /// # Errors
    ///
    /// If it is not UTF-8.
    pub fn text(&self) -> Result<&str, DecodeError> {
        std::str::from_utf8(self.bytes()).map_err(|_| DecodeError::new("the body is not UTF-8"))
    }

    /// The body, which is in memory: a file or a stream was read to its end.
    pub fn bytes(&self) -> &[u8] {
        self.request.body().bytes().map_or(&[], |bytes| &bytes[..])
    }
}

fn read<T: DeserializeOwned>(
    what: &str,
    name: &str,
    whole: Option<&[u8]>,
    members: &[Vec<u8>],
) -> Result<T, DecodeError> {
    let members: Vec<&[u8]> = members.iter().map(Vec::as_slice).collect();
    read_lines(whole, &members).map_err(|why| DecodeError::new(format!("{what} `{name}` {why}")))
}

impl Deref for Sent {
    type Target = Prepared;

    fn deref(&self) -> &Prepared {
        &self.request
    }
}

/// The `curl` line of the request, without its secrets.
impl fmt::Display for Sent {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        self.request.fmt(f)
    }
}

impl fmt::Debug for Sent {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        write!(f, "Sent({})", self.request)
    }
}
