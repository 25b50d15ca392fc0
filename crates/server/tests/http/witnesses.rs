//! Cosignatures of witnesses: asked for after the commit, believed by their signature only.

use std::time::{Duration, Instant};

use countersign_api::Evidence;
use countersign_server::checkpoint_file::log_key;
use countersign_transparency::{Cosignature, SignedCheckpoint, VerifiedCheckpoint, WitnessKey};
use tokio::time::sleep;

use crate::support::{Manner, SEEN_AT, TestServer, Witness};

/// A hang guard: witnesses are asked every second, and those who did not help every minute.
const PATIENCE: Duration = Duration::from_mins(1);

async fn shop_watched_by(witnesses: &[&Witness]) -> TestServer {
    let server = TestServer::with(|settings| {
        settings.log.witnesses = witnesses.iter().map(|witness| witness.settings()).collect();
    })
    .await;
    server.stocks("WATER", 100).await;
    server
}

fn verified(server: &TestServer, note: &[u8]) -> VerifiedCheckpoint {
    let signed = SignedCheckpoint::parse(note).unwrap();
    let key = log_key(server.desk.seller(), signed.origin());
    signed.verify(&[key]).unwrap()
}

/// The newest checkpoint, as soon as this witness has cosigned it.
async fn cosigned(server: &TestServer, witness: &WitnessKey) -> VerifiedCheckpoint {
    let mut anyone = server.client().await;
    let start = Instant::now();
    loop {
        let note = anyone.get("/log/checkpoint").await.bytes;
        let checkpoint = verified(server, &note);
        let by: Vec<Cosignature> = checkpoint
            .cosignatures(std::slice::from_ref(witness))
            .unwrap();
        if let [cosignature] = by.as_slice() {
            assert_eq!(cosignature.timestamp_seconds, SEEN_AT);
            return checkpoint;
        }
        assert!(start.elapsed() < PATIENCE, "{}", witness.name());
        sleep(Duration::from_millis(50)).await;
    }
}

#[tokio::test]
async fn each_checkpoint_is_cosigned_a_moment_later() {
    let witness = Witness::open("w.example", Manner::Honest).await;
    let server = shop_watched_by(&[&witness]).await;
    let mut acme = server.buyer("acme").await;
    let first = cosigned(&server, &witness.key()).await;
    let order = acme.order("PO-1", "WATER", 1);
    let answer = acme.submits(order).await;
    let second = cosigned(&server, &witness.key()).await;
    assert!(second.checkpoint().size() > first.checkpoint().size());
    assert!(witness.remembers() >= second.checkpoint().size());
    let path = format!("/v1/orders/{}/evidence", answer.order_id());
    let evidence = Evidence::parse(&acme.client.get(&path).await.bytes).unwrap();
    let [note] = evidence.checkpoints.as_slice() else {
        panic!("{:?}", evidence.checkpoints);
    };
    let by = verified(&server, note.as_bytes()).cosignatures(&[witness.key()]);
    assert_eq!(by.unwrap().len(), 1);
}

#[tokio::test]
async fn what_is_no_cosignature_is_not_published_and_delays_nothing() {
    let honest = Witness::open("honest.example", Manner::Honest).await;
    let mut others = Vec::new();
    for (name, manner) in [
        ("silent.example", Manner::Silent),
        ("broken.example", Manner::Status(500)),
        ("elsewhere.example", Manner::Status(302)),
        ("stranger.example", Manner::Status(404)),
        ("refusing.example", Manner::Status(403)),
        ("contrary.example", Manner::Status(422)),
        ("wordless.example", Manner::Status(409)),
        ("ahead.example", Manner::Remembers(1_000_000)),
        ("confused.example", Manner::Remembers(1)),
        ("forged.example", Manner::OtherKey),
        ("forking.example", Manner::OtherRoot),
        ("endless.example", Manner::Endless),
    ] {
        others.push(Witness::open(name, manner).await);
    }
    let all: Vec<&Witness> = others.iter().chain([&honest]).collect();
    let server = shop_watched_by(&all).await;
    let mut acme = server.buyer("acme").await;
    for number in 0..5 {
        let order = acme.order(&format!("PO-{number}"), "WATER", 1);
        assert_eq!(acme.submits(order).await.verdict(), "201 accepted");
    }
    // All but the silent one are asked again; of that one the first answer is still awaited.
    for witness in others.iter().skip(1) {
        let start = Instant::now();
        while witness.asked() < 2 {
            assert!(
                start.elapsed() < PATIENCE,
                "{witness:?} was not asked again"
            );
            sleep(Duration::from_millis(50)).await;
        }
    }
    let checkpoint = cosigned(&server, &honest.key()).await;
    let keys: Vec<WitnessKey> = others.iter().map(Witness::key).collect();
    assert_eq!(checkpoint.cosignatures(&keys).unwrap(), []);
    let note = checkpoint.signed().to_string();
    let (_text, lines) = note.split_once("\n\n").unwrap();
    assert_eq!(lines.lines().count(), 2, "the log's and one other: {note}");
}

#[tokio::test]
async fn a_witness_that_lost_something_is_led_on_from_what_it_remembers() {
    let witness = Witness::open("w.example", Manner::Honest).await;
    let server = shop_watched_by(&[&witness]).await;
    let mut acme = server.buyer("acme").await;
    let early = cosigned(&server, &witness.key()).await;
    let order = acme.order("PO-1", "WATER", 1);
    acme.submits(order).await;
    cosigned(&server, &witness.key()).await;
    witness.goes_back_to(early.checkpoint().clone());
    let order = acme.order("PO-2", "WATER", 1);
    acme.submits(order).await;
    let newest = cosigned(&server, &witness.key()).await;
    assert!(newest.checkpoint().size() > early.checkpoint().size() + 1);
}
