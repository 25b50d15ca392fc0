//! DSA private keys.

use crypto_bigint::BoxedUint;
use der::Encode;
use der::asn1::{AnyRef, OctetStringRef, UintRef};
use dsa::{Components, SigningKey, VerifyingKey};
use pkcs8::PrivateKeyInfoRef;
use rand_core::CryptoRng;
use spki::AlgorithmIdentifierRef;
use zeroize::Zeroizing;

use super::parameters::{DsaParameters, DsaParametersDer};
use crate::error::KeyError;
use crate::hash::Hash;
use crate::key::{SignatureNumbers, write_spki};
use crate::oid;

/// A private key, wiped when dropped.
pub(crate) struct DsaSecret(SigningKey);

impl DsaSecret {
    pub(crate) fn generate(
        parameters: &DsaParameters,
        rng: &mut impl CryptoRng,
    ) -> Result<Self, KeyError> {
        let components = Components::from_components(
            parameters.p().as_ref().clone(),
            parameters.q().as_ref().clone(),
            parameters.g().clone(),
        )
        .map_err(|_| KeyError::Failed)?;
        let Ok(key) = SigningKey::try_generate_from_rng_with_components(rng, components);
        Ok(Self(key))
    }

    /// Reads a PKCS #8 structure whose algorithm is DSA, with its parameters.
    pub(crate) fn read(info: PrivateKeyInfoRef<'_>) -> Result<Self, KeyError> {
        let parameters = info
            .algorithm
            .parameters
            .and_then(|parameters| parameters.decode_as::<DsaParametersDer<'_>>().ok())
            .ok_or(KeyError::Unreadable)?;
        DsaParameters::read(&parameters)?;
        SigningKey::try_from(info)
            .map(Self)
            .map_err(|_| KeyError::Unreadable)
    }

    pub(crate) fn to_pkcs8_der(&self) -> Result<Zeroizing<Vec<u8>>, KeyError> {
        let x = Zeroizing::new(self.0.x().to_be_bytes());
        let write = || {
            let x = Zeroizing::new(UintRef::new(&x)?.to_der()?);
            self.with_algorithm(|algorithm| {
                PrivateKeyInfoRef::new(algorithm, OctetStringRef::new(&x)?).to_der()
            })
        };
        write().map(Zeroizing::new).map_err(|_| KeyError::Failed)
    }

    pub(crate) fn to_spki_der(&self) -> Result<Vec<u8>, KeyError> {
        let y = self.verifying_key().y().to_be_bytes();
        let write = || {
            let y = UintRef::new(&y)?.to_der()?;
            self.with_algorithm(|algorithm| write_spki(algorithm, &y))
        };
        write().map_err(|_| KeyError::Failed)
    }

    fn with_algorithm<T>(
        &self,
        write: impl FnOnce(AlgorithmIdentifierRef<'_>) -> der::Result<T>,
    ) -> der::Result<T> {
        let components = self.verifying_key().components();
        let [p, q, g] = [
            components.p().as_ref(),
            components.q().as_ref(),
            components.g().as_ref(),
        ]
        .map(BoxedUint::to_be_bytes);
        let parameters = DsaParametersDer {
            p: UintRef::new(&p)?,
            q: UintRef::new(&q)?,
            g: UintRef::new(&g)?,
        }
        .to_der()?;
        let parameters = Some(AnyRef::try_from(parameters.as_slice())?);
        write(AlgorithmIdentifierRef {
            oid: oid::DSA,
            parameters,
        })
    }

    fn verifying_key(&self) -> &VerifyingKey {
        self.0.verifying_key()
    }

    /// Signs with SHA-256 and a nonce derived from key and message (RFC 6979): no generator can
    /// betray the key. A signature of a faulty computation is the caller's to catch.
    pub(crate) fn sign(&self, message: &[u8]) -> Option<Vec<u8>> {
        let digest = Hash::Sha256.digest(message);
        let signature = self
            .0
            .sign_prehashed_rfc6979::<sha2::Sha256>(digest.as_ref())
            .ok()?;
        let (r, s) = (signature.r().to_be_bytes(), signature.s().to_be_bytes());
        SignatureNumbers {
            r: UintRef::new(&r).ok()?,
            s: UintRef::new(&s).ok()?,
        }
        .to_der()
        .ok()
    }
}
