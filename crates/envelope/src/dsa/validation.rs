//! The full check of a DSA key made by others (FIPS 186-4 sections 4.1 and 4.4, SP 800-89
//! section 5.3.1).

use crypto_bigint::{BoxedUint, Odd};

use super::built_in;
use super::parameters::DsaParameters;
use super::primality::{ROUNDS, is_probably_prime};
use super::public::DsaPublicKey;
use crate::enrolment::KeyRefusal;

/// Checks everything that can be checked without the seed: that p and q are primes, that q
/// divides p − 1, and that g and y generate the subgroup of order q. Primality and g of built-in
/// parameters are known.
pub(crate) fn check_key(key: &DsaPublicKey) -> Result<(), KeyRefusal> {
    let parameters = key.parameters();
    if !built_in::contains(parameters) {
        check_generator(parameters)?;
        check_primes(parameters)?;
    }
    let one = BoxedUint::one_with_precision(key.y().bits_precision());
    if *key.y() > one && parameters.has_order_q(key.y()) {
        Ok(())
    } else {
        Err(KeyRefusal::DsaPublicValue)
    }
}

/// The cheap conditions, so that most nonsense costs little.
fn check_generator(parameters: &DsaParameters) -> Result<(), KeyRefusal> {
    let one = BoxedUint::one_with_precision(parameters.p().bits_precision());
    let p_minus_one = parameters.p().as_ref().wrapping_sub(&one);
    if !bool::from(p_minus_one.rem_vartime(parameters.q()).is_zero()) {
        return Err(KeyRefusal::DsaParameters("q does not divide p - 1"));
    }
    if *parameters.g() <= one || !parameters.has_order_q(parameters.g()) {
        return Err(KeyRefusal::DsaParameters(
            "g does not generate a subgroup of order q",
        ));
    }
    Ok(())
}

fn check_primes(parameters: &DsaParameters) -> Result<(), KeyRefusal> {
    let q: Option<Odd<BoxedUint>> = parameters.q().as_ref().clone().into_odd().into_option();
    if !q.is_some_and(|q| is_probably_prime(&q, ROUNDS)) {
        return Err(KeyRefusal::DsaParameters("q is not prime"));
    }
    if !is_probably_prime(parameters.p(), ROUNDS) {
        return Err(KeyRefusal::DsaParameters("p is not prime"));
    }
    Ok(())
}
