//! Where a redirect leads, and what of a request goes there.
//!
//! Whatever belongs to the first origin stays with it: once a chain has left it, no credentials, no headers of the call and no body
//! are sent any more, also not when the chain comes back.

use crate::{
    answer::{Reply, uri},
    error::{Error, ErrorKind},
    origin::Origin,
    request::{Body, Recipe, encode, parse_base_url},
    response::resolve,
};
use http::{
    HeaderMap, HeaderName, Method, StatusCode,
    header::{
        ACCEPT, ACCEPT_ENCODING, ACCEPT_LANGUAGE, CONTENT_ENCODING, CONTENT_LANGUAGE, CONTENT_LENGTH,
        CONTENT_LOCATION, CONTENT_TYPE, LOCATION, TRANSFER_ENCODING, USER_AGENT,
    },
};
use std::{borrow::Cow, sync::Arc};

/// How many are followed, and where to.
#[derive(Debug, Clone, Copy)]
pub(crate) struct Limits {
    pub(crate) most: u32,
    pub(crate) same_origin: bool,
}

impl Limits {
    /// RFC 9110, section 15.4, names no number; five was one of RFC 2068. Browsers take twenty, curl fifty.
    pub(crate) const MOST: u32 = 10;
}

/// The next request of a chain, in the place of the call's own.
pub(crate) struct Hop {
    pub(crate) method: Method,
    pub(crate) origin: Arc<Origin>,
    /// Path and query, percent-encoded ASCII.
    pub(crate) target: Vec<u8>,
    /// What is sent in the place of the call's body; none for the same.
    pub(crate) body: Option<Body>,
    /// The chain has left the origin that it began at.
    pub(crate) is_foreign: bool,
    count: u32,
    /// Without queries, which can hold secrets.
    chain: String,
}

/// All that goes to another origin: what says nothing about who is asking.
const OPEN: [HeaderName; 4] = [ACCEPT, ACCEPT_ENCODING, ACCEPT_LANGUAGE, USER_AGENT];
/// What speaks of a body that is not sent any more (RFC 9110, section 15.4).
const OF_BODY: [HeaderName; 6] =
    [CONTENT_TYPE, CONTENT_LENGTH, CONTENT_ENCODING, CONTENT_LANGUAGE, CONTENT_LOCATION, TRANSFER_ENCODING];

impl Hop {
    /// The headers of this request, out of those of the call.
    pub(crate) fn headers(&self, mut own: HeaderMap) -> HeaderMap {
        if self.is_foreign {
            let open = OPEN.into_iter().filter_map(|name| Some((name.clone(), own.remove(name)?)));
            return open.collect();
        }
        if self.body.is_some() {
            for name in &OF_BODY {
                own.remove(name);
            }
        }
        own
    }
}

/// Whether the status is one of a redirect that can be followed (RFC 9110, section 15.4).
pub(crate) fn is_one(status: StatusCode) -> bool {
    matches!(status.as_u16(), 301 | 302 | 303 | 307 | 308)
}

/// Where the answer to a request leads; `None` if it says nothing about that. `home` is where the call itself went.
pub(crate) fn next(
    limits: Limits,
    recipe: &Recipe,
    home: &Arc<Origin>,
    before: Option<&Hop>,
    reply: &Reply,
) -> Result<Option<Hop>, Error> {
    let mut locations = reply.headers.get_all(LOCATION).iter();
    let Some(location) = locations.next() else { return Ok(None) };
    let refused = |why: Cow<'static, str>| Error::new(ErrorKind::Redirect, why).with_reply(reply.clone());
    if locations.any(|other| other != location) {
        return Err(refused("and it names several places".into()));
    }
    let count = before.map_or(0, |hop| hop.count) + 1;
    let here = before.map_or(home, |hop| &hop.origin);
    let target = before.map_or(&recipe.writing.target, |hop| &hop.target);
    let chain = before.map_or_else(|| shown(here, target), |hop| hop.chain.clone());
    if count > limits.most {
        let many = if limits.most == 1 { "1 redirect" } else { &format!("{} redirects", limits.most) };
        return Err(refused(format!("after {many}, the limit: {chain}").into()));
    }
    let (there, next_target) = place(here, target, location.as_bytes()).map_err(|why| refused(why.into()))?;
    if here.scheme() == "https" && there.scheme() == "http" {
        return Err(refused(
            format!("and it leads from https to {there}, where everybody can read along").into(),
        ));
    }
    let leaves = there != **here;
    if leaves && limits.same_origin {
        return Err(refused(format!("and it leads to another origin, {there}").into()));
    }
    let is_foreign = leaves || before.is_some_and(|hop| hop.is_foreign);
    let method = before.map_or(&recipe.method, |hop| &hop.method);
    let gone = before.and_then(|hop| hop.body.clone());
    let (method, body) = match reply.status.as_u16() {
        // RFC 9110, sections 15.4.2 and 15.4.3: what all browsers do.
        301 | 302 if *method == Method::POST => (Method::GET, Some(Body::default())),
        303 if *method != Method::HEAD => (Method::GET, Some(Body::default())),
        _ => (method.clone(), gone),
    };
    let sends = body.is_none() && !recipe.body.is_empty();
    if sends && is_foreign {
        return Err(refused(
            format!("and it would take the body of the request to another origin, {there}").into(),
        ));
    }
    if sends && !recipe.body.is_replayable() {
        return Err(refused("and the body of the request can be sent only once".into()));
    }
    let origin = if leaves { Arc::new(there) } else { here.clone() };
    // Interned: at home the transport knows it.
    let origin = if *origin == **home { home.clone() } else { origin };
    let chain = format!("{chain} -> {}", shown(&origin, &next_target));
    Ok(Some(Hop { method, origin, target: next_target, body, is_foreign, count, chain }))
}

/// A URL without its query.
fn shown(origin: &Origin, target: &[u8]) -> String {
    const MOST: usize = 200;
    let path = target.split(|byte| *byte == b'?').next().unwrap_or_default();
    let path = String::from_utf8_lossy(&path[..path.len().min(MOST)]);
    format!("{origin}{path}")
}

/// Resolves a `Location` against the URL that was asked (RFC 9110, section 10.2.2; RFC 3986, section 5).
fn place(here: &Origin, target: &[u8], location: &[u8]) -> Result<(Origin, Vec<u8>), &'static str> {
    const LONGEST: usize = 16 << 10;
    if location.len() > LONGEST {
        return Err("and the place that it names is longer than 16 KiB");
    }
    if location.is_empty() {
        return Err("and the place that it names is empty");
    }
    // What no URL holds, a space or an umlaut, is encoded, as browsers do.
    let mut text = Vec::with_capacity(location.len());
    encode(&mut text, location.trim_ascii(), true);
    let text = String::from_utf8(text).unwrap_or_default();
    let no_url = "and the place that it names is no URL of `http` or `https`";
    let asked = uri(here, target).ok_or(no_url)?;
    let there = resolve(&asked, &text).ok_or(no_url)?;
    let (scheme, authority) = (there.scheme_str().unwrap_or_default(), there.authority().ok_or(no_url)?);
    if authority.as_str().contains('@') {
        return Err("and the place that it names holds credentials");
    }
    let whole = format!("{scheme}://{authority}");
    let parts = parse_base_url(&whole).map_err(|_| no_url)?;
    let target = there.path_and_query().map_or("/", |target| target.as_str());
    let target = if target.starts_with('/') { target.into() } else { format!("/{target}") };
    Ok((Origin::new(parts.scheme, parts.authority), target.into_bytes()))
}
