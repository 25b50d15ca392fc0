//! Asking a log for its tiles, and making proofs from them: the log's own word for what it holds.

use countersign_transparency::{
    Checkpoint, ConsistencyProof, Hash, InclusionProof, TILE_WIDTH, TileId, Tiles,
    tiles_for_consistency, tiles_for_inclusion, tiles_to_verify,
};

use crate::failure::{Exit, Failure};
use crate::http::Api;
use crate::seller;

/// Whether a log only grew.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(super) enum Growth {
    /// It did.
    Consistent,
    /// It did not, or has not the tiles that it signed for.
    Contradicts,
}

/// What a log holds in a leaf, proved under its checkpoint.
#[derive(Debug)]
pub(super) struct Leaf {
    pub(super) number: u64,
    pub(super) hash: Hash,
    pub(super) proof: InclusionProof,
}

/// Whether the log of one checkpoint begins with the log of another.
pub(super) fn growth(api: &Api, old: &Checkpoint, new: &Checkpoint) -> Result<Growth, Failure> {
    let (old_size, new_size) = (old.size(), new.size());
    let proof = if old_size == new_size {
        ConsistencyProof::from_hashes(Vec::new()).ok()
    } else {
        fetch(api, new, &tiles_for_consistency(old_size, new_size))?
            .and_then(|tiles| tiles.consistency_proof(old_size, new_size).ok())
    };
    let is_proved = proof.is_some_and(|proof| {
        proof
            .verify(old_size, old.root(), new_size, new.root())
            .is_ok()
    });
    Ok(if is_proved {
        Growth::Consistent
    } else {
        Growth::Contradicts
    })
}

/// What the log of a checkpoint holds in a leaf. None if the log does not show it.
pub(super) fn leaf(api: &Api, number: u64, log: &Checkpoint) -> Result<Option<Leaf>, Failure> {
    let size = log.size();
    let mut wanted = tiles_for_inclusion(number, size);
    wanted.extend(TileId::of_tree(size, 0, number / u64::from(TILE_WIDTH)));
    let Some(tiles) = fetch(api, log, &tiles_to_verify(size, &wanted))? else {
        return Ok(None);
    };
    let Ok(tiles) = tiles.verify(size, log.root()) else {
        return Ok(None);
    };
    let (hash, proof) = (
        tiles.leaf_hash(number),
        tiles.tiles().inclusion_proof(number, size),
    );
    Ok(hash.ok().zip(proof.ok()).map(|(hash, proof)| Leaf {
        number,
        hash,
        proof,
    }))
}

/// Fetches tiles of the log of a checkpoint. None if it has not those that it signed for.
fn fetch(api: &Api, log: &Checkpoint, wanted: &[TileId]) -> Result<Option<Tiles>, Failure> {
    let generation = seller::generation(log.origin());
    let mut tiles = Tiles::new();
    for tile in wanted {
        let octets = match api.get_bytes(&format!("/log/{generation}/{tile}")) {
            Ok(octets) => octets,
            Err(failure) if failure.exit == Exit::NotFound => return Ok(None),
            Err(failure) => return Err(failure),
        };
        if tiles.insert(*tile, &octets).is_err() {
            return Ok(None);
        }
    }
    Ok(Some(tiles))
}
