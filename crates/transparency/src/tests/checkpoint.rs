//! Checkpoints and cosignatures: a real one, and everything that is almost one.

use proptest::prelude::*;

use crate::testing::{Log, key};
use crate::{
    Checkpoint, CheckpointError, CosignError, CosignatureError, Hash, KeyName, Note, NoteSignature,
    NoteVerifyError, SignedCheckpoint, TREE_MAX_SIZE, VerifiedCheckpoint, VerifyingKey, WitnessKey,
    cosign,
};

/// A checkpoint of a public log with cosignatures of four public witnesses.
const PUBLIC: &str = include_str!("../../tests/vectors/arche2025h1.checkpoint");
const PUBLIC_KEYS: &str = include_str!("../../tests/vectors/arche2025h1.keys");
const PUBLIC_TIMESTAMP_SECONDS: u64 = 1_779_573_024;

const SOFA: &str = "example.com/behind-the-sofa\n20852163\n\
                    CsUYapGGPo4dkMgIAUqom/Xajj7h2fB2MPA3j2jxq2I=\n";

fn name(text: &str) -> KeyName {
    text.parse().unwrap()
}

fn public_log_key() -> VerifyingKey {
    PUBLIC_KEYS.lines().next().unwrap().parse().unwrap()
}

fn public_witnesses() -> Vec<WitnessKey> {
    PUBLIC_KEYS
        .lines()
        .skip(1)
        .map(|line| line.parse().unwrap())
        .collect()
}

fn public(text: &str) -> VerifiedCheckpoint {
    let signed = SignedCheckpoint::parse(text.as_bytes()).unwrap();
    signed.verify(&[public_log_key()]).unwrap()
}

/// Our own log of 300 leaves, signed by key 1.
fn ours() -> (Checkpoint, SignedCheckpoint, VerifyingKey) {
    let root = Log::of_size(300).tree.root();
    let checkpoint = Checkpoint::new(name("shop.example"), 300, root).unwrap();
    let signed = checkpoint.sign(&key(1)).unwrap();
    let log_key = VerifyingKey::new(name("shop.example"), key(1).public_key());
    (checkpoint, signed, log_key)
}

fn witness(name_text: &str, seed: u8) -> WitnessKey {
    WitnessKey::new(name(name_text), key(seed).public_key())
}

/// Our checkpoint with the cosignatures (name, key, time) below it.
fn cosigned(by: &[(&str, u8, u64)]) -> VerifiedCheckpoint {
    let (checkpoint, mut signed, log_key) = ours();
    for (name_text, seed, seconds) in by {
        let line = cosign(&checkpoint, &name(name_text), &key(*seed), *seconds).unwrap();
        signed.add(line).unwrap();
    }
    let signed = SignedCheckpoint::parse(signed.to_string().as_bytes()).unwrap();
    signed.verify(&[log_key]).unwrap()
}

fn told(checkpoint: &VerifiedCheckpoint, witnesses: &[WitnessKey]) -> Vec<(String, u64)> {
    let cosignatures = checkpoint.cosignatures(witnesses).unwrap();
    cosignatures
        .into_iter()
        .map(|one| (one.witness.to_string(), one.timestamp_seconds))
        .collect()
}

#[test]
fn a_public_checkpoint_and_its_cosignatures_are_verified() {
    let verified = public(PUBLIC);
    let checkpoint = verified.checkpoint();
    assert_eq!(
        checkpoint.origin().as_str(),
        "arche2025h1.staging.ct.transparency.dev"
    );
    assert_eq!(checkpoint.size(), 1_432_088_532);
    assert_eq!(
        checkpoint.root().to_string(),
        "U7WM79jrzyhGZ5/GUBTpM7NzwdyfFx61t3RovgcC4Ro="
    );
    assert_eq!(verified.signed().to_string(), PUBLIC);

    let expected: Vec<(String, u64)> = public_witnesses()
        .iter()
        .map(|key| (key.name().to_string(), PUBLIC_TIMESTAMP_SECONDS))
        .collect();
    assert_eq!(told(&verified, &public_witnesses()), expected);
    assert_eq!(told(&verified, &public_witnesses()[2..3]), expected[2..3]);
    assert_eq!(told(&verified, &[]), []);
}

#[test]
fn one_wrong_cosignature_is_an_error_that_names_its_witness() {
    let changed = PUBLIC.replacen("2net5wAAAABqEiEg", "2net5wAAAABqEiEh", 1);
    assert_ne!(changed, PUBLIC);
    let verified = public(&changed);
    let answer = verified.cosignatures(&public_witnesses());
    assert_eq!(answer, Err(CosignatureError(name("remora.n621.de"))));
    assert_eq!(told(&verified, &public_witnesses()[..2]).len(), 2);
}

#[test]
fn a_checkpoint_is_believed_with_a_key_of_its_log_only() {
    let (_, signed, log_key) = ours();
    signed.verify(std::slice::from_ref(&log_key)).unwrap();
    signed.verify(&[public_log_key(), log_key.clone()]).unwrap();
    for keys in [vec![], vec![public_log_key()]] {
        assert_eq!(signed.verify(&keys), Err(NoteVerifyError::NoKnownKey));
    }
    let changed = signed.to_string().replacen("300", "301", 1);
    let changed = SignedCheckpoint::parse(changed.as_bytes()).unwrap();
    let answer = changed.verify(&[log_key]);
    assert_eq!(
        answer,
        Err(NoteVerifyError::SignatureInvalid(name("shop.example")))
    );
}

#[test]
fn a_key_that_is_known_for_another_log_does_not_count() {
    let (checkpoint, _, _) = ours();
    let note = Note::sign(&checkpoint.to_string(), &name("other.example"), &key(1)).unwrap();
    let signed = SignedCheckpoint::parse(note.to_string().as_bytes()).unwrap();
    let other = VerifyingKey::new(name("other.example"), key(1).public_key());
    assert_eq!(signed.verify(&[other]), Err(NoteVerifyError::NoKnownKey));
}

#[test]
fn a_log_cannot_witness_itself_by_its_own_signature() {
    let (_, signed, log_key) = ours();
    let verified = signed.verify(&[log_key]).unwrap();
    assert_eq!(told(&verified, &[witness("shop.example", 1)]), []);
}

#[test]
fn a_cosignature_tells_who_and_when() {
    let verified = cosigned(&[
        ("w1", 2, 1_700_000_000),
        ("w2", 3, 0),
        ("w3", 4, (1 << 63) - 1),
    ]);
    let witnesses = [witness("w3", 4), witness("w1", 2), witness("w2", 3)];
    let expected = [("w1", 1_700_000_000), ("w2", 0), ("w3", (1 << 63) - 1)];
    let expected = expected.map(|(witness, time)| (witness.to_owned(), time));
    assert_eq!(told(&verified, &witnesses), expected);
    assert_eq!(told(&verified, &[witness("w1", 3), witness("w9", 2)]), []);
}

#[test]
fn a_witness_counts_once_whatever_it_is_called() {
    let verified = cosigned(&[("w1", 2, 20), ("alias", 2, 10), ("w2", 3, 30)]);
    let witnesses = [witness("w1", 2), witness("alias", 2), witness("w2", 3)];
    let expected = [("w1".to_owned(), 10), ("w2".to_owned(), 30)];
    assert_eq!(told(&verified, &witnesses), expected);
}

#[test]
fn a_newer_cosignature_replaces_that_of_the_same_witness() {
    let verified = cosigned(&[("w1", 2, 20), ("w1", 2, 40)]);
    assert_eq!(
        told(&verified, &[witness("w1", 2)]),
        [("w1".to_owned(), 40)]
    );
}

#[test]
fn a_cosignature_holds_for_its_time_and_checkpoint_only() {
    let (checkpoint, signed, log_key) = ours();
    let good = cosign(&checkpoint, &name("w1"), &key(2), 20).unwrap();
    let root = Log::of_size(299).tree.root();
    let earlier = Checkpoint::new(name("shop.example"), 299, root).unwrap();
    let of_earlier = cosign(&earlier, &name("w1"), &key(2), 20).unwrap();
    let changed = |at: usize, value: u8| {
        let mut bytes = good.signature().to_vec();
        bytes[at] = value;
        NoteSignature::new(name("w1"), good.id(), bytes)
    };
    let short = |length| {
        let bytes = good.signature()[..length].to_vec();
        NoteSignature::new(name("w1"), good.id(), bytes)
    };
    for line in [
        of_earlier,
        changed(7, 21),
        changed(0, 0x80),
        changed(8, good.signature()[8] ^ 1),
        short(1),
        short(8),
        short(64),
        short(71),
    ] {
        let mut signed = signed.clone();
        signed.add(line).unwrap();
        let verified = signed.verify(std::slice::from_ref(&log_key)).unwrap();
        let answer = verified.cosignatures(&[witness("w1", 2)]);
        assert_eq!(answer, Err(CosignatureError(name("w1"))));
    }
}

#[test]
fn a_time_that_cannot_be_written_is_not_signed() {
    let (checkpoint, _, _) = ours();
    for seconds in [1 << 63, u64::MAX] {
        let answer = cosign(&checkpoint, &name("w1"), &key(2), seconds);
        assert_eq!(answer, Err(CosignError::Time));
    }
}

#[test]
fn a_time_above_the_limit_is_refused_even_if_it_was_signed() {
    let (checkpoint, mut signed, log_key) = ours();
    let seconds = 1_u64 << 63;
    let message = format!("cosignature/v1\ntime {seconds}\n{checkpoint}");
    let signature = key(2).sign(message.as_bytes()).unwrap();
    let bytes = [&seconds.to_be_bytes(), &signature[..]].concat();
    let witness = witness("w1", 2);
    signed
        .add(NoteSignature::new(name("w1"), witness.id(), bytes))
        .unwrap();
    let verified = signed.verify(&[log_key]).unwrap();
    assert_eq!(
        verified.cosignatures(&[witness]),
        Err(CosignatureError(name("w1")))
    );
}

#[test]
fn extension_lines_are_kept_and_covered_by_every_signature() {
    let text = format!("{SOFA}first extension\nsecond\n");
    let checkpoint: Checkpoint = text.parse().unwrap();
    assert_eq!(checkpoint.extensions(), ["first extension", "second"]);
    assert_eq!(checkpoint.to_string(), text);

    let mut signed = checkpoint.sign(&key(1)).unwrap();
    signed
        .add(cosign(&checkpoint, &name("w1"), &key(2), 7).unwrap())
        .unwrap();
    let log_key = VerifyingKey::new(checkpoint.origin().clone(), key(1).public_key());
    let verified = signed.verify(std::slice::from_ref(&log_key)).unwrap();
    assert_eq!(told(&verified, &[witness("w1", 2)]), [("w1".to_owned(), 7)]);
    let changed = signed.to_string().replacen("second", "2nd", 1);
    let changed = SignedCheckpoint::parse(changed.as_bytes()).unwrap();
    assert!(changed.verify(&[log_key]).is_err());
}

#[test]
fn a_checkpoint_is_written_in_one_way() {
    let good: Checkpoint = SOFA.parse().unwrap();
    assert_eq!(
        (good.size(), good.to_string()),
        (20_852_163, SOFA.to_owned())
    );
    assert_eq!(good.extensions(), [""; 0]);
    for text in [
        String::new(),
        "\n".to_owned(),
        "example.com/behind-the-sofa\n20852163\n".to_owned(),
        SOFA.trim_end().to_owned(),
        format!("{SOFA}\n"),
        format!("\n{SOFA}"),
        format!("{SOFA}a\n\nb\n"),
        format!("{SOFA}a\tb\n"),
        SOFA.replace('\n', "\r\n"),
        SOFA.replace("example.com/", "example.com /"),
        SOFA.replace("example.com/", "example.com+"),
        SOFA.replace("20852163", "020852163"),
        SOFA.replace("20852163", "+20852163"),
        SOFA.replace("20852163", "-1"),
        SOFA.replace("20852163", " 20852163"),
        SOFA.replace("20852163", "20852163 "),
        SOFA.replace("20852163", "20_852_163"),
        SOFA.replace("20852163", "0x13e2d03"),
        SOFA.replace("20852163", ""),
        SOFA.replace("20852163", "18446744073709551616"),
        SOFA.replace("q2I=", "q2J="),
        SOFA.replace("q2I=", "q2I"),
        SOFA.replace("q2I=", "q2I=="),
        SOFA.replace("q2I=", ""),
        SOFA.replace("CsUY", "CsUYCsUY"),
        SOFA.replace('/', "_"),
    ] {
        assert_eq!(
            text.parse::<Checkpoint>(),
            Err(CheckpointError::Form),
            "{text:?}"
        );
    }
}

#[test]
fn the_empty_log_has_the_empty_root_and_no_other_log_has() {
    let some = Log::of_size(1).tree.root();
    let origin = name("shop.example");
    let tree = Err(CheckpointError::Tree);
    assert_eq!(Checkpoint::new(origin.clone(), 0, some), tree);
    assert_eq!(Checkpoint::new(origin.clone(), 1, Hash::EMPTY_ROOT), tree);
    assert_eq!(
        Checkpoint::new(origin.clone(), TREE_MAX_SIZE + 1, some),
        tree
    );
    let too_large = SOFA.replace("20852163", "4611686018427387905");
    assert_eq!(too_large.parse::<Checkpoint>(), tree);

    let empty = Checkpoint::new(origin, 0, Hash::EMPTY_ROOT).unwrap();
    let text = "shop.example\n0\n47DEQpj8HBSa+/TImW+5JCeuQeRkm5NMpJWZG3hSuFU=\n";
    assert_eq!(empty.to_string(), text);
    assert_eq!(text.parse(), Ok(empty));
}

#[test]
fn a_note_about_something_else_is_no_checkpoint() {
    let note = include_bytes!("../../tests/vectors/neumann.note");
    assert_eq!(SignedCheckpoint::parse(note), Err(CheckpointError::Form));
    let answer = SignedCheckpoint::parse(SOFA.as_bytes());
    assert!(
        matches!(answer, Err(CheckpointError::Note(_))),
        "{answer:?}"
    );
}

proptest! {
    #[test]
    fn every_checkpoint_is_read_as_it_is_written(
        origin in "[a-z0-9./-]{1,80}",
        size in 1..=TREE_MAX_SIZE,
        root: [u8; 32],
        seed: u8,
    ) {
        let checkpoint = Checkpoint::new(name(&origin), size, Hash::from_bytes(root)).unwrap();
        prop_assert_eq!(&checkpoint.to_string().parse(), &Ok(checkpoint.clone()));
        let signed = checkpoint.sign(&key(seed)).unwrap();
        let copy = SignedCheckpoint::parse(signed.to_string().as_bytes()).unwrap();
        let log_key = VerifyingKey::new(name(&origin), key(seed).public_key());
        prop_assert_eq!(copy.origin(), log_key.name());
        let verified = copy.verify(&[log_key]).unwrap();
        prop_assert_eq!(verified.checkpoint(), &checkpoint);
    }

    #[test]
    fn any_changed_byte_is_refused_or_changes_what_is_read(
        at in any::<prop::sample::Index>(),
        byte: u8,
    ) {
        let mut bytes = PUBLIC.as_bytes().to_vec();
        let at = at.index(bytes.len());
        prop_assume!(bytes[at] != byte);
        bytes[at] = byte;
        if let Ok(signed) = SignedCheckpoint::parse(&bytes) {
            prop_assert_eq!(signed.to_string().into_bytes(), bytes);
            if let Ok(verified) = signed.verify(&[public_log_key()]) {
                // Only lines of keys that are not the log's can differ.
                let unchanged = public(PUBLIC);
                prop_assert_eq!(verified.checkpoint(), unchanged.checkpoint());
            }
        }
    }
}
