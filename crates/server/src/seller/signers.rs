//! The seller's keys, and reading what they signed.

use countersign_envelope::{Certificate, Opened};
use countersign_order::{CertificateUse, Statement};
use countersign_store::{StatementKind, StatementRecord};

use super::Seller;
use crate::desk::DeskError;

/// The keys that statements are signed with.
pub(crate) struct Signers {
    root: Certificate,
    receipt: Vec<Certificate>,
}

impl Signers {
    pub(crate) fn of(seller: &Seller) -> Result<Self, DeskError> {
        let listed = seller.statement().certificates.iter();
        let receipt = listed
            .filter(|listed| listed.purpose == CertificateUse::Receipt)
            .map(|listed| Certificate::from_der(listed.certificate.as_bytes()))
            .collect::<Result<_, _>>()
            .map_err(|_| DeskError::Inconsistent("seller statement"))?;
        Ok(Self {
            root: seller.root().clone(),
            receipt,
        })
    }

    /// What a statement says, if the right key of the seller has signed it.
    pub(crate) fn read(&self, statement: &StatementRecord) -> Option<Statement> {
        let signers = if is_by_root(statement.kind) {
            std::slice::from_ref(&self.root)
        } else {
            &self.receipt
        };
        let opened = Opened::from_signed_data(statement.der.clone()).ok()?;
        let verified = opened.verify(signers).ok()?;
        Statement::parse(verified.content()).ok()
    }
}

/// Whether the root signs statements of this kind.
pub(crate) const fn is_by_root(kind: StatementKind) -> bool {
    match kind {
        StatementKind::Seller | StatementKind::Recovery => true,
        StatementKind::Receipt
        | StatementKind::Shipment
        | StatementKind::Cancellation
        | StatementKind::Key => false,
    }
}
