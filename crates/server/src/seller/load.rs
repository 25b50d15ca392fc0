//! Finding a shop again: every file read, every claim checked against the root.

use std::io;
use std::path::{Path, PathBuf};

use countersign_envelope::{
    Certificate, CertificateError, KeyError, PairError, RecipientKey, Signer, SigningKey,
};
use countersign_order::{CertificateUse, Digest, SellerCertificate, SellerStatement};
use countersign_transparency as transparency;
use jiff::Timestamp;
use rustls_pki_types::PrivateKeyDer;
use rustls_pki_types::pem::PemObject;
use zeroize::Zeroizing;

use super::directory::KeyFile;
use super::rotation::{current, is_good};
use super::service::{SERVICES, file_of};
use super::{DataDir, Keys, Passphrase, Seller, SellerCertificates, Tls};
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
    /// There is a database, and no keys beside it.
    #[error("there is a database in {}, and no keys/", path.display())]
    NoKeys {
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
    #[error("the key in {} does not fit its certificate", path.display())]
    Pair {
        /// The key's file.
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
    /// A key that is in force is lost, or was never brought here.
    #[error("the {name} key that is in force is not in {}", folder.display())]
    Lost {
        /// What it is for.
        name: &'static str,
        /// Where keys lie.
        folder: PathBuf,
    },
    /// All keys of services are lost.
    #[error("none of the keys that are in force is in {}", folder.display())]
    NoneLeft {
        /// Where keys lie.
        folder: PathBuf,
    },
    /// A key never was the seller's.
    #[error("{} is not the key that is in force by the seller statement", path.display())]
    NotInForce {
        /// The key's file.
        path: PathBuf,
    },
    /// A statement has no certificate for something.
    #[error("the seller statement lists no {0} certificate that is in force")]
    NoneInForce(&'static str),
}

impl Seller {
    /// Reads and checks everything in the data directory that makes a seller. The passphrase
    /// opens service keys that are encrypted.
    pub fn load(data: &DataDir, passphrase: Option<&Passphrase>) -> Result<Self, SellerError> {
        Self::load_with(Keys::All, data, passphrase)
    }

    /// The same, but keys may be lost.
    pub(crate) fn load_with(
        keys: Keys,
        data: &DataDir,
        passphrase: Option<&Passphrase>,
    ) -> Result<Self, SellerError> {
        if !data.root_certificate().exists() {
            let path = data.path().to_owned();
            return Err(if data.database().exists() {
                SellerError::NoKeys { path }
            } else {
                SellerError::NoShop { path }
            });
        }
        let root = read_certificate(&data.root_certificate())?;
        let path = data.statement();
        let statement_der =
            read_bounded(&path, FILE_MAX_BYTES).map_err(|source| unreadable(&path, source))?;
        Self::stated(keys, data, passphrase, root, statement_der)
    }

    /// The same seller by another statement of its root, if all keys that it needs are here: a seller that
    /// may lack keys goes on without them. Nothing is changed.
    pub(crate) fn followed_by(
        &self,
        data: &DataDir,
        passphrase: Option<&Passphrase>,
        statement_der: Vec<u8>,
    ) -> Result<Self, SellerError> {
        Self::stated(
            self.keys,
            data,
            passphrase,
            self.root.clone(),
            statement_der,
        )
    }

    fn stated(
        keys: Keys,
        data: &DataDir,
        passphrase: Option<&Passphrase>,
        root: Certificate,
        statement_der: Vec<u8>,
    ) -> Result<Self, SellerError> {
        let statement = countersign_connection::seller_statement(&statement_der, &root).map_err(
            |_not_of_this_root| SellerError::Statement {
                path: data.statement(),
            },
        )?;
        let cabinet = Cabinet {
            data,
            passphrase,
            statement: &statement,
            keys,
        };
        let recipients = cabinet.recipients()?;
        let tls = cabinet.key_for(CertificateUse::Tls)?;
        let receipt = cabinet.key_for(CertificateUse::Receipt)?;
        let mail = cabinet.key_for(CertificateUse::Mail)?;
        let mut key_files = recipients.files;
        key_files.extend([&tls, &receipt, &mail].map(|held| held.file.clone()));
        let (receipt, mail) = (receipt.signer()?, mail.signer()?);
        Ok(Self {
            origin: statement.common.seller.clone(),
            root_fingerprint: Digest::from_bytes(*root.fingerprint().as_bytes()),
            certificates: SellerCertificates {
                root: root.to_pem(),
                tls: cabinet.certificate(CertificateUse::Tls)?.to_pem(),
                recipient: cabinet.certificate(CertificateUse::Recipient)?.to_pem(),
                receipt: cabinet.certificate(CertificateUse::Receipt)?.to_pem(),
                mail: cabinet.certificate(CertificateUse::Mail)?.to_pem(),
            },
            recipients: recipients.keys,
            recipient_ends: recipients.ends,
            tls: Tls {
                chain: vec![tls.certificate.der().to_vec(), root.der().to_vec()],
                key: pkcs8(&tls.key, &tls.file)?,
            },
            log_key: cabinet.log_key()?,
            lost: match keys {
                Keys::All => Vec::new(),
                Keys::Left => cabinet.lost()?,
            },
            keys,
            denied_keys: data.denied_keys(),
            key_files,
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
    keys: Keys,
}

/// A key in the drawer, with its certificate from the statement.
struct Held {
    file: PathBuf,
    key: SigningKey,
    certificate: Certificate,
}

/// The keys that open envelopes, the current one first, then those that open longest.
#[derive(Default)]
struct Openers {
    files: Vec<PathBuf>,
    keys: Vec<RecipientKey>,
    ends: Vec<Timestamp>,
}

impl Held {
    fn signer(self) -> Result<Signer, SellerError> {
        let path = self.file;
        Signer::new(self.key, self.certificate).map_err(|source| SellerError::Pair { path, source })
    }

    fn recipient(&self) -> Result<RecipientKey, SellerError> {
        RecipientKey::new(&self.key, self.certificate.clone()).map_err(|source| SellerError::Pair {
            path: self.file.clone(),
            source,
        })
    }
}

impl Cabinet<'_> {
    fn key(&self, path: &Path) -> Result<SigningKey, SellerError> {
        let pem = Zeroizing::new(read_text(path)?);
        if is_open_to_others(path).map_err(|source| unreadable(path, source))? {
            return Err(SellerError::OpenToOthers {
                path: path.to_owned(),
            });
        }
        SigningKey::from_pem(&pem, self.passphrase.map(Passphrase::as_str)).map_err(|source| {
            SellerError::Key {
                path: path.to_owned(),
                source,
            }
        })
    }

    /// The key that signs checkpoints, which the statement must list.
    fn log_key(&self) -> Result<transparency::SigningKey, SellerError> {
        let path = self.data.key(KeyFile::Log);
        let key = self.key(&path)?;
        let is_listed = self
            .statement
            .log_keys
            .iter()
            .any(|listed| listed.key.as_bytes() == key.public_key().spki_der());
        if !is_listed {
            return Err(SellerError::NotInForce { path });
        }
        transparency::SigningKey::from_pkcs8_der(&pkcs8(&key, &path)?)
            .map_err(|_not_ed25519| SellerError::NotInForce { path })
    }

    /// The key that is used now, or one that stands in for it.
    fn key_for(&self, purpose: CertificateUse) -> Result<Held, SellerError> {
        match self.current(purpose)? {
            Some(held) => Ok(held),
            None => self.stand_in(),
        }
    }

    /// Any key that is left.
    fn stand_in(&self) -> Result<Held, SellerError> {
        for purpose in SERVICES {
            if let Some(held) = self.current(purpose)? {
                return Ok(held);
            }
        }
        Err(SellerError::NoneLeft {
            folder: self.data.keys(),
        })
    }

    /// What is used now: the key of the newest certificate that is not revoked. None if it may be lost,
    /// and is.
    fn current(&self, purpose: CertificateUse) -> Result<Option<Held>, SellerError> {
        if let Some(held) = self.held(self.listed(purpose)?)? {
            return Ok(Some(held));
        }
        let first = self.data.key(file_of(purpose));
        // One that was replaced may be all that opens what was sealed to it.
        if first.exists() && !self.is_of_service(&first, purpose)? {
            return Err(SellerError::NotInForce { path: first });
        }
        match self.keys {
            Keys::Left => Ok(None),
            Keys::All => Err(SellerError::Lost {
                name: file_of(purpose).name(),
                folder: self.data.keys(),
            }),
        }
    }

    /// Whether the statement has listed the key in this file for the use, now or before.
    fn is_of_service(&self, path: &Path, purpose: CertificateUse) -> Result<bool, SellerError> {
        let key = self.key(path)?;
        for listed in &self.statement.certificates {
            if listed.purpose == purpose && self.read(listed)?.public_key() == key.public_key() {
                return Ok(true);
            }
        }
        Ok(false)
    }

    /// What has no key here.
    fn lost(&self) -> Result<Vec<CertificateUse>, SellerError> {
        let mut lost = Vec::new();
        for purpose in SERVICES {
            if self.current(purpose)?.is_none() {
                lost.push(purpose);
            }
        }
        Ok(lost)
    }

    fn listed(&self, purpose: CertificateUse) -> Result<&SellerCertificate, SellerError> {
        let listed = current(self.statement, purpose);
        listed.ok_or_else(|| SellerError::NoneInForce(file_of(purpose).name()))
    }

    fn certificate(&self, purpose: CertificateUse) -> Result<Certificate, SellerError> {
        self.read(self.listed(purpose)?)
    }

    fn read(&self, listed: &SellerCertificate) -> Result<Certificate, SellerError> {
        let certificate = Certificate::from_der(listed.certificate.as_bytes());
        certificate.map_err(|source| SellerError::Certificate {
            path: self.data.statement(),
            source,
        })
    }

    /// The keys that open: besides the current one those it replaced, while the statement says so and
    /// as far as they are here.
    fn recipients(&self) -> Result<Openers, SellerError> {
        let purpose = CertificateUse::Recipient;
        let current = self.current(purpose)?;
        let certificate = self.listed(purpose)?.certificate.as_bytes();
        let stated_at = self.statement.common.issued_at;
        let mut replaced = Vec::new();
        for listed in &self.statement.certificates {
            if listed.purpose == purpose
                && listed.certificate.as_bytes() != certificate
                && is_good(listed, stated_at)
                && let Some(held) = self.held(listed)?
            {
                replaced.push((listed.to.unwrap_or(Timestamp::MAX), held));
            }
        }
        replaced.sort_by_key(|(end, _)| std::cmp::Reverse(*end));
        let mut openers = Openers::default();
        let current = current.map(|held| (Timestamp::MAX, held));
        for (end, held) in current.into_iter().chain(replaced) {
            openers.keys.push(held.recipient()?);
            openers.ends.push(end);
            openers.files.push(held.file);
        }
        Ok(openers)
    }

    /// The key of a certificate, if it is here: in a file of its own, or in that of the first key.
    fn held(&self, listed: &SellerCertificate) -> Result<Option<Held>, SellerError> {
        let file = file_of(listed.purpose);
        let certificate = self.read(listed)?;
        let later = self.data.later_key(file, certificate.public_key());
        for path in [later, self.data.key(file)] {
            if !path.exists() {
                continue;
            }
            let key = self.key(&path)?;
            if key.public_key() == certificate.public_key() {
                return Ok(Some(Held {
                    file: path,
                    key,
                    certificate,
                }));
            }
        }
        Ok(None)
    }
}

/// The TLS library takes keys in DER.
fn pkcs8(key: &SigningKey, path: &Path) -> Result<Zeroizing<Vec<u8>>, SellerError> {
    let failed = |source| SellerError::Key {
        path: path.to_owned(),
        source,
    };
    let pem = key.to_pem().map_err(failed)?;
    PrivateKeyDer::from_pem_slice(pem.as_bytes())
        .map(|der| Zeroizing::new(der.secret_der().to_vec()))
        .map_err(|_not_pem| failed(KeyError::Unreadable))
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
