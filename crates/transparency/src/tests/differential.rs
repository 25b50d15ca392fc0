//! Roots and proofs against those of another implementation, the crate `ct-merkle`.

use ct_merkle::mem_backed_tree::MemoryBackedTree;
use ct_merkle::{ConsistencyProof as TheirConsistency, InclusionProof as TheirInclusion};
use proptest::prelude::*;
use sha2::Sha256;

use crate::testing::{Log, entry};
use crate::{ConsistencyProof, Hash, InclusionProof, tiles_for_consistency, tiles_for_inclusion};

const SIZES: std::ops::Range<u64> = 1..1_500;

fn theirs(size: u64) -> MemoryBackedTree<Sha256, [u8; 32]> {
    let mut tree = MemoryBackedTree::new();
    (0..size).for_each(|number| tree.push(*entry(number).as_bytes()));
    tree
}

fn hashes(bytes: &[u8]) -> Vec<Hash> {
    let (hashes, rest) = bytes.as_chunks();
    assert!(rest.is_empty());
    hashes.iter().map(|hash| Hash::from_bytes(*hash)).collect()
}

fn bytes(hashes: &[Hash]) -> Vec<u8> {
    hashes.iter().flat_map(|hash| *hash.as_bytes()).collect()
}

proptest! {
    #![proptest_config(ProptestConfig::with_cases(64))]

    #[test]
    fn another_implementation_agrees_on_inclusion(size in SIZES, at in any::<prop::sample::Index>()) {
        let (log, theirs) = (Log::of_size(size), theirs(size));
        let leaf = u64::try_from(at.index(usize::try_from(size).unwrap())).unwrap();
        prop_assert_eq!(log.tree.root(), hashes(theirs.root().as_bytes())[0]);

        let their_proof = theirs.prove_inclusion(usize::try_from(leaf).unwrap());
        let our_proof = log
            .tiles(&tiles_for_inclusion(leaf, size))
            .inclusion_proof(leaf, size)
            .unwrap();
        InclusionProof::from_hashes(hashes(their_proof.as_bytes()))
            .unwrap()
            .verify(leaf, size, &entry(leaf), &log.tree.root())
            .unwrap();
        let our_proof = TheirInclusion::try_from_bytes(bytes(our_proof.hashes())).unwrap();
        theirs
            .root()
            .verify_inclusion(entry(leaf).as_bytes(), leaf, &our_proof)
            .unwrap();
    }

    #[test]
    fn another_implementation_agrees_on_consistency(new in SIZES, at in any::<prop::sample::Index>()) {
        let (log, theirs_new) = (Log::of_size(new), theirs(new));
        let old = 1 + u64::try_from(at.index(usize::try_from(new).unwrap())).unwrap();
        let (old_log, theirs_old) = (Log::of_size(old), theirs(old));

        let their_proof = theirs_new.prove_consistency(usize::try_from(new - old).unwrap());
        let our_proof = log
            .tiles(&tiles_for_consistency(old, new))
            .consistency_proof(old, new)
            .unwrap();
        ConsistencyProof::from_hashes(hashes(their_proof.as_bytes()))
            .unwrap()
            .verify(old, &old_log.tree.root(), new, &log.tree.root())
            .unwrap();
        let our_proof = TheirConsistency::try_from_bytes(bytes(our_proof.hashes())).unwrap();
        theirs_new
            .root()
            .verify_consistency(&theirs_old.root(), &our_proof)
            .unwrap();
    }
}
