//! A server that is asked to end while it works: whoever it took an order from is answered, it is gone within ten
//! seconds, and whoever it turned away is served by the next.
#![expect(clippy::unwrap_used, reason = "helpers of tests end at the spot too")]

use std::sync::Mutex;
use std::sync::atomic::{AtomicBool, Ordering};
use std::thread;
use std::time::{Duration, Instant};

use countersign_tests::chance::{Dice, now};
use countersign_tests::judge::{Ledger, Letter, settles};
use countersign_tests::remark;
use countersign_tests::shop::Shop;
use serde_json::json;

const CLIENTS: usize = 4;
const ENDS: u64 = 30;
/// When a server is asked to end after it opened, at the most.
const LIFE_MS: usize = 250;

#[test]
fn a_server_asked_to_end_under_load_answers_what_it_took() {
    let ends = std::env::var("COUNTERSIGN_ENDS").map_or(ENDS, |text| text.parse().unwrap());
    let seed = u64::try_from(now().as_millisecond()).unwrap();
    remark(&format!("seed {seed}, {ends} ends"));
    let mut dice = Dice::of(seed);
    let mut shop = Shop::open_with(&[("OPD_DESK_MODE", "manual")]);
    shop.opd(&["stock", "receive", "WATER", "1000000"]).ok();
    let acme = shop.buyer("acme");
    let session = acme.signs_in();
    let ledger = Ledger::open(&shop);
    ledger.header(json!({"tokens": {"acme": session.token}}));
    let unanswered = Mutex::new(Vec::new());
    for end in 0..ends {
        let is_over = AtomicBool::new(false);
        thread::scope(|scope| {
            for client in 0..CLIENTS {
                let (is_over, ledger, acme, session, unanswered) =
                    (&is_over, &ledger, &acme, &session, &unanswered);
                scope.spawn(move || {
                    for n in 0.. {
                        if is_over.load(Ordering::SeqCst) {
                            return;
                        }
                        let draft = acme.draft(&format!("PO-{end}-{client}-{n}"));
                        let letter = Letter::order(acme, &draft.line("WATER", 1, "15.00"));
                        let answer = ledger.sends_alone(session, &letter);
                        let is_settled = answer.is_ok_and(|answer| {
                            // Turned away at the door is not taken; anything else above is a failure.
                            let is_turned_away = answer.status == 503;
                            assert!(answer.status < 500 || is_turned_away, "{}", answer.text());
                            !is_turned_away
                        });
                        if !is_settled {
                            unanswered.lock().unwrap().push(letter);
                            thread::sleep(Duration::from_millis(5));
                        }
                    }
                });
            }
            thread::sleep(Duration::from_millis(
                u64::try_from(dice.below(LIFE_MS)).unwrap(),
            ));
            let start = Instant::now();
            assert_eq!(shop.close(), Some(0));
            assert!(start.elapsed() < Duration::from_secs(10));
            is_over.store(true, Ordering::SeqCst);
        });
        shop.serve();
        for letter in std::mem::take(&mut *unanswered.lock().unwrap()) {
            let answer = ledger.sends_alone(&session, &letter).unwrap();
            assert!(matches!(answer.status, 200 | 201), "{}", answer.text());
        }
    }
    settles(&shop);
    ledger
        .judged(
            &shop,
            &["J1", "J2", "J3", "J4", "J5", "J6", "J8", "J9", "J11"],
        )
        .ok();
}
