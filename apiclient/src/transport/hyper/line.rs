//! A connection that requests are sent on, and what they look like there.

use super::{body::Sending, proxy::Forward};
use crate::origin::Origin;
use http::{
    HeaderValue, Request, Uri,
    header::{HOST, PROXY_AUTHORIZATION},
    uri::{Authority, Scheme},
};
use hyper::client::conn::http1;
#[cfg(feature = "http2")]
use hyper::{client::conn::http2, header::TRANSFER_ENCODING};
use std::sync::Arc;
use tokio::{sync::OwnedSemaphorePermit, task::AbortHandle};

/// A connection in use.
pub(super) struct Line {
    pub(super) wire: Wire,
    pub(super) place: Arc<Place>,
    /// Its part of the most connections that an origin may have.
    pub(super) permit: Option<OwnedSemaphorePermit>,
}

/// What all connections to an origin have in common.
pub(super) struct Place {
    host: HeaderValue,
    /// For requests whose target is a whole URL: those of HTTP/2, and those that a proxy passes on.
    scheme: Scheme,
    authority: Authority,
    pub(super) forward: Option<Forward>,
}

impl Place {
    pub(super) fn new(origin: &Origin, forward: Option<Forward>) -> Result<Self, http::Error> {
        Ok(Place {
            host: HeaderValue::from_str(origin.authority())?,
            scheme: Scheme::try_from(origin.scheme())?,
            authority: Authority::try_from(origin.authority())?,
            forward,
        })
    }
}

/// By what it is spoken.
pub(super) enum Wire {
    /// One request at a time: whoever has it, has it alone.
    One {
        sender: http1::SendRequest<Sending>,
        #[expect(dead_code, reason = "it is there to be dropped")]
        driver: Driver,
    },
    /// Many at a time.
    #[cfg(feature = "http2")]
    Two(http2::SendRequest<Sending>),
}

/// The task that moves the bytes of a connection. It ends with it: a body that nobody waits for is not sent on.
pub(super) struct Driver(pub(super) AbortHandle);

impl Drop for Driver {
    fn drop(&mut self) {
        self.0.abort();
    }
}

impl Line {
    pub(super) fn is_shared(&self) -> bool {
        match self.wire {
            Wire::One { .. } => false,
            #[cfg(feature = "http2")]
            Wire::Two(_) => true,
        }
    }

    /// Says where the request goes, in the way of this connection. `has_host`: its headers say so already.
    pub(super) fn address(&self, request: &mut Request<Sending>, has_host: bool) {
        let place = &*self.place;
        match &self.wire {
            Wire::One { .. } => {
                if !has_host {
                    request.headers_mut().insert(HOST, place.host.clone());
                }
                if let Some(forward) = &place.forward {
                    place.complete(request.uri_mut());
                    if let Some(secret) = &forward.authorization {
                        request.headers_mut().insert(PROXY_AUTHORIZATION, secret.clone());
                    }
                }
            }
            #[cfg(feature = "http2")]
            Wire::Two(_) => {
                // RFC 9113, section 8.2.2: there are other means for these.
                request.headers_mut().remove(HOST);
                request.headers_mut().remove(TRANSFER_ENCODING);
                place.complete(request.uri_mut());
            }
        }
    }
}

impl Place {
    /// Makes a whole URL of path and query.
    fn complete(&self, uri: &mut Uri) {
        let mut parts = std::mem::take(uri).into_parts();
        parts.scheme = Some(self.scheme.clone());
        parts.authority = Some(self.authority.clone());
        // All three are there.
        *uri = Uri::from_parts(parts).unwrap_or_default();
    }
}
