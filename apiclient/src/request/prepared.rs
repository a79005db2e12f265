//! A request that was built and not sent.

use super::{Body, is_secret};
use crate::safe::Safe;
use http::{HeaderMap, HeaderName, Method, Request, Uri, header};
use std::{fmt, sync::Arc};

/// A request as it would be sent, from `Call::into_request`.
///
/// `Display` (and `Debug`) is a `curl` command line in which the values of headers are shown only where they are
/// harmless (`accept`, `content-type`, `user-agent` and their like) or called safe (`show_headers`), the values of the query
/// where their keys are (`show_query`), and the body never.
#[derive(Clone)]
pub struct Prepared {
    pub(crate) method: Method,
    pub(crate) url: Uri,
    pub(crate) headers: HeaderMap,
    pub(crate) body: Body,
    pub(crate) safe: Option<Arc<Safe>>,
}

impl Prepared {
    /// The method.
    pub fn method(&self) -> &Method {
        &self.method
    }

    /// The whole URL, with its query.
    pub fn url(&self) -> &Uri {
        &self.url
    }

    /// The headers; the transport adds `Host` and `Content-Length`.
    pub fn headers(&self) -> &HeaderMap {
        &self.headers
    }

    /// The body: its [`bytes`](Body::bytes) if it is in memory.
    pub fn body(&self) -> &Body {
        &self.body
    }
}

impl From<Prepared> for Request<Body> {
    fn from(prepared: Prepared) -> Self {
        let mut request = Request::new(prepared.body);
        *request.method_mut() = prepared.method;
        *request.uri_mut() = prepared.url;
        *request.headers_mut() = prepared.headers;
        request
    }
}

/// Fields whose values say nothing secret.
pub(crate) fn is_harmless(name: &HeaderName) -> bool {
    const NAMES: [HeaderName; 7] = [
        header::ACCEPT,
        header::ACCEPT_ENCODING,
        header::ACCEPT_LANGUAGE,
        header::CONTENT_TYPE,
        header::CONTENT_LANGUAGE,
        header::USER_AGENT,
        header::RANGE,
    ];
    NAMES.contains(name) && !is_secret(name)
}

/// For a POSIX shell: within single quotes only a single quote is special.
fn quoted(text: &str) -> String {
    format!("'{}'", text.replace('\'', r"'\''"))
}

/// The query with its names only.
fn redacted(url: &Uri, safe: Option<&Safe>) -> String {
    let text = url.to_string();
    let Some((path, query)) = text.split_once('?') else { return text };
    let pairs = query.split('&').map(|pair| match pair.split_once('=') {
        Some((name, _)) if safe.is_some_and(|safe| safe.query(name)) => pair.to_owned(),
        Some((name, _)) => format!("{name}=***"),
        None => "***".to_owned(),
    });
    format!("{path}?{}", pairs.collect::<Vec<_>>().join("&"))
}

impl fmt::Display for Prepared {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        let safe = self.safe.as_deref();
        write!(f, "curl -X {} {}", quoted(self.method.as_str()), quoted(&redacted(&self.url, safe)))?;
        for (name, value) in &self.headers {
            let value = if is_harmless(name) || safe.is_some_and(|safe| safe.header(name)) {
                value.to_str().unwrap_or("***")
            } else {
                "***"
            };
            write!(f, " -H {}", quoted(&format!("{name}: {value}")))?;
        }
        match self.body.length() {
            Some(0) => Ok(()),
            Some(length) => write!(f, " --data-binary '*** {length} bytes ***'"),
            None => f.write_str(" --data-binary '*** a stream ***'"),
        }
    }
}

impl fmt::Debug for Prepared {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        write!(f, "Prepared({self})")
    }
}
