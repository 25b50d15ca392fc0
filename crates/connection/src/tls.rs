//! TLS 1.3 as a seller's root wants it: the root, not the system's list of authorities, says who may
//! answer, and a certificate under it counts only while the seller statement lists it.

use std::fmt;
use std::sync::Arc;
use std::time::Duration;

use countersign_envelope::{Certificate, Digest};
use rustls::client::WebPkiServerVerifier;
use rustls::client::danger::{HandshakeSignatureValid, ServerCertVerified, ServerCertVerifier};
use rustls::crypto::{CryptoProvider, aws_lc_rs, verify_tls13_signature};
use rustls::pki_types::{CertificateDer, ServerName, UnixTime};
use rustls::{
    CertificateError, ClientConfig, ClientConnection, DigitallySignedStruct, OtherError,
    PeerIncompatible, RootCertStore, SignatureScheme, StreamOwned, version,
};
use ureq::unversioned::transport::{
    Buffers, ConnectionDetails, Connector, LazyBuffers, NextTimeout, Transport, TransportAdapter,
};

/// Who may answer.
#[derive(Clone, Debug)]
pub enum Answering<'a> {
    /// Anyone: what is said has to prove itself.
    Anyone,
    /// Whoever has a certificate under this root, which may be one that was stolen and revoked.
    Under(&'a Certificate),
    /// Whoever has one of these certificates, all of them under this root.
    Listed {
        /// The root.
        root: &'a Certificate,
        /// The fingerprints of the certificates.
        certificates: Vec<Digest>,
    },
}

/// Wraps a connection in TLS.
pub(super) struct TlsConnector {
    config: Arc<ClientConfig>,
    /// How long the peer may be silent.
    silence: Option<Duration>,
}

impl TlsConnector {
    pub(super) fn new(
        answering: Answering<'_>,
        silence: Option<Duration>,
    ) -> Result<Self, rustls::Error> {
        let provider = Arc::new(aws_lc_rs::default_provider());
        let verifier = Verifier::new(answering, &provider)?;
        let config = ClientConfig::builder_with_provider(provider)
            .with_protocol_versions(&[&version::TLS13])?
            .dangerous()
            .with_custom_certificate_verifier(Arc::new(verifier))
            .with_no_client_auth();
        Ok(Self {
            config: Arc::new(config),
            silence,
        })
    }
}

impl<In: Transport> Connector<In> for TlsConnector {
    type Out = TlsTransport;

    fn connect(
        &self,
        details: &ConnectionDetails<'_>,
        chained: Option<In>,
    ) -> Result<Option<TlsTransport>, ureq::Error> {
        let Some(transport) = chained else {
            return Ok(None);
        };
        let host = details.uri.host().unwrap_or_default();
        let name = ServerName::try_from(host.trim_matches(['[', ']']))
            .map_err(|_| ureq::Error::Tls("the host is neither a name nor an address"))?;
        let mut connection = ClientConnection::new(Arc::clone(&self.config), name.to_owned())?;
        let mut socket =
            TransportAdapter::new(transport.boxed(), Arc::clone(&details.current_time));
        socket.set_timeout(details.timeout);
        connection.complete_io(&mut socket)?;
        let buffers = LazyBuffers::new(
            details.config.input_buffer_size(),
            details.config.output_buffer_size(),
        );
        Ok(Some(TlsTransport {
            buffers,
            stream: StreamOwned::new(connection, socket),
            silence: self.silence,
        }))
    }
}

impl fmt::Debug for TlsConnector {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str("TlsConnector")
    }
}

/// A connection wrapped in TLS.
pub(super) struct TlsTransport {
    buffers: LazyBuffers,
    stream: StreamOwned<ClientConnection, TransportAdapter>,
    silence: Option<Duration>,
}

impl Transport for TlsTransport {
    fn buffers(&mut self) -> &mut dyn Buffers {
        &mut self.buffers
    }

    fn transmit_output(&mut self, amount: usize, timeout: NextTimeout) -> Result<(), ureq::Error> {
        use std::io::Write as _;
        self.stream.get_mut().set_timeout(timeout);
        let output = self.buffers.output().get(..amount).unwrap_or_default();
        self.stream.write_all(output)?;
        Ok(())
    }

    fn await_input(&mut self, mut timeout: NextTimeout) -> Result<bool, ureq::Error> {
        use std::io::Read as _;
        if let Some(silence) = self.silence {
            timeout.after = timeout.after.min(silence.into());
        }
        self.stream.get_mut().set_timeout(timeout);
        let amount = self.stream.read(self.buffers.input_append_buf())?;
        self.buffers.input_appended(amount);
        Ok(amount > 0)
    }

    fn is_open(&mut self) -> bool {
        self.stream.get_mut().get_mut().is_open()
    }

    fn is_tls(&self) -> bool {
        true
    }
}

impl fmt::Debug for TlsTransport {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str("TlsTransport")
    }
}

/// Why a server's certificate was refused, if that is what happened.
pub fn objection(error: &ureq::Error) -> Option<String> {
    // rustls reports a refused certificate through the socket it reads from.
    let ureq::Error::Io(error) = error else {
        return None;
    };
    let error = error.get_ref()?.downcast_ref::<rustls::Error>()?;
    let rustls::Error::InvalidCertificate(error) = error else {
        return None;
    };
    let is_of_another_root = matches!(
        error,
        CertificateError::UnknownIssuer | CertificateError::BadSignature
    );
    if is_of_another_root {
        return Some("it was issued under another root".to_owned());
    }
    if let CertificateError::Other(error) = error {
        return Some(error.to_string());
    }
    Some(error.to_string())
}

/// Judges the server's certificate. That the server has the key to it is always checked.
#[derive(Debug)]
struct Verifier {
    provider: Arc<CryptoProvider>,
    /// Judges issuer, host, dates and purpose.
    under_root: Option<Arc<WebPkiServerVerifier>>,
    /// The only certificates that are good.
    listed: Option<Vec<Digest>>,
}

impl Verifier {
    fn new(
        answering: Answering<'_>,
        provider: &Arc<CryptoProvider>,
    ) -> Result<Self, rustls::Error> {
        let (root, listed) = match answering {
            Answering::Anyone => (None, None),
            Answering::Under(root) => (Some(root), None),
            Answering::Listed { root, certificates } => (Some(root), Some(certificates)),
        };
        let under_root = root.map(|root| under(root, provider)).transpose()?;
        Ok(Self {
            provider: Arc::clone(provider),
            under_root,
            listed,
        })
    }
}

fn under(
    root: &Certificate,
    provider: &Arc<CryptoProvider>,
) -> Result<Arc<WebPkiServerVerifier>, rustls::Error> {
    let mut roots = RootCertStore::empty();
    roots.add(CertificateDer::from(root.der()))?;
    WebPkiServerVerifier::builder_with_provider(Arc::new(roots), Arc::clone(provider))
        .build()
        .map_err(|error| rustls::Error::General(error.to_string()))
}

impl ServerCertVerifier for Verifier {
    fn verify_server_cert(
        &self,
        end_entity: &CertificateDer<'_>,
        intermediates: &[CertificateDer<'_>],
        server_name: &ServerName<'_>,
        ocsp_response: &[u8],
        now: UnixTime,
    ) -> Result<ServerCertVerified, rustls::Error> {
        if let Some(verifier) = &self.under_root {
            verifier.verify_server_cert(
                end_entity,
                intermediates,
                server_name,
                ocsp_response,
                now,
            )?;
        }
        match &self.listed {
            Some(listed) if !listed.contains(&Digest::of(end_entity)) => {
                Err(CertificateError::Other(OtherError(Arc::new(NotListed))).into())
            }
            Some(_) | None => Ok(ServerCertVerified::assertion()),
        }
    }

    fn verify_tls12_signature(
        &self,
        _message: &[u8],
        _certificate: &CertificateDer<'_>,
        _signature: &DigitallySignedStruct,
    ) -> Result<HandshakeSignatureValid, rustls::Error> {
        Err(PeerIncompatible::Tls12NotOffered.into())
    }

    fn verify_tls13_signature(
        &self,
        message: &[u8],
        certificate: &CertificateDer<'_>,
        signature: &DigitallySignedStruct,
    ) -> Result<HandshakeSignatureValid, rustls::Error> {
        let algorithms = &self.provider.signature_verification_algorithms;
        verify_tls13_signature(message, certificate, signature, algorithms)
    }

    fn supported_verify_schemes(&self) -> Vec<SignatureScheme> {
        let algorithms = &self.provider.signature_verification_algorithms;
        algorithms.supported_schemes()
    }
}

/// The server's certificate is not one that the seller uses for connections now.
#[derive(Debug)]
struct NotListed;

impl fmt::Display for NotListed {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str(
            "the seller statement does not list it, or says that it is revoked or out of use",
        )
    }
}

impl std::error::Error for NotListed {}
