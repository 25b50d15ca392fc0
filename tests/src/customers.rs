//! Customers who go on ordering while machines fail, and hold on to every answer.

use std::sync::atomic::{AtomicBool, AtomicU64, Ordering};
use std::sync::{Mutex, MutexGuard};
use std::thread;
use std::time::{Duration, Instant};

use crate::buyer::{Buyer, Session, der};
use crate::judge::{Ledger, Letter};
use crate::shop::{Shop, eventually};

/// How long a customer rests after an answer that settles nothing.
const REST: Duration = Duration::from_millis(50);

/// Customers of one shop with several servers, who keep a ledger.
#[derive(Debug)]
pub struct Customers {
    /// What they wrote down.
    pub ledger: Ledger,
    people: Vec<Mutex<Customer>>,
    acknowledged: AtomicU64,
}

/// One of them.
#[derive(Debug)]
struct Customer {
    buyer: Buyer,
    /// The same session at every server, the one it asks next first.
    sessions: Vec<Session>,
    begun: usize,
    /// What it does not know the outcome of.
    unanswered: Option<Letter>,
    /// What it was given a receipt for.
    answered: Vec<(Letter, Vec<u8>)>,
    figures: Figures,
}

/// What they met with.
#[derive(Debug, Default, Clone, Copy)]
pub struct Figures {
    /// Orders with a receipt.
    pub acknowledged: usize,
    /// Answers of 503 `outcome-unknown`, and connections that ended without an answer.
    pub unknown: usize,
    /// Answers of 503 that nothing was taken in.
    pub unavailable: usize,
    /// Orders of unknown outcome that turned out to have been taken in.
    pub found: usize,
    /// Orders of unknown outcome that were taken in only when they came again.
    pub absent: usize,
    /// The longest time until an answer of 503 came.
    pub longest_503: Duration,
}

impl Customers {
    /// That many, with accounts at the shop, who ask each of its servers, and wait so long for an answer.
    #[track_caller]
    pub fn of(servers: &[&Shop], count: usize, patience: Duration) -> Self {
        let customer = |n: usize| {
            let buyer = servers[0].buyer(&format!("buyer-{n}"));
            let token = buyer.signs_in().token;
            let mut sessions: Vec<_> = servers
                .iter()
                .map(|shop| Session {
                    server: shop.front().server.within(patience),
                    token: token.clone(),
                })
                .collect();
            sessions.rotate_left(n % servers.len());
            Mutex::new(Customer {
                buyer,
                sessions,
                begun: 0,
                unanswered: None,
                answered: Vec::new(),
                figures: Figures::default(),
            })
        };
        Self {
            ledger: Ledger::open(servers[0]),
            people: (0..count).map(customer).collect(),
            acknowledged: AtomicU64::new(0),
        }
    }

    /// Lets all of them order while something is done.
    pub fn order_while<T>(&self, act: impl FnOnce() -> T) -> T {
        let is_over = AtomicBool::new(false);
        thread::scope(|scope| {
            for customer in &self.people {
                let (ledger, acknowledged) = (&self.ledger, &self.acknowledged);
                let is_over = &is_over;
                scope.spawn(move || {
                    let mut customer = locked(customer);
                    while !is_over.load(Ordering::SeqCst) {
                        customer.orders(ledger, acknowledged);
                    }
                });
            }
            // Whatever fails here, the others end.
            let _end = Ending(&is_over);
            act()
        })
    }

    /// How many receipts they hold by now.
    pub fn acknowledged(&self) -> u64 {
        self.acknowledged.load(Ordering::SeqCst)
    }

    /// Waits until that many more orders are acknowledged.
    #[track_caller]
    pub fn get_receipts(&self, count: u64) {
        let wanted = self.acknowledged() + count;
        eventually("more orders are acknowledged", || {
            self.acknowledged() >= wanted
        });
    }

    /// Repeats what is not answered, until all of it is.
    #[track_caller]
    pub fn learn_the_rest(&self) {
        for customer in &self.people {
            let mut customer = locked(customer);
            eventually("everything has an outcome", || {
                if customer.unanswered.is_some() {
                    customer.orders(&self.ledger, &self.acknowledged);
                }
                customer.unanswered.is_none()
            });
        }
    }

    /// Sends everything again that was acknowledged, at every server by turns. Returns how many of the orders
    /// are not answered with the same receipt.
    #[track_caller]
    pub fn count_lost(&self) -> usize {
        let lost_of = |customer: &Mutex<Customer>| {
            let customer = locked(customer);
            let servers = customer.sessions.iter().cycle();
            let lost = customer.answered.iter().zip(servers);
            lost.filter(|((letter, receipt), session)| {
                let answer = self.ledger.sends_alone(session, letter).unwrap();
                let is_kept = answer.status == 200 && der(&answer.json(), "receipt") == *receipt;
                !is_kept
            })
            .count()
        };
        thread::scope(|scope| {
            let lost_of = &lost_of;
            let started: Vec<_> = self
                .people
                .iter()
                .map(|customer| scope.spawn(move || lost_of(customer)))
                .collect();
            started.into_iter().map(|one| one.join().unwrap()).sum()
        })
    }

    /// What all of them met with.
    pub fn figures(&self) -> Figures {
        let mut all = Figures::default();
        for customer in &self.people {
            let figures = locked(customer).figures;
            all.acknowledged += figures.acknowledged;
            all.unknown += figures.unknown;
            all.unavailable += figures.unavailable;
            all.found += figures.found;
            all.absent += figures.absent;
            all.longest_503 = all.longest_503.max(figures.longest_503);
        }
        all
    }

    /// Tells the Judge who they are.
    pub fn are_named(&self) {
        let customers: Vec<_> = self.people.iter().map(locked).collect();
        self.ledger.names(
            customers
                .iter()
                .map(|customer| (&customer.buyer, &customer.sessions[0])),
        );
    }
}

impl Customer {
    /// Sends what is not answered, or else a new order; turns to the next server if that settles nothing.
    fn orders(&mut self, ledger: &Ledger, acknowledged: &AtomicU64) {
        let again = self.unanswered.take();
        let is_again = again.is_some();
        let letter = again.unwrap_or_else(|| self.next());
        let begun = Instant::now();
        let answer = ledger.sends_alone(&self.sessions[0], &letter);
        let figures = &mut self.figures;
        match answer {
            Ok(answer) if [200, 201].contains(&answer.status) => {
                if is_again {
                    let is_there = answer.status == 200;
                    *(if is_there {
                        &mut figures.found
                    } else {
                        &mut figures.absent
                    }) += 1;
                }
                figures.acknowledged += 1;
                self.answered.push((letter, der(&answer.json(), "receipt")));
                acknowledged.fetch_add(1, Ordering::SeqCst);
                return;
            }
            Ok(answer) if answer.status == 503 => {
                figures.longest_503 = figures.longest_503.max(begun.elapsed());
                match answer.json()["code"].as_str() {
                    Some("outcome-unknown") => figures.unknown += 1,
                    _ => figures.unavailable += 1,
                }
            }
            Ok(answer) => panic!("refused with {answer:?}"),
            Err(_no_answer) => figures.unknown += 1,
        }
        self.unanswered = Some(letter);
        self.sessions.rotate_left(1);
        thread::sleep(REST);
    }

    fn next(&mut self) -> Letter {
        self.begun += 1;
        let draft = self.buyer.draft(&format!("PO-{}", self.begun));
        Letter::order(&self.buyer, &draft.line("WATER", 1, "15.00"))
    }
}

/// Says that it is over when this value ends.
struct Ending<'a>(&'a AtomicBool);

impl Drop for Ending<'_> {
    fn drop(&mut self) {
        self.0.store(true, Ordering::SeqCst);
    }
}

fn locked(customer: &Mutex<Customer>) -> MutexGuard<'_, Customer> {
    customer.lock().unwrap()
}
