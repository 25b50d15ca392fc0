//! The published request and answer, and everything that is almost one.

use proptest::prelude::*;

use crate::testing::{Log, key};
use crate::{
    AddCheckpoint, AddCheckpointError, Answer, AnswerError, Checkpoint, CheckpointError,
    ConsistencyProof, Hash, NOTE_MAX_BYTES, NoteError, REQUEST_MAX_BYTES, TREE_MAX_SIZE,
    VerifyingKey, cosign, tiles_for_consistency,
};

const REQUEST: &str = include_str!("../../tests/vectors/behind-the-sofa.request");
const ANSWER: &str = include_str!("../../tests/vectors/behind-the-sofa.answer");

fn malformed(body: &str) -> AddCheckpointError {
    AddCheckpoint::parse(body.as_bytes()).unwrap_err()
}

#[test]
fn the_published_request_is_read_and_written() {
    let request = AddCheckpoint::parse(REQUEST.as_bytes()).unwrap();
    assert_eq!(request.old_size, 20_852_014);
    assert_eq!(request.proof.hashes().len(), 4);
    assert_eq!(
        request.checkpoint.origin().as_str(),
        "example.com/behind-the-sofa"
    );
    assert_eq!(request.to_string(), REQUEST);
}

#[test]
fn a_first_request_has_no_proof() {
    let (_, checkpoint) = REQUEST.split_once("\n\n").unwrap();
    let first = format!("old 0\n\n{checkpoint}");
    let request = AddCheckpoint::parse(first.as_bytes()).unwrap();
    assert_eq!((request.old_size, request.proof.hashes()), (0, &[][..]));
    assert_eq!(request.to_string(), first);
}

#[test]
fn a_request_of_another_form_is_refused() {
    let (head, checkpoint) = REQUEST.split_once("\n\n").unwrap();
    let hash = head.lines().nth(1).unwrap();
    for body in [
        String::new(),
        head.to_owned(),
        checkpoint.to_owned(),
        format!("{hash}\n\n{checkpoint}"),
        format!("\n{REQUEST}"),
        REQUEST.replacen("old 2", "old  2", 1),
        REQUEST.replacen("old 2", "old 02", 1),
        REQUEST.replacen("old 2", "old -2", 1),
        REQUEST.replacen("old 2", "Old 2", 1),
        REQUEST.replacen("old 2", "2", 1),
        REQUEST.replacen("20852014", "", 1),
        REQUEST.replacen("20852014", &(TREE_MAX_SIZE + 1).to_string(), 1),
        REQUEST.replacen("kaw=", "kax=", 1),
        REQUEST.replacen("kaw=", "kaw= ", 1),
        REQUEST.replacen("kaw=\n", "", 1),
        REQUEST.replace('\n', "\r\n"),
        REQUEST.replacen(hash, &vec![hash; 61].join("\n"), 1),
        REQUEST.replacen(
            "q2I=",
            &format!("q2I=\n{}", "x".repeat(REQUEST_MAX_BYTES)),
            1,
        ),
    ] {
        assert_eq!(malformed(&body), AddCheckpointError::Form, "{body:?}");
    }
    let most = REQUEST.replacen(hash, &vec![hash; 60].join("\n"), 1);
    let request = AddCheckpoint::parse(most.as_bytes()).unwrap();
    assert_eq!(request.proof.hashes().len(), 63);
    assert_eq!(AddCheckpoint::parse(&[0xff]), Err(AddCheckpointError::Form));

    let unsigned = REQUEST.split_inclusive('\n').take(9).collect::<String>();
    let cause = CheckpointError::Note(NoteError::Unsigned);
    assert_eq!(malformed(&unsigned), AddCheckpointError::Checkpoint(cause));
    let other = REQUEST.replacen("20852163", "020852163", 1);
    assert_eq!(
        malformed(&other),
        AddCheckpointError::Checkpoint(CheckpointError::Form)
    );
}

#[test]
fn the_published_answer_is_read_and_written() {
    let answer = Answer::parse(200, ANSWER.as_bytes()).unwrap();
    let Answer::Cosigned(lines) = &answer else {
        panic!("{answer:?}");
    };
    assert_eq!(lines.len(), 3);
    assert_eq!(lines[2].name().as_str(), "witness.example/w2");
    assert_eq!((answer.status(), answer.body()), (200, ANSWER.to_owned()));
}

#[test]
fn every_answer_is_read_as_it_is_written() {
    for (answer, status) in [
        (Answer::OldSize(0), 409),
        (Answer::OldSize(20_852_014), 409),
        (Answer::OtherRoot, 409),
        (Answer::Malformed, 400),
        (Answer::SignatureNotTrusted, 403),
        (Answer::OriginUnknown, 404),
        (Answer::ProofNotAccepted, 422),
    ] {
        assert_eq!(answer.status(), status);
        let read = Answer::parse(status, answer.body().as_bytes());
        assert_eq!(read, Ok(answer));
    }
    assert_eq!(Answer::OldSize(20_852_014).body(), "20852014\n");
}

#[test]
fn a_conflict_names_a_size_in_the_one_way_it_is_written() {
    for body in [
        "", "7", "07\n", "7\n\n", " 7\n", "7 \n", "-7\n", "seven\n", "7\r\n",
    ] {
        assert_eq!(
            Answer::parse(409, body.as_bytes()),
            Ok(Answer::OtherRoot),
            "{body:?}"
        );
    }
    assert_eq!(Answer::parse(409, &[0xff, b'\n']), Ok(Answer::OtherRoot));
}

#[test]
fn an_answer_outside_the_protocol_is_refused() {
    for status in [0, 199, 201, 204, 301, 401, 429, 500, 503] {
        let answer = Answer::parse(status, ANSWER.as_bytes());
        assert_eq!(answer, Err(AnswerError::Status(status)));
    }
    let many = ANSWER.repeat(40);
    let long = format!("\u{2014} witness {}\n", "AAAA".repeat(NOTE_MAX_BYTES / 4));
    for body in [
        "",
        "\n",
        "ok\n",
        ANSWER.trim_end(),
        &format!("\n{ANSWER}"),
        &many,
        &long,
    ] {
        let answer = Answer::parse(200, body.as_bytes());
        assert_eq!(answer, Err(AnswerError::Cosignatures), "{body:?}");
    }
    assert_eq!(
        Answer::parse(200, &[0xff, b'\n']),
        Err(AnswerError::Cosignatures)
    );
}

#[test]
fn a_log_and_a_witness_come_together() {
    let (old, new) = (40, 300);
    let log = Log::of_size(new);
    let old_root = Log::of_size(old).tree.root();
    let origin: crate::KeyName = "shop.example".parse().unwrap();
    let log_key = VerifyingKey::new(origin.clone(), key(1).public_key());
    let checkpoint = Checkpoint::new(origin, new, log.tree.root()).unwrap();
    let mut signed = checkpoint.sign(&key(1)).unwrap();
    let proof = log
        .tiles(&tiles_for_consistency(old, new))
        .consistency_proof(old, new)
        .unwrap();
    let body = AddCheckpoint {
        old_size: old,
        proof,
        checkpoint: signed.clone(),
    }
    .to_string();

    // The witness reads, verifies what it remembers to lead to what it is shown, and cosigns.
    let request = AddCheckpoint::parse(body.as_bytes()).unwrap();
    let shown = request.checkpoint.verify(&[log_key]).unwrap();
    let shown = shown.checkpoint();
    let proven = request
        .proof
        .verify(old, &old_root, shown.size(), shown.root());
    assert_eq!(proven, Ok(()));
    let witness_name = "witness.example/w1".parse().unwrap();
    let line = cosign(shown, &witness_name, &key(2), 1_700_000_000).unwrap();
    let answer = Answer::Cosigned(vec![line]).body();

    // The log puts the line below its checkpoint.
    let Ok(Answer::Cosigned(lines)) = Answer::parse(200, answer.as_bytes()) else {
        panic!("{answer}");
    };
    for line in lines {
        signed.add(line).unwrap();
    }
    let witness = crate::WitnessKey::new(witness_name, key(2).public_key());
    let log_key = VerifyingKey::new(signed.origin().clone(), key(1).public_key());
    let verified = signed.verify(&[log_key]).unwrap();
    let cosignatures = verified.cosignatures(&[witness]).unwrap();
    assert_eq!(cosignatures[0].timestamp_seconds, 1_700_000_000);
}

proptest! {
    #[test]
    fn every_request_is_read_as_it_is_written(
        old_size in 0..=TREE_MAX_SIZE,
        hashes in prop::collection::vec(any::<[u8; 32]>(), 0..=63),
    ) {
        let hashes = hashes.into_iter().map(Hash::from_bytes).collect();
        let request = AddCheckpoint {
            old_size,
            proof: ConsistencyProof::from_hashes(hashes).unwrap(),
            checkpoint: AddCheckpoint::parse(REQUEST.as_bytes()).unwrap().checkpoint,
        };
        prop_assert_eq!(AddCheckpoint::parse(request.to_string().as_bytes()), Ok(request));
    }

    #[test]
    fn any_bytes_are_a_request_or_not(bytes: Vec<u8>, at in any::<prop::sample::Index>(), byte: u8) {
        prop_assert!(AddCheckpoint::parse(&bytes).is_err());
        let mut changed = REQUEST.as_bytes().to_vec();
        let at = at.index(changed.len());
        changed[at] = byte;
        if let Ok(request) = AddCheckpoint::parse(&changed) {
            prop_assert_eq!(request.to_string().into_bytes(), changed);
        }
    }
}
