//! A good file is judged good, and every way in which one can be wrong is found.

mod bits;
mod books;
mod fuzzed;
mod life;
mod logs;
mod promises;
mod requests;
mod world;

use countersign_api::Evidence;
use countersign_order::{Authorisation, Der, Digest, KeyAction, KeyStatement, Statement};
use countersign_transparency::{SigningKey as LogSigningKey, VerifyingKey, WitnessKey};

use super::{Report, TrustedRoot, Verdict, judge};
use books::Books;
use world::{World, buyer_key, other_certificate, sha256, signed_order};

/// The verdict on a file, by someone who trusts the shop's root and its witness.
fn verdict(world: &World, evidence: &Evidence) -> Verdict {
    let bytes = serde_json::to_vec(evidence).unwrap();
    judge(&bytes, &world.trusted(), &[world.witness_key()]).verdict
}

/// A deal: key enrolled, order received, shipped. What comes in is done before the file is made.
fn deal(world: &World) -> Evidence {
    let signed = signed_order(world);
    let mut books = Books::open(world);
    books.key(KeyAction::Enrolled, |_| {});
    books.receipt(&signed, |_| {});
    books.shipment(2, |_| {});
    books.evidence(signed, &[1], &[2, 3])
}

/// Takes everything out of a file that the logs say.
fn strip(evidence: &mut Evidence) {
    evidence.checkpoints.clear();
    let of_requests = evidence.cancellation_requests.iter_mut();
    for statement in [&mut evidence.seller.statement]
        .into_iter()
        .chain(&mut evidence.order.key_statements)
        .chain(of_requests.flat_map(|request| &mut request.key_statements))
        .chain(&mut evidence.statements)
    {
        statement.proof.clear();
    }
}

#[track_caller]
fn is_invalid(world: &World, evidence: &Evidence, because: &str) {
    match verdict(world, evidence) {
        Verdict::Invalid { reason } => assert!(reason.contains(because), "{reason}"),
        other @ (Verdict::Signed | Verdict::Logged | Verdict::Witnessed { .. }) => {
            panic!("judged {other}, although {because}")
        }
    }
}

/// Changes a good file, which must then be invalid for this reason.
#[track_caller]
fn spoilt(because: &str, spoil: impl FnOnce(&mut Evidence, &World)) {
    let world = World::new();
    let mut evidence = deal(&world);
    spoil(&mut evidence, &world);
    is_invalid(&world, &evidence, because);
}

/// Writes the books differently, which must make the file invalid for this reason.
#[track_caller]
fn misstated(because: &str, write: impl FnOnce(&mut Books<'_>, &[u8])) {
    let world = World::new();
    let signed = signed_order(&world);
    let mut books = Books::open(&world);
    write(&mut books, &signed);
    let last = books.statements.len() - 1;
    let evidence = books.evidence(signed, &[1], &(2..=last).collect::<Vec<_>>());
    is_invalid(&world, &evidence, because);
}

#[test]
fn a_good_file_is_worth_what_its_reader_trusts() {
    let world = World::new();
    let mut evidence = deal(&world);
    let bytes = serde_json::to_vec(&evidence).unwrap();
    let by_certificate = TrustedRoot::Certificate(Box::new(world.root.certificate().clone()));
    assert_eq!(judge(&bytes, &by_certificate, &[]).verdict, Verdict::Logged);
    assert_eq!(
        verdict(&world, &evidence).to_string(),
        "witnessed by 1 of 1, not later than 2026-11-24T10:01:00.000Z"
    );
    let stranger = LogSigningKey::from_seed(&[9; 32]).unwrap().public_key();
    let stranger = WitnessKey::new("witness.example".parse().unwrap(), stranger);
    let judged = judge(&bytes, &world.trusted(), std::slice::from_ref(&stranger));
    assert_eq!(judged.verdict, Verdict::Logged);
    let judged = judge(&bytes, &world.trusted(), &[stranger, world.witness_key()]);
    assert!(
        judged
            .verdict
            .to_string()
            .starts_with("witnessed by 1 of 2")
    );
    let deal = judged.deal.unwrap();
    assert!(
        deal.starts_with("acme ordered PO-1 from shop.example for 45.00 USD."),
        "{deal}"
    );
    assert!(
        deal.contains("accepted on") && deal.contains("shipment 1 of 3 units"),
        "{deal}"
    );

    strip(&mut evidence);
    assert_eq!(verdict(&world, &evidence), Verdict::Signed);
}

#[test]
fn an_explanation_names_what_was_checked_and_against_which_key() {
    let world = World::new();
    let mut evidence = deal(&world);
    let explained = |evidence: &Evidence| {
        let bytes = serde_json::to_vec(evidence).unwrap();
        judge(&bytes, &world.trusted(), &[world.witness_key()]).explained()
    };
    let text = explained(&evidence);
    let log = world.log.public_key();
    for expected in [
        format!("root certificate {}", world.root_digest()),
        format!(
            "receipt certificate {}",
            world.receipt.certificate().fingerprint()
        ),
        format!(
            "the buyer's certificate {}",
            world.buyer.certificate().fingerprint()
        ),
        format!(
            "log key {}",
            VerifyingKey::new("shop.example".parse().unwrap(), log)
        ),
        format!("witness key {}", world.witness_key()),
        " 1. the file is an evidence file".to_owned(),
        "in leaf 2 of shop.example".to_owned(),
        "such as a cancellation, is not in it".to_owned(),
    ] {
        assert!(text.contains(&expected), "{expected} is not in\n{text}");
    }
    evidence.statements[1].leaf = 7;
    let text = explained(&evidence);
    let failed = " 6. DOES NOT HOLD: a statement names another place in the log than the file";
    assert!(text.contains(failed), "{text}");
    assert!(!text.contains("is not in it"), "{text}");
}

#[test]
fn a_key_may_be_revoked_afterwards_but_not_before() {
    let world = World::new();
    let signed = signed_order(&world);
    let mut books = Books::open(&world);
    books.key(KeyAction::Enrolled, |_| {});
    books.receipt(&signed, |_| {});
    books.key(KeyAction::Revoked, |_| {});
    let evidence = books.evidence(signed.clone(), &[1, 3], &[2]);
    assert!(!verdict(&world, &evidence).is_invalid());

    let mut books = Books::open(&world);
    books.key(KeyAction::Enrolled, |_| {});
    books.key(KeyAction::Revoked, |_| {});
    books.receipt(&signed, |_| {});
    let evidence = books.evidence(signed, &[1, 2], &[3]);
    is_invalid(&world, &evidence, "revoked before it was used");
}

#[test]
fn a_key_enrolled_only_afterwards_does_not_count() {
    let world = World::new();
    let signed = signed_order(&world);
    let mut books = Books::open(&world);
    books.receipt(&signed, |_| {});
    books.key(KeyAction::Enrolled, |_| {});
    let evidence = books.evidence(signed, &[2], &[1]);
    is_invalid(&world, &evidence, "enrolled only after it was used");
}

#[test]
fn the_enrolment_must_be_of_the_key_that_signed() {
    spoilt("does not hold the enrolment", |evidence, _| {
        evidence.order.key_statements.clear();
    });
    let changes: [fn(&mut KeyStatement); 6] = [
        |key| key.buyer = "bolt".parse().unwrap(),
        |key| key.account = "acme/jo".parse().unwrap(),
        |key| key.action = KeyAction::Revoked,
        |key| key.certificate_fingerprint = Digest::from_bytes([1; 32]),
        |key| key.key_fingerprint = Digest::from_bytes([1; 32]),
        |key| key.certificate = Der::from(vec![0x30, 0]),
    ];
    for change in changes {
        misstated("not about the key that signed", |books, signed| {
            books.key(KeyAction::Enrolled, change);
            books.receipt(signed, |_| {});
        });
    }
    misstated("another statement", |books, signed| {
        books.receipt(signed, |_| {});
        books.receipt(signed, |_| {});
    });
}

#[test]
fn the_root_must_be_the_trusted_one_and_must_have_signed_who_the_seller_is() {
    let (world, other) = (World::new(), World::new());
    let bytes = serde_json::to_vec(&deal(&world)).unwrap();
    let judged = judge(&bytes, &other.trusted(), &[]);
    assert!(
        judged.verdict.to_string().contains("another root"),
        "{}",
        judged.verdict
    );
    spoilt("not signed by the pinned root", |evidence, _| {
        let other = World::new();
        evidence.seller.statement = Books::open(&other).proved(0);
    });
}

#[test]
fn statements_by_another_key_are_not_the_sellers() {
    spoilt(
        "not signed by the seller's receipt key",
        |evidence, world| {
            let strangers = World::new();
            let mut books = Books::open(&strangers);
            let signed = signed_order(world);
            books.state(|common| {
                Statement::Key(KeyStatement {
                    common,
                    buyer: "acme".parse().unwrap(),
                    account: "acme".parse().unwrap(),
                    action: KeyAction::Enrolled,
                    certificate: Der::from(signed),
                    key_fingerprint: Digest::from_bytes([1; 32]),
                    certificate_fingerprint: Digest::from_bytes([1; 32]),
                    authorised_by: Authorisation::Operator,
                    possession_sha256: None,
                    authorisation_sha256: None,
                    reason: None,
                })
            });
            evidence.statements[0].statement = Der::from(books.statements[1].clone());
            evidence.statements[0].entry = sha256(&books.statements[1]);
        },
    );
    let world = World::new();
    let signed = signed_order(&world);
    let mut books = Books::open(&world);
    books.statements.clear();
    let unlisted = other_certificate(&world);
    books.seller(|seller| seller.certificates[0].certificate = Der::from(unlisted.der().to_vec()));
    books.key(KeyAction::Enrolled, |_| {});
    books.receipt(&signed, |_| {});
    let evidence = books.evidence(signed, &[1], &[2]);
    is_invalid(&world, &evidence, "not signed by the seller's receipt key");
}

#[test]
fn a_receipt_must_answer_the_very_order_in_the_file() {
    let receipt = |change: fn(&mut countersign_order::Receipt)| {
        move |books: &mut Books<'_>, signed: &[u8]| {
            books.key(KeyAction::Enrolled, |_| {});
            books.receipt(signed, change);
        }
    };
    misstated(
        "another total",
        receipt(|receipt| receipt.total = "4.50".to_owned()),
    );
    misstated(
        "another buyer",
        receipt(|receipt| receipt.buyer = "bolt".parse().unwrap()),
    );
    misstated(
        "another purchase order number",
        receipt(|receipt| {
            receipt.purchase_order_number = "PO-2".parse().unwrap();
        }),
    );
    misstated(
        "another order document",
        receipt(|receipt| {
            receipt.order.content_sha256 = Digest::from_bytes([1; 32]);
        }),
    );
    misstated(
        "another signature",
        receipt(|receipt| {
            receipt.order.signature_sha256 = Digest::from_bytes([1; 32]);
        }),
    );
    misstated(
        "before the first receipt is missing",
        receipt(|receipt| {
            receipt.common.previous = Some(Digest::from_bytes([1; 32]));
        }),
    );
    spoilt("signature does not verify", |evidence, _| {
        evidence.order.certificate = Der::from(buyer_key().certificate().der().to_vec());
    });
    spoilt("no receipt", |evidence, _| evidence.statements.clear());
}

#[test]
fn what_is_not_known_is_not_evidence() {
    let world = World::new();
    let text = serde_json::to_string(&deal(&world)).unwrap();
    for (from, to) in [
        ("\"order\":{", "\"order\":{\"more\":1,"),
        ("{\"document\"", "{\"more\":1,\"document\""),
        ("\"leaf\":0", "\"leaf\":0,\"leaf\":0"),
        ("countersign/evidence/1", "countersign/evidence/2"),
        ("\"entry\":\"sha256:", "\"entry\":\"SHA256:"),
    ] {
        let spoilt = text.replacen(from, to, 1);
        assert_ne!(spoilt, text);
        let judged = judge(spoilt.as_bytes(), &world.trusted(), &[]);
        assert!(
            judged.verdict.to_string().contains("not an evidence file"),
            "{to}"
        );
    }
    let forged = text.replacen("{\"document\"", "{\"a\\nlogged\\n\":1,\"document\"", 1);
    let judged = judge(forged.as_bytes(), &world.trusted(), &[]);
    let said = judged.verdict.to_string();
    assert!(
        said.starts_with("INVALID") && said.lines().count() == 1,
        "{said}"
    );
    for nothing in ["", "{}", "null", "[]"] {
        assert!(
            judge(nothing.as_bytes(), &world.trusted(), &[])
                .verdict
                .is_invalid()
        );
    }
}
