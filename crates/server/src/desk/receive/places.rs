//! Places for orders on their way to the writer: 512 in all, 256 for one buyer.

use std::collections::HashMap;
use std::sync::{Arc, Mutex, PoisonError};

use countersign_order::BuyerId;

/// Orders that may wait for the writer at once.
pub(crate) const PLACES: usize = 512;
/// Orders of one buyer that may wait for the writer at once.
pub(crate) const PLACES_PER_BUYER: usize = 256;

/// The places taken and free.
#[derive(Debug, Clone, Default)]
pub(crate) struct Places(Arc<Mutex<Taken>>);

#[derive(Debug, Default)]
struct Taken {
    all: usize,
    by_buyer: HashMap<BuyerId, usize>,
}

/// A place in the queue, free again when dropped.
#[derive(Debug)]
pub(crate) struct Place {
    places: Places,
    buyer: BuyerId,
}

/// No place is free.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(crate) struct NoPlace;

impl Places {
    /// Whether a place seems free: looked at before any work is done for an order.
    pub(crate) fn look(&self, buyer: &BuyerId) -> Result<(), NoPlace> {
        self.lock().has_room(buyer)
    }

    /// Takes a place, bindingly.
    pub(crate) fn take(&self, buyer: &BuyerId) -> Result<Place, NoPlace> {
        let mut taken = self.lock();
        taken.has_room(buyer)?;
        taken.all += 1;
        *taken.by_buyer.entry(buyer.clone()).or_default() += 1;
        Ok(Place {
            places: self.clone(),
            buyer: buyer.clone(),
        })
    }

    /// How many places are taken.
    pub(crate) fn taken(&self) -> usize {
        self.lock().all
    }

    fn lock(&self) -> std::sync::MutexGuard<'_, Taken> {
        self.0.lock().unwrap_or_else(PoisonError::into_inner)
    }
}

impl Taken {
    fn has_room(&self, buyer: &BuyerId) -> Result<(), NoPlace> {
        let of_buyer = self.by_buyer.get(buyer).copied().unwrap_or_default();
        if self.all < PLACES && of_buyer < PLACES_PER_BUYER {
            Ok(())
        } else {
            Err(NoPlace)
        }
    }
}

impl Drop for Place {
    fn drop(&mut self) {
        let mut taken = self.places.lock();
        taken.all = taken.all.saturating_sub(1);
        if let Some(of_buyer) = taken.by_buyer.get_mut(&self.buyer) {
            *of_buyer = of_buyer.saturating_sub(1);
            if *of_buyer == 0 {
                taken.by_buyer.remove(&self.buyer);
            }
        }
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn one_buyer_cannot_take_every_place() {
        let places = Places::default();
        let acme: BuyerId = "acme".parse().unwrap();
        let other: BuyerId = "other".parse().unwrap();
        let held: Vec<_> = std::iter::from_fn(|| places.take(&acme).ok()).collect();
        assert_eq!(held.len(), PLACES_PER_BUYER);
        assert_eq!(places.look(&acme), Err(NoPlace));
        let others: Vec<_> = std::iter::from_fn(|| places.take(&other).ok()).collect();
        assert_eq!(held.len() + others.len(), PLACES);
        drop(held);
        assert_eq!(places.look(&acme), Ok(()));
        drop(others);
        assert_eq!(places.taken(), 0);
    }
}
