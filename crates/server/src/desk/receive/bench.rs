//! The bench on which slow signatures (DSA) are checked: as many places as there are cores.
//!
//! One buyer gets at most a quarter of them while another buyer waits, but never less than one;
//! a place nobody else wants is never left empty.

use std::collections::{HashMap, VecDeque};
use std::sync::{Arc, Mutex, PoisonError};

use countersign_order::BuyerId;
use tokio::sync::oneshot;

/// Places for slow work, shared fairly among buyers.
#[derive(Debug, Clone)]
pub(crate) struct Bench(Arc<Mutex<State>>);

/// A place on the bench, passed on when dropped.
#[derive(Debug)]
pub(crate) struct Seat {
    bench: Bench,
    buyer: BuyerId,
}

#[derive(Debug)]
struct State {
    free: usize,
    share: usize,
    seated: HashMap<BuyerId, usize>,
    waiting: VecDeque<(BuyerId, oneshot::Sender<Seat>)>,
}

impl Bench {
    /// A bench with this many places.
    pub(crate) fn new(places: usize) -> Self {
        Self(Arc::new(Mutex::new(State {
            free: places.max(1),
            share: (places / 4).max(1),
            seated: HashMap::new(),
            waiting: VecDeque::new(),
        })))
    }

    /// Waits for a place.
    pub(crate) async fn sit(&self, buyer: &BuyerId) -> Seat {
        loop {
            let turn = {
                let mut state = self.lock();
                if state.free > 0 {
                    state.free -= 1;
                    return self.seat(&mut state, buyer.clone());
                }
                let (sender, turn) = oneshot::channel();
                state.waiting.push_back((buyer.clone(), sender));
                turn
            };
            if let Ok(seat) = turn.await {
                return seat;
            }
        }
    }

    fn seat(&self, state: &mut State, buyer: BuyerId) -> Seat {
        *state.seated.entry(buyer.clone()).or_default() += 1;
        Seat {
            bench: self.clone(),
            buyer,
        }
    }

    fn lock(&self) -> std::sync::MutexGuard<'_, State> {
        self.0.lock().unwrap_or_else(PoisonError::into_inner)
    }

    fn leave(&self, buyer: &BuyerId) {
        let next = {
            let mut state = self.lock();
            state.stand_up(buyer);
            let next = state.next();
            if next.is_none() {
                state.free += 1;
            }
            next.map(|(buyer, sender)| (self.seat(&mut state, buyer), sender))
        };
        if let Some((seat, sender)) = next {
            // Whoever gave up waiting hands the seat back, and its own drop passes it on.
            drop(sender.send(seat));
        }
    }
}

impl State {
    /// Who sits down next: the first who has less than a share, else whoever has the fewest.
    fn next(&mut self) -> Option<(BuyerId, oneshot::Sender<Seat>)> {
        let seats = |buyer: &BuyerId| self.seated.get(buyer).copied().unwrap_or_default();
        let within = self
            .waiting
            .iter()
            .position(|(buyer, _)| seats(buyer) < self.share);
        let index = within.or_else(|| {
            let fewest = self.waiting.iter().enumerate();
            fewest
                .min_by_key(|(_, (buyer, _))| seats(buyer))
                .map(|(index, _)| index)
        })?;
        self.waiting.remove(index)
    }

    fn stand_up(&mut self, buyer: &BuyerId) {
        if let Some(seats) = self.seated.get_mut(buyer) {
            *seats = seats.saturating_sub(1);
            if *seats == 0 {
                self.seated.remove(buyer);
            }
        }
    }
}

impl Drop for Seat {
    fn drop(&mut self) {
        self.bench.leave(&self.buyer);
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    fn buyer(id: &str) -> BuyerId {
        id.parse().unwrap()
    }

    #[tokio::test]
    async fn a_lone_buyer_uses_every_place() {
        let bench = Bench::new(4);
        let mut seats = Vec::new();
        for _ in 0..4 {
            seats.push(bench.sit(&buyer("acme")).await);
        }
        assert_eq!(bench.lock().free, 0);
        drop(seats);
        assert_eq!(bench.lock().free, 4);
        assert!(bench.lock().seated.is_empty());
    }

    #[tokio::test]
    async fn another_buyer_goes_before_one_who_has_its_share() {
        let bench = Bench::new(2);
        let both = (
            bench.sit(&buyer("acme")).await,
            bench.sit(&buyer("acme")).await,
        );
        let again = bench.clone();
        let acme = tokio::spawn(async move { again.sit(&buyer("acme")).await });
        tokio::task::yield_now().await;
        let other = bench.clone();
        let other = tokio::spawn(async move { other.sit(&buyer("other")).await });
        tokio::task::yield_now().await;
        drop(both.0);
        let won = other.await.unwrap();
        assert!(!acme.is_finished());
        drop(won);
        drop((both.1, acme.await.unwrap()));
        assert_eq!(bench.lock().free, 2);
    }

    #[tokio::test]
    async fn whoever_gives_up_waiting_blocks_nobody() {
        let bench = Bench::new(1);
        let seat = bench.sit(&buyer("acme")).await;
        let waiting = bench.clone();
        let task = tokio::spawn(async move { waiting.sit(&buyer("acme")).await });
        tokio::task::yield_now().await;
        task.abort();
        assert!(task.await.is_err());
        drop(seat);
        drop(bench.sit(&buyer("acme")).await);
        assert_eq!(bench.lock().free, 1);
    }
}
