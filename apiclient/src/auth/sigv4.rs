//! AWS Signature Version 4.

use super::{Auth, AuthError, Authorizing, Outgoing, Refusal, Verdict, from_env};
use crate::{
    error::Error,
    request::encode,
    secret::Secret,
    time::{BoxFuture, system_time},
};
use aws_credential_types::Credentials;
use aws_sigv4::{
    http_request::{
        PayloadChecksumKind, PercentEncodingMode, SignableBody, SignableRequest, SigningSettings,
        UriPathNormalizationMode, sign,
    },
    sign::v4,
};
use http::{
    HeaderName,
    header::{
        ACCEPT, ACCEPT_ENCODING, AUTHORIZATION, CONNECTION, CONTENT_LENGTH, COOKIE, EXPECT, TE,
        TRANSFER_ENCODING, USER_AGENT,
    },
};
use std::fmt;
use tracing::subscriber::NoSubscriber;

/// Signs each request with a key of AWS (Signature Version 4), for AWS itself and for services that check the same, over the crate
/// `aws-sigv4`.
///
/// What is signed is the method, the URL, the body and all headers but those that transports and proxies change, and those that are secret. A body in memory is
/// hashed; a stream is sent unsigned to S3 (`UNSIGNED-PAYLOAD`), and an error elsewhere. Where the server refuses because its clock is another one,
/// the time is taken from its `Date` from then on, and the request is sent once more.
///
/// For `s3` the path is signed as it is sent, and for other services encoded once more, as AWS wants it.
///
/// ```
/// use apiclient::{auth::SigV4, prelude::*};
///
/// #[api_client(base_url = "https://examplebucket.s3.amazonaws.com")]
/// #[auth(custom)]
/// trait Bucket {
///     #[get("/{key}")]
///     fn object(&self, key: &str) -> Call<Vec<u8>>;
/// }
///
/// let key = SigV4::new("us-east-1", "s3", "AKIAIOSFODNN7EXAMPLE", "wJalrXUtnFEMI/K7MDENG/bPxRfiCYEXAMPLEKEY");
/// let bucket = BucketClient::builder().auth(key).build()?;
/// # Ok::<_, apiclient::Error>(())
/// ```
pub struct SigV4 {
    region: String,
    service: String,
    id: String,
    secret: Secret,
    session: Option<Secret>,
}

/// What transports and proxies change, and what is no part of the request: an `Authorization` that waits to be filled.
const UNSIGNED: [HeaderName; 10] = [
    ACCEPT,
    ACCEPT_ENCODING,
    AUTHORIZATION,
    CONNECTION,
    CONTENT_LENGTH,
    COOKIE,
    EXPECT,
    TE,
    TRANSFER_ENCODING,
    USER_AGENT,
];

impl SigV4 {
    /// For a region and a service, such as `eu-central-1` and `s3`, with an access key.
    pub fn new(
        region: impl Into<String>,
        service: impl Into<String>,
        access_key_id: impl Into<String>,
        secret_access_key: impl Into<Secret>,
    ) -> Self {
        SigV4 {
            region: region.into(),
            service: service.into(),
            id: access_key_id.into(),
            secret: secret_access_key.into(),
            session: None,
        }
    }

    /// The access key of `AWS_ACCESS_KEY_ID`, `AWS_SECRET_ACCESS_KEY` and, where it is set, `AWS_SESSION_TOKEN`.
    ///
    /// # Errors
    ///
    /// If one of the first two is not set or is empty.
    pub fn from_env(region: impl Into<String>, service: impl Into<String>) -> Result<Self, Error> {
        let id = from_env("AWS_ACCESS_KEY_ID")?;
        let key = SigV4::new(region, service, id.expose(), from_env("AWS_SECRET_ACCESS_KEY")?);
        Ok(match std::env::var_os("AWS_SESSION_TOKEN").is_some_and(|token| !token.is_empty()) {
            true => key.session_token(from_env("AWS_SESSION_TOKEN")?),
            false => key,
        })
    }

    /// The token of a temporary access key (`X-Amz-Security-Token`).
    pub fn session_token(mut self, token: impl Into<Secret>) -> Self {
        self.session = Some(token.into());
        self
    }

    fn is_s3(&self) -> bool {
        matches!(&*self.service, "s3" | "s3express" | "s3-outposts" | "s3-object-lambda")
    }

    fn settings(&self) -> SigningSettings {
        let mut settings = SigningSettings::default();
        if self.is_s3() {
            settings.percent_encoding_mode = PercentEncodingMode::Single;
            settings.payload_checksum_kind = PayloadChecksumKind::XAmzSha256;
            settings.uri_path_normalization_mode = UriPathNormalizationMode::Disabled;
        }
        settings
    }

    fn sign(&self, request: &mut Outgoing<'_>) -> Result<(), AuthError> {
        let failed = |e: Box<dyn std::error::Error + Send + Sync>| {
            AuthError::new("the request cannot be signed").with_source(e)
        };
        if self.is_s3() {
            request.encode_path();
        }
        let session = self.session.as_ref().map(|token| token.expose().to_owned());
        let credentials =
            Credentials::new(&*self.id, self.secret.expose(), session.clone(), None, "apiclient");
        let identity = credentials.into();
        let params = v4::SigningParams::builder()
            .identity(&identity)
            .region(&self.region)
            .name(&self.service)
            .time(system_time(request.unix_time()))
            .settings(self.settings())
            .build()
            .map_err(|e| failed(e.into()))?;
        let url = request.url().to_string();
        let mut headers = Vec::with_capacity(request.headers().len());
        for (name, value) in request.headers() {
            let is_amazon = name.as_str().starts_with("x-amz-");
            if is_amazon || (!UNSIGNED.contains(name) && !value.is_sensitive()) {
                let value = value.to_str();
                let value = value.map_err(|_| {
                    AuthError::new(format!("the header `{name}` cannot be signed: it is not ASCII"))
                })?;
                headers.push((name.as_str(), value));
            }
        }
        let body = match request.body().bytes() {
            Some(bytes) => SignableBody::Bytes(bytes),
            None if self.is_s3() => SignableBody::UnsignedPayload,
            None if request.body().is_empty() => SignableBody::Bytes(b""),
            None => {
                return Err(AuthError::new(format!(
                    "a body that is not in memory cannot be signed for `{}`",
                    self.service
                )));
            }
        };
        let signable = SignableRequest::new(request.method().as_str(), &*url, headers.into_iter(), body)
            .map_err(|e| failed(e.into()))?;
        // It logs the URL, which may have a secret in its query.
        let signed =
            tracing::subscriber::with_default(NoSubscriber::new(), || sign(signable, &params.into()));
        let (instructions, _) = signed.map_err(|e| failed(e.into()))?.into_parts();
        for (name, value) in instructions.headers() {
            match name {
                "authorization" | "x-amz-security-token" => request.secret_header(name, value),
                _ => request.header(name, value),
            }
        }
        Ok(())
    }
}

impl Auth for SigV4 {
    fn authorize<'a>(&'a self, request: &mut Outgoing<'_>) -> Authorizing<'a> {
        match self.sign(request) {
            Ok(()) => Authorizing::done(),
            Err(e) => Authorizing::fail(e),
        }
    }

    fn challenged<'a>(&'a self, refusal: Refusal<'a>) -> BoxFuture<'a, Result<Verdict, AuthError>> {
        let is_skew = matches!(refusal.status().as_u16(), 400 | 401 | 403) && refusal.found_skew();
        Box::pin(std::future::ready(Ok(if is_skew { Verdict::Again } else { Verdict::Refused })))
    }
}

impl Outgoing<'_> {
    /// Each byte of the path that is neither unreserved nor a slash, percent-encoded (RFC 3986, section 2.3): then it is the same to
    /// everybody who decodes and encodes it again.
    fn encode_path(&mut self) {
        let target = self.target_bytes();
        let at = target.iter().position(|b| *b == b'?').unwrap_or(target.len());
        let (path, query) = target.split_at(at);
        let is_plain = |b: &u8| b.is_ascii_alphanumeric() || b"-._~/%".contains(b);
        if path.iter().all(is_plain) {
            return;
        }
        let mut encoded = Vec::with_capacity(target.len() + 8);
        for byte in path {
            match is_plain(byte) {
                true => encoded.push(*byte),
                false => encode(&mut encoded, &[*byte], false),
            }
        }
        encoded.extend_from_slice(query);
        self.replace_target(encoded);
    }
}

impl fmt::Debug for SigV4 {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        let (region, service) = (&self.region, &self.service);
        f.debug_struct("SigV4").field("region", region).field("service", service).finish_non_exhaustive()
    }
}
