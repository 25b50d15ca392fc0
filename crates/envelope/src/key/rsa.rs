//! RSA public keys ([RFC 8017]).
//!
//! [RFC 8017]: https://www.rfc-editor.org/rfc/rfc8017

use std::sync::OnceLock;

use aws_lc_rs::signature::{
    ParsedPublicKey, RSA_PKCS1_2048_8192_SHA256, RSA_PKCS1_2048_8192_SHA384,
    RSA_PKCS1_2048_8192_SHA512, RSA_PSS_2048_8192_SHA256, RSA_PSS_2048_8192_SHA384,
    RSA_PSS_2048_8192_SHA512, RsaParameters, RsaPublicKeyComponents,
};
use der::Sequence;
use der::asn1::UintRef;

use crate::error::KeyError;
use crate::hash::Hash;

/// The longest modulus that is looked at, in bytes.
const MODULUS_SIZE_MAX_BYTES: usize = 8192 / 8;
/// The longest public exponent that is looked at, in bytes.
const EXPONENT_SIZE_MAX_BYTES: usize = 8;

/// ```text
/// RSAPublicKey ::= SEQUENCE { modulus INTEGER, publicExponent INTEGER }
/// ```
#[derive(Debug, Clone, Copy, Sequence)]
pub(crate) struct RsaPublicKeyDer<'a> {
    pub(crate) modulus: UintRef<'a>,
    pub(crate) exponent: UintRef<'a>,
}

/// A modulus and an exponent, and what the library prepares from them at first use.
#[derive(Debug)]
pub(crate) struct RsaPublicKey {
    modulus: Box<[u8]>,
    exponent: Box<[u8]>,
    prepared: [OnceLock<Option<ParsedPublicKey>>; 6],
}

/// The two paddings of RSA signatures.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(crate) enum Padding {
    Pss,
    Pkcs1,
}

impl RsaPublicKey {
    /// Sizes that make sense only; whether the key is good enough is decided at enrolment.
    pub(crate) fn new(key: RsaPublicKeyDer<'_>) -> Result<Self, KeyError> {
        let (modulus, exponent) = (key.modulus.as_bytes(), key.exponent.as_bytes());
        if modulus.len() > MODULUS_SIZE_MAX_BYTES
            || exponent.len() > EXPONENT_SIZE_MAX_BYTES
            || modulus.first().is_none_or(|first| *first == 0)
            || exponent.first().is_none_or(|first| *first == 0)
        {
            return Err(KeyError::Unsupported);
        }
        Ok(Self {
            modulus: modulus.into(),
            exponent: exponent.into(),
            prepared: Default::default(),
        })
    }

    pub(crate) fn bits(&self) -> u32 {
        let leading_zeros = self
            .modulus
            .first()
            .map_or(0, |first| first.leading_zeros());
        u32::try_from(self.modulus.len())
            .unwrap_or(u32::MAX)
            .saturating_mul(8)
            - leading_zeros
    }

    pub(crate) fn modulus(&self) -> &[u8] {
        &self.modulus
    }

    pub(crate) fn exponent(&self) -> &[u8] {
        &self.exponent
    }

    pub(crate) fn verifies(
        &self,
        padding: Padding,
        hash: Hash,
        message: &[u8],
        signature: &[u8],
    ) -> bool {
        let (index, parameters): (usize, &'static RsaParameters) = match (padding, hash) {
            (Padding::Pss, Hash::Sha256) => (0, &RSA_PSS_2048_8192_SHA256),
            (Padding::Pss, Hash::Sha384) => (1, &RSA_PSS_2048_8192_SHA384),
            (Padding::Pss, Hash::Sha512) => (2, &RSA_PSS_2048_8192_SHA512),
            (Padding::Pkcs1, Hash::Sha256) => (3, &RSA_PKCS1_2048_8192_SHA256),
            (Padding::Pkcs1, Hash::Sha384) => (4, &RSA_PKCS1_2048_8192_SHA384),
            (Padding::Pkcs1, Hash::Sha512) => (5, &RSA_PKCS1_2048_8192_SHA512),
        };
        self.prepared
            .get(index)
            .and_then(|slot| slot.get_or_init(|| self.prepare(parameters)).as_ref())
            .is_some_and(|key| key.verify_sig(message, signature).is_ok())
    }

    fn prepare(&self, parameters: &'static RsaParameters) -> Option<ParsedPublicKey> {
        RsaPublicKeyComponents {
            n: &self.modulus,
            e: &self.exponent,
        }
        .to_parsed_public_key(parameters)
        .ok()
    }
}
