//! A witness as logs and their watchers meet it.
#![expect(
    clippy::indexing_slicing,
    clippy::unwrap_used,
    reason = "helpers of tests end at the spot too"
)]

use std::fs;
use std::sync::{Barrier, mpsc};
use std::thread;

use countersign_tests::http::{Answer, Request};
use countersign_tests::shop::{ORIGIN as ORIGIN_OF_SHOP, Shop};
use countersign_tests::small_log::SmallLog;
use countersign_tests::witness::Witness;
use countersign_transparency::{
    AddCheckpoint, ConsistencyProof, Hash, REQUEST_MAX_BYTES, SignedCheckpoint, Tiles,
    VerifyingKey, tiles_for_consistency,
};

const ORIGIN: &str = "log.example/orders";

/// A witness at work that trusts a small log.
fn witness_and_log() -> (Witness, SmallLog) {
    let (witness, log) = (Witness::start("witness.example"), SmallLog::new(ORIGIN, 7));
    witness.trusts(&log.key_line());
    (witness, log)
}

/// Insists that the answer is a cosignature of this witness on the checkpoint; returns its time.
#[track_caller]
fn cosigned(
    witness: &Witness,
    request: &AddCheckpoint,
    log: &VerifyingKey,
    answer: &Answer,
) -> u64 {
    let answer = answer.clone().with_status(200);
    let note = request.checkpoint.to_string() + &answer.text();
    let verified = SignedCheckpoint::parse(note.as_bytes())
        .unwrap()
        .verify(std::slice::from_ref(log))
        .unwrap();
    let found = verified.cosignatures(&[witness.key()]).unwrap();
    assert_eq!(found.len(), 1, "{note}");
    found[0].timestamp_seconds
}

#[track_caller]
fn refused(answer: &Answer, status: u16) {
    assert_eq!(answer.status, status, "{}", answer.text());
    assert!(!answer.text().contains('\u{2014}'), "{}", answer.text());
}

/// The path at which a witness tells what it saw last.
fn seen_path(origin: &str) -> String {
    let hash = countersign_envelope::Digest::of(origin.as_bytes());
    format!("/log/{}/checkpoint", hex::encode(hash.as_bytes()))
}

#[test]
fn a_log_that_only_grows_is_cosigned_each_time_it_asks() {
    let (witness, log) = witness_and_log();
    let mut times = Vec::new();
    for (old_size, size) in [(0, 0), (0, 1), (1, 3), (3, 3), (3, 200)] {
        let request = log.asks(old_size, size);
        let answer = witness.answers(&request);
        times.push(cosigned(&witness, &request, &log.verifying_key(), &answer));
    }
    assert!(times.is_sorted(), "{times:?}");
}

#[test]
fn a_log_that_is_added_while_the_witness_works_is_taken_up() {
    let (witness, log) = (Witness::start("witness.example"), SmallLog::new(ORIGIN, 7));
    let request = log.asks(0, 5);
    refused(&witness.answers(&request), 404);
    witness.trusts(&log.key_line());
    cosigned(
        &witness,
        &request,
        &log.verifying_key(),
        &witness.answers(&request),
    );
}

#[test]
fn whoever_asks_wrongly_learns_what_was_wrong() {
    let (witness, log) = witness_and_log();
    witness.answers(&log.asks(0, 5)).with_status(200);
    let seen = witness
        .server()
        .ask(&Request::get(&seen_path(ORIGIN)))
        .text();

    for malformed in [
        b"".to_vec(),
        b"old 5\n\n".to_vec(),
        b"\xff".to_vec(),
        log.asks(5, 9)
            .to_string()
            .replace("old 5", "old 05")
            .into_bytes(),
    ] {
        refused(&witness.answers_bytes(malformed), 400);
    }
    refused(&witness.answers(&log.asks(6, 5)), 400);
    refused(&witness.answers(&SmallLog::new(ORIGIN, 8).asks(5, 9)), 403);
    refused(
        &witness.answers(&SmallLog::new("other.example", 7).asks(0, 5)),
        404,
    );

    for old_size in [0, 4, 6] {
        let answer = witness.answers(&log.asks(old_size, 9));
        refused(&answer, 409);
        assert_eq!(answer.header("content-type"), Some("text/x.tlog.size"));
        assert_eq!(answer.text(), "5\n");
    }
    let fork = log.forked_at(3).asks(5, 5);
    let answer = witness.answers(&fork);
    refused(&answer, 409);
    let line = fork.checkpoint.to_string();
    let line = line.lines().last().unwrap();
    assert!(witness.traces().contains(line), "{}", witness.traces());
    assert_ne!(answer.header("content-type"), Some("text/x.tlog.size"));
    assert_eq!(answer.text(), "");

    let with_proof = |mut request: AddCheckpoint, hashes| {
        request.proof = ConsistencyProof::from_hashes(hashes).unwrap();
        request
    };
    let longer = [log.proof(5, 9), vec![Hash::EMPTY_ROOT]].concat();
    for hashes in [Vec::new(), longer, log.proof(4, 9)] {
        refused(&witness.answers(&with_proof(log.asks(5, 9), hashes)), 422);
    }
    refused(&witness.answers(&log.forked_at(3).asks(5, 9)), 422);
    refused(
        &witness.answers(&with_proof(log.asks(5, 5), vec![Hash::EMPTY_ROOT])),
        422,
    );

    let get = witness.server().ask(&Request::get("/add-checkpoint"));
    assert_eq!(get.status, 405);
    // None of this changed what the witness saw.
    let after = witness
        .server()
        .ask(&Request::get(&seen_path(ORIGIN)))
        .text();
    assert_eq!(after, seen);
}

#[test]
fn a_first_checkpoint_needs_no_proof_and_may_have_none() {
    let (witness, log) = witness_and_log();
    let mut request = log.asks(0, 9);
    request.proof = ConsistencyProof::from_hashes(log.proof(5, 9)).unwrap();
    refused(&witness.answers(&request), 422);
    witness.answers(&log.asks(0, 9)).with_status(200);
}

#[test]
fn a_request_above_the_limit_is_not_read() {
    let (witness, _log) = witness_and_log();
    assert_eq!(
        witness
            .answers_bytes(vec![b'x'; REQUEST_MAX_BYTES + 1])
            .status,
        413
    );
    assert_eq!(
        witness.answers_bytes(vec![b'x'; REQUEST_MAX_BYTES]).status,
        400
    );
}

#[test]
fn a_killed_witness_remembers_what_it_cosigned() {
    let (mut witness, log) = witness_and_log();
    let grown = log.asks(0, 5);
    let first = cosigned(
        &witness,
        &grown,
        &log.verifying_key(),
        &witness.answers(&grown),
    );
    witness.restart();
    let answer = witness.answers(&log.forked_at(2).asks(0, 6));
    refused(&answer, 409);
    assert_eq!(answer.text(), "5\n");
    refused(&witness.answers(&log.forked_at(2).asks(5, 5)), 409);
    let grown = log.asks(5, 6);
    let second = cosigned(
        &witness,
        &grown,
        &log.verifying_key(),
        &witness.answers(&grown),
    );
    assert!(second >= first);
    assert_eq!(witness.close(), Some(0));
}

#[test]
fn whatever_was_cosigned_is_remembered_over_a_kill_in_the_middle() {
    const ROUNDS: u64 = 8;
    const LAST_SIZE: u64 = 250;
    let (mut witness, log) = witness_and_log();
    let mut size = 0;
    for _ in 0..ROUNDS {
        let (told, heard) = mpsc::channel();
        let cosigned = thread::scope(|scope| {
            let (server, log) = (witness.server(), &log);
            let client = scope.spawn(move || {
                let mut cosigned = size;
                while cosigned < LAST_SIZE {
                    let body = log.asks(cosigned, cosigned + 1).to_string().into_bytes();
                    let request = Request::new("POST", "/add-checkpoint").body("text/plain", body);
                    let answer = server.connect().and_then(|mut to| to.ask(&request));
                    let Ok(answer) = answer else { break };
                    answer.with_status(200);
                    cosigned += 1;
                    told.send(()).unwrap();
                }
                cosigned
            });
            for _ in 0..5 {
                heard.recv().unwrap();
            }
            witness.kill();
            client.join().unwrap()
        });
        witness.serve();
        let answer = witness.answers(&log.asks(0, LAST_SIZE));
        refused(&answer, 409);
        let remembered: u64 = answer.text().trim().parse().unwrap();
        // What was on the disk when the answer was cut off is there, too.
        assert!(
            (cosigned..=cosigned + 1).contains(&remembered),
            "{remembered} of {cosigned}"
        );
        size = remembered;
    }
}

#[test]
fn a_memory_that_makes_no_sense_is_not_taken_for_none() {
    let (mut witness, log) = witness_and_log();
    witness.answers(&log.asks(0, 5)).with_status(200);
    witness.kill();
    let logs = witness.dir().join("logs");
    let file = fs::read_dir(&logs)
        .unwrap()
        .map(|entry| entry.unwrap().path())
        .find(|path| {
            path.extension()
                .is_some_and(|ending| ending == "checkpoint")
        })
        .expect("what was cosigned is on the disk");
    let note = fs::read_to_string(&file).unwrap();
    // Empty, cut off, and without our own cosignature.
    let without = note
        .lines()
        .take(5)
        .fold(String::new(), |text, line| text + line + "\n");
    let half = &note.as_bytes()[..note.len() / 2];
    for damaged in [b"", half, without.as_bytes()] {
        fs::write(&file, damaged).unwrap();
        let said = witness.opd(&["serve", "0"]).ends_with(1);
        assert!(said.stderr.contains("do not delete it"), "{}", said.stderr);
    }
    fs::write(&file, &note).unwrap();
    witness.serve();
    assert_eq!(witness.answers(&log.asks(0, 6)).text(), "5\n");
}

#[test]
fn of_two_forks_from_one_size_only_one_is_cosigned() {
    const ROUNDS: u64 = 20;
    let (witness, log) = witness_and_log();
    let mut honest = log;
    let mut size = 1;
    witness.answers(&honest.asks(0, size)).with_status(200);
    for _ in 0..ROUNDS {
        let fork = honest.forked_at(size);
        let start = Barrier::new(2);
        let statuses = thread::scope(|scope| {
            let asks = |request: AddCheckpoint| {
                let (witness, start) = (&witness, &start);
                scope.spawn(move || {
                    start.wait();
                    witness.answers(&request).status
                })
            };
            let both = [
                asks(honest.asks(size, size + 1)),
                asks(fork.asks(size, size + 1)),
            ];
            both.map(|one| one.join().unwrap())
        });
        // Whichever came first is the log from now on.
        match statuses {
            [200, 409] => {}
            [409, 200] => honest = fork,
            other => panic!("{other:?}"),
        }
        size += 1;
        refused(
            &witness.answers(&honest.forked_at(size - 1).asks(size, size)),
            409,
        );
    }
}

#[test]
fn what_cannot_be_kept_is_not_cosigned() {
    let (mut witness, log) = witness_and_log();
    witness.answers(&log.asks(0, 5)).with_status(200);
    let (logs, away) = (witness.dir().join("logs"), witness.dir().join("away"));
    fs::rename(&logs, &away).unwrap();
    let answer = witness.answers(&log.asks(5, 6));
    refused(&answer, 500);
    assert!(
        witness.traces().contains("cannot write"),
        "{}",
        witness.traces()
    );
    fs::rename(&away, &logs).unwrap();
    // It never said 6, so another 6 is no contradiction.
    witness
        .answers(&log.forked_at(5).asks(5, 6))
        .with_status(200);
    witness.restart();
    refused(&witness.answers(&log.asks(6, 6)), 409);
}

#[test]
fn anyone_may_ask_what_the_witness_saw_last() {
    let (witness, log) = witness_and_log();
    let asks = |path: &str| witness.server().ask(&Request::get(path));
    assert_eq!(asks(&seen_path(ORIGIN)).status, 404);
    assert_eq!(asks(&seen_path("other.example")).status, 404);
    assert_eq!(
        asks("/log/..%2f..%2fwitness.key.pem/checkpoint").status,
        404
    );
    assert_eq!(
        asks(&seen_path(ORIGIN).to_uppercase().replace("LOG", "log")).status,
        404
    );

    let mut request = log.asks(0, 5);
    // Anyone can put lines under a note; a witness does not hand them on.
    let stranger = SmallLog::new("stranger.example", 9)
        .asks(0, 5)
        .checkpoint
        .to_string();
    let line = stranger.lines().last().unwrap();
    request.checkpoint.add(line.parse().unwrap()).unwrap();
    let answer = witness.answers(&request);
    cosigned(&witness, &request, &log.verifying_key(), &answer);
    let seen = asks(&seen_path(ORIGIN)).with_status(200);
    let expected = log.asks(0, 5).checkpoint.to_string() + &answer.text();
    assert_eq!(seen.text(), expected);
}

#[test]
fn a_shop_that_grows_is_cosigned_from_what_it_publishes() {
    let shop = Shop::open();
    let log = log_key(&shop);
    let witness = Witness::start("witness.example");
    witness.trusts(&log.to_string());
    let mut old_size = 0;
    for buyer in ["acme", "bolt", "cart"] {
        shop.buyer(buyer);
        let request = asks_for_newest(&shop, old_size);
        let answer = witness.answers(&request);
        cosigned(&witness, &request, &log, &answer);
        let size = size_of(&request, &log);
        assert!(size > old_size);
        old_size = size;
    }
    let seen = witness
        .server()
        .ask(&Request::get(&seen_path(ORIGIN_OF_SHOP)));
    let file = shop.write("seen", &seen.with_status(200).body);
    // What the witness saw is what the shop can hold its books against.
    let path = file.to_str().unwrap();
    shop.opd(&["log", "verify", "--checkpoint", path]).ok();
}

/// The key line that a shop's log is trusted by.
fn log_key(shop: &Shop) -> VerifyingKey {
    let seller = shop.opd_json(&["seller", "show"]);
    let lines = seller["log_key_lines"].as_array().unwrap();
    assert_eq!(lines.len(), 1, "{seller}");
    let line = lines[0].as_str().unwrap();
    let shown = shop.opd(&["seller", "show"]).ok().text();
    assert!(shown.contains(line), "{shown}");
    line.parse().unwrap()
}

/// Asks for a cosignature on a shop's newest checkpoint, with the proof that its tiles make.
fn asks_for_newest(shop: &Shop, old_size: u64) -> AddCheckpoint {
    let get = |path: &str| shop.ask(&Request::get(path)).with_status(200).body;
    let checkpoint = SignedCheckpoint::parse(&get("/log/checkpoint")).unwrap();
    let size = checkpoint
        .verify(&[log_key(shop)])
        .unwrap()
        .checkpoint()
        .size();
    let mut hashes = Vec::new();
    if old_size > 0 {
        let mut tiles = Tiles::new();
        for id in tiles_for_consistency(old_size, size) {
            tiles.insert(id, &get(&format!("/log/{id}"))).unwrap();
        }
        let proof = tiles.consistency_proof(old_size, size).unwrap();
        hashes = proof.hashes().to_vec();
    }
    AddCheckpoint {
        old_size,
        proof: ConsistencyProof::from_hashes(hashes).unwrap(),
        checkpoint,
    }
}

fn size_of(request: &AddCheckpoint, log: &VerifyingKey) -> u64 {
    let verified = request
        .checkpoint
        .verify(std::slice::from_ref(log))
        .unwrap();
    verified.checkpoint().size()
}
