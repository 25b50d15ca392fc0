//! What the tests share: the tree as RFC 9162 defines it, computed by plain recursion with another
//! implementation of SHA-256, and a log that keeps what a store keeps.

use std::cell::RefCell;
use std::collections::{BTreeMap, HashMap};

use sha2::{Digest as _, Sha256};

use crate::{Appended, Entry, Hash, SigningKey, TileId, Tiles, Tree};

/// Entry number `number` of every log in the tests.
pub(crate) fn entry(number: u64) -> Entry {
    Entry::from_bytes(Sha256::digest(number.to_be_bytes()).into())
}

pub(crate) fn entries(range: std::ops::Range<u64>) -> Vec<Entry> {
    range.map(entry).collect()
}

pub(crate) fn key(seed: u8) -> SigningKey {
    SigningKey::from_seed(&[seed; 32]).unwrap()
}

/// The definitions of RFC 9162, section 2.1, over some leaf inputs.
pub(crate) struct Reference {
    leaves: Vec<Vec<u8>>,
    known: RefCell<HashMap<(usize, usize), Hash>>,
}

impl Reference {
    pub(crate) fn new(leaves: Vec<Vec<u8>>) -> Self {
        Self {
            leaves,
            known: RefCell::default(),
        }
    }

    pub(crate) fn of_size(size: u64) -> Self {
        let leaves = entries(0..size);
        Self::new(leaves.iter().map(|leaf| leaf.as_bytes().to_vec()).collect())
    }

    pub(crate) fn root(&self, size: u64) -> Hash {
        self.subtree(0, usize::try_from(size).unwrap())
    }

    pub(crate) fn inclusion(&self, leaf: u64, size: u64) -> Vec<Hash> {
        self.path(
            usize::try_from(leaf).unwrap(),
            0,
            usize::try_from(size).unwrap(),
        )
    }

    pub(crate) fn consistency(&self, old: u64, new: u64) -> Vec<Hash> {
        self.subproof(
            usize::try_from(old).unwrap(),
            0,
            usize::try_from(new).unwrap(),
            true,
        )
    }

    /// MTH(D[start:end])
    pub(crate) fn subtree(&self, start: usize, end: usize) -> Hash {
        if let Some(hash) = self.known.borrow().get(&(start, end)) {
            return *hash;
        }
        let hash = match end - start {
            0 => sha256(&[]),
            1 => sha256(&[&[0x00], &self.leaves[start][..]]),
            n => {
                let middle = start + split(n);
                let (left, right) = (self.subtree(start, middle), self.subtree(middle, end));
                sha256(&[&[0x01], left.as_bytes(), right.as_bytes()])
            }
        };
        self.known.borrow_mut().insert((start, end), hash);
        hash
    }

    /// PATH(m, D[start:end])
    fn path(&self, m: usize, start: usize, end: usize) -> Vec<Hash> {
        let n = end - start;
        if n == 1 {
            return Vec::new();
        }
        let k = split(n);
        if m < k {
            let mut path = self.path(m, start, start + k);
            path.push(self.subtree(start + k, end));
            path
        } else {
            let mut path = self.path(m - k, start + k, end);
            path.push(self.subtree(start, start + k));
            path
        }
    }

    /// SUBPROOF(m, D[start:end], b)
    fn subproof(&self, m: usize, start: usize, end: usize, b: bool) -> Vec<Hash> {
        let n = end - start;
        if m == n {
            return if b {
                Vec::new()
            } else {
                vec![self.subtree(start, end)]
            };
        }
        let k = split(n);
        if m <= k {
            let mut proof = self.subproof(m, start, start + k, b);
            proof.push(self.subtree(start + k, end));
            proof
        } else {
            let mut proof = self.subproof(m - k, start + k, end, false);
            proof.push(self.subtree(start, start + k));
            proof
        }
    }
}

/// The largest power of two smaller than `n`.
fn split(n: usize) -> usize {
    let mut k = 1;
    while 2 * k < n {
        k *= 2;
    }
    k
}

fn sha256(parts: &[&[u8]]) -> Hash {
    Hash::from_bytes(Sha256::digest(parts.concat()).into())
}

/// A log as a store keeps it: the edge, and a row of hashes for each level of tiles.
pub(crate) struct Log {
    pub(crate) tree: Tree,
    pub(crate) rows: BTreeMap<u8, Vec<Hash>>,
}

impl Log {
    pub(crate) fn empty() -> Self {
        Self {
            tree: Tree::empty(),
            rows: BTreeMap::new(),
        }
    }

    pub(crate) fn of_size(size: u64) -> Self {
        let mut log = Self::empty();
        log.append(&entries(0..size));
        log
    }

    pub(crate) fn append(&mut self, entries: &[Entry]) -> Appended {
        let appended = self.tree.append(entries).unwrap();
        let leaves = self.rows.entry(0).or_default();
        leaves.extend(entries.iter().map(Entry::leaf_hash));
        for tile_hash in appended.tile_hashes() {
            let row = self.rows.entry(tile_hash.level).or_default();
            assert_eq!(row.len(), usize::try_from(tile_hash.index).unwrap());
            row.push(tile_hash.hash);
        }
        appended
    }

    /// The contents of a tile: one range of one row.
    pub(crate) fn tile(&self, tile: TileId) -> Vec<u8> {
        let first = usize::try_from(tile.first_hash()).unwrap();
        self.rows[&tile.level()][first..first + usize::from(tile.width())]
            .iter()
            .flat_map(|hash| *hash.as_bytes())
            .collect()
    }

    pub(crate) fn tiles(&self, wanted: &[TileId]) -> Tiles {
        let mut tiles = Tiles::new();
        for tile in wanted {
            tiles.insert(*tile, &self.tile(*tile)).unwrap();
        }
        tiles
    }
}
