//! The seller, as its root-signed statement says and in no other way.

use countersign_api::SellerView;
use countersign_envelope::{Certificate, Opened, Verified};
use countersign_order::{
    CertificateUse, Digest, LogKey, LogOrigin, Origin, SellerCertificate, SellerStatement,
    Statement,
};
use countersign_transparency::{
    KeyName, PublicKey, SignedCheckpoint, VerifiedCheckpoint, VerifyingKey,
};
use jiff::Timestamp;

use crate::failure::{Exit, Failure};

/// A seller whose statement was verified under its pinned root.
#[derive(Debug)]
pub(crate) struct Seller {
    pub(crate) origin: Origin,
    pub(crate) root: Digest,
    /// What the root has signed.
    pub(crate) statement: SellerStatement,
    /// The same as it was signed.
    pub(crate) signed: Vec<u8>,
    root_certificate: Certificate,
    certificates: Vec<(SellerCertificate, Certificate)>,
    log_keys: Vec<VerifyingKey>,
}

/// The same digest in the business's own type.
pub(crate) fn digest(of: countersign_envelope::Digest) -> Digest {
    Digest::from_bytes(*of.as_bytes())
}

impl Seller {
    /// Verifies what a server says of itself.
    pub(crate) fn shown(view: &SellerView, root: &Certificate) -> Result<Self, Failure> {
        let seller = Self::verified(view.statement.as_bytes(), root)?;
        if seller.origin != view.origin {
            return Err(invalid("the seller statement names another seller"));
        }
        Ok(seller)
    }

    /// Verifies a seller statement under the root, and every certificate in it.
    pub(crate) fn verified(signed: &[u8], root: &Certificate) -> Result<Self, Failure> {
        let statement = countersign_connection::seller_statement(signed, root)
            .map_err(|error| invalid(&error.to_string()))?;
        let fingerprint = digest(root.fingerprint());
        let log_keys = log_keys(&statement)?;
        let mut certificates = Vec::new();
        for listed in statement.certificates.iter().cloned() {
            let certificate = Certificate::from_der(listed.certificate.as_bytes())
                .map_err(|_| invalid("the seller statement lists an unreadable certificate"))?;
            if !certificate.is_issued_by(root) {
                return Err(invalid(
                    "the seller statement lists a certificate of another root",
                ));
            }
            certificates.push((listed, certificate));
        }
        Ok(Self {
            origin: statement.common.seller.clone(),
            root: fingerprint,
            statement,
            signed: signed.to_vec(),
            root_certificate: root.clone(),
            certificates,
            log_keys,
        })
    }

    /// Verifies that one of the seller's logs has signed a checkpoint.
    pub(crate) fn checkpoint(&self, note: &str) -> Result<VerifiedCheckpoint, Failure> {
        let signed = SignedCheckpoint::parse(note.as_bytes())
            .map_err(|_| invalid("the log's checkpoint cannot be read"))?;
        signed
            .verify(&self.log_keys)
            .map_err(|_| invalid("the checkpoint is not signed by the seller's log"))
    }

    /// The keys that sign the checkpoints of a log.
    pub(crate) fn log_keys(&self, log: &KeyName) -> impl Iterator<Item = &VerifyingKey> {
        self.log_keys.iter().filter(move |key| key.name() == log)
    }

    /// Whether another log follows this one.
    pub(crate) fn has_successor_of(&self, log: &KeyName) -> bool {
        self.log_keys
            .iter()
            .any(|key| generation(key.name()) > generation(log))
    }

    /// The root certificate that all else is verified under.
    pub(crate) const fn root_certificate(&self) -> &Certificate {
        &self.root_certificate
    }

    /// The fingerprints of the certificates that connections are made with.
    pub(crate) fn tls_certificates(&self, now: Timestamp) -> Vec<countersign_envelope::Digest> {
        countersign_connection::tls_certificates(&self.statement, now)
    }

    /// The newest certificate that orders can be sealed to.
    pub(crate) fn recipient(&self, now: Timestamp) -> Result<&Certificate, Failure> {
        self.in_use(CertificateUse::Recipient, now)
            .max_by_key(|(listed, _)| listed.from)
            .map(|(_, certificate)| certificate)
            .ok_or_else(|| invalid("the seller has no certificate to seal to"))
    }

    /// Verifies a statement by the seller's receipt key, which must have been in use when it signed.
    pub(crate) fn verify(&self, statement: &[u8]) -> Result<Verified<Statement>, Failure> {
        let keys: Vec<Certificate> = self
            .certificates
            .iter()
            .filter(|(listed, _)| listed.purpose == CertificateUse::Receipt)
            .map(|(_, certificate)| certificate.clone())
            .collect();
        let verified = Opened::from_signed_data(statement.to_vec())
            .map_err(|_| invalid("the statement is not a signed message"))?
            .verify(&keys)
            .map_err(|_| invalid("the statement is not signed by the seller's receipt key"))?
            .and_then(|content| Statement::parse(content))
            .map_err(|_| invalid("the signed statement is not one that is known"))?;
        let common = verified.content().common();
        if common.seller != self.origin || common.seller_root != self.root {
            return Err(invalid("the statement is another seller's"));
        }
        let signer = verified.signature().certificate_sha256();
        let in_use = self
            .in_use(CertificateUse::Receipt, common.issued_at)
            .any(|(_, certificate)| certificate.fingerprint() == signer);
        if !in_use {
            return Err(invalid(
                "the statement is signed with a key that was not in use then",
            ));
        }
        Ok(verified)
    }

    fn in_use(
        &self,
        purpose: CertificateUse,
        at: Timestamp,
    ) -> impl Iterator<Item = &(SellerCertificate, Certificate)> {
        self.certificates.iter().filter(move |(listed, _)| {
            listed.purpose == purpose
                && listed.from <= at
                && listed.to.is_none_or(|to| at < to)
                && listed.revoked_at.is_none_or(|revoked| at < revoked)
        })
    }
}

/// The place of a log in the succession of a seller's logs, from 1.
pub(crate) fn generation(log: &KeyName) -> u32 {
    let log = log.as_str().parse::<LogOrigin>();
    log.map_or(1, |log| log.generation())
}

/// The keys of the seller's logs, each under its log's name.
fn log_keys(statement: &SellerStatement) -> Result<Vec<VerifyingKey>, Failure> {
    let unreadable = || invalid("the seller statement lists an unreadable log key");
    let named = |listed: &LogKey| {
        let name = listed.origin.as_str().parse().map_err(|_| unreadable())?;
        let key = PublicKey::from_spki_der(listed.key.as_bytes()).map_err(|_| unreadable())?;
        Ok(VerifyingKey::new(name, key))
    };
    statement.log_keys.iter().map(named).collect()
}

pub(crate) fn invalid(message: &str) -> Failure {
    Failure::new(Exit::Invalid, message)
        .advise("do not rely on this server's answers, and ask the seller")
}
