//! A standby that does not answer: nothing is acknowledged until it does, whatever is done about the wait.

use std::fs;
use std::thread;
use std::time::{Duration, Instant};

use countersign_tests::buyer::Session;
use countersign_tests::customers::Customers;
use countersign_tests::http::Request;
use countersign_tests::postgres::{Pair, Postgres, Replication, STANDBY};
use countersign_tests::remark;
use countersign_tests::shop::{Shop, eventually, leaves_of, rows};
use countersign_tests::witness::Witness;

/// How long a customer waits for an answer, at the most.
const PATIENCE: Duration = Duration::from_mins(1);
/// By then a checkpoint has long gone out: the log is looked at every 0.7 s for its file, and every 5 s for a witness.
const OUTSIDE_BY: Duration = Duration::from_secs(10);
/// The most backends that may wait for a standby because of one server: its last commit, and one more to try.
const WAITING_MAX: usize = 3;

fn settings(address: &str) -> [(&'static str, &str); 2] {
    [
        ("OPD_STORAGE_DATABASE", address),
        ("OPD_DESK_MODE", "manual"),
    ]
}

fn readiness(shop: &Shop) -> u16 {
    shop.ask(&Request::get("/readyz")).status
}

/// Waits until the next thing that the server commits is the next order.
fn is_quiet(pair: &Pair) {
    eventually("nothing is left to do but the next order", || {
        let waiting = "SELECT count(*) FROM outbox WHERE state = 'waiting'";
        pair.primary().sql(waiting) == "0"
    });
    thread::sleep(Duration::from_secs(2));
}

#[test]
fn a_cancelled_wait_is_never_taken_for_an_answer() {
    let mut pair = Pair::start(Replication::Synchronous);
    let shop = Shop::open_with(&settings(&pair.address()));
    let acme = shop.buyer("acme");
    let session = acme.signs_in();
    let envelope = |number: &str| acme.envelope(&acme.draft(number).line("WATER", 1, "15.00"));
    let before = envelope("PO-1");
    let receipt = session.submits(&before).decision("accepted")["receipt"].clone();

    is_quiet(&pair);
    let stopped = pair.stops_receiving();
    let lost = envelope("PO-2");
    let answer = thread::scope(|scope| {
        let submits = scope.spawn(|| session.submits(&lost));
        pair.primary().cancels_a_wait();
        submits.join().unwrap()
    });
    answer.problem(503, "outcome-unknown");
    // It is there for whoever looks into the database.
    let id = "SELECT id FROM orders WHERE purchase_order_number = 'PO-2'";
    let id = pair.primary().sql(id);
    assert!(!id.is_empty());
    // Nobody is told of it, neither in answer to a repeat, nor whoever asks for it, nor by the log.
    for path in ["", "/receipt", "/statements", "/evidence"] {
        let told = session.get(&format!("/v1/orders/{id}{path}"));
        assert_eq!(told.status, 503, "{path}: {told:?}");
    }
    assert_eq!(shop.ask(&Request::get("/log/checkpoint")).status, 503);
    let begun = Instant::now();
    thread::scope(|scope| {
        let repeats = scope.spawn(|| {
            for _ in 0..3 {
                assert_eq!(session.submits(&lost).status, 503);
            }
        });
        // Somebody cancels whatever waits.
        while !repeats.is_finished() {
            pair.primary().cancels_all_waits();
        }
    });
    remark(&format!("three repeats took {:?}", begun.elapsed()));

    // The standby never had it.
    pair.standby().is_killed();
    drop(stopped);
    pair.primary().is_killed();
    pair.standby().starts();
    pair.promotes_the_standby();
    assert_eq!(pair.primary().sql("SELECT count(*) FROM orders"), "1");
    assert_ne!(session.submits(&lost).status, 200);
    pair.is_rebuilt();
    pair.waits_until_followed();
    eventually("orders are taken in again", || {
        let answer = session.submits(&lost);
        assert_ne!(answer.status, 200, "{answer:?}");
        answer.status == 201
    });
    assert_eq!(session.submits(&before).repeat()["receipt"], receipt);
    session.submits(&lost).repeat();
    assert_eq!(pair.primary().sql("SELECT count(*) FROM orders"), "2");
    shop.opd(&["log", "verify"]).ok();
}

#[test]
fn what_no_standby_has_is_in_nothing_that_is_told_of_the_log() {
    let pair = Pair::start(Replication::Synchronous);
    let address = pair.address();
    let witness = Witness::start("w.example");
    let asking = Witness::setting_to_ask(&[&witness]);
    let [database, manual] = settings(&address);
    let shop = Shop::open_with(&[database, manual, ("OPD_LOG_WITNESSES", &asking)]);
    witness.trusts(&shop.log_key_line());
    let acme = shop.buyer("acme");
    let session = acme.signs_in();
    let submits = |number: &str| {
        session.submits(&acme.envelope(&acme.draft(number).line("WATER", 1, "15.00")))
    };
    submits("PO-1").decision("accepted");
    let published = leaves_of(&shop.ask(&Request::get("/log/checkpoint")).text());
    let in_file = || leaves_of(&fs::read_to_string(shop.data().join("log.checkpoint")).unwrap());
    let at_the_witness = || leaves_of(&witness.remembers("shop.example"));
    eventually("the log is known outside the database", || {
        let witnesses = shop.opd_json(&["log", "witnesses"]);
        rows(&witnesses)[0]["behind"] == 0 && in_file() == published
    });
    assert_eq!(at_the_witness(), published);

    is_quiet(&pair);
    let stopped = pair.stops_receiving();
    let begun = Instant::now();
    thread::scope(|scope| {
        let lost = scope.spawn(|| submits("PO-2").problem(503, "outcome-unknown"));
        // Somebody cancels whatever waits, until long after the log's file and its witness would have had it.
        while !lost.is_finished() || begun.elapsed() < OUTSIDE_BY {
            pair.primary().cancels_all_waits();
        }
    });
    let leaves = pair.primary().sql("SELECT count(*) FROM statements");
    assert_eq!(leaves, (published + 1).to_string(), "it is in the database");
    assert_eq!((in_file(), at_the_witness()), (published, published));
    for tile in ["entries", "0"] {
        let path = format!("/log/tile/{tile}/000.p/{leaves}");
        assert_eq!(shop.ask(&Request::get(&path)).status, 503, "{path}");
    }

    drop(stopped);
    eventually("what is durable is told", || {
        in_file() > published && at_the_witness() > published
    });
    for tile in ["entries", "0"] {
        let path = format!("/log/tile/{tile}/000.p/{leaves}");
        shop.ask(&Request::get(&path)).with_status(200);
    }
}

#[test]
fn while_no_standby_answers_nothing_is_taken_in_and_everything_can_be_read() {
    let pair = Pair::start(Replication::Synchronous);
    let mut shop = Shop::open_with(&settings(&pair.address()));
    shop.opd(&["stock", "receive", "WATER", "1000"]).ok();
    let customers = Customers::of(&[&shop], 8, PATIENCE);
    let reader = shop.buyer("acme");
    let session = reader.signs_in();
    let envelope = reader.envelope(&reader.draft("PO-0").line("WATER", 1, "15.00"));
    let order = session.submits(&envelope).decision("accepted")["order"].clone();
    assert_eq!(readiness(&shop), 200);
    customers.order_while(|| customers.get_receipts(16));
    customers.learn_the_rest();
    is_quiet(&pair);
    let stopped = pair.stops_receiving();
    // The one order whose commit waits for the standby may be there or not. Those that come after it are not.
    let first = reader.envelope(&reader.draft("PO-1").line("WATER", 1, "15.00"));
    session.submits(&first).problem(503, "outcome-unknown");
    customers.order_while(|| {
        eventually("the server says that it is not ready", || {
            readiness(&shop) == 503
        });
        let before = customers.acknowledged();
        let end = Instant::now() + Duration::from_secs(12);
        let mut longest = Duration::ZERO;
        while Instant::now() < end {
            let begun = Instant::now();
            session.get("/v1/items").with_status(200);
            session.get("/v1/orders").with_status(200);
            let id = order["id"].as_str().unwrap();
            let receipt = session.get(&format!("/v1/orders/{id}/receipt"));
            receipt.with_status(200);
            assert_eq!(shop.ask(&Request::get("/healthz")).status, 200);
            longest = longest.max(begun.elapsed());
            assert_eq!(readiness(&shop), 503);
            let waiting = pair.primary().waiting_for_a_standby();
            assert!(waiting <= WAITING_MAX, "{waiting} backends wait");
            thread::sleep(Duration::from_millis(200));
        }
        assert_eq!(customers.acknowledged(), before, "nobody had it");
        let begun = Instant::now();
        drop(stopped);
        customers.get_receipts(1);
        remark(&format!(
            "four reads took {longest:?} at the longest, an order came {:?} after the standby",
            begun.elapsed()
        ));
    });
    eventually("the server is ready again", || readiness(&shop) == 200);
    customers.learn_the_rest();
    let figures = customers.figures();
    remark(&format!("{figures:?}"));
    assert!(figures.unavailable > 0);
    assert_eq!(customers.count_lost(), 0);
    session.submits(&first).repeat();
    assert!(shop.is_serving());
    shop.opd(&["log", "verify"]).ok();
}

#[test]
fn once_the_database_waits_for_nobody_nothing_is_taken_in_and_nothing_told() {
    let pair = Pair::start(Replication::Synchronous);
    let shop = Shop::open_with(&settings(&pair.address()));
    let acme = shop.buyer("acme");
    let session = acme.signs_in();
    let envelope = |number: &str| acme.envelope(&acme.draft(number).line("WATER", 1, "15.00"));
    session.submits(&envelope("PO-1")).decision("accepted");
    // The connections that the server asks on are there by now.
    assert_eq!(readiness(&shop), 200);

    pair.primary().waits_for("");
    eventually("the server says that it is not ready", || {
        readiness(&shop) == 503
    });
    session
        .submits(&envelope("PO-2"))
        .problem(503, "storage-unavailable");
    assert_eq!(pair.primary().sql("SELECT count(*) FROM orders"), "1");

    pair.primary().waits_for(STANDBY);
    eventually("the server is ready again", || readiness(&shop) == 200);
    session.submits(&envelope("PO-2")).decision("accepted");
}

#[test]
fn an_old_primary_that_comes_back_acknowledges_nothing() {
    let mut pair = Pair::start(Replication::Synchronous);
    let mut shop = Shop::open_with(&settings(&pair.address()));
    shop.opd(&["stock", "receive", "WATER", "1000"]).ok();
    let customers = Customers::of(&[&shop], 4, PATIENCE);
    let acme = shop.buyer("acme");
    let session = acme.signs_in();
    customers.order_while(|| customers.get_receipts(8));
    customers.learn_the_rest();
    pair.primary().is_killed();
    pair.promotes_the_standby();
    let _third = Postgres::standby_of(pair.primary());
    pair.waits_until_followed();
    customers.order_while(|| customers.get_receipts(8));
    customers.learn_the_rest();

    // The old primary knows nothing of that, and what it last wrote it holds for committed.
    let old = pair.standby();
    old.starts();
    let mut led_astray = shop.copied();
    led_astray.set("OPD_STORAGE_DATABASE", &old.address());
    // A server that remembers more does not open.
    led_astray.tries_to_serve().unwrap_err();
    let traces = led_astray.traces();
    assert!(traces.contains("older than its log"), "{traces}");
    led_astray.kill();
    // One that was away for long does.
    fs::remove_file(led_astray.data().join("log.checkpoint")).unwrap();
    led_astray.serve();
    let session = Session {
        server: led_astray.front().server,
        token: session.token,
    };
    for number in ["OLD-1", "OLD-2", "OLD-3"] {
        let envelope = acme.envelope(&acme.draft(number).line("WATER", 1, "15.00"));
        let answer = session.submits(&envelope);
        assert_eq!(answer.status, 503, "{answer:?}");
    }
    assert_eq!(readiness(&led_astray), 503);
    led_astray.kill();

    // A server that has the old one first in its address goes on at the new one, from its start on too.
    customers.order_while(|| customers.get_receipts(4));
    customers.learn_the_rest();
    shop.restart();
    customers.order_while(|| customers.get_receipts(4));
    customers.learn_the_rest();
    assert_eq!(customers.count_lost(), 0);
    let acknowledged = customers.acknowledged();
    let kept = pair.primary().sql("SELECT count(*) FROM orders");
    assert_eq!(kept.parse(), Ok(acknowledged));
    shop.opd(&["log", "verify"]).ok();
}
