//! The seller, as its root-signed statement says and in no other way.

use countersign_api::SellerView;
use countersign_envelope::{Certificate, Opened, Verified};
use countersign_order::{CertificateUse, Digest, Origin, SellerCertificate, Statement};
use jiff::Timestamp;

use crate::failure::{Exit, Failure};

/// A seller whose statement was verified under its pinned root.
#[derive(Debug)]
pub(crate) struct Seller {
    pub(crate) origin: Origin,
    pub(crate) root: Digest,
    /// The number of the seller statement.
    pub(crate) number: u64,
    certificates: Vec<(SellerCertificate, Certificate)>,
}

/// The same digest in the business's own type.
pub(crate) fn digest(of: countersign_envelope::Digest) -> Digest {
    Digest::from_bytes(*of.as_bytes())
}

impl Seller {
    /// Verifies the seller statement under the root, and every certificate in it.
    pub(crate) fn verified(view: &SellerView, root: &Certificate) -> Result<Self, Failure> {
        let statement = Opened::from_signed_data(view.statement.as_bytes().to_vec())
            .map_err(|_| invalid("the seller statement is not a signed message"))?
            .verify(std::slice::from_ref(root))
            .map_err(|_| invalid("the seller statement is not signed by the pinned root"))?;
        let Ok(Statement::Seller(statement)) = Statement::parse(statement.content()) else {
            return Err(invalid(
                "what the root has signed is not a seller statement",
            ));
        };
        let fingerprint = digest(root.fingerprint());
        if statement.common.seller_root != fingerprint {
            return Err(invalid("the seller statement names another root"));
        }
        if statement.common.seller != view.origin {
            return Err(invalid("the seller statement names another seller"));
        }
        let mut certificates = Vec::new();
        for listed in statement.certificates {
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
            origin: statement.common.seller,
            root: fingerprint,
            number: statement.number,
            certificates,
        })
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

fn invalid(message: &str) -> Failure {
    Failure::new(Exit::Invalid, message)
        .advise("do not rely on this server's answers, and ask the seller")
}
