//! Which certificates a buyer may enrol.

use crypto_bigint::BoxedUint;

use crate::certificate::Certificate;
use crate::dsa::{check_key, has_small_factor};
use crate::key::{KeyAlgorithm, Material, RsaPublicKey};

/// The shortest RSA key that is enrolled, in bits (SP 800-131A).
const RSA_BITS_MIN: u32 = 2048;
/// The longest, in bits: what verifying costs is bounded.
const RSA_BITS_MAX: u32 = 8192;
/// The smallest public exponent that is enrolled (FIPS 186-5, section 5.1).
const RSA_EXPONENT_MIN: u64 = 65_537;
/// The library's limit: 33 bits, and odd.
const RSA_EXPONENT_LIMIT: u64 = 1 << 33;

/// A certificate whose key was checked and is good enough to sign orders.
///
/// Dates and issuer are not judged: what counts is that the seller enrolled it.
#[derive(Debug, Clone)]
pub struct EnrollableCertificate(Certificate);

/// Why a key cannot be enrolled.
#[derive(Debug, Clone, PartialEq, Eq, thiserror::Error)]
pub enum KeyRefusal {
    /// Orders are signed with RSA or DSA.
    #[error("orders are signed with RSA or DSA, not with {0}")]
    Algorithm(KeyAlgorithm),
    /// Too short to be safe, or so long that it is a burden.
    #[error("a key of type {0} is not accepted: RSA needs 2048 to 8192 bits, DSA 2048/224 or more")]
    Size(KeyAlgorithm),
    /// e must be odd, at least 65537 and below 2^33.
    #[error("the RSA exponent must be odd, at least 65537 and below 2^33")]
    RsaExponent,
    /// n is even or has a small factor.
    #[error("the RSA modulus is not a product of two large primes")]
    RsaModulus,
    /// p, q and g are not what they must be.
    #[error("the DSA domain parameters are not valid: {0}")]
    DsaParameters(&'static str),
    /// y does not lie in the subgroup.
    #[error("the DSA public value does not belong to its domain parameters")]
    DsaPublicValue,
}

impl EnrollableCertificate {
    /// Checks the certificate's key once and for all. For DSA with parameters other than the
    /// built-in ones this takes a good part of a second.
    pub fn check(certificate: Certificate) -> Result<Self, KeyRefusal> {
        let algorithm = certificate.public_key().algorithm();
        match certificate.public_key().material() {
            Material::Rsa(key) => check_rsa(key, algorithm)?,
            Material::Dsa(key) => {
                if !matches!(
                    algorithm,
                    KeyAlgorithm::Dsa {
                        p_bits: 2048,
                        q_bits: 224 | 256
                    } | KeyAlgorithm::Dsa {
                        p_bits: 3072,
                        q_bits: 256
                    }
                ) {
                    return Err(KeyRefusal::Size(algorithm));
                }
                check_key(key)?;
            }
            Material::P256(_) | Material::Ed25519 => return Err(KeyRefusal::Algorithm(algorithm)),
        }
        Ok(Self(certificate))
    }

    /// The certificate.
    pub const fn certificate(&self) -> &Certificate {
        &self.0
    }

    /// The certificate, to keep.
    pub fn into_certificate(self) -> Certificate {
        self.0
    }
}

fn check_rsa(key: &RsaPublicKey, algorithm: KeyAlgorithm) -> Result<(), KeyRefusal> {
    if !(RSA_BITS_MIN..=RSA_BITS_MAX).contains(&key.bits()) {
        return Err(KeyRefusal::Size(algorithm));
    }
    let exponent = key
        .exponent()
        .iter()
        .fold(0, |value, octet| value << 8 | u64::from(*octet));
    if exponent % 2 == 0 || !(RSA_EXPONENT_MIN..RSA_EXPONENT_LIMIT).contains(&exponent) {
        return Err(KeyRefusal::RsaExponent);
    }
    let is_even = key.modulus().last().is_none_or(|last| last % 2 == 0);
    if is_even || has_small_factor(&BoxedUint::from_be_slice_vartime(key.modulus())) {
        return Err(KeyRefusal::RsaModulus);
    }
    Ok(())
}

#[cfg(test)]
mod tests;
