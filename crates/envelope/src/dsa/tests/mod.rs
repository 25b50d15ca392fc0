//! DSA beside what is known of it: published parameters, vectors, and other implementations.

pub(crate) mod agreement;

use crypto_bigint::BoxedUint;
use der::Decode;

use super::built_in::published;
use super::derivation::derive;
use super::primality::is_probably_prime;
use super::*;
use crate::key::SignatureNumbers;
use crate::policy::Scheme;
use crate::testing::*;
use crate::{Digest, DsaSize, EnrollableCertificate, SigningKey};

const SIZES: [DsaSize; 2] = [DsaSize::P2048Q256, DsaSize::P3072Q256];

#[test]
fn built_in_parameters_follow_from_their_published_seed_and_counter() {
    for size in SIZES {
        let published = published(size);
        let seed = *Digest::of(published.sentence.as_bytes()).as_bytes();
        let derived = derive(size, &seed, published.counter).unwrap();
        assert!(
            derived == DsaParameters::built_in(size).unwrap(),
            "{size:?}"
        );
        assert!(is_probably_prime(derived.p(), 8), "{size:?}");
    }
}

#[test]
fn built_in_parameters_are_a_group_of_prime_order() {
    for size in SIZES {
        let parameters = DsaParameters::built_in(size).unwrap();
        assert_eq!(
            (parameters.p_bits(), parameters.q_bits()),
            (size.p_bits(), size.q_bits())
        );
        let key = SigningKey::generate_dsa(&parameters, &mut Repeatable::new(41)).unwrap();
        let party = Party::new(&key, &crate::CertificateUse::Buyer);
        EnrollableCertificate::check(party.certificate).unwrap();
    }
}

#[test]
fn fresh_parameters_are_a_group_and_not_the_built_in_one() {
    let mut told = 0;
    let rng = &mut Repeatable::new(42);
    let parameters =
        DsaParameters::fresh(DsaSize::P2048Q256, rng, &mut |candidates| told = candidates).unwrap();
    assert_eq!((parameters.p_bits(), parameters.q_bits()), (2048, 256));
    let key = SigningKey::generate_dsa(&parameters, &mut Repeatable::new(43)).unwrap();
    let party = Party::new(&key, &crate::CertificateUse::Buyer);
    EnrollableCertificate::check(party.certificate).unwrap();
    assert!(parameters != DsaParameters::built_in(DsaSize::P2048Q256).unwrap());
    assert!(told > 0, "progress is reported");
}

#[test]
fn primes_and_composites_are_told_apart() {
    let number = |text: &str| {
        BoxedUint::from_str_radix_vartime(text, 10)
            .unwrap()
            .into_odd()
            .unwrap()
    };
    let mersenne_127 = "170141183460469231731687303715884105727";
    assert!(is_probably_prime(&number(mersenne_127), 64));
    // A Carmichael number without small factors, and a strong pseudoprime to the bases 2 to 37.
    for composite in [
        "349407515342287435050603204719587201",
        "318665857834031151167461",
    ] {
        assert!(!is_probably_prime(&number(composite), 64), "{composite}");
    }
    assert!(!is_probably_prime(&number(&format!("{mersenne_127}5")), 64));
}

/// RFC 6979 appendix A.2.2: the nonce depends on key and message alone.
#[test]
fn signatures_are_those_of_rfc_6979() {
    let pem = include_str!("../../../tests/vectors/rfc6979-dsa-2048.key");
    let key = SigningKey::from_pem(pem, None).unwrap();
    for (message, r, s) in [
        (
            "sample",
            "eace8bdbbe353c432a795d9ec556c6d021f7a03f42c36e9bc87e4ac7932cc809",
            "7081e175455f9247b812b74583e9e94f9ea79bd640dc962533b0680793a38d53",
        ),
        (
            "test",
            "8190012a1969f9957d56fccaad223186f423398d58ef5b3cefd5a4146a4476f0",
            "7452a53f7075d417b4b013b278d1bb8bbd21863f5e7b1cee679cf2188e1ab19e",
        ),
    ] {
        let signature = key.sign(Scheme::DsaSha256, message.as_bytes()).unwrap();
        let numbers = SignatureNumbers::from_der(&signature).unwrap();
        assert_eq!(hex::encode(numbers.r.as_bytes()), r);
        assert_eq!(hex::encode(numbers.s.as_bytes()), s);
    }
}
