//! The seller: its root certificate, the statement the root signed, and the keys it works with.
//!
//! [`make`] founds a shop; [`Seller::load`] finds it again and takes nothing on trust but the root
//! certificate: every other certificate comes out of the statement that the root signed. Each later
//! statement replaces one key (`rotation`) and takes its place; `request` asks a root elsewhere for one.

mod address;
mod denied_keys;
mod directory;
mod drawer;
mod load;
pub mod make;
mod passphrase;
mod request;
mod root;
mod rotation;
mod service;
mod signers;

use std::fmt;
use std::path::PathBuf;

use countersign_envelope::{Certificate, RecipientKey, Signer};
use countersign_order::{CertificateUse, Digest, Origin, SellerStatement};
use countersign_transparency as transparency;
use jiff::Timestamp;
use zeroize::Zeroizing;

pub(crate) use address::{Address, NotAnAddress};
pub(crate) use denied_keys::DENIED_KEYS_TEXT;
pub use denied_keys::{DeniedKeys, DeniedKeysError};
pub use directory::DataDir;
pub(crate) use drawer::{keep_pending_key, keys_in_clear, lock_keys, write_in_force};
pub use load::SellerError;
pub use passphrase::{Passphrase, SecretError};
pub(crate) use request::{REQUEST_MAX_BYTES, Request, RequestError, names};
pub(crate) use root::root_signer;
pub(crate) use rotation::{Change, Rotation, RotationError};
pub(crate) use service::{file_of, make_key};
pub(crate) use signers::{Signers, is_by_root};

/// Who sells here: names, certificates and keys, read once.
pub struct Seller {
    origin: Origin,
    root: Certificate,
    root_fingerprint: Digest,
    statement: SellerStatement,
    statement_der: Vec<u8>,
    receipt: Signer,
    mail: Signer,
    /// The current key first, then those that open longest.
    recipients: Vec<RecipientKey>,
    /// When each of them opens no more.
    recipient_ends: Vec<Timestamp>,
    tls: Tls,
    log_key: transparency::SigningKey,
    denied_keys: PathBuf,
    /// Where the keys lie that are needed: those of the services.
    key_files: Vec<PathBuf>,
    certificates: SellerCertificates,
    /// What has no key here.
    lost: Vec<CertificateUse>,
    keys: Keys,
}

/// Which of its keys a seller must have.
#[derive(Clone, Copy, Debug, Eq, PartialEq)]
pub(crate) enum Keys {
    /// One for each use: all commands want that, but the one that replaces what is lost.
    All,
    /// Those that are not lost: enough to replace the others, and for nothing else. A seller has a key for
    /// each use, so one that is left stands in for those that are not; what it signed there nobody would
    /// believe.
    Left,
}

struct Tls {
    chain: Vec<Vec<u8>>,
    key: Zeroizing<Vec<u8>>,
}

/// The certificates in use, as PEM text.
#[derive(Clone, Debug, Eq, PartialEq)]
pub struct SellerCertificates {
    /// What all others rest on.
    pub root: String,
    /// What the server shows to a connection.
    pub tls: String,
    /// What buyers seal to.
    pub recipient: String,
    /// What statements are signed with.
    pub receipt: String,
    /// What mail is signed with.
    pub mail: String,
}

impl Seller {
    /// The seller's name in everything that is signed.
    pub fn origin(&self) -> &Origin {
        &self.origin
    }

    /// The root certificate.
    pub fn root(&self) -> &Certificate {
        &self.root
    }

    /// The digest of the root certificate: what a buyer pins.
    pub fn root_fingerprint(&self) -> Digest {
        self.root_fingerprint
    }

    /// The seller statement in force.
    pub fn statement(&self) -> &SellerStatement {
        &self.statement
    }

    /// The seller statement in force, as the root signed it.
    pub fn statement_der(&self) -> &[u8] {
        &self.statement_der
    }

    /// Which of its keys it must have.
    pub(crate) const fn keys(&self) -> Keys {
        self.keys
    }

    /// The uses whose keys are lost.
    pub(crate) fn lost(&self) -> &[CertificateUse] {
        &self.lost
    }

    /// Whether another seller statement says that other keys than these sign statements from now on.
    pub(crate) fn is_replaced_by(&self, other: &SellerStatement) -> bool {
        let signs = rotation::current(other, CertificateUse::Receipt);
        other.number > self.statement.number
            && signs.is_none_or(|listed| {
                listed.certificate.as_bytes() != self.receipt.certificate().der()
            })
    }

    /// Signs statements.
    pub fn receipt(&self) -> &Signer {
        &self.receipt
    }

    /// Signs mail.
    pub fn mail(&self) -> &Signer {
        &self.mail
    }

    /// Opens what buyers seal; the current key comes first, then those it replaced, while they count.
    pub fn recipients(&self, now: Timestamp) -> &[RecipientKey] {
        let open = self.recipient_ends.partition_point(|end| now < *end);
        self.recipients.get(..open).unwrap_or_default()
    }

    /// The certificates in use.
    pub fn certificates(&self) -> &SellerCertificates {
        &self.certificates
    }

    /// Signs the log's checkpoints.
    pub fn log_key(&self) -> &transparency::SigningKey {
        &self.log_key
    }

    /// The keys that nobody may enrol, as the operator's list has them now.
    pub fn denied_keys(&self) -> Result<DeniedKeys, DeniedKeysError> {
        DeniedKeys::read(&self.denied_keys)
    }

    /// What the server shows to a connection: the chain in DER, and its key in PKCS #8.
    pub fn tls(&self) -> (&[Vec<u8>], &[u8]) {
        (&self.tls.chain, &self.tls.key)
    }
}

impl fmt::Debug for Seller {
    fn fmt(&self, formatter: &mut fmt::Formatter<'_>) -> fmt::Result {
        formatter
            .debug_struct("Seller")
            .field("origin", &self.origin)
            .field("root", &self.root_fingerprint)
            .finish_non_exhaustive()
    }
}

#[cfg(test)]
mod rotation_tests;
#[cfg(test)]
mod tests;
