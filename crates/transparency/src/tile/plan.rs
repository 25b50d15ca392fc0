//! Which tiles to fetch: arithmetic only, for a client over HTTP and a store over its rows alike.

use std::collections::BTreeSet;

use crate::subtree::{Subtree, consistency_path, inclusion_path};
use crate::tile::path::row_len;
use crate::tile::{TILE_HEIGHT, TileId};
use crate::tree::TREE_MAX_SIZE;

/// The tiles from which [`Tiles::inclusion_proof`](super::Tiles::inclusion_proof) is made; none for a
/// leaf that is not in the tree.
pub fn tiles_for_inclusion(leaf: u64, size: u64) -> Vec<TileId> {
    if leaf >= size || size > TREE_MAX_SIZE {
        return Vec::new();
    }
    tiles_under(size, &inclusion_path(leaf, size))
}

/// The tiles from which [`Tiles::consistency_proof`](super::Tiles::consistency_proof) is made; none
/// for sizes between which there is no proof.
pub fn tiles_for_consistency(old_size: u64, new_size: u64) -> Vec<TileId> {
    if old_size == 0 || old_size > new_size || new_size > TREE_MAX_SIZE {
        return Vec::new();
    }
    tiles_under(new_size, &consistency_path(old_size, new_size))
}

/// The tiles on the right edge, from which [`Tiles::tree`](super::Tiles::tree) takes up the tree: its
/// partial tiles, one a level at most.
pub fn tiles_for_tree(size: u64) -> Vec<TileId> {
    (0..)
        .map_while(|level| Some((level, row_len(size, level).filter(|len| *len > 0)?)))
        .filter_map(|(level, len)| TileId::of_tree(size, level, len >> TILE_HEIGHT))
        .collect()
}

/// The tiles that [`Tiles::verify`](super::Tiles::verify) needs to trust some: these, all above them,
/// and the right edge.
pub fn tiles_to_verify(size: u64, wanted: &[TileId]) -> Vec<TileId> {
    let mut tiles: BTreeSet<TileId> = tiles_for_tree(size).into_iter().collect();
    for tile in wanted {
        let mut next = Some(*tile);
        while let Some(tile) = next {
            next = tile.parent(size).filter(|_| tiles.insert(tile));
        }
    }
    tiles.into_iter().collect()
}

fn tiles_under(size: u64, subtrees: &[Subtree]) -> Vec<TileId> {
    let tiles: BTreeSet<TileId> = subtrees
        .iter()
        .flat_map(|subtree| subtree.nodes())
        .filter_map(|node| TileId::of_node(size, node))
        .collect();
    tiles.into_iter().collect()
}
