//! Bits that flip on the disk of a shop: each is told by what an operator runs, or changes nothing that was agreed
//! in an order. `COUNTERSIGN_SEED` repeats a run, `COUNTERSIGN_FLIPS` makes it longer.
#![expect(
    clippy::indexing_slicing,
    clippy::unwrap_used,
    reason = "helpers of tests end at the spot too"
)]

use std::fs;
use std::path::{Path, PathBuf};

use countersign_tests::backup::Backup;
use countersign_tests::chance::{Dice, seed, wanted};
use countersign_tests::crowd::all_at_once;
use countersign_tests::programs::{Ran, copy_folder, program, run};
use countersign_tests::remark;
use countersign_tests::shop::{Shop, rows};
use serde_json::Value;

/// Bits flipped in each file.
const FLIPS: u64 = 16;
/// Disks that rot at once.
const DISKS: usize = 2;

/// What an operator runs day by day, in this order: it reads every row, and every page.
const DAILY: [&[&str]; 2] = [&["log", "verify"], &["backup", "today.backup"]];

/// Data directories of a shop with a past: one whose server was killed, so that its trade is in the
/// write-ahead log, and one that was closed.
struct Pasts {
    shop: Shop,
    killed: PathBuf,
    closed: PathBuf,
}

impl Pasts {
    fn trade() -> Self {
        let mut shop = Shop::open_with(&[("OPD_DESK_MODE", "manual")]);
        let acme = shop.buyer("acme");
        let session = acme.signs_in();
        for (number, quantity) in [("PO-1", 2), ("PO-2", 1_000_000), ("PO-3", 3), ("PO-4", 1)] {
            let draft = acme.draft(number).line("WATER", quantity, "15.00");
            session.submits(&acme.envelope(&draft)).with_status(201);
        }
        for step in ["prepare", "pack"] {
            shop.opd(&["order", step, "PO-1"]).ok();
        }
        shop.opd(&["order", "ship", "PO-1", "--carrier", "UPS"])
            .ok();
        shop.opd(&["order", "cancel", "PO-4", "--reason", "out of season"])
            .ok();
        shop.remembers_its_log();
        shop.kill();
        let [killed, closed] = ["killed", "closed"].map(|name| {
            let copy = shop.folder().join(name);
            copy_folder(&shop.data(), &copy);
            copy
        });
        // As a server does that ends: all of the log goes into the database.
        drop(Backup::of(&closed));
        Self {
            shop,
            killed,
            closed,
        }
    }
}

/// What is run on a disk: the orders that it shows, or what it told instead.
type Reader = fn(&Disk) -> Result<Value, Ran>;

/// A data directory in which one file may be spoilt, and what the shop says of its orders when it is not.
struct Disk {
    pristine: PathBuf,
    data: PathBuf,
    answers: Value,
}

impl Disk {
    fn like(pristine: &Path, data: PathBuf) -> Self {
        let mut disk = Self {
            pristine: pristine.to_owned(),
            data,
            answers: Value::Null,
        };
        disk.restore();
        disk.answers = disk.judged().unwrap();
        disk
    }

    fn restore(&self) {
        drop(fs::remove_dir_all(&self.data));
        copy_folder(&self.pristine, &self.data);
        // What is shared between programs that run; none does.
        drop(fs::remove_file(self.data.join("opd.db-shm")));
    }

    fn opd(&self, arguments: &[&str]) -> Ran {
        let mut command = program("opd", &self.data);
        command.env("OPD_DATA", &self.data).args(arguments);
        run(&mut command)
    }

    /// What the shop says of its orders, if nothing that is run day by day tells that something is wrong.
    fn judged(&self) -> Result<Value, Ran> {
        for command in DAILY {
            let said = self.opd(command);
            if said.code != Some(0) {
                return Err(said);
            }
        }
        self.orders()
    }

    fn orders(&self) -> Result<Value, Ran> {
        let said = self.opd(&["order", "list", "--json"]);
        if said.code != Some(0) {
            return Err(said);
        }
        Ok(rows(&said.json()).into_iter().map(agreed).collect())
    }

    /// Flips a bit of a file and tells whether anybody noticed. If nobody did, the answers are what they were.
    fn is_told_of(&self, file: &str, bit: usize, reads: Reader) -> bool {
        self.restore();
        let path = self.data.join(file);
        let mut bytes = fs::read(&path).unwrap();
        bytes[bit / 8] ^= 1 << (bit % 8);
        fs::write(&path, bytes).unwrap();
        match reads(self) {
            Ok(answers) => {
                assert_eq!(answers, self.answers, "bit {bit} of {file}");
                false
            }
            Err(said) => {
                // An error that is told, not a panic and not a signal.
                let is_failure = matches!(said.code, Some(1 | 3 | 7)) && !said.stderr.is_empty();
                assert!(is_failure, "bit {bit} of {file}: {said:?}");
                true
            }
        }
    }
}

/// What was agreed of an order, without what the desk notes for itself: its timeline and its shelves.
fn agreed(mut order: Value) -> Value {
    for own in ["revision", "timeline", "allowed_actions"] {
        order.as_object_mut().unwrap().remove(own);
    }
    for line in order["lines"].as_array_mut().unwrap() {
        for own in ["reserved", "back_ordered"] {
            line.as_object_mut().unwrap().remove(own);
        }
    }
    order
}

#[test]
fn a_flipped_bit_is_told_or_changes_nothing_that_was_agreed() {
    let pasts = Pasts::trade();
    let (seed, flips) = (seed(), wanted("COUNTERSIGN_FLIPS", FLIPS));
    let flips = usize::try_from(flips).unwrap();
    let files: [(&str, &Path, Reader); 4] = [
        ("opd.db", &pasts.closed, Disk::judged),
        ("opd.db-wal", &pasts.killed, Disk::judged),
        ("log.checkpoint", &pasts.closed, Disk::orders),
        ("keys/receipt.key.pem", &pasts.closed, Disk::orders),
    ];
    let told = all_at_once(DISKS, |worker| {
        files.map(|(file, past, reads)| {
            let disk = Disk::like(past, pasts.shop.folder().join(format!("disk-{worker}")));
            let bits = fs::read(past.join(file)).unwrap().len() * 8;
            let mut dice = Dice::of(seed ^ u64::try_from(worker).unwrap());
            (worker..flips)
                .step_by(DISKS)
                .filter(|_| disk.is_told_of(file, dice.below(bits), reads))
                .count()
        })
    });
    for (n, (file, ..)) in files.iter().enumerate() {
        let told: usize = told.iter().map(|of_disk| of_disk[n]).sum();
        remark(&format!(
            "{file}: {flips} bits flipped, {told} of them told"
        ));
        // Much of a database is nothing yet; of the other files every bit counts.
        assert!(told > 0 || *file == "opd.db", "{file}");
    }
    let disk = Disk::like(&pasts.closed, pasts.shop.folder().join("disk-0"));
    let database = pasts.closed.join("opd.db");
    let mut signed = bits_of(&database, b"\"purchase_order_number\":\"PO-3\"");
    assert!(signed.any(|bit| disk.is_told_of("opd.db", bit, Disk::judged)));
}

/// The first bit of each place where a file has a text: a database may keep copies of what it has moved.
fn bits_of(file: &Path, text: &[u8]) -> impl Iterator<Item = usize> {
    let bytes = fs::read(file).unwrap();
    let parts = 0..bytes.len() - text.len();
    parts
        .filter(move |at| bytes[*at..].starts_with(text))
        .map(|at| at * 8)
}
