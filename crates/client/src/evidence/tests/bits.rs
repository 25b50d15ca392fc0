//! Every single bit of a file, flipped in turn.

use std::ops::Range;
use std::sync::Mutex;
use std::sync::atomic::{AtomicUsize, Ordering};
use std::thread;

use countersign_api::Evidence;
use countersign_order::KeyAction;
use countersign_transparency::{SignedCheckpoint, SigningKey as LogSigningKey, cosign};

use super::books::Books;
use super::world::{World, now, signed_order};
use super::{Report, Verdict, deal, judge, strip};

/// A file with a part of every kind: shipped, called off by the buyer, the key revoked since, and a
/// cosignature by a witness that nobody trusts.
fn everything(world: &World) -> Evidence {
    let signed = signed_order(world);
    let mut books = Books::open(world);
    books.key(KeyAction::Enrolled, |_| {});
    books.receipt(&signed, |_| {});
    books.shipment(2, |shipment| shipment.lines[0].quantity = 2);
    let request = books.request(2).to_json();
    let request = world.buyer.sign(&request, now()).unwrap();
    books.cancellation(3, Some(&request));
    books.key(KeyAction::Revoked, |_| {});
    let mut evidence = books.evidence(signed, &[1, 5], &[2, 3, 4]);
    evidence.cancellation_requests = vec![books.requested(&world.buyer, &request, &[1])];
    let note = evidence.checkpoints[0].as_bytes();
    let mut checkpoint = SignedCheckpoint::parse(note).unwrap();
    let said = books.said();
    let stranger = LogSigningKey::from_seed(&[3; 32]).unwrap();
    let line = cosign(&said, &"stranger.example".parse().unwrap(), &stranger, 1);
    checkpoint.add(line.unwrap()).unwrap();
    evidence.checkpoints[0] = checkpoint.to_string();
    evidence
}

/// Flips every bit of a file in turn, and gives the octets in which that went unnoticed, with what
/// was then said of the file.
fn unnoticed(world: &World, bytes: &[u8]) -> Vec<(usize, Report)> {
    let witnesses = [world.witness_key()];
    let (next, found) = (AtomicUsize::new(0), Mutex::new(Vec::new()));
    thread::scope(|scope| {
        for _ in 0..thread::available_parallelism().map_or(1, usize::from) {
            scope.spawn(|| {
                let mut flipped = bytes.to_vec();
                loop {
                    let at = next.fetch_add(1, Ordering::Relaxed);
                    if at >= bytes.len() * 8 {
                        break;
                    }
                    flipped[at / 8] ^= 1 << (at % 8);
                    let report = judge(&flipped, &world.trusted(), &witnesses);
                    flipped[at / 8] = bytes[at / 8];
                    if !report.verdict.is_invalid() {
                        found.lock().unwrap().push((at / 8, report));
                    }
                }
            });
        }
    });
    found.into_inner().unwrap()
}

/// The octets from where one text stands first to where another follows.
fn between(bytes: &[u8], from: &str, to: &str) -> Range<usize> {
    let (before, after) = str::from_utf8(bytes).unwrap().split_once(from).unwrap();
    let (within, _) = after.split_once(to).unwrap();
    before.len()..before.len() + from.len() + within.len()
}

/// Where the line of this signer stands in the file.
fn line_of(bytes: &[u8], signer: &str) -> Range<usize> {
    between(bytes, &format!("\u{2014} {signer} "), "\\n")
}

#[test]
fn a_flipped_bit_is_noticed_unless_it_is_in_a_cosignature_that_then_counts_for_nothing() {
    let world = World::new();
    let bytes = serde_json::to_vec(&everything(&world)).unwrap();
    let good = judge(&bytes, &world.trusted(), &[world.witness_key()]);
    assert!(matches!(good.verdict, Verdict::Witnessed { by: 1, .. }));
    let trusted = line_of(&bytes, "witness.example");
    let stranger = line_of(&bytes, "stranger.example");
    let found = unnoticed(&world, &bytes);
    assert!(!found.is_empty(), "a stranger's cosignature is not read");
    for (at, report) in found {
        if stranger.contains(&at) {
            assert_eq!(report, good, "octet {at}");
        } else {
            // The trusted witness's line became a stranger's: its name or its key's ID changed.
            assert!(trusted.contains(&at), "octet {at}");
            assert_eq!(report.verdict, Verdict::Logged, "octet {at}");
            assert_eq!(report.deal, good.deal, "octet {at}");
        }
    }
}

#[test]
fn without_proofs_only_the_place_of_the_seller_statement_rests_on_nothing() {
    let world = World::new();
    let mut evidence = deal(&world);
    strip(&mut evidence);
    let bytes = serde_json::to_vec(&evidence).unwrap();
    let good = judge(&bytes, &world.trusted(), &[world.witness_key()]);
    assert_eq!(good.verdict, Verdict::Signed);
    // The first statement in a file is the seller's.
    let place = between(&bytes, "\"log\":\"", ",\"entry\"");
    for (at, report) in unnoticed(&world, &bytes) {
        assert!(place.contains(&at), "octet {at}");
        assert_eq!(report, good, "octet {at}");
    }
}
