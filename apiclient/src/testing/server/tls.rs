//! An authority and a certificate that live as long as a server.

use super::Protocols;
use crate::error::BoxError;
use base64::{Engine, engine::general_purpose::STANDARD};
use rcgen::{
    BasicConstraints, CertificateParams, DnType, ExtendedKeyUsagePurpose, IsCa, Issuer, KeyPair,
    KeyUsagePurpose,
};
use std::sync::Arc;
use tokio_rustls::{
    TlsAcceptor,
    rustls::{
        ServerConfig,
        crypto::aws_lc_rs,
        pki_types::{PrivateKeyDer, PrivatePkcs8KeyDer},
    },
};

/// By what a server proves who it is.
pub(super) struct Identity {
    /// The authority's certificate, DER.
    pub(super) ca: Vec<u8>,
    /// Has the only key that is left.
    pub(super) acceptor: TlsAcceptor,
}

impl Identity {
    pub(super) fn new(protocols: Protocols) -> Result<Self, BoxError> {
        let (authority, own) = (authority()?, own()?);
        let key = KeyPair::generate()?;
        let authority_key = KeyPair::generate()?;
        let ca = authority.self_signed(&authority_key)?.der().to_vec();
        let certificate = own.signed_by(&key, &Issuer::new(authority, authority_key))?;
        let key = PrivateKeyDer::from(PrivatePkcs8KeyDer::from(key.serialize_der()));
        // Named, because a process may have two providers and no default.
        let mut config = ServerConfig::builder_with_provider(Arc::new(aws_lc_rs::default_provider()))
            .with_safe_default_protocol_versions()?
            .with_no_client_auth()
            .with_single_cert(vec![certificate.into()], key)?;
        config.alpn_protocols = match protocols {
            Protocols::Both => vec![b"h2".to_vec(), b"http/1.1".to_vec()],
            Protocols::Http1 => vec![b"http/1.1".to_vec()],
            Protocols::Http2 => vec![b"h2".to_vec()],
        };
        Ok(Identity { ca, acceptor: TlsAcceptor::from(Arc::new(config)) })
    }
}

/// It signs certificates and nothing else.
fn authority() -> Result<CertificateParams, rcgen::Error> {
    let mut params = CertificateParams::new(Vec::new())?;
    params.distinguished_name.push(DnType::CommonName, "throw-away authority of a test server");
    params.is_ca = IsCa::Ca(BasicConstraints::Constrained(0));
    params.key_usages = vec![KeyUsagePurpose::KeyCertSign];
    Ok(params)
}

fn own() -> Result<CertificateParams, rcgen::Error> {
    let mut params = CertificateParams::new(["localhost".to_owned(), "127.0.0.1".to_owned()])?;
    params.distinguished_name.push(DnType::CommonName, "test server");
    params.key_usages = vec![KeyUsagePurpose::DigitalSignature];
    params.extended_key_usages = vec![ExtendedKeyUsagePurpose::ServerAuth];
    // RFC 5280, section 4.2.1.1: strict clients ask for it.
    params.use_authority_key_identifier_extension = true;
    Ok(params)
}

/// RFC 7468: lines of 64 characters.
pub(super) fn pem(der: &[u8]) -> String {
    let mut text = String::from("-----BEGIN CERTIFICATE-----\n");
    for line in der.chunks(48) {
        STANDARD.encode_string(line, &mut text);
        text.push('\n');
    }
    text + "-----END CERTIFICATE-----\n"
}
