//! DSA public keys and the check of a signature (FIPS 186-4 section 4.7).

use crypto_bigint::modular::BoxedMontyForm;
use crypto_bigint::{BoxedUint, NonZero};
use der::Decode;
use der::asn1::UintRef;

use super::parameters::{DsaParameters, DsaParametersDer};
use super::power::{self, Power};
use super::tables::{self, Tables};
use super::windows::Windows;
use crate::digest::Digest;
use crate::error::KeyError;
use crate::hash::Hash;
use crate::key::SignatureNumbers;

/// A public key.
pub(crate) struct DsaPublicKey {
    parameters: DsaParameters,
    y: BoxedUint,
    /// What g and y are known by where tables of their powers are kept.
    names: [Digest; 2],
}

impl DsaPublicKey {
    pub(crate) fn new(parameters: &DsaParametersDer<'_>, y: UintRef<'_>) -> Result<Self, KeyError> {
        let parameters = DsaParameters::read(parameters)?;
        let y = BoxedUint::from_be_slice(y.as_bytes(), parameters.p().bits_precision())
            .map_err(|_| KeyError::Unsupported)?;
        if y >= **parameters.p() {
            return Err(KeyError::Unsupported);
        }
        let names = [parameters.g(), &y].map(|base| tables::name(&parameters, base));
        Ok(Self {
            parameters,
            y,
            names,
        })
    }

    pub(crate) const fn parameters(&self) -> &DsaParameters {
        &self.parameters
    }

    /// What the group that g generates is known by: keys of one group may share a nonce.
    pub(crate) const fn group(&self) -> Digest {
        let [g, _y] = self.names;
        g
    }

    pub(crate) const fn y(&self) -> &BoxedUint {
        &self.y
    }

    /// Whether tables are kept of both bases, so that a check takes a fraction of the time.
    pub(crate) fn has_tables(&self) -> bool {
        let tables = Tables::shared();
        self.names.iter().all(|name| tables.has(name))
    }

    /// Whether a DER `Dss-Sig-Value` is this key's over the message. Nothing here is secret, so
    /// time may vary.
    pub(crate) fn verifies(&self, message: &[u8], signature: &[u8]) -> bool {
        self.verifies_with(Tables::shared(), message, signature)
    }

    /// The same, with these tables.
    pub(super) fn verifies_with(&self, tables: &Tables, message: &[u8], signature: &[u8]) -> bool {
        SignatureNumbers::from_der(signature)
            .ok()
            .and_then(|numbers| self.verifies_numbers(tables, message, &numbers))
            .unwrap_or(false)
    }

    /// None where a number is out of range.
    fn verifies_numbers(
        &self,
        tables: &Tables,
        message: &[u8],
        numbers: &SignatureNumbers<'_>,
    ) -> Option<bool> {
        let q = self.parameters.q();
        // A prime, unless somebody made the parameters up and they are still to be looked at.
        let odd = q.as_ref().clone().into_odd().into_option()?;
        let r = below(numbers.r.as_bytes(), q)?;
        let inverse = below(numbers.s.as_bytes(), q)?
            .invert_odd_mod_vartime(&odd)
            .into_option()?;
        let digest = Hash::Sha256.digest(message);
        let digest = digest
            .as_ref()
            .get(..digest.as_ref().len().min(byte_size(q)))?;
        let digest = BoxedUint::from_be_slice(digest, q.bits_precision())
            .ok()?
            .rem_vartime(q);
        let u1 = digest.mul_mod(&inverse, q);
        let u2 = r.mul_mod(&inverse, q);
        let power = self.power(tables, &u1, &u2);
        Some(power.retrieve().rem_vartime(q) == r)
    }

    /// g^u1 × y^u2 modulo p.
    fn power(&self, tables: &Tables, u1: &BoxedUint, u2: &BoxedUint) -> BoxedMontyForm {
        let Self {
            parameters,
            y,
            names: [name_of_g, name_of_y],
        } = self;
        let power = |name, base, exponent| match tables.of(name, parameters, base) {
            Some(comb) => Power::Comb(comb, exponent),
            None => Power::Windows(Windows::new(parameters, base, exponent)),
        };
        let powers = [
            power(name_of_g, parameters.g(), u1),
            power(name_of_y, y, u2),
        ];
        power::product(parameters, &powers)
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
