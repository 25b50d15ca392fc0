//! RSA keys that share a prime: whoever has both public keys has both secrets.
//!
//! Machines with poor randomness make such keys, and neither shows it alone. A greatest common
//! divisor does ([Mining your Ps and Qs]).
//!
//! [Mining your Ps and Qs]: https://factorable.net/weakkeys12.extended.pdf

use std::collections::BTreeMap;

use crypto_bigint::{BoxedUint, ConcatenatingMul, Gcd, Odd};

use super::{Material, PublicKey};

/// The places of all RSA keys whose modulus shares a prime with that of another, each with the place
/// of one such other.
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
        if share_a_factor(&modulus, &product) {
            for (other, _) in before
                .iter()
                .filter(|(_, other)| share_a_factor(&modulus, other))
            {
                sharing.entry(place).or_insert(*other);
                sharing.entry(*other).or_insert(place);
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

fn share_a_factor(modulus: &Odd<BoxedUint>, number: &BoxedUint) -> bool {
    !bool::from(modulus.gcd_vartime(number).as_ref().is_one())
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
    fn moduli_that_share_a_prime_are_found_whatever_their_sizes_and_no_others() {
        let openssl = OpenSsl::new();
        let prime = |bits: u32| {
            let hex = openssl.run(&format!("prime -generate -hex -bits {bits}"));
            BoxedUint::from_str_radix_vartime(hex.unwrap().trim(), 16).unwrap()
        };
        let primes = [1024, 1024, 1024, 2048, 1024].map(prime);
        let key = |one: usize, other: usize, exponent| key(&primes[one], &primes[other], exponent);
        let keys = [
            key(0, 1, 65537),
            RSA.certificate.public_key().clone(),
            key(2, 3, 65537),
            DSA.certificate.public_key().clone(),
            key(4, 0, 65537),
            key(3, 2, 65539),
            key(1, 4, 65537),
        ];
        let expected = [(0, 4), (2, 5), (4, 0), (5, 2), (6, 0)];
        assert_eq!(shared_primes(&keys), expected.into());
        assert_eq!(shared_primes(&keys[..4]), BTreeMap::new());
    }

    fn key(one: &BoxedUint, other: &BoxedUint, exponent: u32) -> PublicKey {
        let (modulus, exponent) = (
            one.concatenating_mul(other).to_be_bytes(),
            exponent.to_be_bytes(),
        );
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
