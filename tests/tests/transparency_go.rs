//! The log as Go reads it: notes, proofs and tiles, honest and tampered with.
#![expect(
    clippy::expect_used,
    clippy::indexing_slicing,
    reason = "helpers of tests end at the spot too"
)]

use std::fs;
use std::path::Path;

use base64::Engine as _;
use base64::engine::general_purpose::STANDARD;
use countersign_tests::go::{self, Published, Questions, Record, SignedNote, Trees};
use countersign_transparency::{
    Checkpoint, ConsistencyProof, Entry, Hash, InclusionProof, KeyName, SigningKey, TileId, Tiles,
    Tree, VerifyingKey, tiles_for_consistency, tiles_for_inclusion,
};

/// A log with everything its server keeps.
struct Log {
    entries: Vec<Entry>,
    /// The hashes that the tiles of each level cut into pieces.
    rows: Vec<Vec<Hash>>,
    tree: Tree,
}

impl Log {
    /// Grows in steps, so that the hashes in tiles come from many appends.
    fn of(size: usize, step: usize) -> Self {
        let mut log = Self {
            entries: (0..size).map(entry).collect(),
            rows: vec![Vec::new(); 8],
            tree: Tree::empty(),
        };
        for entries in log.entries.chunks(step) {
            let appended = log.tree.append(entries).expect("a small log has room");
            log.rows[0].extend(entries.iter().map(Entry::leaf_hash));
            for hash in appended.tile_hashes() {
                log.rows[usize::from(hash.level)].push(hash.hash);
            }
        }
        log
    }

    fn root(&self, size: u64) -> Hash {
        let mut tree = Tree::empty();
        let size = usize::try_from(size).expect("a small log");
        tree.append(&self.entries[..size])
            .expect("a small log has room");
        tree.root()
    }

    fn contents(&self, tile: TileId) -> Vec<u8> {
        let first = usize::try_from(tile.first_hash()).expect("a small log");
        let row = &self.rows[usize::from(tile.level())];
        row[first..first + usize::from(tile.width())]
            .iter()
            .flat_map(|hash| *hash.as_bytes())
            .collect()
    }

    fn tiles(&self, ids: Vec<TileId>) -> Tiles {
        let mut tiles = Tiles::new();
        for id in ids {
            tiles
                .insert(id, &self.contents(id))
                .expect("a tile of the right length");
        }
        tiles
    }

    fn proves_entry(&self, leaf: u64, size: u64) -> InclusionProof {
        self.tiles(tiles_for_inclusion(leaf, size))
            .inclusion_proof(leaf, size)
            .expect("a leaf of the log")
    }

    fn proves_growth(&self, old_size: u64, new_size: u64) -> ConsistencyProof {
        self.tiles(tiles_for_consistency(old_size, new_size))
            .consistency_proof(old_size, new_size)
            .expect("two sizes of the log")
    }

    /// Writes all tiles of the log as files under the paths they are served at.
    fn publishes(&self, folder: &Path) {
        let size = self.tree.size();
        for level in 0..8 {
            for tile in (0..).map_while(|index| TileId::of_tree(size, level, index)) {
                let file = folder.join(tile.to_string());
                fs::create_dir_all(file.parent().expect("tiles lie in folders"))
                    .expect("the folder is ours");
                fs::write(file, self.contents(tile)).expect("the folder is ours");
            }
        }
    }
}

fn entry(number: usize) -> Entry {
    let mut bytes = [0; Entry::BYTES];
    bytes[..8].copy_from_slice(&number.to_be_bytes());
    Entry::from_bytes(bytes)
}

/// A hash that differs in one bit.
fn flipped(hash: &Hash) -> Hash {
    let mut bytes = *hash.as_bytes();
    bytes[31] ^= 1;
    Hash::from_bytes(bytes)
}

/// A proof in all the ways it can be tampered with: another hash, one missing, one too many.
fn tampered(proof: &[Hash]) -> Vec<Vec<Hash>> {
    let mut all = Vec::new();
    for place in 0..proof.len() {
        let (mut other, mut shorter) = (proof.to_vec(), proof.to_vec());
        other[place] = flipped(&other[place]);
        shorter.remove(place);
        all.extend([other, shorter]);
    }
    all.push([proof, &[Hash::EMPTY_ROOT]].concat());
    all.push([&[Hash::EMPTY_ROOT], proof].concat());
    all
}

fn texts(hashes: &[Hash]) -> Vec<String> {
    hashes.iter().map(Hash::to_string).collect()
}

/// Our verdict, and Go's question.
fn record(leaf: u64, size: u64, entry: &Entry, root: &Hash, proof: &[Hash]) -> (bool, Record) {
    let verdict = InclusionProof::from_hashes(proof.to_vec())
        .expect("short proofs")
        .verify(leaf, size, entry, root);
    let question = Record {
        leaf,
        size,
        entry: STANDARD.encode(entry.as_bytes()),
        root: root.to_string(),
        proof: texts(proof),
    };
    (verdict.is_ok(), question)
}

/// Our verdict, and Go's question.
fn trees(old: (u64, &Hash), new: (u64, &Hash), proof: &[Hash]) -> (bool, Trees) {
    let verdict = ConsistencyProof::from_hashes(proof.to_vec())
        .expect("short proofs")
        .verify(old.0, old.1, new.0, new.1);
    let question = Trees {
        old_size: old.0,
        old_root: old.1.to_string(),
        new_size: new.0,
        new_root: new.1.to_string(),
        proof: texts(proof),
    };
    (verdict.is_ok(), question)
}

/// Insists that Go accepts what we accept and nothing else, and that so many are accepted.
#[track_caller]
fn agree(ours: &[bool], go: &[String], accepted: usize) {
    let verdicts: Vec<bool> = go.iter().map(String::is_empty).collect();
    assert_eq!(verdicts, ours);
    assert_eq!(ours.iter().filter(|accepts| **accepts).count(), accepted);
}

#[test]
fn go_opens_the_checkpoints_that_we_sign_and_no_other() {
    let key = SigningKey::from_seed(&[7; SigningKey::SEED_BYTES]).expect("any seed is a key");
    let origin: KeyName = "shop.example".parse().expect("a name");
    let log = Log::of(5, 5);
    let checkpoint = Checkpoint::new(origin.clone(), 5, log.tree.root()).expect("a tree");
    let note = checkpoint.sign(&key).expect("a key signs").to_string();
    let other: KeyName = "shop.example/2".parse().expect("a name");

    let questions: Vec<(bool, &KeyName, String)> = vec![
        (true, &origin, note.clone()),
        (false, &origin, note.replace("\n5\n", "\n6\n")),
        (
            false,
            &origin,
            note.replace("shop.example\n5", "shop.example/2\n5"),
        ),
        (
            false,
            &origin,
            note.replace("— shop.example ", "— shop.example/2 "),
        ),
        (false, &origin, note.trim_end().to_owned()),
        (false, &origin, note.replace("\n\n", "\n")),
        (false, &other, note),
    ];
    let (ours, notes) = questions
        .into_iter()
        .map(|(accepts, name, note)| {
            let key = VerifyingKey::new(name.clone(), key.public_key()).to_string();
            (accepts, SignedNote { key, note })
        })
        .unzip::<_, _, Vec<bool>, Vec<SignedNote>>();
    let answers = go::asks(&Questions {
        notes,
        ..Questions::default()
    });
    agree(&ours, &answers.notes, 1);
}

#[test]
fn go_and_we_agree_about_every_inclusion_in_small_trees() {
    let log = Log::of(40, 7);
    let mut asked = Vec::new();
    let mut honest = 0;
    for size in 1..=40 {
        let root = log.root(size);
        for (leaf, entry) in (0..size).zip(&log.entries) {
            let proof = log.proves_entry(leaf, size);
            let proof = proof.hashes();
            honest += 1;
            asked.push(record(leaf, size, entry, &root, proof));
            asked.push(record(leaf, size, entry, &flipped(&root), proof));
            asked.push(record(
                leaf,
                size,
                &Entry::from_bytes([9; 32]),
                &root,
                proof,
            ));
            asked.push(record(leaf + 1, size, entry, &root, proof));
            asked.push(record(size, size, entry, &root, proof));
            for other in tampered(proof) {
                asked.push(record(leaf, size, entry, &root, &other));
            }
        }
    }
    let (ours, records): (Vec<bool>, Vec<Record>) = asked.into_iter().unzip();
    let answers = go::asks(&Questions {
        records,
        ..Questions::default()
    });
    agree(&ours, &answers.records, honest);
}

#[test]
fn go_and_we_agree_about_every_pair_of_small_trees() {
    let log = Log::of(40, 7);
    let roots: Vec<Hash> = (0..=40).map(|size| log.root(size)).collect();
    let mut asked = Vec::new();
    let mut honest = 0;
    for (new_size, new_root) in (1..=40).zip(&roots[1..]) {
        asked.push(trees((0, &Hash::EMPTY_ROOT), (new_size, new_root), &[]));
        for (old_size, old_root) in (1..=new_size).zip(&roots[1..]) {
            let (old, new) = ((old_size, old_root), (new_size, new_root));
            let proof = log.proves_growth(old_size, new_size);
            let proof = proof.hashes();
            honest += 1;
            asked.push(trees(old, new, proof));
            asked.push(trees((old_size, &flipped(old_root)), new, proof));
            asked.push(trees(old, (new_size, &flipped(new_root)), proof));
            asked.push(trees((new_size + 1, old_root), new, proof));
            for other in tampered(proof) {
                asked.push(trees(old, new, &other));
            }
        }
    }
    let (ours, trees): (Vec<bool>, Vec<Trees>) = asked.into_iter().unzip();
    let answers = go::asks(&Questions {
        trees,
        ..Questions::default()
    });
    agree(&ours, &answers.trees, honest);
}

#[test]
fn go_makes_the_proofs_that_we_make_from_the_tiles_that_we_publish() {
    let log = Log::of(70_000, 999);
    let size = log.tree.size();
    let folder = tempfile::tempdir().expect("a folder");
    log.publishes(folder.path());
    let leaves: Vec<u64> = [0, 255, 256, 65_535, 65_536, 69_887, 69_888, size - 1].into();
    let ours: Vec<Vec<String>> = leaves
        .iter()
        .map(|leaf| texts(log.proves_entry(*leaf, size).hashes()))
        .collect();
    let answers = go::asks(&Questions {
        tiles: Some(Published {
            folder: folder.path().to_owned(),
            size,
            root: log.tree.root().to_string(),
            leaves,
        }),
        ..Questions::default()
    });
    assert_eq!(answers.proofs, ours);
}
