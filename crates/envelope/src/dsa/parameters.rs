//! Domain parameters: the group in which DSA keys live.

use std::fmt;

use crypto_bigint::modular::{BoxedMontyForm, BoxedMontyParams};
use crypto_bigint::{BoxedUint, MontyForm, NonZero, Odd};
use der::Sequence;
use der::asn1::UintRef;
use rand_core::CryptoRng;

use super::{built_in, derivation};
use crate::error::KeyError;
use crate::key::DsaSize;

/// The sizes of p and q that are read at all. (1024, 160) is read so that it can be refused by
/// name.
const SIZES: [(u32, u32); 4] = [(1024, 160), (2048, 224), (2048, 256), (3072, 256)];

/// Multiplies numbers modulo p.
pub(super) type Multiplier<'a> = <BoxedMontyForm as MontyForm>::Multiplier<'a>;

/// ```text
/// Dss-Parms ::= SEQUENCE { p INTEGER, q INTEGER, g INTEGER }
/// ```
///
/// [RFC 3279 section 2.3.2](https://www.rfc-editor.org/rfc/rfc3279#section-2.3.2)
#[derive(Debug, Clone, Copy, Sequence)]
pub(crate) struct DsaParametersDer<'a> {
    pub(crate) p: UintRef<'a>,
    pub(crate) q: UintRef<'a>,
    pub(crate) g: UintRef<'a>,
}

/// DSA domain parameters: a prime p, a prime q that divides p − 1, and a generator g of the
/// subgroup of order q.
#[derive(Clone, PartialEq)]
pub struct DsaParameters {
    p: Odd<BoxedUint>,
    q: NonZero<BoxedUint>,
    g: BoxedUint,
    field: BoxedMontyParams,
}

impl DsaParameters {
    /// Parameters published in this crate's source, made so that anyone can see that nobody
    /// chose them (FIPS 186-4 A.1.1.2 and A.2.3). Instant.
    pub fn built_in(size: DsaSize) -> Result<Self, KeyError> {
        built_in::parameters(size)
    }

    /// New parameters, from a seed of the generator's. Takes seconds to minutes; `progress` is
    /// told from time to time how many candidates for p have been looked at.
    pub fn fresh(
        size: DsaSize,
        rng: &mut impl CryptoRng,
        progress: &mut dyn FnMut(u64),
    ) -> Result<Self, KeyError> {
        derivation::fresh(size, rng, progress)
    }

    /// Checks sizes and ranges only; whether the numbers are what they should be is a matter of
    /// enrolment.
    pub(crate) fn new(p: &[u8], q: &[u8], g: &[u8]) -> Result<Self, KeyError> {
        let longest = SIZES
            .iter()
            .map(|(p_bits, _)| p_bits / 8)
            .max()
            .unwrap_or_default();
        if [p, q, g]
            .iter()
            .any(|number| u32::try_from(number.len()).map_or(true, |len| len > longest))
        {
            return Err(KeyError::Unsupported);
        }
        let p = BoxedUint::from_be_slice_vartime(p);
        let q = BoxedUint::from_be_slice_vartime(q);
        if !SIZES.contains(&(p.bit_width_vartime(), q.bit_width_vartime())) {
            return Err(KeyError::Unsupported);
        }
        let g =
            BoxedUint::from_be_slice(g, p.bits_precision()).map_err(|_| KeyError::Unsupported)?;
        let p = p.into_odd().into_option().ok_or(KeyError::Unsupported)?;
        let q = q.into_nz().into_option().ok_or(KeyError::Unsupported)?;
        if g >= *p {
            return Err(KeyError::Unsupported);
        }
        let field = BoxedMontyParams::new_vartime(p.clone());
        Ok(Self { p, q, g, field })
    }

    pub(crate) fn read(der: &DsaParametersDer<'_>) -> Result<Self, KeyError> {
        Self::new(der.p.as_bytes(), der.q.as_bytes(), der.g.as_bytes())
    }

    pub(crate) const fn p(&self) -> &Odd<BoxedUint> {
        &self.p
    }

    pub(crate) const fn q(&self) -> &NonZero<BoxedUint> {
        &self.q
    }

    pub(crate) const fn g(&self) -> &BoxedUint {
        &self.g
    }

    /// The length of p.
    pub fn p_bits(&self) -> u32 {
        self.p.bit_width_vartime()
    }

    /// The length of q.
    pub fn q_bits(&self) -> u32 {
        self.q.bit_width_vartime()
    }

    /// A number below p, ready to be multiplied modulo p.
    pub(super) fn element(&self, number: &BoxedUint) -> BoxedMontyForm {
        BoxedMontyForm::new(number.clone(), &self.field)
    }

    /// Multiplies numbers modulo p, in memory of its own.
    pub(super) fn multiplier(&self) -> Multiplier<'_> {
        Multiplier::from(&self.field)
    }

    pub(super) fn one(&self) -> BoxedMontyForm {
        BoxedMontyForm::one(&self.field)
    }

    /// Whether a number's q-th power is 1 modulo p: then, unless it is 1 itself, it generates the
    /// subgroup.
    pub(super) fn has_order_q(&self, number: &BoxedUint) -> bool {
        let power = self
            .element(number)
            .pow_bounded_exp(self.q.as_ref(), self.q_bits());
        power == self.one()
    }
}

impl fmt::Debug for DsaParameters {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        write!(f, "DsaParameters({}/{})", self.p_bits(), self.q_bits())
    }
}
