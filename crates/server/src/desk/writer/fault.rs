//! What a decision does not see when a test leaves a check out; nothing in any other build.

use countersign_order::{Decision, KeyStanding, Snapshot};
use countersign_store::crash::{Fault, is_left_out};

/// Units that are said to be there.
const PLENTY: i64 = 1_000_000;

/// Changes what is seen, so that the decision errs as if it did not check.
pub(super) fn leave_out_checks(snapshot: &mut Snapshot) {
    if is_left_out(Fault::StockCheckOff) {
        for level in snapshot.stock.values_mut() {
            level.on_hand += PLENTY;
        }
    }
    if is_left_out(Fault::RepeatCheckOff) {
        let numbers = snapshot.attempts.values_mut();
        for attempt in numbers.flat_map(|numbers| numbers.values_mut().flatten()) {
            attempt.decision = Decision::Declined;
            attempt.content = countersign_order::Digest::from_bytes([0; 32]);
        }
    }
    if is_left_out(Fault::KeyCheckOff) {
        for standing in snapshot.keys.values_mut() {
            *standing = KeyStanding::Active;
        }
    }
}
