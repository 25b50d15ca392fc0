//! What the log costs: `cargo run --release -p countersign-server --example log_cost`.
//!
//! First in CPU per order, beside what an order costs without it; then through the store, on disk, as
//! the log grows from 1,000 leaves to 1,000,000. Needs 2 GB in the temporary folder, and some minutes.

#![expect(
    clippy::unwrap_used,
    clippy::print_stdout,
    reason = "an example that prints what it measured"
)]

use std::hint::black_box;
use std::path::Path;
use std::time::{Duration, Instant};

use countersign_envelope::{
    Certificate, CertificateUse, Host, RsaBits, Sealed, Signer, SigningKey, seal, self_signed,
};
use countersign_order::{Digest, Draft, DraftLine, Fulfilment, Offer, Quantity};
use countersign_server::random::Random;
use countersign_server::seller::make::{Founding, found};
use countersign_server::seller::{DataDir, Passphrase, Seller};
use countersign_store::{
    Growth, LogHead, OpenMode, ShopRecord, SqliteStore, StatementKind, StatementRecord, Store as _,
    View,
};
use countersign_transparency::{
    Checkpoint, Entry, InclusionProof, KeyName, Tiles, Tree, tiles_for_inclusion,
};
use jiff::{Timestamp, ToSpan as _};
use rustix::time::{ClockId, clock_gettime};
use zeroize::Zeroizing;

/// Orders decided in one transaction.
const BATCH: u64 = 64;
/// Statements added at a time while the log is filled.
const FILL: u64 = 4096;
/// Octets of a statement that only fills the log: as long as a receipt for a few lines.
const STATEMENT_BYTES: usize = 1024;
/// How often each thing is done; what counts is the median.
const ROUNDS: usize = 101;
/// How long the store may still be busy with what was filled.
const CHECKPOINT_PATIENCE: Duration = Duration::from_mins(2);
const SMALL: u64 = 1_000;
const LARGE: u64 = 1_000_000;

fn main() {
    let folder = tempfile::tempdir().unwrap();
    let seller = seller(folder.path());
    let (order, statement) = order_cpu(&seller);
    let log = log_cpu(&seller, &statement);
    println!(
        "log per order, of an order's primitives: {:.2} %",
        100.0 * log.as_secs_f64() / order.as_secs_f64()
    );
    let runtime = tokio::runtime::Builder::new_current_thread()
        .enable_time()
        .build()
        .unwrap();
    runtime.block_on(async {
        let small = stored(folder.path(), SMALL).await;
        let large = stored(folder.path(), LARGE).await;
        let names = ["append", "append and commit", "inclusion proof"];
        for ((name, small), large) in names.into_iter().zip(small.wall).zip(large.wall) {
            let ratio = large.as_secs_f64() / small.as_secs_f64();
            println!("{name}: × {ratio:.2} from {SMALL} leaves to {LARGE}");
        }
        println!(
            "append per order, with the statements' own rows, of an order's primitives: {:.2} %",
            100.0 * large.append_cpu.as_secs_f64() / 64.0 / order.as_secs_f64()
        );
    });
}

/// Opens, verifies and answers one order; the answer is as long as a receipt.
fn order_cpu(seller: &Seller) -> (Duration, Vec<u8>) {
    let key = SigningKey::generate_rsa(RsaBits::B3072).unwrap();
    let mut rng = Random::system().rng();
    let (from, to) = (now(), now() + 8760.hours());
    let certificate = self_signed(&key, "acme", &CertificateUse::Buyer, from, to, &mut rng);
    let buyer = Signer::new(key, certificate.unwrap()).unwrap();
    let content = order(seller).complete().unwrap().to_json();
    let signed = buyer.sign(&content, now()).unwrap();
    let recipient = Certificate::from_pem(&seller.certificates().recipient).unwrap();
    let envelope = seal(&signed, &[&recipient], &mut rng).unwrap();
    let keys = [buyer.certificate().clone()];

    let open = || {
        let sealed = Sealed::parse(envelope.clone()).unwrap();
        sealed.open(seller.recipients(now())).unwrap()
    };
    let opening = cpu(open);
    let opening_and_verifying = cpu(|| open().verify(&keys).unwrap());
    let sign = || seller.receipt().sign(&content, now()).unwrap();
    let signing = cpu(sign);
    let whole = opening_and_verifying + signing;
    println!(
        "an order of {} octets, CPU: open {opening:.1?}, verify RSA-3072 {:.1?}, sign P-256 \
         {signing:.1?}; together {whole:.1?}",
        envelope.len(),
        opening_and_verifying.saturating_sub(opening),
    );
    (whole, sign())
}

/// Lets a log of 1,000,000 leaves grow by a batch, proves each new leaf and signs the checkpoint.
fn log_cpu(seller: &Seller, statement: &[u8]) -> Duration {
    let mut tree = Tree::empty();
    tree.append(&(0..LARGE).map(entry).collect::<Vec<_>>())
        .unwrap();
    let digests = || (0..BATCH).map(|_| Entry::from_bytes(sha256(statement)));
    let append = || {
        let mut tree = tree.clone();
        let appended = tree.append(&digests().collect::<Vec<_>>()).unwrap();
        (tree, appended)
    };
    let appending = cpu(append);
    let proving = cpu(|| {
        let (tree, appended) = append();
        let proofs = appended.leaves().map(|leaf| appended.proof(leaf).unwrap());
        (
            proofs.collect::<Vec<_>>(),
            appended.tile_hashes().count(),
            tree,
        )
    });
    let signing = cpu(|| checkpoint(seller, &tree));
    let whole = proving + signing;
    let each = whole / 64;
    println!(
        "the log's part of a batch of {BATCH} statements of {} octets, CPU: digests and append {appending:.1?}, proofs {:.1?}, \
         checkpoint {signing:.1?}; together {whole:.1?}, {each:.2?} for each order",
        statement.len(),
        proving.saturating_sub(appending),
    );
    each
}

fn checkpoint(seller: &Seller, tree: &Tree) -> String {
    let origin: KeyName = seller.origin().as_str().parse().unwrap();
    let checkpoint = Checkpoint::new(origin, tree.size(), tree.root()).unwrap();
    checkpoint.sign(seller.log_key()).unwrap().to_string()
}

/// What a store took at one size of its log.
struct Stored {
    /// To append a batch, to append and commit it, to prove a leaf.
    wall: [Duration; 3],
    append_cpu: Duration,
}

async fn stored(folder: &Path, leaves: u64) -> Stored {
    let path = folder.join(format!("{leaves}.db"));
    let store = SqliteStore::open(&path, OpenMode::Create).unwrap();
    fill(&store, leaves).await;
    // What was filled goes where it stays, so that every size is measured at rest.
    let deadline = Instant::now() + CHECKPOINT_PATIENCE;
    while store.lock_for_serving().is_err() {
        assert!(Instant::now() < deadline, "the database is not at rest");
        std::thread::sleep(Duration::from_millis(50));
    }

    let (mut append, mut append_cpu) = (Vec::new(), Vec::new());
    for _ in 0..ROUNDS {
        let mut transaction = store.begin().await.unwrap();
        let statements = statements(leaves..leaves + BATCH);
        let (start, start_cpu) = (Instant::now(), cpu_now());
        black_box(transaction.append(&statements).await.unwrap());
        append_cpu.push(cpu_now().saturating_sub(start_cpu));
        append.push(start.elapsed());
    }
    let mut prove = Vec::new();
    for round in 0..u64::try_from(ROUNDS).unwrap() {
        let leaf = round * (leaves / 101);
        let start = Instant::now();
        let mut view = store.read().await.unwrap();
        let log = view.log_head().await.unwrap().unwrap();
        let proof = proof(view.as_mut(), &log, leaf).await;
        prove.push(start.elapsed());
        let (size, root) = (log.tree.size(), log.tree.root());
        proof.verify(leaf, size, &entry(leaf), &root).unwrap();
    }
    let mut commit = Vec::new();
    let mut next = leaves;
    for _ in 0..ROUNDS {
        let statements = statements(next..next + BATCH);
        let start = Instant::now();
        let mut transaction = store.begin().await.unwrap();
        let growth: Growth = transaction.append(&statements).await.unwrap();
        transaction.commit().await.unwrap();
        commit.push(start.elapsed());
        next = growth.head.next_statement();
    }
    let wall = [append, commit, prove].map(median);
    let [append, commit, prove] = wall;
    let append_cpu = median(append_cpu);
    println!(
        "in SQLite at {leaves} leaves: append a batch of {BATCH} {append:.1?} (CPU {append_cpu:.1?}), with its \
         commit {commit:.1?}; prove a leaf {prove:.1?}"
    );
    Stored { wall, append_cpu }
}

async fn fill(store: &SqliteStore, leaves: u64) {
    let shop = ShopRecord {
        origin: "shop.example".parse().unwrap(),
        root: Digest::from_bytes([0; 32]),
        created_at: now(),
    };
    let mut transaction = store.begin().await.unwrap();
    assert!(transaction.insert_shop(&shop).await.unwrap());
    transaction.commit().await.unwrap();
    let mut next = 0;
    while next < leaves {
        let end = leaves.min(next + FILL);
        let mut transaction = store.begin().await.unwrap();
        transaction.append(&statements(next..end)).await.unwrap();
        transaction.commit().await.unwrap();
        next = end;
    }
}

/// Proves a leaf from what is stored, as the desk does.
async fn proof(view: &mut dyn View, log: &LogHead, leaf: u64) -> InclusionProof {
    let size = log.tree.size();
    let mut tiles = Tiles::new();
    for tile in tiles_for_inclusion(leaf, size) {
        let range = tile.first_hash()..tile.first_hash() + u64::from(tile.width());
        let hashes = if tile.level() == 0 {
            let entries = view.entries(log, range).await.unwrap();
            entries.iter().map(Entry::leaf_hash).collect()
        } else {
            view.tile_hashes(log, tile.level(), range).await.unwrap()
        };
        let octets: Vec<u8> = hashes.iter().flat_map(|hash| *hash.as_bytes()).collect();
        tiles.insert(tile, &octets).unwrap();
    }
    tiles.inclusion_proof(leaf, size).unwrap()
}

fn statements(numbers: std::ops::Range<u64>) -> Vec<StatementRecord> {
    let statement = |number| StatementRecord {
        number,
        kind: StatementKind::Receipt,
        order: None,
        account: Some("acme".parse().unwrap()),
        issued_at: now(),
        der: vec![7; STATEMENT_BYTES],
        sha256: Digest::from_bytes(*entry(number).as_bytes()),
    };
    numbers.map(statement).collect()
}

fn entry(number: u64) -> Entry {
    Entry::from_bytes(sha256(&number.to_be_bytes()))
}

fn sha256(octets: &[u8]) -> [u8; 32] {
    *countersign_envelope::Digest::of(octets).as_bytes()
}

/// The CPU that this thread takes to do something, as the median of many times.
fn cpu<T>(mut act: impl FnMut() -> T) -> Duration {
    let once = |_| {
        let start = cpu_now();
        black_box(act());
        cpu_now().saturating_sub(start)
    };
    median((0..ROUNDS).map(once).collect())
}

fn cpu_now() -> Duration {
    Duration::try_from(clock_gettime(ClockId::ThreadCPUTime)).unwrap()
}

fn median(mut times: Vec<Duration>) -> Duration {
    times.sort_unstable();
    times.get(times.len() / 2).copied().unwrap()
}

fn now() -> Timestamp {
    "2026-11-23T18:00:00Z".parse().unwrap()
}

fn seller(folder: &Path) -> Seller {
    let founding = Founding {
        origin: "shop.example".parse().unwrap(),
        hosts: vec![Host::Dns("localhost".to_owned())],
        mail_from: "orders@shop.example".parse().unwrap(),
        root_passphrase: Passphrase::new(Zeroizing::new("correct horse battery".to_owned())),
        service_passphrase: None,
    };
    let data = DataDir::at(folder.join("shop"));
    found(&founding, &data, Random::system(), now()).unwrap();
    Seller::load(&data, None).unwrap()
}

fn order(seller: &Seller) -> Draft {
    let lines = ["WATER", "BREAD", "SALT"].map(|sku| {
        let offer = Offer {
            sku: sku.parse().unwrap(),
            name: format!("{sku}, as sold").parse().unwrap(),
            unit: "EA".parse().unwrap(),
            currency: "USD".parse().unwrap(),
            unit_price: "15".parse().unwrap(),
            per: Quantity::ONE,
        };
        DraftLine::of(offer, Quantity::ONE)
    });
    Draft {
        seller: seller.origin().clone(),
        seller_root: seller.root_fingerprint(),
        buyer: "acme".parse().unwrap(),
        purchase_order_number: "PO-1".parse().unwrap(),
        issued_at: now(),
        lapses_at: None,
        fulfilment: Fulfilment::Complete,
        lines: lines.into(),
        ship_to: None,
        requested_delivery: None,
        contract: None,
        contact: None,
        replaces: None,
        references: Vec::new(),
        note: None,
    }
}
