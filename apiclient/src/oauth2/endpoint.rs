//! A token endpoint: how it is asked, and what it says.

use crate::{
    auth::{AuthError, Basic, Token, TokenRequest},
    call::Call,
    client::Client,
    endpoint::{Redirects, Retry},
    error::{Error, ErrorKind},
    progress::Progress,
    request::{encode, parse_base_url},
    secret::Secret,
};
use bytes::Bytes;
use http::{Method, StatusCode, Uri};
use serde_json::Value;
use std::{fmt, net::IpAddr, sync::OnceLock, time::Duration};

/// Where tokens are issued.
#[derive(Clone)]
pub(super) struct Endpoint {
    url: String,
    pub(super) caller: Caller,
    /// Of all tries together.
    pub(super) patience: Duration,
    client: OnceLock<Client>,
}

/// Without its path and its query, where keys may be.
impl fmt::Debug for Endpoint {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        let origin = self.origin().unwrap_or_default();
        f.debug_struct("Endpoint")
            .field("origin", &origin)
            .field("caller", &self.caller)
            .finish_non_exhaustive()
    }
}

/// Who is asking, and how that is said (RFC 6749, section 2.3.1).
#[derive(Debug, Clone)]
pub(super) enum Caller {
    Public(String),
    Basic(String, Secret),
    Body(String, Secret),
}

impl Caller {
    pub(super) fn in_body(&self) -> Self {
        match self {
            Caller::Basic(id, secret) | Caller::Body(id, secret) => Caller::Body(id.clone(), secret.clone()),
            Caller::Public(id) => Caller::Public(id.clone()),
        }
    }

    pub(super) fn with(&self, secret: Secret) -> Self {
        match self {
            Caller::Public(id) | Caller::Basic(id, _) => Caller::Basic(id.clone(), secret),
            Caller::Body(id, _) => Caller::Body(id.clone(), secret),
        }
    }
}

/// Whether a request may be sent again that may have been seen to.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(super) enum Repeats {
    /// As often as any other.
    Freely,
    /// What it is made with can be used once: whether once more is decided by who counts that.
    Never,
}

pub(super) struct Answer {
    pub(super) token: Token,
}

const TRIES: u32 = 3;
const LONGEST: usize = 64 << 10;
/// Of each request.
const PATIENCE: Duration = Duration::from_secs(8);

impl Endpoint {
    pub(super) fn new(url: String, caller: Caller) -> Self {
        Endpoint { url, caller, patience: Duration::from_secs(14), client: OnceLock::new() }
    }

    /// Whether secrets may go there.
    pub(super) fn check(&self) -> Result<(), Error> {
        self.origin().map(drop).map_err(|why| {
            Error::new(ErrorKind::Config, format!("the URL of the token endpoint cannot be used: {why}"))
        })
    }

    fn origin(&self) -> Result<String, String> {
        origin(&self.url)
    }

    fn client(&self, asked: TokenRequest<'_>) -> Result<&Client, AuthError> {
        if let Some(client) = self.client.get() {
            return Ok(client);
        }
        let client = client(self.origin().map_err(AuthError::new)?, asked)?;
        Ok(self.client.get_or_init(|| client))
    }

    /// Asks for a token.
    pub(super) async fn ask(
        &self,
        form: &[(String, String)],
        repeats: Repeats,
        asked: TokenRequest<'_>,
    ) -> Result<Answer, AuthError> {
        let client = self.client(asked)?;
        let (mut tries, mut is_lost) = (0, false);
        loop {
            tries += 1;
            let error = match self.request(client, form).await {
                // The endpoint has done its part.
                Ok(answer) => return read(&answer).map_err(AuthError::lost),
                Err(error) => error,
            };
            is_lost |= may_be_used(&error);
            let may_again = repeats == Repeats::Freely
                && tries < TRIES
                && error.is_retryable()
                && error.retry_after().is_none();
            if !may_again {
                let refused = refused(&error);
                return Err(if is_lost { refused.lost() } else { refused });
            }
            // From none to 200 ms, 400 ms.
            let most = Duration::from_millis(200) * tries;
            let chance = u32::try_from(asked.random().next_u64() >> 32).unwrap_or(0);
            asked.clock().sleep(most / 1024 * (chance >> 22)).await;
        }
    }

    async fn request(&self, client: &Client, form: &[(String, String)]) -> Result<Bytes, Error> {
        let mut fields: Vec<(&str, &str)> = form.iter().map(|(name, value)| (&**name, &**value)).collect();
        match &self.caller {
            Caller::Public(id) => fields.push(("client_id", id)),
            Caller::Body(id, secret) => {
                fields.extend([("client_id", &**id), ("client_secret", secret.expose())]);
            }
            Caller::Basic(..) => {}
        }
        let call: Call<Bytes> = client.call_url(Method::POST, &*self.url).form(Fields(fields)).fetch();
        match &self.caller {
            Caller::Basic(id, secret) => {
                // RFC 6749, section 2.3.1: each by itself as in a form.
                call.auth(Basic::new(form_encoded(id), form_encoded(secret.expose()))).await
            }
            _ => call.await,
        }
    }
}

/// Whether the endpoint may have seen to a request, although it says nothing of it: what it was made with may be used up then.
fn may_be_used(error: &Error) -> bool {
    match error.status() {
        None => {
            !matches!(error.kind(), ErrorKind::Connect | ErrorKind::Config | ErrorKind::Argument)
                && !error.progress().is_some_and(Progress::is_unsent)
        }
        // A gateway that has not waited for the answer.
        Some(status) => status.is_server_error() || status == StatusCode::REQUEST_TIMEOUT,
    }
}

/// The origin of a URL that secrets may go to.
pub(super) fn origin(url: &str) -> Result<String, String> {
    let uri: Uri = url.parse().map_err(|_| "it is none".to_owned())?;
    let (Some(scheme), Some(authority)) = (uri.scheme_str(), uri.authority()) else {
        return Err("it has no scheme and host".into());
    };
    let origin = format!("{scheme}://{authority}");
    parse_base_url(&origin)?;
    let host = authority.host().trim_matches(['[', ']']);
    let is_here = host == "localhost" || host.parse::<IpAddr>().is_ok_and(|address| address.is_loopback());
    if scheme != "https" && !is_here {
        return Err("it is not `https`, and not on this machine: everybody could read along".into());
    }
    Ok(origin)
}

/// A client for a place where tokens are issued: no redirects, short answers, nothing of the caller's own.
pub(super) fn client(origin: String, asked: TokenRequest<'_>) -> Result<Client, AuthError> {
    let builder = Client::builder()
        .base_url(origin)
        .shared_transport(asked.transport().clone())
        .shared_clock(asked.clock().clone())
        .shared_random(asked.random().clone())
        .redirects(Redirects::none())
        .retry(Retry::none())
        .max_body(LONGEST)
        .timeout(PATIENCE)
        .header("accept", "application/json");
    builder.build().map_err(|e| AuthError::new("the token endpoint cannot be asked").with_source(e))
}

/// `a b&c` as `a+b%26c`.
fn form_encoded(text: &str) -> String {
    let mut encoded = Vec::new();
    encode(&mut encoded, text.as_bytes(), false);
    String::from_utf8(encoded).unwrap_or_default().replace("%20", "+")
}

/// The fields of a form, in order.
struct Fields<'a>(Vec<(&'a str, &'a str)>);

impl serde::Serialize for Fields<'_> {
    fn serialize<S: serde::Serializer>(&self, serializer: S) -> Result<S::Ok, S::Error> {
        serializer.collect_map(self.0.iter().copied())
    }
}

/// RFC 6749, section 5.1. Nothing of it stands in a message.
pub(super) fn read(answer: &[u8]) -> Result<Answer, AuthError> {
    const SAYS: &str = "the answer of the token endpoint";
    let json: Value =
        serde_json::from_slice(answer).map_err(|_| AuthError::new(format!("{SAYS} is no JSON")))?;
    let text = |name: &str| json.get(name).and_then(Value::as_str).filter(|text| !text.is_empty());
    // A registry calls it `token`.
    let Some(access) = text("access_token").or_else(|| text("token")) else {
        return Err(AuthError::new(format!("{SAYS} has no `access_token`")));
    };
    if text("token_type").is_some_and(|kind| !kind.eq_ignore_ascii_case("bearer")) {
        return Err(AuthError::new(format!("{SAYS} has a token of another type than `Bearer`")));
    }
    let mut token = Token::new(access);
    if let Some(life) = json.get("expires_in").and_then(life) {
        token = token.expires_in(life);
    }
    if let Some(refresh) = text("refresh_token") {
        token = token.refresh(refresh);
    }
    Ok(Answer { token })
}

/// A number of seconds, as some services write it also a text; none for what is no time.
fn life(value: &Value) -> Option<Duration> {
    let seconds = match value {
        Value::Number(number) => number.as_f64()?,
        Value::String(text) => text.trim().parse().ok()?,
        _ => return None,
    };
    // A century is for ever.
    let seconds = if seconds.is_nan() { 0.0 } else { seconds.clamp(0.0, 3.2e9) };
    Duration::try_from_secs_f64(seconds).ok().filter(|life| !life.is_zero())
}

/// RFC 6749, section 5.2: a code, of which `invalid_grant` says that somebody has to log in again.
pub(super) fn refused(error: &Error) -> AuthError {
    let json = error.body().and_then(|body| serde_json::from_slice::<Value>(body).ok());
    let code = json.as_ref().and_then(|json| json.get("error")?.as_str());
    // The code is one of the registered words; anything else may be anything.
    let is_word = |code: &&str| code.len() <= 40 && code.bytes().all(|b| b.is_ascii_lowercase() || b == b'_');
    match (code.filter(is_word), error.status()) {
        (Some("invalid_grant"), _) => {
            AuthError::reauth_required("the token endpoint takes this grant no longer (invalid_grant)")
        }
        (Some(code), _) => AuthError::new(format!("the token endpoint refuses ({code})")),
        (None, Some(status)) if status.is_redirection() => {
            AuthError::new(format!("the token endpoint answers {status}, and its redirects are not followed"))
        }
        (None, Some(StatusCode::UNAUTHORIZED)) => {
            AuthError::new("the token endpoint does not know this client (401)")
        }
        (None, Some(status)) => AuthError::new(format!("the token endpoint answers {status}")),
        (None, None) => AuthError::new(format!("the token endpoint cannot be asked: {}", error.kind())),
    }
}
