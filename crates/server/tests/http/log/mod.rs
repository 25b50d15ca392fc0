//! The log from the outside: what an answer proves, what anyone may fetch, what evidence holds.

mod dictionary;
mod faults;

use std::time::{Duration, Instant};

use countersign_api::{Evidence, EvidenceStatement, LeafProof};
use countersign_envelope::Digest;
use countersign_server::checkpoint_file::log_key;
use countersign_transparency::{
    BundleId, Checkpoint, Entry, EntryBundle, SignedCheckpoint, TileId, Tiles,
    tiles_for_consistency, tiles_for_inclusion,
};
use jiff::SignedDuration;
use tokio::time::sleep;

use crate::support::{Answer, Client, TestServer};

fn entry_of(der: &[u8]) -> Entry {
    Entry::from_bytes(*Digest::of(der).as_bytes())
}

/// The checkpoint that a note says, signed by the shop's log.
fn checkpoint(server: &TestServer, note: &str) -> Checkpoint {
    let signed = SignedCheckpoint::parse(note.as_bytes()).unwrap();
    let key = log_key(server.desk.seller(), signed.origin());
    signed.verify(&[key]).unwrap().checkpoint().clone()
}

/// Verifies an answer to an order, and gives the checkpoint it led to.
fn proved(server: &TestServer, answer: &Answer) -> Checkpoint {
    proved_as(server, answer, "receipt").1
}

/// Verifies the proof of the statement in a member, and gives its leaf and the checkpoint it led to.
fn proved_as(server: &TestServer, answer: &Answer, member: &str) -> (u64, Checkpoint) {
    let body = answer.json();
    let checkpoint = checkpoint(server, body["checkpoint"].as_str().unwrap());
    let proof: LeafProof = serde_json::from_value(body["proof"].clone()).unwrap();
    let inclusion = proof.inclusion().unwrap();
    let entry = entry_of(&answer.der(member));
    inclusion
        .verify(proof.leaf, checkpoint.size(), &entry, checkpoint.root())
        .unwrap();
    (proof.leaf, checkpoint)
}

/// Every entry of the log as anyone may fetch it, at this size.
async fn all_entries(client: &mut Client, size: u64) -> Vec<Entry> {
    let mut entries = Vec::new();
    for index in 0.. {
        let Some(bundle) = BundleId::of_tree(size, index) else {
            break;
        };
        let answer = client.get(&format!("/log/{bundle}")).await;
        assert_eq!(answer.status, 200, "{bundle}");
        let bundle = EntryBundle::parse(bundle, &answer.bytes).unwrap();
        entries.extend_from_slice(bundle.entries());
    }
    assert_eq!(entries.len(), usize::try_from(size).unwrap());
    entries
}

async fn tiles(client: &mut Client, wanted: Vec<TileId>) -> Tiles {
    let mut tiles = Tiles::new();
    for tile in wanted {
        let answer = client.get(&format!("/log/{tile}")).await;
        assert_eq!(answer.status, 200, "{tile}");
        tiles.insert(tile, &answer.bytes).unwrap();
    }
    tiles
}

/// The newest checkpoint, once it counts more leaves than these.
async fn grown_beyond(server: &TestServer, size: u64) -> Checkpoint {
    let mut anyone = server.client().await;
    let deadline = Instant::now() + Duration::from_mins(1);
    loop {
        let note = anyone.get("/log/checkpoint").await;
        assert_eq!(
            note.header("content-type"),
            Some("text/plain; charset=utf-8")
        );
        assert_eq!(note.header("cache-control"), Some("no-cache"));
        let newest = checkpoint(server, &String::from_utf8(note.bytes).unwrap());
        if newest.size() > size {
            return newest;
        }
        assert!(Instant::now() < deadline, "the log stays at {newest:?}");
        sleep(Duration::from_millis(20)).await;
    }
}

#[tokio::test]
async fn every_answer_proves_that_its_receipt_is_in_the_log() {
    let server = TestServer::with(|_| ()).await;
    server.stocks("WATER", 10).await;
    let mut acme = server.buyer("acme").await;
    let order = acme.order("PO-1", "WATER", 3).complete().unwrap();
    let first = proved(&server, &acme.submits_document(&order).await);
    let declined = acme.submits(acme.order("PO-2", "WATER", 300)).await;
    assert_eq!(declined.verdict(), "201 declined");
    let second = proved(&server, &declined);
    let repeat = acme.submits_document(&order).await;
    assert_eq!(repeat.verdict(), "200 accepted");
    let third = proved(&server, &repeat);
    assert!(first.size() < second.size() && second.size() <= third.size());
    // The desk ships by itself, before the second order or after it: its statements are leaves, too. With
    // the seller's own, the key's and two receipts there are five.
    grown_beyond(&server, 4).await;
}

#[tokio::test]
async fn anyone_can_follow_the_log_by_its_tiles() {
    let server = TestServer::with(|_| ()).await;
    server.stocks("WATER", 1000).await;
    let mut acme = server.buyer("acme").await;
    let early = proved(&server, &acme.submits(acme.order("PO-0", "WATER", 1)).await);
    for number in 1..130 {
        acme.submits(acme.order(&format!("PO-{number}"), "WATER", 1))
            .await;
    }
    // Receipts and shipments.
    let late = grown_beyond(&server, 260).await;
    let mut anyone = server.client().await;

    let wanted = tiles_for_consistency(early.size(), late.size());
    let proof = tiles(&mut anyone, wanted).await;
    let proof = proof.consistency_proof(early.size(), late.size()).unwrap();
    proof
        .verify(early.size(), early.root(), late.size(), late.root())
        .unwrap();

    let bundle = BundleId::of_tree(late.size(), 1).unwrap();
    let answer = anyone.get(&format!("/log/{bundle}")).await;
    assert_eq!(
        answer.header("content-type"),
        Some("application/octet-stream")
    );
    assert_eq!(
        answer.header("cache-control"),
        Some("public, max-age=31536000, immutable")
    );
    let entries = EntryBundle::parse(bundle, &answer.bytes).unwrap();
    let leaf = bundle.first_leaf();
    let wanted = tiles_for_inclusion(leaf, late.size());
    let proof = tiles(&mut anyone, wanted)
        .await
        .inclusion_proof(leaf, late.size());
    proof
        .unwrap()
        .verify(leaf, late.size(), &entries.entries()[0], late.root())
        .unwrap();
    // As it was at a smaller size, a tile is there too; beyond the end, and by other names, none is.
    assert_eq!(anyone.get("/log/tile/0/000.p/3").await.status, 200);
    for missing in [
        "tile/0/999",
        "tile/9/000",
        "tile/0/0",
        "tile/entries/001.p/255",
        "tile/0/000.p/0",
        "2/checkpoint",
        "2/tile/0/000",
        "0/checkpoint",
        "01/checkpoint",
        "+1/tile/0/000",
        "nothing",
    ] {
        assert_eq!(
            anyone.get(&format!("/log/{missing}")).await.status,
            404,
            "{missing}"
        );
    }
}

#[tokio::test]
async fn a_log_may_be_for_sessions_only() {
    let server = TestServer::with(|settings| settings.log.public = false).await;
    let mut acme = server.buyer("acme").await;
    let mut anyone = server.client().await;
    for path in ["/log/checkpoint", "/log/tile/0/000.p/1"] {
        assert_eq!(anyone.get(path).await.verdict(), "401 sign-in-required");
        assert_eq!(acme.client.get(path).await.status, 200);
    }
    let tile = acme.client.get("/log/tile/0/000.p/1").await;
    assert!(tile.header("cache-control").unwrap().starts_with("private"));
}

/// Verifies that the file's checkpoint holds a statement.
fn holds(server: &TestServer, evidence: &Evidence, statement: &EvidenceStatement) {
    let [note] = evidence.checkpoints.as_slice() else {
        panic!("one log, one checkpoint");
    };
    let checkpoint = checkpoint(server, note);
    let entry = entry_of(statement.statement.as_bytes());
    assert_eq!(entry.as_bytes(), statement.entry.as_bytes());
    let proof = statement.leaf_proof().inclusion().unwrap();
    proof
        .verify(statement.leaf, checkpoint.size(), &entry, checkpoint.root())
        .unwrap();
}

#[tokio::test]
async fn evidence_holds_all_that_was_signed_about_an_order_and_proves_each() {
    let server = TestServer::with(|_| ()).await;
    server.stocks("WATER", 10).await;
    let mut acme = server.buyer("acme").await;
    let answer = acme.submits(acme.order("PO-1", "WATER", 3)).await;
    let id = answer.json()["order"]["id"].as_str().unwrap().to_owned();
    grown_beyond(&server, proved(&server, &answer).size()).await;
    server.clock.advance(SignedDuration::from_mins(1));
    server.revokes("acme").await;

    let path = format!("/v1/orders/{id}/evidence");
    let file = acme.client.get(&path).await;
    let evidence = Evidence::parse(&file.bytes).unwrap();
    assert_eq!(
        evidence.seller.root.as_bytes(),
        server.desk.seller().root().der()
    );
    assert_eq!(
        evidence.order.key_statements.len(),
        2,
        "enrolled and revoked"
    );
    assert_eq!(evidence.statements.len(), 2, "receipt and shipment");
    let key = acme.key.certificate().der();
    assert_eq!(evidence.order.certificate.as_bytes(), key);
    holds(&server, &evidence, &evidence.seller.statement);
    for statement in evidence
        .order
        .key_statements
        .iter()
        .chain(&evidence.statements)
    {
        holds(&server, &evidence, statement);
    }
    let leaves: Vec<u64> = evidence.statements.iter().map(|s| s.leaf).collect();
    assert!(evidence.order.key_statements[0].leaf < leaves[0] && leaves[0] < leaves[1]);
    assert!(leaves[1] < evidence.order.key_statements[1].leaf);

    let mut bolt = server.buyer("bolt").await;
    assert_eq!(bolt.client.get(&path).await.verdict(), "404 not-found");
}

#[tokio::test]
async fn the_newest_checkpoint_is_remembered_when_the_server_stops() {
    let mut server = TestServer::start().await;
    server.stocks("WATER", 10).await;
    let mut acme = server.buyer("acme").await;
    let answered = proved(&server, &acme.submits(acme.order("PO-1", "WATER", 3)).await);
    server.stop().await;
    let note = std::fs::read_to_string(server.data().checkpoint()).unwrap();
    assert!(checkpoint(&server, &note).size() >= answered.size());
}
