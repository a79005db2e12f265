//! TLS by rustls: the platform's own certificates, or those that the user names.

use super::connect::{Io, Versions};
use crate::error::BoxError;
use hyper_util::rt::TokioIo;
use rustls_platform_verifier::Verifier;
use std::sync::{Arc, OnceLock};
use tokio_rustls::{
    TlsConnector,
    client::TlsStream,
    rustls::{
        ClientConfig, RootCertStore,
        client::{WebPkiServerVerifier, danger::ServerCertVerifier},
        crypto::{CryptoProvider, aws_lc_rs},
        pki_types::{
            CertificateDer, PrivateKeyDer, ServerName,
            pem::{self, PemObject},
        },
    },
};

/// What the user said about TLS. The configuration is made for the first connection that needs it: the platform's certificates
/// are files, and not every client reads them.
#[derive(Default)]
pub(super) struct Tls {
    pub(super) roots: Vec<CertificateDer<'static>>,
    /// Instead of the platform's.
    pub(super) only_these: bool,
    pub(super) identity: Option<(Vec<CertificateDer<'static>>, PrivateKeyDer<'static>)>,
    pub(super) given: Option<ClientConfig>,
    ready: OnceLock<Arc<ClientConfig>>,
    /// For connections that speak HTTP/1.1 and nothing else.
    ready_for_one: OnceLock<Arc<ClientConfig>>,
}

/// The certificates of a PEM text.
pub(super) fn certificates(text: &[u8]) -> Result<Vec<CertificateDer<'static>>, String> {
    let all: Result<Vec<_>, pem::Error> = CertificateDer::pem_slice_iter(text).collect();
    match all {
        Ok(all) if all.is_empty() => {
            Err("there is no certificate in it: `-----BEGIN CERTIFICATE-----`".into())
        }
        Ok(all) => Ok(all),
        Err(e) => Err(e.to_string()),
    }
}

/// The private key of a PEM text. The message has nothing of it.
pub(super) fn private_key(text: &[u8]) -> Result<PrivateKeyDer<'static>, String> {
    PrivateKeyDer::from_pem_slice(text).map_err(|e| match e {
        pem::Error::NoItemsFound => "there is no private key in it: `-----BEGIN PRIVATE KEY-----`".into(),
        _ => "the private key cannot be read".into(),
    })
}

/// The process's own provider, if it has named one.
fn provider() -> Arc<CryptoProvider> {
    CryptoProvider::get_default().cloned().unwrap_or_else(|| Arc::new(aws_lc_rs::default_provider()))
}

impl Tls {
    pub(super) async fn connect(
        &self,
        io: TokioIo<Io>,
        host: &str,
        versions: Versions,
    ) -> Result<TlsStream<TokioIo<Io>>, BoxError> {
        let config = self.config(versions)?;
        let name = ServerName::try_from(host.trim_matches(['[', ']']).to_owned())?;
        Ok(TlsConnector::from(config).connect(name, io).await?)
    }

    fn config(&self, versions: Versions) -> Result<Arc<ClientConfig>, BoxError> {
        let ready = if versions == Versions::One { &self.ready_for_one } else { &self.ready };
        if let Some(config) = ready.get() {
            return Ok(config.clone());
        }
        let mut config = match &self.given {
            Some(given) => given.clone(),
            None => self.make()?,
        };
        config.alpn_protocols = match versions {
            Versions::Any if cfg!(feature = "http2") => vec![b"h2".to_vec(), b"http/1.1".to_vec()],
            Versions::Any | Versions::One => vec![b"http/1.1".to_vec()],
            #[cfg(feature = "http2")]
            Versions::Two => vec![b"h2".to_vec()],
        };
        Ok(ready.get_or_init(|| Arc::new(config)).clone())
    }

    /// Whether there is something to be checked.
    pub(super) fn is_said(&self) -> bool {
        self.only_these || self.identity.is_some() || !self.roots.is_empty()
    }

    /// Also asked when the transport is built, so that what the user named is wrong at once.
    pub(super) fn make(&self) -> Result<ClientConfig, BoxError> {
        let provider = provider();
        let verifier: Arc<dyn ServerCertVerifier> = match self.only_these {
            true => {
                let mut store = RootCertStore::empty();
                for root in &self.roots {
                    store.add(root.clone())?;
                }
                WebPkiServerVerifier::builder_with_provider(Arc::new(store), provider.clone()).build()?
            }
            false => Arc::new(platform(&self.roots, provider.clone())?),
        };
        let config = ClientConfig::builder_with_provider(provider)
            .with_safe_default_protocol_versions()?
            // Its name warns of verifiers that do not verify; this one does.
            .dangerous()
            .with_custom_certificate_verifier(verifier);
        Ok(match &self.identity {
            Some((chain, key)) => config.with_client_auth_cert(chain.clone(), key.clone_key())?,
            None => config.with_no_client_auth(),
        })
    }
}

#[cfg(not(target_os = "android"))]
fn platform(roots: &[CertificateDer<'static>], provider: Arc<CryptoProvider>) -> Result<Verifier, BoxError> {
    Ok(Verifier::new_with_extra_roots(roots.iter().cloned(), provider)?)
}

#[cfg(target_os = "android")]
fn platform(roots: &[CertificateDer<'static>], provider: Arc<CryptoProvider>) -> Result<Verifier, BoxError> {
    match roots {
        [] => Ok(Verifier::new(provider)?),
        _ => Err("on Android the certificates of the platform cannot be added to: `tls_certs_only`".into()),
    }
}
