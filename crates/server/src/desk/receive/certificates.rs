//! Enrolled certificates, read once. An account only ever gets more of them, and their bytes never change:
//! what is remembered is right, and lacks at most the newest.

use std::collections::HashMap;
use std::sync::{Arc, Mutex, PoisonError};

use countersign_api::limits::KEYS_PER_ACCOUNT;
use countersign_envelope::Certificate;
use countersign_order::AccountId;
use countersign_store::KeyRecord;

use super::super::DeskError;

/// Certificates remembered at most, of all accounts together.
const REMEMBERED_MAX: usize = 10_000;
const _: () = assert!(
    KEYS_PER_ACCOUNT <= REMEMBERED_MAX,
    "those of any one account fit"
);

/// What is remembered of accounts.
#[derive(Debug, Default)]
pub(super) struct Certificates(Mutex<Remembered>);

#[derive(Debug, Default)]
struct Remembered {
    by_account: HashMap<AccountId, Arc<[Certificate]>>,
    certificates: usize,
}

impl Certificates {
    /// The certificates that are known of an account; none before the first were read.
    pub(super) fn of(&self, account: &AccountId) -> Arc<[Certificate]> {
        let remembered = self.lock();
        let known = remembered.by_account.get(account);
        known.map(Arc::clone).unwrap_or_default()
    }

    /// Takes in an account's keys as the store has them.
    pub(super) fn learn(
        &self,
        account: &AccountId,
        keys: &[KeyRecord],
    ) -> Result<Arc<[Certificate]>, DeskError> {
        let known = self.of(account);
        let known: HashMap<[u8; 32], &Certificate> = known
            .iter()
            .map(|certificate| (*certificate.fingerprint().as_bytes(), certificate))
            .collect();
        let certificates: Arc<[Certificate]> = keys
            .iter()
            .map(
                |record| match known.get(record.key.certificate_sha256.as_bytes()) {
                    Some(&certificate) => Ok(certificate.clone()),
                    None => Certificate::from_der(&record.key.certificate)
                        .map_err(|_unreadable| DeskError::Inconsistent("certificate")),
                },
            )
            .collect::<Result<_, _>>()?;
        self.lock().keep(account, &certificates);
        Ok(certificates)
    }

    fn lock(&self) -> std::sync::MutexGuard<'_, Remembered> {
        self.0.lock().unwrap_or_else(PoisonError::into_inner)
    }
}

impl Remembered {
    fn keep(&mut self, account: &AccountId, certificates: &Arc<[Certificate]>) {
        if certificates.is_empty() {
            return;
        }
        if let Some(before) = self.by_account.remove(account) {
            self.certificates -= before.len();
        }
        if self.certificates + certificates.len() > REMEMBERED_MAX {
            *self = Self::default();
        }
        self.certificates += certificates.len();
        self.by_account
            .insert(account.clone(), Arc::clone(certificates));
    }
}

#[cfg(test)]
mod tests {
    use countersign_envelope::{CertificateUse, self_signed};
    use countersign_order::CertificateUse as Purpose;
    use jiff::SignedDuration;

    use super::*;
    use crate::clock::Clock;
    use crate::random::Random;
    use crate::seller::make_key;

    fn certificate() -> Certificate {
        let mut rng = Random::system().rng();
        let key = make_key(Purpose::Receipt, &mut rng).unwrap();
        let now = Clock::system().now();
        let end = now + SignedDuration::from_hours(1);
        self_signed(&key, "Acme", &CertificateUse::Root, now, end, &mut rng).unwrap()
    }

    #[test]
    fn no_more_certificates_are_remembered_than_there_is_room_for() {
        let many: Arc<[Certificate]> = vec![certificate(); REMEMBERED_MAX / 2].into();
        let mut remembered = Remembered::default();
        for account in ["acme", "berta", "acme", "carla"] {
            remembered.keep(&account.parse().unwrap(), &many);
            assert!(remembered.certificates <= REMEMBERED_MAX);
        }
        assert_eq!(remembered.certificates, many.len());
        assert_eq!(remembered.by_account.len(), 1);
    }
}
