//! A server that is asked to end while it works: whoever it took an order from is answered, nobody gets an error,
//! it is gone within ten seconds, and whoever was cut off is served by the next.
#![expect(clippy::unwrap_used, reason = "helpers of tests end at the spot too")]

use std::sync::Mutex;
use std::sync::atomic::{AtomicBool, AtomicUsize, Ordering};
use std::thread;
use std::time::{Duration, Instant};

use countersign_tests::buyer::{Buyer, Session};
use countersign_tests::chance::{Dice, seed, wanted};
use countersign_tests::judge::{Ledger, Letter, all_but, settles};
use countersign_tests::remark;
use countersign_tests::shop::Shop;
use serde_json::json;

const CLIENTS: usize = 4;
const ENDS: u64 = 100;
/// When a server is asked to end after it opened, at the most.
const LIFE_MS: usize = 250;
/// How long it may take to end.
const PATIENCE: Duration = Duration::from_secs(10);

/// The clients of a shop, and what they were not answered.
struct Clients {
    acme: Buyer,
    session: Session,
    ledger: Ledger,
    cut_off: Mutex<Vec<Letter>>,
    answered: AtomicUsize,
}

impl Clients {
    fn of(shop: &Shop) -> Self {
        let acme = shop.buyer("acme");
        let session = acme.signs_in();
        let ledger = Ledger::open(shop);
        ledger.header(json!({
            "tokens": {"acme": session.token},
            "secrets": [acme.password],
        }));
        Self {
            acme,
            session,
            ledger,
            cut_off: Mutex::default(),
            answered: AtomicUsize::new(0),
        }
    }

    /// Orders, one after the other, until it is over or the server is gone.
    fn orders(&self, prefix: &str, is_over: &AtomicBool) {
        for n in 0.. {
            if is_over.load(Ordering::SeqCst) {
                return;
            }
            let draft = self.acme.draft(&format!("{prefix}-{n}"));
            let letter = Letter::order(&self.acme, &draft.line("WATER", 1, "15.00"));
            let Ok(answer) = self.ledger.sends_alone(&self.session, &letter) else {
                // Nobody is there any more.
                self.cut_off.lock().unwrap().push(letter);
                return;
            };
            answer.with_status(201);
            self.answered.fetch_add(1, Ordering::SeqCst);
        }
    }

    /// Sends again what was not answered: it is new to the shop, or an answer was lost.
    fn begin_anew(&self) -> usize {
        let again = std::mem::take(&mut *self.cut_off.lock().unwrap());
        for letter in &again {
            let answer = self.ledger.sends_alone(&self.session, letter);
            answer.unwrap().with_status(201);
        }
        again.len()
    }
}

/// Lets everybody order for a moment, and asks the server to end; how long it took.
fn ends_under_load(shop: &mut Shop, clients: &Clients, end: u64, moment: Duration) -> Duration {
    let is_over = AtomicBool::new(false);
    thread::scope(|scope| {
        for client in 0..CLIENTS {
            let is_over = &is_over;
            scope.spawn(move || clients.orders(&format!("PO-{end}-{client}"), is_over));
        }
        thread::sleep(moment);
        let start = Instant::now();
        let code = shop.close();
        is_over.store(true, Ordering::SeqCst);
        assert_eq!(code, Some(0));
        start.elapsed()
    })
}

#[test]
fn a_server_asked_to_end_under_load_answers_what_it_took() {
    let ends = wanted("COUNTERSIGN_ENDS", ENDS);
    let mut dice = Dice::of(seed());
    let mut shop = Shop::open_with(&[("OPD_DESK_MODE", "manual")]);
    shop.opd(&["stock", "receive", "WATER", "1000000"]).ok();
    let clients = Clients::of(&shop);
    let (mut longest, mut cut_off) = (Duration::ZERO, 0);
    for end in 0..ends {
        let moment = Duration::from_millis(u64::try_from(dice.below(LIFE_MS)).unwrap());
        let took = ends_under_load(&mut shop, &clients, end, moment);
        assert!(took < PATIENCE, "{took:?}");
        longest = longest.max(took);
        shop.serve();
        cut_off += clients.begin_anew();
    }
    let answered = clients.answered.into_inner();
    remark(&format!(
        "{ends} ends, the longest took {longest:?}; {answered} answered, {cut_off} cut off"
    ));
    assert!(answered > 0 && cut_off > 0, "there was no load");
    settles(&shop);
    // Nothing was refused.
    let demanded = all_but(&["J7"]);
    let verdict = clients.ledger.judged(&shop, &demanded).ok();
    remark(&verdict.text());
}
