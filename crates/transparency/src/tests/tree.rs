//! The growing tree against the definitions, and the published roots.

use proptest::prelude::*;

use crate::hash::leaf_hash;
use crate::testing::{Log, Reference, entries, entry};
use crate::{AppendError, EdgeError, Hash, InclusionProof, PROOF_MAX_HASHES, TREE_MAX_SIZE, Tree};

/// Leaf inputs and roots of the tests of Certificate Transparency, for trees of 0 to 8 leaves.
const PUBLISHED_LEAVES: [&str; 8] = [
    "",
    "00",
    "10",
    "2021",
    "3031",
    "40414243",
    "5051525354555657",
    "606162636465666768696a6b6c6d6e6f",
];
const PUBLISHED_ROOTS: [&str; 9] = [
    "e3b0c44298fc1c149afbf4c8996fb92427ae41e4649b934ca495991b7852b855",
    "6e340b9cffb37a989ca544e6bb780a2c78901d3fb33738768511a30617afa01d",
    "fac54203e7cc696cf0dfcb42c92a1d9dbaf70ad9e621f4bd8d98662f00e3c125",
    "aeb6bcfe274b70a14fb067a5e5578264db0fa9b51af5e0ba159158f329e06e77",
    "d37ee418976dd95753c1c73862b9398fa2a2cf9b4ff0fdfe8b30cd95209614b7",
    "4e3bbb1f7b478dcfe71fb631631519a3bca12c9aefca1612bfce4c13a86264d4",
    "76e67dadbcdf1e10e1b74ddc608abd2f98dfb16fbce75277b5232a127f2087ef",
    "ddb89be403809e325750d3d263cd78929c2942b7942a34b77e122c9594a74c8c",
    "5dc9da79a70659a9ad559cb701ded9a2ab9d823aad2f4960cfe370eff4604328",
];

#[test]
fn the_roots_are_the_published_ones() {
    let mut tree = Tree::empty();
    assert_eq!(hex::encode(tree.root().as_bytes()), PUBLISHED_ROOTS[0]);
    for (leaf, root) in PUBLISHED_LEAVES.iter().zip(&PUBLISHED_ROOTS[1..]) {
        let leaf = leaf_hash(&hex::decode(leaf).unwrap());
        tree.append_leaf_hashes(vec![leaf]).unwrap();
        assert_eq!(hex::encode(tree.root().as_bytes()), *root);
    }
}

#[test]
fn the_reference_has_the_published_roots_too() {
    let leaves = PUBLISHED_LEAVES.map(|leaf| hex::decode(leaf).unwrap());
    let reference = Reference::new(leaves.to_vec());
    for (size, root) in (0..).zip(PUBLISHED_ROOTS) {
        assert_eq!(hex::encode(reference.root(size).as_bytes()), root);
    }
}

#[test]
fn every_size_has_the_root_of_the_definition() {
    let reference = Reference::of_size(300);
    let mut tree = Tree::empty();
    for size in 0..=300 {
        assert_eq!(tree.size(), size);
        assert_eq!(tree.root(), reference.root(size));
        tree.append(&[entry(size)]).unwrap();
    }
}

#[test]
fn a_tree_continues_from_its_edge() {
    for size in 0..=300 {
        let mut tree = Tree::empty();
        tree.append(&entries(0..size)).unwrap();
        let mut continued = Tree::from_edge(size, tree.edge().to_vec()).unwrap();
        assert_eq!(continued, tree);
        continued.append(&entries(size..size + 3)).unwrap();
        tree.append(&entries(size..size + 3)).unwrap();
        assert_eq!(continued, tree);
    }
}

#[test]
fn an_edge_has_one_hash_for_each_set_bit_of_the_size() {
    let hash = Hash::EMPTY_ROOT;
    let wrong = |expected, found| EdgeError::Length { expected, found };
    assert_eq!(Tree::from_edge(0, vec![hash]), Err(wrong(0, 1)));
    assert_eq!(Tree::from_edge(5, vec![hash]), Err(wrong(2, 1)));
    assert_eq!(Tree::from_edge(5, vec![hash; 3]), Err(wrong(2, 3)));
    assert!(Tree::from_edge(5, vec![hash; 2]).is_ok());
}

#[test]
fn appending_nothing_changes_nothing() {
    let mut log = Log::of_size(7);
    let before = log.tree.clone();
    let appended = log.append(&[]);
    assert_eq!(log.tree, before);
    assert!(appended.leaves().is_empty());
    assert_eq!(appended.tile_hashes().count(), 0);
    assert_eq!(appended.proof(6), None);
}

#[test]
fn only_what_was_appended_is_proven() {
    let appended = Log::of_size(10).append(&entries(10..13));
    assert_eq!(appended.leaves(), 10..13);
    for leaf in [0, 9, 13, u64::MAX] {
        assert_eq!(appended.proof(leaf), None);
    }
    for leaf in 10..13 {
        assert!(appended.proof(leaf).is_some());
    }
}

#[test]
fn every_appended_leaf_is_proven_in_the_grown_tree() {
    let reference = Reference::of_size(100);
    for old in 0..=40 {
        for new in old + 1..=100 {
            let mut log = Log::of_size(old);
            let appended = log.append(&entries(old..new));
            for leaf in old..new {
                let proof = appended.proof(leaf).unwrap();
                assert_eq!(
                    proof.hashes(),
                    reference.inclusion(leaf, new),
                    "{leaf} {new}"
                );
            }
        }
    }
}

#[test]
fn a_log_that_is_full_takes_no_more_and_stays_as_it_was() {
    let edge: Vec<Hash> = (0..62).map(|i| entry(i).leaf_hash()).collect();
    let mut tree = Tree::from_edge(TREE_MAX_SIZE - 1, edge).unwrap();
    let before = tree.clone();
    assert_eq!(tree.append(&entries(0..2)).unwrap_err(), AppendError);
    assert_eq!(tree, before);

    let appended = tree.append(&entries(0..1)).unwrap();
    let proof = appended.proof(TREE_MAX_SIZE - 1).unwrap();
    assert_eq!(proof.hashes().len(), 62);
    assert!(proof.hashes().len() < PROOF_MAX_HASHES);
    proof
        .verify(TREE_MAX_SIZE - 1, TREE_MAX_SIZE, &entry(0), &tree.root())
        .unwrap();
    assert_eq!(appended.tile_hashes().count(), 7);
    assert_eq!(tree.append(&entries(0..1)).unwrap_err(), AppendError);
    assert_eq!(
        Tree::from_edge(TREE_MAX_SIZE + 1, vec![]).unwrap_err(),
        EdgeError::TooLarge
    );
}

#[test]
fn the_hashes_kept_for_tiles_are_the_roots_of_their_subtrees() {
    let size = 70_000;
    let reference = Reference::of_size(size);
    let mut log = Log::empty();
    for (old, new) in [
        (0, 255),
        (255, 256),
        (256, 513),
        (513, 65_535),
        (65_535, size),
    ] {
        log.append(&entries(old..new));
    }
    for (level, row) in &log.rows {
        let span = 256_usize.pow(u32::from(*level));
        assert_eq!(row.len(), 70_000 / span, "level {level}");
        for (index, hash) in row.iter().enumerate() {
            let expected = reference.subtree(index * span, (index + 1) * span);
            assert_eq!(*hash, expected, "level {level}, {index}");
        }
    }
    assert_eq!(log.tree.root(), reference.root(size));
}

proptest! {
    #![proptest_config(ProptestConfig::with_cases(64))]

    #[test]
    fn appending_in_parts_is_appending_at_once(parts in prop::collection::vec(0_u64..600, 1..8)) {
        let mut log = Log::empty();
        for part in &parts {
            let size = log.tree.size();
            let appended = log.append(&entries(size..size + part));
            let root = log.tree.root();
            for leaf in appended.leaves() {
                let proof: InclusionProof = appended.proof(leaf).unwrap();
                proof.verify(leaf, log.tree.size(), &entry(leaf), &root).unwrap();
            }
        }
        let at_once = Log::of_size(log.tree.size());
        prop_assert_eq!(&log.tree, &at_once.tree);
        prop_assert_eq!(&log.rows, &at_once.rows);
    }
}
