//! What failed sign-ins cost: only failures spend tokens, and nobody is ever locked out.

use std::collections::HashMap;
use std::hash::Hash;
use std::sync::{Mutex, PoisonError};
use std::time::Duration;

use jiff::Timestamp;

use super::Quota;
use crate::source::Source;

/// Failed sign-ins of one account from one source; as many again over each hour.
const FAILURES_PER_ACCOUNT_AND_SOURCE: u32 = 10;
/// Failed sign-ins from one source; as many again over each hundred seconds.
const FAILURES_PER_SOURCE: u32 = 200;
/// Failed sign-ins of one account, within an hour, after which each answer is held back longest; none is refused.
const FAILURES_PER_ACCOUNT: u32 = 20;
/// How long the answer to a failed sign-in is held back at most, in milliseconds.
const DELAY_MAX_MS: f64 = 1000.0;

/// Buckets of one kind kept at most; the fullest are forgotten first.
const BUCKETS_MAX: usize = 50_000;

const PER_ACCOUNT_AND_SOURCE: Allowance = Allowance {
    name: "sign-in",
    most: FAILURES_PER_ACCOUNT_AND_SOURCE,
    window: Duration::from_hours(1),
};
const PER_SOURCE: Allowance = Allowance {
    name: "sign-in-source",
    most: FAILURES_PER_SOURCE,
    window: Duration::from_secs(100),
};
const PER_ACCOUNT: Allowance = Allowance {
    name: "sign-in-account",
    most: FAILURES_PER_ACCOUNT,
    window: Duration::from_hours(1),
};

/// Remembers recent failures.
#[derive(Debug, Default)]
pub(crate) struct Throttle(Mutex<Buckets>);

#[derive(Debug, Default)]
struct Buckets {
    pairs: HashMap<(String, Source), Bucket>,
    sources: HashMap<Source, Bucket>,
    accounts: HashMap<String, Bucket>,
}

/// So many failures at once, and as many again over the window.
#[derive(Debug, Clone, Copy)]
struct Allowance {
    name: &'static str,
    most: u32,
    window: Duration,
}

/// How many tokens were missing at some time; what is full is not kept.
#[derive(Debug, Clone, Copy)]
struct Bucket {
    missing: f64,
    at: Timestamp,
}

impl Throttle {
    /// Whether a sign-in may be tried now, and how long it must wait first.
    pub(crate) fn admit(
        &self,
        account: &str,
        source: Source,
        now: Timestamp,
    ) -> Result<Duration, Quota> {
        let buckets = self.lock();
        let pair = (account.to_owned(), source);
        PER_SOURCE.admit(buckets.sources.get(&source), now)?;
        PER_ACCOUNT_AND_SOURCE.admit(buckets.pairs.get(&pair), now)?;
        let missing = PER_ACCOUNT.missing(buckets.accounts.get(account), now);
        let delay_ms = (missing / PER_ACCOUNT.burst()).min(1.0) * DELAY_MAX_MS;
        Ok(Duration::from_secs_f64(delay_ms / 1000.0))
    }

    /// Spends a token for a failure.
    pub(crate) fn failed(&self, account: &str, source: Source, now: Timestamp) {
        let mut buckets = self.lock();
        let pair = (account.to_owned(), source);
        PER_SOURCE.spend(&mut buckets.sources, source, now);
        PER_ACCOUNT_AND_SOURCE.spend(&mut buckets.pairs, pair, now);
        PER_ACCOUNT.spend(&mut buckets.accounts, account.to_owned(), now);
    }

    fn lock(&self) -> std::sync::MutexGuard<'_, Buckets> {
        self.0.lock().unwrap_or_else(PoisonError::into_inner)
    }
}

impl Allowance {
    fn burst(self) -> f64 {
        self.most.into()
    }

    fn per_second(self) -> f64 {
        self.burst() / self.window.as_secs_f64()
    }

    fn missing(self, bucket: Option<&Bucket>, now: Timestamp) -> f64 {
        let Some(bucket) = bucket else { return 0.0 };
        let elapsed = now.duration_since(bucket.at).as_secs_f64().max(0.0);
        (bucket.missing - elapsed * self.per_second()).max(0.0)
    }

    /// Whether one more is allowed; else what is left, which is nothing, and for how long.
    fn admit(self, bucket: Option<&Bucket>, now: Timestamp) -> Result<(), Quota> {
        let short = self.missing(bucket, now) + 1.0 - self.burst();
        if short > 0.0 {
            return Err(Quota {
                name: self.name,
                most: self.most,
                window: self.window,
                left: 0,
                more_in: Duration::from_secs_f64(short / self.per_second()),
            });
        }
        Ok(())
    }

    fn spend<K: Hash + Eq>(self, buckets: &mut HashMap<K, Bucket>, key: K, now: Timestamp) {
        if buckets.len() >= BUCKETS_MAX {
            buckets.retain(|_, bucket| self.missing(Some(bucket), now) >= 1.0);
        }
        if buckets.len() >= BUCKETS_MAX {
            // A flood from many sources: forgetting the light half keeps memory bounded.
            buckets.retain(|_, bucket| self.missing(Some(bucket), now) >= self.burst() / 2.0);
        }
        if buckets.len() >= BUCKETS_MAX {
            buckets.clear();
        }
        let missing = self.missing(buckets.get(&key), now) + 1.0;
        let missing = missing.min(self.burst());
        buckets.insert(key, Bucket { missing, at: now });
    }
}

#[cfg(test)]
mod tests {
    use std::net::IpAddr;

    use jiff::ToSpan as _;

    use super::*;

    fn start() -> Timestamp {
        "2026-11-23T18:00:00Z".parse().unwrap()
    }

    fn source(last: u8) -> Source {
        IpAddr::from([192, 0, 2, last]).into()
    }

    #[test]
    fn the_eleventh_guess_from_one_source_waits() {
        let throttle = Throttle::default();
        for _ in 0..10 {
            throttle.admit("acme", source(1), start()).unwrap();
            throttle.failed("acme", source(1), start());
        }
        let refused = throttle.admit("acme", source(1), start()).unwrap_err();
        assert_eq!(refused.more_in.as_secs(), 360);
        assert!(throttle.admit("other", source(1), start()).is_ok());
        assert!(
            throttle
                .admit("acme", source(1), start() + 6.minutes())
                .is_ok()
        );
    }

    #[test]
    fn guessing_from_everywhere_slows_an_account_by_a_second_but_never_locks_it() {
        let throttle = Throttle::default();
        for last in 0..=255 {
            throttle.failed("acme", source(last), start());
        }
        let elsewhere = IpAddr::from([198, 51, 100, 1]).into();
        let delay = throttle.admit("acme", elsewhere, start()).unwrap();
        assert_eq!(delay, Duration::from_secs(1));
        let other = throttle.admit("other", elsewhere, start()).unwrap();
        assert_eq!(other, Duration::ZERO);
    }

    #[test]
    fn one_source_gets_two_hundred_failures_and_two_more_a_second() {
        let throttle = Throttle::default();
        for n in 0..200 {
            throttle.failed(&format!("buyer-{n}"), source(1), start());
        }
        assert!(throttle.admit("acme", source(1), start()).is_err());
        assert!(
            throttle
                .admit("acme", source(1), start() + 1.second())
                .is_ok()
        );
        assert!(throttle.admit("acme", source(2), start()).is_ok());
    }
}
