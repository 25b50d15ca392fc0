//! Fetched tiles, what is made of them, and when they are believed.

use std::collections::BTreeMap;

use crate::error::{TileError, TilesError};
use crate::hash::{Hash, node_hash};
use crate::proof::{ConsistencyProof, InclusionProof};
use crate::subtree::{Node, Subtree, consistency_path, fold, inclusion_path};
use crate::tile::{EntryBundle, TILE_HEIGHT, TileId};
use crate::tree::{TREE_MAX_SIZE, Tree};

/// Tiles as they were fetched, believed by nobody.
///
/// A proof made from them is as good as they are: if one was wrong, the proof does not verify. Whoever
/// reads more than proofs out of tiles, such as the leaves, calls [`Tiles::verify`] first.
#[derive(Debug, Clone, Default)]
pub struct Tiles {
    hashes: BTreeMap<(u8, u64), Vec<Hash>>,
}

impl Tiles {
    /// No tiles yet.
    pub fn new() -> Self {
        Self::default()
    }

    /// Adds the contents of a tile. For a partial tile those of the full one will do: a log may have
    /// given up the partial one.
    pub fn insert(&mut self, tile: TileId, contents: &[u8]) -> Result<(), TileError> {
        let (hashes, _) = contents.as_chunks::<{ Hash::BYTES }>();
        let lengths = [tile.size_bytes(), tile.full().size_bytes()];
        if !lengths.contains(&contents.len()) {
            return Err(TileError {
                tile,
                found_bytes: contents.len(),
            });
        }
        let hashes = hashes
            .iter()
            .take(usize::from(tile.width()))
            .map(|bytes| Hash::from_bytes(*bytes))
            .collect();
        self.hashes.insert((tile.level(), tile.index()), hashes);
        Ok(())
    }

    /// The tree of `size` leaves, ready to grow, from
    /// [`tiles_for_tree`](super::tiles_for_tree).
    pub fn tree(&self, size: u64) -> Result<Tree, TilesError> {
        let nodes = match size {
            0 => Vec::new(),
            1..=TREE_MAX_SIZE => Subtree::whole(size).nodes(),
            _ => return Err(TilesError::OutOfRange),
        };
        let edge = self.nodes(size, &nodes)?;
        Tree::from_edge(size, edge).map_err(|_| TilesError::OutOfRange)
    }

    /// Proves that a leaf is in the tree of `size` leaves, from
    /// [`tiles_for_inclusion`](super::tiles_for_inclusion).
    pub fn inclusion_proof(&self, leaf: u64, size: u64) -> Result<InclusionProof, TilesError> {
        if leaf >= size || size > TREE_MAX_SIZE {
            return Err(TilesError::OutOfRange);
        }
        let hashes = self.subtrees(size, &inclusion_path(leaf, size))?;
        InclusionProof::from_hashes(hashes).map_err(|_| TilesError::OutOfRange)
    }

    /// Proves that the tree of `new_size` leaves begins with that of `old_size`, from
    /// [`tiles_for_consistency`](super::tiles_for_consistency).
    pub fn consistency_proof(
        &self,
        old_size: u64,
        new_size: u64,
    ) -> Result<ConsistencyProof, TilesError> {
        if old_size == 0 || old_size > new_size || new_size > TREE_MAX_SIZE {
            return Err(TilesError::OutOfRange);
        }
        let hashes = self.subtrees(new_size, &consistency_path(old_size, new_size))?;
        ConsistencyProof::from_hashes(hashes).map_err(|_| TilesError::OutOfRange)
    }

    /// Believes the tiles if every one of them leads to the root of the tree of `size` leaves. They
    /// must be those that [`tiles_to_verify`](super::tiles_to_verify) lists.
    pub fn verify(self, size: u64, root: &Hash) -> Result<VerifiedTiles, TilesError> {
        if self.tree(size)?.root() != *root {
            return Err(TilesError::Root);
        }
        // The root vouches for the partial tiles, and every tile for the full ones below it.
        for ((level, index), hashes) in &self.hashes {
            let tile = TileId::of_tree(size, *level, *index).ok_or(TilesError::OutOfRange)?;
            if hashes.len() != usize::from(tile.width()) {
                return Err(TilesError::Tile(tile));
            }
            if tile.is_full() {
                let parent = tile.parent(size).ok_or(TilesError::OutOfRange)?;
                if perfect_root(hashes) != Some(self.hash(parent, tile.index())?) {
                    return Err(TilesError::Tile(tile));
                }
            }
        }
        Ok(VerifiedTiles { size, tiles: self })
    }

    fn subtrees(&self, size: u64, subtrees: &[Subtree]) -> Result<Vec<Hash>, TilesError> {
        subtrees
            .iter()
            .map(|subtree| {
                let hashes = self.nodes(size, &subtree.nodes())?;
                fold(&hashes).ok_or(TilesError::OutOfRange)
            })
            .collect()
    }

    fn nodes(&self, size: u64, nodes: &[Node]) -> Result<Vec<Hash>, TilesError> {
        nodes.iter().map(|node| self.node(size, *node)).collect()
    }

    /// The hash of a node, from the hashes below it that its tile holds.
    fn node(&self, size: u64, node: Node) -> Result<Hash, TilesError> {
        let tile = TileId::of_node(size, node).ok_or(TilesError::OutOfRange)?;
        let height_in_tile = node.height % u32::from(TILE_HEIGHT);
        let count = 1_usize << height_in_tile;
        let first = offset_in_tile(node.index << height_in_tile);
        self.hashes
            .get(&(tile.level(), tile.index()))
            .and_then(|hashes| hashes.get(first..first + count))
            .and_then(perfect_root)
            .ok_or(TilesError::Missing(tile))
    }

    /// A hash of a tile by its place in the row.
    fn hash(&self, tile: TileId, index: u64) -> Result<Hash, TilesError> {
        self.hashes
            .get(&(tile.level(), tile.index()))
            .and_then(|hashes| hashes.get(offset_in_tile(index)))
            .copied()
            .ok_or(TilesError::Missing(tile))
    }
}

/// Tiles of which each hash leads to a known root.
#[derive(Debug, Clone)]
pub struct VerifiedTiles {
    size: u64,
    tiles: Tiles,
}

impl VerifiedTiles {
    /// The tiles, to make proofs from.
    pub const fn tiles(&self) -> &Tiles {
        &self.tiles
    }

    /// The hash of a leaf, if its tile is here.
    pub fn leaf_hash(&self, leaf: u64) -> Result<Hash, TilesError> {
        if leaf >= self.size {
            return Err(TilesError::OutOfRange);
        }
        let tile =
            TileId::of_tree(self.size, 0, leaf >> TILE_HEIGHT).ok_or(TilesError::OutOfRange)?;
        self.tiles.hash(tile, leaf)
    }

    /// Verifies that a bundle holds exactly the entries under its tile.
    pub fn verify_entries(&self, bundle: &EntryBundle) -> Result<(), TilesError> {
        for (leaf, entry) in (bundle.id().first_leaf()..).zip(bundle.entries()) {
            if self.leaf_hash(leaf)? != entry.leaf_hash() {
                return Err(TilesError::Entry(leaf));
            }
        }
        Ok(())
    }
}

/// The root over the hashes of a perfect subtree.
fn perfect_root(hashes: &[Hash]) -> Option<Hash> {
    let mut row = hashes.to_vec();
    while row.len() > 1 {
        let (pairs, rest) = row.as_chunks::<2>();
        if !rest.is_empty() {
            return None;
        }
        row = pairs
            .iter()
            .map(|[left, right]| node_hash(left, right))
            .collect();
    }
    row.first().copied()
}

/// Where the hash with this place in the row stands in its tile.
fn offset_in_tile(index: u64) -> usize {
    usize::from(index.to_le_bytes()[0])
}
