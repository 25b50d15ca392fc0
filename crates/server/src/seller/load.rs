//! Finding a shop again: every file read, every claim checked against the root.

use std::io;
use std::path::{Path, PathBuf};

use countersign_envelope::{
    Certificate, CertificateError, KeyError, Opened, PairError, RecipientKey, Signer, SigningKey,
};
use countersign_order::{CertificateUse, Digest, SellerStatement, Statement};
use countersign_transparency as transparency;
use rustls_pki_types::PrivateKeyDer;
use rustls_pki_types::pem::PemObject;
use zeroize::Zeroizing;

use super::directory::KeyFile;
use super::{DataDir, Passphrase, Seller, SellerCertificates, Tls};
use crate::files::{is_open_to_others, read_bounded};

/// No key, certificate or statement of a seller is longer.
const FILE_MAX_BYTES: u64 = 1024 * 1024;

/// Why the seller's keys could not be loaded.
#[derive(Debug, thiserror::Error)]
pub enum SellerError {
    /// There is no shop.
    #[error("there is no shop in {}: make one with opd init", path.display())]
    NoShop {
        /// The data directory.
        path: PathBuf,
    },
    /// A file could not be read.
    #[error("cannot read {}", path.display())]
    Read {
        /// The file.
        path: PathBuf,
        /// What the operating system said.
        source: io::Error,
    },
    /// A file could not be written.
    #[error("cannot write {}", path.display())]
    Write {
        /// The file.
        path: PathBuf,
        /// What the operating system said.
        source: io::Error,
    },
    /// A key lies open.
    #[error("{} can be read by others: chmod 600 it, and think about who may have seen it", path.display())]
    OpenToOthers {
        /// The file.
        path: PathBuf,
    },
    /// A key could not be read.
    #[error("cannot use the key in {}", path.display())]
    Key {
        /// The file.
        path: PathBuf,
        /// Why.
        source: KeyError,
    },
    /// A certificate could not be read.
    #[error("cannot use the certificate in {}", path.display())]
    Certificate {
        /// The file.
        path: PathBuf,
        /// Why.
        source: CertificateError,
    },
    /// A key and the certificate beside it do not belong together.
    #[error("the key beside {} does not fit", path.display())]
    Pair {
        /// The certificate's file.
        path: PathBuf,
        /// Why.
        source: PairError,
    },
    /// The seller statement is not one the root signed.
    #[error("{} is not a seller statement signed by the root in root.cert.pem", path.display())]
    Statement {
        /// The statement's file.
        path: PathBuf,
    },
    /// A certificate is not the seller's, or no longer.
    #[error("{} is not in force by the seller statement", path.display())]
    NotInForce {
        /// The certificate's file.
        path: PathBuf,
    },
}

impl Seller {
    /// Reads and checks everything in the data directory that makes a seller. The passphrase
    /// opens service keys that are encrypted.
    pub fn load(data: &DataDir, passphrase: Option<&Passphrase>) -> Result<Self, SellerError> {
        if !data.root_certificate().exists() {
            return Err(SellerError::NoShop {
                path: data.path().to_owned(),
            });
        }
        let root = read_certificate(&data.root_certificate())?;
        let (statement_der, statement) = read_statement(data, &root)?;
        let cabinet = Cabinet {
            data,
            passphrase,
            statement: &statement,
        };
        let (tls_key, tls) = cabinet.pair(KeyFile::Tls, CertificateUse::Tls)?;
        let (recipient_key, recipient) =
            cabinet.pair(KeyFile::Recipient, CertificateUse::Recipient)?;
        let receipt = cabinet.signer(KeyFile::Receipt, CertificateUse::Receipt)?;
        let mail = cabinet.signer(KeyFile::Mail, CertificateUse::Mail)?;
        Ok(Self {
            origin: statement.common.seller.clone(),
            root_fingerprint: Digest::from_bytes(*root.fingerprint().as_bytes()),
            certificates: SellerCertificates {
                root: root.to_pem(),
                tls: tls.to_pem(),
                recipient: recipient.to_pem(),
                receipt: receipt.certificate().to_pem(),
                mail: mail.certificate().to_pem(),
            },
            recipients: vec![
                RecipientKey::new(&recipient_key, recipient)
                    .map_err(|source| cabinet.unpaired(KeyFile::Recipient, source))?,
            ],
            tls: Tls {
                chain: vec![tls.der().to_vec(), root.der().to_vec()],
                key: cabinet.pkcs8(&tls_key)?,
            },
            log_key: cabinet.log_key()?,
            denied_keys: data.denied_keys(),
            root,
            receipt,
            mail,
            statement,
            statement_der,
        })
    }
}

/// The drawer with the service keys, and the statement that says which are in force.
struct Cabinet<'a> {
    data: &'a DataDir,
    passphrase: Option<&'a Passphrase>,
    statement: &'a SellerStatement,
}

impl Cabinet<'_> {
    fn key(&self, file: KeyFile) -> Result<SigningKey, SellerError> {
        let path = self.data.key(file);
        let pem = Zeroizing::new(read_text(&path)?);
        if is_open_to_others(&path).map_err(|source| unreadable(&path, source))? {
            return Err(SellerError::OpenToOthers { path });
        }
        SigningKey::from_pem(&pem, self.passphrase.map(Passphrase::as_str))
            .map_err(|source| SellerError::Key { path, source })
    }

    /// The key that signs checkpoints, which the statement must list.
    fn log_key(&self) -> Result<transparency::SigningKey, SellerError> {
        let path = self.data.key(KeyFile::Log);
        let key = self.key(KeyFile::Log)?;
        let is_listed = self
            .statement
            .log_keys
            .iter()
            .any(|listed| listed.key.as_bytes() == key.public_key().spki_der());
        if !is_listed {
            return Err(SellerError::NotInForce { path });
        }
        transparency::SigningKey::from_pkcs8_der(&self.pkcs8(&key)?)
            .map_err(|_not_ed25519| SellerError::NotInForce { path })
    }

    fn pair(
        &self,
        file: KeyFile,
        purpose: CertificateUse,
    ) -> Result<(SigningKey, Certificate), SellerError> {
        let path = self.data.certificate(file);
        let certificate = read_certificate(&path)?;
        let in_force = self.statement.certificates.iter().any(|listed| {
            listed.purpose == purpose
                && listed.revoked_at.is_none()
                && listed.certificate.as_bytes() == certificate.der()
        });
        if !in_force {
            return Err(SellerError::NotInForce { path });
        }
        Ok((self.key(file)?, certificate))
    }

    fn signer(&self, file: KeyFile, purpose: CertificateUse) -> Result<Signer, SellerError> {
        let (key, certificate) = self.pair(file, purpose)?;
        Signer::new(key, certificate).map_err(|source| self.unpaired(file, source))
    }

    /// The TLS library takes keys in DER.
    fn pkcs8(&self, key: &SigningKey) -> Result<Zeroizing<Vec<u8>>, SellerError> {
        let failed = |source| SellerError::Key {
            path: self.data.key(KeyFile::Tls),
            source,
        };
        let pem = key.to_pem().map_err(failed)?;
        PrivateKeyDer::from_pem_slice(pem.as_bytes())
            .map(|der| Zeroizing::new(der.secret_der().to_vec()))
            .map_err(|_not_pem| failed(KeyError::Unreadable))
    }

    fn unpaired(&self, file: KeyFile, source: PairError) -> SellerError {
        SellerError::Pair {
            path: self.data.certificate(file),
            source,
        }
    }
}

fn read_statement(
    data: &DataDir,
    root: &Certificate,
) -> Result<(Vec<u8>, SellerStatement), SellerError> {
    let path = data.statement();
    let der = read_bounded(&path, FILE_MAX_BYTES).map_err(|source| unreadable(&path, source))?;
    let signed_by_root = Opened::from_signed_data(der.clone())
        .ok()
        .and_then(|opened| opened.verify(std::slice::from_ref(root)).ok());
    let statement = signed_by_root
        .and_then(|verified| Statement::parse(verified.content()).ok())
        .filter(|statement| {
            statement.common().seller_root.as_bytes() == root.fingerprint().as_bytes()
        });
    match statement {
        Some(Statement::Seller(statement)) => Ok((der, statement)),
        Some(
            Statement::Receipt(_)
            | Statement::Shipment(_)
            | Statement::Cancellation(_)
            | Statement::Key(_)
            | Statement::Recovery(_),
        )
        | None => Err(SellerError::Statement { path }),
    }
}

fn read_certificate(path: &Path) -> Result<Certificate, SellerError> {
    Certificate::from_pem(&read_text(path)?).map_err(|source| SellerError::Certificate {
        path: path.to_owned(),
        source,
    })
}

pub(super) fn read_text(path: &Path) -> Result<String, SellerError> {
    let bytes = read_bounded(path, FILE_MAX_BYTES).map_err(|source| unreadable(path, source))?;
    String::from_utf8(bytes)
        .map_err(|_not_text| unreadable(path, io::Error::other("it is not a text file")))
}

fn unreadable(path: &Path, source: io::Error) -> SellerError {
    SellerError::Read {
        path: path.to_owned(),
        source,
    }
}
