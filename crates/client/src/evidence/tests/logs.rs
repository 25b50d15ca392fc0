//! Places in the seller's logs, their checkpoints, and who has seen them.

use countersign_api::Evidence;
use countersign_order::{CertificateUse, Digest, KeyAction, LogPlace};
use countersign_transparency::{Hash, Note, SigningKey as LogSigningKey, WitnessKey};
use jiff::SignedDuration;

use super::books::Books;
use super::world::{World, now, signed_order};
use super::{Verdict, deal, is_invalid, judge, misstated, spoilt, verdict};

#[test]
fn every_statement_is_where_the_seller_signed_it_to_be() {
    misstated("another place in the log", |books, signed| {
        books.key(KeyAction::Enrolled, |key| {
            key.common.log = Some(LogPlace {
                origin: "shop.example".parse().unwrap(),
                leaf: 7,
            });
        });
        books.receipt(signed, |_| {});
    });
    spoilt("another place in the log", |evidence, _| {
        evidence.statements[0].leaf = 3;
    });
    spoilt("another place in the log", |evidence, _| {
        evidence.statements[0].log = "shop.example/2".parse().unwrap();
    });
    spoilt("not in the log where it should be", |evidence, _| {
        evidence.seller.statement.leaf = 1;
    });
    spoilt("not in the log where it should be", |evidence, _| {
        evidence.statements[0].proof[0] = Hash::from_bytes([1; 32]);
    });
    spoilt("not in the log where it should be", |evidence, _| {
        evidence.statements[1].proof.pop();
    });
    spoilt("not the digest of its statement", |evidence, _| {
        evidence.statements[0].entry = Digest::from_bytes([1; 32]);
    });
}

#[test]
fn checkpoints_are_signed_by_the_log_and_just_those_that_are_needed() {
    spoilt("no checkpoint", |evidence, _| evidence.checkpoints.clear());
    spoilt("two checkpoints of one log", |evidence, _| {
        let again = evidence.checkpoints[0].clone();
        evidence.checkpoints.push(again);
    });
    spoilt("cannot be read", |evidence, _| {
        evidence.checkpoints[0].push('x');
    });
    spoilt("not signed by the seller's log", |evidence, world| {
        let other = World {
            log: LogSigningKey::from_seed(&[3; 32]).unwrap(),
            ..World::new()
        };
        let mut books = Books::open(&other);
        books.statements = vec![evidence.statements[0].statement.as_bytes().to_vec(); 4];
        evidence.checkpoints[0] = books.checkpoint(false);
        assert!(world.root.certificate().der() != other.root.certificate().der());
    });
    spoilt("not in the log", |evidence, world| {
        let mut books = Books::open(world);
        books.statements = vec![vec![0x30, 0]; 4];
        evidence.checkpoints[0] = books.checkpoint(false);
    });
    // A trusted witness that said something else is not one that said nothing.
    spoilt("cosignature", |evidence, world| {
        let mut books = Books::open(world);
        books.statements = vec![vec![0x30, 0]; 4];
        let elsewhere = books.checkpoint(true);
        let last = |note: &str| note.lines().last().unwrap().to_owned();
        let note = &evidence.checkpoints[0];
        evidence.checkpoints[0] = note.replace(&last(note), &last(&elsewhere));
    });
}

/// A deal whose key was enrolled in the seller's first log, and whose order came into the second;
/// gives both logs, too.
fn across_two_logs(world: &World) -> (Evidence, Books<'_>, Books<'_>) {
    let signed = signed_order(world);
    let mut first = Books::open(world);
    first.key(KeyAction::Enrolled, |_| {});
    // The receipt has the lower number, and comes later all the same.
    let mut second = Books::blank(world, "shop.example/2");
    second.receipt(&signed, |_| {});
    second.key(KeyAction::Revoked, |_| {});
    let mut evidence = first.evidence(signed, &[1], &[]);
    evidence.statements = vec![second.proved(0)];
    evidence.order.key_statements.push(second.proved(1));
    evidence.checkpoints.push(second.checkpoint(true));
    (evidence, first, second)
}

#[test]
fn a_log_comes_before_its_successor() {
    let world = World::new();
    let (good, _, second) = across_two_logs(&world);
    assert!(!verdict(&world, &good).is_invalid());
    let mut late = good;
    late.order.key_statements = vec![second.proved(1)];
    is_invalid(&world, &late, "not about the key that signed");

    let signed = signed_order(&world);
    let mut first = Books::open(&world);
    first.key(KeyAction::Enrolled, |_| {});
    first.key(KeyAction::Revoked, |_| {});
    let mut second = Books::blank(&world, "shop.example/2");
    second.receipt(&signed, |_| {});
    let mut revoked = first.evidence(signed, &[1, 2], &[]);
    revoked.statements = vec![second.proved(0)];
    revoked.checkpoints.push(second.checkpoint(true));
    is_invalid(&world, &revoked, "revoked before it was used");
}

#[test]
fn each_log_that_is_named_has_its_checkpoint_by_a_key_that_the_root_lists() {
    let world = World::new();
    let (good, first, second) = across_two_logs(&world);
    let mut without = good.clone();
    without.checkpoints.pop();
    is_invalid(&world, &without, "lacks the checkpoint of a log");

    let mut exchanged = good.clone();
    exchanged.statements[0].proof = first.proved(1).proof;
    is_invalid(&world, &exchanged, "not in the log where it should be");

    let third = Books {
        log: "shop.example/3",
        statements: second.statements.clone(),
        ..Books::open(&world)
    };
    let mut unlisted = good;
    unlisted.checkpoints.push(third.checkpoint(false));
    is_invalid(&world, &unlisted, "not signed by the seller's log");

    let mut unnamed = deal(&world);
    unnamed.checkpoints.push(second.checkpoint(false));
    is_invalid(&world, &unnamed, "a log it does not name");
}

#[test]
fn a_witness_counts_once_it_has_seen_every_log() {
    let world = World::new();
    let (mut evidence, first, second) = across_two_logs(&world);
    assert_eq!(
        verdict(&world, &evidence).to_string(),
        "witnessed by 1 of 1, not later than 2026-11-24T10:02:00.000Z"
    );
    evidence.checkpoints = vec![first.checkpoint(true), second.checkpoint(false)];
    assert_eq!(verdict(&world, &evidence), Verdict::Logged);
}

#[test]
fn a_witness_counts_once_however_often_it_is_named() {
    let world = World::new();
    let bytes = serde_json::to_vec(&deal(&world)).unwrap();
    let again = WitnessKey::new("other.example".parse().unwrap(), world.witness.public_key());
    let mut witnesses = [world.witness_key(), world.witness_key(), again];
    for _ in 0..witnesses.len() {
        let judged = judge(&bytes, &world.trusted(), &witnesses);
        let said = judged.verdict.to_string();
        assert!(said.starts_with("witnessed by 1 of 1"), "{said}");
        witnesses.rotate_left(1);
    }
}

#[test]
fn a_key_signs_statements_only_while_the_root_lists_it() {
    let minute = |minutes| now() + SignedDuration::from_mins(minutes);
    for (from, to, revoked_at) in [
        (minute(1), None, None),
        (minute(-9), Some(now()), None),
        (minute(-9), None, Some(now())),
    ] {
        let world = World::new();
        let signed = signed_order(&world);
        let mut books = Books::blank(&world, "shop.example");
        books.seller(|seller| {
            let listed = &mut seller.certificates[0];
            (listed.from, listed.to, listed.revoked_at) = (from, to, revoked_at);
        });
        books.key(KeyAction::Enrolled, |_| {});
        books.receipt(&signed, |_| {});
        let evidence = books.evidence(signed, &[1], &[2]);
        is_invalid(&world, &evidence, "a key that was not in use then");
    }
    let world = World::new();
    let signed = signed_order(&world);
    let mut books = Books::blank(&world, "shop.example");
    books.seller(|seller| {
        seller.certificates[0].purpose = CertificateUse::Mail;
    });
    books.key(KeyAction::Enrolled, |_| {});
    books.receipt(&signed, |_| {});
    let evidence = books.evidence(signed, &[1], &[2]);
    is_invalid(&world, &evidence, "not signed by the seller's receipt key");
}

#[test]
fn a_checkpoint_says_nothing_that_is_not_understood() {
    let world = World::new();
    let mut evidence = deal(&world);
    let mut books = Books::open(&world);
    books.statements = vec![vec![0x30, 0]; 4];
    let note = books.checkpoint(false);
    let (text, _) = note.split_once("\n\n").unwrap();
    let text = format!("{text}\nmore\n");
    let name = "shop.example".parse().unwrap();
    let signed = Note::sign(&text, &name, &world.log).unwrap();
    evidence.checkpoints[0] = signed.to_string();
    is_invalid(&world, &evidence, "says more than this program understands");
}
