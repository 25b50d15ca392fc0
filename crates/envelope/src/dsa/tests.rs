use super::built_in::published;
use super::derivation::derive;
use super::primality::is_probably_prime;
use super::*;
use crate::testing::*;
use crate::{
    Certificate, Digest, DsaSize, EnrollableCertificate, KeyRefusal, PublicKey, SigningKey,
};

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

fn refusal(pem: &str) -> KeyRefusal {
    let key = PublicKey::from_spki_pem(pem).unwrap();
    EnrollableCertificate::check(certificate_for(key.spki_der()).unwrap()).unwrap_err()
}

#[test]
fn parameters_whose_p_is_not_prime_are_refused_though_all_else_fits() {
    let pem = include_str!("../../tests/vectors/dsa-composite-p.pem");
    assert_eq!(refusal(pem), KeyRefusal::DsaParameters("p is not prime"));
}

#[test]
fn parameters_whose_q_is_not_prime_are_refused_though_all_else_fits() {
    let pem = include_str!("../../tests/vectors/dsa-composite-q.pem");
    assert_eq!(refusal(pem), KeyRefusal::DsaParameters("q is not prime"));
}
