//! The shop's log: kept whole, and served as tiles.

use countersign_api::{Code, LeafProof, media};
use countersign_transparency::{Checkpoint, Entry, Hash, SigningKey, TileId, Tree};

use super::problem;
use crate::wire::Answer;

/// What the log holds.
#[derive(Default)]
pub(crate) struct Log {
    pub(crate) entries: Vec<Entry>,
}

impl Log {
    /// Logs a statement: where it is, what proves it, and the checkpoint.
    pub(crate) fn append(
        &mut self,
        statement: &[u8],
        origin: &str,
        key: &SigningKey,
    ) -> (LeafProof, String) {
        let digest = countersign_envelope::Digest::of(statement);
        let leaf = u64::try_from(self.entries.len()).unwrap();
        self.entries.push(Entry::from_bytes(*digest.as_bytes()));
        let mut tree = Tree::empty();
        let proof = tree.append(&self.entries).unwrap().proof(leaf).unwrap();
        let checkpoint = Checkpoint::new(origin.parse().unwrap(), tree.size(), tree.root());
        let note = checkpoint.unwrap().sign(key).unwrap().to_string();
        (LeafProof::of(leaf, &proof), note)
    }

    /// A tile of leaf hashes: the log never grows beyond one.
    pub(crate) fn tile(&self, path: &str) -> Answer {
        let size = u64::try_from(self.entries.len()).unwrap();
        let Some(tile) = path
            .parse()
            .ok()
            .filter(|tile: &TileId| tile.exists_in(size))
        else {
            return problem(Code::NotFound);
        };
        let width = usize::from(tile.width());
        let hashes: Vec<Hash> = self.entries[..width].iter().map(Entry::leaf_hash).collect();
        Answer {
            status: 200,
            media_type: media::OCTETS,
            body: hashes.iter().flat_map(Hash::as_bytes).copied().collect(),
        }
    }
}
