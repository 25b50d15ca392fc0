//! The transparency log at the desk: the checkpoint of what is committed, and proofs from what is
//! stored.
//!
//! A checkpoint is signed after the commit of what it counts and never before: a crash in between
//! loses the signature, which comes out the same when it is made again.

use std::ops::Range;
use std::sync::Arc;

use countersign_store::{CosignatureRecord, Growth, LogHead, View};
use countersign_transparency::{
    Checkpoint, ConsistencyProof, Entry, Hash, InclusionProof, KeyName, NoteSignature,
    SignedCheckpoint, TileId, Tiles, tiles_for_consistency, tiles_for_inclusion, tiles_for_tree,
};

use super::{Desk, DeskError};
use crate::seller::Seller;

/// Where a statement is in the log, and what proves it.
#[derive(Clone, Debug)]
pub(crate) struct Logged {
    /// The leaf.
    pub(crate) leaf: u64,
    /// Leads from the leaf to the checkpoint's root.
    pub(crate) proof: InclusionProof,
    /// The log's signed note.
    pub(crate) checkpoint: Arc<str>,
}

/// The checkpoint of a log as it is committed.
pub(crate) fn checkpoint(seller: &Seller, log: &LogHead) -> Result<SignedCheckpoint, DeskError> {
    sign(seller, log, log.tree.size(), log.tree.root())
}

/// Proofs for the statements of a commit, all under one checkpoint.
pub(super) fn logged(
    seller: &Seller,
    growth: &Growth,
    statements: impl IntoIterator<Item = u64>,
) -> Result<Vec<Logged>, DeskError> {
    let checkpoint: Arc<str> = checkpoint(seller, &growth.head)?.to_string().into();
    let place = |statement| {
        Some(Logged {
            leaf: growth.head.leaf_of(statement)?,
            proof: growth.proof_of(statement)?,
            checkpoint: Arc::clone(&checkpoint),
        })
    };
    let places = statements
        .into_iter()
        .map(|statement| place(statement).ok_or(DeskError::Inconsistent("log")));
    places.collect()
}

/// The log that grows.
pub(crate) async fn head(view: &mut dyn View) -> Result<LogHead, DeskError> {
    let head = view.log_head().await?;
    head.ok_or(DeskError::Inconsistent("log"))
}

/// The log that holds a statement.
pub(crate) async fn log_of(view: &mut dyn View, statement: u64) -> Result<LogHead, DeskError> {
    let logs = view.logs().await?;
    logs.into_iter()
        .find(|log| log.leaf_of(statement).is_some())
        .ok_or(DeskError::Inconsistent("log"))
}

/// Where a statement is in its log as it stands now, once all of that is durable.
pub(crate) async fn place_of(
    desk: &Desk,
    view: &mut dyn View,
    statement: u64,
) -> Result<Logged, DeskError> {
    let log = log_of(view, statement).await?;
    desk.store().settle(log.next_statement()).await?;
    let leaf = log
        .leaf_of(statement)
        .ok_or(DeskError::Inconsistent("log"))?;
    let proof = prove_inclusion(view, &log, leaf, log.tree.size()).await?;
    let checkpoint = checkpoint(desk.seller(), &log)?.to_string().into();
    Ok(Logged {
        leaf,
        proof,
        checkpoint,
    })
}

/// The newest checkpoint, with what witnesses said of the log at that size, once all of that is durable.
pub(crate) async fn newest(
    desk: &Desk,
    view: &mut dyn View,
    log: &LogHead,
) -> Result<SignedCheckpoint, DeskError> {
    desk.store().settle(log.next_statement()).await?;
    let mut newest = checkpoint(desk.seller(), log)?;
    let said = view.cosignatures(&log.origin).await?;
    let (size, root) = (log.tree.size(), log.tree.root());
    add_cosignatures(
        &mut newest,
        said.iter().filter(|c| c.size == size && c.root == root),
    )?;
    Ok(newest)
}

/// The checkpoint that most witnesses have seen among those which hold all leaves below `size`, and
/// its size; the newest one if there is none.
pub(crate) async fn most_witnessed(
    desk: &Desk,
    view: &mut dyn View,
    log: &LogHead,
    size: u64,
) -> Result<(u64, SignedCheckpoint), DeskError> {
    desk.store().settle(log.next_statement()).await?;
    let said = view.cosignatures(&log.origin).await?;
    let witnesses_of = |of: u64| said.iter().filter(|c| c.size == of).count();
    let best = said
        .iter()
        .map(|cosignature| cosignature.size)
        .filter(|seen| (size..=log.tree.size()).contains(seen))
        .max_by_key(|seen| (witnesses_of(*seen), *seen));
    let Some(best) = best else {
        return Ok((log.tree.size(), newest(desk, view, log).await?));
    };
    let root = root_at(view, log, best).await?;
    // The log has signed what was cosigned; another root of that size it never signs.
    if said.iter().any(|c| c.size == best && c.root != root) {
        return Err(DeskError::Inconsistent("log"));
    }
    let mut checkpoint = sign(desk.seller(), log, best, root)?;
    add_cosignatures(&mut checkpoint, said.iter().filter(|c| c.size == best))?;
    Ok((best, checkpoint))
}

/// Proves that a leaf is in the log as it was when it had this size.
pub(crate) async fn prove_inclusion(
    view: &mut dyn View,
    log: &LogHead,
    leaf: u64,
    size: u64,
) -> Result<InclusionProof, DeskError> {
    let tiles = tiles(view, log, tiles_for_inclusion(leaf, size)).await?;
    tiles.inclusion_proof(leaf, size).map_err(inconsistent)
}

/// Proves that the log as it was at one size is the beginning of what it was at a later one. Nothing
/// needs to be proved of the empty log.
pub(crate) async fn prove_consistency(
    view: &mut dyn View,
    log: &LogHead,
    old_size: u64,
    new_size: u64,
) -> Result<ConsistencyProof, DeskError> {
    if old_size == 0 {
        return ConsistencyProof::from_hashes(Vec::new()).map_err(inconsistent);
    }
    let tiles = tiles(view, log, tiles_for_consistency(old_size, new_size)).await?;
    tiles
        .consistency_proof(old_size, new_size)
        .map_err(inconsistent)
}

/// The root that the log had when it had this size.
pub(crate) async fn root_at(
    view: &mut dyn View,
    log: &LogHead,
    size: u64,
) -> Result<Hash, DeskError> {
    let tiles = tiles(view, log, tiles_for_tree(size)).await?;
    Ok(tiles.tree(size).map_err(inconsistent)?.root())
}

/// The hashes in a tile that the log has.
pub(crate) async fn tile(
    view: &mut dyn View,
    log: &LogHead,
    tile: TileId,
) -> Result<Vec<Hash>, DeskError> {
    let range = tile.first_hash()..tile.first_hash() + u64::from(tile.width());
    let hashes = if tile.level() == 0 {
        let entries = entries(view, log, range).await?;
        entries.iter().map(Entry::leaf_hash).collect()
    } else {
        view.tile_hashes(log, tile.level(), range).await?
    };
    if hashes.len() == usize::from(tile.width()) {
        Ok(hashes)
    } else {
        Err(DeskError::Inconsistent("log"))
    }
}

/// The entries in these leaves.
pub(crate) async fn entries(
    view: &mut dyn View,
    log: &LogHead,
    leaves: Range<u64>,
) -> Result<Vec<Entry>, DeskError> {
    Ok(view.entries(log, leaves).await?)
}

async fn tiles(
    view: &mut dyn View,
    log: &LogHead,
    wanted: Vec<TileId>,
) -> Result<Tiles, DeskError> {
    let mut tiles = Tiles::new();
    for id in wanted {
        let hashes = tile(view, log, id).await?;
        tiles.insert(id, &bytes(&hashes)).map_err(inconsistent)?;
    }
    Ok(tiles)
}

/// Hashes as a tile carries them.
pub(crate) fn bytes(hashes: &[Hash]) -> Vec<u8> {
    hashes.iter().flat_map(Hash::as_bytes).copied().collect()
}

fn sign(
    seller: &Seller,
    log: &LogHead,
    size: u64,
    root: Hash,
) -> Result<SignedCheckpoint, DeskError> {
    let origin: KeyName = log.origin.as_str().parse().map_err(inconsistent)?;
    let checkpoint = Checkpoint::new(origin, size, root).map_err(inconsistent)?;
    checkpoint
        .sign(seller.log_key())
        .map_err(|error| DeskError::SignCheckpoint(Arc::new(error)))
}

fn add_cosignatures<'a>(
    checkpoint: &mut SignedCheckpoint,
    said: impl Iterator<Item = &'a CosignatureRecord>,
) -> Result<(), DeskError> {
    for cosignature in said {
        let line: NoteSignature = cosignature
            .line
            .trim_end_matches('\n')
            .parse()
            .map_err(inconsistent)?;
        checkpoint.add(line).map_err(inconsistent)?;
    }
    Ok(())
}

fn inconsistent(error: impl std::error::Error) -> DeskError {
    tracing::error!(%error, "the stored log makes no sense");
    DeskError::Inconsistent("log")
}
