//! Checks that are left out on purpose: then the Judge must find what they are there to prevent. The same deeds
//! at an ordinary server are refused, and the Judge finds nothing.
#![expect(clippy::unwrap_used, reason = "helpers of tests end at the spot too")]

use countersign_tests::buyer::{Buyer, Session};
use countersign_tests::judge::{Ledger, Letter, settles};
use countersign_tests::programs::{Ran, opd_with_crash_points};
use countersign_tests::shop::Shop;
use rusqlite::Connection;
use serde_json::json;

/// A shop with a check left out, or with none, in which something is tried.
struct Trial {
    shop: Shop,
    acme: Buyer,
    session: Session,
    ledger: Ledger,
}

impl Trial {
    fn of(fault: Option<&str>) -> Self {
        let mut shop = Shop::founded_with(&opd_with_crash_points(), &[("OPD_DESK_MODE", "manual")]);
        shop.sells(&[("WATER", "15.00", 100)]);
        if let Some(fault) = fault {
            shop.set("OPD_FAULT", fault);
        }
        shop.serve();
        let acme = shop.buyer("acme");
        let session = acme.signs_in();
        let ledger = Ledger::open(&shop);
        ledger.header(json!({"tokens": {"acme": session.token}}));
        Self {
            shop,
            acme,
            session,
            ledger,
        }
    }

    fn order(&self, number: &str, quantity: u32) -> Letter {
        let draft = self.acme.draft(number).line("WATER", quantity, "15.00");
        Letter::order(&self.acme, &draft)
    }

    /// Sends a message, and tells whether it was answered with this.
    #[track_caller]
    fn assert_answered(&self, letter: &Letter, status: u16) {
        let answer = self.ledger.sends_alone(&self.session, letter).unwrap();
        answer.with_status(status);
    }

    /// The verdict once all mail is sent.
    fn judged(&self) -> Ran {
        settles(&self.shop);
        self.ledger.judged(&self.shop, &["J1", "J3", "J4", "J5"])
    }

    #[track_caller]
    fn assert_condemned(&self, judgement: &str) {
        let verdict = self.judged().ends_with(1).text();
        let wanted = format!("{judgement}  VIOLATED");
        assert!(verdict.contains(&wanted), "{verdict}");
    }
}

#[test]
fn with_no_repeat_check_an_order_is_taken_in_twice_and_the_judge_says_so() {
    let sound = Trial::of(None);
    let order = sound.order("PO-1", 1);
    sound.assert_answered(&order, 201);
    sound.assert_answered(&order, 200);
    sound.judged().ok();

    let trial = Trial::of(Some("repeat-check-off"));
    // The database would refuse it still.
    let database = Connection::open(trial.shop.data().join("opd.db")).unwrap();
    database
        .execute_batch("DROP INDEX one_order_per_number")
        .unwrap();
    let order = trial.order("PO-1", 1);
    trial.assert_answered(&order, 201);
    trial.assert_answered(&order, 201);
    trial.assert_condemned("J1");
    trial.assert_condemned("J4");
}

#[test]
fn with_no_stock_check_more_is_sold_than_there_is_and_the_judge_says_so() {
    let sound = Trial::of(None);
    for (number, decision) in [("PO-1", "accepted"), ("PO-2", "declined")] {
        let order = sound.order(number, 60);
        let answer = sound.ledger.sends_alone(&sound.session, &order).unwrap();
        answer.decision(decision);
    }
    sound.judged().ok();

    let trial = Trial::of(Some("stock-check-off"));
    for number in ["PO-1", "PO-2"] {
        let order = trial.order(number, 60);
        let answer = trial.ledger.sends_alone(&trial.session, &order).unwrap();
        answer.decision("accepted");
    }
    trial.assert_condemned("J3");
}

#[test]
fn with_no_key_check_a_forgery_is_accepted_and_the_judge_says_so() {
    for (fault, status) in [(None, 403), (Some("key-check-off"), 201)] {
        let trial = Trial::of(fault);
        let mallory = trial.shop.buyer("mallory");
        trial.assert_answered(&trial.order("PO-1", 1), 201);
        // In the name of another, with a key of one's own.
        let draft = trial.acme.draft("PO-2").line("WATER", 1, "15.00");
        let signed = mallory.signs(&draft);
        let forged = Letter {
            account: trial.acme.id.clone(),
            sealed: mallory.seals(&signed),
            signed,
        };
        let answer = trial.ledger.sends_alone(&trial.session, &forged).unwrap();
        if fault.is_some() {
            answer.with_status(status);
            trial.assert_condemned("J5");
        } else {
            answer.problem(status, "signature-not-accepted");
            trial.judged().ok();
        }
    }
}
