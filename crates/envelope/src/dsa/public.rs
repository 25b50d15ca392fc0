//! DSA public keys and the check of a signature (FIPS 186-4 section 4.7).

use crypto_bigint::modular::BoxedMontyForm;
use crypto_bigint::{BoxedUint, NonZero};
use der::Decode;
use der::asn1::UintRef;

use super::parameters::{DsaParameters, DsaParametersDer};
use crate::error::KeyError;
use crate::hash::Hash;
use crate::key::SignatureNumbers;

/// A public key with what checking its signatures needs.
pub(crate) struct DsaPublicKey {
    parameters: DsaParameters,
    y: BoxedUint,
    g_form: BoxedMontyForm,
    y_form: BoxedMontyForm,
}

impl DsaPublicKey {
    pub(crate) fn new(parameters: &DsaParametersDer<'_>, y: UintRef<'_>) -> Result<Self, KeyError> {
        Self::from_parts(DsaParameters::read(parameters)?, y.as_bytes())
    }

    pub(crate) fn from_parts(parameters: DsaParameters, y: &[u8]) -> Result<Self, KeyError> {
        let y = BoxedUint::from_be_slice(y, parameters.p().bits_precision())
            .map_err(|_| KeyError::Unsupported)?;
        if y >= **parameters.p() {
            return Err(KeyError::Unsupported);
        }
        let g_form = parameters.element(parameters.g());
        let y_form = parameters.element(&y);
        Ok(Self {
            parameters,
            y,
            g_form,
            y_form,
        })
    }

    pub(crate) const fn parameters(&self) -> &DsaParameters {
        &self.parameters
    }

    pub(crate) const fn y(&self) -> &BoxedUint {
        &self.y
    }

    /// y to a power, modulo p.
    pub(crate) fn y_to(&self, exponent: &BoxedUint) -> BoxedUint {
        self.y_form
            .pow_bounded_exp(exponent, exponent.bit_width_vartime())
            .retrieve()
    }

    /// g to a power, modulo p.
    pub(crate) fn g_to(&self, exponent: &BoxedUint) -> BoxedUint {
        self.g_form
            .pow_bounded_exp(exponent, exponent.bit_width_vartime())
            .retrieve()
    }

    /// Whether a DER `Dss-Sig-Value` is this key's over the message. Nothing here is secret, so
    /// time may vary.
    pub(crate) fn verifies(&self, message: &[u8], signature: &[u8]) -> bool {
        SignatureNumbers::from_der(signature)
            .ok()
            .and_then(|numbers| self.verifies_numbers(message, &numbers))
            .unwrap_or(false)
    }

    /// None where a number is out of range.
    fn verifies_numbers(&self, message: &[u8], numbers: &SignatureNumbers<'_>) -> Option<bool> {
        let q = self.parameters.q();
        let r = below(numbers.r.as_bytes(), q)?;
        let inverse = below(numbers.s.as_bytes(), q)?
            .invert_mod(q)
            .into_option()?;
        let digest = Hash::Sha256.digest(message);
        let digest = digest
            .as_ref()
            .get(..digest.as_ref().len().min(byte_size(q)))?;
        let digest = BoxedUint::from_be_slice(digest, q.bits_precision())
            .ok()?
            .rem_vartime(q);
        let q_bits = q.bit_width_vartime();
        let from_g = self
            .g_form
            .pow_bounded_exp(&digest.mul_mod(&inverse, q), q_bits);
        let from_y = self.y_form.pow_bounded_exp(&r.mul_mod(&inverse, q), q_bits);
        Some((from_g * from_y).retrieve().rem_vartime(q) == r)
    }
}

fn byte_size(q: &NonZero<BoxedUint>) -> usize {
    usize::try_from(q.bit_width_vartime() / 8).unwrap_or(0)
}

/// The number, if it lies strictly between zero and q.
fn below(number: &[u8], q: &NonZero<BoxedUint>) -> Option<BoxedUint> {
    let number = BoxedUint::from_be_slice(number, q.bits_precision()).ok()?;
    (!bool::from(number.is_zero()) && number < **q).then_some(number)
}
