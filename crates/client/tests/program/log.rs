//! What the seller's log must say before the program believes that an order was answered.

use std::thread;

use countersign_api::{Code, OrderAnswer};
use countersign_transparency::{Checkpoint, Entry, Hash, SigningKey};
use serde_json::Value;

use crate::buyer::Buyer;
use crate::shop::{Conduct, ORIGIN, Shop, problem};

/// An order whose answer was changed like this is reported as invalid and stays pending.
#[track_caller]
fn is_not_believed(answer: fn(&mut OrderAnswer)) {
    let shop = Shop::open(Conduct {
        answer,
        ..Conduct::default()
    });
    let buyer = Buyer::of(&shop);
    let run = buyer.orders("PO-1").ends_with(3);
    assert!(!run.out.contains("accepted"), "{}", run.out);
    assert!(buyer.waits_for("PO-1"));
}

#[test]
fn an_answer_without_a_proof_for_its_receipt_is_not_believed() {
    is_not_believed(|answer| answer.proof.hashes.push(Hash::from_bytes([1; 32])));
    is_not_believed(|answer| answer.proof.leaf = 7);
}

#[test]
fn an_answer_that_leaves_the_log_out_is_not_believed() {
    let changes: [fn(&mut Value); 2] = [
        |answer| drop(answer.as_object_mut().unwrap().remove("proof")),
        |answer| drop(answer.as_object_mut().unwrap().remove("checkpoint")),
    ];
    for answer_json in changes {
        let shop = Shop::open(Conduct {
            answer_json,
            ..Conduct::default()
        });
        let buyer = Buyer::of(&shop);
        let run = buyer.orders("PO-1").ends_with(3);
        assert!(!run.out.contains("accepted"), "{}", run.out);
        assert!(buyer.waits_for("PO-1"));
    }
}

#[test]
fn a_checkpoint_that_the_sellers_log_did_not_sign_is_not_believed() {
    is_not_believed(|answer| {
        let other = SigningKey::from_seed(&[9; 32]).unwrap();
        let root = Hash::from_bytes([1; 32]);
        let checkpoint = Checkpoint::new(ORIGIN.parse().unwrap(), 1, root).unwrap();
        answer.checkpoint = checkpoint.sign(&other).unwrap().to_string();
    });
    is_not_believed(|answer| answer.checkpoint.clear());
}

#[test]
fn a_log_that_holds_something_else_than_the_receipt_is_not_believed() {
    is_not_believed(|answer| {
        let key = SigningKey::from_seed(&[1; 32]).unwrap();
        let root = Entry::from_bytes([1; 32]).leaf_hash();
        let checkpoint = Checkpoint::new(ORIGIN.parse().unwrap(), 1, root).unwrap();
        answer.checkpoint = checkpoint.sign(&key).unwrap().to_string();
    });
}

#[test]
fn a_log_that_grows_is_followed_from_order_to_order() {
    let shop = Shop::honest();
    let buyer = Buyer::of(&shop);
    for number in ["PO-1", "PO-2", "PO-3"] {
        buyer.orders(number).ends_with(0);
    }
    let tiles: Vec<_> = ["/log/1/tile/0/000.p/2", "/log/1/tile/0/000.p/3"]
        .iter()
        .map(|path| shop.asked("GET", path).len())
        .collect();
    assert_eq!(
        tiles,
        [1, 1],
        "each newer checkpoint is compared with the one before"
    );
}

/// Orders twice from a shop that changes its log in between, and gives what the second run said.
fn contradicted(log: fn(&mut Vec<Entry>, usize)) -> String {
    let shop = Shop::open(Conduct {
        log,
        ..Conduct::default()
    });
    let buyer = Buyer::of(&shop);
    buyer.orders("PO-1").ends_with(0);
    buyer.orders("PO-2").ends_with(0);
    let run = buyer.orders("PO-3").ends_with(3);
    assert!(run.err.contains("CONTRADICTS ITSELF"), "{}", run.err);
    assert!(!run.out.contains("accepted"), "{}", run.out);
    let kept = buyer.contradictions();
    assert_eq!(kept.len(), 1, "{kept:?}");
    assert_eq!(
        kept[0].matches(&format!("{ORIGIN}\n")).count(),
        2,
        "{}",
        kept[0]
    );
    run.err
}

#[test]
fn a_log_that_rewrites_its_past_is_shouted_about_and_the_proof_is_kept() {
    contradicted(|entries, order| {
        if order == 2 {
            entries[0] = Entry::from_bytes([7; 32]);
        }
    });
}

#[test]
fn a_log_that_takes_something_back_is_shouted_about() {
    // It is as long as before, but ends differently.
    contradicted(|entries, order| {
        if order == 2 {
            entries.truncate(1);
        }
    });
    // It is shorter than before, and has not the tiles that it once signed for.
    contradicted(|entries, order| {
        if order == 2 {
            entries.clear();
        }
    });
}

#[test]
fn a_leaf_that_holds_something_else_is_shouted_about_with_the_logs_own_word_for_it() {
    let shop = Shop::open(Conduct {
        logs: |_| b"something else".to_vec(),
        ..Conduct::default()
    });
    let buyer = Buyer::of(&shop);
    let run = buyer.orders("PO-1").ends_with(3);
    assert!(run.err.contains("names leaf 0"), "{}", run.err);
    assert!(buyer.waits_for("PO-1"));
    let kept = buyer.contradictions();
    assert_eq!(kept.len(), 1, "{kept:?}");
    assert!(kept[0].starts_with(&format!("{ORIGIN}\n1\n")), "{kept:?}");
    assert!(kept[0].contains("-----BEGIN CMS-----"), "{kept:?}");
    let digest = countersign_envelope::Digest::of(b"something else");
    let leaf = Entry::from_bytes(*digest.as_bytes()).leaf_hash();
    assert!(kept[0].ends_with(&format!("leaf 0\n{leaf}\n")), "{kept:?}");
}

#[test]
fn a_log_that_cannot_be_asked_now_is_compared_the_next_time() {
    let shop = Shop::open(Conduct {
        tile: || Some(problem(Code::Busy)),
        ..Conduct::default()
    });
    let buyer = Buyer::of(&shop);
    buyer.orders("PO-1").succeeds();
    let run = buyer.orders("PO-2").succeeds();
    assert!(run.err.contains("could not be compared yet"), "{}", run.err);
    let kept = buyer.checkpoint().unwrap();
    assert!(kept.starts_with(&format!("{ORIGIN}\n1\n")), "{kept}");
}

#[test]
fn answers_that_overtake_each_other_agree_and_the_newest_is_remembered() {
    let shop = Shop::honest();
    let buyer = Buyer::of(&shop);
    thread::scope(|scope| {
        for number in 1..=6 {
            let buyer = &buyer;
            scope.spawn(move || buyer.orders(&format!("PO-{number}")).succeeds());
        }
    });
    let kept = buyer.checkpoint().unwrap();
    assert!(kept.starts_with(&format!("{ORIGIN}\n6\n")), "{kept}");
    assert!(buyer.contradictions().is_empty());
}

const SUCCESSOR: &str = "shop.example/2";

#[test]
fn a_log_that_follows_another_is_believed_if_the_root_lists_its_key() {
    let shop = Shop::open(Conduct {
        log_origin: SUCCESSOR,
        statement: |statement| {
            let mut successor = statement.log_keys[0].clone();
            successor.origin = SUCCESSOR.parse().unwrap();
            statement.log_keys.push(successor);
        },
        ..Conduct::default()
    });
    let buyer = Buyer::of(&shop);
    let run = buyer.orders("PO-1").succeeds();
    assert!(run.err.contains("has lost its end"), "{}", run.err);
    let run = buyer.orders("PO-2").succeeds();
    assert!(!run.err.contains("has lost its end"), "{}", run.err);
}

#[test]
fn a_log_that_the_root_does_not_list_is_not_believed() {
    let shop = Shop::open(Conduct {
        log_origin: SUCCESSOR,
        ..Conduct::default()
    });
    let buyer = Buyer::of(&shop);
    let run = buyer.orders("PO-1").ends_with(3);
    assert!(
        run.err.contains("not signed by the seller's log"),
        "{}",
        run.err
    );
    assert!(buyer.waits_for("PO-1"));
}
