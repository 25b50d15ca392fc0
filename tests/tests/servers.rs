//! Three servers on one database, of which one after the other is killed, or stopped for a while in the middle of
//! its work: nothing is lost, nothing is there twice, and each gives the receipt that any of them gave.
//! `COUNTERSIGN_SERVER_FAULTS` makes the run longer, `COUNTERSIGN_SERVER_PAUSE` is how many seconds the longest pauses
//! last, `COUNTERSIGN_SEED` repeats it.

use std::time::Duration;

use countersign_tests::chance::{Dice, seed, wanted};
use countersign_tests::customers::Customers;
use countersign_tests::http::Request;
use countersign_tests::postgres::{Postgres, resume, stop};
use countersign_tests::remark;
use countersign_tests::shop::Shop;

const FAULTS: u64 = 6;
const CUSTOMERS: usize = 9;
/// How long a customer waits at one server before it turns to another.
const PATIENCE: Duration = Duration::from_secs(3);
/// How many seconds the longest pause lasts: longer than a silent server keeps its turn.
const PAUSE: u64 = 20;
/// Every so many faults are a pause of that length.
const LONG_EVERY: u64 = 6;
/// How long the other pauses last, at the least and at the most.
const SHORT_MS: std::ops::Range<usize> = 200..3000;
/// When a fault comes after there were orders, at the most.
const LIFE_MS: usize = 800;
/// Orders that are to be acknowledged between two faults.
const ORDERS_BETWEEN: u64 = 9;
const EVERY_JUDGEMENT: [&str; 9] = ["J1", "J2", "J3", "J4", "J5", "J6", "J8", "J11", "J12"];

#[test]
fn nothing_is_lost_or_doubled_while_servers_are_killed_and_stopped() {
    let faults = wanted("COUNTERSIGN_SERVER_FAULTS", FAULTS);
    let long = Duration::from_secs(wanted("COUNTERSIGN_SERVER_PAUSE", PAUSE));
    let milliseconds = |count: usize| Duration::from_millis(u64::try_from(count).unwrap());
    let mut dice = Dice::of(seed());
    let database = Postgres::start();
    let mut first = Shop::founded(&[
        ("OPD_STORAGE_DATABASE", &database.address()),
        ("OPD_STORAGE_DURABILITY", "single"),
        ("OPD_DESK_MODE", "manual"),
    ]);
    let mail = first.data().join("mail");
    first.set("OPD_MAIL_FOLDER", mail.to_str().unwrap());
    first.sells(&[("WATER", "15.00", 1_000_000)]);
    first.serve();
    let mut servers = [first.another(), first.another(), first];
    let customers = Customers::of(&servers.each_ref(), CUSTOMERS, PATIENCE);
    let (mut kills, mut pauses) = (0, 0);
    customers.order_while(|| {
        for fault in 1..=faults {
            customers.get_receipts(ORDERS_BETWEEN);
            std::thread::sleep(milliseconds(dice.below(LIFE_MS)));
            let place = dice.below(servers.len());
            let server = &mut servers[place];
            let is_long = fault % LONG_EVERY == 0;
            if !is_long && dice.below(2) == 0 {
                kills += 1;
                server.kill();
                customers.get_receipts(ORDERS_BETWEEN);
                server.serve();
            } else {
                pauses += 1;
                let short = SHORT_MS.start + dice.below(SHORT_MS.len());
                stop(server.process_id());
                std::thread::sleep(if is_long { long } else { milliseconds(short) });
                resume(server.process_id());
            }
            let note = servers[(place + 1) % 3].ask(&Request::get("/log/checkpoint"));
            if note.status == 200 {
                customers.ledger.checkpoint(&note.text());
            }
            if fault % 10 == 0 {
                remark(&format!("{fault} of {faults} faults"));
            }
        }
    });
    customers.learn_the_rest();
    for server in &mut servers {
        assert!(server.is_serving());
    }
    let lost = customers.count_lost();
    let figures = customers.figures();
    remark(&format!(
        "{kills} kills, {pauses} pauses, the longest of {long:?}: {lost} lost, {figures:?}"
    ));
    assert_eq!(lost, 0);
    assert!(figures.unknown > 0, "no fault met anybody waiting");
    customers.are_named();
    customers.ledger.settles_in(&database);
    let [_, _, first] = &servers;
    database.copies_to(&first.data().join("opd.db"));
    let verdict = customers.ledger.judged(first, &EVERY_JUDGEMENT).ok();
    remark(&verdict.text());
    first.opd(&["log", "verify"]).ok();
}
