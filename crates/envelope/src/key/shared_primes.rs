//! RSA keys that share a prime: whoever has both public keys has both secrets.
//!
//! Machines with poor randomness make such keys, and neither shows it alone. A greatest common
//! divisor does ([Mining your Ps and Qs]).
//!
//! [Mining your Ps and Qs]: https://factorable.net/weakkeys12.extended.pdf

use std::collections::BTreeMap;

use crypto_bigint::{BoxedUint, ConcatenatingMul, Gcd, Odd};

use super::{Material, PublicKey};

/// The places of all RSA keys whose modulus another takes apart, as it has some of the primes and not
/// all, each with the place of one such other.
///
/// A modulus that is in another as a whole is not given away by that: whoever knows it can make such a
/// key, of the modulus and another exponent, or of the modulus times a number.
///
/// Each modulus is compared with the product of those before it, so the time grows with the square of
/// their number: a thousand keys of 3072 bits take seconds, ten thousand minutes.
pub fn shared_primes(keys: &[PublicKey]) -> BTreeMap<usize, usize> {
    let mut sharing = BTreeMap::new();
    let mut before: Vec<(usize, Odd<BoxedUint>)> = Vec::new();
    for (place, key) in keys.iter().enumerate() {
        let Some(modulus) = modulus(key) else {
            continue;
        };
        let product = before.iter().fold(BoxedUint::one(), |product, (_, other)| {
            let product = product.concatenating_mul(other.as_ref());
            product.rem_vartime(modulus.as_nz_ref())
        });
        if !is_one(&modulus.gcd_vartime(&product)) {
            for (other, others_modulus) in &before {
                let common = modulus.gcd_vartime(others_modulus.as_ref());
                if is_one(&common) {
                    continue;
                }
                if common != modulus {
                    sharing.entry(place).or_insert(*other);
                }
                if common != *others_modulus {
                    sharing.entry(*other).or_insert(place);
                }
            }
        }
        before.push((place, modulus));
    }
    sharing
}

fn modulus(key: &PublicKey) -> Option<Odd<BoxedUint>> {
    match key.material() {
        Material::Rsa(key) => BoxedUint::from_be_slice_vartime(key.modulus())
            .into_odd()
            .into_option(),
        Material::Dsa(_) | Material::P256(_) | Material::Ed25519 => None,
    }
}

fn is_one(number: &Odd<BoxedUint>) -> bool {
    number.as_ref().is_one().into()
}

#[cfg(test)]
mod tests {
    use der::Encode as _;
    use der::asn1::{AnyRef, UintRef};
    use spki::AlgorithmIdentifierRef;

    use super::*;
    use crate::key::{RsaPublicKeyDer, write_spki};
    use crate::oid;
    use crate::testing::{DSA, OpenSsl, RSA};

    #[test]
    fn moduli_that_another_takes_apart_are_found_whatever_their_sizes_and_no_others() {
        let openssl = OpenSsl::new();
        let prime = |bits: u32| {
            let hex = openssl.run(&format!("prime -generate -hex -bits {bits}"));
            BoxedUint::from_str_radix_vartime(hex.unwrap().trim(), 16).unwrap()
        };
        let primes = [1024, 1024, 1024, 2048, 1024, 1024, 1024].map(prime);
        let key =
            |places: &[usize], exponent| key(places.iter().map(|place| &primes[*place]), exponent);
        let keys = [
            key(&[0, 1], 65537),
            RSA.certificate.public_key().clone(),
            key(&[5, 6], 65537),
            DSA.certificate.public_key().clone(),
            // Anybody can make these two of the modulus, and they tell nothing of its primes.
            key(&[5, 6], 65539),
            key(&[5, 6, 3], 65537),
            key(&[2, 0], 65537),
            key(&[1, 2], 65537),
            key(&[4, 1, 3], 65537),
        ];
        let expected = [(0, 6), (5, 2), (6, 0), (7, 0), (8, 0)];
        assert_eq!(shared_primes(&keys), expected.into());
        assert_eq!(shared_primes(&keys[..5]), BTreeMap::new());
    }

    fn key<'a>(primes: impl Iterator<Item = &'a BoxedUint>, exponent: u32) -> PublicKey {
        let product = primes.fold(BoxedUint::one(), |product, prime| {
            product.concatenating_mul(prime)
        });
        // Without the zeros that the one begins with.
        let modulus = product.to_be_bytes_trimmed_vartime();
        let exponent = exponent.to_be_bytes();
        let key = RsaPublicKeyDer {
            modulus: UintRef::new(&modulus).unwrap(),
            exponent: UintRef::new(&exponent).unwrap(),
        };
        let algorithm = AlgorithmIdentifierRef {
            oid: oid::RSA_ENCRYPTION,
            parameters: Some(AnyRef::NULL),
        };
        let spki = write_spki(algorithm, &key.to_der().unwrap()).unwrap();
        PublicKey::from_spki_der(&spki).unwrap()
    }
}
