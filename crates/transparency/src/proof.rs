//! Proofs and their verification ([RFC 9162], sections 2.1.3.2 and 2.1.4.2).
//!
//! Nothing is ever in an empty tree, and an empty tree proves nothing about a later one: a size of 0
//! is refused everywhere, also with no hashes at all, where the algorithms of the RFC taken by
//! themselves would accept 0 to 0.
//!
//! [RFC 9162]: https://www.rfc-editor.org/rfc/rfc9162#section-2.1.3.2

use crate::error::{ProofError, ProofLengthError};
use crate::hash::{Entry, Hash, node_hash};
use crate::tree::TREE_MAX_SIZE;

/// The most hashes in a proof. The witness protocol takes no more.
pub const PROOF_MAX_HASHES: usize = 63;

/// The hashes that lead from a leaf to the root of a tree.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct InclusionProof {
    hashes: Vec<Hash>,
}

impl InclusionProof {
    /// Takes the hashes, lowest first. They prove nothing before [`InclusionProof::verify`].
    pub fn from_hashes(hashes: Vec<Hash>) -> Result<Self, ProofLengthError> {
        Ok(Self {
            hashes: bounded(hashes)?,
        })
    }

    /// The hashes, lowest first.
    pub fn hashes(&self) -> &[Hash] {
        &self.hashes
    }

    /// Verifies that the tree with this size and root holds the entry as this leaf.
    pub fn verify(
        &self,
        leaf: u64,
        size: u64,
        entry: &Entry,
        root: &Hash,
    ) -> Result<(), ProofError> {
        self.verify_leaf_hash(leaf, size, &entry.leaf_hash(), root)
    }

    pub(crate) fn verify_leaf_hash(
        &self,
        leaf: u64,
        size: u64,
        leaf_hash: &Hash,
        root: &Hash,
    ) -> Result<(), ProofError> {
        if leaf >= size || size > TREE_MAX_SIZE {
            return Err(ProofError::OutOfRange);
        }
        // The RFC's names: `index` is fn, `last` is sn, `hash` is r.
        let (mut index, mut last, mut hash) = (leaf, size - 1, *leaf_hash);
        for sibling in &self.hashes {
            if last == 0 {
                return Err(ProofError::Length);
            }
            if is_odd(index) || index == last {
                hash = node_hash(sibling, &hash);
                (index, last) = skip_left_edge(index, last);
            } else {
                hash = node_hash(&hash, sibling);
            }
            index >>= 1;
            last >>= 1;
        }
        if last != 0 {
            return Err(ProofError::Length);
        }
        if hash != *root {
            return Err(ProofError::Root);
        }
        Ok(())
    }
}

/// The hashes that show that a tree begins with all leaves of an earlier one.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct ConsistencyProof {
    hashes: Vec<Hash>,
}

impl ConsistencyProof {
    /// Takes the hashes, lowest first. They prove nothing before [`ConsistencyProof::verify`].
    pub fn from_hashes(hashes: Vec<Hash>) -> Result<Self, ProofLengthError> {
        Ok(Self {
            hashes: bounded(hashes)?,
        })
    }

    /// The hashes, lowest first.
    pub fn hashes(&self) -> &[Hash] {
        &self.hashes
    }

    /// Verifies that the new tree begins with the old one. Trees of one size are consistent if they
    /// are the same, and need no hashes.
    pub fn verify(
        &self,
        old_size: u64,
        old_root: &Hash,
        new_size: u64,
        new_root: &Hash,
    ) -> Result<(), ProofError> {
        if old_size == 0 || old_size > new_size || new_size > TREE_MAX_SIZE {
            return Err(ProofError::OutOfRange);
        }
        if old_size == new_size {
            return match (self.hashes.is_empty(), old_root == new_root) {
                (true, true) => Ok(()),
                (true, false) => Err(ProofError::Root),
                (false, _) => Err(ProofError::Length),
            };
        }
        let (start, rest) = match self.hashes.split_first() {
            // The old tree is a subtree of the new one: its root is where both computations start.
            _ if old_size.is_power_of_two() => (old_root, &*self.hashes),
            Some((first, rest)) => (first, rest),
            None => return Err(ProofError::Length),
        };
        // The RFC's names: `index` is fn, `last` is sn, `old` is fr, `new` is sr.
        let (mut index, mut last) = (old_size - 1, new_size - 1);
        let ones = index.trailing_ones();
        (index, last) = (index >> ones, last >> ones);
        let (mut old, mut new) = (*start, *start);
        for sibling in rest {
            if last == 0 {
                return Err(ProofError::Length);
            }
            if is_odd(index) || index == last {
                old = node_hash(sibling, &old);
                new = node_hash(sibling, &new);
                (index, last) = skip_left_edge(index, last);
            } else {
                new = node_hash(&new, sibling);
            }
            index >>= 1;
            last >>= 1;
        }
        if last != 0 {
            return Err(ProofError::Length);
        }
        if old != *old_root || new != *new_root {
            return Err(ProofError::Root);
        }
        Ok(())
    }
}

/// Passes the levels on which a node at the right edge has no sibling.
const fn skip_left_edge(index: u64, last: u64) -> (u64, u64) {
    if index == 0 {
        return (0, last);
    }
    let levels = index.trailing_zeros();
    (index >> levels, last >> levels)
}

const fn is_odd(index: u64) -> bool {
    index & 1 == 1
}

fn bounded(hashes: Vec<Hash>) -> Result<Vec<Hash>, ProofLengthError> {
    if hashes.len() > PROOF_MAX_HASHES {
        return Err(ProofLengthError);
    }
    Ok(hashes)
}
