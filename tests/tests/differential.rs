//! What we accept, OpenSSL accepts: changed messages that our verifier lets pass are put before
//! `openssl cms -verify`, which shares no code with it.
//!
//! One thing is taken out first: what a signature does not cover and we never read, which are
//! certificates and lists of revocations that a message carries, and unsigned attributes. Where these
//! are broken OpenSSL does not read the message at all.
//!
//! `COUNTERSIGN_FUZZ_SECONDS` says how long each kind of key is tried; two seconds if it is not set.
#![expect(
    clippy::unwrap_used,
    clippy::indexing_slicing,
    reason = "helpers of tests end at the spot too"
)]

use std::cell::Cell;
use std::fs;

use countersign_envelope::{Certificate, Opened};
use countersign_fuzz::Campaign;
use countersign_tests::buyer::{KeyKind, new_signer};
use countersign_tests::chance::{Dice, now};
use countersign_tests::forgery::ber::{rewritten, straightened};
use countersign_tests::forgery::der::{SEQUENCE, SET, Value, inside, sequence, tlv};
use countersign_tests::openssl::openssl;
use tempfile::TempDir;

const CONTENT: &[u8] = b"{\"document\":\"countersign/order/1\"}\n";

/// OpenSSL, with one certificate that it trusts.
struct Judge {
    folder: TempDir,
    asked: Cell<u32>,
}

impl Judge {
    fn trusting(certificate: &Certificate) -> Self {
        let folder = tempfile::tempdir().unwrap();
        fs::write(folder.path().join("trusted.pem"), certificate.to_pem()).unwrap();
        Self {
            folder,
            asked: Cell::new(0),
        }
    }

    /// Insists that OpenSSL verifies the message, and finds the same content.
    fn agrees(&self, message: &[u8], content: &[u8]) {
        self.asked.set(self.asked.get() + 1);
        let message = with_nothing_but_what_is_read(message);
        fs::write(self.folder.path().join("message"), message).unwrap();
        // A buyer's certificate is its own root; what it is for, the enrolment says.
        let said = openssl(
            self.folder.path(),
            "cms -verify -binary -inform DER -in message -CAfile trusted.pem \
             -certfile trusted.pem -purpose any -partial_chain",
        )
        .ok();
        assert_eq!(said.stdout, content, "another content");
    }
}

/// The message without what it carries beside its content and its signer.
fn with_nothing_but_what_is_read(message: &[u8]) -> Vec<u8> {
    let message = straightened(message);
    let info = inside(&message);
    let parts = inside(info[1].content);
    let (signers, front) = parts.split_last().unwrap();
    let whole = |parts: &[Value<'_>]| -> Vec<u8> {
        parts.iter().flat_map(|part| part.whole).copied().collect()
    };
    // Version, digests and content; then version, name, digest, attributes, algorithm and signature.
    let signer = inside(inside(signers.whole)[0].whole);
    let signer = tlv(SET, &tlv(SEQUENCE, &whole(&signer[..6])));
    let signed_data = tlv(SEQUENCE, &[whole(&front[..3]), signer].concat());
    sequence(&[info[0].whole, &tlv(0xa0, &signed_data)])
}

/// Messages of one kind of key: mutated, and written anew in BER.
fn what_we_accept_openssl_accepts(kind: KeyKind) {
    let signer = new_signer("acme", kind);
    let judge = Judge::trusting(signer.certificate());
    let keys = [signer.certificate().clone()];
    let message = signer.sign(CONTENT, now()).unwrap();
    let accepted = |input: &[u8]| {
        let opened = Opened::from_signed_data(input.to_vec());
        if let Ok(Ok(verified)) = opened.map(|opened| opened.verify(&keys)) {
            judge.agrees(input, verified.content());
        }
    };
    // Without its certificate, and in BER, a message is still the same: enough must be put before the judge.
    let mut dice = Dice::of(0xd1ff);
    let mut seeds = vec![message.clone()];
    for number in 1..=12 {
        seeds.push(rewritten(&message, 1 + number % 4, &mut dice));
    }
    let octets: [&[u8]; 6] = [
        &[0x30, 0x80],
        &[0x24, 0x80],
        &[0xa0, 0x80],
        &[0, 0],
        &[5, 0],
        &[0x30, 0],
    ];
    Campaign::new("differential", seeds)
        .octets(&octets)
        .run(accepted);
    assert!(
        judge.asked.get() >= 12,
        "the judge was asked {} times",
        judge.asked.get()
    );
}

#[test]
fn what_we_accept_of_an_rsa_key_openssl_accepts() {
    what_we_accept_openssl_accepts(KeyKind::Rsa);
}

#[test]
fn what_we_accept_of_a_dsa_key_openssl_accepts() {
    what_we_accept_openssl_accepts(KeyKind::Dsa);
}
