//! The seller statement: what the root has signed about the seller.

use countersign_envelope::{Certificate, Digest, Opened};
use countersign_order::{CLOCK_TOLERANCE, CertificateUse, SellerStatement, Statement};
use jiff::Timestamp;

/// Why something is not the statement of the seller with this root.
#[derive(Clone, Copy, Debug, PartialEq, Eq, thiserror::Error)]
pub enum StatementError {
    /// Not a `SignedData`.
    #[error("the seller statement is not a signed message")]
    NotSigned,
    /// Signed by somebody else.
    #[error("the seller statement is not signed by the pinned root")]
    OtherSigner,
    /// Something else that the root has signed.
    #[error("what the root has signed is not a seller statement")]
    OtherDocument,
    /// It names a root that is not the one it is signed by.
    #[error("the seller statement names another root")]
    OtherRoot,
}

/// Verifies a seller statement under the root.
pub fn seller_statement(
    signed: &[u8],
    root: &Certificate,
) -> Result<SellerStatement, StatementError> {
    let statement = Opened::from_signed_data(signed.to_vec())
        .map_err(|_| StatementError::NotSigned)?
        .verify(std::slice::from_ref(root))
        .map_err(|_| StatementError::OtherSigner)?;
    let Ok(Statement::Seller(statement)) = Statement::parse(statement.content()) else {
        return Err(StatementError::OtherDocument);
    };
    let named = statement.common.seller_root.as_bytes();
    if named != root.fingerprint().as_bytes() {
        return Err(StatementError::OtherRoot);
    }
    Ok(statement)
}

/// The fingerprints of the certificates that connections are made with at this time.
pub fn tls_certificates(statement: &SellerStatement, now: Timestamp) -> Vec<Digest> {
    let in_use = statement.certificates.iter().filter(|listed| {
        listed.purpose == CertificateUse::Tls
            // A buyer's clock may be behind the seller's.
            && listed.from <= now + CLOCK_TOLERANCE
            && listed.to.is_none_or(|to| now < to)
            && listed.revoked_at.is_none_or(|revoked| now < revoked)
    });
    in_use
        .map(|listed| Digest::of(listed.certificate.as_bytes()))
        .collect()
}

#[cfg(test)]
mod tests {
    use countersign_order::{Blind, Common, Der, SellerCertificate};
    use jiff::SignedDuration;

    use super::*;

    #[test]
    fn a_buyers_clock_may_be_as_far_behind_as_any_clock() {
        let from: Timestamp = "2026-11-23T18:00:00Z".parse().unwrap();
        let statement = SellerStatement {
            common: Common {
                seller: "shop.example".parse().unwrap(),
                seller_root: countersign_order::Digest::from_bytes([0; 32]),
                issued_at: from,
                previous: None,
                log: None,
                blind: Blind::from_bytes([0; 32]),
            },
            number: 1,
            certificates: vec![SellerCertificate {
                purpose: CertificateUse::Tls,
                certificate: Der::from(vec![1]),
                from,
                to: Some(from + SignedDuration::from_hours(1)),
                revoked_at: None,
            }],
            log_keys: Vec::new(),
        };
        for (seconds, is_in_use) in [(-121, false), (-120, true), (3_599, true), (3_600, false)] {
            let now = from + SignedDuration::from_secs(seconds);
            let found = !tls_certificates(&statement, now).is_empty();
            assert_eq!(found, is_in_use, "{seconds}");
        }
    }
}
