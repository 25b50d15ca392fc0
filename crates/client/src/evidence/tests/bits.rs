//! Every single bit of a file, flipped in turn.

use std::sync::atomic::{AtomicUsize, Ordering};
use std::thread;

use super::fixture::World;
use super::{Verdict, deal, judge};

#[test]
fn no_flipped_bit_makes_a_file_worth_more_or_say_something_else() {
    let world = World::new();
    let bytes = serde_json::to_vec(&deal(&world)).unwrap();
    let witnesses = [world.witness_key()];
    let good = judge(&bytes, &world.trusted(), &witnesses);
    assert!(!good.verdict.is_invalid());
    let next = AtomicUsize::new(0);
    let unchanged = AtomicUsize::new(0);
    thread::scope(|scope| {
        for _ in 0..thread::available_parallelism().map_or(1, usize::from) {
            scope.spawn(|| {
                let mut flipped = bytes.clone();
                loop {
                    let at = next.fetch_add(1, Ordering::Relaxed);
                    if at >= bytes.len() * 8 {
                        break;
                    }
                    flipped[at / 8] ^= 1 << (at % 8);
                    let report = judge(&flipped, &world.trusted(), &witnesses);
                    flipped[at / 8] = bytes[at / 8];
                    if let Verdict::Invalid { .. } = report.verdict {
                        continue;
                    }
                    // Only the name and the key's ID of a cosignature may change: then it is nobody's.
                    assert_eq!(report.deal, good.deal, "bit {at}");
                    assert!(
                        report == good || report.verdict == Verdict::Logged,
                        "bit {at}: {}",
                        report.verdict
                    );
                    unchanged.fetch_add(1, Ordering::Relaxed);
                }
            });
        }
    });
    let unchanged = unchanged.into_inner();
    assert!(
        unchanged < 500,
        "{unchanged} bits of {} mean nothing",
        bytes.len() * 8
    );
}
