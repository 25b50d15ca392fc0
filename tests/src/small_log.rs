//! A log of a few leaves with a key of its own: what an honest log says to a witness, and what one
//! says that is not.

use countersign_transparency::{
    AddCheckpoint, Checkpoint, ConsistencyProof, Entry, Hash, SigningKey, Tiles, Tree,
    VerifyingKey, tiles_for_consistency,
};

/// The most leaves: as many as the tile holds that proofs are made from.
const MAX_LEAVES: u64 = 256;

/// A log of a few leaves.
#[derive(Debug)]
pub struct SmallLog {
    origin: String,
    key: SigningKey,
    /// The leaves from which on it differs from what it was before.
    forks: Vec<u64>,
}

impl SmallLog {
    /// An honest log, whose key is made of this seed.
    pub fn new(origin: &str, seed: u8) -> Self {
        Self {
            origin: origin.to_owned(),
            key: SigningKey::from_seed(&[seed; 32]).unwrap(),
            forks: Vec::new(),
        }
    }

    /// The same log, same key, with other leaves from this one on.
    pub fn forked_at(&self, leaf: u64) -> Self {
        let der = self.key.to_pkcs8_der().unwrap();
        Self {
            origin: self.origin.clone(),
            key: SigningKey::from_pkcs8_der(&der).unwrap(),
            forks: [&self.forks[..], &[leaf]].concat(),
        }
    }

    /// The line a witness trusts it by.
    pub fn key_line(&self) -> String {
        self.verifying_key().to_string()
    }

    /// The key that its checkpoints are verified with.
    pub fn verifying_key(&self) -> VerifyingKey {
        VerifyingKey::new(self.origin.parse().unwrap(), self.key.public_key())
    }

    /// What it says of itself at a size.
    pub fn checkpoint(&self, size: u64) -> Checkpoint {
        let mut tree = Tree::empty();
        tree.append(&self.entries(size)).unwrap();
        Checkpoint::new(self.origin.parse().unwrap(), size, tree.root()).unwrap()
    }

    /// Asks for a cosignature, with the proof that leads from the old size.
    pub fn asks(&self, old_size: u64, size: u64) -> AddCheckpoint {
        AddCheckpoint {
            old_size,
            proof: ConsistencyProof::from_hashes(self.proof(old_size, size)).unwrap(),
            checkpoint: self.checkpoint(size).sign(&self.key).unwrap(),
        }
    }

    /// The hashes that lead from one size to another.
    pub fn proof(&self, old_size: u64, size: u64) -> Vec<Hash> {
        if old_size == 0 || old_size >= size {
            return Vec::new();
        }
        let leaves: Vec<Hash> = self.entries(size).iter().map(Entry::leaf_hash).collect();
        let mut tiles = Tiles::new();
        for id in tiles_for_consistency(old_size, size) {
            let bytes: Vec<u8> = leaves.iter().flat_map(Hash::as_bytes).copied().collect();
            tiles.insert(id, &bytes).unwrap();
        }
        let proof = tiles.consistency_proof(old_size, size).unwrap();
        proof.hashes().to_vec()
    }

    fn entries(&self, size: u64) -> Vec<Entry> {
        assert!(size <= MAX_LEAVES, "a small log");
        let entry = |leaf: u64| {
            let forks = self.forks.iter().filter(|fork| **fork <= leaf).count();
            let mut bytes = [u8::try_from(forks).unwrap(); Entry::BYTES];
            bytes[..8].copy_from_slice(&leaf.to_be_bytes());
            Entry::from_bytes(bytes)
        };
        (0..size).map(entry).collect()
    }
}
