//! A primary that is killed with all its processes, and a standby that takes its place: what was acknowledged is
//! there, if commits waited for the standby. `COUNTERSIGN_PROMOTIONS` makes the run longer, `COUNTERSIGN_SEED`
//! repeats it.

use std::time::{Duration, Instant};

use countersign_tests::chance::{Dice, seed, wanted};
use countersign_tests::customers::Customers;
use countersign_tests::http::Request;
use countersign_tests::postgres::{Pair, Replication};
use countersign_tests::remark;
use countersign_tests::shop::{Shop, eventually};

const PROMOTIONS: u64 = 3;
const CUSTOMERS: usize = 8;
/// How long a customer waits for an answer, at the most.
const PATIENCE: Duration = Duration::from_mins(1);
/// When a primary is killed after it had a standby, at the least and at the most.
const LIFE_MS: std::ops::Range<usize> = 200..1500;
/// Orders that are to be acknowledged between two deaths.
const ORDERS_IN_A_LIFE: u64 = 24;
/// All that can be judged of a shop that takes in orders and sends letters.
const EVERY_JUDGEMENT: [&str; 9] = ["J1", "J2", "J3", "J4", "J5", "J6", "J8", "J11", "J12"];

/// A shop on two machines, with more than enough to sell.
fn shop_on(pair: &Pair, durability: &str) -> Shop {
    let shop = Shop::open_with(&[
        ("OPD_STORAGE_DATABASE", &pair.address()),
        ("OPD_STORAGE_DURABILITY", durability),
        ("OPD_DESK_MODE", "manual"),
    ]);
    shop.opd(&["stock", "receive", "WATER", "1000000"]).ok();
    shop
}

#[test]
fn nothing_acknowledged_is_lost_however_often_the_primary_is_killed() {
    let promotions = wanted("COUNTERSIGN_PROMOTIONS", PROMOTIONS);
    let mut dice = Dice::of(seed());
    let mut pair = Pair::start(Replication::Synchronous);
    let mut shop = shop_on(&pair, "replicated");
    let customers = Customers::of(&[&shop], CUSTOMERS, PATIENCE);
    let mut longest_outage = Duration::ZERO;
    customers.order_while(|| {
        for promotion in 1..=promotions {
            customers.get_receipts(ORDERS_IN_A_LIFE);
            let life = LIFE_MS.start + dice.below(LIFE_MS.len());
            std::thread::sleep(Duration::from_millis(u64::try_from(life).unwrap()));
            // Every other time while somebody waits for the standby, which may have got it all the same.
            let stopped = (promotion % 2 == 1).then(|| pair.stops_receiving());
            if stopped.is_some() {
                eventually("a commit waits for the standby", || {
                    pair.primary().waiting_for_a_standby() > 0
                });
            }
            pair.primary().is_killed();
            let killed = Instant::now();
            drop(stopped);
            pair.promotes_the_standby();
            pair.is_rebuilt();
            pair.waits_until_followed();
            let followed = killed.elapsed();
            customers.get_receipts(1);
            let outage = killed.elapsed();
            longest_outage = longest_outage.max(outage);
            let note = shop.ask(&Request::get("/log/checkpoint")).with_status(200);
            customers.ledger.checkpoint(&note.text());
            remark(&format!(
                "promotion {promotion} of {promotions}: a standby again after {followed:?}, an order after {outage:?}"
            ));
        }
    });
    customers.learn_the_rest();
    assert!(shop.is_serving());
    let figures = customers.figures();
    let lost = customers.count_lost();
    remark(&format!(
        "{promotions} promotions, {lost} lost, no order for {longest_outage:?} at the longest, {figures:?}"
    ));
    assert_eq!(lost, 0);
    assert!(figures.unknown > 0, "no death met anybody waiting");
    customers.are_named();
    customers.ledger.settles_in(pair.primary());
    pair.primary().copies_to(&shop.data().join("opd.db"));
    let verdict = customers.ledger.judged(&shop, &EVERY_JUDGEMENT).ok();
    remark(&verdict.text());
    shop.opd(&["log", "verify"]).ok();
}

#[test]
fn a_standby_that_nobody_waited_for_loses_what_was_acknowledged() {
    let mut pair = Pair::start(Replication::Asynchronous);
    let mut shop = shop_on(&pair, "single");
    let customers = Customers::of(&[&shop], CUSTOMERS, PATIENCE);
    customers.order_while(|| customers.get_receipts(ORDERS_IN_A_LIFE));
    customers.learn_the_rest();
    assert_eq!(customers.count_lost(), 0);
    eventually("the standby has it all", || pair.is_level());

    let before = customers.acknowledged();
    pair.standby().dies();
    customers.order_while(|| customers.get_receipts(ORDERS_IN_A_LIFE));
    customers.learn_the_rest();
    let unseen = customers.acknowledged() - before;
    shop.remembers_its_log();
    pair.primary().is_killed();
    shop.kill();
    pair.standby().starts();
    pair.promotes_the_standby();
    // The newest checkpoint that the server remembers is of more than there is.
    let refused = shop.opd(&["serve", "127.0.0.1", "0"]).ends_with(1);
    remark(&refused.stderr);
    customers.are_named();
    pair.primary().copies_to(&shop.data().join("opd.db"));
    let verdict = customers.ledger.judged_closed(&shop, &["J1", "J2"]);
    let verdict = verdict.ends_with(1).text();
    let lost = verdict.matches("was acknowledged and is lost").count();
    remark(&format!("{lost} of {unseen} acknowledged orders are lost"));
    assert_eq!(u64::try_from(lost).unwrap(), unseen, "{verdict}");
    assert!(
        verdict.contains("is not of the leaves that are kept"),
        "{verdict}"
    );
}
