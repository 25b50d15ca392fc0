//! Every bit of a message matters, except those the signature does not cover.

use proptest::prelude::*;

use crate::testing::*;
use crate::*;

const ORDER: &[u8] = b"{\"document\":\"countersign/order/1\"}\n";

/// What is tried at once: as many threads as the tests are given.
fn for_every_bit(message: &[u8], step: usize, judge: impl Fn(usize, Vec<u8>) + Sync) {
    let judge = &judge;
    std::thread::scope(|scope| {
        for half in 0..2 {
            scope.spawn(move || {
                for bit in (half * step..message.len() * 8).step_by(2 * step) {
                    let mut flipped = message.to_vec();
                    flipped[bit / 8] ^= 1 << (bit % 8);
                    judge(bit / 8, flipped);
                }
            });
        }
    });
}

/// Where the field with the certificate stands, header included.
fn certificate_field(message: &[u8], certificate: &[u8]) -> std::ops::Range<usize> {
    let field = tlv(0xa0, certificate);
    let start = message
        .windows(field.len())
        .position(|window| window == field)
        .unwrap();
    start..start + field.len()
}

/// Certificates travel unsigned and are not looked at: a flip in the field, or in the tag that
/// says it is one, changes nothing.
#[test]
fn no_flipped_bit_of_a_signed_message_is_accepted() {
    for (party, step) in [(&*RSA, 1), (&*RECEIPT, 1), (&*DSA, 17)] {
        let message = party.signer().sign(ORDER, time()).unwrap();
        let unsigned = certificate_field(&message, party.certificate.der());
        let keys = [party.certificate.clone()];
        for_every_bit(&message, step, |place, flipped| {
            let verified = Opened::from_signed_data(flipped).map(|opened| opened.verify(&keys));
            if let Ok(Ok(verified)) = verified {
                assert!(unsigned.contains(&place), "byte {place} may be changed");
                assert_eq!(verified.content(), ORDER);
            }
        });
    }
}

#[test]
fn no_flipped_bit_of_an_envelope_is_accepted() {
    let message = sealed(&RECEIPT.signer().sign(ORDER, time()).unwrap());
    let keys = [RECIPIENT.recipient_key()];
    for_every_bit(&message, 1, |place, flipped| {
        let opened = Sealed::parse(flipped).and_then(|sealed| sealed.open(&keys));
        assert!(opened.is_err(), "byte {place} may be changed");
    });
}

proptest! {
    #![proptest_config(ProptestConfig::with_cases(2000))]

    /// Longer damage than a bit: pieces cut out, doubled or overwritten.
    #[test]
    fn no_damaged_message_is_accepted_or_upsets_anything(
        from: prop::sample::Index,
        size in 0_usize..40,
        patch in prop::collection::vec(any::<u8>(), 0..40),
        is_sealed: bool,
    ) {
        let signed = RECEIPT.signer().sign(ORDER, time()).unwrap();
        let message = if is_sealed { sealed(&signed) } else { signed };
        let start = from.index(message.len());
        let end = (start + size).min(message.len());
        let damaged = [&message[..start], &patch, &message[end..]].concat();
        prop_assume!(damaged != message);
        let opened = if is_sealed { open(damaged) } else { Opened::from_signed_data(damaged) };
        if let Ok(verified) = opened.map(|o| o.verify(std::slice::from_ref(&RECEIPT.certificate))) {
            prop_assert!(verified.is_err() || !is_sealed);
            if let Ok(verified) = verified {
                prop_assert_eq!(verified.content(), ORDER);
            }
        }
    }
}
