//! The growing tree, kept as its edge: the roots of the perfect subtrees it is made of, at most 62.
//!
//! The edge and the new entries are all that appending needs, the proofs of the new leaves included:
//! what lies left of a new leaf is on the old edge or new itself. No old leaf is read.

use crate::error::{AppendError, EdgeError};
use crate::hash::{Entry, Hash, node_hash};
use crate::proof::InclusionProof;
use crate::subtree::{Node, Subtree, fold, inclusion_path};
use crate::tile::TILE_HEIGHT;

/// The most leaves a log may have, so that no proof is longer than the 63 hashes that a witness takes.
pub const TREE_MAX_SIZE: u64 = 1 << 62;

/// A Merkle tree that can grow and tell its root.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Tree {
    size: u64,
    /// From left to right; the bits of the size, from the highest, are the sizes.
    edge: Vec<Hash>,
}

impl Tree {
    /// The tree without leaves.
    pub const fn empty() -> Self {
        Self {
            size: 0,
            edge: Vec::new(),
        }
    }

    /// Takes up a tree where it was left. The hashes are believed: compare [`Tree::root`] with a root
    /// that is known.
    pub fn from_edge(size: u64, edge: Vec<Hash>) -> Result<Self, EdgeError> {
        if size > TREE_MAX_SIZE {
            return Err(EdgeError::TooLarge);
        }
        let expected = edge_len(size);
        if edge.len() != expected {
            return Err(EdgeError::Length {
                expected,
                found: edge.len(),
            });
        }
        Ok(Self { size, edge })
    }

    /// The number of leaves.
    pub const fn size(&self) -> u64 {
        self.size
    }

    /// The roots of the perfect subtrees, largest first, one for each set bit of the size.
    pub fn edge(&self) -> &[Hash] {
        &self.edge
    }

    /// The root: the Merkle Tree Hash over all leaves.
    pub fn root(&self) -> Hash {
        fold(&self.edge).unwrap_or(Hash::EMPTY_ROOT)
    }

    /// Adds leaves on the right, at the cost of two hashes for each and one for each level of the tree.
    pub fn append(&mut self, entries: &[Entry]) -> Result<Appended, AppendError> {
        self.append_leaf_hashes(entries.iter().map(Entry::leaf_hash).collect())
    }

    pub(crate) fn append_leaf_hashes(
        &mut self,
        leaves: Vec<Hash>,
    ) -> Result<Appended, AppendError> {
        let size = u64::try_from(leaves.len())
            .ok()
            .and_then(|count| self.size.checked_add(count))
            .filter(|size| *size <= TREE_MAX_SIZE)
            .ok_or(AppendError)?;
        let rows = self.new_rows(leaves);
        let old = std::mem::replace(self, Self::empty());
        let mut appended = Appended {
            old,
            size,
            rows,
            tails: Vec::new(),
        };
        self.edge = appended.edge();
        self.size = size;
        appended.tails = tails(&self.edge);
        Ok(appended)
    }

    /// The nodes that new leaves complete, a row for each height: row `h` begins with node
    /// `self.size >> h`.
    fn new_rows(&self, leaves: Vec<Hash>) -> Vec<Vec<Hash>> {
        let mut rows = Vec::new();
        let mut row = leaves;
        let mut height = 0;
        while !row.is_empty() {
            // A first node with an odd number is the right child of a node whose left child is old.
            let left = self.edge_node(height);
            let mut children = left.iter().chain(&row);
            let mut parents = Vec::with_capacity(row.len().div_ceil(2));
            while let (Some(left), Some(right)) = (children.next(), children.next()) {
                parents.push(node_hash(left, right));
            }
            rows.push(std::mem::replace(&mut row, parents));
            height += 1;
        }
        rows
    }

    /// The node of this height on the edge: there is one if the size has this bit.
    fn edge_node(&self, height: u32) -> Option<Hash> {
        if (self.size >> height) & 1 == 0 {
            return None;
        }
        self.edge.get(edge_len(self.size >> height >> 1)).copied()
    }
}

/// What an append made known: enough to prove every new leaf, and to keep for proofs of any leaf.
#[derive(Debug, Clone)]
pub struct Appended {
    old: Tree,
    size: u64,
    rows: Vec<Vec<Hash>>,
    tails: Vec<Hash>,
}

/// Hash number `index` in the row that the tiles of `level` cut into pieces: the root of
/// `256^level` leaves.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub struct TileHash {
    /// The level, 1 or more: leaf hashes follow from the entries.
    pub level: u8,
    /// The place in the row, from the left.
    pub index: u64,
    /// The root of the subtree.
    pub hash: Hash,
}

impl Appended {
    /// The leaves that were added.
    pub const fn leaves(&self) -> std::ops::Range<u64> {
        self.old.size..self.size
    }

    /// Proves that an added leaf is in the grown tree; `None` for any other leaf.
    pub fn proof(&self, leaf: u64) -> Option<InclusionProof> {
        if !self.leaves().contains(&leaf) {
            return None;
        }
        inclusion_path(leaf, self.size)
            .into_iter()
            .map(|subtree| self.hash(subtree))
            .collect::<Option<Vec<Hash>>>()
            .and_then(|hashes| InclusionProof::from_hashes(hashes).ok())
    }

    /// The hashes in tiles of level 1 and above which the new leaves completed, lowest level first.
    ///
    /// A store that keeps them reads any row of any tile as one range.
    pub fn tile_hashes(&self) -> impl Iterator<Item = TileHash> {
        (1_u8..)
            .map_while(|level| {
                let height = level.checked_mul(TILE_HEIGHT)?;
                let row = self.rows.get(usize::from(height))?;
                Some((level, self.old.size >> height, row))
            })
            .flat_map(|(level, first, row)| {
                (first..).zip(row).map(move |(index, hash)| TileHash {
                    level,
                    index,
                    hash: *hash,
                })
            })
    }

    /// The edge of the grown tree: each of its nodes is new, or was on the old edge.
    fn edge(&self) -> Vec<Hash> {
        if self.size == 0 {
            return Vec::new();
        }
        Subtree::whole(self.size)
            .nodes()
            .into_iter()
            .filter_map(|node| self.node(node))
            .collect()
    }

    /// The hash of a subtree beside the way from a new leaf to the root.
    fn hash(&self, subtree: Subtree) -> Option<Hash> {
        match subtree.node() {
            Some(node) => self.node(node),
            // An imperfect subtree reaches to the end, and its start names its place on the edge.
            None => self.tails.get(edge_len(subtree.start)).copied(),
        }
    }

    /// The hash of a node that is new or was on the old edge.
    fn node(&self, node: Node) -> Option<Hash> {
        let first_new = self.old.size >> node.height;
        match node.index.checked_sub(first_new) {
            Some(offset) => {
                let row = self.rows.get(usize::try_from(node.height).ok()?)?;
                row.get(usize::try_from(offset).ok()?).copied()
            }
            None => self.old.edge_node(node.height),
        }
    }
}

/// For each place on an edge, the hash of everything from there to the end.
fn tails(edge: &[Hash]) -> Vec<Hash> {
    let mut tails = Vec::with_capacity(edge.len());
    for left in edge.iter().rev() {
        let tail = tails.last().map_or(*left, |right| node_hash(left, right));
        tails.push(tail);
    }
    tails.reverse();
    tails
}

/// How many perfect subtrees the first `size` leaves are made of.
fn edge_len(size: u64) -> usize {
    usize::try_from(size.count_ones()).unwrap_or(usize::MAX)
}
