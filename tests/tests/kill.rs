//! A server that is killed under load, again and again: nothing that was acknowledged is lost, and the Judge
//! finds nothing wrong. `COUNTERSIGN_SEED` repeats a run, `COUNTERSIGN_KILLS` makes it longer.

use std::sync::Mutex;
use std::sync::atomic::{AtomicBool, Ordering};
use std::thread;
use std::time::Duration;

use countersign_tests::buyer::{Buyer, Session};
use countersign_tests::chance::{Dice, seed, wanted};
use countersign_tests::http::Request;
use countersign_tests::judge::{Ledger, Letter, all_but, settles};
use countersign_tests::remark;
use countersign_tests::shop::{Shop, eventually};

const KILLS: u64 = 300;
const CLIENTS: usize = 8;
/// When a server is killed after it opened, at the least and at the most.
const LIFE_MS: std::ops::Range<usize> = 5..200;
/// Orders that a client begins in one life of the server.
const ORDERS_IN_A_LIFE: usize = 2;

/// One client: what it has not been answered, and how often it began.
struct Client {
    buyer: Buyer,
    session: Session,
    unanswered: Vec<Letter>,
    begun: usize,
}

impl Client {
    fn of(shop: &Shop, n: usize) -> Self {
        let buyer = shop.buyer(&format!("buyer-{n}"));
        let session = buyer.signs_in();
        Self {
            buyer,
            session,
            unanswered: Vec::new(),
            begun: 0,
        }
    }

    /// Repeats what was not answered, and goes on ordering until the server is gone.
    fn lives(&mut self, ledger: &Ledger, is_over: &AtomicBool) {
        let again = std::mem::take(&mut self.unanswered);
        let fresh = (0..ORDERS_IN_A_LIFE).map(|_| None);
        for letter in again.into_iter().map(Some).chain(fresh) {
            if is_over.load(Ordering::SeqCst) && letter.is_none() {
                return;
            }
            let letter = letter.unwrap_or_else(|| self.next());
            let answer = ledger.sends_alone(&self.session, &letter);
            match answer.map(|answer| answer.status) {
                Ok(200 | 201) => {}
                // Busy, or cut off.
                Ok(503) | Err(_) => self.unanswered.push(letter),
                Ok(status) => panic!("refused with {status}"),
            }
        }
    }

    fn next(&mut self) -> Letter {
        self.begun += 1;
        let number = format!("PO-{}", self.begun);
        Letter::order(
            &self.buyer,
            &self.buyer.draft(&number).line("WATER", 1, "15.00"),
        )
    }
}

#[test]
fn nothing_acknowledged_is_lost_however_often_the_server_is_killed() {
    let kills = usize::try_from(wanted("COUNTERSIGN_KILLS", KILLS)).unwrap();
    let mut dice = Dice::of(seed());
    let mut shop = Shop::open_with(&[("OPD_DESK_MODE", "manual")]);
    let plenty = ["stock", "receive", "WATER", "1000000"];
    shop.opd(&plenty).ok();
    let ledger = Ledger::open(&shop);
    let clients: Vec<_> = (0..CLIENTS)
        .map(|n| Mutex::new(Client::of(&shop, n)))
        .collect();
    let mut cut_off = 0;
    for kill in 1..=kills {
        let life = Duration::from_millis(
            u64::try_from(LIFE_MS.start + dice.below(LIFE_MS.len())).unwrap(),
        );
        let is_over = AtomicBool::new(false);
        thread::scope(|scope| {
            for client in &clients {
                scope.spawn(|| client.lock().unwrap().lives(&ledger, &is_over));
            }
            thread::sleep(life);
            is_over.store(true, Ordering::SeqCst);
            shop.kill();
        });
        cut_off += clients
            .iter()
            .map(|client| client.lock().unwrap().unanswered.len())
            .sum::<usize>();
        shop.serve();
        let note = shop.ask(&Request::get("/log/checkpoint")).with_status(200);
        ledger.checkpoint(&note.text());
        if kill % 100 == 0 {
            remark(&format!("{kill} of {kills} kills, {cut_off} cut off"));
        }
    }
    assert!(
        cut_off > kills / 10,
        "hardly a kill met anybody waiting: {cut_off}"
    );
    let no_new_orders = AtomicBool::new(true);
    for client in &clients {
        eventually("all is answered", || {
            let mut client = client.lock().unwrap();
            client.lives(&ledger, &no_new_orders);
            client.unanswered.is_empty()
        });
    }
    let clients: Vec<_> = clients
        .into_iter()
        .map(|client| client.into_inner().unwrap())
        .collect();
    ledger.names(
        clients
            .iter()
            .map(|client| (&client.buyer, &client.session)),
    );
    match shop.database() {
        Some(database) => ledger.settles_in(database),
        None => settles(&shop),
    }
    let verdict = ledger.judged(&shop, &all_but(&["J7"])).ok();
    remark(&format!("{cut_off} cut off\n{}", verdict.text()));
    shop.opd(&["log", "verify"]).ok();
}
