//! The keys that work under the root: how each is made, and what its certificate says.

use countersign_envelope::{
    Certificate, CertificateUse, IssueError, KeyError, PublicKey, RsaBits, Signer, SigningKey,
    issue,
};
use countersign_order as order;
use countersign_order::Origin;
use jiff::{SignedDuration, Timestamp};
use rand_core::CryptoRng;
use zeroize::Zeroizing;

use super::Passphrase;
use super::directory::KeyFile;

/// Receipts must stay verifiable by tools that look at dates: the receipt key outlives any order's
/// statute of limitations.
const RECEIPT_LIFE: SignedDuration = SignedDuration::from_hours(15 * 365 * 24);
const SERVICE_LIFE: SignedDuration = SignedDuration::from_hours(5 * 365 * 24);

/// How long before it is made a certificate is valid: peers' clocks run behind ours.
pub(super) const BACKDATED: SignedDuration = SignedDuration::from_hours(1);

/// X.509 common names end here.
const SUBJECT_MAX_CHARS: usize = 64;

/// The keys that the root vouches for, in the order in which a statement lists them.
pub(crate) const SERVICES: [order::CertificateUse; 4] = [
    order::CertificateUse::Tls,
    order::CertificateUse::Recipient,
    order::CertificateUse::Receipt,
    order::CertificateUse::Mail,
];

/// The files of a key for this use.
pub(crate) const fn file_of(purpose: order::CertificateUse) -> KeyFile {
    match purpose {
        order::CertificateUse::Tls => KeyFile::Tls,
        order::CertificateUse::Recipient => KeyFile::Recipient,
        order::CertificateUse::Receipt => KeyFile::Receipt,
        order::CertificateUse::Mail => KeyFile::Mail,
    }
}

/// Until when a certificate for this use is good that is made now.
pub(super) fn good_until(purpose: order::CertificateUse, now: Timestamp) -> Timestamp {
    match purpose {
        order::CertificateUse::Receipt => now + RECEIPT_LIFE,
        order::CertificateUse::Tls
        | order::CertificateUse::Recipient
        | order::CertificateUse::Mail => now + SERVICE_LIFE,
    }
}

/// Makes a key for this use.
pub(crate) fn make_key(
    purpose: order::CertificateUse,
    rng: &mut impl CryptoRng,
) -> Result<SigningKey, KeyError> {
    match purpose {
        // Mail readers know RSA; nothing else here needs to please them.
        order::CertificateUse::Mail => SigningKey::generate_rsa(RsaBits::B3072),
        order::CertificateUse::Tls
        | order::CertificateUse::Recipient
        | order::CertificateUse::Receipt => SigningKey::generate_p256(rng),
    }
}

/// The key as its file holds it: encrypted, if the service keys have a passphrase.
pub(crate) fn key_text(
    key: &SigningKey,
    passphrase: Option<&Passphrase>,
    rng: &mut impl CryptoRng,
) -> Result<Zeroizing<String>, KeyError> {
    match passphrase {
        Some(passphrase) => key.to_encrypted_pem(passphrase.as_str(), rng),
        None => key.to_pem(),
    }
}

/// What a certificate of the seller's is made from.
pub(super) struct Service<'a> {
    pub(super) origin: &'a Origin,
    pub(super) purpose: order::CertificateUse,
    pub(super) usage: &'a CertificateUse,
    pub(super) key: &'a PublicKey,
}

impl Service<'_> {
    /// Makes the certificate, good from now on.
    pub(super) fn certify(
        &self,
        root: &Signer,
        now: Timestamp,
        rng: &mut impl CryptoRng,
    ) -> Result<Certificate, IssueError> {
        let role = match self.purpose {
            order::CertificateUse::Tls => "",
            order::CertificateUse::Recipient => " recipient",
            order::CertificateUse::Receipt => " receipt",
            order::CertificateUse::Mail => " mail",
        };
        issue(
            root,
            self.key,
            &subject(self.origin, role),
            self.usage,
            now - BACKDATED,
            good_until(self.purpose, now),
            rng,
        )
    }
}

/// The origin and the role, the origin cut where the two would be too long.
pub(super) fn subject(origin: &Origin, role: &str) -> String {
    let room = SUBJECT_MAX_CHARS.saturating_sub(role.len());
    let name: String = origin.as_str().chars().take(room).collect();
    name + role
}
