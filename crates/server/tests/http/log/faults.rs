//! The log while the store fails at each step of what lets it grow.

use std::collections::{BTreeMap, BTreeSet};

use countersign_envelope::{Certificate, Opened};
use countersign_order::Draft;
use countersign_transparency::{Checkpoint, Hash, tiles_for_consistency};
use jiff::ToSpan as _;
use serde_json::Value;

use super::{all_entries, checkpoint, entry_of, proved_as, tiles};
use crate::support::{Answer, Buyer, CallFault, Client, Fault, TestServer, cancellation_path};

/// The calls that a batch of orders makes in its transaction.
const CALLS_OF_A_BATCH: [&str; 8] = [
    "begin",
    "load",
    "correspondents",
    "log_head",
    "append",
    "apply",
    "insert_mail",
    "insert_refusals",
];

/// Those that only a cancellation makes.
const CALLS_OF_A_CANCELLATION: [&str; 7] = [
    "order",
    "statements_of",
    "cancellation_requests",
    "key_by_fingerprint",
    "move_order",
    "insert_cancellation_request",
    "record",
];

/// What goes wrong for a while.
#[derive(Debug, Clone, Copy)]
enum Trouble {
    EveryCommit(Fault),
    EveryCall(&'static str, CallFault),
    OneCall(&'static str),
}

impl Trouble {
    fn all() -> Vec<Self> {
        let mut all: Vec<_> = [Fault::BeforeCommit, Fault::AfterCommit, Fault::Conflict]
            .map(Self::EveryCommit)
            .into();
        for call in CALLS_OF_A_BATCH.iter().chain(&CALLS_OF_A_CANCELLATION) {
            for fault in [CallFault::Unavailable, CallFault::Conflict, CallFault::Full] {
                all.push(Self::EveryCall(call, fault));
            }
            all.push(Self::OneCall(call));
        }
        all
    }

    fn begins(self, server: &TestServer) {
        match self {
            Self::EveryCommit(fault) => server.faults.every_commit(Some(fault)),
            Self::EveryCall(call, fault) => server.faults.calls(call, fault, u32::MAX),
            Self::OneCall(call) => server.faults.calls(call, CallFault::Conflict, 1),
        }
    }

    /// Whether what was answered with a failure stands all the same.
    fn keeps(self) -> bool {
        matches!(self, Self::EveryCommit(Fault::AfterCommit))
    }
}

/// Something that is sent, again and again in the same bytes.
struct Message {
    path: String,
    envelope: Vec<u8>,
    /// Where the answer holds what the seller signed; a message that is refused is answered without.
    statement: Option<&'static str>,
}

impl Message {
    fn order(acme: &Buyer, draft: Draft) -> Self {
        Self {
            path: "/v1/orders".to_owned(),
            envelope: acme.envelope(&draft.complete().unwrap().to_json()),
            statement: Some("receipt"),
        }
    }

    /// An order that comes so late that it is refused in the batch.
    fn late(acme: &Buyer, number: &str) -> Self {
        let mut draft = acme.order(number, "WATER", 1);
        draft.issued_at = acme.now - 48.hours();
        let content = draft.complete().unwrap().to_json();
        let signed = acme.key.sign(&content, acme.now - 48.hours()).unwrap();
        Self {
            path: "/v1/orders".to_owned(),
            envelope: acme.sealed(&signed),
            statement: None,
        }
    }

    fn cancellation(acme: &Buyer, answered: &Answer) -> Self {
        Self {
            path: cancellation_path(&answered.order_id()),
            envelope: acme.envelope(&acme.cancellation(answered).to_json()),
            statement: Some("statement"),
        }
    }
}

/// Everything that was ever seen of the log and of what is in it.
struct Seen {
    roots: BTreeMap<u64, Hash>,
    statements: BTreeMap<Vec<u8>, u64>,
}

impl Seen {
    /// Takes a checkpoint in, and insists that it contradicts none before.
    fn checkpoint(&mut self, checkpoint: &Checkpoint) {
        let root = *checkpoint.root();
        let known = *self.roots.entry(checkpoint.size()).or_insert(root);
        assert_eq!(known, root, "two roots at size {}", checkpoint.size());
    }

    /// Takes a statement in that an answer proves, and insists that it names the leaf it is in.
    fn statement(&mut self, server: &TestServer, answer: &Answer, member: &str) -> Vec<u8> {
        let (leaf, checkpoint) = proved_as(server, answer, member);
        self.checkpoint(&checkpoint);
        let der = answer.der(member);
        assert_eq!(leaf_named_in(server, &der), leaf);
        let known = *self.statements.entry(der.clone()).or_insert(leaf);
        assert_eq!(known, leaf, "a statement moved");
        der
    }

    async fn newest(&mut self, server: &TestServer, anyone: &mut Client) -> Checkpoint {
        let note = anyone.get("/log/checkpoint").await;
        let newest = checkpoint(server, &String::from_utf8(note.bytes).unwrap());
        self.checkpoint(&newest);
        newest
    }
}

/// The leaf that a statement says it is in, its signature verified.
fn leaf_named_in(server: &TestServer, statement: &[u8]) -> u64 {
    let certificate = Certificate::from_pem(&server.desk.seller().certificates().receipt).unwrap();
    let opened = Opened::from_signed_data(statement.to_vec()).unwrap();
    let verified = opened.verify(&[certificate]).unwrap();
    let document: Value = serde_json::from_slice(verified.content()).unwrap();
    document["log"]["leaf"].as_u64().unwrap()
}

/// Sends all at once, each on a connection of its own.
async fn send(buyers: &mut [Buyer; 5], messages: &[Message; 5]) -> [Answer; 5] {
    let [one, two, three, four, five] = buyers;
    let [first, second, third, fourth, fifth] = messages;
    tokio::join!(
        send_one(one, first),
        send_one(two, second),
        send_one(three, third),
        send_one(four, fourth),
        send_one(five, fifth),
    )
    .into()
}

async fn send_one(buyer: &mut Buyer, message: &Message) -> Answer {
    let envelope = message.envelope.clone();
    buyer.sends_to(&message.path, envelope).await
}

/// Insists that a failure tells nothing that was signed.
fn says_nothing_signed(answer: &Answer) {
    assert_eq!(
        answer.header("content-type"),
        Some("application/problem+json")
    );
    let body = answer.json();
    for member in ["receipt", "statement", "proof", "checkpoint", "order"] {
        assert!(body.get(member).is_none(), "{member} in {body}");
    }
}

/// Who takes part, and what they have seen.
struct Scene {
    server: TestServer,
    acme: Buyer,
    buyers: [Buyer; 5],
    anyone: Client,
    seen: Seen,
}

impl Scene {
    async fn open() -> Self {
        let server = TestServer::start().await;
        server.stocks("WATER", 100_000).await;
        let acme = server.buyer("acme").await;
        Self {
            buyers: [
                acme.again(&server).await,
                acme.again(&server).await,
                acme.again(&server).await,
                acme.again(&server).await,
                acme.again(&server).await,
            ],
            anyone: server.client().await,
            acme,
            server,
            seen: Seen {
                roots: BTreeMap::new(),
                statements: BTreeMap::new(),
            },
        }
    }

    async fn newest(&mut self) -> Checkpoint {
        self.seen.newest(&self.server, &mut self.anyone).await
    }

    /// Three orders, one that comes too late, and a cancellation of an order that stands.
    async fn messages(&mut self, n: usize) -> [Message; 5] {
        let acme = &mut self.acme;
        let before = acme
            .submits(acme.order(&format!("PO-{n}"), "WATER", 1))
            .await;
        self.seen.statement(&self.server, &before, "receipt");
        let order = |k| Message::order(acme, acme.order(&format!("PO-{n}-{k}"), "WATER", 1));
        [
            order(1),
            order(2),
            order(3),
            Message::late(acme, &format!("PO-{n}-late")),
            Message::cancellation(acme, &before),
        ]
    }

    /// Sends everything while there is trouble, and once more when it is over. Tells how many
    /// failures there were.
    async fn goes_through(&mut self, trouble: Trouble, messages: &[Message; 5]) -> usize {
        let size = self.newest().await.size();
        trouble.begins(&self.server);
        let answers = send(&mut self.buyers, messages).await;
        let grown = self.newest().await.size();
        assert!(self.server.faults.none() > 0, "{trouble:?} struck nothing");
        let mut leaves = 0;
        let mut said = Vec::new();
        for (message, answer) in messages.iter().zip(&answers) {
            let statement = message.statement.filter(|_| answer.status == 201);
            let stands = message
                .statement
                .filter(|_| statement.is_some() || trouble.keeps());
            leaves += u64::from(stands.is_some());
            said.push(statement.map(|member| self.seen.statement(&self.server, answer, member)));
            if statement.is_none() {
                says_nothing_signed(answer);
            }
        }
        assert_eq!(grown, size + leaves, "{trouble:?}");

        let truth = send(&mut self.buyers, messages).await;
        for ((message, answer), said) in messages.iter().zip(&truth).zip(said) {
            let Some(member) = message.statement else {
                assert_eq!(answer.verdict(), "403 timestamp-not-accepted");
                continue;
            };
            let stood = said.is_some() || trouble.keeps();
            assert_eq!(answer.status, if stood { 200 } else { 201 }, "{trouble:?}");
            let der = self.seen.statement(&self.server, answer, member);
            assert!(said.is_none_or(|said| said == der), "{trouble:?}");
        }
        let failures = answers.iter().filter(|a| a.status.is_server_error());
        failures.count()
    }

    /// Whatever was seen on the way grew into what is there.
    async fn roots_are_of_one_log(&mut self) {
        let sizes: Vec<_> = self.seen.roots.iter().collect();
        for pair in sizes.windows(2) {
            let [(old, old_root), (new, new_root)] = pair else {
                continue;
            };
            let proof = tiles(&mut self.anyone, tiles_for_consistency(**old, **new)).await;
            let proof = proof.consistency_proof(**old, **new).unwrap();
            proof.verify(**old, old_root, **new, new_root).unwrap();
        }
    }
}

#[tokio::test(flavor = "multi_thread")]
async fn whatever_fails_in_a_batch_no_leaf_is_filled_twice_and_nothing_said_is_taken_back() {
    let mut scene = Scene::open().await;
    let founded = scene.newest().await.size();
    let mut failures = 0;
    for (n, trouble) in Trouble::all().into_iter().enumerate() {
        let messages = scene.messages(n).await;
        failures += scene.goes_through(trouble, &messages).await;
    }
    assert!(failures > 100, "hardly anything failed: {failures}");

    scene.server.restart().await;
    scene.anyone = scene.server.client().await;
    let size = scene.newest().await.size();
    // Nobody has a statement that the log does not hold, nor does it hold one that nobody has.
    let entries = all_entries(&mut scene.anyone, size).await;
    let statements = &scene.seen.statements;
    for (statement, leaf) in statements {
        let entry = entries[usize::try_from(*leaf).unwrap()];
        assert_eq!(entry, entry_of(statement));
    }
    let leaves: BTreeSet<_> = statements.values().collect();
    assert_eq!(leaves.len(), statements.len(), "two statements in one leaf");
    assert_eq!(size, founded + u64::try_from(leaves.len()).unwrap());
    scene.roots_are_of_one_log().await;
}
