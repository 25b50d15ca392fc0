use crypto_bigint::BoxedUint;

use super::built_in::published;
use super::derivation::derive;
use super::primality::is_probably_prime;
use super::*;
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
fn fresh_parameters_are_a_group_and_no_two_are_alike() {
    let mut told = 0;
    let mut fresh = |seed| {
        let rng = &mut Repeatable::new(seed);
        DsaParameters::fresh(DsaSize::P2048Q256, rng, &mut |candidates| told = candidates).unwrap()
    };
    let parameters = fresh(42);
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
fn signing_the_same_message_twice_gives_the_same_signature() {
    let key = DSA.key();
    let sign = || {
        key.sign(crate::policy::Scheme::DsaSha256, b"message")
            .unwrap()
    };
    assert_eq!(sign(), sign());
}
