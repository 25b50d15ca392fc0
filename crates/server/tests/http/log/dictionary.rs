//! What a stolen log tells whoever knows the trade by heart.

use std::collections::HashSet;

use countersign_envelope::{Certificate, Digest, Opened};
use countersign_order::{Blind, Receipt, Statement};
use serde_json::Value;

use super::{all_entries, proved};
use crate::support::{Answer, TestServer, sha256};

/// Whoever deals with this shop, and in what.
const BUYERS: [&str; 2] = ["acme", "bolt"];
const ITEMS: [&str; 2] = ["WATER", "BREAD"];
const QUANTITIES: [u32; 3] = [1, 2, 300];

/// What a leaf holds.
type Leaf = [u8; 32];

/// A deal: what was answered, and what the order looked like.
struct Deal {
    answer: Answer,
    content: Vec<u8>,
    signed: Vec<u8>,
}

impl Deal {
    /// The receipt's document, which only its parties hold.
    fn document(&self, server: &TestServer) -> Vec<u8> {
        let certificate =
            Certificate::from_pem(&server.desk.seller().certificates().receipt).unwrap();
        let opened = Opened::from_signed_data(self.answer.der("receipt")).unwrap();
        opened.verify(&[certificate]).unwrap().content().clone()
    }
}

fn receipt(statement: &Statement) -> &Receipt {
    let Statement::Receipt(receipt) = statement else {
        panic!("no receipt: {statement:?}");
    };
    receipt
}

/// The ways to write a document down, to sign it and to digest it, that a guess may come in. The
/// thief is given even the seller's signing key, and the time.
fn forms(server: &TestServer, statement: &Statement) -> Vec<Vec<u8>> {
    let json = statement.to_json();
    let value: Value = serde_json::from_slice(&json).unwrap();
    let issued_at = receipt(statement).common.issued_at;
    let mut without_blind = value.clone();
    without_blind.as_object_mut().unwrap().remove("blind");
    let texts = [
        json,
        serde_json::to_vec(&value).unwrap(),
        serde_json::to_vec_pretty(&value).unwrap(),
        serde_json::to_vec(&without_blind).unwrap(),
    ];
    let seller = server.desk.seller();
    let signed = texts
        .iter()
        .map(|text| seller.receipt().sign(text, issued_at).unwrap());
    texts.iter().cloned().chain(signed).collect()
}

/// The statement with each blind that can be had without knowing it.
fn with_guessed_blinds(statement: &Statement, deal: &Deal) -> Vec<Statement> {
    let receipt = receipt(statement);
    let known = receipt.common.clone();
    let number = receipt.purchase_order_number.to_string();
    let mut blinds = vec![Blind::from_bytes([0; 32]), Blind::from_bytes([0xff; 32])];
    let digested = [
        deal.content.clone(),
        deal.signed.clone(),
        known.issued_at.to_string().into_bytes(),
        known.seller_root.to_string().into_bytes(),
        receipt.buyer.to_string().into_bytes(),
        number.into_bytes(),
        known.log.unwrap().leaf.to_string().into_bytes(),
    ];
    blinds.extend(digested.map(|octets| Blind::from_bytes(*sha256(&octets).as_bytes())));
    blinds
        .into_iter()
        .map(|blind| {
            let mut guess = receipt.clone();
            guess.common.blind = blind;
            Statement::Receipt(Box::new(guess))
        })
        .collect()
}

/// All that a dictionary could hold of a deal. Of every combination of buyer, item, quantity, time and
/// decision the true one is the best guess, so it starts from that: the document, but for its blind.
fn dictionary(server: &TestServer, deal: &Deal, truth: &Statement) -> Vec<Vec<u8>> {
    let mut octets = vec![
        deal.content.clone(),
        deal.signed.clone(),
        deal.answer.order_id().into_bytes(),
    ];
    for guess in with_guessed_blinds(truth, deal) {
        assert_ne!(guess, *truth);
        octets.extend(forms(server, &guess));
    }
    octets
}

/// The leaves that some octets might have become: they themselves, digested once, twice, or as text.
fn leaves_of(octets: &[u8]) -> [Leaf; 3] {
    let once = Digest::of(octets);
    let text = once.to_string();
    [octets, once.as_bytes(), text.as_bytes()].map(|octets| *Digest::of(octets).as_bytes())
}

/// How many leaves of a log a dictionary explains.
fn explained(log: &HashSet<Leaf>, dictionary: &[Vec<u8>]) -> usize {
    let guesses: HashSet<Leaf> = dictionary
        .iter()
        .flat_map(|octets| leaves_of(octets))
        .collect();
    log.intersection(&guesses).count()
}

/// Orders of everything by everyone, some of them beyond what is in stock.
async fn trade(server: &TestServer) -> Vec<Deal> {
    let mut deals = Vec::new();
    for id in BUYERS {
        let mut buyer = server.buyer(id).await;
        for (item, quantity) in ITEMS
            .into_iter()
            .flat_map(|item| QUANTITIES.map(|n| (item, n)))
        {
            let draft = buyer.order(&format!("{item}-{quantity}"), item, quantity);
            let content = draft.complete().unwrap().to_json();
            let signed = buyer.key.sign(&content, buyer.now).unwrap();
            let answer = buyer.sends(buyer.sealed(&signed)).await;
            assert_eq!(answer.status, 201);
            deals.push(Deal {
                answer,
                content,
                signed,
            });
        }
    }
    let verdicts: HashSet<_> = deals.iter().map(|deal| deal.answer.verdict()).collect();
    assert_eq!(verdicts.len(), 2, "accepted and declined: {verdicts:?}");
    deals
}

#[tokio::test]
async fn a_stolen_log_and_a_dictionary_of_the_whole_trade_match_nothing() {
    let server = TestServer::start().await;
    for item in ITEMS {
        server.stocks(item, 100).await;
    }
    let deals = trade(&server).await;
    let size = proved(&server, &deals[deals.len() - 1].answer).size();
    let mut thief = server.client().await;
    let stolen = all_entries(&mut thief, size).await;
    let stolen: HashSet<Leaf> = stolen.iter().map(|entry| *entry.as_bytes()).collect();
    assert_eq!(stolen.len(), usize::try_from(size).unwrap());

    let mut blinds = HashSet::new();
    for deal in &deals {
        let document = deal.document(&server);
        let truth = Statement::parse(&document).unwrap();
        let dictionary = dictionary(&server, deal, &truth);
        assert_eq!(explained(&stolen, &dictionary), 0);
        let known = [sha256(&deal.content), sha256(&deal.signed)];
        assert!(
            known
                .iter()
                .all(|digest| !stolen.contains(digest.as_bytes()))
        );
        // The same thief would find a leaf without a blind, or with one that can be guessed; and
        // whoever holds the receipt finds the true one.
        let weak = with_guessed_blinds(&truth, deal).into_iter().map(|guess| {
            let leaf = Digest::of(&guess.to_json());
            *leaf.as_bytes()
        });
        let weak: HashSet<Leaf> = weak.collect();
        assert_eq!(explained(&weak, &dictionary), weak.len());
        assert_eq!(explained(&stolen, &[deal.answer.der("receipt")]), 1);
        // Neither does the document itself explain the leaf, which is of all that was signed.
        assert_eq!(explained(&stolen, &[document]), 0);
        blinds.insert(receipt(&truth).common.blind);
    }
    assert_eq!(blinds.len(), deals.len(), "a blind was used twice");
}
