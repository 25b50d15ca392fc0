//! Something of which there is only so much, shared so that nobody holds all of it.

use std::collections::HashMap;
use std::hash::Hash;
use std::sync::{Arc, Mutex, PoisonError};

/// What is shared, and how much of it each holds now.
#[derive(Clone, Debug)]
pub(crate) struct Shares<K: Eq + Hash>(Arc<Pool<K>>);

#[derive(Debug)]
struct Pool<K> {
    all_max: usize,
    each_max: usize,
    taken: Mutex<Taken<K>>,
}

#[derive(Debug)]
struct Taken<K> {
    all: usize,
    by_holder: HashMap<K, usize>,
}

/// What somebody holds; given back when dropped.
#[derive(Debug)]
pub(crate) struct Share<K: Eq + Hash> {
    pool: Arc<Pool<K>>,
    holder: K,
    amount: usize,
}

/// There is no more, or no more for this one.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(crate) struct NoneLeft;

impl<K: Eq + Hash + Clone> Shares<K> {
    /// So much in all, and so much for each.
    pub(crate) fn new(all_max: usize, each_max: usize) -> Self {
        Self(Arc::new(Pool {
            all_max,
            each_max,
            taken: Mutex::new(Taken {
                all: 0,
                by_holder: HashMap::new(),
            }),
        }))
    }

    /// Whether one more seems to be left, without taking it.
    pub(crate) fn look(&self, holder: &K) -> Result<(), NoneLeft> {
        self.0.room(&self.0.lock(), holder, 1)
    }

    /// A share of nothing yet.
    pub(crate) fn share(&self, holder: &K) -> Share<K> {
        Share {
            pool: Arc::clone(&self.0),
            holder: holder.clone(),
            amount: 0,
        }
    }

    /// Takes one, if one is left.
    pub(crate) fn take_one(&self, holder: &K) -> Result<Share<K>, NoneLeft> {
        let mut share = self.share(holder);
        share.grow(1)?;
        Ok(share)
    }

    /// How much is taken in all.
    pub(crate) fn taken(&self) -> usize {
        self.0.lock().all
    }
}

impl<K: Eq + Hash + Clone> Share<K> {
    /// Takes so much more, or nothing.
    pub(crate) fn grow(&mut self, amount: usize) -> Result<(), NoneLeft> {
        let mut taken = self.pool.lock();
        self.pool.room(&taken, &self.holder, amount)?;
        taken.all += amount;
        *taken.by_holder.entry(self.holder.clone()).or_default() += amount;
        self.amount += amount;
        Ok(())
    }
}

impl<K: Eq + Hash> Pool<K> {
    fn room(&self, taken: &Taken<K>, holder: &K, amount: usize) -> Result<(), NoneLeft> {
        let of_holder = taken.by_holder.get(holder).copied().unwrap_or_default();
        let fits = |held: usize, max: usize| held.saturating_add(amount) <= max;
        if fits(taken.all, self.all_max) && fits(of_holder, self.each_max) {
            Ok(())
        } else {
            Err(NoneLeft)
        }
    }

    fn lock(&self) -> std::sync::MutexGuard<'_, Taken<K>> {
        self.taken.lock().unwrap_or_else(PoisonError::into_inner)
    }
}

impl<K: Eq + Hash> Drop for Share<K> {
    fn drop(&mut self) {
        let mut taken = self.pool.lock();
        taken.all = taken.all.saturating_sub(self.amount);
        if let Some(of_holder) = taken.by_holder.get_mut(&self.holder) {
            *of_holder = of_holder.saturating_sub(self.amount);
            if *of_holder == 0 {
                taken.by_holder.remove(&self.holder);
            }
        }
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn nobody_takes_everything() {
        let shares = Shares::new(5, 3);
        let held: Vec<_> = std::iter::from_fn(|| shares.take_one(&"acme").ok()).collect();
        assert_eq!(held.len(), 3);
        assert_eq!(shares.look(&"acme"), Err(NoneLeft));
        let others: Vec<_> = std::iter::from_fn(|| shares.take_one(&"other").ok()).collect();
        assert_eq!(held.len() + others.len(), 5);
        assert_eq!(shares.look(&"third"), Err(NoneLeft));
        drop(held);
        assert_eq!(shares.look(&"acme"), Ok(()));
        drop(others);
        assert_eq!(shares.taken(), 0);
        assert!(shares.0.lock().by_holder.is_empty());
    }

    #[test]
    fn a_share_that_cannot_grow_stays_as_it_is() {
        let shares = Shares::new(10, 8);
        let mut share = shares.share(&"acme");
        assert_eq!(share.grow(6), Ok(()));
        assert_eq!(share.grow(3), Err(NoneLeft));
        assert_eq!(share.grow(usize::MAX), Err(NoneLeft));
        assert_eq!(share.grow(2), Ok(()));
        assert_eq!(shares.taken(), 8);
        drop(share);
        assert_eq!(shares.taken(), 0);
    }
}
