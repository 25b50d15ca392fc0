//! The seller statement that follows another one: one key replaced, nothing else changed.

use countersign_envelope::{Certificate, CertificateUse, IssueError, PublicKey, SignError, Signer};
use countersign_order as order;
use countersign_order::{Blind, Common, Der, SellerCertificate, SellerStatement, Statement};
use jiff::{SignedDuration, Timestamp};

use super::service::{Service, good_until};
use crate::random::Random;

/// How long a certificate that was replaced stays good: whoever knows no newer statement yet seals to
/// it, and servers that run are connected to by it.
const OVERLAP_MAX: SignedDuration = SignedDuration::from_hours(30 * 24);

/// A key that takes the place of another.
#[derive(Clone, Debug)]
pub(crate) struct Rotation {
    /// What for.
    pub(crate) purpose: order::CertificateUse,
    /// The same, with the names that the certificate gets.
    pub(crate) usage: CertificateUse,
    /// The new key.
    pub(crate) key: PublicKey,
    /// Whether the certificates before are revoked instead of ending later.
    pub(crate) revokes: bool,
}

/// Why there is no next statement.
#[derive(Debug, thiserror::Error)]
pub(crate) enum RotationError {
    /// The certificate could not be made.
    #[error("the certificate could not be made")]
    Certificate(#[from] IssueError),
    /// The statement could not be signed.
    #[error("the seller statement could not be signed")]
    Sign(#[from] SignError),
}

/// What a statement has changed.
#[derive(Clone, Debug, PartialEq, Eq)]
pub(crate) struct Change {
    /// The certificate it adds.
    pub(crate) added: SellerCertificate,
    /// Whether it revokes those before.
    pub(crate) revokes: bool,
}

impl Rotation {
    /// Makes the certificate, and signs the statement after this one.
    pub(crate) fn sign(
        &self,
        root: &Signer,
        base: &SellerStatement,
        random: Random,
        at: Timestamp,
    ) -> Result<Vec<u8>, RotationError> {
        let service = Service {
            origin: &base.common.seller,
            purpose: self.purpose,
            usage: &self.usage,
            key: &self.key,
        };
        let certificate = service.certify(root, at, &mut random.rng())?;
        let blind = Blind::from_bytes(random.bytes());
        let change = Change {
            added: added(self.purpose, &certificate, at),
            revokes: self.revokes,
        };
        let statement = Statement::Seller(change.after(base, blind, at));
        Ok(root.sign(&statement.to_json(), at)?)
    }
}

impl Change {
    /// What a statement changes of the one before it, if it replaces one key and changes nothing else.
    pub(crate) fn between(base: &SellerStatement, next: &SellerStatement) -> Option<Self> {
        let last = next.certificates.last()?;
        let certificate = Certificate::from_der(last.certificate.as_bytes()).ok()?;
        let Common {
            issued_at, blind, ..
        } = next.common;
        [false, true]
            .map(|revokes| Self {
                added: added(last.purpose, &certificate, issued_at),
                revokes,
            })
            .into_iter()
            .find(|change| change.after(base, blind, issued_at) == *next)
    }

    /// Whether the certificate that it adds is under this root.
    pub(crate) fn is_under(&self, root: &Certificate) -> bool {
        Certificate::from_der(self.added.certificate.as_bytes())
            .is_ok_and(|certificate| certificate.is_issued_by(root))
    }

    /// The statement after this one.
    fn after(&self, base: &SellerStatement, blind: Blind, at: Timestamp) -> SellerStatement {
        let before = base.certificates.iter().cloned();
        let replaced = before.map(|listed| {
            if listed.purpose == self.added.purpose && is_good(&listed, at) {
                self.replaced(listed, at)
            } else {
                listed
            }
        });
        SellerStatement {
            common: Common {
                issued_at: at,
                blind,
                ..base.common.clone()
            },
            number: base.number.saturating_add(1),
            certificates: replaced.chain([self.added.clone()]).collect(),
            log_keys: base.log_keys.clone(),
        }
    }

    fn replaced(&self, listed: SellerCertificate, at: Timestamp) -> SellerCertificate {
        let end = at + OVERLAP_MAX;
        SellerCertificate {
            to: Some(listed.to.map_or(end, |to| to.min(end))),
            revoked_at: self.revokes.then_some(at),
            ..listed
        }
    }
}

/// Whether a certificate is listed as good at this time or later.
pub(super) fn is_good(listed: &SellerCertificate, at: Timestamp) -> bool {
    listed.revoked_at.is_none() && listed.to.is_none_or(|to| at < to)
}

/// The certificate that is used for this: the last listed that is not revoked.
pub(super) fn current(
    statement: &SellerStatement,
    purpose: order::CertificateUse,
) -> Option<&SellerCertificate> {
    let mut listed = statement.certificates.iter();
    listed.rfind(|listed| listed.purpose == purpose && listed.revoked_at.is_none())
}

fn added(
    purpose: order::CertificateUse,
    certificate: &Certificate,
    at: Timestamp,
) -> SellerCertificate {
    SellerCertificate {
        purpose,
        certificate: Der::from(certificate.der().to_vec()),
        from: at,
        to: Some(good_until(purpose, at)),
        revoked_at: None,
    }
}
