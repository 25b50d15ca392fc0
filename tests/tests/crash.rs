//! The log of a server that is killed again and again: whatever it said before, it holds.
#![expect(
    clippy::unwrap_used,
    clippy::indexing_slicing,
    reason = "helpers of tests end at the spot too"
)]

use std::collections::BTreeMap;
use std::io;
use std::sync::Mutex;
use std::sync::atomic::{AtomicBool, AtomicUsize, Ordering};
use std::thread;
use std::time::{Duration, Instant};

use base64::Engine as _;
use base64::engine::general_purpose::STANDARD;
use countersign_api::LeafProof;
use countersign_envelope::Digest;
use countersign_tests::buyer::{Buyer, Session, der};
use countersign_tests::chance::{Dice, seed};
use countersign_tests::crowd::all_at_once;
use countersign_tests::http::{Connection, Request};
use countersign_tests::shop::{ORIGIN, Shop};
use countersign_transparency::{
    BundleId, Checkpoint, Entry, EntryBundle, Hash, PublicKey, SignedCheckpoint, Tree, VerifyingKey,
};
use rustix::process::{Pid, Signal, kill_process};
use serde_json::Value;

const KILLS: usize = 10;
const CLIENTS: usize = 6;
/// Answers after which a server may be killed, at the least and at the most.
const ANSWERS: std::ops::Range<usize> = 5..40;
/// How long after that it is killed at the latest.
const LATEST_US: usize = 5_000;
/// A hang guard.
const PATIENCE: Duration = Duration::from_secs(30);

/// Everything that anybody was ever told.
struct Told {
    log_key: VerifyingKey,
    roots: BTreeMap<u64, Hash>,
    /// Each receipt with its leaf, by the bytes that it answers.
    receipts: BTreeMap<Vec<u8>, (Vec<u8>, u64)>,
}

impl Told {
    fn by(shop: &Shop) -> Self {
        let seller = shop.ask(&Request::get("/v1/seller")).json();
        let key = STANDARD
            .decode(seller["log_key"].as_str().unwrap())
            .unwrap();
        let key = PublicKey::from_spki_der(&key).unwrap();
        Self {
            log_key: VerifyingKey::new(ORIGIN.parse().unwrap(), key),
            roots: BTreeMap::new(),
            receipts: BTreeMap::new(),
        }
    }

    fn checkpoint(&mut self, note: &[u8]) -> Checkpoint {
        let signed = SignedCheckpoint::parse(note).unwrap();
        let verified = signed.verify(std::slice::from_ref(&self.log_key)).unwrap();
        let checkpoint = verified.checkpoint().clone();
        let root = *checkpoint.root();
        let known = *self.roots.entry(checkpoint.size()).or_insert(root);
        assert_eq!(known, root, "two roots at size {}", checkpoint.size());
        checkpoint
    }

    /// Takes an answer in: its receipt says where it is, is proved to be there, and is the one that
    /// the same bytes were answered with before.
    fn answer(&mut self, acme: &Buyer, envelope: &[u8], answer: &Value) {
        assert_eq!(answer["decision"], "accepted", "{answer}");
        let checkpoint = self.checkpoint(answer["checkpoint"].as_str().unwrap().as_bytes());
        let receipt = der(answer, "receipt");
        let proof: LeafProof = serde_json::from_value(answer["proof"].clone()).unwrap();
        let inclusion = proof.inclusion().unwrap();
        inclusion
            .verify(
                proof.leaf,
                checkpoint.size(),
                &entry_of(&receipt),
                checkpoint.root(),
            )
            .unwrap();
        assert_eq!(acme.statement(&receipt)["log"]["leaf"], proof.leaf);
        let told = (receipt, proof.leaf);
        let known = self.receipts.entry(envelope.to_vec());
        assert_eq!(*known.or_insert_with(|| told.clone()), told);
    }
}

fn entry_of(statement: &[u8]) -> Entry {
    Entry::from_bytes(*Digest::of(statement).as_bytes())
}

/// What came of one server's life.
#[derive(Default)]
struct Life {
    answered: Vec<(Vec<u8>, Value)>,
    /// Sent, and never answered.
    unanswered: Vec<Vec<u8>>,
    checkpoints: Vec<Vec<u8>>,
}

/// A server at work, who counts its answers, and whether it is about to be killed.
#[derive(Default)]
struct Work {
    answers: AtomicUsize,
    is_over: AtomicBool,
    life: Mutex<Life>,
}

impl Work {
    /// Asks until the server is dead.
    fn until_the_end(
        &self,
        session: &Session,
        mut ask: impl FnMut(&mut Connection) -> io::Result<()>,
    ) {
        let asked = session.server.connect().and_then(|mut connection| {
            loop {
                ask(&mut connection)?;
            }
            #[expect(unreachable_code, reason = "names the type of what never ends well")]
            Ok(())
        });
        let error = asked.unwrap_err();
        assert!(self.is_over.load(Ordering::SeqCst), "too early: {error}");
    }

    /// Orders, one order after the other.
    fn order(&self, acme: &Buyer, session: &Session, client: &str) {
        let mut n = 0;
        self.until_the_end(session, |connection| {
            n += 1;
            let draft = acme.draft(&format!("PO-{client}-{n}"));
            let envelope = acme.envelope(&draft.line("WATER", 1, "15.00"));
            let request = Request::post_sealed("/v1/orders", envelope.clone());
            match connection.ask(&request.token(&session.token)) {
                Ok(answer) => {
                    let answer = answer.with_status(201).json();
                    self.answers.fetch_add(1, Ordering::SeqCst);
                    self.life.lock().unwrap().answered.push((envelope, answer));
                    Ok(())
                }
                Err(error) => {
                    self.life.lock().unwrap().unanswered.push(envelope);
                    Err(error)
                }
            }
        });
    }

    /// Fetches one checkpoint after the other.
    fn watch(&self, session: &Session) {
        self.until_the_end(session, |connection| {
            let answer = connection.ask(&Request::get("/log/checkpoint"))?;
            let note = answer.with_status(200).body;
            self.life.lock().unwrap().checkpoints.push(note);
            Ok(())
        });
    }

    /// Kills the server once it has given so many answers, and a moment later.
    fn kill(&self, process: u32, answers: usize, moment: Duration) {
        let start = Instant::now();
        while self.answers.load(Ordering::SeqCst) < answers {
            assert!(start.elapsed() < PATIENCE, "hardly any answers");
            thread::yield_now();
        }
        thread::sleep(moment);
        self.is_over.store(true, Ordering::SeqCst);
        let process = i32::try_from(process).ok().and_then(Pid::from_raw);
        kill_process(process.unwrap(), Signal::KILL).unwrap();
    }
}

/// Lets a crowd order and watch until the server is killed in the middle of it.
fn live(shop: &mut Shop, acme: &Buyer, round: usize, dice: &mut Dice) -> Life {
    let session = acme.signs_in();
    let answers = ANSWERS.start + dice.below(ANSWERS.len());
    let moment = Duration::from_micros(u64::try_from(dice.below(LATEST_US)).unwrap());
    let process = shop.process_id();
    let work = Work::default();
    all_at_once(CLIENTS + 2, |one| match one {
        0 => work.kill(process, answers, moment),
        1 => work.watch(&session),
        client => work.order(acme, &session, &format!("{round}-{client}")),
    });
    shop.kill();
    work.life.into_inner().unwrap()
}

/// Every entry of the log at this size, as anyone may fetch it.
fn entries(shop: &Shop, size: u64) -> Vec<Entry> {
    let bundles = (0..).map_while(|index| BundleId::of_tree(size, index));
    let fetched = bundles.map(|id| {
        let answer = shop.ask(&Request::get(&format!("/log/{id}")));
        EntryBundle::parse(id, &answer.with_status(200).body).unwrap()
    });
    fetched
        .flat_map(|bundle| bundle.entries().to_vec())
        .collect()
}

#[test]
fn a_server_killed_in_the_middle_of_its_work_never_fills_a_leaf_twice_nor_takes_back_what_it_said()
{
    let mut dice = Dice::of(seed());
    let mut shop = Shop::open();
    shop.opd(&["stock", "correct", "WATER", "100000", "--reason", "plenty"])
        .ok();
    let acme = shop.buyer("acme");
    let mut told = Told::by(&shop);
    let mut unanswered = 0;
    for round in 0..KILLS {
        let life = live(&mut shop, &acme, round, &mut dice);
        for note in &life.checkpoints {
            told.checkpoint(note);
        }
        for (envelope, answer) in &life.answered {
            told.answer(&acme, envelope, answer);
        }
        shop.serve();
        let note = shop.ask(&Request::get("/log/checkpoint")).with_status(200);
        told.checkpoint(&note.body);
        // Whoever was not answered asks again, and learns what became of it.
        let session = acme.signs_in();
        for envelope in &life.unanswered {
            let answer = session.submits(envelope);
            assert!(matches!(answer.status, 200 | 201), "{}", answer.text());
            told.answer(&acme, envelope, &answer.json());
        }
        unanswered += life.unanswered.len();
    }
    assert!(unanswered > 0, "no kill met anybody waiting");
    let session = acme.signs_in();
    for envelope in told.receipts.clone().into_keys() {
        told.answer(&acme, &envelope, &session.submits(&envelope).repeat());
    }

    let note = shop.ask(&Request::get("/log/checkpoint")).with_status(200);
    let size = told.checkpoint(&note.body).size();
    let entries = entries(&shop, size);
    let mut leaves = BTreeMap::new();
    for (receipt, leaf) in told.receipts.values() {
        assert_eq!(entries[usize::try_from(*leaf).unwrap()], entry_of(receipt));
        let other = leaves.insert(leaf, receipt);
        assert!(other.is_none(), "two receipts in leaf {leaf}");
    }
    // Every checkpoint there ever was is of these leaves.
    let mut tree = Tree::empty();
    for (size, root) in &told.roots {
        let known = usize::try_from(tree.size()).unwrap();
        tree.append(&entries[known..usize::try_from(*size).unwrap()])
            .unwrap();
        assert_eq!(tree.root(), *root, "at size {size}");
    }
    assert_eq!(shop.close(), Some(0));
    shop.opd(&["log", "verify"]).ok();
}
