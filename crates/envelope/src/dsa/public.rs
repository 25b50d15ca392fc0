//! DSA public keys and the check of a signature (FIPS 186-4 section 4.7).

use crypto_bigint::modular::BoxedMontyForm;
use crypto_bigint::{BoxedUint, NonZero};
use der::Decode;
use der::asn1::UintRef;

use super::comb::Comb;
use super::parameters::{DsaParameters, DsaParametersDer};
use super::tables::{self, Tables};
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
        let of_g = tables.of(name_of_g, parameters, parameters.g());
        let of_y = tables.of(name_of_y, parameters, y);
        match (of_g, of_y) {
            (Some(g), Some(y)) => Comb::product(parameters, &[(&g, u1), (&y, u2)]),
            (Some(_) | None, _) => self.power_without_tables(u1, u2),
        }
    }

    /// The same, two bits of both exponents at a time (Straus's method).
    fn power_without_tables(&self, u1: &BoxedUint, u2: &BoxedUint) -> BoxedMontyForm {
        let digit = |exponent: &BoxedUint, place: u32| {
            2 * usize::from(exponent.bit_vartime(2 * place + 1))
                + usize::from(exponent.bit_vartime(2 * place))
        };
        let products = self.products();
        let mut power = self.parameters.one();
        for place in (0..self.parameters.q_bits().div_ceil(2)).rev() {
            power = power.square().square();
            let index = 4 * digit(u1, place) + digit(u2, place);
            if let Some(product) = products.get(index).filter(|_| index > 0) {
                power = power.mul(product);
            }
        }
        power
    }

    /// g^i × y^j at place 4i + j, for i and j below 4.
    fn products(&self) -> Vec<BoxedMontyForm> {
        let parameters = &self.parameters;
        let (g, y) = (
            parameters.element(parameters.g()),
            parameters.element(&self.y),
        );
        let mut products = Vec::with_capacity(16);
        let mut power_of_g = parameters.one();
        for _ in 0..4 {
            let mut product = power_of_g.clone();
            for _ in 0..4 {
                products.push(product.clone());
                product = product.mul(&y);
            }
            power_of_g = power_of_g.mul(&g);
        }
        products
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
