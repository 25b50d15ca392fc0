//! What NIST publishes to try others' programs with: PKITS, whose messages and certificates were made
//! by nobody of ours, and the CAVP cases of DSA domain parameters.
//!
//! The exceptions:
//!
//! | cases | what becomes of them |
//! | --- | --- |
//! | PKITS: 224 messages with their content beside the signature | refused as they stand; judged with the content put in |
//! | PKITS: 3 messages by DSA keys, which are signed with SHA-1 | refused: SHA-1 is not on the list |
//! | PKITS: a message by a certificate that begins before 1970 | refused: such a certificate is not read |
//! | PKITS: the paths that its messages should or should not have | not judged: an enrolled key has no path |
//! | PQGVer: p of 1024 bits | refused as too small, whatever NIST says of them |
//! | PQGVer: groups of a section and sizes of which one was judged | left out: to judge each takes seconds |
//! | PQGVer: a seed, a counter or an index that does not lead to the numbers | accepted if the numbers are a group: a certificate has no seed |
#![expect(
    clippy::indexing_slicing,
    clippy::unwrap_used,
    reason = "helpers of tests end at the spot too"
)]

use std::collections::{BTreeMap, BTreeSet};
use std::fs;
use std::path::Path;
use std::process::Command;

use base64::Engine as _;
use base64::engine::general_purpose::STANDARD;
use countersign_envelope::{Certificate, EnrollableCertificate, KeyRefusal, Opened};
use countersign_tests::forgery::der::{INTEGER, OCTETS, SEQUENCE, SET, inside, oid, sequence, tlv};
use countersign_tests::programs::run;
use countersign_tests::python::{python, vectors};
use countersign_tests::remark;

/// A message of PKITS in parts.
struct Message {
    content: Vec<u8>,
    signature: Vec<u8>,
    signer: Option<Certificate>,
}

impl Message {
    /// Reads a `multipart/signed` message; the content is signed with its lines ended by CR LF.
    fn read(file: &Path) -> Self {
        let text = fs::read_to_string(file).unwrap();
        let (_, rest) = text.split_once("boundary=\"").unwrap();
        let boundary = format!("--{}", rest.split_once('"').unwrap().0);
        let parts: Vec<&str> = text.split(&boundary).collect();
        let content = parts[1].strip_prefix('\n').unwrap();
        let content = content.strip_suffix('\n').unwrap();
        let (_, encoded) = parts[2].split_once("\n\n").unwrap();
        let encoded: String = encoded.split_whitespace().collect();
        let signature = STANDARD.decode(encoded).unwrap();
        let signer = signer(&signature);
        Self {
            content: content.as_bytes().to_vec(),
            signature,
            signer,
        }
    }

    /// The message with a content put in.
    fn around(&self, content: &[u8]) -> Vec<u8> {
        let info = inside(&self.signature);
        let parts = inside(info[1].content);
        let data = sequence(&[
            &oid("1.2.840.113549.1.7.1"),
            &tlv(0xa0, &tlv(OCTETS, content)),
        ]);
        let mut signed: Vec<&[u8]> = parts.iter().map(|part| part.whole).collect();
        signed[2] = &data;
        sequence(&[info[0].whole, &tlv(0xa0, &sequence(&signed))])
    }
}

/// The certificate in a message that its one signer names, if we can read it.
fn signer(message: &[u8]) -> Option<Certificate> {
    let parts = inside(inside(message)[1].content);
    let signers = parts.last().filter(|part| part.tag == SET)?;
    let named = inside(inside(signers.whole)[0].whole)[1];
    let carried = parts.iter().find(|part| part.tag == 0xa0)?;
    inside(carried.whole)
        .iter()
        .filter_map(|part| Certificate::from_der(part.whole).ok())
        .find(|certificate| certificate.issuer_and_serial() == named.content)
}

fn accepts(message: Vec<u8>, key: &Certificate) -> Option<Vec<u8>> {
    let opened = Opened::from_signed_data(message).ok()?;
    let verified = opened.verify(std::slice::from_ref(key)).ok()?;
    Some(verified.content().clone())
}

#[test]
fn messages_of_pkits_are_judged_by_their_signatures() {
    let folder = vectors().join("x509/PKITS_data/smime");
    let files: BTreeSet<_> = fs::read_dir(folder)
        .unwrap()
        .map(|entry| entry.unwrap().path())
        .collect();
    let messages: Vec<Message> = files.iter().map(|file| Message::read(file)).collect();
    let (mut accepted, mut refused) = (0, BTreeSet::new());
    for (place, (file, message)) in files.iter().zip(&messages).enumerate() {
        let name = file.file_stem().unwrap().to_str().unwrap();
        let whole = message.around(&message.content);
        let Some(signer) = &message.signer else {
            refused.insert(name);
            continue;
        };
        assert_eq!(accepts(message.signature.clone(), signer), None);
        match accepts(whole.clone(), signer) {
            Some(content) => {
                assert_eq!(content, message.content);
                accepted += 1;
            }
            None => {
                refused.insert(name);
            }
        }
        let mut other = message.content.clone();
        *other.last_mut().unwrap() ^= 1;
        assert_eq!(accepts(message.around(&other), signer), None, "{name}");
        let next = &messages[(place + 1) % messages.len()];
        if let Some(stranger) = &next.signer
            && stranger.public_key().fingerprint() != signer.public_key().fingerprint()
        {
            assert_eq!(accepts(whole, stranger), None, "{name} by another key");
        }
    }
    remark(&format!(
        "{} messages, {accepted} of them accepted",
        messages.len()
    ));
    let expected = BTreeSet::from([
        "SignedInvalidDSASignatureTest6",
        "SignedValidDSAParameterInheritanceTest5",
        "SignedValidDSASignaturesTest4",
        "SignedValidpre2000UTCnotBeforeDateTest3",
    ]);
    assert_eq!(refused, expected);
    assert_eq!(accepted, 220);
}

/// The keys in them are judged by what they are, not by who vouches for them.
#[test]
fn certificates_of_pkits_are_enrolled_if_their_keys_are_good_enough() {
    let folder = vectors().join("x509/PKITS_data/certs");
    let (mut enrolled, mut refused) = (0, BTreeMap::new());
    for entry in fs::read_dir(folder).unwrap() {
        let path = entry.unwrap().path();
        let der = fs::read(&path).unwrap();
        let refusal = match Certificate::from_der(&der) {
            Ok(certificate) => {
                assert_eq!(certificate.der(), der);
                let checked = EnrollableCertificate::check(certificate);
                checked.err().map(|refusal| refusal.to_string())
            }
            Err(error) => Some(error.to_string()),
        };
        let name = path.file_stem().unwrap().to_str().unwrap().to_owned();
        match refusal {
            Some(refusal) => drop(refused.insert(name, refusal)),
            None => enrolled += 1,
        }
    }
    remark(&format!("{enrolled} enrolled, {refused:#?}"));
    assert_eq!((enrolled, refused.len()), (398, 7));
}

/// A case of `PQGVer`.
struct Parameters {
    section: String,
    size: usize,
    numbers: [Vec<u8>; 3],
    result: String,
}

/// Prints p, q, g and the result of every case; where a case has no g, one of order q if there is any.
const PARAMETERS: &str = r#"
import sys
section, size, case = "", "", {}
for line in open(sys.argv[1]):
    line = line.strip()
    if line.startswith("[A."):
        section = line[1:].split()[0]
    elif line.startswith("[mod"):
        size = line.split("L=")[1].split(",")[0]
    elif " = " in line:
        name, value = line.split(" = ", 1)
        case[name] = value
        if name == "Result":
            p, q = int(case["P"], 16), int(case["Q"], 16)
            g = int(case["G"], 16) if "G" in case else pow(2, (p - 1) // q, p)
            print(section, size, f"{p:x}", f"{q:x}", f"{g:x}", value, sep="\t")
            case = {}
"#;

fn parameters() -> Vec<Parameters> {
    let file = vectors().join("asymmetric/DSA/FIPS_186-3/PQGVer.rsp");
    let said = run(Command::new(python()).args(["-c", PARAMETERS]).arg(file)).ok();
    let number = |text: &str| {
        let even = if text.len().is_multiple_of(2) {
            text.to_owned()
        } else {
            format!("0{text}")
        };
        hex::decode(even).unwrap()
    };
    said.text()
        .lines()
        .map(|line| {
            let words: Vec<&str> = line.split('\t').collect();
            Parameters {
                section: words[0].to_owned(),
                size: words[1].parse().unwrap(),
                numbers: [2, 3, 4].map(|place| number(words[place])),
                result: words[5].to_owned(),
            }
        })
        .collect()
}

/// A certificate for y = g, which belongs to the group if g does. Nobody signed it.
fn certificate(numbers: &[Vec<u8>; 3]) -> Certificate {
    use countersign_tests::forgery::der::integer;
    let [p, q, g] = numbers.each_ref().map(|number| integer(number));
    let bits = |content: &[u8]| tlv(0x03, &[&[0], content].concat());
    let key = sequence(&[
        &sequence(&[&oid("1.2.840.10040.4.1"), &sequence(&[&p, &q, &g])]),
        &bits(&g),
    ]);
    let algorithm = sequence(&[&oid("2.16.840.1.101.3.4.3.2")]);
    let common_name = sequence(&[&oid("2.5.4.3"), &tlv(0x0c, b"NIST")]);
    let name = sequence(&[&tlv(SET, &common_name)]);
    let time = |text: &[u8]| tlv(0x17, text);
    let validity = sequence(&[&time(b"260101000000Z"), &time(b"360101000000Z")]);
    let stated = sequence(&[
        &tlv(0xa0, &tlv(INTEGER, &[2])),
        &tlv(INTEGER, &[1]),
        &algorithm,
        &name,
        &validity,
        &name,
        &key,
    ]);
    let der = tlv(
        SEQUENCE,
        &[stated, algorithm, bits(&sequence(&[&p, &q]))].concat(),
    );
    Certificate::from_der(&der).unwrap()
}

/// What a certificate cannot show: how the numbers were found.
fn is_a_group(result: &str) -> bool {
    result.starts_with('P') || result.to_lowercase().contains("seed doesn't produce")
}

#[test]
fn dsa_parameters_of_cavp_are_enrolled_if_they_are_a_group() {
    let (mut enrolled, mut refused, mut left_out) = (0, BTreeMap::<_, usize>::new(), 0);
    let mut seen = BTreeSet::new();
    for case in parameters() {
        let size = (case.numbers[0].len(), case.numbers[1].len());
        let kind = (case.section.clone(), case.result.clone(), size);
        let is_good = case.size > 1024 && is_a_group(&case.result);
        if is_good && !seen.insert(kind) {
            left_out += 1;
            continue;
        }
        match EnrollableCertificate::check(certificate(&case.numbers)) {
            Ok(_) => {
                assert!(is_good, "{}: {}", case.section, case.result);
                enrolled += 1;
            }
            Err(refusal) => {
                assert!(!is_good, "{}: {}: {refusal}", case.section, case.result);
                let kind = match refusal {
                    KeyRefusal::Size(_) => "size",
                    KeyRefusal::DsaParameters(reason) => reason,
                    KeyRefusal::Algorithm(_)
                    | KeyRefusal::RsaExponent
                    | KeyRefusal::RsaModulus
                    | KeyRefusal::DsaPublicValue => "another reason",
                };
                *refused.entry(kind).or_default() += 1;
            }
        }
    }
    remark(&format!(
        "{enrolled} enrolled, {refused:?}, {left_out} left out"
    ));
    let expected = BTreeMap::from([
        ("size", 100),
        ("g does not generate a subgroup of order q", 80),
        ("q does not divide p - 1", 20),
    ]);
    assert_eq!(refused, expected);
    assert_eq!((enrolled, left_out), (18, 82));
}
