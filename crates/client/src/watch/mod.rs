//! Watching a seller's logs: each checkpoint must hold all that the one seen before did, none may be
//! older than it can be, and each statement must be the leaf that it says.
//!
//! A log that breaks this contradicts what it has signed. What shows it is then kept, and said loudly.

mod contradiction;
mod tiles;

use countersign_api::LeafProof;
use countersign_order::Common;
use countersign_transparency::{Checkpoint, VerifiedCheckpoint};

use crate::context::Context;
use crate::failure::{Exit, Failure};
use crate::http::Api;
use crate::logged::{self, Unproved};
use crate::seller::{self, Seller, invalid};

use contradiction::Contradiction;
use tiles::Growth;

/// How often a comparison is begun anew because another process has seen more meanwhile.
const TRIES: u32 = 16;

/// How new what a server shows must be.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(crate) enum Freshness {
    /// A statement was made for the answer: it stands in the newest log.
    New,
    /// The answer was given before: the log is shown as it stands now.
    Current,
    /// The log may be shown as of any time.
    Any,
}

/// What was known of a seller's logs before the seller was asked.
#[derive(Debug)]
pub(crate) struct Watch<'a> {
    context: &'a Context,
    api: &'a Api,
    seller: &'a Seller,
    known: Vec<VerifiedCheckpoint>,
}

impl<'a> Watch<'a> {
    /// Begins before a question: what is known now, the answer must not fall behind.
    pub(crate) fn begin(
        context: &'a Context,
        api: &'a Api,
        seller: &'a Seller,
    ) -> Result<Self, Failure> {
        let notes = context.home.checkpoints(&seller.origin)?;
        let known = notes.iter().map(|note| seller.checkpoint(note));
        Ok(Self {
            context,
            api,
            seller,
            known: known.collect::<Result<_, _>>()?,
        })
    }

    /// Verifies that the log holds a statement where the statement says.
    pub(crate) fn holds(
        &self,
        statement: &[u8],
        common: &Common,
        proof: &LeafProof,
        note: &str,
    ) -> Result<VerifiedCheckpoint, Failure> {
        match logged::verify(self.seller, statement, common, proof, note) {
            Ok(checkpoint) => Ok(checkpoint),
            Err(Unproved::Invalid(failure)) => Err(failure),
            Err(Unproved::NotThere(checkpoint)) => {
                let said = checkpoint.checkpoint();
                let held = tiles::leaf(self.api, proof.leaf, said);
                // Whether the log is wrong or the proof alone, the answer is; but only what the log
                // itself shows there is worth keeping.
                match held {
                    Ok(Some(leaf)) if leaf.hash != logged::entry(statement).leaf_hash() => {
                        Err(self.shout(&Contradiction::of_leaf(&checkpoint, statement, &leaf))?)
                    }
                    Ok(Some(_) | None) | Err(_) => Err(invalid(
                        "it is not proved that the seller's log holds the statement it signed",
                    )),
                }
            }
        }
    }

    /// Compares a checkpoint with what is known, and remembers it if it is newer.
    ///
    /// Fails with [`Exit::Invalid`] if they contradict each other. What is signed and proved holds
    /// whatever the connection does: if the log cannot be asked now, that is said, and the next
    /// checkpoint is compared with the one that is known.
    pub(crate) fn follow(
        &self,
        shown: &VerifiedCheckpoint,
        freshness: Freshness,
    ) -> Result<(), Failure> {
        match self.compare(shown, freshness) {
            Err(failure) if failure.exit == Exit::Retry => {
                let message = format!("the log could not be compared yet: {failure}");
                self.context.output.message(&message);
                Ok(())
            }
            compared => compared,
        }
    }

    fn compare(&self, shown: &VerifiedCheckpoint, freshness: Freshness) -> Result<(), Failure> {
        if let Some(known) = self.newer_than(shown.checkpoint(), freshness) {
            return Err(self.shout(&Contradiction::taken_back(known, shown))?);
        }
        let (home, seller) = (&self.context.home, &self.seller.origin);
        let (log, note) = (shown.checkpoint().origin(), shown.signed().to_string());
        for _ in 0..TRIES {
            let kept = home.checkpoint(seller, log.as_str())?;
            if let Some(kept) = &kept {
                let seen = self.seller.checkpoint(kept)?;
                if self.is_past_comparing(seen.checkpoint(), shown.checkpoint()) {
                    return Ok(());
                }
                self.must_agree(&seen, shown)?;
                if shown.checkpoint().size() <= seen.checkpoint().size() {
                    return Ok(());
                }
            } else {
                self.greet(shown.checkpoint());
            }
            if home.replace_checkpoint(seller, log.as_str(), kept.as_deref(), &note)? {
                return Ok(());
            }
        }
        Err(Failure::new(
            Exit::Retry,
            "other programs with this home see more of the log all the time",
        ))
    }

    /// What is known and should not be, if the answer is as new as it must be.
    fn newer_than(&self, shown: &Checkpoint, freshness: Freshness) -> Option<&VerifiedCheckpoint> {
        // A log that another follows may have lost its end: the root has signed that.
        let is_closed = self.seller.has_successor_of(shown.origin());
        self.known
            .iter()
            .find(|known| falls_behind(shown, known.checkpoint(), freshness, is_closed))
    }

    /// A log that another follows, as the root has signed, may have lost its end: what was seen of it
    /// cannot be asked for any more.
    fn is_past_comparing(&self, seen: &Checkpoint, shown: &Checkpoint) -> bool {
        let log = shown.origin();
        let is_past = seen.size() > shown.size() && self.seller.has_successor_of(log);
        if is_past {
            let message =
                format!("another log follows {log}, which has lost some of what was seen of it");
            self.context.output.message(&message);
        }
        is_past
    }

    /// Answers overtake each other: one that is older than the last is well if it fits into it.
    fn must_agree(
        &self,
        seen: &VerifiedCheckpoint,
        shown: &VerifiedCheckpoint,
    ) -> Result<(), Failure> {
        let (old, new) = if shown.checkpoint().size() > seen.checkpoint().size() {
            (seen, shown)
        } else {
            (shown, seen)
        };
        match tiles::growth(self.api, old.checkpoint(), new.checkpoint())? {
            Growth::Consistent => Ok(()),
            Growth::Contradicts => Err(self.shout(&Contradiction::rewritten(old, new))?),
        }
    }

    /// A successor means that the log before it lost its end, which whoever trades there should know.
    fn greet(&self, shown: &Checkpoint) {
        if generation(shown) > 1 {
            let message = format!(
                "{} goes on in a new log, {}: the one before it has lost its end",
                self.seller.origin,
                shown.origin()
            );
            self.context.output.message(&message);
        }
    }

    fn shout(&self, contradiction: &Contradiction) -> Result<Failure, Failure> {
        let (home, seller) = (&self.context.home, &self.seller.origin);
        let file = home.keep_contradiction(seller, &contradiction.kept)?;
        let message = format!(
            "THE SELLER'S LOG CONTRADICTS ITSELF: {}",
            contradiction.message
        );
        Ok(Failure::new(Exit::Invalid, message).advise(format!(
            "what shows it is in {}: keep that file, and order nothing more before the seller has \
             explained it",
            file.display()
        )))
    }
}

/// Whether a checkpoint is older than it can be, where another was known before it was asked for.
fn falls_behind(
    shown: &Checkpoint,
    known: &Checkpoint,
    freshness: Freshness,
    is_closed: bool,
) -> bool {
    let is_shorter = known.origin() == shown.origin() && shown.size() < known.size();
    match freshness {
        // What lost its end never grows again, so nothing new stands there.
        Freshness::New => is_shorter || generation(shown) < generation(known),
        Freshness::Current => is_shorter && !is_closed,
        Freshness::Any => false,
    }
}

fn generation(checkpoint: &Checkpoint) -> u32 {
    seller::generation(checkpoint.origin())
}

#[cfg(test)]
mod tests {
    use countersign_transparency::Hash;

    use super::*;

    fn checkpoint(log: &str, size: u64) -> Checkpoint {
        Checkpoint::new(log.parse().unwrap(), size, Hash::from_bytes([1; 32])).unwrap()
    }

    #[test]
    fn what_was_known_before_is_not_taken_back() {
        let known = checkpoint("shop.example", 5);
        let is_behind = |size, freshness| {
            falls_behind(&checkpoint("shop.example", size), &known, freshness, false)
        };
        for freshness in [Freshness::New, Freshness::Current] {
            assert!(is_behind(4, freshness));
            assert!(!is_behind(5, freshness) && !is_behind(6, freshness));
        }
        assert!(
            !is_behind(4, Freshness::Any),
            "evidence may be as of before"
        );
    }

    #[test]
    fn a_log_that_another_follows_may_have_lost_its_end() {
        let (shown, known) = (checkpoint("shop.example", 4), checkpoint("shop.example", 5));
        assert!(!falls_behind(&shown, &known, Freshness::Current, true));
        assert!(
            falls_behind(&shown, &known, Freshness::New, true),
            "a root that lists a successor must not hide that the first log is written anew"
        );
    }

    #[test]
    fn nothing_new_comes_into_a_log_that_another_was_seen_to_follow() {
        let (first, second) = (
            checkpoint("shop.example", 9),
            checkpoint("shop.example/2", 3),
        );
        assert!(falls_behind(&first, &second, Freshness::New, true));
        assert!(!falls_behind(&first, &second, Freshness::Current, true));
        assert!(!falls_behind(&second, &first, Freshness::New, false));
    }
}
