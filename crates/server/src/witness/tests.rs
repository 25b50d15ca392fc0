//! A witness in a folder, with a clock that the test moves.

use std::fs;
use std::sync::Barrier;
use std::thread;

use countersign_transparency::{
    Checkpoint, ConsistencyProof, Entry, Hash, SignedCheckpoint, Tiles, Tree, VerifyingKey,
    tiles_for_consistency,
};
use jiff::{SignedDuration, Timestamp};
use tempfile::TempDir;

use super::*;
use crate::random::Random;

/// What the witness's clock shows at first, in seconds.
const START: i64 = 1_800_000_000;

fn clock() -> Clock {
    Clock::manual(Timestamp::from_second(START).unwrap())
}

fn log_key() -> SigningKey {
    SigningKey::from_seed(&[7; 32]).unwrap()
}

fn verifying_key() -> VerifyingKey {
    VerifyingKey::new("log.example".parse().unwrap(), log_key().public_key())
}

/// A folder with a witness that trusts the log.
fn folder() -> (TempDir, WitnessFolder) {
    let temporary = tempfile::tempdir().unwrap();
    let folder = WitnessFolder::at(temporary.path().join("witness"));
    let name = "witness.example".parse().unwrap();
    folder.found(name, Random::system()).unwrap();
    folder.add_log(&verifying_key()).unwrap();
    (temporary, folder)
}

/// Leaves of the log; those of another branch differ from `fork` on.
fn entries(size: u64, fork: u64) -> Vec<Entry> {
    let entry = |leaf: u64| {
        let mut bytes = [u8::from(leaf >= fork); Entry::BYTES];
        bytes[..8].copy_from_slice(&leaf.to_be_bytes());
        Entry::from_bytes(bytes)
    };
    (0..size).map(entry).collect()
}

fn asks(old_size: u64, size: u64, fork: u64) -> Vec<u8> {
    let entries = entries(size, fork);
    let mut tree = Tree::empty();
    tree.append(&entries).unwrap();
    let checkpoint = Checkpoint::new("log.example".parse().unwrap(), size, tree.root()).unwrap();
    let mut hashes = Vec::new();
    if old_size > 0 && old_size < size {
        let leaves: Vec<Hash> = entries.iter().map(Entry::leaf_hash).collect();
        let bytes: Vec<u8> = leaves.iter().flat_map(Hash::as_bytes).copied().collect();
        let mut tiles = Tiles::new();
        for id in tiles_for_consistency(old_size, size) {
            tiles.insert(id, &bytes).unwrap();
        }
        let proof = tiles.consistency_proof(old_size, size).unwrap();
        hashes = proof.hashes().to_vec();
    }
    let request = AddCheckpoint {
        old_size,
        proof: ConsistencyProof::from_hashes(hashes).unwrap(),
        checkpoint: checkpoint.sign(&log_key()).unwrap(),
    };
    request.to_string().into_bytes()
}

const HONEST: u64 = u64::MAX;

/// The time of the cosignature that the last note bears.
fn time_of(witness: &Witness) -> u64 {
    let origin = OriginHash::of(verifying_key().name());
    let note = witness.last_checkpoint(origin).unwrap().unwrap();
    let signed = SignedCheckpoint::parse(note.as_bytes()).unwrap();
    let verified = signed.verify(&[verifying_key()]).unwrap();
    let found = verified.cosignatures(&[witness.verifier_key()]).unwrap();
    found[0].timestamp_seconds
}

#[test]
fn time_never_goes_back_not_even_over_a_restart_and_over_all_logs() {
    let (_temporary, folder) = folder();
    let other = VerifyingKey::new("other.example".parse().unwrap(), log_key().public_key());
    folder.add_log(&other).unwrap();
    let clock = clock();
    let witness = Witness::open(folder.clone(), clock.clone()).unwrap();
    let start = u64::try_from(START).unwrap();
    let ask = |witness: &Witness, old_size, size| {
        let answer = witness
            .add_checkpoint(&asks(old_size, size, HONEST))
            .unwrap();
        assert_eq!(answer.status(), 200);
        time_of(witness)
    };
    assert_eq!(ask(&witness, 0, 1), start);
    clock.advance(SignedDuration::from_secs(5));
    assert_eq!(ask(&witness, 1, 2), start + 5);
    clock.advance(SignedDuration::from_secs(-60));
    assert_eq!(ask(&witness, 2, 3), start + 5);
    drop(witness);
    let witness = Witness::open(folder, clock.clone()).unwrap();
    let checkpoint = Checkpoint::new(other.name().clone(), 0, Hash::EMPTY_ROOT).unwrap();
    let request = format!("old 0\n\n{}", checkpoint.sign(&log_key()).unwrap());
    let answer = witness.add_checkpoint(request.as_bytes()).unwrap();
    let Answer::Cosigned(lines) = answer else {
        panic!("{answer:?}");
    };
    let time = lines[0].signature().first_chunk().unwrap();
    assert_eq!(u64::from_be_bytes(*time), start + 5);
    clock.advance(SignedDuration::from_secs(120));
    assert_eq!(ask(&witness, 3, 4), start + 65);
}

#[test]
fn the_file_holds_what_was_answered_before_it_is_answered() {
    let (_temporary, folder) = folder();
    let file = folder.checkpoint_file(OriginHash::of(verifying_key().name()));
    let witness = Witness::open(folder, clock()).unwrap();
    // A folder in place of the file: it cannot be replaced.
    fs::create_dir(&file).unwrap();
    let refused = witness.add_checkpoint(&asks(0, 1, HONEST)).unwrap_err();
    assert!(matches!(refused, WitnessError::Write { .. }), "{refused:?}");
    fs::remove_dir(&file).unwrap();
    let answer = witness.add_checkpoint(&asks(0, 1, HONEST)).unwrap();
    assert!(fs::read_to_string(&file).unwrap().ends_with(&answer.body()));
}

#[test]
fn the_same_request_in_the_same_second_is_answered_alike_and_written_once() {
    let (_temporary, folder) = folder();
    let file = folder.checkpoint_file(OriginHash::of(verifying_key().name()));
    let clock = clock();
    let witness = Witness::open(folder, clock.clone()).unwrap();
    let first = witness.add_checkpoint(&asks(0, 3, HONEST)).unwrap();
    fs::write(&file, "a mark").unwrap();
    assert_eq!(witness.add_checkpoint(&asks(3, 3, HONEST)).unwrap(), first);
    assert_eq!(fs::read_to_string(&file).unwrap(), "a mark");
    clock.advance(SignedDuration::from_secs(1));
    assert_ne!(witness.add_checkpoint(&asks(3, 3, HONEST)).unwrap(), first);
    assert_ne!(fs::read_to_string(&file).unwrap(), "a mark");
}

#[test]
fn of_many_branches_from_one_size_one_is_cosigned() {
    const BRANCHES: u64 = 8;
    let (_temporary, folder) = folder();
    let witness = Witness::open(folder, clock()).unwrap();
    witness.add_checkpoint(&asks(0, 10, HONEST)).unwrap();
    let start = Barrier::new(usize::try_from(BRANCHES).unwrap());
    let answers: Vec<Answer> = thread::scope(|scope| {
        let threads: Vec<_> = (0..BRANCHES)
            .map(|branch| {
                let (witness, start) = (&witness, &start);
                scope.spawn(move || {
                    let request = asks(10, 20, 11 + branch);
                    start.wait();
                    witness.add_checkpoint(&request).unwrap()
                })
            })
            .collect();
        threads.into_iter().map(|one| one.join().unwrap()).collect()
    });
    let cosigned = answers.iter().filter(|answer| answer.status() == 200);
    assert_eq!(cosigned.count(), 1, "{answers:?}");
    let late = answers
        .iter()
        .filter(|answer| **answer == Answer::OldSize(20));
    assert_eq!(late.count(), 7, "{answers:?}");
}

#[test]
fn another_witnesss_memory_is_not_taken_over() {
    let (_temporary, folder) = folder();
    let (_other_temporary, other) = self::folder();
    let origin = OriginHash::of(verifying_key().name());
    let witness = Witness::open(folder.clone(), clock()).unwrap();
    witness.add_checkpoint(&asks(0, 3, HONEST)).unwrap();
    fs::copy(
        folder.checkpoint_file(origin),
        other.checkpoint_file(origin),
    )
    .unwrap();
    let refused = Witness::open(other, clock()).unwrap_err();
    assert!(
        matches!(refused, WitnessError::NotRemembered { .. }),
        "{refused:?}"
    );
}

#[test]
fn a_folder_has_one_witness_at_work() {
    let (_temporary, folder) = folder();
    let witness = Witness::open(folder.clone(), clock()).unwrap();
    let refused = Witness::open(folder.clone(), clock()).unwrap_err();
    assert!(matches!(refused, WitnessError::InUse { .. }), "{refused:?}");
    drop(witness);
    Witness::open(folder, clock()).unwrap();
}

#[test]
fn an_origin_hash_is_written_in_one_way() {
    let hash = OriginHash::of(&"log.example".parse().unwrap());
    assert_eq!(hash.to_string().parse::<OriginHash>().unwrap(), hash);
    for wrong in [
        hash.to_string().to_uppercase(),
        String::new(),
        "../x".to_owned(),
    ] {
        assert!(wrong.parse::<OriginHash>().is_err(), "{wrong}");
    }
}
