//! Sessions that were used, noted together: of many buyers who come seldom each would otherwise bring a
//! transaction along with the order.

use std::collections::BTreeSet;
use std::mem;
use std::sync::{Mutex, MutexGuard, PoisonError};
use std::time::Duration;

use async_trait::async_trait;
use countersign_order::Digest;
use jiff::SignedDuration;
use tokio::time::sleep;

use super::{Actor, Desk, DeskError, Operation, Work};

/// How long sessions are gathered before their use is noted.
const GATHER: Duration = Duration::from_millis(100);
/// Sessions that are gathered; the use of one more is noted when it is used again.
const GATHERED_MAX: usize = 4_096;

/// Sessions whose use is not noted yet.
#[derive(Debug, Default)]
pub(super) struct Touches(Mutex<BTreeSet<Digest>>);

impl Touches {
    /// Adds a session, and tells whether it is the first: then somebody has to see to all that follow.
    fn add(&self, token_sha256: Digest) -> bool {
        let mut gathered = self.lock();
        let is_first = gathered.is_empty();
        if gathered.len() < GATHERED_MAX {
            gathered.insert(token_sha256);
        }
        is_first
    }

    fn take(&self) -> Vec<Digest> {
        mem::take(&mut *self.lock()).into_iter().collect()
    }

    fn lock(&self) -> MutexGuard<'_, BTreeSet<Digest>> {
        self.0.lock().unwrap_or_else(PoisonError::into_inner)
    }
}

/// Notes soon that a session was used.
pub(super) fn note(desk: &Desk, token_sha256: Digest) {
    if !desk.touches().add(token_sha256) {
        return;
    }
    let desk = desk.clone();
    tokio::spawn(async move {
        sleep(GATHER).await;
        let touch = TouchSessions(desk.touches().take());
        if let Err(error) = desk.run(&Actor::automatic(), touch).await {
            tracing::warn!(%error, "the use of sessions could not be noted");
        }
    });
}

/// Notes that sessions are used.
#[derive(Debug)]
struct TouchSessions(Vec<Digest>);

#[async_trait]
impl Operation for TouchSessions {
    type Answer = ();

    async fn apply(&self, work: &mut Work<'_>) -> Result<(), DeskError> {
        let idle = SignedDuration::from_mins(work.desk.settings().sessions.idle_minutes.into());
        let idle_ends_at = work.now.saturating_add(idle).unwrap_or(work.now);
        work.transaction
            .touch_sessions(&self.0, work.now, idle_ends_at)
            .await?;
        Ok(())
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn the_first_of_those_gathered_sees_to_all() {
        let touches = Touches::default();
        let [one, other] = [[1; 32], [2; 32]].map(Digest::from_bytes);
        for _ in 0..2 {
            assert!(touches.add(one));
            assert!(!touches.add(one));
            assert!(!touches.add(other));
            assert_eq!(touches.take().len(), 2);
        }
        assert!(touches.take().is_empty());
    }
}
