//! Signed and sealed messages, certificates and keys: whatever comes in, nothing panics, nothing
//! takes long, and nothing is accepted but what was signed.
#![expect(clippy::unwrap_used, reason = "helpers of tests end at the spot too")]

use std::sync::LazyLock;

use countersign_envelope::{
    Certificate, CertificateUse, DsaParameters, DsaSize, EnrollableCertificate, Opened,
    RecipientKey, RsaBits, Sealed, Signer, SigningKey, seal, self_signed,
};
use countersign_fuzz::Campaign;
use jiff::Timestamp;
use rand_core::{CryptoRng, UnwrapErr};

const CONTENT: &[u8] = b"{\"document\":\"countersign/order/1\"}\n";

/// Headers, lengths and names that a message is made from.
const OCTETS: &[&[u8]] = &[
    &[0x30, 0x80],
    &[0x24, 0x80],
    &[0xa0, 0x80],
    &[0, 0],
    &[0x30, 0x82, 0, 0],
    &[0x30, 0x84, 0xff, 0xff, 0xff, 0xff],
    &[0x04, 0x88, 0x7f, 0xff, 0xff, 0xff, 0xff, 0xff, 0xff, 0xff],
    &[0x1f, 0xff, 0xff, 0x7f],
    &[5, 0],
    &[2, 1, 0],
    &[2, 1, 3],
    &[6, 9, 0x2a, 0x86, 0x48, 0x86, 0xf7, 0x0d, 1, 7, 1],
    &[6, 9, 0x2a, 0x86, 0x48, 0x86, 0xf7, 0x0d, 1, 7, 2],
    &[6, 9, 0x2a, 0x86, 0x48, 0x86, 0xf7, 0x0d, 1, 7, 3],
    &[6, 9, 0x2a, 0x86, 0x48, 0x86, 0xf7, 0x0d, 1, 1, 10],
    &[6, 9, 0x60, 0x86, 0x48, 1, 0x65, 3, 4, 2, 1],
    &[
        0x17, 13, b'2', b'6', b'1', b'1', b'2', b'4', b'0', b'9', b'0', b'0', b'0', b'0', b'Z',
    ],
];

fn rng() -> impl CryptoRng {
    UnwrapErr(getrandom::SysRng)
}

fn time() -> Timestamp {
    "2026-11-24T09:00:00Z".parse().unwrap()
}

struct Party {
    signer: Signer,
    key_pem: String,
}

impl Party {
    fn new(key: SigningKey, usage: &CertificateUse) -> Self {
        let until = "2036-11-24T09:00:00Z".parse().unwrap();
        let certificate = self_signed(&key, "Party", usage, time(), until, &mut rng()).unwrap();
        let key_pem = key.to_pem().unwrap().to_string();
        let signer = Signer::new(key, certificate).unwrap();
        Self { signer, key_pem }
    }
}

static RSA: LazyLock<Party> = LazyLock::new(|| {
    let key = SigningKey::generate_rsa(RsaBits::B2048).unwrap();
    Party::new(key, &CertificateUse::Buyer)
});

static DSA: LazyLock<Party> = LazyLock::new(|| {
    let parameters = DsaParameters::built_in(DsaSize::P2048Q256).unwrap();
    let key = SigningKey::generate_dsa(&parameters, &mut rng()).unwrap();
    Party::new(key, &CertificateUse::Buyer)
});

static SELLER: LazyLock<Party> = LazyLock::new(|| {
    let key = SigningKey::generate_p256(&mut rng()).unwrap();
    Party::new(key, &CertificateUse::Recipient)
});

fn signed() -> Vec<Vec<u8>> {
    [&*RSA, &*DSA, &*SELLER]
        .map(|party| party.signer.sign(CONTENT, time()).unwrap())
        .to_vec()
}

fn certificates() -> Vec<Certificate> {
    [&*RSA, &*DSA, &*SELLER]
        .map(|party| party.signer.certificate().clone())
        .to_vec()
}

fn sealed(signed: &[u8]) -> Vec<u8> {
    seal(signed, &[SELLER.signer.certificate()], &mut rng()).unwrap()
}

#[test]
fn signed_messages() {
    let keys = certificates();
    Campaign::new("signed messages", signed())
        .octets(OCTETS)
        .run(|input| {
            let Ok(opened) = Opened::from_signed_data(input.to_vec()) else {
                return;
            };
            let _claimed = opened.claims_one_of(&keys);
            let _slow = opened.is_slow_to_verify(&keys);
            if let Ok(verified) = opened.verify(&keys) {
                assert_eq!(verified.content(), CONTENT, "a content nobody signed");
                let facts = verified.signature();
                assert_eq!(facts.signed_data(), input, "kept otherwise than it came");
                assert_eq!(facts.signing_time(), time(), "another time");
            }
        });
}

#[test]
fn envelopes() {
    let key = SigningKey::from_pem(&SELLER.key_pem, None).unwrap();
    let recipient = RecipientKey::new(&key, SELLER.signer.certificate().clone()).unwrap();
    let keys = certificates();
    let ours = [recipient];
    Campaign::new(
        "envelopes",
        signed().iter().map(|signed| sealed(signed)).collect(),
    )
    .octets(OCTETS)
    .run(|input| {
        let opened = Sealed::parse(input.to_vec()).and_then(|sealed| sealed.open(&ours));
        if let Ok(opened) = opened {
            // Written in BER it is the same message, with the same tag over the same octets.
            let verified = opened.verify(&keys).unwrap();
            assert_eq!(verified.content(), CONTENT);
        }
    });
}

/// What a sender can do who has the recipient's certificate: anything at all inside a good envelope.
#[test]
fn contents_of_envelopes() {
    let key = SigningKey::from_pem(&SELLER.key_pem, None).unwrap();
    let recipient = RecipientKey::new(&key, SELLER.signer.certificate().clone()).unwrap();
    let (keys, ours) = (certificates(), [recipient]);
    Campaign::new("contents of envelopes", signed())
        .octets(OCTETS)
        .run(|input| {
            let Ok(envelope) = seal(input, &[SELLER.signer.certificate()], &mut rng()) else {
                return;
            };
            let opened = Sealed::parse(envelope).unwrap().open(&ours);
            if let Ok(verified) = opened.map(|opened| opened.verify(&keys)) {
                assert!(verified.is_err() || verified.unwrap().content() == CONTENT);
            }
        });
}

#[test]
fn certificates_and_keys() {
    let seeds = certificates()
        .iter()
        .flat_map(|certificate| {
            [
                certificate.der().to_vec(),
                certificate.to_pem().into_bytes(),
            ]
        })
        .chain([
            RSA.key_pem.clone().into_bytes(),
            DSA.key_pem.clone().into_bytes(),
        ])
        .collect();
    Campaign::new("certificates and keys", seeds)
        .octets(OCTETS)
        .words(&[
            "-----BEGIN CERTIFICATE-----\n",
            "-----END CERTIFICATE-----\n",
            "PRIVATE KEY",
        ])
        .run(|input| {
            let text = String::from_utf8_lossy(input);
            let _key = SigningKey::from_pem(&text, None);
            let read = [Certificate::from_der(input), Certificate::from_pem(&text)];
            for certificate in read.into_iter().flatten() {
                let again = Certificate::from_der(certificate.der()).unwrap();
                assert_eq!(again.der(), certificate.der());
                assert_eq!(again.fingerprint(), certificate.fingerprint());
                let from_text = Certificate::from_pem(&certificate.to_pem()).unwrap();
                assert_eq!(from_text.der(), certificate.der());
                let _verdict = EnrollableCertificate::check(certificate);
            }
        });
}
