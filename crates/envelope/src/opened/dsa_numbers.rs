//! The numbers of a DSA signature, which tell whether a nonce was used twice.

use der::Decode;

use super::{Opened, find, only_signer};
use crate::certificate::Certificate;
use crate::digest::Digest;
use crate::error::VerifyError;
use crate::key::{Material, SignatureNumbers};

/// What a message says of its DSA signature.
///
/// Two signatures by one key with one nonce give its secret away, unless `s` is the same too, which a
/// repeated message may have (FIPS 186-4 section 4.5). By two keys, they give each secret away to
/// whoever has the other.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub struct DsaNumbers {
    /// The fingerprint of the certificate whose key is said to have signed.
    pub certificate_sha256: Digest,
    /// What the nonce is known by: SHA-256 of the name of the key's group and `r`.
    pub nonce_sha256: Digest,
    /// SHA-256 of `s`.
    pub s_sha256: Digest,
}

impl Opened {
    /// The numbers of the signature, if it is said to be that of a DSA key among these. A claim, no
    /// more.
    pub fn claimed_dsa_numbers(
        &self,
        keys: &[Certificate],
    ) -> Result<Option<DsaNumbers>, VerifyError> {
        let signed_data = self.signed_data().map_err(|_| VerifyError::REFUSED)?;
        let signer = only_signer(&signed_data)?;
        let Some(certificate) = find(keys, &signer.signer) else {
            return Ok(None);
        };
        let group = match certificate.public_key().material() {
            Material::Dsa(key) => key.group(),
            Material::Rsa(_) | Material::P256(_) | Material::Ed25519 => return Ok(None),
        };
        let numbers = SignatureNumbers::from_der(signer.signature.as_bytes())
            .map_err(|_| VerifyError::REFUSED)?;
        let nonce = [group.as_bytes(), numbers.r.as_bytes()].concat();
        Ok(Some(DsaNumbers {
            certificate_sha256: certificate.fingerprint(),
            nonce_sha256: Digest::of(&nonce),
            s_sha256: Digest::of(numbers.s.as_bytes()),
        }))
    }
}
