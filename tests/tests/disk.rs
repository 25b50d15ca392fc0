//! A disk that fails, is full or cannot be written, and a process that is short of files: nothing is promised that
//! is not on the disk, whoever only reads is served, and all is well again when the trouble is over.
#![expect(
    clippy::unwrap_used,
    clippy::indexing_slicing,
    reason = "helpers of tests end at the spot too"
)]

use std::fs;
use std::io::ErrorKind;
use std::net::TcpStream;
use std::ops::Range;
use std::os::unix::fs::PermissionsExt as _;
use std::path::Path;
use std::time::{Duration, Instant};

use countersign_tests::buyer::{Buyer, Session};
use countersign_tests::idle::{address, connect_from};
use countersign_tests::judge::{Ledger, Letter, all_but, settles};
use countersign_tests::programs::{built, opd_with_crash_points};
use countersign_tests::recorder::Recorder;
use countersign_tests::shop::{Shop, eventually};
use rustix::process::{Pid, Resource, Rlimit, getrlimit, prlimit};
use serde_json::json;

/// How soon a server takes orders again when there is space.
const RECOVERY: Duration = Duration::from_secs(5);

/// A shop on a disk with a recorder under it, and a buyer who wants to order.
struct Disk {
    shop: Shop,
    recorder: Recorder,
    acme: Buyer,
    session: Session,
    ledger: Ledger,
    unanswered: Vec<Letter>,
    orders: usize,
}

impl Disk {
    /// The shop is not open yet.
    fn under(opd: &Path) -> Self {
        let mut shop = Shop::founded_with(opd, &[("OPD_DESK_MODE", "manual")]);
        shop.sells(&[("WATER", "15.00", 100_000)]);
        shop.serve();
        let acme = shop.buyer("acme");
        let session = acme.signs_in();
        let ledger = Ledger::open(&shop);
        ledger.header(json!({
            "tokens": {"acme": session.token},
            "secrets": [acme.password],
        }));
        assert_eq!(shop.close(), Some(0));
        Self {
            recorder: Recorder::under(&mut shop),
            shop,
            acme,
            session,
            ledger,
            unanswered: Vec::new(),
            orders: 0,
        }
    }

    /// Opens the shop.
    #[track_caller]
    fn open(mut self) -> Self {
        self.shop.serve();
        Recorder::remove_from(&mut self.shop);
        self
    }

    fn sound() -> Self {
        Self::under(&built("opd")).open()
    }

    /// With nothing between the server and the kernel.
    fn unrecorded(opd: &Path) -> Self {
        let mut disk = Self::under(opd);
        Recorder::remove_from(&mut disk.shop);
        disk.open()
    }

    fn without_syncs() -> Self {
        let mut disk = Self::under(&opd_with_crash_points());
        disk.shop.set("OPD_FAULT", "synchronous-off");
        disk.open()
    }

    /// Sends a new order; the status of the answer, or none.
    fn orders(&mut self) -> Option<u16> {
        self.orders += 1;
        let number = format!("PO-{}", self.orders);
        let draft = self.acme.draft(&number).line("WATER", 1, "15.00");
        let letter = Letter::order(&self.acme, &draft);
        self.sends(letter)
    }

    fn sends(&mut self, letter: Letter) -> Option<u16> {
        let answer = self.ledger.sends_alone(&self.session, &letter);
        let status = answer.ok().map(|answer| answer.status);
        if !matches!(status, Some(200 | 201)) {
            self.unanswered.push(letter);
        }
        status
    }

    /// Sends whatever was not answered until it is.
    #[track_caller]
    fn settles_within(&mut self, patience: Duration) {
        let start = Instant::now();
        while let Some(letter) = self.unanswered.pop() {
            self.sends(letter);
            assert!(
                self.unanswered.is_empty() || start.elapsed() < patience,
                "nothing is taken in {patience:?} after the trouble"
            );
        }
    }

    /// Nothing was refused.
    #[track_caller]
    fn assert_judged(&self) {
        settles(&self.shop);
        self.ledger.judged(&self.shop, &all_but(&["J7"])).ok();
    }

    /// The same where no answer was left out.
    #[track_caller]
    fn assert_judged_without_unknowns(&self) {
        settles(&self.shop);
        let demanded = all_but(&["J7", "J12"]);
        self.ledger.judged(&self.shop, &demanded).ok();
    }
}

/// The operations on a file that were begun and ended within a part of the record, in order; the form is told in
/// `shim/recorder.c`. Either end of the part, and that of the record, may lie in the middle of an operation.
fn operations_on(record: &[u8], part: Range<usize>, name: &str) -> Vec<u8> {
    const HEAD: usize = 25;
    let mut found = Vec::new();
    let mut start = 0;
    while let Some(head) = record.get(start..start + HEAD) {
        let number = |at: usize| {
            let octets = head[at..at + 8].try_into().unwrap();
            usize::try_from(u64::from_le_bytes(octets)).unwrap()
        };
        let data = start + HEAD + number(1);
        let end = data + number(17);
        if end > part.end.min(record.len()) {
            break;
        }
        if start >= part.start && record[start + HEAD..data].ends_with(name.as_bytes()) {
            found.push(head[0]);
        }
        start = end;
    }
    found
}

/// Of so many orders, how many were answered before the write-ahead log was synced.
fn answered_too_early(disk: &mut Disk, orders: usize) -> usize {
    let length = |disk: &Disk| usize::try_from(disk.recorder.length()).unwrap();
    let mut early = 0;
    for _ in 0..orders {
        // Nothing else is to be written meanwhile: the mails of an order wait for the next.
        settles(&disk.shop);
        std::thread::sleep(Duration::from_millis(30));
        let from = length(disk);
        assert_eq!(disk.orders(), Some(201));
        let to = length(disk);
        let record = fs::read(disk.recorder.record()).unwrap();
        let operations = operations_on(&record, from..to, "opd.db-wal");
        let first_sync = operations.iter().position(|one| *one == b's');
        let is_synced = first_sync.is_some_and(|place| operations[..place].contains(&b'w'));
        early += usize::from(!is_synced);
    }
    early
}

#[test]
fn every_answer_rests_on_a_log_that_was_synced_before() {
    let mut sound = Disk::sound();
    assert_eq!(answered_too_early(&mut sound, 20), 0);
    sound.assert_judged_without_unknowns();
    let mut control = Disk::without_syncs();
    let early = answered_too_early(&mut control, 20);
    assert_eq!(early, 20, "without syncs it is seen");
}

#[test]
fn a_disk_that_cannot_sync_gets_no_answer_and_a_restart_settles_all() {
    let mut disk = Disk::sound();
    assert_eq!(disk.orders(), Some(201));
    disk.recorder.fails("sync 5");
    for _ in 0..5 {
        assert_eq!(disk.orders(), Some(503));
    }
    let read = disk.session.get("/v1/orders");
    assert_eq!(read.status, 200, "whoever reads is served");
    disk.shop.kill();
    disk.recorder.stop_failing();
    disk.shop.serve();
    disk.settles_within(RECOVERY);
    disk.assert_judged();
    disk.shop.opd(&["log", "verify"]).ok();
}

#[test]
fn one_sync_that_fails_costs_one_answer_and_no_restart() {
    let mut disk = Disk::sound();
    let mut refused = 0;
    for _ in 0..5 {
        settles(&disk.shop);
        disk.recorder.fails("sync 5 once");
        let status = disk.orders();
        // The mail or the checkpoint may have been the one to meet it.
        assert!(matches!(status, Some(201 | 503)), "{status:?}");
        refused += usize::from(status == Some(503));
        disk.recorder.stop_failing();
        disk.settles_within(RECOVERY);
    }
    assert!(refused > 0, "no order met it");
    assert_eq!(disk.orders(), Some(201));
    disk.assert_judged_without_unknowns();
    disk.shop.opd(&["log", "verify"]).ok();
}

/// Orders on a disk whose writes fail with this error, then on a sound one.
fn refuses_and_recovers(error: &str) {
    let mut disk = Disk::sound();
    assert_eq!(disk.orders(), Some(201));
    settles(&disk.shop);
    disk.recorder.fails(&format!("write {error}"));
    for _ in 0..5 {
        assert_eq!(disk.orders(), Some(503));
    }
    let rows = disk.session.rows("/v1/orders");
    assert_eq!(rows.len(), 1, "no part of an order is there");
    disk.recorder.stop_failing();
    disk.settles_within(RECOVERY);
    assert_eq!(disk.orders(), Some(201));
    disk.assert_judged();
    disk.shop.opd(&["log", "verify"]).ok();
}

#[test]
fn a_full_disk_takes_no_order_and_all_is_well_when_there_is_space() {
    refuses_and_recovers("28");
}

#[test]
fn a_disk_that_became_read_only_takes_no_order_until_it_is_not() {
    refuses_and_recovers("30");
}

fn limit(shop: &Shop, what: Resource, most: u64) {
    let process = i32::try_from(shop.process_id())
        .ok()
        .and_then(Pid::from_raw);
    let limit = Rlimit {
        current: Some(most),
        maximum: getrlimit(what).maximum,
    };
    prlimit(process, what, limit).unwrap();
}

/// Lets the files of a server grow by so much only.
fn limit_growth(disk: &Disk, most: u64) {
    settles(&disk.shop);
    let log = fs::metadata(disk.shop.data().join("opd.db-wal")).unwrap();
    limit(&disk.shop, Resource::Fsize, log.len() + most);
}

#[test]
fn a_server_ended_by_a_limit_of_the_size_of_files_loses_nothing() {
    const SIGXFSZ: i32 = 25;
    let mut disk = Disk::unrecorded(&built("opd"));
    assert_eq!(disk.orders(), Some(201));
    limit_growth(&disk, 200_000);
    let died = (0..200).find_map(|_| {
        disk.orders();
        disk.shop.dies_within(Duration::ZERO)
    });
    assert_eq!(died, Some(SIGXFSZ));
    disk.shop.serve();
    disk.settles_within(RECOVERY);
    disk.assert_judged();
}

#[test]
fn a_server_that_outlives_such_a_limit_takes_orders_again_without_it() {
    let folder = tempfile::tempdir().unwrap();
    let deaf = folder.path().join("opd");
    let opd = built("opd");
    let script = format!("#!/bin/sh\ntrap '' XFSZ\nexec {} \"$@\"\n", opd.display());
    fs::write(&deaf, script).unwrap();
    fs::set_permissions(&deaf, fs::Permissions::from_mode(0o700)).unwrap();
    let mut disk = Disk::unrecorded(&deaf);
    assert_eq!(disk.orders(), Some(201));
    limit_growth(&disk, 200_000);
    let refused = (0..200).find_map(|_| disk.orders().filter(|status| *status != 201));
    assert_eq!(refused, Some(503));
    let taken = disk.orders - disk.unanswered.len();
    assert_eq!(disk.session.rows("/v1/orders").len(), taken);
    limit(&disk.shop, Resource::Fsize, 1 << 30);
    disk.settles_within(RECOVERY);
    assert_eq!(disk.orders(), Some(201));
    disk.assert_judged();
    disk.shop.opd(&["log", "verify"]).ok();
}

/// What the server may still take of memory, and how many connections ask for more.
const MEMORY_LEFT_BYTES: u64 = 1 << 20;
const GREEDY: u32 = 400;

/// Memory of the server that only it writes, as the kernel counts it against its limit.
fn memory_bytes(shop: &Shop) -> u64 {
    let status = fs::read_to_string(format!("/proc/{}/status", shop.process_id())).unwrap();
    let data = status.lines().find_map(|line| line.strip_prefix("VmData:"));
    let kib = data.unwrap().trim().strip_suffix(" kB").unwrap();
    kib.parse::<u64>().unwrap() * 1024
}

#[test]
fn a_server_that_gets_no_more_memory_loses_nothing() {
    const SIGABRT: i32 = 6;
    let mut disk = Disk::unrecorded(&built("opd"));
    for _ in 0..20 {
        assert_eq!(disk.orders(), Some(201));
    }
    let most = memory_bytes(&disk.shop) + MEMORY_LEFT_BYTES;
    limit(&disk.shop, Resource::Data, most);
    let server = disk.session.server.clone();
    let mut held = Vec::new();
    let died = (0..GREEDY).find_map(|n| {
        // Once it is dead nobody is let in.
        let socket = connect_from(address(n % 100), server.address());
        held.extend(socket.and_then(|socket| server.begin_handshake(socket)));
        disk.orders();
        disk.shop.dies_within(Duration::ZERO)
    });
    assert_eq!(died, Some(SIGABRT));
    disk.shop.serve();
    disk.settles_within(RECOVERY);
    disk.assert_judged();
    disk.shop.opd(&["log", "verify"]).ok();
}

/// How many files the server may have open that is short of them.
const FILES_MAX: u64 = 64;

fn open_files(shop: &Shop) -> u64 {
    let open = fs::read_dir(format!("/proc/{}/fd", shop.process_id())).unwrap();
    u64::try_from(open.count()).unwrap()
}

/// Whether the other end has closed a connection over which it said nothing.
fn is_ended(connection: &TcpStream) -> bool {
    connection.set_nonblocking(true).unwrap();
    match connection.peek(&mut [0]) {
        Ok(length) => length == 0,
        Err(error) => error.kind() != ErrorKind::WouldBlock,
    }
}

#[test]
fn a_server_short_of_files_sheds_connections_and_loses_no_answer() {
    let mut disk = Disk::under(&built("opd"));
    Recorder::remove_from(&mut disk.shop);
    // Whoever says nothing makes room soon.
    disk.shop.set("OPD_LISTEN_HANDSHAKE_TIMEOUT_SECONDS", "1");
    // A letter that could not be written is tried again soon.
    disk.shop.set("OPD_MAIL_RETRY_FIRST_SECONDS", "1");
    let mut disk = disk.open();
    assert_eq!(disk.orders(), Some(201));
    limit(&disk.shop, Resource::Nofile, FILES_MAX);
    // Each from an address of its own: none has too many.
    let held: Vec<TcpStream> = (0..100)
        .map(|n| connect_from(address(n), disk.session.server.address()).unwrap())
        .collect();
    eventually("every file is taken", || {
        open_files(&disk.shop) >= FILES_MAX
    });
    eventually("a connection is shed", || held.iter().any(is_ended));
    let start = Instant::now();
    // They are held all the while.
    while disk.orders() != Some(201) {
        assert!(
            start.elapsed() < Duration::from_secs(30),
            "it never came back"
        );
        std::thread::sleep(Duration::from_millis(100));
    }
    disk.settles_within(RECOVERY);
    drop(held);
    assert!(disk.shop.is_serving());
    disk.assert_judged_without_unknowns();
}
