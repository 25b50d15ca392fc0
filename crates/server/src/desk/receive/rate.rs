//! How many orders an account may send in a minute, if the operator set a limit.

use std::collections::HashMap;
use std::sync::{Mutex, PoisonError};
use std::time::Duration;

use countersign_order::AccountId;
use jiff::Timestamp;

use super::super::Quota;

const MINUTE_MS: i64 = 60_000;

/// Accounts remembered at most; those whose minute is over are forgotten first.
const ACCOUNTS_MAX: usize = 50_000;

/// Counts orders per account in windows of a minute.
#[derive(Debug)]
pub(super) struct Rate {
    per_minute: u32,
    windows: Mutex<HashMap<AccountId, Window>>,
}

#[derive(Debug, Clone, Copy)]
struct Window {
    minute: i64,
    orders: u32,
}

impl Rate {
    /// A limit; 0 is none.
    pub(super) fn new(per_minute: u32) -> Self {
        Self {
            per_minute,
            windows: Mutex::default(),
        }
    }

    /// Counts an order and tells what is left, if there is a limit; an error if nothing was left.
    pub(super) fn spend(
        &self,
        account: &AccountId,
        now: Timestamp,
    ) -> Result<Option<Quota>, Quota> {
        if self.per_minute == 0 {
            return Ok(None);
        }
        let minute = now.as_millisecond().div_euclid(MINUTE_MS);
        let rest_ms = MINUTE_MS - now.as_millisecond().rem_euclid(MINUTE_MS);
        let quota = |orders: u32| Quota {
            name: "orders",
            most: self.per_minute,
            window: Duration::from_mins(1),
            left: self.per_minute - orders,
            more_in: Duration::from_millis(rest_ms.unsigned_abs()),
        };
        let mut windows = self.windows.lock().unwrap_or_else(PoisonError::into_inner);
        if windows.len() >= ACCOUNTS_MAX {
            windows.retain(|_, window| window.minute == minute);
        }
        let window = windows
            .entry(account.clone())
            .or_insert(Window { minute, orders: 0 });
        if window.minute != minute {
            *window = Window { minute, orders: 0 };
        }
        if window.orders >= self.per_minute {
            return Err(quota(self.per_minute));
        }
        window.orders += 1;
        Ok(Some(quota(window.orders)))
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn an_account_waits_for_the_next_minute_and_others_do_not() {
        let rate = Rate::new(2);
        let (acme, other) = ("acme".parse().unwrap(), "other".parse().unwrap());
        let now: Timestamp = "2026-11-23T18:00:45Z".parse().unwrap();
        for left in [1, 0] {
            let quota = rate.spend(&acme, now).unwrap().unwrap();
            assert_eq!(quota.left, left);
        }
        let used_up = rate.spend(&acme, now).unwrap_err();
        assert_eq!(
            (used_up.left, used_up.more_in),
            (0, Duration::from_secs(15))
        );
        assert!(rate.spend(&other, now).is_ok());
        assert!(rate.spend(&acme, now + Duration::from_secs(15)).is_ok());
    }

    #[test]
    fn without_a_limit_nobody_waits() {
        let rate = Rate::new(0);
        let now: Timestamp = "2026-11-23T18:00:45Z".parse().unwrap();
        assert!((0..1000).all(|_| rate.spend(&"acme".parse().unwrap(), now) == Ok(None)));
    }
}
