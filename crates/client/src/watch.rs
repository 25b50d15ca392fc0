//! Watching a seller's log: each checkpoint must hold all that the one seen before did.
//!
//! A log that shows two histories, or takes something back, contradicts its own signature. Both
//! checkpoints are then kept: together they prove it to anyone.

use countersign_order::Origin;
use countersign_transparency::{
    Checkpoint, ConsistencyProof, Tiles, VerifiedCheckpoint, tiles_for_consistency,
};

use crate::context::Context;
use crate::failure::{Exit, Failure};
use crate::http::Api;
use crate::seller::Seller;

/// Compares a checkpoint with the last one that was seen, and remembers the larger one.
///
/// Fails with [`Exit::Invalid`] if the two contradict each other, and with [`Exit::Retry`] if that
/// cannot be told now.
pub(crate) fn watch(
    context: &Context,
    api: &Api,
    seller: &Seller,
    shown: &VerifiedCheckpoint,
) -> Result<(), Failure> {
    let (home, origin) = (&context.home, &seller.origin);
    let log = shown.checkpoint().origin().as_str();
    let Some(note) = home.checkpoint(origin, log)? else {
        return home.keep_checkpoint(origin, log, &shown.signed().to_string());
    };
    let seen = seller.checkpoint(&note)?;
    let is_newer = shown.checkpoint().size() > seen.checkpoint().size();
    // Answers overtake each other: one that is older than the last is well if it fits into it.
    let (old, new) = if is_newer {
        (&seen, shown)
    } else {
        (shown, &seen)
    };
    match grows(api, old.checkpoint(), new.checkpoint())? {
        Growth::Consistent if is_newer => {
            home.keep_checkpoint(origin, log, &shown.signed().to_string())
        }
        Growth::Consistent => Ok(()),
        Growth::Contradicts => Err(shout(context, origin, old, new)?),
    }
}

#[derive(Debug, Clone, Copy, PartialEq, Eq)]
enum Growth {
    Consistent,
    Contradicts,
}

/// Whether the log of one checkpoint begins with the log of another.
fn grows(api: &Api, old: &Checkpoint, new: &Checkpoint) -> Result<Growth, Failure> {
    let (old_size, new_size) = (old.size(), new.size());
    let proof = if old_size == new_size {
        ConsistencyProof::from_hashes(Vec::new()).map_err(Failure::because)?
    } else {
        match fetch(api, old_size, new_size)? {
            Some(proof) => proof,
            None => return Ok(Growth::Contradicts),
        }
    };
    Ok(
        match proof.verify(old_size, old.root(), new_size, new.root()) {
            Ok(()) => Growth::Consistent,
            Err(_) => Growth::Contradicts,
        },
    )
}

/// Makes the proof from the log's tiles. None if the log has not the tiles that it signed for.
fn fetch(api: &Api, old_size: u64, new_size: u64) -> Result<Option<ConsistencyProof>, Failure> {
    let mut tiles = Tiles::new();
    for tile in tiles_for_consistency(old_size, new_size) {
        let octets = match api.get_bytes(&format!("/log/{tile}")) {
            Ok(octets) => octets,
            Err(failure) if failure.exit == Exit::NotFound => return Ok(None),
            Err(failure) => return Err(failure),
        };
        if tiles.insert(tile, &octets).is_err() {
            return Ok(None);
        }
    }
    Ok(tiles.consistency_proof(old_size, new_size).ok())
}

/// Keeps both checkpoints, and says so loudly.
fn shout(
    context: &Context,
    origin: &Origin,
    old: &VerifiedCheckpoint,
    new: &VerifiedCheckpoint,
) -> Result<Failure, Failure> {
    let text = format!("{}\n{}", old.signed(), new.signed());
    let (old, new) = (old.checkpoint().size(), new.checkpoint().size());
    let file = context.home.keep_contradiction(origin, (old, new), &text)?;
    let message = format!(
        "THE SELLER'S LOG CONTRADICTS ITSELF: what it signed at {old} entries is not the beginning \
         of what it signed at {new}"
    );
    Ok(Failure::new(Exit::Invalid, message).advise(format!(
        "both signed checkpoints are in {}: keep that file, it proves that the seller rewrote its \
         log; order nothing more before it is explained",
        file.display()
    )))
}
