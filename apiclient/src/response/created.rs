//! What was created, and where.

use super::{Decode, DecodeError, DecodeWithin, reference::resolve};
use crate::{
    answer::{Answer, uri},
    endpoint::Statuses,
};
use http::{Uri, header};
use std::ops::Deref;

/// A value with the URL of what was created: the `Location` of a 201 (RFC 9110, section 10.2.2) and of other answers that
/// have one.
///
/// ```
/// use apiclient::{prelude::*, Created};
///
/// #[api_client(base_url = "https://api.example.com")]
/// trait Notes {
///     #[post("/notes")]
///     async fn create(&self, #[body(text)] text: &str) -> Result<Created<()>, apiclient::Error>;
///
///     #[get]
///     async fn note(&self, #[url] url: &http::Uri) -> Result<String, apiclient::Error>;
/// }
///
/// # use apiclient::http;
/// # async fn run(notes: NotesClient) -> Result<(), apiclient::Error> {
/// let created = notes.create("buy milk").await?;
/// if let Some(location) = created.location() {
///     println!("{}", notes.note(location).await?);
/// }
/// # Ok(()) }
/// ```
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Created<T> {
    location: Option<Uri>,
    value: T,
}

impl<T> Created<T> {
    /// For fakes.
    pub fn new(value: T, location: Option<Uri>) -> Self {
        Created { location, value }
    }

    /// Where it is, as a whole URL: a relative `Location` is resolved against the URL of the request (RFC 3986, section 5).
    /// `None` if the answer has none, or what is no URL.
    pub fn location(&self) -> Option<&Uri> {
        self.location.as_ref()
    }

    /// The body's value.
    pub fn into_value(self) -> T {
        self.value
    }
}

impl<T> Deref for Created<T> {
    type Target = T;

    fn deref(&self) -> &T {
        &self.value
    }
}

impl<T: Decode> Decode for Created<T> {
    const STATUSES: Option<Statuses> = T::STATUSES;

    fn decode(answer: &mut Answer) -> Result<Self, DecodeError> {
        let location = location(answer);
        Ok(Created { location, value: T::decode(answer)? })
    }
}

impl<T: DecodeWithin> DecodeWithin for Created<T> {
    fn decode_within(answer: &mut Answer) -> Result<Self, DecodeError> {
        let location = location(answer);
        Ok(Created { location, value: T::decode_within(answer)? })
    }
}

fn location(answer: &Answer) -> Option<Uri> {
    let text = answer.headers().get(header::LOCATION)?.to_str().ok()?.trim();
    let origin = answer.context.origin.as_ref()?;
    let asked = uri(origin, &answer.context.target)?;
    resolve(&asked, text)
}
