//! How a Merkle tree splits into subtrees, and which of them make up a proof: arithmetic on leaf
//! numbers only ([RFC 9162], sections 2.1.1, 2.1.3.1 and 2.1.4.1).
//!
//! [RFC 9162]: https://www.rfc-editor.org/rfc/rfc9162#section-2.1.3.1

use crate::hash::{Hash, node_hash};

/// The leaves `start..end`, together a subtree of some log. Never empty.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(crate) struct Subtree {
    pub(crate) start: u64,
    pub(crate) end: u64,
}

/// A perfect subtree: number `index`, from the left, of those with `2^height` leaves.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(crate) struct Node {
    pub(crate) height: u32,
    pub(crate) index: u64,
}

impl Subtree {
    /// The whole tree of `size` leaves, of which there must be some.
    pub(crate) const fn whole(size: u64) -> Self {
        Self {
            start: 0,
            end: size,
        }
    }

    /// The halves: the left one has as many leaves as the largest power of two below the whole.
    /// A single leaf has none.
    pub(crate) fn halves(self) -> Option<(Self, Self)> {
        let len = self.end.saturating_sub(self.start);
        let left_len = 1 << len.checked_sub(1)?.checked_ilog2()?;
        let middle = self.start + left_len;
        Some((
            Self {
                start: self.start,
                end: middle,
            },
            Self {
                start: middle,
                end: self.end,
            },
        ))
    }

    /// The node that this subtree is, if it is perfect.
    pub(crate) fn node(self) -> Option<Node> {
        let len = self.end.saturating_sub(self.start);
        len.is_power_of_two().then(|| Node {
            height: len.trailing_zeros(),
            index: self.start >> len.trailing_zeros(),
        })
    }

    /// The perfect subtrees that this one is made of, from left to right, the largest first.
    pub(crate) fn nodes(self) -> Vec<Node> {
        let mut nodes = Vec::new();
        let mut rest = self;
        // The left half of an imperfect subtree is perfect.
        while let (None, Some((left, right))) = (rest.node(), rest.halves()) {
            nodes.extend(left.node());
            rest = right;
        }
        nodes.extend(rest.node());
        nodes
    }
}

/// The root over perfect subtrees as [`Subtree::nodes`] lists them.
pub(crate) fn fold(hashes: &[Hash]) -> Option<Hash> {
    hashes
        .iter()
        .copied()
        .rev()
        .reduce(|right, left| node_hash(&left, &right))
}

/// The subtrees whose hashes prove that a leaf is in a tree, lowest first: `PATH(leaf, D[size])`.
pub(crate) fn inclusion_path(leaf: u64, size: u64) -> Vec<Subtree> {
    let mut path = Vec::new();
    let mut here = Subtree::whole(size);
    while let Some((left, right)) = here.halves() {
        let sibling;
        (here, sibling) = if leaf < left.end {
            (left, right)
        } else {
            (right, left)
        };
        path.push(sibling);
    }
    path.reverse();
    path
}

/// The subtrees whose hashes prove that a tree begins with the `old` leaves of an earlier one, lowest
/// first: `PROOF(old, D[new])`.
pub(crate) fn consistency_path(old: u64, new: u64) -> Vec<Subtree> {
    let mut path = Vec::new();
    let mut here = Subtree::whole(new);
    while here.end != old {
        let Some((left, right)) = here.halves() else {
            break;
        };
        let sibling;
        (here, sibling) = if old <= left.end {
            (left, right)
        } else {
            (right, left)
        };
        path.push(sibling);
    }
    // Where the old tree is itself a subtree of the new one, the verifier has its hash: the old root.
    if here.start > 0 {
        path.push(here);
    }
    path.reverse();
    path
}
