//! Reminders that the certificate of a key ends soon. Its dates are not judged here, but by others
//! they may be; and a year-old habit of a key is a good time to make another.

use async_trait::async_trait;
use countersign_envelope::Certificate;
use countersign_store::KeyRecord;
use jiff::Timestamp;

use super::{DeskError, Operation, Work, accounts};
use crate::mail::{KeyExpiring, News};

/// How many days before the end a reminder is due, the latest first: whoever gets that one needs no
/// other.
pub(crate) const REMINDERS_DAYS: [u32; 2] = [7, 30];
/// Keys looked at in one transaction.
const KEYS_AT_ONCE: u32 = 100;
const SECONDS_A_DAY: i64 = 24 * 60 * 60;

/// Reminds the holders of some keys, once for each reminder.
#[derive(Debug)]
pub struct RemindOfKeys {
    /// How many days before the end the reminder is due: 30 or 7.
    pub days: u32,
}

#[async_trait]
impl Operation for RemindOfKeys {
    /// Whether there may be more of them.
    type Answer = bool;

    async fn apply(&self, work: &mut Work<'_>) -> Result<bool, DeskError> {
        let transaction = &mut *work.transaction;
        let keys = transaction
            .keys_ending(work.now, self.days, KEYS_AT_ONCE)
            .await?;
        let read_any = keys.iter().any(|key| key.key.ends_at.is_none());
        for key in &keys {
            match key.key.ends_at {
                Some(ends_at) => remind(work, key, ends_at, self.days).await?,
                None => read_end(work, key).await?,
            }
        }
        Ok(read_any || keys.len() >= usize::try_from(KEYS_AT_ONCE).unwrap_or(usize::MAX))
    }
}

/// Notes the end of a key that was enrolled before ends were noted.
async fn read_end(work: &mut Work<'_>, key: &KeyRecord) -> Result<(), DeskError> {
    let certificate = Certificate::from_der(&key.key.certificate)
        .map_err(|_unreadable| DeskError::Inconsistent("certificate"))?;
    let ends_at = certificate.not_after();
    Ok(work.transaction.set_key_end(&key.key.id, ends_at).await?)
}

async fn remind(
    work: &mut Work<'_>,
    key: &KeyRecord,
    ends_at: Timestamp,
    days: u32,
) -> Result<(), DeskError> {
    let key = &key.key;
    let seconds_left = ends_at.duration_since(work.now).as_secs();
    let days_left = u32::try_from(seconds_left / SECONDS_A_DAY).unwrap_or(0);
    let news = News::KeyExpiring(KeyExpiring {
        key: key.id,
        algorithm: key.algorithm.clone(),
        label: key.label.as_ref().map(ToString::to_string),
        key_fingerprint: key.key_sha256.to_string(),
        ends_at,
        days_left,
        reminder_days: days,
    });
    let account = accounts::record(work, &key.account).await?;
    accounts::tell(work, &account, news).await?;
    Ok(work.transaction.note_reminder(&key.id, days).await?)
}
