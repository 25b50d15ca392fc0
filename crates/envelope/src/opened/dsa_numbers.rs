//! The numbers of a DSA signature, which tell whether a nonce was used twice.

use der::Decode;

use super::{Opened, find, only_signer};
use crate::certificate::Certificate;
use crate::digest::Digest;
use crate::key::{Material, SignatureNumbers};

/// What a message says of its DSA signature.
///
/// Two signatures by one key with the same `r` were made with the same nonce. Unless `s` is the same
/// too, which a repeated message may have, whoever has both computes the key's secret from them
/// (FIPS 186-4 section 4.5).
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub struct DsaNumbers {
    /// The fingerprint of the certificate whose key is said to have signed.
    pub certificate_sha256: Digest,
    /// SHA-256 of `r`.
    pub r_sha256: Digest,
    /// SHA-256 of `s`.
    pub s_sha256: Digest,
}

impl Opened {
    /// The numbers of the signature, if it is said to be that of a DSA key among these. A claim, no
    /// more.
    pub fn claimed_dsa_numbers(&self, keys: &[Certificate]) -> Option<DsaNumbers> {
        let signer = only_signer(&self.signed_data().ok()?).ok()?;
        let certificate = find(keys, &signer.signer)?;
        match certificate.public_key().material() {
            Material::Dsa(_) => {
                let numbers = SignatureNumbers::from_der(signer.signature.as_bytes()).ok()?;
                Some(DsaNumbers {
                    certificate_sha256: certificate.fingerprint(),
                    r_sha256: Digest::of(numbers.r.as_bytes()),
                    s_sha256: Digest::of(numbers.s.as_bytes()),
                })
            }
            Material::Rsa(_) | Material::P256(_) | Material::Ed25519 => None,
        }
    }
}
