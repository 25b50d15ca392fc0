//! Signing in: every bad attempt gets the same answer after the same work.
//!
//! Passwords are hashed in two places at most, which give way to all else, so that a flood of sign-ins leaves the
//! cores to orders; 256 attempts may wait for them.

use std::io;
use std::sync::Arc;
use std::time::Duration;

use countersign_api::limits::PASSWORD_MAX_CHARACTERS;
use countersign_order::AccountId;
use tokio::sync::{Semaphore, SemaphorePermit};
use zeroize::Zeroizing;

use super::passwords::{self, HashError, Verdict};
use super::throttle::Throttle;
use super::{Desk, DeskError, Quota, people};
use crate::background::Background;
use crate::random::Random;
use crate::shares::Shares;
use crate::source::Source;

/// Passwords hashed at once.
const HASHING_PLACES: usize = 2;
/// Attempts that may wait for a hashing place.
const WAITING_MAX: usize = 256;
/// Of one source: whoever floods it leaves the other half of the queue to everybody else.
const WAITING_PER_SOURCE_MAX: usize = 128;
/// The longest that somebody waits to be told that the queue has no place, each as long as chance has it: a crowd that
/// is turned away at once keeps the cores from orders, and is back at once.
const TURNED_AWAY_DELAY_MAX: Duration = Duration::from_millis(500);
/// What a client is told to wait when too many attempts wait already.
const WAITING_RETRY: Duration = Duration::from_secs(2);

/// Tells who somebody is, and how often that may be tried.
#[derive(Debug)]
pub(crate) struct Authenticator {
    throttle: Throttle,
    places: Semaphore,
    waiting: Shares<Source>,
    hashers: Background,
}

/// What somebody claims who wants in. It holds a password, so it is never shown.
pub(crate) struct Claim {
    /// The sign-in ID as it came; anything at all.
    pub(crate) id: String,
    /// The password as it came.
    pub(crate) password: Zeroizing<String>,
}

/// Why somebody was not let in.
#[derive(Debug, thiserror::Error)]
pub(crate) enum SignInError {
    /// Unknown ID, wrong password, disabled account, malformed attempt: all alike.
    #[error("the sign-in was not accepted")]
    NotAccepted,
    /// Too many failures.
    #[error("too many sign-ins failed")]
    SlowDown(Quota),
    /// Too many attempts at once.
    #[error("too many sign-ins wait")]
    NoPlace(Duration),
    /// The store or the desk failed.
    #[error("the sign-in could not be decided")]
    Desk(#[from] DeskError),
}

/// An account whose password was right just now.
#[derive(Debug)]
pub(crate) struct Recognised {
    pub(crate) account: AccountId,
    /// The verifier that it matched.
    pub(crate) matched: String,
    /// What replaces that, if it is a legacy one.
    pub(crate) stronger: Option<String>,
}

impl Authenticator {
    pub(crate) fn open() -> io::Result<Self> {
        Ok(Self {
            throttle: Throttle::default(),
            places: Semaphore::new(HASHING_PLACES),
            waiting: Shares::new(WAITING_MAX, WAITING_PER_SOURCE_MAX),
            hashers: Background::start("passwords", HASHING_PLACES)?,
        })
    }

    /// Decides an attempt. `None` stands for one that could not even be read.
    pub(crate) async fn recognise(
        &self,
        desk: &Desk,
        claim: Option<Claim>,
        source: Source,
    ) -> Result<Recognised, SignInError> {
        let claim = claim.unwrap_or_else(|| Claim {
            id: String::new(),
            password: Zeroizing::new(String::new()),
        });
        let name = name_to_count(&claim.id);
        let delay = self.throttle.admit(&name, source, desk.clock().now())?;
        tokio::time::sleep(delay).await;
        let place = self.place(desk.random(), source).await?;
        // Looked at again: those ahead in the queue may have spent the tokens meanwhile.
        self.throttle.admit(&name, source, desk.clock().now())?;
        let recognised = self.compare(desk, &claim).await?;
        if recognised.is_none() {
            self.throttle.failed(&name, source, desk.clock().now());
        }
        // Only now: who is next in the queue is admitted by what this one spent.
        drop(place);
        recognised.ok_or(SignInError::NotAccepted)
    }

    /// Computes the verifier of a new password, in the same places.
    pub(crate) async fn hash(
        &self,
        desk: &Desk,
        password: passwords::Password,
        source: Source,
    ) -> Result<String, SignInError> {
        let random = desk.random();
        let _place = self.place(random, source).await?;
        Ok(self
            .with_a_hasher(move || passwords::hash(&password, random))
            .await?)
    }

    async fn place(
        &self,
        random: Random,
        source: Source,
    ) -> Result<SemaphorePermit<'_>, SignInError> {
        let Ok(_waiting) = self.waiting.take_one(&source) else {
            let [chance] = random.bytes();
            tokio::time::sleep(TURNED_AWAY_DELAY_MAX * u32::from(chance) / 256).await;
            return Err(SignInError::NoPlace(WAITING_RETRY));
        };
        self.places
            .acquire()
            .await
            .map_err(|_closed| SignInError::Desk(DeskError::ShuttingDown))
    }

    async fn with_a_hasher<T: Send + 'static>(
        &self,
        work: impl FnOnce() -> Result<T, HashError> + Send + 'static,
    ) -> Result<T, DeskError> {
        Ok(self.hashers.run(work).await??)
    }

    async fn compare(&self, desk: &Desk, claim: &Claim) -> Result<Option<Recognised>, SignInError> {
        let account = match claim.id.parse::<AccountId>() {
            Ok(id) => {
                let mut view = desk.store().read().await.map_err(DeskError::from)?;
                people::let_in(view.as_mut(), &id).await?
            }
            Err(_) => None,
        };
        let fits = claim.password.chars().count() <= PASSWORD_MAX_CHARACTERS;
        let usable = account.filter(|_| fits);
        let stored = usable.as_ref().and_then(|account| account.verifier.clone());
        let password = Arc::new(claim.password.clone());
        let random = desk.random();
        let compared = self.with_a_hasher(move || {
            let verdict = passwords::verify(&password, stored.as_deref());
            let stronger = match verdict {
                Verdict::RightByLegacy => Some(passwords::rehash(&password, random)?),
                Verdict::Right | Verdict::Wrong => None,
            };
            Ok((verdict, stored, stronger))
        });
        let (verdict, stored, stronger) = compared.await?;
        Ok(match (usable, stored, verdict) {
            (Some(account), Some(matched), Verdict::Right | Verdict::RightByLegacy) => {
                Some(Recognised {
                    account: account.id,
                    matched,
                    stronger,
                })
            }
            (Some(_) | None, Some(_) | None, _) => None,
        })
    }
}

impl From<Quota> for SignInError {
    fn from(used_up: Quota) -> Self {
        Self::SlowDown(used_up)
    }
}

/// The name under which a failure counts. What cannot be an ID counts by its digest, so that nobody
/// fills our memory with long texts.
fn name_to_count(id: &str) -> String {
    if id.parse::<AccountId>().is_ok() {
        id.to_owned()
    } else {
        countersign_envelope::Digest::of(id.as_bytes()).to_string()
    }
}

#[cfg(test)]
mod tests {
    use std::net::IpAddr;
    use std::pin::pin;
    use std::task::{Context, Poll, Waker};
    use std::time::Instant;

    use super::*;

    /// How many are turned away at the same moment.
    const CROWD: usize = 16;

    #[test]
    fn what_cannot_be_an_id_is_not_remembered_as_one() {
        assert_eq!(name_to_count("acme/jo"), "acme/jo");
        let (long, longer) = ("x".repeat(4000), "x".repeat(4001));
        assert!(name_to_count(&long).len() < 80);
        assert_ne!(name_to_count(&long), name_to_count(&longer));
    }

    #[tokio::test]
    async fn one_source_leaves_half_of_the_queue_to_others() {
        let authenticator = Authenticator::open().unwrap();
        let place = |source| authenticator.place(Random::system(), source);
        let source = |address: [u8; 4]| Source::from(IpAddr::from(address));
        let (flood, other) = (source([192, 0, 2, 1]), source([192, 0, 2, 2]));
        let held = [place(flood).await.unwrap(), place(flood).await.unwrap()];
        let context = &mut Context::from_waker(Waker::noop());
        let mut waiting: Vec<_> = (0..WAITING_PER_SOURCE_MAX)
            .map(|_| Box::pin(place(flood)))
            .collect();
        for one in &mut waiting {
            assert!(one.as_mut().poll(context).is_pending());
        }
        let mut crowd: Vec<_> = (0..CROWD).map(|_| Box::pin(place(flood))).collect();
        let polled = crowd.iter_mut().map(|one| one.as_mut().poll(context));
        let told_at_once = polled.filter(Poll::is_ready).count();
        assert!(told_at_once < CROWD / 2, "{told_at_once} are told at once");
        let start = Instant::now();
        for one in crowd {
            assert!(matches!(one.await, Err(SignInError::NoPlace(_))));
        }
        // With room for a machine that is busy.
        assert!(start.elapsed() < TURNED_AWAY_DELAY_MAX * 5);
        assert!(pin!(place(other)).poll(context).is_pending());
        drop((held, waiting));
    }
}
