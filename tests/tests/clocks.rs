//! The programs under clocks that are wrong, or that jump: Debian's `faketime` stands between them and
//! the operating system.
#![expect(clippy::unwrap_used, reason = "helpers of tests end at the spot too")]

use countersign_tests::buyer::{Buyer, KeyKind, der, new_signer};
use countersign_tests::faketime::clock;
use countersign_tests::http::Answer;
use countersign_tests::programs::run;
use countersign_tests::shop::Shop;
use jiff::Timestamp;

/// When a receipt says that it was issued; the document stands in it as it is.
fn issued_at(answer: &Answer) -> Timestamp {
    let receipt = der(&answer.json(), "receipt");
    let text = String::from_utf8_lossy(&receipt);
    let (_, rest) = text.split_once("\"issued_at\":\"").unwrap();
    rest.split_once('"').unwrap().0.parse().unwrap()
}

fn order(buyer: &Buyer, number: &str) -> Vec<u8> {
    buyer.envelope(&buyer.draft(number).line("WATER", 1, "15.00"))
}

#[test]
fn a_server_whose_clock_jumps_keeps_its_receipts_in_order_and_knows_repeats() {
    let mut shop = Shop::open();
    let buyer = shop.buyer("acme");
    let first = order(&buyer, "PO-1");
    let answer = buyer.signs_in().submits(&first);
    let receipt = der(&answer.decision("accepted"), "receipt");
    let mut last = issued_at(&answer);
    let stock = buyer.signs_in().available("WATER");
    for (number, shows, status, code) in [
        (2, "-1h", 503, "clock-not-trusted"),
        (3, "@1970-01-01 00:00:10", 503, "clock-not-trusted"),
        (4, "@2016-12-31 23:59:59", 503, "clock-not-trusted"),
        (5, "@2038-01-19 03:14:08", 403, "timestamp-not-accepted"),
        (6, "@2106-02-07 06:28:16", 403, "timestamp-not-accepted"),
        (7, "+30s", 201, ""),
        (8, "+10m", 201, ""),
        (9, "+0s", 503, "clock-not-trusted"),
    ] {
        for (name, value) in clock(shows) {
            shop.set(name, &value);
        }
        shop.restart();
        let session = buyer.signs_in();
        let again = session.submits(&first).repeat();
        assert_eq!(der(&again, "receipt"), receipt, "at {shows}");
        let answer = session.submits(&order(&buyer, &format!("PO-{number}")));
        assert_eq!(answer.status, status, "at {shows}: {}", answer.text());
        if status == 201 {
            assert!(issued_at(&answer) > last, "at {shows}");
            last = issued_at(&answer);
        } else {
            answer.problem(status, code);
        }
    }
    assert_eq!(buyer.signs_in().available("WATER"), stock - 2);
    shop.opd(&["log", "verify"]).ok();
}

#[test]
fn commands_with_other_clocks_beside_a_server_leave_statements_in_order() {
    let shop = Shop::open();
    let buyer = shop.buyer("acme");
    let session = buyer.signs_in();
    let mut times = Vec::new();
    // Two minutes behind the last statement is as far as a clock is trusted.
    let clocks = [
        ("-90s", 0),
        ("+55s", 0),
        ("-55s", 0),
        ("+90s", 0),
        ("-90s", 7),
    ];
    for (number, (shows, code)) in clocks.into_iter().enumerate() {
        // Each enrols a key, and so makes a statement.
        let id = format!("other{number}");
        let other = shop.buyer(&id);
        let certificate = new_signer(&other.id, KeyKind::Rsa).certificate().to_pem();
        let path = shop.write("other.pem", certificate);
        let mut command = shop.opd_command(&["key", "add", &id]);
        run(command.arg(path).envs(clock(shows))).ends_with(code);
        let answer = session.submits(&order(&buyer, &format!("PO-{number}")));
        answer.decision("accepted");
        times.push(issued_at(&answer));
    }
    assert!(times.is_sorted(), "{times:?}");
    shop.opd(&["log", "verify"]).ok();
}
