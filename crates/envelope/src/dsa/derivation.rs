//! Domain parameters derived from a seed, so that anyone can see how they came about:
//! p and q by FIPS 186-4 A.1.1.2, g by A.2.3, both with SHA-256.

use crypto_bigint::modular::{BoxedMontyForm, BoxedMontyParams};
use crypto_bigint::{BoxedUint, NonZero, Odd, Resize};
use rand_core::CryptoRng;

use super::parameters::DsaParameters;
use super::primality::{ROUNDS, is_probably_prime};
use crate::digest::Digest;
use crate::error::KeyError;
use crate::key::DsaSize;

/// Candidates for p are reported this often.
const PROGRESS_EVERY: u64 = 16;

/// The generator's place in the standard: more could be derived from the same seed.
const GENERATOR_INDEX: u8 = 1;

/// What parameters are derived from. It is as long as q and as a digest.
pub(super) type Seed = [u8; 32];

/// Searches for parameters, seed after seed, until one yields them.
pub(super) fn fresh(
    size: DsaSize,
    rng: &mut impl CryptoRng,
    progress: &mut dyn FnMut(u64),
) -> Result<DsaParameters, KeyError> {
    let mut candidates = 0;
    loop {
        let mut seed = Seed::default();
        rng.fill_bytes(&mut seed);
        let Some(q) = prime_q(&seed) else { continue };
        for counter in 0..4 * size.p_bits() {
            candidates += 1;
            if candidates % PROGRESS_EVERY == 0 {
                progress(candidates);
            }
            let Some(p) = candidate_p(&seed, counter, &q, size.p_bits()) else {
                continue;
            };
            if is_probably_prime(&p, ROUNDS) {
                return finish(&seed, &p, &q);
            }
        }
    }
}

/// The parameters of a seed whose counter is known.
#[cfg(test)]
pub(super) fn derive(size: DsaSize, seed: &Seed, counter: u32) -> Result<DsaParameters, KeyError> {
    let q = prime_q(seed).ok_or(KeyError::Unsupported)?;
    let p = candidate_p(seed, counter, &q, size.p_bits()).ok_or(KeyError::Unsupported)?;
    finish(seed, &p, &q)
}

fn finish(
    seed: &Seed,
    p: &Odd<BoxedUint>,
    q: &NonZero<BoxedUint>,
) -> Result<DsaParameters, KeyError> {
    let g = generator(seed, p, q);
    let [p, q, g] = [p.as_ref(), q.as_ref(), &g].map(BoxedUint::to_be_bytes_trimmed_vartime);
    DsaParameters::new(&p, &q, &g)
}

/// A.1.1.2 steps 6 to 8: the digest of the seed with its highest and lowest bit set, if prime.
fn prime_q(seed: &Seed) -> Option<NonZero<BoxedUint>> {
    let mut octets = *Digest::of(seed).as_bytes();
    let [first, .., last] = &mut octets;
    *first |= 0x80;
    *last |= 1;
    let q = BoxedUint::from_be_slice_vartime(&octets)
        .into_odd()
        .into_option()?;
    is_probably_prime(&q, ROUNDS).then(|| q.as_nz_ref().clone())
}

/// A.1.1.2 steps 11.1 to 11.6: a number of full length that is 1 modulo 2q.
fn candidate_p(
    seed: &Seed,
    counter: u32,
    q: &NonZero<BoxedUint>,
    p_bits: u32,
) -> Option<Odd<BoxedUint>> {
    let digests = p_bits.div_ceil(256);
    let first = 1 + counter * digests;
    let mut octets: Vec<u8> = (first..first + digests)
        .rev()
        .flat_map(|offset| *Digest::of(&add(seed, offset)).as_bytes())
        .collect();
    // The length of p is a whole number of digests, so W mod 2^(L-1) + 2^(L-1) sets one bit.
    *octets.first_mut()? |= 0x80;
    let x = BoxedUint::from_be_slice(&octets, p_bits).ok()?;
    let two_q = q
        .as_ref()
        .resize(p_bits)
        .shl_vartime(1)?
        .into_nz()
        .into_option()?;
    let remainder = x.rem_vartime(&two_q);
    let p = x
        .wrapping_sub(remainder)
        .wrapping_add(BoxedUint::one_with_precision(p_bits));
    if p.bit_width_vartime() == p_bits {
        p.into_odd().into_option()
    } else {
        None
    }
}

/// The seed as a number plus an offset, modulo 2^256.
fn add(seed: &Seed, offset: u32) -> Seed {
    let mut sum = *seed;
    let mut carry = u64::from(offset);
    for octet in sum.iter_mut().rev() {
        carry += u64::from(*octet);
        let [.., low] = carry.to_be_bytes();
        *octet = low;
        carry >>= 8;
    }
    sum
}

/// A.2.3: the first digest whose power lies in the subgroup and is not trivial.
fn generator(seed: &Seed, p: &Odd<BoxedUint>, q: &NonZero<BoxedUint>) -> BoxedUint {
    let precision = p.bits_precision();
    let one = BoxedUint::one_with_precision(precision);
    let cofactor = p.as_ref().wrapping_sub(&one).div_rem_vartime(q).0;
    let field = BoxedMontyParams::new_vartime(p.clone());
    for count in 1_u16..=u16::MAX {
        let mut input = seed.to_vec();
        input.extend_from_slice(b"ggen");
        input.push(GENERATOR_INDEX);
        input.extend_from_slice(&count.to_be_bytes());
        let w = BoxedUint::from_be_slice_vartime(Digest::of(&input).as_bytes()).resize(precision);
        let g = BoxedMontyForm::new(w, &field).pow(&cofactor).retrieve();
        if g > one {
            return g;
        }
    }
    one
}
