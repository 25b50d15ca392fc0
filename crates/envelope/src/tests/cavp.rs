//! NIST's cases of signatures, through the functions that messages go through.
//!
//! The exceptions:
//!
//! | cases | what becomes of them |
//! | --- | --- |
//! | keys below 2048 bits, digests other than SHA-256 (for RSA, SHA-384 and SHA-512 too) | not in the files: neither can be named here |
//! | `SigVerPSS`, 450 cases | not in the files: their salts have ten octets, which is never accepted |
//! | RSA with e = 3 or 17 | judged as all others; such a key is not enrolled |

use std::collections::BTreeMap;

use der::Encode as _;
use der::asn1::{AnyRef, UintRef};
use spki::AlgorithmIdentifierRef;

use crate::dsa::tests::agreement::verifies_each_way;
use crate::hash::Hash;
use crate::key::write_spki;
use crate::policy::Scheme;
use crate::testing::tlv;
use crate::{PublicKey, oid};

/// The lines of a file; a case has all names that stood before its result and were not replaced.
fn cases(file: &str) -> Vec<BTreeMap<&str, &str>> {
    let (mut made, mut names) = (Vec::new(), BTreeMap::new());
    for line in file.lines() {
        if let Some((name, value)) = line.split_once(" = ") {
            names.insert(name, value);
            if name == "Result" {
                made.push(names.clone());
            }
        }
    }
    made
}

fn octets(text: &str) -> Vec<u8> {
    let even = if text.len().is_multiple_of(2) {
        text.to_owned()
    } else {
        format!("0{text}")
    };
    hex::decode(even).unwrap()
}

fn integer(text: &str) -> Vec<u8> {
    UintRef::new(&octets(text)).unwrap().to_der().unwrap()
}

/// How many were accepted, of how many.
fn judged(file: &str, accepts: impl Fn(&BTreeMap<&str, &str>) -> bool) -> (usize, usize) {
    let cases = cases(file);
    let mut accepted = 0;
    for case in &cases {
        let is_good = case["Result"].starts_with('P');
        assert_eq!(accepts(case), is_good, "{case:?}");
        accepted += usize::from(is_good);
    }
    (accepted, cases.len())
}

#[test]
fn dsa_signatures() {
    let file = include_str!("../../tests/vectors/cavp-dsa-sigver.rsp");
    let count = judged(file, |case| {
        let group = ["P", "Q", "G"].map(|name| integer(case[name])).concat();
        let algorithm = AlgorithmIdentifierRef {
            oid: oid::DSA,
            parameters: Some(AnyRef::new(der::Tag::Sequence, &group).unwrap()),
        };
        let spki = write_spki(algorithm, &integer(case["Y"])).unwrap();
        let signature = tlv(0x30, &[integer(case["R"]), integer(case["S"])].concat());
        let key = PublicKey::from_spki_der(&spki).unwrap();
        verifies_each_way(&key, &octets(case["Msg"]), &signature)
    });
    assert_eq!(count, (21, 45));
}

#[test]
fn rsa_pkcs1_signatures() {
    let file = include_str!("../../tests/vectors/cavp-rsa-sigver15.rsp");
    let count = judged(file, |case| {
        let key = tlv(0x30, &[integer(case["n"]), integer(case["e"])].concat());
        let algorithm = AlgorithmIdentifierRef {
            oid: oid::RSA_ENCRYPTION,
            parameters: Some(AnyRef::NULL),
        };
        let key = PublicKey::from_spki_der(&write_spki(algorithm, &key).unwrap()).unwrap();
        let hash = match case["SHAAlg"] {
            "SHA256" => Hash::Sha256,
            "SHA384" => Hash::Sha384,
            _ => Hash::Sha512,
        };
        key.verifies(
            Scheme::RsaPkcs1(hash),
            &octets(case["Msg"]),
            &octets(case["S"]),
        )
    });
    assert_eq!(count, (27, 162));
}
