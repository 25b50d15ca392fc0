use crypto_bigint::{BoxedUint, Resize};
use der::Encode;
use der::asn1::{AnyRef, UintRef};
use spki::AlgorithmIdentifierRef;

use super::*;
use crate::key::{RsaPublicKeyDer, write_spki};
use crate::testing::*;
use crate::{CertificateError, CertificateUse, DsaParameters, DsaSize, PublicKey, SigningKey, oid};

fn check_spki(spki_der: &[u8]) -> Result<EnrollableCertificate, KeyRefusal> {
    EnrollableCertificate::check(certificate_for(spki_der).unwrap())
}

fn check_pem(pem: &str) -> Result<EnrollableCertificate, KeyRefusal> {
    check_spki(PublicKey::from_spki_pem(pem).unwrap().spki_der())
}

fn rsa(modulus: &[u8], exponent: &[u8]) -> Vec<u8> {
    let key = RsaPublicKeyDer {
        modulus: UintRef::new(modulus).unwrap(),
        exponent: UintRef::new(exponent).unwrap(),
    };
    let algorithm = AlgorithmIdentifierRef {
        oid: oid::RSA_ENCRYPTION,
        parameters: Some(AnyRef::NULL),
    };
    write_spki(algorithm, &key.to_der().unwrap()).unwrap()
}

fn good_modulus() -> Vec<u8> {
    let Material::Rsa(key) = RSA.certificate.public_key().material() else {
        panic!()
    };
    key.modulus().to_vec()
}

#[test]
fn good_keys_are_enrolled_and_other_algorithms_are_not() {
    for party in [&*RSA, &*DSA] {
        let certificate = party.certificate.clone();
        let checked = EnrollableCertificate::check(certificate.clone()).unwrap();
        assert_eq!(*checked.certificate(), certificate);
    }
    let refusal = EnrollableCertificate::check(RECEIPT.certificate.clone()).unwrap_err();
    assert_eq!(refusal, KeyRefusal::Algorithm(KeyAlgorithm::P256));
    let ed25519 = SigningKey::generate_ed25519(&mut Repeatable::new(61)).unwrap();
    let refusal = check_spki(ed25519.public_key().spki_der()).unwrap_err();
    assert_eq!(refusal, KeyRefusal::Algorithm(KeyAlgorithm::Ed25519));
}

#[test]
fn rsa_exponents_are_odd_and_neither_small_nor_huge() {
    let modulus = good_modulus();
    for (exponent, accepted) in [
        (&[1][..], false),
        (&[3], false),
        (&[0xff, 0xff], false),
        (&[1, 0, 0], false),
        (&[1, 0, 1], true),
        (&[1, 0, 2], false),
        (&[1, 0xff, 0xff, 0xff, 0xff], true),
        (&[2, 0, 0, 0, 1], false),
    ] {
        let checked = check_spki(&rsa(&modulus, exponent));
        assert_eq!(checked.is_ok(), accepted, "{exponent:?}");
        assert!(checked.is_ok() || checked.unwrap_err() == KeyRefusal::RsaExponent);
    }
}

#[test]
fn rsa_sizes_are_2048_to_8192_bits() {
    for (bits, accepted) in [(1024, false), (2047, false), (2048, true), (8192, true)] {
        // A prime is not a product of two, but has no small factor either.
        let mut modulus = vec![0xff; usize::try_from(bits).unwrap() / 8 + 1];
        modulus.truncate(usize::try_from(bits).unwrap().div_ceil(8));
        modulus[0] = if bits % 8 == 0 { 0x80 } else { 0x40 };
        let modulus = without_small_factors(modulus);
        let result = check_spki(&rsa(&modulus, &[1, 0, 1]));
        assert_eq!(result.is_ok(), accepted, "{bits}");
        assert!(
            result.is_ok() || result.unwrap_err() == KeyRefusal::Size(KeyAlgorithm::Rsa { bits })
        );
    }
    let result = certificate_for(&rsa(&[0xff; 1025], &[1, 0, 1]));
    assert!(matches!(result, Err(CertificateError::Key(_))));
}

/// The next number below that passes trial division.
fn without_small_factors(mut modulus: Vec<u8>) -> Vec<u8> {
    *modulus.last_mut().unwrap() |= 1;
    let mut number = BoxedUint::from_be_slice_vartime(&modulus);
    let two = BoxedUint::from(2_u8).resize(number.bits_precision());
    while has_small_factor(&number) {
        number = number.wrapping_sub(&two);
    }
    number.to_be_bytes_trimmed_vartime().to_vec()
}

#[test]
fn rsa_moduli_are_odd_and_without_small_factors() {
    let modulus = good_modulus();
    let mut even = modulus.clone();
    *even.last_mut().unwrap() &= 0xfe;
    let mut with_factor = BoxedUint::from_be_slice_vartime(&modulus);
    let factor = crypto_bigint::NonZero::new(crypto_bigint::Limb::from(65_521_u32)).unwrap();
    let rest = with_factor.rem_limb(factor);
    with_factor = with_factor.wrapping_sub(BoxedUint::from(rest.0).resize(2048));
    if !bool::from(with_factor.bit(0)) {
        with_factor = with_factor.wrapping_sub(BoxedUint::from(65_521_u32).resize(2048));
    }
    for modulus in [even, with_factor.to_be_bytes().to_vec()] {
        let refusal = check_spki(&rsa(&modulus, &[1, 0, 1])).unwrap_err();
        assert_eq!(refusal, KeyRefusal::RsaModulus);
    }
}

#[test]
fn dsa_parameters_whose_p_or_q_is_not_prime_are_refused_though_all_else_fits() {
    let refusal = check_pem(include_str!("../../tests/vectors/dsa-composite-p.pem")).unwrap_err();
    assert_eq!(refusal, KeyRefusal::DsaParameters("p is not prime"));
    let refusal = check_pem(include_str!("../../tests/vectors/dsa-composite-q.pem")).unwrap_err();
    assert_eq!(refusal, KeyRefusal::DsaParameters("q is not prime"));
}

fn dsa(p: &[u8], q: &[u8], g: &[u8], y: &[u8]) -> Vec<u8> {
    let integers = [p, q, g].map(|number| UintRef::new(number).unwrap().to_der().unwrap());
    let parameters = tlv(0x30, &integers.concat());
    let parameters = Some(AnyRef::try_from(parameters.as_slice()).unwrap());
    let y = UintRef::new(y).unwrap().to_der().unwrap();
    write_spki(
        AlgorithmIdentifierRef {
            oid: oid::DSA,
            parameters,
        },
        &y,
    )
    .unwrap()
}

/// p, q and g of the built-in parameters and a y that goes with them.
fn good_dsa() -> [Vec<u8>; 4] {
    let Material::Dsa(key) = DSA.certificate.public_key().material() else {
        panic!()
    };
    let parameters = key.parameters();
    [
        parameters.p().as_ref(),
        parameters.q().as_ref(),
        parameters.g(),
        key.y(),
    ]
    .map(|number| number.to_be_bytes().to_vec())
}

/// The number minus a small one.
fn minus(number: &[u8], small: u8) -> Vec<u8> {
    let number = BoxedUint::from_be_slice_vartime(number);
    let small = BoxedUint::from(small).resize(number.bits_precision());
    number.wrapping_sub(&small).to_be_bytes().to_vec()
}

#[test]
fn dsa_generators_outside_the_subgroup_are_refused() {
    let [p, q, _, y] = good_dsa();
    for g in [vec![0], vec![1], vec![2], minus(&p, 1)] {
        let refusal = check_spki(&dsa(&p, &q, &g, &y)).unwrap_err();
        assert!(
            matches!(refusal, KeyRefusal::DsaParameters(_)),
            "{refusal:?}"
        );
    }
}

#[test]
fn dsa_public_values_outside_the_subgroup_are_refused() {
    let [p, q, g, _] = good_dsa();
    for y in [vec![0], vec![1], vec![2], minus(&p, 1)] {
        let refusal = check_spki(&dsa(&p, &q, &g, &y)).unwrap_err();
        assert_eq!(refusal, KeyRefusal::DsaPublicValue);
    }
}

#[test]
fn a_dsa_q_that_does_not_divide_p_minus_1_is_refused() {
    let [p, q, g, y] = good_dsa();
    let refusal = check_spki(&dsa(&p, &minus(&q, 2), &g, &y)).unwrap_err();
    assert_eq!(
        refusal,
        KeyRefusal::DsaParameters("q does not divide p - 1")
    );
}

#[test]
fn dsa_keys_of_other_sizes_or_without_parameters_are_refused() {
    let [p, q, g, y] = good_dsa();
    let short = dsa(&[&p[..127], &[1]].concat(), &q[..20], &[2], &[2]);
    let refusal = check_spki(&short).unwrap_err();
    assert_eq!(
        refusal,
        KeyRefusal::Size(KeyAlgorithm::Dsa {
            p_bits: 1024,
            q_bits: 160
        })
    );
    let inherited = AlgorithmIdentifierRef {
        oid: oid::DSA,
        parameters: None,
    };
    for spki in [
        write_spki(inherited, &UintRef::new(&y).unwrap().to_der().unwrap()).unwrap(),
        dsa(&p, &q[..31], &g, &y),
        dsa(&[&[0xff; 2047][..], &[1]].concat(), &q, &g, &y),
        dsa(&minus(&p, 1), &q, &g, &y),
        dsa(&p, &q, &p, &y),
        dsa(&p, &q, &g, &p),
    ] {
        assert!(matches!(
            certificate_for(&spki),
            Err(CertificateError::Key(_))
        ));
    }
}

#[test]
fn a_certificate_for_a_larger_built_in_group_is_enrolled_without_delay() {
    let parameters = DsaParameters::built_in(DsaSize::P3072Q256).unwrap();
    let key = SigningKey::generate_dsa(&parameters, &mut Repeatable::new(62)).unwrap();
    let party = Party::new(&key, &CertificateUse::Buyer);
    assert!(EnrollableCertificate::check(party.certificate).is_ok());
}
