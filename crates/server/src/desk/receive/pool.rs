//! Checks signatures: what is quickly checked at once, and what is not, with a DSA key that seldom signs, in a
//! pool that holds up no other request and has as many places as there are cores.
//!
//! One buyer gets at most a quarter of them while another buyer waits, but never less than one;
//! a place nobody else wants is never left empty.

use std::collections::{HashMap, VecDeque};
use std::sync::{Arc, Mutex, PoisonError};

use countersign_envelope::{Certificate, Opened, Verified, VerifyError};
use countersign_order::BuyerId;
use tokio::sync::oneshot;

use crate::desk::DeskError;

/// Places for slow work, shared fairly among buyers.
#[derive(Debug, Clone)]
pub(crate) struct Pool(Arc<Mutex<State>>);

/// A place in the pool, passed on when dropped.
#[derive(Debug)]
struct Place {
    pool: Pool,
    buyer: BuyerId,
}

#[derive(Debug)]
struct State {
    free: usize,
    share: usize,
    taken: HashMap<BuyerId, usize>,
    waiting: VecDeque<(BuyerId, oneshot::Sender<Place>)>,
}

impl Pool {
    /// A pool with this many places.
    pub(crate) fn new(places: usize) -> Self {
        Self(Arc::new(Mutex::new(State {
            free: places.max(1),
            share: (places / 4).max(1),
            taken: HashMap::new(),
            waiting: VecDeque::new(),
        })))
    }

    /// Checks what a buyer has sent against these keys.
    pub(crate) async fn verify(
        &self,
        buyer: &BuyerId,
        opened: Opened,
        keys: Arc<[Certificate]>,
    ) -> Result<Result<Verified<Vec<u8>>, VerifyError>, DeskError> {
        if !opened.is_slow_to_verify(&keys) {
            return Ok(opened.verify(&keys));
        }
        let place = self.take(buyer).await;
        let checked = tokio::task::spawn_blocking(move || {
            let checked = opened.verify(&keys);
            drop(place);
            checked
        });
        checked.await.map_err(|_panic| DeskError::Panicked)
    }

    /// Waits for a place.
    async fn take(&self, buyer: &BuyerId) -> Place {
        loop {
            let turn = {
                let mut state = self.lock();
                if state.free > 0 {
                    state.free -= 1;
                    return self.place(&mut state, buyer.clone());
                }
                let (sender, turn) = oneshot::channel();
                state.waiting.push_back((buyer.clone(), sender));
                turn
            };
            if let Ok(place) = turn.await {
                return place;
            }
        }
    }

    fn place(&self, state: &mut State, buyer: BuyerId) -> Place {
        *state.taken.entry(buyer.clone()).or_default() += 1;
        Place {
            pool: self.clone(),
            buyer,
        }
    }

    fn lock(&self) -> std::sync::MutexGuard<'_, State> {
        self.0.lock().unwrap_or_else(PoisonError::into_inner)
    }

    fn leave(&self, buyer: &BuyerId) {
        let next = {
            let mut state = self.lock();
            state.give_back(buyer);
            let next = state.next();
            if next.is_none() {
                state.free += 1;
            }
            next.map(|(buyer, sender)| (self.place(&mut state, buyer), sender))
        };
        if let Some((place, sender)) = next {
            // Whoever gave up waiting hands the place back, and its own drop passes it on.
            drop(sender.send(place));
        }
    }
}

impl State {
    /// Who is next: the first who has less than a share, else whoever has the fewest.
    fn next(&mut self) -> Option<(BuyerId, oneshot::Sender<Place>)> {
        let places = |buyer: &BuyerId| self.taken.get(buyer).copied().unwrap_or_default();
        let within = self
            .waiting
            .iter()
            .position(|(buyer, _)| places(buyer) < self.share);
        let index = within.or_else(|| {
            let fewest = self.waiting.iter().enumerate();
            fewest
                .min_by_key(|(_, (buyer, _))| places(buyer))
                .map(|(index, _)| index)
        })?;
        self.waiting.remove(index)
    }

    fn give_back(&mut self, buyer: &BuyerId) {
        if let Some(places) = self.taken.get_mut(buyer) {
            *places = places.saturating_sub(1);
            if *places == 0 {
                self.taken.remove(buyer);
            }
        }
    }
}

impl Drop for Place {
    fn drop(&mut self) {
        self.pool.leave(&self.buyer);
    }
}

#[cfg(test)]
mod tests {
    use std::task::{Context, Poll, Waker};

    use countersign_envelope::{
        CertificateUse, DsaParameters, DsaSize, RsaBits, Signer, SigningKey, self_signed,
    };

    use super::*;
    use crate::random::Random;

    fn buyer(id: &str) -> BuyerId {
        id.parse().unwrap()
    }

    /// What such a key has signed, and its certificate.
    fn signed_by(key: SigningKey) -> (Opened, Arc<[Certificate]>) {
        let from = "2026-01-01T00:00:00Z".parse().unwrap();
        let to = "2027-01-01T00:00:00Z".parse().unwrap();
        let mut random = Random::system().rng();
        let usage = CertificateUse::Buyer;
        let certificate = self_signed(&key, "acme", &usage, from, to, &mut random).unwrap();
        let signer = Signer::new(key, certificate.clone()).unwrap();
        let message = signer.sign(b"an order", from).unwrap();
        (
            Opened::from_signed_data(message).unwrap(),
            [certificate].into(),
        )
    }

    #[tokio::test]
    async fn a_dsa_key_that_seldom_signs_waits_for_a_place_and_others_do_not() {
        let pool = Pool::new(1);
        let acme = buyer("acme");
        let place = pool.take(&buyer("other")).await;
        let parameters = DsaParameters::built_in(DsaSize::P2048Q256).unwrap();
        let dsa = SigningKey::generate_dsa(&parameters, &mut Random::system().rng()).unwrap();
        let (opened, keys) = signed_by(dsa);
        let mut slow = Box::pin(pool.verify(&acme, opened, keys));
        let mut context = Context::from_waker(Waker::noop());
        assert!(slow.as_mut().poll(&mut context).is_pending());
        assert_eq!(pool.lock().waiting.len(), 1);

        let (opened, keys) = signed_by(SigningKey::generate_rsa(RsaBits::B2048).unwrap());
        let mut quick = Box::pin(pool.verify(&acme, opened, keys));
        let Poll::Ready(verified) = quick.as_mut().poll(&mut context) else {
            panic!("it waited");
        };
        verified.unwrap().unwrap();

        assert_eq!(pool.lock().waiting.len(), 1);
        drop(place);
        slow.await.unwrap().unwrap();
        assert_eq!(pool.lock().free, 1);
    }

    #[tokio::test]
    async fn a_lone_buyer_uses_every_place() {
        let pool = Pool::new(4);
        let mut places = Vec::new();
        for _ in 0..4 {
            places.push(pool.take(&buyer("acme")).await);
        }
        assert_eq!(pool.lock().free, 0);
        drop(places);
        assert_eq!(pool.lock().free, 4);
        assert!(pool.lock().taken.is_empty());
    }

    #[tokio::test]
    async fn another_buyer_goes_before_one_who_has_its_share() {
        let pool = Pool::new(2);
        let both = (
            pool.take(&buyer("acme")).await,
            pool.take(&buyer("acme")).await,
        );
        let again = pool.clone();
        let acme = tokio::spawn(async move { again.take(&buyer("acme")).await });
        tokio::task::yield_now().await;
        let other = pool.clone();
        let other = tokio::spawn(async move { other.take(&buyer("other")).await });
        tokio::task::yield_now().await;
        drop(both.0);
        let won = other.await.unwrap();
        assert!(!acme.is_finished());
        drop(won);
        drop((both.1, acme.await.unwrap()));
        assert_eq!(pool.lock().free, 2);
    }

    #[tokio::test]
    async fn whoever_gives_up_waiting_blocks_nobody() {
        let pool = Pool::new(1);
        let place = pool.take(&buyer("acme")).await;
        let waiting = pool.clone();
        let task = tokio::spawn(async move { waiting.take(&buyer("acme")).await });
        tokio::task::yield_now().await;
        task.abort();
        assert!(task.await.is_err());
        drop(place);
        drop(pool.take(&buyer("acme")).await);
        assert_eq!(pool.lock().free, 1);
    }
}
