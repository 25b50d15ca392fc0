//! TLS to the database: always verified, with the workspace's one library and its one provider.

use std::convert::Infallible;
use std::fs;
use std::io;
use std::path::{Path, PathBuf};
use std::pin::Pin;
use std::sync::Arc;
use std::task::{Context, Poll};

use rustls::crypto::aws_lc_rs::default_provider;
use rustls::{ClientConfig, RootCertStore};
use rustls_pki_types::pem::PemObject;
use rustls_pki_types::{CertificateDer, ServerName};
use tokio::io::{AsyncRead, AsyncWrite, ReadBuf};
use tokio_postgres::Socket;
use tokio_postgres::tls::{ChannelBinding, MakeTlsConnect, TlsConnect, TlsStream};
use tokio_rustls::TlsConnector;

use crate::OpenError;

/// Opens TLS connections to a database whose certificate an authority vouches for.
#[derive(Clone)]
pub(super) struct Tls {
    connector: TlsConnector,
}

/// Opens one, to the host of this name.
pub(super) struct TlsTo {
    connector: TlsConnector,
    /// Empty for a Unix socket, through which there is no TLS.
    host: String,
}

/// The encrypted stream.
pub(super) struct Encrypted {
    stream: tokio_rustls::client::TlsStream<Socket>,
}

impl Tls {
    /// Trusts the authorities in a PEM file, or else those of the operating system.
    pub(super) fn trusting(authorities: Option<&Path>) -> Result<Self, OpenError> {
        let roots = match authorities {
            Some(path) => roots_in(path).map_err(|source| OpenError::File {
                path: path.to_owned(),
                source,
            })?,
            None => roots_of_system(),
        };
        let config = ClientConfig::builder_with_provider(Arc::new(default_provider()))
            .with_safe_default_protocol_versions()
            .map_err(|error| OpenError::Address(Box::new(error)))?
            .with_root_certificates(roots)
            .with_no_client_auth();
        Ok(Self {
            connector: TlsConnector::from(Arc::new(config)),
        })
    }
}

fn roots_in(path: &Path) -> io::Result<RootCertStore> {
    let damaged = |error| io::Error::new(io::ErrorKind::InvalidData, error);
    let pem = fs::read(PathBuf::from(path))?;
    let mut roots = RootCertStore::empty();
    for certificate in CertificateDer::pem_slice_iter(&pem) {
        let certificate = certificate.map_err(|error| damaged(error.to_string()))?;
        roots
            .add(certificate)
            .map_err(|error| damaged(error.to_string()))?;
    }
    if roots.is_empty() {
        return Err(damaged("there is no certificate in it".to_owned()));
    }
    Ok(roots)
}

/// The authorities of the operating system; those it cannot read vouch for nobody.
fn roots_of_system() -> RootCertStore {
    let mut roots = RootCertStore::empty();
    roots.add_parsable_certificates(rustls_native_certs::load_native_certs().certs);
    roots
}

impl MakeTlsConnect<Socket> for Tls {
    type Stream = Encrypted;
    type TlsConnect = TlsTo;
    type Error = Infallible;

    fn make_tls_connect(&mut self, domain: &str) -> Result<TlsTo, Infallible> {
        Ok(TlsTo {
            connector: self.connector.clone(),
            host: domain.to_owned(),
        })
    }
}

impl TlsConnect<Socket> for TlsTo {
    type Stream = Encrypted;
    type Error = io::Error;
    type Future = Pin<Box<dyn Future<Output = io::Result<Encrypted>> + Send>>;

    fn connect(self, stream: Socket) -> Self::Future {
        Box::pin(async move {
            let host = ServerName::try_from(self.host)
                .map_err(|error| io::Error::new(io::ErrorKind::InvalidInput, error))?;
            let stream = self.connector.connect(host, stream).await?;
            Ok(Encrypted { stream })
        })
    }
}

impl TlsStream for Encrypted {
    fn channel_binding(&self) -> ChannelBinding {
        ChannelBinding::none()
    }
}

impl AsyncRead for Encrypted {
    fn poll_read(
        mut self: Pin<&mut Self>,
        context: &mut Context<'_>,
        into: &mut ReadBuf<'_>,
    ) -> Poll<io::Result<()>> {
        Pin::new(&mut self.stream).poll_read(context, into)
    }
}

impl AsyncWrite for Encrypted {
    fn poll_write(
        mut self: Pin<&mut Self>,
        context: &mut Context<'_>,
        bytes: &[u8],
    ) -> Poll<io::Result<usize>> {
        Pin::new(&mut self.stream).poll_write(context, bytes)
    }

    fn poll_flush(mut self: Pin<&mut Self>, context: &mut Context<'_>) -> Poll<io::Result<()>> {
        Pin::new(&mut self.stream).poll_flush(context)
    }

    fn poll_shutdown(mut self: Pin<&mut Self>, context: &mut Context<'_>) -> Poll<io::Result<()>> {
        Pin::new(&mut self.stream).poll_shutdown(context)
    }
}
