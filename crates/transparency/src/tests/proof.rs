//! Every proof of every small tree, and everything that is almost a proof.

use crate::hash::{leaf_hash, node_hash};
use crate::testing::{Log, Reference, entry};
use crate::{
    ConsistencyProof, Hash, InclusionProof, PROOF_MAX_HASHES, ProofError, ProofLengthError,
    TREE_MAX_SIZE,
};

/// Trees up to here are tried with every leaf and every pair of sizes.
const SIZES: u64 = 300;
/// Trees up to here are tried with every way to damage a proof.
const DAMAGED_SIZES: u64 = 130;

fn inclusion(hashes: &[Hash]) -> InclusionProof {
    InclusionProof::from_hashes(hashes.to_vec()).unwrap()
}

fn consistency(hashes: &[Hash]) -> ConsistencyProof {
    ConsistencyProof::from_hashes(hashes.to_vec()).unwrap()
}

/// The proof with each hash changed in one bit, left out, or doubled, and with one more at each end.
fn damaged(hashes: &[Hash]) -> Vec<Vec<Hash>> {
    let stray = entry(u64::MAX).leaf_hash();
    let mut damaged = vec![[&[stray], hashes].concat(), [hashes, &[stray]].concat()];
    for (index, hash) in hashes.iter().enumerate() {
        let mut bytes = *hash.as_bytes();
        bytes[index % Hash::BYTES] ^= 1 << (index % 8);
        let mut changed = hashes.to_vec();
        changed[index] = Hash::from_bytes(bytes);
        let mut shorter = hashes.to_vec();
        shorter.remove(index);
        let mut longer = hashes.to_vec();
        longer.insert(index, *hash);
        damaged.extend([changed, shorter, longer]);
    }
    damaged
}

#[test]
fn every_leaf_of_every_tree_is_proven() {
    let reference = Reference::of_size(SIZES);
    for size in 1..=SIZES {
        let root = reference.root(size);
        for leaf in 0..size {
            inclusion(&reference.inclusion(leaf, size))
                .verify(leaf, size, &entry(leaf), &root)
                .unwrap();
        }
    }
}

#[test]
fn every_tree_is_proven_to_begin_with_every_smaller_one() {
    let reference = Reference::of_size(SIZES);
    for new in 1..=SIZES {
        let new_root = reference.root(new);
        for old in 1..=new {
            consistency(&reference.consistency(old, new))
                .verify(old, &reference.root(old), new, &new_root)
                .unwrap();
        }
    }
}

#[test]
fn a_damaged_proof_of_inclusion_is_refused() {
    let reference = Reference::of_size(DAMAGED_SIZES);
    for size in 1..=DAMAGED_SIZES {
        let root = reference.root(size);
        for leaf in 0..size {
            for hashes in damaged(&reference.inclusion(leaf, size)) {
                let answer = inclusion(&hashes).verify(leaf, size, &entry(leaf), &root);
                assert!(
                    matches!(answer, Err(ProofError::Root | ProofError::Length)),
                    "leaf {leaf} of {size}: {answer:?}"
                );
            }
        }
    }
}

#[test]
fn a_damaged_proof_of_consistency_is_refused() {
    let reference = Reference::of_size(DAMAGED_SIZES);
    for new in 1..=DAMAGED_SIZES {
        let new_root = reference.root(new);
        for old in 1..=new {
            let old_root = reference.root(old);
            for hashes in damaged(&reference.consistency(old, new)) {
                let answer = consistency(&hashes).verify(old, &old_root, new, &new_root);
                assert!(
                    matches!(answer, Err(ProofError::Root | ProofError::Length)),
                    "{old} to {new}: {answer:?}"
                );
            }
        }
    }
}

#[test]
fn a_proof_of_inclusion_holds_for_one_leaf_and_entry_and_root_only() {
    let reference = Reference::of_size(DAMAGED_SIZES);
    for size in 2..=DAMAGED_SIZES {
        let root = reference.root(size);
        for leaf in 0..size {
            let proof = inclusion(&reference.inclusion(leaf, size));
            let other = (leaf + 1) % size;
            assert!(proof.verify(leaf, size, &entry(other), &root).is_err());
            assert!(proof.verify(other, size, &entry(leaf), &root).is_err());
            let answer = proof.verify(leaf, size, &entry(leaf), &reference.root(size - 1));
            assert_eq!(answer, Err(ProofError::Root));
        }
    }
}

#[test]
fn a_proof_of_consistency_holds_for_its_two_roots_only() {
    let reference = Reference::of_size(DAMAGED_SIZES);
    let stray = entry(u64::MAX).leaf_hash();
    for new in 1..=DAMAGED_SIZES {
        let new_root = reference.root(new);
        for old in 1..=new {
            let old_root = reference.root(old);
            let proof = consistency(&reference.consistency(old, new));
            assert!(proof.verify(old, &stray, new, &new_root).is_err());
            assert!(proof.verify(old, &old_root, new, &stray).is_err());
            if old < new {
                assert!(proof.verify(old, &new_root, new, &old_root).is_err());
            }
        }
    }
}

#[test]
fn a_proof_that_ends_below_the_root_is_refused() {
    // The root of a smaller tree, passed off as that of one a level higher.
    let reference = Reference::of_size(64);
    for size in (0..=6).map(|height| 1 << height) {
        let root = reference.root(size);
        for leaf in 0..size {
            let proof = inclusion(&reference.inclusion(leaf, size));
            let answer = proof.verify(leaf, 2 * size, &entry(leaf), &root);
            assert_eq!(answer, Err(ProofError::Length), "leaf {leaf} of {size}");
            let old = leaf + 1;
            let proof = consistency(&reference.consistency(old, size));
            let answer = proof.verify(old, &reference.root(old), 2 * size, &root);
            assert_eq!(answer, Err(ProofError::Length), "{old} to {size}");
        }
    }
}

#[test]
fn nothing_is_in_an_empty_tree() {
    let none = inclusion(&[]);
    let out_of_range = Err(ProofError::OutOfRange);
    assert_eq!(
        none.verify(0, 0, &entry(0), &Hash::EMPTY_ROOT),
        out_of_range
    );
    assert_eq!(
        none.verify(0, 0, &entry(0), &entry(0).leaf_hash()),
        out_of_range
    );
}

#[test]
fn a_leaf_behind_the_end_is_refused() {
    let reference = Reference::of_size(8);
    let proof = inclusion(&reference.inclusion(7, 8));
    for leaf in [8, 9, 15, u64::MAX] {
        let answer = proof.verify(leaf, 8, &entry(7), &reference.root(8));
        assert_eq!(answer, Err(ProofError::OutOfRange));
    }
}

#[test]
fn a_single_leaf_is_its_own_root_and_never_the_empty_one() {
    let none = inclusion(&[]);
    assert_eq!(none.verify(0, 1, &entry(0), &entry(0).leaf_hash()), Ok(()));
    let answer = none.verify(0, 1, &entry(0), &Hash::EMPTY_ROOT);
    assert_eq!(answer, Err(ProofError::Root));
}

#[test]
fn an_empty_tree_proves_nothing_about_a_later_one() {
    let reference = Reference::of_size(8);
    let empty = Hash::EMPTY_ROOT;
    for (new, root) in [(0, empty), (1, reference.root(1)), (8, reference.root(8))] {
        let answer = consistency(&[]).verify(0, &empty, new, &root);
        assert_eq!(answer, Err(ProofError::OutOfRange), "0 to {new}");
    }
}

#[test]
fn a_log_does_not_shrink() {
    let reference = Reference::of_size(8);
    let proof = consistency(&reference.consistency(5, 8));
    let answer = proof.verify(8, &reference.root(8), 5, &reference.root(5));
    assert_eq!(answer, Err(ProofError::OutOfRange));
}

#[test]
fn trees_of_one_size_are_the_same_or_inconsistent() {
    let reference = Reference::of_size(8);
    let (root, other) = (reference.root(8), reference.root(7));
    assert_eq!(consistency(&[]).verify(8, &root, 8, &root), Ok(()));
    let answer = consistency(&[]).verify(8, &root, 8, &other);
    assert_eq!(answer, Err(ProofError::Root));
    let answer = consistency(&[root]).verify(8, &root, 8, &root);
    assert_eq!(answer, Err(ProofError::Length));
}

#[test]
fn sizes_that_no_log_has_are_refused() {
    let hash = Hash::EMPTY_ROOT;
    for size in [TREE_MAX_SIZE + 1, u64::MAX] {
        let answer = inclusion(&[hash; 62]).verify(0, size, &entry(0), &hash);
        assert_eq!(answer, Err(ProofError::OutOfRange));
        let answer = consistency(&[hash; 62]).verify(1, &hash, size, &hash);
        assert_eq!(answer, Err(ProofError::OutOfRange));
    }
}

#[test]
fn a_proof_of_more_than_63_hashes_is_none() {
    let hashes = vec![Hash::EMPTY_ROOT; PROOF_MAX_HASHES + 1];
    assert_eq!(
        InclusionProof::from_hashes(hashes.clone()),
        Err(ProofLengthError)
    );
    assert_eq!(ConsistencyProof::from_hashes(hashes), Err(ProofLengthError));
}

#[test]
fn a_node_cannot_be_passed_off_as_a_leaf() {
    // The parent of leaves 0 and 1 is a hash of 64 bytes after a prefix. Without the prefixes, an
    // entry of these 64 bytes would be a leaf of the smaller tree with the same root.
    let reference = Reference::of_size(4);
    let (left, right) = (entry(0).leaf_hash(), entry(1).leaf_hash());
    let forged = leaf_hash(&[*left.as_bytes(), *right.as_bytes()].concat());
    assert_ne!(forged, node_hash(&left, &right));
    let proof = inclusion(&reference.inclusion(0, 4)[1..]);
    let answer = proof.verify_leaf_hash(0, 2, &forged, &reference.root(4));
    assert_eq!(answer, Err(ProofError::Root));
    let parent = node_hash(&left, &right);
    let answer = proof.verify_leaf_hash(0, 2, &parent, &reference.root(4));
    assert_eq!(answer, Ok(()), "the prefix is all that prevents it");
}

#[test]
fn the_proofs_of_an_append_are_those_made_from_tiles() {
    let mut log = Log::of_size(500);
    let appended = log.append(&(500..800).map(entry).collect::<Vec<_>>());
    for leaf in appended.leaves() {
        let tiles = log.tiles(&crate::tiles_for_inclusion(leaf, 800));
        assert_eq!(
            appended.proof(leaf).unwrap(),
            tiles.inclusion_proof(leaf, 800).unwrap()
        );
    }
}
